//! A change in a few words, and what it becomes: one line an operation, with its stage, its call, what it makes known and
//! which refusals it accepts, and how it is looked up when its answer is lost.

use std::fmt::Write as _;

use anteroom_exchange::Compiler;
use anteroom_model::change::{Action, AttributeChange, Cause, Change, Reason};
use anteroom_model::operation::{Call, Lookup, NotYet, Operation};
use anteroom_model::ports::Compile as _;
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::{Identity, Object, Observation, Snapshot};
use anteroom_model::value::Value;

/// A change of `resource` with these differences, against an object or none.
pub(crate) struct Case {
    edition: Edition,
    resource: Resource,
    action: Action,
    differences: Vec<(&'static str, Value, Value)>,
    snapshot: Snapshot,
}

impl Case {
    /// Everything that the resource states is new.
    pub(crate) fn create(resource: Resource) -> Self {
        let stated = resource.attributes.iter().filter(|(_, value)| !value.is_unset());
        let differences = stated
            .filter_map(|(name, value)| {
                Some((resource.kind.attribute(name)?.name, Value::Null, value.clone()))
            })
            .collect();
        Self {
            edition: Edition::ExchangeOnline,
            resource,
            action: Action::Create,
            differences,
            snapshot: Snapshot::default(),
        }
    }

    pub(crate) fn change(
        resource: Resource,
        action: Action,
        object: Object,
        differences: &[(&'static str, Value, Value)],
    ) -> Self {
        let mut snapshot = Snapshot::default();
        snapshot.observations.insert(resource.address.clone(), Observation::Present(object));
        Self {
            edition: Edition::ExchangeOnline,
            resource,
            action,
            differences: differences.to_vec(),
            snapshot,
        }
    }

    pub(crate) fn on_server(mut self) -> Self {
        self.edition = Edition::ExchangeServer;
        self
    }

    pub(crate) fn fact(mut self, name: &str, value: &str) -> Self {
        self.snapshot.facts.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn nobody(mut self, spelling: &str) -> Self {
        self.snapshot.identities.learn_nobody(spelling);
        self
    }

    pub(crate) fn known(mut self, spelling: &str, canonical: &str) -> Self {
        let identity = Identity { canonical: canonical.into(), recipient_type: "RoomMailbox".into() };
        self.snapshot.identities.learn(spelling, &identity);
        self
    }

    pub(crate) fn compiled(&self) -> Result<Vec<Operation>, String> {
        let resource = &self.resource;
        let attribute = |(path, before, after): &(&str, Value, Value)| AttributeChange {
            path: (*path).to_owned(),
            before: before.clone(),
            after: after.clone(),
            cause: Cause::Difference,
            forces_replacement: false,
        };
        let change = Change {
            address: resource.address.clone(),
            kind: resource.kind,
            label: resource.label().to_owned(),
            action: self.action,
            reason: Reason::AttributesDiffer,
            attributes: self.differences.iter().map(attribute).collect(),
            depends_on: Vec::new(),
            cleanup_after: Vec::new(),
            fingerprint: String::new(),
            id: self.snapshot.object(&resource.address).map(|object| object.id.clone()),
            operations: Vec::new(),
            subject: resource.subject(),
        };
        Compiler::new(self.edition).compile(&change, resource, &self.snapshot).map_err(|diagnostics| {
            let line = |d: &anteroom_model::diagnostic::Diagnostic| {
                format!("{}: {} ({})", d.id, d.summary, d.hint.as_deref().unwrap_or("no hint"))
            };
            diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    }

    pub(crate) fn lines(&self) -> String {
        let operations = self.compiled().unwrap_or_else(|refusals| panic!("{refusals}"));
        let mut lines = String::new();
        for operation in operations {
            write!(lines, "{} {}", operation.stage, call(&operation.call)).expect("text takes text");
            for (output, property) in &operation.captures {
                write!(lines, " => {output}={property}").expect("text takes text");
            }
            if !operation.accepts.is_empty() {
                write!(lines, " or {:?}", operation.accepts).expect("text takes text");
            }
            if let Some(Lookup { probe, expect }) = &operation.lookup {
                write!(lines, " ? {} of {}", json(expect), call(probe)).expect("text takes text");
            }
            if let Some(NotYet { refusals, until, timeout_seconds }) = &operation.not_yet {
                write!(lines, " again for {timeout_seconds} s on {refusals:?} until {until}")
                    .expect("text takes text");
            }
            lines.push('\n');
        }
        lines
    }

    pub(crate) fn refusals(&self) -> String {
        self.compiled().expect_err("it should be refused")
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it should be JSON")
}

fn call(call: &Call) -> String {
    match call {
        Call::Cmdlet { cmdlet, parameters } => format!("{cmdlet} {}", json(parameters)),
        Call::Graph { method, path, body } => {
            let body = body.as_ref().map(json).unwrap_or_default();
            format!("{} {path} {body}", method.as_str()).trim_end().to_owned()
        }
        Call::Password { secret, deliver_to } => format!("password {secret} to {}", json(deliver_to)),
        Call::Wait { probe, expect, timeout_seconds, .. } => {
            format!("wait {timeout_seconds} s for {} of {}", json(expect), self::call(probe))
        }
    }
}

pub(crate) fn present(id: &str, attributes: &[(&str, Value)], outputs: &[(&str, &str)]) -> Object {
    Object {
        id: id.to_owned(),
        attributes: attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        outputs: outputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Object::default()
    }
}
