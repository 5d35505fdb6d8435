//! The capabilities that the upper floors are handed. What only plans can name no writer.

use std::future::Future;
use std::pin::Pin;

use indexmap::IndexMap;

use crate::change::Change;
use crate::diagnostic::Diagnostic;
use crate::operation::{Delivery, Method, Operation, Refusal};
use crate::password::Password;
use crate::resource::Resource;
use crate::snapshot::Snapshot;

/// Reads a tenant.
pub trait Observe {
    /// Everything that these resources need, in one pass. It never fails as a whole: what could not be read is
    /// [`crate::snapshot::Observation::Unreadable`].
    fn observe(&self, resources: &[Resource]) -> impl Future<Output = Snapshot> + Send;
}

/// Turns a change into operations, without I/O.
pub trait Compile {
    /// The operations of one change, or why there are none. `resource` is the desired side with every member known;
    /// `change` says what differs.
    fn compile(
        &self,
        change: &Change,
        resource: &Resource,
        snapshot: &Snapshot,
    ) -> Result<Vec<Operation>, Vec<Diagnostic>>;
}

/// Executes calls.
pub trait Execute {
    /// Sends calls that do not depend on each other, and tells each one's outcome in the same order.
    fn execute(&self, calls: Vec<Request>) -> impl Future<Output = Vec<Result<Answer, Failure>>> + Send;
}

/// Makes passwords and delivers them.
pub trait Secrets: Send + Sync {
    /// Whether a password of `owner` could be delivered, as far as that can be told without delivering one: a folder that
    /// cannot be written, a program that is not there, a vault that refuses. Nothing is made and nothing left behind.
    fn check<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()>;

    /// The password of `owner`, such as a user principal name: made and delivered, or taken from where an interrupted
    /// run delivered it for the same owner before. What was delivered before and cannot be read back is kept beside the
    /// new one, where the place can hold both: the earlier run's account may yet turn up.
    fn deliver<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, Password>;

    /// The owner has the password now: what was delivered is never taken for another.
    fn settle<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()>;
}

/// What [`Secrets`] answers, once it has.
pub type Delivering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Undelivered>> + Send + 'a>>;

/// Why a password cannot be delivered, or what was delivered not be settled. It holds no part of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// What happened and where, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A call with every gap filled.
#[derive(Clone, PartialEq)]
pub enum Request {
    /// An Exchange cmdlet.
    Cmdlet {
        /// Its name.
        cmdlet: String,
        /// Its parameters as JSON.
        parameters: IndexMap<String, serde_json::Value>,
    },
    /// A Microsoft Graph request.
    Graph {
        /// The method.
        method: Method,
        /// The path below `/v1.0`.
        path: String,
        /// The body.
        body: Option<serde_json::Value>,
    },
}

impl std::fmt::Debug for Request {
    // Parameters and bodies may hold a password: they are never printed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Cmdlet { cmdlet, .. } => write!(f, "{cmdlet} …"),
            Self::Graph { method, path, .. } => write!(f, "{} {path}", method.as_str()),
        }
    }
}

/// What a service answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The objects, with annotations stripped. A Graph object is one row; a Graph collection is its rows.
    pub rows: Vec<serde_json::Map<String, serde_json::Value>>,
    /// Warnings in the service's own words.
    pub warnings: Vec<String>,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The sort.
    pub refusal: Refusal,
    /// The service's own words, or those of the connection.
    pub message: String,
    /// The service's id of the request, for support.
    pub request_id: Option<String>,
    /// What to do about it, where that is known.
    pub hint: Option<String>,
}
