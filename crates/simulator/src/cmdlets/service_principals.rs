//! Exchange's pointers to Entra service principals, and what those may do.

use super::{Answer, Call, View, filters, identity};
use crate::access::{Assignment, Pointer, Principal, Reach};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::recipient::Recipient;
use crate::rendering::{Cell, Column};
use crate::tenant::Tenant;

const COLUMNS: &[Column<Pointer>] = &[
    ("Identity", |p, _| Cell::text(p.object_id.to_string())),
    ("Id", |p, _| Cell::text(p.object_id.to_string())),
    ("DisplayName", |p, _| Cell::optional(p.display_name.as_deref())),
    ("AppId", |p, _| Cell::text(p.app_id.to_string())),
    ("ObjectId", |p, _| Cell::text(p.object_id.to_string())),
    ("DistinguishedName", |p, t| Cell::text(t.distinguished_name(&p.object_id.to_string()))),
    ("Guid", |p, _| Cell::Guid(p.guid)),
    ("WhenCreatedUTC", |p, _| Cell::Time(p.created)),
    ("IsValid", |_, _| Cell::Flag(true)),
];

/// Get-ServicePrincipal.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    match call.parameters.text("Identity") {
        Some(text) => Ok(call.one(tenant, COLUMNS, identity::pointer(tenant, text)?)),
        None => Ok(call.few(tenant, COLUMNS, tenant.access.pointers.values())),
    }
}

/// New-ServicePrincipal. Exchange does not look into Entra: a wrong pair is taken, and never works.
pub(crate) fn new(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let id = |name: &str| {
        let text = parameters.required(name)?;
        Guid::parse(text).ok_or_else(|| {
            CmdletError::new(CmdletError::ARGUMENT, format!("The value '{text}' of {name} isn't a GUID."))
        })
    };
    if !parameters.has("ObjectId") && !parameters.has("ServiceId") {
        parameters.required("ObjectId")?;
    }
    let (app_id, object_id) =
        (id("AppId")?, id(if parameters.has("ObjectId") { "ObjectId" } else { "ServiceId" })?);
    let clash = |pointer: &&Pointer| pointer.app_id == app_id || pointer.object_id == object_id;
    if let Some(other) = tenant.access.pointers.values().find(clash) {
        return Err(CmdletError::new(
            CmdletError::EXISTS,
            format!(
                "The service principal with AppId {} and ObjectId {} already exists.",
                other.app_id, other.object_id
            ),
        ));
    }
    let display_name = parameters.text("DisplayName").map(str::to_owned);
    if let Some(text) = &display_name {
        identity::check_length("DisplayName", text, 256)?;
    }
    let (guid, created) = (tenant.new_guid(), tenant.clock.now);
    let pointer = Pointer { guid, app_id, object_id, display_name, created };
    let answer = call.one(tenant, COLUMNS, &pointer);
    tenant.access.pointers.insert(object_id, pointer);
    Ok(answer)
}

/// Set-ServicePrincipal: the display name.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let old = identity::pointer(tenant, call.parameters.required("Identity")?)?;
    let mut new = old.clone();
    if let Some(text) = call.parameters.clearable("DisplayName") {
        if let Some(text) = &text {
            identity::check_length("DisplayName", text, 256)?;
        }
        new.display_name = text;
    }
    if new.display_name == old.display_name {
        return Ok(Answer::unchanged(&new.object_id.to_string()));
    }
    tenant.access.pointers.insert(new.object_id, new);
    Ok(Answer::done())
}

/// Remove-ServicePrincipal: its assignments go with it.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let id = identity::pointer(tenant, call.parameters.required("Identity")?)?.object_id;
    tenant.forget_application(id);
    Ok(Answer::done())
}

/// One line of Test-ServicePrincipalAuthorization.
struct Line {
    role: String,
    permissions: String,
    scope: String,
    scope_type: &'static str,
    in_scope: String,
}

const TEST_COLUMNS: &[Column<Line>] = &[
    ("RoleName", |l, _| Cell::text(&l.role)),
    ("GrantedPermissions", |l, _| Cell::text(&l.permissions)),
    ("AllowedResourceScope", |l, _| Cell::text(&l.scope)),
    ("ScopeType", |l, _| Cell::text(l.scope_type)),
    ("InScope", |l, _| Cell::text(&l.in_scope)),
];

/// Test-ServicePrincipalAuthorization: from the assignments as they are, without any cache.
pub(crate) fn test(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let pointer = identity::pointer(tenant, call.parameters.required("Identity")?)?;
    let resource = match call.parameters.text("Resource") {
        Some(text) => Some(identity::recipient(tenant, text, identity::ANY, |r| r.kind.is_mailbox())?),
        None => None,
    };
    let app = Principal::Application(pointer.object_id);
    let mine = tenant.access.assignments.values().filter(|a| a.assignee == app && a.enabled && !a.delegating);
    let lines: Vec<Line> = mine.map(|assignment| line(tenant, assignment, resource)).collect();
    Ok(call.few(tenant, TEST_COLUMNS, &lines))
}

fn line(tenant: &Tenant, assignment: &Assignment, resource: Option<&Recipient>) -> Line {
    let (scope_type, scope) = match &assignment.reach {
        Reach::Custom(guid) | Reach::Exclusive(guid) | Reach::Resource(guid) => {
            ("CustomRecipientScope", tenant.access.scopes.get(guid).map(|scope| scope.name.clone()))
        }
        Reach::AdministrativeUnit(id) => ("AdministrativeUnit", Some(id.to_string())),
        Reach::Group(guid) => ("GroupScope", tenant.directory.get(*guid).map(|group| group.name.clone())),
        Reach::Relative(_) | Reach::OrganizationalUnit(_) => {
            ("OrganizationConfig", Some("Organization".to_owned()))
        }
    };
    let in_scope = match resource {
        None => "Not Run".to_owned(),
        Some(resource) => {
            if covers(tenant, &assignment.reach, resource) { "True" } else { "False" }.to_owned()
        }
    };
    let role = assignment.role.clone();
    let permissions = match role.trim_start_matches("Application ") {
        "Mail Full Access" => "Mail.ReadWrite, Mail.Send",
        "Exchange Full Access" => {
            "Mail.ReadWrite, Mail.Send, MailboxSettings.ReadWrite, Calendars.ReadWrite, Contacts.ReadWrite"
        }
        other => other,
    }
    .to_owned();
    Line { role, permissions, scope: scope.unwrap_or_default(), scope_type, in_scope }
}

/// Whether a mailbox lies within an assignment's reach. Groups count with direct members only.
pub(crate) fn covers(tenant: &Tenant, reach: &Reach, mailbox: &Recipient) -> bool {
    match reach {
        Reach::Relative(scope) => scope == "Organization",
        Reach::OrganizationalUnit(_) => true,
        Reach::Custom(guid) | Reach::Exclusive(guid) | Reach::Resource(guid) => {
            let filter =
                tenant.access.scopes.get(guid).and_then(|scope| filters::parse(&scope.recipient_filter).ok());
            let view = View { recipient: mailbox, directory: &tenant.directory };
            filter.is_some_and(|filter| filter.matches(&view))
        }
        Reach::Group(guid) => tenant.directory.groups_of(mailbox.guid).any(|group| group.guid == *guid),
        Reach::AdministrativeUnit(id) => {
            tenant.access.units.iter().any(|unit| unit.id == *id && unit.members.contains(&mailbox.guid))
        }
    }
}
