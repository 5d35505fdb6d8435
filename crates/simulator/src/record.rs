//! What has happened: counts of requests, and a log of writes.

use crate::cmdlets::Caller;
use axum::http::Method;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Counts since the start, or since they were last deleted. `/_simulator` itself is not counted.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counters {
    /// HTTP requests; a batch is one.
    pub(crate) requests: u64,
    /// Writes that succeeded, by hand or by request.
    pub(crate) writes: u64,
    /// `POST /v1.0/users` and the like, ids left out; the parts of batches count here too.
    pub(crate) routes: BTreeMap<String, u64>,
    pub(crate) cmdlets: BTreeMap<String, u64>,
}

impl Counters {
    pub(crate) fn count_route(&mut self, method: &Method, segments: &[&str]) {
        let known = |segment: &&str| {
            let plain = segment.split('(').next().unwrap_or_default();
            matches!(
                plain,
                "v1.0"
                    | "users"
                    | "subscribedSkus"
                    | "assignLicense"
                    | "servicePrincipals"
                    | "appRoleAssignments"
                    | "appRoleAssignedTo"
                    | "oauth2PermissionGrants"
                    | "organization"
                    | "$batch"
                    | "adminapi"
                    | "beta"
                    | "InvokeCommand"
                    | "oauth2"
                    | "v2.0"
                    | "token"
                    | ".well-known"
                    | "openid-configuration"
                    | "common"
                    | "discovery"
                    | "instance"
            )
        };
        let names: Vec<&str> = segments
            .iter()
            .map(|segment| if known(segment) { segment.split('(').next().unwrap_or_default() } else { "*" })
            .collect();
        *self.routes.entry(format!("{method} /{}", names.join("/"))).or_default() += 1;
    }

    pub(crate) fn count_cmdlet(&mut self, name: &str) {
        *self.cmdlets.entry(name.to_owned()).or_default() += 1;
    }
}

/// One attempt to write.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cmdlet: Option<String>,
    /// The cmdlet's parameters, or the request's body; passwords are blanked.
    parameters: Value,
    status: u16,
    by: &'static str,
}

impl Entry {
    pub(crate) fn cmdlet(name: &str, parameters: Map<String, Value>, status: u16, caller: Caller) -> Entry {
        let by = if caller == Caller::Hand { "hand" } else { "request" };
        let parameters = Value::Object(parameters);
        Entry { method: None, path: None, cmdlet: Some(name.to_owned()), parameters, status, by }
    }

    pub(crate) fn request(method: &Method, path: &str, mut body: Value, status: u16) -> Entry {
        redact(&mut body);
        let (method, path) = (Some(method.to_string()), Some(path.to_owned()));
        Entry { method, path, cmdlet: None, parameters: body, status, by: "request" }
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key.eq_ignore_ascii_case("password") {
                    *value = Value::from("(redacted)");
                } else {
                    redact(value);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(redact),
        _ => {}
    }
}
