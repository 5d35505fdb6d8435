//! Users.

use super::filter::Filter;
use super::{bad, body, list, not_found};
use crate::clock::timestamp;
use crate::entra::User;
use crate::guid::Guid;
use crate::http::{Reply, Request};
use crate::simulator::Simulator;
use crate::tenant::Tenant;
use serde_json::{Map, Value, json};

/// What is answered without `$select`: page "user resource type".
const DEFAULT: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

const FILTERABLE: &[&str] = &[
    "accountEnabled",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mailNickname",
    "surname",
    "usageLocation",
    "userPrincipalName",
];

/// Every property; the password profile is write-only and reads back as nothing.
fn row(tenant: &Tenant, user: &User) -> Value {
    let mailbox = tenant.directory.by_object_id(user.id).filter(|recipient| recipient.late.is_none());
    let licences: Vec<Value> =
        user.licences.iter().map(|id| json!({"skuId": id.to_string(), "disabledPlans": []})).collect();
    let addresses: Vec<String> =
        mailbox.map(crate::recipient::Recipient::email_addresses).unwrap_or_default();
    json!({
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": user.given_name,
        "jobTitle": user.job_title,
        "mail": mailbox.map(|recipient| recipient.primary_smtp_address.as_str()),
        "mobilePhone": null,
        "officeLocation": mailbox.and_then(|recipient| recipient.attribute("Office")),
        "preferredLanguage": null,
        "surname": user.surname,
        "userPrincipalName": user.user_principal_name,
        "id": user.id.to_string(),
        "accountEnabled": user.account_enabled,
        "mailNickname": user.mail_nickname,
        "usageLocation": user.usage_location,
        "passwordPolicies": user.password_policies,
        "passwordProfile": null,
        "assignedLicenses": licences,
        "proxyAddresses": addresses,
        "userType": "Member",
        "createdDateTime": timestamp(user.created),
        "lastPasswordChangeDateTime": timestamp(user.password_set),
    })
}

fn shown(request: &Request) -> Vec<String> {
    let names = request.select();
    if names.is_empty() { DEFAULT.iter().map(|name| (*name).to_owned()).collect() } else { names }
}

/// `GET /users`.
pub(super) fn list(simulator: &Simulator, request: &Request) -> Reply {
    let tenant = simulator.read();
    let filter = match list::filter(request, "User", FILTERABLE) {
        Ok(filter) => filter,
        Err(reply) => return reply,
    };
    let size = match list::top(request, 100, 999) {
        Ok(size) => size,
        Err(reply) => return reply,
    };
    let names = shown(request);
    // Questions for particular users go by the index.
    let keyed =
        filter.as_ref().and_then(|filter| filter.keys("userPrincipalName").or_else(|| filter.keys("id")));
    let candidates: Box<dyn Iterator<Item = (usize, &User)>> = match keyed {
        Some(keys) => {
            let mut users: Vec<&User> = keys.into_iter().filter_map(|key| tenant.user(key)).collect();
            users.sort_by_key(|user| tenant.users.get_index_of(&user.id));
            users.dedup_by_key(|user| user.id);
            Box::new(users.into_iter().enumerate().skip(list::start(request)))
        }
        None => Box::new(tenant.users.values().enumerate().skip(list::start(request))),
    };
    let mut rows = Vec::new();
    let mut next = None;
    for (place, user) in candidates {
        let row = row(&tenant, user);
        if filter.as_ref().is_none_or(|filter| filter.matches(&row)) {
            if rows.len() == size {
                next = Some(place);
                break;
            }
            rows.push(list::select(row, &names));
        }
    }
    let total = list::wants_count(request).then(|| matching(&tenant, filter.as_ref()));
    list::collection(request, "users", rows, next, total)
}

fn matching(tenant: &Tenant, filter: Option<&Filter>) -> usize {
    tenant
        .users
        .values()
        .filter(|user| filter.is_none_or(|filter| filter.matches(&row(tenant, user))))
        .count()
}

/// `GET /users/$count`.
pub(super) fn count(simulator: &Simulator, request: &Request) -> Reply {
    let tenant = simulator.read();
    match list::filter(request, "User", FILTERABLE) {
        Ok(filter) => list::count(request, matching(&tenant, filter.as_ref())),
        Err(reply) => reply,
    }
}

/// `GET /users/{id or principal name}`.
pub(super) fn get(simulator: &Simulator, request: &Request, id: &str) -> Reply {
    let tenant = simulator.read();
    let Some(user) = tenant.user(id) else { return not_found(id) };
    let row = list::select(row(&tenant, user), &shown(request));
    list::entity(request, 200, "users", row)
}

/// What a body says about a user.
#[derive(Default)]
#[allow(clippy::option_option, reason = "left out, cleared and set are three things")]
struct Fields {
    user_principal_name: Option<String>,
    display_name: Option<String>,
    mail_nickname: Option<String>,
    account_enabled: Option<bool>,
    given_name: Option<Option<String>>,
    surname: Option<Option<String>>,
    job_title: Option<Option<String>>,
    usage_location: Option<Option<String>>,
    password_policies: Option<Option<String>>,
    password: Option<String>,
    change_at_next_sign_in: Option<bool>,
}

fn text(name: &str, value: &Value) -> Result<String, Reply> {
    value
        .as_str()
        .filter(|text| !text.is_empty() && text.chars().count() <= 256)
        .map(str::to_owned)
        .ok_or_else(|| bad(&format!("Invalid value specified for property '{name}' of resource 'User'.")))
}

fn clearable(name: &str, value: &Value) -> Result<Option<String>, Reply> {
    if value.is_null() { Ok(None) } else { text(name, value).map(Some) }
}

fn fields(body: &Map<String, Value>) -> Result<Fields, Reply> {
    let mut fields = Fields::default();
    for (name, value) in body {
        match name.as_str() {
            "userPrincipalName" => fields.user_principal_name = Some(text(name, value)?),
            "displayName" => fields.display_name = Some(text(name, value)?),
            "mailNickname" => fields.mail_nickname = Some(text(name, value)?),
            "accountEnabled" => {
                let flag = value.as_bool();
                fields.account_enabled = Some(flag.ok_or_else(|| {
                    bad("Invalid value specified for property 'accountEnabled' of resource 'User'.")
                })?);
            }
            "givenName" => fields.given_name = Some(clearable(name, value)?),
            "surname" => fields.surname = Some(clearable(name, value)?),
            "jobTitle" => fields.job_title = Some(clearable(name, value)?),
            "usageLocation" => {
                let place = clearable(name, value)?;
                if place.as_ref().is_some_and(|p| p.len() != 2 || !p.chars().all(|c| c.is_ascii_alphabetic()))
                {
                    return Err(bad(
                        "Invalid value specified for property 'usageLocation' of resource 'User'.",
                    ));
                }
                fields.usage_location = Some(place.map(|place| place.to_uppercase()));
            }
            "passwordPolicies" => {
                let policies = clearable(name, value)?;
                let known = |word: &str| {
                    matches!(word.trim(), "DisablePasswordExpiration" | "DisableStrongPassword" | "None")
                };
                if policies.as_ref().is_some_and(|text| !text.split(',').all(known)) {
                    return Err(bad(
                        "Invalid value specified for property 'passwordPolicies' of resource 'User'.",
                    ));
                }
                fields.password_policies = Some(policies);
            }
            "passwordProfile" => {
                fields.password = value.get("password").and_then(Value::as_str).map(str::to_owned);
                fields.change_at_next_sign_in =
                    value.get("forceChangePasswordNextSignIn").and_then(Value::as_bool);
                if fields.password.as_ref().is_some_and(|password| is_weak(password)) {
                    return Err(bad(
                        "The specified password does not comply with password complexity requirements. Please provide a \
                         different password.",
                    ));
                }
            }
            name if name.contains('@') => {}
            name => {
                return Err(bad(&format!(
                    "Property '{name}' can't be set on resource 'User' in the simulated tenant."
                )));
            }
        }
    }
    Ok(fields)
}

/// Eight characters of three sorts: Entra's rule for passwords.
fn is_weak(password: &str) -> bool {
    let sorts = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    password.chars().count() < 8
        || password.chars().count() > 256
        || sorts.iter().filter(|sort| **sort).count() < 3
}

fn check_principal_name(tenant: &Tenant, name: &str, own: Option<Guid>) -> Result<(), Reply> {
    let domain = name.split_once('@').map(|(_, domain)| domain);
    if !domain.is_some_and(|domain| tenant.accepts(domain)) {
        return Err(bad(
            "The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain \
             names in your organization.",
        ));
    }
    if tenant.user(name).is_some_and(|other| Some(other.id) != own) {
        return Err(bad("Another object with the same value for property userPrincipalName already exists."));
    }
    let holder = tenant.directory.holder(name, crate::directory::Form::Address);
    if holder.is_some_and(|holder| Some(holder.object_id) != own) {
        return Err(bad("Another object with the same value for property proxyAddresses already exists."));
    }
    Ok(())
}

/// `POST /users`.
pub(super) fn create(simulator: &Simulator, request: &Request) -> Reply {
    let body = match body(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    let fields = match fields(&body) {
        Ok(fields) => fields,
        Err(reply) => return reply,
    };
    let missing = |name: &str| bad(&format!("A value is required for property '{name}' of resource 'User'."));
    let Some(account_enabled) = fields.account_enabled else { return missing("accountEnabled") };
    let Some(display_name) = fields.display_name else { return missing("displayName") };
    let Some(mail_nickname) = fields.mail_nickname else { return missing("mailNickname") };
    let Some(user_principal_name) = fields.user_principal_name else { return missing("userPrincipalName") };
    if !body.contains_key("passwordProfile") {
        return missing("passwordProfile");
    }
    if fields.password.is_none() {
        return missing("password");
    }
    if mail_nickname.contains(['@', ' ', '(', ')', '\\', '[', ']', '"', ';', ':', '<', '>', ','])
        || mail_nickname.len() > 64
    {
        return bad("Invalid value specified for property 'mailNickname' of resource 'User'.");
    }
    let mut tenant = simulator.write();
    if let Err(reply) = check_principal_name(&tenant, &user_principal_name, None) {
        return reply;
    }
    let id = tenant.new_guid();
    let now = tenant.clock.now;
    let user = User {
        id,
        user_principal_name,
        display_name,
        mail_nickname,
        account_enabled,
        given_name: fields.given_name.flatten(),
        surname: fields.surname.flatten(),
        job_title: fields.job_title.flatten(),
        usage_location: fields.usage_location.flatten(),
        password_policies: fields.password_policies.flatten(),
        change_password_at_next_sign_in: fields.change_at_next_sign_in.unwrap_or(true),
        licences: Vec::new(),
        created: now,
        password_set: now,
    };
    let row = list::select(row(&tenant, &user), &shown(request));
    tenant.add_user(user);
    list::entity(request, 201, "users", row).with("location", format!("{}/v1.0/users/{id}", request.base()))
}

/// `PATCH /users/{id}`.
pub(super) fn update(simulator: &Simulator, request: &Request, id: &str) -> Reply {
    let fields = match body(request).and_then(|body| fields(&body)) {
        Ok(fields) => fields,
        Err(reply) => return reply,
    };
    let mut tenant = simulator.write();
    let Some(mut user) = tenant.user(id).cloned() else { return not_found(id) };
    if let Some(name) = &fields.user_principal_name
        && let Err(reply) = check_principal_name(&tenant, name, Some(user.id))
    {
        return reply;
    }
    let old_name = user.user_principal_name.to_lowercase();
    let now = tenant.clock.now;
    let set = |slot: &mut Option<String>, value: Option<Option<String>>| {
        if let Some(value) = value {
            *slot = value;
        }
    };
    set(&mut user.given_name, fields.given_name);
    set(&mut user.surname, fields.surname);
    set(&mut user.job_title, fields.job_title);
    set(&mut user.usage_location, fields.usage_location);
    set(&mut user.password_policies, fields.password_policies);
    user.account_enabled = fields.account_enabled.unwrap_or(user.account_enabled);
    user.change_password_at_next_sign_in =
        fields.change_at_next_sign_in.unwrap_or(user.change_password_at_next_sign_in);
    if fields.password.is_some() {
        user.password_set = now;
    }
    user.display_name = fields.display_name.unwrap_or(user.display_name);
    user.mail_nickname = fields.mail_nickname.unwrap_or(user.mail_nickname);
    user.user_principal_name = fields.user_principal_name.unwrap_or(user.user_principal_name);
    // Exchange follows in name: the primary address stays as it was.
    if let Some(guid) = tenant.directory.by_object_id(user.id).map(|recipient| recipient.guid) {
        tenant.directory.update(guid, |recipient| {
            recipient.display_name.clone_from(&user.display_name);
            recipient.user_principal_name = Some(user.user_principal_name.clone());
            recipient.changed = now;
        });
    }
    tenant.users_by_principal_name.remove(&old_name);
    tenant.users_by_principal_name.insert(user.user_principal_name.to_lowercase(), user.id);
    tenant.users.insert(user.id, user);
    Reply::empty(204)
}

/// `DELETE /users/{id}`: the mailbox and role assignments go with it.
pub(super) fn delete(simulator: &Simulator, id: &str) -> Reply {
    let mut tenant = simulator.write();
    let Some(id) = tenant.user(id).map(|user| user.id) else { return not_found(id) };
    tenant.remove_user(id);
    Reply::empty(204)
}
