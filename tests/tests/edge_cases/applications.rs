//! Applications: names that say nothing, pointers to the wrong object, consents.

use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

const APP: &str = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10";

#[test]
fn e13_an_application_without_a_display_name_is_found_by_its_id() {
    let case = Case::with(
        "applications:
  - { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Vendor, inExchange: true }
  - { appId: 7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01, displayName: Other, inExchange: true }
",
        "applications:
  vendor: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 }
roleAssignments:
  mail: { role: Application Mail.Read, app: vendor, allowUnscoped: true }
",
    )
    .forged(|asked, answer| {
        if asked.name == "Get-ServicePrincipal" {
            for row in answer.body["value"].as_array_mut().into_iter().flatten() {
                row["DisplayName"] = json!(null);
            }
        }
        if asked.name.starts_with("GET /servicePrincipals(") {
            answer.body["displayName"] = json!("");
            answer.body["appDisplayName"] = json!(null);
        }
    });
    case.converges();
    assert_eq!(case.written(), ["New-ManagementRoleAssignment"]);
}

#[test]
fn e14_two_applications_of_one_name_are_told_apart_by_their_ids() {
    let apps = "applications:
  old: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Contoso Room Booking }
  new: { appId: 7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01, displayName: Contoso Room Booking }
";
    let seed = "applications:
  - { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Contoso Room Booking, inExchange: true }
  - { appId: 7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01, displayName: Contoso Room Booking, inExchange: true }
";
    let by_name = "roleAssignments:\n  mail: { role: Application Mail.Read, app: Contoso Room Booking, allowUnscoped: true }\n";
    let case = Case::with(seed, &format!("{apps}{by_name}"));
    assert_snapshot!(case.validation(), @"error ambiguous-reference: `Contoso Room Booking` could mean several entries of applications (applications.old, applications.new); write one of `old` and `new`");
    let by_key = "roleAssignments:\n  mail: { role: Application Mail.Read, app: new, allowUnscoped: true }\n";
    let case = case.says(&format!("{apps}{by_key}"));
    case.converges();
    let rows = case.rows("Get-ManagementRoleAssignment", json!({ "Identity": "mail" }));
    let pointer =
        case.rows("Get-ServicePrincipal", json!({ "Identity": "7d1f0a52-3c1b-4c11-9b6e-0c1a5e7d9f01" }));
    assert_eq!(rows[0]["App"], pointer[0]["ObjectId"]);
}

#[test]
fn e16_a_pointer_to_the_wrong_object_is_made_anew_with_its_assignments() {
    let case = Case::with(
        "applications:
  - { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Vendor }
managementScopes:
  - { name: Rooms, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'\" }
",
        "applications:
  vendor: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Vendor }
managementScopes:
  rooms: { name: Rooms, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'\" }
roleAssignments:
  calendars: { name: VendorCalendars, role: Application Calendars.ReadWrite, app: vendor, scope: rooms }
",
    )
    // The object id of the app registration, where that of the enterprise application belongs.
    .by_hand(
        "New-ServicePrincipal",
        json!({ "AppId": APP, "ObjectId": "0aa0aa0a-1111-4222-8333-444455556666", "DisplayName": "Vendor" }),
    )
    .by_hand(
        "New-ManagementRoleAssignment",
        json!({ "Name": "VendorCalendars", "Role": "Application Calendars.ReadWrite", "App": APP, "CustomResourceScope": "Rooms" }),
    )
    .by_hand(
        "New-ManagementRoleAssignment",
        json!({ "Name": "VendorMail", "Role": "Application Mail.Read", "App": APP, "CustomResourceScope": "Rooms" }),
    );
    assert_snapshot!(case.brief(), @"
    update applications.vendor (attributes differ)
      exchangeServicePrincipal: wrong object -> registered
    adopt managementScopes.rooms (found in the tenant)
    adopt roleAssignments.calendars (found in the tenant) after applications.vendor, managementScopes.rooms
    warning service-principal-pointer-wrong: Exchange's pointer to the application names another object than its service principal: it is made anew, with 2 role assignments
    ");
    assert_snapshot!(case.calls(), @r#"
    Remove-ServicePrincipal {"Identity":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","Confirm":false}
    New-ServicePrincipal {"AppId":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","ObjectId":"16ab11ed-ce60-49d1-9e4d-754bf499b8b2","DisplayName":"Vendor"}
    Remove-ManagementRoleAssignment {"Identity":"VendorCalendars","Confirm":false,"Force":true}
    Remove-ManagementRoleAssignment {"Identity":"VendorMail","Confirm":false,"Force":true}
    New-ManagementRoleAssignment {"Name":"VendorCalendars","Role":"Application Calendars.ReadWrite","App":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","CustomResourceScope":"Rooms"}
    New-ManagementRoleAssignment {"Name":"VendorMail","Role":"Application Mail.Read","App":"5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10","CustomResourceScope":"Rooms"}
    "#);
    case.converges();
    // The assignment that the manifest does not know of is there again, too.
    let rows = case.rows("Get-ManagementRoleAssignment", json!({ "Role": "Application Mail.Read" }));
    assert!(
        rows.iter().any(|row| row["Name"] == "VendorMail" && row["CustomResourceScope"] == "Rooms"),
        "{rows:?}"
    );
}

#[test]
fn e33_a_consent_beside_a_scoped_assignment_reaches_everybody() {
    let manifest = |permissions: &str| {
        format!(
            "applications:
  vendor: {{ appId: {APP}, displayName: Vendor{permissions} }}
managementScopes:
  rooms: {{ name: Rooms, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'\" }}
roleAssignments:
  calendars: {{ name: VendorCalendars, role: Application Calendars.ReadWrite, app: vendor, scope: rooms }}
"
        )
    };
    let seed = "applications:
  - appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
    displayName: Vendor
    inExchange: true
    permissions: [{ resource: Microsoft Graph, application: [Calendars.ReadWrite] }]
";
    // Stated in the manifest.
    let stated = ", permissions: [{ resource: Microsoft Graph, application: [Calendars.ReadWrite] }]";
    assert_snapshot!(Case::with(seed, &manifest(stated)).validation(), @"warning consent-tenant-wide: the consent to `Calendars.ReadWrite` reaches every mailbox, whatever the scope of roleAssignments.calendars is (roleAssignments.calendars); remove the consent: a role assignment with a scope grants the same for those rooms alone");
    // Left alone by the manifest, and there.
    let case = Case::with(seed, &manifest(""));
    assert_snapshot!(case.brief(), @"
    adopt applications.vendor (found in the tenant)
    create managementScopes.rooms (not in the tenant)
      name: - -> Rooms
      recipientFilter: - -> RecipientTypeDetails -eq 'RoomMailbox'
    create roleAssignments.calendars (not in the tenant) after applications.vendor, managementScopes.rooms
      name: - -> VendorCalendars
      role: - -> Application Calendars.ReadWrite
      app: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      scope: - -> Rooms
    warning consent-tenant-wide: the application has a consent to Calendars.ReadWrite, which reaches every mailbox: the assignment's scope has no effect
    ");
    // Taken back once the scoped assignment is there.
    let case = Case::with(seed, &manifest(", permissions: []"));
    assert_snapshot!(case.brief(), @"
    update applications.vendor (attributes differ)
      permissions: {Microsoft Graph application Calendars.ReadWrite} -> {}
    create managementScopes.rooms (not in the tenant)
      name: - -> Rooms
      recipientFilter: - -> RecipientTypeDetails -eq 'RoomMailbox'
    create roleAssignments.calendars (not in the tenant) after applications.vendor, managementScopes.rooms
      name: - -> VendorCalendars
      role: - -> Application Calendars.ReadWrite
      app: - -> 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
      scope: - -> Rooms
    warning emptied: all 1 permissions of applications.vendor go
    ");
    case.converges();
    let written = case.written();
    let at = |what: &str| written.iter().position(|one| one.contains(what)).expect(what);
    assert!(at("New-ManagementRoleAssignment") < at("/appRoleAssignments/"), "{written:?}");
}

#[test]
fn e34_no_permissions_means_none() {
    let seed = "applications:
  - appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
    displayName: Vendor
    inExchange: true
    permissions:
      - { resource: Microsoft Graph, application: [Calendars.Read], delegated: [User.Read] }
";
    let app = |permissions: &str| format!("applications:\n  vendor: {{ appId: {APP}{permissions} }}\n");
    let case = Case::with(seed, &app(""));
    case.is_settled();
    let case = case.says(&app(", permissions: []"));
    assert_snapshot!(case.brief(), @"
    update applications.vendor (attributes differ)
      permissions: {Microsoft Graph application Calendars.Read, Microsoft Graph delegated User.Read} -> {}
    warning emptied: all 2 permissions of applications.vendor go
    ");
    assert_eq!(case.world.run(&["drift"]).status, 2);
    case.converges();
}
