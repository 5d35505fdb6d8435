//! Limits, lags, delays, links and tokens: what goes by time. The clock is advanced by hand.

use crate::client::Client;
use reqwest::Method;
use serde_json::{Value, json};

async fn advance(client: &Client, seconds: i64) {
    client.control(Method::PUT, "clock", Some(json!({"advance": seconds}))).await;
}

async fn fault(client: &Client, faults: Value) {
    client.control(Method::PUT, "faults", Some(faults)).await;
}

#[tokio::test]
async fn a_limit_is_kept_told_and_counted() {
    let client = Client::contoso().await;
    client.control(Method::DELETE, "counters", None).await;
    // So slow that the time which this test takes brings nothing back.
    fault(&client, json!({"rateLimit": {"perSecond": 0.001, "burst": 5, "headers": true}})).await;
    let get = async || {
        let url = format!("{}/v1.0/organization", client.base);
        reqwest::Client::new().get(url).bearer_auth(client.graph_token()).send().await.expect("an answer")
    };
    for _ in 0..3 {
        let answer = get().await;
        assert_eq!(
            (answer.status(), answer.headers().get("x-ms-throttle-limit-percentage")),
            (reqwest::StatusCode::OK, None)
        );
    }
    let parts: Vec<Value> =
        (0..5).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/organization"})).collect();
    let batch = client.graph(Method::POST, "/$batch", Some(json!({"requests": parts}))).await;
    let statuses: Vec<_> =
        batch.body["responses"].as_array().into_iter().flatten().map(|part| part["status"].clone()).collect();
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
    let refused = get().await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["x-ms-throttle-limit-percentage"], "1.00");
    let wait = refused.headers()["retry-after"].to_str().expect("text").parse::<i64>().expect("seconds");
    assert!((990..=1_000).contains(&wait), "{wait}");

    let send = async || {
        let body = json!({"CmdletInput": {"CmdletName": "Get-AcceptedDomain", "Parameters": {}}});
        let request = client.plain(Method::POST, &client.invoke_url()[client.base.len()..]);
        request.bearer_auth(client.exchange_token()).json(&body).send().await.expect("an answer")
    };
    for left in ["4", "3", "2", "1", "0"] {
        let answer = send().await;
        assert_eq!(answer.headers()["rate-limit-limit"], "5");
        assert_eq!(answer.headers()["rate-limit-remaining"], left, "Exchange has a limit of its own");
        assert!(answer.headers()["rate-limit-reset"].to_str().is_ok_and(|text| text.ends_with('Z')));
    }
    assert_eq!(send().await.status(), 429);
    advance(&client, 2_500).await;
    assert_eq!(
        [send().await.status(), send().await.status(), send().await.status()].map(|s| s.as_u16()),
        [200, 200, 429]
    );

    let counters = client.control(Method::GET, "counters", None).await;
    assert_eq!(counters["throttled"], 6);
    let sum =
        |numbers: &Value| numbers.as_array().into_iter().flatten().filter_map(Value::as_u64).sum::<u64>();
    let seconds = &counters["seconds"];
    assert_eq!((sum(&seconds["graph"]["answered"]), sum(&seconds["graph"]["throttled"])), (5, 4));
    assert_eq!((sum(&seconds["exchange"]["answered"]), sum(&seconds["exchange"]["throttled"])), (7, 2));
    assert!(seconds["exchange"]["answered"].as_array().is_some_and(|numbers| numbers.len() > 2_500));
}

#[tokio::test]
async fn reads_lag_behind_and_writes_do_not() {
    let client = Client::customised().await;
    fault(&client, json!({"lagSeconds": 600.5, "distinguishedNameDelay": 1})).await;
    client.ok("New-DistributionGroup", json!({"Name": "x", "RoomList": true})).await;
    let group = json!({"Identity": "x"});
    assert_eq!(client.run("Get-DistributionGroup", group.clone()).await.status, 404);
    assert_eq!(
        client.refuse("New-DistributionGroup", json!({"Name": "x"})).await.0,
        "ADObjectAlreadyExistsException"
    );
    advance(&client, 300).await;
    let add = json!({"Identity": "x", "Member": "soho", "BypassSecurityGroupManagerCheck": true});
    client.ok("Add-DistributionGroupMember", add).await;
    let user = json!({"accountEnabled": true, "displayName": "U", "mailNickname": "u",
        "userPrincipalName": "u@contoso.com", "passwordProfile": {"password": "Kx7!pqRs9$mWz2"}});
    let made = client.graph(Method::POST, "/users", Some(user)).await;
    assert_eq!(made.status, 201);
    assert_eq!(client.get("/users/u@contoso.com").await.status, 404);
    assert_eq!(
        client
            .graph(Method::PATCH, "/users/u@contoso.com", Some(json!({"usageLocation": "GB"})))
            .await
            .status,
        204
    );
    assert_eq!(
        client.by_hand("Get-DistributionGroupMember", &group).len(),
        1,
        "a person's hand sees the present"
    );
    advance(&client, 301).await;
    let shown = client.row("Get-DistributionGroup", group.clone()).await;
    let present = client.by_hand("Get-DistributionGroup", &group);
    assert_eq!(shown["Guid"], present[0]["Guid"], "the same object");
    assert_eq!(client.ok("Get-DistributionGroupMember", group.clone()).await.len(), 0);
    advance(&client, 300).await;
    assert_eq!(client.ok("Get-DistributionGroupMember", group.clone()).await.len(), 1);
    let seen = client.get("/users/u@contoso.com?$select=id,usageLocation").await.body;
    assert_eq!((&seen["id"], &seen["usageLocation"]), (&made.body["id"], &json!("GB")));
    client.by_hand("Remove-DistributionGroup", &group);
    client.row("Get-DistributionGroup", group.clone()).await;
    fault(&client, json!({})).await;
    assert_eq!(client.run("Get-DistributionGroup", group).await.status, 404, "without lag, at once");
}

#[tokio::test]
async fn a_replica_becomes_what_the_tenant_is() {
    let client = Client::customised().await;
    fault(&client, json!({"lagSeconds": 60, "mailboxDelay": 2})).await;
    let skus = client.get("/subscribedSkus").await.rows();
    let nestor = "/users/nestor.wilke@contoso.com";
    client.graph(Method::PATCH, nestor, Some(json!({"usageLocation": "GB"}))).await;
    let give = json!({"addLicenses": [{"skuId": skus[0]["skuId"]}], "removeLicenses": []});
    client.graph(Method::POST, &format!("{nestor}/assignLicense"), Some(give)).await;
    client
        .ok("New-ManagementScope", json!({"Name": "s", "RecipientRestrictionFilter": "City -eq 'London'"}))
        .await;
    client
        .refuse(
            "New-ManagementScope",
            json!({"Name": "s", "RecipientRestrictionFilter": "City -eq 'London'"}),
        )
        .await;
    client.by_hand("Set-Mailbox", &json!({"Identity": "soho", "CustomAttribute1": "x"}));
    let mailbox = json!({"Identity": "nestor.wilke@contoso.com"});
    for _ in 0..3 {
        assert_eq!(client.run("Get-Mailbox", mailbox.clone()).await.status, 404);
    }
    // Two reads went by in the present: what it sees can be changed, long before it can be read.
    client.ok("Set-Mailbox", json!({"Identity": "nestor.wilke@contoso.com", "CustomAttribute2": "y"})).await;
    client.ok("New-RoleGroup", json!({"Name": "g"})).await;
    advance(&client, 61).await;
    assert_eq!(client.row("Get-Mailbox", mailbox.clone()).await["CustomAttribute2"], "y");
    for cmdlet in ["Get-Recipient", "Get-ManagementScope", "Get-RoleGroup", "Get-Mailbox"] {
        let lagging: Vec<Value> = client.ok(cmdlet, json!({})).await.into_iter().map(plain).collect();
        assert_eq!(lagging, client.by_hand(cmdlet, &json!({})), "{cmdlet}");
    }
}

fn plain(mut row: Value) -> Value {
    if let Value::Object(row) = &mut row {
        row.retain(|key, _| !key.contains('@'));
    }
    row
}

#[tokio::test]
async fn a_mailbox_comes_by_time() {
    let client = Client::contoso().await;
    fault(&client, json!({"mailboxDelay": {"seconds": 0.5}})).await;
    let skus = client.get("/subscribedSkus").await.rows();
    let nestor = "/users/nestor.wilke@contoso.com";
    client.graph(Method::PATCH, nestor, Some(json!({"usageLocation": "GB"}))).await;
    let give = json!({"addLicenses": [{"skuId": skus[0]["skuId"]}], "removeLicenses": []});
    client.graph(Method::POST, &format!("{nestor}/assignLicense"), Some(give)).await;
    let mailbox = json!({"Identity": "nestor.wilke@contoso.com"});
    assert_eq!(client.run("Get-Mailbox", mailbox.clone()).await.status, 404);
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert_eq!(client.run("Get-Mailbox", mailbox).await.status, 200);
}

#[tokio::test]
async fn customisation_takes_its_time() {
    let client = Client::customised().await;
    fault(&client, json!({"dehydrated": true, "enableSeconds": 3600, "enableFailsFirst": true})).await;
    let dehydrated = async || client.row("Get-OrganizationConfig", json!({})).await["IsDehydrated"].clone();
    assert_eq!(dehydrated().await, true);
    client.refuse("New-RoleGroup", json!({"Name": "g"})).await;
    client.refuse("Enable-OrganizationCustomization", json!({})).await;
    client.ok("Enable-OrganizationCustomization", json!({})).await;
    let (_, text) = client.refuse("Enable-OrganizationCustomization", json!({})).await;
    assert!(text.contains("already enabled"), "{text}");
    advance(&client, 3_590).await;
    assert_eq!(dehydrated().await, true);
    assert_eq!(
        client.refuse("New-RoleGroup", json!({"Name": "g"})).await.0,
        "CmdletInvalidOperationInDehydratedContextException"
    );
    advance(&client, 11).await;
    assert_eq!(dehydrated().await, false);
    client.ok("New-RoleGroup", json!({"Name": "g"})).await;
}

#[tokio::test]
async fn first_pages_can_be_short_and_links_run_out() {
    let client = Client::contoso().await;
    fault(&client, json!({"oneRowFirstPage": true, "linkLifetimeSeconds": 300})).await;
    let url = client.invoke_url();
    let first = client.page(&url, "Get-Mailbox", &json!({"ResultSize": "Unlimited"}), Some(1_000)).await;
    assert_eq!(first.rows().len(), 1);
    let link = first.body["@odata.nextLink"].as_str().expect("a link").to_owned();
    let second = client.page(&link, "Get-Mailbox", &json!({"ResultSize": "Unlimited"}), Some(1_000)).await;
    assert!(second.rows().len() > 5 && second.body.get("@odata.nextLink").is_none());
    let users = client.get("/users?$top=50").await;
    assert_eq!(users.rows().len(), 1);
    let next = users.body["@odata.nextLink"].as_str().expect("a link").to_owned();
    let path = next.strip_prefix(&format!("{}/v1.0", client.base)).expect("our link").to_owned();
    assert!(client.get(&path).await.rows().len() > 5);
    advance(&client, 301).await;
    let late = client.page(&link, "Get-Mailbox", &json!({"ResultSize": "Unlimited"}), Some(1_000)).await;
    assert_eq!((late.status, &late.body["error"]["code"]), (400, &json!("BadRequest")));
    let late = client.get(&path).await;
    assert_eq!((late.status, &late.body["error"]["code"]), (400, &json!("Directory_ExpiredPageToken")));
}

#[tokio::test]
async fn tokens_are_short_and_clocks_are_wrong() {
    let client = Client::contoso().await;
    fault(&client, json!({"tokenLifetimeSeconds": 60, "clockSkewSeconds": 900})).await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "11111111-2222-4333-8444-555555555555"),
        ("client_secret", "s"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let answer = client.ask_token(&form).await;
    let date = answer.headers()["date"].to_str().expect("text").to_owned();
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!(body["expires_in"], 60);
    let claims = claims(body["access_token"].as_str().expect("a token"));
    let wall =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let ahead = claims["iat"].as_u64().expect("a time").saturating_sub(wall);
    assert!((890..=901).contains(&ahead), "{ahead}");
    assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|iat| iat + 60));
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
    let plain = Client::contoso().await.plain(Method::GET, "/x").send().await.expect("an answer");
    assert_ne!(plain.headers()["date"], date.as_str());
    let get = async |token: &str| {
        let request = client.plain(Method::GET, "/v1.0/organization").bearer_auth(token);
        request.send().await.expect("an answer").status().as_u16()
    };
    let token = body["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(get(&token).await, 200);
    advance(&client, 61).await;
    assert_eq!(get(&token).await, 401);
    assert_eq!(get(client.graph_token()).await, 200, "older tokens keep their own time");
}

pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let body = token.split('.').nth(1).expect("three parts");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}
