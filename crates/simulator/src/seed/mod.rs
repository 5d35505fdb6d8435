//! Seeds: a YAML description from which a tenant grows.

mod access;
mod build;
mod generate;
mod schema;

use crate::error::SeedError;
use crate::tenant::Tenant;

/// Reads a seed and grows the tenant.
pub(crate) fn grow(yaml: &str) -> Result<Tenant, SeedError> {
    let seed: schema::Seed = serde_yaml::from_str(yaml).map_err(|error| {
        let error = error.without_snippet();
        let place = error.location().map(|location| (location.line(), location.column()));
        SeedError::new(place, first_line(&error.to_string()))
    })?;
    build::grow(&seed)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}
