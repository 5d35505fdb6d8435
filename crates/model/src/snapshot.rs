//! The observed side: everything that was read for one run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::address::Address;
use crate::diagnostic::Diagnostic;
use crate::resource::Edition;
use crate::value::Value;

/// What a read found for one resource.
#[derive(Clone, Debug)]
pub enum Observation {
    /// The object is there.
    Present(Object),
    /// The service said that there is no such object.
    Absent,
    /// Nobody knows: the read failed. Never the same as [`Observation::Absent`].
    Unreadable(Diagnostic),
}

/// One object of the tenant, in canonical form: the manifest's attribute names and spellings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// The immutable id: a GUID where there is one.
    pub id: String,
    /// The attributes by their manifest path. One that is not here was not read, or is not set.
    pub attributes: BTreeMap<String, Value>,
    /// What other resources may refer to, such as `distinguishedName`.
    pub outputs: BTreeMap<String, String>,
    /// Objects of the tenant that use this one and hold it in place.
    pub used_by: Vec<Use>,
    /// What is odd about it and a person should know.
    pub remarks: Vec<Diagnostic>,
}

/// One use of an object by another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The section whose kind the user is of, such as `roleAssignments`.
    pub section: &'static str,
    /// The name of the user in the tenant.
    pub name: String,
    /// How it is used, in the kind's own words, such as the name of a scope parameter.
    pub role: String,
}

impl Object {
    /// The text of an attribute that was read as text.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute)?.as_text()
    }
}

/// Everything observed for one run.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Which product answered.
    pub edition: Edition,
    /// One observation for each resource that was asked for.
    pub observations: BTreeMap<Address, Observation>,
    /// What is known of principals' spellings.
    pub identities: Identities,
    /// Facts about the whole tenant that compiling needs, such as `isDehydrated`.
    pub facts: BTreeMap<String, String>,
    /// The answers to recipient filters of `membersFrom`: filter to addresses in the order of the service, or why not.
    pub queries: BTreeMap<String, Result<Vec<String>, Diagnostic>>,
    /// What was noticed beside.
    pub diagnostics: Vec<Diagnostic>,
    /// What observing cost.
    pub cost: Cost,
}

impl Snapshot {
    /// The observation of a resource; one that was never asked for is unreadable.
    pub fn observation(&self, address: &Address) -> Observation {
        self.observations.get(address).cloned().unwrap_or_else(|| {
            Observation::Unreadable(
                Diagnostic::error("not-observed", "nothing was read for this resource").about(address),
            )
        })
    }

    /// The object of a resource, where it is there.
    pub fn object(&self, address: &Address) -> Option<&Object> {
        match self.observations.get(address) {
            Some(Observation::Present(object)) => Some(object),
            _ => None,
        }
    }
}

/// What observing cost; shown beside the plan and never compared.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    /// HTTP requests sent.
    pub requests: u64,
    /// Objects that came back.
    pub objects: u64,
    /// Milliseconds that observing took.
    pub elapsed_ms: u64,
}

/// One recipient or principal, by its spellings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The spelling that is compared and shown: the primary address, else the user principal name, application id or name.
    pub canonical: Arc<str>,
    /// The type as Exchange says it, such as `RoomMailbox`; `ServicePrincipal` for an application.
    pub recipient_type: Arc<str>,
}

/// Which spellings mean the same recipient or principal. Only what had to be looked up is here.
#[derive(Clone, Debug, Default)]
pub struct Identities {
    known: HashMap<String, Known>,
}

#[derive(Clone, Debug)]
enum Known {
    One(Identity),
    /// Nobody has this spelling.
    Nobody,
    /// Several have it.
    Several(Vec<Arc<str>>),
}

impl Identities {
    /// Records that `spelling` means `identity`. A second, different identity makes it ambiguous.
    pub fn learn(&mut self, spelling: &str, identity: &Identity) {
        if spelling.is_empty() {
            return;
        }
        match self.known.entry(spelling.to_lowercase()) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Known::One(identity.clone()));
            }
            std::collections::hash_map::Entry::Occupied(mut occupied) => match occupied.get_mut() {
                Known::Nobody => {
                    occupied.insert(Known::One(identity.clone()));
                }
                Known::One(known) if known.canonical.eq_ignore_ascii_case(&identity.canonical) => {}
                Known::One(known) => {
                    let both = vec![known.canonical.clone(), identity.canonical.clone()];
                    occupied.insert(Known::Several(both));
                }
                Known::Several(all) => {
                    if !all.contains(&identity.canonical) {
                        all.push(identity.canonical.clone());
                    }
                }
            },
        }
    }

    /// Records that the tenant was asked and nobody has this spelling.
    pub fn learn_nobody(&mut self, spelling: &str) {
        self.known.entry(spelling.to_lowercase()).or_insert(Known::Nobody);
    }

    /// What a spelling means.
    pub fn find(&self, spelling: &str) -> Lookup<'_> {
        match self.known.get(&spelling.to_lowercase()) {
            None => Lookup::NotAsked,
            Some(Known::One(identity)) => Lookup::One(identity),
            Some(Known::Nobody) => Lookup::Nobody,
            Some(Known::Several(all)) => Lookup::Several(all),
        }
    }

    /// The spelling under which two identities are compared: the canonical one in lower case, or the text itself in
    /// lower case where nothing is known of it.
    pub fn key(&self, spelling: &str) -> String {
        let folded = spelling.to_lowercase();
        match self.known.get(&folded) {
            Some(Known::One(identity)) => identity.canonical.to_lowercase(),
            _ => folded,
        }
    }
}

/// The answer of [`Identities::find`].
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'a> {
    /// Nobody asked the tenant.
    NotAsked,
    /// Exactly one.
    One(&'a Identity),
    /// The tenant has none.
    Nobody,
    /// More than one, by their canonical spellings.
    Several(&'a [Arc<str>]),
}
