//! Fingerprints: what a plan relies on, in a few characters.

use std::fmt::Write as _;

use anteroom_model::address::Address;
use anteroom_model::plan::Plan;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::{Observation, Snapshot};
use anteroom_model::value::Value;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The fingerprint of an absent object.
pub const ABSENT: &str = "absent";

/// The fingerprint of what was observed of a resource: its object's id and managed attributes. `absent` where there is
/// no object and empty where it could not be read. Order and case do not matter, attributes that the manifest leaves
/// out do not take part. What the gaps of its text are filled with, such as a group's distinguished name, does: the
/// operations hold it, so `resource` is the one whose gaps are not filled yet.
pub fn fingerprint(resource: &Resource, observation: &Observation, snapshot: &Snapshot) -> String {
    let object = match observation {
        Observation::Present(object) => Some(object),
        Observation::Absent => None,
        Observation::Unreadable(_) => return String::new(),
    };
    let mut hash = Sha256::new();
    let mut relies = false;
    for value in resource.attributes.values() {
        let Value::Template { template } = value else { continue };
        for (of, output) in template.gaps() {
            if let Some(text) = snapshot.object(of).and_then(|source| source.outputs.get(output)) {
                relies = true;
                feed(&mut hash, of.as_str());
                feed(&mut hash, text);
            }
        }
    }
    let Some(object) = object else {
        return if relies { format!("{ABSENT} {}", digest(hash)) } else { ABSENT.to_owned() };
    };
    feed(&mut hash, &object.id.to_lowercase());
    for attribute in resource.kind.attributes {
        if !attribute.on_change.is_compared() || !resource.manages(attribute.name) {
            continue;
        }
        feed(&mut hash, attribute.name);
        match object.attributes.get(attribute.name) {
            None | Some(Value::Null) => feed(&mut hash, "-"),
            Some(Value::Bool(value)) => feed(&mut hash, if *value { "true" } else { "false" }),
            Some(Value::Integer(value)) => feed(&mut hash, &value.to_string()),
            Some(Value::Text(text)) => feed(&mut hash, &text.to_lowercase()),
            Some(Value::Template { template }) => feed(&mut hash, &template.to_string()),
            Some(Value::Set(elements)) => {
                let mut keys: Vec<String> = elements.iter().map(|element| element.to_lowercase()).collect();
                keys.sort_unstable();
                for key in &keys {
                    feed(&mut hash, key);
                }
            }
        }
    }
    digest(hash)
}

fn digest(hash: Sha256) -> String {
    let mut text = String::with_capacity(32);
    for byte in &hash.finalize()[..16] {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Each field ends with a byte that occurs in no value, so that two fields never run together.
fn feed(hash: &mut Sha256, text: &str) {
    hash.update(text.as_bytes());
    hash.update([0xff]);
}

/// A resource that is no longer as a plan saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Which.
    pub address: Address,
    /// The fingerprint in the plan.
    pub was: String,
    /// The fingerprint now; empty where it could not be read.
    pub is: String,
}

/// The resources of a plan that are no longer as it saw them. `snapshot` observes the plan's subjects.
pub fn stale(plan: &Plan, snapshot: &Snapshot) -> Vec<Moved> {
    plan.changes
        .iter()
        .filter_map(|change| {
            let is = fingerprint(&change.subject, &snapshot.observation(&change.address), snapshot);
            (is.is_empty() || is != change.fingerprint).then(|| Moved {
                address: change.address.clone(),
                was: change.fingerprint.clone(),
                is,
            })
        })
        .collect()
}
