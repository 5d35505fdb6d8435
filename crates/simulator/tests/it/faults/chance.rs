//! Requests that are throttled, fail or lose their answer by chance.

use crate::client::Client;
use anteroom_simulator::{DEFAULT_SEED, Tenant};
use reqwest::Method;
use serde_json::{Value, json};

/// Status, or 0 for a connection that broke.
async fn try_cmdlet(client: &Client, cmdlet: &str, parameters: Value) -> u16 {
    let body = json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}});
    let sent = client
        .plain(Method::POST, &client.invoke_url()[client.base.len()..])
        .bearer_auth(client.exchange_token())
        .header("Prefer", "odata.maxpagesize=1000")
        .json(&body)
        .send()
        .await;
    match sent {
        Ok(answer) => answer.status().as_u16(),
        Err(why) => {
            assert!(why.is_request() && !why.is_timeout(), "{why:?}");
            0
        }
    }
}

async fn outcomes(faults: &Value, order: &[usize]) -> Vec<Vec<u16>> {
    let client = Client::contoso().await;
    client.control(Method::PUT, "faults", Some(faults.clone())).await;
    let mut found = vec![Vec::new(); 4];
    for request in order {
        let name = format!("CustomAttribute{}", request + 1);
        let parameters = json!({"Identity": "soho", name: "x"});
        found[*request].push(try_cmdlet(&client, "Set-Mailbox", parameters).await);
    }
    found
}

#[tokio::test]
async fn chance_is_the_same_in_any_order_and_another_with_another_seed() {
    let faults = |seed: u64| json!({"seed": seed, "throttled": 0.3, "errors": 0.3, "lost": 0.2});
    let one: Vec<usize> = (0..32).map(|number| number % 4).collect();
    let other: Vec<usize> = (0..32).map(|number| number / 8).collect();
    let first = outcomes(&faults(5), &one).await;
    assert_eq!(first, outcomes(&faults(5), &other).await);
    assert_ne!(first, outcomes(&faults(6), &one).await);
}

#[tokio::test]
async fn every_sort_of_failure_comes_and_every_request_gets_through() {
    let client = Client::contoso().await;
    let faults = json!({"throttled": 0.3, "errors": 0.5, "lost": 0.2});
    client.control(Method::PUT, "faults", Some(faults)).await;
    let mut seen = std::collections::BTreeSet::new();
    for number in 0..60 {
        let parameters = json!({"Identity": "soho", "CustomAttribute1": number.to_string()});
        let mut tries = 0;
        loop {
            let status = try_cmdlet(&client, "Set-Mailbox", parameters.clone()).await;
            if status == 200 {
                break;
            }
            seen.insert(status);
            tries += 1;
            assert!(tries <= 4, "request {number} failed {tries} times");
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [0, 400, 429, 500, 502, 503, 504]);
    let counters = client.control(Method::GET, "counters", None).await;
    for counter in ["throttled", "failed", "lost"] {
        assert!(counters[counter].as_u64().is_some_and(|count| count > 3), "{counters}");
    }
}

#[tokio::test]
async fn errors_do_nothing_and_lost_answers_were_carried_out() {
    let client = Client::contoso().await;
    let set = |value: &str| json!({"Identity": "soho", "CustomAttribute1": value});
    let now = || client.by_hand("Get-Mailbox", &json!({"Identity": "soho"}))[0]["CustomAttribute1"].clone();
    client.control(Method::PUT, "faults", Some(json!({"lost": 1}))).await;
    for number in 0..8 {
        let value = format!("lost {number}");
        assert!([0, 503, 504].contains(&try_cmdlet(&client, "Set-Mailbox", set(&value)).await));
        assert_eq!(now(), value);
    }
    for fault in ["errors", "throttled"] {
        client.control(Method::PUT, "faults", Some(json!({fault: 1}))).await;
        for number in 0..8 {
            let status = try_cmdlet(&client, "Set-Mailbox", set(&format!("{fault} {number}"))).await;
            assert_eq!(status == 429, fault == "throttled");
            assert_ne!(status, 200);
            assert_eq!(now(), "lost 7");
        }
    }
}

#[tokio::test]
async fn transient_exceptions_arrive_as_400_with_their_type() {
    let client = Client::contoso().await;
    client.control(Method::PUT, "faults", Some(json!({"errors": 1}))).await;
    let mut types = std::collections::BTreeSet::new();
    for number in 0..60 {
        let parameters = json!({"Identity": "soho", "CustomAttribute1": number.to_string()});
        let body = json!({"CmdletInput": {"CmdletName": "Set-Mailbox", "Parameters": parameters}});
        let sent = client
            .plain(Method::POST, &client.invoke_url()[client.base.len()..])
            .bearer_auth(client.exchange_token())
            .json(&body)
            .send()
            .await;
        if let Ok(answer) = sent
            && answer.status() == 400
        {
            types.insert(crate::client::answered(answer).await.refusal().0);
        }
    }
    assert!(types.contains("ADTransientException"), "{types:?}");
    assert!(types.iter().all(|name| name.ends_with("TransientException")), "{types:?}");
}

#[tokio::test]
async fn parts_of_batches_fail_singly_and_shares_go_by_service() {
    let client = Client::contoso().await;
    let faults = json!({"throttled": {"/v1.0/$batch": 0, "graph": 0.5}, "retryAfterSeconds": 7});
    client.control(Method::PUT, "faults", Some(faults)).await;
    assert_eq!(try_cmdlet(&client, "Get-RoleGroup", json!({})).await, 200);
    let parts: Vec<Value> = (0..20)
        .map(|id| json!({"id": id.to_string(), "method": "GET", "url": format!("/users?$top={}", id + 1)}))
        .collect();
    let batch = client.graph(Method::POST, "/$batch", Some(json!({"requests": parts}))).await;
    assert_eq!(batch.status, 200);
    let parts = batch.body["responses"].as_array().cloned().unwrap_or_default();
    let throttled: Vec<&Value> = parts.iter().filter(|part| part["status"] == 429).collect();
    assert!((4..=16).contains(&throttled.len()), "{} of 20", throttled.len());
    let after: Vec<&Value> = throttled.iter().map(|part| &part["headers"]["retry-after"]).collect();
    assert!(after.iter().any(|after| **after == json!("7")) && after.iter().any(|after| after.is_null()));
    client.control(Method::PUT, "faults", Some(json!({"throttled": {"/v1.0/$batch": 1}}))).await;
    assert_eq!(client.graph(Method::POST, "/$batch", Some(json!({"requests": []}))).await.status, 429);
    assert_eq!(client.get("/users").await.status, 200);
}

#[tokio::test]
async fn what_is_out_of_range_is_refused() {
    let client = Client::contoso().await;
    for wrong in [
        json!({"throttled": 1.5}),
        json!({"errors": {"graph": -0.1}}),
        json!({"lagSeconds": -1}),
        json!({"rateLimit": {"perSecond": 0}}),
        json!({"rateLimit": {"perSecond": 1, "brust": 2}}),
        json!({"tokenLifetimeSeconds": 0}),
        json!({"onRowFirst": true}),
    ] {
        let sent = client.plain(Method::PUT, "/_simulator/faults").json(&wrong).send().await;
        assert_eq!(sent.expect("an answer").status(), 400, "{wrong}");
    }
    let kept = client.control(Method::PUT, "faults", Some(json!({"seed": 3, "noise": true}))).await;
    assert_eq!((&kept["seed"], &kept["noise"]), (&json!(3), &json!(true)));
    assert!(!client.simulator.tenant().to_json().contains("noise"), "faults are not kept");
    let seed = |faults: &str| format!("{DEFAULT_SEED}\nfaults: {faults}\n");
    assert!(Tenant::from_seed(&seed("{ throttled: 2 }")).is_err());
    let client = Client::of(&seed("{ unreadable: [Get-Mailbox] }")).await;
    assert_eq!(
        client.run("Get-Mailbox", json!({})).await.status,
        503,
        "a seed states faults for its first run"
    );
}
