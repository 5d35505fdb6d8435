//! Reports: what an apply did.

use anteroom_model::address::Address;
use anteroom_model::change::Action;
use anteroom_model::settled::Unsettled;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an apply did, one outcome a change, in the order of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// One outcome a change.
    pub outcomes: Vec<Outcome>,
    /// Warnings of the services, in their own words.
    pub warnings: Vec<String>,
    /// It was interrupted before its end.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub interrupted: bool,
    /// What the tenant did not show as it was written when it was read again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsettled: Vec<Unsettled>,
    /// What takes effect later than it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What became of one change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Which resource.
    #[schemars(with = "String")]
    pub address: Address,
    /// What was to be done.
    pub action: Action,
    /// What became of it.
    pub result: Result,
    /// Whether the tenant, read again, shows what was written; absent where it was not read again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// Why it failed, or what is not there yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The change that failed or is pending and made this one be skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub because_of: Option<Address>,
    /// How many of its operations were done.
    pub operations_done: usize,
    /// How many it has.
    pub operations: usize,
    /// The object's immutable id, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Result {
    /// Every operation was done.
    Applied,
    /// There was nothing to do.
    Unchanged,
    /// What it waits for is not there yet; the operations before that were done. The same apply goes on from there later.
    Pending,
    /// An operation failed; those before it were done.
    Failed,
    /// Nothing was done, because of another change or an interruption.
    Skipped,
}

impl Report {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.outcomes.iter().all(|outcome| matches!(outcome.result, Result::Applied | Result::Unchanged))
    }

    /// Whether anything at all was written to the tenant.
    pub fn applied_anything(&self) -> bool {
        self.outcomes.iter().any(|outcome| outcome.operations_done > 0)
    }

    /// How many changes have this result.
    pub fn count(&self, result: Result) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.result == result).count()
    }
}
