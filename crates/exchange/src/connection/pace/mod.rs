//! How fast one service is asked: everything that is sent to it passes here, alone or as part of a batch.
//!
//! Nothing is held back until the service shows a limit: by refusing (429), or in the headers of its answers. A refusal
//! stops everything for as long as the service asks; after it no more is sent than the service was seen to take
//! ([`limit`]). Reads and writes wait in line each for themselves, and the two lines take turns.

mod limit;
#[cfg(test)]
mod tests;
mod told;

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

use super::{Progress, Safety};
use limit::Limit;
pub(crate) use told::Told;
use told::{Budget, Share};

/// The longest pause that a service may ask for. Above it, giving up tells more than waiting.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// Whoever waits may be late by so much and still have its turn.
const LATE: Duration = Duration::from_millis(50);

/// The pace of one service.
pub(crate) struct Pace {
    /// The service, as people call it.
    name: &'static str,
    progress: Arc<dyn Progress>,
    state: Mutex<State>,
    /// Something that a waiter looks at is no longer the same.
    changed: Notify,
    reads: tokio::sync::Mutex<()>,
    writes: tokio::sync::Mutex<()>,
    /// Who is first in either line waits here. Both at most, so they take turns.
    turn: tokio::sync::Mutex<()>,
}

struct State {
    limit: Limit,
    budget: Option<Budget>,
    share: Option<Share>,
    /// Nothing is sent before.
    pause: Instant,
    /// Pauses that nobody asked for; they grow while nothing is taken.
    pauses: ExponentialBackoff,
    /// How often the service has refused; requests on their way at that time belong to the same.
    refusals: u64,
    /// When something was sent last, and how much.
    last: Instant,
    debt: f64,
    on_its_way: u32,
    round_trip: Duration,
}

/// What an answer says about the pace.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// So many were not refused for coming too fast.
    pub(crate) taken: u32,
    /// So many were.
    pub(crate) refused: u32,
    /// How long the service asks to wait.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) told: Option<Told>,
}

fn own_pauses() -> ExponentialBackoff {
    let growing = ExponentialBuilder::new().with_min_delay(Duration::from_millis(500));
    growing.with_max_delay(Duration::from_secs(30)).without_max_times().with_jitter().build()
}

impl Pace {
    pub(crate) fn new(name: &'static str, progress: Arc<dyn Progress>) -> Self {
        let now = Instant::now();
        let state = State {
            limit: Limit::new(now),
            budget: None,
            share: None,
            pause: now,
            pauses: own_pauses(),
            refusals: 0,
            last: now,
            debt: 0.0,
            on_its_way: 0,
            round_trip: Duration::ZERO,
        };
        Self {
            name,
            progress,
            state: Mutex::new(state),
            changed: Notify::new(),
            reads: tokio::sync::Mutex::default(),
            writes: tokio::sync::Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until some may be sent, one at least and at most as many as are wanted.
    pub(crate) async fn enter<'a>(&'a self, gate: &'a Semaphore, class: Safety, wanted: u32) -> Grant<'a> {
        let line = match class {
            Safety::Read => &self.reads,
            Safety::Write => &self.writes,
        };
        let _first = line.lock().await;
        let _turn = self.turn.lock().await;
        loop {
            self.due().await;
            // It is never closed; without a permit nothing but the number in flight would be wrong.
            let permit = gate.acquire().await.ok();
            let now = Instant::now();
            let mut state = self.state();
            if state.due(now) <= now {
                let count = state.spend(now, wanted.max(1));
                return Grant {
                    pace: self,
                    _permit: permit,
                    count,
                    refusals: state.refusals,
                    begun: now,
                    over: false,
                };
            }
        }
    }

    async fn due(&self) {
        loop {
            let mut changed = pin!(self.changed.notified());
            // From here on a change is heard of, even before it is waited for.
            changed.as_mut().enable();
            let due = self.state().due(Instant::now());
            if due <= Instant::now() {
                return;
            }
            tokio::select! {
                () = sleep_until(due) => {}
                () = changed => {}
            }
        }
    }

    /// Says that the service is waited for.
    fn say(&self, pause: Duration) {
        tracing::debug!(service = self.name, ?pause, "asked to slow down");
        self.progress.waiting(&format!("{} asks to slow down", self.name), pause);
    }
}

impl State {
    /// Requests a second that may be sent; none where nothing is known to limit them, or a budget alone does.
    fn rate(&self, now: Instant) -> Option<f64> {
        let rates = [self.limit.rate(now), self.share.as_ref().map(Share::rate)];
        rates.into_iter().flatten().reduce(f64::min)
    }

    /// When the next may be sent.
    fn due(&self, now: Instant) -> Instant {
        let paced = self.rate(now).map_or(now, |rate| self.last + seconds(self.debt / rate));
        let budget = self.budget.as_ref().map_or(now, |budget| budget.due(now, self.last, self.debt));
        paced.max(budget).max(self.pause)
    }

    /// Takes as many as may go at once.
    fn spend(&mut self, now: Instant, wanted: u32) -> u32 {
        let bounds = [
            self.limit.at_once(now),
            self.budget.as_ref().map(|budget| budget.at_once(now)),
            // What is left of an unknown whole is not asked for in large pieces.
            self.share.as_ref().map(|share| (share.rate() / 20.0).max(1.0)),
        ];
        let most = bounds.into_iter().flatten().fold(f64::from(wanted), f64::min);
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 1 to what is wanted"
        )]
        let count = most as u32;
        // Who was late does not lose its turn; but what was not sent for long is not made up for.
        let late = self.rate(now).map_or(LATE, |rate| LATE.min(seconds(most / 4.0 / rate)));
        self.last = self.due(now).max(now.checked_sub(late).unwrap_or(now)).min(now);
        self.debt = f64::from(count);
        if let Some(budget) = &mut self.budget {
            budget.spend(now, f64::from(count), f64::from(self.on_its_way));
        }
        self.on_its_way += count;
        count
    }

    /// Nothing is sent for so long.
    fn pause(&mut self, now: Instant, asked: Option<Duration>) -> Duration {
        let own = || self.pauses.next().unwrap_or(LONGEST_PAUSE);
        let pause = asked.map_or_else(own, |asked| asked.min(LONGEST_PAUSE));
        self.pause = self.pause.max(now + pause);
        self.limit.resume(self.pause);
        pause
    }

    fn hear(&mut self, now: Instant, told: Option<Told>) {
        match told {
            Some(Told::Budget { limit, remaining, reset }) => {
                let on_its_way = f64::from(self.on_its_way);
                self.budget = Some(Budget::new(limit, remaining, now + reset, on_its_way));
            }
            Some(Told::Used(used)) => {
                if let Some(share) = &mut self.share {
                    share.hear(Some(used), now);
                } else {
                    let taken = self.limit.taken_within(now, Duration::from_secs(1));
                    self.share = Some(Share::new(taken, used, now));
                }
            }
            None => {
                if let Some(share) = &mut self.share {
                    share.hear(None, now);
                }
            }
        }
    }
}

fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.clamp(0.0, 3_600.0)).unwrap_or_default()
}

/// Leave to send some, until their answer has come.
pub(crate) struct Grant<'a> {
    pace: &'a Pace,
    _permit: Option<SemaphorePermit<'a>>,
    count: u32,
    /// The refusals that were known when it was given.
    refusals: u64,
    begun: Instant,
    over: bool,
}

impl Grant<'_> {
    /// How many may be sent.
    pub(crate) const fn count(&self) -> u32 {
        self.count
    }

    /// Fewer are sent after all.
    pub(crate) fn keep(&mut self, count: u32) {
        let back = self.count.saturating_sub(count);
        if back > 0 {
            self.count = count;
            let mut state = self.pace.state();
            state.on_its_way = state.on_its_way.saturating_sub(back);
            state.debt = (state.debt - f64::from(back)).max(0.0);
        }
    }

    /// The answer has come.
    pub(crate) fn answered(mut self, tally: Tally) {
        self.over = true;
        let now = Instant::now();
        let mut told = None;
        {
            let mut state = self.pace.state();
            state.on_its_way = state.on_its_way.saturating_sub(self.count);
            let trip = now.saturating_duration_since(self.begun);
            state.round_trip =
                if state.round_trip.is_zero() { trip } else { (state.round_trip * 7 + trip) / 8 };
            let late = self.refusals < state.refusals;
            state.limit.took(now, f64::from(tally.taken), late);
            state.hear(now, tally.told);
            if tally.refused > 0 {
                let round_trip = state.round_trip;
                let held = state.share.is_some() || state.budget.is_some();
                state.limit.refused(now, round_trip, late, held);
                if !late {
                    state.refusals += 1;
                    told = Some(state.pause(now, tally.retry_after));
                } else if tally.retry_after.is_some() {
                    state.pause(now, tally.retry_after);
                } else {
                    let until = state.pause;
                    state.limit.resume(until);
                }
            } else if tally.taken > 0 && !late {
                state.pauses = own_pauses();
            }
        }
        if let Some(pause) = told {
            self.pace.say(pause);
        }
        self.pace.changed.notify_waiters();
    }
}

impl Drop for Grant<'_> {
    fn drop(&mut self) {
        if !self.over {
            let mut state = self.pace.state();
            state.on_its_way = state.on_its_way.saturating_sub(self.count);
            drop(state);
            self.pace.changed.notify_waiters();
        }
    }
}
