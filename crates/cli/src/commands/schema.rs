//! `schema`: JSON Schemas of what a person writes and of what programs read.

use anteroom_apply::Report;
use anteroom_model::plan::Plan;
use schemars::schema_for;

use crate::arguments::{Schema, SchemaOf};
use crate::exit::{Exit, Failure};
use crate::tenant::Context;

/// Prints a schema, as it is kept in `schemas/`.
pub(super) fn run(arguments: &Schema, context: Context<'_>) -> Result<Exit, Failure> {
    match arguments.of {
        SchemaOf::Manifest => context.print_json(&anteroom_model::manifest::schema())?,
        SchemaOf::Plan => context.print_json(&schema_for!(Plan))?,
        SchemaOf::Report => context.print_json(&schema_for!(Report))?,
    }
    Ok(Exit::Done)
}
