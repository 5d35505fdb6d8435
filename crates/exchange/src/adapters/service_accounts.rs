//! Service accounts. Facts: Microsoft Graph `user`, `assignLicense`, `subscribedSku`; on Exchange Server `New-Mailbox`,
//! `Set-Mailbox`, `Set-User`, `Remove-Mailbox`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Call, Delivery, Expect, Method, Operation, Refusal};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::Object;
use anteroom_model::value::{Escape, Part, Template, Value};

use super::mailbox;
use crate::facts;
use crate::observe::directory::Spellings;
use crate::observe::readings::{Asks, Readings, Unread};
use crate::observe::{Sight, escape};
use crate::rights::{self, Right};
use crate::rows;
use crate::script::{Cmdlet, Context, Script, argument, quoted};

const READABLE_SECONDS: u64 = 300;
/// The policy that keeps a password from expiring.
const NEVER_EXPIRES: &str = "DisablePasswordExpiration";

pub(super) struct Adapter;

fn name_of(resource: &Resource) -> &str {
    resource.text("userPrincipalName").unwrap_or_default()
}

fn find<'a>(resource: &Resource, readings: &'a Readings) -> Result<Option<&'a rows::User>, Unread> {
    let read = readings.users.get(&name_of(resource).to_lowercase());
    let read = read.ok_or_else(|| Unread::because("GET /users", "it was not asked for"))?;
    Ok(read.as_ref().map_err(Clone::clone)?.as_ref())
}

impl super::Adapter for Adapter {
    fn ask(&self, resource: &Resource, asks: &mut Asks) {
        asks.users.insert(name_of(resource).to_lowercase());
        asks.licenses |= resource.manages("licenses");
    }

    fn spell(&self, resource: &Resource, _: &Readings, spellings: &mut Spellings) {
        spellings.of(&resource.address).principal(name_of(resource));
    }

    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        let Some(user) = find(resource, sight.readings)? else { return Ok(None) };
        let mut object = Object { id: user.id.clone(), ..Object::default() };
        let mut set = |attribute: &str, text: Option<&str>| {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                object.attributes.insert(attribute.to_owned(), Value::text(text));
            }
        };
        set("userPrincipalName", Some(&user.user_principal_name));
        set("displayName", user.display_name.as_deref());
        set("usageLocation", user.usage_location.as_deref());
        let policies = user.password_policies.as_deref().unwrap_or_default();
        let never_expires = policies.split(',').any(|policy| policy.trim() == NEVER_EXPIRES);
        object.attributes.insert("password.neverExpires".to_owned(), Value::Bool(never_expires));
        // What else is among the policies stays there.
        object.outputs.insert("passwordPolicies".to_owned(), policies.to_owned());
        if resource.manages("licenses") {
            let known = match &sight.readings.licenses {
                Some(Ok(known)) => known,
                Some(Err(unread)) => return Err(unread.clone()),
                None => return Err(Unread::because("GET /subscribedSkus", "it was not asked for")),
            };
            let mut parts = Vec::new();
            for license in &user.assigned_licenses {
                let sku = known.iter().find(|sku| sku.sku_id.eq_ignore_ascii_case(&license.sku_id));
                let part = sku.map_or(license.sku_id.as_str(), |sku| sku.sku_part_number.as_str());
                object.outputs.insert(format!("sku:{}", part.to_uppercase()), license.sku_id.clone());
                parts.push(part.to_owned());
            }
            parts.sort_unstable();
            if !parts.is_empty() {
                object.attributes.insert("licenses".to_owned(), Value::Set(parts));
            }
            let recipients = sight.readings.directory.find(name_of(resource));
            let mailbox = mailbox::state(user, known, &recipients);
            object.attributes.insert(mailbox::ATTRIBUTE.to_owned(), mailbox);
        }
        object.outputs.insert("id".to_owned(), user.id.clone());
        if let Some(entry) = sight.readings.directory.only(name_of(resource))
            && entry.row.recipient_type_details.as_deref().is_some_and(|kind| kind.ends_with("Mailbox"))
        {
            object.outputs.insert("mailboxGuid".to_owned(), entry.row.guid.clone().unwrap_or_default());
            let kind = entry.row.recipient_type_details.as_deref().unwrap_or_default();
            if kind != "UserMailbox" {
                object.remarks.push(
                    Diagnostic::error(
                        "not-a-service-account",
                        format!("{} is a {kind}, not the mailbox of a user", user.user_principal_name),
                    )
                    .about(&resource.address)
                    .hint("give the service account a user principal name of its own"),
                );
            }
            let primary = entry.row.primary_address().unwrap_or_default();
            if !primary.is_empty() && !primary.eq_ignore_ascii_case(&user.user_principal_name) {
                object.remarks.push(
                    Diagnostic::warning(
                        "primary-address-differs",
                        format!("the mailbox's primary address is {primary}, not the user principal name"),
                    )
                    .about(&resource.address)
                    .hint("some products sign in with the primary address"),
                );
            }
        }
        if user.account_enabled == Some(false) {
            object.remarks.push(
                Diagnostic::warning("account-disabled", "the account is blocked from signing in")
                    .about(&resource.address),
            );
        }
        Ok(Some(object))
    }

    fn facts(
        &self,
        readings: &Readings,
        resources: &[Cow<'_, Resource>],
        facts: &mut BTreeMap<String, String>,
    ) {
        let Some(Ok(licenses)) = &readings.licenses else { return };
        facts.insert(facts::LICENSES_READ.to_owned(), "true".to_owned());
        for sku in licenses {
            let part = &sku.sku_part_number;
            facts.insert(facts::sku(part), sku.sku_id.clone());
            facts.insert(facts::seats(part), (sku.prepaid_units.enabled - sku.consumed_units).to_string());
            if let Some(mailbox) = mailbox::comes_with(sku) {
                facts.insert(facts::mailbox(part), mailbox.to_string());
            }
            let wanted = resources.iter().filter(|resource| wants(resource, sku, readings)).count();
            if wanted > 0 {
                facts.insert(facts::seats_wanted(part), wanted.to_string());
            }
        }
    }

    fn rights(&self, resource: &Resource) -> Vec<&'static Right> {
        let mut all: Vec<&'static Right> =
            vec![&rights::READ_USERS, &rights::WRITE_USERS, &rights::VIEW_RECIPIENTS];
        if resource.manages("licenses") {
            all.extend([&rights::READ_LICENSES, &rights::ASSIGN_LICENSES]);
        }
        all
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        match (context.online(), context.change.action) {
            (true, Action::Create) => create(context),
            (true, Action::Delete) => Ok(delete(context)),
            (true, _) => update(context),
            (false, Action::Create) => server_create(context),
            (false, Action::Delete) => Ok(server_delete(context)),
            (false, _) => Ok(server_update(context)),
        }
    }
}

/// Whether an account is to get a licence that it does not have.
fn wants(resource: &Resource, sku: &rows::Sku, readings: &Readings) -> bool {
    let stated = resource.get("licenses").map_or(&[][..], Value::elements);
    let has =
        |user: &rows::User| user.assigned_licenses.iter().any(|l| l.sku_id.eq_ignore_ascii_case(&sku.sku_id));
    resource.ensure == Ensure::Present
        && stated.iter().any(|part| part.eq_ignore_ascii_case(&sku.sku_part_number))
        && !matches!(find(resource, readings), Ok(Some(user)) if has(user))
}

fn title<'a>(context: &Context<'a>) -> &'a str {
    &context.change.label
}

/// Makes the password and delivers it, before anything else.
fn password(context: &Context<'_>, script: &mut Script) -> Result<Argument, Vec<Diagnostic>> {
    let Some(deliver_to) = Delivery::of(context.resource) else {
        return Err(vec![
            context
                .error(
                    "password-without-delivery",
                    "a new account needs a place to which its password is delivered",
                )
                .hint(
                    "add password: { deliverTo: { file: … } }, or age, command or keyVault in place of file",
                ),
        ]);
    };
    let secret = format!("{}.password", context.address());
    let title = format!("make a password and deliver it to {deliver_to}");
    script.write(title, Call::Password { secret: secret.clone(), deliver_to });
    Ok(Argument::Secret { secret })
}

fn change_at_next_sign_in(context: &Context<'_>) -> Argument {
    Argument::bool(context.resource.get("password.changeAtNextSignIn") == Some(&Value::Bool(true)))
}

/// A path below the user: by its id where it is known, else by what its making makes known.
fn path(context: &Context<'_>, tail: &str) -> Template {
    match context.object {
        Some(object) => Template::text(format!("/users/{}{tail}", object.id)),
        None => Template(vec![
            Part::Text("/users/".to_owned()),
            Part::Output { of: context.address().clone(), output: "id".to_owned(), escape: Escape::None },
            Part::Text(tail.to_owned()),
        ]),
    }
}

fn create(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let name = title(context);
    let local = name.split_once('@').map_or(name, |(local, _)| local);
    // A nickname takes no characters but these: page "Create user".
    let nickname: String =
        local.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    let mut script = Script::default();
    let secret = password(context, &mut script)?;
    let profile = Argument::record([
        ("password", secret),
        ("forceChangePasswordNextSignIn", change_at_next_sign_in(context)),
    ]);
    let mut body = vec![
        ("accountEnabled", Argument::bool(true)),
        ("displayName", context.wanted("displayName").map_or_else(|| Argument::text(local), argument)),
        ("mailNickname", Argument::text(nickname)),
        ("userPrincipalName", Argument::text(name)),
        ("passwordProfile", profile),
    ];
    if context.wanted("password.neverExpires") == Some(&Value::Bool(true)) {
        body.push(("passwordPolicies", Argument::text(NEVER_EXPIRES)));
    }
    if let Some(location) = context.wanted("usageLocation") {
        body.push(("usageLocation", argument(location)));
    }
    script
        .then()
        .graph(
            format!("POST /users {name}"),
            Method::Post,
            Template::text("/users"),
            Some(Argument::record(body)),
        )
        .captures("id", "id")
        .found_at(
            Template::text(format!("/users/{}?$select=id,userPrincipalName", escape(name))),
            Expect::row([("userPrincipalName", name)]),
        );
    script.wait_graph(
        format!("the user {name} is readable"),
        path(context, ""),
        Expect::row([("userPrincipalName", name)]).and("id", context.output("id")),
        READABLE_SECONDS,
    );
    license(context, &mut script)?;
    Ok(script.finish())
}

fn update(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let mut script = Script::default();
    let mut body: Vec<(&str, Argument)> = ["displayName", "usageLocation"]
        .into_iter()
        .filter_map(|attribute| Some((attribute, argument(context.changed(attribute)?))))
        .collect();
    if let Some(never) = context.changed("password.neverExpires") {
        let had = context
            .object
            .and_then(|object| object.outputs.get("passwordPolicies"))
            .map_or("", String::as_str);
        let others =
            had.split(',').map(str::trim).filter(|policy| !matches!(*policy, "" | "None" | NEVER_EXPIRES));
        let mut policies: Vec<&str> = others.collect();
        if *never == Value::Bool(true) {
            policies.push(NEVER_EXPIRES);
        }
        let text = if policies.is_empty() { "None".to_owned() } else { policies.join(", ") };
        body.push(("passwordPolicies", Argument::text(text)));
    }
    if !body.is_empty() {
        let body = Argument::record(body);
        script.graph(
            format!("PATCH /users {}", title(context)),
            Method::Patch,
            path(context, ""),
            Some(body),
        );
    }
    license(context, &mut script)?;
    Ok(script.finish())
}

/// Licences, all in one request, and the mailbox that comes with them.
fn license(context: &Context<'_>, script: &mut Script) -> Result<(), Vec<Diagnostic>> {
    let (added, removed) = context.moved("licenses");
    let name = title(context);
    if added.is_empty() && removed.is_empty() {
        if mailbox::is_awaited(context) {
            mailbox::wait(script, name);
        }
        return Ok(());
    }
    let mut errors = Vec::new();
    let (mut add, mut includes) = (Vec::new(), Vec::new());
    for part in &added {
        match context.fact(&facts::sku(part)) {
            None => errors.push(unknown_license(context, part)),
            Some(id) => {
                errors.extend(exhausted(context, part));
                includes.push(id.to_owned());
                let disabled = Argument::List(Vec::new());
                add.push(Argument::record([("skuId", Argument::text(id)), ("disabledPlans", disabled)]));
            }
        }
    }
    let (mut remove, mut excludes) = (Vec::new(), Vec::new());
    for part in &removed {
        let observed =
            context.object.and_then(|object| object.outputs.get(&format!("sku:{}", part.to_uppercase())));
        match observed.map(String::as_str).or_else(|| context.fact(&facts::sku(part))) {
            Some(id) => {
                excludes.push(id.to_owned());
                remove.push(Argument::text(id));
            }
            None => errors.push(unknown_license(context, part)),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let body =
        Argument::record([("addLicenses", Argument::List(add)), ("removeLicenses", Argument::List(remove))]);
    let expect = Expect::Rows { property: "skuId".to_owned(), includes, excludes };
    let words: Vec<String> = added
        .iter()
        .map(|part| format!("+{part}"))
        .chain(removed.iter().map(|part| format!("-{part}")))
        .collect();
    // Sent twice it would be refused: a licence is not taken from who does not have it.
    script
        .then()
        .graph(
            format!("POST /users {name}: assignLicense {}", words.join(" ")),
            Method::Post,
            path(context, "/assignLicense"),
            Some(body),
        )
        .found_at(path(context, "/licenseDetails"), expect)
        .once_made(context, &format!("Entra knows the user {name}"), &[Refusal::NotFound]);
    let comes = added.iter().any(|part| context.fact(&facts::mailbox(part)) != Some("false"));
    let has_one = context.object.is_some_and(|object| object.outputs.contains_key("mailboxGuid"));
    if (comes && !has_one) || mailbox::is_awaited(context) {
        mailbox::wait(script, name);
    }
    Ok(())
}

/// A refusal of a licence that has fewer free seats than the manifest needs.
fn exhausted(context: &Context<'_>, part: &str) -> Option<Diagnostic> {
    let number = |fact: &str| context.fact(fact).and_then(|text| text.parse::<i64>().ok());
    let free = number(&facts::seats(part))?.max(0);
    let wanted = number(&facts::seats_wanted(part)).unwrap_or(1);
    (free < wanted).then(|| {
        context
            .error(
                "license-exhausted",
                format!("the licence {part} has {free} free seats, and {wanted} are needed"),
            )
            .hint("buy more seats, or take the licence from somebody who does not need it")
    })
}

fn unknown_license(context: &Context<'_>, part: &str) -> Diagnostic {
    let error = context.error("license-not-found", format!("the tenant has no licence {part}"));
    if context.fact(facts::LICENSES_READ).is_none() {
        return error.hint("licences are planned against a tenant, whose licences were not read");
    }
    let facts = &context.snapshot.facts;
    let all: Vec<String> = facts::of_sort(facts, "sku:")
        .map(|(name, _)| format!("{name} ({} free)", context.fact(&facts::seats(name)).unwrap_or("0")))
        .collect();
    let hint = match facts::nearest(part, facts::of_sort(facts, "sku:").map(|(name, _)| name)) {
        Some(near) => format!("did you mean {near}?"),
        None => "write one of the licences that the tenant has".to_owned(),
    };
    error
        .detail(format!("the tenant has {}", if all.is_empty() { "none".to_owned() } else { all.join(", ") }))
        .hint(hint)
}

fn delete(context: &Context<'_>) -> Vec<Operation> {
    let mut script = Script::default();
    script
        .graph(format!("DELETE /users {}", title(context)), Method::Delete, path(context, ""), None)
        .accepts(&[Refusal::NotFound]);
    let gone = Template::text(format!("/users/{}", escape(title(context))));
    let nobody = Expect::gone("userPrincipalName", title(context));
    script.wait_graph(format!("the user {} is gone", title(context)), gone, nobody, READABLE_SECONDS);
    script.finish()
}

fn server_create(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let name = title(context);
    let local = name.split_once('@').map_or(name, |(local, _)| local);
    let mut script = Script::default();
    let secret = password(context, &mut script)?;
    let mut new = Cmdlet::new("New-Mailbox").text("UserPrincipalName", name).with(
        "Name",
        context
            .wanted("mailbox.name")
            .or_else(|| context.wanted("displayName"))
            .map_or_else(|| Argument::text(local), argument),
    );
    for (attribute, parameter) in [
        ("mailbox.alias", "Alias"),
        ("mailbox.organizationalUnit", "OrganizationalUnit"),
        ("mailbox.firstName", "FirstName"),
        ("mailbox.lastName", "LastName"),
        ("displayName", "DisplayName"),
    ] {
        new = new.maybe(parameter, context.wanted(attribute));
    }
    let new = new.with("Password", secret).with("ResetPasswordOnNextLogon", change_at_next_sign_in(context));
    let probe = || Cmdlet::new("Get-Mailbox").text("Identity", name);
    script
        .then()
        .cmdlet(quoted(name), new)
        .captures("guid", "Guid")
        .found_by(probe(), Expect::row([("UserPrincipalName", name)]));
    let made = Expect::row([("UserPrincipalName", name)]).and("Guid", context.output("guid"));
    script.wait(format!("the mailbox {name} is readable"), probe(), made, mailbox::SECONDS);
    if let Some(never) = context.wanted("password.neverExpires").filter(|never| **never == Value::Bool(true))
    {
        never_expires(context, &mut script, never);
    }
    Ok(script.finish())
}

/// No cmdlet of Exchange Server sets it: it is a flag of the account in Active Directory.
fn never_expires(context: &Context<'_>, script: &mut Script, never: &Value) {
    // The GUID of a mailbox on Exchange Server is that of its account.
    let set = Cmdlet::new("Set-ADUser")
        .with("Identity", context.identity())
        .with("PasswordNeverExpires", argument(never));
    script.then().cmdlet(format!("{} (Active Directory module)", quoted(title(context))), set);
}

fn server_update(context: &Context<'_>) -> Vec<Operation> {
    let name = title(context);
    let mut script = Script::default();
    let mut mailbox = Cmdlet::new("Set-Mailbox").with("Identity", context.identity());
    for (attribute, parameter) in
        [("displayName", "DisplayName"), ("mailbox.alias", "Alias"), ("mailbox.name", "Name")]
    {
        mailbox = mailbox.maybe(parameter, context.changed(attribute));
    }
    if mailbox.says_something() {
        script.cmdlet(quoted(name), mailbox);
    }
    let mut user = Cmdlet::new("Set-User").with("Identity", context.identity());
    for (attribute, parameter) in [("mailbox.firstName", "FirstName"), ("mailbox.lastName", "LastName")] {
        user = user.maybe(parameter, context.changed(attribute));
    }
    if user.says_something() {
        script.then().cmdlet(quoted(name), user);
    }
    if let Some(never) = context.changed("password.neverExpires") {
        never_expires(context, &mut script, never);
    }
    script.finish()
}

fn server_delete(context: &Context<'_>) -> Vec<Operation> {
    let mut script = Script::default();
    let remove = Cmdlet::new("Remove-Mailbox").with("Identity", context.identity()).unasked();
    script.cmdlet(quoted(title(context)), remove).accepts(&[Refusal::NotFound]);
    script.finish()
}
