//! What a tenant does not show as it was written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::value::Value;

/// One thing that was written and that the tenant, read again, does not show so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unsettled {
    /// Which resource.
    #[schemars(with = "String")]
    pub address: Address,
    /// Which attribute; none where it is about the object as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// What was written; `null` where nothing is to be there.
    pub expected: Value,
    /// What the tenant shows; `null` where it shows nothing.
    pub observed: Value,
    /// What that means.
    pub sight: Sight,
    /// Why it could not be read, where it could not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What it means that the tenant does not show what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Sight {
    /// It shows what was there before: reads lag behind writes.
    Before,
    /// It shows neither what was there before nor what was written: the service made something else of it, or somebody
    /// else wrote.
    Other,
    /// It could not be read.
    Unreadable,
}
