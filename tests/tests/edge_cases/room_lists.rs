//! Room lists: who is meant by a name, what an empty list means, large memberships, names that somebody else gives.

use std::fmt::Write as _;

use insta::{allow_duplicates, assert_snapshot};
use serde_json::json;

use crate::case::Case;

const LIST: &str = "
roomLists:
  london:
    name: London Rooms
    primarySmtpAddress: rooms.london@contoso.com
    managedBy: [lynne.robbins@contoso.com]
    members: [boardroom@contoso.com, thames@contoso.com]
";

#[test]
fn e01_managed_by_comes_back_as_guids() {
    let case = Case::new(LIST);
    case.converges();
    let rows = case.rows("Get-DistributionGroup", json!({ "Identity": "rooms.london@contoso.com" }));
    let owner = rows[0]["ManagedBy"][0].as_str().expect("an owner");
    assert_eq!((owner.len(), owner.matches('-').count()), (36, 4), "the tenant tells a GUID: {owner}");
}

#[test]
fn e03_a_name_that_two_have_is_no_way_to_find_a_group() {
    let groups = "
groups:
  - { name: IT Team, primarySmtpAddress: it.team@contoso.com, kind: distribution }
  - { name: ITTeam_8c1f, alias: itteam, displayName: IT Team, primarySmtpAddress: itteam@contoso.com, kind: microsoft365 }
";
    // The address finds its own, whatever else has the name.
    let case = Case::with(
        &format!(
            "{groups}  - {{ name: Rooms IT, displayName: IT Team, primarySmtpAddress: rooms.it@contoso.com }}\n"
        ),
        "roomLists:\n  it: { name: Rooms IT, primarySmtpAddress: rooms.it@contoso.com, members: [boardroom@contoso.com] }\n",
    );
    assert_snapshot!(case.brief(), @"
    update roomLists.it (attributes differ)
      members: {} -> {boardroom@contoso.com}
    ");
    // A new list cannot have a name or an alias that others have: each of them is named.
    let case = Case::with(
        groups,
        "roomLists:\n  it: { name: IT Team, alias: itteam, primarySmtpAddress: rooms.it@contoso.com }\n",
    );
    assert_snapshot!(case.brief(), @r#"
    create roomLists.it (not in the tenant)
      primarySmtpAddress: - -> rooms.it@contoso.com
      name: - -> IT Team
      alias: - -> itteam
    error alias-taken: the alias itteam belongs to the GroupMailbox "ITTeam_8c1f"
    error name-taken: the name IT Team belongs to the MailUniversalDistributionGroup "IT Team"
    "#);
    // Where a principal is named, only an address or a key is taken.
    let case = Case::with(
        groups,
        "roomLists:\n  it: { name: Rooms IT, primarySmtpAddress: rooms.it@contoso.com, managedBy: [IT Team] }\n",
    );
    assert_snapshot!(case.validation(), @"error dangling-reference: there is no service account `IT Team` in serviceAccounts; add it under `serviceAccounts:`");
}

#[test]
fn e05_members_are_named_by_address_and_added_by_address() {
    let rooms = "
groups:
  - { name: Rooms, primarySmtpAddress: rooms@contoso.com, managedBy: [lynne.robbins@contoso.com] }
";
    let named =
        "roomLists:\n  all: { name: Rooms, primarySmtpAddress: rooms@contoso.com, members: [Room 1] }\n";
    let case = Case::with(rooms, named)
        .by_hand("Set-Mailbox", json!({ "Identity": "thames@contoso.com", "DisplayName": "Room 1" }))
        .by_hand("Set-Mailbox", json!({ "Identity": "tower@contoso.com", "DisplayName": "Room 1" }));
    assert_snapshot!(case.validation(), @"error address-without-at: an element of `members` must be an address, found `Room 1`; write the primary address: names are not unique in Exchange");
    let case = case.says(
        "roomLists:\n  all: { name: Rooms, primarySmtpAddress: rooms@contoso.com, members: [thames@contoso.com] }\n",
    );
    assert_snapshot!(case.calls(), @r#"Add-DistributionGroupMember {"Identity":"16ab11ed-ce60-49d1-9e4d-754bf499b8b2","BypassSecurityGroupManagerCheck":true,"Member":"thames@contoso.com"}"#);
    case.converges();
}

#[test]
fn e07_empty_is_not_the_same_as_left_out() {
    let seed = "
groups:
  - { name: Full, primarySmtpAddress: full@contoso.com, managedBy: [lynne.robbins@contoso.com], members: [thames@contoso.com, tower@contoso.com] }
  - { name: Bare, primarySmtpAddress: bare@contoso.com, managedBy: [lynne.robbins@contoso.com] }
";
    let list = |name: &str, members: &str| {
        let address = name.to_lowercase();
        format!("roomLists:\n  one: {{ name: {name}, primarySmtpAddress: {address}@contoso.com{members} }}\n")
    };
    // [wanted] [there]: nothing and nothing, left out and two, null and two, nothing and two.
    for (text, settled) in [
        (list("Bare", ", members: []"), true),
        (list("Bare", ", members: null"), true),
        (list("Full", ""), true),
        (list("Full", ", members: null"), false),
        (list("Full", ", members: []"), false),
    ] {
        let case = Case::with(seed, &text);
        if settled {
            case.is_settled();
        } else {
            allow_duplicates!(assert_snapshot!(case.brief(), @"
            update roomLists.one (attributes differ)
              members: {thames@contoso.com, tower@contoso.com} -> {}
            warning emptied: all 2 members of roomLists.one go
            "));
        }
        case.converges();
    }
}

#[test]
fn e43_a_large_membership_goes_in_portions_and_is_gone_on_with() {
    let mut manifest = String::from(
        "roomLists:\n  all:\n    name: All rooms\n    primarySmtpAddress: all@contoso.com\n    managedBy: [lynne.robbins@contoso.com]\n    members:\n",
    );
    let first = (1..=5_020).map(|number| format!("room-{number:05}@contoso.com"));
    for address in first {
        let _ = writeln!(manifest, "      - {address}");
    }
    let seed = "generate: { rooms: 5020, lists: 0 }\n";
    let case = Case::with(seed, &manifest);
    let plan = case.plan();
    let json = serde_json::to_value(&plan).expect("JSON");
    let operations = json["changes"][0]["operations"].as_array().expect("operations");
    let at_once = operations[0]["call"]["parameters"]["Members"].as_array().expect("members");
    assert_eq!(at_once.len(), 5_000, "no call has more");
    // The connection fails for good while the rest is added.
    let case = case.fault(
        &json!({ "failNext": [{ "cmdlet": "Add-DistributionGroupMember", "times": 7, "status": 403 }] }),
    );
    let _ = case.apply().exits(3);
    let before = case.written().len();
    case.converges();
    let added = case.written().split_off(before);
    assert!(added.iter().all(|name| name == "Add-DistributionGroupMember"), "{added:?}");
    assert!((1..=20).contains(&added.len()), "only what was missing: {}", added.len());
}

#[test]
fn e58_whoever_applies_need_not_own_the_group() {
    let seed = "
groups:
  - { name: Old, primarySmtpAddress: old@contoso.com, managedBy: [lynne.robbins@contoso.com] }
";
    let absent = "roomLists:\n  old: { primarySmtpAddress: old@contoso.com, ensure: absent }\n";
    let case = Case::with(seed, absent);
    assert_snapshot!(case.calls(), @r#"Remove-DistributionGroup {"Identity":"16ab11ed-ce60-49d1-9e4d-754bf499b8b2","BypassSecurityGroupManagerCheck":true,"Confirm":false}"#);
    case.converges();
    // Where the role is missing, the refusal says which one.
    let case = Case::with(seed, absent)
        .fault(&json!({ "failNext": [{ "cmdlet": "Remove-DistributionGroup", "times": 3, "status": 403 }] }));
    let ran = case.apply().exits(1);
    let said = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in
        ["the caller needs the Exchange role Distribution Groups", "Security Group Creation and Membership"]
    {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn e60_a_list_that_a_naming_policy_renamed_is_still_the_same_list() {
    let case = Case::new(LIST);
    case.converges();
    let case = case.by_hand(
        "Set-DistributionGroup",
        json!({ "Identity": "rooms.london@contoso.com", "Name": "EMEA_London Rooms_grp" }),
    );
    assert_snapshot!(case.brief(), @r#"
    update roomLists.london (attributes differ)
      name: EMEA_London Rooms_grp -> London Rooms
    warning name-by-policy: the room list is called "EMEA_London Rooms_grp", which has the stated name in it: a group naming policy may have renamed it
    "#);
    let case = case.says(&LIST.replace("    managedBy", "    ignoreNamingPolicy: true\n    managedBy"));
    assert_snapshot!(case.calls(), @r#"Set-DistributionGroup {"Identity":"16ab11ed-ce60-49d1-9e4d-754bf499b8b2","BypassSecurityGroupManagerCheck":true,"Name":"London Rooms","IgnoreNamingPolicy":true}"#);
    case.converges();
    // A new list takes part in the policy or not, too.
    let case = Case::new(&LIST.replace("    managedBy", "    ignoreNamingPolicy: true\n    managedBy"));
    assert_eq!(case.calls().matches("\"IgnoreNamingPolicy\":true").count(), 1);
}

#[test]
fn e61_what_exchange_derives_from_a_name_is_never_compared() {
    let list =
        "roomLists:\n  south: { name: Räume München – Süd, primarySmtpAddress: raeume.sued@contoso.com }\n";
    let case = Case::new(list);
    assert_snapshot!(case.validation(), @"warning alias-needed: without `alias`, Exchange would derive one with `?` in place of `–`; add `alias`: Exchange replaces other letters in the name by `?`");
    assert_snapshot!(case.calls(), @r#"New-DistributionGroup {"Name":"Räume München – Süd","PrimarySmtpAddress":"raeume.sued@contoso.com","RoomList":true}"#);
    case.converges();
    let alias = "roomLists:\n  south: { name: Räume München – Süd, alias: raeume.sued, primarySmtpAddress: raeume.sued@contoso.com }\n";
    let case = case.says(alias);
    assert_eq!(case.validation(), "");
    case.converges();
}
