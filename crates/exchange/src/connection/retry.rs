//! How long to go on trying.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};

/// The longest wait that a service may ask for. Above it, giving up tells more than waiting.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// Jittered exponential backoff, bounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    times: usize,
    first: Duration,
}

impl Patience {
    /// So many times again, at first after about 200 ms.
    pub(crate) fn new(times: usize) -> Self {
        Self { times, first: Duration::from_millis(200) }
    }

    /// The delays between attempts.
    pub(crate) fn delays(self) -> impl Iterator<Item = Duration> {
        ExponentialBuilder::new()
            .with_min_delay(self.first)
            .with_max_delay(Duration::from_secs(20))
            .with_max_times(self.times)
            .with_jitter()
            .build()
    }

    /// The delay, or what the service asked for where that is longer.
    pub(crate) fn at_least(delay: Duration, asked: Option<Duration>) -> Duration {
        asked.map_or(delay, |asked| asked.min(LONGEST_WAIT).max(delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_and_end() {
        let delays: Vec<Duration> = Patience::new(4).delays().collect();
        assert_eq!(delays.len(), 4);
        assert!(delays[0] >= Duration::from_millis(200) && delays[3] > delays[0], "{delays:?}");
    }

    #[test]
    fn the_service_may_ask_for_more_but_not_for_hours() {
        let short = Duration::from_millis(200);
        assert_eq!(Patience::at_least(short, Some(Duration::from_secs(7))), Duration::from_secs(7));
        assert_eq!(Patience::at_least(short, Some(Duration::from_hours(24))), LONGEST_WAIT);
        assert_eq!(Patience::at_least(short, None), short);
    }
}
