//! Reading room lists: a few by their addresses, many as one list.

use std::collections::HashMap;

use anteroom_model::operation::Refusal;

use super::directory::recipient_clause;
use super::gather::CLAUSES;
use super::readings::{Asks, RoomLists, Unread};
use crate::connection::Connection;
use crate::exchange_api::Invocation;
use crate::rows;

/// Room lists up to this number are read one by one in a batch, more of them as the whole list.
const FEW_ROOM_LISTS: usize = 10;

/// The room lists that the resources name, or all of them.
pub(super) async fn read(connection: &Connection, asks: &Asks) -> RoomLists {
    let cmdlet = "Get-DistributionGroup";
    let mut lists = RoomLists::default();
    if asks.all_room_lists || asks.room_lists.len() > FEW_ROOM_LISTS {
        let invocation = Invocation::new(cmdlet)
            .with("RecipientTypeDetails", vec!["RoomList"])
            .unlimited()
            .select(rows::Group::SELECT);
        lists.all = Some(match connection.invoke::<rows::Group>(&invocation).await {
            Err(failure) => Err(Unread::new("Get-DistributionGroup -RecipientTypeDetails RoomList", failure)),
            Ok(rows) => {
                let mut by_address: HashMap<String, Vec<rows::Group>> =
                    HashMap::with_capacity(rows.rows.len());
                for group in rows.rows {
                    let address = group.primary_smtp_address.as_deref().unwrap_or_default().to_lowercase();
                    by_address.entry(address).or_default().push(group);
                }
                Ok(by_address)
            }
        });
        return lists;
    }
    if asks.room_lists.is_empty() {
        return lists;
    }
    let invocations: Vec<Invocation> = asks
        .room_lists
        .iter()
        .map(|address| Invocation::new(cmdlet).with("Identity", address.as_str()).select(rows::Group::SELECT))
        .collect();
    let outcomes = connection.invoke_all::<rows::Group>(&invocations).await;
    let mut doubtful: Vec<&str> = Vec::new();
    for (address, outcome) in asks.room_lists.iter().zip(outcomes) {
        let read = match outcome {
            // Nothing at all, or everything but what was asked for: neither says that there is no such group.
            Ok(rows) if rows.rows.is_empty() => {
                doubtful.push(address);
                continue;
            }
            Ok(rows) => Ok(rows.rows),
            Err(failure) if failure.refusal == Refusal::NotFound => Ok(Vec::new()),
            Err(failure) => Err(Unread::new(&format!("{cmdlet} {address}"), failure)),
        };
        lists.by_address.insert(address.clone(), read);
    }
    by_filter(connection, &doubtful, &mut lists).await;
    lists
}

/// A second look at addresses that the first one did not settle: a filter is never answered with everything.
async fn by_filter(connection: &Connection, addresses: &[&str], lists: &mut RoomLists) {
    let what = "Get-DistributionGroup -Filter";
    let chunks: Vec<&[&str]> = addresses.chunks(CLAUSES).collect();
    let invocation = |chunk: &&[&str]| {
        let filter = chunk.iter().map(|address| recipient_clause(address)).collect::<Vec<_>>().join(" -or ");
        Invocation::new("Get-DistributionGroup")
            .with("Filter", filter)
            .unlimited()
            .select(rows::Group::SELECT)
    };
    let invocations: Vec<Invocation> = chunks.iter().map(invocation).collect();
    let outcomes = connection.invoke_all::<rows::Group>(&invocations).await;
    for (chunk, outcome) in chunks.into_iter().zip(outcomes) {
        let read = outcome.map_err(|failure| Unread::new(what, failure)).and_then(|rows| {
            let stranger = rows.rows.iter().find(|group| !chunk.iter().any(|address| group.has(address)));
            match stranger {
                None => Ok(rows.rows),
                Some(group) => {
                    Err(Unread::because(what, format!("the answer is about {} instead", group.called())))
                }
            }
        });
        for address in chunk {
            let groups = read
                .as_ref()
                .map_err(Clone::clone)
                .map(|groups| groups.iter().filter(|group| group.has(address)).cloned().collect::<Vec<_>>());
            lists.by_address.insert((*address).to_owned(), groups);
        }
    }
}
