//! Ten cmdlets in one HTTP request.

use anteroom_model::ports::Failure;
use bytes::Bytes;
use futures::future::join_all;
use serde_json::{Value, json};

use super::envelope::{decode, header_warnings, is_whole};
use super::{BATCH, Invocation, PAGE, Row, Rows, next_link, refusal};
use crate::batch_answer::Part;
use crate::connection::{Audience, Batch, Connection, Reply, Safety};

/// Cmdlets that are sent together.
struct Cmdlets<'a, T> {
    invocations: &'a [Invocation],
    /// Where each of them is sent.
    invoke: Box<dyn Fn(&Invocation) -> String + Send + Sync + 'a>,
    url: String,
    anchor: String,
    rows: std::marker::PhantomData<fn() -> T>,
}

/// What became of a cmdlet that was not refused.
enum Answered<T> {
    Done(Rows<T>),
    /// There are more pages.
    More {
        first: Bytes,
        link: String,
        warnings: Vec<String>,
    },
}

impl<T: Row> Batch for Cmdlets<'_, T> {
    type Done = Answered<T>;

    fn audience(&self) -> Audience {
        Audience::Exchange
    }

    fn count(&self) -> usize {
        self.invocations.len()
    }

    fn largest(&self) -> u32 {
        BATCH
    }

    fn safety(&self, index: usize) -> Safety {
        self.invocations[index].safety()
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn headers(&self) -> Vec<(&'static str, &str)> {
        vec![("X-AnchorMailbox", &self.anchor), ("Prefer", "odata.maxpagesize=1000;odata.continue-on-error")]
    }

    fn body(&self, which: &[usize]) -> Bytes {
        let request = |index: &usize| {
            let invocation = &self.invocations[*index];
            json!({
                "id": index.to_string(),
                "method": "POST",
                "url": (self.invoke)(invocation),
                "headers": {
                    "Content-Type": "application/json",
                    "X-AnchorMailbox": self.anchor,
                    "X-CmdletName": invocation.cmdlet,
                    "Prefer": PAGE,
                },
                "body": invocation.body(),
            })
        };
        let requests: Vec<Value> = which.iter().map(request).collect();
        Bytes::from(json!({ "requests": requests }).to_string())
    }

    fn refusal(&self) -> fn(&Reply) -> Option<Failure> {
        refusal::of_reply
    }

    fn sort(&self, index: usize, answer: &Part<'_>) -> Result<Answered<T>, Failure> {
        let body = answer.body();
        if !answer.is_success() {
            return Err(refusal::of_answer(answer.status, body, &|name| answer.header(name)));
        }
        let warnings = header_warnings(answer.header("x-warnings"));
        if let Some(link) = next_link(body) {
            return Ok(Answered::More { first: Bytes::copy_from_slice(body), link, warnings });
        }
        let mut rows = decode(body, &self.invocations[index].expects())?;
        rows.warn(warnings);
        is_whole(&rows, self.safety(index))?;
        Ok(Answered::Done(rows))
    }
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
        if invocations.is_empty() {
            return Vec::new();
        }
        let batch = Cmdlets::<T> {
            invocations,
            invoke: Box::new(|invocation| self.invoke_url(invocation.select)),
            url: self.exchange_url("$batch"),
            anchor: self.anchor().await,
            rows: std::marker::PhantomData,
        };
        let outcomes = self.send_batches(&batch).await;
        let read = invocations.iter().zip(outcomes).map(|(invocation, outcome)| async move {
            match outcome {
                Ok(Answered::Done(rows)) => Ok(rows),
                Ok(Answered::More { first, link, warnings }) => {
                    let mut rows = self
                        .whole(&self.invoke_url(invocation.select), invocation, first, Some(link))
                        .await?;
                    rows.warn(warnings);
                    Ok(rows)
                }
                Err(failure) => Err(refusal::with_hint(failure, &invocation.cmdlet)),
            }
        });
        join_all(read).await
    }
}
