//! New-, Get-, Set- and Remove-DistributionGroup.

use super::binding::ListChange;
use super::recipients::{self, CUSTOM_ATTRIBUTES, Source};
use super::{Answer, Call, Caller, identity, members};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::recipient::{Group, Owner, Recipient, RecipientKind};
use crate::rendering::{Cell, Column};
use crate::tenant::{NewRecipient, Tenant};

fn group(recipient: &Recipient) -> Option<&Group> {
    recipient.group.as_deref()
}

/// What Get-DistributionGroup shows.
const COLUMNS: &[Column<Recipient>] = &[
    ("Identity", |r, _| Cell::text(&r.name)),
    ("Id", |r, _| Cell::text(&r.name)),
    ("Name", |r, _| Cell::text(&r.name)),
    ("DisplayName", |r, _| Cell::text(&r.display_name)),
    ("Alias", |r, _| Cell::text(&r.alias)),
    ("PrimarySmtpAddress", |r, _| Cell::text(&r.primary_smtp_address)),
    ("WindowsEmailAddress", |r, _| Cell::text(&r.primary_smtp_address)),
    ("EmailAddresses", |r, _| Cell::texts(r.email_addresses())),
    ("GroupType", |r, _| {
        let security = r.kind == RecipientKind::MailUniversalSecurityGroup;
        Cell::text(if security { "Universal, SecurityEnabled" } else { "Universal" })
    }),
    ("RecipientType", |r, _| Cell::text(r.kind.recipient_type())),
    ("RecipientTypeDetails", |r, _| Cell::text(r.kind.details())),
    ("ManagedBy", |r, _| match group(r) {
        Some(group) => Cell::texts(group.managed_by.iter().map(|owner| owner.guid().to_string())),
        None => Cell::Null,
    }),
    ("ManagedByWithDisplayNames", |r, t| match group(r) {
        Some(group) => Cell::texts(group.managed_by.iter().map(|owner| owner_name(t, *owner))),
        None => Cell::Null,
    }),
    ("MemberJoinRestriction", |r, _| Cell::optional(group(r).map(|g| g.member_join_restriction.as_str()))),
    ("MemberDepartRestriction", |r, _| {
        Cell::optional(group(r).map(|g| g.member_depart_restriction.as_str()))
    }),
    ("RequireSenderAuthenticationEnabled", |r, _| {
        Cell::Flag(group(r).is_some_and(|g| g.require_sender_authentication))
    }),
    ("ModerationEnabled", |r, _| Cell::Flag(group(r).is_some_and(|g| g.moderation_enabled))),
    ("Description", |r, _| match group(r).map(|g| g.description.as_slice()) {
        None | Some([]) => Cell::Null,
        Some(lines) => Cell::texts(lines.iter().map(String::as_str)),
    }),
    ("MailTip", |r, _| Cell::optional(r.attribute("MailTip"))),
    ("HiddenFromAddressListsEnabled", |r, _| Cell::Flag(r.hidden_from_address_lists)),
    ("HiddenGroupMembershipEnabled", |_, _| Cell::Flag(false)),
    ("IsDirSynced", |_, _| Cell::Flag(false)),
    ("CustomAttribute1", |r, _| Cell::optional(r.attribute("CustomAttribute1"))),
    ("CustomAttribute2", |r, _| Cell::optional(r.attribute("CustomAttribute2"))),
    ("CustomAttribute3", |r, _| Cell::optional(r.attribute("CustomAttribute3"))),
    ("CustomAttribute4", |r, _| Cell::optional(r.attribute("CustomAttribute4"))),
    ("CustomAttribute5", |r, _| Cell::optional(r.attribute("CustomAttribute5"))),
    ("CustomAttribute6", |r, _| Cell::optional(r.attribute("CustomAttribute6"))),
    ("CustomAttribute7", |r, _| Cell::optional(r.attribute("CustomAttribute7"))),
    ("CustomAttribute8", |r, _| Cell::optional(r.attribute("CustomAttribute8"))),
    ("CustomAttribute9", |r, _| Cell::optional(r.attribute("CustomAttribute9"))),
    ("CustomAttribute10", |r, _| Cell::optional(r.attribute("CustomAttribute10"))),
    ("CustomAttribute11", |r, _| Cell::optional(r.attribute("CustomAttribute11"))),
    ("CustomAttribute12", |r, _| Cell::optional(r.attribute("CustomAttribute12"))),
    ("CustomAttribute13", |r, _| Cell::optional(r.attribute("CustomAttribute13"))),
    ("CustomAttribute14", |r, _| Cell::optional(r.attribute("CustomAttribute14"))),
    ("CustomAttribute15", |r, _| Cell::optional(r.attribute("CustomAttribute15"))),
    ("ExternalDirectoryObjectId", |r, _| Cell::text(r.object_id.to_string())),
    ("DistinguishedName", recipients::distinguished_name),
    ("OrganizationalUnitRoot", |_, t| Cell::text(&t.initial_domain)),
    ("OrganizationId", |_, t| Cell::text(&t.initial_domain)),
    ("Guid", |r, _| Cell::Guid(r.guid)),
    ("ExchangeObjectId", |r, _| Cell::Guid(r.guid)),
    ("WhenCreatedUTC", |r, _| Cell::Time(r.created)),
    ("WhenChangedUTC", |r, _| Cell::Time(r.changed)),
    ("IsValid", |_, _| Cell::Flag(true)),
    ("ObjectState", |_, _| Cell::text("Unchanged")),
];

fn owner_name(tenant: &Tenant, owner: Owner) -> String {
    match owner {
        Owner::Recipient(guid) => tenant.directory.get(guid).map(|r| r.display_name.clone()),
        Owner::RoleGroup(guid) => tenant.access.role_groups.get(&guid).map(|g| g.display_name.clone()),
    }
    .unwrap_or_default()
}

/// Get-DistributionGroup.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let owner = call.parameters.text("ManagedBy").map(|text| identity::owner(tenant, text)).transpose()?;
    let mut call = Call { parameters: call.parameters.clone(), select: call.select.clone(), ..*call };
    if call.select.is_empty() && !call.parameters.switch("IncludeManagedByWithDisplayNames") {
        // The display names come only when they are asked for.
        let all = COLUMNS.iter().map(|(name, _)| (*name).to_owned());
        call.select = all.filter(|name| name != "ManagedByWithDisplayNames").collect();
    }
    let wanted = |r: &Recipient| {
        r.kind.is_distribution_group()
            && owner.is_none_or(|owner| group(r).is_some_and(|group| group.managed_by.contains(&owner)))
    };
    recipients::list(&call, tenant, COLUMNS, wanted, &Source::Groups)
}

/// New-DistributionGroup.
pub(crate) fn new(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let name = parameters.required("Name")?.trim().to_owned();
    recipients::check_name(tenant, &name, None)?;
    let alias = parameters.text("Alias").map_or_else(|| recipients::derived_alias(&name), str::to_owned);
    recipients::check_alias(tenant, &alias, None)?;
    let display_name = parameters.text("DisplayName").unwrap_or(&name).to_owned();
    identity::check_length("DisplayName", &display_name, 256)?;
    let primary_smtp_address = parameters.text("PrimarySmtpAddress").map_or_else(
        || format!("{}@{}", recipients::derived_local_part(&alias), tenant.default_domain()),
        str::to_owned,
    );
    recipients::check_address(tenant, &primary_smtp_address, None)?;
    let room_list = parameters.switch("RoomList");
    let security = parameters.text("Type") == Some("Security");
    if room_list && security {
        return Err(CmdletError::new(
            CmdletError::ARGUMENT,
            "The parameter RoomList can't be used for a security group.",
        ));
    }
    let kind = match (room_list, security) {
        (true, _) => RecipientKind::RoomList,
        (_, true) => RecipientKind::MailUniversalSecurityGroup,
        _ => RecipientKind::MailUniversalDistributionGroup,
    };
    let mut warning = None;
    let managed_by = match parameters.list("ManagedBy") {
        Some(owners) if !owners.is_empty() => owners_of(tenant, &owners)?,
        _ => {
            let creator = tenant.administrator.filter(|_| call.caller == Caller::Hand);
            let creator =
                creator.and_then(|id| tenant.directory.by_object_id(id)).map(|r| Owner::Recipient(r.guid));
            if creator.is_none() {
                warning = Some(
                    "The group was created by a principal without a mailbox. Its owner is a role group.",
                );
            }
            creator.or_else(|| tenant.default_owner()).into_iter().collect()
        }
    };
    let given = parameters.list("Members").unwrap_or_default();
    let members = members::resolve(tenant, kind, &given)?;
    let mut group = Group::new(managed_by);
    apply_settings(call, &mut group);
    let guid = tenant.add_recipient(NewRecipient {
        kind,
        name,
        alias,
        display_name,
        primary_smtp_address,
        object_id: None,
        user_principal_name: None,
        group: Some(group),
    });
    tenant.directory.set_members(guid, members);
    let answer = match tenant.directory.get(guid) {
        Some(recipient) => call.one(tenant, COLUMNS, recipient),
        None => Answer::done(),
    };
    Ok(match warning {
        Some(text) => answer.warn(text),
        None => answer,
    })
}

fn owners_of(tenant: &Tenant, identities: &[String]) -> Result<Vec<Owner>, CmdletError> {
    let mut owners = Vec::new();
    for text in identities {
        let owner = identity::owner(tenant, text)?;
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    Ok(owners)
}

fn apply_settings(call: &Call, group: &mut Group) {
    let parameters = &call.parameters;
    if let Some(text) = parameters.text("MemberJoinRestriction") {
        text.clone_into(&mut group.member_join_restriction);
    }
    if let Some(text) = parameters.text("MemberDepartRestriction") {
        text.clone_into(&mut group.member_depart_restriction);
    }
    if let Some(flag) = parameters.flag("RequireSenderAuthenticationEnabled") {
        group.require_sender_authentication = flag;
    }
    if let Some(flag) = parameters.flag("ModerationEnabled") {
        group.moderation_enabled = flag;
    }
    if let Some(lines) = parameters.list("Description") {
        group.description = lines;
    }
}

/// Set-DistributionGroup.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let old = identity::group(tenant, parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let guid = old.guid;
    let before = old.clone();

    let mut new = before.clone();
    if parameters.has("Name") {
        let name = parameters.required("Name")?.trim();
        recipients::check_name(tenant, name, Some(old))?;
        name.clone_into(&mut new.name);
    }
    if parameters.has("DisplayName") {
        let text = parameters.required("DisplayName")?;
        identity::check_length("DisplayName", text, 256)?;
        text.clone_into(&mut new.display_name);
    }
    if parameters.has("Alias") {
        let alias = parameters.required("Alias")?;
        recipients::check_alias(tenant, alias, Some(old))?;
        alias.clone_into(&mut new.alias);
    }
    recipients::set_addresses(call, tenant, old, &mut new)?;
    if let Some(change) = parameters.list_change("ManagedBy") {
        let group = new.group.get_or_insert_with(|| Box::new(Group::new(Vec::new())));
        group.managed_by = changed_owners(tenant, &group.managed_by, &change)?;
        if group.managed_by.is_empty() {
            return Err(CmdletError::new(
                CmdletError::TASK,
                "A group must have at least one owner: ManagedBy can't be empty.",
            ));
        }
    }
    if let Some(group) = new.group.as_deref_mut() {
        apply_settings(call, group);
    }
    if let Some(flag) = parameters.flag("HiddenFromAddressListsEnabled") {
        new.hidden_from_address_lists = flag;
    }
    for name in CUSTOM_ATTRIBUTES.into_iter().chain(["MailTip"]) {
        if let Some(value) = parameters.clearable(name) {
            new.set_attribute(name, value);
        }
    }
    match parameters.flag("RoomList") {
        Some(true) if old.kind == RecipientKind::MailUniversalSecurityGroup => {
            return Err(CmdletError::new(CmdletError::TASK, "A security group can't be made a room list."));
        }
        Some(true) => {
            members::check_rooms(tenant.directory.members_from(old, 0).map(|(_, member)| member))?;
            new.kind = RecipientKind::RoomList;
        }
        Some(false) if old.kind == RecipientKind::RoomList => {
            new.kind = RecipientKind::MailUniversalDistributionGroup;
        }
        _ => {}
    }
    if new == before {
        return Ok(Answer::unchanged(&before.name));
    }
    if new.name != before.name {
        // A rename writes a new distinguished name, with the moment in it: filters that held the old one match nothing.
        new.distinguished_name = tenant.recipient_name(&new.name, true);
    }
    new.changed = tenant.clock.now;
    tenant.directory.update(guid, |recipient| *recipient = new);
    Ok(Answer::done())
}

fn changed_owners(tenant: &Tenant, old: &[Owner], change: &ListChange) -> Result<Vec<Owner>, CmdletError> {
    match change {
        ListChange::Replace(new) => owners_of(tenant, new),
        ListChange::Adjust { add, remove } => {
            let remove = owners_of(tenant, remove)?;
            let mut owners: Vec<Owner> =
                old.iter().filter(|owner| !remove.contains(owner)).copied().collect();
            for owner in owners_of(tenant, add)? {
                if !owners.contains(&owner) {
                    owners.push(owner);
                }
            }
            Ok(owners)
        }
    }
}

/// Remove-DistributionGroup.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let group = identity::group(tenant, call.parameters.required("Identity")?)?;
    identity::check_owner(call)?;
    let guid: Guid = group.guid;
    tenant.directory.remove(guid);
    Ok(Answer::done())
}
