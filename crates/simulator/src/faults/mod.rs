//! What goes wrong on purpose: the switches, and what they make of a request.

mod chance;
mod decision;
mod limit;
mod refusals;
mod share;
mod words;

use crate::time::milliseconds;
use serde::{Deserialize, Serialize};
use std::fmt;

pub(crate) use chance::{meaning, settled};
pub(crate) use decision::{Asked, Fate, Running};
pub(crate) use limit::{RateLimit, Service};
pub(crate) use share::Share;
pub use words::{WORDS, Word};

/// How long something that was made stays out of sight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Delay {
    /// For so many cmdlets that read.
    Reads(u32),
    /// For so many seconds.
    Time { seconds: f64 },
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

/// Everything that goes wrong on purpose, as it is set under `/_simulator/faults`. The default is a service without faults.
///
/// Faults belong to a run: they are no part of a [`Tenant`](crate::Tenant) and are not kept with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Faults {
    /// What every chance is drawn from: the same seed and the same requests meet the same faults.
    pub(crate) seed: u64,
    /// Answers come in another order and in other letter case, with warnings now and then.
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
    /// Answered 429, some with `Retry-After` and some without.
    pub(crate) throttled: Share,
    /// What such a `Retry-After` says, in seconds.
    pub(crate) retry_after_seconds: u32,
    /// Answered 500, 502, 503 or 504, refused with a transient exception as 400, or cut off; not carried out.
    pub(crate) errors: Share,
    /// Carried out, and then answered 503 or 504, or cut off.
    pub(crate) lost: Share,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate_limit: Option<RateLimit>,
    /// The first page of a collection holds one row, whatever was asked for.
    pub(crate) one_row_first_page: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link_lifetime_seconds: Option<f64>,
    /// Reads answer from the tenant as it was that long ago.
    pub(crate) lag_seconds: f64,
    /// A Get- cmdlet whose `Identity` names nothing answers everything.
    pub(crate) all_on_missing_identity: bool,
    /// Between Enable-OrganizationCustomization and `IsDehydrated` being false.
    pub(crate) enable_seconds: f64,
    /// The first Enable-OrganizationCustomization is refused.
    pub(crate) enable_fails_first: bool,
    /// The organisation is not customised.
    pub(crate) dehydrated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_lifetime_seconds: Option<i64>,
    /// The service's clock is ahead by that much: the `Date` header and the times in tokens.
    pub(crate) clock_skew_seconds: i64,
    /// Permissions that no token holds: those of Graph, `Exchange.ManageAsApp`, `Exchange.ManageAsAppV2`, and the
    /// roles `Exchange Administrator` and `Key Vault Secrets Officer`.
    pub(crate) without_permissions: Vec<String>,
}

impl Default for Faults {
    fn default() -> Self {
        Faults {
            seed: 0,
            noise: false,
            unreadable: Vec::new(),
            latency_ms: 0,
            mailbox_delay: Delay::default(),
            distinguished_name_delay: 0,
            fail_next: Vec::new(),
            throttled: Share::default(),
            retry_after_seconds: 1,
            errors: Share::default(),
            lost: Share::default(),
            rate_limit: None,
            one_row_first_page: false,
            link_lifetime_seconds: None,
            lag_seconds: 0.0,
            all_on_missing_identity: false,
            enable_seconds: 0.0,
            enable_fails_first: false,
            dehydrated: false,
            token_lifetime_seconds: None,
            clock_skew_seconds: 0,
            without_permissions: Vec::new(),
        }
    }
}

impl Faults {
    /// Reads the JSON form of `/_simulator/faults`. A key that is not known, and a number out of its range, are refused.
    pub fn from_json(json: &str) -> Result<Faults, FaultError> {
        let faults: Faults = serde_json::from_str(json).map_err(|why| FaultError(why.to_string()))?;
        faults.check()?;
        Ok(faults)
    }

    /// Checks the numbers.
    pub(crate) fn check(&self) -> Result<(), FaultError> {
        let wrong = |what: &str| Err(FaultError(what.to_owned()));
        for (name, share) in [("throttled", &self.throttled), ("errors", &self.errors), ("lost", &self.lost)]
        {
            if !share.is_valid() {
                return wrong(&format!("{name} is a share from 0 to 1, or an object of such shares"));
            }
        }
        if let Some(limit) = self.rate_limit
            && !limit.is_valid()
        {
            return wrong("rateLimit needs perSecond above 0 and burst of at least 1");
        }
        let Delay::Time { seconds: mailbox } = self.mailbox_delay else { return self.check_times(0.0) };
        self.check_times(mailbox)
    }

    fn check_times(&self, mailbox: f64) -> Result<(), FaultError> {
        let lengths =
            [mailbox, self.lag_seconds, self.enable_seconds, self.link_lifetime_seconds.unwrap_or(0.0)];
        // A month at most: far from where times overflow.
        if lengths.iter().any(|seconds| !(0.0..=2_678_400.0).contains(seconds)) {
            return Err(FaultError("a time is a number of seconds from 0 to 2678400".to_owned()));
        }
        if self.token_lifetime_seconds.is_some_and(|seconds| seconds < 1) {
            return Err(FaultError("tokenLifetimeSeconds is at least 1".to_owned()));
        }
        Ok(())
    }

    /// What a tenant has to know of them.
    pub(crate) fn delays(&self) -> Delays {
        Delays {
            mailbox: self.mailbox_delay,
            distinguished_name: self.distinguished_name_delay,
            enable: milliseconds(self.enable_seconds),
            enable_fails: self.enable_fails_first,
        }
    }

    pub(crate) fn lag(&self) -> i64 {
        milliseconds(self.lag_seconds)
    }

    pub(crate) fn lacks(&self, permission: &str) -> bool {
        self.without_permissions.iter().any(|name| name.eq_ignore_ascii_case(permission))
    }
}

/// The delays that a tenant makes itself.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Delays {
    pub(crate) mailbox: Delay,
    /// Reads.
    pub(crate) distinguished_name: u32,
    /// Milliseconds.
    pub(crate) enable: i64,
    /// Whether the next attempt is refused.
    pub(crate) enable_fails: bool,
}

/// Why a fault could not be set: what is unknown or out of its range, and what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultError(String);

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for FaultError {}
