//! The same answers in another order and in other letter case, as the service is free to give them.

use crate::guid::Guid;
use crate::http::Reply;
use serde_json::{Map, Value};

/// A warning that means nothing, and where it stands.
pub(crate) enum Told {
    Nothing,
    InBody(String),
    /// In `X-Warnings`.
    InHeader(String),
}

/// What the service tells with the answer to a command: now and then, and always the same for the same command.
pub(crate) fn warning(digest: &str) -> Told {
    let number =
        digest.bytes().fold(0u32, |number, byte| number.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let warning = format!("Micro delay applied. Actual delayed: {} msecs", number / 8 % 5_000 + 1);
    match number % 8 {
        0 | 1 => Told::InBody(warning),
        2 => Told::InHeader(warning),
        _ => Told::Nothing,
    }
}

/// Makes noise in a Graph answer.
pub(crate) fn reply(mut reply: Reply) -> Reply {
    if reply.is_success()
        && let Ok(mut value) = serde_json::from_slice::<Value>(&reply.body)
    {
        object(&mut value);
        reply.body = value.to_string().into_bytes();
    }
    reply
}

/// Makes noise in rows that stand in `value` without their brackets.
pub(crate) fn rows(rows: &[u8]) -> Vec<u8> {
    let mut text = vec![b'['];
    text.extend_from_slice(rows);
    text.push(b']');
    let Ok(Value::Array(mut values)) = serde_json::from_slice::<Value>(&text) else { return rows.to_vec() };
    values.reverse();
    values.iter_mut().for_each(object);
    let written = Value::Array(values).to_string().into_bytes();
    written.get(1..written.len().saturating_sub(1)).map(<[u8]>::to_vec).unwrap_or_default()
}

fn object(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let old = std::mem::take(map);
            let turned: Map<String, Value> = old
                .into_iter()
                .rev()
                .map(|(key, mut value)| {
                    if !key.contains('@') {
                        property(&key, &mut value);
                    }
                    (key, value)
                })
                .collect();
            *map = turned;
        }
        Value::Array(values) => {
            values.reverse();
            values.iter_mut().for_each(object);
        }
        _ => {}
    }
}

fn property(key: &str, value: &mut Value) {
    match value {
        Value::String(text) => *text = text_of(key, text),
        Value::Array(values) => {
            values.reverse();
            for value in values {
                if let Value::String(text) = value {
                    *text = text_of(key, text);
                } else {
                    object(value);
                }
            }
        }
        Value::Object(_) => object(value),
        _ => {}
    }
}

/// Only what the service itself compares without case: GUIDs, addresses, distinguished names, filters.
fn text_of(key: &str, text: &str) -> String {
    if Guid::parse(text).is_some() {
        return text.to_uppercase();
    }
    if key == "RecipientFilter" || text.starts_with("CN=") {
        return text.to_lowercase();
    }
    let scheme = ["SMTP:", "smtp:"].into_iter().find(|scheme| text.starts_with(scheme)).unwrap_or_default();
    let address = text.strip_prefix(scheme).unwrap_or(text);
    if key != "value" && address.contains('@') && !address.contains(['/', ' ']) {
        let mut letters = address.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        return format!("{scheme}{first}{}", letters.as_str());
    }
    text.to_owned()
}
