//! Headers, statuses and error shapes of the Exchange endpoint.

use crate::client::Client;
use reqwest::Method;
use serde_json::{Value, json};

const PATH: &str = "/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand";

fn body(cmdlet: &str) -> Value {
    json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": {}}})
}

#[tokio::test]
async fn a_token_of_the_right_audience_is_needed() {
    let client = Client::contoso().await;
    let none = client.plain(Method::POST, PATH).json(&body("Get-RoleGroup")).send().await.expect("an answer");
    assert_eq!(none.status(), 401);
    assert!(
        none.headers().contains_key("x-ms-diagnostics") && none.headers().contains_key("www-authenticate")
    );
    let wrong =
        client.plain(Method::POST, PATH).bearer_auth(client.graph_token()).json(&body("Get-RoleGroup"));
    assert_eq!(wrong.send().await.expect("an answer").status(), 401);
    let mut forged = client.exchange_token().to_owned();
    forged.pop();
    let forged = client.plain(Method::POST, PATH).bearer_auth(forged).json(&body("Get-RoleGroup"));
    assert_eq!(forged.send().await.expect("an answer").status(), 401);
    let graph = client
        .plain(Method::GET, "/v1.0/users")
        .bearer_auth(client.exchange_token())
        .send()
        .await
        .expect("an answer");
    assert_eq!(graph.status(), 401);
    let shape: Value = graph.json().await.expect("JSON");
    assert_eq!(shape["error"]["code"], "InvalidAuthenticationToken");
}

#[tokio::test]
async fn the_surface_is_exact() {
    let client = Client::contoso().await;
    let post = |path: &str| client.plain(Method::POST, path).bearer_auth(client.exchange_token());
    let status =
        async |request: reqwest::RequestBuilder| request.send().await.expect("an answer").status().as_u16();
    assert_eq!(
        status(post("/adminapi/v1.0/contoso.onmicrosoft.com/InvokeCommand").json(&body("Get-RoleGroup")))
            .await,
        405
    );
    assert_eq!(
        status(post("/adminapi/beta/fabrikam.com/InvokeCommand").json(&body("Get-RoleGroup"))).await,
        403
    );
    assert_eq!(
        status(post("/adminapi/beta/contoso.com/InvokeCommand").json(&body("Get-RoleGroup"))).await,
        200
    );
    assert_eq!(status(post(PATH).body("{}")).await, 415);
    assert_eq!(status(post(PATH).json(&json!({}))).await, 400);
    assert_eq!(status(client.plain(Method::GET, PATH).bearer_auth(client.exchange_token())).await, 405);
    assert_eq!(status(post("/nowhere").json(&json!({}))).await, 404);
}

#[tokio::test]
async fn an_unknown_cmdlet_is_forbidden_without_json() {
    let client = Client::contoso().await;
    let request =
        client.plain(Method::POST, PATH).bearer_auth(client.exchange_token()).json(&body("Get-Unicorn"));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
    let reason = answer.headers()["x-ms-diagnostics"].to_str().expect("text").to_owned();
    assert!(reason.contains("Get-Unicorn"), "{reason}");
    assert!(serde_json::from_slice::<Value>(&answer.bytes().await.expect("a body")).is_err());
}

#[tokio::test]
async fn a_refusal_has_the_documented_shape() {
    let client = Client::contoso().await;
    let answer = client.run("Get-Mailbox", json!({"Identity": "attic"})).await;
    assert_eq!(answer.status, 404);
    insta::assert_json_snapshot!(answer.body, @r#"
    {
      "error": {
        "code": "NotFound",
        "message": "Error executing cmdlet",
        "details": [
          {
            "code": "Context",
            "target": "",
            "message": "Ex6F9304|Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException|The operation couldn't be performed because object 'attic' couldn't be found on 'LO2PR01A001DC04.EURPR01A001.PROD.OUTLOOK.COM'."
          }
        ],
        "innererror": {
          "message": "Error executing cmdlet",
          "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
          "stacktrace": "",
          "internalexception": {
            "message": "The operation couldn't be performed because object 'attic' couldn't be found on 'LO2PR01A001DC04.EURPR01A001.PROD.OUTLOOK.COM'.",
            "type": "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException",
            "stacktrace": ""
          }
        }
      }
    }
    "#);
}

#[tokio::test]
async fn a_missing_anchor_is_a_warning() {
    let client = Client::contoso().await;
    let request = client.plain(Method::POST, PATH).bearer_auth(client.exchange_token());
    let answer =
        request.header("Prefer", "odata.maxpagesize=1000").json(&body("Get-OrganizationConfig")).send();
    let body: Value = answer.await.expect("an answer").json().await.expect("JSON");
    assert!(body["@adminapi.warnings"][0].as_str().is_some_and(|text| text.contains("X-AnchorMailbox")));
    assert!(
        body["@odata.context"]
            .as_str()
            .is_some_and(|text| text.ends_with("#Collection(Exchange.GenericHashTable)"))
    );
}
