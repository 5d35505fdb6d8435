//! Diagnostics: what is wrong, with which address, where, and what to do next, as values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::place::{Location, Place, Sources};

/// How bad a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// The command cannot go on with this.
    Error,
    /// Worth knowing; the command goes on.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// The word that is printed.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Stable id in kebab case, such as `room-list-name-too-long`.
    pub id: String,
    /// The resource it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub address: Option<Address>,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What happened, in one sentence without a full stop.
    pub summary: String,
    /// More, where one sentence is not enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Other places that belong to it, each with a few words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// A second place that belongs to a diagnostic, such as the first of two equal keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Related {
    /// Where.
    pub location: Location,
    /// Why it is shown.
    pub message: String,
}

impl Diagnostic {
    /// An error with this id and sentence.
    pub fn error(id: &str, summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, id, summary)
    }

    /// A warning with this id and sentence.
    pub fn warning(id: &str, summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, id, summary)
    }

    /// A note with this id and sentence.
    pub fn note(id: &str, summary: impl Into<String>) -> Self {
        Self::new(Severity::Note, id, summary)
    }

    fn new(severity: Severity, id: &str, summary: impl Into<String>) -> Self {
        Self {
            severity,
            id: id.to_owned(),
            address: None,
            location: None,
            summary: summary.into(),
            detail: None,
            hint: None,
            related: Vec::new(),
        }
    }

    /// With the resource it is about.
    #[must_use]
    pub fn about(mut self, address: &Address) -> Self {
        self.address = Some(address.clone());
        self
    }

    /// With its place.
    #[must_use]
    pub fn at(mut self, sources: &Sources, place: Place) -> Self {
        self.location = sources.locate(place);
        self
    }

    /// With its place, already named.
    #[must_use]
    pub fn located(mut self, location: Option<Location>) -> Self {
        self.location = location;
        self
    }

    /// With more words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a second place.
    #[must_use]
    pub fn related(mut self, location: Option<Location>, message: impl Into<String>) -> Self {
        if let Some(location) = location {
            self.related.push(Related { location, message: message.into() });
        }
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Puts diagnostics in the order in which they are shown: by file, line and column, those without a place last,
/// then by address and id. The order never depends on the order in which checks ran.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| {
        let place = |d: &Diagnostic| (d.location.is_none(), d.location.clone());
        place(a)
            .cmp(&place(b))
            .then_with(|| a.address.cmp(&b.address))
            .then_with(|| a.id.cmp(&b.id))
            .then_with(|| a.summary.cmp(&b.summary))
    });
}
