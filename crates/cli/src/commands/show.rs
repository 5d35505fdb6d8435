//! `show`: a saved plan, drawn.

use anteroom_model::place::Sources;

use super::plan::{graph, print};
use crate::arguments::Show;
use crate::exit::{Exit, Failure};
use crate::plan_file;
use crate::tenant::Context;

/// Needs neither a manifest nor a tenant.
pub(super) fn run(arguments: &Show, context: Context<'_>) -> Result<Exit, Failure> {
    let plan = plan_file::read(&arguments.file)?;
    if arguments.graph {
        context.print(&graph(&plan))?;
    } else {
        print(&plan, &Sources::default(), arguments.format, context)?;
    }
    Ok(Exit::Done)
}
