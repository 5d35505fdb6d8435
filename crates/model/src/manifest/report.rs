//! The report: every finding about a manifest, each raised in the name of a check.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::address::Address;
use crate::diagnostic::{Diagnostic, Severity};
use crate::place::{Place, Sources};

/// One thing that a manifest is checked for.
#[derive(Debug)]
pub struct Check {
    /// Stable id in kebab case, such as `room-list-name-too-long`.
    pub id: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// What a finding means, in one sentence without a full stop.
    pub title: &'static str,
    /// What to do about it. A finding may say it more exactly.
    pub hint: &'static str,
}

/// Everything found so far, and the texts of the files that places lie in.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) sources: Sources,
    pub(crate) findings: Vec<Diagnostic>,
    /// The resource that is being read.
    pub(crate) about: Option<Address>,
    /// How often a check found something in a file.
    counts: BTreeMap<(&'static str, u32), (&'static Check, usize)>,
    /// Takes what is over [`MOST`].
    sink: Option<Diagnostic>,
}

/// Findings of one check in one file that are told singly: a column of the wrong CSV file has thousands.
const MOST: usize = 50;

impl Report {
    /// Records a finding, with the check's own hint.
    pub(crate) fn find(
        &mut self,
        check: &'static Check,
        place: Place,
        summary: impl Into<String>,
    ) -> Finding<'_> {
        let mut diagnostic = match check.severity {
            Severity::Error => Diagnostic::error(check.id, summary),
            Severity::Warning => Diagnostic::warning(check.id, summary),
            Severity::Note => Diagnostic::note(check.id, summary),
        }
        .hint(check.hint)
        .at(&self.sources, place);
        diagnostic.address.clone_from(&self.about);
        let (_, count) = self.counts.entry((check.id, place.source)).or_insert((check, 0));
        *count += 1;
        let diagnostic = if *count > MOST {
            self.sink.insert(diagnostic)
        } else {
            self.findings.push(diagnostic);
            let at = self.findings.len() - 1;
            &mut self.findings[at]
        };
        Finding { sources: &self.sources, diagnostic }
    }

    /// Says how many findings were not told singly.
    pub(crate) fn close(&mut self) {
        self.about = None;
        for ((_, source), (check, count)) in std::mem::take(&mut self.counts) {
            if count > MOST {
                let place = Place { source, line: 1, column: 1, length: 0 };
                let name = self.sources.get(place).map(|source| source.name.to_string()).unwrap_or_default();
                let summary = format!("{} more of the same in {name}", count - MOST);
                self.find(check, Place::NOWHERE, summary);
            }
        }
    }
}

/// A finding that was just recorded.
pub(crate) struct Finding<'r> {
    sources: &'r Sources,
    diagnostic: &'r mut Diagnostic,
}

impl Finding<'_> {
    /// With a hint in place of the check's own.
    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        self.diagnostic.hint = Some(hint.into());
        self
    }

    /// Without a hint.
    pub(crate) fn without_hint(self) -> Self {
        self.diagnostic.hint = None;
        self
    }

    /// With more words.
    pub(crate) fn detail(self, detail: impl Into<String>) -> Self {
        self.diagnostic.detail = Some(detail.into());
        self
    }

    /// With the resource it is about.
    pub(crate) fn about(self, address: &Address) -> Self {
        self.diagnostic.address = Some(address.clone());
        self
    }

    /// With a second place.
    pub(crate) fn related(self, place: Place, message: impl Into<String>) -> Self {
        if let Some(location) = self.sources.locate(place) {
            self.diagnostic.related.push(crate::diagnostic::Related { location, message: message.into() });
        }
        self
    }
}

/// The place of a part of a text value: `range` in bytes of `text`, which stands at `place`. Where the file spells
/// the value otherwise than it reads (escapes, folded lines), the place of the whole value.
pub(crate) fn inside(sources: &Sources, place: Place, text: &str, range: &Range<usize>) -> Place {
    let within = || {
        let source = sources.get(place)?;
        let line = source.text.lines().nth(usize::try_from(place.line).ok()?.checked_sub(1)?)?;
        let column = usize::try_from(place.column).ok()?.checked_sub(1)?;
        let (start, _) = line.char_indices().nth(column)?;
        let written = line.get(start..)?;
        let quote = usize::from(written.starts_with(['"', '\'']));
        let before = text.get(..range.start)?;
        let marked = text.get(range.clone())?;
        written.get(quote..)?.strip_prefix(before)?.strip_prefix(marked)?;
        let offset = u32::try_from(quote + before.chars().count()).ok()?;
        let length = u32::try_from(marked.chars().count()).ok()?.max(1);
        Some(Place { column: place.column.checked_add(offset)?, length, ..place })
    };
    within().unwrap_or(place)
}
