//! `doctor`: whether the way to the tenant is open, and whether whoever signs in may do what is to be done.

use anteroom_exchange::doctor::{Check, Outcome};
use anteroom_model::cloud::Cloud;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::Manifest;
use anteroom_model::resource::{Edition, Resource};
use serde::Serialize;

use crate::arguments::{self, DoctorFormat};
use crate::environment::{Environment, TENANT_ID};
use crate::exit::{Exit, Failure};
use crate::manifest;
use crate::render::doctor;
use crate::simulated::Seed;
use crate::tenant::{Context, Place};

/// What `doctor --format json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Examination<'a> {
    tenant: &'a str,
    /// Whether what a manifest needs was looked at, rather than what any could need.
    of_manifest: bool,
    failed: usize,
    checks: &'a [Check],
}

/// Examines and tells. With a manifest it looks at what this one needs, without one at what any could need.
pub(super) async fn run(arguments: &arguments::Doctor, context: Context<'_>) -> Result<Exit, Failure> {
    let manifest = found(arguments, context)?;
    let alone = if manifest.is_none() { tenant_alone(context)? } else { String::new() };
    let place = match &manifest {
        Some(manifest) => manifest.into(),
        None => Place { tenant: &alone, edition: Edition::ExchangeOnline, cloud: Cloud::default() },
    };
    let tenant = place.tenant;
    let resources: Option<Vec<Resource>> =
        manifest.as_ref().map(|manifest| manifest.resources.values().cloned().collect());
    let readable = context.open(place).await?;
    let checks = readable.reader.examine(resources.as_deref()).await;
    readable.progress.finish();
    let failed = checks.iter().filter(|check| check.outcome == Outcome::Failed).count();
    match arguments.format {
        DoctorFormat::Text => {
            context.print(&doctor::text(tenant, resources.is_some(), &checks, context.terminal.look()))?;
        }
        DoctorFormat::Json => {
            let of_manifest = resources.is_some();
            context.print_json(&Examination { tenant, of_manifest, failed, checks: &checks })?;
        }
    }
    Ok(if failed == 0 { Exit::Done } else { Exit::Error })
}

/// The manifest that was named, or that is here. None that is here is no error: there is much to look at without one.
fn found(arguments: &arguments::Doctor, context: Context<'_>) -> Result<Option<Manifest>, Failure> {
    let paths = &arguments.paths.paths;
    match manifest::open(paths, context.terminal) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(failure) => {
            let missing = failure.diagnostics.iter().any(|one| one.id == "manifest-missing");
            if paths.is_empty() && missing { Ok(None) } else { Err(failure) }
        }
    }
}

/// The tenant where no manifest names one.
fn tenant_alone(context: Context<'_>) -> Result<String, Failure> {
    if let Some(seed) = &context.global.simulate {
        return Ok(Seed::find(seed)?.open()?.domain().to_owned());
    }
    Environment::read().tenant().map(str::to_owned).ok_or_else(|| {
        Diagnostic::error("tenant-missing", format!("no manifest is here, and {TENANT_ID} is not set"))
            .hint("name a manifest, or set it to the tenant's id or one of its domains")
            .into()
    })
}
