//! The report: every finding about a manifest, each raised in the name of a check.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::address::Address;
use crate::diagnostic::{Diagnostic, Severity};
use crate::manifest::check;
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
        // A misspelt reference leaves its scope unused, an unread file its list empty: telling both tells one thing twice.
        if self.findings.iter().any(Diagnostic::is_error) {
            let follows = [check::SCOPE_UNUSED.id, check::ROOM_LIST_EMPTY.id];
            self.findings.retain(|finding| !follows.contains(&finding.id.as_str()));
        }
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
/// the value otherwise than it reads (escapes), the place of the whole value.
pub(crate) fn inside(sources: &Sources, place: Place, text: &str, range: &Range<usize>) -> Place {
    part(sources, place, text, range).unwrap_or(place)
}

fn part(sources: &Sources, place: Place, text: &str, range: &Range<usize>) -> Option<Place> {
    let source = sources.get(place)?;
    let first = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let mut column = usize::try_from(place.column).ok()?.checked_sub(1)?;
    let mut begins = 0;
    // Line by line: what a block or a folded scalar joins is joined by one character.
    for (number, line) in source.text.lines().enumerate().skip(first) {
        let start = line.char_indices().nth(column).map_or(line.len(), |(start, _)| start);
        let mut written = line.get(start..)?;
        if number == first && written.starts_with(['"', '\'']) && !text.starts_with(['"', '\'']) {
            written = &written[1..];
            column += 1;
        }
        let rest = text.get(begins..)?;
        let shared = written.bytes().zip(rest.bytes()).take_while(|(a, b)| a == b).count();
        let ends = begins + shared;
        if range.start < ends || range.start == text.len() && ends == text.len() {
            let before = text.get(begins..range.start)?.chars().count();
            let marked = text.get(range.start..range.end.min(ends).max(range.start))?.chars().count();
            return Some(Place {
                line: u32::try_from(number + 1).ok()?,
                column: u32::try_from(column + before + 1).ok()?,
                length: u32::try_from(marked.max(1)).ok()?,
                ..place
            });
        }
        if ends == begins || shared < written.trim_end().len() {
            return None;
        }
        begins = ends + 1;
        let next = source.text.lines().nth(number + 1)?;
        column = next.chars().take_while(|c| *c == ' ').count();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::inside;
    use crate::place::{Place, Sources};

    /// Where the word `City` is found in a value that the file spells so, from `line` and `column` on.
    fn found(file: &str, (line, column): (u32, u32), value: &str) -> (u32, u32, u32) {
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", file.into());
        let place = Place { source, line, column, length: 0 };
        let start = value.find("City").unwrap_or(value.len());
        let place = inside(&sources, place, value, &(start..value.len().min(start + 4)));
        (place.line, place.column, place.length)
    }

    #[test]
    fn a_part_of_a_value_is_found_in_every_way_of_writing_it() {
        assert_eq!(found("f: räume City\n", (1, 4), "räume City"), (1, 10, 4));
        assert_eq!(found("f: \"räume City\"\n", (1, 4), "räume City"), (1, 11, 4));
        assert_eq!(found("f: 'räume City'\n", (1, 4), "räume City"), (1, 11, 4));
        assert_eq!(found("f: >\n  a -and\n  City\n", (2, 3), "a -and City"), (3, 3, 4));
        assert_eq!(found("f: |\n  a -and\n  b City\n", (2, 3), "a -and\nb City"), (3, 5, 4));
        assert_eq!(found("f: a -and\n   b\n   City\n", (1, 4), "a -and b City"), (3, 4, 4));
        // At the end, where something is missing.
        assert_eq!(found("f: a -and\n", (1, 4), "a -and"), (1, 10, 1));
        // Spelt otherwise: the whole value.
        assert_eq!(found("f: \"\\x41 City\"\n", (1, 4), "A City"), (1, 4, 0));
        assert_eq!(found("f: 'it''s City'\n", (1, 4), "it's City"), (1, 4, 0));
    }
}
