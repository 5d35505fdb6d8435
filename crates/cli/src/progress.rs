//! Progress on standard error: drawn over itself on a terminal, a line now and then elsewhere.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anteroom_apply::{Event, Events};
use anteroom_exchange::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::render::report::{Finished, finished};
use crate::render::safe::safe;
use crate::terminal::{Level, Terminal};

/// A wait that takes longer is told, and told again each time that much more has passed.
const LONG_WAIT: Duration = Duration::from_secs(30);
/// Waiting for what was written to be shown is told sooner: there is nothing else going on.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// Where nothing is drawn, what a service asks to wait is told from here on.
const LONG_PAUSE: Duration = Duration::from_secs(10);
/// How often what is drawn moves.
const TICK: Duration = Duration::from_millis(120);

/// What is drawn, or nothing where nothing can be.
fn bar(terminal: Terminal, length: Option<u64>, template: &str) -> ProgressBar {
    if !terminal.can_draw() {
        return ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.tick_chars("-\\|/ "));
    }
    bar.enable_steady_tick(TICK);
    bar
}

/// Progress of reading the tenant, and what the services ask to wait, whatever goes on. Where it cannot be drawn, only
/// long waits are told; `-v` logs what goes on.
pub(crate) struct Observing {
    terminal: Terminal,
    bar: ProgressBar,
    /// How many objects of each sort came so far.
    counts: Mutex<HashMap<String, u64>>,
    /// Where waits are drawn: on what is drawn last.
    waits: Mutex<ProgressBar>,
    /// Until when a wait has been told, so that not everybody who waits tells it again.
    told: Mutex<Option<Instant>>,
}

impl Observing {
    /// Begins.
    pub(crate) fn start(terminal: Terminal) -> Self {
        let bar = bar(terminal, None, "{spinner} Reading the tenant: {wide_msg}");
        Self {
            terminal,
            waits: Mutex::new(bar.clone()),
            bar,
            counts: Mutex::new(HashMap::new()),
            told: Mutex::new(None),
        }
    }

    /// From now on waits are drawn where the apply is.
    pub(crate) fn waits_with(&self, applying: &Applying) {
        *self.waits.lock().unwrap_or_else(PoisonError::into_inner) = applying.bar.clone();
    }

    /// Whether a wait is worth a line, at this moment.
    fn is_worth_telling(&self, now: Instant, wait: Duration) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let worth = wait > LONG_PAUSE && told.is_none_or(|until| now >= until);
        if worth {
            *told = now.checked_add(wait);
        }
        worth
    }

    /// Removes what is drawn.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Observing {
    fn observed(&self, what: &str, done: u64) {
        if self.bar.is_hidden() {
            return;
        }
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.insert(what.to_owned(), done);
        let total: u64 = counts.values().sum();
        drop(counts);
        self.bar.set_message(if what == "objects" {
            format!("{total} objects")
        } else {
            format!("{total} objects ({})", safe(what))
        });
    }

    fn waiting(&self, why: &str, for_: Duration) {
        let text = format!("waiting {} s: {}", for_.as_secs().max(1), safe(why));
        let bar = self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if !bar.is_hidden() {
            bar.set_message(text);
        } else if self.is_worth_telling(Instant::now(), for_) {
            self.terminal.say(Level::Info, &text);
        }
    }
}

/// Progress of an apply.
pub(crate) struct Applying {
    bar: ProgressBar,
    terminal: Terminal,
    /// When each wait that goes on is told next.
    waits: Mutex<HashMap<String, Duration>>,
}

impl Applying {
    /// Begins; so many changes will be made.
    pub(crate) fn start(terminal: Terminal, changes: usize) -> Self {
        let length = u64::try_from(changes).unwrap_or(u64::MAX);
        let bar = bar(terminal, Some(length), "{spinner} Applying {pos} of {len}: {wide_msg}");
        Self { bar, terminal, waits: Mutex::new(HashMap::new()) }
    }

    /// Removes what is drawn.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, level: Level, text: &str) {
        self.bar.suspend(|| self.terminal.say(level, text));
    }

    fn done(&self, outcome: Finished<'_>, address: &str) {
        let level = if matches!(outcome, Finished::Failed(_)) { Level::Error } else { Level::Info };
        self.line(level, &finished(outcome, address, self.terminal.narration_look()));
        self.bar.inc(1);
    }

    /// Whether a wait has gone on for so long that it is told (again).
    fn is_due(&self, address: &str, elapsed: Duration) -> bool {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        // A wait that began anew is told from its own beginning.
        let next = waits.entry(address.to_owned()).or_insert(LONG_WAIT);
        if elapsed + LONG_WAIT < *next {
            *next = LONG_WAIT;
        }
        let due = elapsed >= *next;
        if due {
            *next = elapsed + LONG_WAIT;
        }
        due
    }
}

impl Events for Applying {
    fn event(&self, event: Event<'_>) {
        let message = |text: String| self.bar.set_message(Cow::Owned(text));
        match event {
            Event::Started { address, .. } => message(safe(address.as_str()).into_owned()),
            Event::Operation { address, title } => {
                message(format!("{}: {}", safe(address.as_str()), safe(title)));
            }
            Event::Waiting { address, until, elapsed, limit } => {
                let text = format!(
                    "{}: waiting {} of at most {} s until {}",
                    safe(address.as_str()),
                    elapsed.as_secs(),
                    limit.as_secs(),
                    safe(until)
                );
                if self.bar.is_hidden() {
                    if self.is_due(address.as_str(), elapsed) {
                        self.terminal.say(Level::Info, &text);
                    }
                } else {
                    message(text);
                }
            }
            Event::Applied { address } => self.done(Finished::Applied, address.as_str()),
            Event::Pending { address, message } => self.done(Finished::Pending(message), address.as_str()),
            Event::Failed { address, message } => self.done(Finished::Failed(message), address.as_str()),
            Event::Skipped { address, because_of } => {
                self.done(
                    Finished::Skipped(because_of.map(anteroom_model::address::Address::as_str)),
                    address.as_str(),
                );
            }
        }
    }
}

/// Progress of looking whether the tenant shows what was written.
pub(crate) struct Settling {
    bar: ProgressBar,
    terminal: Terminal,
    /// When it is told next where nothing can be drawn.
    next: Mutex<Duration>,
}

impl Settling {
    /// Begins.
    pub(crate) fn start(terminal: Terminal) -> Self {
        let bar = bar(terminal, None, "{spinner} {wide_msg}");
        bar.set_message("Looking whether the tenant shows what was written");
        Self { bar, terminal, next: Mutex::new(FIRST_WAIT) }
    }

    /// It has waited for so long, and so many resources are not shown as they were written.
    pub(crate) fn waiting(&self, elapsed: Duration, open: usize) {
        let text = format!(
            "Waiting {} s until the tenant shows {open} of the resources as they were written",
            elapsed.as_secs()
        );
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if self.bar.is_hidden() && elapsed >= *next {
            *next = elapsed + LONG_WAIT;
            self.terminal.say(Level::Info, &text);
        }
        self.bar.set_message(text);
    }

    /// Removes what is drawn.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Applying, Observing};
    use crate::arguments::Global;
    use crate::terminal::Terminal;

    #[test]
    fn a_wait_is_told_every_half_minute_and_each_wait_from_its_own_beginning() {
        let progress = Applying::start(Terminal::new(&Global::default()), 1);
        let told: Vec<u64> = (0..=95)
            .step_by(5)
            .filter(|second| progress.is_due("roomLists.london", Duration::from_secs(*second)))
            .collect();
        assert_eq!(told, [30, 60, 90]);
        assert!(!progress.is_due("roomLists.london", Duration::from_secs(5)));
        assert!(progress.is_due("roomLists.london", Duration::from_secs(31)));
    }

    #[test]
    fn a_long_wait_is_told_once_and_not_by_everybody_who_waits() {
        let progress = Observing::start(Terminal::new(&Global::default()));
        let begun = Instant::now();
        let told = |after: u64, wait: u64| {
            progress.is_worth_telling(begun + Duration::from_secs(after), Duration::from_secs(wait))
        };
        assert!(!told(0, 10), "short ones are nobody's concern");
        assert!(told(1, 30) && !told(2, 30) && !told(30, 60));
        assert!(told(31, 60));
    }
}
