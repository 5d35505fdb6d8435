//! What rows of `Get-ManagementRoleAssignment` mean, and the names that assignments get.

use std::collections::BTreeMap;

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::Argument;

use crate::facts;
use crate::observe::readings::{Readings, Unread, got};
use crate::rows;
use crate::script::{Cmdlet, Context};

pub(super) const GET: &str = "Get-ManagementRoleAssignment";
/// The longest name of an assignment or a scope.
const LONGEST_NAME: usize = 64;
/// What stands behind the name of an object that takes another's place.
const TEMPORARY: &str = " (new)";

/// What an assignment reaches. `RecipientWriteScope` decides what the other properties mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach<'a> {
    Organization,
    Scope(&'a str),
    AdministrativeUnit(&'a str),
    Group(&'a str),
    OrganizationalUnit(&'a str),
    /// `Self`, `MyGAL` and others that no manifest states.
    Relative(&'a str),
}

/// What a row reaches.
pub(super) fn reach(row: &rows::Assignment) -> Reach<'_> {
    let filled = |text: &'_ Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let custom = if filled(&row.custom_resource_scope) {
        &row.custom_resource_scope
    } else {
        &row.custom_recipient_write_scope
    };
    let custom = custom.as_deref().unwrap_or_default();
    match row.recipient_write_scope.as_deref().unwrap_or_default() {
        "AdministrativeUnit" => Reach::AdministrativeUnit(custom),
        "OU" => Reach::OrganizationalUnit(custom),
        kind if kind.contains("Group") && kind != "MyDistributionGroups" => Reach::Group(custom),
        "CustomRecipientScope" | "ExclusiveRecipientScope" => Reach::Scope(custom),
        _ if !custom.is_empty() => Reach::Scope(custom),
        // A role that only reads has no write scope of its own (`Get-ManagementRoleAssignment -RecipientWriteScope`).
        "Organization" | "" | "None" | "NotApplicable" => Reach::Organization,
        other => Reach::Relative(other),
    }
}

/// Whether the assignee is an application.
pub(super) fn is_app(row: &rows::Assignment) -> bool {
    row.role_assignee_type.as_deref() == Some("ServicePrincipal")
}

/// Whether it only lets its assignee assign the role to others.
pub(super) fn is_delegating(row: &rows::Assignment) -> bool {
    row.role_assignment_delegation_type.as_deref().is_some_and(|sort| sort != "Regular")
}

/// Who has the role, in the service's words.
pub(super) fn assignee(row: &rows::Assignment) -> &str {
    let candidates = [&row.app, &row.role_assignee_name, &row.role_assignee];
    candidates.into_iter().flatten().map(String::as_str).find(|text| !text.is_empty()).unwrap_or_default()
}

/// Assignments that are somebody's own, not what comes through groups.
pub(super) fn direct(readings: &Readings) -> Result<impl Iterator<Item = &rows::Assignment>, Unread> {
    let rows = got(readings.assignments.as_ref(), GET)?;
    Ok(rows.iter().filter(|row| row.assignment_method.as_deref().is_none_or(|method| method == "Direct")))
}

/// A scope as the parameter that takes it: exclusive scopes have their own, applications too.
pub(super) fn scope_parameter(app: bool, exclusive: bool) -> &'static str {
    match (app, exclusive) {
        (true, _) => "CustomResourceScope",
        (false, true) => "ExclusiveRecipientWriteScope",
        (false, false) => "CustomRecipientWriteScope",
    }
}

/// Whether the scope of this name is, or will be, exclusive.
pub(super) fn is_exclusive(context: &Context<'_>, scope: &str) -> bool {
    context.fact(&facts::exclusive(scope)) == Some("true")
}

/// The name of an object that takes the place of the one called `name` for the time of a change.
pub(super) fn temporary(name: &str) -> String {
    let head: String = name.chars().take(LONGEST_NAME - TEMPORARY.len()).collect();
    format!("{head}{TEMPORARY}")
}

/// The name, or one with a number behind it where it is taken.
pub(super) fn unique(name: &str, context: &Context<'_>) -> String {
    let taken = |name: &str| context.fact(&facts::assignment(name)).is_some();
    let name: String = name.chars().take(LONGEST_NAME).collect();
    if !taken(&name) {
        return name;
    }
    let head: String = name.chars().take(LONGEST_NAME - 4).collect();
    let numbered = (2..1000).map(|number| format!("{head} {number}")).find(|name| !taken(name));
    numbered.unwrap_or(name)
}

/// The name of the assignment of a role to a group, as the service itself would make it.
pub(super) fn role_and_group(role: &str, group: &str) -> String {
    format!("{role}-{group}")
}

/// A refusal of a role that the tenant does not have.
pub(super) fn unknown_role(context: &Context<'_>, role: &str) -> Option<Diagnostic> {
    if context.fact(facts::ROLES_READ).is_none() || context.fact(&facts::role(role)).is_some() {
        return None;
    }
    let roles = facts::of_sort(&context.snapshot.facts, "role:").map(|(_, name)| name);
    let hint = match facts::nearest(role, roles) {
        Some(near) => format!("did you mean {near}?"),
        None => "Get-ManagementRole lists the roles of the tenant".to_owned(),
    };
    Some(context.error("role-not-found", format!("the tenant has no management role {role}")).hint(hint))
}

/// Facts that the list of assignments and the list of roles tell.
pub(super) fn facts_of(readings: &Readings, facts: &mut BTreeMap<String, String>) {
    if let Some(Ok(rows)) = &readings.assignments {
        for row in rows {
            if let Some(name) = &row.name {
                facts.insert(facts::assignment(name), row.guid.clone().unwrap_or_default());
            }
        }
    }
    if let Some(Ok(roles)) = &readings.roles {
        facts.insert(facts::ROLES_READ.to_owned(), "true".to_owned());
        for name in roles.iter().filter_map(|role| role.name.as_ref()) {
            facts.insert(facts::role(name), name.clone());
        }
    }
}

/// `Remove-ManagementRoleAssignment`.
pub(super) fn remove(context: &Context<'_>, identity: Argument) -> Cmdlet {
    let cmdlet = Cmdlet::new("Remove-ManagementRoleAssignment").with("Identity", identity).unasked();
    if context.online() { cmdlet.switch("Force") } else { cmdlet }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_write_scope_decides_what_the_custom_scope_means() {
        let row = |kind: &str, recipient: Option<&str>, resource: Option<&str>| rows::Assignment {
            recipient_write_scope: Some(kind.to_owned()),
            custom_recipient_write_scope: recipient.map(str::to_owned),
            custom_resource_scope: resource.map(str::to_owned),
            ..rows::Assignment::default()
        };
        assert_eq!(reach(&row("Organization", None, None)), Reach::Organization);
        assert_eq!(reach(&row("CustomRecipientScope", Some("s"), None)), Reach::Scope("s"));
        assert_eq!(reach(&row("CustomRecipientScope", None, Some("s"))), Reach::Scope("s"));
        assert_eq!(reach(&row("AdministrativeUnit", Some("u"), Some("u"))), Reach::AdministrativeUnit("u"));
        assert_eq!(reach(&row("OU", Some("o"), None)), Reach::OrganizationalUnit("o"));
        assert_eq!(reach(&row("GroupScope", Some("g"), None)), Reach::Group("g"));
        assert_eq!(reach(&row("Self", None, None)), Reach::Relative("Self"));
        assert_eq!(reach(&row("MyDistributionGroups", None, None)), Reach::Relative("MyDistributionGroups"));
    }

    #[test]
    fn temporary_names_stay_within_the_limit() {
        assert_eq!(temporary("Rooms"), "Rooms (new)");
        assert_eq!(temporary(&"ü".repeat(64)).chars().count(), 64);
    }
}
