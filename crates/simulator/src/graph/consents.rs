//! Delegated permission grants.

use super::filter::Filter;
use super::{bad, body, list, not_found};
use crate::entra::Grant;
use crate::guid::Guid;
use crate::http::{Reply, Request};
use crate::simulator::Simulator;
use serde_json::{Value, json};

fn row(grant: &Grant) -> Value {
    json!({
        "id": grant.id, "clientId": grant.client.to_string(),
        "consentType": if grant.all_principals { "AllPrincipals" } else { "Principal" },
        "principalId": grant.principal.map(|id| id.to_string()), "resourceId": grant.resource.to_string(),
        "scope": grant.scope,
    })
}

/// Everything under `/oauth2PermissionGrants`.
pub(super) fn grants(simulator: &Simulator, request: &Request, rest: &[&str]) -> Reply {
    match (request.method.as_str(), rest) {
        ("GET", []) => list_all(simulator, request),
        ("POST", []) => create(simulator, request),
        ("GET", [id]) => match simulator.read().grants.get(*id) {
            Some(grant) => list::entity(request, 200, "oauth2PermissionGrants", row(grant)),
            None => not_found(id),
        },
        ("PATCH", [id]) => update(simulator, request, id),
        ("DELETE", [id]) => match simulator.write().grants.shift_remove(*id) {
            Some(_) => Reply::empty(204),
            None => not_found(id),
        },
        _ => Reply::graph_error(405, "Request_BadRequest", "The method isn't allowed for permission grants."),
    }
}

fn list_all(simulator: &Simulator, request: &Request) -> Reply {
    let filter = match request.parameter("$filter").map(Filter::parse) {
        None => None,
        Some(Ok(filter)) => Some(filter),
        Some(Err(why)) => {
            return Reply::graph_error(400, "BadRequest", &format!("Invalid filter clause: {why}"));
        }
    };
    let filterable = ["clientId", "consentType", "principalId", "resourceId"];
    if let Some(name) = filter.iter().flat_map(Filter::properties).find(|name| !filterable.contains(name)) {
        return Reply::graph_error(
            400,
            "Request_UnsupportedQuery",
            &format!(
                "Unsupported or invalid query filter clause specified for property '{name}' of resource 'OAuth2PermissionGrant'."
            ),
        );
    }
    let size = match list::top(request, 100, 999) {
        Ok(size) => size,
        Err(reply) => return reply,
    };
    let rows = simulator.read().grants.values().map(row).collect::<Vec<_>>();
    let rows =
        rows.into_iter().filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(row))).collect();
    list::page(request, "oauth2PermissionGrants", rows, size)
}

/// Words that the resource does not know are refused.
fn check_words(simulator: &Simulator, resource: Guid, scope: &str) -> Result<(), Reply> {
    let tenant = simulator.read();
    let Some(resource) = tenant.service_principals.get(&resource) else {
        return Err(not_found(&resource.to_string()));
    };
    let unknown = scope.split_whitespace().find(|word| {
        !resource.scopes.iter().any(|scope| scope.value == *word)
            && !matches!(*word, "openid" | "profile" | "email" | "offline_access")
    });
    match unknown {
        None => Ok(()),
        Some(word) => Err(bad(&format!(
            "The scope '{word}' doesn't exist on the resource '{}'.",
            resource.display_name
        ))),
    }
}

fn create(simulator: &Simulator, request: &Request) -> Reply {
    let body = match body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let guid = |name: &str| body.get(name).and_then(Value::as_str).and_then(Guid::parse);
    let missing = |name: &str| {
        bad(&format!("A value is required for property '{name}' of resource 'OAuth2PermissionGrant'."))
    };
    let Some(client) = guid("clientId") else { return missing("clientId") };
    let Some(resource) = guid("resourceId") else { return missing("resourceId") };
    let Some(scope) = body.get("scope").and_then(Value::as_str) else { return missing("scope") };
    let all_principals = match body.get("consentType").and_then(Value::as_str) {
        Some("AllPrincipals") => true,
        Some("Principal") => false,
        _ => return bad("consentType must be AllPrincipals or Principal."),
    };
    let principal = guid("principalId");
    if all_principals == principal.is_some() {
        return bad("principalId must be given with consentType Principal, and only then.");
    }
    if let Err(reply) = check_words(simulator, resource, scope) {
        return reply;
    }
    let mut tenant = simulator.write();
    if !tenant.service_principals.contains_key(&client) {
        return not_found(&client.to_string());
    }
    if let Some(id) = principal
        && !tenant.users.contains_key(&id)
    {
        return not_found(&id.to_string());
    }
    let same =
        |grant: &Grant| grant.client == client && grant.resource == resource && grant.principal == principal;
    if tenant.grants.values().any(same) {
        return Reply::graph_error(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            "Permission entry already exists.",
        );
    }
    let id = tenant.new_guid().plain();
    let scope = scope.split_whitespace().collect::<Vec<_>>().join(" ");
    let grant = Grant { id: id.clone(), client, all_principals, principal, resource, scope };
    let shown = row(&grant);
    tenant.grants.insert(id, grant);
    list::entity(request, 201, "oauth2PermissionGrants", shown)
}

/// Only the scope can change.
fn update(simulator: &Simulator, request: &Request, id: &str) -> Reply {
    let body = match body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Some(name) = body.keys().find(|name| *name != "scope" && !name.contains('@')) {
        return bad(&format!("Property '{name}' of resource 'OAuth2PermissionGrant' is read-only."));
    }
    let Some(scope) = body.get("scope").and_then(Value::as_str) else {
        return bad("A value is required for property 'scope' of resource 'OAuth2PermissionGrant'.");
    };
    let Some(resource) = simulator.read().grants.get(id).map(|grant| grant.resource) else {
        return not_found(id);
    };
    if let Err(reply) = check_words(simulator, resource, scope) {
        return reply;
    }
    if let Some(grant) = simulator.write().grants.get_mut(id) {
        grant.scope = scope.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    Reply::empty(204)
}
