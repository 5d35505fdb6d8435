//! From the fields of a seed to a tenant, refusing what the service would not hold either.

use super::generate;
use super::schema::{
    ApplicationSeed, AssignmentSeed, GroupKind, GroupSeed, Person, Resource, ResourceKind, RoleGroupSeed,
    ScopeSeed, Seed,
};
use crate::access::{
    Access, Pointer, Principal, ROLE_GROUPS, Reach, RoleGroup, Scope, Unit, is_application_role, role_named,
};
use crate::clock::{Clock, parse_timestamp};
use crate::cmdlets::{self, resource_user};
use crate::directory::Directory;
use crate::entra::{
    APP_ROLES, AppRoleAssignment, EXCHANGE_APP, GRAPH_APP, Grant, KNOWN_SKUS, SCOPES, ServicePrincipal, Sku,
    User, permissions_of,
};
use crate::error::{CmdletError, SeedError};
use crate::faults::Faults;
use crate::guid::Guid;
use crate::recipient::{Group, RecipientKind};
use crate::tenant::{AcceptedDomain, NewRecipient, Organization, Tenant};
use indexmap::{IndexMap, IndexSet};
use serde_yaml::Spanned;
use std::collections::HashMap;

fn wrong<T>(at: &Spanned<T>, cause: impl Into<String>) -> SeedError {
    let place = at.referenced;
    SeedError::new(Some((place.line(), place.column())), cause)
}

fn refused<T>(at: &Spanned<T>, error: &CmdletError) -> SeedError {
    wrong(at, error.message().to_owned())
}

fn guid(text: &Spanned<String>) -> Result<Guid, SeedError> {
    Guid::parse(&text.value).ok_or_else(|| wrong(text, format!("'{}' is not a GUID", text.value)))
}

/// Grows the tenant, section by section in the order of their references.
pub(super) fn grow(seed: Seed) -> Result<Tenant, SeedError> {
    let mut tenant = ground(&seed)?;
    for (app_id, name) in [(EXCHANGE_APP, "Office 365 Exchange Online"), (GRAPH_APP, "Microsoft Graph")] {
        add_resource_application(&mut tenant, app_id, name);
    }
    add_role_groups(&mut tenant);
    for (part_number, seats) in &seed.licenses {
        tenant.skus.push(sku(part_number, *seats));
    }
    for person in &seed.people {
        add_person(&mut tenant, person)?;
    }
    if let Some(administrator) = &seed.administrator {
        let user = tenant.user(&administrator.value).map(|user| user.id);
        tenant.administrator =
            Some(user.ok_or_else(|| wrong(administrator, format!("no person '{}'", administrator.value)))?);
    }
    for resource in &seed.resources {
        add_resource(&mut tenant, resource)?;
    }
    if let Some(numbers) = &seed.generate {
        generate::add(&mut tenant, numbers);
    }
    add_groups(&mut tenant, &seed.groups)?;
    for unit in &seed.administrative_units {
        let id = match &unit.id {
            Some(id) => guid(id)?,
            None => tenant.new_guid(),
        };
        let members = unit.members.iter().map(|m| recipient(&tenant, m)).collect::<Result<_, _>>()?;
        tenant.access.units.push(Unit { id, name: unit.name.clone(), members });
    }
    for application in &seed.applications {
        add_application(&mut tenant, application)?;
    }
    for scope in &seed.management_scopes {
        add_scope(&mut tenant, scope)?;
    }
    for group in &seed.role_groups {
        add_role_group(&mut tenant, group)?;
    }
    for assignment in &seed.role_assignments {
        add_assignment(&mut tenant, assignment)?;
    }
    tenant.faults = seed.faults;
    Ok(tenant)
}

/// The tenant without anything in it.
fn ground(seed: &Seed) -> Result<Tenant, SeedError> {
    let domain = &seed.tenant.domain;
    let Some((label, _)) = domain.value.split_once('.').filter(|(label, _)| !label.is_empty()) else {
        return Err(wrong(domain, format!("'{}' is not a domain", domain.value)));
    };
    let initial_domain =
        seed.tenant.initial_domain.clone().unwrap_or_else(|| format!("{label}.onmicrosoft.com"));
    let id = match &seed.tenant.id {
        Some(id) => guid(id)?,
        None => Guid::derive(&initial_domain, 0),
    };
    let mut clock = Clock::DEFAULT;
    if let Some(given) = &seed.clock {
        if let Some(start) = &given.start {
            clock.now = parse_timestamp(&start.value)
                .ok_or_else(|| wrong(start, "a time such as 2026-11-02T08:00:00Z is needed"))?;
        }
        clock.step = given.step.map_or(clock.step, i64::from);
    }
    let names = std::iter::once(&domain.value).chain([&initial_domain]).chain(&seed.tenant.other_domains);
    let mut domains: Vec<AcceptedDomain> = Vec::new();
    for name in names {
        if !domains.iter().any(|other| other.name.eq_ignore_ascii_case(name)) {
            domains.push(AcceptedDomain {
                name: name.clone(),
                guid: Guid::derive(name, 1),
                is_default: *name == domain.value,
                is_initial: *name == initial_domain,
            });
        }
    }
    Ok(Tenant {
        id,
        display_name: seed.tenant.name.clone(),
        initial_domain,
        domains,
        clock,
        serial: 0,
        revision: 0,
        organization: Organization {
            is_dehydrated: seed.organization.dehydrated,
            ews_enabled: seed.organization.ews_enabled,
            ews_allowed_app_ids: seed.organization.ews_allowed_app_ids.clone(),
        },
        administrator: None,
        clients: seed.clients.clone(),
        directory: Directory::default(),
        users: IndexMap::new(),
        users_by_principal_name: HashMap::new(),
        service_principals: IndexMap::new(),
        app_role_assignments: IndexMap::new(),
        grants: IndexMap::new(),
        skus: Vec::new(),
        access: Access::default(),
        faults: Faults::default(),
    })
}

fn add_resource_application(tenant: &mut Tenant, app_id: &str, display_name: &str) {
    let Some(app) = Guid::parse(app_id) else { return };
    let id = tenant.new_guid();
    let created = tenant.clock.now;
    tenant.service_principals.insert(
        id,
        ServicePrincipal {
            id,
            app_id: app,
            display_name: display_name.to_owned(),
            account_enabled: true,
            app_roles: permissions_of(app_id, APP_ROLES),
            scopes: permissions_of(app_id, SCOPES),
            created,
        },
    );
}

fn add_role_groups(tenant: &mut Tenant) {
    let now = tenant.clock.now;
    let mut first = None;
    for (name, roles) in ROLE_GROUPS {
        let (guid, object_id) = (tenant.new_guid(), tenant.new_guid());
        let owner = *first.get_or_insert(guid);
        tenant.access.role_groups.insert(
            guid,
            RoleGroup {
                guid,
                object_id,
                name: (*name).to_owned(),
                display_name: (*name).to_owned(),
                description: format!(
                    "Members of this role group can do what its roles allow: {}.",
                    roles.join(", ")
                ),
                managed_by: vec![owner],
                members: Vec::new(),
                built_in: true,
                created: now,
                changed: now,
            },
        );
        for role in *roles {
            cmdlets::assign(
                tenant,
                None,
                role,
                Principal::RoleGroup(guid),
                Reach::whole_organization(),
                false,
            );
        }
    }
    // Organization Management may hand on every role, the application roles too.
    if let Some(guid) = first {
        for role in crate::access::ADMINISTRATIVE_ROLES.iter().chain(crate::access::APPLICATION_ROLES) {
            cmdlets::assign(
                tenant,
                None,
                role,
                Principal::RoleGroup(guid),
                Reach::whole_organization(),
                true,
            );
        }
    }
}

fn sku(part_number: &str, seats: u32) -> Sku {
    let known = KNOWN_SKUS.iter().find(|(name, ..)| *name == part_number);
    let id = known.and_then(|(_, id, ..)| Guid::parse(id)).unwrap_or_else(|| Guid::derive(part_number, 2));
    let exchange_plan = known.and_then(|(_, _, plan, name)| Some((Guid::parse(plan)?, (*name).to_owned())));
    Sku { id, part_number: part_number.to_owned(), seats, exchange_plan }
}

fn local_part(address: &str) -> &str {
    address.split('@').next().unwrap_or_default()
}

fn add_person(tenant: &mut Tenant, person: &Person) -> Result<(), SeedError> {
    let name = &person.user_principal_name;
    cmdlets::check_address(tenant, &name.value).map_err(|error| refused(name, &error))?;
    if tenant.user(&name.value).is_some() {
        return Err(wrong(name, format!("there is a person '{}' already", name.value)));
    }
    let mut licences = Vec::new();
    for licence in &person.licenses {
        let sku = tenant.skus.iter().find(|sku| sku.part_number == licence.value);
        let sku = sku.ok_or_else(|| {
            wrong(licence, format!("'{}' is not among the tenant's licenses", licence.value))
        })?;
        licences.push(sku.id);
    }
    let id = tenant.new_guid();
    let (given_name, surname) = match person.display_name.rsplit_once(' ') {
        Some((given, family)) => (Some(given.to_owned()), Some(family.to_owned())),
        None => (None, None),
    };
    let now = tenant.clock.now;
    tenant.add_user(User {
        id,
        user_principal_name: name.value.clone(),
        display_name: person.display_name.clone(),
        mail_nickname: local_part(&name.value).to_owned(),
        account_enabled: !person.account_disabled,
        given_name,
        surname,
        job_title: person.job_title.clone(),
        usage_location: person.usage_location.clone(),
        password_policies: person.password_never_expires.then(|| "DisablePasswordExpiration".to_owned()),
        change_password_at_next_sign_in: false,
        licences,
        created: now,
        password_set: now,
    });
    if tenant.users.get(&id).is_some_and(|user| tenant.has_exchange_licence(user)) {
        tenant.provision_mailbox(id);
    }
    if let Some(guid) = tenant.directory.by_object_id(id).map(|recipient| recipient.guid) {
        tenant.directory.update(guid, |recipient| {
            recipient.attributes.clone_from(&person.attributes);
            recipient.set_attribute("Title", person.job_title.clone());
        });
    }
    Ok(())
}

fn add_resource(tenant: &mut Tenant, resource: &Resource) -> Result<(), SeedError> {
    let address = &resource.primary_smtp_address;
    cmdlets::check_address(tenant, &address.value).map_err(|error| refused(address, &error))?;
    cmdlets::check_name(tenant, &resource.name).map_err(|error| refused(address, &error))?;
    let alias = resource.alias.clone().unwrap_or_else(|| local_part(&address.value).to_owned());
    cmdlets::check_alias(tenant, &alias).map_err(|error| refused(address, &error))?;
    let display_name = resource.display_name.clone().unwrap_or_else(|| resource.name.clone());
    let (id, now) = (tenant.new_guid(), tenant.clock.now);
    tenant.add_user(resource_user(id, &address.value, &display_name, &alias, now));
    let (kind, resource_type) = match resource.kind {
        ResourceKind::Room => (RecipientKind::RoomMailbox, "Room"),
        ResourceKind::Workspace => (RecipientKind::RoomMailbox, "Workspace"),
        ResourceKind::Equipment => (RecipientKind::EquipmentMailbox, "Equipment"),
    };
    let guid = tenant.add_recipient(NewRecipient {
        kind,
        name: resource.name.clone(),
        alias,
        display_name,
        primary_smtp_address: address.value.clone(),
        object_id: Some(id),
        user_principal_name: Some(address.value.clone()),
        group: None,
    });
    for other in &resource.other_addresses {
        cmdlets::check_address(tenant, other).map_err(|error| refused(address, &error))?;
    }
    tenant.directory.update(guid, |recipient| {
        recipient.resource_type = Some(resource_type.to_owned());
        recipient.other_addresses.clone_from(&resource.other_addresses);
        recipient.hidden_from_address_lists = resource.hidden;
        recipient.attributes.clone_from(&resource.attributes);
        recipient.set_attribute("ResourceCapacity", resource.capacity.map(|number| number.to_string()));
    });
    Ok(())
}

fn recipient(tenant: &Tenant, text: &Spanned<String>) -> Result<Guid, SeedError> {
    cmdlets::recipient(tenant, &text.value).map_err(|error| refused(text, &error))
}

/// All groups first, then their members: a group may hold a later one.
fn add_groups(tenant: &mut Tenant, groups: &[GroupSeed]) -> Result<(), SeedError> {
    let mut made = Vec::new();
    for seed in groups {
        let address = &seed.primary_smtp_address;
        cmdlets::check_address(tenant, &address.value).map_err(|error| refused(address, &error))?;
        cmdlets::check_name(tenant, &seed.name).map_err(|error| refused(address, &error))?;
        let alias = seed.alias.clone().unwrap_or_else(|| local_part(&address.value).to_owned());
        cmdlets::check_alias(tenant, &alias).map_err(|error| refused(address, &error))?;
        let mut owners = Vec::new();
        for owner in &seed.managed_by {
            owners.push(cmdlets::owner(tenant, &owner.value).map_err(|error| refused(owner, &error))?);
        }
        if owners.is_empty() {
            owners.extend(tenant.default_owner());
        }
        let kind = match seed.kind {
            GroupKind::RoomList => RecipientKind::RoomList,
            GroupKind::Distribution => RecipientKind::MailUniversalDistributionGroup,
            GroupKind::Security => RecipientKind::MailUniversalSecurityGroup,
            GroupKind::Microsoft365 => RecipientKind::GroupMailbox,
        };
        let guid = tenant.add_recipient(NewRecipient {
            kind,
            name: seed.name.clone(),
            alias,
            display_name: seed.display_name.clone().unwrap_or_else(|| seed.name.clone()),
            primary_smtp_address: address.value.clone(),
            object_id: None,
            user_principal_name: None,
            group: Some(Group::new(owners)),
        });
        if let Some(name) = &seed.distinguished_name {
            tenant.directory.update(guid, |recipient| recipient.distinguished_name.clone_from(name));
        }
        made.push((guid, seed));
    }
    for (guid, seed) in made {
        let mut members = IndexSet::new();
        for member in &seed.members {
            members.insert(recipient(tenant, member)?);
        }
        tenant.directory.set_members(guid, members);
    }
    Ok(())
}

fn add_application(tenant: &mut Tenant, seed: &ApplicationSeed) -> Result<(), SeedError> {
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

fn add_scope(tenant: &mut Tenant, seed: &ScopeSeed) -> Result<(), SeedError> {
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

fn add_role_group(tenant: &mut Tenant, seed: &RoleGroupSeed) -> Result<(), SeedError> {
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

fn add_assignment(tenant: &mut Tenant, seed: &AssignmentSeed) -> Result<(), SeedError> {
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
