//! The nouns of Anteroom: the manifest and its loader, addresses, kinds, the snapshot, changes, operations, the plan
//! and diagnostics; and the capabilities (`ports`) through which the upper floors meet. Nothing here does I/O but
//! the loader, and that only through [`manifest::Files`].

pub mod address;
pub mod change;
pub mod cloud;
mod delivery;
pub mod diagnostic;
pub mod kind;
pub mod kinds;
pub mod manifest;
pub mod operation;
pub mod password;
pub mod place;
pub mod plan;
pub mod ports;
pub mod resource;
pub mod settled;
pub mod snapshot;
pub mod state;
pub mod value;
