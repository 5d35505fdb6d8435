//! Secrets in vaults.

use crate::client::{Answered, Client, answered};
use reqwest::Method;
use serde_json::{Value, json};

struct Vault {
    client: Client,
    token: String,
}

impl Vault {
    async fn new() -> Vault {
        let client = Client::contoso().await;
        let token = client.token("https://vault.azure.net/.default").await;
        Vault { client, token }
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answered {
        let path = format!("/keyvault/rooms/{path}?api-version=7.6");
        let mut request = self.client.plain(method, &path).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answered(request.send().await.expect("an answer")).await
    }
}

#[tokio::test]
async fn a_secret_has_versions_and_tags() {
    let vault = Vault::new().await;
    assert_eq!(vault.send(Method::GET, "secrets/svc", None).await.body["error"]["code"], "SecretNotFound");
    let first =
        vault.send(Method::PUT, "secrets/svc", Some(json!({"value": "one", "tags": {"a": "b"}}))).await;
    assert_eq!(
        (first.status, &first.body["value"], &first.body["tags"]),
        (200, &json!("one"), &json!({"a": "b"}))
    );
    let id = first.body["id"].as_str().expect("an id").to_owned();
    assert!(id.starts_with(&format!("{}/keyvault/rooms/secrets/svc/", vault.client.base)), "{id}");
    let version = id.rsplit('/').next().expect("a version").to_owned();
    vault.send(Method::PUT, "secrets/svc", Some(json!({"value": "two"}))).await;
    assert_eq!(vault.send(Method::GET, "secrets/SVC", None).await.body["value"], "two");
    assert_eq!(vault.send(Method::GET, "secrets/svc/", None).await.body["value"], "two");
    let old = format!("secrets/svc/{version}");
    let changed = vault.send(Method::PATCH, &old, Some(json!({"tags": {"c": "d"}}))).await;
    assert!(changed.body.get("value").is_none());
    let read = vault.send(Method::GET, &old, None).await;
    assert_eq!((&read.body["value"], &read.body["tags"]), (&json!("one"), &json!({"c": "d"})));
    assert_eq!(vault.send(Method::GET, "secrets/svc/versions", None).await.rows().len(), 2);
    assert_eq!(vault.send(Method::GET, "secrets", None).await.rows().len(), 1);
    assert_eq!(vault.send(Method::DELETE, "secrets/svc", None).await.status, 200);
    assert_eq!(vault.send(Method::GET, "secrets/svc", None).await.status, 404);
    assert_eq!(vault.send(Method::PUT, "secrets/svc", Some(json!({"value": "x"}))).await.status, 409);
    assert_eq!(vault.send(Method::DELETE, "deletedsecrets/svc", None).await.status, 204);
    assert_eq!(vault.send(Method::PUT, "secrets/svc", Some(json!({"value": "x"}))).await.status, 200);
    assert_eq!(vault.send(Method::PUT, "secrets/a_b", Some(json!({"value": "x"}))).await.status, 400);
}

#[tokio::test]
async fn a_vault_asks_for_its_own_token_and_tells_nobody_else() {
    let vault = Vault::new().await;
    let client = &vault.client;
    let url = format!("{}/keyvault/rooms/secrets/svc?api-version=7.6", client.base);
    let answer = reqwest::get(&url).await.expect("an answer");
    let tenant = client.control(Method::GET, "tenant", None).await["id"].as_str().expect("an id").to_owned();
    let challenge =
        format!("Bearer authorization=\"{}/{tenant}\", resource=\"https://vault.azure.net\"", client.base);
    assert_eq!(
        (answer.status().as_u16(), answer.headers()["www-authenticate"].to_str().ok()),
        (401, Some(&*challenge))
    );
    let request = reqwest::Client::new().get(&url).bearer_auth(client.graph_token());
    assert_eq!(request.send().await.expect("an answer").status(), 401);

    vault.send(Method::PUT, "secrets/svc", Some(json!({"value": "hunter2-hunter2"}))).await;
    for path in ["tenant", "log", "counters", "faults"] {
        let shown = client.control(Method::GET, path, None).await.to_string();
        assert!(!shown.contains("hunter2"), "{path}");
    }
    assert!(!format!("{:?}", client.simulator).contains("hunter2"));
    assert_eq!(client.control(Method::GET, "counters", None).await["routes"]["PUT /keyvault/*/secrets/*"], 1);
    let faults = json!({"withoutPermissions": ["Key Vault Secrets Officer"]});
    client.control(Method::PUT, "faults", Some(faults)).await;
    assert_eq!(vault.send(Method::GET, "secrets/svc", None).await.status, 403);
    client.control(Method::PUT, "faults", Some(json!({"throttled": {"keyVault": 1}}))).await;
    assert_eq!(vault.send(Method::GET, "secrets/svc", None).await.status, 429);
    assert_eq!(client.get("/organization").await.status, 200);
}
