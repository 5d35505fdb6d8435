//! Observing: one pass over everything that the resources need, in three rounds of concurrent, bulk reads.

mod belief;
pub(crate) mod directory;
mod gather;
pub(crate) mod readings;
mod room_lists;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Instant;

use anteroom_model::address::Address;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Cost, Identities, Object, Observation, Snapshot};
use anteroom_model::value::{Template, Value};

use crate::adapters;
use crate::connection::Connection;
use crate::facts;
use directory::Spellings;
pub(crate) use gather::escape;
use readings::{Asks, FollowUps, Readings};

/// The section of the pseudo addresses under which groups stand that the manifest names by address.
const GROUPS: &str = "groups";

/// What was read, for those who make sense of it.
pub(crate) struct Sight<'a> {
    /// Members are taken out of it, not copied: a list can have 100,000.
    pub(crate) readings: &'a mut Readings,
    pub(crate) identities: &'a Identities,
    /// Every resource that is observed, parts of split lists among them.
    pub(crate) resources: &'a [Cow<'a, Resource>],
}

/// Observes everything that the resources need.
pub(crate) async fn observe(connection: &Connection, resources: &[Resource]) -> Snapshot {
    let (start, requests) = (Instant::now(), connection.requests());
    let mut snapshot = Snapshot { edition: connection.edition, ..Snapshot::default() };
    facts::of_resources(resources, &mut snapshot.facts);

    let mut asks = Asks::default();
    for resource in resources {
        for query in &resource.queries {
            asks.queries.insert(query.filter.clone());
        }
        if let Some(adapter) = adapters::of(resource.kind) {
            adapter.ask(resource, &mut asks);
        }
    }
    let mut readings = Readings::default();
    // Boxed: the rounds' futures are large, and only one of them is needed at a time.
    Box::pin(gather::first(connection, &asks, &mut readings)).await;
    connection.progress.observed("objects", readings.objects);

    let resources = with_parts(resources, &readings);
    let mut follow = FollowUps::default();
    for resource in &resources {
        if let Some(adapter) = adapters::of(resource.kind) {
            adapter.follow(resource, &readings, &mut follow);
        }
    }
    Box::pin(gather::second(connection, &follow, &mut readings)).await;
    connection.progress.observed("objects", readings.objects);

    let mut spellings = Spellings::default();
    let groups = foreign_groups(resources.iter().map(AsRef::as_ref));
    for group in &groups {
        spellings.of(group).recipient(group.key());
    }
    for resource in &resources {
        if let Some(adapter) = adapters::of(resource.kind) {
            adapter.spell(resource, &readings, &mut spellings);
        }
    }
    Box::pin(gather::third(connection, &spellings, &mut readings)).await;
    connection.progress.observed("objects", readings.objects);
    readings.directory.teach(&spellings, &mut snapshot.identities);
    adapters::teach(&readings, &mut snapshot.identities);

    let mut sight =
        Sight { readings: &mut readings, identities: &snapshot.identities, resources: &resources };
    let mut observations = Vec::with_capacity(resources.len() + groups.len());
    for resource in &resources {
        let Some(adapter) = adapters::of(resource.kind) else { continue };
        let address = &resource.address;
        let unread =
            spellings.needed_by(address).find_map(|spelling| sight.readings.directory.unread(spelling));
        let seen = match unread {
            Some(unread) => Err(unread.clone()),
            None => adapter.see(resource, &mut sight),
        };
        let observation = match seen {
            Err(unread) => Observation::Unreadable(unread.about(address)),
            Ok(Some(object)) => Observation::Present(object),
            Ok(None) => {
                if resource.ensure == Ensure::Present {
                    snapshot.diagnostics.extend(adapter.taken(resource, &sight));
                }
                Observation::Absent
            }
        };
        observations.push((address.clone(), observation));
    }
    for group in groups {
        let observation = foreign_group(&group, &readings, &spellings);
        observations.push((group, observation));
    }
    adapters::facts(&readings, &resources, &mut snapshot.facts);
    snapshot.observations.extend(observations);
    for (filter, answer) in std::mem::take(&mut readings.queries) {
        let answer = answer.map_err(|unread| {
            let unread = unread.about(&Address::of_section("roomLists"));
            Diagnostic { address: None, ..unread }
        });
        snapshot.queries.insert(filter, answer);
    }
    // The story of a failed sign-in stands once; each resource says only that nobody is signed in.
    snapshot.diagnostics.extend(connection.sign_in().refusals());
    snapshot.cost = Cost {
        requests: connection.requests() - requests,
        objects: readings.objects,
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    snapshot
}

/// The resources, with the parts of split ones: those that are there, those that the members need, and the first one
/// that is neither.
fn with_parts<'a>(resources: &'a [Resource], readings: &Readings) -> Vec<Cow<'a, Resource>> {
    let mut all: Vec<Cow<'a, Resource>> = Vec::with_capacity(resources.len());
    for resource in resources {
        all.push(Cow::Borrowed(resource));
        let Some(needed) = parts_needed(resource, |filter| {
            readings.queries.get(filter).and_then(|answer| answer.as_ref().ok()).map_or(0, Vec::len)
        }) else {
            continue;
        };
        for number in 2.. {
            let Some(mut one) = resource.kind.part(resource, number) else { break };
            for query in &resource.queries {
                // What a filter fills in the whole is managed in each part.
                one.attributes.entry(query.attribute.clone()).or_insert_with(|| Value::Set(Vec::new()));
            }
            let there = adapters::of(resource.kind).is_some_and(|adapter| adapter.is_there(&one, readings));
            if !there && number > needed {
                break;
            }
            all.push(Cow::Owned(one));
        }
    }
    all
}

/// How many parts a resource needs that can be split; `found` tells how many members a filter finds.
pub(crate) fn parts_needed(resource: &Resource, found: impl Fn(&str) -> usize) -> Option<usize> {
    let Some(Value::Integer(limit)) = resource.get("maxMembers") else { return None };
    let limit = usize::try_from(*limit).unwrap_or(1).max(1);
    let stated = resource.get("members").map_or(0, |members| members.elements().len());
    let queried: usize = resource.queries.iter().map(|query| found(&query.filter)).sum();
    Some((stated + queried).div_ceil(limit))
}

/// The groups that templates refer to and no resource is.
pub(crate) fn foreign_groups<'r>(resources: impl Iterator<Item = &'r Resource>) -> BTreeSet<Address> {
    let values = resources.flat_map(|resource| resource.attributes.values());
    let templates = values
        .filter_map(|value| if let Value::Template { template } = value { Some(template) } else { None });
    templates.flat_map(Template::sources).filter(|of| of.section() == GROUPS).cloned().collect()
}

fn foreign_group(group: &Address, readings: &Readings, spellings: &Spellings) -> Observation {
    if let Some(unread) = spellings.needed_by(group).find_map(|spelling| readings.directory.unread(spelling))
    {
        return Observation::Unreadable(unread.about(group));
    }
    let found = readings.directory.find(group.key());
    match found.as_slice() {
        [] => Observation::Absent,
        [one] => match one.row.distinguished_name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => Observation::Present(Object {
                id: one.row.guid.clone().unwrap_or_default(),
                outputs: [("distinguishedName".to_owned(), name.to_owned())].into(),
                ..Object::default()
            }),
            None => Observation::Unreadable(
                Diagnostic::error(
                    "unreadable",
                    format!("the group {} has no distinguished name yet", group.key()),
                )
                .about(group)
                .hint("try again later"),
            ),
        },
        several => Observation::Unreadable(
            Diagnostic::error(
                "group-ambiguous",
                format!("{} means {} recipients", group.key(), several.len()),
            )
            .about(group)
            .hint("write the primary address"),
        ),
    }
}
