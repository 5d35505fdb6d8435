//! Applications and access of a seed.

use super::build::{guid, recipient, refused, wrong};
use super::schema::{ApplicationSeed, AssignmentSeed, RoleGroupSeed, ScopeSeed};
use crate::access::{Pointer, Principal, Reach, RoleGroup, Scope, is_application_role, role_named};
use crate::cmdlets;
use crate::entra::{AppRoleAssignment, Grant, ServicePrincipal};
use crate::error::SeedError;
use crate::guid::Guid;
use crate::tenant::Tenant;
use serde_yaml::Spanned;

pub(super) fn add_application(tenant: &mut Tenant, seed: &ApplicationSeed) -> Result<(), SeedError> {
    let app_id = guid(&seed.app_id)?;
    let id = match &seed.id {
        Some(id) => guid(id)?,
        None => tenant.new_guid(),
    };
    if tenant.service_principals.values().any(|other| other.app_id == app_id || other.id == id) {
        return Err(wrong(&seed.app_id, format!("there is an application {app_id} already")));
    }
    let created = tenant.clock.now;
    let display_name = seed.display_name.clone();
    tenant.service_principals.insert(
        id,
        ServicePrincipal {
            id,
            app_id,
            display_name: display_name.clone(),
            account_enabled: true,
            app_roles: Vec::new(),
            scopes: Vec::new(),
            created,
        },
    );
    if seed.in_exchange {
        let guid = tenant.new_guid();
        let display_name = Some(display_name);
        tenant.access.pointers.insert(id, Pointer { guid, app_id, object_id: id, display_name, created });
    }
    for permission in &seed.permissions {
        let named = |sp: &&ServicePrincipal| sp.display_name == permission.resource.value;
        let Some(resource) = tenant.service_principals.values().find(named).cloned() else {
            return Err(wrong(&permission.resource, format!("no resource '{}'", permission.resource.value)));
        };
        for value in &permission.application {
            let Some(role) = resource.app_roles.iter().find(|role| role.value == value.value) else {
                return Err(wrong(
                    value,
                    format!("'{}' has no app role '{}'", resource.display_name, value.value),
                ));
            };
            let key = tenant.new_guid().plain();
            let assignment = AppRoleAssignment {
                id: key.clone(),
                principal: id,
                resource: resource.id,
                app_role: role.id,
                created,
            };
            tenant.app_role_assignments.insert(key, assignment);
        }
        if !permission.delegated.is_empty() {
            for value in &permission.delegated {
                if !resource.scopes.iter().any(|scope| scope.value == value.value) {
                    return Err(wrong(
                        value,
                        format!("'{}' has no scope '{}'", resource.display_name, value.value),
                    ));
                }
            }
            let words: Vec<&str> = permission.delegated.iter().map(|value| value.value.as_str()).collect();
            let key = tenant.new_guid().plain();
            let scope = words.join(" ");
            let (all_principals, principal) = (true, None);
            tenant.grants.insert(
                key.clone(),
                Grant { id: key, client: id, all_principals, principal, resource: resource.id, scope },
            );
        }
    }
    Ok(())
}

pub(super) fn add_scope(tenant: &mut Tenant, seed: &ScopeSeed) -> Result<(), SeedError> {
    let text = match (&seed.recipient_filter, seed.member_of.as_slice()) {
        (Some(filter), []) => filter.value.clone(),
        (None, groups @ [_, ..]) => {
            let mut names = Vec::new();
            for group in groups {
                let guid = recipient(tenant, group)?;
                names.extend(tenant.directory.get(guid).map(|group| group.distinguished_name.clone()));
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            opath::member_of_group(&names)
        }
        _ => return Err(wrong(&seed.name, "a scope needs either recipientFilter or memberOf")),
    };
    let at = seed.recipient_filter.as_ref().unwrap_or(&seed.name);
    let filter = opath::parse(&text).map_err(|error| wrong(at, error.to_string()))?;
    let (guid, now) = (tenant.new_guid(), tenant.clock.now);
    let scope = Scope {
        guid,
        name: seed.name.value.clone(),
        recipient_filter: filter.stored_form(),
        recipient_root: None,
        exclusive: seed.exclusive,
        created: now,
        changed: now,
    };
    tenant.access.scopes.insert(guid, scope);
    Ok(())
}

fn scope_reach(tenant: &Tenant, text: &Spanned<String>, app: bool) -> Result<Reach, SeedError> {
    let scope = tenant.access.scopes.values().find(|scope| scope.name.eq_ignore_ascii_case(&text.value));
    let scope = scope.ok_or_else(|| wrong(text, format!("no management scope '{}'", text.value)))?;
    Ok(match (app, scope.exclusive) {
        (true, _) => Reach::Resource(scope.guid),
        (false, true) => Reach::Exclusive(scope.guid),
        (false, false) => Reach::Custom(scope.guid),
    })
}

fn role(text: &Spanned<String>, app: bool) -> Result<&'static str, SeedError> {
    let role = role_named(&text.value).ok_or_else(|| wrong(text, format!("no role '{}'", text.value)))?;
    if is_application_role(role) != app {
        return Err(wrong(text, "application roles go to applications, and no other roles do"));
    }
    Ok(role)
}

pub(super) fn add_role_group(tenant: &mut Tenant, seed: &RoleGroupSeed) -> Result<(), SeedError> {
    let reach = match &seed.scope {
        Some(scope) => scope_reach(tenant, scope, false)?,
        None => Reach::whole_organization(),
    };
    let mut members = Vec::new();
    for member in &seed.members {
        members.push(cmdlets::principal(tenant, &member.value).map_err(|error| refused(member, &error))?);
    }
    let owner = tenant.default_owner().map(crate::recipient::Owner::guid);
    let (guid, object_id, now) = (tenant.new_guid(), tenant.new_guid(), tenant.clock.now);
    tenant.access.role_groups.insert(
        guid,
        RoleGroup {
            guid,
            object_id,
            name: seed.name.clone(),
            display_name: seed.name.clone(),
            description: seed.description.clone(),
            managed_by: owner.into_iter().collect(),
            members,
            built_in: false,
            created: now,
            changed: now,
        },
    );
    for text in &seed.roles {
        cmdlets::assign(tenant, None, role(text, false)?, Principal::RoleGroup(guid), reach.clone(), false);
    }
    Ok(())
}

pub(super) fn add_assignment(tenant: &mut Tenant, seed: &AssignmentSeed) -> Result<(), SeedError> {
    let (text, assignee) = match (&seed.app, &seed.user, &seed.group) {
        (Some(text), None, None) => {
            let wanted = Guid::parse(&text.value);
            let found = tenant.access.pointers.values().find(|pointer| {
                Some(pointer.app_id) == wanted || pointer.display_name.as_deref() == Some(text.value.as_str())
            });
            (text, found.map(|pointer| Principal::Application(pointer.object_id)))
        }
        (None, Some(text), None) => (text, tenant.user(&text.value).map(|user| Principal::User(user.id))),
        (None, None, Some(text)) => (text, cmdlets::principal(tenant, &text.value).ok()),
        _ => return Err(wrong(&seed.name, "an assignment needs exactly one of app, user and group")),
    };
    let assignee = assignee.ok_or_else(|| wrong(text, format!("no assignee '{}'", text.value)))?;
    let app = matches!(assignee, Principal::Application(_));
    let reach = match (&seed.scope, &seed.recipient_group, &seed.administrative_unit) {
        (None, None, None) => Reach::whole_organization(),
        (Some(scope), None, None) => scope_reach(tenant, scope, app)?,
        (None, Some(group), None) => Reach::Group(recipient(tenant, group)?),
        (None, None, Some(unit)) => {
            let found = tenant.access.units.iter().find(|other| other.name == unit.value);
            Reach::AdministrativeUnit(
                found.ok_or_else(|| wrong(unit, format!("no unit '{}'", unit.value)))?.id,
            )
        }
        _ => return Err(wrong(&seed.name, "an assignment has at most one scope")),
    };
    let role = role(&seed.role, app)?;
    let guid = cmdlets::assign(tenant, Some(seed.name.value.clone()), role, assignee, reach, false);
    if seed.disabled
        && let Some(assignment) = tenant.access.assignments.get_mut(&guid)
    {
        assignment.enabled = false;
    }
    Ok(())
}
