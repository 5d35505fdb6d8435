//! Room lists. Facts: `New-DistributionGroup`, `Set-DistributionGroup`, `Get-DistributionGroupMember`,
//! `Update-DistributionGroupMember`.

use std::collections::HashSet;

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Operation, Refusal};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Lookup, Object};
use anteroom_model::value::Value;

use super::grants::{nested, stated_groups};
use crate::facts;
use crate::observe::Sight;
use crate::observe::directory::Spellings;
use crate::observe::readings::{Asks, FollowUps, Readings, Unread};
use crate::rights::{self, Right};
use crate::rows;
use crate::script::{Cmdlet, Context, Script, argument, quoted};

const GET: &str = "Get-DistributionGroup";
const ROOM_LIST: &str = "RoomList";
/// Above this many members one call runs into the service's limit of 15 minutes.
const MEMBERS_IN_ONE_CALL: usize = 5000;
/// From this many differences on, the whole membership goes in one call.
const MANY_DIFFERENCES: usize = 100;
/// A wait looks at no more members than this: it asks whether the change has arrived, not for an audit.
const MEMBERS_WAITED_FOR: usize = 1000;
const READABLE_SECONDS: u64 = 900;
const MEMBERS_SECONDS: u64 = 900;

/// The output that tells how many members have no address, where there are any.
const WITHOUT_ADDRESS: &str = "membersWithoutAddress";

pub(super) struct Adapter;

/// What the reads found under a list's address.
enum Found<'a> {
    List(&'a rows::Group),
    Nothing,
    /// Another object has the address.
    Other(&'a rows::Group),
}

fn find<'a>(resource: &Resource, readings: &'a Readings) -> Result<Found<'a>, Unread> {
    let address = resource.text("primarySmtpAddress").unwrap_or_default().to_lowercase();
    if let Some(all) = &readings.room_lists.all {
        let lists = all.as_ref().map_err(Clone::clone)?;
        return match lists.get(&address).map(Vec::as_slice) {
            None | Some([]) => Ok(Found::Nothing),
            Some([one]) => Ok(Found::List(one)),
            Some(several) => {
                Err(Unread::because(GET, format!("the address {address} belongs to {}", named(several))))
            }
        };
    }
    let what = format!("{GET} {address}");
    let Some(read) = readings.room_lists.by_address.get(&address) else {
        return Err(Unread::because(&what, "it was not asked for"));
    };
    match read.as_ref().map_err(Clone::clone)?.as_slice() {
        [] => Ok(Found::Nothing),
        [one] if is_called(one.primary_smtp_address.as_deref(), &address) => {
            if one.recipient_type_details.as_deref() == Some(ROOM_LIST) {
                Ok(Found::List(one))
            } else {
                Ok(Found::Other(one))
            }
        }
        [one] if one.has(&address) => Ok(Found::Other(one)),
        // With an identity that does not exist, some cmdlets answer with whatever there is.
        [one] => Err(Unread::because(&what, format!("the answer is about {} instead", one.called()))),
        several => Err(Unread::because(
            &what,
            format!("{} groups came back instead of one: {}", several.len(), named(several)),
        )),
    }
}

/// Groups that one address means, for people.
fn named(groups: &[rows::Group]) -> String {
    let one = |group: &rows::Group| {
        let kind = group.recipient_type_details.as_deref().unwrap_or("group");
        format!("the {kind} {} ({})", group.called(), group.guid.as_deref().unwrap_or("no GUID"))
    };
    groups.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn is_called(text: Option<&str>, wanted: &str) -> bool {
    text.is_some_and(|text| text.eq_ignore_ascii_case(wanted))
}

/// Whether owners are told: where they are managed, and where they go with the list.
fn shows_owners(resource: &Resource) -> bool {
    resource.manages("managedBy") || resource.ensure == Ensure::Absent
}

/// The list with its parts, as far as they are there.
fn lists_of<'a>(resource: &Resource, readings: &'a Readings) -> Vec<&'a rows::Group> {
    let one = |resource: &Resource| match find(resource, readings) {
        Ok(Found::List(group)) => Some(group),
        _ => None,
    };
    let mut lists: Vec<&rows::Group> = one(resource).into_iter().collect();
    if matches!(resource.get("maxMembers"), Some(Value::Integer(_))) {
        lists.extend((2..).map_while(|number| one(&resource.kind.part(resource, number)?)));
    }
    lists
}

impl super::Adapter for Adapter {
    fn ask(&self, resource: &Resource, asks: &mut Asks) {
        if let Some(address) = resource.text("primarySmtpAddress") {
            asks.room_lists.insert(address.to_lowercase());
        }
        // Which parts of a split list there are, only the whole list of lists tells.
        asks.all_room_lists |= matches!(resource.get("maxMembers"), Some(Value::Integer(_)));
    }

    fn is_there(&self, resource: &Resource, readings: &Readings) -> bool {
        matches!(find(resource, readings), Ok(Found::List(_)))
    }

    fn follow(&self, resource: &Resource, readings: &Readings, follow: &mut FollowUps) {
        if resource.ensure == Ensure::Present
            && resource.manages("members")
            && let Ok(Found::List(group)) = find(resource, readings)
        {
            follow.group_members.extend(group.guid.clone());
        }
    }

    fn spell(&self, resource: &Resource, readings: &Readings, spellings: &mut Spellings) {
        let own = spellings.of(&resource.address);
        let found = find(resource, readings);
        if shows_owners(resource)
            && let Ok(Found::List(group)) = &found
        {
            group.managed_by.iter().for_each(|owner| own.principal(owner));
        }
        if resource.ensure == Ensure::Absent {
            return;
        }
        for owner in resource.get("managedBy").map_or(&[][..], Value::elements) {
            own.principal(owner);
        }
        let wanted = resource.get("members").map_or(&[][..], Value::elements);
        let queried =
            resource.queries.iter().filter_map(|query| readings.queries.get(&query.filter)?.as_ref().ok());
        // Addresses that are among those read mean themselves; only the others need a look.
        let read: Vec<&Vec<String>> = lists_of(resource, readings)
            .into_iter()
            .filter_map(|group| readings.group_members.get(group.guid.as_ref()?)?.as_ref().ok())
            .map(|members| &members.addresses)
            .collect();
        if !matches!(read.as_slice(), [one] if one.as_slice() == wanted) {
            let mut known: HashSet<&str> = read.into_iter().flatten().map(String::as_str).collect();
            known.extend(queried.flatten().map(String::as_str));
            for member in wanted {
                if !known.contains(member.as_str()) && !known.contains(member.to_lowercase().as_str()) {
                    own.recipient(member);
                }
            }
        }
        if matches!(found, Ok(Found::Nothing)) {
            let free = spellings.of_nobody();
            for attribute in ["primarySmtpAddress", "name", "alias"] {
                if let Some(text) = resource.text(attribute) {
                    free.recipient(text);
                }
            }
        }
    }

    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        let group = match find(resource, sight.readings)? {
            Found::List(group) => group.clone(),
            Found::Nothing | Found::Other(_) => return Ok(None),
        };
        let Some(guid) = group.guid.clone().filter(|guid| !guid.is_empty()) else {
            return Err(Unread::because(GET, "the answer does not tell the group's GUID"));
        };
        let mut object = Object { id: guid.clone(), ..Object::default() };
        let mut set = |name: &str, text: &Option<String>| {
            if let Some(text) = text.as_deref().filter(|text| !text.is_empty()) {
                object.attributes.insert(name.to_owned(), Value::text(text));
            }
        };
        set("primarySmtpAddress", &group.primary_smtp_address);
        set("name", &group.name);
        set("displayName", &group.display_name);
        set("alias", &group.alias);
        let canonical = |owner: &String| match sight.identities.find(owner) {
            Lookup::One(identity) => identity.canonical.to_string(),
            // An owner that is no recipient any more stays visible as what the service calls it.
            _ => owner.to_lowercase(),
        };
        let mut owners: Vec<String> = group.managed_by.iter().map(canonical).collect();
        owners.sort_unstable();
        if shows_owners(resource) && !owners.is_empty() {
            object.attributes.insert("managedBy".to_owned(), Value::Set(owners));
        }
        if resource.ensure == Ensure::Present && resource.manages("members") {
            let cmdlet = "Get-DistributionGroupMember";
            let read = sight.readings.group_members.get_mut(&guid);
            let members = read.ok_or_else(|| Unread::because(cmdlet, "it was not asked for"))?;
            let members = members.as_mut().map_err(|unread| unread.clone())?;
            if members.without_address > 0 {
                object.remarks.push(
                    Diagnostic::warning(
                        "member-without-address",
                        format!(
                            "{} members of the room list have no address and are not compared",
                            members.without_address
                        ),
                    )
                    .about(&resource.address),
                );
                object.outputs.insert(WITHOUT_ADDRESS.to_owned(), members.without_address.to_string());
            }
            let groups = stated_groups(&members.groups, resource, sight.resources);
            object.remarks.extend(nested(&groups, "the room list", &resource.address));
            object
                .attributes
                .insert("members".to_owned(), Value::Set(std::mem::take(&mut members.addresses)));
        }
        object.remarks.extend(renamed_by_policy(resource, &group));
        if let Some(name) = group.distinguished_name.filter(|name| !name.is_empty()) {
            object.outputs.insert("distinguishedName".to_owned(), name);
        }
        object.outputs.insert("guid".to_owned(), guid);
        if group.is_dir_synced == Some(true) {
            object.remarks.push(
                Diagnostic::warning(
                    "room-list-synchronised",
                    "the room list is synchronised from an on-premises directory, so Exchange Online refuses most changes",
                )
                .about(&resource.address)
                .hint("change it where it comes from"),
            );
        }
        Ok(Some(object))
    }

    fn taken(&self, resource: &Resource, sight: &Sight<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let error = |id: &str, text: String| {
            Diagnostic::error(id, text)
                .about(&resource.address)
                .hint("choose another one, or rename or remove what has it")
        };
        if let Ok(Found::Other(group)) = find(resource, sight.readings) {
            let kind = group.recipient_type_details.as_deref().unwrap_or("recipient");
            let name = group.name.as_deref().unwrap_or_default();
            let address = resource.text("primarySmtpAddress").unwrap_or_default();
            found.push(error(
                "address-taken",
                format!("the address {address} belongs to the {kind} \"{name}\""),
            ));
            return found;
        }
        for (attribute, id, what) in [
            ("primarySmtpAddress", "address-taken", "address"),
            ("name", "name-taken", "name"),
            ("alias", "alias-taken", "alias"),
        ] {
            let Some(text) = resource.text(attribute) else { continue };
            let holder = sight.readings.directory.find(text).into_iter().find(|entry| match attribute {
                "name" => is_called(entry.row.name.as_deref(), text),
                "alias" => is_called(entry.row.alias.as_deref(), text),
                _ => true,
            });
            if let Some(holder) = holder {
                found.push(error(id, format!("the {what} {text} belongs to the {}", holder.described())));
            }
        }
        found
    }

    fn rights(&self, _: &Resource) -> Vec<&'static Right> {
        vec![&rights::VIEW_RECIPIENTS, &rights::WRITE_GROUPS, &rights::BYPASS_OWNERS]
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        match context.change.action {
            Action::Create => create(context),
            Action::Delete => Ok(delete(context)),
            _ => update(context),
        }
    }
}

fn on_group(name: &'static str, context: &Context<'_>) -> Cmdlet {
    // The caller owns the group only by accident.
    Cmdlet::new(name).with("Identity", context.identity()).switch("BypassSecurityGroupManagerCheck")
}

/// What the group is called in titles.
fn title(context: &Context<'_>) -> String {
    let name = context.object.and_then(|object| object.text("name")).or_else(|| context.wanted_text("name"));
    quoted(name.unwrap_or(&context.change.label))
}

fn ignores_naming_policy(resource: &Resource) -> bool {
    resource.get("ignoreNamingPolicy") == Some(&Value::Bool(true))
}

/// A name with something before or behind what is stated: a group naming policy makes such names.
fn renamed_by_policy(resource: &Resource, group: &rows::Group) -> Option<Diagnostic> {
    let (stated, name) = (resource.text("name")?, group.name.as_deref()?);
    if name == stated || !name.contains(stated) || ignores_naming_policy(resource) {
        return None;
    }
    let summary = format!(
        "the room list is called {}, which has the stated name in it: a group naming policy may have renamed it",
        quoted(name)
    );
    let hint = "set `ignoreNamingPolicy: true`, or write the name as the policy makes it";
    Some(Diagnostic::warning("name-by-policy", summary).about(&resource.address).hint(hint))
}

fn create(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let owners = context.wanted("managedBy").map_or(&[][..], Value::elements);
    let members = context.wanted("members").map_or(&[][..], Value::elements);
    let mut errors = context.unknown(owners.iter().map(String::as_str), "an owner of the room list");
    errors.extend(context.unknown(members.iter().map(String::as_str), "a member of the room list"));
    if !errors.is_empty() {
        return Err(errors);
    }
    let address = context.wanted_text("primarySmtpAddress").unwrap_or(&context.change.label);
    let local = address.split_once('@').map_or(address, |(local, _)| local);
    let name = context.wanted_text("name").or_else(|| context.wanted_text("displayName")).unwrap_or(local);
    let mut new = Cmdlet::new("New-DistributionGroup")
        .text("Name", name)
        .maybe("DisplayName", context.wanted("displayName"))
        .maybe("Alias", context.wanted("alias"))
        .text("PrimarySmtpAddress", address)
        .switch("RoomList")
        .maybe("ManagedBy", context.wanted("managedBy"));
    if ignores_naming_policy(context.resource) {
        new = new.switch("IgnoreNamingPolicy");
    }
    let (at_once, later) = members.split_at(members.len().min(MEMBERS_IN_ONE_CALL));
    if !at_once.is_empty() {
        new = new.with("Members", Argument::texts(at_once));
    }
    let mut script = Script::default();
    script
        .cmdlet(quoted(name), new)
        .captures("guid", "Guid")
        .found_by(
            Cmdlet::new(GET).text("Identity", address),
            Expect::row([("PrimarySmtpAddress", address), ("RecipientTypeDetails", ROOM_LIST)]),
        )
        .once_known(context);
    script
        .wait(
            format!("{} has a distinguished name", quoted(name)),
            Cmdlet::new(GET).with("Identity", context.output("guid")),
            Expect::row([]).and("Guid", context.output("guid")).with_some("DistinguishedName"),
            READABLE_SECONDS,
        )
        .captures("distinguishedName", "DistinguishedName");
    add(context, &mut script, later.iter().map(String::as_str), &quoted(name));
    let last: Vec<&str> = members.iter().rev().take(MEMBERS_WAITED_FOR).map(String::as_str).collect();
    wait_for_members(context, &mut script, &quoted(name), &last, &[]);
    Ok(script.finish())
}

fn update(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let (added, removed) = context.moved("members");
    let (new_owners, _) = context.moved("managedBy");
    let mut errors = context.unknown(new_owners, "an owner of the room list");
    errors.extend(context.unknown(added.iter().copied(), "a member of the room list"));
    if context.changed("managedBy").is_some_and(Value::is_unset) {
        errors.push(
            context
                .error("room-list-without-owner", "a room list cannot be without an owner")
                .hint("name at least one in managedBy, or leave managedBy out"),
        );
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let title = title(context);
    let mut script = Script::default();
    let mut set = on_group("Set-DistributionGroup", context);
    for (attribute, parameter) in [
        ("primarySmtpAddress", "PrimarySmtpAddress"),
        ("name", "Name"),
        ("displayName", "DisplayName"),
        ("alias", "Alias"),
        ("managedBy", "ManagedBy"),
    ] {
        if let Some(value) = context.changed(attribute).filter(|value| !value.is_unset()) {
            set = set.with(parameter, argument(value));
        }
    }
    if context.changed("name").is_some() && ignores_naming_policy(context.resource) {
        set = set.switch("IgnoreNamingPolicy");
    }
    if set.says_something() {
        script.cmdlet(title.clone(), set).once_known(context);
    }
    if let Some(name) = context.changed("name").and_then(Value::as_text) {
        // The name is part of the distinguished name, which scopes refer to.
        script
            .wait(
                format!("the group is called {}", quoted(name)),
                Cmdlet::new(GET).with("Identity", context.identity()),
                // The old distinguished name stands beside the old name.
                Expect::row([("Name", name)]).and("Guid", context.identity()).with_some("DistinguishedName"),
                READABLE_SECONDS,
            )
            .captures("distinguishedName", "DistinguishedName");
    }
    let whole = context.changed("members").map_or(&[][..], Value::elements);
    let differ = added.len() + removed.len();
    // Replacing the whole list would drop members that are not compared.
    let uncompared = context.object.is_some_and(|object| object.outputs.contains_key(WITHOUT_ADDRESS));
    script.then();
    if differ > MANY_DIFFERENCES && whole.len() <= MEMBERS_IN_ONE_CALL && !uncompared {
        let members = on_group("Update-DistributionGroupMember", context)
            .with("Members", Argument::texts(whole))
            .unasked();
        script.cmdlet(format!("{title} ({} members)", whole.len()), members).once_known(context);
    } else {
        add(context, &mut script, added.iter().copied(), &title);
        for member in &removed {
            let cmdlet =
                on_group("Remove-DistributionGroupMember", context).text("Member", *member).unasked();
            script
                .cmdlet(format!("{title}: {member}"), cmdlet)
                .accepts(&[Refusal::NotMember, Refusal::NotFound]);
        }
    }
    let added: Vec<&str> = added.into_iter().take(MEMBERS_WAITED_FOR).collect();
    let removed: Vec<&str> = removed.into_iter().take(MEMBERS_WAITED_FOR).collect();
    wait_for_members(context, &mut script, &title, &added, &removed);
    Ok(script.finish())
}

fn delete(context: &Context<'_>) -> Vec<Operation> {
    let mut script = Script::default();
    let title = title(context);
    script
        .cmdlet(title, on_group("Remove-DistributionGroup", context).unasked())
        .accepts(&[Refusal::NotFound]);
    script.finish()
}

fn add<'a>(context: &Context<'_>, script: &mut Script, members: impl Iterator<Item = &'a str>, title: &str) {
    for (index, member) in members.enumerate() {
        if index == 0 {
            script.then();
        }
        let cmdlet = on_group("Add-DistributionGroupMember", context).text("Member", member);
        script
            .cmdlet(format!("{title}: {member}"), cmdlet)
            .accepts(&[Refusal::AlreadyMember])
            .once_known(context);
    }
}

fn wait_for_members(
    context: &Context<'_>,
    script: &mut Script,
    title: &str,
    added: &[&str],
    removed: &[&str],
) {
    // Rows show primary addresses. Of a mailbox that this plan makes, the primary address is not known yet.
    let canonical = |member: &str| match context.snapshot.identities.find(member) {
        Lookup::One(identity) => Some(identity.canonical.to_string()),
        Lookup::Nobody if context.fact(&facts::planned(member)).is_some() => None,
        _ => Some(member.to_owned()),
    };
    let includes: Vec<String> = added.iter().filter_map(|member| canonical(member)).collect();
    let excludes: Vec<String> = removed.iter().filter_map(|member| canonical(member)).collect();
    if includes.is_empty() && excludes.is_empty() {
        return;
    }
    let probe = Cmdlet::new("Get-DistributionGroupMember")
        .with("Identity", context.identity())
        .text("ResultSize", "Unlimited");
    let expect = Expect::Rows { property: "PrimarySmtpAddress".to_owned(), includes, excludes };
    script.wait(format!("{title} has its members"), probe, expect, MEMBERS_SECONDS);
}
