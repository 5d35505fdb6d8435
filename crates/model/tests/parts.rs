//! Room lists over their size: which lists they become.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write;

use anteroom_model::address::Address;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Object, Observation, Snapshot};
use anteroom_model::value::Value;
use common::one;
use proptest::prelude::*;

fn list(limit: usize, members: &[String]) -> Resource {
    let text = format!(
        "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\nroomLists:\n  london:\n    name: Rooms\n    alias: rooms\n    \
         displayName: Rooms of London\n    primarySmtpAddress: rooms@contoso.com\n    maxMembers: {limit}\n    members: [{}]\n",
        members.join(", ")
    );
    let manifest = one(&text).manifest.expect("no errors");
    manifest.resources.into_values().next().expect("one")
}

fn rooms(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("r{number}@contoso.com")).collect()
}

fn expand(list: &Resource, snapshot: &Snapshot) -> Vec<Resource> {
    list.kind.expand.expect("room lists split")(list, snapshot)
}

/// A tenant in which the parts have these members.
fn tenant(list: &Resource, parts: &[Vec<String>]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for (index, members) in parts.iter().enumerate() {
        let mut object = Object::default();
        object
            .attributes
            .insert("members".into(), Value::Set(members.iter().map(|m| m.to_uppercase()).collect()));
        snapshot.observations.insert(list.address.part(index + 1), Observation::Present(object));
    }
    snapshot.observations.insert(list.address.part(parts.len() + 1), Observation::Absent);
    snapshot
}

fn shown(parts: &[Resource]) -> String {
    let mut text = String::new();
    for part in parts {
        let names =
            ["name", "alias", "displayName", "primarySmtpAddress"].map(|name| part.text(name).unwrap_or("-"));
        let members = part.get("members").map(Value::elements).unwrap_or_default();
        writeln!(text, "{} {:?} {} | {}", part.address, part.ensure, names.join(", "), members.join(" "))
            .expect("text");
    }
    text
}

#[test]
fn a_new_list_fills_its_parts_in_order() {
    let list = list(2, &rooms(1..=5));
    insta::assert_snapshot!(shown(&expand(&list, &Snapshot::default())), @r#"
    roomLists.london Present Rooms, rooms, Rooms of London, rooms@contoso.com | r1@contoso.com r2@contoso.com
    roomLists.london[2] Present Rooms 2, rooms.2, Rooms of London 2, rooms.2@contoso.com | r3@contoso.com r4@contoso.com
    roomLists.london[3] Present Rooms 3, rooms.3, Rooms of London 3, rooms.3@contoso.com | r5@contoso.com
    "#);
}

#[test]
fn whoever_is_in_a_part_stays_and_newcomers_fill_the_gaps() {
    let list = list(2, &rooms([1, 3, 4, 6, 7]));
    let snapshot = tenant(&list, &[rooms([1, 2]), rooms([3, 4]), rooms([5])]);
    insta::assert_snapshot!(shown(&expand(&list, &snapshot)), @r#"
    roomLists.london Present Rooms, rooms, Rooms of London, rooms@contoso.com | r1@contoso.com r6@contoso.com
    roomLists.london[2] Present Rooms 2, rooms.2, Rooms of London 2, rooms.2@contoso.com | r3@contoso.com r4@contoso.com
    roomLists.london[3] Present Rooms 3, rooms.3, Rooms of London 3, rooms.3@contoso.com | r7@contoso.com
    "#);
}

#[test]
fn parts_at_the_end_that_are_no_longer_needed_are_to_be_absent() {
    let list = list(2, &rooms([1, 2]));
    let snapshot = tenant(&list, &[rooms([1, 2]), rooms([3, 4]), rooms([5])]);
    insta::assert_snapshot!(shown(&expand(&list, &snapshot)), @r#"
    roomLists.london Present Rooms, rooms, Rooms of London, rooms@contoso.com | r1@contoso.com r2@contoso.com
    roomLists.london[2] Absent Rooms 2, rooms.2, Rooms of London 2, rooms.2@contoso.com | 
    roomLists.london[3] Absent Rooms 3, rooms.3, Rooms of London 3, rooms.3@contoso.com |
    "#);
}

#[test]
fn an_absent_list_takes_its_parts_with_it() {
    let mut list = list(2, &[]);
    list.ensure = Ensure::Absent;
    let snapshot = tenant(&list, &[rooms([1, 2]), rooms([3])]);
    insta::assert_snapshot!(shown(&expand(&list, &snapshot)), @r#"
    roomLists.london Absent Rooms, rooms, Rooms of London, rooms@contoso.com | 
    roomLists.london[2] Absent Rooms 2, rooms.2, Rooms of London 2, rooms.2@contoso.com |
    "#);
}

#[test]
fn an_unreadable_part_holds_the_others_back() {
    let list = list(2, &rooms(1..=4));
    let mut snapshot = tenant(&list, &[rooms([1, 2]), rooms([3, 4])]);
    let unreadable = Observation::Unreadable(Diagnostic::error("timeout", "timed out"));
    snapshot.observations.insert(list.address.part(2), unreadable);
    let parts = expand(&list, &snapshot);
    assert!(parts[0].depends_on.contains(&list.address.part(2)));
    assert!(!parts[1].depends_on.contains(&list.address));
}

#[test]
fn without_a_limit_or_without_members_a_list_is_one() {
    let mut plain = list(2, &rooms(1..=5));
    plain.attributes.shift_remove("maxMembers");
    assert_eq!(expand(&plain, &Snapshot::default()), [plain.clone()]);
    assert_eq!(plain.kind.part(&plain, 2), None);
    let mut unmanaged = list(2, &[]);
    unmanaged.attributes.shift_remove("members");
    assert_eq!(expand(&unmanaged, &Snapshot::default()), [unmanaged.clone()]);
    assert_eq!(
        unmanaged.kind.part(&unmanaged, 2).map(|part| part.address),
        Some(Address::from("roomLists.london[2]"))
    );
}

#[test]
fn what_a_filter_finds_is_added_once() {
    let text = "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\nroomLists:\n  london:\n    primarySmtpAddress: a@contoso.com\n    \
                members: [R1@contoso.com]\n    membersFrom: [{ filter: \"{City -eq 'x'}\" }]\n";
    let manifest = one(text).manifest.expect("no errors");
    let list = manifest.resources.values().next().expect("one");
    let mut snapshot = Snapshot::default();
    assert_eq!(list.with_queries(&snapshot).expect_err("nobody asked").id, "not-observed");
    snapshot.queries.insert("City -eq 'x'".into(), Ok(rooms([1, 2])));
    let merged = list.with_queries(&snapshot).expect("known");
    assert_eq!(
        merged.get("members"),
        Some(&Value::Set(vec!["R1@contoso.com".into(), "r2@contoso.com".into()]))
    );
    assert!(merged.queries.is_empty());
    snapshot.queries.insert("City -eq 'x'".into(), Err(Diagnostic::error("timeout", "timed out")));
    assert_eq!(list.with_queries(&snapshot).expect_err("unreadable").address.as_ref(), Some(&list.address));
}

proptest! {
    /// Nobody is lost, nobody is there twice, no part is too large, nobody moves who need not, and a second time
    /// nothing changes.
    #[test]
    fn spreading_is_complete_and_stable(
        limit in 1usize..6,
        before in proptest::collection::vec(0usize..40, 0..30),
        after in proptest::collection::vec(0usize..40, 0..30),
    ) {
        let unique = |numbers: &[usize]| rooms(numbers.iter().copied().collect::<BTreeSet<_>>());
        let (before, after) = (unique(&before), unique(&after));
        let first = expand(&list(limit, &before), &Snapshot::default());
        let members = |parts: &[Resource]| -> Vec<Vec<String>> {
            parts
                .iter()
                .filter(|part| part.ensure == Ensure::Present)
                .map(|part| part.get("members").map(Value::elements).unwrap_or_default().to_vec())
                .collect()
        };
        let wanted = list(limit, &after);
        let second = expand(&wanted, &tenant(&wanted, &members(&first)));
        let spread = members(&second);
        prop_assert!(spread.iter().all(|part| part.len() <= limit));
        let mut all: Vec<String> = spread.concat();
        all.sort();
        let mut expected = after.clone();
        expected.sort();
        prop_assert_eq!(all, expected);
        for (number, part) in members(&first).iter().enumerate() {
            for room in part.iter().filter(|room| after.contains(room)) {
                prop_assert!(spread.get(number).is_some_and(|part| part.contains(room)), "{} moved", room);
            }
        }
        let third = expand(&wanted, &tenant(&wanted, &spread));
        let sorted = |mut parts: Vec<Vec<String>>| {
            for part in &mut parts {
                part.sort();
            }
            parts
        };
        prop_assert_eq!(sorted(members(&third)), sorted(spread));
    }
}
