//! The token endpoint.

use crate::client::Client;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

const ID: &str = "11111111-2222-4333-8444-555555555555";

fn seed(client: &str) -> String {
    format!("tenant: {{ name: C, domain: contoso.com }}\nclients: [{client}]\n")
}

async fn ask(client: &Client, form: &[(&str, &str)]) -> (u16, Value) {
    let answer = client.ask_token(form).await;
    (answer.status().as_u16(), answer.json().await.expect("JSON"))
}

fn secret<'a>(id: &'a str, secret: &'a str, scope: &'a str) -> [(&'a str, &'a str); 4] {
    [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", scope)]
}

const EXCHANGE: &str = "https://outlook.office365.com/.default";

#[tokio::test]
async fn secrets_and_assertions_are_taken() {
    let client = Client::contoso().await;
    let (status, body) = ask(&client, &secret(ID, "any", EXCHANGE)).await;
    assert_eq!(status, 200);
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["expires_in"].as_i64().is_some_and(|seconds| seconds > 3_000));
    assert_eq!(body["access_token"].as_str().map(|token| token.split('.').count()), Some(3));
    let endpoint = format!("{}/contoso.onmicrosoft.com/oauth2/v2.0/token", client.base);
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": "thumbprint"}).to_string();
    let claims =
        json!({"aud": endpoint, "iss": ID, "sub": ID, "jti": "1", "nbf": now, "exp": now + 600}).to_string();
    let signed = format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
    let assertion = [
        ("grant_type", "client_credentials"),
        ("client_id", ID),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", &signed),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    assert_eq!(ask(&client, &assertion).await.0, 200);
    let mut malformed = assertion;
    malformed[3].1 = "a.b.c";
    let (status, body) = ask(&client, &malformed).await;
    assert_eq!(
        (status, &body["error"], &body["error_codes"][0]),
        (401, &json!("invalid_client"), &json!(50_027))
    );
}

#[tokio::test]
async fn refusals_carry_entras_codes() {
    let client = Client::of(&seed(&format!("{{ id: {ID}, secret: s3cret }}"))).await;
    for (form, status, error, code) in [
        (secret(ID, "wrong", EXCHANGE), 401, "invalid_client", 7_000_215),
        (
            secret("aaaaaaaa-2222-4333-8444-555555555555", "s3cret", EXCHANGE),
            400,
            "unauthorized_client",
            700_016,
        ),
        (secret(ID, "s3cret", "https://example.com/.default"), 400, "invalid_scope", 70_011),
        (secret(ID, "", EXCHANGE), 401, "invalid_client", 7_000_218),
    ] {
        let (got, body) = ask(&client, &form).await;
        assert_eq!(
            (got, body["error"].as_str(), body["error_codes"][0].as_i64()),
            (status, Some(error), Some(code))
        );
        assert!(!body.to_string().contains("s3cret"));
    }
    assert_eq!(ask(&client, &secret(ID, "s3cret", EXCHANGE)).await.0, 200);
    assert!(!client.simulator.tenant().to_json().contains("s3cret"));
    let (_, body) = ask(&client, &[("grant_type", "password"), ("client_id", ID)]).await;
    assert_eq!(body["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn permissions_limit_what_a_client_may_do() {
    let permissions = "permissions: [Exchange.ManageAsApp, User.Read.All, Application.Read.All]";
    let client = Client::of(&seed(&format!("{{ id: {ID}, secret: s3cret, {permissions} }}"))).await;
    client.ok("Get-OrganizationConfig", json!({})).await;
    assert_eq!(client.get("/users").await.status, 200);
    let denied = client.graph(Method::DELETE, "/users/x@contoso.com", None).await;
    assert_eq!((denied.status, &denied.body["error"]["code"]), (403, &json!("Authorization_RequestDenied")));
    assert_eq!(client.get("/servicePrincipals").await.status, 200);
    assert_eq!(client.get("/oauth2PermissionGrants").await.status, 403);

    let client =
        Client::of(&seed(&format!("{{ id: {ID}, secret: s3cret, permissions: [User.Read.All] }}"))).await;
    assert_eq!(client.run("Get-OrganizationConfig", json!({})).await.status, 401);
}

#[tokio::test]
async fn tokens_run_out_with_the_tenants_clock() {
    let client = Client::contoso().await;
    client.control(Method::PUT, "clock", Some(json!({"advance": 100_000}))).await;
    assert_eq!(client.run("Get-RoleGroup", json!({})).await.status, 401);
    assert_eq!(client.get("/users").await.status, 401);
}

#[tokio::test]
async fn libraries_find_the_endpoints() {
    let client = Client::contoso().await;
    let path = "/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration";
    let answer = client.plain(Method::GET, path).send().await.expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["token_endpoint"], format!("{}/contoso.onmicrosoft.com/oauth2/v2.0/token", client.base));
    let path = "/common/discovery/instance?api-version=1.1&authorization_endpoint=x";
    let answer = client.plain(Method::GET, path).send().await.expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    assert!(client.base.ends_with(body["metadata"][0]["preferred_network"].as_str().expect("a host")));
}
