//! `drift`: what is no longer as the manifest says. It reads and does nothing else.

use anteroom_model::diagnostic::Diagnostic;

use super::plan::{Chosen, make, tell_cost};
use crate::arguments::{self, DriftFormat};
use crate::exit::{Exit, Failure};
use crate::manifest;
use crate::render::{diagnostics, drift};
use crate::state_file::StateFile;
use crate::tenant::Context;

/// Prints drift. What could not be read is neither drift nor its absence: the status is then that of an error.
pub(super) async fn run(arguments: &arguments::Drift, context: Context<'_>) -> Result<Exit, Failure> {
    let manifest = manifest::open(&arguments.paths.paths, context.terminal)?;
    let tenant = context.open((&manifest).into()).await?;
    let state = StateFile::open(context.state_path()?, &manifest.tenant)?;
    let plan = make(&tenant.reader, &manifest, state.state(), &Chosen::everything()).await;
    tenant.progress.finish();
    tenant.refuse_if_nobody(&plan)?;
    tell_cost(&plan, context);
    let found = anteroom_plan::drift(&plan);
    match arguments.format {
        DriftFormat::Text => {
            let look = context.terminal.look();
            let mut text = drift::text(&found, look);
            if !found.diagnostics.is_empty() {
                text.push('\n');
                let sorted = diagnostics::errors_last(&found.diagnostics);
                text.push_str(&diagnostics::text(&sorted, &manifest.sources, look));
            }
            context.print(&text)?;
        }
        DriftFormat::Json => context.print_json(&found)?,
        DriftFormat::Markdown => context.print(&drift::markdown(&found))?,
    }
    Ok(if !found.unreadable.is_empty() || found.diagnostics.iter().any(Diagnostic::is_error) {
        Exit::Error
    } else if found.drifted.is_empty() {
        Exit::Done
    } else {
        Exit::Differences
    })
}
