//! Sending the reads: everything of one phase at once, lists and batches instead of single reads.

use std::collections::HashMap;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use bytes::Bytes;
use futures::future::join_all;
use serde::de::DeserializeOwned;

use super::belief;
use super::directory::{Form, Spellings, form, recipient_clause, user_clause};
use super::readings::{Asks, Consents, FollowUps, Members, Part, Readings, Unread};
use super::room_lists;
use crate::connection::Connection;
use crate::exchange_api::{Invocation, Row, Rows};
use crate::graph_api::GraphRequest;
use crate::rows;

/// Clauses in one recipient filter.
pub(super) const CLAUSES: usize = 50;
/// Above this many spellings, the list of all rooms is read first: most of them are rooms.
const MANY_SPELLINGS: usize = 500;

/// Reads what the resources name.
pub(super) async fn first(connection: &Connection, asks: &Asks, readings: &mut Readings) {
    let scopes = read_list::<rows::Scope>(
        connection,
        asks.scopes,
        Invocation::new("Get-ManagementScope").select(rows::Scope::SELECT),
        Emptiness::Possible,
    );
    let assignments = assignments(connection, asks.assignments);
    let role_groups = read_list::<rows::RoleGroup>(
        connection,
        asks.role_groups,
        Invocation::new("Get-RoleGroup").unlimited().select(rows::RoleGroup::SELECT),
        Emptiness::Impossible,
    );
    let role_groups = async { belief::of_exchange(role_groups.await) };
    let roles = read_list::<rows::Role>(
        connection,
        asks.roles,
        Invocation::new("Get-ManagementRole").select(rows::Role::SELECT),
        Emptiness::Impossible,
    );
    let pointers = read_list::<rows::Pointer>(
        connection,
        asks.pointers,
        Invocation::new("Get-ServicePrincipal").select(rows::Pointer::SELECT),
        Emptiness::Possible,
    );
    let organization = organization(connection, asks);
    let room_lists = room_lists::read(connection, asks);
    let exchange =
        async { futures::join!(organization, room_lists, scopes, assignments, role_groups, roles, pointers) };
    let graph = entra(connection, asks);
    let queries = queries(connection, asks);
    let (exchange, graph, queries) = futures::join!(exchange, graph, queries);
    readings.organization = exchange.0;
    readings.room_lists = exchange.1;
    readings.scopes = exchange.2;
    readings.assignments = exchange.3;
    readings.role_groups = exchange.4;
    readings.roles = exchange.5;
    readings.pointers = exchange.6;
    readings.users = graph.users;
    readings.licenses = graph.licenses;
    readings.applications = graph.applications;
    readings.resources = graph.resources;
    readings.queries = queries.into_iter().collect();
    readings.objects += readings.listed();
}

async fn assignments(connection: &Connection, asked: bool) -> Part<Vec<rows::Assignment>> {
    let invocation = Invocation::new("Get-ManagementRoleAssignment").select(rows::Assignment::SELECT);
    read_list::<rows::Assignment>(connection, asked, invocation, Emptiness::Impossible).await
}

/// Whether a list of which every tenant has something may come back empty.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Emptiness {
    Possible,
    Impossible,
}

async fn read_list<T: Row>(
    connection: &Connection,
    asked: bool,
    invocation: Invocation,
    emptiness: Emptiness,
) -> Part<Vec<T>> {
    if !asked {
        return None;
    }
    let mut outcome = connection.invoke::<T>(&invocation).await;
    if emptiness == Emptiness::Impossible && matches!(&outcome, Ok(rows) if rows.rows.is_empty()) {
        // Lists of built-in objects now and then come back empty; a second look tells.
        outcome = connection.invoke::<T>(&invocation).await;
    }
    Some(match outcome {
        Ok(rows) if rows.rows.is_empty() && emptiness == Emptiness::Impossible => Err(Unread::because(
            &invocation.cmdlet,
            "the service answered with an empty list, though every tenant has built-in ones",
        )),
        Ok(rows) => Ok(rows.rows),
        Err(failure) => Err(Unread::new(&invocation.cmdlet, failure)),
    })
}

async fn organization(connection: &Connection, asks: &Asks) -> Part<rows::Organization> {
    if !asks.organization {
        return None;
    }
    let cmdlet = "Get-OrganizationConfig";
    let mut invocation = Invocation::new(cmdlet).select(rows::Organization::SELECT);
    if asks.ews_access {
        // The list of allowed applications is shown on request only.
        invocation = invocation.with("RetrieveEwsOperationAccessPolicy", true);
    }
    Some(match connection.invoke::<rows::Organization>(&invocation).await {
        Err(failure) => Err(Unread::new(cmdlet, failure)),
        Ok(Rows { mut rows, .. }) => match (rows.pop(), rows.len()) {
            (Some(one), 0) => Ok(one),
            (_, others) => {
                Err(Unread::because(cmdlet, format!("{} organisations came back instead of one", others + 1)))
            }
        },
    })
}

async fn queries(connection: &Connection, asks: &Asks) -> Vec<(String, Result<Vec<String>, Unread>)> {
    let reads = asks.queries.iter().map(|filter| async move {
        let invocation = Invocation::new("Get-Recipient")
            .with("Filter", filter.as_str())
            .unlimited()
            .select(rows::Recipient::SELECT_ADDRESS);
        let answer = match connection.invoke::<rows::Member>(&invocation).await {
            Ok(rows) => {
                Ok(rows.rows.into_iter().filter_map(|row| row.primary_smtp_address).map(lower).collect())
            }
            Err(failure) => Err(Unread::new("Get-Recipient -Filter", failure)),
        };
        (filter.clone(), answer)
    });
    join_all(reads).await
}

/// The text in lower case, without another allocation.
fn lower(mut text: String) -> String {
    text.make_ascii_lowercase();
    text
}

#[derive(Default)]
struct Entra {
    users: HashMap<String, Result<Option<rows::User>, Unread>>,
    licenses: Part<Vec<rows::Sku>>,
    applications: HashMap<String, Result<Option<rows::ServicePrincipal>, Unread>>,
    resources: HashMap<String, Result<Option<rows::ServicePrincipal>, Unread>>,
}

async fn entra(connection: &Connection, asks: &Asks) -> Entra {
    let mut entra = Entra::default();
    let users =
        asks.users.iter().map(|name| format!("/users/{}?$select={}", escape(name), rows::User::SELECT));
    let principal =
        |id: &String, select: &str| format!("/servicePrincipals(appId='{}')?$select={select}", escape(id));
    let applications = asks.applications.iter().map(|id| principal(id, rows::ServicePrincipal::SELECT));
    let resources = asks.resources.iter().map(|id| principal(id, rows::ServicePrincipal::SELECT_RESOURCE));
    let paths: Vec<String> = users.chain(applications).chain(resources).collect();
    let requests: Vec<GraphRequest> = paths.iter().cloned().map(GraphRequest::get).collect();
    let licenses = async {
        if !asks.licenses {
            return None;
        }
        let read = connection.graph_collection::<rows::Sku>("/subscribedSkus".to_owned()).await;
        Some(read.map_err(|failure| Unread::new("GET /subscribedSkus", failure)))
    };
    let (bodies, licenses) = futures::join!(connection.graph_all(&requests), licenses);
    entra.licenses = licenses;
    let mut bodies = bodies.into_iter().zip(paths);
    for name in &asks.users {
        let Some((body, path)) = bodies.next() else { break };
        let read = object::<rows::User>(body, &path).and_then(|user| match user {
            Some(user) if !user.user_principal_name.eq_ignore_ascii_case(name) => Err(Unread::because(
                &title(&path),
                format!("the answer is about {} instead", user.user_principal_name),
            )),
            other => Ok(other),
        });
        entra.users.insert(name.to_lowercase(), read);
    }
    for id in &asks.applications {
        let Some((body, path)) = bodies.next() else { break };
        entra.applications.insert(id.to_lowercase(), principal_of(body, &path, id));
    }
    for id in &asks.resources {
        let Some((body, path)) = bodies.next() else { break };
        entra.resources.insert(id.to_lowercase(), principal_of(body, &path, id));
    }
    entra
}

fn principal_of(
    body: Result<Bytes, Failure>,
    path: &str,
    id: &str,
) -> Result<Option<rows::ServicePrincipal>, Unread> {
    match object::<rows::ServicePrincipal>(body, path)? {
        Some(other) if !other.app_id.eq_ignore_ascii_case(id) => {
            Err(Unread::because(&title(path), format!("the answer is about {} instead", other.app_id)))
        }
        found => Ok(found),
    }
}

/// The request for people: without the list of properties.
fn title(path: &str) -> String {
    format!("GET {}", path.split('?').next().unwrap_or(path))
}

/// One object of Graph, or none.
fn object<T: DeserializeOwned>(body: Result<Bytes, Failure>, path: &str) -> Result<Option<T>, Unread> {
    match body {
        Ok(body) => serde_json::from_slice(&body).map(Some).map_err(|error| {
            Unread::because(&title(path), format!("the answer could not be understood: {error}"))
        }),
        Err(failure) if failure.refusal == Refusal::NotFound => Ok(None),
        Err(failure) => Err(Unread::new(&title(path), failure)),
    }
}

/// A value as part of a path: everything but what stands for itself is percent-encoded.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            escaped.push(byte as char);
        } else {
            let digit = |nibble: u8| char::from(b"0123456789ABCDEF"[usize::from(nibble)]);
            escaped.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    escaped
}

/// Reads what belongs to the objects that were found.
pub(super) async fn second(connection: &Connection, follow: &FollowUps, readings: &mut Readings) {
    let members = members(connection, follow);
    let role_group_members = role_group_members(connection, follow);
    let consents = consents(connection, follow);
    let assignments = assignments(connection, follow.assignments && readings.assignments.is_none());
    let (members, role_group_members, consents, assignments) =
        futures::join!(members, role_group_members, consents, assignments);
    readings.assignments = readings.assignments.take().or(assignments);
    for (_, read) in &members {
        readings.objects += read.as_ref().map_or(0, |members| members.addresses.len()) as u64;
    }
    readings.group_members = members.into_iter().collect();
    readings.role_group_members = role_group_members.into_iter().collect();
    readings.consents = consents.into_iter().collect();
    // Permissions of services that the manifest does not name.
    let mut unknown: Vec<String> = Vec::new();
    for consents in readings.consents.values().flatten() {
        let roles = consents.roles.iter().map(|role| &role.resource_id);
        for id in roles.chain(consents.grants.iter().map(|grant| &grant.resource_id)) {
            if readings.resource_by_id(id).is_none() && !unknown.contains(id) {
                unknown.push(id.clone());
            }
        }
    }
    let select = rows::ServicePrincipal::SELECT_RESOURCE;
    let paths: Vec<String> =
        unknown.iter().map(|id| format!("/servicePrincipals/{}?$select={select}", escape(id))).collect();
    let requests: Vec<GraphRequest> = paths.iter().cloned().map(GraphRequest::get).collect();
    let bodies = connection.graph_all(&requests).await;
    for ((id, path), body) in unknown.into_iter().zip(paths).zip(bodies) {
        readings.other_resources.insert(id, object(body, &path));
    }
}

async fn members(connection: &Connection, follow: &FollowUps) -> Vec<(String, Result<Members, Unread>)> {
    let cmdlet = "Get-DistributionGroupMember";
    let invocations: Vec<Invocation> = follow
        .group_members
        .iter()
        .map(|guid| {
            Invocation::new(cmdlet).with("Identity", guid.as_str()).unlimited().select(rows::Member::SELECT)
        })
        .collect();
    let outcomes = connection.invoke_all::<rows::Member>(&invocations).await;
    let read = |outcome: Result<Rows<rows::Member>, Failure>| {
        let rows = outcome.map_err(|failure| Unread::new(cmdlet, failure))?.rows;
        let count = rows.len();
        let groups = rows.iter().filter(|row| row.is_group);
        let groups = groups.filter_map(|row| row.primary_smtp_address.clone()).map(lower).collect();
        let named =
            rows.into_iter().filter_map(|row| row.primary_smtp_address).filter(|address| !address.is_empty());
        let addresses: Vec<String> = named.map(lower).collect();
        Ok(Members { without_address: count - addresses.len(), addresses, groups })
    };
    follow.group_members.iter().cloned().zip(outcomes.into_iter().map(read)).collect()
}

async fn role_group_members(
    connection: &Connection,
    follow: &FollowUps,
) -> Vec<(String, Result<Vec<rows::RoleGroupMember>, Unread>)> {
    let cmdlet = "Get-RoleGroupMember";
    let select = rows::RoleGroupMember::SELECT;
    let invocations: Vec<Invocation> = follow
        .role_group_members
        .iter()
        .map(|guid| Invocation::new(cmdlet).with("Identity", guid.as_str()).unlimited().select(select))
        .collect();
    let outcomes = connection.invoke_all::<rows::RoleGroupMember>(&invocations).await;
    let read = |outcome: Result<Rows<_>, Failure>| match outcome {
        Ok(rows) => Ok(rows.rows),
        Err(failure) => Err(Unread::new(cmdlet, failure)),
    };
    follow.role_group_members.iter().cloned().zip(outcomes.into_iter().map(read)).collect()
}

async fn consents(connection: &Connection, follow: &FollowUps) -> Vec<(String, Result<Consents, Unread>)> {
    let mut requests = Vec::new();
    for id in &follow.consents {
        requests.push(GraphRequest::get(format!("/servicePrincipals/{}/appRoleAssignments", escape(id))));
        let filter = escape(&format!("clientId eq '{id}'"));
        requests.push(GraphRequest::get(format!("/oauth2PermissionGrants?$filter={filter}")));
    }
    let bodies = connection.graph_all(&requests).await;
    let mut answered = requests.iter().zip(bodies);
    let mut all = Vec::new();
    for id in &follow.consents {
        let (Some(roles), Some(grants)) = (answered.next(), answered.next()) else { break };
        let read = async {
            let what = format!("GET /servicePrincipals/{id}/appRoleAssignments");
            let roles = pages(connection, roles, &what).await?;
            let grants = pages(connection, grants, "GET /oauth2PermissionGrants").await?;
            Ok(Consents { roles, grants })
        };
        all.push((id.clone(), read.await));
    }
    all
}

async fn pages<T: DeserializeOwned>(
    connection: &Connection,
    (request, first): (&GraphRequest, Result<Bytes, Failure>),
    what: &str,
) -> Result<Vec<T>, Unread> {
    let first = first.map_err(|failure| Unread::new(what, failure))?;
    connection.graph_pages(request, &first).await.map_err(|failure| Unread::new(what, failure))
}

/// Looks up spellings: 50 to a filter, ten filters to a batch.
pub(super) async fn third(connection: &Connection, spellings: &Spellings, readings: &mut Readings) {
    let mut asked: Vec<&str> = spellings.asked().collect();
    if asked.len() > MANY_SPELLINGS {
        every_room(connection, spellings, readings).await;
        // A name that a room has, others can have, too.
        asked.retain(|spelling| readings.directory.is_open(spelling) || form(spelling) == Form::Name);
    }
    look_up(connection, &asked, Source::Recipients, spellings, readings).await;
    let open: Vec<&str> =
        spellings.principals().filter(|spelling| readings.directory.is_open(spelling)).collect();
    look_up(connection, &open, Source::Users, spellings, readings).await;
}

/// Reads all rooms at once. Where that fails, they are looked up one by one like everybody else.
async fn every_room(connection: &Connection, spellings: &Spellings, readings: &mut Readings) {
    let invocation = Invocation::new("Get-Recipient")
        .with("RecipientTypeDetails", vec!["RoomMailbox", "EquipmentMailbox"])
        .unlimited()
        .select(rows::Recipient::SELECT);
    if let Ok(rooms) = connection.invoke::<rows::Recipient>(&invocation).await {
        readings.objects += rooms.rows.len() as u64;
        readings.directory.take(rooms.rows, spellings);
    }
}

#[derive(Clone, Copy)]
enum Source {
    Recipients,
    Users,
}

async fn look_up(
    connection: &Connection,
    asked: &[&str],
    source: Source,
    spellings: &Spellings,
    readings: &mut Readings,
) {
    let (cmdlet, select, clause): (_, _, fn(&str) -> String) = match source {
        Source::Recipients => ("Get-Recipient", rows::Recipient::SELECT, recipient_clause),
        Source::Users => ("Get-User", rows::Recipient::SELECT_USER, user_clause),
    };
    let chunks: Vec<&[&str]> = asked.chunks(CLAUSES).collect();
    let invocations: Vec<Invocation> = chunks
        .iter()
        .map(|chunk| {
            let filter = chunk.iter().map(|spelling| clause(spelling)).collect::<Vec<_>>().join(" -or ");
            Invocation::new(cmdlet).with("Filter", filter).unlimited().select(select)
        })
        .collect();
    let outcomes = connection.invoke_all::<rows::Recipient>(&invocations).await;
    for (chunk, outcome) in chunks.into_iter().zip(outcomes) {
        match outcome {
            Ok(rows) => {
                readings.objects += rows.rows.len() as u64;
                readings.directory.take(rows.rows, spellings);
            }
            Err(failure) => {
                let unread = Unread::new(&format!("{cmdlet} -Filter"), failure);
                for spelling in chunk {
                    readings.directory.fail(spelling, &unread);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn names_cannot_leave_their_place_in_a_path() {
        assert_eq!(escape("svc-a@contoso.com"), "svc-a@contoso.com");
        assert_eq!(escape("a/../b?c#d'e f"), "a%2F..%2Fb%3Fc%23d%27e%20f");
        assert_eq!(escape("ü"), "%C3%BC");
    }
}
