//! Batches: many calls in few HTTP requests. Each call counts for itself: for the pace, for patience and for its outcome.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use bytes::Bytes;
use futures::future::join_all;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument as _;

use super::pace::{Tally, Told};
use super::retry::Trial;
use super::{Audience, Connection, HttpRequest, Reply, Safety, Trouble};
use crate::batch_answer::{self, Part};

/// Calls of one service that can be sent together.
pub(crate) trait Batch: Sync {
    /// What a call comes to that was not refused.
    type Done: Send;

    /// Whom they are for.
    fn audience(&self) -> Audience;
    /// How many there are.
    fn count(&self) -> usize;
    /// The most that one request takes.
    fn largest(&self) -> u32;
    /// Whether sending one twice does harm.
    fn safety(&self, index: usize) -> Safety;
    /// Where batches are sent.
    fn url(&self) -> &str;
    /// With which headers.
    fn headers(&self) -> Vec<(&'static str, &str)>;
    /// The body for some of the calls. Each has its index as its id.
    fn body(&self, which: &[usize]) -> Bytes;
    /// How the service tells that it refuses the whole.
    fn refusal(&self) -> fn(&Reply) -> Option<Failure>;
    /// What became of one.
    fn sort(&self, index: usize, answer: &Part<'_>) -> Result<Self::Done, Failure>;
}

/// What is left to do of a batch.
struct Work<T> {
    ready: VecDeque<usize>,
    /// What is tried again, and not before.
    later: Vec<(Instant, usize)>,
    trials: HashMap<usize, Trial>,
    outcomes: Vec<Option<Result<T, Failure>>>,
}

impl<T> Work<T> {
    fn new(count: usize) -> Self {
        Self {
            ready: (0..count).collect(),
            later: Vec::new(),
            trials: HashMap::new(),
            outcomes: (0..count).map(|_| None).collect(),
        }
    }

    /// How many can be sent now; or when some can.
    fn next(&mut self, now: Instant) -> Next {
        let Self { ready, later, .. } = self;
        later.retain(|(at, index)| {
            let due = *at <= now;
            if due {
                ready.push_back(*index);
            }
            !due
        });
        match (ready.len(), later.iter().map(|(at, _)| *at).min()) {
            (0, None) => Next::Nothing,
            (0, Some(at)) => Next::At(at),
            (count, _) => Next::Some(u32::try_from(count).unwrap_or(u32::MAX)),
        }
    }
}

enum Next {
    Some(u32),
    At(Instant),
    Nothing,
}

impl Connection {
    /// Sends calls that do not depend on each other: the outcomes in the same order. What fails in passing is tried
    /// again without the others.
    pub(crate) async fn send_batches<B: Batch>(&self, batch: &B) -> Vec<Result<B::Done, Failure>> {
        let work = Mutex::new(Work::new(batch.count()));
        let senders = batch.count().div_ceil(batch.largest().max(1) as usize).max(1).min(self.concurrency);
        join_all((0..senders).map(|_| self.send_some(batch, &work))).await;
        let work = work.into_inner().unwrap_or_else(PoisonError::into_inner);
        let unanswered = || Err(cut_short("nothing was answered to this call"));
        work.outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(unanswered)).collect()
    }

    /// Sends until nothing is left.
    async fn send_some<B: Batch>(&self, batch: &B, work: &Mutex<Work<B::Done>>) {
        let reads = (0..batch.count()).all(|index| batch.safety(index) == Safety::Read);
        let class = if reads { Safety::Read } else { Safety::Write };
        loop {
            let next = lock(work).next(Instant::now());
            let wanted = match next {
                Next::Some(count) => count.min(batch.largest()),
                Next::At(at) => {
                    sleep_until(at).await;
                    continue;
                }
                Next::Nothing => return,
            };
            let mut grant = self.pace(batch.audience()).enter(&self.gate, class, wanted).await;
            let which: Vec<usize> = {
                let mut work = lock(work);
                let count = work.ready.len().min(grant.count() as usize);
                work.ready.drain(..count).collect()
            };
            let count = u32::try_from(which.len()).unwrap_or(u32::MAX);
            grant.keep(count);
            if which.is_empty() {
                // Somebody else was faster.
                continue;
            }
            let request = HttpRequest {
                audience: batch.audience(),
                method: reqwest::Method::POST,
                url: batch.url(),
                headers: &batch.headers(),
                body: Some(batch.body(&which)),
                safety: class,
                what: "$batch",
                refusal: batch.refusal(),
            };
            let span = tracing::debug_span!("batch", url = batch.url(), calls = count);
            match self.send_once(&request).instrument(span).await {
                Ok(reply) => grant.answered(self.sort(batch, work, &which, &reply)),
                Err(trouble) => {
                    grant.answered(trouble.tally(count));
                    for index in which.into_iter().rev() {
                        self.failed(batch, work, index, trouble.clone());
                    }
                }
            }
        }
    }

    /// Sorts the answer to a batch, and tells what it says about the pace.
    fn sort<B: Batch>(
        &self,
        batch: &B,
        work: &Mutex<Work<B::Done>>,
        which: &[usize],
        reply: &Reply,
    ) -> Tally {
        let mut tally = Tally { told: super::told(reply), ..Tally::default() };
        let Ok(parts) = batch_answer::parts(&reply.body) else {
            for index in which.iter().copied() {
                let mut failure = cut_short("the batch's answer could not be understood");
                if batch.safety(index) == Safety::Read {
                    // Whoever answers so will do it again.
                    failure.refusal = Refusal::Other;
                }
                self.failed(batch, work, index, Trouble::on_the_way(failure));
            }
            return tally;
        };
        let now = SystemTime::now();
        // The last first: what is sent again comes before the others in line, in the order of the calls.
        for index in which.iter().rev().copied() {
            let Some(part) = parts.get(index.to_string().as_str()) else {
                let failure = cut_short("the batch's answer says nothing about this call");
                self.failed(batch, work, index, Trouble::on_the_way(failure));
                continue;
            };
            let told = Told::of(&|name| part.header(name), now);
            tally.told = match (tally.told, told) {
                (Some(one), Some(other)) => Some(one.tighter(other)),
                (one, other) => one.or(other),
            };
            match batch.sort(index, part) {
                Err(failure) if failure.refusal == Refusal::Throttled => {
                    tally.refused += 1;
                    tally.retry_after = tally.retry_after.max(part.retry_after());
                    let retry_after = part.retry_after();
                    self.failed(batch, work, index, Trouble { failure, retry_after, untouched: true, told });
                }
                Err(failure) => {
                    tally.taken += 1;
                    let retry_after = part.retry_after();
                    self.failed(batch, work, index, Trouble { failure, retry_after, untouched: false, told });
                }
                done => {
                    tally.taken += 1;
                    lock(work).outcomes[index] = Some(done);
                }
            }
        }
        tally
    }

    /// One failed: it is tried again, or that is its outcome.
    fn failed<B: Batch>(&self, batch: &B, work: &Mutex<Work<B::Done>>, index: usize, trouble: Trouble) {
        let safety = batch.safety(index);
        let mut work = lock(work);
        let trial = work.trials.entry(index).or_insert_with(|| self.patience.with_one_call());
        match trial.again(&trouble, safety) {
            // In line before everything that was not tried yet.
            Some(delay) if delay.is_zero() => work.ready.push_front(index),
            Some(delay) => {
                work.later.push((Instant::now() + delay, index));
                drop(work);
                let title = batch.audience().title();
                self.progress.waiting(&format!("{title}: {}", trouble.failure.message), delay);
            }
            None => work.outcomes[index] = Some(Err(trouble.told(safety))),
        }
    }
}

fn lock<T>(work: &Mutex<Work<T>>) -> MutexGuard<'_, Work<T>> {
    work.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer that is not whole: of a read the same may be asked again, of a write it is not known what became of it.
fn cut_short(why: &str) -> Failure {
    Failure { refusal: Refusal::Transient, message: why.to_owned(), request_id: None, hint: None }
}
