//! The plan: ordered, serialisable, complete.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::change::{Action, Change};
use crate::cloud::Cloud;
use crate::diagnostic::Diagnostic;
use crate::operation::{Call, Delivery};
use crate::resource::Edition;
use crate::snapshot::Cost;

/// The version of the plan's JSON that this code writes and reads. The part before the dot changes when an old reader
/// would misunderstand.
pub const FORMAT_VERSION: &str = "1.0";

/// What would be done, in the order in which it would be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The version of this format.
    pub format_version: String,
    /// The version of the program that made it.
    pub tool_version: String,
    /// The tenant it was made for.
    pub tenant: String,
    /// The tenant's edition.
    pub target: Edition,
    /// The cloud that the tenant is in; left out for the global one.
    #[serde(default, skip_serializing_if = "Cloud::is_global")]
    pub cloud: Cloud,
    /// Hash of the manifest's files, CSV files and lists.
    pub manifest_digest: String,
    /// Only a part of the manifest was planned: `--only` or `--exclude` was given.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partial: bool,
    /// How many of each action.
    pub summary: Summary,
    /// The changes, each after those it depends on.
    pub changes: Vec<Change>,
    /// What a person should know, errors first of all. A plan with an error is not applied.
    pub diagnostics: Vec<Diagnostic>,
    /// What observing cost. Outside what is compared: the only part that differs between two runs over the same inputs.
    #[serde(default)]
    pub observation: Cost,
}

impl Plan {
    /// Whether anything would be written to the tenant.
    pub fn has_changes(&self) -> bool {
        self.changes.iter().any(|change| change.action.writes())
    }

    /// Where the passwords go that its operations make.
    pub fn deliveries(&self) -> impl Iterator<Item = &Delivery> {
        let operations = self.changes.iter().flat_map(|change| &change.operations);
        operations.filter_map(|operation| match &operation.call {
            Call::Password { deliver_to, .. } => Some(deliver_to),
            _ => None,
        })
    }

    /// Whether it may be applied: no diagnostic is an error.
    pub fn is_applicable(&self) -> bool {
        !self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The change of a resource.
    pub fn change(&self, address: &Address) -> Option<&Change> {
        self.changes.iter().find(|change| &change.address == address)
    }
}

/// How many changes of each action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "one count for each action of `Action`")]
pub struct Summary {
    pub create: usize,
    pub update: usize,
    pub replace: usize,
    pub delete: usize,
    pub adopt: usize,
    pub noop: usize,
    pub blocked: usize,
}

impl Summary {
    /// Counts changes.
    pub fn of(changes: &[Change]) -> Self {
        let mut summary = Self::default();
        for change in changes {
            *summary.count_mut(change.action) += 1;
        }
        summary
    }

    /// How many changes have this action.
    pub const fn count(&self, action: Action) -> usize {
        match action {
            Action::Create => self.create,
            Action::Update => self.update,
            Action::Replace => self.replace,
            Action::Delete => self.delete,
            Action::Adopt => self.adopt,
            Action::NoOp => self.noop,
            Action::Blocked => self.blocked,
        }
    }

    const fn count_mut(&mut self, action: Action) -> &mut usize {
        match action {
            Action::Create => &mut self.create,
            Action::Update => &mut self.update,
            Action::Replace => &mut self.replace,
            Action::Delete => &mut self.delete,
            Action::Adopt => &mut self.adopt,
            Action::NoOp => &mut self.noop,
            Action::Blocked => &mut self.blocked,
        }
    }
}
