//! `apply`: the tenant becomes what the manifest, or a saved plan, says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anteroom_apply::{Options, Patience, Report, Result as Outcome};
use anteroom_exchange::{SecretStores, Writer};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::Delivery;
use anteroom_model::place::Sources;
use anteroom_model::plan::Plan;
use anteroom_model::ports::{Observe as _, Secrets};
use anteroom_plan::{ABSENT, Moved};

use super::asked_to_end;
use super::plan::{Chosen, draw, make, tell_cost};
use crate::arguments::{self, ReportFormat};
use crate::environment;
use crate::exit::{Exit, Failure};
use crate::manifest;
use crate::plan_file;
use crate::progress::{Applying, Settling};
use crate::render::{diagnostics, report};
use crate::settling;
use crate::simulated::{Seed, SimulatedSecrets};
use crate::state_file::StateFile;
use crate::tenant::{Context, Readable};
use crate::terminal::{Level, Terminal};

/// Plans or reads a plan, asks, applies, reports and remembers.
pub(super) async fn run(arguments: &arguments::Apply, context: Context<'_>) -> Result<Exit, Failure> {
    let ready = match saved_plan(&arguments.paths)? {
        Some(path) => {
            if arguments.guards.is_given() {
                return Err(Failure::usage(
                    format!("{} is a saved plan, which is applied as it is", path.display()),
                    "give --only, --exclude, --max-deletions and --allow-empty to `anteroom plan --out` instead",
                ));
            }
            Ready::from_file(path, context).await?
        }
        None => Ready::from_manifest(arguments, context).await?,
    };
    ready.go_on(arguments, context).await
}

/// The saved plan, where that is what the paths name.
fn saved_plan(paths: &[PathBuf]) -> Result<Option<&Path>, Failure> {
    let mut plans = Vec::new();
    for path in paths.iter().filter(|path| path.is_file()) {
        // A manifest in another encoding than UTF-8 is for its loader to tell.
        let text = std::fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        if plan_file::is_plan(&String::from_utf8_lossy(&text)) {
            plans.push(path.as_path());
        }
    }
    match plans.as_slice() {
        [] => Ok(None),
        [plan] if paths.len() == 1 => Ok(Some(plan)),
        [plan, ..] => Err(Failure::usage(
            format!("{} is a saved plan, and there are other paths beside it", plan.display()),
            "apply one saved plan at a time, or manifests",
        )),
    }
}

/// A plan, the tenant it is for, and what is remembered of it.
struct Ready {
    plan: Plan,
    sources: Sources,
    tenant: Readable,
    writer: Writer,
    state: StateFile,
}

impl Ready {
    async fn from_manifest(arguments: &arguments::Apply, context: Context<'_>) -> Result<Self, Failure> {
        let manifest = manifest::open(&arguments.paths, context.terminal)?;
        let chosen = Chosen::of(&arguments.guards, &manifest)?;
        let (tenant, writer) = context.open_to_write((&manifest).into()).await?;
        let state = StateFile::open(context.state_path()?, &manifest.tenant)?;
        let plan = make(&tenant.reader, &manifest, state.state(), &chosen).await;
        tenant.progress.finish();
        tenant.refuse_if_nobody(&plan)?;
        Ok(Self { plan, sources: manifest.sources, tenant, writer, state })
    }

    async fn from_file(path: &Path, context: Context<'_>) -> Result<Self, Failure> {
        let plan = plan_file::read(path)?;
        let (tenant, writer) = context.open_to_write((&plan).into()).await?;
        let state = StateFile::open(context.state_path()?, &plan.tenant)?;
        let ready = Self { plan, sources: Sources::default(), tenant, writer, state };
        if ready.plan.is_applicable() {
            ready.refuse_if_stale().await?;
        }
        Ok(ready)
    }

    /// Reads again what the plan is about. A plan that is no longer true writes nothing.
    async fn refuse_if_stale(&self) -> Result<(), Failure> {
        let subjects: Vec<_> = self.plan.changes.iter().map(|change| change.subject.clone()).collect();
        let snapshot = Box::pin(self.tenant.reader.observe(&subjects)).await;
        self.tenant.progress.finish();
        let moved = anteroom_plan::stale(&self.plan, &snapshot);
        if moved.is_empty() {
            return Ok(());
        }
        let mut findings = self.tenant.reader.sign_in().refusals();
        findings.extend(stale(&moved));
        Err(findings.into())
    }

    async fn go_on(mut self, arguments: &arguments::Apply, context: Context<'_>) -> Result<Exit, Failure> {
        tell_cost(&self.plan, context);
        match arguments.format {
            ReportFormat::Text => context.print(&draw(&self.plan, &self.sources, context.terminal.look()))?,
            ReportFormat::Json => {
                let look = context.terminal.narration_look();
                context.terminal.say(Level::Info, &draw(&self.plan, &self.sources, look));
            }
        }
        if !self.plan.is_applicable() {
            return Err(
                Diagnostic::error("plan-has-errors", "the plan has errors, and nothing was written").into()
            );
        }
        let asks = self.plan.has_changes() && !arguments.auto_approve;
        if asks && !Terminal::can_ask() {
            return Err(Diagnostic::error(
                "not-approved",
                "nobody can be asked here, and nothing was written",
            )
            .hint("run it on a terminal, or say --auto-approve")
            .into());
        }
        let secrets = self.secrets(context)?;
        let refused = anteroom_apply::undeliverable(&self.plan, &*secrets).await;
        if !refused.is_empty() {
            return Err(refused.into());
        }
        if asks {
            if !approved(context)? {
                return Ok(Exit::Error);
            }
            // Answering takes its time; somebody else may have changed the tenant meanwhile.
            self.refuse_if_stale().await?;
        }
        let patience = patience(arguments);
        let outcome = self.execute(&*secrets, patience, context).await;
        // The tenant is kept first: whatever else fails, what was written must not be lost.
        let kept = self.tenant.simulated.as_mut().map(crate::simulated::Simulated::keep).transpose();
        let Some(mut done) = outcome else {
            kept.map_err(Failure::in_part)?;
            context.terminal.say(Level::Error, "Ended at once. Run the same apply again to go on.");
            return Ok(Exit::Partial);
        };
        let recorded = self.state.record(&self.plan, &done);
        self.look_again(&mut done, patience, context).await;
        match arguments.format {
            ReportFormat::Json => context.print_json(&done)?,
            ReportFormat::Text if self.plan.has_changes() => {
                context.print(&format!("\n{}", report::text(&done, context.terminal.look())))?;
            }
            // The plan has said that there is nothing to do.
            ReportFormat::Text => {}
        }
        // The changes say only that nobody was signed in any more.
        let refusals = self.tenant.reader.sign_in().refusals();
        if !refusals.is_empty() {
            let look = context.terminal.narration_look();
            context.terminal.say(Level::Error, &diagnostics::drawn(&refusals, &self.sources, look));
        }
        // What is done in the tenant is done, whatever cannot be written down here.
        let after = |failure: Failure| if done.applied_anything() { failure.in_part() } else { failure };
        kept.map_err(after)?;
        recorded.map_err(after)?;
        Ok(status(&done))
    }

    /// Where passwords go: to the places that the plan names, or, for a simulated tenant, to a folder of its own.
    fn secrets(&self, context: Context<'_>) -> Result<Box<dyn Secrets>, Failure> {
        let Some(seed) = &context.global.simulate else {
            let stores = SecretStores::new(environment::programs());
            return Ok(Box::new(stores.with_vaults(self.writer.vaults())));
        };
        let seed = Seed::find(seed)?;
        if self.plan.deliveries().next().is_some() {
            let mut line = format!("Its passwords are delivered below {}.", seed.secrets().display());
            if self.plan.deliveries().any(|to| matches!(to, Delivery::Command(_) | Delivery::KeyVault { .. }))
            {
                line.push_str(" No program is run and no vault is asked.");
            }
            context.terminal.say(Level::Info, &line);
        }
        Ok(Box::new(SimulatedSecrets::of(&seed)))
    }

    /// Applies the plan. The first Ctrl-C lets what is in flight finish; the second gives none.
    async fn execute(
        &self,
        secrets: &dyn Secrets,
        patience: Patience,
        context: Context<'_>,
    ) -> Option<Report> {
        let cancel = Arc::new(AtomicBool::new(false));
        let changes = self.plan.changes.iter().filter(|change| change.action.writes()).count();
        let progress = Applying::start(context.terminal, changes);
        self.tenant.progress.waits_with(&progress);
        let options =
            Options { concurrency: context.global.concurrency, patience, retries: context.global.retries };
        let applying = anteroom_apply::apply(&self.plan, &self.writer, secrets, &progress, &cancel, &options);
        let report = tokio::select! {
            report = applying => Some(report),
            () = interrupted_twice(&cancel, context.terminal) => None,
        };
        progress.finish();
        report
    }

    /// Reads what was written until the tenant shows it, and tells what takes effect later. Ctrl-C ends the reading.
    async fn look_again(&self, done: &mut Report, patience: Patience, context: Context<'_>) {
        let written: BTreeSet<_> = done
            .outcomes
            .iter()
            .filter(|outcome| outcome.result == Outcome::Applied)
            .map(|outcome| outcome.address.clone())
            .collect();
        done.notes = anteroom_plan::delays(&self.plan, &written).into_iter().map(str::to_owned).collect();
        if done.interrupted || written.is_empty() {
            return;
        }
        let progress = Settling::start(context.terminal);
        let tell = |elapsed, open| progress.waiting(elapsed, open);
        tokio::select! {
            () = settling::settle(&self.plan, &self.tenant.reader, patience, done, tell) => {}
            () = asked_to_end() => {
                context.terminal.say(Level::Info, "Whether the tenant shows what was written is not looked at further.");
            }
        }
        progress.finish();
        self.tenant.progress.finish();
    }
}

const fn patience(arguments: &arguments::Apply) -> Patience {
    match (arguments.no_wait, arguments.wait) {
        (true, _) => Patience::None,
        (false, Some(limit)) => Patience::UpTo(limit),
        (false, None) => Patience::AsPlanned,
    }
}

async fn interrupted_twice(cancel: &AtomicBool, terminal: Terminal) {
    for said in [
        "Stopping: what is in flight is finished first. Ctrl-C again ends at once.",
        "Ending, with requests in flight.",
    ] {
        asked_to_end().await;
        cancel.store(true, Ordering::Relaxed);
        terminal.say(Level::Info, said);
    }
}

fn approved(context: Context<'_>) -> Result<bool, Failure> {
    let question = "\nApply these changes? Only \"yes\" is accepted: ";
    let answer = Terminal::ask(question)
        .map_err(|error| Diagnostic::error("input", format!("the answer cannot be read: {error}")))?;
    if answer.is_none() {
        // The input ended on the line of the question.
        context.terminal.say(Level::Info, "");
    }
    let yes = answer.as_deref() == Some("yes");
    if !yes {
        context.terminal.say(Level::Info, "Not applied; nothing was written.");
    }
    Ok(yes)
}

/// One finding for each resource that is no longer as the plan saw it.
fn stale(moved: &[Moved]) -> Vec<Diagnostic> {
    let mut findings: Vec<Diagnostic> = moved
        .iter()
        .map(|one| {
            let what = match (one.was.as_str(), one.is.as_str()) {
                (_, "") => "could not be read again",
                (ABSENT, _) => "was not there when the plan was made, and is there now",
                (_, ABSENT) => "was there when the plan was made, and is gone",
                _ => "is not as it was when the plan was made",
            };
            Diagnostic::error("plan-stale", what).about(&one.address)
        })
        .collect();
    if let Some(last) = findings.last_mut() {
        last.hint = Some("nothing was written; plan again and look at what changed".to_owned());
    }
    findings
}

fn status(report: &Report) -> Exit {
    if report.is_complete() && !settling::contradicts(report) {
        Exit::Done
    } else if report.applied_anything() {
        Exit::Partial
    } else {
        Exit::Error
    }
}

#[cfg(test)]
mod tests {
    use anteroom_apply::{Outcome, Report, Result};
    use anteroom_model::change::Action;
    use anteroom_model::settled::{Sight, Unsettled};
    use anteroom_model::value::Value;
    use anteroom_plan::{ABSENT, Moved};
    use insta::assert_snapshot;

    use super::{saved_plan, stale, status};
    use crate::exit::Exit;
    use crate::files::scratch;

    fn report(outcomes: &[(Result, usize)]) -> Report {
        let outcome = |(result, operations_done): &(Result, usize)| Outcome {
            address: "roomLists.london".into(),
            action: Action::Create,
            result: *result,
            verified: None,
            message: None,
            hint: None,
            because_of: None,
            operations_done: *operations_done,
            operations: 2,
            id: None,
        };
        Report { outcomes: outcomes.iter().map(outcome).collect(), ..Report::default() }
    }

    #[test]
    fn the_status_says_whether_anything_was_left_half_done() {
        assert_eq!(status(&report(&[])), Exit::Done);
        assert_eq!(status(&report(&[(Result::Applied, 2), (Result::Unchanged, 0)])), Exit::Done);
        assert_eq!(status(&report(&[(Result::Applied, 2), (Result::Failed, 0)])), Exit::Partial);
        assert_eq!(status(&report(&[(Result::Failed, 1), (Result::Skipped, 0)])), Exit::Partial);
        assert_eq!(status(&report(&[(Result::Failed, 0), (Result::Skipped, 0)])), Exit::Error);
        assert_eq!(status(&report(&[(Result::Pending, 1), (Result::Skipped, 0)])), Exit::Partial);
        assert_eq!(status(&report(&[(Result::Pending, 0)])), Exit::Error);
    }

    #[test]
    fn what_is_only_late_is_done_and_what_is_otherwise_is_not() {
        let mut late = report(&[(Result::Applied, 2)]);
        late.unsettled = vec![Unsettled {
            address: "roomLists.london".into(),
            attribute: None,
            expected: Value::text("London"),
            observed: Value::Null,
            sight: Sight::Before,
            message: None,
        }];
        assert_eq!(status(&late), Exit::Done);
        late.unsettled[0].sight = Sight::Unreadable;
        assert_eq!(status(&late), Exit::Done);
        late.unsettled[0].sight = Sight::Other;
        assert_eq!(status(&late), Exit::Partial);
    }

    #[test]
    fn what_moved_is_told_in_words() {
        let moved = |address: &str, was: &str, is: &str| Moved {
            address: address.into(),
            was: was.to_owned(),
            is: is.to_owned(),
        };
        let findings = stale(&[
            moved("roomLists.a", "1", "2"),
            moved("roomLists.b", ABSENT, "2"),
            moved("roomLists.c", "1", ABSENT),
            moved("roomLists.d", "1", ""),
        ]);
        let lines: Vec<String> = findings
            .iter()
            .map(|one| {
                format!("{} {}", one.address.as_ref().map_or("", |address| address.as_str()), one.summary)
            })
            .collect();
        assert_snapshot!(lines.join("\n"), @r#"
        roomLists.a is not as it was when the plan was made
        roomLists.b was not there when the plan was made, and is there now
        roomLists.c was there when the plan was made, and is gone
        roomLists.d could not be read again
        "#);
        assert!(findings[3].hint.is_some());
    }

    #[test]
    fn a_saved_plan_is_told_by_its_content_and_stands_alone() {
        let folder = scratch("saved-plan");
        let (plan, manifest) = (folder.join("a.yaml"), folder.join("b.plan"));
        std::fs::write(&plan, "\u{feff}{ \"formatVersion\": \"1.0\" }").unwrap();
        std::fs::write(&manifest, "version: 1\n").unwrap();
        assert_eq!(saved_plan(std::slice::from_ref(&plan)).unwrap(), Some(plan.as_path()));
        assert_eq!(saved_plan(&[manifest.clone(), folder.clone()]).unwrap(), None);
        assert_eq!(saved_plan(&[plan, manifest]).unwrap_err().exit, Exit::Usage);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
