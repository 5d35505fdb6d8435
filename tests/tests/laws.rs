//! Laws of planning that hold for any manifest and any tenant.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anteroom_model::change::Action;
use anteroom_model::manifest::Manifest;
use anteroom_model::plan::Plan;
use anteroom_model::snapshot::Observation;
use anteroom_model::value::{Outputs, Value};
use anteroom_tests::build::{Observed, desired};
use proptest::prelude::*;

/// One list, scope or assignment of a random manifest.
#[derive(Clone, Debug)]
struct Entry {
    absent: bool,
    name: u8,
    members: Vec<u8>,
    max: Option<u8>,
    refers: Vec<prop::sample::Index>,
}

fn entry() -> impl Strategy<Value = Entry> {
    (
        prop::bool::weighted(0.2),
        0u8..4,
        prop::collection::vec(0u8..12, 0..8),
        prop::option::weighted(0.3, 1u8..4),
        prop::collection::vec(any::<prop::sample::Index>(), 1..3),
    )
        .prop_map(|(absent, name, members, max, refers)| Entry { absent, name, members, max, refers })
}

/// A manifest of lists, scopes over them and assignments with these scopes. What refers to something absent is absent.
fn manifest(lists: &[Entry], scopes: &[Entry], assignments: &[Entry]) -> Manifest {
    let mut text = String::from("policy: { maxDeletions: 1000 }\n");
    let ensure = |absent: bool| if absent { ", ensure: absent" } else { "" };
    text.push_str("roomLists:\n");
    for (index, list) in lists.iter().enumerate() {
        let members: BTreeSet<String> =
            list.members.iter().map(|member| format!("r{member}@contoso.com")).collect();
        let members = members.into_iter().collect::<Vec<_>>().join(", ");
        let max = list.max.map(|max| format!(", maxMembers: {max}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "  l{index}: {{ name: N{index}-{}, primarySmtpAddress: l{index}@contoso.com, members: [{members}]{max}{} }}",
            list.name,
            ensure(list.absent)
        );
    }
    let absent = |entry: &Entry, behind: &[bool]| {
        entry.absent || entry.refers.iter().any(|one| behind[one.index(behind.len())])
    };
    let lists_absent: Vec<bool> = lists.iter().map(|list| list.absent).collect();
    text.push_str("managementScopes:\n");
    let mut taken = BTreeSet::new();
    for (index, scope) in scopes.iter().enumerate() {
        let members: BTreeSet<String> =
            scope.refers.iter().map(|one| format!("l{}", one.index(lists.len()))).collect();
        let members = members.into_iter().collect::<Vec<_>>().join(", ");
        // Two scopes that find the same recipients are refused.
        let filter = if taken.insert(members.clone()) {
            format!("memberOf: [{members}]")
        } else {
            format!("recipientFilter: \"City -eq 'C{index}'\"")
        };
        let _ = writeln!(
            text,
            "  s{index}: {{ name: S{index}, {filter}, exclusive: {}{} }}",
            scope.name == 0,
            ensure(absent(scope, &lists_absent))
        );
    }
    let scopes_absent: Vec<bool> = scopes.iter().map(|scope| absent(scope, &lists_absent)).collect();
    text.push_str("roleAssignments:\n");
    for (index, one) in assignments.iter().enumerate() {
        let scope = one.refers[0].index(scopes.len());
        let _ = writeln!(
            text,
            "  a{index}: {{ name: A{index}, role: Mail Recipients, user: u{}-{index}@contoso.com, scope: s{scope}{} }}",
            one.name,
            ensure(one.absent || scopes_absent[scope])
        );
    }
    desired(&text)
}

/// The tenant after a plan was carried out, on paper.
fn carry_out(plan: &Plan, mut observed: Observed) -> Observed {
    let mut known = Outputs::new();
    for change in &plan.changes {
        match change.action {
            Action::Delete => observed = observed.without(change.address.as_str()),
            Action::Create | Action::Update | Action::Replace => {
                observed = observed.with(change.address.as_str(), |mut object| {
                    for attribute in &change.attributes {
                        let after = match &attribute.after {
                            Value::Template { template } => {
                                Value::Text(template.resolve(&known).expect("known by now"))
                            }
                            other => other.clone(),
                        };
                        object = object.value(&attribute.path, after);
                    }
                    let name = object.0.text("name").unwrap_or_default().to_owned();
                    object.output("distinguishedName", &format!("CN={name},DC=x"))
                });
            }
            Action::Adopt | Action::NoOp | Action::Blocked => {}
        }
        if let Some(Observation::Present(object)) = observed.0.observations.get(&change.address)
            && let Some(name) = object.outputs.get("distinguishedName")
        {
            known.insert((change.address.clone(), "distinguishedName".to_owned()), name.clone());
        }
    }
    observed
}

fn entries(most: usize) -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(entry(), 1..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// From any state that one manifest describes to any other: carrying out the plan reaches it, and the next plan is
    /// empty; every change stands behind those it waits for; the same inputs give the same bytes.
    #[test]
    fn carrying_out_a_plan_reaches_what_the_manifest_says(
        before in (entries(4), entries(3), entries(3)),
        after in (entries(4), entries(3), entries(3)),
    ) {
        let first = manifest(&before.0, &before.1, &before.2);
        let second = manifest(&after.0, &after.1, &after.2);
        let mut observed = Observed::empty(&second);
        for (address, nothing) in Observed::empty(&first).0.observations {
            observed.0.observations.insert(address, nothing);
        }
        let plan = observed.clone().plan(&first);
        prop_assert!(plan.is_applicable(), "{:?}", plan.diagnostics);
        observed = carry_out(&plan, observed);
        prop_assert!(!observed.clone().plan(&first).has_changes());

        let plan = observed.clone().plan(&second);
        prop_assert!(plan.is_applicable(), "{:?}", plan.diagnostics);
        let again = observed.clone().plan(&second);
        prop_assert_eq!(serde_json::to_string(&plan).unwrap(), serde_json::to_string(&again).unwrap());
        let mut seen = BTreeSet::new();
        for change in &plan.changes {
            for needed in &change.depends_on {
                prop_assert!(seen.contains(needed), "{} stands before {needed}", change.address);
            }
            seen.insert(change.address.clone());
        }
        let observed = carry_out(&plan, observed);
        let third = observed.plan(&second);
        prop_assert!(!third.has_changes(), "{}", anteroom_tests::build::brief(&third));
    }
}
