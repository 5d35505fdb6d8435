//! Applying: walks a plan and executes its operations, no more and no less.
//!
//! Every choice was made when the plan was made. What is left is order, waiting and telling: changes run as soon as
//! those they depend on are done, several at a time; outputs of finished operations fill the gaps of later ones;
//! conditions are waited for; a failure stops the changes that depend on it and no others.

mod events;
mod lost;
mod pauses;
mod report;
mod run;
mod wait;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use anteroom_model::address::Address;
use anteroom_model::change::{Action, Change};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Call, Step};
use anteroom_model::plan::Plan;
use anteroom_model::ports::{Execute, Secrets};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

pub use events::{Event, Events, Silent};
pub use pauses::{Pauses, pause};
pub use report::{Outcome, Report, Result};
pub use waiting::Patience;

use run::{Runner, Stopped};

/// How a plan is applied.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many changes run at a time, at least 1.
    pub concurrency: usize,
    /// How often a write whose answer was lost is sent again.
    pub retries: usize,
    /// How long it waits.
    pub patience: Patience,
}

/// Which passwords of a plan could not be delivered, and why: everything that can be told of it before anything is
/// written, all at once.
pub async fn undeliverable(plan: &Plan, secrets: &dyn Secrets) -> Vec<Diagnostic> {
    let changes = plan.changes.iter().filter(|change| change.action.writes());
    let checks = changes.flat_map(|change| {
        change.operations.iter().filter_map(move |operation| {
            let Call::Password { deliver_to, .. } = &operation.call else { return None };
            Some(async move {
                let refused = secrets.check(&change.label, deliver_to).await.err()?;
                let error =
                    Diagnostic::error("password-undeliverable", refused.message).about(&change.address);
                Some(match refused.hint {
                    Some(hint) => error.hint(hint),
                    None => error,
                })
            })
        })
    });
    futures::future::join_all(checks).await.into_iter().flatten().collect()
}

/// One half of a change.
type Node = (usize, Step);

/// Applies a plan. The caller has asked, and has made sure that the plan is applicable and not stale.
///
/// Once `cancel` is true nothing new is sent; what is in flight is finished and reported.
pub async fn apply<E: Execute + Sync>(
    plan: &Plan,
    executor: &E,
    secrets: &dyn Secrets,
    events: &dyn Events,
    cancel: &AtomicBool,
    options: &Options,
) -> Report {
    let runner = Runner::new(executor, secrets, events, cancel, *options);
    let mut walk = Walk::new(plan);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < options.concurrency.max(1) && !cancel.load(Ordering::Relaxed) {
            let Some((index, step)) = walk.next() else { break };
            let change = &plan.changes[index];
            if step == Step::Main {
                events
                    .event(Event::Started { address: &change.address, operations: change.operations.len() });
            }
            let runner = &runner;
            running.push(async move { ((index, step), runner.run(change, step).await) });
        }
        let Some((node, result)) = running.next().await else { break };
        walk.finish(node, result, plan, events);
    }
    let interrupted = cancel.load(Ordering::Relaxed) && !walk.is_done();
    let outcomes = walk.outcomes(plan, &runner, events);
    Report { outcomes, warnings: runner.warnings(), interrupted, ..Report::default() }
}

/// Which halves of which changes are done, running, waiting or lost.
struct Walk {
    /// How many others each node still waits for. Who is running, done or lost is no longer here.
    waiting: BTreeMap<Node, usize>,
    /// Those that wait for nothing.
    ready: BTreeSet<Node>,
    /// Who waits for whom.
    dependants: BTreeMap<Node, Vec<Node>>,
    done: BTreeMap<usize, usize>,
    failed: BTreeMap<usize, Stopped>,
    /// Skipped changes with the change that stopped.
    skipped: BTreeMap<usize, usize>,
}

impl Walk {
    fn new(plan: &Plan) -> Self {
        let index: BTreeMap<&Address, usize> =
            plan.changes.iter().enumerate().map(|(i, change)| (&change.address, i)).collect();
        let runs = |i: usize| plan.changes[i].action.writes();
        let resolve = |addresses: &[Address]| -> Vec<usize> {
            addresses.iter().filter_map(|address| index.get(address).copied()).filter(|i| runs(*i)).collect()
        };
        let mut walk = Self {
            waiting: BTreeMap::new(),
            ready: BTreeSet::new(),
            dependants: BTreeMap::new(),
            done: BTreeMap::new(),
            failed: BTreeMap::new(),
            skipped: BTreeMap::new(),
        };
        for (i, change) in plan.changes.iter().enumerate().filter(|(_, change)| change.action.writes()) {
            // A change that only waits through one that does nothing still waits for what is behind that one.
            let needs = behind(plan, &index, change);
            walk.add((i, Step::Main), needs.into_iter().map(|needed| (needed, Step::Main)).collect());
            if change.has_cleanup() {
                let mut after: BTreeSet<Node> =
                    resolve(&change.cleanup_after).into_iter().map(|needed| (needed, Step::Main)).collect();
                after.insert((i, Step::Main));
                walk.add((i, Step::Cleanup), after);
            }
        }
        walk
    }

    fn add(&mut self, node: Node, needs: BTreeSet<Node>) {
        if needs.is_empty() {
            self.ready.insert(node);
        }
        self.waiting.insert(node, needs.len());
        for needed in needs {
            self.dependants.entry(needed).or_default().push(node);
        }
    }

    /// The next node that waits for nothing, in the order of the plan.
    fn next(&mut self) -> Option<Node> {
        let node = self.ready.pop_first()?;
        self.waiting.remove(&node);
        Some(node)
    }

    fn finish(
        &mut self,
        node: Node,
        result: std::result::Result<usize, Stopped>,
        plan: &Plan,
        events: &dyn Events,
    ) {
        let (index, _) = node;
        let address = &plan.changes[index].address;
        match result {
            Ok(done) => {
                *self.done.entry(index).or_default() += done;
                for dependant in self.dependants.remove(&node).unwrap_or_default() {
                    if let Some(needs) = self.waiting.get_mut(&dependant) {
                        *needs = needs.saturating_sub(1);
                        if *needs == 0 {
                            self.ready.insert(dependant);
                        }
                    }
                }
                let more = self.waiting.contains_key(&(index, Step::Cleanup));
                if !more {
                    events.event(Event::Applied { address });
                }
            }
            Err(stopped) => {
                *self.done.entry(index).or_default() += stopped.done;
                let message = &stopped.trouble.message;
                events.event(if stopped.trouble.pending {
                    Event::Pending { address, message }
                } else {
                    Event::Failed { address, message }
                });
                self.failed.insert(index, stopped);
                self.skip_dependants(index, plan, events);
            }
        }
    }

    /// Everything that waits for a failed change, directly or not, is not tried.
    fn skip_dependants(&mut self, failed: usize, plan: &Plan, events: &dyn Events) {
        let mut lost = BTreeSet::from([(failed, Step::Main), (failed, Step::Cleanup)]);
        while let Some(node) = lost.pop_first() {
            let (index, step) = node;
            // Whoever lost its first half has no second one.
            let other = (index, Step::Cleanup);
            if self.waiting.contains_key(&other) {
                lost.insert(other);
            }
            // A cleanup that is not tried leaves its change half done, which is told with the change itself.
            if self.waiting.remove(&node).is_some() && step == Step::Main && index != failed {
                self.skipped.insert(index, failed);
                events.event(Event::Skipped {
                    address: &plan.changes[index].address,
                    because_of: Some(&plan.changes[failed].address),
                });
            }
            self.ready.remove(&node);
            for dependant in self.dependants.remove(&node).unwrap_or_default() {
                if self.waiting.contains_key(&dependant) {
                    lost.insert(dependant);
                }
            }
        }
    }

    fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.failed.is_empty()
    }

    fn outcomes<E: Execute + Sync>(
        &self,
        plan: &Plan,
        runner: &Runner<'_, E>,
        events: &dyn Events,
    ) -> Vec<Outcome> {
        let outcome = |(i, change): (usize, &Change)| {
            let done = self.done.get(&i).copied().unwrap_or_default();
            let mut outcome = Outcome {
                address: change.address.clone(),
                action: change.action,
                result: Result::Applied,
                verified: None,
                message: None,
                hint: None,
                because_of: None,
                operations_done: done,
                operations: change.operations.len(),
                id: runner.id_of(&change.address).or_else(|| change.id.clone()),
            };
            if matches!(change.action, Action::NoOp | Action::Adopt) {
                outcome.result = Result::Unchanged;
            } else if let Some(stopped) = self.failed.get(&i) {
                let trouble = &stopped.trouble;
                outcome.result = if trouble.pending { Result::Pending } else { Result::Failed };
                outcome.message = Some(trouble.message.clone());
                outcome.hint.clone_from(&trouble.hint);
            } else if let Some(cause) = self.skipped.get(&i) {
                outcome.result = Result::Skipped;
                outcome.because_of = Some(plan.changes[*cause].address.clone());
            } else if change.action == Action::Blocked {
                outcome.result = Result::Skipped;
                outcome.message = Some("blocked when the plan was made".to_owned());
            } else if self.waiting.contains_key(&(i, Step::Main)) {
                outcome.result = Result::Skipped;
                outcome.message = Some("interrupted before it began".to_owned());
                events.event(Event::Skipped { address: &change.address, because_of: None });
            } else if done < change.operations.len() {
                outcome.result = Result::Failed;
                outcome.message = Some("its cleanup was not done".to_owned());
            }
            outcome
        };
        plan.changes.iter().enumerate().map(outcome).collect()
    }
}

/// The changes that run and that `change` waits for, directly or through changes that do nothing.
fn behind(plan: &Plan, index: &BTreeMap<&Address, usize>, change: &Change) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut queue: Vec<&Address> = change.depends_on.iter().collect();
    while let Some(address) = queue.pop() {
        let Some(&i) = index.get(address) else { continue };
        if !seen.insert(i) {
            continue;
        }
        if plan.changes[i].action.writes() {
            found.insert(i);
        } else {
            queue.extend(&plan.changes[i].depends_on);
        }
    }
    found
}
