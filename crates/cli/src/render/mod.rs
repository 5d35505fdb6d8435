//! Renderers: pure functions from the plan's nouns to text.

pub(crate) mod diagnostics;
pub(crate) mod doctor;
pub(crate) mod drift;
pub(crate) mod look;
pub(crate) mod markdown;
pub(crate) mod report;
pub(crate) mod safe;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod text;
pub(crate) mod values;
