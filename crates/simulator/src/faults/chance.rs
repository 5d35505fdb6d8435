//! Chance without randomness: every decision follows from the seed, from what a request means, and from how often this
//! same request has come. The order in which different requests come does not matter.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// So many faults in a row at most, for the same request, where its share is below 1: a retry gets through.
const IN_A_ROW: u32 = 4;

/// What a request means, in eight bytes.
pub(crate) type Meaning = u64;

/// A digest of these texts.
pub(crate) fn meaning(texts: &[&str]) -> Meaning {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.as_bytes());
        hash.update([0]);
    }
    first(&hash.finalize())
}

fn first(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// JSON without what differs from run to run: passwords and the addresses of batch parts.
pub(crate) fn settled(body: &[u8]) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.retain(|key, _| !key.eq_ignore_ascii_case("password"));
                for (key, value) in map {
                    if key == "url"
                        && let Value::String(url) = value
                    {
                        let rest =
                            url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]));
                        *url = rest.unwrap_or(url.as_str()).to_owned();
                    }
                    strip(value);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    match serde_json::from_slice::<Value>(body) {
        Ok(mut value) => {
            strip(&mut value);
            value.to_string()
        }
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Tries {
    count: u64,
    in_a_row: u32,
}

/// How often each request has come.
#[derive(Debug, Default)]
pub(crate) struct Chance(Mutex<HashMap<Meaning, Tries>>);

/// One attempt of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    seed: u64,
    meaning: Meaning,
    number: u64,
    /// It failed so often that it gets through now.
    spared: bool,
}

impl Chance {
    pub(crate) fn attempt(&self, seed: u64, meaning: Meaning) -> Attempt {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = tries.entry(meaning).or_default();
        tries.count += 1;
        Attempt { seed, meaning, number: tries.count, spared: tries.in_a_row >= IN_A_ROW }
    }

    pub(crate) fn note(&self, attempt: Attempt, failed: bool) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = tries.entry(attempt.meaning).or_default();
        tries.in_a_row = if failed { tries.in_a_row + 1 } else { 0 };
    }
}

impl Attempt {
    /// A number that is the same for the same attempt and purpose.
    pub(crate) fn number(self, purpose: &str) -> u64 {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(self.meaning.to_le_bytes());
        hash.update(self.number.to_le_bytes());
        hash.update(purpose);
        first(&hash.finalize())
    }

    /// Whether a share of 0 to 1 takes this attempt.
    pub(crate) fn hits(self, purpose: &str, share: f64) -> bool {
        if share >= 1.0 || share <= 0.0 || self.spared {
            return share >= 1.0;
        }
        #[allow(clippy::cast_precision_loss, reason = "53 bits are enough of a chance")]
        let drawn = (self.number(purpose) >> 11) as f64 / (1u64 << 53) as f64;
        drawn < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(seed: u64, order: &[u64]) -> Vec<(u64, bool)> {
        let chance = Chance::default();
        let mut found: Vec<(u64, bool)> = order
            .iter()
            .map(|request| {
                let attempt = chance.attempt(seed, *request);
                let failed = attempt.hits("errors", 0.5);
                chance.note(attempt, failed);
                (*request, failed)
            })
            .collect();
        found.sort_by_key(|(request, _)| *request);
        found
    }

    #[test]
    fn the_order_of_different_requests_does_not_matter() {
        let (one, other) = ([1, 1, 2, 3, 2, 1, 3, 4], [4, 3, 1, 2, 1, 3, 2, 1]);
        assert_eq!(outcomes(7, &one), outcomes(7, &other));
        let many: Vec<u64> = (0..200).collect();
        assert_ne!(outcomes(7, &many), outcomes(8, &many));
        let failed = outcomes(7, &many).iter().filter(|(_, failed)| *failed).count();
        assert!((70..130).contains(&failed), "{failed} of 200");
    }

    #[test]
    fn a_retry_gets_through_unless_everything_fails() {
        for request in 0..200 {
            let chance = Chance::default();
            let mut tries = 0;
            loop {
                let attempt = chance.attempt(1, request);
                let failed = attempt.hits("errors", 0.99);
                chance.note(attempt, failed);
                if !failed {
                    break;
                }
                tries += 1;
            }
            assert!(tries <= IN_A_ROW);
        }
        let chance = Chance::default();
        assert!((0..20).all(|_| {
            let attempt = chance.attempt(1, 1);
            chance.note(attempt, true);
            attempt.hits("errors", 1.0)
        }));
    }

    #[test]
    fn passwords_and_ports_do_not_change_what_a_request_means() {
        let one = settled(br#"{"url":"http://127.0.0.1:1/a/b","passwordProfile":{"password":"x","f":1}}"#);
        let other = settled(br#"{"url":"https://localhost:2/a/b","passwordProfile":{"password":"y","f":1}}"#);
        assert_eq!(one, other);
        assert_ne!(one, settled(br#"{"url":"http://127.0.0.1:1/a/c","passwordProfile":{"f":1}}"#));
    }
}
