//! Microsoft Graph v1.0, as far as users, licences, applications and consents go.

mod batch;
mod consents;
mod filter;
mod licences;
mod list;
mod service_principals;
mod users;

use crate::exchange_http;
use crate::http::{Reply, Request};
use crate::record::Entry;
use crate::simulator::Simulator;
use crate::token::{self, Audience};
use axum::http::Method;
use serde_json::{Value, json};

/// Everything under `/v1.0`.
pub(crate) fn answer(simulator: &Simulator, request: &Request, rest: &[&str]) -> Reply {
    let bearer = match token::bearer(&simulator.read(), request, Audience::Graph) {
        Ok(bearer) => bearer,
        Err(why) => {
            return Reply::graph_error(
                401,
                "InvalidAuthenticationToken",
                &format!("Access token is invalid: {why}."),
            )
            .with("www-authenticate", "Bearer realm=\"\", error=\"invalid_token\"");
        }
    };
    if let ["$batch"] = rest
        && request.method == Method::POST
    {
        return match simulator.failure(&request.path) {
            Some(failure) => exchange_http::failed(&failure),
            None => batch::answer(simulator, request, &bearer.roles),
        };
    }
    one(simulator, request, rest, &bearer.roles)
}

/// One request, alone or out of a batch. The token has been checked.
fn one(simulator: &Simulator, request: &Request, rest: &[&str], roles: &[String]) -> Reply {
    let failure = simulator.failure(&request.path);
    if let Some(failure) = failure.as_ref().filter(|failure| !failure.after) {
        return exchange_http::failed(failure);
    }
    // `servicePrincipals(appId='…')` is one segment with a key in it.
    let segments: Vec<String> = rest.iter().map(|segment| (*segment).to_owned()).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let writes = request.method != Method::GET;
    if let Some(missing) = lacking(roles, writes, &segments) {
        return Reply::graph_error(
            403,
            "Authorization_RequestDenied",
            &format!("Insufficient privileges to complete the operation: {missing} is needed."),
        );
    }
    let reply = dispatch(simulator, request, &segments);
    if writes {
        if reply.is_success() {
            simulator.write().touch();
        }
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        simulator.log(Entry::request(&request.method, &request.path, body, reply.status));
    }
    match failure {
        Some(failure) => exchange_http::failed(&failure),
        None => reply,
    }
}

/// The permission that a call needs and the token lacks.
fn lacking(roles: &[String], writes: bool, segments: &[&str]) -> Option<&'static str> {
    let first = segments.first().map(|segment| segment.split('(').next().unwrap_or_default());
    let needed: &[&'static str] = match (first, segments.last().copied(), writes) {
        (Some("users"), Some("assignLicense"), _) => {
            &["LicenseAssignment.ReadWrite.All", "User.ReadWrite.All"]
        }
        (Some("users"), _, true) => &["User.ReadWrite.All"],
        (Some("users"), _, false) => &["User.ReadWrite.All", "User.Read.All", "Directory.Read.All"],
        (Some("subscribedSkus" | "organization"), ..) => {
            &["Organization.Read.All", "LicenseAssignment.ReadWrite.All", "Directory.Read.All"]
        }
        (Some("servicePrincipals"), _, true)
            if segments.iter().any(|s| matches!(*s, "appRoleAssignments" | "appRoleAssignedTo")) =>
        {
            &["AppRoleAssignment.ReadWrite.All"]
        }
        (Some("servicePrincipals"), _, true) => &["Application.ReadWrite.All"],
        (Some("servicePrincipals"), _, false) => {
            &["Application.Read.All", "Application.ReadWrite.All", "Directory.Read.All"]
        }
        (Some("oauth2PermissionGrants"), _, true) => &["DelegatedPermissionGrant.ReadWrite.All"],
        (Some("oauth2PermissionGrants"), _, false) => {
            &["DelegatedPermissionGrant.ReadWrite.All", "Directory.Read.All"]
        }
        _ => &[],
    };
    if needed.is_empty() || needed.iter().any(|needed| roles.iter().any(|role| role == needed)) {
        return None;
    }
    needed.first().copied()
}

fn dispatch(simulator: &Simulator, request: &Request, segments: &[&str]) -> Reply {
    let method = request.method.as_str();
    match (method, segments) {
        ("GET", ["users"]) => users::list(simulator, request),
        ("POST", ["users"]) => users::create(simulator, request),
        ("GET", ["users", id]) => users::get(simulator, request, id),
        ("PATCH", ["users", id]) => users::update(simulator, request, id),
        ("DELETE", ["users", id]) => users::delete(simulator, id),
        ("POST", ["users", id, "assignLicense"]) => licences::assign(simulator, request, id),
        ("GET", ["subscribedSkus"]) => licences::list(simulator, request),
        ("GET", ["organization"]) => organization(simulator, request),
        (_, ["oauth2PermissionGrants", rest @ ..]) => consents::grants(simulator, request, rest),
        (_, [first, rest @ ..])
            if *first == "servicePrincipals" || first.starts_with("servicePrincipals(") =>
        {
            service_principals::answer(simulator, request, first, rest)
        }
        (_, ["users" | "subscribedSkus" | "organization", ..]) => Reply::graph_error(
            405,
            "Request_BadRequest",
            &format!("The method {method} isn't allowed for this resource in the simulated tenant."),
        ),
        (_, segments) => Reply::graph_error(
            400,
            "BadRequest",
            &format!("Resource not found for the segment '{}'.", segments.first().unwrap_or(&"")),
        ),
    }
}

/// The body as an object, or the refusal.
fn body(request: &Request) -> Result<serde_json::Map<String, Value>, Reply> {
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !json {
        return Err(Reply::graph_error(
            400,
            "RequestBodyRead",
            "A Content-Type header of application/json is needed for a request with a body.",
        ));
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(bad("The request body must be a JSON object.")),
        Err(why) => Err(bad(&format!("Unable to read JSON request payload: {why}."))),
    }
}

fn bad(message: &str) -> Reply {
    Reply::graph_error(400, "Request_BadRequest", message)
}

fn not_found(id: &str) -> Reply {
    Reply::graph_error(
        404,
        "Request_ResourceNotFound",
        &format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        ),
    )
}

fn organization(simulator: &Simulator, request: &Request) -> Reply {
    let tenant = simulator.read();
    let domains: Vec<Value> = tenant
        .domains
        .iter()
        .map(|domain| {
            json!({"name": domain.name, "isDefault": domain.is_default, "isInitial": domain.is_initial,
                "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline"})
        })
        .collect();
    let row = json!({"id": tenant.id.to_string(), "displayName": tenant.display_name, "verifiedDomains": domains,
        "tenantType": "AAD"});
    list::page(request, "organization", vec![row], usize::MAX)
}
