//! The difference of one resource: manifest against object.

use std::borrow::Cow;

use anteroom_model::change::{Action, AttributeChange, Cause, Reason};
use anteroom_model::kind::{AttributeSpec, OnChange};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Identities, Object};
use anteroom_model::value::{Outputs, Value};

use crate::compare::Comparison;

/// What a difference comes to.
pub(crate) struct Difference {
    pub(crate) action: Action,
    pub(crate) reason: Reason,
    pub(crate) attributes: Vec<AttributeChange>,
}

impl Difference {
    fn plain(action: Action, reason: Reason) -> Self {
        Self { action, reason, attributes: Vec::new() }
    }
}

/// Compares a resource with its object; `None` is an object that is not there. `remembered` tells whether the state
/// knows the resource.
pub(crate) fn difference(
    resource: &Resource,
    object: Option<&Object>,
    identities: &Identities,
    remembered: bool,
) -> Difference {
    match (resource.ensure, object) {
        (Ensure::Absent, None) => Difference::plain(Action::NoOp, Reason::AlreadyAbsent),
        (Ensure::Absent, Some(object)) => {
            // What a split room list has too many of was never written with `ensure: absent`.
            let reason = if resource.address.as_str().ends_with(']') {
                Reason::NoLongerNeeded
            } else {
                Reason::EnsureAbsent
            };
            let attributes = resource
                .kind
                .attributes
                .iter()
                .filter_map(|spec| {
                    let before = object.attributes.get(spec.name)?;
                    (!before.is_unset()).then(|| AttributeChange {
                        path: spec.name.to_owned(),
                        before: Comparison { semantics: spec.semantics, identities }.shown(before),
                        after: Value::Null,
                        cause: Cause::Difference,
                        forces_replacement: false,
                    })
                })
                .collect();
            Difference { action: Action::Delete, reason, attributes }
        }
        (Ensure::Present, None) => Difference {
            action: Action::Create,
            reason: Reason::NotInTenant,
            attributes: stated(resource)
                .filter(|(spec, value)| spec.on_change != OnChange::Local && !value.is_unset())
                .map(|(spec, value)| AttributeChange {
                    path: spec.name.to_owned(),
                    before: Value::Null,
                    after: Comparison { semantics: spec.semantics, identities }.shown(value),
                    cause: Cause::NewObject,
                    forces_replacement: false,
                })
                .collect(),
        },
        (Ensure::Present, Some(object)) => {
            let attributes = attributes(resource, object, identities);
            let (action, reason) = if attributes.is_empty() {
                if remembered {
                    (Action::NoOp, Reason::AsDeclared)
                } else {
                    (Action::Adopt, Reason::FoundInTenant)
                }
            } else if attributes.iter().any(|attribute| attribute.forces_replacement) {
                (Action::Replace, Reason::CannotChangeInPlace)
            } else {
                (Action::Update, Reason::AttributesDiffer)
            };
            Difference { action, reason, attributes }
        }
    }
}

/// The attributes that the manifest states and the kind knows, in the kind's order.
fn stated(resource: &Resource) -> impl Iterator<Item = (&'static AttributeSpec, &Value)> {
    resource.kind.attributes.iter().filter_map(|spec| Some((spec, resource.get(spec.name)?)))
}

fn attributes(resource: &Resource, object: &Object, identities: &Identities) -> Vec<AttributeChange> {
    stated(resource)
        .filter(|(spec, _)| spec.on_change.is_compared())
        .filter(|(spec, _)| !resource.ignore.iter().any(|ignored| ignored == spec.name))
        .filter_map(|(spec, after)| {
            let before = object.attributes.get(spec.name).unwrap_or(&Value::Null);
            let comparison = Comparison { semantics: spec.semantics, identities };
            if comparison.same(before, after) {
                return None;
            }
            let forces_replacement = match spec.on_change {
                OnChange::Replace => true,
                OnChange::ReplaceUnlessBothSet => before.is_unset() || after.is_unset(),
                OnChange::Update | OnChange::Irreversible | OnChange::WriteOnly | OnChange::Local => false,
            };
            Some(AttributeChange {
                path: spec.name.to_owned(),
                before: comparison.shown(before),
                after: comparison.shown(after),
                cause: if matches!(after, Value::Template { .. }) {
                    Cause::Dependency
                } else {
                    Cause::Difference
                },
                forces_replacement,
            })
        })
        .collect()
}

/// Fills every gap of the resource that can be.
pub(crate) fn fill(resource: &mut Resource, known: &Outputs) {
    for value in resource.attributes.values_mut() {
        if let Value::Template { template } = value {
            let filled = template.fill(known);
            *value = match filled.as_text() {
                Some(text) => Value::text(text),
                None => Value::Template { template: filled },
            };
        }
    }
}

/// The resource as it is carried out: what is ignored stays as the object has it, also where the object is made anew.
pub(crate) fn carried_out<'r>(resource: &'r Resource, object: Option<&Object>) -> Cow<'r, Resource> {
    let Some(object) = object.filter(|_| !resource.ignore.is_empty()) else { return Cow::Borrowed(resource) };
    let mut carried_out = resource.clone();
    for spec in resource.kind.attributes.iter().filter(|spec| spec.on_change.is_compared()) {
        if resource.ignore.iter().any(|ignored| ignored == spec.name) && resource.get(spec.name).is_some() {
            let seen = object.attributes.get(spec.name).cloned().unwrap_or(Value::Null);
            carried_out.attributes.insert(spec.name.to_owned(), seen);
        }
    }
    Cow::Owned(carried_out)
}
