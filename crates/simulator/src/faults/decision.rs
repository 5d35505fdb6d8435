//! What becomes of one request.

use super::chance::{Chance, Meaning};
use super::limit::{Bucket, Service};
use super::share::names;
use super::{FailNext, Faults, refusals};
use crate::http::Reply;
use std::sync::{Mutex, PoisonError};

/// One request, or one part of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) service: Service,
    /// The cmdlet's own spelling, where it is one.
    pub(crate) cmdlet: Option<&'a str>,
    pub(crate) path: &'a str,
    /// It has a connection of its own, which can be cut.
    pub(crate) whole: bool,
    /// It counts towards the limit: a batch does not, its parts do.
    pub(crate) counts: bool,
}

impl<'a> Asked<'a> {
    /// A request that is no batch.
    pub(crate) fn whole(service: Service, path: &'a str) -> Asked<'a> {
        Asked { service, cmdlet: None, path, whole: true, counts: true }
    }

    /// A batch.
    pub(crate) fn batch(service: Service, path: &'a str) -> Asked<'a> {
        Asked { counts: false, ..Asked::whole(service, path) }
    }
}

/// What becomes of it.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// Answered so, and not carried out.
    pub(crate) refused: Option<Reply>,
    /// Answered so, although it is carried out.
    pub(crate) lost: Option<Reply>,
    /// On whatever is answered.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Fate {
    fn refused(reply: Reply) -> Fate {
        Fate { refused: Some(reply), ..Fate::default() }
    }

    /// Carries it out, or not, and answers.
    pub(crate) fn answer(self, perform: impl FnOnce() -> Reply) -> Reply {
        let mut reply = self.refused.unwrap_or_else(|| {
            let reply = perform();
            self.lost.unwrap_or(reply)
        });
        reply.headers.extend(self.headers);
        reply
    }
}

/// Faults that are in force, with what they remember.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) faults: Faults,
    fail_next: Mutex<Vec<FailNext>>,
    chance: Chance,
    graph: Bucket,
    exchange: Bucket,
    /// Nothing ever fails: saves every other question.
    fair: bool,
    by_chance: bool,
}

impl Running {
    pub(crate) fn new(faults: Faults, now: i64) -> Running {
        let by_chance =
            [&faults.throttled, &faults.errors, &faults.lost].iter().any(|share| !share.is_zero());
        let fair = !by_chance
            && faults.rate_limit.is_none()
            && faults.unreadable.is_empty()
            && faults.fail_next.is_empty();
        Running {
            fail_next: Mutex::new(faults.fail_next.clone()),
            chance: Chance::default(),
            graph: Bucket::full(faults.rate_limit, now),
            exchange: Bucket::full(faults.rate_limit, now),
            fair,
            by_chance,
            faults,
        }
    }

    /// The faults as they stand: `failNext` counted down.
    pub(crate) fn shown(&self) -> Faults {
        let fail_next = self.fail_next.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Faults { fail_next, ..self.faults.clone() }
    }

    /// Decides on a request at a moment. `meaning` is asked only where chance comes in.
    pub(crate) fn decide(&self, asked: Asked<'_>, now: i64, meaning: impl FnOnce() -> Meaning) -> Fate {
        if self.fair {
            return Fate::default();
        }
        if self.faults.unreadable.iter().any(|pattern| names(pattern, asked.cmdlet, asked.path)) {
            return Fate::refused(refusals::failed(503, None));
        }
        if let Some(next) = self.take_next(asked) {
            let reply = refusals::failed(next.status, next.retry_after);
            return if next.after {
                Fate { lost: Some(reply), ..Fate::default() }
            } else {
                Fate::refused(reply)
            };
        }
        let mut headers = Vec::new();
        let bucket = match asked.service {
            Service::Graph => Some(&self.graph),
            Service::Exchange => Some(&self.exchange),
            Service::Token | Service::KeyVault => None,
        };
        if let (Some(limit), Some(bucket), true) = (&self.faults.rate_limit, bucket, asked.counts) {
            let taken = bucket.take(limit, now);
            if limit.headers {
                headers = refusals::headers(asked.service, limit, taken, now);
            }
            if !taken.allowed {
                return Fate { headers, ..Fate::refused(refusals::limited(taken)) };
            }
        }
        if self.by_chance {
            Fate { headers, ..self.by_chance(asked, meaning()) }
        } else {
            Fate { headers, ..Fate::default() }
        }
    }

    fn by_chance(&self, asked: Asked<'_>, meaning: Meaning) -> Fate {
        let faults = &self.faults;
        let attempt = self.chance.attempt(faults.seed, meaning);
        let share = |share: &super::Share| share.of(asked.service, asked.cmdlet, asked.path);
        let fate = if attempt.hits("throttled", share(&faults.throttled)) {
            Fate::refused(refusals::throttled(attempt, faults.retry_after_seconds))
        } else if attempt.hits("errors", share(&faults.errors)) {
            Fate::refused(refusals::error(attempt, asked.service, asked.whole))
        } else if attempt.hits("lost", share(&faults.lost)) {
            Fate { lost: Some(refusals::lost(attempt, asked.whole)), ..Fate::default() }
        } else {
            Fate::default()
        };
        self.chance.note(attempt, fate.refused.is_some() || fate.lost.is_some());
        fate
    }

    fn take_next(&self, asked: Asked<'_>) -> Option<FailNext> {
        let mut waiting = self.fail_next.lock().unwrap_or_else(PoisonError::into_inner);
        let place = waiting
            .iter()
            .position(|next| next.times > 0 && names(&next.cmdlet, asked.cmdlet, asked.path))?;
        let next = waiting.get_mut(place)?;
        next.times -= 1;
        let taken = next.clone();
        waiting.retain(|next| next.times > 0);
        Some(taken)
    }
}
