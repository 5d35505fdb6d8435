//! Management scopes.

use crate::client::Client;
use serde_json::{Value, json};

fn scope(name: &str, filter: &str) -> Value {
    json!({"Name": name, "RecipientRestrictionFilter": filter})
}

#[tokio::test]
async fn filters_come_back_as_the_service_writes_them() {
    let client = Client::customised().await;
    for (name, written, stored) in [
        ("one", "recipienttypedetails -EQ \"RoomMailbox\"", "RecipientTypeDetails -eq 'RoomMailbox'"),
        ("two", "City -eq 'London' -and Office -like 'A*'", "((City -eq 'London') -and (Office -like 'A*'))"),
        ("three", "HiddenFromAddressListsEnabled -eq $false", "HiddenFromAddressListsEnabled -eq 'False'"),
        ("four", "CustomAttribute1 -eq $null", "-not(CustomAttribute1 -ne $null)"),
    ] {
        let made = client.row("New-ManagementScope", scope(name, written)).await;
        assert_eq!(made["RecipientFilter"], stored);
        let read = client.row("Get-ManagementScope", json!({"Identity": name})).await;
        assert_eq!(read["RecipientFilter"], stored);
        assert_eq!(
            (&read["Exclusive"], &read["ScopeRestrictionType"]),
            (&json!(false), &json!("RecipientScope"))
        );
        assert!(read.get("RecipientRoot").is_none());
    }
    let broken = client.refuse("New-ManagementScope", scope("five", "City -eq")).await;
    assert_eq!(broken.0, "ArgumentException");
    assert!(broken.1.contains("not a valid recipient filter"), "{broken:?}");
}

#[tokio::test]
async fn names_and_contents_are_unique() {
    let client = Client::customised().await;
    client.ok("New-ManagementScope", scope("Rooms", "City -eq 'London'")).await;
    let named = client.refuse("New-ManagementScope", scope("ROOMS", "City -eq 'Paris'")).await;
    assert_eq!(named.0, "ADObjectAlreadyExistsException");
    let equal = client.refuse("New-ManagementScope", scope("Other", "city -eq \"london\"")).await;
    assert!(equal.1.contains("same recipient root, recipient filter and scope type"), "{equal:?}");
    client.ok("New-ManagementScope", scope("Other", "City -eq 'Paris'")).await;
    let equal = json!({"Identity": "Other", "RecipientRestrictionFilter": "City -eq 'London'"});
    assert_eq!(client.refuse("Set-ManagementScope", equal).await.0, "ArgumentException");
    let long = client.refuse("New-ManagementScope", scope(&"x".repeat(65), "Alias -eq 'x'")).await;
    assert_eq!(long.0, "DataValidationException");
}

#[tokio::test]
async fn a_scope_changes_in_place_but_for_its_exclusiveness() {
    let client = Client::customised().await;
    let made = client.row("New-ManagementScope", scope("Rooms", "City -eq 'London'")).await;
    let change =
        json!({"Identity": "Rooms", "Name": "Rooms 2", "RecipientRestrictionFilter": "City -eq 'Paris'"});
    client.ok("Set-ManagementScope", change).await;
    let read = client.row("Get-ManagementScope", json!({"Identity": made["Guid"]})).await;
    assert_eq!((&read["Name"], &read["RecipientFilter"]), (&json!("Rooms 2"), &json!("City -eq 'Paris'")));
    let exclusive = json!({"Identity": "Rooms 2", "Exclusive": true});
    assert_eq!(client.refuse("Set-ManagementScope", exclusive).await.0, "ParameterBindingException");
    let made = json!({"Name": "Board", "RecipientRestrictionFilter": "Title -eq 'CEO'", "Exclusive": true});
    let answer = client.run("New-ManagementScope", made).await;
    assert!(answer.body["@adminapi.warnings"][0].as_str().is_some_and(|text| text.contains("exclusive")));
    assert_eq!(client.ok("Get-ManagementScope", json!({"Exclusive": true})).await.len(), 1);
    assert_eq!(client.ok("Get-ManagementScope", json!({"Orphan": true})).await.len(), 2);
}

#[tokio::test]
async fn a_scope_in_use_stays() {
    let client = Client::customised().await;
    client.ok("New-ManagementScope", scope("Rooms", "City -eq 'London'")).await;
    let assignment = json!({"Name": "a", "Role": "Mail Recipients", "User": "ceo@contoso.com",
        "CustomRecipientWriteScope": "Rooms"});
    client.ok("New-ManagementRoleAssignment", assignment).await;
    let used = client.refuse("Remove-ManagementScope", json!({"Identity": "Rooms"})).await;
    assert!(used.1.contains("being used by the following management role assignments: a"), "{used:?}");
    client.ok("Remove-ManagementRoleAssignment", json!({"Identity": "a"})).await;
    client.ok("Remove-ManagementScope", json!({"Identity": "Rooms"})).await;
    let gone = client.refuse("Remove-ManagementScope", json!({"Identity": "Rooms"})).await;
    assert_eq!(gone.0, "ManagementObjectNotFoundException");
}
