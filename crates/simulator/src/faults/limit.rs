//! A limit of requests per second, as a bucket that fills steadily.

use serde::{Deserialize, Serialize};
use std::sync::{Mutex, PoisonError};

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Graph,
    Exchange,
    Token,
    KeyVault,
}

impl Service {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Graph => "graph",
            Self::Exchange => "exchange",
            Self::Token => "token",
            Self::KeyVault => "keyVault",
        }
    }
}

/// `rateLimit`: for Graph and for Exchange one each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct RateLimit {
    /// Requests; parts of batches count one each.
    pub(crate) per_second: f64,
    /// So many may come at once; as many as in one second, unless said otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) burst: Option<f64>,
    /// Tell of it in the headers of every answer.
    #[serde(default)]
    pub(crate) headers: bool,
}

impl RateLimit {
    pub(crate) fn is_valid(&self) -> bool {
        self.per_second.is_finite()
            && self.per_second > 0.0
            && self.burst.is_none_or(|burst| burst.is_finite() && burst >= 1.0)
    }

    pub(crate) fn burst(&self) -> f64 {
        self.burst.unwrap_or(self.per_second).max(1.0)
    }
}

/// What is left of a limit.
#[derive(Debug)]
pub(crate) struct Bucket(Mutex<Level>);

#[derive(Clone, Copy, Debug)]
struct Level {
    /// Requests that may come at once.
    left: f64,
    at: i64,
}

/// What became of one request at a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Taken {
    pub(crate) allowed: bool,
    /// Requests that may still come at once.
    pub(crate) left: f64,
    /// Milliseconds until one more may come.
    pub(crate) wait: f64,
    /// Milliseconds until the whole burst may come again.
    pub(crate) full: f64,
}

impl Bucket {
    pub(crate) fn full(limit: Option<RateLimit>, now: i64) -> Bucket {
        Bucket(Mutex::new(Level { left: limit.map_or(0.0, |limit| limit.burst()), at: now }))
    }

    pub(crate) fn take(&self, limit: &RateLimit, now: i64) -> Taken {
        let mut level = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52 milliseconds")]
        let gone = now.saturating_sub(level.at).max(0) as f64;
        level.left = (level.left + gone * limit.per_second / 1_000.0).min(limit.burst());
        level.at = level.at.max(now);
        let allowed = level.left >= 1.0;
        if allowed {
            level.left -= 1.0;
        }
        let time = |wanted: f64| (wanted - level.left).max(0.0) * 1_000.0 / limit.per_second;
        Taken { allowed, left: level.left, wait: time(1.0), full: time(limit.burst()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_lets_its_burst_through_and_then_its_rate() {
        let limit = RateLimit { per_second: 10.0, burst: Some(5.0), headers: false };
        let bucket = Bucket::full(Some(limit), 0);
        let allowed = |now, count: usize| (0..count).filter(|_| bucket.take(&limit, now).allowed).count();
        assert_eq!(allowed(0, 20), 5);
        assert_eq!(allowed(50, 20), 0);
        let refused = bucket.take(&limit, 50);
        assert!((refused.wait - 50.0).abs() < 1e-6 && (refused.full - 450.0).abs() < 1e-6, "{refused:?}");
        assert_eq!(allowed(100, 20), 1);
        assert_eq!((200..1_200).step_by(10).map(|now| allowed(now, 3)).sum::<usize>(), 10);
        assert_eq!(allowed(60_000, 20), 5, "never more than the burst");
        assert_eq!(RateLimit { per_second: 0.5, burst: None, headers: false }.burst().to_string(), "1");
    }
}
