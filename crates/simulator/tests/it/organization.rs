//! Settings of the organisation, and domains.

use crate::client::Client;
use serde_json::json;

#[tokio::test]
async fn customisation_is_enabled_once() {
    let client = Client::contoso().await;
    for (cmdlet, parameters) in [
        ("New-ManagementScope", json!({"Name": "x", "RecipientRestrictionFilter": "Alias -eq 'x'"})),
        ("New-RoleGroup", json!({"Name": "x"})),
        ("New-ManagementRoleAssignment", json!({"Role": "Mail Recipients", "User": "ceo@contoso.com"})),
    ] {
        let refusal = client.refuse(cmdlet, parameters).await;
        assert_eq!(refusal.0, "CmdletInvalidOperationInDehydratedContextException", "{cmdlet}");
        assert!(refusal.1.contains("Enable-OrganizationCustomization"));
    }
    client.ok("Enable-OrganizationCustomization", json!({})).await;
    let again = client.refuse("Enable-OrganizationCustomization", json!({})).await;
    assert!(again.1.contains("already enabled for customization"), "{again:?}");
}

#[tokio::test]
async fn ews_has_three_values_and_a_hidden_list() {
    let client = Client::contoso().await;
    let read = client.row("Get-OrganizationConfig", json!({})).await;
    assert!(read.get("EwsEnabled").is_none() && read.get("EwsAllowedAppIDs").is_none());
    let ids = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10,0f1c3a52-77d1-4a5e-9a0e-5d2f3f9b1c11";
    client.ok("Set-OrganizationConfig", json!({"EwsEnabled": true, "EwsAllowedAppIDs": ids})).await;
    let read = client.row("Get-OrganizationConfig", json!({})).await;
    assert_eq!(read["EwsEnabled"], true);
    assert!(read.get("EwsAllowedAppIDs").is_none(), "shown on request only");
    let asked = json!({"RetrieveEwsOperationAccessPolicy": true});
    assert_eq!(client.row("Get-OrganizationConfig", asked).await["EwsAllowedAppIDs"], ids);
    client.ok("Set-OrganizationConfig", json!({"EwsEnabled": null})).await;
    assert!(client.row("Get-OrganizationConfig", json!({})).await.get("EwsEnabled").is_none());
    let wrong = client.refuse("Set-OrganizationConfig", json!({"EwsAllowedAppIDs": "condeco"})).await;
    assert_eq!(wrong.0, "ArgumentException");
}

#[tokio::test]
async fn domains_are_listed() {
    let client = Client::contoso().await;
    let rows = client.ok("Get-AcceptedDomain", json!({})).await;
    let names: Vec<&str> = rows.iter().filter_map(|row| row["DomainName"].as_str()).collect();
    assert_eq!(names, ["contoso.com", "contoso.onmicrosoft.com"]);
    assert_eq!(client.row("Get-AcceptedDomain", json!({"Identity": "contoso.com"})).await["Default"], true);
}
