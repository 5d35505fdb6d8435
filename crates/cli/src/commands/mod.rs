//! The commands, one a file.

mod apply;
mod completions;
mod doctor;
mod drift;
mod man;
mod plan;
mod schema;
mod show;
mod simulate;
mod validate;

use std::future::Future;

use anteroom_model::diagnostic::Diagnostic;
use serde::Serialize;

use crate::arguments::Command;
use crate::exit::{Exit, Failure};
use crate::tenant::Context;

/// Runs a command.
pub(crate) fn run(command: &Command, context: Context<'_>) -> Result<Exit, Failure> {
    context.check_faults(matches!(command, Command::Simulate(_)))?;
    match command {
        Command::Validate(arguments) => validate::run(arguments, context),
        Command::Plan(arguments) => block_on(plan::run(arguments, context)),
        Command::Show(arguments) => show::run(arguments, context),
        Command::Apply(arguments) => block_on(apply::run(arguments, context)),
        Command::Drift(arguments) => block_on(drift::run(arguments, context)),
        Command::Doctor(arguments) => block_on(doctor::run(arguments, context)),
        Command::Schema(arguments) => schema::run(arguments, context),
        Command::Simulate(arguments) => simulate::run(arguments, context),
        Command::Completions(arguments) => completions::run(arguments, context),
        Command::Man(arguments) => man::run(arguments, context),
    }
}

/// Runs what waits for a network. One thread is enough: there is more waiting than work.
fn block_on(future: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Diagnostic::error("runtime", format!("the program cannot start its event loop: {error}"))
    })?;
    runtime.block_on(future)
}

/// Until somebody asks the program to end: Ctrl-C, or the signal of a supervisor that cancels a job.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Where no signal can be heard, the process ends without us.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Context<'_> {
    /// Prints data.
    fn print(self, text: &str) -> Result<(), Failure> {
        self.terminal.print(text).map_err(|error| unprintable(&error))
    }

    /// Prints a value as JSON.
    fn print_json(self, value: &impl Serialize) -> Result<(), Failure> {
        let json = serde_json::to_string_pretty(value).map_err(|error| {
            Diagnostic::error("json", format!("the result cannot be written as JSON: {error}"))
        })?;
        self.terminal.print_json(&format!("{json}\n")).map_err(|error| unprintable(&error))
    }
}

fn unprintable(error: &std::io::Error) -> Failure {
    Diagnostic::error("output", format!("cannot write to standard output: {error}")).into()
}
