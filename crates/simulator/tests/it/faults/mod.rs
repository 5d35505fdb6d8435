//! Faults, noise, delays, and what the simulator tells about itself.

mod chance;
mod pace;
mod rights;

use crate::client::Client;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn unreadable_things_answer_503() {
    let client = Client::contoso().await;
    let faults = json!({"unreadable": ["Get-ManagementScope", "/v1.0/users"]});
    client.control(Method::PUT, "faults", Some(faults)).await;
    assert_eq!(client.run("get-managementscope", json!({})).await.status, 503);
    let users = client.get("/users/ceo@contoso.com").await;
    assert_eq!((users.status, &users.body["error"]["code"]), (503, &json!("ServiceUnavailable")));
    client.ok("Get-RoleGroup", json!({})).await;
    assert_eq!(client.get("/organization").await.status, 200);
    let faults = json!({"unreadable": ["/v1.0/$batch", "/adminapi/beta/contoso.onmicrosoft.com/$batch"]});
    client.control(Method::PUT, "faults", Some(faults)).await;
    assert_eq!(client.graph(Method::POST, "/$batch", Some(json!({"requests": []}))).await.status, 503);
    client.control(Method::PUT, "faults", Some(json!({}))).await;
    client.ok("Get-ManagementScope", json!({})).await;
}

#[tokio::test]
async fn calls_fail_so_many_times() {
    let client = Client::contoso().await;
    let next = json!({"failNext": [
        {"cmdlet": "New-DistributionGroup", "times": 2, "status": 429, "retryAfter": 1},
        {"cmdlet": "Remove-DistributionGroup", "after": true},
    ]});
    client.control(Method::PUT, "faults", Some(next)).await;
    for expected in [429, 429, 200] {
        assert_eq!(client.run("New-DistributionGroup", json!({"Name": "x"})).await.status, expected);
    }
    let remove = json!({"Identity": "x", "BypassSecurityGroupManagerCheck": true});
    assert_eq!(client.run("Remove-DistributionGroup", remove.clone()).await.status, 503);
    assert_eq!(client.run("Remove-DistributionGroup", remove).await.status, 404, "the first one did happen");
    let answer = client.plain(Method::PUT, "/_simulator/faults").json(&json!({"nosie": true})).send().await;
    assert_eq!(answer.expect("an answer").status(), 400);
}

#[tokio::test]
async fn mailboxes_and_names_can_be_late() {
    let client = Client::contoso().await;
    client
        .control(Method::PUT, "faults", Some(json!({"mailboxDelay": 2, "distinguishedNameDelay": 1})))
        .await;
    let skus = client.get("/subscribedSkus").await.rows();
    let give = json!({"addLicenses": [{"skuId": skus[0]["skuId"]}], "removeLicenses": []});
    client
        .graph(Method::PATCH, "/users/nestor.wilke@contoso.com", Some(json!({"usageLocation": "GB"})))
        .await;
    client.graph(Method::POST, "/users/nestor.wilke@contoso.com/assignLicense", Some(give)).await;
    let nestor = json!({"Identity": "nestor.wilke@contoso.com"});
    for expected in [404, 404, 200] {
        assert_eq!(client.run("Get-Mailbox", nestor.clone()).await.status, expected);
    }
    assert!(
        client.row("New-DistributionGroup", json!({"Name": "x"})).await.get("DistinguishedName").is_none()
    );
    assert!(
        client
            .row("Get-DistributionGroup", json!({"Identity": "x"}))
            .await
            .get("DistinguishedName")
            .is_none()
    );
    assert!(
        client
            .row("Get-DistributionGroup", json!({"Identity": "x"}))
            .await
            .get("DistinguishedName")
            .is_some()
    );

    let client = Client::contoso().await;
    client.control(Method::PUT, "faults", Some(json!({"mailboxDelay": {"seconds": 900}}))).await;
    let skus = client.get("/subscribedSkus").await.rows();
    let give = json!({"addLicenses": [{"skuId": skus[0]["skuId"]}], "removeLicenses": []});
    client
        .graph(Method::PATCH, "/users/nestor.wilke@contoso.com", Some(json!({"usageLocation": "GB"})))
        .await;
    client.graph(Method::POST, "/users/nestor.wilke@contoso.com/assignLicense", Some(give)).await;
    for _ in 0..5 {
        assert_eq!(client.run("Get-Mailbox", nestor.clone()).await.status, 404);
    }
    client.control(Method::PUT, "clock", Some(json!({"advance": 901}))).await;
    assert_eq!(client.run("Get-Mailbox", nestor).await.status, 200, "the clock has moved past the delay");
}

#[tokio::test]
async fn noise_changes_order_and_case_alone() {
    let client = Client::contoso().await;
    let list = json!({"Name": "l", "RoomList": true, "Members": ["opera", "soho", "thames"]});
    client.ok("New-DistributionGroup", list).await;
    let read = async || client.ok("Get-DistributionGroupMember", json!({"Identity": "l"})).await;
    let plain = read().await;
    client.control(Method::PUT, "faults", Some(json!({"noise": true}))).await;
    let noisy = read().await;
    assert_eq!(noisy, read().await, "noise is the same every time");
    assert_ne!(noisy, plain);
    assert_eq!(noisy[2]["PrimarySmtpAddress"], "Opera@contoso.com");
    let folded = |rows: &[Value]| -> Vec<Value> {
        let mut rows: Vec<Value> = rows
            .iter()
            .map(|row| {
                let mut row: Value = serde_json::from_str(&row.to_string().to_lowercase()).expect("JSON");
                row["emailaddresses"] = Value::Null;
                row.sort_all_objects();
                row
            })
            .collect();
        rows.sort_by_key(ToString::to_string);
        rows
    };
    assert_eq!(folded(&noisy), folded(&plain));
    let user = client.get("/users/ceo@contoso.com").await.body;
    assert_eq!(user["userPrincipalName"], "Ceo@contoso.com");
    assert_eq!(user["id"].as_str().map(str::to_uppercase), user["id"].as_str().map(str::to_owned));
}

#[tokio::test]
async fn everything_is_counted_and_every_write_logged() {
    let client = Client::contoso().await;
    client.control(Method::DELETE, "counters", None).await;
    client.ok("Get-RoleGroup", json!({})).await;
    client.ok("New-DistributionGroup", json!({"Name": "x"})).await;
    client.refuse("New-DistributionGroup", json!({"Name": "x"})).await;
    client.get("/users/ceo@contoso.com").await;
    client.by_hand("Set-Mailbox", &json!({"Identity": "soho", "CustomAttribute1": "x"}));
    let counters = client.control(Method::GET, "counters", None).await;
    assert_eq!((&counters["requests"], &counters["writes"]), (&json!(4), &json!(2)));
    assert_eq!(counters["routes"]["GET /v1.0/users/*"], 1);
    assert_eq!(counters["routes"]["POST /adminapi/beta/*/InvokeCommand"], 3);
    assert_eq!(counters["cmdlets"], json!({"Get-RoleGroup": 1, "New-DistributionGroup": 2}));
    let log = client.control(Method::GET, "log", None).await;
    let lines: Vec<_> = log
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| (entry["cmdlet"].clone(), entry["status"].clone(), entry["by"].clone()))
        .collect();
    assert_eq!(
        lines,
        [
            (json!("New-DistributionGroup"), json!(200), json!("request")),
            (json!("New-DistributionGroup"), json!(400), json!("request")),
            (json!("Set-Mailbox"), json!(200), json!("hand")),
        ]
    );
    let by_hand = json!({"cmdlet": "Get-Mailbox", "parameters": {"Identity": "soho"}});
    let rows = client.control(Method::POST, "invoke", Some(by_hand)).await;
    assert_eq!(rows["value"][0]["CustomAttribute1"], "x");
    assert!(rows["value"][0].get("Guid@odata.type").is_none());
    let clock =
        client.control(Method::PUT, "clock", Some(json!({"now": "2027-01-01T00:00:00Z", "step": 5}))).await;
    assert_eq!(clock, json!({"now": "2027-01-01T00:00:00Z", "step": 5}));
    assert_eq!(client.control(Method::GET, "tenant", None).await["initialDomain"], "contoso.onmicrosoft.com");
}
