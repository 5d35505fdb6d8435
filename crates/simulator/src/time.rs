//! Time as it really goes by: for limits, lags and tokens. The tenant's own clock ([`crate::clock`]) is another thing.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970: the wall clock, and what `/_simulator/clock` advanced it by.
#[derive(Debug)]
pub(crate) struct Time {
    started: Instant,
    at_start: i64,
    ahead: AtomicI64,
    /// The moment at which a replica stands; the smallest number where time goes by.
    held: AtomicI64,
}

impl Time {
    pub(crate) fn starting_now() -> Time {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time {
            started: Instant::now(),
            at_start: i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            ahead: AtomicI64::new(0),
            held: AtomicI64::new(i64::MIN),
        }
    }

    pub(crate) fn now(&self) -> i64 {
        let held = self.held.load(Ordering::Relaxed);
        if held != i64::MIN {
            return held;
        }
        let gone = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.at_start.saturating_add(gone).saturating_add(self.ahead.load(Ordering::Relaxed))
    }

    pub(crate) fn advance(&self, milliseconds: i64) {
        self.ahead.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Stands still from now on, never going back.
    pub(crate) fn hold(&self, milliseconds: i64) {
        self.held.fetch_max(milliseconds, Ordering::Relaxed);
    }
}

/// Seconds, with fractions, as milliseconds.
pub(crate) fn milliseconds(seconds: f64) -> i64 {
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let whole = (seconds * 1_000.0).round() as i64;
    whole
}
