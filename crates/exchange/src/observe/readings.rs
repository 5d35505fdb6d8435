//! What was read for one run, before anybody makes sense of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anteroom_model::address::Address;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::ports::Failure;

use super::directory::Directory;
use crate::rows;

/// A read that failed.
#[derive(Clone, Debug)]
pub(crate) struct Unread {
    /// The cmdlet or Graph request.
    pub(crate) what: String,
    pub(crate) failure: Failure,
}

impl Unread {
    pub(crate) fn new(what: &str, failure: Failure) -> Self {
        Self { what: what.to_owned(), failure }
    }

    /// A read that answered with something else than was asked for.
    pub(crate) fn because(what: &str, message: impl Into<String>) -> Self {
        let refusal = anteroom_model::operation::Refusal::Other;
        Self::new(what, Failure { refusal, message: message.into(), request_id: None, hint: None })
    }

    /// The diagnostic of a resource that depends on the read.
    pub(crate) fn about(&self, address: &Address) -> Diagnostic {
        let Failure { message, request_id, hint, .. } = &self.failure;
        let mut diagnostic =
            Diagnostic::error("unreadable", format!("{} could not be read: {message}", self.what))
                .about(address);
        diagnostic.detail = request_id.as_ref().map(|id| format!("request id {id}"));
        diagnostic.hint.clone_from(hint);
        diagnostic
    }
}

/// A read: done, failed, or never made.
pub(crate) type Part<T> = Option<Result<T, Unread>>;

/// The outcome of a read that somebody asked for.
pub(crate) fn got<'a, T>(part: Option<&'a Result<T, Unread>>, what: &str) -> Result<&'a T, Unread> {
    match part {
        Some(Ok(value)) => Ok(value),
        Some(Err(unread)) => Err(unread.clone()),
        None => Err(Unread::because(what, "it was not asked for")),
    }
}

/// What is read first: everything that the resources name.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each list of the tenant is either read or not")]
pub(crate) struct Asks {
    pub(crate) organization: bool,
    /// Whether the applications that may use Exchange Web Services are asked for, too.
    pub(crate) ews_access: bool,
    /// Primary addresses of room lists.
    pub(crate) room_lists: BTreeSet<String>,
    /// Whether all room lists are read, however few are named.
    pub(crate) all_room_lists: bool,
    pub(crate) scopes: bool,
    pub(crate) assignments: bool,
    pub(crate) role_groups: bool,
    pub(crate) roles: bool,
    pub(crate) pointers: bool,
    /// User principal names.
    pub(crate) users: BTreeSet<String>,
    pub(crate) licenses: bool,
    /// Application ids of service principals.
    pub(crate) applications: BTreeSet<String>,
    /// Application ids of those whose permissions are asked for.
    pub(crate) resources: BTreeSet<String>,
    /// Recipient filters.
    pub(crate) queries: BTreeSet<String>,
}

/// What is read second: what belongs to objects that were found.
#[derive(Debug, Default)]
pub(crate) struct FollowUps {
    /// Groups whose members are asked for: GUIDs, and addresses of those that the manifest only names.
    pub(crate) group_members: BTreeSet<String>,
    /// GUIDs of role groups whose members are asked for.
    pub(crate) role_group_members: BTreeSet<String>,
    /// Object ids of service principals whose consents are asked for.
    pub(crate) consents: BTreeSet<String>,
    /// Whether role assignments are asked for, where the first reads did not bring them.
    pub(crate) assignments: bool,
}

/// The room lists that were read.
#[derive(Debug, Default)]
pub(crate) struct RoomLists {
    /// All of them, by primary address in lower case.
    pub(crate) all: Part<HashMap<String, Vec<rows::Group>>>,
    /// Groups of any sort, by the address that was asked for, in lower case.
    pub(crate) by_address: HashMap<String, Result<Vec<rows::Group>, Unread>>,
}

/// Consents of one application.
#[derive(Debug, Default)]
pub(crate) struct Consents {
    pub(crate) roles: Vec<rows::AppRoleAssignment>,
    pub(crate) grants: Vec<rows::PermissionGrant>,
}

/// The members of one group.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// Primary addresses in lower case, in the order of the service.
    pub(crate) addresses: Vec<String>,
    /// How many have none.
    pub(crate) without_address: usize,
    /// Those that are groups themselves.
    pub(crate) groups: Vec<String>,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    pub(crate) organization: Part<rows::Organization>,
    pub(crate) room_lists: RoomLists,
    pub(crate) scopes: Part<Vec<rows::Scope>>,
    pub(crate) assignments: Part<Vec<rows::Assignment>>,
    pub(crate) role_groups: Part<Vec<rows::RoleGroup>>,
    pub(crate) roles: Part<Vec<rows::Role>>,
    pub(crate) pointers: Part<Vec<rows::Pointer>>,
    /// By user principal name in lower case.
    pub(crate) users: HashMap<String, Result<Option<rows::User>, Unread>>,
    pub(crate) licenses: Part<Vec<rows::Sku>>,
    /// By application id in lower case.
    pub(crate) applications: HashMap<String, Result<Option<rows::ServicePrincipal>, Unread>>,
    /// By application id in lower case.
    pub(crate) resources: HashMap<String, Result<Option<rows::ServicePrincipal>, Unread>>,
    /// Those of consents that no manifest names, by object id.
    pub(crate) other_resources: HashMap<String, Result<Option<rows::ServicePrincipal>, Unread>>,
    /// By the group's GUID, or its address where the manifest only names it.
    pub(crate) group_members: HashMap<String, Result<Members, Unread>>,
    /// By the role group's GUID.
    pub(crate) role_group_members: HashMap<String, Result<Vec<rows::RoleGroupMember>, Unread>>,
    /// By the service principal's object id.
    pub(crate) consents: HashMap<String, Result<Consents, Unread>>,
    /// By filter.
    pub(crate) queries: BTreeMap<String, Result<Vec<String>, Unread>>,
    /// Recipients that were looked up.
    pub(crate) directory: Directory,
    /// Rows that came back.
    pub(crate) objects: u64,
}

impl Readings {
    /// How many objects the first reads brought.
    pub(super) fn listed(&self) -> u64 {
        fn length<T>(part: Option<&Result<Vec<T>, Unread>>) -> usize {
            part.and_then(|read| read.as_ref().ok()).map_or(0, Vec::len)
        }
        fn found<T>(reads: &HashMap<String, Result<Option<T>, Unread>>) -> usize {
            reads.values().flatten().flatten().count()
        }
        let lists = length(self.scopes.as_ref())
            + length(self.assignments.as_ref())
            + length(self.role_groups.as_ref())
            + length(self.roles.as_ref())
            + length(self.pointers.as_ref())
            + length(self.licenses.as_ref());
        let single = found(&self.users) + found(&self.applications) + found(&self.resources);
        let all = self.room_lists.all.as_ref().and_then(|read| read.as_ref().ok()).map_or(0, HashMap::len);
        let some: usize = self.room_lists.by_address.values().flatten().map(Vec::len).sum();
        let queried: usize = self.queries.values().flatten().map(Vec::len).sum();
        (lists + single + all + some + queried) as u64
    }

    /// The service principal with this object id, among those whose permissions were read.
    pub(crate) fn resource_by_id(&self, id: &str) -> Option<&rows::ServicePrincipal> {
        let named = self.resources.values().flatten().flatten();
        let others = self.other_resources.values().flatten().flatten();
        named.chain(others).find(|resource| resource.id.eq_ignore_ascii_case(id))
    }
}
