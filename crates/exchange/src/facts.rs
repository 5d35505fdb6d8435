//! Facts of the whole tenant that compiling needs, by name.

use std::collections::BTreeMap;

use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::value::Value;

/// `true` where the organisation was never customised.
pub(crate) const DEHYDRATED: &str = "isDehydrated";
/// `true` where the manifest customises it.
pub(crate) const CUSTOMIZATION_PLANNED: &str = "customizationPlanned";
/// There where the management roles were read.
pub(crate) const ROLES_READ: &str = "rolesRead";
/// There where the licences were read.
pub(crate) const LICENSES_READ: &str = "licensesRead";

/// The resource whose object will have this spelling.
pub(crate) fn planned(spelling: &str) -> String {
    format!("planned:{}", spelling.to_lowercase())
}

/// `true` where the management scope of this name is, or will be, exclusive.
pub(crate) fn exclusive(scope: &str) -> String {
    format!("exclusive:{}", scope.to_lowercase())
}

/// A management role as the tenant spells it.
pub(crate) fn role(name: &str) -> String {
    format!("role:{}", name.to_lowercase())
}

/// The GUID of the role assignment of this name.
pub(crate) fn assignment(name: &str) -> String {
    format!("assignment:{}", name.to_lowercase())
}

/// The id of a licence.
pub(crate) fn sku(part: &str) -> String {
    format!("sku:{}", part.to_uppercase())
}

/// How many seats of a licence are free.
pub(crate) fn seats(part: &str) -> String {
    format!("seats:{}", part.to_uppercase())
}

/// How many accounts of the manifest are to get a licence that they do not have.
pub(crate) fn seats_wanted(part: &str) -> String {
    format!("seatsWanted:{}", part.to_uppercase())
}

/// `true` where a licence comes with a mailbox.
pub(crate) fn mailbox(part: &str) -> String {
    format!("mailbox:{}", part.to_uppercase())
}

/// The object id of the service principal of a resource, by the name that manifests use.
pub(crate) fn resource(name: &str) -> String {
    format!("resource:{}", name.to_lowercase())
}

/// The id of a permission, `<resource> <application|delegated> <value>`.
pub(crate) fn permission(permission: &str) -> String {
    format!("permission:{}", permission.to_lowercase())
}

/// Every permission value that a resource has, separated by spaces: `<resource> <application|delegated>`.
pub(crate) fn permissions(resource_and_sort: &str) -> String {
    format!("permissions:{}", resource_and_sort.to_lowercase())
}

/// What the names of all facts of a sort start with, and what follows in each.
pub(crate) fn of_sort<'a>(
    facts: &'a BTreeMap<String, String>,
    sort: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let range = facts.range(sort.to_owned()..);
    range
        .take_while(move |(name, _)| name.starts_with(sort))
        .map(move |(name, value)| (name.get(sort.len()..).unwrap_or_default(), value.as_str()))
}

/// What follows from the resources alone.
pub(crate) fn of_resources(resources: &[Resource], facts: &mut BTreeMap<String, String>) {
    for resource in resources.iter().filter(|resource| resource.ensure == Ensure::Present) {
        for key in resource.kind.key {
            if let Some(text) = resource.text(key)
                && resource.kind.key.len() == 1
            {
                facts.insert(planned(text), resource.address.to_string());
            }
        }
        if let (Some(name), Some(Value::Bool(flag))) = (resource.text("name"), resource.get("exclusive")) {
            facts.insert(exclusive(name), flag.to_string());
        }
    }
}

/// The name that is most like one that is not there, by edit distance.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = wanted.to_lowercase().chars().collect();
    let limit = (wanted.len() / 3).max(2);
    let scored = names.map(|name| (distance(&wanted, name), name));
    scored.filter(|(distance, _)| *distance <= limit).min().map(|(_, name)| name)
}

fn distance(wanted: &[char], name: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (i, letter) in name.to_lowercase().chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, other) in wanted.iter().enumerate() {
            let swapped = corner + usize::from(letter != *other);
            corner = row[j + 1];
            row[j + 1] = swapped.min(row[j] + 1).min(corner + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_where_there_is_one() {
        let names = ["Application Calendars.Read", "Application Calendars.ReadWrite", "Mail Recipients"];
        assert_eq!(
            nearest("Application Calendar.ReadWrite", names.into_iter()),
            Some("Application Calendars.ReadWrite")
        );
        assert_eq!(nearest("Something", names.into_iter()), None);
        assert_eq!(nearest("", std::iter::empty()), None);
    }

    #[test]
    fn facts_of_a_sort_are_told_without_others() {
        let facts: BTreeMap<String, String> =
            [sku("E1"), sku("E3"), seats("E1")].into_iter().map(|name| (name, "1".to_owned())).collect();
        assert_eq!(of_sort(&facts, "sku:").map(|(name, _)| name).collect::<Vec<_>>(), ["E1", "E3"]);
    }
}
