//! The command line of Anteroom: arguments, files, terminal, exit status. What it does itself is words; everything
//! else is wired here from the floors below.

#[macro_use]
mod write;

mod arguments;
mod commands;
mod environment;
mod exit;
mod files;
mod logging;
mod manifest;
mod plan_file;
mod progress;
mod render;
mod settling;
mod simulated;
mod state_file;
mod tenant;
mod terminal;

use std::process::ExitCode;

use arguments::{Arguments, Global};
use exit::{Exit, Failure};
use tenant::Context;
use terminal::{Level, Terminal};

/// The one place that decides how the program ends.
fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return refuse(&error).into(),
    };
    let terminal = Terminal::new(&arguments.global);
    logging::start(&arguments.global);
    let context = Context { global: &arguments.global, terminal };
    let exit = commands::run(&arguments.command, context).unwrap_or_else(|failure| {
        let Failure { exit, diagnostics, sources } = failure;
        // One finding needs no count.
        let render =
            if diagnostics.len() == 1 { render::diagnostics::drawn } else { render::diagnostics::text };
        terminal.say(Level::Error, &render(&diagnostics, &sources, terminal.narration_look()));
        exit
    });
    exit.into()
}

/// Prints help or the version where they were asked for, and says what is wrong otherwise.
fn refuse(error: &clap::Error) -> Exit {
    let terminal = Terminal::new(&Global::default());
    let text = error.render().ansi().to_string();
    if error.use_stderr() {
        terminal.say(Level::Error, &text);
        return Exit::Usage;
    }
    // Help that cannot be printed is not worth a second error.
    terminal.print(&text).map_or(Exit::Error, |()| Exit::Done)
}
