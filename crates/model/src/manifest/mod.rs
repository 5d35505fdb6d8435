//! The manifest: what a person writes, read and checked.
//!
//! [`load`] reads YAML files through [`Files`], decodes every entry field by field, resolves references, runs every
//! check, and tells all findings at once, each with file, line and column. Only a manifest without errors is returned.

pub(crate) mod check;
pub(crate) mod decode;
pub(crate) mod entry;
mod files;
mod header;
mod lists;
mod load;
pub(crate) mod lower;
mod near;
pub(crate) mod node;
mod policy;
pub(crate) mod recipients;
pub(crate) mod report;
pub(crate) mod schema;
mod syntax;
pub(crate) mod texts;
mod whole;

use std::path::PathBuf;

use indexmap::IndexMap;

pub use self::check::{Check, checks};
pub use self::entry::Reading;
pub use self::files::{Disk, Files};
pub(crate) use self::files::{seen_from, tidy};
pub use self::load::load;
pub(crate) use self::near::nearest;
pub use self::policy::{MaxDeletions, Policy};
pub use self::schema::schema;
use crate::address::Address;
use crate::cloud::Cloud;
use crate::diagnostic::Diagnostic;
use crate::place::Sources;
use crate::resource::{Edition, Resource};

/// A manifest without errors.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// Which product serves the tenant.
    pub edition: Edition,
    /// The cloud of Microsoft 365 that the tenant is in; the global one for Exchange Server, where it says nothing.
    pub cloud: Cloud,
    /// The tenant: its initial domain or its id.
    pub tenant: String,
    /// Every resource, in the order of the files.
    pub resources: IndexMap<Address, Resource>,
    /// What a plan may do at most.
    pub policy: Policy,
    /// The files, for drawing diagnostics.
    pub sources: Sources,
    /// SHA-256 in hex over the contents of every file in the order of reading, lists beside the manifest included. It
    /// does not depend on where the files lie.
    pub digest: String,
    /// The folder that paths in resources are relative to: that of the first file.
    pub folder: PathBuf,
}

/// What loading came to.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The manifest; there is none where a finding is an error.
    pub manifest: Option<Manifest>,
    /// The files that were read.
    pub sources: Sources,
    /// Every finding, in the order of [`crate::diagnostic::sort`].
    pub diagnostics: Vec<Diagnostic>,
}
