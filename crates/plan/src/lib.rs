//! The pure planner: manifest, snapshot, state and policy become a plan.
//!
//! Nothing here does I/O, waits, reads a clock or draws a random number, so the same inputs give the same bytes.
//! A plan is made in five steps: members that filters name are filled in and split lists spread over their parts;
//! every resource is compared with its object; each change is compiled to operations by the [`Compile`] that is handed in;
//! the graph of changes is drawn; guards look at the whole.

mod compare;
mod difference;
mod drift;
mod fingerprint;
mod guard;
mod order;
mod select;
mod settled;
mod untold;

use std::collections::{BTreeMap, BTreeSet};

use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change, Reason};
use anteroom_model::diagnostic::{self, Diagnostic};
use anteroom_model::kinds;
use anteroom_model::manifest::{Manifest, MaxDeletions};
use anteroom_model::plan::{FORMAT_VERSION, Plan, Summary};
use anteroom_model::ports::Compile;
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Observation, Snapshot};
use anteroom_model::state::State;
use anteroom_model::value::{Outputs, Value};

pub use drift::{Drift, Drifted, DriftedAttribute, What, drift};
pub use fingerprint::{ABSENT, Moved, fingerprint, stale};
pub use order::graph_text;
pub use select::{Selection, resources};
pub use settled::{delays, settled, settling};

use difference::{carried_out, difference, fill};
use order::{Planned, whole};
use untold::Untold;

/// The section of pseudo addresses for groups that the manifest names and does not manage: `groups.rooms@contoso.com`.
const FOREIGN_GROUPS: &str = "groups";

/// Everything a plan is made of.
pub struct Inputs<'a> {
    /// What should be.
    pub manifest: &'a Manifest,
    /// What is. It covers [`resources`] of the same manifest and selection.
    pub snapshot: Snapshot,
    /// What was applied before; none where nothing is remembered.
    pub state: Option<&'a State>,
    /// Which part of the manifest is planned.
    pub selection: &'a Selection,
    /// What the command line says against the policy.
    pub overrides: &'a Overrides,
    /// The version of the program, for the plan.
    pub tool_version: &'a str,
}

/// What a person says on the command line against the policy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The limit on deletions.
    pub max_deletions: Option<MaxDeletions>,
    /// An empty manifest is meant.
    pub allow_empty: bool,
}

/// Makes a plan. It never fails: what is wrong is among the plan's diagnostics, and a plan with an error is not
/// applicable.
pub fn plan(inputs: Inputs<'_>, compiler: &dyn Compile) -> Plan {
    let Inputs { manifest, mut snapshot, state, selection, overrides, tool_version } = inputs;
    let mut diagnostics = std::mem::take(&mut snapshot.diagnostics);
    diagnostics.extend(guard::empty(manifest, overrides));
    diagnostics.extend(guard::reach(manifest));

    let Expanded { resources, mut unreadable } = expand(resources(manifest, selection), &snapshot);
    let customized = resources.iter().any(|resource| resource.text("customization").is_some());
    snapshot.facts.insert("customizationPlanned".to_owned(), customized.to_string());

    if !selection.is_partial() {
        diagnostics.extend(guard::left_behind(state, &resources));
    }

    let order = by_dependency(&resources);
    let mut known = known_outputs(&snapshot);
    let mut planned: Vec<Option<Planned>> = resources.iter().map(|_| None).collect();
    let mut waiting: Vec<Option<Resource>> = resources.into_iter().map(Some).collect();
    let mut blocked: BTreeSet<Address> = BTreeSet::new();
    // Resources that were read and cannot be carried out: of what depends on them, more is known.
    let mut refused: BTreeSet<Address> = BTreeSet::new();
    for index in order {
        let Some(mut resource) = waiting[index].take() else { continue };
        let observation = snapshot.observations.get(&resource.address);
        // Both before gaps are filled: what fills them is part of what the plan relies on.
        let subject = resource.subject();
        let seen = observation.map(|seen| fingerprint(&subject, seen, &snapshot)).unwrap_or_default();
        let missing = missing_groups(&resource, &snapshot, manifest);
        fill(&mut resource, &known);
        let mut failed: Vec<Diagnostic> = unreadable.remove(&resource.address).into_iter().collect();
        match observation {
            Some(Observation::Unreadable(diagnostic)) => failed.push(diagnostic.clone()),
            None => failed.push(not_observed(&resource)),
            Some(_) => {}
        }
        failed.extend(missing);
        let waits_for_blocked = resource.depends_on.iter().any(|address| blocked.contains(address));
        let waits_for_refused = resource.depends_on.iter().any(|address| refused.contains(address));
        let object = snapshot.object(&resource.address);
        let mut change = Change {
            address: resource.address.clone(),
            kind: resource.kind,
            label: resource.label().to_owned(),
            action: Action::Blocked,
            reason: Reason::Unreadable,
            attributes: Vec::new(),
            depends_on: Vec::new(),
            cleanup_after: Vec::new(),
            fingerprint: seen,
            id: object.map(|object| object.id.clone()),
            operations: Vec::new(),
            subject,
        };
        if !failed.is_empty() || waits_for_blocked {
            if failed.is_empty() {
                change.reason = Reason::DependencyBlocked;
            }
            blocked.insert(whole(&resource.address));
            diagnostics.append(&mut failed);
            planned[index] = Some(Planned { resource, change });
            continue;
        }
        let remembered = state.is_some_and(|state| state.resources.contains_key(&resource.address));
        let found = difference(&resource, object, &snapshot.identities, remembered);
        (change.action, change.reason, change.attributes) = (found.action, found.reason, found.attributes);
        forget_outputs(&change, &mut known);
        diagnostics.extend(object.into_iter().flat_map(|object| object.remarks.iter().cloned()));
        if change.action.writes() && waits_for_refused {
            // What a new object would have is in the manifest; how one that is there differs is news.
            if change.action == Action::Create {
                change.attributes.clear();
            }
            (change.action, change.reason) = (Action::Blocked, Reason::DependencyBlocked);
            refused.insert(whole(&resource.address));
        } else if change.action.writes() {
            diagnostics.extend(carry_out(&mut change, &resource, &snapshot, manifest, compiler));
            if change.action == Action::Blocked {
                refused.insert(whole(&resource.address));
            }
        }
        planned[index] = Some(Planned { resource, change });
    }
    let mut planned: Vec<Planned> = planned.into_iter().flatten().collect();
    order::connect(&mut planned);
    diagnostics.extend(uses_left(&planned, &snapshot));
    diagnostics.extend(Untold::of(planned.iter().map(|one| (&one.resource, one.change.action))).note());
    let changes = planned.into_iter().map(|one| one.change).collect();
    let (changes, cycles) = order::sort(changes);
    diagnostics.extend(cycles);
    diagnostics.extend(guard::deletions(&changes, manifest, overrides));
    diagnostic::sort(&mut diagnostics);
    diagnostics.dedup();
    Plan {
        format_version: FORMAT_VERSION.to_owned(),
        tool_version: tool_version.to_owned(),
        tenant: manifest.tenant.clone(),
        target: manifest.edition,
        cloud: manifest.cloud,
        manifest_digest: manifest.digest.clone(),
        partial: selection.is_partial(),
        summary: Summary::of(&changes),
        changes,
        diagnostics,
        observation: snapshot.cost,
    }
}

/// Fills in the operations of a change, or blocks it, and tells what a person should know of it.
fn carry_out(
    change: &mut Change,
    resource: &Resource,
    snapshot: &Snapshot,
    manifest: &Manifest,
    compiler: &dyn Compile,
) -> Vec<Diagnostic> {
    let mut diagnostics: Vec<Diagnostic> = guard::protection(change, resource).into_iter().collect();
    diagnostics.extend(guard::emptied(change, resource));
    let remarks = resource.kind.remarks.iter().flat_map(|remarks| remarks(change, resource));
    diagnostics.extend(remarks.map(|remark| remark.at(&manifest.sources, resource.place)));
    let object = snapshot.object(&resource.address);
    match compiler.compile(change, &carried_out(resource, object), snapshot) {
        Ok(operations) if operations.is_empty() => diagnostics.push(guard::no_operations(change)),
        Ok(operations) => {
            change.operations = operations;
            return diagnostics;
        }
        Err(mut errors) => diagnostics.append(&mut errors),
    }
    (change.action, change.reason) = (Action::Blocked, Reason::CannotCompile);
    diagnostics
}

struct Expanded {
    resources: Vec<Resource>,
    /// Why the members of a resource are not known.
    unreadable: BTreeMap<Address, Diagnostic>,
}

/// Fills in the members that filters name and spreads split lists over their parts.
fn expand(resources: Vec<Resource>, snapshot: &Snapshot) -> Expanded {
    let mut expanded = Vec::with_capacity(resources.len());
    let mut unreadable = BTreeMap::new();
    let mut parts: BTreeMap<Address, usize> = BTreeMap::new();
    for resource in resources {
        let resource = match resource.with_queries(snapshot) {
            Ok(filled) => filled,
            Err(diagnostic) => {
                unreadable.insert(resource.address.clone(), diagnostic);
                resource
            }
        };
        match resource.kind.expand {
            // Nobody can be spread over parts who is not known.
            Some(expand) if !unreadable.contains_key(&resource.address) => {
                let several = expand(&resource, snapshot);
                let stay = several.iter().filter(|part| part.ensure == Ensure::Present).count();
                if stay > 1 {
                    parts.insert(resource.address.clone(), stay);
                }
                expanded.extend(several);
            }
            _ => expanded.push(resource),
        }
    }
    for resource in &mut expanded {
        for value in resource.attributes.values_mut() {
            if let Value::Template { template } = value {
                *template = kinds::widen(template, &parts);
            }
        }
    }
    Expanded { resources: expanded, unreadable }
}

/// An order in which each resource comes after those it refers to; what a cycle holds comes last, in its own order.
fn by_dependency(resources: &[Resource]) -> Vec<usize> {
    let mut parts: BTreeMap<Address, Vec<usize>> = BTreeMap::new();
    for (index, resource) in resources.iter().enumerate() {
        parts.entry(whole(&resource.address)).or_default().push(index);
    }
    let mut order = Vec::with_capacity(resources.len());
    let mut seen = vec![false; resources.len()];
    for start in 0..resources.len() {
        // Depth first with a stack of its own: a long chain of references must not exhaust the thread's.
        let mut stack = vec![(start, false)];
        while let Some((index, done)) = stack.pop() {
            if done {
                order.push(index);
                continue;
            }
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            stack.push((index, true));
            for needed in resources[index].depends_on.iter().rev() {
                stack.extend(
                    parts.get(needed).into_iter().flatten().rev().filter(|i| !seen[**i]).map(|i| (*i, false)),
                );
            }
        }
    }
    order
}

/// What the objects of the tenant make known to others.
fn known_outputs(snapshot: &Snapshot) -> Outputs {
    let mut known = Outputs::new();
    for (address, observation) in &snapshot.observations {
        if let Observation::Present(object) = observation {
            for (output, value) in &object.outputs {
                known.insert((address.clone(), output.clone()), value.clone());
            }
        }
    }
    known
}

/// What is no longer known once a change is made: everything of an object that is made anew, and what a changed
/// attribute is part of.
fn forget_outputs(change: &Change, known: &mut Outputs) {
    match change.action {
        Action::Create | Action::Replace | Action::Delete => {
            let from = (change.address.clone(), String::new());
            let of_change: Vec<_> = known
                .range(from..)
                .map(|(key, _)| key)
                .take_while(|(address, _)| *address == change.address)
                .cloned()
                .collect();
            for key in of_change {
                known.remove(&key);
            }
        }
        Action::Update => {
            for attribute in &change.attributes {
                for output in change.kind.attribute(&attribute.path).map_or(&[][..], |spec| spec.invalidates)
                {
                    known.remove(&(change.address.clone(), (*output).to_owned()));
                }
            }
        }
        Action::Adopt | Action::NoOp | Action::Blocked => {}
    }
}

fn not_observed(resource: &Resource) -> Diagnostic {
    Diagnostic::error("not-observed", "nothing was read for this resource").about(&resource.address)
}

/// Groups that the manifest names by address and does not manage itself: a scope cannot be made of one that is not
/// there, and nobody knows of one that could not be read.
fn missing_groups(resource: &Resource, snapshot: &Snapshot, manifest: &Manifest) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if resource.ensure == Ensure::Absent {
        return found;
    }
    for (name, value) in &resource.attributes {
        let Value::Template { template } = value else { continue };
        for source in template.sources().filter(|source| source.section() == FOREIGN_GROUPS) {
            let group = source.key();
            match snapshot.observation(source) {
                Observation::Present(_) => {}
                Observation::Absent => found.push(
                    Diagnostic::error("group-not-found", format!("the tenant has no group {group}"))
                        .about(&resource.address)
                        .at(&manifest.sources, resource.place_of(name))
                        .hint("check the address, or make the group a room list of this manifest"),
                ),
                Observation::Unreadable(diagnostic) => found.push(diagnostic.about(&resource.address)),
            }
        }
    }
    found
}

/// Refusals to delete what objects use that stay.
fn uses_left(planned: &[Planned], snapshot: &Snapshot) -> Vec<Diagnostic> {
    let mut leaving: BTreeSet<(&str, String)> = BTreeSet::new();
    for one in planned {
        let gone = one.change.action == Action::Delete;
        let moved = one.change.attributes.iter().any(|attribute| {
            one.change.kind.attribute(&attribute.path).is_some_and(|spec| spec.refers_to.is_some())
        });
        if gone || (moved && one.change.action.writes()) {
            let object = snapshot.object(&one.change.address);
            let name = object.and_then(|object| object.text("name")).unwrap_or(&one.change.label);
            leaving.insert((one.change.kind.section, name.to_lowercase()));
        }
    }
    planned
        .iter()
        .filter(|one| one.change.action == Action::Delete)
        .filter_map(|one| {
            let object = snapshot.object(&one.change.address)?;
            let uses: Vec<(String, bool)> = object
                .used_by
                .iter()
                .map(|user| (user.name.clone(), leaving.contains(&(user.section, user.name.to_lowercase()))))
                .collect();
            guard::in_use(&one.change, &uses)
        })
        .collect()
}
