//! Diagnostics as text with the source line and a caret, and as annotations of GitHub Actions.

use std::collections::HashMap;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet};
use anteroom_model::diagnostic::{Diagnostic, Severity};
use anteroom_model::place::{Location, Sources};

use super::look::{Look, REMOVED, STRONG};
use super::safe::{mask, safe, without_secrets, wrap};

/// Lines around a place that are looked at for a second place of the same finding.
const NEAR: u32 = 40;

/// Findings of one cause, beside the last of them, that are shown unless more was asked for.
const MOST_ALIKE: usize = 9;

/// Every diagnostic, drawn, with an empty line behind each. Empty where there is none.
pub(crate) fn drawn(diagnostics: &[Diagnostic], sources: &Sources, look: Look) -> String {
    let lines = Lines::of(diagnostics, sources);
    let mut text = String::new();
    for group in diagnostics.chunk_by(is_cured_alike) {
        // One cure behind several findings of one cause; a list of thousands of rooms has thousands of them.
        let Some((last, others)) = group.split_last() else { continue };
        let shown = if look.verbose { others.len() } else { others.len().min(MOST_ALIKE) };
        for other in &others[..shown] {
            text.push_str(&draw(&Diagnostic { hint: None, ..other.clone() }, &lines, look));
            text.push('\n');
        }
        if others.len() > shown {
            put!(text, "... {} more of the same, which -v shows ...\n", others.len() - shown);
        }
        text.push_str(&draw(last, &lines, look));
        text.push_str("\n\n");
    }
    text
}

/// Whether two findings that stand one behind the other, and have nothing but a line each, have the same cure.
fn is_cured_alike(one: &Diagnostic, next: &Diagnostic) -> bool {
    let bare = |diagnostic: &Diagnostic| {
        diagnostic.location.is_none() && diagnostic.related.is_empty() && diagnostic.detail.is_none()
    };
    one.id == next.id && one.hint == next.hint && bare(one) && bare(next)
}

/// Every diagnostic, drawn, and a line that counts them. Empty where there is none.
pub(crate) fn text(diagnostics: &[Diagnostic], sources: &Sources, look: Look) -> String {
    let mut text = drawn(diagnostics, sources, look);
    if let Some(counts) = counts(diagnostics) {
        let style = if diagnostics.iter().any(Diagnostic::is_error) { REMOVED.bold() } else { STRONG };
        text.push_str(&look.paint(style, &counts));
        text.push('\n');
    }
    text
}

/// Notes and warnings first and errors last of all, each in the order they came: what is last is read first.
pub(crate) fn errors_last(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut sorted = diagnostics.to_vec();
    sorted.sort_by_key(|diagnostic| std::cmp::Reverse(diagnostic.severity));
    sorted
}

/// `2 errors, 1 warning.`, or nothing where there is nothing.
pub(crate) fn counts(diagnostics: &[Diagnostic]) -> Option<String> {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter_map(|severity| {
            let number = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
            let plural = if number == 1 { "" } else { "s" };
            (number > 0).then(|| format!("{number} {}{plural}", severity.word()))
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")))
}

/// One workflow command a diagnostic. Facts: "Workflow commands for GitHub Actions", setting an error message.
pub(crate) fn github(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(location) = &diagnostic.location {
            properties.push(format!("file={}", escape_property(&location.file)));
            properties.push(format!("line={}", location.line));
            properties.push(format!("col={}", location.column));
            if location.length > 0 {
                properties.push(format!("endColumn={}", location.column + location.length));
            }
        }
        properties.push(format!("title={}", escape_property(&diagnostic.id)));
        let mut message = diagnostic.summary.clone();
        if let Some(address) = &diagnostic.address {
            message = format!("{address}: {message}");
        }
        for more in [&diagnostic.detail, &diagnostic.hint].into_iter().flatten() {
            message.push('\n');
            message.push_str(more);
        }
        for related in &diagnostic.related {
            put!(message, "\n{}: {}", related.location, related.message);
        }
        put!(text, "::{command} {}::{}\n", properties.join(","), escape_data(&message));
    }
    text
}

fn escape_data(text: &str) -> String {
    // Line breaks are data here; what else steers a terminal is not.
    let lines: Vec<String> =
        text.split('\n').map(|line| safe(line.trim_end_matches('\r')).into_owned()).collect();
    lines.join("\n").replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn escape_property(text: &str) -> String {
    escape_data(text).replace(':', "%3A").replace(',', "%2C")
}

fn draw(diagnostic: &Diagnostic, lines: &Lines<'_>, look: Look) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut summary = safe(&diagnostic.summary).into_owned();
    if let Some(address) = &diagnostic.address
        && !summary.contains(address.as_str())
    {
        summary = format!("{}: {summary}", safe(address.as_str()));
    }
    let mut group = level.primary_title(summary).id(safe(&diagnostic.id)).elements(Vec::<Element<'_>>::new());
    for excerpt in excerpts(diagnostic) {
        group = group.elements(excerpt.elements(lines));
    }
    // The gutter and `= help: ` take about sixteen columns.
    let columns = look.width.saturating_sub(16).max(40);
    let paragraph = |text: &str| {
        let lines: Vec<String> = text.split('\n').flat_map(|line| wrap(&safe(line), columns)).collect();
        lines.join("\n")
    };
    if let Some(detail) = &diagnostic.detail {
        group = group.element(Level::NOTE.message(paragraph(detail)));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(paragraph(hint)));
    }
    let renderer = if look.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.term_width(look.width).render(&[group])
}

/// The lines of every file that a diagnostic points into, cut once: there may be many findings in one large file.
struct Lines<'a>(HashMap<&'a str, Vec<&'a str>>);

impl<'a> Lines<'a> {
    fn of(diagnostics: &[Diagnostic], sources: &'a Sources) -> Self {
        let mut lines = HashMap::new();
        let places = diagnostics.iter().flat_map(|diagnostic| {
            diagnostic.location.iter().chain(diagnostic.related.iter().map(|related| &related.location))
        });
        for place in places {
            if !lines.contains_key(place.file.as_str())
                && let Some(source) = sources.iter().find(|source| *source.name == place.file)
            {
                lines.insert(&*source.name, source.text.lines().collect());
            }
        }
        Self(lines)
    }

    /// The lines from `first` to `last`, counted from 1, where the file is at hand and has them.
    fn get(&self, file: &str, first: u32, last: u32) -> Option<&[&'a str]> {
        let range = usize::try_from(first.checked_sub(1)?).ok()?..usize::try_from(last).ok()?;
        self.0.get(file)?.get(range)
    }
}

/// Places of one finding that are shown in one excerpt of one file.
struct Excerpt<'a> {
    file: &'a str,
    marks: Vec<(&'a Location, Option<&'a str>)>,
}

/// The place itself and, in the same excerpt or in ones of their own, those that belong to it.
fn excerpts(diagnostic: &Diagnostic) -> Vec<Excerpt<'_>> {
    let mut excerpts: Vec<Excerpt<'_>> = Vec::new();
    if let Some(location) = &diagnostic.location {
        excerpts.push(Excerpt { file: &location.file, marks: vec![(location, None)] });
    }
    for related in &diagnostic.related {
        let location = &related.location;
        let near = |excerpt: &&mut Excerpt<'_>| {
            excerpt.file == location.file
                && excerpt.marks.iter().any(|(other, _)| other.line.abs_diff(location.line) <= NEAR)
        };
        match excerpts.iter_mut().find(near) {
            Some(excerpt) => excerpt.marks.push((location, Some(&related.message))),
            None => excerpts
                .push(Excerpt { file: &location.file, marks: vec![(location, Some(&related.message))] }),
        }
    }
    excerpts
}

impl Excerpt<'_> {
    fn elements(&self, lines: &Lines<'_>) -> Vec<Element<'static>> {
        self.drawn(lines).map_or_else(|| self.named(), |snippet| vec![snippet.into()])
    }

    /// The lines with their marks, where the file's text is at hand.
    fn drawn(&self, lines: &Lines<'_>) -> Option<Snippet<'static, annotate_snippets::Annotation<'static>>> {
        let first = self.marks.iter().map(|(location, _)| location.line).min()?;
        let last = self.marks.iter().map(|(location, _)| location.line).max()?;
        let lines: Vec<_> =
            lines.get(self.file, first, last)?.iter().map(|line| without_secrets(&mask(line))).collect();
        let mut snippet = Snippet::source(lines.join("\n"))
            .line_start(usize::try_from(first).ok()?)
            .path(safe(self.file).into_owned());
        for (location, message) in &self.marks {
            let index = usize::try_from(location.line - first).ok()?;
            let before: usize = lines.iter().take(index).map(|line| line.len() + 1).sum();
            let span = span(lines.get(index)?, location);
            let kind = if message.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
            let mark = kind.span(before + span.start..before + span.end);
            snippet = snippet.annotation(mark.label(message.map(|message| safe(message).into_owned())));
        }
        Some(snippet)
    }

    /// The places by name alone.
    fn named(&self) -> Vec<Element<'static>> {
        let mut elements = Vec::new();
        for (location, message) in &self.marks {
            let place = Origin::path(safe(&location.file).into_owned())
                .line(usize::try_from(location.line).unwrap_or(usize::MAX))
                .char_column(usize::try_from(location.column).unwrap_or(usize::MAX));
            match message {
                None => elements.push(place.into()),
                Some(message) => {
                    elements.push(
                        Level::NOTE.message(safe(&format!("{location}: {message}")).into_owned()).into(),
                    );
                }
            }
        }
        elements
    }
}

/// The bytes of a line that a place covers; at least one character where there is one.
fn span(line: &str, location: &Location) -> Range<usize> {
    let byte = |characters: u32| {
        let characters = usize::try_from(characters).unwrap_or(usize::MAX);
        line.char_indices().nth(characters).map_or(line.len(), |(byte, _)| byte)
    };
    let start = location.column.saturating_sub(1);
    byte(start)..byte(start.saturating_add(location.length.max(1)))
}

#[cfg(test)]
mod tests {
    use anteroom_model::address::Address;
    use anteroom_model::diagnostic::Diagnostic;
    use anteroom_model::place::{Place, Sources};
    use insta::assert_snapshot;

    use super::{errors_last, github, text};
    use crate::render::look::Look;

    fn sources() -> Sources {
        let mut sources = Sources::default();
        sources.add(
            "anteroom.yaml",
            "version: 1\nroomLists:\n  london:\n    name: Räume in London\n    nmae: x\n  london:\n    name: Again\n".into(),
        );
        sources.add("more.yaml", "roomLists:\n  london: {}\n".into());
        sources
    }

    fn place(source: u32, line: u32, column: u32, length: u32) -> Place {
        Place { source, line, column, length }
    }

    fn findings() -> Vec<Diagnostic> {
        let sources = sources();
        vec![
            Diagnostic::error("unknown-key", "there is no field nmae")
                .about(&Address::new("roomLists", "london"))
                .at(&sources, place(0, 5, 5, 4))
                .hint("did you mean name?"),
            Diagnostic::error("duplicate-key", "roomLists.london is there twice")
                .at(&sources, place(0, 6, 3, 6))
                .related(sources.locate(place(0, 3, 3, 6)), "first here")
                .related(sources.locate(place(1, 2, 3, 6)), "and here")
                .detail("Each resource has one address, and one entry. Entries are never merged, because nobody could tell which of two values counts."),
            Diagnostic::warning("room-list-large", "100% full, or: more").at(&sources, place(0, 4, 11, 15)),
            Diagnostic::note("no-place", "a\u{1b}[2Jb"),
        ]
    }

    #[test]
    fn a_finding_is_drawn_with_its_line_and_caret_and_counted() {
        assert_snapshot!(text(&findings(), &sources(), Look::PLAIN), @r#"
        error[unknown-key]: roomLists.london: there is no field nmae
         --> anteroom.yaml:5:5
          |
        5 |     nmae: x
          |     ^^^^
          |
          = help: did you mean name?

        error[duplicate-key]: roomLists.london is there twice
         --> anteroom.yaml:6:3
          |
        3 |   london:
          |   ------ first here
        ...
        6 |   london:
          |   ^^^^^^
          |
         ::: more.yaml:2:3
          |
        2 |   london: {}
          |   ------ and here
          |
          = note: Each resource has one address, and one entry. Entries are never
                  merged, because nobody could tell which of two values counts.

        warning[room-list-large]: 100% full, or: more
         --> anteroom.yaml:4:11
          |
        4 |     name: Räume in London
          |           ^^^^^^^^^^^^^^^

        note[no-place]: a\u{1b}[2Jb

        2 errors, 1 warning, 1 note.
        "#);
    }

    #[test]
    fn without_the_files_the_places_are_named() {
        assert_snapshot!(text(&findings()[1..2], &Sources::default(), Look::PLAIN), @r#"
        error[duplicate-key]: roomLists.london is there twice
        --> anteroom.yaml:6:3
         = note: anteroom.yaml:3:3: first here
         = note: more.yaml:2:3: and here
         = note: Each resource has one address, and one entry. Entries are never
                 merged, because nobody could tell which of two values counts.

        1 error.
        "#);
    }

    #[test]
    fn a_place_behind_the_end_of_the_text_is_drawn_all_the_same() {
        let sources = sources();
        let beyond = [(9, 1, 3), (2, 80, 5), (5, 12, 900), (1, 0, 0)];
        let diagnostics: Vec<Diagnostic> = beyond
            .iter()
            .map(|&(line, column, length)| {
                Diagnostic::error("x", "y").at(&sources, place(0, line, column, length))
            })
            .collect();
        assert!(text(&diagnostics, &sources, Look::PLAIN).ends_with("4 errors.\n"));
    }

    #[test]
    fn the_source_cannot_steer_the_terminal() {
        let mut sources = Sources::default();
        sources.add("a\u{1b}.yaml", "name: \"\u{1b}[31m\u{202e}\u{9b}\u{7}\"\n".into());
        let found = Diagnostic::error("x", "y").at(&sources, place(0, 1, 7, 4));
        let drawn = text(&[found], &sources, Look::PLAIN);
        let steering: Vec<char> =
            drawn.chars().filter(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}').collect();
        assert!(steering.is_empty(), "{steering:?} in {drawn:?}");
    }

    #[test]
    fn annotations_of_github_are_escaped() {
        assert_snapshot!(github(&findings()), @r#"
        ::error file=anteroom.yaml,line=5,col=5,endColumn=9,title=unknown-key::roomLists.london: there is no field nmae%0Adid you mean name?
        ::error file=anteroom.yaml,line=6,col=3,endColumn=9,title=duplicate-key::roomLists.london is there twice%0AEach resource has one address, and one entry. Entries are never merged, because nobody could tell which of two values counts.%0Aanteroom.yaml:3:3: first here%0Amore.yaml:2:3: and here
        ::warning file=anteroom.yaml,line=4,col=11,endColumn=26,title=room-list-large::100%25 full, or: more
        ::notice title=no-place::a\u{1b}[2Jb
        "#);
    }

    #[test]
    fn a_password_in_a_manifest_is_not_shown() {
        let mut sources = Sources::default();
        sources.add("a.yaml", "a: { upn: x, password: \"hunter2\" }\n".into());
        let drawn =
            text(&[Diagnostic::error("x", "y").at(&sources, place(0, 1, 6, 3))], &sources, Look::PLAIN);
        assert!(drawn.contains("upn: x, password: *********") && !drawn.contains("hunter2"), "{drawn}");
    }

    #[test]
    fn findings_with_the_same_cure_are_told_it_once() {
        let unreadable = |what: &str| Diagnostic::error("unreadable", what).hint("check the network");
        let many: Vec<Diagnostic> = (0..100).map(|number| unreadable(&number.to_string())).collect();
        let drawn = text(&many, &Sources::default(), Look::PLAIN);
        assert!(
            drawn.contains("]: 8\n... 90 more of the same, which -v shows ...\nerror[unreadable]: 99\n"),
            "{drawn}"
        );
        let all = text(&many, &Sources::default(), Look { verbose: true, ..Look::PLAIN });
        assert_eq!(all.matches("error[unreadable]").count(), 100);
        assert_snapshot!(text(&[unreadable("a"), unreadable("b")], &Sources::default(), Look::PLAIN), @"
        error[unreadable]: a
        error[unreadable]: b
         |
         = help: check the network

        2 errors.
        ");
    }

    #[test]
    fn errors_stand_last() {
        let ids: Vec<String> = errors_last(&findings()).into_iter().map(|diagnostic| diagnostic.id).collect();
        assert_eq!(ids, ["no-place", "room-list-large", "unknown-key", "duplicate-key"]);
    }
}
