//! Changes: one resource's difference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::kind::Kind;
use crate::operation::{Operation, Step};
use crate::resource::Resource;
use crate::value::Value;

/// What is done about a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is made anew and the old one removed.
    Replace,
    /// It is removed.
    Delete,
    /// It is there as wanted, and is recorded in the state from now on. Nothing is written to the tenant.
    Adopt,
    /// Nothing.
    #[serde(rename = "noop")]
    NoOp,
    /// Nothing can be said or done, because a read failed or a dependency is blocked.
    Blocked,
}

impl Action {
    /// Every action, in the order of the summary.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Update, Self::Replace, Self::Delete, Self::Adopt, Self::NoOp, Self::Blocked];

    /// Whether it writes to the tenant.
    pub const fn writes(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Replace | Self::Delete)
    }

    /// The word that is printed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
            Self::Adopt => "adopt",
            Self::NoOp => "no-op",
            Self::Blocked => "blocked",
        }
    }

    /// The sign in front of a line.
    pub const fn glyph(self) -> &'static str {
        match self {
            Self::Create => "+",
            Self::Update => "~",
            Self::Replace => "±",
            Self::Delete => "-",
            Self::Adopt => "=",
            Self::NoOp => " ",
            Self::Blocked => "!",
        }
    }
}

/// Why an action was chosen. For people; nothing acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// It is not in the tenant.
    NotInTenant,
    /// Attributes differ.
    AttributesDiffer,
    /// An attribute differs that cannot be changed in place.
    CannotChangeInPlace,
    /// The manifest says `ensure: absent`.
    EnsureAbsent,
    /// A split room list needs fewer parts.
    NoLongerNeeded,
    /// It was there before the first apply.
    FoundInTenant,
    /// It is as the manifest says.
    AsDeclared,
    /// It is not there, and is not to be there.
    AlreadyAbsent,
    /// It could not be read.
    Unreadable,
    /// Something it depends on is blocked.
    DependencyBlocked,
    /// Its operations could not be worked out; a diagnostic says why.
    CannotCompile,
}

impl Reason {
    /// The words that are printed.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotInTenant => "not in the tenant",
            Self::AttributesDiffer => "attributes differ",
            Self::CannotChangeInPlace => "cannot be changed in place",
            Self::EnsureAbsent => "ensure: absent",
            Self::NoLongerNeeded => "no longer needed",
            Self::FoundInTenant => "found in the tenant",
            Self::AsDeclared => "as declared",
            Self::AlreadyAbsent => "already absent",
            Self::Unreadable => "could not be read",
            Self::DependencyBlocked => "depends on what is blocked",
            Self::CannotCompile => "cannot be carried out",
        }
    }
}

/// Why an attribute changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// The object is new.
    NewObject,
    /// Manifest and tenant differ. Who changed it, nobody can say without the values of the last apply.
    Difference,
    /// It follows from a change to another resource.
    Dependency,
}

/// One attribute's difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AttributeChange {
    /// The attribute's path, such as `password.neverExpires`.
    pub path: String,
    /// What it is.
    pub before: Value,
    /// What it will be.
    pub after: Value,
    /// Why.
    pub cause: Cause,
    /// Whether this difference forces a replacement.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forces_replacement: bool,
}

/// One resource's difference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// Which resource.
    #[schemars(with = "String")]
    pub address: Address,
    /// Its section.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// What the object is called in the tenant.
    pub label: String,
    /// What is done.
    pub action: Action,
    /// Why.
    pub reason: Reason,
    /// The attributes that differ.
    pub attributes: Vec<AttributeChange>,
    /// Changes that come before this one.
    #[schemars(with = "Vec<String>")]
    pub depends_on: Vec<Address>,
    /// Changes that come before this one's cleanup.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub cleanup_after: Vec<Address>,
    /// Hash of what was observed of the managed attributes and of what they rely on; it begins with `absent` where there
    /// was no object, and is empty where unreadable.
    pub fingerprint: String,
    /// The object's immutable id, where it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The calls.
    pub operations: Vec<Operation>,
    /// What is needed to observe the resource again.
    #[schemars(with = "serde_json::Value")]
    pub subject: Resource,
}

impl Change {
    /// Whether it has a second half, which waits for those that used the old object.
    pub fn has_cleanup(&self) -> bool {
        self.operations.iter().any(|operation| operation.step == Step::Cleanup)
    }
}
