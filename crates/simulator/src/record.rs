//! What has happened: counts of requests, and a log of writes.

use crate::cmdlets::Caller;
use crate::faults::{Fate, Service};
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
    /// Requests and parts of batches that were answered 429.
    pub(crate) throttled: u64,
    /// Those that a fault kept from being carried out, other than by 429.
    pub(crate) failed: u64,
    /// Those that were carried out and whose answer was lost.
    pub(crate) lost: u64,
    /// Requests and parts of batches by the second in which they came; the first is that of the first request.
    pub(crate) seconds: Seconds,
}

/// What came in each second, for the first hour.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Seconds {
    /// Milliseconds since 1970.
    since: Option<i64>,
    graph: Tally,
    exchange: Tally,
}

/// Answered otherwise than 429, and answered 429; one number a second.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tally {
    answered: Vec<u32>,
    throttled: Vec<u32>,
}

/// An hour.
const SECONDS: usize = 3_600;

impl Seconds {
    fn count(&mut self, service: Service, throttled: bool, now: i64) {
        let since = *self.since.get_or_insert(now);
        let second = usize::try_from(now.saturating_sub(since) / 1_000).unwrap_or(usize::MAX);
        let tally = match service {
            Service::Graph => &mut self.graph,
            Service::Exchange => &mut self.exchange,
            Service::Token | Service::KeyVault => return,
        };
        if second >= SECONDS {
            return;
        }
        for numbers in [&mut tally.answered, &mut tally.throttled] {
            if numbers.len() <= second {
                numbers.resize(second + 1, 0);
            }
        }
        let numbers = if throttled { &mut tally.throttled } else { &mut tally.answered };
        if let Some(number) = numbers.get_mut(second) {
            *number += 1;
        }
    }
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
                    | "groups"
                    | "members"
                    | "$count"
                    | "keyvault"
                    | "secrets"
            )
        };
        let names: Vec<&str> = segments
            .iter()
            .map(|segment| if known(segment) { segment.split('(').next().unwrap_or_default() } else { "*" })
            .collect();
        *self.routes.entry(format!("{method} /{}", names.join("/"))).or_default() += 1;
    }

    /// Counts what became of a request or a part of a batch; a batch as a whole only where it failed.
    pub(crate) fn count_fate(&mut self, service: Service, counts: bool, fate: &Fate, now: i64) {
        let throttled = fate.refused.as_ref().is_some_and(|reply| reply.status == 429);
        if throttled {
            self.throttled += 1;
        } else if fate.refused.is_some() {
            self.failed += 1;
        } else if fate.lost.is_some() {
            self.lost += 1;
        }
        if counts || throttled {
            self.seconds.count(service, throttled, now);
        }
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
