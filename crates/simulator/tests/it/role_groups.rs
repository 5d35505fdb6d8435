//! Role groups.

use crate::client::Client;
use serde_json::{Value, json};

fn member(name: &str) -> Value {
    json!({"Identity": "Rooms", "Member": name, "BypassSecurityGroupManagerCheck": true})
}

#[tokio::test]
async fn a_role_group_lives_and_takes_its_assignments_along() {
    let client = Client::customised().await;
    let scope = json!({"Name": "London", "RecipientRestrictionFilter": "City -eq 'London'"});
    client.ok("New-ManagementScope", scope).await;
    let new = json!({"Name": "Rooms", "Roles": ["Mail Recipients", "view-only recipients"],
        "Members": ["ceo@contoso.com"], "CustomRecipientWriteScope": "London", "Description": "d"});
    let made = client.row("New-RoleGroup", new).await;
    assert_eq!(made["Roles"], json!(["Mail Recipients", "View-Only Recipients"]));
    assert_eq!(made["Members"], json!(["ceo"]));
    let rows = client.ok("Get-ManagementRoleAssignment", json!({"RoleAssignee": "Rooms"})).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["CustomRecipientWriteScope"] == "London"));

    client.ok("Add-RoleGroupMember", member("lynne.robbins@contoso.com")).await;
    let twice = client.refuse("Add-RoleGroupMember", member("lynne.robbins@contoso.com")).await;
    assert!(twice.1.contains("already a member of the group"), "{twice:?}");
    client.ok("Remove-RoleGroupMember", member("ceo@contoso.com")).await;
    let never = client.refuse("Remove-RoleGroupMember", member("ceo@contoso.com")).await;
    assert!(never.1.contains("isn't a member of the group"), "{never:?}");
    let rows = client.ok("Get-RoleGroupMember", json!({"Identity": "Rooms"})).await;
    assert_eq!(rows[0]["PrimarySmtpAddress"], "lynne.robbins@contoso.com");
    let update = json!({"Identity": "Rooms", "Members": ["ceo@contoso.com", "nestor.wilke@contoso.com"],
        "BypassSecurityGroupManagerCheck": true});
    client.ok("Update-RoleGroupMember", update).await;
    let rows = client.ok("Get-RoleGroupMember", json!({"Identity": "Rooms"})).await;
    assert_eq!(rows.len(), 2, "a user without a mailbox can be a member too");

    let rename = json!({"Identity": "Rooms", "Name": "Rooms 2", "Description": null, "BypassSecurityGroupManagerCheck": true});
    client.ok("Set-RoleGroup", rename).await;
    client
        .ok("Remove-RoleGroup", json!({"Identity": "Rooms 2", "BypassSecurityGroupManagerCheck": true}))
        .await;
    let left =
        client.ok("Get-ManagementRoleAssignment", json!({"CustomRecipientWriteScope": "London"})).await;
    assert!(left.is_empty());
}

#[tokio::test]
async fn role_groups_have_limits() {
    let client = Client::customised().await;
    let refuse = |cmdlet: &'static str, parameters: Value| client.refuse(cmdlet, parameters);
    let built_in = json!({"Identity": "Help Desk", "BypassSecurityGroupManagerCheck": true});
    assert!(refuse("Remove-RoleGroup", built_in).await.1.contains("built-in"));
    let unowned = json!({"Identity": "Help Desk", "Member": "ceo@contoso.com"});
    assert_eq!(refuse("Add-RoleGroupMember", unowned).await.0, "OperationRequiresGroupManagerException");
    let app = json!({"Name": "x", "Roles": ["Application Mail.Read"]});
    assert!(refuse("New-RoleGroup", app).await.1.contains("can't be assigned to a role group"));
    assert!(
        refuse("New-RoleGroup", json!({"Name": "x", "Roles": "ApplicationImpersonation"}))
            .await
            .1
            .contains("no longer")
    );
    assert_eq!(
        refuse("New-RoleGroup", json!({"Name": "help desk"})).await.0,
        "ADObjectAlreadyExistsException"
    );
    let roles = json!({"Identity": "Help Desk", "Roles": ["Mail Recipients"]});
    assert_eq!(refuse("Set-RoleGroup", roles).await.0, "ParameterBindingException");
    let linked = json!({"Name": "x", "LinkedForeignGroup": "y"});
    assert_eq!(refuse("New-RoleGroup", linked).await.0, "ParameterBindingException", "Exchange Server only");
}
