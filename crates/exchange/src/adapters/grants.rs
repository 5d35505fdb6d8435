//! What people overlook: grants add up, and only direct members count.

use anteroom_model::address::Address;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::resource::{Ensure, Resource};

use super::assignment::{self, Reach};
use super::role_assignments::{is_assignee, is_candidate, means, name_of};
use crate::observe::Sight;
use crate::observe::readings::FollowUps;
use crate::observe::readings::Readings;

/// A warning of groups among the direct members of a group.
pub(super) fn nested(groups: &[String], whole: &str, address: &Address) -> Option<Diagnostic> {
    let (what, them) = match groups {
        [] => return None,
        [one] => (format!("{one}, a member of {whole}, is itself a group"), "its"),
        several => (format!("{} members of {whole} are themselves groups", several.len()), "their"),
    };
    Some(
        Diagnostic::warning("nested-group", format!("{what}: {them} members are not reached through it"))
            .detail(groups.join(", "))
            .about(address)
            .hint("make the rooms themselves members: filters and Room Finder look at direct members only"),
    )
}

/// The stated members that are groups, but for those that are room lists of the manifest: checking it tells of these.
pub(super) fn stated_groups(
    groups: &[String],
    resource: &Resource,
    sight: &[std::borrow::Cow<'_, Resource>],
) -> Vec<String> {
    let stated = resource.get("members").map_or(&[][..], anteroom_model::value::Value::elements);
    let is_own = |group: &str| {
        sight.iter().any(|other| {
            other.kind == resource.kind
                && other.text("primarySmtpAddress").is_some_and(|own| own.eq_ignore_ascii_case(group))
        })
    };
    let wanted = |group: &&String| stated.iter().any(|one| one.eq_ignore_ascii_case(group));
    groups.iter().filter(wanted).filter(|group| !is_own(group)).cloned().collect()
}

/// Asks for the consents of the application that an assignment limits, where the manifest has the application.
pub(super) fn ask(resource: &Resource, readings: &Readings, follow: &mut FollowUps) {
    if let Some(app) = resource.text("app").filter(|_| is_limited(resource))
        && let Some(Ok(Some(principal))) = readings.applications.get(&app.to_lowercase())
    {
        follow.consents.insert(principal.id.clone());
    }
}

fn is_limited(resource: &Resource) -> bool {
    let limits = ["scope", "administrativeUnit", "group", "organizationalUnit"];
    resource.ensure == Ensure::Present && limits.iter().any(|limit| resource.text(limit).is_some())
}

/// Warnings of what grants the same as an assignment to more recipients: its scope is without effect then.
pub(super) fn wider(resource: &Resource, sight: &Sight<'_>) -> Vec<Diagnostic> {
    if !is_limited(resource) {
        return Vec::new();
    }
    let mut found: Vec<Diagnostic> = unscoped(resource, sight).into_iter().collect();
    found.extend(consented(resource, sight));
    found
}

/// Another assignment of the same role to the same principal, without a scope, that stays as it is.
fn unscoped(resource: &Resource, sight: &Sight<'_>) -> Option<Diagnostic> {
    let rows = assignment::direct(sight.readings).ok()?;
    let handled = |name: &str, row: &crate::rows::Assignment| {
        sight.resources.iter().any(|other| {
            other.kind == resource.kind
                && (name_of(other).eq_ignore_ascii_case(name) || means(row, other, sight.identities))
        })
    };
    let names: Vec<&str> = rows
        .filter(|row| {
            row.enabled != Some(false)
                && is_candidate(row, resource)
                && is_assignee(row, resource, sight.identities)
                && assignment::reach(row) == Reach::Organization
        })
        .filter_map(|row| Some((row.name.as_deref()?, row)))
        .filter(|(name, row)| !handled(name, row))
        .map(|(name, _)| name)
        .collect();
    if names.is_empty() {
        return None;
    }
    let role = resource.text("role").unwrap_or_default();
    let summary = format!(
        "the tenant's assignment {} grants {role} without a scope: this one's scope has no effect",
        names.join(", ")
    );
    Some(
        Diagnostic::warning("scope-overridden", summary)
            .about(&resource.address)
            .hint("remove that assignment: what assignments grant adds up"),
    )
}

/// A consent in Entra to the same permission, which reaches every mailbox.
fn consented(resource: &Resource, sight: &Sight<'_>) -> Option<Diagnostic> {
    let app = resource.text("app")?.to_lowercase();
    let managed = |other: &Resource| {
        other.manages("permissions") && other.text("appId").is_some_and(|own| own.eq_ignore_ascii_case(&app))
    };
    // Where the manifest states the consents, checking it and this plan deal with them.
    if sight.resources.iter().any(|other| managed(other)) {
        return None;
    }
    let principal = sight.readings.applications.get(&app)?.as_ref().ok()?.as_ref()?;
    let consents = sight.readings.consents.get(&principal.id)?.as_ref().ok()?;
    let role = resource.text("role")?.strip_prefix("Application ")?;
    let subject = role.split(['.', ' ']).next().unwrap_or(role);
    let permission = consents.roles.iter().find_map(|consent| {
        let offered = &sight.readings.resource_by_id(&consent.resource_id)?.app_roles;
        let known = offered.iter().find(|one| one.id.eq_ignore_ascii_case(&consent.app_role_id))?;
        let value = known.value.as_deref()?;
        let same = value.split('.').next() == Some(subject)
            || (value == "full_access_as_app" && matches!(subject, "EWS" | "Exchange"));
        same.then_some(value)
    })?;
    let summary = format!(
        "the application has a consent to {permission}, which reaches every mailbox: the assignment's scope has no effect"
    );
    Some(Diagnostic::warning("consent-tenant-wide", summary).about(&resource.address).hint(
        "state the application's `permissions` without it: it is taken back once the assignment is there",
    ))
}
