//! Waiting: reading until a condition holds, and sending again what the service does not know enough for yet.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anteroom_model::address::Address;
use anteroom_model::operation::{Call, Delivery, Expect, NotYet, Operation, Refusal};
use anteroom_model::ports::{Answer, Execute, Failure, Request};
use tokio::time::Instant;

use crate::events::Event;
use crate::pauses::{Pauses, cancelled, pause};
use crate::run::{Passwords, Runner, Trouble, without};

/// Between two attempts at what the service does not know yet.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

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
                Some(Ok(answer)) => match self.meant(expect, answer) {
                    Some(meant) => return Ok(meant),
                    None => None,
                },
                None => None,
                Some(Err(failure)) if failure.refusal == Refusal::NotFound => {
                    match self.meant(expect, Answer::default()) {
                        Some(nothing) => return Ok(nothing),
                        None => None,
                    }
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

impl<E: Execute + Sync> Runner<'_, E> {
    /// Sends calls that do not depend on each other, those again that are refused because the service does not know yet
    /// what was done before: each one's outcome in the same order.
    pub(crate) async fn send_until_known(
        &self,
        address: &Address,
        calls: &[(&Operation, Request)],
        passwords: &Passwords,
    ) -> Vec<Result<Answer, Failure>> {
        let mut outcomes = self.send(address, calls, passwords).await;
        let begun = Instant::now();
        let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
        loop {
            let open: Vec<(usize, &NotYet)> = (0..calls.len())
                .filter_map(|index| Some((index, not_yet(calls[index].0, outcomes[index].as_ref().err()?)?)))
                .collect();
            let limits = open.iter().map(|(_, not_yet)| self.options.patience.limit(not_yet.timeout_seconds));
            let (Some((_, first)), Some(limit)) = (open.first(), limits.max()) else { return outcomes };
            let (until, elapsed) = (&first.until, begun.elapsed());
            let left = limit.saturating_sub(elapsed);
            if left.is_zero() || self.cancel.load(Ordering::Relaxed) {
                return outcomes;
            }
            self.events.event(Event::Waiting { address, until, elapsed, limit });
            pause(pauses.next().unwrap_or(left).min(left), self.cancel).await;
            let again: Vec<(&Operation, Request)> =
                open.iter().map(|(index, _)| (calls[*index].0, calls[*index].1.clone())).collect();
            let answers = self.send(address, &again, passwords).await;
            for ((index, _), answer) in open.into_iter().zip(answers) {
                outcomes[index] = answer;
            }
        }
    }

    /// What a failure means for the change: a refusal that passes leaves it pending where nobody waits for its end.
    pub(crate) fn trouble(
        &self,
        operation: &Operation,
        mut failure: Failure,
        passwords: &Passwords,
    ) -> Trouble {
        failure.message = without(passwords, &failure.message);
        let delivered = passwords.iter().find(|(name, _)| operation.call.mentions(name));
        if failure.refusal == Refusal::AlreadyExists
            && let Some((_, (_, to))) = delivered
        {
            failure.hint = Some(not_its_own(to));
        }
        let impatient = self.options.patience == Patience::None || self.cancel.load(Ordering::Relaxed);
        match not_yet(operation, &failure) {
            Some(not_yet) if impatient => {
                Trouble::pending(format!("not waited until {}: {}", not_yet.until, failure.message))
            }
            _ => describe(operation, failure),
        }
    }
}

/// What is waited for, where the failure of an operation is one that passes.
fn not_yet<'a>(operation: &'a Operation, failure: &Failure) -> Option<&'a NotYet> {
    let accepted = operation.accepts.contains(&failure.refusal);
    operation.not_yet.as_ref().filter(|not_yet| !accepted && not_yet.refusals.contains(&failure.refusal))
}

/// What to do where an account was there before it could be made: its password is another one than was delivered.
fn not_its_own(to: &Delivery) -> String {
    let what = match to {
        Delivery::File(_) | Delivery::KeyVault { .. } => {
            "is its password only if an interrupted run delivered it"
        }
        Delivery::Age { .. } => {
            "is not its password; that of an interrupted run is kept beside it, with a number"
        }
        Delivery::Command(_) => "is not its password",
    };
    format!(
        "the account was there already, and what was delivered to {to} {what}: if nobody has it, set another one"
    )
}

fn describe(operation: &Operation, failure: Failure) -> Trouble {
    let id = failure.request_id.map(|id| format!(" (request {id})")).unwrap_or_default();
    let message = format!("{}: {}{id}", operation.title, failure.message);
    Trouble { hint: failure.hint, ..message.into() }
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
