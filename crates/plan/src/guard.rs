//! Guards: refusals that are pure functions of the plan, each with its numbers and the way round it.

use std::collections::BTreeSet;

use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::{Manifest, MaxDeletions};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::state::State;

use crate::Overrides;

/// Where neither the policy nor the command line sets a limit, this share of the managed objects may be deleted …
const DEFAULT_PERCENT: u8 = 30;
/// … and this many always, so that a small tenant can be changed at all.
const DEFAULT_EXEMPT: usize = 5;

/// Refuses a plan that deletes more than the policy allows.
pub(crate) fn deletions(
    changes: &[Change],
    manifest: &Manifest,
    overrides: &Overrides,
) -> Option<Diagnostic> {
    let deleted = changes.iter().filter(|change| change.action == Action::Delete).count();
    // Only what is there now can be deleted, so that alone is the whole of which the share is counted.
    let there = changes.iter().filter(|change| change.kind.deletable && change.id.is_some()).count();
    let limit = overrides.max_deletions.as_ref().or(manifest.policy.max_deletions.as_ref());
    let (allowed, rule) = match limit {
        Some(MaxDeletions::Count(count)) => (*count, count.to_string()),
        Some(MaxDeletions::Percent(percent)) => (share(there, *percent), format!("{percent}%")),
        None => {
            (share(there, DEFAULT_PERCENT).max(DEFAULT_EXEMPT), format!("{DEFAULT_PERCENT}%, the default"))
        }
    };
    (deleted > allowed).then(|| {
        Diagnostic::error(
            "too-many-deletions",
            format!(
                "the plan deletes {deleted} of {there} managed objects; {allowed} may be deleted ({rule})"
            ),
        )
        .hint(format!(
            "if that is meant, say so: `--max-deletions {deleted}`, or `policy.maxDeletions` in the manifest"
        ))
    })
}

fn share(of: usize, percent: u8) -> usize {
    of * usize::from(percent) / 100
}

/// Refuses to delete or replace what is protected.
pub(crate) fn protection(change: &Change, resource: &Resource) -> Option<Diagnostic> {
    (resource.protect && matches!(change.action, Action::Delete | Action::Replace)).then(|| {
        Diagnostic::error(
            "protected",
            format!("{} is protected, and the plan would {} it", change.address, change.action.word()),
        )
        .about(&change.address)
        .hint(
            "take `protect: true` away from the entry if that is meant, or undo the change that asks for it",
        )
    })
}

/// Refuses a manifest without any resource: more often a wrong path than a wish.
pub(crate) fn empty(manifest: &Manifest, overrides: &Overrides) -> Option<Diagnostic> {
    (manifest.resources.is_empty() && !overrides.allow_empty).then(|| {
        Diagnostic::error("empty-manifest", "the manifest has 0 resources, so there is nothing to compare")
            .hint("check the path; where an empty manifest is meant, `plan` and `apply` take `--allow-empty`")
    })
}

/// Refuses to delete what objects use that the plan leaves alone.
pub(crate) fn in_use(change: &Change, used_by: &[(String, bool)]) -> Option<Diagnostic> {
    let left: Vec<&str> =
        used_by.iter().filter(|(_, leaves)| !leaves).map(|(name, _)| name.as_str()).collect();
    (change.action == Action::Delete && !left.is_empty()).then(|| {
        Diagnostic::error(
            "in-use",
            format!(
                "{} cannot be deleted: {} of the tenant's objects still use it",
                change.address,
                left.len()
            ),
        )
        .about(&change.address)
        .detail(left.join(", "))
        .hint("add these to the manifest with `ensure: absent`, or point them elsewhere first")
    })
}

/// Warns where a list that has elements would lose all of them: an empty CSV file looks like that.
pub(crate) fn emptied(change: &Change, resource: &Resource) -> Vec<Diagnostic> {
    if resource.ensure == Ensure::Absent || change.action == Action::Delete {
        return Vec::new();
    }
    change
        .attributes
        .iter()
        .filter(|attribute| !attribute.before.elements().is_empty() && attribute.after.is_unset())
        .map(|attribute| {
            let count = attribute.before.elements().len();
            Diagnostic::warning("emptied", format!("all {count} {} of {} go", attribute.path, change.address))
                .about(&change.address)
                .hint(format!("leave `{}` out of the entry to leave them alone", attribute.path))
        })
        .collect()
}

/// Tells that `policy.reach` is read and not yet held against anything, so that nobody relies on it.
pub(crate) fn reach(manifest: &Manifest) -> Option<Diagnostic> {
    (!manifest.policy.reach_allow.is_empty()).then(|| {
        Diagnostic::warning("reach-not-evaluated", "policy.reach is not enforced by this version")
            .hint("review the filters of the management scopes yourself")
    })
}

/// Refuses a change that nothing would carry out: the next plan would hold it again.
pub(crate) fn no_operations(change: &Change) -> Diagnostic {
    let paths: Vec<&str> = change.attributes.iter().map(|attribute| attribute.path.as_str()).collect();
    Diagnostic::error("no-operations", format!("nothing can carry out this change of {}", paths.join(", ")))
        .about(&change.address)
        .hint("leave the attribute out of the manifest, or add it to `ignore`")
}

/// Tells of what an earlier apply managed and the manifest no longer has: it stays in the tenant as it is, and nobody
/// watches it any more. That goes for the parts of a list that is no longer split, too.
pub(crate) fn left_behind(state: Option<&State>, resources: &[Resource]) -> Option<Diagnostic> {
    let here: BTreeSet<&Address> = resources.iter().map(|resource| &resource.address).collect();
    let remembered = state.into_iter().flat_map(|state| state.resources.keys());
    let gone: Vec<&str> = remembered.filter(|address| !here.contains(address)).map(Address::as_str).collect();
    let (count, verb) = match gone.len() {
        0 => return None,
        1 => ("1 resource that was".to_owned(), "is"),
        more => (format!("{more} resources that were"), "are"),
    };
    Some(
        Diagnostic::warning(
            "left-behind",
            format!("{count} applied before {verb} not in this manifest, and left alone"),
        )
        .detail(gone.join(", "))
        .hint("to delete one, put its entry back with `ensure: absent`"),
    )
}
