//! Writing down the operations of one change.

use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Call, Expect, Lookup, Method, NotYet, Operation, Refusal, Step};
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::{self, Object, Observation, Snapshot};
use anteroom_model::value::{Template, Value};
use indexmap::IndexMap;

use crate::facts;

/// How long what was made is not known everywhere, at most. Graph promises nothing; ten minutes were seen.
pub(crate) const KNOWN_SECONDS: u64 = 600;
/// Customising takes minutes, and now and then hours; the service promises no end.
pub(crate) const CUSTOMIZED_SECONDS: u64 = 3600;

/// Everything that compiling one change may look at.
pub(crate) struct Context<'a> {
    pub(crate) edition: Edition,
    pub(crate) change: &'a Change,
    pub(crate) resource: &'a Resource,
    pub(crate) snapshot: &'a Snapshot,
    /// The object, where it is there.
    pub(crate) object: Option<&'a Object>,
}

impl<'a> Context<'a> {
    pub(crate) fn address(&self) -> &'a Address {
        &self.change.address
    }

    pub(crate) fn is(&self, action: Action) -> bool {
        self.change.action == action
    }

    pub(crate) fn online(&self) -> bool {
        self.edition == Edition::ExchangeOnline
    }

    /// The value that an attribute gets by this change; none where it does not differ.
    pub(crate) fn changed(&self, path: &str) -> Option<&'a Value> {
        self.change
            .attributes
            .iter()
            .find(|attribute| attribute.path == path)
            .map(|attribute| &attribute.after)
    }

    /// The value that an attribute has after this change, as far as the manifest states it.
    pub(crate) fn wanted(&self, path: &str) -> Option<&'a Value> {
        self.changed(path).or_else(|| self.resource.get(path)).filter(|value| !value.is_unset())
    }

    /// The same as text.
    pub(crate) fn wanted_text(&self, path: &str) -> Option<&'a str> {
        self.wanted(path)?.as_text()
    }

    /// What a set gains and loses by this change, compared as its attribute is.
    pub(crate) fn moved(&self, path: &str) -> (Vec<&'a str>, Vec<&'a str>) {
        let Some(attribute) = self.change.attributes.iter().find(|attribute| attribute.path == path) else {
            return (Vec::new(), Vec::new());
        };
        let key = |element: &String| self.snapshot.identities.key(element);
        let (before, after) = (attribute.before.elements(), attribute.after.elements());
        let had: std::collections::HashSet<String> = before.iter().map(key).collect();
        let gets: std::collections::HashSet<String> = after.iter().map(key).collect();
        (
            after.iter().filter(|element| !had.contains(&key(element))).map(String::as_str).collect(),
            before.iter().filter(|element| !gets.contains(&key(element))).map(String::as_str).collect(),
        )
    }

    /// What the object is referred to by: its GUID where it is there, what its making makes known where it is not.
    pub(crate) fn identity(&self) -> Argument {
        match self.object.map(|object| object.id.as_str()).or(self.change.id.as_deref()) {
            Some(id) if !id.is_empty() && !self.is(Action::Create) => Argument::text(id),
            _ => self.output("guid"),
        }
    }

    /// An output of this resource that an earlier operation makes known.
    pub(crate) fn output(&self, name: &str) -> Argument {
        Argument::template(Template::output(self.address(), name))
    }

    pub(crate) fn fact(&self, name: &str) -> Option<&'a str> {
        self.snapshot.facts.get(name).map(String::as_str)
    }

    pub(crate) fn error(&self, id: &str, summary: impl Into<String>) -> Diagnostic {
        Diagnostic::error(id, summary).about(self.address())
    }

    /// Refusals of principals that nobody is, or several are. Those that the manifest makes itself are fine.
    pub(crate) fn unknown<'s>(
        &self,
        spellings: impl IntoIterator<Item = &'s str>,
        what: &str,
    ) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for spelling in spellings {
            match self.snapshot.identities.find(spelling) {
                snapshot::Lookup::Nobody if self.fact(&facts::planned(spelling)).is_none() => found.push(
                    self.error(
                        "principal-not-found",
                        format!("the tenant has no recipient {spelling}, which is to be {what}"),
                    )
                    .hint("check the spelling, or create the mailbox first"),
                ),
                snapshot::Lookup::Several(all) => found.push(
                    self.error(
                        "principal-ambiguous",
                        format!("{spelling}, which is to be {what}, means {} recipients", all.len()),
                    )
                    .detail(all.join(", "))
                    .hint("write the primary address"),
                ),
                snapshot::Lookup::Nobody | snapshot::Lookup::NotAsked | snapshot::Lookup::One(_) => {}
            }
        }
        found
    }

    /// What this resource refers to and is not there yet: the plan makes it first.
    fn fresh(&self) -> impl Iterator<Item = &'a str> {
        let needs = self.resource.depends_on.iter();
        needs
            .filter(|of| matches!(self.snapshot.observations.get(*of), Some(Observation::Absent)))
            .map(Address::as_str)
    }

    /// Whether the plan customises the organisation.
    fn is_hydrating(&self) -> bool {
        self.fact(facts::DEHYDRATED) == Some("true")
            && self.fact(facts::CUSTOMIZATION_PLANNED) == Some("true")
    }

    /// A refusal where the organisation was never customised and will not be.
    pub(crate) fn dehydrated(&self) -> Option<Diagnostic> {
        let never = self.fact(facts::DEHYDRATED) == Some("true");
        let planned = self.fact(facts::CUSTOMIZATION_PLANNED) == Some("true");
        (never && !planned && !self.is(Action::Delete)).then(|| {
            self.error(
                "organization-dehydrated",
                "the organisation has never been customised, so it takes no scopes, role groups and role assignments",
            )
            .hint("add `organization: { customization: enabled }` to the manifest; that cannot be undone")
        })
    }
}

/// A cmdlet with its parameters.
pub(crate) struct Cmdlet {
    name: &'static str,
    parameters: IndexMap<String, Argument>,
}

impl Cmdlet {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, parameters: IndexMap::new() }
    }

    /// With a parameter.
    pub(crate) fn with(mut self, parameter: &str, argument: Argument) -> Self {
        self.parameters.insert(parameter.to_owned(), argument);
        self
    }

    /// With a parameter that is text.
    pub(crate) fn text(self, parameter: &str, text: impl Into<String>) -> Self {
        self.with(parameter, Argument::text(text))
    }

    /// With a parameter where there is a value for it.
    pub(crate) fn maybe(self, parameter: &str, value: Option<&Value>) -> Self {
        match value {
            Some(value) => self.with(parameter, argument(value)),
            None => self,
        }
    }

    /// With a switch.
    pub(crate) fn switch(self, parameter: &str) -> Self {
        self.with(parameter, Argument::bool(true))
    }

    /// Without the question whether that is meant.
    pub(crate) fn unasked(self) -> Self {
        self.with("Confirm", Argument::bool(false))
    }

    /// Whether there is more than what says which object is meant.
    pub(crate) fn says_something(&self) -> bool {
        self.parameters.keys().any(|name| name != "Identity" && name != "BypassSecurityGroupManagerCheck")
    }

    fn call(self) -> Call {
        Call::Cmdlet { cmdlet: self.name.to_owned(), parameters: self.parameters }
    }
}

/// An attribute's value as a parameter.
pub(crate) fn argument(value: &Value) -> Argument {
    match value {
        Value::Null => Argument::Plain(serde_json::Value::Null),
        Value::Bool(flag) => Argument::bool(*flag),
        Value::Integer(number) => Argument::Plain((*number).into()),
        Value::Text(text) => Argument::text(text),
        Value::Set(elements) => Argument::texts(elements),
        Value::Template { template } => Argument::template(template.clone()),
    }
}

/// The operations of one change, in stages.
#[derive(Default)]
pub(crate) struct Script {
    operations: Vec<Operation>,
    stage: u32,
}

impl Script {
    /// What follows waits for what stands above.
    pub(crate) fn then(&mut self) -> &mut Self {
        if self.operations.iter().any(|operation| operation.stage == self.stage) {
            self.stage += 1;
        }
        self
    }

    pub(crate) fn cmdlet(&mut self, title: impl Into<String>, cmdlet: Cmdlet) -> Written<'_> {
        let title = format!("{} {}", cmdlet.name, title.into());
        self.write(title, cmdlet.call())
    }

    pub(crate) fn graph(
        &mut self,
        title: impl Into<String>,
        method: Method,
        path: Template,
        body: Option<Argument>,
    ) -> Written<'_> {
        self.write(title.into(), Call::Graph { method, path, body })
    }

    /// Waits until a cmdlet that reads finds what is expected.
    pub(crate) fn wait(
        &mut self,
        until: impl Into<String>,
        probe: Cmdlet,
        expect: Expect,
        timeout_seconds: u64,
    ) -> Written<'_> {
        self.wait_for(until, probe.call(), expect, timeout_seconds)
    }

    /// Waits until a Graph request that reads finds what is expected.
    pub(crate) fn wait_graph(
        &mut self,
        until: impl Into<String>,
        path: Template,
        expect: Expect,
        timeout_seconds: u64,
    ) -> Written<'_> {
        self.wait_for(until, Call::Graph { method: Method::Get, path, body: None }, expect, timeout_seconds)
    }

    fn wait_for(
        &mut self,
        until: impl Into<String>,
        probe: Call,
        expect: Expect,
        timeout_seconds: u64,
    ) -> Written<'_> {
        self.then();
        let until = until.into();
        let title = format!("wait until {until}");
        self.write(title, Call::Wait { until, probe: Box::new(probe), expect, timeout_seconds })
    }

    pub(crate) fn write(&mut self, title: String, call: Call) -> Written<'_> {
        let stage = self.stage;
        self.operations.push(Operation {
            step: Step::Main,
            stage,
            title,
            call,
            captures: IndexMap::new(),
            accepts: Vec::new(),
            lookup: None,
            not_yet: None,
        });
        // The index of what was just pushed is always there.
        let last = self.operations.len() - 1;
        Written { operation: &mut self.operations[last] }
    }

    pub(crate) fn finish(self) -> Vec<Operation> {
        self.operations
    }
}

/// The operation that was just written down.
pub(crate) struct Written<'a> {
    operation: &'a mut Operation,
}

impl Written<'_> {
    /// These refusals mean that it is already as wanted.
    pub(crate) fn accepts(self, refusals: &[Refusal]) -> Self {
        self.operation.accepts.extend_from_slice(refusals);
        self
    }

    /// Done after everything that depends on the change has moved.
    pub(crate) fn cleans_up(self) -> Self {
        self.operation.step = Step::Cleanup;
        self
    }

    /// A cmdlet that reads tells whether it was carried out.
    pub(crate) fn found_by(self, probe: Cmdlet, expect: Expect) -> Self {
        self.operation.lookup = Some(Lookup { probe: probe.call(), expect });
        self
    }

    /// A Graph request that reads tells whether it was carried out.
    pub(crate) fn found_at(self, path: Template, expect: Expect) -> Self {
        let probe = Call::Graph { method: Method::Get, path, body: None };
        self.operation.lookup = Some(Lookup { probe, expect });
        self
    }

    /// What it refers to may have been made a moment ago, and the organisation may have been customised a moment ago: until
    /// the service knows that everywhere, it may refuse.
    pub(crate) fn once_known(self, context: &Context<'_>) -> Self {
        let fresh: Vec<&str> = context.fresh().collect();
        match (fresh.is_empty(), context.is_hydrating()) {
            (true, false) => self,
            (false, false) => {
                let until = format!("Exchange knows {}", fresh.join(", "));
                self.until(&until, &[Refusal::NotFound], KNOWN_SECONDS)
            }
            (_, true) => {
                let until = "the organisation is customised everywhere";
                self.until(until, &[Refusal::NotFound, Refusal::Dehydrated], CUSTOMIZED_SECONDS)
            }
        }
    }

    /// The object itself may have been made a moment ago: until that is known everywhere, these refusals pass.
    pub(crate) fn once_made(self, context: &Context<'_>, until: &str, refusals: &[Refusal]) -> Self {
        if context.object.is_none() { self.until(until, refusals, KNOWN_SECONDS) } else { self }
    }

    /// These refusals pass: it is sent again, for at most so long, until what was done before is known.
    pub(crate) fn until(self, until: &str, refusals: &[Refusal], timeout_seconds: u64) -> Self {
        self.operation.not_yet =
            Some(NotYet { refusals: refusals.to_vec(), until: until.to_owned(), timeout_seconds });
        self
    }

    /// The answer's property makes an output known.
    pub(crate) fn captures(self, output: &str, property: &str) -> Self {
        self.operation.captures.insert(output.to_owned(), property.to_owned());
        self
    }
}

/// A name in quotation marks, for a title.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
