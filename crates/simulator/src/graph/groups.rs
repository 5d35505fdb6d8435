//! Exchange's distribution groups as Graph sees them: to read, and nothing else.

use super::filter::Filter;
use super::{bad, list, not_found};
use crate::clock::timestamp;
use crate::guid::Guid;
use crate::http::{Reply, Request};
use crate::recipient::{Recipient, RecipientKind};
use crate::simulator::Simulator;
use crate::tenant::Tenant;
use serde_json::{Value, json};

const FILTERABLE: &[&str] = &["displayName", "id", "mail", "mailEnabled", "mailNickname", "securityEnabled"];

fn row(group: &Recipient) -> Value {
    let description = group.group.as_deref().map(|group| group.description.join("\n"));
    json!({
        "id": group.object_id.to_string(),
        "createdDateTime": timestamp(group.created),
        "description": description.filter(|text| !text.is_empty()),
        "displayName": group.display_name,
        "groupTypes": if group.kind == RecipientKind::GroupMailbox { json!(["Unified"]) } else { json!([]) },
        "mail": group.primary_smtp_address,
        "mailEnabled": true,
        "mailNickname": group.alias,
        "onPremisesSyncEnabled": null,
        "proxyAddresses": group.email_addresses(),
        "securityEnabled": group.kind == RecipientKind::MailUniversalSecurityGroup,
        "visibility": null,
    })
}

fn find<'a>(tenant: &'a Tenant, id: &str) -> Option<&'a Recipient> {
    let group = tenant.directory.by_object_id(Guid::parse(id)?)?;
    group.group.is_some().then_some(group)
}

/// Everything under `/groups`.
pub(super) fn answer(simulator: &Simulator, request: &Request, rest: &[&str]) -> Reply {
    let tenant = simulator.read();
    if request.method != axum::http::Method::GET {
        // Page "Update group": mail-enabled security groups and distribution lists belong to Exchange.
        return bad("Cannot Update a mail-enabled security groups and or distribution list.");
    }
    match rest {
        [] | ["$count"] => {
            let filter = match list::filter(request, "Group", FILTERABLE) {
                Ok(filter) => filter,
                Err(reply) => return reply,
            };
            let rows = tenant.directory.groups_from(0).map(|(_, group)| row(group));
            let rows: Vec<Value> = rows
                .filter(|row| filter.as_ref().is_none_or(|filter: &Filter| filter.matches(row)))
                .collect();
            if rest.is_empty() { paged(request, "groups", rows) } else { list::count(request, rows.len()) }
        }
        [id] => match find(&tenant, id) {
            Some(group) => list::entity(request, 200, "groups", row(group)),
            None => not_found(id),
        },
        [id, "members"] => {
            let Some(group) = find(&tenant, id) else { return not_found(id) };
            let rows =
                tenant.directory.members_from(group, 0).map(|(_, member)| member_row(member)).collect();
            paged(request, "directoryObjects", rows)
        }
        _ => bad("The simulated tenant doesn't show this of groups."),
    }
}

fn paged(request: &Request, name: &str, rows: Vec<Value>) -> Reply {
    match list::top(request, 100, 999) {
        Ok(size) => list::page(request, name, rows, size),
        Err(reply) => reply,
    }
}

fn member_row(member: &Recipient) -> Value {
    if member.group.is_some() {
        let mut shown = row(member);
        shown["@odata.type"] = Value::from("#microsoft.graph.group");
        return shown;
    }
    json!({
        "@odata.type": "#microsoft.graph.user",
        "id": member.object_id.to_string(),
        "displayName": member.display_name,
        "mail": member.primary_smtp_address,
        "userPrincipalName": member.user_principal_name,
    })
}
