//! Resources: the desired side, ready to be compared.

use std::collections::{BTreeSet, HashSet};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::kind::Kind;
use crate::place::Place;
use crate::snapshot::Snapshot;
use crate::value::Value;

/// Which product serves the tenant.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Edition {
    /// Exchange Online.
    #[default]
    ExchangeOnline,
    /// Exchange Server, on-premises.
    ExchangeServer,
}

impl Edition {
    /// As the manifest writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ExchangeOnline => "exchangeOnline",
            Self::ExchangeServer => "exchangeServer",
        }
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ExchangeOnline => "Exchange Online",
            Self::ExchangeServer => "Exchange Server",
        }
    }
}

/// Whether a resource is to be there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Ensure {
    /// It is to be there, as its attributes say.
    #[default]
    Present,
    /// It is not to be there.
    Absent,
}

/// One entry of the manifest, checked and with its references resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Its path in the manifest.
    pub address: Address,
    /// Its kind.
    pub kind: Kind,
    /// Whether it is to be there.
    #[serde(default)]
    pub ensure: Ensure,
    /// Never deleted, nor replaced by deletion.
    #[serde(default)]
    pub protect: bool,
    /// Attributes whose differences are left alone.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// The attributes that the manifest states, by their path. One that it leaves out is not here; `null` clears.
    /// References are resolved to what the tenant calls the object: a service account's user principal name.
    pub attributes: IndexMap<String, Value>,
    /// Resources that must be there before this one: those it refers to.
    #[serde(default)]
    pub depends_on: BTreeSet<Address>,
    /// Members that are whatever a recipient filter finds: attribute name and filter.
    #[serde(default)]
    pub queries: Vec<Query>,
    /// Where the entry stands.
    #[serde(skip)]
    pub place: Place,
    /// Where each attribute stands.
    #[serde(skip)]
    pub places: IndexMap<String, Place>,
}

/// Elements of a set that the tenant names: `membersFrom: [{ filter: … }]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The attribute that the found addresses are added to.
    pub attribute: String,
    /// The recipient filter.
    pub filter: String,
    /// Where it stands.
    #[serde(skip)]
    pub place: Place,
}

impl Resource {
    /// A resource without attributes.
    pub fn new(address: Address, kind: Kind, place: Place) -> Self {
        Self {
            address,
            kind,
            ensure: Ensure::Present,
            protect: false,
            ignore: Vec::new(),
            attributes: IndexMap::new(),
            depends_on: BTreeSet::new(),
            queries: Vec::new(),
            place,
            places: IndexMap::new(),
        }
    }

    /// The value of an attribute that the manifest states.
    pub fn get(&self, attribute: &str) -> Option<&Value> {
        self.attributes.get(attribute)
    }

    /// The text of an attribute that the manifest states as text.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.get(attribute)?.as_text()
    }

    /// Whether the manifest states the attribute, or has a query for it.
    pub fn manages(&self, attribute: &str) -> bool {
        self.attributes.contains_key(attribute)
            || self.queries.iter().any(|query| query.attribute == attribute)
    }

    /// Where the attribute stands, else where the entry does.
    pub fn place_of(&self, attribute: &str) -> Place {
        self.places.get(attribute).copied().unwrap_or(self.place)
    }

    /// What a person calls the object in the tenant: its name, else what it signs in with, else what it is shown as,
    /// else the first of its key attributes, else its address.
    pub fn label(&self) -> &str {
        ["name", "userPrincipalName", "displayName"]
            .iter()
            .chain(self.kind.key)
            .find_map(|attribute| self.text(attribute))
            .unwrap_or_else(|| self.address.as_str())
    }

    /// The same resource with what its queries found added to the attributes they fill, or why that is not known.
    ///
    /// Nothing is left of the queries; an address that is stated and found is there once, in the place where it is
    /// stated.
    #[allow(
        clippy::result_large_err,
        reason = "the error is a diagnostic, and this is called once a resource"
    )]
    pub fn with_queries(&self, snapshot: &Snapshot) -> Result<Self, Diagnostic> {
        let mut merged = self.clone();
        for query in std::mem::take(&mut merged.queries) {
            let found = match snapshot.queries.get(&query.filter) {
                Some(Ok(found)) => found,
                Some(Err(diagnostic)) => return Err(diagnostic.clone().about(&self.address)),
                None => {
                    let summary =
                        format!("nobody asked the tenant for the {} of this filter", query.attribute);
                    return Err(Diagnostic::error("not-observed", summary).about(&self.address));
                }
            };
            let value =
                merged.attributes.entry(query.attribute.clone()).or_insert_with(|| Value::Set(Vec::new()));
            if !matches!(value, Value::Set(_)) {
                *value = Value::Set(Vec::new());
            }
            if let Value::Set(elements) = value {
                let mut known: HashSet<String> =
                    elements.iter().map(|element| snapshot.identities.key(element)).collect();
                elements
                    .extend(found.iter().filter(|one| known.insert(snapshot.identities.key(one))).cloned());
            }
            merged.places.entry(query.attribute).or_insert(query.place);
        }
        Ok(merged)
    }

    /// What is needed to observe it again and to name it, without what it should be: key attributes with their values,
    /// text with gaps, which tells the objects that it relies on, and the other managed ones as `null`. A saved plan
    /// carries this.
    #[must_use]
    pub fn subject(&self) -> Self {
        let mut subject = self.clone();
        subject.queries.clear();
        subject.places.clear();
        for query in &self.queries {
            subject.attributes.entry(query.attribute.clone()).or_insert(Value::Null);
        }
        for (name, value) in &mut subject.attributes {
            let identifies = self.kind.key.contains(&name.as_str()) || name == "name";
            if !identifies && !matches!(value, Value::Template { .. }) {
                *value = Value::Null;
            }
        }
        subject
    }
}
