//! A whole simulated Microsoft 365 tenant behind HTTP: tokens, Microsoft Graph v1.0 and the Exchange Online admin
//! endpoint, as far as service accounts, applications, room lists, management scopes, role groups and role assignments
//! need them. It serves `--simulate`, demos and tests, and works with other people's clients too.
//!
//! It is strict where the service is strict (parameters, parameter sets, lengths, uniqueness, references), rewrites what
//! the service rewrites (filters, distinguished names, owners), and is deterministic: GUIDs, times and order come from
//! the seed and the tenant's own clock, never from randomness or the wall clock.
//!
//! ```
//! use anteroom_simulator::{DEFAULT_SEED, Simulator, Tenant};
//!
//! let tenant = Tenant::from_seed(DEFAULT_SEED)?;
//! assert_eq!(tenant.domain(), "contoso.onmicrosoft.com");
//!
//! let simulator = Simulator::new(tenant);
//! let mut parameters = serde_json::Map::new();
//! parameters.insert("Identity".into(), "boardroom@contoso.com".into());
//! let rows = simulator.invoke("Get-Mailbox", parameters)?;
//! assert_eq!(rows[0]["RecipientTypeDetails"], "RoomMailbox");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod clock;
mod cmdlets;
mod control;
mod directory;
mod entra;
mod error;
mod exchange_http;
mod faults;
mod graph;
mod guid;
mod http;
mod noise;
mod recipient;
mod record;
mod rendering;
mod seed;
mod simulator;
mod tenant;
mod token;

pub use error::{CmdletError, SeedError};
pub use simulator::Simulator;
pub use tenant::Tenant;

/// The seed that is used where none is named: `examples/tenants/contoso.yaml`.
pub const DEFAULT_SEED: &str = include_str!("../../../examples/tenants/contoso.yaml");
