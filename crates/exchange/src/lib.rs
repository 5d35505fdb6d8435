//! The outside world: connecting to a tenant, observing it, compiling changes to operations and executing them.
//!
//! [`connect`] makes two ends of one connection. A [`Reader`] observes and can be handed to whatever plans; a [`Writer`]
//! executes and is handed to whatever applies. [`Compiler`] stands between them and does no I/O. Each kind of resource
//! has one adapter, in one table; nothing else here knows kinds by name.

mod adapters;
mod batch_answer;
mod compiler;
mod connection;
mod decode;
pub mod doctor;
mod empty;
mod endpoints;
mod exchange_api;
mod facts;
mod graph_api;
mod graph_path;
mod observe;
mod reader;
mod rights;
mod rows;
mod script;
mod secret;
mod secrets;
pub mod sign_in;
mod writer;

pub use compiler::Compiler;
pub use connection::{ConnectError, Options, Progress, Quiet, connect};
pub use empty::EmptyTenant;
pub use endpoints::{Audience, Endpoints};
pub use exchange_api::ExchangeApi;
pub use reader::Reader;
pub use secret::Secret;
pub use secrets::{Programs, SecretStores, Vaults};
pub use sign_in::Credential;
pub use writer::Writer;
