//! `$batch`: up to twenty requests in one, with dependencies.

use super::one;
use crate::faults::Running;
use crate::http::{Reply, Request};
use crate::simulator::Simulator;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

const LARGEST: usize = 20;

/// `POST /$batch`.
pub(super) fn answer(simulator: &Simulator, running: &Running, request: &Request, roles: &[String]) -> Reply {
    let body = match super::body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let Some(parts) = body.get("requests").and_then(Value::as_array) else {
        return invalid("Invalid batch payload format: 'requests' is missing.");
    };
    if parts.len() > LARGEST {
        return invalid(&format!("Number of batch request steps exceeds the maximum value of {LARGEST}."));
    }
    let mut done: HashMap<&str, u16> = HashMap::new();
    let mut responses = Vec::new();
    for part in parts {
        let Some(id) = part.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
            return invalid("Invalid batch payload format: every request needs an id.");
        };
        if done.contains_key(id) {
            return invalid(&format!("Request Id '{id}' has to be unique in a batch."));
        }
        let wanted: Vec<&str> = part
            .get("dependsOn")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        if let Some(unknown) = wanted.iter().find(|wanted| !done.contains_key(*wanted)) {
            return invalid(&format!(
                "Request '{id}' depends on '{unknown}', which doesn't stand before it."
            ));
        }
        let broken = wanted.iter().any(|wanted| done.get(wanted).is_none_or(|status| *status >= 400));
        let reply = if broken {
            Reply::graph_error(
                424,
                "FailedDependency",
                "Failed dependency: a request that this one depends on failed.",
            )
        } else {
            run(simulator, running, request, part, roles)
        };
        done.insert(id, reply.status);
        responses.push(shown(id, &reply));
    }
    Reply::json(200, &json!({"responses": responses}))
}

fn invalid(message: &str) -> Reply {
    Reply::graph_error(400, "BadRequest", message)
}

fn run(simulator: &Simulator, running: &Running, outer: &Request, part: &Value, roles: &[String]) -> Reply {
    let method =
        part.get("method").and_then(Value::as_str).and_then(|m| m.to_uppercase().parse::<Method>().ok());
    let Some(method) = method else { return invalid("The method of the request is missing or unknown.") };
    let url = part.get("url").and_then(Value::as_str).unwrap_or_default();
    if url.is_empty() || url.contains("://") {
        return invalid("The url of the request must be relative.");
    }
    // Spaces and quotes are common in hand-written filters; a URI may not hold the former.
    let relative = format!("/v1.0/{}", url.trim_start_matches('/')).replace(' ', "%20");
    let Ok(uri) = relative.parse::<Uri>() else { return invalid("The url of the request is malformed.") };
    let mut headers = HeaderMap::new();
    for inherited in ["host", "x-forwarded-proto"] {
        if let Some(value) = outer.headers.get(inherited) {
            headers.insert(inherited, value.clone());
        }
    }
    for (key, value) in part.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::from_bytes(key.to_lowercase().as_bytes());
        if let (Ok(name), Some(Ok(value))) = (name, value.as_str().map(HeaderValue::from_str)) {
            headers.insert(name, value);
        }
    }
    let body = part.get("body").map(ToString::to_string).unwrap_or_default();
    let mut inner = Request::new(method, &uri, headers, Bytes::from(body));
    inner.is_secure = outer.is_secure;
    let segments: Vec<&str> = inner.path.split('/').filter(|segment| !segment.is_empty()).collect();
    simulator.counters().count_route(&inner.method, &segments);
    match segments.as_slice() {
        ["v1.0", "$batch"] | [] | [_] => invalid("This request can't be batched."),
        _ => one(simulator, running, &inner, false, roles),
    }
}

fn shown(id: &str, reply: &Reply) -> Value {
    let mut headers: Map<String, Value> =
        reply.headers.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str()))).collect();
    let mut response = json!({"id": id, "status": reply.status});
    if !reply.body.is_empty() {
        headers.insert("Content-Type".to_owned(), Value::from("application/json"));
        response["body"] = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
    }
    response["headers"] = Value::Object(headers);
    response
}
