//! Fluent builders for both sides of a difference.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::{Files, Manifest, load};
use anteroom_model::operation::{Call, Operation, Step};
use anteroom_model::plan::Plan;
use anteroom_model::ports::Compile;
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Identity, Object, Observation, Snapshot};
use anteroom_model::state::{Remembered, State};
use anteroom_model::value::Value;
use anteroom_plan::{Inputs, Overrides, Selection, plan};

/// Files that are only in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub BTreeMap<PathBuf, Vec<u8>>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self.0.keys().filter(|path| path.parent() == Some(folder)).cloned().collect())
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.0.keys().any(|file| file.parent() == Some(path))
    }
}

/// The manifest of a text; `version`, `target` and `tenant` are put in front of it.
///
/// # Panics
/// Where the manifest has errors, with all of them.
#[track_caller]
pub fn desired(yaml: &str) -> Manifest {
    let text = format!("version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\n{yaml}");
    let path = PathBuf::from("anteroom.yaml");
    let files = Memory(BTreeMap::from([(path.clone(), text.into_bytes())]));
    let loaded = load(&[path], &files);
    loaded.manifest.unwrap_or_else(|| {
        let lines: Vec<String> = loaded
            .diagnostics
            .iter()
            .map(|one| format!("{:?} {}: {}", one.location, one.id, one.summary))
            .collect();
        panic!("{}", lines.join("\n"))
    })
}

/// How many parts of a split list a tenant is searched for.
const PARTS: usize = 12;

/// A tenant as somebody saw it.
#[derive(Clone, Debug, Default)]
pub struct Observed(pub Snapshot);

impl Observed {
    /// A tenant that has none of a manifest's objects.
    pub fn empty(manifest: &Manifest) -> Self {
        let mut snapshot = Snapshot { edition: manifest.edition, ..Snapshot::default() };
        for address in manifest.resources.keys() {
            // The parts of a list that may be split are looked for, too.
            for number in 1..=PARTS {
                snapshot.observations.insert(address.part(number), Observation::Absent);
            }
        }
        Self(snapshot)
    }

    /// A tenant in which everything is as the manifest says.
    pub fn as_declared(manifest: &Manifest) -> Self {
        let mut observed = Self::empty(manifest);
        for resource in manifest.resources.values().filter(|resource| resource.ensure == Ensure::Present) {
            observed = observed.with(resource.address.as_str(), |object| object.of(resource));
        }
        observed
    }

    /// The same with an object there, built from what is there already.
    #[must_use]
    pub fn with(mut self, address: &str, build: impl FnOnce(Seen) -> Seen) -> Self {
        let address = Address::from(address);
        let object = match self.0.observations.remove(&address) {
            Some(Observation::Present(object)) => object,
            _ => Object { id: format!("id of {address}"), ..Object::default() },
        };
        self.0.observations.insert(address, Observation::Present(build(Seen(object)).0));
        self
    }

    /// The same without this object.
    #[must_use]
    pub fn without(mut self, address: &str) -> Self {
        self.0.observations.insert(Address::from(address), Observation::Absent);
        self
    }

    /// The same with this object unreadable.
    #[must_use]
    pub fn unreadable(mut self, address: &str) -> Self {
        let address = Address::from(address);
        let diagnostic = Diagnostic::error("unreadable", "503 Service Unavailable").about(&address);
        self.0.observations.insert(address, Observation::Unreadable(diagnostic));
        self
    }

    /// The same, knowing that these spellings all mean one recipient, the first being canonical.
    #[must_use]
    pub fn knows(mut self, spellings: &[&str]) -> Self {
        let identity = Identity { canonical: spellings[0].into(), recipient_type: "RoomMailbox".into() };
        for spelling in spellings {
            self.0.identities.learn(spelling, &identity);
        }
        self
    }

    /// The plan that leads from here to the manifest, with operations that say nothing.
    pub fn plan(self, manifest: &Manifest) -> Plan {
        self.plan_with(manifest, &Selection::default(), &Overrides::default())
    }

    /// The same, with a selection and overrides. Everything is remembered.
    pub fn plan_with(self, manifest: &Manifest, selection: &Selection, overrides: &Overrides) -> Plan {
        self.compiled(manifest, selection, overrides, &OneOperation)
    }

    /// The same, with operations from `compiler`.
    pub fn compiled(
        self,
        manifest: &Manifest,
        selection: &Selection,
        overrides: &Overrides,
        compiler: &dyn Compile,
    ) -> Plan {
        let mut state = State::new(&manifest.tenant);
        for resource in manifest.resources.values() {
            state.resources.insert(resource.address.clone(), Remembered { kind: resource.kind, id: None });
        }
        let inputs = Inputs {
            manifest,
            snapshot: self.0,
            state: Some(&state),
            selection,
            overrides,
            tool_version: "0.0.0",
        };
        plan(inputs, compiler)
    }
}

/// An object of the tenant.
#[derive(Clone, Debug)]
pub struct Seen(pub Object);

impl Seen {
    /// As a resource says it should be.
    #[must_use]
    pub fn of(mut self, resource: &Resource) -> Self {
        for (name, value) in &resource.attributes {
            let compared = resource.kind.attribute(name).is_some_and(|spec| spec.on_change.is_compared());
            if compared && !matches!(value, Value::Template { .. }) {
                self.0.attributes.insert(name.clone(), value.clone());
            }
        }
        self
    }

    /// With a text.
    #[must_use]
    pub fn text(self, attribute: &str, value: &str) -> Self {
        self.value(attribute, Value::text(value))
    }

    /// With a set.
    #[must_use]
    pub fn set(self, attribute: &str, elements: &[&str]) -> Self {
        self.value(attribute, Value::Set(elements.iter().map(ToString::to_string).collect()))
    }

    /// With any value.
    #[must_use]
    pub fn value(mut self, attribute: &str, value: Value) -> Self {
        self.0.attributes.insert(attribute.to_owned(), value);
        self
    }

    /// With an output.
    #[must_use]
    pub fn output(mut self, name: &str, value: &str) -> Self {
        self.0.outputs.insert(name.to_owned(), value.to_owned());
        self
    }
}

/// Compiles every change to one operation that says nothing: for tests that look at changes alone.
#[derive(Clone, Copy, Debug)]
pub struct OneOperation;

impl Compile for OneOperation {
    fn compile(&self, _: &Change, _: &Resource, _: &Snapshot) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        Ok(vec![Operation {
            step: Step::Main,
            stage: 0,
            title: "an operation".to_owned(),
            call: Call::Cmdlet { cmdlet: "Get-Nothing".to_owned(), parameters: indexmap::IndexMap::new() },
            captures: indexmap::IndexMap::new(),
            accepts: Vec::new(),
            lookup: None,
            not_yet: None,
        }])
    }
}

/// A plan in a few lines, for inline snapshots: one line a change, attributes under it, diagnostics last.
pub fn brief(plan: &Plan) -> String {
    let mut lines = Vec::new();
    for change in plan.changes.iter().filter(|change| change.action != Action::NoOp) {
        let after: Vec<&str> = change.depends_on.iter().map(Address::as_str).collect();
        let after = if after.is_empty() { String::new() } else { format!(" after {}", after.join(", ")) };
        lines.push(format!("{} {} ({}){after}", change.action.word(), change.address, change.reason.words()));
        for attribute in &change.attributes {
            let forces = if attribute.forces_replacement { " !" } else { "" };
            lines.push(format!(
                "  {}: {} -> {}{forces}",
                attribute.path,
                show(&attribute.before),
                show(&attribute.after)
            ));
        }
    }
    for diagnostic in &plan.diagnostics {
        lines.push(format!("{} {}: {}", diagnostic.severity.word(), diagnostic.id, diagnostic.summary));
    }
    if lines.is_empty() { "nothing".to_owned() } else { lines.join("\n") }
}

fn show(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Text(text) => text.clone(),
        Value::Set(elements) => format!("{{{}}}", elements.join(", ")),
        Value::Template { template } => template.to_string(),
    }
}
