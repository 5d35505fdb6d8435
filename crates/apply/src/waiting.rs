//! Waiting: reading until a condition holds.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anteroom_model::address::Address;
use anteroom_model::operation::{Call, Expect, Refusal};
use anteroom_model::ports::{Answer, Execute};
use tokio::time::Instant;

use crate::events::Event;
use crate::pauses::{Pauses, cancelled, pause};
use crate::run::{Passwords, Runner, Trouble};
use crate::wait::{holds, meant};

/// How long an apply waits for what comes with time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patience {
    /// As long as each operation says.
    #[default]
    AsPlanned,
    /// It looks once. What is not there yet leaves its change pending.
    None,
    /// So long for each wait, whatever the operation says.
    UpTo(Duration),
}

impl Patience {
    /// The longest time for a wait for which so many seconds are planned.
    pub(crate) fn limit(self, planned_seconds: u64) -> Duration {
        match self {
            Self::AsPlanned => Duration::from_secs(planned_seconds),
            Self::None => Duration::ZERO,
            Self::UpTo(limit) => limit,
        }
    }
}

impl<E: Execute + Sync> Runner<'_, E> {
    /// Reads until the condition holds, with growing pauses, up to the limit.
    pub(crate) async fn wait(
        &self,
        address: &Address,
        until: &str,
        probe: &Call,
        expect: &Expect,
        limit: Duration,
        passwords: &Passwords,
    ) -> Result<Answer, Trouble> {
        let begun = Instant::now();
        let request = self.request(probe, passwords)?;
        let mut pauses = Pauses::within(limit);
        loop {
            let looking = self.executor.execute(vec![request.clone()]);
            // Nothing is lost with a read that is given up.
            let answer = tokio::select! {
                answers = looking => answers.into_iter().next(),
                () = cancelled(self.cancel) => return Err(Trouble::pending(interrupted(until, begun))),
            };
            let failed = match answer {
                Some(Ok(answer)) => match meant(expect, answer) {
                    Some(answer) => return Ok(answer),
                    None => None,
                },
                None => None,
                Some(Err(failure)) if failure.refusal == Refusal::NotFound => {
                    let nothing = Answer::default();
                    if holds(expect, &nothing) {
                        return Ok(nothing);
                    }
                    None
                }
                // What passes is waited out like the condition itself.
                Some(Err(failure)) if matches!(failure.refusal, Refusal::Throttled | Refusal::Transient) => {
                    Some(failure.message)
                }
                Some(Err(failure)) => {
                    let message = format!("while waiting until {until}: {}", failure.message);
                    return Err(Trouble { hint: failure.hint, ..Trouble::from(message) });
                }
            };
            let elapsed = begun.elapsed();
            let left = limit.saturating_sub(elapsed);
            if left.is_zero() {
                return Err(in_vain(until, elapsed, limit, failed));
            }
            self.events.event(Event::Waiting { address, until, elapsed, limit });
            pause(pauses.next().unwrap_or(left).min(left), self.cancel).await;
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Trouble::pending(interrupted(until, begun)));
            }
        }
    }
}

fn interrupted(until: &str, begun: Instant) -> String {
    format!("interrupted while waiting until {until}, after {} s", begun.elapsed().as_secs())
}

/// It did not come in time: not a failure but where the last look itself failed.
fn in_vain(until: &str, elapsed: Duration, limit: Duration, failed: Option<String>) -> Trouble {
    if let Some(last) = failed {
        let waited = format!("waited in vain until {until}, for {} s", elapsed.as_secs());
        return Trouble::from(format!("{waited}; the last read failed: {last}"));
    }
    Trouble::pending(if limit.is_zero() {
        format!("not waited until {until}")
    } else {
        format!("waited in vain until {until}, for {} s of at most {} s", elapsed.as_secs(), limit.as_secs())
    })
}
