//! The answer to a batch, which Graph and Exchange give in the same shape: one part a request, each with a status,
//! headers and a body of its own, in any order.

use std::collections::HashMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    responses: Vec<Part<'a>>,
}

/// The answer to one request of a batch.
#[derive(Deserialize)]
pub(crate) struct Part<'a> {
    id: String,
    pub(crate) status: u16,
    #[serde(default)]
    headers: HashMap<String, Value>,
    #[serde(borrow, default)]
    body: Option<&'a RawValue>,
}

impl Part<'_> {
    /// A header, whatever its case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str()
    }

    /// The body; empty where there is none.
    pub(crate) fn body(&self) -> &[u8] {
        self.body.map_or(&[], |body| if body.get() == "null" { &[] } else { body.get().as_bytes() })
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// How long the service asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// The parts of a batch's answer by the ids of their requests, or why there are none.
pub(crate) fn parts(body: &[u8]) -> serde_json::Result<HashMap<String, Part<'_>>> {
    let Parts { responses } = serde_json::from_slice(body)?;
    Ok(responses.into_iter().map(|part| (part.id.clone(), part)).collect())
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn parts_are_found_by_id_and_say_for_themselves_how_they_went() {
        let body = br#"{"responses":[{"id":"2","status":429,"headers":{"Retry-After":"7"},"body":null},
            {"id":"1","status":201,"body":{"value":[]}}]}"#;
        let parts = parts(body).expect("a batch's answer");
        assert!(parts["1"].is_success() && !parts["2"].is_success());
        assert_eq!(parts["2"].retry_after().map(|wait| wait.as_secs()), Some(7));
        assert_eq!((parts["1"].body(), parts["2"].body()), (&br#"{"value":[]}"#[..], &[][..]));
    }
}
