//! Operations: the calls that would be made, as data.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use crate::delivery::Delivery;
use crate::value::{Outputs, Template, Unresolved};

/// One call that would be made. A change's operations run in the order of their stages; those of one stage do not
/// depend on each other and may be sent together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Which half of a change it belongs to.
    #[serde(default, skip_serializing_if = "Step::is_main")]
    pub step: Step,
    /// Order inside the step, from 0.
    pub stage: u32,
    /// What it does, for a person.
    pub title: String,
    /// The call.
    pub call: Call,
    /// Outputs that the answer makes known: output name to the property that holds it.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub captures: IndexMap<String, String>,
    /// Refusals that mean that it is already as wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<Refusal>,
    /// How to find out whether it was carried out, where its answer was lost. Every operation that makes something has
    /// one; the others do no harm when they are sent twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
    /// Refusals that pass with time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_yet: Option<NotYet>,
}

/// Refusals that only mean that the service does not know everywhere yet what an earlier operation of the plan made or
/// removed. The operation is sent again until they end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotYet {
    /// Which.
    pub refusals: Vec<Refusal>,
    /// What is waited for, for a person.
    pub until: String,
    /// The longest time to try, in seconds.
    pub timeout_seconds: u64,
}

/// How to find out whether an operation whose answer was lost was carried out. What it finds is what the answer would
/// have told: outputs are captured from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lookup {
    /// The read, by what the object is known by in the tenant.
    pub probe: Call,
    /// What its answer looks like once the operation was carried out, and only then.
    pub expect: Expect,
}

/// Which half of a change an operation belongs to.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// What dependants wait for.
    #[default]
    Main,
    /// Removing what is left over, after dependants have moved.
    Cleanup,
}

impl Step {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
    const fn is_main(&self) -> bool {
        matches!(self, Self::Main)
    }
}

/// A call, as data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Call {
    /// An Exchange cmdlet.
    Cmdlet {
        /// Its name, such as `New-DistributionGroup`.
        cmdlet: String,
        /// Its parameters.
        parameters: IndexMap<String, Argument>,
    },
    /// A Microsoft Graph request.
    Graph {
        /// The method.
        method: Method,
        /// The path below `/v1.0`, starting with a slash. Outputs are written in as they are: they are GUIDs.
        path: Template,
        /// The JSON body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Argument>,
    },
    /// Make a password, deliver it, and keep it only until the call that needs it is done.
    Password {
        /// The name under which later calls refer to it.
        secret: String,
        /// Where it is delivered before anything else happens.
        deliver_to: Delivery,
    },
    /// Read until a condition holds.
    Wait {
        /// What is waited for, for a person.
        until: String,
        /// The read.
        probe: Box<Call>,
        /// The condition on its answer.
        expect: Expect,
        /// The longest time to wait, in seconds.
        timeout_seconds: u64,
    },
}

impl Call {
    /// Whether the call sends the password of this name.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Cmdlet { parameters, .. } => parameters.values().any(|value| value.mentions(name)),
            Self::Graph { body, .. } => body.as_ref().is_some_and(|body| body.mentions(name)),
            Self::Password { .. } => false,
            Self::Wait { probe, .. } => probe.mentions(name),
        }
    }
}

/// HTTP methods that Graph operations use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the methods of HTTP")]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A parameter or a body: JSON with gaps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Argument {
    /// Text with outputs in it.
    Template {
        /// The parts.
        #[serde(rename = "$template")]
        template: Template,
    },
    /// A password made by an earlier [`Call::Password`].
    Secret {
        /// Its name.
        #[serde(rename = "$secret")]
        secret: String,
    },
    /// Several.
    List(Vec<Argument>),
    /// Named values.
    Record(IndexMap<String, Argument>),
    /// Plain JSON: text, number, true or false, null.
    Plain(serde_json::Value),
}

impl Argument {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Plain(serde_json::Value::String(text.into()))
    }

    /// True or false.
    pub const fn bool(value: bool) -> Self {
        Self::Plain(serde_json::Value::Bool(value))
    }

    /// Several texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|text| Self::text(text)).collect())
    }

    /// A template; plain text where it has no gaps.
    pub const fn template(template: Template) -> Self {
        Self::Template { template }
    }

    /// A record of named values.
    pub fn record<K: Into<String>>(fields: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Record(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether the password of this name is somewhere in it.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Secret { secret } => secret == name,
            Self::List(items) => items.iter().any(|item| item.mentions(name)),
            Self::Record(fields) => fields.values().any(|field| field.mentions(name)),
            Self::Template { .. } | Self::Plain(_) => false,
        }
    }

    /// The JSON to send.
    pub fn resolve(
        &self,
        outputs: &Outputs,
        secrets: &dyn Fn(&str) -> Option<String>,
    ) -> Result<serde_json::Value, Missing> {
        use serde_json::Value as Json;
        Ok(match self {
            Self::Template { template } => Json::String(template.resolve(outputs).map_err(Missing::Output)?),
            Self::Secret { secret } => {
                Json::String(secrets(secret).ok_or_else(|| Missing::Secret(secret.clone()))?)
            }
            Self::List(items) => Json::Array(
                items.iter().map(|item| item.resolve(outputs, secrets)).collect::<Result<_, _>>()?,
            ),
            Self::Record(fields) => Json::Object(
                fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), value.resolve(outputs, secrets)?)))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Plain(value) => value.clone(),
        })
    }
}

/// What a call needs and nothing has made known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// An output.
    Output(Unresolved),
    /// A password.
    Secret(String),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Output(unresolved) => unresolved.fmt(f),
            Self::Secret(name) => write!(f, "the secret {name} was not made"),
        }
    }
}

impl std::error::Error for Missing {}

/// A condition on the answer of a read. Reads lag behind writes, and a cmdlet that is asked for what it does not know may
/// answer with everything: a condition names what was written. Values are compared as text without case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "condition", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Expect {
    /// Exactly one of the rows has all of `with`, something in each of `has`, and none of `without`, whatever else comes
    /// back.
    Row {
        /// Property to the value that the row has.
        with: IndexMap<String, Argument>,
        /// Properties that are not empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        has: Vec<String>,
        /// Property to a value that the row does not have.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        without: IndexMap<String, String>,
    },
    /// No row has all of `with`.
    Gone {
        /// Property to the value that no row has.
        with: IndexMap<String, Argument>,
    },
    /// Among the rows' values of a property are all of `includes` and none of `excludes`.
    Rows {
        /// The property that is looked at.
        property: String,
        /// Values that must be there.
        includes: Vec<String>,
        /// Values that must not be there.
        excludes: Vec<String>,
    },
}

impl Expect {
    /// One row with these properties.
    pub fn row<'a>(with: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        with.into_iter().fold(
            Self::Row { with: IndexMap::new(), has: Vec::new(), without: IndexMap::new() },
            |row, (property, value)| row.and(property, Argument::text(value)),
        )
    }

    /// No row with this property.
    pub fn gone(property: &str, value: &str) -> Self {
        Self::Gone { with: IndexMap::from([(property.to_owned(), Argument::text(value))]) }
    }

    /// The same, and this property has this value.
    #[must_use]
    pub fn and(mut self, property: &str, value: Argument) -> Self {
        if let Self::Row { with, .. } | Self::Gone { with } = &mut self {
            with.insert(property.to_owned(), value);
        }
        self
    }

    /// The same, and this property of the row is not empty.
    #[must_use]
    pub fn with_some(mut self, property: &str) -> Self {
        if let Self::Row { has, .. } = &mut self {
            has.push(property.to_owned());
        }
        self
    }

    /// The same, and this property of the row has another value.
    #[must_use]
    pub fn but_not(mut self, property: &str, value: &str) -> Self {
        if let Self::Row { without, .. } = &mut self {
            without.insert(property.to_owned(), value.to_owned());
        }
        self
    }
}

/// Why a service refuses a call, as far as anybody acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// There is no such object.
    NotFound,
    /// There is one already.
    AlreadyExists,
    /// The member is in the group already.
    AlreadyMember,
    /// The member is not in the group.
    NotMember,
    /// Customisation was enabled before.
    AlreadyEnabled,
    /// The organisation has never been customised.
    Dehydrated,
    /// Something else still uses the object.
    InUse,
    /// There is no token to send: nobody could be signed in.
    NotSignedIn,
    /// The token is not valid here.
    Unauthorized,
    /// The caller may not.
    Forbidden,
    /// The call is wrong: a parameter, a value.
    Invalid,
    /// Too much in too short a time.
    Throttled,
    /// The service or the way to it failed; the same call may go through later. Of a call that writes: it surely did
    /// nothing.
    Transient,
    /// A call that writes was sent and the service or the way to it failed: whether it was carried out is not known.
    Lost,
    /// Anything else.
    Other,
}
