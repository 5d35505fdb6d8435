//! How long to go on trying.

use std::time::Duration;

use anteroom_model::operation::Refusal;
use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use super::{Safety, Trouble};

/// The longest time for which one call is tried again, whatever stands in its way.
const TOTAL: Duration = Duration::from_mins(10);
/// The longest wait that a service may ask for. Above it, giving up tells more than waiting.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// How often what fails in passing is tried again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    times: usize,
}

impl Patience {
    /// So many times again after errors, at first after about 200 ms. Being told to slow down does not count: that is
    /// bounded by time alone, unless nothing is to be tried again at all.
    pub(crate) const fn new(times: usize) -> Self {
        Self { times }
    }

    /// The patience with one call.
    pub(crate) fn with_one_call(self) -> Trial {
        let delays = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(20))
            .with_max_times(self.times)
            .with_jitter()
            .build();
        Trial { delays, once: self.times == 0, since: None }
    }
}

/// One call that is tried until it goes through, or for long enough.
#[derive(Debug)]
pub(crate) struct Trial {
    delays: ExponentialBackoff,
    /// Whoever wants nothing tried again does not want to wait for the service either.
    once: bool,
    /// When it failed first.
    since: Option<Instant>,
}

impl Trial {
    /// How long to wait before it is tried again; none where that does no good, does harm, or has been done for long
    /// enough. A service that asks to slow down is waited for by its pace, in line with everybody else.
    pub(crate) fn again(&mut self, trouble: &Trouble, safety: Safety) -> Option<Duration> {
        if self.once {
            return None;
        }
        let now = Instant::now();
        let delay = match trouble.failure.refusal {
            Refusal::Throttled => trouble.retry_after.unwrap_or_default().min(LONGEST_WAIT),
            Refusal::Transient if safety == Safety::Read || trouble.untouched => {
                let asked = trouble.retry_after.unwrap_or_default().min(LONGEST_WAIT);
                self.delays.next()?.max(asked)
            }
            _ => return None,
        };
        let since = *self.since.get_or_insert(now);
        if now + delay > since + TOTAL {
            return None;
        }
        Some(if trouble.failure.refusal == Refusal::Throttled { Duration::ZERO } else { delay })
    }
}

#[cfg(test)]
mod tests {
    use anteroom_model::ports::Failure;

    use super::*;

    fn trouble(refusal: Refusal, untouched: bool, retry_after: Option<u64>) -> Trouble {
        Trouble {
            failure: Failure { refusal, message: String::new(), request_id: None, hint: None },
            retry_after: retry_after.map(Duration::from_secs),
            untouched,
            told: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn errors_are_tried_again_so_often_with_growing_delays() {
        let mut trial = Patience::new(4).with_one_call();
        let error = trouble(Refusal::Transient, false, None);
        let delays: Vec<Duration> = std::iter::from_fn(|| trial.again(&error, Safety::Read)).collect();
        assert_eq!(delays.len(), 4);
        assert!(delays[0] >= Duration::from_millis(200) && delays[3] > delays[0], "{delays:?}");
        let mut trial = Patience::new(1).with_one_call();
        let asked = trial.again(&trouble(Refusal::Transient, true, Some(7)), Safety::Write);
        assert_eq!(asked, Some(Duration::from_secs(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn being_told_to_slow_down_takes_no_retries_but_ends_after_ten_minutes() {
        let mut trial = Patience::new(1).with_one_call();
        let busy = trouble(Refusal::Throttled, true, Some(30));
        let begun = Instant::now();
        while trial.again(&busy, Safety::Write).is_some() {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        assert_eq!(begun.elapsed(), Duration::from_mins(10));
        let error = trouble(Refusal::Transient, false, None);
        for trouble in [&busy, &error] {
            let mut none = Patience::new(0).with_one_call();
            assert_eq!(none.again(trouble, Safety::Read), None, "nothing is to be tried again");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn writes_are_repeated_only_when_nothing_was_processed() {
        let again = |refusal, untouched, safety| {
            Patience::new(3).with_one_call().again(&trouble(refusal, untouched, None), safety).is_some()
        };
        assert!(again(Refusal::Throttled, true, Safety::Write));
        assert!(!again(Refusal::Transient, false, Safety::Write));
        assert!(again(Refusal::Transient, true, Safety::Write));
        assert!(again(Refusal::Transient, false, Safety::Read));
        assert!(!again(Refusal::Invalid, true, Safety::Read));
    }
}
