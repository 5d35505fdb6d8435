//! Writes whose answer was lost: whether they were carried out is found out before they are sent again.
//!
//! The connection broke after a request was sent, or the service failed while it worked on it. What makes something names
//! a read that tells ([`anteroom_model::operation::Lookup`]); everything else does no harm when it is sent twice. Reads
//! lag behind writes, so the read is repeated for a while. Where it finds nothing the call is sent again, and the service
//! itself refuses what is there already: then the first one was ours, and is waited for.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anteroom_model::address::Address;
use anteroom_model::operation::{Lookup, Operation, Refusal};
use anteroom_model::ports::{Answer, Execute, Failure, Request};
use tokio::time::Instant;

use crate::events::Event;
use crate::pauses::{Pauses, pause};
use crate::run::{Passwords, Runner};

/// How long a write is looked for before it is sent again.
const BEFORE_SENDING_AGAIN: Duration = Duration::from_secs(5);
/// How long a write is looked for that the service says is there.
const KNOWN_TO_BE_THERE: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What a lookup came to.
enum Looked {
    /// It was carried out; this is what the answer would have told.
    Done(Answer),
    /// The tenant does not show it.
    Missing,
    /// The tenant could not be read.
    Unread(String),
}

fn pauses() -> Pauses {
    Pauses::new(FIRST_PAUSE, LONGEST_PAUSE)
}

impl<E: Execute + Sync> Runner<'_, E> {
    /// Sends calls that do not depend on each other, and finds out about those whose answer was lost: each one's outcome
    /// in the same order.
    pub(crate) async fn send(
        &self,
        address: &Address,
        calls: &[(&Operation, Request)],
        passwords: &Passwords,
    ) -> Vec<Result<Answer, Failure>> {
        let requests = calls.iter().map(|(_, request)| request.clone()).collect();
        let mut outcomes = self.executor.execute(requests).await;
        let is_lost = |outcome: &Result<Answer, Failure>| matches!(outcome, Err(failure) if failure.refusal == Refusal::Lost);
        let lost = |outcomes: &[Result<Answer, Failure>]| -> Vec<usize> {
            (0..outcomes.len()).filter(|index| is_lost(&outcomes[*index])).collect()
        };
        let mut open = lost(&outcomes);
        let mut pauses = pauses().take(self.options.retries);
        while !open.is_empty() {
            let looked = self.look(address, calls, &open, passwords, BEFORE_SENDING_AGAIN).await;
            let mut again = Vec::new();
            let mut unread = BTreeMap::new();
            for index in open {
                match looked.get(&index) {
                    Some(Looked::Done(answer)) => outcomes[index] = Ok(answer.clone()),
                    Some(Looked::Missing) | None => again.push(index),
                    Some(Looked::Unread(why)) => {
                        unread.insert(index, why.clone());
                    }
                }
            }
            let length = if self.cancel.load(Ordering::Relaxed) { None } else { pauses.next() };
            let Some(length) = length else {
                let open = again.iter().chain(unread.keys());
                open.for_each(|index| give_up(&mut outcomes[*index], unread.get(index)));
                break;
            };
            if !again.is_empty() {
                pause(length, self.cancel).await;
                self.send_again(address, calls, &again, passwords, &mut outcomes).await;
            }
            open = lost(&outcomes);
        }
        outcomes
    }

    /// Sends calls again whose answer was lost. What is refused now may be refused because it was carried out before.
    async fn send_again(
        &self,
        address: &Address,
        calls: &[(&Operation, Request)],
        which: &[usize],
        passwords: &Passwords,
        outcomes: &mut [Result<Answer, Failure>],
    ) {
        for index in which {
            tracing::info!(%address, operation = calls[*index].0.title, "sending again");
        }
        let requests = which.iter().map(|index| calls[*index].1.clone()).collect();
        let answers = self.executor.execute(requests).await;
        let mut refused = Vec::new();
        for (index, answer) in which.iter().copied().zip(answers) {
            match answer {
                Err(mut failure) => {
                    let operation = calls[index].0;
                    match failure.refusal {
                        // Nothing happened this time; what happened before is as open as it was.
                        Refusal::Transient => failure.refusal = Refusal::Lost,
                        Refusal::Lost
                        | Refusal::Throttled
                        | Refusal::Unauthorized
                        | Refusal::Forbidden
                        | Refusal::Dehydrated => {}
                        // Where that is as good as an answer there is nothing to find out.
                        refusal if operation.accepts.contains(&refusal) && operation.captures.is_empty() => {}
                        _ => refused.push(index),
                    }
                    outcomes[index] = Err(failure);
                }
                done => outcomes[index] = done,
            }
        }
        for (index, looked) in self.look(address, calls, &refused, passwords, KNOWN_TO_BE_THERE).await {
            if let Looked::Done(answer) = looked {
                outcomes[index] = Ok(answer);
            }
        }
    }

    /// Reads, for at most so long, until each of these calls is seen to have been carried out. Those without a lookup are
    /// left out.
    async fn look(
        &self,
        address: &Address,
        calls: &[(&Operation, Request)],
        which: &[usize],
        passwords: &Passwords,
        limit: Duration,
    ) -> BTreeMap<usize, Looked> {
        let mut looked = BTreeMap::new();
        let mut open: Vec<(usize, &Lookup, Request)> = Vec::new();
        for index in which.iter().copied() {
            let Some(lookup) = &calls[index].0.lookup else { continue };
            match self.request(&lookup.probe, passwords) {
                Ok(request) => open.push((index, lookup, request)),
                Err(why) => {
                    looked.insert(index, Looked::Unread(why));
                }
            }
        }
        let begun = Instant::now();
        for length in pauses() {
            let Some((first, ..)) = open.first() else { break };
            let until = format!("it is known whether this was done: {}", calls[*first].0.title);
            self.events.event(Event::Waiting { address, until: &until, elapsed: begun.elapsed(), limit });
            pause(length, self.cancel).await;
            let probes = open.iter().map(|(_, _, request)| request.clone()).collect();
            let answers = self.executor.execute(probes).await;
            for ((index, lookup, _), answer) in open.iter().zip(answers) {
                let seen = match answer {
                    Ok(answer) => self.meant(&lookup.expect, answer).map_or(Looked::Missing, Looked::Done),
                    Err(failure) if failure.refusal == Refusal::NotFound => {
                        self.meant(&lookup.expect, Answer::default()).map_or(Looked::Missing, Looked::Done)
                    }
                    Err(failure) => Looked::Unread(failure.message),
                };
                looked.insert(*index, seen);
            }
            open.retain(|(index, ..)| !matches!(looked.get(index), Some(Looked::Done(_))));
            if begun.elapsed() >= limit || self.cancel.load(Ordering::Relaxed) {
                break;
            }
        }
        looked
    }
}

/// Says of a call that was lost for good what is known of it.
fn give_up(outcome: &mut Result<Answer, Failure>, unread: Option<&String>) {
    let Err(failure) = outcome else { return };
    failure.message = match unread {
        Some(why) => {
            format!("{}; whether it was done could not be read: {why}", failure.message)
        }
        None => format!("{}; whether it was done is not known", failure.message),
    };
    failure.hint = Some("run apply again: it goes on from what the tenant has then".to_owned());
}
