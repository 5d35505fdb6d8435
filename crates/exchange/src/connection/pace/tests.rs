//! The pace against a service that is a bucket, on paused time.

use futures::future::join_all;

use super::*;
use crate::connection::Quiet;

/// A bucket that fills steadily, and what it did second by second.
struct Service {
    per_second: f64,
    burst: f64,
    headers: Headers,
    state: Mutex<Level>,
    trip: Duration,
    /// Of a thousand, so many are refused whatever their pace.
    moody: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Headers {
    None,
    Budget,
    Share,
}

struct Level {
    left: f64,
    at: Instant,
    begun: Instant,
    taken: Vec<u32>,
    refused: Vec<u32>,
    random: u64,
}

impl Level {
    /// A number below `most`, the same in every run.
    fn random(&mut self, most: u32) -> u32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        u32::try_from(self.random % u64::from(most)).unwrap()
    }
}

impl Service {
    fn new(per_second: f64, burst: f64, headers: Headers) -> Self {
        let now = Instant::now();
        let level = Level {
            left: burst,
            at: now,
            begun: now,
            taken: Vec::new(),
            refused: Vec::new(),
            random: 0x9E37_79B9_7F4A_7C15,
        };
        Self {
            per_second,
            burst,
            headers,
            state: Mutex::new(level),
            trip: Duration::from_millis(40),
            moody: 0,
        }
    }

    /// One batch of so many, each counted for itself.
    async fn answer(&self, count: u32) -> Tally {
        let (there, back) = {
            let mut level = self.state.lock().unwrap();
            // From half as long to half as long again.
            (500 + level.random(1000), 500 + level.random(1000))
        };
        tokio::time::sleep(self.trip * there / 2000).await;
        let tally = self.decide(count);
        tokio::time::sleep(self.trip * back / 2000).await;
        tally
    }

    fn decide(&self, count: u32) -> Tally {
        let mut tally = Tally::default();
        let mut level = self.state.lock().unwrap();
        let now = Instant::now();
        let gone = now.duration_since(level.at).as_secs_f64();
        level.left = (level.left + gone * self.per_second).min(self.burst);
        level.at = now;
        let second = usize::try_from(now.duration_since(level.begun).as_secs()).unwrap();
        for _ in 0..count {
            let moody = level.random(1000) < self.moody;
            let refused = level.left < 1.0 || moody;
            let log = if refused { &mut level.refused } else { &mut level.taken };
            log.resize(log.len().max(second + 1), 0);
            log[second] += 1;
            if refused {
                tally.refused += 1;
                let wait = ((1.0 - level.left) / self.per_second).ceil().max(1.0);
                tally.retry_after = Some(Duration::from_secs_f64(wait));
            } else {
                tally.taken += 1;
                level.left -= 1.0;
            }
        }
        let used = 1.0 - level.left / self.burst;
        tally.told = match self.headers {
            Headers::Budget => Some(Told::Budget {
                limit: self.burst.floor(),
                remaining: level.left.floor(),
                reset: Duration::from_secs_f64((self.burst - level.left) / self.per_second),
            }),
            Headers::Share if used >= 0.8 => Some(Told::Used(used)),
            _ => None,
        };
        tally
    }

    /// What it took of what it could have taken after the first seconds; how often it refused in those, and later.
    fn figures(&self, first: usize) -> (f64, u32, u32) {
        let level = self.state.lock().unwrap();
        let whole = level.begun.elapsed().as_secs_f64();
        let (early, late) = level.refused.split_at(first.min(level.refused.len()));
        let after: u32 = level.taken.iter().skip(first).sum();
        let seconds = whole - f64::from(u32::try_from(first).unwrap());
        (f64::from(after) / seconds / self.per_second, early.iter().sum(), late.iter().sum())
    }
}

/// Eight senders, batches of ten at most, until so many were taken.
async fn send(service: &Service, pace: &Pace, class: Safety, all: u32) {
    let gate = Semaphore::new(8);
    let left = Mutex::new(all);
    join_all((0..8).map(|_| async {
        loop {
            let wanted = (*left.lock().unwrap()).min(10);
            if wanted == 0 {
                return;
            }
            let mut grant = pace.enter(&gate, class, wanted).await;
            let count = {
                let mut left = left.lock().unwrap();
                let count = grant.count().min(*left);
                *left -= count;
                count
            };
            grant.keep(count);
            if count == 0 {
                return;
            }
            let tally = service.answer(count).await;
            *left.lock().unwrap() += tally.refused;
            grant.answered(tally);
        }
    }))
    .await;
}

fn pace() -> Pace {
    Pace::new("Exchange", Arc::new(Quiet))
}

#[tokio::test(start_paused = true)]
async fn no_limit_is_kept_where_none_is_shown() {
    let service = Service::new(1e9, 1e9, Headers::None);
    let begun = Instant::now();
    send(&service, &pace(), Safety::Write, 4000).await;
    // Eight at a time, ten each, forty milliseconds there and back.
    let seconds = begun.elapsed().as_secs_f64();
    assert!((1.8..2.4).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn the_rate_of_the_service_is_found_and_kept() {
    for (rate, burst, first) in
        [(5.0, 5.0, 25), (30.0, 30.0, 5), (200.0, 200.0, 5), (200.0, 100.0, 5), (30.0, 150.0, 10)]
    {
        let service = Service::new(rate, burst, Headers::None);
        send(&service, &pace(), Safety::Write, 5000).await;
        let (throughput, early, late) = service.figures(first);
        assert!(throughput >= 0.9, "{rate}/s, {burst} at once: {throughput:.3}");
        assert_eq!(late, 0, "{rate}/s, {burst} at once, after {early} in the first {first} s");
    }
}

/// Many limits, bursts and distances, each for two minutes.
#[tokio::test(start_paused = true)]
async fn limits_of_all_sorts_are_kept() {
    let mut wrong = Vec::new();
    for rate in [5_u32, 10, 20, 50, 100, 400] {
        for (burst, least) in [(0.5, 0.75), (1.0, 0.87), (2.0, 0.9), (10.0, 0.9)] {
            for trip in [4, 40] {
                let (rate, burst) = (f64::from(rate), f64::max(f64::from(rate) * burst, 4.0));
                let mut service = Service::new(rate, burst, Headers::None);
                service.trip = Duration::from_millis(trip);
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some thousands")]
                let all = (rate * 120.0 + burst) as u32;
                send(&service, &pace(), Safety::Write, all).await;
                let (throughput, early, late) = service.figures(20);
                if throughput < least || late > 2 {
                    let figures = format!("{throughput:.3}, {early} {late}");
                    wrong.push(format!("{rate}/s, {burst} at once, {trip} ms: {figures}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn headers_tell_before_there_is_a_refusal() {
    for headers in [Headers::Budget, Headers::Share] {
        for (rate, burst) in [(5.0, 5.0), (30.0, 30.0), (200.0, 200.0), (200.0, 1000.0)] {
            let service = Service::new(rate, burst, headers);
            // What a plan reads, before anything is written.
            let pace = pace();
            let gate = Semaphore::new(8);
            for _ in 0..3 {
                let grant = pace.enter(&gate, Safety::Read, 1).await;
                grant.answered(service.answer(1).await);
            }
            send(&service, &pace, Safety::Write, 5000).await;
            let (throughput, early, late) = service.figures(6);
            let case = format!("{rate}/s, {burst} at once, {headers:?}");
            assert!(throughput >= 0.9, "{case}: {throughput:.3}");
            assert_eq!(late, 0, "{case}");
            // A share is told only when most of it is used, which is too late for eight batches at once.
            assert!(early == 0 || headers == Headers::Share, "{case}: {early}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_is_everybodys() {
    let pace = pace();
    let gate = Semaphore::new(8);
    let begun = Instant::now();
    let grant = pace.enter(&gate, Safety::Write, 1).await;
    let refused = Tally { refused: 1, retry_after: Some(Duration::from_secs(7)), ..Tally::default() };
    grant.answered(refused);
    drop(pace.enter(&gate, Safety::Read, 1).await);
    assert_eq!(begun.elapsed(), Duration::from_secs(7));
    // What waits when the pause comes waits for its end, too.
    let grant = pace.enter(&gate, Safety::Write, 1).await;
    let (waited, ()) = tokio::join!(
        async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            drop(pace.enter(&gate, Safety::Read, 1).await);
            begun.elapsed()
        },
        async {
            grant.answered(refused);
        }
    );
    assert!(waited >= Duration::from_secs(14), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_hears_when_the_service_gives_more_and_nobody_asks_for_hours() {
    let pace = pace();
    let gate = Semaphore::new(8);
    let begun = Instant::now();
    let grant = pace.enter(&gate, Safety::Write, 1).await;
    let day = Duration::from_hours(24);
    grant.answered(Tally { refused: 1, retry_after: Some(day), ..Tally::default() });
    drop(pace.enter(&gate, Safety::Read, 1).await);
    assert_eq!(begun.elapsed(), LONGEST_PAUSE);
    // One is on its way, and nothing is left of the budget until its answer says otherwise.
    let budget = |remaining| Some(Told::Budget { limit: 10.0, remaining, reset: Duration::from_secs(100) });
    let grant = pace.enter(&gate, Safety::Write, 1).await;
    grant.answered(Tally { taken: 1, told: budget(1.0), ..Tally::default() });
    let grant = pace.enter(&gate, Safety::Write, 1).await;
    let begun = Instant::now();
    let waiting = async {
        drop(pace.enter(&gate, Safety::Write, 1).await);
        begun.elapsed()
    };
    let (waited, ()) = tokio::join!(waiting, async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        grant.answered(Tally { taken: 1, told: budget(9.0), ..Tally::default() });
    });
    assert_eq!(waited, Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn reads_and_writes_take_turns_however_many_there_are_of_either() {
    for (many, few) in [(Safety::Write, Safety::Read), (Safety::Read, Safety::Write)] {
        let service = Service::new(20.0, 20.0, Headers::None);
        let pace = pace();
        let gate = Semaphore::new(8);
        let crowd = send(&service, &pace, many, 2000);
        let lone = async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let begun = Instant::now();
            for _ in 0..20 {
                let grant = pace.enter(&gate, few, 1).await;
                grant.answered(service.answer(1).await);
            }
            begun.elapsed()
        };
        let waited = tokio::select! {
            waited = lone => Some(waited),
            () = crowd => None,
        };
        // Each waits for one batch of the others, which is five at twenty a second.
        let waited = waited.expect("the crowd is not done so soon");
        assert!(waited < Duration::from_secs(12), "{waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_falls_is_followed() {
    let mut service = Service::new(200.0, 200.0, Headers::None);
    let pace = pace();
    send(&service, &pace, Safety::Write, 3000).await;
    service.per_second = 50.0;
    service.burst = 50.0;
    let begun = Instant::now();
    send(&service, &pace, Safety::Write, 3000).await;
    let rate = 3000.0 / begun.elapsed().as_secs_f64();
    assert!(rate > 45.0, "{rate}");
    let refused: u32 = service.state.lock().unwrap().refused.iter().skip(25).sum();
    assert_eq!(refused, 0, "ten seconds after the fall");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_refuses_by_chance_is_not_left_waiting_for_ever() {
    let mut service = Service::new(1e9, 1e9, Headers::None);
    service.moody = 300;
    let begun = Instant::now();
    send(&service, &pace(), Safety::Write, 200).await;
    let seconds = begun.elapsed().as_secs_f64();
    assert!(seconds < 240.0, "{seconds}");
}
