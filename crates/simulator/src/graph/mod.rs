//! Microsoft Graph v1.0, as far as users, licences, applications and consents go.

mod batch;
mod consents;
mod filter;
mod groups;
mod licences;
mod list;
mod permissions;
mod service_principals;
mod users;

use crate::faults::{Asked, Running, Service, meaning, settled};
use crate::http::{Paging, Reply, Request};
use crate::record::Entry;
use crate::replica::Written;
use crate::simulator::Simulator;
use crate::tenant::Tenant;
use crate::time::milliseconds;
use crate::token::{self, Audience};
use axum::http::Method;
use serde_json::{Value, json};

/// Everything under `/v1.0`.
pub(crate) fn answer(simulator: &Simulator, request: &Request, rest: &[&str]) -> Reply {
    let running = simulator.running();
    let mut bearer = match token::bearer(&simulator.read(), request, Audience::Graph, simulator.now()) {
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
    bearer.roles.retain(|role| !running.faults.lacks(role));
    if let ["$batch"] = rest
        && request.method == Method::POST
    {
        let asked = Asked::batch(Service::Graph, &request.path);
        let fate = simulator.fate(&running, asked, || meaning_of(request));
        return fate.answer(|| batch::answer(simulator, &running, request, &bearer.roles));
    }
    one(simulator, &running, request, true, &bearer.roles)
}

/// What a request means, for the faults of chance.
fn meaning_of(request: &Request) -> u64 {
    let query: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
    meaning(&[request.method.as_str(), &request.path, &query.join("&"), &settled(&request.body)])
}

/// One request, alone or out of a batch. The token has been checked.
fn one(simulator: &Simulator, running: &Running, request: &Request, whole: bool, roles: &[String]) -> Reply {
    let asked = Asked { whole, ..Asked::whole(Service::Graph, &request.path) };
    simulator
        .fate(running, asked, || meaning_of(request))
        .answer(|| permitted(simulator, running, request, roles))
}

/// The path below `/v1.0`; `servicePrincipals(appId='…')` is one segment with a key in it.
fn segments(request: &Request) -> Vec<&str> {
    request.path.split('/').filter(|segment| !segment.is_empty()).skip(1).collect()
}

fn permitted(simulator: &Simulator, running: &Running, request: &Request, roles: &[String]) -> Reply {
    let writes = request.method != Method::GET;
    if let Some(missing) = permissions::lacking(roles, writes, &segments(request)) {
        tracing::debug!(missing, path = request.path, "a permission is missing");
        return Reply::graph_error(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        );
    }
    if writes {
        let reply =
            simulator.in_order(|| Written::Graph(Box::new(request.clone())), || perform(simulator, request));
        let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        simulator.log(Entry::request(&request.method, &request.path, body, reply.status));
        return reply;
    }
    let mut paged;
    let mut request = request;
    let faults = &running.faults;
    if faults.one_row_first_page || faults.link_lifetime_seconds.is_some() {
        paged = request.clone();
        paged.paging = Paging {
            one_row_first: faults.one_row_first_page,
            lifetime: faults.link_lifetime_seconds.map(milliseconds),
            now: simulator.now(),
        };
        request = &paged;
    }
    let seen = simulator.past();
    let seen = seen.as_ref().unwrap_or(simulator);
    if seen.read().has_pending() {
        // Whatever is due is to be seen.
        drop(seen.write());
    }
    perform(seen, request)
}

/// Does what is asked, without asking who asks.
pub(crate) fn perform(simulator: &Simulator, request: &Request) -> Reply {
    let reply = dispatch(simulator, request, &segments(request));
    if request.method != Method::GET && reply.is_success() {
        simulator.write().touch();
    }
    reply
}

fn dispatch(simulator: &Simulator, request: &Request, segments: &[&str]) -> Reply {
    let method = request.method.as_str();
    // Taken for granted, they would give answers to another question.
    if let Some((name, _)) = request.query.iter().find(|(name, _)| {
        ["$search", "$orderby", "$expand", "$skip", "$apply"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    }) {
        let text = format!("The query option '{name}' isn't supported in the simulated tenant.");
        return Reply::graph_error(400, "Request_UnsupportedQuery", &text);
    }
    match (method, segments) {
        ("GET", ["users"]) => users::list(simulator, request),
        ("GET", ["users", "$count"]) => users::count(simulator, request),
        ("POST", ["users"]) => users::create(simulator, request),
        ("GET", ["users", id]) => users::get(simulator, request, id),
        ("PATCH", ["users", id]) => users::update(simulator, request, id),
        ("DELETE", ["users", id]) => users::delete(simulator, id),
        ("POST", ["users", id, "assignLicense"]) => licences::assign(simulator, request, id),
        ("GET", ["users", id, "licenseDetails"]) => licences::details(simulator, request, id),
        ("GET", ["subscribedSkus"]) => licences::list(simulator, request),
        ("GET", ["organization"]) => organization(simulator, request),
        ("GET", ["organization", id]) if simulator.read().is_called(id) => {
            list::entity(request, 200, "organization", organization_row(&simulator.read()))
        }
        (_, ["groups", rest @ ..]) => groups::answer(simulator, request, rest),
        (_, ["me", ..]) => Reply::graph_error(
            400,
            "BadRequest",
            "/me request is only valid with delegated authentication flow.",
        ),
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
    list::page(request, "organization", vec![organization_row(&simulator.read())], usize::MAX)
}

fn organization_row(tenant: &Tenant) -> Value {
    let domains: Vec<Value> = tenant
        .domains
        .iter()
        .map(|domain| {
            json!({"name": domain.name, "isDefault": domain.is_default, "isInitial": domain.is_initial,
                "type": "Managed", "capabilities": "Email, OfficeCommunicationsOnline"})
        })
        .collect();
    json!({"id": tenant.id.to_string(), "displayName": tenant.display_name, "verifiedDomains": domains,
        "tenantType": "AAD"})
}
