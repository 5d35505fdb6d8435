//! The table of kinds: one file a kind, one row a file.

mod applications;
mod management_scopes;
mod organization;
mod password_delivery;
mod role_assignments;
mod role_groups;
mod roles;
mod room_list_parts;
mod room_lists;
mod service_accounts;
mod widen;

pub use self::widen::widen;
use crate::change::Change;
use crate::diagnostic::Diagnostic;
use crate::kind::KindSpec;
use crate::resource::Resource;
use crate::snapshot::Snapshot;

/// Turns one resource into those that stand for it in the tenant, the first of which keeps its address.
pub type Expand = fn(&Resource, &Snapshot) -> Vec<Resource>;

/// Part `number` of a resource, as it is observed; none where the resource is not split.
pub type NumberedPart = fn(&Resource, usize) -> Option<Resource>;

/// What a person should read before a change is made.
pub type Remarks = fn(&Change, &Resource) -> Vec<Diagnostic>;

/// What takes effect later than a change is written; none where nothing does.
pub type Delay = fn(&Change) -> Option<&'static str>;

/// What applications may do is cached. Page "Role Based Access Control for Applications in Exchange Online".
const APPLICATION_CACHE: &str = "What applications may do (their role assignments, the scopes and groups in these) changes after 30 minutes to 2 hours: Exchange caches it.";

/// Every kind, in the order in which the manifest shows them.
pub(crate) static TABLE: [&KindSpec; 7] = [
    &organization::SPEC,
    &service_accounts::SPEC,
    &applications::SPEC,
    &room_lists::SPEC,
    &management_scopes::SPEC,
    &role_groups::SPEC,
    &role_assignments::SPEC,
];
