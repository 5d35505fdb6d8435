//! State: optional memory of what was applied. It holds no secret, and losing it loses only that memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::kind::Kind;

/// The version of the state's JSON.
pub const FORMAT_VERSION: u32 = 1;

/// What is remembered of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// The version of this format.
    pub format_version: u32,
    /// The tenant.
    pub tenant: String,
    /// Grows with every write.
    pub serial: u64,
    /// Every resource that is managed.
    pub resources: BTreeMap<Address, Remembered>,
}

/// What is remembered of one resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remembered {
    /// Its kind.
    pub kind: Kind,
    /// The immutable id of its object; none where the service has not told one yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

impl State {
    /// An empty state for a tenant.
    pub fn new(tenant: &str) -> Self {
        Self {
            format_version: FORMAT_VERSION,
            tenant: tenant.to_owned(),
            serial: 0,
            resources: BTreeMap::new(),
        }
    }
}
