//! Role groups and their members.

use super::assignments::{assignee_name, generated_name, insert};
use super::recipients::COLUMNS as RECIPIENT_COLUMNS;
use super::{Answer, Call, identity, roles};
use crate::access::{Assignment, Principal, Reach, RoleGroup, is_application_role};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::recipient::Recipient;
use crate::rendering::{Cell, Column};
use crate::tenant::Tenant;

const COLUMNS: &[Column<RoleGroup>] = &[
    ("Identity", |g, _| Cell::text(&g.name)),
    ("Id", |g, _| Cell::text(&g.name)),
    ("Name", |g, _| Cell::text(&g.name)),
    ("DisplayName", |g, _| Cell::text(&g.display_name)),
    ("Description", |g, _| Cell::text(&g.description)),
    ("ManagedBy", |g, _| Cell::texts(g.managed_by.iter().map(ToString::to_string))),
    ("Members", |g, t| Cell::texts(g.members.iter().map(|member| assignee_name(t, *member)))),
    ("Roles", |g, t| {
        let mut roles: Vec<&str> = Vec::new();
        for assignment in assignments(t, g.guid).filter(|a| !a.delegating) {
            if !roles.contains(&assignment.role.as_str()) {
                roles.push(&assignment.role);
            }
        }
        Cell::texts(roles)
    }),
    ("RoleAssignments", |g, t| Cell::texts(assignments(t, g.guid).map(|a| a.name.as_str()))),
    ("RoleGroupType", |_, _| Cell::text("Standard")),
    ("Capabilities", |g, _| {
        if g.built_in { Cell::texts(["Partner_Managed"]) } else { Cell::texts(Vec::<&str>::new()) }
    }),
    ("ExternalDirectoryObjectId", |g, _| Cell::text(g.object_id.to_string())),
    ("DistinguishedName", |g, t| Cell::text(t.distinguished_name(&g.name))),
    ("Guid", |g, _| Cell::Guid(g.guid)),
    ("ExchangeObjectId", |g, _| Cell::Guid(g.guid)),
    ("OrganizationId", |_, t| Cell::text(&t.initial_domain)),
    ("WhenCreatedUTC", |g, _| Cell::Time(g.created)),
    ("WhenChangedUTC", |g, _| Cell::Time(g.changed)),
    ("IsValid", |_, _| Cell::Flag(true)),
    ("ObjectState", |_, _| Cell::text("Unchanged")),
];

fn assignments(tenant: &Tenant, group: Guid) -> impl Iterator<Item = &Assignment> {
    tenant.access.assignments.values().filter(move |a| a.assignee == Principal::RoleGroup(group))
}

/// Get-RoleGroup.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    match call.parameters.text("Identity") {
        Some(text) => Ok(call.one(tenant, COLUMNS, identity::role_group(tenant, text)?)),
        None => Ok(call.few(tenant, COLUMNS, tenant.access.role_groups.values())),
    }
}

fn principals(tenant: &Tenant, list: Option<Vec<String>>) -> Result<Vec<Principal>, CmdletError> {
    let mut found = Vec::new();
    for text in list.unwrap_or_default() {
        let principal = identity::principal(tenant, &text)?;
        if !found.contains(&principal) {
            found.push(principal);
        }
    }
    Ok(found)
}

/// `ManagedBy` of a role group as GUIDs.
fn owners(tenant: &Tenant, list: Vec<String>) -> Result<Vec<Guid>, CmdletError> {
    list.into_iter()
        .map(|text| match identity::principal(tenant, &text)? {
            Principal::User(id) => {
                Ok(tenant.directory.by_object_id(id).map_or(id, |recipient| recipient.guid))
            }
            Principal::Group(guid) | Principal::RoleGroup(guid) | Principal::Application(guid) => Ok(guid),
        })
        .collect()
}

fn check_name(tenant: &Tenant, name: &str, own: Option<Guid>) -> Result<(), CmdletError> {
    identity::check_length("Name", name, 64)?;
    let taken =
        tenant.access.role_groups.values().any(|g| g.name.eq_ignore_ascii_case(name) && Some(g.guid) != own);
    let recipient = tenant.directory.holder(name, crate::directory::Form::Name).is_some();
    if taken || recipient {
        return Err(CmdletError::new(
            CmdletError::EXISTS,
            format!("The role group \"{name}\" already exists."),
        ));
    }
    Ok(())
}

/// New-RoleGroup.
pub(crate) fn new(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    identity::check_hydrated(tenant, call)?;
    let name = parameters.required("Name")?.trim().to_owned();
    check_name(tenant, &name, None)?;
    let mut roles: Vec<&'static str> = Vec::new();
    for text in parameters.list("Roles").unwrap_or_default() {
        let role = roles::known(&text)?;
        if is_application_role(role) {
            return Err(CmdletError::new(
                CmdletError::INVALID,
                format!("The application role '{role}' can't be assigned to a role group."),
            ));
        }
        roles.push(role);
    }
    let reach = match parameters.text("CustomRecipientWriteScope") {
        None => Reach::whole_organization(),
        Some(text) => {
            let scope = identity::scope(tenant, text)?;
            if scope.exclusive { Reach::Exclusive(scope.guid) } else { Reach::Custom(scope.guid) }
        }
    };
    let members = principals(tenant, parameters.list("Members"))?;
    let managed_by = match parameters.list("ManagedBy").filter(|list| !list.is_empty()) {
        Some(list) => owners(tenant, list)?,
        None => tenant.role_group("Organization Management").map(|group| group.guid).into_iter().collect(),
    };
    let display_name = parameters.text("DisplayName").unwrap_or(&name).to_owned();
    identity::check_length("DisplayName", &display_name, 256)?;
    let (guid, object_id, now) = (tenant.new_guid(), tenant.new_guid(), tenant.clock.now);
    let description = parameters.text("Description").unwrap_or_default().to_owned();
    let (created, changed, built_in) = (now, now, false);
    tenant.access.role_groups.insert(
        guid,
        RoleGroup {
            guid,
            object_id,
            name,
            display_name,
            description,
            managed_by,
            members,
            built_in,
            created,
            changed,
        },
    );
    for role in roles {
        let assignee = Principal::RoleGroup(guid);
        let name = generated_name(tenant, role, assignee, false);
        insert(tenant, name, role, assignee, reach.clone(), false);
    }
    Ok(match tenant.access.role_groups.get(&guid) {
        Some(group) => call.one(tenant, COLUMNS, group),
        None => Answer::done(),
    })
}

/// Set-RoleGroup: not its roles, nor its scope.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let old = identity::role_group(tenant, parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let mut new = old.clone();
    if parameters.has("Name") {
        let name = parameters.required("Name")?.trim();
        check_name(tenant, name, Some(old.guid))?;
        if old.built_in && name != old.name {
            return Err(CmdletError::new(
                CmdletError::INVALID,
                format!("The built-in role group \"{}\" can't be renamed.", old.name),
            ));
        }
        name.clone_into(&mut new.name);
    }
    if parameters.has("DisplayName") {
        let text = parameters.required("DisplayName")?;
        identity::check_length("DisplayName", text, 256)?;
        text.clone_into(&mut new.display_name);
    }
    if let Some(text) = parameters.clearable("Description") {
        new.description = text.unwrap_or_default();
    }
    if parameters.has("ManagedBy") {
        let list = super::organization::replaced(parameters.list_change("ManagedBy"));
        new.managed_by = owners(tenant, list)?;
        if new.managed_by.is_empty() {
            return Err(CmdletError::new(CmdletError::INVALID, "A role group must have at least one owner."));
        }
    }
    new.changed = tenant.clock.now;
    tenant.access.role_groups.insert(new.guid, new);
    Ok(Answer::done())
}

/// Remove-RoleGroup: its assignments go with it; built-in groups stay.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let group = identity::role_group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    if group.built_in {
        return Err(CmdletError::new(
            CmdletError::INVALID,
            format!("The role group \"{}\" is a built-in role group and can't be removed.", group.name),
        ));
    }
    let guid = group.guid;
    tenant.access.role_groups.shift_remove(&guid);
    tenant.access.assignments.retain(|_, assignment| assignment.assignee != Principal::RoleGroup(guid));
    for other in tenant.access.role_groups.values_mut() {
        other.members.retain(|member| *member != Principal::RoleGroup(guid));
    }
    Ok(Answer::done())
}

/// A member that is no recipient: it is shown with what Entra knows of it.
fn shown(tenant: &Tenant, member: Principal) -> Option<Recipient> {
    let recipient = match member {
        Principal::User(id) => tenant.directory.by_object_id(id),
        Principal::Group(guid) => tenant.directory.get(guid),
        Principal::RoleGroup(_) | Principal::Application(_) => None,
    };
    if let Some(recipient) = recipient {
        return Some(recipient.clone());
    }
    let (id, name) = match member {
        Principal::User(id) => return tenant.users.get(&id).map(|user| tenant.without_mailbox(user)),
        Principal::RoleGroup(guid) => {
            let group = tenant.access.role_groups.get(&guid)?;
            (group.object_id, group.name.clone())
        }
        Principal::Application(id) => (id, id.to_string()),
        Principal::Group(_) => return None,
    };
    let distinguished_name = tenant.distinguished_name(&name);
    Some(Recipient::bare(id, name, distinguished_name, tenant.clock.now))
}

const MEMBER_COLUMNS: &[&str] = &[
    "Identity",
    "Id",
    "Name",
    "DisplayName",
    "Alias",
    "PrimarySmtpAddress",
    "ExternalDirectoryObjectId",
    "RecipientTypeDetails",
    "DistinguishedName",
    "Guid",
];

/// Get-RoleGroupMember.
pub(crate) fn get_members(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let group = identity::role_group(tenant, call.parameters.required("Identity")?)?;
    let members: Vec<Recipient> = group.members.iter().filter_map(|member| shown(tenant, *member)).collect();
    let mut call = Call { parameters: call.parameters.clone(), select: call.select.clone(), ..*call };
    if call.select.is_empty() {
        call.select = MEMBER_COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    }
    Ok(call.few(tenant, RECIPIENT_COLUMNS, &members))
}

fn change_members(
    call: &Call,
    tenant: &mut Tenant,
    change: impl FnOnce(&RoleGroup, Principal) -> Result<Vec<Principal>, CmdletError>,
) -> Result<Answer, CmdletError> {
    let group = identity::role_group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let member = identity::principal(tenant, call.parameters.required("Member")?)?;
    let (guid, members) = (group.guid, change(group, member)?);
    store(tenant, guid, members);
    Ok(Answer::done())
}

fn store(tenant: &mut Tenant, guid: Guid, members: Vec<Principal>) {
    let now = tenant.clock.now;
    if let Some(group) = tenant.access.role_groups.get_mut(&guid) {
        group.members = members;
        group.changed = now;
    }
}

/// Add-RoleGroupMember.
pub(crate) fn add_member(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let text = call.parameters.required("Member")?.to_owned();
    change_members(call, tenant, |group, member| {
        if group.members.contains(&member) {
            return Err(CmdletError::new(
                CmdletError::MEMBER_EXISTS,
                format!("The recipient \"{text}\" is already a member of the group \"{}\".", group.name),
            ));
        }
        let mut members = group.members.clone();
        members.push(member);
        Ok(members)
    })
}

/// Remove-RoleGroupMember.
pub(crate) fn remove_member(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let text = call.parameters.required("Member")?.to_owned();
    change_members(call, tenant, |group, member| {
        if !group.members.contains(&member) {
            return Err(CmdletError::new(
                CmdletError::MEMBER_MISSING,
                format!("The recipient \"{text}\" isn't a member of the group \"{}\".", group.name),
            ));
        }
        Ok(group.members.iter().filter(|other| **other != member).copied().collect())
    })
}

/// Update-RoleGroupMember: the given members and no others.
pub(crate) fn update_members(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    use super::binding::ListChange;
    let group = identity::role_group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let guid = group.guid;
    let members = match call.parameters.list_change("Members") {
        Some(ListChange::Adjust { add, remove }) => {
            let remove = principals(tenant, Some(remove))?;
            let mut members: Vec<Principal> =
                group.members.iter().filter(|member| !remove.contains(member)).copied().collect();
            for member in principals(tenant, Some(add))? {
                if !members.contains(&member) {
                    members.push(member);
                }
            }
            members
        }
        Some(ListChange::Replace(list)) => principals(tenant, Some(list))?,
        None => Vec::new(),
    };
    store(tenant, guid, members);
    Ok(Answer::done())
}
