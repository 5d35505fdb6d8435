//! Management roles.

use super::{Answer, Call};
use crate::access::{ADMINISTRATIVE_ROLES, APPLICATION_ROLES, role_named};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::rendering::{Cell, Column};
use crate::tenant::Tenant;

/// A role by name or GUID, or the refusal.
pub(crate) fn known(name: &str) -> Result<&'static str, CmdletError> {
    let derived = Guid::parse(name).and_then(|guid| all_roles().find(|role| role_guid(role) == guid));
    derived.or_else(|| role_named(name)).ok_or_else(|| {
        if name.eq_ignore_ascii_case("ApplicationImpersonation") {
            return CmdletError::new(
                CmdletError::INVALID,
                "The role 'ApplicationImpersonation' is no longer available in Exchange Online. Use RBAC for \
                 Applications instead.",
            );
        }
        CmdletError::not_found(name)
    })
}

fn all_roles() -> impl Iterator<Item = &'static str> {
    ADMINISTRATIVE_ROLES.iter().chain(APPLICATION_ROLES).copied()
}

fn role_guid(role: &str) -> Guid {
    Guid::derive(role, u64::MAX)
}

const ROLE_COLUMNS: &[Column<&'static str>] = &[
    ("Identity", |r, _| Cell::text(*r)),
    ("Id", |r, _| Cell::text(*r)),
    ("Name", |r, _| Cell::text(*r)),
    ("RoleType", |r, _| Cell::text(r.chars().filter(char::is_ascii_alphanumeric).collect::<String>())),
    ("IsRootRole", |_, _| Cell::Flag(true)),
    ("IsEndUserRole", |_, _| Cell::Flag(false)),
    ("DistinguishedName", |r, t| Cell::text(t.configuration_name("Roles", r))),
    ("Guid", |r, _| Cell::Guid(role_guid(r))),
    ("OrganizationId", |_, t| Cell::text(&t.initial_domain)),
    ("IsValid", |_, _| Cell::Flag(true)),
];

/// Get-ManagementRole: by name (with `*`), or all.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let roles: Vec<&'static str> = match call.parameters.text("Identity") {
        None => all_roles().collect(),
        Some(text) if text.contains('*') => {
            let parts: Vec<String> = text.to_lowercase().split('*').map(str::to_owned).collect();
            all_roles().filter(|role| wildcard(&parts, &role.to_lowercase())).collect()
        }
        Some(text) => vec![known(text).map_err(|_| CmdletError::not_found(text))?],
    };
    Ok(call.few(tenant, ROLE_COLUMNS, &roles))
}

/// Whether `text` is made of `parts` with anything between them.
fn wildcard(parts: &[String], text: &str) -> bool {
    let [first, middle @ .., last] = parts else { return false };
    let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
    for part in middle {
        let Some(place) = rest.find(part.as_str()) else { return false };
        rest = &rest[place + part.len()..];
    }
    rest.ends_with(last.as_str())
}
