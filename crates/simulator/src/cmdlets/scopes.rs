//! Management scopes.

use super::{Answer, Call, filters, identity};
use crate::access::Scope;
use crate::error::CmdletError;
use crate::rendering::{Cell, Column};
use crate::tenant::Tenant;

const COLUMNS: &[Column<Scope>] = &[
    ("Identity", |s, _| Cell::text(&s.name)),
    ("Id", |s, _| Cell::text(&s.name)),
    ("Name", |s, _| Cell::text(&s.name)),
    ("RecipientFilter", |s, _| Cell::text(&s.recipient_filter)),
    ("RecipientRoot", |s, _| Cell::optional(s.recipient_root.as_deref())),
    ("ScopeRestrictionType", |_, _| Cell::text("RecipientScope")),
    ("Exclusive", |s, _| Cell::Flag(s.exclusive)),
    ("DistinguishedName", |s, t| Cell::text(t.configuration_name("Scopes", &s.name))),
    ("Guid", |s, _| Cell::Guid(s.guid)),
    ("ExchangeObjectId", |s, _| Cell::Guid(s.guid)),
    ("OrganizationId", |_, t| Cell::text(&t.initial_domain)),
    ("WhenCreatedUTC", |s, _| Cell::Time(s.created)),
    ("WhenChangedUTC", |s, _| Cell::Time(s.changed)),
    ("IsValid", |_, _| Cell::Flag(true)),
    ("ObjectState", |_, _| Cell::text("Unchanged")),
];

/// Get-ManagementScope.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    if let Some(text) = call.parameters.text("Identity") {
        return Ok(call.one(tenant, COLUMNS, identity::scope(tenant, text)?));
    }
    let exclusive = call.parameters.flag("Exclusive");
    let orphan = call.parameters.switch("Orphan");
    let wanted = |scope: &&Scope| {
        exclusive.is_none_or(|exclusive| scope.exclusive == exclusive) && !(orphan && is_used(tenant, scope))
    };
    Ok(call.few(tenant, COLUMNS, tenant.access.scopes.values().filter(wanted)))
}

fn is_used(tenant: &Tenant, scope: &Scope) -> bool {
    tenant.access.assignments.values().any(|assignment| assignment.reach.scope() == Some(scope.guid))
}

/// New-ManagementScope.
pub(crate) fn new(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    identity::check_hydrated(tenant, call)?;
    let name = parameters.required("Name")?.trim().to_owned();
    check_name(tenant, &name, None)?;
    let recipient_filter = filters::parse(parameters.required("RecipientRestrictionFilter")?)?.stored_form();
    let recipient_root = root(call, tenant)?;
    let exclusive = parameters.switch("Exclusive");
    check_equal(tenant, None, &recipient_filter, recipient_root.as_deref(), exclusive)?;
    let guid = tenant.new_guid();
    let now = tenant.clock.now;
    let scope = Scope { guid, name, recipient_filter, recipient_root, exclusive, created: now, changed: now };
    let answer = call.one(tenant, COLUMNS, &scope);
    tenant.access.scopes.insert(guid, scope);
    if exclusive && !parameters.switch("Force") {
        return Ok(answer.warn(
            "An exclusive management scope acts as soon as it exists: nobody but its assignees can change what it matches.",
        ));
    }
    Ok(answer)
}

fn check_name(tenant: &Tenant, name: &str, own: Option<&Scope>) -> Result<(), CmdletError> {
    identity::check_length("Name", name, 64)?;
    let taken =
        |scope: &Scope| scope.name.eq_ignore_ascii_case(name) && own.is_none_or(|own| own.guid != scope.guid);
    if tenant.access.scopes.values().any(taken) {
        return Err(CmdletError::new(
            CmdletError::EXISTS,
            format!("The management scope \"{name}\" already exists."),
        ));
    }
    Ok(())
}

/// Refuses a scope that says the same as another one.
fn check_equal(
    tenant: &Tenant,
    own: Option<&Scope>,
    filter: &str,
    root: Option<&str>,
    exclusive: bool,
) -> Result<(), CmdletError> {
    let equal = |scope: &&Scope| {
        scope.recipient_filter.eq_ignore_ascii_case(filter)
            && scope.recipient_root.as_deref() == root
            && scope.exclusive == exclusive
            && own.is_none_or(|own| own.guid != scope.guid)
    };
    match tenant.access.scopes.values().find(equal) {
        None => Ok(()),
        Some(scope) => Err(CmdletError::new(
            CmdletError::ARGUMENT,
            format!(
                "The management scope \"{}\" already exists with the same recipient root, recipient filter and scope type.",
                scope.name
            ),
        )),
    }
}

/// In Exchange Online there is but one organisational unit: the tenant's own.
fn root(call: &Call, tenant: &Tenant) -> Result<Option<String>, CmdletError> {
    let Some(root) = call.parameters.text("RecipientRoot") else { return Ok(None) };
    if tenant.is_called(root) {
        return Ok(Some(tenant.initial_domain.clone()));
    }
    Err(CmdletError::new(
        CmdletError::NOT_FOUND,
        format!("The organizational unit or container \"{root}\" couldn't be found."),
    ))
}

/// Set-ManagementScope.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    let old = identity::scope(tenant, parameters.required("Identity")?)?;
    let mut new = old.clone();
    if parameters.has("Name") {
        let name = parameters.required("Name")?.trim();
        check_name(tenant, name, Some(old))?;
        name.clone_into(&mut new.name);
    }
    if parameters.has("RecipientRestrictionFilter") {
        new.recipient_filter =
            filters::parse(parameters.required("RecipientRestrictionFilter")?)?.stored_form();
    }
    if parameters.has("RecipientRoot") {
        new.recipient_root = root(call, tenant)?;
    }
    if new.recipient_filter != old.recipient_filter || new.recipient_root != old.recipient_root {
        check_equal(tenant, Some(old), &new.recipient_filter, new.recipient_root.as_deref(), new.exclusive)?;
    } else if new.name == old.name {
        return Ok(Answer::unchanged(&old.name));
    }
    new.changed = tenant.clock.now;
    tenant.access.scopes.insert(new.guid, new);
    Ok(Answer::done())
}

/// Remove-ManagementScope: refused while an assignment rests on it.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let scope = identity::scope(tenant, call.parameters.required("Identity")?)?;
    let users: Vec<&str> = tenant
        .access
        .assignments
        .values()
        .filter(|assignment| assignment.reach.scope() == Some(scope.guid))
        .map(|assignment| assignment.name.as_str())
        .collect();
    if !users.is_empty() {
        return Err(CmdletError::new(
            CmdletError::INVALID,
            format!(
                "The scope \"{}\" can't be removed because it's being used by the following management role assignments: \
                 {}. Remove those assignments before you remove the scope.",
                scope.name,
                users.join(", ")
            ),
        ));
    }
    let guid = scope.guid;
    tenant.access.scopes.shift_remove(&guid);
    Ok(Answer::done())
}
