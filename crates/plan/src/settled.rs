//! Settling: whether a tenant shows what an apply wrote.
//!
//! Services answer reads from copies that lag some seconds behind the writes, so the first look after an apply may show
//! the tenant as it was. What is compared here, and how, is what the next plan would compare.

use std::collections::BTreeSet;

use anteroom_model::address::Address;
use anteroom_model::change::{Action, AttributeChange, Change};
use anteroom_model::kind::AttributeSpec;
use anteroom_model::plan::Plan;
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::settled::{Sight, Unsettled};
use anteroom_model::snapshot::{Object, Observation, Snapshot};
use anteroom_model::value::{Outputs, Template, Value};

use crate::compare::Comparison;
use crate::known_outputs;

/// The resources to read again for [`settled`]: those of the changes at `written`, and those whose outputs their text is
/// filled with.
pub fn settling(plan: &Plan, written: &BTreeSet<Address>) -> Vec<Resource> {
    let mut wanted: Vec<Resource> = Vec::new();
    let mut sources: BTreeSet<&Address> = BTreeSet::new();
    for change in changes(plan, written) {
        let mut resource = change.subject.clone();
        // Of what goes, nothing is written: it is looked for as what it was.
        if change.action != Action::Delete {
            // Text with gaps stays as it is: who reads it also reads what fills the gaps.
            let is_filled = |path: &str| matches!(change.subject.get(path), Some(Value::Template { .. }));
            let stated = |one: &&AttributeChange| is_compared(change, &one.path) && !is_filled(&one.path);
            for attribute in change.attributes.iter().filter(stated) {
                resource.attributes.insert(attribute.path.clone(), attribute.after.clone());
            }
        }
        for value in change.subject.attributes.values() {
            if let Value::Template { template } = value {
                sources.extend(template.sources());
            }
        }
        wanted.push(resource);
    }
    let more = plan.changes.iter().filter(|change| {
        sources.contains(&change.address)
            && !written.contains(&change.address)
            && change.action != Action::Delete
    });
    wanted.extend(more.map(|change| change.subject.clone()));
    wanted
}

/// What a snapshot of [`settling`]'s resources does not show as the changes at `written` wrote it, in the order of the
/// plan.
pub fn settled(plan: &Plan, written: &BTreeSet<Address>, snapshot: &Snapshot) -> Vec<Unsettled> {
    let known = known_outputs(snapshot);
    changes(plan, written).flat_map(|change| of_change(change, snapshot, &known)).collect()
}

/// What takes effect later than the changes at `written` were written, each sentence once.
pub fn delays(plan: &Plan, written: &BTreeSet<Address>) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    if plan.target != Edition::ExchangeOnline {
        return found;
    }
    // Who is in a group that a scope names is part of what the scope reaches, whether the scope itself changed or not.
    let relies = |change: &Change| {
        let templates = change.subject.attributes.values().filter_map(|value| match value {
            Value::Template { template } => Some(template),
            _ => None,
        });
        templates.flat_map(Template::sources).any(|source| written.contains(source))
    };
    for change in &plan.changes {
        let is_written = change.action.writes() && written.contains(&change.address);
        if let Some(delay) = change.kind.delay
            && (is_written || relies(change))
            && let Some(sentence) = delay(change)
            && !found.contains(&sentence)
        {
            found.push(sentence);
        }
    }
    found
}

fn changes<'p>(plan: &'p Plan, written: &'p BTreeSet<Address>) -> impl Iterator<Item = &'p Change> {
    plan.changes.iter().filter(|change| change.action.writes() && written.contains(&change.address))
}

fn is_compared(change: &Change, path: &str) -> bool {
    change.kind.attribute(path).is_some_and(|spec| spec.on_change.is_compared())
}

fn of_change(change: &Change, snapshot: &Snapshot, known: &Outputs) -> Vec<Unsettled> {
    let whole = |expected: Value, observed: Value, sight: Sight, message: Option<String>| Unsettled {
        address: change.address.clone(),
        attribute: None,
        expected,
        observed,
        sight,
        message,
    };
    let label = || Value::text(&*change.label);
    match (snapshot.observation(&change.address), change.action) {
        (Observation::Unreadable(diagnostic), _) => {
            vec![whole(Value::Null, Value::Null, Sight::Unreadable, Some(diagnostic.summary))]
        }
        (Observation::Absent, Action::Delete) => Vec::new(),
        (Observation::Present(object), Action::Delete) => {
            // One that has another id was made since.
            let same = change.id.as_ref().is_none_or(|id| id.eq_ignore_ascii_case(&object.id));
            let sight = if same { Sight::Before } else { Sight::Other };
            vec![whole(Value::Null, label(), sight, None)]
        }
        (Observation::Absent, action) => {
            let sight = if action == Action::Create { Sight::Before } else { Sight::Other };
            vec![whole(label(), Value::Null, sight, None)]
        }
        (Observation::Present(object), _) => {
            let attributes = change.kind.attributes.iter();
            attributes.filter_map(|spec| of_attribute(change, spec, &object, snapshot, known)).collect()
        }
    }
}

fn of_attribute(
    change: &Change,
    spec: &AttributeSpec,
    object: &Object,
    snapshot: &Snapshot,
    known: &Outputs,
) -> Option<Unsettled> {
    if !spec.on_change.is_compared() || change.subject.ignore.iter().any(|ignored| ignored == spec.name) {
        return None;
    }
    let changed = change.attributes.iter().find(|one| one.path == spec.name);
    let stated = change.subject.get(spec.name).filter(|value| {
        // Of the others a subject tells no value.
        change.kind.key.contains(&spec.name) || !matches!(value, Value::Null)
    });
    // Where text has gaps, those are filled with what is so now.
    let expected = match (stated, changed) {
        (Some(value @ Value::Template { .. }), _) | (Some(value), None) => value,
        (_, Some(changed)) => &changed.after,
        (None, None) => return None,
    };
    let filled = match expected {
        Value::Template { template } => {
            let filled = template.fill(known);
            match (filled.as_text(), changed) {
                (Some(text), _) => Value::text(text),
                (None, Some(changed)) => changed.after.clone(),
                (None, None) => Value::Template { template: filled },
            }
        }
        other => other.clone(),
    };
    let observed = object.attributes.get(spec.name).unwrap_or(&Value::Null);
    let comparison = Comparison { semantics: spec.semantics, identities: &snapshot.identities };
    if comparison.same(&filled, observed) {
        return None;
    }
    let before = changed.map_or(&Value::Null, |changed| &changed.before);
    let is_before = comparison.same(before, observed) || is_between(comparison, before, &filled, observed);
    // What the change left alone shows another value where the object is still the one before it.
    let sight = if changed.is_none() || is_before { Sight::Before } else { Sight::Other };
    Some(Unsettled {
        address: change.address.clone(),
        attribute: Some(spec.name.to_owned()),
        expected: comparison.shown(&filled),
        observed: comparison.shown(observed),
        sight,
        message: None,
    })
}

/// Whether a set is on its way: it has nothing that was neither there before nor written, and lacks nothing that was
/// there before and stays.
fn is_between(comparison: Comparison<'_>, before: &Value, after: &Value, observed: &Value) -> bool {
    let (Value::Set(_) | Value::Null, Value::Set(_) | Value::Null, Value::Set(seen)) =
        (before, after, observed)
    else {
        return false;
    };
    let keys = |value: &Value| comparison.keys(value.elements());
    let (before, after, seen) = (keys(before), keys(after), comparison.keys(seen));
    let knows = |keys: &[String], key: &String| keys.binary_search(key).is_ok();
    seen.iter().all(|key| knows(&before, key) || knows(&after, key))
        && before.iter().filter(|key| knows(&after, key)).all(|key| knows(&seen, key))
}
