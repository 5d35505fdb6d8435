//! Role assignments, application pointers, and what both allow.

use crate::client::Client;
use serde_json::{Value, json};

const APP: &str = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10";
const OBJECT: &str = "aaaaaaaa-0000-4000-8000-000000000001";

async fn start() -> Client {
    let client = Client::customised().await;
    let pointer = json!({"AppId": APP, "ObjectId": OBJECT, "DisplayName": "Condeco"});
    client.ok("New-ServicePrincipal", pointer).await;
    let scope = json!({"Name": "London", "RecipientRestrictionFilter": "City -eq 'London' -and RecipientTypeDetails -eq 'RoomMailbox'"});
    client.ok("New-ManagementScope", scope).await;
    client
}

fn app(name: &str, extra: &Value) -> Value {
    let mut parameters = json!({"Name": name, "Role": "Application Calendars.ReadWrite", "App": APP});
    for (key, value) in extra.as_object().into_iter().flatten() {
        parameters[key] = value.clone();
    }
    parameters
}

#[tokio::test]
async fn an_application_is_assigned_under_every_identity() {
    let client = start().await;
    for (number, identity) in [APP, OBJECT, "Condeco"].into_iter().enumerate() {
        let role =
            ["Application Calendars.Read", "Application Mail.Read", "application ews.accessasapp"][number];
        let made = client.row("New-ManagementRoleAssignment", json!({"Role": role, "App": identity})).await;
        assert_eq!(made["RoleAssigneeName"], OBJECT);
        assert_eq!(made["RoleAssigneeType"], "ServicePrincipal");
        assert_eq!(made["RecipientWriteScope"], "Organization");
        assert!(made.get("CustomResourceScope").is_none());
    }
    let rows = client.ok("Get-ManagementRoleAssignment", json!({"RoleAssignee": APP})).await;
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[2]["Name"], format!("Application EWS.AccessAsApp-{OBJECT}")[..60]);
}

#[tokio::test]
async fn scopes_read_back_by_kind() {
    let client = start().await;
    let made =
        client.row("New-ManagementRoleAssignment", app("a", &json!({"CustomResourceScope": "London"}))).await;
    assert_eq!(made["CustomResourceScope"], "London");
    assert_eq!(made["RecipientWriteScope"], "CustomRecipientScope");
    client.ok("New-DistributionGroup", json!({"Name": "Group", "Members": ["soho@contoso.com"]})).await;
    let group = app("b", &json!({"RecipientGroupScope": "group@contoso.com"}));
    let made = client.row("New-ManagementRoleAssignment", group).await;
    assert_eq!(made["CustomRecipientWriteScope"], "Group");
    let change = json!({"Identity": "a", "RecipientGroupScope": "group@contoso.com"});
    client.ok("Set-ManagementRoleAssignment", change).await;
    let disable = json!({"Identity": "a", "Enabled": false});
    client.ok("Set-ManagementRoleAssignment", disable).await;
    let read = client.row("Get-ManagementRoleAssignment", json!({"Identity": "a"})).await;
    assert_eq!((&read["CustomRecipientWriteScope"], &read["Enabled"]), (&json!("Group"), &json!(false)));
}

#[tokio::test]
async fn applications_and_people_have_different_roles_and_scopes() {
    let client = start().await;
    let new = |parameters: Value| client.refuse("New-ManagementRoleAssignment", parameters);
    let refused = new(json!({"Role": "Application Calendars.Read", "User": "ceo@contoso.com"})).await;
    assert!(refused.1.contains("can only be assigned to a service principal"), "{refused:?}");
    let refused = new(json!({"Role": "Mail Recipients", "App": APP})).await;
    assert!(refused.1.contains("only application roles can"), "{refused:?}");
    let refused = new(json!({"Role": "ApplicationImpersonation", "User": "ceo@contoso.com"})).await;
    assert!(refused.1.contains("no longer available"), "{refused:?}");
    assert_eq!(
        new(json!({"Role": "Janitor", "User": "ceo@contoso.com"})).await.0,
        "ManagementObjectNotFoundException"
    );
    let refused = new(app("x", &json!({"CustomRecipientWriteScope": "London"}))).await;
    assert_eq!(refused.0, "AmbiguousParameterSetException");
    let both = json!({"CustomResourceScope": "London", "RecipientGroupScope": "x"});
    client.ok("New-DistributionGroup", json!({"Name": "x"})).await;
    assert!(new(app("x", &both)).await.1.contains("can't be used together"));
    let two = json!({"Role": "Mail Recipients", "App": APP, "User": "ceo@contoso.com"});
    assert_eq!(new(two).await.0, "AmbiguousParameterSetException");
    assert_eq!(new(json!({"Role": "Mail Recipients"})).await.0, "ParameterBindingException");
    let exclusive =
        json!({"Name": "Board", "RecipientRestrictionFilter": "Title -eq 'CEO'", "Exclusive": true});
    client.ok("New-ManagementScope", exclusive).await;
    assert!(new(app("x", &json!({"CustomResourceScope": "Board"}))).await.1.contains("exclusive"));
    let person = json!({"Name": "p", "Role": "Mail Recipients", "User": "ceo@contoso.com",
        "ExclusiveRecipientWriteScope": "Board"});
    let made = client.row("New-ManagementRoleAssignment", person).await;
    assert_eq!(made["RecipientWriteScope"], "ExclusiveRecipientScope");
}

#[tokio::test]
async fn name_role_and_assignee_are_fixed_and_unique() {
    let client = start().await;
    client.ok("New-ManagementRoleAssignment", app("a", &json!({"CustomResourceScope": "London"}))).await;
    let refuse = |cmdlet: &'static str, parameters: Value| client.refuse(cmdlet, parameters);
    let named = refuse("New-ManagementRoleAssignment", app("A", &json!({}))).await;
    assert_eq!(named.0, "ADObjectAlreadyExistsException");
    // The same grant under a second name: what replaces an assignment without a gap stands beside it for a moment.
    client.ok("New-ManagementRoleAssignment", app("b", &json!({"CustomResourceScope": "London"}))).await;
    for name in ["Name", "Role", "App"] {
        let change = json!({"Identity": "a", name: "x"});
        assert_eq!(
            refuse("Set-ManagementRoleAssignment", change).await.0,
            "ParameterBindingException",
            "{name}"
        );
    }
    let clear = json!({"Identity": "a", "CustomResourceScope": null});
    assert_eq!(refuse("Set-ManagementRoleAssignment", clear).await.0, "ArgumentException");
    let long = refuse("New-ManagementRoleAssignment", app(&"x".repeat(65), &json!({}))).await;
    assert_eq!(long.0, "DataValidationException");
}

#[tokio::test]
async fn an_assignee_is_shown_what_comes_through_groups() {
    let client = Client::customised().await;
    let group = json!({"Name": "Pronestor Service Group", "Roles": ["Mail Recipients"], "Members": ["ceo@contoso.com"]});
    client.ok("New-RoleGroup", group).await;
    let direct = json!({"Name": "d", "Role": "View-Only Recipients", "User": "ceo@contoso.com"});
    client.ok("New-ManagementRoleAssignment", direct).await;
    let rows = client.ok("Get-ManagementRoleAssignment", json!({"RoleAssignee": "ceo@contoso.com"})).await;
    let methods: Vec<_> =
        rows.iter().map(|row| (row["AssignmentMethod"].clone(), row["RoleAssigneeName"].clone())).collect();
    assert_eq!(
        methods,
        [(json!("Direct"), json!("ceo")), (json!("RoleGroup"), json!("Pronestor Service Group")),]
    );
    let only = json!({"RoleAssignee": "ceo@contoso.com", "AssignmentMethod": ["Direct"]});
    assert_eq!(client.ok("Get-ManagementRoleAssignment", only).await.len(), 1);
    let effective = json!({"Role": "Mail Recipients", "GetEffectiveUsers": true});
    let rows = client.ok("Get-ManagementRoleAssignment", effective).await;
    assert!(
        rows.iter().any(|row| row["EffectiveUserName"] == "ceo" && row["AssignmentMethod"] == "RoleGroup")
    );
}

#[tokio::test]
async fn every_tenant_has_delegating_assignments() {
    let client = Client::contoso().await;
    let role = json!({"Role": "Application Calendars.ReadWrite"});
    let row = client.row("Get-ManagementRoleAssignment", role).await;
    assert_eq!(row["RoleAssignmentDelegationType"], "DelegatingOrgWide");
    assert_eq!(row["RoleAssigneeName"], "Organization Management");
    let roles = client.ok("Get-ManagementRole", json!({"Identity": "Application Calendars.*"})).await;
    assert_eq!(roles.len(), 2);
    let gone = client.refuse("Get-ManagementRole", json!({"Identity": "ApplicationImpersonation"})).await;
    assert_eq!(gone.0, "ManagementObjectNotFoundException");
}

#[tokio::test]
async fn pointers_are_unique_and_take_their_assignments_along() {
    let client = start().await;
    let again = json!({"AppId": APP, "ObjectId": "aaaaaaaa-0000-4000-8000-000000000002"});
    assert_eq!(client.refuse("New-ServicePrincipal", again).await.0, "ADObjectAlreadyExistsException");
    assert_eq!(
        client.refuse("New-ServicePrincipal", json!({"AppId": APP})).await.0,
        "ParameterBindingException"
    );
    let bad = json!({"AppId": "condeco", "ObjectId": OBJECT});
    assert_eq!(client.refuse("New-ServicePrincipal", bad).await.0, "ArgumentException");
    client.ok("Set-ServicePrincipal", json!({"Identity": APP, "DisplayName": "Condeco 2"})).await;
    let read = client.row("Get-ServicePrincipal", json!({"Identity": "Condeco 2"})).await;
    assert_eq!((&read["AppId"], &read["ObjectId"]), (&json!(APP), &json!(OBJECT)));
    client.ok("New-ManagementRoleAssignment", app("a", &json!({}))).await;
    client.ok("Remove-ServicePrincipal", json!({"Identity": OBJECT})).await;
    let gone = client.refuse("Get-ManagementRoleAssignment", json!({"Identity": "a"})).await;
    assert_eq!(gone.0, "ManagementObjectNotFoundException");
}

#[tokio::test]
async fn authorisation_follows_the_scopes_and_not_the_nested_lists() {
    let client = start().await;
    client
        .ok(
            "New-DistributionGroup",
            json!({"Name": "inner", "RoomList": true, "Members": ["soho@contoso.com"]}),
        )
        .await;
    client
        .ok(
            "New-DistributionGroup",
            json!({"Name": "outer", "RoomList": true, "Members": ["inner", "opera"]}),
        )
        .await;
    client.ok("New-ManagementRoleAssignment", app("a", &json!({"RecipientGroupScope": "outer"}))).await;
    let ask = |resource: &'static str| {
        let client = &client;
        async move {
            let parameters = json!({"Identity": APP, "Resource": resource});
            client.row("Test-ServicePrincipalAuthorization", parameters).await["InScope"].clone()
        }
    };
    assert_eq!(ask("opera@contoso.com").await, "True");
    assert_eq!(ask("soho@contoso.com").await, "False", "members of members do not count");
    let unasked = client.row("Test-ServicePrincipalAuthorization", json!({"Identity": APP})).await;
    assert_eq!((&unasked["InScope"], &unasked["ScopeType"]), (&json!("Not Run"), &json!("GroupScope")));
}
