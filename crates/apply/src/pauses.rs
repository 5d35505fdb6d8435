//! Pauses: between two looks at what comes with time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::time::{Instant, sleep};

/// How soon a pause ends that somebody interrupts.
const SLICE: Duration = Duration::from_millis(200);
/// How many looks a wait is good for in its second half: a wait of an hour looks once a minute.
const LOOKS: u32 = 60;
/// Between these is the longest pause of a wait.
const SHORT: Duration = Duration::from_secs(5);
const LONG: Duration = Duration::from_mins(1);

/// Pauses that grow, each with up to as much again by chance, so that many who wait do not look all at once. There is no
/// last one.
#[derive(Debug)]
pub struct Pauses(ExponentialBackoff);

impl Pauses {
    /// The first pause, and how long they become.
    pub fn new(first: Duration, longest: Duration) -> Self {
        let growing =
            ExponentialBuilder::new().with_min_delay(first).with_max_delay(longest).with_factor(1.6);
        Self(growing.without_max_times().with_jitter().build())
    }

    /// Pauses for a wait of at most `limit`.
    pub(crate) fn within(limit: Duration) -> Self {
        Self::new(Duration::from_millis(250), (limit / LOOKS).clamp(SHORT, LONG))
    }
}

impl Iterator for Pauses {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.0.next()
    }
}

/// Pauses for so long, or until `cancel` is true.
pub async fn pause(length: Duration, cancel: &AtomicBool) {
    let end = Instant::now() + length;
    while !cancel.load(Ordering::Relaxed) {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        sleep(left.min(SLICE)).await;
    }
}

/// Until `cancel` is true.
pub(crate) async fn cancelled(cancel: &AtomicBool) {
    while !cancel.load(Ordering::Relaxed) {
        sleep(SLICE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_minute_in_long_waits_and_stay_short_in_short_ones() {
        let last = |limit: Duration| Pauses::within(limit).nth(30).unwrap();
        let hour = last(Duration::from_hours(1));
        assert!(hour >= LONG && hour <= LONG * 2, "{hour:?}");
        let minutes = last(Duration::from_mins(5));
        assert!(minutes >= SHORT && minutes <= SHORT * 2, "{minutes:?}");
        let first = Pauses::within(Duration::from_hours(24)).next().unwrap();
        assert!(first <= Duration::from_millis(500), "{first:?}");
    }

    #[test]
    fn two_who_wait_do_not_look_at_the_same_times() {
        let pauses = || -> Vec<Duration> { Pauses::within(Duration::from_mins(5)).take(8).collect() };
        assert_ne!(pauses(), pauses());
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_soon_after_somebody_interrupts() {
        let cancel = AtomicBool::new(false);
        let begun = Instant::now();
        tokio::join!(pause(LONG, &cancel), async {
            sleep(Duration::from_secs(3)).await;
            cancel.store(true, Ordering::Relaxed);
        });
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    }
}
