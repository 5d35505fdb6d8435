//! The plan as Markdown, for a comment on a pull request.

use anteroom_model::change::{Action, AttributeChange, Change};
use anteroom_model::diagnostic::{Diagnostic, Severity};
use anteroom_model::plan::Plan;
use anteroom_model::value::Value;

use super::safe::safe;
use super::text::{counts, sign};
use super::values;

/// The longest text; GitHub takes comments of 65,536 characters.
pub(crate) const LIMIT: usize = 60_000;
/// What is kept free for the note that says what was cut.
const RESERVE: usize = 400;
/// Rows of the table of changes, beyond which they are only counted.
const ROWS: usize = 200;

/// The whole plan, diagnostics included, in at most [`LIMIT`] characters.
pub(crate) fn plan(plan: &Plan) -> String {
    let mut page = Page::default();
    page.push(&format!("## {}\n\n", counts(plan)));
    let partial = if plan.partial { ", only a part of the manifest" } else { "" };
    page.push(&format!("Tenant {} ({}){partial}\n", code(&plan.tenant), plan.target.title()));
    draw_deletions(&mut page, plan);
    draw_diagnostics(&mut page, &plan.diagnostics);
    draw_table(&mut page, plan);
    draw_details(&mut page, plan);
    page.finish()
}

/// Text that grows to [`LIMIT`] and counts what found no room.
#[derive(Default)]
pub(crate) struct Page {
    text: String,
    characters: usize,
    cut: Vec<(&'static str, usize)>,
}

impl Page {
    /// Adds a block; false where there is no room for it.
    pub(crate) fn push(&mut self, block: &str) -> bool {
        let characters = block.chars().count();
        let fits = self.characters + characters + RESERVE <= LIMIT;
        if fits {
            self.text.push_str(block);
            self.characters += characters;
        }
        fits
    }

    /// Adds blocks while there is room, and remembers how many found none.
    pub(crate) fn push_all(&mut self, what: &'static str, blocks: impl IntoIterator<Item = String>) {
        let cut = blocks.into_iter().filter(|block| !self.push(block)).count();
        self.cut(what, cut);
    }

    fn cut(&mut self, what: &'static str, number: usize) {
        if number > 0 {
            self.cut.push((what, number));
        }
    }

    pub(crate) fn finish(mut self) -> String {
        if !self.cut.is_empty() {
            let parts: Vec<String> =
                self.cut.iter().map(|(what, number)| format!("{number} {what}")).collect();
            put!(
                self.text,
                "\n**Cut to keep this comment short: {}.** The whole plan is in the plan file and in `--format text`.\n",
                parts.join(", ")
            );
        }
        self.text
    }
}

fn draw_deletions(page: &mut Page, plan: &Plan) {
    let deletions: Vec<&Change> =
        plan.changes.iter().filter(|change| change.action == Action::Delete).collect();
    if deletions.is_empty() {
        return;
    }
    let objects =
        if deletions.len() == 1 { "1 object".to_owned() } else { format!("{} objects", deletions.len()) };
    page.push(&format!("\n**Deletes {objects} from the tenant:**\n\n"));
    page.push_all(
        "deletions",
        deletions.into_iter().map(|change| {
            format!(
                "- **{} {}** ({})\n",
                code(change.address.as_str()),
                escape(&change.label),
                change.reason.words()
            )
        }),
    );
}

/// Findings as a list, errors first: a comment is read from its top.
pub(crate) fn draw_diagnostics(page: &mut Page, diagnostics: &[Diagnostic]) {
    if diagnostics.is_empty() {
        return;
    }
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|diagnostic| diagnostic.severity);
    page.push("\n### Findings\n\n");
    let item = |diagnostic: &Diagnostic| {
        let word = match diagnostic.severity {
            Severity::Error => "**error**",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let mut line = format!("- {word} {}", code(&diagnostic.id));
        if let Some(address) = &diagnostic.address {
            put!(line, " {}", code(address.as_str()));
        }
        if let Some(location) = &diagnostic.location {
            put!(line, " at {}", code(&location.to_string()));
        }
        put!(line, ": {}", escape(&diagnostic.summary));
        for more in [&diagnostic.detail, &diagnostic.hint].into_iter().flatten() {
            for paragraph in more.split('\n') {
                put!(line, "<br>{}", escape(paragraph));
            }
        }
        line.push('\n');
        line
    };
    page.push_all("findings", sorted.into_iter().map(item));
}

fn draw_table(page: &mut Page, plan: &Plan) {
    let shown: Vec<&Change> = plan.changes.iter().filter(|change| change.action != Action::NoOp).collect();
    if shown.is_empty() {
        return;
    }
    page.push("\n| Action | Resource | Object | Reason |\n| --- | --- | --- | --- |\n");
    let row = |change: &&Change| {
        let word = match change.action {
            Action::Delete => "**delete**".to_owned(),
            action => action.word().to_owned(),
        };
        format!(
            "| {word} | {} | {} | {} |\n",
            code(change.address.as_str()),
            escape(&change.label),
            change.reason.words()
        )
    };
    page.push_all("rows of the table", shown.iter().take(ROWS).map(row));
    page.cut("rows of the table", shown.len().saturating_sub(ROWS));
}

fn draw_details(page: &mut Page, plan: &Plan) {
    let changed = |change: &&Change| !change.attributes.is_empty() && change.action != Action::NoOp;
    let block = |change: &Change| {
        let body = body(change);
        // A fence that is longer than every run of backticks inside cannot be closed from within.
        let longest = body.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        format!(
            "\n<details><summary>{} {} {}</summary>\n\n{fence}diff\n{body}{fence}\n\n</details>\n",
            escape(sign(change.action)),
            change.action.word(),
            code(change.address.as_str()),
        )
    };
    page.push_all("details", plan.changes.iter().filter(changed).map(block));
}

fn body(change: &Change) -> String {
    let mut body = String::new();
    for attribute in &change.attributes {
        draw_attribute(&mut body, change, attribute);
    }
    body
}

fn draw_attribute(body: &mut String, change: &Change, attribute: &AttributeChange) {
    let action = change.action;
    let path = safe(&attribute.path);
    let mut remarks = String::new();
    for remark in super::text::remarks(change, attribute) {
        put!(remarks, " ({remark})");
    }
    let is_set = |value: &Value| matches!(value, Value::Set(_));
    if is_set(&attribute.before) || is_set(&attribute.after) {
        let drawn = values::draw(attribute, action == Action::Create, 100, false);
        // A short set of a new object stands on one line, which is then an added one.
        let sign = if action == Action::Create && drawn.lines.is_empty() { '+' } else { ' ' };
        put!(body, "{sign} {path}: {}{remarks}\n", drawn.head);
        for line in drawn.lines {
            put!(body, "{}   {}\n", line.mark.sign(), line.text);
        }
        return;
    }
    if action != Action::Create {
        put!(body, "- {path}: {}\n", values::show(&attribute.before));
    }
    if action != Action::Delete {
        put!(body, "+ {path}: {}{remarks}\n", values::show(&attribute.after));
    }
}

/// Text in which Markdown and HTML find nothing to act on: every sign that either knows is written as a character
/// reference, which cannot be structure.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in safe(text).chars() {
        if character.is_ascii_punctuation() && !matches!(character, '.' | ',' | '-' | '/' | ';' | '\'') {
            put!(escaped, "&#{};", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Text as code. As an element and not between backticks, because character references hold inside it, and because
/// nobody is mentioned from it.
pub(crate) fn code(text: &str) -> String {
    format!("<code>{}</code>", escape(text))
}

#[cfg(test)]
mod tests {
    use anteroom_model::change::{Action, Reason};
    use anteroom_model::value::Value;
    use insta::assert_snapshot;

    use super::super::samples;
    use super::{LIMIT, plan};

    #[test]
    fn a_plan_names_deletions_first_and_folds_the_attributes() {
        assert_snapshot!(plan(&samples::everything()), @"
        ## Plan: 1 to create, 3 to update, 1 to replace, 1 to delete, 1 to adopt, 1 unchanged, 1 blocked.

        Tenant <code>contoso.onmicrosoft.com</code> (Exchange Online), only a part of the manifest

        **Deletes 1 object from the tenant:**

        - **<code>roomLists.old</code> old&#64;contoso.com** (ensure: absent)

        ### Findings

        - **error** <code>unreadable</code> <code>roleAssignments.other</code>: the role assignments could not be read<br>try again later
        - warning <code>old-list-in-use</code> <code>roomLists.old</code>: somebody may still use the list

        | Action | Resource | Object | Reason |
        | --- | --- | --- | --- |
        | update | <code>organization</code> | organization | attributes differ |
        | adopt | <code>serviceAccounts.condeco</code> | svc-condeco&#64;contoso.com | found in the tenant |
        | create | <code>roomLists.london</code> | cronofy.resource.list&#64;contoso.com | not in the tenant |
        | update | <code>roomLists.paris</code> | paris&#64;contoso.com | attributes differ |
        | update | <code>managementScopes.rooms</code> | CondecoRooms | attributes differ |
        | replace | <code>roleAssignments.condeco-calendars</code> | CondecoCalendars | cannot be changed in place |
        | blocked | <code>roleAssignments.other</code> | Other | depends on what is blocked |
        | **delete** | <code>roomLists.old</code> | old&#64;contoso.com | ensure: absent |

        <details><summary>&#126; update <code>organization</code></summary>

        ```diff
        - customization: disabled
        + customization: enabled (cannot be undone)
        ```

        </details>

        <details><summary>&#43; create <code>roomLists.london</code></summary>

        ```diff
        + name: Cronofy Room List
        + managedBy: svc-cronofy@contoso.com
          members: 14 added
        +   room-01@contoso.com
        +   room-02@contoso.com
        +   room-03@contoso.com
        +   room-04@contoso.com
        +   room-05@contoso.com
            ... 5 more added ...
        +   room-11@contoso.com
        +   room-12@contoso.com
        +   room-13@contoso.com
        +   room-14@contoso.com
        ```

        </details>

        <details><summary>&#126; update <code>roomLists.paris</code></summary>

        ```diff
        - displayName: Rooms in Paris
        + displayName: (not set)
          members: 1 removed, 1 added (2 -> 2)
        -   a@contoso.com
        +   c@contoso.com
        ```

        </details>

        <details><summary>&#126; update <code>managementScopes.rooms</code></summary>

        ```diff
        - recipientFilter: City -eq 'London'
        + recipientFilter: MemberOfGroup -eq '(known after apply: distinguishedName of roomLists.london)' (follows from another change)
        ```

        </details>

        <details><summary>&#43;/- replace <code>roleAssignments.condeco-calendars</code></summary>

        ```diff
        - role: Application Mail.Read
        + role: Application Calendars.ReadWrite (forces replacement)
        ```

        </details>

        <details><summary>- delete <code>roomLists.old</code></summary>

        ```diff
          members: 1 removed (1 -> 0)
        -   a@contoso.com
        ```

        </details>
        ");
    }

    #[test]
    fn names_from_a_tenant_are_never_structure() {
        assert_snapshot!(plan(&samples::hostile()), @r#"
        ## Plan: 0 to create, 1 to update, 1 to delete.

        Tenant <code>contoso.onmicrosoft.com</code> (Exchange Online)

        **Deletes 1 object from the tenant:**

        - **<code>roomLists.&#92;u&#123;1b&#125;&#93;0;x&#92;u&#123;7&#125;</code> &#42;&#42;b&#42;&#42;** (ensure: absent)

        | Action | Resource | Object | Reason |
        | --- | --- | --- | --- |
        | update | <code>roomLists.london</code> | a&#124;b &#96;c&#96; &#60;img src&#61;x&#62; &#64;everyone &#92;u&#123;1b&#125;&#91;2J | attributes differ |
        | **delete** | <code>roomLists.&#92;u&#123;1b&#125;&#93;0;x&#92;u&#123;7&#125;</code> | &#42;&#42;b&#42;&#42; | ensure: absent |

        <details><summary>&#126; update <code>roomLists.london</code></summary>

        ``````diff
        - name: ```\n</details>\u{202e}
        + name: [link](http://contoso.com) *bold* | `````
        ``````

        </details>
        "#);
    }

    #[test]
    fn a_long_plan_is_cut_and_says_so() {
        let changes = (0..2_000).map(|number| {
            let mut change = samples::change(
                &format!("roomLists.list-{number}"),
                &format!("list-{number}@contoso.com"),
                Action::Update,
                Reason::AttributesDiffer,
            );
            change.attributes =
                vec![samples::attribute("name", Value::text("x".repeat(200)), Value::text("y"))];
            change
        });
        let text = plan(&samples::plan(changes.collect()));
        assert!(text.chars().count() <= LIMIT, "{}", text.chars().count());
        assert!(
            text.contains("Cut to keep this comment short: 1800 rows of the table, "),
            "{}",
            &text[text.len() - 300..]
        );
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }
}
