//! Attribute values and the differences between two of them, as lines of text without indentation or colour.

use std::collections::BTreeSet;

use anteroom_model::change::AttributeChange;
use anteroom_model::value::Value;
use similar::{ChangeTag, TextDiff};

use super::safe::{safe, width, wrap};

/// More elements than this are shown by their first and last ones.
const LONGEST_LIST: usize = 10;
/// More unchanged words than this in a row are left out of a difference.
const LONGEST_RUN: usize = 12;

/// What a line says of what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It is as it was, or is a remark.
    Context,
    /// It comes.
    Added,
    /// It goes.
    Removed,
}

impl Mark {
    /// The sign in front of the line.
    pub(crate) const fn sign(self) -> char {
        match self {
            Self::Context => ' ',
            Self::Added => '+',
            Self::Removed => '-',
        }
    }
}

/// One line of a difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it says.
    pub(crate) mark: Mark,
    /// The line, safe to print.
    pub(crate) text: String,
}

impl Line {
    fn new(mark: Mark, text: impl Into<String>) -> Self {
        Self { mark, text: text.into() }
    }
}

/// A difference, drawn: what stands behind the attribute's path, and the lines below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// Behind `path:` on the same line; may be empty.
    pub(crate) head: String,
    /// Below, each indented.
    pub(crate) lines: Vec<Line>,
}

/// A value in one line, safe to print.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Text(text) => show_text(text),
        Value::Set(elements) if elements.is_empty() => "(none)".to_owned(),
        Value::Set(elements) => {
            elements.iter().map(|element| show_element(element)).collect::<Vec<_>>().join(", ")
        }
        Value::Template { template } => safe(&template.to_string()).into_owned(),
    }
}

/// Text is quoted where a reader could not tell where it ends or what it is.
fn show_text(text: &str) -> String {
    let shown = safe(text);
    let unclear = text.is_empty()
        || text.trim() != text
        || text.starts_with(['(', '"'])
        || text.contains("->")
        || text.parse::<f64>().is_ok()
        || matches!(text, "true" | "false" | "null");
    if unclear { format!("\"{shown}\"") } else { shown.into_owned() }
}

fn show_element(element: &str) -> String {
    if element.contains(", ") { format!("\"{}\"", safe(element)) } else { show_text(element) }
}

/// How an attribute changes. `columns` is what is left of a line behind the indentation; `whole` shows long lists to
/// the end.
pub(crate) fn draw(attribute: &AttributeChange, new_object: bool, columns: usize, whole: bool) -> Drawn {
    let (before, after) = (&attribute.before, &attribute.after);
    let is_set = matches!(before, Value::Set(_)) || matches!(after, Value::Set(_));
    let only_after = new_object && before.is_unset();
    let inline = if only_after {
        Some(show(after))
    } else if is_set {
        None
    } else {
        Some(format!("{} -> {}", show(before), show(after)))
    };
    let breaks = [before, after].iter().any(|value| value.as_text().is_some_and(|text| text.contains('\n')));
    if let Some(head) = inline
        && !breaks
        && width(&attribute.path) + 2 + width(&head) <= columns
    {
        return Drawn { head, lines: Vec::new() };
    }
    if is_set {
        return draw_set(before.elements(), after.elements(), only_after, whole);
    }
    let lines = match (plain(before), plain(after)) {
        (None, Some(after)) | (Some(after), None) if only_after => paragraph(Mark::Context, &after, columns),
        (Some(before), Some(after)) => draw_text(&before, &after, columns),
        _ => {
            let mut lines = paragraph(Mark::Removed, &show(before), columns);
            lines.extend(paragraph(Mark::Added, &show(after), columns));
            lines
        }
    };
    Drawn { head: String::new(), lines }
}

/// Elements of a list, one a line, without the middle of a long one unless it is to be `whole`. `verb` says in the
/// line in between what became of them.
pub(crate) fn list(mark: Mark, elements: &[String], verb: &str, whole: bool) -> Vec<Line> {
    let line = |element: &String| Line::new(mark, show_text(element));
    if whole || elements.len() <= LONGEST_LIST {
        return elements.iter().map(line).collect();
    }
    let (first, last) = (LONGEST_LIST / 2, LONGEST_LIST - LONGEST_LIST / 2 - 1);
    let mut lines: Vec<Line> = elements[..first].iter().map(line).collect();
    lines.push(Line::new(Mark::Context, format!("... {} more {verb} ...", elements.len() - first - last)));
    lines.extend(elements[elements.len() - last..].iter().map(line));
    lines
}

/// The text of what is text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Template { template } => Some(template.to_string()),
        _ => None,
    }
}

fn draw_set(before: &[String], after: &[String], only_after: bool, whole: bool) -> Drawn {
    // Every attribute that is a set is compared without case; a change of case alone is not shown as two changes.
    let folded =
        |elements: &[String]| elements.iter().map(|element| element.to_lowercase()).collect::<BTreeSet<_>>();
    let (was, will_be) = (folded(before), folded(after));
    let removed: Vec<String> =
        before.iter().filter(|e| !will_be.contains(&e.to_lowercase())).cloned().collect();
    let added: Vec<String> = after.iter().filter(|e| !was.contains(&e.to_lowercase())).cloned().collect();
    let mut head = Vec::new();
    if !removed.is_empty() {
        head.push(format!("{} removed", removed.len()));
    }
    if !added.is_empty() {
        head.push(format!("{} added", added.len()));
    }
    if head.is_empty() {
        head.push("only spelling differs".to_owned());
    }
    let mut head = head.join(", ");
    if !only_after {
        put!(head, " ({} -> {})", before.len(), after.len());
    }
    let mut lines = list(Mark::Removed, &removed, "removed", whole);
    lines.extend(list(Mark::Added, &added, "added", whole));
    Drawn { head, lines }
}

/// Text in lines with a mark each.
pub(crate) fn paragraph(mark: Mark, text: &str, columns: usize) -> Vec<Line> {
    text.split('\n')
        .flat_map(|line| wrap(&safe(line), columns.saturating_sub(4)))
        .map(|line| Line::new(mark, line))
        .collect()
}

fn draw_text(before: &str, after: &str, columns: usize) -> Vec<Line> {
    if before.contains('\n') || after.contains('\n') {
        return draw_lines(before, after, columns);
    }
    let difference = TextDiff::from_words(before, after);
    // Two texts with little in common are easier to read one after the other.
    if likeness(&difference) < 0.5 {
        let mut lines = paragraph(Mark::Removed, before, columns);
        lines.extend(paragraph(Mark::Added, after, columns));
        return lines;
    }
    let mut text = String::new();
    let mut run: Vec<&str> = Vec::new();
    let changes: Vec<_> = difference.iter_all_changes().collect();
    let mut position = 0;
    while position < changes.len() {
        let tag = changes[position].tag();
        run.clear();
        while position < changes.len() && changes[position].tag() == tag {
            run.push(changes[position].value());
            position += 1;
        }
        match tag {
            ChangeTag::Equal => text.push_str(&shortened(&run, text.is_empty(), position == changes.len())),
            ChangeTag::Delete => put!(text, "[-{}-]", safe(&run.concat())),
            ChangeTag::Insert => put!(text, "{{+{}+}}", safe(&run.concat())),
        }
    }
    wrap(&text, columns.saturating_sub(4)).into_iter().map(|line| Line::new(Mark::Context, line)).collect()
}

/// The share of words that two texts have in common; spaces count for nothing.
fn likeness(difference: &TextDiff<'_, '_, str>) -> f64 {
    let words = difference.iter_all_changes().filter(|change| !change.value().trim().is_empty());
    let (mut common, mut all) = (0_u32, 0_u32);
    for change in words {
        // An unchanged word stands in both texts.
        let weight = if change.tag() == ChangeTag::Equal { 2 } else { 1 };
        common += if change.tag() == ChangeTag::Equal { weight } else { 0 };
        all += weight;
    }
    f64::from(common) / f64::from(all.max(1))
}

/// Unchanged words, without the middle of a long run of them.
fn shortened(words: &[&str], first: bool, last: bool) -> String {
    if words.len() <= LONGEST_RUN {
        return safe(&words.concat()).into_owned();
    }
    let keep = LONGEST_RUN / 2;
    let head = if first { String::new() } else { safe(&words[..keep].concat()).into_owned() };
    let tail = if last { String::new() } else { safe(&words[words.len() - keep..].concat()).into_owned() };
    format!("{}(...){}", spaced_behind(&head), spaced_before(&tail))
}

fn spaced_behind(text: &str) -> String {
    if text.is_empty() || text.ends_with(' ') { text.to_owned() } else { format!("{text} ") }
}

fn spaced_before(text: &str) -> String {
    if text.is_empty() || text.starts_with(' ') { text.to_owned() } else { format!(" {text}") }
}

fn draw_lines(before: &str, after: &str, columns: usize) -> Vec<Line> {
    let difference = TextDiff::from_lines(before, after);
    let mut lines = Vec::new();
    for (index, group) in difference.grouped_ops(1).iter().enumerate() {
        if index > 0 {
            lines.push(Line::new(Mark::Context, "..."));
        }
        for change in group.iter().flat_map(|operation| difference.iter_changes(operation)) {
            let mark = match change.tag() {
                ChangeTag::Equal => Mark::Context,
                ChangeTag::Delete => Mark::Removed,
                ChangeTag::Insert => Mark::Added,
            };
            let text = change.value().trim_end_matches(['\n', '\r']);
            lines.extend(paragraph(mark, text, columns));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use anteroom_model::change::{AttributeChange, Cause};
    use anteroom_model::value::Value;
    use insta::assert_snapshot;

    use super::{draw, show};

    fn drawn(path: &str, before: Value, after: Value) -> String {
        let change = AttributeChange {
            path: path.to_owned(),
            before,
            after,
            cause: Cause::Difference,
            forces_replacement: false,
        };
        let drawn = draw(&change, false, 76, false);
        let mut text = format!("{path}: {}", drawn.head).trim_end().to_owned();
        for line in drawn.lines {
            put!(text, "\n  {} {}", line.mark.sign(), line.text);
        }
        text
    }

    fn rooms(numbers: std::ops::Range<usize>) -> Value {
        Value::Set(numbers.map(|number| format!("room-{number:03}@contoso.com")).collect())
    }

    #[test]
    fn one_line_values_say_what_they_are() {
        let values = [
            Value::Null,
            Value::Bool(true),
            Value::text("true"),
            Value::text(""),
            Value::text(" x "),
            Value::text("75"),
            Value::Integer(75),
            Value::Set(Vec::new()),
            Value::Set(vec!["Doe, Jane".into(), "b".into()]),
            Value::text("a\u{1b}[2J\nb"),
        ];
        let shown: Vec<String> = values.iter().map(show).collect();
        assert_snapshot!(shown.join("\n"), @r#"
        (not set)
        true
        "true"
        ""
        " x "
        "75"
        75
        (none)
        "Doe, Jane", b
        a\u{1b}[2J\nb
        "#);
    }

    #[test]
    fn long_member_lists_are_counted_and_elided_in_the_middle() {
        assert_snapshot!(drawn("members", rooms(0..40), rooms(12..55)), @r#"
        members: 12 removed, 15 added (40 -> 43)
          - room-000@contoso.com
          - room-001@contoso.com
          - room-002@contoso.com
          - room-003@contoso.com
          - room-004@contoso.com
            ... 3 more removed ...
          - room-008@contoso.com
          - room-009@contoso.com
          - room-010@contoso.com
          - room-011@contoso.com
          + room-040@contoso.com
          + room-041@contoso.com
          + room-042@contoso.com
          + room-043@contoso.com
          + room-044@contoso.com
            ... 6 more added ...
          + room-051@contoso.com
          + room-052@contoso.com
          + room-053@contoso.com
          + room-054@contoso.com
        "#);
    }

    #[test]
    fn a_change_of_case_alone_is_no_change_of_members() {
        let set = |text: &str| Value::Set(vec![text.to_owned()]);
        assert_snapshot!(drawn("members", set("A@contoso.com"), set("a@contoso.com")), @"members: only spelling differs (1 -> 1)");
    }

    #[test]
    fn a_long_filter_shows_the_words_that_differ() {
        let before =
            "RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London' -and Department -eq 'Facilities'";
        assert_snapshot!(
            drawn("recipientFilter", Value::text(before), Value::text(before.replace("London", "Paris"))),
            @r#"
        recipientFilter:
            RecipientTypeDetails -eq 'RoomMailbox' -and City -eq
            [-'London'-]{+'Paris'+} -and Department -eq 'Facilities'
        "#);
        let long = (0..60).map(|n| format!("(Name -eq 'room{n}')")).collect::<Vec<_>>().join(" -or ");
        assert_snapshot!(
            drawn("recipientFilter", Value::text(&*long), Value::text(long.replace("room30'", "room99'"))),
            @r#"
        recipientFilter:
            (...) -or (Name -eq [-'room30')-]{+'room99')+} -or (Name -eq (...)
        "#);
    }

    #[test]
    fn texts_with_little_in_common_stand_one_after_the_other() {
        assert_snapshot!(
            drawn("description",
                Value::text("Made by hand in the spring, for the display panels of the ground floor"),
                Value::text("Rooms which the booking product reads and writes; see the manifest before changing it")),
            @r#"
        description:
          - Made by hand in the spring, for the display panels of the ground floor
          + Rooms which the booking product reads and writes; see the manifest
          + before changing it
        "#);
    }

    #[test]
    fn text_of_several_lines_is_compared_by_line() {
        assert_snapshot!(drawn("description", Value::text("one\ntwo\nthree\nfour"), Value::text("one\ntwo\n3\nfour")), @r#"
        description:
            two
          - three
          + 3
            four
        "#);
    }
}
