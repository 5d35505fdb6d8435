//! Drift: where the tenant is no longer as the manifest says.

use std::collections::BTreeSet;

use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change, Reason};
use anteroom_model::diagnostic::{Diagnostic, Severity};
use anteroom_model::kind::Kind;
use anteroom_model::plan::{FORMAT_VERSION, Plan};
use anteroom_model::resource::{Edition, Ensure};
use anteroom_model::value::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The report of `drift`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The version of this format.
    pub format_version: String,
    /// The tenant.
    pub tenant: String,
    /// Its edition.
    pub target: Edition,
    /// How many resources were compared.
    pub compared: usize,
    /// What is not as the manifest says.
    pub drifted: Vec<Drifted>,
    /// What could not be read: nobody knows whether it drifted.
    #[schemars(with = "Vec<String>")]
    pub unreadable: Vec<Address>,
    /// What a person should know.
    pub diagnostics: Vec<Diagnostic>,
}

/// One resource that is not as the manifest says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drifted {
    /// Which.
    #[schemars(with = "String")]
    pub address: Address,
    /// Its section.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// What the object is called.
    pub label: String,
    /// In what way.
    pub what: What,
    /// The attributes that differ.
    pub attributes: Vec<DriftedAttribute>,
}

/// In what way a resource drifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum What {
    /// It is not there.
    Missing,
    /// Attributes differ.
    Differs,
    /// It is there and should not be.
    Unexpected,
}

/// One attribute that is not as the manifest says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DriftedAttribute {
    /// Its path.
    pub path: String,
    /// What the manifest says.
    pub expected: Value,
    /// What the tenant has.
    pub actual: Value,
}

/// In what way a change's resource drifted; none where it did not, or nobody knows.
fn what(change: &Change) -> Option<What> {
    match change.action {
        Action::Create => Some(What::Missing),
        Action::Update | Action::Replace => Some(What::Differs),
        Action::Delete => Some(What::Unexpected),
        // It was read and compared; that nothing can be done about it now makes it no less true.
        Action::Blocked if is_compared(change) => Some(match (change.subject.ensure, &change.id) {
            (Ensure::Absent, _) => What::Unexpected,
            (Ensure::Present, None) => What::Missing,
            (Ensure::Present, Some(_)) => What::Differs,
        }),
        Action::Adopt | Action::NoOp | Action::Blocked => None,
    }
}

/// Whether a blocked change's resource was read and compared.
fn is_compared(change: &Change) -> bool {
    match change.reason {
        Reason::CannotCompile => true,
        Reason::DependencyBlocked => !change.attributes.is_empty(),
        _ => false,
    }
}

/// Reads the drift off a plan.
pub fn drift(plan: &Plan) -> Drift {
    let drifted: Vec<Drifted> = plan
        .changes
        .iter()
        .filter_map(|change| {
            let what = what(change)?;
            Some(Drifted {
                address: change.address.clone(),
                kind: change.kind,
                label: change.label.clone(),
                what,
                attributes: if what == What::Differs { attributes(change) } else { Vec::new() },
            })
        })
        .collect();
    let known: BTreeSet<&Address> = drifted.iter().map(|one| &one.address).collect();
    // What would stop an apply says nothing about drift: of what was compared, it is no more than a warning.
    let diagnostics = plan
        .diagnostics
        .iter()
        .filter(|diagnostic| !is_guard(&diagnostic.id))
        .cloned()
        .map(|mut diagnostic| {
            if diagnostic.address.as_ref().is_some_and(|address| known.contains(address)) {
                diagnostic.severity = diagnostic.severity.max(Severity::Warning);
            }
            diagnostic
        })
        .collect();
    let unreadable = plan
        .changes
        .iter()
        .filter(|change| change.action == Action::Blocked && !known.contains(&change.address))
        .map(|change| change.address.clone())
        .collect();
    Drift {
        format_version: FORMAT_VERSION.to_owned(),
        tenant: plan.tenant.clone(),
        target: plan.target,
        compared: plan.changes.len(),
        drifted,
        unreadable,
        diagnostics,
    }
}

fn is_guard(id: &str) -> bool {
    matches!(id, "too-many-deletions" | "protected" | "in-use" | "emptied" | "left-behind")
}

fn attributes(change: &Change) -> Vec<DriftedAttribute> {
    change
        .attributes
        .iter()
        .map(|attribute| DriftedAttribute {
            path: attribute.path.clone(),
            expected: attribute.after.clone(),
            actual: attribute.before.clone(),
        })
        .collect()
}
