//! Get-Recipient and Get-User, and the columns that all recipients share.

use super::binding::is_address;
use super::identity::{self, ANY};
use super::{Answer, Call, View, filters};
use crate::directory::Form;
use crate::error::CmdletError;
use crate::recipient::Recipient;
use crate::rendering::{Cell, Column};
use crate::tenant::Tenant;

/// What Get-Recipient and Get-DistributionGroupMember show.
pub(crate) const COLUMNS: &[Column<Recipient>] = &[
    ("Identity", |r, _| Cell::text(&r.name)),
    ("Id", |r, _| Cell::text(&r.name)),
    ("Name", |r, _| Cell::text(&r.name)),
    ("Alias", |r, _| Cell::text(&r.alias)),
    ("DisplayName", |r, _| Cell::text(&r.display_name)),
    ("PrimarySmtpAddress", |r, _| Cell::text(&r.primary_smtp_address)),
    ("EmailAddresses", |r, _| Cell::texts(r.email_addresses())),
    ("ExternalDirectoryObjectId", |r, _| Cell::text(r.object_id.to_string())),
    ("RecipientType", |r, _| Cell::text(r.kind.recipient_type())),
    ("RecipientTypeDetails", |r, _| Cell::text(r.kind.details())),
    ("WindowsLiveID", |r, _| Cell::optional(r.user_principal_name.as_deref())),
    ("HiddenFromAddressListsEnabled", |r, _| Cell::Flag(r.hidden_from_address_lists)),
    ("ManagedBy", |r, _| match &r.group {
        Some(group) => Cell::texts(group.managed_by.iter().map(|owner| owner.guid().to_string())),
        None => Cell::Null,
    }),
    ("ResourceType", |r, _| Cell::optional(r.resource_type.as_deref())),
    ("City", |r, _| Cell::optional(r.attribute("City"))),
    ("Office", |r, _| Cell::optional(r.attribute("Office"))),
    ("Company", |r, _| Cell::optional(r.attribute("Company"))),
    ("Department", |r, _| Cell::optional(r.attribute("Department"))),
    ("StateOrProvince", |r, _| Cell::optional(r.attribute("StateOrProvince"))),
    ("CountryOrRegion", |r, _| Cell::optional(r.attribute("CountryOrRegion"))),
    ("Title", |r, _| Cell::optional(r.attribute("Title"))),
    ("FirstName", |r, _| Cell::optional(r.attribute("FirstName"))),
    ("LastName", |r, _| Cell::optional(r.attribute("LastName"))),
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
    ("DistinguishedName", distinguished_name),
    ("OrganizationalUnitRoot", |_, t| Cell::text(&t.initial_domain)),
    ("OrganizationId", |_, t| Cell::text(&t.initial_domain)),
    ("Guid", |r, _| Cell::Guid(r.guid)),
    ("ExchangeObjectId", |r, _| Cell::Guid(r.guid)),
    ("WhenCreatedUTC", |r, _| Cell::Time(r.created)),
    ("WhenChangedUTC", |r, _| Cell::Time(r.changed)),
    ("IsValid", |_, _| Cell::Flag(true)),
    ("ObjectState", |_, _| Cell::text("Unchanged")),
];

/// A new group's name can lag behind.
pub(crate) fn distinguished_name<'a>(recipient: &'a Recipient, _: &'a Tenant) -> Cell<'a> {
    if recipient.nameless_reads > 0 { Cell::Null } else { Cell::text(&recipient.distinguished_name) }
}

/// The names of `CustomAttribute1` … `CustomAttribute15`.
pub(crate) const CUSTOM_ATTRIBUTES: [&str; 15] = [
    "CustomAttribute1",
    "CustomAttribute2",
    "CustomAttribute3",
    "CustomAttribute4",
    "CustomAttribute5",
    "CustomAttribute6",
    "CustomAttribute7",
    "CustomAttribute8",
    "CustomAttribute9",
    "CustomAttribute10",
    "CustomAttribute11",
    "CustomAttribute12",
    "CustomAttribute13",
    "CustomAttribute14",
    "CustomAttribute15",
];

/// Where a read looks.
pub(crate) enum Source {
    Directory,
    /// The directory, and these after it.
    DirectoryAnd(Vec<Recipient>),
    Groups,
}

/// Which recipients a read is about: by identity, by filter and type, or all.
pub(crate) fn list(
    call: &Call,
    tenant: &Tenant,
    columns: &'static [Column<Recipient>],
    kind: impl Fn(&Recipient) -> bool,
    source: &Source,
) -> Result<Answer, CmdletError> {
    if let Some(identity) = call.parameters.text("Identity") {
        let recipient = identity::recipient(tenant, identity, ANY, &kind)?;
        return Ok(call.one(tenant, columns, recipient));
    }
    let filter = call.parameters.text("Filter").map(filters::parse).transpose()?;
    let details = call.parameters.list("RecipientTypeDetails").unwrap_or_default();
    let types = call.parameters.list("RecipientType").unwrap_or_default();
    let anr = call.parameters.text("Anr").map(str::to_lowercase);
    let directory = &tenant.directory;
    let wanted = |recipient: &Recipient| {
        kind(recipient)
            && (details.is_empty() || details.iter().any(|d| d == recipient.kind.details()))
            && (types.is_empty() || types.iter().any(|t| t == recipient.kind.recipient_type()))
            && anr.as_deref().is_none_or(|anr| answers_to(recipient, anr))
            && filter.as_ref().is_none_or(|filter| filter.matches(&View { recipient, directory }))
    };
    let start = call.window.start;
    let ways = filter.as_ref().and_then(|filter| filters::ways_in(filter.expression()));
    let recipients: Box<dyn Iterator<Item = (usize, &Recipient)>> = match (source, &ways) {
        (Source::Groups, _) => Box::new(directory.groups_from(start)),
        (_, Some(ways)) => Box::new(directory.behind(ways, start)),
        (_, None) => Box::new(directory.iter_from(start)),
    };
    let more: &[Recipient] = if let Source::DirectoryAnd(more) = source { more } else { &[] };
    let offset = directory.len();
    let more = more
        .iter()
        .enumerate()
        .map(|(place, one)| (offset + place, one))
        .filter(|(place, _)| *place >= start);
    Ok(call.rows(tenant, columns, recipients.chain(more).filter(|(_, recipient)| wanted(recipient))))
}

/// Ambiguous name resolution: the beginning of a name or address.
fn answers_to(recipient: &Recipient, anr: &str) -> bool {
    [&recipient.name, &recipient.display_name, &recipient.alias, &recipient.primary_smtp_address]
        .into_iter()
        .any(|text| text.to_lowercase().starts_with(anr))
}

/// Get-Recipient.
pub(crate) fn get_recipient(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let mut call = Call { parameters: call.parameters.clone(), select: call.select.clone(), ..*call };
    if call.select.is_empty() {
        call.select = call.parameters.list("Properties").unwrap_or_default();
    }
    list(&call, tenant, COLUMNS, |_| true, &Source::Directory)
}

const USER_COLUMNS: &[Column<Recipient>] = &[
    ("Identity", |r, _| Cell::text(&r.name)),
    ("Name", |r, _| Cell::text(&r.name)),
    ("DisplayName", |r, _| Cell::text(&r.display_name)),
    ("UserPrincipalName", |r, _| Cell::optional(r.user_principal_name.as_deref())),
    ("MicrosoftOnlineServicesID", |r, _| Cell::optional(r.user_principal_name.as_deref())),
    ("WindowsEmailAddress", |r, _| {
        Cell::optional(Some(r.primary_smtp_address.as_str()).filter(|address| !address.is_empty()))
    }),
    ("ExternalDirectoryObjectId", |r, _| Cell::text(r.object_id.to_string())),
    ("RecipientType", |r, _| Cell::text(r.kind.recipient_type())),
    ("RecipientTypeDetails", |r, _| Cell::text(r.kind.details())),
    ("AccountDisabled", |r, t| {
        Cell::Flag(t.users.get(&r.object_id).is_some_and(|user| !user.account_enabled))
    }),
    ("UsageLocation", |r, t| {
        Cell::optional(t.users.get(&r.object_id).and_then(|user| user.usage_location.as_deref()))
    }),
    ("City", |r, _| Cell::optional(r.attribute("City"))),
    ("Office", |r, _| Cell::optional(r.attribute("Office"))),
    ("Company", |r, _| Cell::optional(r.attribute("Company"))),
    ("Department", |r, _| Cell::optional(r.attribute("Department"))),
    ("StateOrProvince", |r, _| Cell::optional(r.attribute("StateOrProvince"))),
    ("CountryOrRegion", |r, _| Cell::optional(r.attribute("CountryOrRegion"))),
    ("Title", |r, _| Cell::optional(r.attribute("Title"))),
    ("FirstName", |r, _| Cell::optional(r.attribute("FirstName"))),
    ("LastName", |r, _| Cell::optional(r.attribute("LastName"))),
    ("DistinguishedName", distinguished_name),
    ("Guid", |r, _| Cell::Guid(r.guid)),
    ("WhenCreatedUTC", |r, _| Cell::Time(r.created)),
    ("WhenChangedUTC", |r, _| Cell::Time(r.changed)),
];

/// Get-User: users with a mailbox, and after them those without.
pub(crate) fn get_user(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let lacking = |user: &&crate::entra::User| {
        tenant.directory.by_object_id(user.id).is_none_or(|recipient| recipient.late.is_some())
    };
    if let Some(user) = call.parameters.text("Identity").and_then(|text| tenant.user(text)).filter(lacking) {
        return Ok(call.one(tenant, USER_COLUMNS, &tenant.without_mailbox(user)));
    }
    let bare = tenant.users.values().filter(lacking).map(|user| tenant.without_mailbox(user)).collect();
    list(call, tenant, USER_COLUMNS, |r| r.group.is_none(), &Source::DirectoryAnd(bare))
}

/// The text properties that Set-User writes.
pub(crate) const USER_ATTRIBUTES: &[&str] = &[
    "City",
    "Office",
    "Company",
    "Department",
    "StateOrProvince",
    "CountryOrRegion",
    "Title",
    "FirstName",
    "LastName",
];

/// Set-User: address and organisation properties, and the display name.
pub(crate) fn set_user(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let guid =
        identity::recipient(tenant, parameters.required("Identity")?, ANY, |r| r.group.is_none())?.guid;
    let display_name = parameters.text("DisplayName").map(str::to_owned);
    if let Some(name) = &display_name {
        identity::check_length("DisplayName", name, 256)?;
    }
    let now = tenant.clock.now;
    tenant.directory.update(guid, |recipient| {
        for name in USER_ATTRIBUTES {
            if let Some(value) = parameters.clearable(name) {
                recipient.set_attribute(name, value);
            }
        }
        if let Some(name) = display_name {
            recipient.display_name = name;
        }
        recipient.changed = now;
    });
    Ok(Answer::done())
}

/// Refuses an address that another recipient has, or whose domain is not the tenant's.
pub(crate) fn check_address(
    tenant: &Tenant,
    address: &str,
    own: Option<&Recipient>,
) -> Result<(), CmdletError> {
    if !is_address(address) {
        return Err(CmdletError::new(
            CmdletError::VALIDATION,
            format!("The address '{address}' is invalid."),
        ));
    }
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    if !tenant.accepts(domain) {
        return Err(CmdletError::new(
            CmdletError::TASK,
            format!(
                "You can't use the domain because it's not an accepted domain for your organization. Domain: {domain}"
            ),
        ));
    }
    match tenant
        .directory
        .holder(address, Form::Address)
        .filter(|holder| own.is_none_or(|own| own.guid != holder.guid))
    {
        None => Ok(()),
        Some(holder) => Err(CmdletError::new(
            "Microsoft.Exchange.Management.RecipientTasks.ProxyAddressExistsException",
            format!(
                "The proxy address \"SMTP:{address}\" is already being used by the proxy addresses or LegacyExchangeDN. \
                 Please choose another proxy address. It is used by '{}'; the address already exists.",
                holder.name
            ),
        )),
    }
}

/// Refuses a name that another recipient has.
pub(crate) fn check_name(tenant: &Tenant, name: &str, own: Option<&Recipient>) -> Result<(), CmdletError> {
    identity::check_length("Name", name, 64)?;
    let other = |holder: &&Recipient| own.is_none_or(|own| own.guid != holder.guid);
    match tenant.directory.holder(name, Form::Name).filter(other) {
        None => Ok(()),
        Some(_) => Err(CmdletError::new(
            CmdletError::EXISTS,
            format!(
                "The name \"{name}\" is already being used. Please try another name. (The object '{}' already exists.)",
                tenant.distinguished_name(name)
            ),
        )),
    }
}

/// Refuses an alias that is malformed or that another recipient has.
pub(crate) fn check_alias(tenant: &Tenant, alias: &str, own: Option<&Recipient>) -> Result<(), CmdletError> {
    identity::check_length("Alias", alias, 64)?;
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || "!#%&'*+-/=?^_`{|}~.".contains(c) || ('\u{a1}'..='\u{ff}').contains(&c)
    };
    if !alias.chars().all(allowed) || alias.starts_with('.') || alias.ends_with('.') || alias.contains("..") {
        return Err(CmdletError::new(
            CmdletError::VALIDATION,
            format!(
                "The value \"{alias}\" of property \"Alias\" is used by another recipient object or contains invalid \
                     characters: spaces aren't allowed, and a period must stand between other characters."
            ),
        ));
    }
    let other = |holder: &&Recipient| own.is_none_or(|own| own.guid != holder.guid);
    match tenant.directory.holder(alias, Form::Alias).filter(other) {
        None => Ok(()),
        Some(holder) => Err(CmdletError::new(
            CmdletError::EXISTS,
            format!("The alias \"{alias}\" is already being used by '{}': it already exists.", holder.name),
        )),
    }
}

/// The alias that the service makes from a name: spaces are dropped, Latin-1 letters kept, the rest becomes a question mark.
pub(crate) fn derived_alias(name: &str) -> String {
    let letter = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "!#%&'*+-/=?^_`{|}~.".contains(c) => c,
        c if ('\u{a1}'..='\u{ff}').contains(&c) => c,
        _ => '?',
    };
    name.chars().filter(|c| !c.is_whitespace()).map(letter).take(64).collect()
}

/// The local part of an address that the service makes from an alias: only ASCII, umlauts written out.
pub(crate) fn derived_local_part(alias: &str) -> String {
    let mut text = String::new();
    for letter in alias.chars() {
        match letter {
            'ä' => text.push_str("ae"),
            'ö' => text.push_str("oe"),
            'ü' => text.push_str("ue"),
            'Ä' => text.push_str("Ae"),
            'Ö' => text.push_str("Oe"),
            'Ü' => text.push_str("Ue"),
            'ß' => text.push_str("ss"),
            c if c.is_ascii() && c != '?' => text.push(c),
            _ => text.push('_'),
        }
    }
    text
}

/// The parameters `EmailAddresses`, `PrimarySmtpAddress` and `WindowsEmailAddress` of the Set- cmdlets.
pub(crate) fn set_addresses(
    call: &Call,
    tenant: &Tenant,
    old: &Recipient,
    new: &mut Recipient,
) -> Result<(), CmdletError> {
    let parameters = &call.parameters;
    if let Some(change) = parameters.list_change("EmailAddresses") {
        if parameters.has("PrimarySmtpAddress") {
            return Err(CmdletError::new(
                CmdletError::ARGUMENT,
                "You can't use the parameters EmailAddresses and PrimarySmtpAddress at the same time.",
            ));
        }
        let list =
            change.apply(&old.email_addresses(), |one, other| bare(one).eq_ignore_ascii_case(bare(other)));
        let primary = list.iter().find(|text| text.starts_with("SMTP:")).or_else(|| {
            let kept = |text: &&String| bare(text).eq_ignore_ascii_case(&old.primary_smtp_address);
            list.iter().find(kept).or_else(|| list.first())
        });
        let Some(primary) = primary.map(|text| bare(text).to_owned()) else {
            return Err(CmdletError::new(
                CmdletError::VALIDATION,
                "A recipient must have a primary SMTP address.",
            ));
        };
        for text in &list {
            check_address(tenant, bare(text), Some(old))?;
        }
        new.other_addresses = list
            .iter()
            .map(|text| bare(text).to_owned())
            .filter(|a| !a.eq_ignore_ascii_case(&primary))
            .collect();
        new.primary_smtp_address = primary;
    }
    for name in ["PrimarySmtpAddress", "WindowsEmailAddress"] {
        if let Some(address) = parameters.text(name) {
            check_address(tenant, address, Some(old))?;
            new.set_primary(address);
        }
    }
    Ok(())
}

/// An address without `smtp:`.
fn bare(text: &str) -> &str {
    match text.split_once(':') {
        Some((scheme, address)) if scheme.eq_ignore_ascii_case("smtp") => address,
        _ => text,
    }
}
