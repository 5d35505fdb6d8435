//! Settling: what an apply wrote is read again until the tenant shows it.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anteroom_apply::{Patience, Pauses, Report, Result, pause};
use anteroom_model::address::Address;
use anteroom_model::plan::Plan;
use anteroom_model::ports::Observe;
use anteroom_model::settled::Sight;
use tokio::time::Instant;

/// How long it is waited for where nobody says otherwise. Reads lag seconds behind writes, seldom a minute.
const LIMIT: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(400);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Reads what was written until the tenant shows it or the time is over, and notes what it does not show in the report.
/// Only what was not shown yet is read again. `tell` hears how long it has waited, and for how many resources.
pub(crate) async fn settle<O: Observe>(
    plan: &Plan,
    reader: &O,
    patience: Patience,
    report: &mut Report,
    tell: impl Fn(Duration, usize),
) {
    let limit = match patience {
        Patience::AsPlanned => LIMIT,
        Patience::None => Duration::ZERO,
        Patience::UpTo(limit) => limit,
    };
    let mut open: BTreeSet<Address> = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.result == Result::Applied)
        .map(|outcome| outcome.address.clone())
        .collect();
    let begun = Instant::now();
    let mut pauses = Pauses::new(FIRST_PAUSE, LONGEST_PAUSE);
    while !open.is_empty() {
        let snapshot = Box::pin(reader.observe(&anteroom_plan::settling(plan, &open))).await;
        let unsettled = anteroom_plan::settled(plan, &open, &snapshot);
        let still: BTreeSet<Address> = unsettled.iter().map(|one| one.address.clone()).collect();
        for outcome in report.outcomes.iter_mut().filter(|outcome| open.contains(&outcome.address)) {
            outcome.verified = Some(!still.contains(&outcome.address));
        }
        open = still;
        // What somebody else made of it seldom turns into what was written.
        let may_come = unsettled.iter().any(|one| one.sight != Sight::Other);
        report.unsettled = unsettled;
        let elapsed = begun.elapsed();
        let left = (if may_come { limit } else { limit / 4 }).saturating_sub(elapsed);
        if open.is_empty() || left.is_zero() {
            break;
        }
        tell(elapsed, open.len());
        pause(pauses.next().unwrap_or(left).min(left), &AtomicBool::new(false)).await;
    }
}

/// Whether the tenant shows something else than what was written, which is not only late.
pub(crate) fn contradicts(report: &Report) -> bool {
    report.unsettled.iter().any(|one| one.sight == Sight::Other)
}
