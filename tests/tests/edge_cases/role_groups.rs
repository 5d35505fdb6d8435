//! Role groups: members in other words, what is left out, several differences at once, another service's answers.

use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

const GROUPS: &str = "
groups:
  - { name: sg-rooms_1f2e, alias: sgrooms, displayName: SG Rooms, primarySmtpAddress: sg-rooms@contoso.com, kind: security, managedBy: [lynne.robbins@contoso.com] }
roleGroups:
  - { name: Room Managers, description: Rooms, roles: [Mail Recipients], members: [joni.sherman@contoso.com] }
";

#[test]
fn e02_members_come_back_by_display_name() {
    let case = Case::with(
        GROUPS,
        "roleGroups:\n  rooms: { name: Room Managers, members: [sg-rooms@contoso.com, lynne.robbins@contoso.com] }\n",
    );
    case.converges();
    // Exactly as the shell shows it: names without an address.
    let case = case.forged(|asked, answer| {
        if asked.name == "Get-RoleGroupMember" {
            for row in answer.body["value"].as_array_mut().into_iter().flatten() {
                let row = row.as_object_mut().expect("a row");
                row.insert("PrimarySmtpAddress".to_owned(), json!(""));
            }
        }
    });
    case.is_settled();
}

#[test]
fn e08_members_that_are_left_out_stay() {
    let case =
        Case::with(GROUPS, "roleGroups:\n  rooms: { name: Room Managers, roles: [View-Only Recipients] }\n");
    assert_snapshot!(case.brief(), @"
    update roleGroups.rooms (attributes differ)
      roles: {Mail Recipients} -> {View-Only Recipients}
    ");
    case.converges();
    let members = case.rows("Get-RoleGroupMember", json!({ "Identity": "Room Managers" }));
    assert_eq!(members.len(), 1, "{members:?}");
}

#[test]
fn e10_absent_and_not_there_is_nothing_to_do() {
    let case = Case::new("roleGroups:\n  gone: { name: Gone, ensure: absent }\n");
    case.is_settled();
    case.converges();
    assert_eq!(case.written(), Vec::<String>::new());
}

#[test]
fn e12_role_groups_of_another_service_are_not_believed() {
    let case = Case::with(
        GROUPS,
        "roleGroups:\n  rooms: { name: Room Managers, roles: [Mail Recipients] }\n  old: { name: Old Managers, ensure: absent }\n",
    )
    .forged(|asked, answer| {
        if asked.name == "Get-RoleGroup" {
            let row = |name: &str| json!({ "Name": name, "Guid": "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10" });
            answer.body["value"] = json!([
                row("ComplianceAdministrator"),
                row("eDiscoveryManager"),
                row("OrganizationManagement"),
                row("Old Managers"),
            ]);
        }
    });
    assert_snapshot!(case.brief(), @"
    blocked roleGroups.rooms (could not be read)
    blocked roleGroups.old (could not be read)
    error unreadable: Get-RoleGroup could not be read: none of Exchange's own role groups is among the 4 that came back: another service seems to have answered
    error unreadable: Get-RoleGroup could not be read: none of Exchange's own role groups is among the 4 that came back: another service seems to have answered
    ");
    let _ = case.apply().exits(1);
    assert_eq!(case.written(), Vec::<String>::new());
}

#[test]
fn e55_members_and_roles_that_differ_are_mended_in_one_run() {
    let case = Case::with(
        GROUPS,
        "roleGroups:\n  rooms: { name: Room Managers, roles: [View-Only Recipients], members: [lynne.robbins@contoso.com], description: New words }\n",
    );
    assert_snapshot!(case.brief(), @"
    update roleGroups.rooms (attributes differ)
      description: Rooms -> New words
      roles: {Mail Recipients} -> {View-Only Recipients}
      members: {joni.sherman@contoso.com} -> {lynne.robbins@contoso.com}
    ");
    case.converges();
}
