//! What an apply did, as text.

use anteroom_apply::{Outcome, Report, Result};
use anteroom_model::settled::{Sight, Unsettled};
use anteroom_model::value::Value;

use super::look::{ADDED, CHANGED, Look, STRONG, WRONG};
use super::safe::{safe, width, wrap};
use super::values::show;

/// The summary: counts first, then what was not done and why, then the services' warnings.
pub(crate) fn text(report: &Report, look: Look) -> String {
    let mut text = String::new();
    let count = |result| report.count(result);
    let mut parts = vec![
        format!("{} applied", count(Result::Applied)),
        format!("{} unchanged", count(Result::Unchanged)),
    ];
    for (result, word) in
        [(Result::Pending, "pending"), (Result::Failed, "failed"), (Result::Skipped, "skipped")]
    {
        if count(result) > 0 {
            parts.push(format!("{} {word}", count(result)));
        }
    }
    let state = match (report.is_complete(), report.interrupted, report.applied_anything()) {
        (true, ..) => "Done",
        (false, true, true) => "Interrupted, applied in part",
        (false, true, false) => "Interrupted, nothing was changed",
        (false, false, true) => "Applied in part",
        (false, false, false) if count(Result::Failed) == 0 && count(Result::Pending) > 0 => {
            "Pending, nothing was changed"
        }
        (false, false, false) => "Failed, nothing was changed",
    };
    text.push_str(&look.paint(STRONG, &format!("{state}: {}.", parts.join(", "))));
    text.push('\n');
    for (result, heading) in [
        (Result::Pending, "Pending, not there yet:"),
        (Result::Failed, "Failed:"),
        (Result::Skipped, "Skipped:"),
    ] {
        let outcomes: Vec<&Outcome> =
            report.outcomes.iter().filter(|outcome| outcome.result == result).collect();
        if outcomes.is_empty() {
            continue;
        }
        let style = if result == Result::Failed { WRONG } else { CHANGED.bold() };
        put!(text, "\n{}\n", look.paint(style, heading));
        for outcome in outcomes {
            draw(&mut text, outcome, look);
        }
    }
    unsettled(&mut text, report, look);
    if !report.notes.is_empty() {
        put!(text, "\n{}\n", look.paint(CHANGED.bold(), "Takes effect later:"));
        for note in &report.notes {
            paragraph(&mut text, "  ", note, look);
        }
    }
    if !report.warnings.is_empty() {
        put!(text, "\n{}\n", look.paint(CHANGED.bold(), "Warnings of the services:"));
        for warning in &report.warnings {
            paragraph(&mut text, "  ", warning, look);
        }
    }
    if !report.is_complete() {
        text.push_str("\nRun the same apply again to go on: what is done is found as done.\n");
    }
    text
}

fn draw(text: &mut String, outcome: &Outcome, look: Look) {
    let mut line = format!("  {} {}", outcome.action.word(), safe(outcome.address.as_str()));
    let mut more = Vec::new();
    if let Some(because) = &outcome.because_of {
        more.push(format!("because of {}", safe(because.as_str())));
    }
    if matches!(outcome.result, Result::Failed | Result::Pending) && outcome.operations > 0 {
        more.push(format!("({} of {} operations done)", outcome.operations_done, outcome.operations));
    }
    for part in more {
        let breaks = width(&line) + 2 + width(&part) > look.width;
        line.push_str(if breaks { "\n    " } else { "  " });
        line.push_str(&part);
    }
    put!(text, "{line}\n");
    if let Some(message) = &outcome.message {
        paragraph(text, "    ", message, look);
    }
    if let Some(hint) = &outcome.hint {
        paragraph(text, "    ", &format!("hint: {hint}"), look);
    }
}

/// What the tenant does not show as it was written.
fn unsettled(text: &mut String, report: &Report, look: Look) {
    for (sights, heading) in [
        (&[Sight::Other][..], "Written, but the tenant shows something else:"),
        (&[Sight::Before, Sight::Unreadable], "Written, but not shown by the tenant yet:"),
    ] {
        let found: Vec<&Unsettled> =
            report.unsettled.iter().filter(|one| sights.contains(&one.sight)).collect();
        if found.is_empty() {
            continue;
        }
        put!(text, "\n{}\n", look.paint(CHANGED.bold(), heading));
        for one in found {
            let mut line = safe(one.address.as_str()).into_owned();
            if let Some(attribute) = &one.attribute {
                put!(line, ": {}", safe(attribute));
            }
            match (&one.message, &one.attribute) {
                (Some(message), _) => put!(line, " cannot be read: {}", safe(message)),
                (None, Some(_)) => {
                    put!(line, " is {}, written was {}", short(&one.observed), short(&one.expected));
                }
                (None, None) if one.expected.is_unset() => line.push_str(" is still there"),
                (None, None) => line.push_str(" is not there"),
            }
            paragraph(text, "  ", &line, look);
        }
    }
}

/// A value in few words: of a long list only how long it is.
fn short(value: &Value) -> String {
    match value {
        Value::Set(elements) if elements.len() > 3 => format!("{} elements", elements.len()),
        other => show(other),
    }
}

fn paragraph(text: &mut String, indent: &str, paragraph: &str, look: Look) {
    for line in
        paragraph.split('\n').flat_map(|line| wrap(&safe(line), look.width.saturating_sub(indent.len())))
    {
        put!(text, "{indent}{line}\n");
    }
}

/// The line of one resource that is finished, for standard error.
pub(crate) fn finished(outcome: Finished<'_>, address: &str, look: Look) -> String {
    match outcome {
        Finished::Applied => format!("{} {}", look.paint(ADDED, "applied"), safe(address)),
        Finished::Pending(message) => {
            format!("{} {}: {}", look.paint(CHANGED, "pending"), safe(address), safe(message))
        }
        Finished::Failed(message) => {
            format!("{}  {}: {}", look.paint(WRONG, "failed"), safe(address), safe(message))
        }
        Finished::Skipped(because) => {
            let because = because
                .map_or_else(|| "interrupted".to_owned(), |other| format!("because of {}", safe(other)));
            format!("{} {} ({because})", look.paint(CHANGED, "skipped"), safe(address))
        }
    }
}

/// How one resource ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finished<'a> {
    /// Everything was done.
    Applied,
    /// What this message tells is not there yet.
    Pending(&'a str),
    /// With this message.
    Failed(&'a str),
    /// Because of this other resource, or an interruption.
    Skipped(Option<&'a str>),
}

#[cfg(test)]
mod tests {
    use anteroom_apply::{Outcome, Report, Result};
    use anteroom_model::change::Action;
    use insta::assert_snapshot;

    use super::{Finished, finished, text};
    use crate::render::look::Look;

    fn outcome(address: &str, result: Result) -> Outcome {
        Outcome {
            address: address.into(),
            action: Action::Create,
            result,
            verified: None,
            message: None,
            hint: None,
            because_of: None,
            operations_done: usize::from(result == Result::Applied),
            operations: 2,
            id: None,
        }
    }

    #[test]
    fn a_report_says_what_was_done_what_failed_and_what_was_skipped_because_of_what() {
        let failed = Outcome {
            message: Some(
                "The name 'Rooms' is already in use by another object of the organisation.\u{1b}[2J"
                    .to_owned(),
            ),
            hint: Some("give it another name".to_owned()),
            operations_done: 1,
            ..outcome("roomLists.london", Result::Failed)
        };
        let skipped = Outcome {
            because_of: Some("roomLists.london".into()),
            ..outcome("managementScopes.rooms", Result::Skipped)
        };
        let report = Report {
            outcomes: vec![outcome("organization", Result::Applied), failed, skipped],
            warnings: vec!["The change can take up to 30 minutes.".to_owned()],
            ..Report::default()
        };
        assert_snapshot!(text(&report, Look::PLAIN), @r#"
        Applied in part: 1 applied, 0 unchanged, 1 failed, 1 skipped.

        Failed:
          create roomLists.london  (1 of 2 operations done)
            The name 'Rooms' is already in use by another object of the
            organisation.\u{1b}[2J
            hint: give it another name

        Skipped:
          create managementScopes.rooms  because of roomLists.london

        Warnings of the services:
          The change can take up to 30 minutes.

        Run the same apply again to go on: what is done is found as done.
        "#);
    }

    #[test]
    fn the_first_line_says_how_it_ended() {
        let first = |results: &[Result], interrupted| {
            let outcomes = results.iter().map(|result| outcome("organization", *result)).collect();
            let report = Report { outcomes, interrupted, ..Report::default() };
            text(&report, Look::PLAIN).lines().next().unwrap_or_default().to_owned()
        };
        assert_snapshot!(
            [
                first(&[Result::Applied, Result::Unchanged], false),
                first(&[Result::Applied, Result::Skipped], true),
                first(&[Result::Skipped], true),
                first(&[Result::Failed, Result::Skipped], false),
            ]
            .join("\n"),
            @r#"
        Done: 1 applied, 1 unchanged.
        Interrupted, applied in part: 1 applied, 0 unchanged, 1 skipped.
        Interrupted, nothing was changed: 0 applied, 0 unchanged, 1 skipped.
        Failed, nothing was changed: 0 applied, 0 unchanged, 1 failed, 1 skipped.
        "#);
    }

    #[test]
    fn a_finished_resource_takes_one_line() {
        let lines = [
            finished(Finished::Applied, "organization", Look::PLAIN),
            finished(Finished::Failed("refused\nfor good"), "roomLists.london", Look::PLAIN),
            finished(Finished::Skipped(Some("roomLists.london")), "managementScopes.rooms", Look::PLAIN),
            finished(Finished::Skipped(None), "roleGroups.x", Look::PLAIN),
        ];
        assert_snapshot!(lines.join("\n"), @r#"
        applied organization
        failed  roomLists.london: refused\nfor good
        skipped managementScopes.rooms (because of roomLists.london)
        skipped roleGroups.x (interrupted)
        "#);
    }
}
