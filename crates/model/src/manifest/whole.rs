//! Checks over the whole manifest, and those that are the same for every kind.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use indexmap::IndexMap;

use super::check;
use super::entry::Common;
use super::lower::Draft;
use super::report::{Check, Report};
use crate::address::Address;
use crate::delivery::Delivery;
use crate::resource::{Ensure, Resource};
use crate::value::Value;

/// Fills and checks the fields that every kind has.
pub(crate) fn common(common: &Common<'_>, draft: &mut Draft, report: &mut Report) {
    let kind = draft.resource.kind;
    draft.resource.protect = common.protect.value().copied().unwrap_or(false);
    if draft.absent && draft.resource.protect {
        let place = common.protect.place().unwrap_or(draft.resource.place);
        let finding = report.find(
            &check::ABSENT_BUT_PROTECTED,
            place,
            "an entry with `ensure: absent` cannot be protected",
        );
        if let Some(place) = common.ensure.place() {
            finding.related(place, "it is to be absent");
        }
    }
    for ignored in common.ignore.value().into_iter().flatten() {
        let name = ignored.value.as_str();
        if kind.attribute(name).is_none() {
            let summary = format!("a {} has no attribute `{}`", kind.title, super::node::shortened(name));
            let finding = report.find(&check::IGNORE_UNKNOWN_ATTRIBUTE, ignored.place, summary);
            match super::load::nearest_attribute(kind, name) {
                Some(near) => finding.hint(format!("did you mean `{near}`?")),
                None => finding.hint(format!(
                    "it has {}",
                    super::near::listed(kind.attributes.iter().map(|attribute| attribute.name))
                )),
            };
        } else if kind.key.contains(&name) {
            report.find(
                &check::IGNORE_KEY_ATTRIBUTE,
                ignored.place,
                format!("`{name}` identifies a {}", kind.title),
            );
        } else {
            draft.resource.ignore.push(ignored.value.clone());
        }
    }
}

/// Every resource of a manifest, by address.
type Resources = IndexMap<Address, Resource>;

/// The checks that need more than one entry.
const CHECKS: &[fn(&Resources, &mut Report)] = &[
    reference_cycles,
    same_object,
    same_address,
    same_delivery,
    equivalent_scopes,
    exclusive_scopes_of_applications,
    repeated_assignments,
    overridden_scopes,
    consents_beside_scopes,
];

/// Runs every check over the whole manifest. Where a part of it could not be read, nothing is said to be missing.
pub(crate) fn check(resources: &Resources, partial: bool, report: &mut Report) {
    for check in CHECKS {
        check(resources, report);
    }
    if !partial {
        unused_scopes(resources, report);
    }
}

/// The resources of a section that are to be there.
fn present<'r>(resources: &'r Resources, section: &'r str) -> impl Iterator<Item = &'r Resource> {
    resources
        .values()
        .filter(move |resource| resource.kind.section == section && resource.ensure == Ensure::Present)
}

/// Entries that need each other. Whole circles are shown, each once.
fn reference_cycles(resources: &Resources, report: &mut Report) {
    let mut sections: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for (address, resource) in resources {
        sections.entry(resource.kind.section).or_default().push(address);
    }
    let mut before: BTreeMap<&Address, BTreeSet<&Address>> = BTreeMap::new();
    for (address, resource) in resources {
        let stated =
            resource.depends_on.iter().filter_map(|on| resources.get_key_value(on)).map(|(known, _)| known);
        let implied =
            resource.kind.after.iter().filter_map(|section| sections.get(section)).flatten().copied();
        before.insert(address, stated.chain(implied).collect());
    }
    for circle in circles(before) {
        let Some(resource) = circle.first().and_then(|address| resources.get(*address)) else { continue };
        let way: Vec<&str> = circle.iter().chain(circle.first()).map(|address| address.as_str()).collect();
        let summary = format!("these need each other: {}", way.join(" → "));
        let mut finding =
            report.find(&check::REFERENCE_CYCLE, resource.place, summary).about(&resource.address);
        for address in circle.iter().skip(1) {
            if let Some(other) = resources.get(*address) {
                finding = finding.related(other.place, address.as_str());
            }
        }
    }
}

/// The circles of a graph: nodes that nothing leads out of are taken away until only circles and what leads to them
/// remain, and then every circle is walked once.
fn circles<'a>(mut before: BTreeMap<&'a Address, BTreeSet<&'a Address>>) -> Vec<Vec<&'a Address>> {
    let mut circles = Vec::new();
    loop {
        loop {
            let free: Vec<&Address> = before
                .iter()
                .filter(|(_, on)| !on.iter().any(|on| before.contains_key(on)))
                .map(|(node, _)| *node)
                .collect();
            if free.is_empty() {
                break;
            }
            for node in free {
                before.remove(node);
            }
        }
        let Some(start) = before.keys().next().copied() else { return circles };
        let mut way = vec![start];
        let circle = loop {
            let next =
                way.last().and_then(|last| before[*last].iter().find(|on| before.contains_key(*on)).copied());
            let Some(next) = next else { return circles };
            if let Some(at) = way.iter().position(|node| *node == next) {
                break way.split_off(at);
            }
            way.push(next);
        };
        for node in &circle {
            before.remove(node);
        }
        circles.push(circle);
    }
}

/// Reports the second of two resources for which `key` is the same.
fn repeated<'r>(
    resources: impl Iterator<Item = &'r Resource>,
    attribute: &str,
    key: impl Fn(&Resource) -> Option<String>,
    check: &'static Check,
    report: &mut Report,
    summary: impl Fn(&Resource, &Resource) -> String,
) {
    let mut seen: HashMap<String, &Resource> = HashMap::new();
    for resource in resources {
        let Some(key) = key(resource) else { continue };
        match seen.get(&key) {
            Some(first) => {
                report
                    .find(check, resource.place_of(attribute), summary(first, resource))
                    .about(&resource.address)
                    .related(first.place_of(attribute), first.address.as_str());
            }
            None => {
                seen.insert(key, resource);
            }
        }
    }
}

/// Two entries of a kind that one object in the tenant would stand for.
fn same_object(resources: &Resources, report: &mut Report) {
    let unique = [
        ("serviceAccounts", "mailbox.alias"),
        ("serviceAccounts", "mailbox.name"),
        ("applications", "appId"),
        ("roomLists", "name"),
        ("roomLists", "alias"),
        ("managementScopes", "name"),
        ("roleGroups", "name"),
        ("roleAssignments", "name"),
    ];
    for (section, attribute) in unique {
        repeated(
            present(resources, section),
            attribute,
            |resource| resource.text(attribute).map(str::to_lowercase),
            &check::NAME_DUPLICATE,
            report,
            |first, second| {
                let value = second.text(attribute).unwrap_or_default();
                format!("`{attribute}: {value}` is that of {}, too", first.address)
            },
        );
    }
}

/// Two recipients with one address, whatever their kinds. One that is to be absent counts, too: it would be deleted and
/// kept by one plan.
fn same_address(resources: &Resources, report: &mut Report) {
    let address = |resource: &Resource| {
        resource.text("primarySmtpAddress").or(resource.text("userPrincipalName")).map(str::to_lowercase)
    };
    let mut seen: HashMap<String, &Resource> = HashMap::new();
    for resource in resources.values() {
        let Some(key) = address(resource) else { continue };
        let place = |resource: &Resource| {
            let name =
                if resource.kind.section == "roomLists" { "primarySmtpAddress" } else { "userPrincipalName" };
            resource.place_of(name)
        };
        match seen.get(&key) {
            Some(first) => {
                report
                    .find(
                        &check::ADDRESS_DUPLICATE,
                        place(resource),
                        format!("`{key}` is the address of {}, too", first.address),
                    )
                    .about(&resource.address)
                    .related(place(first), first.address.as_str());
            }
            None => {
                seen.insert(key, resource);
            }
        }
    }
}

fn same_delivery(resources: &Resources, report: &mut Report) {
    let mut seen: HashMap<String, (&Resource, &str)> = HashMap::new();
    for account in present(resources, "serviceAccounts") {
        let Some(delivery) = Delivery::of(account) else { continue };
        let attribute = delivery.attribute();
        match seen.get(&delivery.target()) {
            Some((first, at)) => {
                let summary = format!("the password of {} is delivered to this place, too", first.address);
                report
                    .find(&check::DELIVERY_COLLISION, account.place_of(attribute), summary)
                    .about(&account.address)
                    .related(first.place_of(at), first.address.as_str());
            }
            None => {
                seen.insert(delivery.target(), (account, attribute));
            }
        }
    }
}

fn equivalent_scopes(resources: &Resources, report: &mut Report) {
    repeated(
        present(resources, "managementScopes"),
        "recipientFilter",
        |scope| {
            let filter = match scope.get("recipientFilter")? {
                Value::Text(text) => opath::parse(text).ok()?.canonical().to_string(),
                Value::Template { template } => {
                    let groups: BTreeSet<&str> = template.sources().map(Address::as_str).collect();
                    groups.into_iter().collect::<Vec<_>>().join(" ")
                }
                _ => return None,
            };
            let root = scope.text("recipientRoot").unwrap_or_default().to_lowercase();
            Some(format!("{root}\n{filter}"))
        },
        &check::SCOPES_EQUIVALENT,
        report,
        |first, _| format!("this scope finds the same recipients as {}", first.address),
    );
}

fn unused_scopes(resources: &Resources, report: &mut Report) {
    let used: BTreeSet<&Address> = resources.values().flat_map(|resource| &resource.depends_on).collect();
    for scope in present(resources, "managementScopes").filter(|scope| !used.contains(&scope.address)) {
        let summary = "no role assignment and no role group of this manifest uses this scope";
        report.find(&check::SCOPE_UNUSED, scope.place, summary).about(&scope.address);
    }
}

fn exclusive_scopes_of_applications(resources: &Resources, report: &mut Report) {
    for assignment in present(resources, "roleAssignments").filter(|assignment| assignment.manages("app")) {
        let scopes = assignment.depends_on.iter().filter_map(|on| resources.get(on));
        let exclusive = |scope: &&Resource| scope.get("exclusive") == Some(&Value::Bool(true));
        for scope in scopes.filter(exclusive) {
            report
                .find(
                    &check::APP_EXCLUSIVE_SCOPE,
                    assignment.place_of("scope"),
                    format!("{} is exclusive", scope.address),
                )
                .about(&assignment.address)
                .related(scope.place_of("exclusive"), scope.address.as_str());
        }
    }
}

/// Role and principal of an assignment.
fn grant(assignment: &Resource) -> Option<String> {
    let role = assignment.text("role")?.to_lowercase();
    let holder =
        ["app", "user", "roleGroup", "securityGroup"].into_iter().find_map(|name| assignment.text(name))?;
    let delegating = assignment.get("delegating") == Some(&Value::Bool(true));
    Some(format!("{role}\n{}\n{delegating}", holder.to_lowercase()))
}

/// What an assignment is limited to.
fn limit(assignment: &Resource) -> Option<String> {
    let limits = ["scope", "administrativeUnit", "group", "organizationalUnit"];
    limits
        .into_iter()
        .find_map(|name| assignment.text(name).map(|text| format!("{name}\n{}", text.to_lowercase())))
}

fn repeated_assignments(resources: &Resources, report: &mut Report) {
    repeated(
        present(resources, "roleAssignments"),
        "role",
        |assignment| Some(format!("{}\n{}", grant(assignment)?, limit(assignment).unwrap_or_default())),
        &check::ASSIGNMENT_DUPLICATE,
        report,
        |first, _| format!("{} grants the same", first.address),
    );
}

fn overridden_scopes(resources: &Resources, report: &mut Report) {
    let unscoped: HashMap<String, &Resource> = present(resources, "roleAssignments")
        .filter(|assignment| limit(assignment).is_none())
        .filter(|assignment| assignment.get("allowUnscoped") == Some(&Value::Bool(true)))
        .filter_map(|assignment| Some((grant(assignment)?, assignment)))
        .collect();
    for assignment in present(resources, "roleAssignments").filter(|assignment| limit(assignment).is_some()) {
        if let Some(wide) = grant(assignment).and_then(|grant| unscoped.get(&grant)) {
            report
                .find(
                    &check::SCOPE_OVERRIDDEN,
                    assignment.place,
                    format!("{} grants the same without a scope", wide.address),
                )
                .about(&assignment.address)
                .related(wide.place, wide.address.as_str());
        }
    }
}

/// Consents reach every mailbox; one beside a scoped assignment of the same permission makes the scope meaningless.
fn consents_beside_scopes(resources: &Resources, report: &mut Report) {
    for assignment in present(resources, "roleAssignments").filter(|assignment| limit(assignment).is_some()) {
        let Some(role) = assignment.text("role").and_then(|role| role.strip_prefix("Application ")) else {
            continue;
        };
        let subject = role.split(['.', ' ']).next().unwrap_or(role);
        for app in assignment.depends_on.iter().filter_map(|on| resources.get(on)) {
            let consents = app.get("permissions").map(Value::elements).unwrap_or_default();
            let wide = consents.iter().find_map(|consent| {
                let (_, permission) = consent.split_once(" application ")?;
                let same = permission.split('.').next() == Some(subject)
                    || (permission == "full_access_as_app" && matches!(subject, "EWS" | "Exchange"));
                same.then_some(permission)
            });
            if let Some(permission) = wide {
                let summary = format!(
                    "the consent to `{permission}` reaches every mailbox, whatever the scope of {} is",
                    assignment.address
                );
                report
                    .find(&check::CONSENT_TENANT_WIDE, app.place_of("permissions"), summary)
                    .about(&app.address)
                    .related(assignment.place, assignment.address.as_str());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::circles;
    use crate::address::Address;

    #[test]
    fn every_circle_is_walked_once_and_what_only_leads_to_one_is_left_out() {
        let names: Vec<Address> =
            ["a.a", "b.b", "c.c", "d.d", "e.e", "f.f"].into_iter().map(Address::from).collect();
        let [a, b, c, leading, own, free] = names.as_slice() else { unreachable!() };
        let graph = BTreeMap::from([
            (a, [b].into()),
            (b, [c].into()),
            (c, [a].into()),
            (leading, [a].into()),
            (own, [own].into()),
            (free, [].into()),
        ]);
        assert_eq!(circles(graph), [vec![a, b, c], vec![own]]);
    }
}
