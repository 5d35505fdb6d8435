//! `completions`: for a shell to source.

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Completions};
use crate::exit::{Exit, Failure};
use crate::tenant::Context;

/// Prints the completions of a shell.
pub(super) fn run(arguments: &Completions, context: Context<'_>) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "anteroom", &mut script);
    context.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
