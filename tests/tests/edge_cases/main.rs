//! What other tools for Exchange got wrong, as cases: each has its id, its title and what is expected in
//! `tests/data/edge_cases.json`, and a test whose name begins with the id.

mod accounts;
mod applications;
mod case;
mod organization;
mod reads;
mod role_assignments;
mod role_groups;
mod room_lists;
mod scopes;

use std::collections::BTreeMap;

use serde_json::Value as Json;

const CASES: &str = include_str!("../../data/edge_cases.json");

/// Where the tests stand.
const SOURCES: [&str; 8] = [
    include_str!("accounts.rs"),
    include_str!("applications.rs"),
    include_str!("organization.rs"),
    include_str!("reads.rs"),
    include_str!("role_assignments.rs"),
    include_str!("role_groups.rs"),
    include_str!("room_lists.rs"),
    include_str!("scopes.rs"),
];

/// Cases that cannot happen here, each with the reason.
const CANNOT_APPLY: [(&str, &str); 6] = [
    ("E53", "places are no kind of this project: nothing reads Microsoft Graph's places"),
    ("E63", "places are no kind of this project, and nothing exports them"),
    ("E64", "places are no kind of this project; the cities of rooms are only read, by recipient filters"),
    ("E67", "group membership of accounts is no attribute: licences are assigned to the account alone"),
    ("E72", "application access policies are no kind of this project; role assignments replace them"),
    ("E73", "application access policies are no kind of this project, and none is migrated yet"),
];

#[test]
fn every_case_is_tested_or_excused_and_none_twice() {
    let cases: Vec<Json> = serde_json::from_str(CASES).expect("JSON");
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for source in SOURCES {
        for after in source.split("#[test]\nfn e").skip(1) {
            let number = &after[..2];
            assert!(number.bytes().all(|b| b.is_ascii_digit()) && &after[2..3] == "_", "{}", &after[..40]);
            *told.entry(format!("E{number}")).or_default() += 1;
        }
    }
    for (id, reason) in CANNOT_APPLY {
        assert!(reason.len() > 20, "{id} needs a reason");
        *told.entry(id.to_owned()).or_default() += 1;
    }
    for case in &cases {
        let id = case["id"].as_str().expect("an id");
        let count = told.remove(id).unwrap_or_default();
        assert_eq!(count, 1, "{id} is told {count} times: {}", case["title"]);
    }
    assert!(told.is_empty(), "no such case: {told:?}");
}
