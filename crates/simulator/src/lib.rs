//! A whole simulated Microsoft 365 tenant behind HTTP: tokens, Microsoft Graph v1.0 and the Exchange Online admin
//! endpoint, as far as service accounts, applications, room lists, management scopes, role groups and role assignments
//! need them. It serves `--simulate`, demos and tests, and works with other people's clients too.
//!
//! It is strict where the service is strict (parameters, parameter sets, lengths, uniqueness, references), rewrites what
//! the service rewrites (filters, distinguished names, owners), and is deterministic: GUIDs, times and order come from
//! the seed and the tenant's own clock, never from randomness. The wall clock decides on tokens, and on faults that take time.
//!
//! # Surface
//!
//! | path | what |
//! | --- | --- |
//! | `POST /{tenant}/oauth2/v2.0/token` | client credentials, by secret or assertion (its form, times, parties and audience are checked, no signature); beside it the openid configuration and `/common/discovery/instance` |
//! | `/v1.0/…` | Graph: users, groups (to read), subscribedSkus, assignLicense, servicePrincipals, appRoleAssignments, appRoleAssignedTo, oauth2PermissionGrants, organization, `$batch` |
//! | `POST /adminapi/beta/{tenant}/InvokeCommand` | one cmdlet; next links are followed by POST with the same body |
//! | `POST /adminapi/beta/{tenant}/$batch` | up to ten of them, with absolute URLs |
//! | `POST /adminapi/v2.0/{tenant}/{OrganizationConfig, AcceptedDomain, Mailbox, DistributionGroupMember}` | the one cmdlet that each endpoint has, for the permission `Exchange.ManageAsAppV2` |
//! | `/keyvault/{vault}/secrets/…` | secrets and their versions, with tags; in memory only, never in `/_simulator/tenant` nor in the log |
//! | `GET /_simulator/tenant` | everything, as [`Tenant::to_json`] writes it |
//! | `GET, DELETE /_simulator/counters` | requests in all, by route and by cmdlet, and writes; `throttled`, `failed`, `lost`; and `seconds`, what Graph and Exchange answered and answered 429, second by second |
//! | `GET, PUT /_simulator/faults` | what goes wrong, see below; a PUT replaces all of them |
//! | `GET, PUT /_simulator/clock` | `{now, step}`; `{advance: seconds}` moves it on, and with it the time that really goes by |
//! | `POST /_simulator/invoke` | `{cmdlet, parameters}`, by an administrator's hand and without a token |
//! | `GET /_simulator/log` | every attempt to write, passwords blanked |
//!
//! # Faults
//!
//! All of them compose, and none touches `/_simulator` itself. They belong to a run: a kept tenant does not
//! hold them, and those that a seed states (`faults:`) hold for the run that begins with it.
//! Every chance is drawn from `seed`, from what the request means and from how often this same request has come, so the
//! order in which different requests come does not matter; passwords and ports do not count. A request that failed four
//! times in a row gets through, unless its share is 1.
//!
//! | fault | what |
//! | --- | --- |
//! | `seed` | a number; 0 unless said otherwise |
//! | `throttled` | a share from 0 to 1 of what goes to Graph and Exchange is answered 429, half of it with `Retry-After` of `retryAfterSeconds` (1); whole requests and parts of batches. Or an object of shares by `graph`, `exchange`, `token`, `keyVault`, cmdlet or path beginning |
//! | `errors` | the same of 500, 502, 503 and 504, of transient exceptions as 400 (Exchange), and of connections that break; nothing is done |
//! | `lost` | the same of answers that are lost, as 503, 504 or a broken connection; all is done |
//! | `rateLimit` | `{perSecond, burst, headers}`, for Graph and Exchange one each: a bucket that fills steadily. Parts of batches count singly, a batch itself does not. 429 always has `Retry-After`. With `headers`, Exchange tells `Rate-Limit-Limit` (the burst), `Rate-Limit-Remaining` and `Rate-Limit-Reset` (when the whole burst is there again), and Graph `x-ms-throttle-limit-percentage` from 0.8 on |
//! | `failNext` | `[{cmdlet, times, status, retryAfter, after}]`: the next calls of a cmdlet or to a path beginning; with `after`, they are carried out |
//! | `unreadable` | cmdlets and path beginnings that answer 503 |
//! | `latencyMs` | added to every answer |
//! | `noise` | answers in another order and letter case, and warnings in the body or in `X-Warnings` |
//! | `oneRowFirstPage` | the first page of a collection holds one row and a next link, whatever was asked for |
//! | `linkLifetimeSeconds` | how long next links are good |
//! | `lagSeconds` | reads answer from the tenant as it was then; writes see the present. Not by an administrator's hand |
//! | `allOnMissingIdentity` | a Get- cmdlet whose `Identity` names nothing answers everything |
//! | `mailboxDelay` | between a licence and its mailbox: a number of reads, or `{seconds}` |
//! | `distinguishedNameDelay` | reads during which a new group shows no `DistinguishedName` |
//! | `dehydrated` | the organisation is not customised, from when this is set |
//! | `enableSeconds` | between Enable-OrganizationCustomization and `IsDehydrated` being false |
//! | `enableFailsFirst` | its first call is refused, and does nothing |
//! | `tokenLifetimeSeconds` | of tokens that are issued from now on |
//! | `clockSkewSeconds` | by which the `Date` header and the times in tokens are ahead |
//! | `withoutPermissions` | Graph permissions, `Exchange.ManageAsApp`, `Exchange.ManageAsAppV2` and the roles `Exchange Administrator` and `Key Vault Secrets Officer` that nobody has |
//!
//! Times are of the wall clock, and `advance` under `/_simulator/clock` moves them on.
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
mod admin_api;
mod assertion;
mod clock;
mod cmdlets;
mod connection;
mod control;
mod directory;
mod entra;
mod error;
mod exchange_http;
mod faults;
mod graph;
mod guid;
mod http;
mod key_vault;
mod noise;
mod recipient;
mod record;
mod rendering;
mod replica;
mod seed;
mod simulator;
mod tenant;
mod time;
mod tls;
mod token;

pub use error::{CmdletError, SeedError};
pub use faults::{FaultError, Faults, WORDS as FAULT_WORDS, Word as FaultWord};
pub use simulator::Simulator;
pub use tenant::Tenant;
pub use tls::{TlsError, TlsIdentity};

/// The seed that is used where none is named: `examples/tenants/contoso.yaml`.
pub const DEFAULT_SEED: &str = include_str!("../../../examples/tenants/contoso.yaml");
