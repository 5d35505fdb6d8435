//! What a doctor found, as text: one line a check, what to do under it.

use anteroom_exchange::doctor::{Check, Outcome};

use super::look::{ADDED, CHANGED, Look, QUIET, STRONG, WRONG};
use super::safe::{safe, width, wrap};

/// Columns of the words in front.
const WORD: usize = 9;

/// All checks, with what to do about those that did not go well, and a line that counts them at the end.
pub(crate) fn text(tenant: &str, of_manifest: bool, checks: &[Check], look: Look) -> String {
    let what = if of_manifest { "what the manifest needs" } else { "what any manifest could need" };
    let mut text = format!("Tenant: {}; looking at {what}.\n\n", safe(tenant));
    for check in checks {
        draw(&mut text, check, look);
    }
    let style = if checks.iter().any(|check| check.outcome == Outcome::Failed) { WRONG } else { STRONG };
    put!(text, "\n{}\n", look.paint(style, &counts(checks)));
    text
}

const fn word(outcome: Outcome) -> (&'static str, anstyle::Style) {
    match outcome {
        Outcome::Ok => ("ok", ADDED),
        Outcome::Warning => ("warning", CHANGED),
        Outcome::Failed => ("failed", WRONG),
        Outcome::Unknown => ("unknown", CHANGED),
    }
}

fn draw(text: &mut String, check: &Check, look: Look) {
    let (word, style) = word(check.outcome);
    let indent = " ".repeat(WORD);
    put!(text, "{}{}", look.paint(style, word), " ".repeat(WORD.saturating_sub(width(word))));
    let line = format!("{}: {}", safe(&check.subject), safe(&check.message));
    let room = look.width.saturating_sub(WORD).max(20);
    for (index, line) in wrap(&line, room).iter().enumerate() {
        put!(text, "{}{line}\n", if index == 0 { "" } else { &indent });
    }
    let Some(hint) = check.hint.as_ref().filter(|_| check.outcome != Outcome::Ok) else { return };
    for line in wrap(&format!("hint: {}", safe(hint)), room) {
        put!(text, "{indent}{}\n", look.paint(QUIET, &line));
    }
}

fn counts(checks: &[Check]) -> String {
    let number = |outcome: Outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    let mut parts = vec![format!("{} ok", number(Outcome::Ok))];
    for (outcome, words) in
        [(Outcome::Warning, "to be seen to"), (Outcome::Failed, "failed"), (Outcome::Unknown, "not known")]
    {
        if number(outcome) > 0 {
            parts.push(format!("{} {words}", number(outcome)));
        }
    }
    format!("{}.", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_has_its_line_and_what_to_do_stands_under_what_failed() {
        let check = |subject: &str, outcome, message: &str, hint: Option<&str>| Check {
            id: "x".to_owned(),
            subject: subject.to_owned(),
            outcome,
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
        };
        let checks = [
            check(
                "Microsoft Graph at https://graph.microsoft.com/v1.0",
                Outcome::Ok,
                "it answers",
                Some("nothing"),
            ),
            check(
                "this machine's clock",
                Outcome::Warning,
                "it is 3 min 1 s behind",
                Some("set it by a time server"),
            ),
            check(
                "Microsoft Graph: User.ReadWrite.All",
                Outcome::Failed,
                "missing, and needed to make and change accounts",
                Some(
                    "give it the application permission User.ReadWrite.All (Directory.ReadWrite.All includes it)",
                ),
            ),
            check("Exchange: Role Management", Outcome::Unknown, "nobody tells\u{1b}[2J", None),
        ];
        insta::assert_snapshot!(text("contoso.onmicrosoft.com", true, &checks, Look::PLAIN), @r"
        Tenant: contoso.onmicrosoft.com; looking at what the manifest needs.

        ok       Microsoft Graph at https://graph.microsoft.com/v1.0: it answers
        warning  this machine's clock: it is 3 min 1 s behind
                 hint: set it by a time server
        failed   Microsoft Graph: User.ReadWrite.All: missing, and needed to make and
                 change accounts
                 hint: give it the application permission User.ReadWrite.All
                 (Directory.ReadWrite.All includes it)
        unknown  Exchange: Role Management: nobody tells\u{1b}[2J

        1 ok, 1 to be seen to, 1 failed, 1 not known.
        ");
        assert!(text("x", false, &checks[..1], Look::PLAIN).contains("1 ok."));
    }
}
