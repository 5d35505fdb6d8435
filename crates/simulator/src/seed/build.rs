//! From the fields of a seed to a tenant, refusing what the service would not hold either.

use super::schema::{GroupKind, GroupSeed, Person, Resource, ResourceKind, Seed};
use super::{access, generate};
use crate::access::{Access, Principal, ROLE_GROUPS, Reach, RoleGroup, Unit};
use crate::clock::{Clock, parse_timestamp};
use crate::cmdlets::{self, resource_user};
use crate::directory::Directory;
use crate::entra::{
    APP_ROLES, EXCHANGE_APP, GRAPH_APP, KNOWN_SKUS, SCOPES, ServicePrincipal, Sku, User, permissions_of,
};
use crate::error::{CmdletError, SeedError};
use crate::faults::{Delays, Faults};
use crate::guid::Guid;
use crate::recipient::{Group, RecipientKind};
use crate::tenant::{AcceptedDomain, Client, NewRecipient, Organization, Tenant};
use crate::token;
use indexmap::{IndexMap, IndexSet};
use serde_yaml::Spanned;
use std::collections::HashMap;

pub(super) fn wrong<T>(at: &Spanned<T>, cause: impl Into<String>) -> SeedError {
    let place = at.referenced;
    SeedError::new(Some((place.line(), place.column())), cause)
}

pub(super) fn refused<T>(at: &Spanned<T>, error: &CmdletError) -> SeedError {
    wrong(at, error.message().to_owned())
}

pub(super) fn guid(text: &Spanned<String>) -> Result<Guid, SeedError> {
    Guid::parse(&text.value).ok_or_else(|| wrong(text, format!("'{}' is not a GUID", text.value)))
}

/// Grows the tenant, section by section in the order of their references.
pub(super) fn grow(seed: &Seed) -> Result<Tenant, SeedError> {
    let mut tenant = ground(seed)?;
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
        access::add_application(&mut tenant, application)?;
    }
    for scope in &seed.management_scopes {
        access::add_scope(&mut tenant, scope)?;
    }
    for group in &seed.role_groups {
        access::add_role_group(&mut tenant, group)?;
    }
    for assignment in &seed.role_assignments {
        access::add_assignment(&mut tenant, assignment)?;
    }
    seed.faults.check().map_err(|why| SeedError::new(None, format!("faults: {why}")))?;
    tenant.faults.clone_from(&seed.faults);
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
            customised_at: None,
            ews_enabled: seed.organization.ews_enabled,
            ews_allowed_app_ids: seed.organization.ews_allowed_app_ids.clone(),
        },
        administrator: None,
        clients: seed
            .clients
            .iter()
            .map(|client| Client { secret: client.secret.as_deref().map(token::digest), ..client.clone() })
            .collect(),
        guest: None,
        directory: Directory::default(),
        users: IndexMap::new(),
        users_by_principal_name: HashMap::new(),
        service_principals: IndexMap::new(),
        app_role_assignments: IndexMap::new(),
        grants: IndexMap::new(),
        skus: Vec::new(),
        access: Access::default(),
        faults: Faults::default(),
        delays: Delays::default(),
        moment: 0,
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

pub(super) fn recipient(tenant: &Tenant, text: &Spanned<String>) -> Result<Guid, SeedError> {
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
