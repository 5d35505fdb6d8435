//! The Admin API v2.0.

use crate::client::{Answered, Client, answered};
use reqwest::Method;
use serde_json::{Value, json};

async fn ask(client: &Client, endpoint: &str, cmdlet: &str, parameters: Value) -> Answered {
    let path = format!("/adminapi/v2.0/contoso.onmicrosoft.com/{endpoint}");
    let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
    let request = client.plain(Method::POST, &path).bearer_auth(client.exchange_token());
    answered(request.header("X-AnchorMailbox", "x").json(&body).send().await.expect("an answer")).await
}

#[tokio::test]
async fn each_endpoint_has_its_cmdlet_and_no_other() {
    let client = Client::customised().await;
    client
        .ok("New-DistributionGroup", json!({"Name": "l", "RoomList": true, "Members": ["soho", "opera"]}))
        .await;
    let list = json!({"Identity": "l"});
    for (endpoint, cmdlet, parameters, rows) in [
        ("OrganizationConfig", "Get-OrganizationConfig", json!({}), 1),
        ("AcceptedDomain", "Get-AcceptedDomain", json!({"Identity": "contoso.com"}), 1),
        ("Mailbox", "Get-Mailbox", json!({"Identity": "soho", "ResultSize": "Unlimited"}), 1),
        ("DistributionGroupMember", "Get-DistributionGroupMember", list, 2),
    ] {
        let answer = ask(&client, endpoint, cmdlet, parameters.clone()).await;
        assert_eq!(answer.rows().len(), rows, "{endpoint}");
        let mut old: Vec<Value> = client.ok(cmdlet, parameters).await;
        for (new, old) in answer.rows().iter().zip(&mut old) {
            assert_eq!(new, old, "{endpoint}");
        }
        let other = ask(&client, endpoint, "Get-RoleGroup", json!({})).await;
        assert_eq!((other.status, &other.body["error"]["code"]), (400, &json!("BadRequest")), "{endpoint}");
    }
    assert_eq!(ask(&client, "Mailbox", "Get-Mailbox", json!({"Filter": "City -eq 'x'"})).await.status, 400);
    assert_eq!(ask(&client, "RoleGroup", "Get-RoleGroup", json!({})).await.status, 404);
    // Without Prefer the first page is a whole one here, and the old surface's is not.
    let all = ask(&client, "Mailbox", "Get-Mailbox", json!({})).await;
    assert!(all.rows().len() > 5 && all.body.get("@odata.nextLink").is_none());
    let missing = ask(&client, "Mailbox", "Get-Mailbox", json!({"Identity": "nobody"})).await;
    assert_eq!(missing.refusal().0, "ManagementObjectNotFoundException");
}

#[tokio::test]
async fn pages_are_followed_by_post() {
    let client = Client::contoso().await;
    client.control(Method::PUT, "faults", Some(json!({"oneRowFirstPage": true}))).await;
    let first = ask(&client, "Mailbox", "Get-Mailbox", json!({})).await;
    let link = first.body["@odata.nextLink"].as_str().expect("a link").to_owned();
    assert!(link.contains("/adminapi/v2.0/contoso.onmicrosoft.com/Mailbox?"), "{link}");
    let rest = client.page(&link, "Get-Mailbox", &json!({}), None).await;
    assert_eq!(first.rows().len(), 1);
    assert!(rest.rows().len() > 5);
}

#[tokio::test]
async fn each_surface_takes_its_own_permission() {
    let client = Client::contoso().await;
    for (missing, old, new) in [
        ("Exchange.ManageAsApp", 401, 200),
        ("Exchange.ManageAsAppV2", 200, 401),
        ("Exchange Administrator", 403, 403),
    ] {
        client.control(Method::PUT, "faults", Some(json!({"withoutPermissions": [missing]}))).await;
        assert_eq!(client.run("Get-OrganizationConfig", json!({})).await.status, old, "{missing}");
        let answer = ask(&client, "OrganizationConfig", "Get-OrganizationConfig", json!({})).await;
        assert_eq!(answer.status, new, "{missing}");
    }
    client.control(Method::PUT, "faults", Some(json!({}))).await;
    for (method, path, status) in [
        (Method::GET, "/adminapi/v2.0/contoso.com/Mailbox", 405),
        (Method::POST, "/adminapi/v1.0/contoso.com/InvokeCommand", 405),
        (Method::POST, "/adminapi/v2.0/contoso.com/InvokeCommand", 405),
        (Method::POST, "/adminapi/v2.0/fabrikam.com/Mailbox", 403),
    ] {
        let request = client.plain(method, path).bearer_auth(client.exchange_token());
        assert_eq!(request.send().await.expect("an answer").status(), status, "{path}");
    }
}
