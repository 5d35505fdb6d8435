//! Finding what an `Identity` means, with the service's refusals.

use super::{Call, Caller};
use crate::access::{Assignment, Pointer, Principal, RoleGroup, Scope};
use crate::directory::{Form, Found};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::recipient::{Owner, Recipient};
use crate::tenant::Tenant;

/// What Get- cmdlets take: display names too.
pub(crate) const ANY: &[Form] = &[
    Form::Address,
    Form::PrincipalName,
    Form::Alias,
    Form::Name,
    Form::DistinguishedName,
    Form::DisplayName,
];

/// What the member cmdlets take: no display name, and a principal name only where it is an address.
pub(crate) const MEMBER: &[Form] = &[Form::Address, Form::Alias, Form::Name, Form::DistinguishedName];

/// A recipient of the wanted sort.
pub(crate) fn recipient<'a>(
    tenant: &'a Tenant,
    identity: &str,
    forms: &[Form],
    wanted: impl Fn(&Recipient) -> bool,
) -> Result<&'a Recipient, CmdletError> {
    match tenant.directory.find(identity, forms) {
        Found::One(recipient) if wanted(recipient) => Ok(recipient),
        Found::Nothing | Found::One(_) => Err(CmdletError::not_found(identity)),
        Found::Several(names) => Err(CmdletError::ambiguous(identity, &names)),
    }
}

/// A distribution group by any identity.
pub(crate) fn group<'a>(tenant: &'a Tenant, identity: &str) -> Result<&'a Recipient, CmdletError> {
    recipient(tenant, identity, ANY, |r| r.kind.is_distribution_group())
}

/// A user, with or without a mailbox: the object id.
pub(crate) fn user(tenant: &Tenant, identity: &str) -> Result<Guid, CmdletError> {
    if let Some(user) = tenant.user(identity) {
        return Ok(user.id);
    }
    let found = recipient(tenant, identity, ANY, |r| r.group.is_none())?;
    Ok(found.object_id)
}

/// Owners of a group: recipients, or role groups.
pub(crate) fn owner(tenant: &Tenant, identity: &str) -> Result<Owner, CmdletError> {
    match tenant.directory.find(identity, ANY) {
        Found::One(recipient) => Ok(Owner::Recipient(recipient.guid)),
        Found::Several(names) => Err(CmdletError::ambiguous(identity, &names)),
        Found::Nothing => tenant
            .role_group(identity)
            .map(|group| Owner::RoleGroup(group.guid))
            .ok_or_else(|| CmdletError::not_found(identity)),
    }
}

/// Refuses a change of a group by somebody who does not own it, unless the check is bypassed.
pub(crate) fn check_owner(call: &Call) -> Result<(), CmdletError> {
    // Applications own no groups, and the administrator by hand is a member of Organization Management.
    if call.caller == Caller::Hand || call.parameters.switch("BypassSecurityGroupManagerCheck") {
        return Ok(());
    }
    Err(CmdletError::new(
        CmdletError::OWNER,
        "You don't have sufficient permissions. This operation can only be performed by a manager of the group.",
    ))
}

/// A management scope by name, GUID or distinguished name.
pub(crate) fn scope<'a>(tenant: &'a Tenant, identity: &str) -> Result<&'a Scope, CmdletError> {
    let guid = Guid::parse(identity);
    tenant
        .access
        .scopes
        .values()
        .find(|scope| {
            Some(scope.guid) == guid
                || scope.name.eq_ignore_ascii_case(identity)
                || tenant.configuration_name("Scopes", &scope.name).eq_ignore_ascii_case(identity)
        })
        .ok_or_else(|| CmdletError::not_found(identity))
}

/// An assignment by name, GUID or distinguished name.
pub(crate) fn assignment<'a>(tenant: &'a Tenant, identity: &str) -> Result<&'a Assignment, CmdletError> {
    let guid = Guid::parse(identity);
    tenant
        .access
        .assignments
        .values()
        .find(|assignment| {
            Some(assignment.guid) == guid
                || assignment.name.eq_ignore_ascii_case(identity)
                || tenant
                    .configuration_name("Role Assignments", &assignment.name)
                    .eq_ignore_ascii_case(identity)
        })
        .ok_or_else(|| CmdletError::not_found(identity))
}

/// A role group by any identity.
pub(crate) fn role_group<'a>(tenant: &'a Tenant, identity: &str) -> Result<&'a RoleGroup, CmdletError> {
    tenant.role_group(identity).ok_or_else(|| CmdletError::not_found(identity))
}

/// An application's pointer by object id, app id, GUID, distinguished name or display name.
pub(crate) fn pointer<'a>(tenant: &'a Tenant, identity: &str) -> Result<&'a Pointer, CmdletError> {
    if let Some(guid) = Guid::parse(identity) {
        let pointers = &tenant.access.pointers;
        return pointers
            .get(&guid)
            .or_else(|| pointers.values().find(|pointer| pointer.app_id == guid || pointer.guid == guid))
            .ok_or_else(|| CmdletError::not_found(identity));
    }
    let named = |pointer: &&Pointer| {
        pointer.display_name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(identity))
            || tenant.distinguished_name(&pointer.object_id.to_string()).eq_ignore_ascii_case(identity)
    };
    let mut found = tenant.access.pointers.values().filter(named);
    match (found.next(), found.next()) {
        (Some(pointer), None) => Ok(pointer),
        (Some(first), Some(second)) => {
            let candidates = [first, second].map(|pointer| pointer.app_id.to_string());
            Err(CmdletError::ambiguous(identity, &candidates))
        }
        _ => Err(CmdletError::not_found(identity)),
    }
}

/// A member of a role group: a user, a mail-enabled security group, another role group or an application.
pub(crate) fn principal(tenant: &Tenant, identity: &str) -> Result<Principal, CmdletError> {
    if let Found::Several(names) = tenant.directory.find(identity, ANY) {
        return Err(CmdletError::ambiguous(identity, &names));
    }
    if let Found::One(recipient) = tenant.directory.find(identity, ANY)
        && recipient.kind == crate::recipient::RecipientKind::MailUniversalSecurityGroup
    {
        return Ok(Principal::Group(recipient.guid));
    }
    if let Ok(user) = user(tenant, identity) {
        return Ok(Principal::User(user));
    }
    if let Ok(pointer) = pointer(tenant, identity) {
        return Ok(Principal::Application(pointer.object_id));
    }
    tenant
        .role_group(identity)
        .map(|group| Principal::RoleGroup(group.guid))
        .ok_or_else(|| CmdletError::not_found(identity))
}

/// Refuses a text that is longer than its property may be, or empty.
pub(crate) fn check_length(property: &str, text: &str, most: usize) -> Result<(), CmdletError> {
    let length = text.encode_utf16().count();
    if text.trim().is_empty() {
        return Err(CmdletError::new(
            CmdletError::VALIDATION,
            format!("Property {property} can't be set to an empty value."),
        ));
    }
    if length > most {
        return Err(CmdletError::new(
            CmdletError::VALIDATION,
            format!(
                "The length of the property is too long. The maximum length is {most} and the length of the value \
                 provided is {length}. Property: {property}."
            ),
        ));
    }
    Ok(())
}

/// Refuses what only a customised organisation may do.
pub(crate) fn check_hydrated(tenant: &Tenant, call: &Call) -> Result<(), CmdletError> {
    if !tenant.organization.is_dehydrated {
        return Ok(());
    }
    Err(CmdletError::new(
        CmdletError::DEHYDRATED,
        format!(
            "The command you tried to run isn't currently allowed in your organization. To run this command, you first \
             need to run the command: Enable-OrganizationCustomization. ({})",
            call.cmdlet
        ),
    ))
}
