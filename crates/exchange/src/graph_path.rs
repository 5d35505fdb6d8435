//! Requests to Graph that name something: what is empty in a path means a whole collection.

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde_json::Value;

/// Properties of bodies that say whom or what a request is about.
const IDENTITIES: &[&str] =
    &["userPrincipalName", "appId", "principalId", "clientId", "resourceId", "appRoleId", "skuId"];

/// Refuses a path with an empty part, and a body that names nobody. Nothing has been sent then.
pub(crate) fn check(path: &str, body: Option<&Value>) -> Result<(), Failure> {
    let bare = path.split('?').next().unwrap_or(path);
    let parts = bare.strip_prefix('/').unwrap_or(bare).split('/');
    let blank = |part: &str| part.trim().is_empty() || part == "." || part == ".." || part.contains("=''");
    if parts.into_iter().any(blank) {
        return Err(refused(path, "a part of its path is empty"));
    }
    match body.and_then(|body| nameless(body)) {
        Some(name) => Err(refused(path, &format!("its {name} is empty"))),
        None => Ok(()),
    }
}

/// The first identity in a body that names nothing.
fn nameless(body: &Value) -> Option<&str> {
    match body {
        Value::Object(fields) => fields.iter().find_map(|(name, value)| {
            let names_nothing = value.as_str().is_none_or(|text| text.trim().is_empty());
            if IDENTITIES.contains(&name.as_str()) && names_nothing {
                Some(name.as_str())
            } else {
                nameless(value)
            }
        }),
        Value::Array(items) => items.iter().find_map(nameless),
        _ => None,
    }
}

fn refused(path: &str, why: &str) -> Failure {
    Failure {
        refusal: Refusal::Invalid,
        message: format!("the request {path} was not sent: {why}"),
        request_id: None,
        hint: Some("make the plan anew; a plan that was changed by hand may lack an id".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;

    #[test]
    fn whatever_names_nothing_is_not_sent() {
        for path in [
            "/users/",
            "/users/?$select=id",
            "/users//assignLicense",
            "/servicePrincipals(appId='')?$select=id",
            "/servicePrincipals/ /appRoleAssignments",
            "/users/../groups",
            "",
        ] {
            assert!(check(path, None).is_err(), "{path}");
        }
        for path in ["/users/a@b.c?$select=id", "/subscribedSkus", "/servicePrincipals(appId='1')", "/users"]
        {
            assert!(check(path, None).is_ok(), "{path}");
        }
    }

    #[test]
    fn bodies_name_whom_they_are_about() {
        for body in [
            json!({ "appId": "" }),
            json!({ "principalId": null }),
            json!({ "addLicenses": [{ "skuId": " " }] }),
        ] {
            assert!(check("/x", Some(&body)).is_err(), "{body}");
        }
        let whole = json!({ "clientId": "1", "principalId": "2", "scope": "", "addLicenses": [], "displayName": null });
        assert!(check("/x", Some(&whole)).is_ok());
    }
}
