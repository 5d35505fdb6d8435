//! What a Graph SDK asks: counts, groups, and things that an application cannot have.

use crate::client::{Answered, Client, answered};
use reqwest::Method;
use serde_json::{Value, json};

async fn eventual(client: &Client, path: &str) -> Answered {
    let request = client.plain(Method::GET, &format!("/v1.0{path}")).bearer_auth(client.graph_token());
    answered(request.header("ConsistencyLevel", "eventual").send().await.expect("an answer")).await
}

#[tokio::test]
async fn counts_need_a_consistency_level_and_count_everything() {
    let client = Client::contoso().await;
    let all = client.get("/users?$top=999").await.rows().len();
    let first = eventual(&client, "/users?$top=2&$count=true").await;
    assert_eq!((first.rows().len(), &first.body["@odata.count"]), (2, &json!(all)));
    let next = first.body["@odata.nextLink"].as_str().expect("a link").to_owned();
    let next = eventual(&client, &next[client.base.len() + "/v1.0".len()..]).await;
    assert!(next.body.get("@odata.count").is_none(), "on the first page only");
    assert!(client.get("/users?$count=true").await.body.get("@odata.count").is_none());
    assert_eq!(eventual(&client, "/users/$count").await.body, json!(all));
    let filter = "/users/$count?$filter=userPrincipalName%20eq%20'ceo@contoso.com'";
    assert_eq!(eventual(&client, filter).await.body, json!(1));
    assert_eq!(client.get("/users/$count").await.status, 400);
    let few = eventual(&client, "/users?$count=true&$filter=startswith(displayName,'N')&$top=1").await;
    assert!(few.body["@odata.count"].as_u64().is_some_and(|count| count > 0 && count < all as u64));
}

#[tokio::test]
async fn groups_can_be_read_and_not_changed() {
    let client = Client::customised().await;
    let list = json!({"Name": "Lisbon", "RoomList": true, "Members": ["soho", "opera"]});
    let made = client.row("New-DistributionGroup", list).await;
    let id = made["ExternalDirectoryObjectId"].as_str().expect("an id").to_owned();
    let found =
        client.get("/groups?$filter=displayName%20eq%20'Lisbon'&$select=id,mail,mailEnabled").await.rows();
    assert_eq!((found.len(), &found[0]["id"], &found[0]["mailEnabled"]), (1, &json!(id), &json!(true)));
    assert!(found[0].get("displayName").is_none());
    let group = client.get(&format!("/groups/{id}")).await.body;
    assert_eq!((&group["displayName"], &group["securityEnabled"]), (&json!("Lisbon"), &json!(false)));
    let members = client.get(&format!("/groups/{id}/members?$top=1")).await;
    assert_eq!(members.rows()[0]["@odata.type"], "#microsoft.graph.user");
    assert!(members.body["@odata.nextLink"].is_string());
    assert_eq!(client.get("/groups/00000000-0000-4000-8000-000000000000").await.status, 404);
    assert_eq!(client.get("/groups?$filter=city%20eq%20'x'").await.status, 400);
    for method in [Method::PATCH, Method::DELETE] {
        // Nobody has the permission by default; with it, Exchange still keeps its groups.
        assert_eq!(client.graph(method, &format!("/groups/{id}"), Some(json!({}))).await.status, 403);
    }
    assert!(eventual(&client, "/groups/$count").await.body.as_u64().is_some_and(|count| count >= 1));
}

#[tokio::test]
async fn what_cannot_be_answered_is_refused_and_never_ignored() {
    let client = Client::contoso().await;
    let me = client.get("/me").await;
    assert_eq!((me.status, &me.body["error"]["code"]), (400, &json!("BadRequest")));
    for query in ["$search=\"displayName:x\"", "$orderby=displayName", "$expand=manager", "$skip=2"] {
        let answer = client.get(&format!("/users?{query}")).await;
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (400, &json!("Request_UnsupportedQuery")),
            "{query}"
        );
    }
    let tenant = client.get("/organization").await.rows()[0]["id"].as_str().expect("an id").to_owned();
    assert_eq!(client.get(&format!("/organization/{tenant}")).await.body["id"], Value::from(tenant));
}

#[tokio::test]
async fn a_late_mailbox_shows_in_graph_when_it_is_there() {
    let client = Client::contoso().await;
    client.control(Method::PUT, "faults", Some(json!({"mailboxDelay": {"seconds": 600}}))).await;
    let skus = client.get("/subscribedSkus").await.rows();
    let nestor = "/users/nestor.wilke@contoso.com";
    client.graph(Method::PATCH, nestor, Some(json!({"usageLocation": "GB"}))).await;
    let give = json!({"addLicenses": [{"skuId": skus[0]["skuId"]}], "removeLicenses": []});
    client.graph(Method::POST, &format!("{nestor}/assignLicense"), Some(give)).await;
    assert!(client.get(nestor).await.body["mail"].is_null());
    client.control(Method::PUT, "clock", Some(json!({"advance": 601}))).await;
    assert_eq!(client.get(nestor).await.body["mail"], "nestor.wilke@contoso.com");
}
