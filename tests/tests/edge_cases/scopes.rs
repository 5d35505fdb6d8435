//! Management scopes: filters as they come back, what cannot be changed, what is still used, groups in filters.

use insta::assert_snapshot;
use serde_json::json;

use crate::case::Case;

const FILTER: &str = "RecipientTypeDetails -eq 'RoomMailbox'";

#[test]
fn e17_a_filter_that_the_server_prints_anew_is_the_same_filter() {
    let case = Case::new(
        "managementScopes:\n  rooms: { name: Rooms, recipientFilter: 'RecipientTypeDetails -eq \"RoomMailbox\" -and City -eq \"London\"' }\n",
    );
    case.converges();
    let printed = [
        "((RecipientTypeDetails -eq 'RoomMailbox') -and (City -eq 'London'))",
        "(City -eq 'London') -and (RecipientTypeDetails -eq 'RoomMailbox')",
        "((((recipienttypedetails -eq 'roommailbox'))) -and (city -eq \"london\"))",
    ];
    for text in printed {
        let case = Case::new(
            "managementScopes:\n  rooms: { name: Rooms, recipientFilter: 'RecipientTypeDetails -eq \"RoomMailbox\" -and City -eq \"London\"' }\n",
        )
        .by_hand("New-ManagementScope", json!({ "Name": "Rooms", "RecipientRestrictionFilter": FILTER }))
        .forged(move |asked, answer| {
            if asked.name == "Get-ManagementScope" {
                answer.body["value"][0]["RecipientFilter"] = json!(text);
            }
        });
        case.is_settled();
    }
}

#[test]
fn e18_whether_a_scope_is_exclusive_is_changed_by_another_scope() {
    let manifest = |exclusive: bool, app: &str| {
        format!(
            "managementScopes:
  rooms: {{ name: Rooms, recipientFilter: \"{FILTER}\", exclusive: {exclusive} }}
roleAssignments:
  recipients: {{ name: Recipients, role: Mail Recipients, user: lynne.robbins@contoso.com, scope: rooms }}
{app}"
        )
    };
    let case = Case::new(&manifest(false, ""));
    case.converges();
    let case = case.says(&manifest(true, ""));
    assert_snapshot!(case.brief(), @"
    replace managementScopes.rooms (cannot be changed in place)
      exclusive: false -> true !
    ");
    case.converges();
    let scopes = case.rows("Get-ManagementScope", json!({}));
    assert_eq!(scopes.len(), 1, "{scopes:?}");
    assert_eq!(scopes[0]["Exclusive"], true);
    // An assignment that cannot have the other scope stands in the way, and is named.
    let case = Case::with(
        "applications:
  - { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Vendor, inExchange: true }
managementScopes:
  - { name: Rooms, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'\" }
roleAssignments:
  - { name: VendorMail, role: Application Mail.Read, app: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, scope: Rooms }
",
        &manifest(true, ""),
    );
    assert_snapshot!(case.brief(), @"
    blocked managementScopes.rooms (cannot be carried out)
      exclusive: false -> true !
    blocked roleAssignments.recipients (depends on what is blocked) after managementScopes.rooms
    error exclusive-scope-of-application: an application's role assignment cannot take an exclusive scope
    ");
}

#[test]
fn e20_a_scope_goes_after_the_assignments_that_use_it() {
    let entries = |ensure: &str| {
        format!(
            "managementScopes:
  rooms: {{ name: Rooms, recipientFilter: \"{FILTER}\"{ensure} }}
roleAssignments:
  recipients: {{ name: Recipients, role: Mail Recipients, user: lynne.robbins@contoso.com, scope: rooms{ensure} }}
"
        )
    };
    let case = Case::new(&entries(""));
    case.converges();
    let case = case.says(&entries(", ensure: absent"));
    assert_snapshot!(case.brief(), @"
    delete roleAssignments.recipients (ensure: absent)
      name: Recipients -> -
      role: Mail Recipients -> -
      user: lynne.robbins@contoso.com -> -
      scope: Rooms -> -
      delegating: false -> -
      enabled: true -> -
    delete managementScopes.rooms (ensure: absent) after roleAssignments.recipients
      name: Rooms -> -
      recipientFilter: RecipientTypeDetails -eq 'RoomMailbox' -> -
      exclusive: false -> -
    ");
    case.converges();
    // One that the manifest does not know of, or that stays, is told instead of failing half way.
    let case = Case::new(&entries(""));
    case.converges();
    let case = case.says(&format!(
        "managementScopes:\n  rooms: {{ name: Rooms, recipientFilter: \"{FILTER}\", ensure: absent }}\n"
    ));
    assert_snapshot!(case.brief(), @"
    delete managementScopes.rooms (ensure: absent)
      name: Rooms -> -
      recipientFilter: RecipientTypeDetails -eq 'RoomMailbox' -> -
      exclusive: false -> -
    warning left-behind: 1 resource that was applied before is not in this manifest, and left alone
    error in-use: managementScopes.rooms cannot be deleted: 1 of the tenant's objects still use it
    ");
    let _ = case.apply().exits(1);
}

const GROUP: &str = "
groups:
  - { name: Rooms of London, primarySmtpAddress: rooms@contoso.com, managedBy: [lynne.robbins@contoso.com], members: [thames@contoso.com] }
";
const GONE: &str = "CN=Rooms PDX20190314101500,OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,DC=NAMPR19A005,DC=PROD,DC=OUTLOOK,DC=COM";

#[test]
fn e22_a_distinguished_name_that_nothing_has_any_more_is_noticed() {
    let scope =
        json!({ "Name": "Rooms", "RecipientRestrictionFilter": format!("MemberOfGroup -eq '{GONE}'") });
    // By a group's address: its distinguished name is looked up again, so that the filter is mended.
    let case =
        Case::with(GROUP, "managementScopes:\n  rooms: { name: Rooms, memberOf: [rooms@contoso.com] }\n")
            .by_hand("New-ManagementScope", scope.clone());
    assert_snapshot!(case.brief(), @"
    update managementScopes.rooms (attributes differ)
      recipientFilter: MemberOfGroup -eq 'CN=Rooms PDX20190314101500,OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,DC=NAMPR19A005,DC=PROD,DC=OUTLOOK,DC=COM' -> MemberOfGroup -eq 'CN=Rooms of London20261102080000,OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM'
    ");
    case.converges();
    // By the distinguished name itself.
    let literal = format!(
        "managementScopes:\n  rooms: {{ name: Rooms, recipientFilter: \"MemberOfGroup -eq '{GONE}'\" }}\n"
    );
    let case = Case::with(GROUP, &literal).by_hand("New-ManagementScope", scope);
    assert_snapshot!(case.brief(), @"
    adopt managementScopes.rooms (found in the tenant)
    warning scope-group-gone: the scope's filter names a group that the tenant does not have, and finds nobody by it
    ");
    let case = Case::with(GROUP, &literal);
    assert_snapshot!(case.brief(), @"
    create managementScopes.rooms (not in the tenant)
      name: - -> Rooms
      recipientFilter: - -> MemberOfGroup -eq 'CN=Rooms PDX20190314101500,OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,DC=NAMPR19A005,DC=PROD,DC=OUTLOOK,DC=COM'
    warning scope-group-gone: the scope's filter names a group that the tenant does not have, and finds nobody by it
    ");
}

#[test]
fn e23_members_of_members_are_out_of_reach() {
    let seed = "
groups:
  - { name: London, primarySmtpAddress: london@contoso.com, managedBy: [lynne.robbins@contoso.com], members: [thames@contoso.com] }
  - { name: All rooms, primarySmtpAddress: all@contoso.com, managedBy: [lynne.robbins@contoso.com], members: [london@contoso.com, louvre@contoso.com] }
";
    // Stated in the manifest.
    let both = "roomLists:
  london: { name: London, primarySmtpAddress: london@contoso.com, members: [thames@contoso.com] }
  all: { name: All rooms, primarySmtpAddress: all@contoso.com, members: [london@contoso.com, louvre@contoso.com] }
";
    assert_snapshot!(Case::with(seed, both).validation(), @"warning room-list-nested: `london@contoso.com` is itself a room list, roomLists.london; list its rooms instead: Room Finder does not look inside nested lists");
    // There in the tenant, in a group that the manifest only names.
    let scope = "managementScopes:\n  all: { name: All, memberOf: [all@contoso.com] }\n";
    assert_snapshot!(Case::with(seed, scope).brief(), @"
    create managementScopes.all (not in the tenant)
      name: - -> All
      recipientFilter: - -> MemberOfGroup -eq 'CN=All rooms20261102080000,OU=contoso.onmicrosoft.com,OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD,DC=OUTLOOK,DC=COM'
    warning nested-group: london@contoso.com, a member of the group all@contoso.com, is itself a group: its members are not reached through it
    ");
    // There in the tenant, in a list of the manifest.
    let list = "roomLists:\n  all: { name: All rooms, primarySmtpAddress: all@contoso.com, members: [london@contoso.com, louvre@contoso.com] }\n";
    assert_snapshot!(Case::with(seed, list).brief(), @"
    adopt roomLists.all (found in the tenant)
    warning nested-group: london@contoso.com, a member of the room list, is itself a group: its members are not reached through it
    ");
}

#[test]
fn e25_an_apostrophe_in_a_value_is_doubled() {
    let case =
        Case::new("managementScopes:\n  ohare: { name: O'Hare, recipientFilter: \"City -eq 'O''Hare'\" }\n");
    assert_snapshot!(case.calls(), @r#"New-ManagementScope {"Name":"O'Hare","RecipientRestrictionFilter":"City -eq 'O''Hare'"}"#);
    case.converges();
    // Where the text is made here, the apostrophe is doubled here.
    let case = Case::new(
        "roomLists:
  ohare: { name: O'Hare Rooms, primarySmtpAddress: ohare@contoso.com, managedBy: [lynne.robbins@contoso.com] }
managementScopes:
  ohare: { name: O'Hare, memberOf: [ohare] }
",
    );
    case.converges();
}
