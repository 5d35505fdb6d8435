//! Pages, next links and selections of `InvokeCommand`.

use crate::client::Client;
use serde_json::{Value, json};

const SEED: &str = "tenant: { name: C, domain: contoso.com }\ngenerate: { rooms: 2500, lists: 1 }\n";

#[tokio::test]
async fn without_prefer_the_first_page_has_one_row() {
    let client = Client::contoso().await;
    let page = client.page(&client.invoke_url(), "Get-Mailbox", &json!({}), None).await;
    assert_eq!(page.rows().len(), 1);
    assert!(page.body["@adminapi.warnings"].as_array().is_some_and(|warnings| !warnings.is_empty()));
    let next = page.body["@odata.nextLink"].as_str().expect("a next link");
    let rest = client.page(next, "Get-Mailbox", &json!({}), None).await;
    assert_eq!(rest.rows().len(), 25);
    assert!(rest.body.get("@odata.nextLink").is_none());
    let whole =
        client.page(&client.invoke_url(), "Get-Mailbox", &json!({"ResultSize": "Unlimited"}), None).await;
    assert_eq!(whole.rows().len(), 26);
}

#[tokio::test]
async fn members_come_in_pages_of_at_most_a_thousand() {
    let client = Client::of(SEED).await;
    let parameters = json!({"Identity": "list-001@contoso.com", "ResultSize": "Unlimited"});
    let mut url = format!("{}?$select=PrimarySmtpAddress", client.invoke_url());
    let mut sizes = Vec::new();
    let mut addresses = Vec::new();
    loop {
        let page = client.page(&url, "Get-DistributionGroupMember", &parameters, Some(5_000)).await;
        let rows = page.rows();
        sizes.push(rows.len());
        for row in rows {
            assert_eq!(row.as_object().map(serde_json::Map::len), Some(1), "the selection is kept: {row}");
            addresses.push(row["PrimarySmtpAddress"].as_str().unwrap_or_default().to_owned());
        }
        match page.body["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(sizes, [1_000, 1_000, 500]);
    assert_eq!(
        (addresses[0].as_str(), addresses[2_499].as_str()),
        ("room-00001@contoso.com", "room-02500@contoso.com")
    );
    addresses.dedup();
    assert_eq!(addresses.len(), 2_500);
}

#[tokio::test]
async fn a_next_link_belongs_to_its_command() {
    let client = Client::of(SEED).await;
    let parameters = json!({"ResultSize": "Unlimited"});
    let page = client.page(&client.invoke_url(), "Get-Mailbox", &parameters, Some(100)).await;
    let next = page.body["@odata.nextLink"].as_str().expect("a next link").to_owned();
    let other = client.page(&next, "Get-Recipient", &parameters, Some(100)).await;
    assert_eq!(other.status, 400);
    let got = reqwest::Client::new()
        .get(&next)
        .bearer_auth(client.exchange_token())
        .send()
        .await
        .expect("an answer");
    assert_eq!(got.status(), 405, "next links are for POST");
}

#[tokio::test]
async fn a_batch_answers_each_part() {
    let client = Client::contoso().await;
    let url = client.invoke_url();
    let part = |id: &str, cmdlet: &str, parameters: Value| {
        json!({"id": id, "method": "POST", "url": url, "headers": {"Content-Type": "application/json", "Prefer": "odata.maxpagesize=1000"},
            "body": {"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}})
    };
    let parts = json!({"requests": [
        part("a", "Get-Mailbox", json!({"Identity": "soho"})),
        part("b", "Get-Mailbox", json!({"Identity": "attic"})),
        part("c", "Get-Nothing", json!({})),
        part("d", "Get-OrganizationConfig", json!({})),
    ]});
    let send = async |body: &Value| {
        let request = client.plain(reqwest::Method::POST, "/adminapi/beta/contoso.onmicrosoft.com/$batch");
        let answer = request.bearer_auth(client.exchange_token()).json(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("JSON"))
    };
    let (status, body) = send(&parts).await;
    assert_eq!(status, 200);
    let got: Vec<_> = body["responses"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| (r["id"].clone(), r["status"].clone()))
        .collect();
    assert_eq!(
        got,
        [
            (json!("a"), json!(200)),
            (json!("b"), json!(404)),
            (json!("c"), json!(403)),
            (json!("d"), json!(200)),
        ]
    );
    assert_eq!(body["responses"][0]["body"]["value"][0]["Name"], "Soho");
    let eleven: Vec<Value> =
        (0..11).map(|n| part(&n.to_string(), "Get-OrganizationConfig", json!({}))).collect();
    assert_eq!(send(&json!({"requests": eleven})).await.0, 400);
    let twice =
        json!({"requests": [part("a", "Get-RoleGroup", json!({})), part("a", "Get-RoleGroup", json!({}))]});
    assert_eq!(send(&twice).await.0, 400);
    let mut relative = part("a", "Get-RoleGroup", json!({}));
    relative["url"] = json!("/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand");
    let (_, body) = send(&json!({"requests": [relative]})).await;
    assert_eq!(body["responses"][0]["status"], 400, "URLs in a batch are absolute");
}
