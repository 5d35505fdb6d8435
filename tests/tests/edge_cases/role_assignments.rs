//! Role assignments: what identifies one, what it really grants, and changing it without a gap.

use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

const SEED: &str = "
applications:
  - { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: A, inExchange: true }
  - { appId: 7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01, displayName: B, inExchange: true }
managementScopes:
  - { name: Old, recipientFilter: \"City -eq 'London'\" }
  - { name: New, recipientFilter: \"City -eq 'Paris'\" }
";

fn manifest(assignment: &str) -> String {
    format!(
        "applications:
  a: {{ appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: A }}
  b: {{ appId: 7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01, displayName: B }}
managementScopes:
  old: {{ name: Old, recipientFilter: \"City -eq 'London'\" }}
  new: {{ name: New, recipientFilter: \"City -eq 'Paris'\" }}
roleAssignments:
  {assignment}
"
    )
}

#[test]
fn e26_an_assignment_is_known_by_what_it_means() {
    let long = "Application Calendars.ReadWrite-0f1c3a52-77d1-4a5e-9a0e-5d2f3f9b1";
    let case = Case::with(SEED, &manifest("calendars: { role: Application Calendars.ReadWrite, app: a, scope: old }"))
        .by_hand(
            "New-ManagementRoleAssignment",
            json!({ "Name": &long[..64], "Role": "Application Calendars.ReadWrite", "App": "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10", "CustomResourceScope": "Old" }),
        );
    case.is_settled();
    // A new one without a name gets its key's.
    let case = Case::with(
        SEED,
        &manifest("calendars: { role: Application Calendars.ReadWrite, app: a, scope: old }"),
    );
    case.converges();
    assert_eq!(case.rows("Get-ManagementRoleAssignment", json!({ "Identity": "calendars" })).len(), 1);
    // A name that is too long is refused before anything is sent.
    let case = case.says(&manifest(&format!(
        "calendars: {{ name: {long}x, role: Application Calendars.ReadWrite, app: a, scope: old }}"
    )));
    assert_snapshot!(case.validation(), @"error value-too-long: `name` has 66 characters, 64 are the most; shorten it");
}

#[test]
fn e27_the_same_name_for_somebody_else_is_drift() {
    let case = Case::with(
        SEED,
        &manifest("booking: { name: RoomBooking, role: Application Calendars.ReadWrite, app: a, scope: old }"),
    )
    .by_hand(
        "New-ManagementRoleAssignment",
        json!({ "Name": "RoomBooking", "Role": "Application Calendars.ReadWrite", "App": "7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01", "CustomResourceScope": "Old" }),
    );
    assert_snapshot!(case.brief(), @"
    adopt applications.a (found in the tenant)
    adopt applications.b (found in the tenant)
    adopt managementScopes.old (found in the tenant)
    adopt managementScopes.new (found in the tenant)
    replace roleAssignments.booking (cannot be changed in place) after applications.a, managementScopes.old
      app: 7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01 -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 !
    ");
    case.converges();
    let rows =
        case.rows("Get-ManagementRoleAssignment", json!({ "Role": "Application Calendars.ReadWrite" }));
    let names: Vec<_> = rows
        .iter()
        .filter(|row| row["RoleAssigneeType"] == "ServicePrincipal")
        .map(|row| &row["Name"])
        .collect();
    assert_eq!(names, ["RoomBooking"]);
}

#[test]
fn e29_access_never_stops_while_an_assignment_changes() {
    let assignment = |scope: &str, role: &str| {
        manifest(&format!("booking: {{ name: RoomBooking, role: {role}, app: a, scope: {scope} }}"))
    };
    // Another scope: one call in place.
    let case = Case::with(SEED, &assignment("old", "Application Calendars.ReadWrite"));
    case.converges();
    let case = case.says(&assignment("new", "Application Calendars.ReadWrite"));
    assert_snapshot!(case.calls(), @r#"Set-ManagementRoleAssignment {"Identity":"423cb9c2-c35a-4ba3-80bb-1319f9011063","CustomResourceScope":"New"}"#);
    case.converges();
    // Another role: the new one stands before the old one goes.
    let case = case.says(&assignment("new", "Application Calendars.Read"));
    assert_snapshot!(case.calls(), @r#"
    New-ManagementRoleAssignment {"Name":"RoomBooking (new)","Role":"Application Calendars.Read","App":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","CustomResourceScope":"New"}
    Remove-ManagementRoleAssignment {"Identity":"423cb9c2-c35a-4ba3-80bb-1319f9011063","Confirm":false,"Force":true}
    New-ManagementRoleAssignment {"Name":"RoomBooking","Role":"Application Calendars.Read","App":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","CustomResourceScope":"New"}
    Remove-ManagementRoleAssignment {"Identity":"RoomBooking (new)","Confirm":false,"Force":true}
    New-ManagementRoleAssignment {"Name":"RoomBooking","Role":"Application Calendars.Read","App":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","CustomResourceScope":"New"}
    "#);
    // Where the new one is refused, the old one stays.
    let refused =
        json!({ "failNext": [{ "cmdlet": "New-ManagementRoleAssignment", "times": 5, "status": 403 }] });
    let case = case.fault(&refused);
    let _ = case.apply().exits(1);
    let old = case.rows("Get-ManagementRoleAssignment", json!({ "Identity": "RoomBooking" }));
    assert_eq!(old[0]["Role"], "Application Calendars.ReadWrite");
    case.world.fault(&json!({}));
    case.converges();
    let new = case.rows("Get-ManagementRoleAssignment", json!({ "Identity": "RoomBooking" }));
    assert_eq!(new[0]["Role"], "Application Calendars.Read");
}

#[test]
fn e31_an_assignment_that_only_delegates_grants_nothing() {
    let role = "Mail Recipients";
    let case = Case::new(
        "roleAssignments:\n  gone: { role: Mail Recipients, user: lynne.robbins@contoso.com, allowUnscoped: true, ensure: absent }\n",
    )
    .by_hand(
        "New-ManagementRoleAssignment",
        json!({ "Name": "Delegates", "Role": role, "User": "lynne.robbins@contoso.com", "Delegating": true }),
    );
    case.is_settled();
    // One that is wanted is not taken for there.
    let case = case.says(
        "roleAssignments:\n  wanted: { role: Mail Recipients, user: lynne.robbins@contoso.com, allowUnscoped: true }\n",
    );
    assert_snapshot!(case.brief(), @"
    create roleAssignments.wanted (not in the tenant)
      role: - -> Mail Recipients
      user: - -> lynne.robbins@contoso.com
    warning reaches-everybody: Mail Recipients will reach every mailbox of the organisation
    ");
    case.converges();
    let rows = case.rows("Get-ManagementRoleAssignment", json!({ "Identity": "Delegates" }));
    assert_eq!(rows[0]["RoleAssignmentDelegationType"], "DelegatingOrgWide");
    // A role that Organization Management may only give to others, as it may with many built-in ones.
    let case = Case::new(
        "roleAssignments:\n  gone: { role: Mailbox Import Export, roleGroup: Organization Management, ensure: absent }\n",
    );
    let built_in = json!({ "Identity": "Mailbox Import Export-Organization Management-Delegating" });
    assert_eq!(case.rows("Get-ManagementRoleAssignment", built_in).len(), 1);
    case.is_settled();
}

#[test]
fn e32_an_assignment_without_a_scope_makes_one_with_a_scope_meaningless() {
    let scoped = "booking: { name: RoomBooking, role: Application Calendars.ReadWrite, app: a, scope: old }";
    // Both stated.
    let both = manifest(&format!(
        "{scoped}\n  wide: {{ name: Wide, role: Application Calendars.ReadWrite, app: a, allowUnscoped: true }}"
    ));
    assert_snapshot!(Case::with(SEED, &both).validation(), @"
    note scope-unused: no role assignment and no role group of this manifest uses this scope; refer to it by `scope:`, or remove it
    warning scope-overridden: roleAssignments.wide grants the same without a scope (roleAssignments.wide); remove the unscoped assignment: what assignments grant adds up
    ");
    // The other one is in the tenant, and the manifest does not know of it.
    let case = Case::with(SEED, &manifest(scoped)).by_hand(
        "New-ManagementRoleAssignment",
        json!({ "Name": "Test", "Role": "Application Calendars.ReadWrite", "App": "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10" }),
    );
    assert_snapshot!(case.brief(), @"
    adopt applications.a (found in the tenant)
    adopt applications.b (found in the tenant)
    adopt managementScopes.old (found in the tenant)
    adopt managementScopes.new (found in the tenant)
    create roleAssignments.booking (not in the tenant) after applications.a, managementScopes.old
      name: - -> RoomBooking
      role: - -> Application Calendars.ReadWrite
      app: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      scope: - -> Old
    warning scope-overridden: the tenant's assignment Test grants Application Calendars.ReadWrite without a scope: this one's scope has no effect
    ");
    let _ = case.apply().exits(0);
    assert_snapshot!(case.brief(), @"warning scope-overridden: the tenant's assignment Test grants Application Calendars.ReadWrite without a scope: this one's scope has no effect");
}
