//! Management scopes. Facts: `New-ManagementScope`, `Set-ManagementScope`, `Remove-ManagementScope`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Operation, Refusal};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Object, Use};
use anteroom_model::value::Value;

use super::assignment::{self, Reach, temporary};
use super::grants::nested;
use crate::facts;
use crate::observe::directory::{Form, Spellings, form};
use crate::observe::readings::{Asks, FollowUps, Readings, Unread, got};
use crate::observe::{Sight, foreign_groups};
use crate::rights::{self, Right};
use crate::rows;
use crate::script::{Cmdlet, Context, Script, argument, quoted};

const GET: &str = "Get-ManagementScope";
const READABLE_SECONDS: u64 = 600;
/// What the output of an assignment that uses the scope starts with; its value is the parameter that names the scope.
const USE: &str = "use:";

/// What the fact of a scope in the tenant starts with; its value is the root and the filter, a line each.
const FINDS: &str = "scopeFinds:";

pub(super) struct Adapter;

fn find<'a>(name: &str, readings: &'a Readings) -> Result<Option<&'a rows::Scope>, Unread> {
    let all = got(readings.scopes.as_ref(), GET)?;
    let called = |name: &str| -> Vec<&rows::Scope> {
        all.iter()
            .filter(|scope| scope.name.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(name)))
            .collect()
    };
    // A replacement that broke off leaves the new scope under the name that it had meanwhile.
    let found = [called(name), called(&temporary(name))].into_iter().find(|found| !found.is_empty());
    match found.as_deref() {
        None | Some([]) => Ok(None),
        Some([one]) => Ok(Some(one)),
        Some(several) => {
            let guids: Vec<&str> = several.iter().filter_map(|scope| scope.guid.as_deref()).collect();
            let told = format!("{} scopes are called {name}: {}", several.len(), guids.join(", "));
            Err(Unread::because(GET, told))
        }
    }
}

impl super::Adapter for Adapter {
    fn ask(&self, _: &Resource, asks: &mut Asks) {
        asks.scopes = true;
        asks.assignments = true;
        asks.organization = true;
    }

    fn follow(&self, resource: &Resource, _: &Readings, follow: &mut FollowUps) {
        if resource.ensure == Ensure::Present {
            // Nothing but a warning depends on them.
            let named = foreign_groups(std::iter::once(resource));
            follow.group_members.extend(named.iter().map(|group| group.key().to_owned()));
        }
    }

    fn spell(&self, resource: &Resource, readings: &Readings, spellings: &mut Spellings) {
        let unsure = spellings.of_nobody();
        for name in groups_of(resource, readings).iter().filter(|name| !is_room_list(name, readings)) {
            unsure.recipient(name);
        }
    }

    fn taken(&self, resource: &Resource, sight: &Sight<'_>) -> Vec<Diagnostic> {
        remarks(resource, sight)
    }

    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        let remarks = remarks(resource, sight);
        let Some(scope) = find(resource.text("name").unwrap_or_default(), sight.readings)? else {
            return Ok(None);
        };
        let name = scope.name.clone().unwrap_or_default();
        if let Some(kind) = scope.scope_restriction_type.as_deref().filter(|kind| *kind != "RecipientScope") {
            return Err(Unread::because(GET, format!("{name} is a {kind}, not a scope of recipients")));
        }
        let mut object =
            Object { id: scope.guid.clone().unwrap_or_else(|| name.clone()), remarks, ..Object::default() };
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(filter) = filled(&scope.recipient_filter) {
            object.attributes.insert("recipientFilter".to_owned(), Value::Text(filter));
        }
        if let Some(root) = filled(&scope.recipient_root) {
            object.attributes.insert("recipientRoot".to_owned(), Value::Text(root));
        }
        object.attributes.insert("exclusive".to_owned(), Value::Bool(scope.exclusive == Some(true)));
        for row in assignment::direct(sight.readings)? {
            if matches!(assignment::reach(row), Reach::Scope(used) if used.eq_ignore_ascii_case(&name)) {
                let user = row.name.clone().unwrap_or_default();
                let exclusive = row.recipient_write_scope.as_deref() == Some("ExclusiveRecipientScope");
                let role = assignment::scope_parameter(assignment::is_app(row), exclusive);
                object.outputs.insert(format!("{USE}{user}"), role.to_owned());
                object.used_by.push(used_by(row, user, role, sight.resources));
            }
        }
        object.used_by.sort_unstable();
        object.used_by.dedup();
        object.attributes.insert("name".to_owned(), Value::Text(name));
        Ok(Some(object))
    }

    fn facts(&self, readings: &Readings, _: &[Cow<'_, Resource>], facts: &mut BTreeMap<String, String>) {
        if let Some(Ok(scopes)) = &readings.scopes {
            for scope in scopes {
                let name = facts::exclusive(scope.name.as_deref().unwrap_or_default());
                // What the manifest states stands there already.
                facts.entry(name).or_insert_with(|| (scope.exclusive == Some(true)).to_string());
                let root = scope.recipient_root.as_deref().unwrap_or_default();
                let filter = scope.recipient_filter.as_deref().unwrap_or_default();
                let name = scope.name.as_deref().unwrap_or_default();
                facts.insert(format!("{FINDS}{name}"), format!("{root}\n{filter}"));
            }
        }
    }

    fn rights(&self, _: &Resource) -> Vec<&'static Right> {
        vec![&rights::MANAGE_ROLES, &rights::VIEW_RECIPIENTS]
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        if let Some(refusal) = context.dehydrated() {
            return Err(vec![refusal]);
        }
        match context.change.action {
            Action::Create => create(context),
            Action::Delete => {
                let mut script = Script::default();
                script
                    .cmdlet(title(context), remove(context, context.identity()))
                    .accepts(&[Refusal::NotFound]);
                Ok(script.finish())
            }
            Action::Replace => replace(context),
            _ => update(context),
        }
    }
}

/// The distinguished names of the groups in a scope's filter, as it is and as it is to be. None where the manifest names
/// the groups: their distinguished names are looked up, and those of today take the place of what is there.
fn groups_of(resource: &Resource, readings: &Readings) -> BTreeSet<String> {
    if matches!(resource.get("recipientFilter"), Some(Value::Template { .. })) {
        return BTreeSet::new();
    }
    let there = match find(resource.text("name").unwrap_or_default(), readings) {
        Ok(Some(scope)) => scope.recipient_filter.as_deref(),
        _ => None,
    };
    let stated = resource.text("recipientFilter").filter(|_| resource.ensure == Ensure::Present);
    let filters = [there, stated].into_iter().flatten().filter_map(|text| opath::parse(text).ok());
    let mut names = BTreeSet::new();
    for filter in filters {
        for comparison in filter.comparisons() {
            if let opath::Value::Text(text) = comparison.value()
                && comparison.property().eq_ignore_ascii_case("MemberOfGroup")
                && form(text) == Form::DistinguishedName
            {
                names.insert(text.split(',').map(str::trim).collect::<Vec<_>>().join(","));
            }
        }
    }
    names
}

/// Whether a distinguished name is that of a room list that was read.
fn is_room_list(name: &str, readings: &Readings) -> bool {
    let lists = &readings.room_lists;
    let all = lists.all.iter().flatten().flat_map(|lists| lists.values().flatten());
    let some = lists.by_address.values().flatten().flatten();
    all.chain(some).any(|group| {
        group.distinguished_name.as_deref().is_some_and(|other| other.eq_ignore_ascii_case(name))
    })
}

/// What is worth knowing of the groups that a scope is made of.
fn remarks(resource: &Resource, sight: &Sight<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if resource.ensure == Ensure::Absent {
        return found;
    }
    let directory = &sight.readings.directory;
    for name in groups_of(resource, sight.readings) {
        let unsure = directory.unread(&name.to_lowercase()).is_some();
        if !unsure && !is_room_list(&name, sight.readings) && directory.find(&name).is_empty() {
            found.push(
                Diagnostic::warning(
                    "scope-group-gone",
                    "the scope's filter names a group that the tenant does not have, and finds nobody by it",
                )
                .detail(name)
                .about(&resource.address)
                .hint(
                    "name the group in `memberOf`: its distinguished name, which changes with the group, is looked up; for an application, `group` of the assignment needs no scope at all",
                ),
            );
        }
    }
    for group in foreign_groups(std::iter::once(resource)) {
        if let Some(Ok(members)) = sight.readings.group_members.get(group.key()) {
            found.extend(nested(&members.groups, &format!("the group {}", group.key()), &resource.address));
        }
    }
    found
}

/// The user of a scope: a role group of the manifest for its own assignments, else the assignment.
fn used_by(row: &rows::Assignment, name: String, role: &str, resources: &[Cow<'_, Resource>]) -> Use {
    let group = assignment::assignee(row);
    let managed = row.role_assignee_type.as_deref() == Some("RoleGroup")
        && resources.iter().any(|resource| {
            resource.kind.section == "roleGroups"
                && resource.text("name").is_some_and(|n| n.eq_ignore_ascii_case(group))
        });
    if managed {
        Use { section: "roleGroups", name: group.to_owned(), role: role.to_owned() }
    } else {
        Use { section: "roleAssignments", name, role: role.to_owned() }
    }
}

fn title(context: &Context<'_>) -> String {
    quoted(&context.change.label)
}

fn remove(context: &Context<'_>, identity: Argument) -> Cmdlet {
    let cmdlet = Cmdlet::new("Remove-ManagementScope").with("Identity", identity).unasked();
    if context.online() { cmdlet.switch("Force") } else { cmdlet }
}

/// The filter that a new scope gets, and the root where it gets one: what the manifest leaves out stays as it is.
fn finds<'a>(context: &Context<'a>) -> Result<(&'a Value, Option<&'a Value>), Vec<Diagnostic>> {
    let observed = |attribute: &str| context.object.and_then(|object| object.attributes.get(attribute));
    let Some(filter) = context.wanted("recipientFilter").or_else(|| observed("recipientFilter")) else {
        return Err(vec![
            context.error("recipient-filter-missing", "a management scope needs a recipient filter"),
        ]);
    };
    let root = match context.resource.get("recipientRoot") {
        Some(_) => context.wanted("recipientRoot"),
        None => observed("recipientRoot"),
    };
    Ok((filter, root))
}

fn new(context: &Context<'_>, name: &str) -> Result<Cmdlet, Vec<Diagnostic>> {
    let (filter, root) = finds(context)?;
    let mut cmdlet = Cmdlet::new("New-ManagementScope")
        .text("Name", name)
        .with("RecipientRestrictionFilter", argument(filter))
        .maybe("RecipientRoot", root);
    if context.wanted("exclusive") == Some(&Value::Bool(true)) {
        cmdlet = cmdlet.switch("Exclusive").switch("Force");
    }
    Ok(cmdlet)
}

fn wait(script: &mut Script, name: &str, identity: Argument, expect: Expect) {
    let probe = Cmdlet::new(GET).with("Identity", identity);
    script.wait(format!("the scope {} is readable", quoted(name)), probe, expect, READABLE_SECONDS);
}

/// A scope of the tenant that finds the same recipients from the same root. Exchange refuses a second one.
fn twin<'a>(context: &Context<'a>) -> Option<&'a str> {
    let wanted = opath::parse(context.wanted_text("recipientFilter")?).ok()?;
    let root = context.wanted_text("recipientRoot").unwrap_or_default();
    let exclusive = context.wanted("exclusive") == Some(&Value::Bool(true));
    let all = &context.snapshot.facts;
    all.range(FINDS.to_owned()..)
        .map_while(|(fact, finds)| Some((fact.strip_prefix(FINDS)?, finds)))
        .find_map(|(name, finds)| {
            let (other_root, filter) = finds.split_once('\n')?;
            let as_exclusive = all.get(&facts::exclusive(name)).is_some_and(|fact| fact == "true");
            let same = as_exclusive == exclusive
                && other_root.eq_ignore_ascii_case(root)
                && opath::parse(filter).is_ok_and(|filter| filter.is_equivalent_to(&wanted));
            same.then_some(name)
        })
}

fn by_name(name: &str) -> Cmdlet {
    Cmdlet::new(GET).text("Identity", name)
}

/// The new scope of this name, and not one that it replaces: those differ in whether they are exclusive.
fn called(context: &Context<'_>, name: &str) -> Expect {
    let exclusive = if context.wanted("exclusive") == Some(&Value::Bool(true)) { "true" } else { "false" };
    Expect::row([("Name", name), ("Exclusive", exclusive)])
}

fn create(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let name = &context.change.label;
    if let Some(other) = twin(context) {
        return Err(vec![
            context
                .error(
                    "scope-under-another-name",
                    format!(
                        "the tenant's scope {} finds the same recipients, and Exchange takes no second one",
                        quoted(other)
                    ),
                )
                .hint(format!("write `name: {other}`, or remove that scope first")),
        ]);
    }
    let mut script = Script::default();
    script
        .cmdlet(quoted(name), new(context, name)?)
        .captures("guid", "Guid")
        .found_by(by_name(name), called(context, name))
        .once_known(context);
    let guid = context.output("guid");
    wait(&mut script, name, guid.clone(), Expect::row([]).and("Guid", guid));
    Ok(script.finish())
}

fn update(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    if context.changed("recipientRoot").is_some_and(Value::is_unset) {
        return Err(vec![
            context
                .error(
                    "recipient-root-not-clearable",
                    "the recipient root of a scope can be changed, not taken away",
                )
                .hint("name the root of the organisation, or make a scope of another name"),
        ]);
    }
    if context.changed("recipientFilter").is_some_and(Value::is_unset) {
        return Err(vec![
            context.error("recipient-filter-missing", "a management scope needs a recipient filter"),
        ]);
    }
    let mut set = Cmdlet::new("Set-ManagementScope").with("Identity", context.identity());
    for (attribute, parameter) in [
        ("name", "Name"),
        ("recipientFilter", "RecipientRestrictionFilter"),
        ("recipientRoot", "RecipientRoot"),
    ] {
        set = set.maybe(parameter, context.changed(attribute));
    }
    let mut script = Script::default();
    script.cmdlet(title(context), set);
    Ok(script.finish())
}

/// Makes a scope that already has the temporary name find what is wanted. It is most likely from a replacement that broke
/// off, perhaps of another filter. What `Set-ManagementScope` cannot change of it is refused.
fn adjusted(context: &Context<'_>, meanwhile: &str) -> Result<Option<Cmdlet>, Vec<Diagnostic>> {
    let is_it = |name: &str| name.to_lowercase() == meanwhile.to_lowercase();
    let mut scopes = facts::of_sort(&context.snapshot.facts, FINDS);
    let Some((found, known)) = scopes.find(|(name, _)| is_it(name)) else { return Ok(None) };
    let refused = |why: &str, detail: &str, hint: String| {
        let summary = format!("the name {} is needed for the time of the change, but {why}", quoted(found));
        vec![context.error("temporary-scope-in-the-way", summary).detail(detail).hint(hint)]
    };
    let by_hand = || format!("remove the scope {} by hand, or rename it", quoted(found));
    let stated = context.fact(&facts::planned(meanwhile));
    if stated.is_some_and(|address| address.starts_with("managementScopes.")) {
        let why = "the manifest has a scope of that name";
        return Err(refused(
            why,
            "its filter would be overwritten",
            "give that scope another name".to_owned(),
        ));
    }
    let exclusive = context.wanted("exclusive") == Some(&Value::Bool(true));
    if assignment::is_exclusive(context, meanwhile) != exclusive {
        let why = format!("a scope of that name is {}exclusive", if exclusive { "not " } else { "" });
        return Err(refused(&why, "whether a scope is exclusive cannot be changed", by_hand()));
    }
    let (filter, root) = finds(context)?;
    let has_root = known.split_once('\n').is_some_and(|(root, _)| !root.is_empty());
    if has_root && root.is_none() {
        let why = "a scope of that name has a recipient root";
        let detail = "the recipient root of a scope can be changed, not taken away";
        return Err(refused(why, detail, by_hand()));
    }
    let set = Cmdlet::new("Set-ManagementScope")
        .text("Identity", meanwhile)
        .with("RecipientRestrictionFilter", argument(filter))
        .maybe("RecipientRoot", root);
    Ok(Some(set))
}

/// `Exclusive` cannot be changed: the new scope takes over the old one's assignments, then its name.
fn replace(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let name = &context.change.label;
    let meanwhile = temporary(name);
    let exclusive = context.wanted("exclusive") == Some(&Value::Bool(true));
    let uses: Vec<(&str, &str)> = context
        .object
        .into_iter()
        .flat_map(|object| &object.outputs)
        .filter_map(|(output, parameter)| Some((output.strip_prefix(USE)?, parameter.as_str())))
        .collect();
    let apps: Vec<&str> = uses
        .iter()
        .filter(|(_, parameter)| *parameter == "CustomResourceScope")
        .map(|(user, _)| *user)
        .collect();
    if exclusive && !apps.is_empty() {
        return Err(vec![
            context
                .error(
                    "exclusive-scope-of-application",
                    "an application's role assignment cannot take an exclusive scope",
                )
                .detail(format!("used by {}", apps.join(", ")))
                .hint("give the applications a scope of their own that is not exclusive"),
        ]);
    }
    let mut script = Script::default();
    script
        .cmdlet(quoted(&meanwhile), new(context, &meanwhile)?)
        .accepts(&[Refusal::AlreadyExists])
        .found_by(by_name(&meanwhile), called(context, &meanwhile))
        .once_known(context);
    wait(&mut script, &meanwhile, Argument::text(&*meanwhile), called(context, &meanwhile));
    if let Some(set) = adjusted(context, &meanwhile)? {
        script.then().cmdlet(quoted(&meanwhile), set);
    }
    script.then();
    for (user, parameter) in uses {
        let parameter = assignment::scope_parameter(parameter == "CustomResourceScope", exclusive);
        let set =
            Cmdlet::new("Set-ManagementRoleAssignment").text("Identity", user).text(parameter, &*meanwhile);
        script.cmdlet(quoted(user), set);
    }
    script.then().cmdlet(quoted(name), remove(context, context.identity())).accepts(&[Refusal::NotFound]);
    let rename = Cmdlet::new("Set-ManagementScope").text("Identity", &*meanwhile).text("Name", name);
    script
        .then()
        .cmdlet(format!("{} to {}", quoted(&meanwhile), quoted(name)), rename)
        .found_by(by_name(name), called(context, name))
        .until("the old scope is gone everywhere", &[Refusal::AlreadyExists], READABLE_SECONDS);
    wait(&mut script, name, Argument::text(name), called(context, name));
    Ok(script.finish())
}
