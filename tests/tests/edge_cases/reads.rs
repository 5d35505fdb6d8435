//! Reading: answers that fail, that answer something else, that are empty or dressed up, and what is told of caches.

use anteroom_model::change::Action;
use anteroom_tests::forged::{Answer, Asked};
use serde_json::{Value as Json, json};

use crate::case::Case;

const MANIFEST: &str = "
roomLists:
  london:
    name: London Rooms
    primarySmtpAddress: rooms.london@contoso.com
    managedBy: [lynne.robbins@contoso.com]
    members: [boardroom@contoso.com]
managementScopes:
  rooms: { name: Rooms, memberOf: [london] }
roleGroups:
  managers: { name: Room Managers, roles: [Mail Recipients], members: [lynne.robbins@contoso.com] }
roleAssignments:
  recipients: { name: Recipients, role: Mail Recipients, user: lynne.robbins@contoso.com, scope: rooms }
";

#[test]
fn e40_a_read_that_failed_is_not_taken_for_absent() {
    let case = Case::new(MANIFEST);
    case.converges();
    for cmdlet in
        ["Get-DistributionGroup", "Get-ManagementScope", "Get-RoleGroup", "Get-ManagementRoleAssignment"]
    {
        let case = Case::new(MANIFEST).fault(&json!({ "unreadable": [cmdlet] }));
        let plan = case.plan();
        assert!(!plan.is_applicable(), "{cmdlet}");
        let blocked = plan.summary.blocked;
        assert!(blocked > 0, "{cmdlet}");
        // 1 is an error; 2 would be drift.
        let _ = case.world.run(&["drift", "--retries", "0"]).exits(1);
        let _ = case.world.run(&["plan", "--detailed-exitcode", "--retries", "0"]).exits(1);
        let _ = case.world.run(&["apply", "--auto-approve", "--retries", "0"]).exits(1);
        assert_eq!(case.written(), Vec::<String>::new(), "{cmdlet}");
    }
}

/// Answers about whatever there is in place of what was asked for by identity, and by filter, too, where `filters`.
fn everything(filters: bool, rows: usize) -> impl Fn(&Asked, &mut Answer) {
    move |asked, answer| {
        let group = |address: &str| {
            json!({
                "Name": address, "PrimarySmtpAddress": address, "Guid": "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10",
                "EmailAddresses": [format!("SMTP:{address}")], "RecipientTypeDetails": "RoomList",
                "DistinguishedName": format!("CN={address},DC=x"), "ManagedBy": [],
            })
        };
        let filtered = filters && asked.input["Filter"].is_string();
        if asked.name == "Get-DistributionGroup" && (asked.input["Identity"].is_string() || filtered) {
            let all = [group("one@contoso.com"), group("two@contoso.com")];
            answer.status = 200;
            answer.body = json!({ "value": all[..rows] });
        }
    }
}

#[test]
fn e41_an_answer_about_everything_is_no_match() {
    for rows in [1, 2] {
        // A list that is there is found by another question, and one that is not is not made out of another.
        let case = Case::new(MANIFEST);
        case.converges();
        let case = case.forged(everything(false, rows));
        let _ = case.world.run(&["plan", "--detailed-exitcode"]).exits(0);
        let case = Case::new(MANIFEST).forged(everything(false, rows));
        let plan = case.plan();
        assert_eq!((plan.summary.create, plan.summary.adopt), (4, 0), "{rows}");
        // Where that question is answered with everything, too, nothing is known of the list.
        let case = Case::new(MANIFEST).forged(everything(true, rows));
        let plan = case.plan();
        let (london, rooms) = (&plan.changes[0], &plan.changes[1]);
        assert_eq!((london.address.as_str(), london.action), ("roomLists.london", Action::Blocked), "{rows}");
        assert_eq!((rooms.address.as_str(), rooms.action), ("managementScopes.rooms", Action::Blocked));
        let unreadable = plan.diagnostics.iter().find(|one| one.id == "unreadable").expect("an error");
        assert!(unreadable.summary.contains("the answer is about one@contoso.com instead"), "{unreadable:?}");
        let _ = case.apply().exits(1);
        assert_eq!(case.written(), Vec::<String>::new(), "{rows}");
    }
}

#[test]
fn e44_a_list_of_built_in_objects_that_comes_back_empty_is_read_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};

    let empty = |times: usize, cmdlet: &'static str| {
        let told = AtomicUsize::new(0);
        move |asked: &Asked, answer: &mut Answer| {
            if asked.name == cmdlet && told.fetch_add(1, Ordering::Relaxed) < times {
                answer.body = json!({ "value": [] });
            }
        }
    };
    for cmdlet in ["Get-ManagementRole", "Get-RoleGroup", "Get-ManagementRoleAssignment"] {
        let case = Case::new(MANIFEST);
        case.converges();
        let case = case.forged(empty(1, cmdlet));
        let _ = case.world.run(&["plan", "--detailed-exitcode"]).exits(0);
        // Empty for good is an error, never a reason to make or remove anything.
        let case = Case::new(MANIFEST).forged(empty(usize::MAX, cmdlet));
        let plan = case.plan();
        // The list of roles only serves to check their names; without it, the service checks them.
        let needed = cmdlet != "Get-ManagementRole";
        assert_eq!((plan.summary.blocked > 0, !plan.is_applicable()), (needed, needed), "{cmdlet}");
    }
    // Where a tenant may well have none, empty is believed.
    let case =
        Case::new("managementScopes:\n  rooms: { name: Rooms, recipientFilter: \"City -eq 'London'\" }\n");
    assert_eq!(case.plan().summary.create, 1);
}

#[test]
fn e54_what_takes_longer_than_the_answer_is_told() {
    let case = Case::new(
        "applications:
  vendor: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Vendor }
managementScopes:
  rooms: { name: Rooms, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox'\" }
roleAssignments:
  calendars: { name: VendorCalendars, role: Application Calendars.ReadWrite, app: vendor, scope: rooms }
",
    );
    let ran = case.apply().exits(0);
    let told = format!("{}{}", ran.stdout, ran.stderr);
    assert!(told.contains("2 hours"), "{told}");
}

/// Every property with the annotations that the service may send, `null` left out.
fn annotated(value: &mut Json) {
    match value {
        Json::Array(values) => values.iter_mut().for_each(annotated),
        Json::Object(map) => {
            let old = std::mem::take(map);
            for (name, mut value) in old {
                if value.is_null() {
                    continue;
                }
                annotated(&mut value);
                if !name.contains('@') {
                    map.insert(format!("{name}@odata.type"), json!("#String"));
                    map.insert(format!("{name}@data.type"), json!("System.String"));
                }
                map.insert(name, value);
            }
            map.insert("WhenCreated".to_owned(), json!("2026-11-02T08:00:00.0000000+00:00"));
            map.insert("WhenCreated@data.type".to_owned(), json!("System.DateTime"));
        }
        _ => {}
    }
}

#[test]
fn e74_annotations_are_no_properties_and_absent_is_null() {
    let case = Case::new(MANIFEST).forged(|asked, answer| {
        if asked.name.starts_with("Get-") && answer.status == 200 {
            annotated(&mut answer.body["value"]);
        }
    });
    case.converges();
    let case = case.says(&MANIFEST.replace("memberOf: [london]", "memberOf: [london], recipientRoot: null"));
    case.is_settled();
}
