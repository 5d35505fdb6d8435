//! Drift as text and as Markdown: what is not as the manifest says, and how.

use anteroom_model::value::Value;
use anteroom_plan::{Drift, Drifted, DriftedAttribute, What};

use super::look::{ADDED, CHANGED, Look, REMOVED, STRONG, WRONG};
use super::markdown::{code, escape};
use super::safe::{safe, width};
use super::text::draw_lines;
use super::values::{self, Line, Mark};

/// Drift as text. Diagnostics are drawn beside it.
pub(crate) fn text(drift: &Drift, look: Look) -> String {
    let mut text = format!("{}\n", look.paint(STRONG, &counts(drift)));
    put!(text, "Tenant: {} ({})\n", safe(&drift.tenant), drift.target.title());
    for drifted in &drift.drifted {
        text.push('\n');
        draw(&mut text, drifted, look);
    }
    if !drift.unreadable.is_empty() {
        put!(text, "\n{}\n", look.paint(WRONG, "Unknown, because these could not be read:"));
        for address in &drift.unreadable {
            put!(text, "{} {}\n", look.paint(WRONG, "!"), safe(address.as_str()));
        }
    }
    text
}

/// The first line, in words.
fn counts(drift: &Drift) -> String {
    let known = drift.compared.saturating_sub(drift.unreadable.len());
    if drift.drifted.is_empty() && !drift.unreadable.is_empty() {
        // Nobody knows whether there is drift, so nobody says that there is none.
        let are = if known == 1 { "1 is" } else { &format!("{known} are") };
        return format!(
            "Unknown: {} of {} resources could not be read; {are} as the manifest says.",
            drift.unreadable.len(),
            drift.compared
        );
    }
    let mut first = if drift.drifted.is_empty() {
        let are = if known == 1 { "1 resource is".to_owned() } else { format!("{known} resources are") };
        format!("No drift: {are} as the manifest says")
    } else {
        format!("Drift: {} of {known} resources not as the manifest says", drift.drifted.len())
    };
    if !drift.unreadable.is_empty() {
        put!(first, "; {} could not be read", drift.unreadable.len());
    }
    first.push('.');
    first
}

const fn word(what: What) -> (&'static str, &'static str) {
    match what {
        What::Missing => ("-", "missing"),
        What::Differs => ("~", "differs"),
        What::Unexpected => ("+", "unexpected"),
    }
}

fn draw(text: &mut String, drifted: &Drifted, look: Look) {
    let (sign, word) = word(drifted.what);
    let style = match drifted.what {
        What::Missing => REMOVED,
        What::Differs => CHANGED,
        What::Unexpected => ADDED,
    };
    put!(text, "{} {}", look.paint(style, &format!("{sign} {word}")), safe(drifted.address.as_str()));
    if drifted.label != drifted.address.as_str() && drifted.label != drifted.address.key() {
        put!(text, "  \"{}\"", safe(&drifted.label));
    }
    text.push('\n');
    for attribute in &drifted.attributes {
        let path = safe(&attribute.path);
        let (head, lines) = draw_attribute(attribute, width(&path), look);
        text.push_str(format!("      {path}: {head}").trim_end());
        text.push('\n');
        draw_lines(text, &lines, look);
    }
}

fn draw_attribute(attribute: &DriftedAttribute, path: usize, look: Look) -> (String, Vec<Line>) {
    let (expected, actual) = (&attribute.expected, &attribute.actual);
    if matches!(expected, Value::Set(_)) || matches!(actual, Value::Set(_)) {
        let missing = without(expected.elements(), actual.elements());
        let unexpected = without(actual.elements(), expected.elements());
        let mut parts = Vec::new();
        if !missing.is_empty() {
            parts.push(format!("{} missing", missing.len()));
        }
        if !unexpected.is_empty() {
            parts.push(format!("{} unexpected", unexpected.len()));
        }
        let head = format!(
            "{} (expected {}, found {})",
            parts.join(", "),
            expected.elements().len(),
            actual.elements().len()
        );
        let mut lines = values::list(Mark::Removed, &missing, "missing", look.verbose);
        lines.extend(values::list(Mark::Added, &unexpected, "unexpected", look.verbose));
        return (head, lines);
    }
    let (expected, actual) = (show(expected), show(actual));
    let inline = format!("expected {expected}, found {actual}");
    if 6 + path + 2 + width(&inline) <= look.width {
        return (inline, Vec::new());
    }
    let columns = look.width.saturating_sub(6);
    let mut lines = values::paragraph(Mark::Context, &format!("expected {expected}"), columns);
    lines.extend(values::paragraph(Mark::Context, &format!("found {actual}"), columns));
    (String::new(), lines)
}

/// A value in one line. What would only be known after an apply is called by its name: nothing is applied here.
fn show(value: &Value) -> String {
    let shown = values::show(value);
    if matches!(value, Value::Template { .. }) {
        shown.replace("(known after apply: ", "(the ")
    } else {
        shown
    }
}

/// The elements of one set that another does not have, compared without case.
fn without(elements: &[String], others: &[String]) -> Vec<String> {
    let others: std::collections::BTreeSet<String> =
        others.iter().map(|other| other.to_lowercase()).collect();
    elements.iter().filter(|element| !others.contains(&element.to_lowercase())).cloned().collect()
}

/// Drift as Markdown.
pub(crate) fn markdown(drift: &Drift) -> String {
    let mut page = super::markdown::Page::default();
    page.push(&format!("## {}\n\n", counts(drift)));
    page.push(&format!("Tenant {} ({})\n", code(&drift.tenant), drift.target.title()));
    super::markdown::draw_diagnostics(&mut page, &drift.diagnostics);
    if !drift.drifted.is_empty() {
        page.push("\n| Resource | Drift | Attribute | Expected | Found |\n| --- | --- | --- | --- | --- |\n");
    }
    page.push_all("rows of the table", drift.drifted.iter().flat_map(rows));
    if !drift.unreadable.is_empty() {
        page.push("\n**Unknown, because these could not be read:**\n\n");
    }
    page.push_all(
        "unreadable resources",
        drift.unreadable.iter().map(|one| format!("- {}\n", code(one.as_str()))),
    );
    page.finish()
}

fn rows(drifted: &Drifted) -> Vec<String> {
    let address = code(drifted.address.as_str());
    let (_, word) = word(drifted.what);
    if drifted.attributes.is_empty() {
        return vec![format!("| {address} | {word} | | | |\n")];
    }
    let row = |attribute: &DriftedAttribute| {
        let (expected, actual) =
            (cell(&attribute.expected, &attribute.actual), cell(&attribute.actual, &attribute.expected));
        format!("| {address} | {word} | {} | {expected} | {actual} |\n", code(&attribute.path))
    };
    drifted.attributes.iter().map(row).collect()
}

/// A value in a cell; of a set, only what the other side does not have.
fn cell(value: &Value, other: &Value) -> String {
    const SHOWN: usize = 10;
    if !matches!(value, Value::Set(_)) && !matches!(other, Value::Set(_)) {
        return escape(&show(value));
    }
    let own = without(value.elements(), other.elements());
    let mut shown: Vec<String> = own.iter().take(SHOWN).map(|element| escape(element)).collect();
    if own.len() > SHOWN {
        shown.push(format!("and {} more", own.len() - SHOWN));
    }
    let total = value.elements().len();
    if shown.is_empty() {
        format!("{total} in all")
    } else {
        format!("{} ({total} in all)", shown.join("<br>"))
    }
}

#[cfg(test)]
mod tests {
    use anteroom_model::diagnostic::Diagnostic;
    use anteroom_model::kind::Kind;
    use anteroom_model::resource::Edition;
    use anteroom_model::value::Value;
    use anteroom_plan::{Drift, Drifted, DriftedAttribute, What};
    use insta::assert_snapshot;

    use crate::render::look::Look;
    use crate::render::samples::set;

    fn drifted(address: &str, label: &str, what: What, attributes: Vec<(&str, Value, Value)>) -> Drifted {
        Drifted {
            address: address.into(),
            kind: Kind::of_section("roomLists").unwrap(),
            label: label.to_owned(),
            what,
            attributes: attributes
                .into_iter()
                .map(|(path, expected, actual)| DriftedAttribute { path: path.to_owned(), expected, actual })
                .collect(),
        }
    }

    fn sample() -> Drift {
        Drift {
            format_version: "1.0".to_owned(),
            tenant: "contoso.onmicrosoft.com".to_owned(),
            target: Edition::ExchangeOnline,
            compared: 7,
            drifted: vec![
                drifted(
                    "roomLists.london",
                    "london@contoso.com",
                    What::Differs,
                    vec![
                        ("displayName", Value::text("Rooms"), Value::text("Rooms (old) \u{202e}")),
                        (
                            "members",
                            set(&["a@contoso.com", "b@contoso.com"]),
                            set(&["A@contoso.com", "c|d@contoso.com"]),
                        ),
                        (
                            "recipientFilter",
                            Value::text("RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London'"),
                            Value::text("RecipientTypeDetails -eq 'RoomMailbox' -or City -eq 'London'"),
                        ),
                    ],
                ),
                drifted("roomLists.paris", "paris@contoso.com", What::Missing, vec![]),
                drifted("roomLists.old", "old", What::Unexpected, vec![]),
            ],
            unreadable: vec!["managementScopes.rooms".into()],
            diagnostics: vec![Diagnostic::error("unreadable", "Get-ManagementScope answered 503")],
        }
    }

    #[test]
    fn drift_names_address_attribute_and_both_sides() {
        assert_snapshot!(super::text(&sample(), Look::PLAIN), @r#"
        Drift: 3 of 6 resources not as the manifest says; 1 could not be read.
        Tenant: contoso.onmicrosoft.com (Exchange Online)

        ~ differs roomLists.london  "london@contoso.com"
              displayName: expected Rooms, found Rooms (old) \u{202e}
              members: 1 missing, 1 unexpected (expected 2, found 2)
                - b@contoso.com
                + c|d@contoso.com
              recipientFilter:
                  expected RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London'
                  found RecipientTypeDetails -eq 'RoomMailbox' -or City -eq 'London'

        - missing roomLists.paris  "paris@contoso.com"

        + unexpected roomLists.old

        Unknown, because these could not be read:
        ! managementScopes.rooms
        "#);
    }

    #[test]
    fn drift_as_markdown_escapes_what_the_tenant_says() {
        assert_snapshot!(super::markdown(&sample()), @r#"
        ## Drift: 3 of 6 resources not as the manifest says; 1 could not be read.

        Tenant <code>contoso.onmicrosoft.com</code> (Exchange Online)

        ### Findings

        - **error** <code>unreadable</code>: Get-ManagementScope answered 503

        | Resource | Drift | Attribute | Expected | Found |
        | --- | --- | --- | --- | --- |
        | <code>roomLists.london</code> | differs | <code>displayName</code> | Rooms | Rooms &#40;old&#41; &#92;u&#123;202e&#125; |
        | <code>roomLists.london</code> | differs | <code>members</code> | b&#64;contoso.com (2 in all) | c&#124;d&#64;contoso.com (2 in all) |
        | <code>roomLists.london</code> | differs | <code>recipientFilter</code> | RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London' | RecipientTypeDetails -eq 'RoomMailbox' -or City -eq 'London' |
        | <code>roomLists.paris</code> | missing | | | |
        | <code>roomLists.old</code> | unexpected | | | |

        **Unknown, because these could not be read:**

        - <code>managementScopes.rooms</code>
        "#);
    }

    #[test]
    fn no_drift_says_so() {
        let none = Drift { drifted: Vec::new(), unreadable: Vec::new(), diagnostics: Vec::new(), ..sample() };
        assert_snapshot!(super::text(&none, Look::PLAIN), @r#"
        No drift: 7 resources are as the manifest says.
        Tenant: contoso.onmicrosoft.com (Exchange Online)
        "#);
    }
}
