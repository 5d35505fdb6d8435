//! Mailboxes: reading all of them, making rooms, and a few attributes to change by hand.

use super::recipients::{self, CUSTOM_ATTRIBUTES, Source};
use super::{Answer, Call, identity};
use crate::entra::User;
use crate::error::CmdletError;
use crate::recipient::{Recipient, RecipientKind};
use crate::rendering::{Cell, Column};
use crate::tenant::{NewRecipient, Tenant};

const COLUMNS: &[Column<Recipient>] = &[
    ("Identity", |r, _| Cell::text(&r.name)),
    ("Id", |r, _| Cell::text(&r.name)),
    ("Name", |r, _| Cell::text(&r.name)),
    ("Alias", |r, _| Cell::text(&r.alias)),
    ("DisplayName", |r, _| Cell::text(&r.display_name)),
    ("PrimarySmtpAddress", |r, _| Cell::text(&r.primary_smtp_address)),
    ("WindowsEmailAddress", |r, _| Cell::text(&r.primary_smtp_address)),
    ("EmailAddresses", |r, _| Cell::texts(r.email_addresses())),
    ("UserPrincipalName", |r, _| Cell::optional(r.user_principal_name.as_deref())),
    ("MicrosoftOnlineServicesID", |r, _| Cell::optional(r.user_principal_name.as_deref())),
    ("ExternalDirectoryObjectId", |r, _| Cell::text(r.object_id.to_string())),
    ("RecipientType", |r, _| Cell::text(r.kind.recipient_type())),
    ("RecipientTypeDetails", |r, _| Cell::text(r.kind.details())),
    ("IsMailboxEnabled", |_, _| Cell::Flag(true)),
    ("IsResource", |r, _| Cell::Flag(r.is_room_like())),
    ("IsShared", |r, _| Cell::Flag(r.kind == RecipientKind::SharedMailbox)),
    ("ResourceType", |r, _| Cell::optional(r.resource_type.as_deref())),
    ("ResourceCapacity", |r, _| {
        r.attribute("ResourceCapacity").and_then(|text| text.parse().ok()).map_or(Cell::Null, Cell::Number)
    }),
    ("RoomMailboxAccountEnabled", |r, t| match r.kind {
        RecipientKind::RoomMailbox => {
            Cell::Flag(t.users.get(&r.object_id).is_some_and(|user| user.account_enabled))
        }
        _ => Cell::Null,
    }),
    ("AccountDisabled", |r, t| {
        Cell::Flag(t.users.get(&r.object_id).is_some_and(|user| !user.account_enabled))
    }),
    ("Office", |r, _| Cell::optional(r.attribute("Office"))),
    ("HiddenFromAddressListsEnabled", |r, _| Cell::Flag(r.hidden_from_address_lists)),
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
    ("ProhibitSendQuota", |r, _| {
        Cell::text(if r.is_room_like() {
            "49.5 GB (53,150,220,288 bytes)"
        } else {
            "99 GB (106,300,440,576 bytes)"
        })
    }),
    ("RetainDeletedItemsFor", |_, _| Cell::text("14.00:00:00")),
    ("RecipientLimits", |_, _| Cell::text("500")),
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

/// Get-Mailbox.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    recipients::list(call, tenant, COLUMNS, |r| r.kind.is_mailbox(), &Source::Directory)
}

/// New-Mailbox, for rooms: with their user in Entra, whose password nobody knows.
pub(crate) fn new(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    if !parameters.switch("Room") {
        return Err(CmdletError::new(
            "System.NotSupportedException",
            "The simulated tenant makes room mailboxes only (-Room). People's mailboxes come with their licence.",
        ));
    }
    let name = parameters.required("Name")?.trim().to_owned();
    recipients::check_name(tenant, &name, None)?;
    let alias = parameters.text("Alias").map_or_else(|| recipients::derived_alias(&name), str::to_owned);
    recipients::check_alias(tenant, &alias, None)?;
    let display_name = parameters.text("DisplayName").unwrap_or(&name).to_owned();
    identity::check_length("DisplayName", &display_name, 256)?;
    let address = parameters.text("PrimarySmtpAddress").map_or_else(
        || format!("{}@{}", recipients::derived_local_part(&alias), tenant.default_domain()),
        str::to_owned,
    );
    recipients::check_address(tenant, &address, None)?;
    if tenant.user(&address).is_some() {
        return Err(CmdletError::new(CmdletError::EXISTS, format!("The user \"{address}\" already exists.")));
    }
    let capacity = parameters.number("ResourceCapacity").map(|number| number.to_string());
    let office = parameters.text("Office").map(str::to_owned);
    let id = tenant.new_guid();
    let now = tenant.clock.now;
    tenant.add_user(resource_user(id, &address, &display_name, &alias, now));
    let guid = tenant.add_recipient(NewRecipient {
        kind: RecipientKind::RoomMailbox,
        name,
        alias,
        display_name,
        primary_smtp_address: address.clone(),
        object_id: Some(id),
        user_principal_name: Some(address),
        group: None,
    });
    tenant.directory.update(guid, |recipient| {
        recipient.resource_type = Some("Room".to_owned());
        recipient.set_attribute("ResourceCapacity", capacity);
        recipient.set_attribute("Office", office);
    });
    Ok(match tenant.directory.get(guid) {
        Some(recipient) => call.one(tenant, COLUMNS, recipient),
        None => Answer::done(),
    })
}

/// The account behind a resource mailbox.
pub(crate) fn resource_user(
    id: crate::guid::Guid,
    address: &str,
    display_name: &str,
    alias: &str,
    now: i64,
) -> User {
    User {
        id,
        user_principal_name: address.to_owned(),
        display_name: display_name.to_owned(),
        mail_nickname: alias.to_owned(),
        account_enabled: true,
        given_name: None,
        surname: None,
        job_title: None,
        usage_location: None,
        password_policies: None,
        change_password_at_next_sign_in: false,
        licences: Vec::new(),
        created: now,
        password_set: now,
    }
}

/// Set-Mailbox: names, addresses, visibility, custom attributes and the kind of resource.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let mailbox = |r: &Recipient| r.kind.is_mailbox();
    let old = identity::recipient(tenant, parameters.required("Identity")?, identity::ANY, mailbox)?;
    let mut new = old.clone();
    if parameters.has("Name") {
        let name = parameters.required("Name")?.trim();
        recipients::check_name(tenant, name, Some(old))?;
        name.clone_into(&mut new.name);
        new.distinguished_name = tenant.recipient_name(name, false);
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
    if let Some(flag) = parameters.flag("HiddenFromAddressListsEnabled") {
        new.hidden_from_address_lists = flag;
    }
    for name in CUSTOM_ATTRIBUTES.into_iter().chain(["Office", "MailTip"]) {
        if let Some(value) = parameters.clearable(name) {
            new.set_attribute(name, value);
        }
    }
    if parameters.has("ResourceCapacity") {
        new.set_attribute(
            "ResourceCapacity",
            parameters.number("ResourceCapacity").map(|number| number.to_string()),
        );
    }
    if let Some(kind) = parameters.text("Type") {
        let (kind, resource) = match kind {
            "Regular" => (RecipientKind::UserMailbox, None),
            "Shared" => (RecipientKind::SharedMailbox, None),
            "Equipment" => (RecipientKind::EquipmentMailbox, Some("Equipment")),
            // Workspaces and desks are room mailboxes of another resource type.
            other => (RecipientKind::RoomMailbox, Some(other)),
        };
        new.kind = kind;
        new.resource_type = resource.map(str::to_owned);
    }
    if new == *old {
        return Ok(Answer::unchanged(&old.name));
    }
    new.changed = tenant.clock.now;
    tenant.directory.update(new.guid, |recipient| *recipient = new);
    Ok(Answer::done())
}

/// Remove-Mailbox: the user in Entra goes with it.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let mailbox = |r: &Recipient| r.kind.is_mailbox();
    let found = identity::recipient(tenant, call.parameters.required("Identity")?, identity::ANY, mailbox)?;
    let id = found.object_id;
    tenant.remove_user(id);
    Ok(Answer::done())
}
