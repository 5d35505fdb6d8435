//! Distribution groups and room lists.

use crate::client::Client;
use serde_json::{Value, json};

const BYPASS: &str = "BypassSecurityGroupManagerCheck";

async fn list(client: &Client, name: &str, alias: &str) -> Value {
    let parameters =
        json!({"Name": name, "Alias": alias, "RoomList": true, "ManagedBy": "lynne.robbins@contoso.com"});
    client.row("New-DistributionGroup", parameters).await
}

#[tokio::test]
async fn a_list_is_made_read_changed_and_removed() {
    let client = Client::contoso().await;
    let made = list(&client, "London", "london").await;
    assert_eq!(made["PrimarySmtpAddress"], "london@contoso.com");
    assert_eq!(made["MemberJoinRestriction"], "Closed");
    assert_eq!(made["RequireSenderAuthenticationEnabled"], true);
    assert_eq!(made["GroupType"], "Universal");
    assert_eq!(made["Guid@odata.type"], "#Guid");
    assert!(made.get("MailTip").is_none(), "nulls are left out");

    for identity in ["London", "london", "LONDON@contoso.com"] {
        assert_eq!(
            client.row("Get-DistributionGroup", json!({"Identity": identity})).await["Guid"],
            made["Guid"]
        );
    }
    for key in ["Guid", "DistinguishedName", "ExternalDirectoryObjectId"] {
        let read = client.row("Get-DistributionGroup", json!({"Identity": made[key]})).await;
        assert_eq!(read["Guid"], made["Guid"], "{key}");
    }
    client
        .ok(
            "Set-DistributionGroup",
            json!({"Identity": "london", "DisplayName": "London rooms", "HiddenFromAddressListsEnabled": true,
                "PrimarySmtpAddress": "rooms.london@contoso.com", "CustomAttribute3": "x", BYPASS: true}),
        )
        .await;
    let read = client.row("Get-DistributionGroup", json!({"Identity": "london@contoso.com"})).await;
    assert_eq!(read["DisplayName"], "London rooms");
    assert_eq!(read["EmailAddresses"], json!(["SMTP:rooms.london@contoso.com", "smtp:london@contoso.com"]));
    assert_eq!(read["CustomAttribute3"], "x");
    client
        .ok("Set-DistributionGroup", json!({"Identity": "london", "CustomAttribute3": null, BYPASS: true}))
        .await;
    let read = client.row("Get-DistributionGroup", json!({"Identity": "london"})).await;
    assert!(read.get("CustomAttribute3").is_none());

    client.ok("Remove-DistributionGroup", json!({"Identity": made["Guid"], BYPASS: true})).await;
    let gone = client.refuse("Get-DistributionGroup", json!({"Identity": "london"})).await;
    assert_eq!(gone.0, "ManagementObjectNotFoundException");
}

#[tokio::test]
async fn owners_come_back_as_guids_and_change_as_lists() {
    let client = Client::contoso().await;
    list(&client, "London", "london").await;
    let owner = |address: &'static str| {
        let client = &client;
        async move { client.row("Get-Mailbox", json!({"Identity": address})).await["Guid"].clone() }
    };
    let (lynne, ceo) = (owner("lynne.robbins@contoso.com").await, owner("ceo@contoso.com").await);
    let read = client.row("Get-DistributionGroup", json!({"Identity": "london"})).await;
    assert_eq!(read["ManagedBy"], json!([lynne]));
    let adding = json!({"@odata.type": "#Exchange.GenericHashTable", "Add": ["ceo@contoso.com"]});
    client
        .ok("Set-DistributionGroup", json!({"Identity": "london", "ManagedBy": adding, BYPASS: true}))
        .await;
    let named = json!({"Identity": "london", "IncludeManagedByWithDisplayNames": true});
    let read = client.row("Get-DistributionGroup", named).await;
    assert_eq!(read["ManagedBy"], json!([lynne, ceo]));
    assert_eq!(read["ManagedByWithDisplayNames"], json!(["Lynne Robbins", "Alex Wilber"]));
    assert_eq!(client.ok("Get-DistributionGroup", json!({"ManagedBy": "ceo@contoso.com"})).await.len(), 1);

    let bare = json!({"Identity": "london", "ManagedBy": {"Add": ["ceo@contoso.com"]}, BYPASS: true});
    assert_eq!(
        client.refuse("Set-DistributionGroup", bare).await.0,
        "ParameterBindingArgumentTransformationException"
    );
    let nobody = json!({"Identity": "london", "ManagedBy": [], BYPASS: true});
    assert!(client.refuse("Set-DistributionGroup", nobody).await.1.contains("at least one owner"));
    let stranger = json!({"Identity": "london", "ManagedBy": ["nobody@contoso.com"], BYPASS: true});
    assert_eq!(client.refuse("Set-DistributionGroup", stranger).await.0, "ManagementObjectNotFoundException");
}

#[tokio::test]
async fn names_are_unique_and_of_limited_length() {
    let client = Client::contoso().await;
    list(&client, "London", "london").await;
    let new = |parameters: Value| client.refuse("New-DistributionGroup", parameters);
    assert_eq!(new(json!({"Name": "LONDON"})).await.0, "ADObjectAlreadyExistsException");
    assert_eq!(new(json!({"Name": "Boardroom", "Alias": "b2"})).await.0, "ADObjectAlreadyExistsException");
    assert_eq!(new(json!({"Name": "b", "Alias": "London"})).await.0, "ADObjectAlreadyExistsException");
    let taken = new(json!({"Name": "b", "PrimarySmtpAddress": "boardroom@contoso.com"})).await;
    assert_eq!(taken.0, "ProxyAddressExistsException");
    let foreign = new(json!({"Name": "b", "PrimarySmtpAddress": "b@example.com"})).await;
    assert!(foreign.1.contains("accepted domain"), "{foreign:?}");
    let long = new(json!({"Name": "x".repeat(65), "Alias": "x"})).await;
    assert!(long.1.contains("maximum length is 64 and the length of the value provided is 65"), "{long:?}");
    let long = new(json!({"Name": "x", "DisplayName": "x".repeat(257)})).await;
    assert!(long.1.contains("256"), "{long:?}");
    assert_eq!(new(json!({"Name": "x", "Alias": "a b"})).await.0, "DataValidationException");
    assert_eq!(
        client.row("New-DistributionGroup", json!({"Name": "x".repeat(64), "Alias": "x"})).await["Alias"],
        "x"
    );
}

#[tokio::test]
async fn what_is_left_out_is_derived() {
    let client = Client::contoso().await;
    let made =
        client.row("New-DistributionGroup", json!({"Name": "Räume München – Süd", "RoomList": true})).await;
    assert_eq!(made["Alias"], "RäumeMünchen?Süd");
    assert_eq!(made["PrimarySmtpAddress"], "RaeumeMuenchen_Sued@contoso.com");
    let owners = client.row("Get-RoleGroup", json!({"Identity": "Organization Management"})).await;
    assert_eq!(made["ManagedBy"], json!([owners["Guid"]]), "an application has no mailbox to own with");
}

#[tokio::test]
async fn a_rename_changes_the_distinguished_name() {
    let client = Client::contoso().await;
    let made = list(&client, "London", "london").await;
    client.ok("Set-DistributionGroup", json!({"Identity": "london", "DisplayName": "L", BYPASS: true})).await;
    let read = client.row("Get-DistributionGroup", json!({"Identity": "london"})).await;
    assert_eq!(read["DistinguishedName"], made["DistinguishedName"]);
    client.ok("Set-DistributionGroup", json!({"Identity": "london", "Name": "London 2", BYPASS: true})).await;
    let read = client.row("Get-DistributionGroup", json!({"Identity": "london"})).await;
    assert_ne!(read["DistinguishedName"], made["DistinguishedName"]);
    let old = client.refuse("Get-DistributionGroup", json!({"Identity": made["DistinguishedName"]})).await;
    assert_eq!(old.0, "ManagementObjectNotFoundException");
}

#[tokio::test]
async fn only_owners_may_change_without_bypass() {
    let client = Client::contoso().await;
    list(&client, "London", "london").await;
    for (cmdlet, parameters) in [
        ("Set-DistributionGroup", json!({"Identity": "london", "DisplayName": "x"})),
        ("Add-DistributionGroupMember", json!({"Identity": "london", "Member": "soho@contoso.com"})),
        ("Update-DistributionGroupMember", json!({"Identity": "london", "Members": []})),
        ("Remove-DistributionGroup", json!({"Identity": "london"})),
    ] {
        let refusal = client.refuse(cmdlet, parameters).await;
        assert_eq!(refusal.0, "OperationRequiresGroupManagerException", "{cmdlet}");
    }
    client.by_hand("Set-DistributionGroup", &json!({"Identity": "london", "DisplayName": "By hand"}));
    assert_eq!(
        client.row("Get-DistributionGroup", json!({"Identity": "london"})).await["DisplayName"],
        "By hand"
    );
}

#[tokio::test]
async fn an_identity_can_be_ambiguous_or_nothing() {
    let client = Client::contoso().await;
    list(&client, "London", "london").await;
    list(&client, "Paris", "paris").await;
    client
        .ok("Set-DistributionGroup", json!({"Identity": "paris", "DisplayName": "London", BYPASS: true}))
        .await;
    let both = client.refuse("Get-DistributionGroup", json!({"Identity": "London"})).await;
    assert_eq!(both.0, "ManagementObjectAmbiguousException");
    assert!(both.1.contains("London, Paris"), "{both:?}");
    // The documented trap: nothing means everything.
    for nothing in [json!(""), Value::Null] {
        assert_eq!(client.ok("Get-DistributionGroup", json!({"Identity": nothing})).await.len(), 2);
    }
    let refused = client.refuse("Set-DistributionGroup", json!({"Identity": "", "DisplayName": "x"})).await;
    assert_eq!(refused.0, "ParameterBindingException");
}

#[tokio::test]
async fn the_room_list_mark_follows_the_members() {
    let client = Client::contoso().await;
    let plain = json!({"Name": "Mixed", "Members": ["soho@contoso.com", "ceo@contoso.com"]});
    assert_eq!(
        client.row("New-DistributionGroup", plain).await["RecipientTypeDetails"],
        "MailUniversalDistributionGroup"
    );
    let mark = json!({"Identity": "mixed", "RoomList": true, BYPASS: true});
    assert!(client.refuse("Set-DistributionGroup", mark.clone()).await.1.contains("only room mailboxes"));
    let ceo = json!({"Identity": "mixed", "Member": "ceo@contoso.com", BYPASS: true});
    client.ok("Remove-DistributionGroupMember", ceo).await;
    client.ok("Set-DistributionGroup", mark).await;
    let read = client.row("Get-DistributionGroup", json!({"RecipientTypeDetails": "RoomList"})).await;
    assert_eq!(read["Name"], "Mixed");
    let security = json!({"Name": "S", "Type": "Security", "RoomList": true});
    assert_eq!(client.refuse("New-DistributionGroup", security).await.0, "ArgumentException");
}

#[tokio::test]
async fn nothing_changed_is_a_warning() {
    let client = Client::contoso().await;
    list(&client, "London", "london").await;
    let again = json!({"Identity": "london", "DisplayName": "London", BYPASS: true});
    let answer = client.run("Set-DistributionGroup", again).await;
    let warning = answer.body["@adminapi.warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("no settings of 'London' have been modified"), "{warning}");
    assert!(answer.rows().is_empty());
}
