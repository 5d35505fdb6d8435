//! Members of distribution groups.

use super::identity::{self, MEMBER};
use super::recipients::COLUMNS;
use super::{Answer, Call};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::recipient::{Recipient, RecipientKind};
use crate::tenant::Tenant;
use indexmap::IndexSet;

/// The most that one call may name: page New-DistributionGroup, parameter Members.
const MOST: usize = 10_000;

/// Get-DistributionGroupMember: touches no member outside its page.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let group = identity::group(tenant, call.parameters.required("Identity")?)?;
    Ok(call.rows(tenant, COLUMNS, tenant.directory.members_from(group, call.window.start)))
}

/// Finds every member, and refuses the whole call if one cannot be.
pub(crate) fn resolve(
    tenant: &Tenant,
    kind: RecipientKind,
    identities: &[String],
) -> Result<IndexSet<Guid>, CmdletError> {
    if identities.len() > MOST {
        return Err(CmdletError::new(
            CmdletError::VALIDATION,
            format!(
                "The number of values for Members ({}) is above the maximum of {MOST}.",
                identities.len()
            ),
        ));
    }
    let mut members = IndexSet::with_capacity(identities.len());
    for text in identities {
        members.insert(member(tenant, kind, text)?.guid);
    }
    Ok(members)
}

fn member<'a>(tenant: &'a Tenant, kind: RecipientKind, identity: &str) -> Result<&'a Recipient, CmdletError> {
    let found = identity::recipient(tenant, identity, MEMBER, |_| true)?;
    if found.kind == RecipientKind::GroupMailbox {
        return Err(CmdletError::new(
            CmdletError::TASK,
            format!("The Microsoft 365 group '{}' can't be a member of a distribution group.", found.name),
        ));
    }
    if kind == RecipientKind::RoomList {
        check_rooms([found])?;
    }
    Ok(found)
}

/// Refuses anything in a room list but rooms and other room lists.
pub(crate) fn check_rooms<'a>(members: impl IntoIterator<Item = &'a Recipient>) -> Result<(), CmdletError> {
    for member in members {
        if !member.is_room_like() && member.kind != RecipientKind::RoomList {
            return Err(CmdletError::new(
                "Microsoft.Exchange.Management.RecipientTasks.RecipientTaskException",
                format!(
                    "The recipient '{}' can't be a member of a room list: only room mailboxes and room lists can. \
                     Its type is {}.",
                    member.name,
                    member.kind.details()
                ),
            ));
        }
    }
    Ok(())
}

/// Add-DistributionGroupMember.
pub(crate) fn add(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let group = identity::group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let member = member(tenant, group.kind, call.parameters.required("Member")?)?;
    let (group_guid, group_name) = (group.guid, group.name.clone());
    let (member_guid, member_name) = (member.guid, member.name.clone());
    if group_guid == member_guid {
        return Err(CmdletError::new(
            CmdletError::TASK,
            format!("The group \"{group_name}\" can't be its own member."),
        ));
    }
    if !tenant.directory.add_member(group_guid, member_guid) {
        return Err(CmdletError::new(
            CmdletError::MEMBER_EXISTS,
            format!("The recipient \"{member_name}\" is already a member of the group \"{group_name}\"."),
        ));
    }
    note_change(tenant, group_guid);
    Ok(Answer::done())
}

/// Remove-DistributionGroupMember.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let group = identity::group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let member = identity::recipient(tenant, call.parameters.required("Member")?, MEMBER, |_| true)?;
    let (group_guid, group_name) = (group.guid, group.name.clone());
    let (member_guid, member_name) = (member.guid, member.name.clone());
    if !tenant.directory.remove_member(group_guid, member_guid) {
        return Err(CmdletError::new(
            CmdletError::MEMBER_MISSING,
            format!("The recipient \"{member_name}\" isn't a member of the group \"{group_name}\"."),
        ));
    }
    note_change(tenant, group_guid);
    Ok(Answer::done())
}

/// Update-DistributionGroupMember: the given members and no others.
pub(crate) fn update(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let group = identity::group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let (guid, kind) = (group.guid, group.kind);
    let members = match call.parameters.list_change("Members") {
        Some(super::binding::ListChange::Replace(list)) => resolve(tenant, kind, &list)?,
        Some(super::binding::ListChange::Adjust { add, remove }) => {
            let mut members = group.group.as_ref().map(|g| g.members.clone()).unwrap_or_default();
            for gone in resolve(tenant, RecipientKind::MailUniversalDistributionGroup, &remove)? {
                members.shift_remove(&gone);
            }
            members.extend(resolve(tenant, kind, &add)?);
            members
        }
        None => IndexSet::new(),
    };
    if members.contains(&guid) {
        return Err(CmdletError::new(CmdletError::TASK, "A group can't be its own member."));
    }
    tenant.directory.set_members(guid, members);
    note_change(tenant, guid);
    Ok(Answer::done())
}

fn note_change(tenant: &mut Tenant, group: Guid) {
    let now = tenant.clock.now;
    tenant.directory.update(group, |recipient| recipient.changed = now);
}
