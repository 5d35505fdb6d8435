//! Room lists over their size: one resource that becomes several lists.

use std::collections::{HashMap, HashSet};

use crate::resource::{Ensure, Resource};
use crate::snapshot::{Observation, Snapshot};
use crate::value::Value;

/// The attribute that says how many members one list has at most.
const LIMIT: &str = "maxMembers";

/// Part `number` (from 1) of a room list that may be split; none where it is not.
pub(crate) fn observed(list: &Resource, number: usize) -> Option<Resource> {
    list.attributes.contains_key(LIMIT).then(|| part(list, number))
}

/// Part `number` (from 1) of a room list: its names and address, without members.
///
/// `local@domain` becomes `local.2@domain`, `Name` becomes `Name 2`, and so for alias and display name. Part 1 is the
/// list itself.
fn part(list: &Resource, number: usize) -> Resource {
    let mut part = list.clone();
    part.queries.clear();
    if number <= 1 {
        return part;
    }
    part.address = list.address.part(number);
    for (name, value) in &mut part.attributes {
        let Value::Text(text) = value else { continue };
        match name.as_str() {
            "primarySmtpAddress" => {
                if let Some((local, domain)) = text.split_once('@') {
                    *text = format!("{local}.{number}@{domain}");
                }
            }
            "name" | "displayName" => *text = format!("{text} {number}"),
            "alias" => *text = format!("{text}.{number}"),
            _ => {}
        }
    }
    if part.attributes.contains_key("members") {
        part.attributes.insert("members".to_owned(), Value::Set(Vec::new()));
    }
    part
}

/// The lists that stand for one resource: as many as its members need, and, to be absent, those that are there and no
/// longer needed.
///
/// Whoever is in a part stays there while there is room; the others fill the first part with room, in the order of the
/// manifest. Only parts at the end are given up, so that the numbers have no holes.
pub(crate) fn expand(list: &Resource, snapshot: &Snapshot) -> Vec<Resource> {
    let limit = match list.get(LIMIT) {
        Some(Value::Integer(limit)) => usize::try_from(*limit).unwrap_or(0),
        _ => 0,
    };
    if limit == 0 {
        return vec![list.clone()];
    }
    let mut there = 1;
    while snapshot.observations.contains_key(&list.address.part(there + 1)) {
        there += 1;
    }
    if list.ensure == Ensure::Absent {
        return (1..=there)
            .filter(|number| *number == 1 || !is_absent(list, *number, snapshot))
            .map(|number| part(list, number))
            .collect();
    }
    let Some(Value::Set(members)) = list.get("members") else { return vec![list.clone()] };
    let mut buckets = spread(list, members, limit, there, snapshot);
    let needed = buckets.iter().rposition(|bucket| !bucket.is_empty()).map_or(1, |last| last + 1);
    let unreadable: Vec<usize> = (1..=there)
        .filter(|number| {
            matches!(snapshot.observations.get(&list.address.part(*number)), Some(Observation::Unreadable(_)))
        })
        .collect();
    let mut parts = Vec::with_capacity(buckets.len());
    for number in 1..=buckets.len() {
        let mut one = part(list, number);
        if number <= needed {
            let bucket = std::mem::take(&mut buckets[number - 1]);
            one.attributes.insert("members".to_owned(), Value::Set(bucket));
        } else if is_absent(list, number, snapshot) {
            continue;
        } else {
            one.ensure = Ensure::Absent;
            one.attributes.shift_remove("members");
        }
        // Who is in a part that nobody could read may be in any: nothing is moved before that is known.
        let others = unreadable.iter().filter(|other| **other != number);
        one.depends_on.extend(others.map(|other| list.address.part(*other)));
        parts.push(one);
    }
    // Parts that lie in ruins block each other; blocking needs no circle.
    if unreadable.len() > 1 {
        for one in &mut parts {
            if unreadable.iter().any(|number| list.address.part(*number) == one.address) {
                one.depends_on.clone_from(&list.depends_on);
            }
        }
    }
    parts
}

fn is_absent(list: &Resource, number: usize, snapshot: &Snapshot) -> bool {
    !matches!(
        snapshot.observations.get(&list.address.part(number)),
        Some(Observation::Present(_) | Observation::Unreadable(_))
    )
}

/// The members of every part.
fn spread(
    list: &Resource,
    members: &[String],
    limit: usize,
    there: usize,
    snapshot: &Snapshot,
) -> Vec<Vec<String>> {
    let mut home: HashMap<String, usize> = HashMap::new();
    for number in 1..=there {
        if let Some(object) = snapshot.object(&list.address.part(number))
            && let Some(value) = object.attributes.get("members")
        {
            for member in value.elements() {
                home.entry(snapshot.identities.key(member)).or_insert(number - 1);
            }
        }
    }
    let mut buckets: Vec<Vec<String>> = vec![Vec::new(); there.max(members.len().div_ceil(limit))];
    let mut newcomers = Vec::new();
    let mut seen = HashSet::with_capacity(members.len());
    for member in members {
        let key = snapshot.identities.key(member);
        match home.get(&key).and_then(|index| buckets.get_mut(*index)) {
            _ if seen.contains(&key) => {}
            Some(bucket) if bucket.len() < limit => bucket.push(member.clone()),
            _ => newcomers.push(member.clone()),
        }
        seen.insert(key);
    }
    let mut first = 0;
    for member in newcomers {
        while buckets.get(first).is_some_and(|bucket| bucket.len() >= limit) {
            first += 1;
        }
        match buckets.get_mut(first) {
            Some(bucket) => bucket.push(member),
            None => buckets.push(vec![member]),
        }
    }
    buckets
}
