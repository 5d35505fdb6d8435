//! Mailboxes, recipients and users as Exchange shows them.

use crate::client::Client;
use serde_json::{Value, json};

fn aliases(rows: &[Value]) -> Vec<&str> {
    rows.iter().filter_map(|row| row["Alias"].as_str()).collect()
}

#[tokio::test]
async fn rooms_are_made_changed_and_removed() {
    let client = Client::contoso().await;
    let made = client.row("New-Mailbox", json!({"Name": "Attic", "Room": true, "ResourceCapacity": 3})).await;
    assert_eq!(made["RecipientTypeDetails"], "RoomMailbox");
    assert_eq!(made["PrimarySmtpAddress"], "Attic@contoso.com");
    assert_eq!(made["ResourceCapacity"], 3);
    assert_eq!(client.get("/users/attic@contoso.com").await.body["displayName"], "Attic");
    let change = json!({"Identity": "attic", "Type": "Workspace", "CustomAttribute1": "x", "Name": "Loft",
        "EmailAddresses": {"@odata.type": "#Exchange.GenericHashTable", "Add": ["smtp:loft@contoso.com"]}});
    client.ok("Set-Mailbox", change).await;
    let read = client.row("Get-Mailbox", json!({"Identity": "loft@contoso.com"})).await;
    assert_eq!(
        (&read["ResourceType"], &read["RecipientTypeDetails"]),
        (&json!("Workspace"), &json!("RoomMailbox"))
    );
    assert_ne!(read["DistinguishedName"], made["DistinguishedName"]);
    client.ok("Remove-Mailbox", json!({"Identity": "loft"})).await;
    assert_eq!(client.get("/users/attic@contoso.com").await.status, 404);
    let password = json!({"Name": "Pat", "MicrosoftOnlineServicesID": "pat@contoso.com"});
    assert_eq!(client.refuse("New-Mailbox", password).await.0, "NotSupportedException");
    let person = json!({"Name": "Pat", "Shared": true});
    assert!(client.refuse("New-Mailbox", person).await.1.contains("-Shared"));
}

#[tokio::test]
async fn recipients_are_found_by_type_and_filter() {
    let client = Client::contoso().await;
    let rooms = client
        .ok("Get-Recipient", json!({"RecipientTypeDetails": "RoomMailbox", "ResultSize": "Unlimited"}))
        .await;
    assert_eq!(rooms.len(), 16);
    let both = json!({"RecipientTypeDetails": ["RoomMailbox", "EquipmentMailbox"]});
    assert_eq!(client.ok("Get-Recipient", both).await.len(), 17);
    let filter =
        json!({"Filter": "City -eq 'Paris' -and RecipientTypeDetails -eq 'RoomMailbox'", "ResultSize": 3});
    let paris = client.ok("Get-Recipient", filter).await;
    assert_eq!(aliases(&paris), ["louvre", "bastille", "montmartre"]);
    let list = json!({"Name": "l", "RoomList": true, "Members": ["opera", "soho"]});
    let dn = client.row("New-DistributionGroup", list).await["DistinguishedName"].clone();
    let filter = format!("MemberOfGroup -eq '{}'", dn.as_str().unwrap_or_default());
    let members = client.ok("Get-Recipient", json!({"Filter": filter})).await;
    assert_eq!(aliases(&members), ["soho", "opera"]);
    let dn = dn.as_str().unwrap_or_default().to_lowercase();
    for (filter, expected) in [
        (format!("(memberofgroup -eq '{dn}') -and Name -like 'S*'"), vec!["soho"]),
        ("EmailAddresses -eq 'SMTP:SOHO@contoso.com' -or Name -eq 'Opéra'".to_owned(), vec!["soho", "opera"]),
        ("Name -eq 'soho' -and City -eq 'Paris'".to_owned(), vec![]),
        (format!("MemberOfGroup -eq '{dn}' -or Alias -eq 'camden'"), vec!["soho", "camden", "opera"]),
        (format!("-not(MemberOfGroup -eq '{dn}') -and City -eq 'Paris' -and Name -like 'O*'"), vec!["orsay"]),
    ] {
        let mut found = client.ok("Get-Recipient", json!({"Filter": filter})).await;
        found.sort_by_key(|row| expected.iter().position(|alias| row["Alias"] == *alias));
        assert_eq!(aliases(&found), expected, "{filter}");
    }
    let anr = client.ok("Get-Recipient", json!({"Anr": "gre"})).await;
    assert_eq!(aliases(&anr), ["greenwich"]);
    let few = json!({"Identity": "soho@contoso.com", "Properties": ["Name", "Guid"]});
    let row = client.row("Get-Recipient", few).await;
    assert_eq!(row.as_object().map(serde_json::Map::len), Some(3), "{row}");
    let wrong = client.refuse("Get-Recipient", json!({"RecipientTypeDetails": "Room"})).await;
    assert!(wrong.1.contains("RoomList, RoomMailbox"), "{wrong:?}");
    assert_eq!(
        client.refuse("Get-Mailbox", json!({"Identity": "l"})).await.0,
        "ManagementObjectNotFoundException"
    );
    let anr = json!({"Identity": "soho", "Anr": "soho"});
    assert_eq!(client.refuse("Get-Recipient", anr).await.0, "AmbiguousParameterSetException");
}

#[tokio::test]
async fn more_than_a_thousand_need_a_result_size() {
    let seed = "tenant: { name: C, domain: contoso.com }\ngenerate: { rooms: 1500, lists: 1 }\n";
    let client = Client::of(seed).await;
    let answer = client.run("Get-Mailbox", json!({})).await;
    assert_eq!(answer.rows().len(), 1_000);
    assert!(answer.body["@adminapi.warnings"][0].as_str().is_some_and(|text| text.contains("ResultSize")));
    assert_eq!(client.ok("Get-Mailbox", json!({"ResultSize": "unlimited"})).await.len(), 1_500);
    assert_eq!(client.ok("Get-Mailbox", json!({"ResultSize": 1_200})).await.len(), 1_200);
}

#[tokio::test]
async fn users_have_attributes_to_change_by_hand() {
    let client = Client::contoso().await;
    client.by_hand("Set-User", &json!({"Identity": "soho@contoso.com", "City": "Leeds"}));
    assert_eq!(client.row("Get-User", json!({"Identity": "soho"})).await["City"], "Leeds");
    let found = client.ok("Get-Recipient", json!({"Filter": "City -eq 'Leeds'"})).await;
    assert_eq!(aliases(&found), ["soho"]);
    let nestor = client.row("Get-User", json!({"Identity": "nestor.wilke@contoso.com"})).await;
    assert_eq!(nestor["RecipientTypeDetails"], "User", "no mailbox");
    let users = client.ok("Get-User", json!({"ResultSize": "Unlimited"})).await;
    assert_eq!((users.len(), &users[26]["DisplayName"]), (27, &json!("Nestor Wilke")));
}
