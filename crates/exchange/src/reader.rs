//! The end of a connection that reads.

use std::fmt;
use std::sync::Arc;

use anteroom_model::ports::Observe;
use anteroom_model::resource::Resource;
use anteroom_model::snapshot::Snapshot;

use crate::connection::Connection;
use crate::doctor::{self, Check};
use crate::observe;
use crate::sign_in::SignIn;

/// Reads a tenant. Made by [`crate::connect`]. It has no method that writes: what is handed only this cannot change
/// anything.
///
/// ```compile_fail
/// fn writes(reader: &anteroom_exchange::Reader) -> impl Future {
///     anteroom_model::ports::Execute::execute(reader, Vec::new())
/// }
/// ```
pub struct Reader {
    connection: Arc<Connection>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("tenant", &self.connection.tenant).finish_non_exhaustive()
    }
}

impl Reader {
    pub(crate) const fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// The sign-in that the connection uses.
    pub fn sign_in(&self) -> &SignIn {
        self.connection.sign_in()
    }
}

impl Reader {
    /// Looks at the way to the tenant, at who is signed in, and at whether that permits what these resources need; without
    /// resources, what any manifest could need. It reads and does nothing else.
    pub async fn examine(&self, resources: Option<&[Resource]>) -> Vec<Check> {
        // The checks' futures are large, and only one of them is needed at a time.
        Box::pin(doctor::examine(&self.connection, resources)).await
    }
}

impl Observe for Reader {
    async fn observe(&self, resources: &[Resource]) -> Snapshot {
        observe::observe(&self.connection, resources).await
    }
}
