//! What is known of a service's limit, from what it took and what it refused. It has no clock of its own.
//!
//! The service is thought of as a bucket that fills steadily and holds a burst. A refusal tells that it is empty. Between
//! two refusals it gave as much as flowed in, so what was taken, divided by the time, is its rate, unless it ran over
//! while nobody asked. How much it holds, the first refusal tells: everything before it was one burst. Two refusals, a
//! pause apart, are enough for a limit that lets more than some thirty requests through meanwhile; a lower one takes a
//! third. From then on less than the rate is sent, and no refusal comes any more.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// What is sent of what the service takes.
const SHARE: f64 = 0.965;
/// So many requests between two refusals tell the rate well enough.
const MANY: f64 = 30.0;
/// So few tell nothing: the service may have refused for another reason.
const FEW: f64 = 3.0;
/// How long a rate is believed before a little more is tried: limits change with the hours.
const BELIEVED: Duration = Duration::from_mins(30);
/// Never slower than this, a second.
const SLOWEST: f64 = 0.5;
/// How far back one looks.
const WINDOWS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];
const BURST_WINDOW: Duration = Duration::from_secs(1);

/// A rate that is held for a while and then grows.
#[derive(Clone, Copy, Debug)]
struct Ramp {
    /// Requests a second.
    rate: f64,
    from: Instant,
    hold: Duration,
    /// By how much a second it is multiplied after that.
    growth: f64,
    /// Whether it is known, or still looked for.
    sure: bool,
}

impl Ramp {
    fn at(&self, now: Instant) -> f64 {
        let growing = now.saturating_duration_since(self.from + self.hold).as_secs_f64();
        (self.rate * self.growth.powf(growing.min(600.0))).min(1e9)
    }
}

/// What was taken between two refusals.
#[derive(Clone, Copy, Debug)]
struct Interval {
    /// The refusal before; none at first.
    start: Option<Instant>,
    resumed: Instant,
    taken: f64,
    /// When it ended. What comes later was sent before.
    end: Instant,
}

/// The most that is known.
#[derive(Debug)]
pub(super) struct Limit {
    ramp: Option<Ramp>,
    /// What was known before the last refusal: later answers to what was sent before it belong to the same.
    before: Option<Ramp>,
    interval: Interval,
    /// What was taken at once before the first refusal, and in which time.
    burst: (f64, Duration),
    /// When the service last refused.
    empty: Option<Instant>,
    resumed: Instant,
    taken: f64,
    /// Refusals in a row that did not tell enough.
    vain: i32,
    recent: VecDeque<(Instant, f64)>,
}

impl Limit {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            ramp: None,
            before: None,
            interval: Interval { start: None, resumed: now, taken: 0.0, end: now },
            burst: (0.0, Duration::ZERO),
            empty: None,
            resumed: now,
            taken: 0.0,
            vain: 0,
            recent: VecDeque::new(),
        }
    }

    /// Requests a second that may be sent; none while no limit is known.
    pub(super) fn rate(&self, now: Instant) -> Option<f64> {
        self.ramp.map(|ramp| ramp.at(now))
    }

    /// The most that may be sent at once; none while no limit is known.
    pub(super) fn at_once(&self, now: Instant) -> Option<f64> {
        let rate = self.rate(now)?;
        Some((rate / 4.0).min(self.burst.0 / 2.0).max(1.0))
    }

    /// So many were taken. `late`: they were sent before the last refusal.
    pub(super) fn took(&mut self, now: Instant, count: f64, late: bool) {
        if count <= 0.0 {
            return;
        }
        if late {
            self.interval.taken += count;
        } else {
            self.taken += count;
        }
        self.recent.push_back((now, count));
        let longest = WINDOWS[WINDOWS.len() - 1];
        while self.recent.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > longest) {
            self.recent.pop_front();
        }
    }

    /// Something was refused. `late`: it was sent before the last refusal, of which this one is part.
    /// `held`: something else kept the pace down, so that what was taken says little.
    pub(super) fn refused(&mut self, now: Instant, round_trip: Duration, late: bool, held: bool) {
        if !late {
            self.before = self.ramp;
            self.interval =
                Interval { start: self.empty, resumed: self.resumed, taken: self.taken, end: now };
        }
        self.empty = Some(now);
        self.taken = 0.0;
        let mut ramp = self.learn(now, round_trip);
        if !late {
            self.vain = if ramp.sure { 0 } else { self.vain.saturating_add(1) };
        }
        if held && ramp.sure {
            ramp = looking(ramp.rate * 1.25, now, Duration::from_secs(1), 1.2);
        }
        self.ramp = Some(Ramp { rate: ramp.rate.max(SLOWEST), ..ramp });
    }

    /// Sending goes on then.
    pub(super) fn resume(&mut self, at: Instant) {
        self.resumed = at;
        if let Some(ramp) = &mut self.ramp {
            ramp.from = at;
        }
    }

    /// What was taken in the last while before that moment.
    pub(super) fn taken_within(&self, end: Instant, window: Duration) -> f64 {
        let within = |at: Instant| at <= end && end.saturating_duration_since(at) <= window;
        self.recent.iter().filter(|(at, _)| within(*at)).map(|(_, count)| count).sum()
    }

    fn learn(&mut self, now: Instant, round_trip: Duration) -> Ramp {
        let (Some(before), Some(start)) = (self.before, self.interval.start) else {
            return self.first(now);
        };
        let Interval { resumed, taken, end, .. } = self.interval;
        if taken < FEW && !before.sure {
            // It may have had a bad moment. Slower all the same.
            return looking(before.rate * 0.7, now, Duration::from_millis(500), 4.0);
        }
        let seconds = |duration: Duration| duration.as_secs_f64().max(1e-3);
        let span = now.saturating_duration_since(start);
        let idle = resumed.saturating_duration_since(start).as_secs_f64();
        let lowest = taken / seconds(span);
        // What it holds: the first burst, less what flowed in meanwhile.
        let (burst, within) = self.burst;
        let holds = (burst - lowest * within.as_secs_f64()).max(1.0);
        // What it held at the beginning of a while was taken in it as well.
        let sending = end.saturating_duration_since(resumed);
        let inflow = |taken: f64, window: Duration| (taken - burst) / seconds(window.saturating_sub(within));
        let windows = WINDOWS.into_iter().filter(|window| *window <= sending);
        // The first that was sent after the pause took a round trip to be counted.
        let mut found = vec![(taken, sending.saturating_sub(round_trip))];
        found.extend(windows.map(|window| (self.taken_within(end, window), window)));
        found.retain(|(taken, window)| *taken >= 2.0 * holds && *window >= (round_trip * 4).max(within * 2));
        let telling = found.iter().any(|(taken, _)| *taken >= 2.5 * holds);
        let best = found.into_iter().map(|(taken, window)| inflow(taken, window)).fold(lowest, f64::max);
        // It cannot have run over while nobody asked where it holds what came meanwhile.
        let whole = holds >= 0.95 * lowest * (idle + round_trip.as_secs_f64());
        let enough = taken >= MANY && span >= round_trip * 8;
        let mut rate = best;
        if before.sure {
            rate = rate.min(before.at(now) * 0.95);
        }
        if (whole || telling) && enough {
            return Ramp { rate: rate * SHARE, from: now, hold: BELIEVED, growth: 1.001, sure: true };
        }
        // A little more than it takes, so that the next refusal comes when enough has been taken.
        let sending = if whole { 0.3 } else { 3.0 * holds / rate };
        let sending = sending.max(1.5 * MANY / rate - idle);
        let held = holds.min(rate * idle);
        // Less each time, so that it comes to an end.
        let more = (held / rate / sending).max(1.2 / taken).min(1.0) * 0.75_f64.powi(self.vain);
        let more = more.max(0.07);
        looking(rate * (1.0 + more), now, Duration::from_secs_f64(2.0 * sending), 1.5)
    }

    /// The first refusal: what came at once was a burst, and the rate is anybody's guess.
    fn first(&mut self, now: Instant) -> Ramp {
        let burst = self.taken_within(now, BURST_WINDOW);
        let within = self
            .recent
            .iter()
            .find(|(at, _)| now.saturating_duration_since(*at) <= BURST_WINDOW)
            .map_or(Duration::ZERO, |(at, _)| now.saturating_duration_since(*at));
        self.burst = (burst, within);
        looking(3.0 * burst.max(1.0), now, Duration::from_millis(500), 4.0)
    }
}

const fn looking(rate: f64, from: Instant, hold: Duration, growth: f64) -> Ramp {
    Ramp { rate, from, hold, growth, sure: false }
}
