//! `validate`: every check that needs no tenant.

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::Loaded;

use crate::arguments::{Validate, ValidateFormat};
use crate::exit::{Exit, Failure};
use crate::manifest;
use crate::render::diagnostics;
use crate::tenant::Context;

/// Findings are what was asked for, so they go to standard output.
pub(super) fn run(arguments: &Validate, context: Context<'_>) -> Result<Exit, Failure> {
    let Loaded { manifest, sources, diagnostics } = manifest::read(&arguments.paths.paths)?;
    match arguments.format {
        ValidateFormat::Text => {
            let mut text = diagnostics::text(&diagnostics, &sources, context.terminal.look());
            if let Some(manifest) = &manifest {
                let resources = manifest.resources.len();
                let plural = if resources == 1 { "" } else { "s" };
                put!(text, "Valid: {resources} resource{plural} for {}.\n", manifest.edition.title());
            }
            context.print(&text)?;
        }
        ValidateFormat::Json => context.print_json(&diagnostics)?,
        ValidateFormat::Github => context.print(&diagnostics::github(&diagnostics))?,
    }
    let failed = manifest.is_none() || diagnostics.iter().any(Diagnostic::is_error);
    Ok(if failed { Exit::Error } else { Exit::Done })
}
