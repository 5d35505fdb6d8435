//! Management role assignments, and the roles themselves.

use super::{Answer, Call, identity, roles};
use crate::access::{Assignment, Principal, Reach, is_application_role};
use crate::error::CmdletError;
use crate::guid::Guid;
use crate::recipient::RecipientKind;
use crate::rendering::{Cell, Column};
use crate::tenant::Tenant;

/// One line of the answer: an assignment, or what somebody gets of it through a group.
pub(crate) struct Line {
    pub(crate) assignment: Assignment,
    method: &'static str,
    chain: Option<String>,
    /// With `GetEffectiveUsers`.
    effective_user: Option<String>,
}

const COLUMNS: &[Column<Line>] = &[
    ("Identity", |l, _| Cell::text(&l.assignment.name)),
    ("Id", |l, _| Cell::text(&l.assignment.name)),
    ("Name", |l, _| Cell::text(&l.assignment.name)),
    ("Role", |l, _| Cell::text(&l.assignment.role)),
    ("RoleAssignee", |l, t| Cell::text(assignee_name(t, l.assignment.assignee))),
    ("RoleAssigneeName", |l, t| Cell::text(assignee_name(t, l.assignment.assignee))),
    ("RoleAssigneeType", |l, _| Cell::text(assignee_type(l.assignment.assignee))),
    ("User", |l, t| Cell::text(assignee_name(t, l.assignment.assignee))),
    ("App", |l, _| match l.assignment.assignee {
        Principal::Application(id) => Cell::text(id.to_string()),
        _ => Cell::Null,
    }),
    ("AssignmentMethod", |l, _| Cell::text(l.method)),
    ("AssignmentChain", |l, _| Cell::optional(l.chain.as_deref())),
    ("EffectiveUserName", |l, t| match (&l.effective_user, l.assignment.assignee) {
        (Some(name), _) => Cell::text(name),
        (None, Principal::RoleGroup(_) | Principal::Group(_)) => Cell::text("All Group Members"),
        (None, assignee) => Cell::text(assignee_name(t, assignee)),
    }),
    ("RoleAssignmentDelegationType", |l, _| {
        Cell::text(match (&l.assignment.reach, l.assignment.delegating) {
            (_, false) => "Regular",
            (Reach::Relative(_), true) => "DelegatingOrgWide",
            (_, true) => "Delegating",
        })
    }),
    ("CustomRecipientWriteScope", |l, t| match &l.assignment.reach {
        Reach::Custom(guid) | Reach::Exclusive(guid) => scope_name(t, *guid),
        Reach::AdministrativeUnit(id) => Cell::text(id.to_string()),
        Reach::OrganizationalUnit(unit) => Cell::text(unit),
        Reach::Group(guid) => t.directory.get(*guid).map_or(Cell::Null, |group| Cell::text(&group.name)),
        Reach::Relative(_) | Reach::Resource(_) => Cell::Null,
    }),
    ("CustomResourceScope", |l, t| match &l.assignment.reach {
        Reach::Resource(guid) => scope_name(t, *guid),
        Reach::AdministrativeUnit(id) if matches!(l.assignment.assignee, Principal::Application(_)) => {
            Cell::text(id.to_string())
        }
        _ => Cell::Null,
    }),
    ("RecipientWriteScope", |l, _| {
        Cell::text(match &l.assignment.reach {
            Reach::Relative(scope) => scope.as_str(),
            Reach::Custom(_) | Reach::Resource(_) => "CustomRecipientScope",
            Reach::Exclusive(_) => "ExclusiveRecipientScope",
            Reach::Group(_) => "GroupScope",
            Reach::AdministrativeUnit(_) => "AdministrativeUnit",
            Reach::OrganizationalUnit(_) => "OU",
        })
    }),
    ("RecipientReadScope", |_, _| Cell::text("Organization")),
    ("ConfigReadScope", |l, _| Cell::text(config_scope(l))),
    ("ConfigWriteScope", |l, _| Cell::text(config_scope(l))),
    ("Enabled", |l, _| Cell::Flag(l.assignment.enabled)),
    ("DistinguishedName", |l, t| Cell::text(t.configuration_name("Role Assignments", &l.assignment.name))),
    ("Guid", |l, _| Cell::Guid(l.assignment.guid)),
    ("ExchangeObjectId", |l, _| Cell::Guid(l.assignment.guid)),
    ("OrganizationId", |_, t| Cell::text(&t.initial_domain)),
    ("WhenCreatedUTC", |l, _| Cell::Time(l.assignment.created)),
    ("WhenChangedUTC", |l, _| Cell::Time(l.assignment.changed)),
    ("IsValid", |_, _| Cell::Flag(true)),
    ("ObjectState", |_, _| Cell::text("Unchanged")),
];

fn scope_name(tenant: &Tenant, guid: Guid) -> Cell<'_> {
    tenant.access.scopes.get(&guid).map_or(Cell::Null, |scope| Cell::text(&scope.name))
}

fn config_scope(line: &Line) -> &'static str {
    if is_application_role(&line.assignment.role) { "None" } else { "OrganizationConfig" }
}

/// What the service calls the assignee: of an application, its object id.
pub(crate) fn assignee_name(tenant: &Tenant, principal: Principal) -> String {
    match principal {
        Principal::User(id) => tenant
            .directory
            .by_object_id(id)
            .map(|r| r.name.clone())
            .or_else(|| tenant.users.get(&id).map(|user| user.display_name.clone())),
        Principal::Group(guid) => tenant.directory.get(guid).map(|group| group.name.clone()),
        Principal::RoleGroup(guid) => tenant.access.role_groups.get(&guid).map(|group| group.name.clone()),
        Principal::Application(id) => Some(id.to_string()),
    }
    .unwrap_or_default()
}

fn assignee_type(principal: Principal) -> &'static str {
    match principal {
        Principal::User(_) => "User",
        Principal::Group(_) => "SecurityGroup",
        Principal::RoleGroup(_) => "RoleGroup",
        Principal::Application(_) => "ServicePrincipal",
    }
}

fn direct(assignment: &Assignment) -> Line {
    Line { assignment: assignment.clone(), method: "Direct", chain: None, effective_user: None }
}

/// Get-ManagementRoleAssignment. With `RoleAssignee` also what comes through groups.
pub(crate) fn get(call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    if let Some(text) = parameters.text("Identity") {
        return Ok(call.one(tenant, COLUMNS, &direct(identity::assignment(tenant, text)?)));
    }
    let mut lines: Vec<Line> = match parameters.text("RoleAssignee") {
        None => tenant.access.assignments.values().map(direct).collect(),
        Some(text) => lines_of(tenant, identity::principal(tenant, text)?),
    };
    if let Some(role) = parameters.text("Role") {
        let role = roles::known(role)?;
        lines.retain(|line| line.assignment.role == role);
    }
    if let Some(methods) = parameters.list("AssignmentMethod") {
        lines.retain(|line| methods.iter().any(|method| method == line.method));
    }
    if let Some(kind) = parameters.text("RoleAssigneeType") {
        lines.retain(|line| assignee_type(line.assignment.assignee) == kind);
    }
    if let Some(enabled) = parameters.flag("Enabled") {
        lines.retain(|line| line.assignment.enabled == enabled);
    }
    if let Some(delegating) = parameters.flag("Delegating") {
        lines.retain(|line| line.assignment.delegating == delegating);
    }
    for name in ["CustomRecipientWriteScope", "ExclusiveRecipientWriteScope"] {
        if let Some(text) = parameters.text(name) {
            let guid = identity::scope(tenant, text)?.guid;
            lines.retain(|line| line.assignment.reach.scope() == Some(guid));
        }
    }
    if let Some(exclusive) = parameters.flag("Exclusive") {
        lines.retain(|line| matches!(line.assignment.reach, Reach::Exclusive(_)) == exclusive);
    }
    if parameters.switch("GetEffectiveUsers") {
        lines = lines.into_iter().flat_map(|line| effective(tenant, line)).collect();
    }
    Ok(call.few(tenant, COLUMNS, &lines))
}

/// Direct assignments of a principal, then those of the groups that it is in.
fn lines_of(tenant: &Tenant, principal: Principal) -> Vec<Line> {
    let mut lines: Vec<Line> =
        tenant.access.assignments.values().filter(|a| a.assignee == principal).map(direct).collect();
    let mut reached = vec![principal];
    let mut queue: Vec<(Principal, &'static str, String)> = holders(tenant, principal, "");
    while let Some((group, method, chain)) = queue.pop() {
        if reached.contains(&group) {
            continue;
        }
        reached.push(group);
        for assignment in tenant.access.assignments.values().filter(|a| a.assignee == group) {
            let (assignment, chain) = (assignment.clone(), Some(chain.clone()));
            lines.push(Line { assignment, method, chain, effective_user: None });
        }
        queue.extend(holders(tenant, group, &chain));
    }
    lines
}

/// Groups that a principal is a direct member of.
fn holders(tenant: &Tenant, principal: Principal, chain: &str) -> Vec<(Principal, &'static str, String)> {
    let link = |name: &str| if chain.is_empty() { name.to_owned() } else { format!("{name}\\{chain}") };
    let mut found: Vec<(Principal, &'static str, String)> = Vec::new();
    let recipient = match principal {
        Principal::User(id) => tenant.directory.by_object_id(id).map(|recipient| recipient.guid),
        Principal::Group(guid) => Some(guid),
        _ => None,
    };
    for group in recipient.into_iter().flat_map(|guid| tenant.directory.groups_of(guid)) {
        if group.kind == RecipientKind::MailUniversalSecurityGroup {
            found.push((Principal::Group(group.guid), "SecurityGroup", link(&group.name)));
        }
    }
    for group in tenant.access.role_groups.values().filter(|group| group.members.contains(&principal)) {
        let method =
            if matches!(principal, Principal::Group(_)) { "RoleGroupAndSecurityGroup" } else { "RoleGroup" };
        found.push((Principal::RoleGroup(group.guid), method, link(&group.name)));
    }
    found
}

/// One line per person.
fn effective(tenant: &Tenant, line: Line) -> Vec<Line> {
    let members: Vec<Principal> = match line.assignment.assignee {
        Principal::RoleGroup(guid) => {
            tenant.access.role_groups.get(&guid).map(|group| group.members.clone()).unwrap_or_default()
        }
        Principal::Group(guid) => {
            let group = tenant.directory.get(guid);
            let members = group.into_iter().flat_map(|group| tenant.directory.members_from(group, 0));
            members.map(|(_, member)| Principal::User(member.object_id)).collect()
        }
        Principal::User(_) | Principal::Application(_) => return vec![line],
    };
    let method = if line.method == "Direct" { assignee_type(line.assignment.assignee) } else { line.method };
    members
        .into_iter()
        .map(|member| Line {
            assignment: line.assignment.clone(),
            method,
            chain: line.chain.clone(),
            effective_user: Some(assignee_name(tenant, member)),
        })
        .collect()
}

/// The assignee and the scope that a call names. `app` decides which scopes are allowed.
fn reach(call: &Call, tenant: &Tenant, app: bool) -> Result<Option<Reach>, CmdletError> {
    let parameters = &call.parameters;
    let mut found: Vec<(&str, Reach)> = Vec::new();
    if let Some(text) = parameters.text("CustomRecipientWriteScope") {
        found.push(("CustomRecipientWriteScope", Reach::Custom(plain_scope(tenant, text)?)));
    }
    if let Some(text) = parameters.text("CustomResourceScope") {
        found.push(("CustomResourceScope", Reach::Resource(plain_scope(tenant, text)?)));
    }
    if let Some(text) = parameters.text("ExclusiveRecipientWriteScope") {
        let scope = identity::scope(tenant, text)?;
        if !scope.exclusive {
            return Err(CmdletError::new(
                CmdletError::ARGUMENT,
                format!("The scope \"{}\" isn't an exclusive scope.", scope.name),
            ));
        }
        found.push(("ExclusiveRecipientWriteScope", Reach::Exclusive(scope.guid)));
    }
    if let Some(text) = parameters.text("RecipientGroupScope") {
        let group = identity::recipient(tenant, text, identity::ANY, |r| r.group.is_some())?;
        found.push(("RecipientGroupScope", Reach::Group(group.guid)));
    }
    if let Some(text) = parameters.text("RecipientAdministrativeUnitScope") {
        let guid = Guid::parse(text);
        let unit =
            tenant.access.units.iter().find(|u| Some(u.id) == guid || u.name.eq_ignore_ascii_case(text));
        let unit = unit.ok_or_else(|| CmdletError::not_found(text))?;
        found.push(("RecipientAdministrativeUnitScope", Reach::AdministrativeUnit(unit.id)));
    }
    if let Some(text) = parameters.text("RecipientOrganizationalUnitScope") {
        if !tenant.is_called(text) {
            return Err(CmdletError::not_found(text));
        }
        found.push((
            "RecipientOrganizationalUnitScope",
            Reach::OrganizationalUnit(tenant.initial_domain.clone()),
        ));
    }
    if let Some(text) = parameters.text("RecipientRelativeWriteScope") {
        if !matches!(text, "Organization" | "Self" | "MyDistributionGroups" | "None") {
            return Err(CmdletError::new(
                CmdletError::ARGUMENT,
                format!("The value '{text}' can't be used with RecipientRelativeWriteScope."),
            ));
        }
        found.push(("RecipientRelativeWriteScope", Reach::Relative(text.to_owned())));
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
    if names.len() > 1 {
        return Err(CmdletError::new(
            CmdletError::BINDING_SET,
            format!(
                "Parameter set cannot be resolved: the parameters {} can't be used together.",
                names.join(", ")
            ),
        ));
    }
    let Some((name, reach)) = found.pop() else { return Ok(None) };
    let fits = match reach {
        Reach::Resource(_) | Reach::Group(_) => app,
        Reach::AdministrativeUnit(_) => true,
        _ => !app,
    };
    if !fits {
        return Err(CmdletError::new(
            CmdletError::BINDING_SET,
            format!("Parameter set cannot be resolved: {name} can't be used for this type of assignee."),
        ));
    }
    Ok(Some(reach))
}

fn plain_scope(tenant: &Tenant, text: &str) -> Result<Guid, CmdletError> {
    let scope = identity::scope(tenant, text)?;
    if scope.exclusive {
        return Err(CmdletError::new(
            CmdletError::ARGUMENT,
            format!(
                "The scope \"{}\" is exclusive: use ExclusiveRecipientWriteScope, and never for an application.",
                scope.name
            ),
        ));
    }
    Ok(scope.guid)
}

/// New-ManagementRoleAssignment.
pub(crate) fn new(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let parameters = &call.parameters;
    identity::check_hydrated(tenant, call)?;
    let role = roles::known(parameters.required("Role")?)?;
    let assignee = if parameters.has("App") {
        Principal::Application(identity::pointer(tenant, parameters.required("App")?)?.object_id)
    } else if parameters.has("User") {
        Principal::User(identity::user(tenant, parameters.required("User")?)?)
    } else if parameters.has("SecurityGroup") {
        let text = parameters.required("SecurityGroup")?;
        if let Some(group) = tenant.role_group(text) {
            Principal::RoleGroup(group.guid)
        } else {
            let security = RecipientKind::MailUniversalSecurityGroup;
            Principal::Group(identity::recipient(tenant, text, identity::ANY, |r| r.kind == security)?.guid)
        }
    } else {
        return Err(CmdletError::new(
            "System.NotSupportedException",
            "The simulated tenant has no role assignment policies.",
        ));
    };
    let app = matches!(assignee, Principal::Application(_));
    if is_application_role(role) != app {
        return Err(CmdletError::new(
            CmdletError::INVALID,
            if app {
                format!(
                    "The role '{role}' can't be assigned to a service principal: only application roles can."
                )
            } else {
                format!(
                    "The application role '{role}' can only be assigned to a service principal (parameter App)."
                )
            },
        ));
    }
    let reach = reach(call, tenant, app)?.unwrap_or_else(Reach::whole_organization);
    let delegating = parameters.switch("Delegating");
    let name = match parameters.text("Name") {
        Some(name) => {
            identity::check_length("Name", name, 64)?;
            if identity::assignment(tenant, name).is_ok() {
                return Err(CmdletError::new(
                    CmdletError::EXISTS,
                    format!("The role assignment \"{name}\" already exists."),
                ));
            }
            name.to_owned()
        }
        None => generated_name(tenant, role, assignee, delegating),
    };
    // The name is the only key: nothing says that two names for the same grant are refused, and replacing an
    // assignment without a gap relies on it.
    let guid = insert(tenant, name, role, assignee, reach, delegating);
    Ok(match tenant.access.assignments.get(&guid) {
        Some(assignment) => call.one(tenant, COLUMNS, &direct(assignment)),
        None => Answer::done(),
    })
}

/// `<Role>-<assignee>`, cut to 64 characters, with a number where the name is taken.
pub(crate) fn generated_name(tenant: &Tenant, role: &str, assignee: Principal, delegating: bool) -> String {
    let tail = if delegating { "-Delegating" } else { "" };
    let base: String = format!("{role}-{}{tail}", assignee_name(tenant, assignee)).chars().take(60).collect();
    let taken = |name: &str| tenant.access.assignments.values().any(|a| a.name.eq_ignore_ascii_case(name));
    let mut name = base.clone();
    let mut number = 0u64;
    while taken(&name) {
        number += 1;
        name = format!("{base}-{number}");
    }
    name
}

/// Adds an assignment; nothing is checked here.
pub(crate) fn insert(
    tenant: &mut Tenant,
    name: String,
    role: &str,
    assignee: Principal,
    reach: Reach,
    delegating: bool,
) -> Guid {
    let guid = tenant.new_guid();
    let now = tenant.clock.now;
    let role = role.to_owned();
    let assignment = Assignment {
        guid,
        name,
        role,
        assignee,
        reach,
        delegating,
        enabled: true,
        created: now,
        changed: now,
    };
    tenant.access.assignments.insert(guid, assignment);
    guid
}

/// Set-ManagementRoleAssignment: the scope, or whether it is enabled. Name, role and assignee stay.
pub(crate) fn set(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let old = identity::assignment(tenant, call.parameters.required("Identity")?)?;
    let app = matches!(old.assignee, Principal::Application(_));
    let mut new = old.clone();
    if let Some(reach) = reach(call, tenant, app)? {
        new.reach = reach;
    } else if ["CustomRecipientWriteScope", "ExclusiveRecipientWriteScope"]
        .iter()
        .any(|n| call.parameters.has(n))
    {
        new.reach = Reach::whole_organization();
    } else if call.parameters.has("CustomResourceScope") {
        return Err(CmdletError::new(CmdletError::ARGUMENT, "CustomResourceScope can't be cleared."));
    }
    if let Some(enabled) = call.parameters.flag("Enabled") {
        new.enabled = enabled;
    }
    if new.reach == old.reach && new.enabled == old.enabled {
        return Ok(Answer::unchanged(&old.name));
    }
    new.changed = tenant.clock.now;
    tenant.access.assignments.insert(new.guid, new);
    Ok(Answer::done())
}

/// Remove-ManagementRoleAssignment.
pub(crate) fn remove(call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
    let guid = identity::assignment(tenant, call.parameters.required("Identity")?)?.guid;
    tenant.access.assignments.shift_remove(&guid);
    Ok(Answer::done())
}
