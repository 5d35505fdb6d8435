//! Applications. Facts: Microsoft Graph `servicePrincipal`, `appRoleAssignment`, `oAuth2PermissionGrant`;
//! `New-ServicePrincipal`, `Remove-ServicePrincipal`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anteroom_model::change::Action;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::{Argument, Expect, Method, Operation, Refusal};
use anteroom_model::resource::{Ensure, Resource};
use anteroom_model::snapshot::{Identities, Identity, Object};
use anteroom_model::value::{Escape, Part, Template, Value};

use super::renewal;
use crate::facts;
use crate::observe::readings::{Asks, FollowUps, Readings, Unread, got};
use crate::observe::{Sight, escape};
use crate::rights::{self, Right};
use crate::rows;
use crate::script::{Cmdlet, Context, Script, quoted};

const POINTER: &str = "Get-ServicePrincipal";
const READABLE_SECONDS: u64 = 600;
/// How Graph and Exchange refuse a service principal that was made a moment ago: "Not a valid reference update" is a 400.
const UNKNOWN_PRINCIPAL: &[Refusal] = &[Refusal::NotFound, Refusal::Invalid];
const EXCHANGE: (&str, &str) = ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000");
const GRAPH: (&str, &str) = ("Microsoft Graph", "00000003-0000-0000-c000-000000000000");
/// What the output of a consent to an application permission starts with; its value is the id of the consent.
const ROLE: &str = "appRole:";
/// What the outputs of a consent to delegated permissions start with: its id, and all of its scopes.
const GRANT: &str = "grant:";
const GRANT_SCOPES: &str = "grantScopes:";

pub(super) struct Adapter;

/// The name that manifests use for a resource.
fn resource_name(app_id: &str) -> String {
    [EXCHANGE, GRAPH]
        .into_iter()
        .find(|(_, id)| id.eq_ignore_ascii_case(app_id))
        .map_or_else(|| app_id.to_lowercase(), |(name, _)| name.to_owned())
}

/// The application id behind the name that manifests use.
fn resource_id(name: &str) -> String {
    let known = [EXCHANGE, GRAPH].into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map_or_else(|| name.to_lowercase(), |(_, id)| id.to_owned())
}

/// `<resource> <application|delegated> <value>` in its parts.
fn split(permission: &str) -> Option<(&str, &str, &str)> {
    let (rest, value) = permission.rsplit_once(' ')?;
    let (resource, sort) = rest.rsplit_once(' ')?;
    Some((resource, sort, value))
}

fn permissions(resource: &Resource) -> &[String] {
    resource.get("permissions").map_or(&[][..], Value::elements)
}

fn app_id(resource: &Resource) -> String {
    resource.text("appId").unwrap_or_default().to_lowercase()
}

fn find<'a>(
    resource: &Resource,
    readings: &'a Readings,
) -> Result<Option<&'a rows::ServicePrincipal>, Unread> {
    let read = readings.applications.get(&app_id(resource));
    let read = read.ok_or_else(|| Unread::because("GET /servicePrincipals", "it was not asked for"))?;
    Ok(read.as_ref().map_err(Clone::clone)?.as_ref())
}

impl super::Adapter for Adapter {
    fn ask(&self, resource: &Resource, asks: &mut Asks) {
        asks.applications.insert(app_id(resource));
        asks.pointers = true;
        if resource.manages("permissions") {
            asks.resources.extend([EXCHANGE.1.to_owned(), GRAPH.1.to_owned()]);
            let named =
                permissions(resource).iter().filter_map(|permission| Some(resource_id(split(permission)?.0)));
            asks.resources.extend(named);
        }
    }

    fn follow(&self, resource: &Resource, readings: &Readings, follow: &mut FollowUps) {
        if resource.ensure == Ensure::Present
            && resource.manages("permissions")
            && let Ok(Some(principal)) = find(resource, readings)
        {
            follow.consents.insert(principal.id.clone());
        }
        // What goes with a pointer that is made anew is made again.
        follow.assignments |=
            resource.ensure == Ensure::Present && renewal::is_wrong(&app_id(resource), readings);
    }

    fn see(&self, resource: &Resource, sight: &mut Sight<'_>) -> Result<Option<Object>, Unread> {
        let Some(principal) = find(resource, sight.readings)? else { return Ok(None) };
        let mut object = Object { id: principal.id.clone(), ..Object::default() };
        object.attributes.insert("appId".to_owned(), Value::text(principal.app_id.to_lowercase()));
        object.outputs.insert("servicePrincipalId".to_owned(), principal.id.clone());
        let pointers = got(sight.readings.pointers.as_ref(), POINTER)?;
        let same = |text: &Option<String>, other: &str| {
            text.as_deref().is_some_and(|text| text.eq_ignore_ascii_case(other))
        };
        let pointer = pointers.iter().find(|pointer| same(&pointer.app_id, &principal.app_id));
        let state = match pointer {
            None => "missing",
            Some(pointer) if same(&pointer.object_id, &principal.id) => "registered",
            Some(_) => renewal::WRONG,
        };
        if state == renewal::WRONG && resource.ensure == Ensure::Present {
            renewal::note(resource, sight, &mut object)?;
        }
        object.attributes.insert("exchangeServicePrincipal".to_owned(), Value::text(state));
        let name = pointer.and_then(|pointer| pointer.display_name.clone()).filter(|name| !name.is_empty());
        if let Some(name) = name {
            object.attributes.insert("displayName".to_owned(), Value::Text(name));
        }
        if resource.ensure == Ensure::Present && resource.manages("permissions") {
            consents(&principal.id, sight.readings, &mut object)?;
        }
        Ok(Some(object))
    }

    fn facts(
        &self,
        readings: &Readings,
        resources: &[Cow<'_, Resource>],
        facts: &mut BTreeMap<String, String>,
    ) {
        let wanted: BTreeSet<&str> =
            resources.iter().flat_map(|resource| permissions(resource)).map(String::as_str).collect();
        for principal in readings.resources.values().flatten().flatten() {
            let name = resource_name(&principal.app_id);
            facts.insert(facts::resource(&name), principal.id.clone());
            for (sort, offered) in
                [("application", &principal.app_roles), ("delegated", &principal.oauth2_permission_scopes)]
            {
                let values: Vec<&str> = offered.iter().filter_map(|one| one.value.as_deref()).collect();
                facts.insert(facts::permissions(&format!("{name} {sort}")), values.join(" "));
            }
        }
        for permission in wanted {
            let Some((resource, sort, value)) = split(permission) else { continue };
            let Some(Ok(Some(principal))) = readings.resources.get(&resource_id(resource)) else { continue };
            let offered = if sort == "application" {
                &principal.app_roles
            } else {
                &principal.oauth2_permission_scopes
            };
            let found = offered
                .iter()
                .find(|one| one.value.as_deref().is_some_and(|v| v.eq_ignore_ascii_case(value)));
            if let Some(found) = found {
                facts.insert(facts::permission(permission), found.id.clone());
            }
        }
    }

    fn teach(&self, readings: &Readings, identities: &mut Identities) {
        let Some(Ok(pointers)) = &readings.pointers else { return };
        for pointer in pointers {
            let Some(app_id) = &pointer.app_id else { continue };
            let identity = Identity {
                canonical: Arc::from(app_id.to_lowercase()),
                recipient_type: Arc::from("ServicePrincipal"),
            };
            identities.learn(app_id, &identity);
            for spelling in [&pointer.object_id, &pointer.display_name].into_iter().flatten() {
                identities.learn(spelling, &identity);
            }
        }
    }

    fn rights(&self, resource: &Resource) -> Vec<&'static Right> {
        let mut all: Vec<&'static Right> = vec![&rights::READ_PRINCIPALS, &rights::MANAGE_ROLES];
        if resource.ensure == Ensure::Absent {
            all.push(&rights::REMOVE_PRINCIPALS);
            return all;
        }
        all.push(&rights::WRITE_PRINCIPALS);
        if resource.manages("permissions") {
            all.push(&rights::READ_GRANTS);
            let sorts: Vec<&str> =
                permissions(resource).iter().filter_map(|permission| Some(split(permission)?.1)).collect();
            // With none at all, whatever is there is taken back.
            if sorts.is_empty() || sorts.contains(&"application") {
                all.push(&rights::CONSENT);
            }
            if sorts.is_empty() || sorts.contains(&"delegated") {
                all.push(&rights::CONSENT_DELEGATED);
            }
        }
        all
    }

    fn compile(&self, context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
        match context.change.action {
            Action::Delete => Ok(delete(context)),
            _ => write(context),
        }
    }
}

/// The consents of an application, in the manifest's words.
fn consents(id: &str, readings: &Readings, object: &mut Object) -> Result<(), Unread> {
    let what = "GET /servicePrincipals/{id}/appRoleAssignments";
    let read = readings.consents.get(id).ok_or_else(|| Unread::because(what, "it was not asked for"))?;
    let consents = read.as_ref().map_err(Clone::clone)?;
    let resource = |id: &str| -> Result<&rows::ServicePrincipal, Unread> {
        let failed = readings
            .resources
            .values()
            .chain(readings.other_resources.values())
            .find_map(|read| read.as_ref().err());
        readings.resource_by_id(id).ok_or_else(|| match failed {
            Some(unread) => unread.clone(),
            None => Unread::because(
                what,
                format!("the service principal {id} that a consent is for is not there"),
            ),
        })
    };
    let mut all = BTreeSet::new();
    for role in &consents.roles {
        let resource = resource(&role.resource_id)?;
        // The same id means different permissions at different resources: it is looked up at its own.
        let known = resource.app_roles.iter().find(|one| one.id.eq_ignore_ascii_case(&role.app_role_id));
        let value = known.and_then(|one| one.value.clone()).unwrap_or_else(|| role.app_role_id.clone());
        let permission = format!("{} application {value}", resource_name(&resource.app_id));
        object.outputs.insert(format!("{ROLE}{}", permission.to_lowercase()), role.id.clone());
        all.insert(permission);
    }
    for grant in consents.grants.iter().filter(|grant| grant.consent_type == "AllPrincipals") {
        let name = resource_name(&resource(&grant.resource_id)?.app_id);
        let scopes: Vec<&str> = grant.scope.as_deref().unwrap_or_default().split_whitespace().collect();
        let key = name.to_lowercase();
        object.outputs.insert(format!("{GRANT}{key}"), grant.id.clone());
        object.outputs.insert(format!("{GRANT_SCOPES}{key}"), scopes.join(" "));
        all.extend(scopes.into_iter().map(|scope| format!("{name} delegated {scope}")));
    }
    if !all.is_empty() {
        object.attributes.insert("permissions".to_owned(), Value::Set(all.into_iter().collect()));
    }
    Ok(())
}

fn title(context: &Context<'_>) -> String {
    let name = context.resource.text("displayName").unwrap_or(&context.change.label);
    quoted(name)
}

/// The object id of the service principal: known, or known after it is made.
fn principal(context: &Context<'_>) -> Argument {
    match context.object {
        Some(object) => Argument::text(&*object.id),
        None => context.output("servicePrincipalId"),
    }
}

/// A path with the service principal's id in it.
fn principal_path(context: &Context<'_>, tail: &str) -> Template {
    around_principal(context, "/servicePrincipals/", tail)
}

/// The service principal's id, with what stands before and behind it.
fn around_principal(context: &Context<'_>, head: &str, tail: &str) -> Template {
    match context.object {
        Some(object) => Template::text(format!("{head}{}{tail}", object.id)),
        None => Template(vec![
            Part::Text(head.to_owned()),
            Part::Output {
                of: context.address().clone(),
                output: "servicePrincipalId".to_owned(),
                escape: Escape::None,
            },
            Part::Text(tail.to_owned()),
        ]),
    }
}

fn write(context: &Context<'_>) -> Result<Vec<Operation>, Vec<Diagnostic>> {
    let app_id = context.resource.text("appId").unwrap_or(&context.change.label);
    let mut script = Script::default();
    if context.object.is_none() {
        let body = Argument::record([("appId", Argument::text(app_id))]);
        script
            .graph(
                format!("POST /servicePrincipals {}", title(context)),
                Method::Post,
                Template::text("/servicePrincipals"),
                Some(body),
            )
            .captures("servicePrincipalId", "id")
            .found_at(
                Template::text(format!("/servicePrincipals(appId='{}')?$select=id,appId", escape(app_id))),
                Expect::row([("appId", app_id)]),
            );
        script.wait_graph(
            "the service principal is readable",
            principal_path(context, ""),
            Expect::row([("appId", app_id)]).and("id", principal(context)),
            READABLE_SECONDS,
        );
    }
    permit(context, &mut script)?;
    point(context, &mut script, app_id);
    Ok(script.finish())
}

/// Consents: new ones, then those that are taken back.
fn permit(context: &Context<'_>, script: &mut Script) -> Result<(), Vec<Diagnostic>> {
    let (added, removed) = context.moved("permissions");
    let mut errors: Vec<Diagnostic> =
        added.iter().filter_map(|permission| unknown(context, permission)).collect();
    let resource_of = |name: &str| context.fact(&facts::resource(name)).unwrap_or_default().to_owned();
    let output =
        |name: String| context.object.and_then(|object| object.outputs.get(&name)).map(String::as_str);
    script.then();
    for permission in added.iter().filter(|permission| {
        errors.is_empty() && split(permission).is_some_and(|(_, sort, _)| sort == "application")
    }) {
        let Some((resource, _, _)) = split(permission) else { continue };
        let resource_id = resource_of(resource);
        let role_id = context.fact(&facts::permission(permission)).unwrap_or_default();
        let body = Argument::record([
            ("principalId", principal(context)),
            ("resourceId", Argument::text(&*resource_id)),
            ("appRoleId", Argument::text(role_id)),
        ]);
        let path = Template::text(format!("/servicePrincipals/{resource_id}/appRoleAssignedTo"));
        script
            .graph(format!("consent to {permission}"), Method::Post, path, Some(body))
            .accepts(&[Refusal::AlreadyExists])
            .found_at(
                principal_path(context, "/appRoleAssignments"),
                Expect::row([("resourceId", resource_id.as_str()), ("appRoleId", role_id)]),
            )
            .once_made(context, "Entra knows the service principal", UNKNOWN_PRINCIPAL);
    }
    // One grant holds all delegated permissions of a resource.
    let delegated = added.iter().chain(&removed).filter_map(|permission| split(permission));
    let resources: BTreeSet<&str> =
        delegated.filter(|(_, sort, _)| *sort == "delegated").map(|(resource, _, _)| resource).collect();
    for resource in resources {
        let key = resource.to_lowercase();
        let of = |permissions: &[&str]| -> Vec<String> {
            let parts = permissions.iter().filter_map(|permission| split(permission));
            parts
                .filter(|(r, sort, _)| *sort == "delegated" && r.eq_ignore_ascii_case(resource))
                .map(|(_, _, v)| v.to_owned())
                .collect()
        };
        let (gained, lost) = (of(&added), of(&removed));
        let had = output(format!("{GRANT_SCOPES}{key}")).unwrap_or_default();
        let kept =
            had.split_whitespace().filter(|scope| !lost.iter().any(|gone| gone.eq_ignore_ascii_case(scope)));
        let mut scopes: Vec<String> = kept.map(str::to_owned).collect();
        scopes.extend(gained);
        let words = scopes.join(" ");
        match output(format!("{GRANT}{key}")) {
            Some(grant) if scopes.is_empty() => {
                let path = Template::text(format!("/oauth2PermissionGrants/{grant}"));
                script
                    .graph(
                        format!("take back all delegated permissions of {resource}"),
                        Method::Delete,
                        path,
                        None,
                    )
                    .accepts(&[Refusal::NotFound]);
            }
            Some(grant) => {
                let body = Argument::record([("scope", Argument::text(words.clone()))]);
                let path = Template::text(format!("/oauth2PermissionGrants/{grant}"));
                script.graph(
                    format!("consent to delegated {words} of {resource}"),
                    Method::Patch,
                    path,
                    Some(body),
                );
            }
            None => grant(context, script, resource, &words),
        }
    }
    for permission in removed
        .iter()
        .filter(|permission| split(permission).is_some_and(|(_, sort, _)| sort == "application"))
    {
        match output(format!("{ROLE}{}", permission.to_lowercase())) {
            Some(consent) => {
                let path = principal_path(context, &format!("/appRoleAssignments/{consent}"));
                script
                    .graph(format!("take back {permission}"), Method::Delete, path, None)
                    .accepts(&[Refusal::NotFound])
                    // A role assignment that replaces it stands first.
                    .cleans_up();
            }
            None => errors.push(
                context
                    .error("consent-unknown", format!("the id of the consent to {permission} was not read")),
            ),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The first consent to delegated permissions of a resource.
fn grant(context: &Context<'_>, script: &mut Script, resource: &str, scopes: &str) {
    let resource_id = context.fact(&facts::resource(resource)).unwrap_or_default();
    let body = Argument::record([
        ("clientId", principal(context)),
        ("consentType", Argument::text("AllPrincipals")),
        ("resourceId", Argument::text(resource_id)),
        ("scope", Argument::text(scopes)),
    ]);
    let path = Template::text("/oauth2PermissionGrants");
    let title = format!("consent to delegated {scopes} of {resource}");
    script
        .graph(title, Method::Post, path, Some(body))
        .found_at(
            around_principal(context, "/oauth2PermissionGrants?$filter=clientId%20eq%20%27", "%27"),
            Expect::row([("resourceId", resource_id), ("consentType", "AllPrincipals")]),
        )
        .once_made(context, "Entra knows the service principal", UNKNOWN_PRINCIPAL);
}

/// A refusal of a permission that the resource does not offer.
fn unknown(context: &Context<'_>, permission: &str) -> Option<Diagnostic> {
    let (resource, sort, value) = split(permission)?;
    if context.fact(&facts::resource(resource)).is_none() {
        return Some(
            context
                .error(
                    "resource-not-found",
                    format!("the service principal of {resource} was not found in the tenant"),
                )
                .hint("permissions are planned against a tenant; check the resource's application id"),
        );
    }
    if context.fact(&facts::permission(permission)).is_some() {
        return None;
    }
    let offered = context.fact(&facts::permissions(&format!("{resource} {sort}"))).unwrap_or_default();
    let error =
        context.error("permission-not-found", format!("{resource} offers no {sort} permission {value}"));
    Some(match facts::nearest(value, offered.split(' ')) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => {
            error.hint("check the permission's name, and whether it is an application or a delegated one")
        }
    })
}

/// Exchange's pointer to the service principal.
fn point(context: &Context<'_>, script: &mut Script, app_id: &str) {
    let state = context.object.and_then(|object| object.text("exchangeServicePrincipal"));
    let name = context.resource.get("displayName").filter(|name| !name.is_unset());
    let new = Cmdlet::new("New-ServicePrincipal")
        .text("AppId", app_id)
        .with("ObjectId", principal(context))
        .maybe("DisplayName", name);
    let registered = context.changed("exchangeServicePrincipal").is_some();
    if context.object.is_some() && !registered {
        if let Some(name) = context.changed("displayName").filter(|name| !name.is_unset()) {
            let set =
                Cmdlet::new("Set-ServicePrincipal").text("Identity", app_id).maybe("DisplayName", Some(name));
            script.then().cmdlet(title(context), set);
        }
        return;
    }
    let renews = state == Some(renewal::WRONG);
    if renews {
        // Nothing but the display name of a pointer can be changed.
        let remove = Cmdlet::new("Remove-ServicePrincipal").text("Identity", app_id).unasked();
        script.then().cmdlet(title(context), remove).accepts(&[Refusal::NotFound]);
    }
    let probe = || Cmdlet::new(POINTER).text("Identity", app_id);
    let mut same = vec![("AppId", app_id)];
    // A pointer that led elsewhere was removed a moment ago, and a read may still show it.
    same.extend(context.object.map(|object| ("ObjectId", object.id.as_str())));
    let made = script.then().cmdlet(title(context), new).found_by(probe(), Expect::row(same));
    if renews {
        // What is there already is the one that was removed a moment ago.
        made.until("the old pointer is gone everywhere", &[Refusal::AlreadyExists], READABLE_SECONDS);
    } else {
        let until = "Exchange knows the service principal";
        made.accepts(&[Refusal::AlreadyExists]).once_made(context, until, UNKNOWN_PRINCIPAL);
    }
    let right = Expect::row([("AppId", app_id)]).and("ObjectId", principal(context));
    script.wait("Exchange's pointer to the service principal is readable", probe(), right, READABLE_SECONDS);
    if renews {
        renewal::again(context, script, app_id);
    }
}

fn delete(context: &Context<'_>) -> Vec<Operation> {
    let mut script = Script::default();
    let state = context.object.and_then(|object| object.text("exchangeServicePrincipal"));
    if state != Some("missing") {
        let remove = Cmdlet::new("Remove-ServicePrincipal").text("Identity", &context.change.label).unasked();
        script.cmdlet(title(context), remove).accepts(&[Refusal::NotFound]);
    }
    script
        .then()
        .graph(
            format!("DELETE /servicePrincipals {}", title(context)),
            Method::Delete,
            principal_path(context, ""),
            None,
        )
        .accepts(&[Refusal::NotFound]);
    script.finish()
}
