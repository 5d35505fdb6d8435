//! Users and licences in Graph.

use crate::client::Client;
use reqwest::Method;
use serde_json::{Value, json};

fn new_user() -> Value {
    json!({"accountEnabled": true, "displayName": "Service", "mailNickname": "svc", "userPrincipalName": "svc@contoso.com",
        "passwordProfile": {"password": "Str0ng!enough"}})
}

async fn sku(client: &Client, name: &str) -> Value {
    let rows = client.get("/subscribedSkus").await.rows();
    rows.into_iter().find(|row| row["skuPartNumber"] == name).expect("the licence")
}

#[tokio::test]
async fn required_fields_are_required() {
    let client = Client::contoso().await;
    for name in ["accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile"] {
        let mut user = new_user();
        user.as_object_mut().expect("an object").remove(name);
        let answer = client.graph(Method::POST, "/users", Some(user)).await;
        assert_eq!(
            (answer.status, &answer.body["error"]["code"]),
            (400, &json!("Request_BadRequest")),
            "{name}"
        );
        let text = answer.body["error"]["message"].as_str().unwrap_or_default();
        assert!(text.contains(&format!("'{name}'")), "{text}");
    }
    for (name, value) in [
        ("passwordProfile", json!({"password": "weak"})),
        ("userPrincipalName", json!("svc@example.com")),
        ("userPrincipalName", json!("CEO@contoso.com")),
        ("usageLocation", json!("England")),
        ("passwordPolicies", json!("Never")),
        ("department", json!("x")),
    ] {
        let mut user = new_user();
        user[name] = value;
        assert_eq!(client.graph(Method::POST, "/users", Some(user)).await.status, 400, "{name}");
    }
}

#[tokio::test]
async fn a_user_lives() {
    let client = Client::contoso().await;
    let mut user = new_user();
    user["passwordPolicies"] = json!("DisablePasswordExpiration");
    let made = client.graph(Method::POST, "/users", Some(user)).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert!(made.body.get("passwordPolicies").is_none(), "not in the default set");
    assert!(made.body["mail"].is_null());
    let path =
        "/users/SVC@contoso.com?$select=id,passwordPolicies,passwordProfile,accountEnabled,usageLocation";
    let read = client.get(path).await.body;
    assert_eq!(read["passwordPolicies"], "DisablePasswordExpiration");
    assert!(read["passwordProfile"].is_null() && read["usageLocation"].is_null());
    let id = made.body["id"].as_str().expect("an id");
    let change = json!({"displayName": "Service 2", "usageLocation": "gb", "accountEnabled": false,
        "passwordProfile": {"password": "An0ther!one", "forceChangePasswordNextSignIn": false}});
    assert_eq!(client.graph(Method::PATCH, &format!("/users/{id}"), Some(change)).await.status, 204);
    let read =
        client.get(&format!("/users/{id}?$select=displayName,usageLocation,accountEnabled")).await.body;
    assert_eq!(
        (&read["displayName"], &read["usageLocation"], &read["accountEnabled"]),
        (&json!("Service 2"), &json!("GB"), &json!(false))
    );
    assert_eq!(client.graph(Method::DELETE, &format!("/users/{id}"), None).await.status, 204);
    let gone = client.get(&format!("/users/{id}")).await;
    assert_eq!((gone.status, &gone.body["error"]["code"]), (404, &json!("Request_ResourceNotFound")));
    assert!(!client.simulator.tenant().to_json().contains("An0ther!one"));
    let log = client.control(Method::GET, "log", None).await;
    assert!(!log.to_string().contains("An0ther!one") && log.to_string().contains("(redacted)"));
}

#[tokio::test]
async fn users_are_filtered_and_paged() {
    let client = Client::contoso().await;
    for (filter, expected) in [
        ("userPrincipalName eq 'ceo@contoso.com'", 1),
        ("userPrincipalName in ('ceo@contoso.com','lee.gu@contoso.com','x@contoso.com')", 2),
        ("startswith(displayName,'l') and accountEnabled eq true", 4),
        ("usageLocation eq 'FR' or jobTitle eq 'Contractor'", 4),
        ("mail eq 'boardroom@contoso.com'", 1),
    ] {
        let found = client.plain(Method::GET, "/v1.0/users").query(&[("$filter", filter)]);
        let answer = found.bearer_auth(client.graph_token()).send().await.expect("an answer");
        let body: Value = answer.json().await.expect("JSON");
        assert_eq!(body["value"].as_array().map(Vec::len), Some(expected), "{filter}: {body}");
    }
    assert_eq!(client.get("/users?$filter=department%20eq%20'x'").await.status, 400);
    assert_eq!(client.get("/users?$top=1000").await.status, 400);
    let mut url = "/users?$top=10&$select=userPrincipalName".to_owned();
    let mut names = Vec::new();
    loop {
        let page = client.get(&url).await;
        names.extend(page.rows());
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => url = next.replace(&format!("{}/v1.0", client.base), ""),
            None => break,
        }
    }
    assert_eq!(names.len(), 27);
    assert_eq!(names[0], json!({"userPrincipalName": "ceo@contoso.com"}));
}

#[tokio::test]
async fn licences_need_a_place_and_a_seat_and_bring_a_mailbox() {
    let client = Client::contoso().await;
    client.graph(Method::POST, "/users", Some(new_user())).await;
    let e1 = sku(&client, "STANDARDPACK").await;
    assert_eq!((&e1["consumedUnits"], &e1["prepaidUnits"]["enabled"]), (&json!(3), &json!(10)));
    assert_eq!(e1["servicePlans"][0]["servicePlanName"], "EXCHANGE_S_STANDARD");
    let give = json!({"addLicenses": [{"skuId": e1["skuId"]}], "removeLicenses": []});
    let assign = |body: Value| client.graph(Method::POST, "/users/svc@contoso.com/assignLicense", Some(body));
    let refused = assign(give.clone()).await;
    assert!(
        refused.body["error"]["message"].as_str().is_some_and(|text| text.contains("usage location")),
        "{}",
        refused.body
    );
    client.graph(Method::PATCH, "/users/svc@contoso.com", Some(json!({"usageLocation": "GB"}))).await;
    assert_eq!(
        assign(json!({"addLicenses": [{"skuId": e1["skuId"]}]})).await.status,
        400,
        "both arrays are required"
    );
    assert_eq!(
        assign(json!({"addLicenses": [{"skuId": client.simulator.tenant().domain()}], "removeLicenses": []}))
            .await
            .status,
        400
    );
    assert_eq!(client.run("Get-Mailbox", json!({"Identity": "svc@contoso.com"})).await.status, 404);
    assert_eq!(assign(give.clone()).await.status, 200);
    let mailbox = client.row("Get-Mailbox", json!({"Identity": "svc@contoso.com"})).await;
    assert_eq!(mailbox["RecipientTypeDetails"], "UserMailbox");
    assert_eq!(client.get("/users/svc@contoso.com").await.body["mail"], "svc@contoso.com");
    assert_eq!(sku(&client, "STANDARDPACK").await["consumedUnits"], 4);
    let take = json!({"addLicenses": [], "removeLicenses": [e1["skuId"]]});
    assert_eq!(assign(take.clone()).await.status, 200);
    assert_eq!(client.run("Get-Mailbox", json!({"Identity": "svc@contoso.com"})).await.status, 404);
    assert_eq!(assign(take).await.status, 400, "a licence that is not held");

    let full = "tenant: { name: C, domain: contoso.com }\nlicenses: { STANDARDPACK: 0 }\npeople: [{ userPrincipalName: svc@contoso.com, displayName: S, usageLocation: GB }]\n";
    let client = Client::of(full).await;
    let refused = client.graph(Method::POST, "/users/svc@contoso.com/assignLicense", Some(give)).await;
    assert!(
        refused.body["error"]["message"].as_str().is_some_and(|text| text.contains("available licenses"))
    );
}

#[tokio::test]
async fn a_batch_keeps_dependencies() {
    let client = Client::contoso().await;
    let body = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/users/ceo@contoso.com?$select=displayName"},
        {"id": "2", "method": "PATCH", "url": "users/nobody@contoso.com", "body": {"displayName": "x"}, "headers": {"Content-Type": "application/json"}},
        {"id": "3", "method": "GET", "url": "/organization", "dependsOn": ["2"]},
        {"id": "4", "method": "GET", "url": "/users?$filter=userPrincipalName eq 'ceo@contoso.com'", "dependsOn": ["1"]},
        {"id": "5", "method": "PATCH", "url": "/users/ceo@contoso.com", "body": {"displayName": "x"}},
    ]});
    let answer = client.graph(Method::POST, "/$batch", Some(body)).await;
    let statuses: Vec<_> =
        answer.body["responses"].as_array().into_iter().flatten().map(|r| r["status"].clone()).collect();
    assert_eq!(statuses, [200, 404, 424, 200, 400], "the last lacks its content type");
    assert_eq!(answer.body["responses"][0]["body"]["displayName"], "Alex Wilber");
    let many: Vec<Value> =
        (0..21).map(|n| json!({"id": n.to_string(), "method": "GET", "url": "/organization"})).collect();
    assert_eq!(client.graph(Method::POST, "/$batch", Some(json!({"requests": many}))).await.status, 400);
}

#[tokio::test]
async fn odd_bodies_are_refused_and_change_nothing() {
    let client = Client::contoso().await;
    let before = client.simulator.tenant().to_json();
    let exchange = client.get("/servicePrincipals(appId='00000002-0000-0ff1-ce00-000000000000')").await.body;
    let id = exchange["id"].as_str().expect("an id");
    let paths = [
        (Method::POST, "/users".to_owned()),
        (Method::PATCH, "/users/ceo@contoso.com".to_owned()),
        (Method::POST, "/users/ceo@contoso.com/assignLicense".to_owned()),
        (Method::POST, "/servicePrincipals".to_owned()),
        (Method::POST, format!("/servicePrincipals/{id}/appRoleAssignedTo")),
        (Method::POST, "/oauth2PermissionGrants".to_owned()),
        (Method::POST, "/$batch".to_owned()),
    ];
    let mut everything_wrong = new_user();
    for value in everything_wrong.as_object_mut().expect("an object").values_mut() {
        *value = json!([{"x": null}]);
    }
    for (method, path) in &paths {
        for body in [
            json!([]),
            Value::Null,
            json!("x"),
            json!({"requests": 7, "unknown": {}}),
            everything_wrong.clone(),
        ] {
            let answer = client.graph(method.clone(), path, Some(body.clone())).await;
            assert!((400..500).contains(&answer.status), "{method} {path} {body}: {}", answer.status);
            assert!(answer.body["error"]["code"].is_string(), "{}", answer.body);
        }
        let request = client.plain(method.clone(), &format!("/v1.0{path}")).bearer_auth(client.graph_token());
        let broken = request.header("Content-Type", "application/json").body("{\"a\":").send().await;
        assert_eq!(broken.expect("an answer").status(), 400, "{path}");
    }
    assert_eq!(client.simulator.tenant().to_json(), before);
}
