//! Role groups. Facts: `New-RoleGroup`, `Set-RoleGroup`, `Update-RoleGroupMember`; roles and scope are the group's own
//! role assignments.

use std::collections::{BTreeMap, BTreeSet};

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Operation, Refusal};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Lookup, Object};
use anteroom_model::value::Value;

use super::assignment::{self, Reach, role_and_group, unique};
use crate::observe::Sight;
use crate::observe::directory::Spellings;
use crate::observe::readings::{Asks, FollowUps, Readings, Unread, got};
use crate::rights::{self, Right};
use crate::rows;
use crate::script::{Cmdlet, Context, Script, quoted};

const GET: &str = "Get-RoleGroup";
/// From this many differences on, the whole membership goes in one call.
const MANY_DIFFERENCES: usize = 20;
const READABLE_SECONDS: u64 = 600;
/// What the output of an assignment of the group starts with, before its GUID; its value is the role, and behind a tab
/// what it is scoped to: nothing for the whole organisation. Behind a second tab stands `other` where that is no
/// management scope but a unit, a group or relative to the user.
const ASSIGNMENT: &str = "assignment:";
const OTHER: &str = "\tother";

pub(super) struct Adapter;

fn find<'a>(resource: &Resource, readings: &'a Readings) -> Result<Option<&'a rows::RoleGroup>, Unread> {
    let name = resource.text("name").unwrap_or_default();
    let called = |group: &&rows::RoleGroup| {
        group.name.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(name))
    };
    let found: Vec<&rows::RoleGroup> =
        got(readings.role_groups.as_ref(), GET)?.iter().filter(called).collect();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let guids: Vec<&str> = several.iter().filter_map(|group| group.guid.as_deref()).collect();
            let told = format!("{} role groups are called {name}: {}", several.len(), guids.join(", "));
            Err(Unread::because(GET, told))
        }
    }
}

/// Who a member is, in the spelling that is looked up: its address, else its GUID.
fn spelling(member: &rows::RoleGroupMember) -> Option<&str> {
    let filled = |text: &'_ Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let texts = [&member.primary_smtp_address, &member.guid, &member.name];
    texts.into_iter().find(|text| filled(text)).and_then(|text| text.as_deref())
}

impl super::Adapter for Adapter {
    fn ask(&self, resource: &Resource, asks: &mut Asks) {
        asks.role_groups = true;
        asks.assignments = true;
        asks.organization = true;
        asks.roles |= resource.manages("roles");
        asks.scopes |= resource.text("scope").is_some();
    }

    fn follow(&self, resource: &Resource, readings: &Readings, follow: &mut FollowUps) {
        if resource.ensure == Ensure::Present
            && resource.manages("members")
            && let Ok(Some(group)) = find(resource, readings)
        {
            follow.role_group_members.extend(group.guid.clone());
        }
    }

    fn spell(&self, resource: &Resource, readings: &Readings, spellings: &mut Spellings) {
        let own = spellings.of(&resource.address);
        if resource.ensure == Ensure::Absent {
            return;
        }
        for attribute in ["managedBy", "members"] {
            for principal in resource.get(attribute).map_or(&[][..], Value::elements) {
                own.principal(principal);
            }
        }
        let Ok(Some(group)) = find(resource, readings) else { return };
        if resource.manages("managedBy") {
            group.managed_by.iter().for_each(|owner| own.principal(owner));
        }
        let members =
            group.guid.as_ref().and_then(|guid| readings.role_group_members.get(guid)?.as_ref().ok());
        members.into_iter().flatten().filter_map(spelling).for_each(|member| own.principal(member));
    }

    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        let Some(group) = find(resource, sight.readings)? else { return Ok(None) };
        let name = group.name.clone().unwrap_or_default();
        let mut object =
            Object { id: group.guid.clone().unwrap_or_else(|| name.clone()), ..Object::default() };
        let canonical = |text: &str| match sight.identities.find(text) {
            Lookup::One(identity) => identity.canonical.to_string(),
            _ => text.to_owned(),
        };
        let mut set = |attribute: &str, texts: Vec<String>| {
            let texts: BTreeSet<String> = texts.into_iter().collect();
            if !texts.is_empty() {
                object.attributes.insert(attribute.to_owned(), Value::Set(texts.into_iter().collect()));
            }
        };
        if resource.ensure == Ensure::Present && resource.manages("members") {
            let cmdlet = "Get-RoleGroupMember";
            let read = group.guid.as_ref().and_then(|guid| sight.readings.role_group_members.get(guid));
            let members = read.ok_or_else(|| Unread::because(cmdlet, "it was not asked for"))?;
            let members = members.as_ref().map_err(Clone::clone)?;
            set("members", members.iter().filter_map(spelling).map(canonical).collect());
        }
        if resource.manages("managedBy") {
            set("managedBy", group.managed_by.iter().map(|owner| canonical(owner)).collect());
        }
        let mut roles = Vec::new();
        let mut scopes = BTreeSet::new();
        let mut outputs = BTreeMap::new();
        for row in assignment::direct(sight.readings)? {
            let own = row.role_assignee_type.as_deref() == Some("RoleGroup")
                && assignment::assignee(row).eq_ignore_ascii_case(&name)
                && !assignment::is_delegating(row);
            let Some(role) = row.role.clone().filter(|_| own) else { continue };
            let (scope, sort) = match assignment::reach(row) {
                Reach::Organization => (None, ""),
                Reach::Scope(text) => (Some(text.to_owned()), ""),
                Reach::AdministrativeUnit(text)
                | Reach::Group(text)
                | Reach::OrganizationalUnit(text)
                | Reach::Relative(text) => (Some(text.to_owned()), OTHER),
            };
            let guid = row.guid.as_deref().or(row.name.as_deref()).unwrap_or_default();
            let value = format!("{role}\t{}{sort}", scope.as_deref().unwrap_or_default());
            outputs.insert(format!("{ASSIGNMENT}{guid}"), value);
            scopes.insert(scope);
            roles.push(role);
        }
        set("roles", roles);
        for (attribute, text) in
            [("name", &group.name), ("displayName", &group.display_name), ("description", &group.description)]
        {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                object.attributes.insert(attribute.to_owned(), Value::text(text));
            }
        }
        // Where the assignments differ, the scope differs from everything that a manifest can state.
        let words: Vec<&str> =
            scopes.iter().map(|scope| scope.as_deref().unwrap_or("(the whole organisation)")).collect();
        if scopes.iter().any(Option::is_some) {
            object.attributes.insert("scope".to_owned(), Value::text(words.join(", ")));
        }
        object.outputs = outputs;
        object.outputs.insert("guid".to_owned(), object.id.clone());
        Ok(Some(object))
    }

    fn rights(&self, _: &Resource) -> Vec<&'static Right> {
        vec![&rights::MANAGE_ROLES, &rights::VIEW_RECIPIENTS]
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        match context.change.action {
            Action::Create => create(context),
            Action::Delete => {
                let mut script = Script::default();
                let mut remove = on_group("Remove-RoleGroup", context).unasked();
                if context.online() {
                    remove = remove.switch("Force");
                }
                script.cmdlet(quoted(&context.change.label), remove).accepts(&[Refusal::NotFound]);
                Ok(script.finish())
            }
            _ => update(context),
        }
    }
}

fn on_group(name: &'static str, context: &Context<'_>) -> Cmdlet {
    Cmdlet::new(name).with("Identity", context.identity()).switch("BypassSecurityGroupManagerCheck")
}

fn refusals(context: &Context<'_>, members: &[&str], owners: &[&str], roles: &[String]) -> Vec<Diagnostic> {
    let mut errors: Vec<Diagnostic> = context.dehydrated().into_iter().collect();
    errors.extend(context.unknown(members.iter().copied(), "a member of the role group"));
    errors.extend(context.unknown(owners.iter().copied(), "an owner of the role group"));
    errors.extend(roles.iter().filter_map(|role| assignment::unknown_role(context, role)));
    errors
}

fn create(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let texts = |attribute: &str| context.wanted(attribute).map_or(&[][..], Value::elements);
    let members: Vec<&str> = texts("members").iter().map(String::as_str).collect();
    let owners: Vec<&str> = texts("managedBy").iter().map(String::as_str).collect();
    let mut errors = refusals(context, &members, &owners, texts("roles"));
    let scope = context.wanted_text("scope");
    if let Some(scope) = scope.filter(|scope| assignment::is_exclusive(context, scope)) {
        errors.push(
            context
                .error(
                    "exclusive-scope-of-role-group",
                    format!("a new role group cannot take the exclusive scope {scope}"),
                )
                .hint("make the role group without a scope, and role assignments with it"),
        );
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let name = &context.change.label;
    let mut new = Cmdlet::new("New-RoleGroup").text("Name", name);
    for (attribute, parameter) in [
        ("displayName", "DisplayName"),
        ("description", "Description"),
        ("managedBy", "ManagedBy"),
        ("roles", "Roles"),
        ("members", "Members"),
        ("scope", "CustomRecipientWriteScope"),
    ] {
        new = new.maybe(parameter, context.wanted(attribute));
    }
    let mut script = Script::default();
    script
        .cmdlet(quoted(name), new)
        .captures("guid", "Guid")
        .found_by(Cmdlet::new(GET).text("Identity", name), Expect::row([("Name", name.as_str())]))
        .once_known(context);
    let probe = Cmdlet::new(GET).with("Identity", context.output("guid"));
    script.wait(
        format!("the role group {} is readable", quoted(name)),
        probe,
        Expect::row([]).and("Guid", context.output("guid")),
        READABLE_SECONDS,
    );
    wait_for_members(context, &mut script, &members, &[]);
    Ok(script.finish())
}

fn update(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let (added, removed) = context.moved("members");
    let (owners, _) = context.moved("managedBy");
    let (new_roles, old_roles) = context.moved("roles");
    let named: Vec<String> = new_roles.iter().map(|role| (*role).to_owned()).collect();
    let mut errors = refusals(context, &added, &owners, &named);
    let kept = if new_roles.is_empty() { Ok(None) } else { kept_scope(context) };
    let kept = kept.unwrap_or_else(|refusal| {
        errors.push(*refusal);
        None
    });
    if !errors.is_empty() {
        return Err(errors);
    }
    let title = quoted(&context.change.label);
    let mut script = Script::default();
    let mut set = on_group("Set-RoleGroup", context);
    for (attribute, parameter) in
        [("displayName", "DisplayName"), ("description", "Description"), ("managedBy", "ManagedBy")]
    {
        set = set.maybe(parameter, context.changed(attribute));
    }
    if set.says_something() {
        script.cmdlet(title.clone(), set).once_known(context);
    }
    roles(context, &mut script, &new_roles, &old_roles, kept);
    let whole = context.changed("members").map_or(&[][..], Value::elements);
    script.then();
    if added.len() + removed.len() > MANY_DIFFERENCES {
        let members =
            on_group("Update-RoleGroupMember", context).with("Members", Argument::texts(whole)).unasked();
        script.cmdlet(format!("{title} ({} members)", whole.len()), members).once_known(context);
    } else {
        for member in &added {
            let cmdlet = on_group("Add-RoleGroupMember", context).text("Member", *member);
            script
                .cmdlet(format!("{title}: {member}"), cmdlet)
                .accepts(&[Refusal::AlreadyMember])
                .once_known(context);
        }
        for member in &removed {
            let cmdlet = on_group("Remove-RoleGroupMember", context).text("Member", *member).unasked();
            script
                .cmdlet(format!("{title}: {member}"), cmdlet)
                .accepts(&[Refusal::NotMember, Refusal::NotFound]);
        }
    }
    wait_for_members(context, &mut script, &added, &removed);
    Ok(script.finish())
}

/// One assignment of the group.
struct Own<'a> {
    guid: &'a str,
    role: &'a str,
    /// Empty for the whole organisation.
    scope: &'a str,
    /// Whether it is the whole organisation or a management scope.
    stateable: bool,
}

fn own<'a>(context: &Context<'a>) -> Vec<Own<'a>> {
    let outputs = context.object.into_iter().flat_map(|object| &object.outputs);
    outputs
        .filter_map(|(output, value)| {
            let (role, reach) = value.split_once('\t')?;
            let other = reach.strip_suffix(OTHER);
            let (scope, stateable) = (other.unwrap_or(reach), other.is_none());
            Some(Own { guid: output.strip_prefix(ASSIGNMENT)?, role, scope, stateable })
        })
        .collect()
}

/// The scope that a new role gets where the manifest does not state it: the one that all assignments of the group have.
fn kept_scope<'a>(context: &Context<'a>) -> Result<Option<&'a str>, Box<Diagnostic>> {
    let rows = own(context);
    let Some(first) = rows.first().filter(|_| !context.resource.manages("scope")) else { return Ok(None) };
    if rows.iter().all(|row| row.stateable && row.scope.eq_ignore_ascii_case(first.scope)) {
        return Ok(Some(first.scope).filter(|scope| !scope.is_empty()));
    }
    let line = |row: &Own<'_>| {
        let scope = if row.scope.is_empty() { "the whole organisation" } else { row.scope };
        format!("{}: {scope}", row.role)
    };
    let error = context
        .error(
            "role-group-scope-unclear",
            "the role group's assignments do not tell which scope a new role gets",
        )
        .detail(rows.iter().map(line).collect::<Vec<_>>().join(", "))
        .hint("state `scope`");
    Err(Box::new(error))
}

/// Roles and scope: through the group's own assignments. New ones first, so that nothing is lost on the way.
fn roles(context: &Context<'_>, script: &mut Script, new: &[&str], old: &[&str], kept: Option<&str>) {
    let group = &context.change.label;
    let rows = own(context);
    let stated = context.resource.manages("scope");
    let scope = if stated { context.resource.text("scope") } else { kept };
    let parameter =
        |scope: &str| assignment::scope_parameter(false, assignment::is_exclusive(context, scope));
    let mut make: Vec<&str> = new.to_vec();
    let mut narrow: Vec<&Own<'_>> = Vec::new();
    let is_old = |row: &Own<'_>| old.iter().any(|role| role.eq_ignore_ascii_case(row.role));
    let (mut remove, kept): (Vec<&Own<'_>>, Vec<&Own<'_>>) = rows.iter().partition(|row| is_old(row));
    if context.changed("scope").is_some() {
        let right =
            |row: &Own<'_>| row.stateable && row.scope.eq_ignore_ascii_case(scope.unwrap_or_default());
        let mut done: Vec<&str> = kept.iter().filter(|row| right(row)).map(|row| row.role).collect();
        for row in kept.into_iter().filter(|row| !right(row)) {
            if done.contains(&row.role) {
                remove.push(row);
            } else if scope.is_some() {
                narrow.push(row);
                done.push(row.role);
            } else {
                // A scope is not taken away in place: an assignment without one takes over.
                make.push(row.role);
                remove.push(row);
                done.push(row.role);
            }
        }
    }
    script.then();
    for role in make {
        let name = unique(&role_and_group(role, group), context);
        let mut cmdlet = Cmdlet::new("New-ManagementRoleAssignment")
            .text("Name", &*name)
            .text("Role", role)
            .text("SecurityGroup", group);
        if let Some(scope) = scope {
            cmdlet = cmdlet.text(parameter(scope), scope);
        }
        let probe = Cmdlet::new(assignment::GET).text("Identity", &*name);
        script
            .cmdlet(quoted(&name), cmdlet)
            .found_by(probe, Expect::row([("Name", name.as_str()), ("Role", role)]))
            .once_known(context);
    }
    for row in narrow {
        let set = Cmdlet::new("Set-ManagementRoleAssignment").text("Identity", row.guid);
        let scope = scope.unwrap_or_default();
        script.cmdlet(quoted(&role_and_group(row.role, group)), set.text(parameter(scope), scope));
    }
    script.then();
    for row in remove {
        let cmdlet = assignment::remove(context, Argument::text(row.guid));
        script.cmdlet(quoted(&role_and_group(row.role, group)), cmdlet).accepts(&[Refusal::NotFound]);
    }
}

fn wait_for_members(context: &Context<'_>, script: &mut Script, added: &[&str], removed: &[&str]) {
    // Only who has an address can be waited for by it.
    let addressed = |member: &&str| match context.snapshot.identities.find(member) {
        Lookup::One(identity) if identity.canonical.contains('@') => Some(identity.canonical.to_string()),
        _ => None,
    };
    let includes: Vec<String> = added.iter().filter_map(addressed).collect();
    let excludes: Vec<String> = removed.iter().filter_map(addressed).collect();
    if includes.is_empty() && excludes.is_empty() {
        return;
    }
    let probe = Cmdlet::new("Get-RoleGroupMember")
        .with("Identity", context.identity())
        .text("ResultSize", "Unlimited");
    let expect = Expect::Rows { property: "PrimarySmtpAddress".to_owned(), includes, excludes };
    script.wait(
        format!("{} has its members", quoted(&context.change.label)),
        probe,
        expect,
        READABLE_SECONDS,
    );
}
