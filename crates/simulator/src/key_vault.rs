//! Key vaults: secrets and their versions, kept in memory and shown to nobody but their readers.
//!
//! Facts: pages "Set Secret", "Get Secret", "Update Secret", "Delete Secret" and "Authentication, requests and responses" of
//! the Key Vault REST reference.

use crate::faults::Faults;
use crate::guid::Guid;
use crate::http::{Reply, Request};
use crate::record::Entry;
use crate::simulator::Simulator;
use crate::token::{self, Audience};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// What one needs in a vault, besides a token.
const ROLE: &str = "Key Vault Secrets Officer";
/// Characters in a name, and bytes in a value.
const LONGEST_NAME: usize = 127;
const LARGEST_VALUE: usize = 25_000;

/// All vaults; each is there as soon as it is named. No value ever leaves by `Debug`.
#[derive(Default)]
pub(crate) struct Vaults {
    secrets: BTreeMap<(String, String), Secret>,
    serial: u64,
}

impl fmt::Debug for Vaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vaults").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Secret {
    versions: Vec<Version>,
    is_deleted: bool,
}

struct Version {
    id: String,
    value: String,
    tags: Map<String, Value>,
    content_type: Option<Value>,
    enabled: bool,
    created: i64,
    updated: i64,
}

/// Everything under `/keyvault/{vault}`.
pub(crate) fn answer(
    simulator: &Simulator,
    faults: &Faults,
    request: &Request,
    vault: &str,
    rest: &[&str],
) -> Reply {
    if let Err(why) = token::bearer(&simulator.read(), request, Audience::Vault, simulator.now()) {
        let challenge = format!(
            "Bearer authorization=\"{}/{}\", resource=\"{}\"",
            request.base(),
            simulator.read().id,
            Audience::Vault.claim()
        );
        return error(401, "Unauthorized", &format!("AKV10000: {why}.")).with("www-authenticate", challenge);
    }
    if faults.lacks(ROLE) {
        return error(403, "Forbidden", "Caller is not authorized to perform action on resource.");
    }
    if request.parameter("api-version").is_none_or(str::is_empty) {
        return error(400, "BadParameter", "api-version must be specified");
    }
    let reply = dispatch(simulator, request, vault, rest);
    if request.method != axum::http::Method::GET {
        // The body holds a secret.
        simulator.log(Entry::request(&request.method, &request.path, Value::Null, reply.status));
    }
    reply
}

fn dispatch(simulator: &Simulator, request: &Request, vault: &str, rest: &[&str]) -> Reply {
    let key = |name: &str| (vault.to_lowercase(), name.to_lowercase());
    let shown = |name: &str, version: &Version, with_value: bool| {
        Reply::json(200, &row(request, vault, name, version, with_value))
    };
    let mut vaults = simulator.vaults();
    match (request.method.as_str(), rest) {
        ("PUT", ["secrets", name]) => {
            if !is_name(name) {
                return error(400, "BadParameter", "The request URI contains an invalid name.");
            }
            let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
                return error(400, "BadParameter", "The request body is not valid JSON.");
            };
            let Some(value) = body.get("value").and_then(Value::as_str) else {
                return error(400, "BadParameter", "Property value is required.");
            };
            if value.len() > LARGEST_VALUE {
                return error(400, "BadParameter", "The specified secret value is too long.");
            }
            let now = simulator.read().clock.now;
            vaults.serial += 1;
            let mut version = Version {
                id: Guid::derive(&format!("{vault}/{name}"), vaults.serial).plain(),
                value: value.to_owned(),
                tags: Map::new(),
                content_type: None,
                enabled: true,
                created: now,
                updated: now,
            };
            change(&mut version, &body, now);
            let secret = vaults.secrets.entry(key(name)).or_default();
            if secret.is_deleted {
                let text = format!(
                    "Secret {name} is currently in a deleted but recoverable state, and its name cannot be reused; in \
                     this state, the secret can only be recovered or purged."
                );
                return error(409, "Conflict", &text);
            }
            let reply = shown(name, &version, true);
            secret.versions.push(version);
            reply
        }
        ("GET", ["secrets"]) => {
            let rows: Vec<Value> = vaults
                .secrets
                .iter()
                .filter(|((of, _), secret)| *of == vault.to_lowercase() && !secret.is_deleted)
                .filter_map(|((_, name), secret)| {
                    Some(row(request, vault, name, secret.versions.last()?, false))
                })
                .collect();
            Reply::json(200, &json!({"value": rows, "nextLink": null}))
        }
        ("DELETE", ["deletedsecrets", name])
            if vaults.secrets.get(&key(name)).is_some_and(|s| s.is_deleted) =>
        {
            vaults.secrets.remove(&key(name));
            Reply::empty(204)
        }
        (method, ["secrets", name, rest @ ..]) => {
            let Some(secret) = vaults.secrets.get_mut(&key(name)).filter(|secret| !secret.is_deleted) else {
                return missing(name);
            };
            match (method, rest) {
                ("GET", ["versions"]) => {
                    let rows: Vec<Value> = secret
                        .versions
                        .iter()
                        .map(|version| row(request, vault, name, version, false))
                        .collect();
                    Reply::json(200, &json!({"value": rows, "nextLink": null}))
                }
                ("GET", []) => secret.versions.last().map_or_else(|| missing(name), |v| shown(name, v, true)),
                ("GET", [id]) => match secret.versions.iter().find(|version| version.id == *id) {
                    Some(version) => shown(name, version, true),
                    None => missing(name),
                },
                ("PATCH", [id]) => {
                    let Some(version) = secret.versions.iter_mut().find(|version| version.id == *id) else {
                        return missing(name);
                    };
                    let body = serde_json::from_slice::<Value>(&request.body).unwrap_or(Value::Null);
                    change(version, &body, simulator.read().clock.now);
                    shown(name, version, false)
                }
                ("DELETE", []) => {
                    secret.is_deleted = true;
                    secret.versions.last().map_or_else(|| missing(name), |v| shown(name, v, false))
                }
                _ => error(405, "MethodNotAllowed", "The method is not allowed for this resource."),
            }
        }
        _ => error(404, "NotFound", "No such resource in the simulated vault."),
    }
}

fn change(version: &mut Version, body: &Value, now: i64) {
    if let Some(tags) = body.get("tags").and_then(Value::as_object) {
        version.tags.clone_from(tags);
    }
    if let Some(kind) = body.get("contentType").filter(|kind| kind.is_string()) {
        version.content_type = Some(kind.clone());
    }
    if let Some(enabled) = body.pointer("/attributes/enabled").and_then(Value::as_bool) {
        version.enabled = enabled;
    }
    version.updated = now;
}

fn row(request: &Request, vault: &str, name: &str, version: &Version, with_value: bool) -> Value {
    let mut row = json!({
        "id": format!("{}/keyvault/{vault}/secrets/{name}/{}", request.base(), version.id),
        "attributes": {"enabled": version.enabled, "created": version.created, "updated": version.updated,
            "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90},
        "tags": version.tags,
    });
    if with_value {
        row["value"] = Value::from(version.value.as_str());
    }
    if let Some(kind) = &version.content_type {
        row["contentType"] = kind.clone();
    }
    row
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn missing(name: &str) -> Reply {
    error(404, "SecretNotFound", &format!("A secret with (name/id) {name} was not found in this key vault."))
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}}))
}
