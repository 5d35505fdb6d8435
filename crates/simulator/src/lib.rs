//! A whole simulated Microsoft 365 tenant behind HTTP: tokens, Microsoft Graph v1.0 and the Exchange Online admin
//! endpoint, as far as service accounts, applications, room lists, management scopes, role groups and role assignments
//! need them. It serves `--simulate`, demos and tests, and works with other people's clients too.
//!
//! It is strict where the service is strict (parameters, parameter sets, lengths, uniqueness, references), rewrites what
//! the service rewrites (filters, distinguished names, owners), and is deterministic: GUIDs, times and order come from
//! the seed and the tenant's own clock, never from randomness or the wall clock.
//!
//! # Surface
//!
//! | path | what |
//! | --- | --- |
//! | `POST /{tenant}/oauth2/v2.0/token` | client credentials, by secret or assertion; beside it the openid configuration and `/common/discovery/instance` |
//! | `/v1.0/…` | Graph: users, subscribedSkus, assignLicense, servicePrincipals, appRoleAssignments, appRoleAssignedTo, oauth2PermissionGrants, organization, `$batch` |
//! | `POST /adminapi/beta/{tenant}/InvokeCommand` | one cmdlet; next links are followed by POST with the same body |
//! | `POST /adminapi/beta/{tenant}/$batch` | up to ten of them, with absolute URLs |
//! | `GET /_simulator/tenant` | everything, as [`Tenant::to_json`] writes it |
//! | `GET, DELETE /_simulator/counters` | requests in all, by route and by cmdlet, and writes |
//! | `GET, PUT /_simulator/faults` | `noise`, `unreadable: [cmdlet or path beginning]`, `latencyMs`, `mailboxDelay` (reads, or `{seconds}`), `distinguishedNameDelay` (reads), `failNext: [{cmdlet, times, status, retryAfter, after}]`; a PUT replaces all of them |
//! | `GET, PUT /_simulator/clock` | `{now, step}`; `{advance: seconds}` moves it on |
//! | `POST /_simulator/invoke` | `{cmdlet, parameters}`, by an administrator's hand and without a token |
//! | `GET /_simulator/log` | every attempt to write, passwords blanked |
//!
//! # Where the service's own behaviour is not known
//!
//! - An `Identity` that names nothing is an error; `null` and an empty text answer everything, as the cmdlets' pages warn.
//! - A group that an application makes without `ManagedBy` is owned by Organization Management, with a warning.
//! - `Set-DistributionGroup -RoomList:$false` turns a list back into a plain group.
//! - `null` clears a property; it is refused for `CustomResourceScope`, which has no documented way back to the whole organisation.
//! - Without `ResultSize` a cmdlet that has it answers 1,000 rows at most, over all pages.
//! - A parameter that the real cmdlet has and the simulator does not act on is refused by name, never ignored.
//! - Exclusive scopes are kept, told apart and never given to applications, but they take nobody's access away: nothing here would ask.
//!
//! # Example
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
