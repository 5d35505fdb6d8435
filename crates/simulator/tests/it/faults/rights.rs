//! Permissions that are missing, and identities that name nothing.

use super::pace::claims;
use crate::client::Client;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn what_a_token_lacks_is_refused() {
    let client = Client::contoso().await;
    let without = async |names: &[&str]| {
        client.control(Method::PUT, "faults", Some(json!({"withoutPermissions": names}))).await;
    };
    let user = json!({"accountEnabled": true, "displayName": "U", "mailNickname": "u",
        "userPrincipalName": "u@contoso.com", "passwordProfile": {"password": "Kx7!pqRs9$mWz2"}});
    for (name, method, path) in [
        ("User.ReadWrite.All", Method::POST, "/users"),
        ("User.ReadWrite.All", Method::GET, "/users"),
        ("Application.ReadWrite.All", Method::POST, "/servicePrincipals"),
        ("AppRoleAssignment.ReadWrite.All", Method::POST, "/servicePrincipals/x/appRoleAssignedTo"),
        ("DelegatedPermissionGrant.ReadWrite.All", Method::POST, "/oauth2PermissionGrants"),
        ("Organization.Read.All", Method::GET, "/organization"),
    ] {
        without(&[name]).await;
        let body = (method == Method::POST).then(|| user.clone());
        let denied = client.graph(method.clone(), path, body.clone()).await;
        assert_eq!(
            (denied.status, &denied.body["error"]["code"]),
            (403, &json!("Authorization_RequestDenied")),
            "{name} {path}"
        );
        client.ok("Get-AcceptedDomain", json!({})).await;
        without(&[]).await;
        assert_ne!(client.graph(method, path, body).await.status, 403, "{name} {path}");
    }
    without(&["Organization.Read.All"]).await;
    assert_eq!(client.get("/subscribedSkus").await.status, 403);
    without(&["LicenseAssignment.ReadWrite.All"]).await;
    assert_eq!(client.get("/subscribedSkus").await.status, 200);
}

#[tokio::test]
async fn exchange_wants_the_permission_and_the_role() {
    let client = Client::contoso().await;
    let ask = async || {
        let body = json!({"CmdletInput": {"CmdletName": "Get-AcceptedDomain", "Parameters": {}}});
        let request = client.plain(Method::POST, &client.invoke_url()[client.base.len()..]);
        request.bearer_auth(client.exchange_token()).json(&body).send().await.expect("an answer")
    };
    client
        .control(Method::PUT, "faults", Some(json!({"withoutPermissions": ["Exchange.ManageAsApp"]})))
        .await;
    let answer = ask().await;
    assert_eq!(answer.status(), 401);
    assert!(
        answer.headers()["x-ms-diagnostics"].to_str().is_ok_and(|text| text.contains("Exchange.ManageAsApp"))
    );
    let token = client.token("https://outlook.office365.com/.default").await;
    assert_eq!(claims(&token)["roles"], json!(["Exchange.ManageAsAppV2", "full_access_as_app"]));
    client
        .control(Method::PUT, "faults", Some(json!({"withoutPermissions": ["Exchange Administrator"]})))
        .await;
    let answer = ask().await;
    assert_eq!(answer.status(), 403);
    assert!(answer.headers().contains_key("x-ms-diagnostics"));
    assert!(answer.bytes().await.expect("a body").iter().all(|byte| *byte == 0));
    assert_eq!(client.get("/organization").await.status, 200);
    let token = claims(&client.token("https://outlook.office365.com/.default").await);
    assert_eq!(token["wids"], json!([]));
    client.control(Method::PUT, "faults", Some(json!({}))).await;
    let token = claims(&client.token("https://outlook.office365.com/.default").await);
    assert_eq!(token["wids"], json!(["29232cdf-9323-42fd-ade2-1d097af3e4de"]));
    assert_eq!(
        (&token["idtyp"], &token["appid"]),
        (&json!("app"), &json!("11111111-2222-4333-8444-555555555555"))
    );
    assert!(token["oid"].is_string() && token["tid"].is_string());
}

#[tokio::test]
async fn a_missing_identity_can_answer_everything() {
    let client = Client::contoso().await;
    let nobody = json!({"Identity": "nobody@contoso.com"});
    assert_eq!(client.run("Get-Mailbox", nobody.clone()).await.status, 404);
    client.control(Method::PUT, "faults", Some(json!({"allOnMissingIdentity": true}))).await;
    let all = client.ok("Get-Mailbox", json!({})).await;
    assert!(all.len() > 5);
    assert_eq!(client.ok("Get-Mailbox", nobody.clone()).await, all);
    assert_eq!(client.row("Get-Mailbox", json!({"Identity": "soho"})).await["Alias"], "soho");
    assert_eq!(
        client.run("Get-DistributionGroupMember", nobody.clone()).await.status,
        404,
        "it needs an identity"
    );
    assert_eq!(client.run("Set-Mailbox", nobody).await.status, 404);
}

#[tokio::test]
async fn noise_brings_warnings_in_both_places() {
    let client = Client::contoso().await;
    client.control(Method::PUT, "faults", Some(json!({"noise": true}))).await;
    let (mut in_body, mut in_header, mut none) = (0, 0, 0);
    for number in 0..40 {
        let parameters = json!({"Filter": format!("City -eq 'x{number}'")});
        let body = json!({"CmdletInput": {"CmdletName": "Get-Recipient", "Parameters": parameters}});
        let request = client.plain(Method::POST, &client.invoke_url()[client.base.len()..]);
        let request = request.bearer_auth(client.exchange_token()).header("X-AnchorMailbox", "x");
        let answer = request.json(&body).send().await.expect("an answer");
        let header =
            answer.headers().get("x-warnings").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body: Value = answer.json().await.expect("JSON");
        let texts = body["@adminapi.warnings"].as_array().cloned().unwrap_or_default();
        let is_delay = |text: &str| text.starts_with("Micro delay applied. Actual delayed: ");
        match (texts.first().and_then(Value::as_str), header) {
            (Some(text), None) if is_delay(text) => in_body += 1,
            (None, Some(text)) if is_delay(&text) => in_header += 1,
            (None, None) => none += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(in_body > 3 && in_header > 1 && none > 10, "{in_body} {in_header} {none}");
}
