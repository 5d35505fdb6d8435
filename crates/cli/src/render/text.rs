//! The plan as text: counts first, deletions together at the end, errors last of all.

use anteroom_model::change::{Action, AttributeChange, Cause, Change};
use anteroom_model::kind::OnChange;
use anteroom_model::plan::{Plan, Summary};
use anteroom_model::value::Value;

use super::look::{ADDED, CHANGED, Look, QUIET, REMOVED, STRONG, WRONG};
use super::safe::{safe, width, wrap};
use super::values::{self, Mark};

/// The whole plan. Diagnostics are drawn beside it, by [`super::diagnostics`].
pub(crate) fn plan(plan: &Plan, look: Look) -> String {
    let mut text = String::new();
    for line in wrap(&counts(plan), look.width) {
        put!(text, "{}\n", look.paint(STRONG, &line));
    }
    put!(text, "Tenant: {} ({})\n", safe(&plan.tenant), plan.target.title());
    if plan.partial {
        text.push_str("Partial: only the resources chosen by --only and --exclude were planned.\n");
    }
    let shown = |change: &&Change| match change.action {
        Action::NoOp => look.verbose,
        Action::Blocked | Action::Delete => false,
        _ => true,
    };
    for (heading, style, changes) in [
        (None, STRONG, plan.changes.iter().filter(shown).collect::<Vec<_>>()),
        (Some("Blocked, nothing is done about these:"), WRONG, with(plan, Action::Blocked)),
        (Some("Deletions, removed from the tenant for good:"), REMOVED, with(plan, Action::Delete)),
    ] {
        if changes.is_empty() {
            continue;
        }
        text.push('\n');
        if let Some(heading) = heading {
            put!(text, "{}\n", look.paint(style.bold(), heading));
        }
        for change in changes {
            draw_change(&mut text, change, look);
        }
    }
    text
}

fn with(plan: &Plan, action: Action) -> Vec<&Change> {
    plan.changes.iter().filter(|change| change.action == action).collect()
}

/// The first line: how many of what, in words.
pub(crate) fn counts(plan: &Plan) -> String {
    let Summary { create, update, replace, delete, adopt, noop, blocked } = plan.summary;
    if plan.has_changes() || blocked > 0 {
        let mut parts = vec![format!("{create} to create"), format!("{update} to update")];
        if replace > 0 {
            parts.push(format!("{replace} to replace"));
        }
        parts.push(format!("{delete} to delete"));
        if adopt > 0 {
            parts.push(format!("{adopt} to adopt"));
        }
        if noop > 0 {
            parts.push(format!("{noop} unchanged"));
        }
        if blocked > 0 {
            parts.push(format!("{blocked} blocked"));
        }
        return format!("Plan: {}.", parts.join(", "));
    }
    match (adopt, noop) {
        (0, 0) => "No changes: the manifest names no resource.".to_owned(),
        (0, _) => format!("No changes: {} as the manifest says.", are(noop)),
        (_, 0) => format!("No changes to the tenant: {} found as the manifest says, to adopt.", are(adopt)),
        (..) => format!(
            "No changes to the tenant: {} found as the manifest says, to adopt; {noop} unchanged.",
            are(adopt)
        ),
    }
}

fn are(number: usize) -> String {
    if number == 1 { "1 resource is".to_owned() } else { format!("{number} resources are") }
}

/// The sign of an action in ASCII: a screen reader and a console of any code page can tell it.
pub(crate) const fn sign(action: Action) -> &'static str {
    match action {
        Action::Replace => "+/-",
        other => other.glyph(),
    }
}

const fn style(action: Action) -> anstyle::Style {
    match action {
        Action::Create => ADDED,
        Action::Update | Action::Replace => CHANGED,
        Action::Delete => REMOVED,
        Action::Adopt => STRONG,
        Action::NoOp => QUIET,
        Action::Blocked => WRONG,
    }
}

/// What a person calls the object, where the address does not say it already.
pub(crate) fn label(change: &Change) -> Option<String> {
    let known = change.label.is_empty()
        || change.label == change.address.as_str()
        || change.label == change.address.key();
    (!known).then(|| format!("\"{}\"", safe(&change.label)))
}

fn draw_change(text: &mut String, change: &Change, look: Look) {
    let mut line = format!("{:<3} {}", sign(change.action), change.action.word());
    let action_width = line.len();
    line = look.paint(style(change.action), &line);
    let mut taken = action_width;
    let pad = 12_usize.saturating_sub(taken);
    line.push_str(&" ".repeat(pad));
    taken += pad;
    let mut words = vec![safe(change.address.as_str()).into_owned()];
    words.extend(label(change));
    words.push(format!("({})", change.reason.words()));
    for (index, word) in words.iter().enumerate() {
        let space = usize::from(index > 0) * 2;
        if index > 0 && taken + space + width(word) > look.width {
            line.push_str("\n            ");
            taken = 12;
        } else {
            line.push_str(&" ".repeat(space));
            taken += space;
        }
        line.push_str(word);
        taken += width(word);
    }
    text.push_str(&line);
    text.push('\n');
    for attribute in &change.attributes {
        draw_attribute(text, change, attribute, look);
    }
    if look.verbose && change.action.writes() {
        for operation in &change.operations {
            text.push_str(&look.paint(QUIET, &format!("      runs: {}", safe(&operation.title))));
            text.push('\n');
        }
    }
}

fn draw_attribute(text: &mut String, change: &Change, attribute: &AttributeChange, look: Look) {
    const INDENT: usize = 6;
    let path = safe(&attribute.path);
    let columns = look.width.saturating_sub(INDENT);
    let drawn = if change.action == Action::Delete {
        let head = match &attribute.before {
            Value::Set(elements) if elements.len() > 3 => format!("{} in all", elements.len()),
            before => values::show(before),
        };
        values::Drawn { head, lines: Vec::new() }
    } else {
        values::draw(attribute, change.action == Action::Create, columns, look.verbose)
    };
    let mut line = format!("{}{path}:", " ".repeat(INDENT));
    if !drawn.head.is_empty() {
        line.push(' ');
        line.push_str(&drawn.head);
    }
    for remark in remarks(change, attribute) {
        let separator = if width(&line) + width(remark) + 3 > look.width { "\n        " } else { " " };
        put!(line, "{separator}({remark})");
    }
    text.push_str(&line);
    text.push('\n');
    draw_lines(text, &drawn.lines, look);
}

/// What a reader has to know of a change to an attribute beside its values.
pub(super) fn remarks(change: &Change, attribute: &AttributeChange) -> Vec<&'static str> {
    let mut remarks = Vec::new();
    if attribute.forces_replacement {
        remarks.push("forces replacement");
    }
    if attribute.cause == Cause::Dependency {
        remarks.push("follows from another change");
    }
    if change.kind.attribute(&attribute.path).is_some_and(|spec| spec.on_change == OnChange::Irreversible) {
        remarks.push("cannot be undone");
    }
    remarks
}

/// The lines below an attribute, with their signs.
pub(crate) fn draw_lines(text: &mut String, lines: &[values::Line], look: Look) {
    for line in lines {
        let style = match line.mark {
            Mark::Added => ADDED,
            Mark::Removed => REMOVED,
            Mark::Context => anstyle::Style::new(),
        };
        let drawn = format!("{} {}", line.mark.sign(), line.text);
        put!(text, "        {}\n", look.paint(style, drawn.trim_end()));
    }
}

#[cfg(test)]
mod tests {
    use anteroom_model::change::Action;
    use insta::assert_snapshot;

    use super::super::look::Look;
    use super::super::safe::width;
    use super::super::samples;
    use super::plan;

    #[test]
    fn a_plan_counts_first_and_shows_deletions_together_at_the_end() {
        assert_snapshot!(plan(&samples::everything(), Look::PLAIN), @r#"
        Plan: 1 to create, 3 to update, 1 to replace, 1 to delete, 1 to adopt, 1
        unchanged, 1 blocked.
        Tenant: contoso.onmicrosoft.com (Exchange Online)
        Partial: only the resources chosen by --only and --exclude were planned.

        ~   update  organization  (attributes differ)
              customization: disabled -> enabled (cannot be undone)
        =   adopt   serviceAccounts.condeco  "svc-condeco@contoso.com"
                    (found in the tenant)
        +   create  roomLists.london  "cronofy.resource.list@contoso.com"
                    (not in the tenant)
              name: Cronofy Room List
              managedBy: svc-cronofy@contoso.com
              members: 14 added
                + room-01@contoso.com
                + room-02@contoso.com
                + room-03@contoso.com
                + room-04@contoso.com
                + room-05@contoso.com
                  ... 5 more added ...
                + room-11@contoso.com
                + room-12@contoso.com
                + room-13@contoso.com
                + room-14@contoso.com
        ~   update  roomLists.paris  "paris@contoso.com"  (attributes differ)
              displayName: Rooms in Paris -> (not set)
              members: 1 removed, 1 added (2 -> 2)
                - a@contoso.com
                + c@contoso.com
        ~   update  managementScopes.rooms  "CondecoRooms"  (attributes differ)
              recipientFilter: (follows from another change)
                - City -eq 'London'
                + MemberOfGroup -eq '(known after apply: distinguishedName of
                + roomLists.london)'
        +/- replace roleAssignments.condeco-calendars  "CondecoCalendars"
                    (cannot be changed in place)
              role: Application Mail.Read -> Application Calendars.ReadWrite
                (forces replacement)

        Blocked, nothing is done about these:
        !   blocked roleAssignments.other  "Other"  (depends on what is blocked)

        Deletions, removed from the tenant for good:
        -   delete  roomLists.old  "old@contoso.com"  (ensure: absent)
              members: a@contoso.com
        "#);
    }

    #[test]
    fn no_line_of_ordinary_length_is_wider_than_the_terminal() {
        let text = plan(&samples::everything(), Look::PLAIN);
        let wide: Vec<&str> = text.lines().filter(|line| width(line) > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
    }

    #[test]
    fn verbose_shows_what_is_only_counted_otherwise() {
        assert_snapshot!(plan(&samples::verbose(), Look { verbose: true, ..Look::PLAIN }), @r#"
        Plan: 0 to create, 1 to update, 0 to delete, 1 unchanged.
        Tenant: contoso.onmicrosoft.com (Exchange Online)

        ~   update  roomLists.london  "london@contoso.com"  (attributes differ)
              name: London -> London rooms
              runs: Set-DistributionGroup "London"
            no-op   organization  (as declared)
        "#);
    }

    #[test]
    fn names_from_a_tenant_cannot_steer_the_terminal() {
        let text = plan(&samples::hostile(), Look { colour: true, ..Look::PLAIN });
        assert_snapshot!(text.replace('\u{1b}', "ESC"), @r#"
        ESC[1mPlan: 0 to create, 1 to update, 1 to delete.ESC[0m
        Tenant: contoso.onmicrosoft.com (Exchange Online)

        ESC[33m~   updateESC[0m  roomLists.london  "a|b `c` <img src=x> @everyone \u{1b}[2J"
                    (attributes differ)
              name:
                ESC[31m- ```ESC[0m
                ESC[31m- </details>\u{202e}ESC[0m
                ESC[32m+ [link](http://contoso.com) *bold* | `````ESC[0m

        ESC[1mESC[31mDeletions, removed from the tenant for good:ESC[0m
        ESC[31m-   deleteESC[0m  roomLists.\u{1b}]0;x\u{7}  "**b**"  (ensure: absent)
        "#);
    }

    #[test]
    fn nothing_to_do_says_so() {
        let quiet = |actions: &[Action]| super::counts(&samples::of_actions(actions));
        assert_snapshot!(
            [
                quiet(&[]),
                quiet(&[Action::NoOp]),
                quiet(&[Action::Adopt, Action::Adopt]),
                quiet(&[Action::Adopt, Action::NoOp]),
                quiet(&[Action::Blocked, Action::NoOp]),
            ]
            .join("\n"),
            @r#"
        No changes: the manifest names no resource.
        No changes: 1 resource is as the manifest says.
        No changes to the tenant: 2 resources are found as the manifest says, to adopt.
        No changes to the tenant: 1 resource is found as the manifest says, to adopt; 1 unchanged.
        Plan: 0 to create, 0 to update, 0 to delete, 1 unchanged, 1 blocked.
        "#);
    }

    #[test]
    fn signs_are_ascii() {
        assert!(Action::ALL.iter().all(|action| super::sign(*action).is_ascii()));
    }
}
