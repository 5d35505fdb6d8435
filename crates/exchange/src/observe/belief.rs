//! Answers that are not believed: what came back is not what the service can have.

use super::readings::{Part, Unread};
use crate::rows;

/// Role groups that every organisation of Exchange has, and that cannot be removed. Those of Microsoft Purview, which
/// answers the same cmdlet, have other names.
const BUILT_IN_ROLE_GROUPS: [&str; 3] =
    ["Organization Management", "Recipient Management", "View-Only Organization Management"];

/// Role groups, unless they are another service's.
pub(super) fn of_exchange(read: Part<Vec<rows::RoleGroup>>) -> Part<Vec<rows::RoleGroup>> {
    let Some(Ok(groups)) = read else { return read };
    let built_in = |group: &rows::RoleGroup| {
        group.name.as_deref().is_some_and(|name| BUILT_IN_ROLE_GROUPS.contains(&name))
    };
    if groups.iter().any(built_in) {
        return Some(Ok(groups));
    }
    let why = format!(
        "none of Exchange's own role groups is among the {} that came back: another service seems to have answered",
        groups.len()
    );
    Some(Err(Unread::because("Get-RoleGroup", why)))
}
