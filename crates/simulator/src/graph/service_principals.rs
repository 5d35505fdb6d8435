//! Service principals, and the application permissions granted to and by them.

use super::{bad, body, list, not_found};
use crate::clock::timestamp;
use crate::entra::{AppRoleAssignment, Permission, ServicePrincipal};
use crate::guid::Guid;
use crate::http::{Reply, Request};
use crate::simulator::Simulator;
use crate::tenant::Tenant;
use axum::http::Method;
use serde_json::{Value, json};

fn row(principal: &ServicePrincipal) -> Value {
    let roles: Vec<Value> = principal
        .app_roles
        .iter()
        .map(|role| {
            json!({"id": role.id.to_string(), "value": role.value, "displayName": role.value, "description": role.value,
                "isEnabled": true, "allowedMemberTypes": ["Application"], "origin": "Application"})
        })
        .collect();
    let scopes: Vec<Value> = principal
        .scopes
        .iter()
        .map(|scope| {
            json!({"id": scope.id.to_string(), "value": scope.value, "type": "User", "isEnabled": true,
                "adminConsentDisplayName": scope.value, "userConsentDisplayName": scope.value})
        })
        .collect();
    json!({
        "id": principal.id.to_string(), "appId": principal.app_id.to_string(),
        "appDisplayName": principal.display_name, "displayName": principal.display_name,
        "accountEnabled": principal.account_enabled, "servicePrincipalType": "Application",
        "servicePrincipalNames": [principal.app_id.to_string()], "appRoleAssignmentRequired": false,
        "tags": [], "appRoles": roles, "oauth2PermissionScopes": scopes,
    })
}

/// By object id, or by `(appId='…')` in the first segment.
fn find<'a>(tenant: &'a Tenant, id: &str) -> Option<&'a ServicePrincipal> {
    tenant.service_principals.get(&Guid::parse(id)?)
}

fn find_by_app<'a>(tenant: &'a Tenant, first: &str) -> Option<&'a ServicePrincipal> {
    let key = first.strip_prefix("servicePrincipals(")?.strip_suffix(')')?;
    let (name, value) = key.split_once('=')?;
    let app_id =
        Guid::parse(value.trim().trim_matches('\'')).filter(|_| name.trim().eq_ignore_ascii_case("appId"))?;
    tenant.service_principals.values().find(|principal| principal.app_id == app_id)
}

/// Everything under `/servicePrincipals`.
pub(super) fn answer(simulator: &Simulator, request: &Request, first: &str, rest: &[&str]) -> Reply {
    let method = request.method.as_str();
    if first == "servicePrincipals" && rest.is_empty() {
        return match method {
            "GET" => list_all(simulator, request),
            "POST" => create(simulator, request),
            _ => Reply::graph_error(405, "Request_BadRequest", "The method isn't allowed here."),
        };
    }
    let (id, rest) = if first == "servicePrincipals" {
        let (id, rest) = rest.split_first().map_or(("", rest), |(id, rest)| (*id, rest));
        (find(&simulator.read(), id).map(|principal| principal.id), rest)
    } else {
        (find_by_app(&simulator.read(), first).map(|principal| principal.id), rest)
    };
    let Some(id) = id else { return not_found(&request.path) };
    match (method, rest) {
        ("GET", []) => {
            let tenant = simulator.read();
            match tenant.service_principals.get(&id) {
                Some(principal) => list::entity(request, 200, "servicePrincipals", row(principal)),
                None => not_found(&request.path),
            }
        }
        ("DELETE", []) => delete(simulator, id),
        (_, [which @ ("appRoleAssignments" | "appRoleAssignedTo"), rest @ ..]) => {
            assignments(simulator, request, id, which, rest)
        }
        _ => Reply::graph_error(
            405,
            "Request_BadRequest",
            "The simulated tenant doesn't do this with service principals.",
        ),
    }
}

fn list_all(simulator: &Simulator, request: &Request) -> Reply {
    let tenant = simulator.read();
    let filterable = ["appId", "displayName", "id", "servicePrincipalType", "accountEnabled"];
    let filter = match list::filter(request, "ServicePrincipal", &filterable) {
        Ok(filter) => filter,
        Err(reply) => return reply,
    };
    let size = match list::top(request, 100, 999) {
        Ok(size) => size,
        Err(reply) => return reply,
    };
    let rows = tenant.service_principals.values().map(row);
    let rows = rows.filter(|row| filter.as_ref().is_none_or(|filter| filter.matches(row))).collect();
    list::page(request, "servicePrincipals", rows, size)
}

/// A name for an application that is registered elsewhere: Entra would take the publisher's.
fn create(simulator: &Simulator, request: &Request) -> Reply {
    let body = match body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    if let Some(name) = body.keys().find(|name| {
        !matches!(
            name.as_str(),
            "appId" | "displayName" | "accountEnabled" | "tags" | "appRoleAssignmentRequired"
        ) && !name.contains('@')
    }) {
        return bad(&format!(
            "Property '{name}' can't be set on resource 'ServicePrincipal' in the simulated tenant."
        ));
    }
    let Some(app_id) = body.get("appId").and_then(Value::as_str).and_then(Guid::parse) else {
        return bad("A value is required for property 'appId' of resource 'ServicePrincipal'.");
    };
    let mut tenant = simulator.write();
    if tenant.service_principals.values().any(|other| other.app_id == app_id) {
        return Reply::graph_error(
            409,
            "Request_MultipleObjectsWithSameKeyValue",
            &format!(
                "The service principal cannot be created, updated, or restored because the service principal name {app_id} is already in use."
            ),
        );
    }
    let id = tenant.new_guid();
    let display_name = body.get("displayName").and_then(Value::as_str).map(str::to_owned);
    let principal = ServicePrincipal {
        id,
        app_id,
        display_name: display_name
            .unwrap_or_else(|| format!("Application {}", app_id.plain().get(..8).unwrap_or_default())),
        account_enabled: body.get("accountEnabled").and_then(Value::as_bool).unwrap_or(true),
        app_roles: Vec::<Permission>::new(),
        scopes: Vec::new(),
        created: tenant.clock.now,
    };
    let shown = row(&principal);
    tenant.service_principals.insert(id, principal);
    list::entity(request, 201, "servicePrincipals", shown)
}

/// Exchange's pointer and its assignments go with it: page "Role Based Access Control for Applications".
fn delete(simulator: &Simulator, id: Guid) -> Reply {
    let mut tenant = simulator.write();
    tenant.service_principals.shift_remove(&id);
    tenant.app_role_assignments.retain(|_, a| a.principal != id && a.resource != id);
    tenant.grants.retain(|_, grant| grant.client != id && grant.resource != id);
    tenant.forget_application(id);
    Reply::empty(204)
}

fn assignment_row(tenant: &Tenant, assignment: &AppRoleAssignment) -> Value {
    let name = |id: Guid| tenant.service_principals.get(&id).map(|principal| principal.display_name.as_str());
    json!({
        "id": assignment.id, "appRoleId": assignment.app_role.to_string(), "principalId": assignment.principal.to_string(),
        "principalType": "ServicePrincipal", "principalDisplayName": name(assignment.principal),
        "resourceId": assignment.resource.to_string(), "resourceDisplayName": name(assignment.resource),
        "createdDateTime": timestamp(assignment.created), "deletedDateTime": null,
    })
}

fn assignments(simulator: &Simulator, request: &Request, id: Guid, which: &str, rest: &[&str]) -> Reply {
    let mine = |assignment: &AppRoleAssignment| {
        id == if which == "appRoleAssignments" { assignment.principal } else { assignment.resource }
    };
    match (&request.method, rest) {
        (&Method::GET, []) => {
            let tenant = simulator.read();
            let size = match list::top(request, 100, 999) {
                Ok(size) => size,
                Err(reply) => return reply,
            };
            let found = tenant.app_role_assignments.values().filter(|assignment| mine(assignment));
            let rows = found.map(|assignment| assignment_row(&tenant, assignment)).collect();
            list::page(request, "appRoleAssignments", rows, size)
        }
        (&Method::GET, [key]) => {
            let tenant = simulator.read();
            match tenant.app_role_assignments.get(*key).filter(|assignment| mine(assignment)) {
                Some(found) => {
                    list::entity(request, 200, "appRoleAssignments", assignment_row(&tenant, found))
                }
                None => not_found(key),
            }
        }
        (&Method::DELETE, [key]) => {
            let mut tenant = simulator.write();
            if !tenant.app_role_assignments.get(*key).is_some_and(mine) {
                return not_found(key);
            }
            tenant.app_role_assignments.shift_remove(*key);
            Reply::empty(204)
        }
        (&Method::POST, []) => grant(simulator, request, id, which),
        _ => Reply::graph_error(
            405,
            "Request_BadRequest",
            "App role assignments can be made and deleted, not changed.",
        ),
    }
}

fn grant(simulator: &Simulator, request: &Request, id: Guid, which: &str) -> Reply {
    let body = match body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let field = |name: &str| {
        let guid = body.get(name).and_then(Value::as_str).and_then(Guid::parse);
        guid.ok_or_else(|| {
            bad(&format!("A value is required for property '{name}' of resource 'AppRoleAssignment'."))
        })
    };
    let (principal, resource, app_role) =
        match (field("principalId"), field("resourceId"), field("appRoleId")) {
            (Ok(principal), Ok(resource), Ok(app_role)) => (principal, resource, app_role),
            (Err(reply), ..) | (_, Err(reply), _) | (.., Err(reply)) => return reply,
        };
    if id != if which == "appRoleAssignments" { principal } else { resource } {
        return bad("The id in the path doesn't match the principalId or resourceId in the body.");
    }
    let mut tenant = simulator.write();
    if !tenant.service_principals.contains_key(&principal) {
        // Application ids are not object ids: the commonest mistake here.
        return not_found(&principal.to_string());
    }
    let Some(held) = tenant.service_principals.get(&resource) else {
        return not_found(&resource.to_string());
    };
    if !held.app_roles.iter().any(|role| role.id == app_role) {
        return bad(&format!("Permission being assigned was not found on application '{}'.", held.app_id));
    }
    let duplicate =
        |a: &AppRoleAssignment| a.principal == principal && a.resource == resource && a.app_role == app_role;
    if tenant.app_role_assignments.values().any(duplicate) {
        return bad("Permission being assigned already exists on the object");
    }
    let key = tenant.new_guid().plain();
    let created = tenant.clock.now;
    let assignment = AppRoleAssignment { id: key.clone(), principal, resource, app_role, created };
    let shown = assignment_row(&tenant, &assignment);
    tenant.app_role_assignments.insert(key, assignment);
    list::entity(request, 201, "appRoleAssignments", shown)
}
