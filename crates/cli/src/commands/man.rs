//! `man`: manual pages.

use clap::CommandFactory as _;

use super::unprintable;
use crate::arguments::{Arguments, Man};
use crate::exit::{Exit, Failure};
use crate::render::safe::safe;
use crate::tenant::Context;
use crate::terminal::Level;

/// Prints the page of the whole program, or writes that and one page a command.
pub(super) fn run(arguments: &Man, context: Context<'_>) -> Result<Exit, Failure> {
    let Some(folder) = &arguments.out else {
        let mut page = Vec::new();
        clap_mangen::Man::new(Arguments::command()).render(&mut page).map_err(|error| unprintable(&error))?;
        context.print(&titled(&String::from_utf8_lossy(&page)))?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Arguments::command(), folder))
        .and_then(|()| {
            let first = folder.join("anteroom.1");
            std::fs::write(&first, titled(&std::fs::read_to_string(&first)?))
        })
        .map_err(|error| Failure::file("write the pages to", folder, &error))?;
    context.terminal.say(Level::Info, &format!("Manual pages are in {}.", safe(&folder.to_string_lossy())));
    Ok(Exit::Done)
}

/// The page with a title of its own over what stands behind the options.
fn titled(page: &str) -> String {
    page.replace("\n.SH EXTRA\n", "\n.SH \"EXIT STATUS AND ENVIRONMENT\"\n")
}
