//! Ten cmdlets in one HTTP request.

use std::time::Duration;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use bytes::Bytes;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::envelope::{decode, header_warnings, is_whole};
use super::{BATCH, Expects, Invocation, PAGE, Row, Rows, next_link, refusal, unreadable_answer};
use crate::batch_answer;
use crate::connection::{Audience, Connection, HttpRequest, Patience, Safety, in_doubt};

/// What became of one cmdlet of a batch.
enum Part<T> {
    Done(Result<Rows<T>, Failure>),
    /// There are more pages.
    More {
        first: Bytes,
        link: String,
    },
    /// It can be sent again.
    Again {
        failure: Failure,
        after: Option<Duration>,
    },
}

impl Connection {
    /// Runs cmdlets that do not depend on each other: outcomes in the same order. One alone goes plain.
    pub(super) async fn invoke_in_batches<T: Row>(
        &self,
        invocations: &[Invocation],
    ) -> Vec<Result<Rows<T>, Failure>> {
        if let [one] = invocations {
            return vec![self.invoke(one).await];
        }
        let batches = invocations.chunks(BATCH).map(|chunk| self.batch(chunk));
        join_all(batches).await.into_iter().flatten().collect()
    }

    async fn batch<T: Row>(&self, invocations: &[Invocation]) -> Vec<Result<Rows<T>, Failure>> {
        let mut outcomes: Vec<Option<Result<Rows<T>, Failure>>> = invocations.iter().map(|_| None).collect();
        let mut waiting: Vec<usize> = (0..invocations.len()).collect();
        let mut more: Vec<(usize, Bytes, String)> = Vec::new();
        let mut delays = self.patience.delays();
        while !waiting.is_empty() {
            let parts = self.batch_once(invocations, &waiting).await;
            let mut again: Vec<(usize, Failure)> = Vec::new();
            let mut asked: Option<Duration> = None;
            for (index, part) in waiting.drain(..).zip(parts) {
                match part {
                    Part::Done(outcome) => outcomes[index] = Some(outcome),
                    Part::More { first, link } => more.push((index, first, link)),
                    Part::Again { failure, after } => {
                        asked = asked.max(after);
                        again.push((index, failure));
                    }
                }
            }
            let Some((_, why)) = again.first() else { break };
            let Some(delay) = delays.next() else {
                for (index, failure) in again {
                    outcomes[index] = Some(Err(failure));
                }
                break;
            };
            self.wait(&why.message, Patience::at_least(delay, asked)).await;
            waiting = again.into_iter().map(|(index, _)| index).collect();
        }
        let following = more.into_iter().map(|(index, first, link)| async move {
            let invocation = &invocations[index];
            let body = Bytes::from(invocation.body().to_string());
            (index, self.follow(invocation, body, first, Some(link)).await)
        });
        for (index, outcome) in join_all(following).await {
            outcomes[index] = Some(outcome);
        }
        let unanswered = || Err(unreadable_answer("the batch's answer says nothing about this call"));
        let named = outcomes.into_iter().zip(invocations);
        named
            .map(|(outcome, invocation)| {
                let outcome = outcome.unwrap_or_else(unanswered);
                outcome.map_err(|failure| refusal::with_hint(failure, &invocation.cmdlet))
            })
            .collect()
    }

    /// Sends some of the cmdlets as one request and sorts the answers, in the order of `which`.
    async fn batch_once<T: Row>(&self, invocations: &[Invocation], which: &[usize]) -> Vec<Part<T>> {
        let anchor = self.anchor().await;
        let requests: Vec<Value> = which
            .iter()
            .map(|index| {
                let invocation = &invocations[*index];
                json!({
                    "id": index.to_string(),
                    "method": "POST",
                    "url": self.invoke_url(invocation.select),
                    "headers": {
                        "Content-Type": "application/json",
                        "X-AnchorMailbox": anchor,
                        "X-CmdletName": invocation.cmdlet,
                        "Prefer": PAGE,
                    },
                    "body": invocation.body(),
                })
            })
            .collect();
        let reads = which.iter().all(|index| invocations[*index].safety() == Safety::Read);
        let request = HttpRequest {
            audience: Audience::Exchange,
            method: Method::POST,
            url: &self.exchange_url("$batch"),
            headers: &[
                ("X-AnchorMailbox", &anchor),
                ("Prefer", "odata.maxpagesize=1000;odata.continue-on-error"),
            ],
            body: Some(Bytes::from(json!({ "requests": requests }).to_string())),
            safety: if reads { Safety::Read } else { Safety::Write },
            what: which.first().map_or("batch", |index| invocations[*index].cmdlet.as_str()),
            refusal: refusal::of_reply,
        };
        let failed = |failure: Failure| {
            let each = which.iter().map(|index| in_doubt(failure.clone(), invocations[*index].safety()));
            each.map(|failure| Part::Done(Err(failure))).collect()
        };
        let reply = match self.send(request).await {
            Ok(reply) => reply,
            Err(failure) => return failed(failure),
        };
        let Ok(parts) = batch_answer::parts(&reply.body) else {
            return failed(cut_short("the batch's answer could not be understood"));
        };
        which
            .iter()
            .map(|index| {
                let expects = invocations[*index].expects();
                let unanswered = || cut_short("the batch's answer says nothing about this call");
                let answer = parts.get(index.to_string().as_str());
                answer.map_or_else(
                    || Part::Done(Err(in_doubt(unanswered(), expects.safety))),
                    |answer| sort(answer, &expects),
                )
            })
            .collect()
    }
}

/// An answer that is not whole: of a read the same may be asked again, of a write it is not known what became of it.
fn cut_short(why: &str) -> Failure {
    Failure { refusal: Refusal::Transient, ..unreadable_answer(why) }
}

fn sort<T: Row>(answer: &batch_answer::Part<'_>, expects: &Expects) -> Part<T> {
    let body = answer.body();
    if !answer.is_success() {
        let failure = refusal::of_answer(answer.status, body, &|name| answer.header(name));
        let again = match failure.refusal {
            Refusal::Throttled => true,
            Refusal::Transient => expects.safety == Safety::Read,
            _ => false,
        };
        if again {
            return Part::Again { failure, after: answer.retry_after() };
        }
        return Part::Done(Err(in_doubt(failure, expects.safety)));
    }
    match next_link(body) {
        Some(link) => Part::More { first: Bytes::copy_from_slice(body), link },
        None => Part::Done(decode(body, expects).and_then(|mut rows| {
            rows.warn(header_warnings(answer.header("x-warnings")));
            is_whole(&rows, expects.safety)?;
            Ok(rows)
        })),
    }
}
