//! What goes wrong on purpose.

use serde::{Deserialize, Serialize};

/// How long something that was made stays out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Delay {
    /// For so many cmdlets that read.
    Reads(u32),
    /// For so many seconds of the tenant's clock.
    Clock { seconds: i64 },
}

impl Default for Delay {
    fn default() -> Self {
        Self::Reads(0)
    }
}

/// The next calls of one cmdlet, or to one route, fail once each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct FailNext {
    /// A cmdlet's name, or the beginning of a path ("/v1.0/users").
    pub(crate) cmdlet: String,
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// The HTTP status; 503 unless said otherwise.
    #[serde(default = "unavailable")]
    pub(crate) status: u16,
    /// Seconds for a `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u32>,
    /// Carry the call out first and then fail: the answer is lost on the way.
    #[serde(default)]
    pub(crate) after: bool,
}

fn once() -> u32 {
    1
}

fn unavailable() -> u16 {
    503
}

/// Everything that can be set under `/_simulator/faults`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Faults {
    /// Answers come in another order and in other letter case.
    pub(crate) noise: bool,
    /// Cmdlets and path beginnings that answer 503.
    pub(crate) unreadable: Vec<String>,
    /// Added to every answer.
    pub(crate) latency_ms: u64,
    /// Between a licence and its mailbox.
    pub(crate) mailbox_delay: Delay,
    /// Reads during which a new group shows no `DistinguishedName`.
    pub(crate) distinguished_name_delay: u32,
    pub(crate) fail_next: Vec<FailNext>,
}

/// Why and how a call fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u32>,
    pub(crate) after: bool,
}

impl Faults {
    /// Is any call to be refused at all? Saves the lock on the usual way.
    pub(crate) fn can_fail(&self) -> bool {
        !self.unreadable.is_empty() || !self.fail_next.is_empty()
    }

    /// Whether this call fails; counts `failNext` down.
    pub(crate) fn take(&mut self, name: &str) -> Option<Failure> {
        let hit = |pattern: &str| {
            if pattern.starts_with('/') {
                name.starts_with(pattern)
            } else {
                name.eq_ignore_ascii_case(pattern)
            }
        };
        if self.unreadable.iter().any(|pattern| hit(pattern)) {
            return Some(Failure { status: 503, retry_after: None, after: false });
        }
        let place = self.fail_next.iter().position(|next| next.times > 0 && hit(&next.cmdlet))?;
        let next = self.fail_next.get_mut(place)?;
        next.times -= 1;
        let failure = Failure { status: next.status, retry_after: next.retry_after, after: next.after };
        self.fail_next.retain(|next| next.times > 0);
        Some(failure)
    }
}
