//! Changes into operations.

use anteroom_model::change::{Action, Change};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::Operation;
use anteroom_model::ports::Compile;
use anteroom_model::resource::{Edition, Resource};
use anteroom_model::snapshot::Snapshot;

use crate::adapters;
use crate::script::Context;

/// Turns changes into the cmdlets and Graph requests of one edition. Pure: the same change gives the same operations.
#[derive(Clone, Copy, Debug)]
pub struct Compiler {
    edition: Edition,
}

impl Compiler {
    /// A compiler for one edition: parameters that only the other one has are left out.
    pub const fn new(edition: Edition) -> Self {
        Self { edition }
    }
}

impl Compile for Compiler {
    fn compile(
        &self,
        change: &Change,
        resource: &Resource,
        snapshot: &Snapshot,
    ) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        if matches!(change.action, Action::NoOp | Action::Adopt | Action::Blocked) {
            return Ok(Vec::new());
        }
        let Some(adapter) = adapters::of(change.kind) else {
            let text = format!("nothing here knows how to change a {}", change.kind.title);
            return Err(vec![Diagnostic::error("kind-not-supported", text).about(&change.address)]);
        };
        let object = snapshot.object(&change.address);
        adapter.compile(&Context { edition: self.edition, change, resource, snapshot, object })
    }
}
