//! Role assignments. Facts: `New-ManagementRoleAssignment`, `Set-ManagementRoleAssignment`,
//! `Get-ManagementRoleAssignment`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Operation, Refusal};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Identities, Object};
use anteroom_model::value::Value;

use super::assignment::{self, GET, Reach, temporary, unique};
use super::{grants, renewal};
use crate::facts;
use crate::observe::Sight;
use crate::observe::directory::Spellings;
use crate::observe::readings::{Asks, FollowUps, Readings, Unread};
use crate::rights::{self, Right};
use crate::rows;
use crate::script::{Cmdlet, Context, Script, argument, quoted};

const READABLE_SECONDS: u64 = 600;
/// The attribute of each sort of assignee, what rows call the sort, and the parameter that names the assignee.
const ASSIGNEES: [(&str, &str, &str); 4] = [
    ("app", "ServicePrincipal", "App"),
    ("user", "User", "User"),
    ("roleGroup", "RoleGroup", "SecurityGroup"),
    ("securityGroup", "SecurityGroup", "SecurityGroup"),
];
/// The output that names an assignment of which this one is the temporary stand-in.
const TWIN: &str = "twin";

/// The output that holds the name by which an assignment is known after this plan has made it again.
const RENEWED: &str = "renewed";

pub(super) struct Adapter;

/// The attribute that a row's assignee stands in.
fn sort_of(row: &rows::Assignment) -> Option<&'static str> {
    let sort = row.role_assignee_type.as_deref()?;
    ASSIGNEES.iter().find(|(_, name, _)| *name == sort).map(|(attribute, _, _)| *attribute)
}

/// The assignee that a resource states.
fn stated(resource: &Resource) -> Option<(&'static str, &str)> {
    ASSIGNEES.iter().find_map(|(attribute, _, _)| Some((*attribute, resource.text(attribute)?)))
}

/// The name that the assignment is to have: stated, else the key in the manifest.
pub(super) fn name_of(resource: &Resource) -> &str {
    resource.text("name").unwrap_or_else(|| resource.address.key())
}

fn same(text: Option<&str>, other: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(other))
}

/// Whether a row gives the stated role to the stated principal, over whatever.
pub(super) fn is_candidate(row: &rows::Assignment, resource: &Resource) -> bool {
    let delegating = resource.get("delegating") == Some(&Value::Bool(true));
    same(row.role.as_deref(), resource.text("role").unwrap_or_default())
        && assignment::is_delegating(row) == delegating
        && stated(resource).is_some_and(|(attribute, _)| sort_of(row) == Some(attribute))
}

pub(super) fn is_assignee(row: &rows::Assignment, resource: &Resource, identities: &Identities) -> bool {
    stated(resource)
        .is_some_and(|(_, text)| identities.key(text) == identities.key(assignment::assignee(row)))
}

/// Whether a row grants what a resource states.
pub(super) fn means(row: &rows::Assignment, resource: &Resource, identities: &Identities) -> bool {
    is_candidate(row, resource)
        && is_assignee(row, resource, identities)
        && reaches(row, resource, identities)
}

fn reaches(row: &rows::Assignment, resource: &Resource, identities: &Identities) -> bool {
    let is = |attribute: &str, seen: &str| same(resource.text(attribute), seen);
    match assignment::reach(row) {
        Reach::Organization => ["scope", "administrativeUnit", "group", "organizationalUnit"]
            .iter()
            .all(|a| resource.text(a).is_none()),
        Reach::Scope(name) => is("scope", name),
        Reach::AdministrativeUnit(unit) => is("administrativeUnit", unit),
        Reach::OrganizationalUnit(unit) => is("organizationalUnit", unit),
        Reach::Group(group) => {
            resource.text("group").is_some_and(|text| identities.key(text) == identities.key(group))
        }
        Reach::Relative(_) => false,
    }
}

impl super::Adapter for Adapter {
    fn ask(&self, resource: &Resource, asks: &mut Asks) {
        asks.assignments = true;
        asks.organization = true;
        asks.roles = true;
        // Whether a scope is exclusive decides which parameter takes it.
        asks.scopes |= resource.text("scope").is_some();
        asks.pointers |= resource.text("app").is_some();
    }

    fn follow(&self, resource: &Resource, readings: &Readings, follow: &mut FollowUps) {
        grants::ask(resource, readings, follow);
    }

    fn taken(&self, resource: &Resource, sight: &Sight<'_>) -> Vec<Diagnostic> {
        grants::wider(resource, sight)
    }

    fn spell(&self, resource: &Resource, readings: &Readings, spellings: &mut Spellings) {
        let own = spellings.of(&resource.address);
        for attribute in ["user", "securityGroup"] {
            if let Some(text) = resource.text(attribute) {
                own.principal(text);
            }
        }
        if let Some(group) = resource.text("group") {
            own.recipient(group);
        }
        let Ok(rows) = assignment::direct(readings) else { return };
        let name = name_of(resource);
        for row in rows.filter(|row| is_candidate(row, resource) || same(row.name.as_deref(), name)) {
            if matches!(sort_of(row), Some("user" | "securityGroup")) {
                own.principal(assignment::assignee(row));
            }
            if let Reach::Group(group) = assignment::reach(row) {
                own.recipient(group);
            }
        }
    }

    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        if resource.text("app").is_some()
            && let Some(Err(unread)) = &sight.readings.pointers
        {
            return Err(unread.clone());
        }
        let rows: Vec<&rows::Assignment> = assignment::direct(sight.readings)?.collect();
        let called = |name: &str| rows.iter().copied().find(|row| same(row.name.as_deref(), name));
        let name = name_of(resource);
        let meant = |row: &&rows::Assignment| means(row, resource, sight.identities);
        let matches: Vec<&rows::Assignment> = rows.iter().copied().filter(|row| meant(row)).collect();
        let chosen = match matches.as_slice() {
            [] => called(name).or_else(|| called(&temporary(name))).filter(|row| {
                // A name that nobody stated is too little to remove something by.
                resource.ensure == Ensure::Present
                    || resource.text("name").is_some()
                    || (is_candidate(row, resource) && is_assignee(row, resource, sight.identities))
            }),
            [one] => Some(*one),
            several => {
                let among = |name: &str| several.iter().copied().find(|row| same(row.name.as_deref(), name));
                // A replacement that broke off leaves its stand-in; it is dealt with before anything else.
                let Some(chosen) = among(&temporary(name)).or_else(|| among(name)) else {
                    let names: Vec<&str> = several.iter().filter_map(|row| row.name.as_deref()).collect();
                    return Err(Unread::because(
                        GET,
                        format!(
                            "several assignments mean the same: {}; state the name of the one that is meant",
                            names.join(", ")
                        ),
                    ));
                };
                Some(chosen)
            }
        };
        let Some(row) = chosen else { return Ok(None) };
        if assignment::is_delegating(row) && resource.get("delegating") != Some(&Value::Bool(true)) {
            return Err(Unread::because(
                GET,
                format!(
                    "the assignment called {name} only delegates the role; state another name, or delegating: true"
                ),
            ));
        }
        let mut object = object_of(row, sight.identities);
        object.remarks = grants::wider(resource, sight);
        if resource.text("app").is_some_and(|app| renewal::is_wrong(app, sight.readings)) {
            object.outputs.insert(RENEWED.to_owned(), row.name.clone().unwrap_or_default());
        }
        if matches.len() > 1
            && same(row.name.as_deref(), &temporary(name))
            && let Some(twin) =
                called(name).filter(|twin| matches.iter().any(|row| std::ptr::eq(*row, *twin)))
        {
            object.outputs.insert(TWIN.to_owned(), twin.guid.clone().unwrap_or_default());
        }
        Ok(Some(object))
    }

    fn facts(&self, readings: &Readings, _: &[Cow<'_, Resource>], facts: &mut BTreeMap<String, String>) {
        assignment::facts_of(readings, facts);
    }

    fn rights(&self, _: &Resource) -> Vec<&'static Right> {
        vec![&rights::MANAGE_ROLES, &rights::VIEW_RECIPIENTS]
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        match context.change.action {
            Action::Create => create(context),
            Action::Delete => {
                let mut script = Script::default();
                let identity = identity(context);
                script
                    .cmdlet(title(context), assignment::remove(context, identity))
                    .accepts(&[Refusal::NotFound]);
                Ok(script.finish())
            }
            Action::Replace => replace(context),
            _ => update(context),
        }
    }
}

fn object_of(row: &rows::Assignment, identities: &Identities) -> Object {
    let name = row.name.clone().unwrap_or_default();
    let mut object = Object { id: row.guid.clone().unwrap_or_else(|| name.clone()), ..Object::default() };
    let mut set = |attribute: &str, text: &str| {
        object.attributes.insert(attribute.to_owned(), Value::text(text));
    };
    set("name", &name);
    set("role", row.role.as_deref().unwrap_or_default());
    if let Some(attribute) = sort_of(row) {
        set(attribute, &identities.key(assignment::assignee(row)));
    }
    match assignment::reach(row) {
        Reach::Organization => {}
        Reach::Scope(scope) => set("scope", scope),
        Reach::AdministrativeUnit(unit) => set("administrativeUnit", unit),
        Reach::OrganizationalUnit(unit) => set("organizationalUnit", unit),
        Reach::Group(group) => set("group", &identities.key(group)),
        // Stated by no manifest, so it always differs from what is stated.
        Reach::Relative(relative) => set("organizationalUnit", relative),
    }
    object.attributes.insert("delegating".to_owned(), Value::Bool(assignment::is_delegating(row)));
    object.attributes.insert("enabled".to_owned(), Value::Bool(row.enabled != Some(false)));
    object.outputs.insert("guid".to_owned(), object.id.clone());
    object
}

/// What the assignment is referred to by: its GUID, unless it will have been made again by then.
fn identity(context: &Context<'_>) -> Argument {
    context.object.map_or_else(|| context.identity(), |object| Argument::text(referred_to(object)))
}

fn referred_to(object: &Object) -> &str {
    object.outputs.get(RENEWED).unwrap_or(&object.id)
}

/// What the assignment is called in titles.
fn title(context: &Context<'_>) -> String {
    let name = context.object.and_then(|object| object.text("name"));
    quoted(name.unwrap_or_else(|| name_of(context.resource)))
}

/// The parameter of the reach, for `New-` and `Set-`.
fn reach_argument(context: &Context<'_>, app: bool) -> Option<(&'static str, Argument)> {
    let text = |attribute: &str| context.wanted(attribute).map(argument);
    if let Some(scope) = context.wanted_text("scope") {
        let parameter = assignment::scope_parameter(app, assignment::is_exclusive(context, scope));
        return Some((parameter, Argument::text(scope)));
    }
    [
        ("administrativeUnit", "RecipientAdministrativeUnitScope"),
        ("group", "RecipientGroupScope"),
        ("organizationalUnit", "RecipientOrganizationalUnitScope"),
    ]
    .into_iter()
    .find_map(|(attribute, parameter)| Some((parameter, text(attribute)?)))
}

fn refusals(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut errors: Vec<Diagnostic> = context.dehydrated().into_iter().collect();
    if let Some(role) = context.resource.text("role") {
        errors.extend(assignment::unknown_role(context, role));
    }
    for attribute in ["user", "securityGroup"] {
        errors.extend(context.unknown(context.resource.text(attribute), "the assignee"));
    }
    errors.extend(context.unknown(context.resource.text("group"), "the group of the assignment"));
    if let (Some(_), Some(scope)) = (context.resource.text("app"), context.wanted_text("scope"))
        && assignment::is_exclusive(context, scope)
    {
        errors.push(
            context
                .error(
                    "exclusive-scope-of-application",
                    format!("an application cannot take the exclusive scope {scope}"),
                )
                .hint("exclusive scopes do not restrict applications; give it a scope that is not exclusive"),
        );
    }
    errors
}

/// The role in the tenant's own spelling, where that is known.
fn role<'a>(context: &Context<'a>) -> &'a str {
    let role = context.resource.text("role").unwrap_or_default();
    context.fact(&facts::role(role)).unwrap_or(role)
}

fn new(context: &Context<'_>, name: &str) -> Cmdlet {
    let role = role(context);
    let mut cmdlet = Cmdlet::new("New-ManagementRoleAssignment").text("Name", name).text("Role", role);
    let mut app = false;
    if let Some((attribute, text)) = stated(context.resource)
        && let Some((_, _, parameter)) = ASSIGNEES.iter().find(|(other, _, _)| *other == attribute)
    {
        app = attribute == "app";
        cmdlet = cmdlet.text(parameter, text);
    }
    if let Some((parameter, argument)) = reach_argument(context, app) {
        cmdlet = cmdlet.with(parameter, argument);
    }
    if context.wanted("delegating") == Some(&Value::Bool(true)) {
        cmdlet = cmdlet.switch("Delegating");
    }
    cmdlet
}

/// Makes an assignment of this name, as the resource says, and waits until it is readable. `gone` is the one that had
/// the name before, which a read may still show.
fn make(context: &Context<'_>, script: &mut Script, name: &str, gone: Option<&str>) {
    let expect = made(context, name, gone);
    script
        .then()
        .cmdlet(quoted(name), new(context, name))
        .captures("guid", "Guid")
        .found_by(Cmdlet::new(GET).text("Identity", name), expect.clone())
        .once_known(context);
    disable(context, script, name, &[]);
    wait(script, name, expect);
}

/// Disables a new assignment where that is wanted: `New-` has no parameter for it.
fn disable(context: &Context<'_>, script: &mut Script, name: &str, accepts: &[Refusal]) {
    if context.wanted("enabled") == Some(&Value::Bool(false)) {
        let set = Cmdlet::new("Set-ManagementRoleAssignment").text("Identity", name);
        script.then().cmdlet(quoted(name), set.with("Enabled", Argument::bool(false))).accepts(accepts);
    }
}

/// The new assignment of this name, and not the one that had the name before.
fn made(context: &Context<'_>, name: &str, gone: Option<&str>) -> Expect {
    let expect = Expect::row([("Name", name), ("Role", role(context))]);
    match gone {
        Some(guid) => expect.but_not("Guid", guid),
        None => expect,
    }
}

fn wait(script: &mut Script, name: &str, expect: Expect) {
    let probe = Cmdlet::new(GET).text("Identity", name);
    script.wait(format!("the assignment {} is readable", quoted(name)), probe, expect, READABLE_SECONDS);
}

/// Gives what an assignment means another name: a second one of that name, then the first away. Whether a service takes
/// two assignments that mean the same is not documented; where it does not, the second comes after the first is gone.
fn hand_over(context: &Context<'_>, script: &mut Script, from: (&str, &str), to: &str) {
    let (name, identity) = from;
    // No lookup: a read may still show another one that had the name a moment ago. Sent twice, the service says so.
    let write = |script: &mut Script, accepts: &[Refusal]| {
        let written = script.then().cmdlet(quoted(to), new(context, to)).captures("guid", "Guid");
        written.accepts(&[Refusal::AlreadyExists]).once_known(context);
        disable(context, script, to, accepts);
    };
    write(script, &[Refusal::NotFound]);
    let remove = assignment::remove(context, Argument::text(identity));
    script.then().cmdlet(quoted(name), remove).accepts(&[Refusal::NotFound]);
    write(script, &[]);
    // Whatever had the name before is the old assignment.
    wait(script, to, made(context, to, context.object.map(|object| object.id.as_str())));
}

fn create(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let errors = refusals(context);
    if !errors.is_empty() {
        return Err(errors);
    }
    let name = match context.resource.text("name") {
        Some(name) => name.to_owned(),
        None => unique(context.resource.address.key(), context),
    };
    let mut script = Script::default();
    make(context, &mut script, &name, None);
    Ok(script.finish())
}

fn update(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let mut errors = refusals(context);
    let app = context.object.is_some_and(|object| object.attributes.contains_key("app"));
    let mut set = Cmdlet::new("Set-ManagementRoleAssignment").with("Identity", identity(context));
    let moved = ["scope", "administrativeUnit", "group", "organizationalUnit"]
        .iter()
        .any(|a| context.changed(a).is_some());
    if moved {
        match reach_argument(context, app) {
            Some((parameter, argument)) => set = set.with(parameter, argument),
            None => errors.push(
                context
                    .error("scope-not-clearable", "the scope of an assignment cannot be taken away in place"),
            ),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    set = set.maybe("Enabled", context.changed("enabled"));
    let mut script = Script::default();
    script.cmdlet(title(context), set).once_known(context);
    Ok(script.finish())
}

/// The new assignment first, then the old one away: at no moment is there neither. Where both have the same name, one
/// of another name stands in.
fn replace(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let mut errors = refusals(context);
    let Some(object) = context.object else { return create(context) };
    let old = object.text("name").unwrap_or_default();
    let wanted = name_of(context.resource);
    let meanwhile = temporary(wanted);
    let holder =
        context.fact(&facts::assignment(wanted)).filter(|guid| !guid.eq_ignore_ascii_case(&object.id));
    let left_over = old.eq_ignore_ascii_case(&meanwhile);
    if holder.is_some() && !left_over {
        errors.push(
            context
                .error("assignment-name-taken", format!("another role assignment is called {wanted}"))
                .hint("state another name, or remove that assignment"),
        );
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut script = Script::default();
    let remove = |script: &mut Script, name: &str, identity: Argument| {
        script
            .then()
            .cmdlet(quoted(name), assignment::remove(context, identity))
            .accepts(&[Refusal::NotFound]);
    };
    // Where only the name differs, old and new mean the same.
    let same_meaning =
        context.change.attributes.iter().all(|one| matches!(one.path.as_str(), "name" | "enabled"));
    if object.outputs.contains_key(TWIN) {
        // All that an earlier replacement left to do.
        remove(&mut script, old, identity(context));
    } else if old.eq_ignore_ascii_case(wanted) {
        make(context, &mut script, &meanwhile, None);
        remove(&mut script, old, identity(context));
        hand_over(context, &mut script, (&meanwhile, &meanwhile), wanted);
    } else {
        if let Some(holder) = holder {
            remove(&mut script, wanted, Argument::text(holder));
        }
        if same_meaning {
            hand_over(context, &mut script, (old, referred_to(object)), wanted);
        } else {
            make(context, &mut script, wanted, holder);
            remove(&mut script, old, identity(context));
        }
    }
    Ok(script.finish())
}
