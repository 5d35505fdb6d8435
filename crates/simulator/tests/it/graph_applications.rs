//! Service principals, app roles and delegated grants in Graph.

use crate::client::Client;
use reqwest::Method;
use serde_json::{Value, json};

const APP: &str = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10";
const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// Calendars.ReadWrite in Graph and Calendars.ReadWrite.All in Exchange.
const TWIN: &str = "ef54d2bf-783f-4e0f-bca1-3210c0444d99";

async fn by_app(client: &Client, app_id: &str) -> Value {
    let answer = client.get(&format!("/servicePrincipals(appId='{app_id}')")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body
}

async fn start() -> (Client, String, String, String) {
    let client = Client::contoso().await;
    let made = client
        .graph(Method::POST, "/servicePrincipals", Some(json!({"appId": APP, "displayName": "Condeco"})))
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let text = |value: &Value| value["id"].as_str().expect("an id").to_owned();
    let (exchange, graph) = (text(&by_app(&client, EXCHANGE).await), text(&by_app(&client, GRAPH).await));
    (client, text(&made.body), exchange, graph)
}

#[tokio::test]
async fn service_principals_are_found_three_ways() {
    let (client, id, ..) = start().await;
    assert_eq!(client.get(&format!("/servicePrincipals/{id}")).await.body["appId"], APP);
    assert_eq!(by_app(&client, APP).await["id"], id);
    let found = client.get(&format!("/servicePrincipals?$filter=appId%20eq%20'{APP}'&$select=id")).await;
    assert_eq!(found.row(), json!({"id": id}));
    let again = client.graph(Method::POST, "/servicePrincipals", Some(json!({"appId": APP}))).await;
    assert_eq!(again.status, 409);
    assert_eq!(
        client.get(&format!("/servicePrincipals/{APP}")).await.status,
        404,
        "an app id is no object id"
    );
}

#[tokio::test]
async fn one_permission_id_means_two_things() {
    let (client, id, exchange, graph) = start().await;
    for (resource, value) in [(&exchange, "Calendars.ReadWrite.All"), (&graph, "Calendars.ReadWrite")] {
        let roles = client.get(&format!("/servicePrincipals/{resource}")).await.body["appRoles"].clone();
        let role = roles.as_array().into_iter().flatten().find(|role| role["id"] == TWIN).expect("the role");
        assert_eq!(role["value"], value);
    }
    let body = json!({"principalId": id, "resourceId": exchange, "appRoleId": TWIN});
    let path = format!("/servicePrincipals/{exchange}/appRoleAssignedTo");
    let made = client.graph(Method::POST, &path, Some(body.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["resourceDisplayName"], "Office 365 Exchange Online");
    let twice = client.graph(Method::POST, &path, Some(body)).await;
    assert_eq!(twice.status, 400);
    assert_eq!(twice.body["error"]["message"], "Permission being assigned already exists on the object");
    let other = json!({"principalId": id, "resourceId": graph, "appRoleId": TWIN});
    let mine = format!("/servicePrincipals/{id}/appRoleAssignments");
    assert_eq!(client.graph(Method::POST, &mine, Some(other)).await.status, 201);
    assert_eq!(client.get(&mine).await.rows().len(), 2);
    assert_eq!(client.get(&path).await.rows().len(), 1);
    let one = format!("{path}/{}", made.body["id"].as_str().expect("an id"));
    assert_eq!(client.graph(Method::DELETE, &one, None).await.status, 204);
    assert_eq!(client.graph(Method::DELETE, &one, None).await.status, 404);
    let unknown = json!({"principalId": id, "resourceId": exchange, "appRoleId": APP});
    assert_eq!(client.graph(Method::POST, &path, Some(unknown)).await.status, 400);
}

#[tokio::test]
async fn grants_are_one_per_client_and_resource() {
    let (client, id, exchange, _) = start().await;
    let body = json!({"clientId": id, "consentType": "AllPrincipals", "resourceId": exchange, "scope": "EWS.AccessAsUser.All"});
    let made = client.graph(Method::POST, "/oauth2PermissionGrants", Some(body.clone())).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(client.graph(Method::POST, "/oauth2PermissionGrants", Some(body)).await.status, 409);
    let path = format!("/oauth2PermissionGrants/{}", made.body["id"].as_str().expect("an id"));
    let set_scope = |scope: &str| client.graph(Method::PATCH, &path, Some(json!({"scope": scope})));
    assert_eq!(set_scope("EWS.AccessAsUser.All Exchange.Manage").await.status, 204);
    assert_eq!(set_scope("Unicorns.Ride").await.status, 400);
    let found = client.get(&format!("/oauth2PermissionGrants?$filter=clientId%20eq%20'{id}'")).await;
    assert_eq!(found.row()["scope"], "EWS.AccessAsUser.All Exchange.Manage");
    let wrong = json!({"clientId": id, "consentType": "Principal", "resourceId": exchange, "scope": "Exchange.Manage"});
    assert_eq!(client.graph(Method::POST, "/oauth2PermissionGrants", Some(wrong)).await.status, 400);
    assert_eq!(client.graph(Method::DELETE, &path, None).await.status, 204);
    assert_eq!(client.get("/oauth2PermissionGrants").await.rows().len(), 0);
}

#[tokio::test]
async fn deleting_an_application_takes_everything_but_scopes() {
    let (client, id, exchange, _) = start().await;
    client.ok("Enable-OrganizationCustomization", json!({})).await;
    client.ok("New-ServicePrincipal", json!({"AppId": APP, "ObjectId": id})).await;
    client
        .ok("New-ManagementScope", json!({"Name": "s", "RecipientRestrictionFilter": "City -eq 'London'"}))
        .await;
    let assignment =
        json!({"Name": "a", "Role": "Application Calendars.Read", "App": APP, "CustomResourceScope": "s"});
    client.ok("New-ManagementRoleAssignment", assignment).await;
    let grant = json!({"principalId": id, "resourceId": exchange, "appRoleId": TWIN});
    client.graph(Method::POST, &format!("/servicePrincipals/{id}/appRoleAssignments"), Some(grant)).await;
    assert_eq!(client.graph(Method::DELETE, &format!("/servicePrincipals/{id}"), None).await.status, 204);
    assert!(client.ok("Get-ServicePrincipal", json!({})).await.is_empty());
    assert_eq!(client.run("Get-ManagementRoleAssignment", json!({"Identity": "a"})).await.status, 404);
    assert!(client.get(&format!("/servicePrincipals/{exchange}/appRoleAssignedTo")).await.rows().is_empty());
    client.row("Get-ManagementScope", json!({"Identity": "s"})).await;
}
