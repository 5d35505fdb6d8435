//! What the caller may do in Exchange: directory roles, as the token tells them, and assignments of management roles.
//!
//! Facts: "Microsoft Entra built-in roles" for the template ids; "App-only authentication in Exchange Online PowerShell"
//! for which of them permit cmdlets; `Get-ManagementRoleAssignment -RoleAssignee`, which answers indirect ones, too.

use anteroom_model::operation::Refusal;

use super::who::{Found, Who};
use super::{Check, Outcome};
use crate::connection::Connection;
use crate::exchange_api::Invocation;
use crate::rights::{self, Right};
use crate::rows;
use crate::sign_in::Claims;

/// Directory roles that permit cmdlets: template id, name, and what they are good for; `None` for everything.
static DIRECTORY_ROLES: [(&str, &str, Option<&[&Right]>); 4] = [
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator", None),
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", None),
    (
        "31392ffb-586c-42d1-9346-e59415a2cc4e",
        "Exchange Recipient Administrator",
        Some(&[&rights::VIEW_RECIPIENTS, &rights::WRITE_GROUPS]),
    ),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", Some(&[&rights::VIEW_RECIPIENTS])),
];

const ID: &str = "exchange-role";

/// One check where everything is permitted or nothing is; else one a management role.
pub(super) async fn checks(
    connection: &Connection,
    who: &Who,
    rights: &[&'static Right],
    may_run: bool,
) -> Vec<Check> {
    let whole = |outcome, message: String| Check::new(ID, "Exchange role of the caller", outcome, message);
    if !may_run {
        return vec![whole(
            Outcome::Unknown,
            "no cmdlet was run, because the permission for it is missing".to_owned(),
        )];
    }
    if matches!(who.found, Found::Refused(_) | Found::NotAsked(_)) {
        return vec![whole(Outcome::Unknown, who.why_unknown().to_owned())];
    }
    let probe = Invocation::new("Get-OrganizationConfig").select("Name,Guid");
    if let Err(failure) = connection.invoke_command::<rows::Role>(&probe).await {
        let message = format!("Get-OrganizationConfig: {}", failure.message);
        return vec![match failure.refusal {
            Refusal::Forbidden => whole(Outcome::Failed, message).hint(format!(
                "give the caller the Entra role Exchange Administrator, or make it a member of role groups with {}",
                names(rights)
            )),
            Refusal::Unauthorized => whole(Outcome::Failed, message).maybe_hint(failure.hint),
            _ => whole(Outcome::Unknown, message).maybe_hint(failure.hint),
        }];
    }
    let directory = who.claims().map(directory_roles).unwrap_or_default();
    let lacking: Vec<&'static Right> =
        rights.iter().copied().filter(|right| by(&directory, right).is_none()).collect();
    if lacking.is_empty() {
        let named: Vec<&str> = directory.iter().map(|(name, _)| *name).collect();
        return vec![whole(Outcome::Ok, format!("cmdlets are answered; it is {}", named.join(", ")))];
    }
    let held = match who.claims() {
        Some(claims) => assigned(connection, claims).await,
        None => None,
    };
    rights.iter().map(|right| one(right, by(&directory, right), held.as_deref())).collect()
}

fn names(rights: &[&'static Right]) -> String {
    rights.iter().map(|right| right.least).collect::<Vec<_>>().join(", ")
}

type DirectoryRole = (&'static str, Option<&'static [&'static Right]>);

fn directory_roles(claims: &Claims) -> Vec<DirectoryRole> {
    let held = |id: &str| claims.directory_roles.iter().any(|other| other.eq_ignore_ascii_case(id));
    DIRECTORY_ROLES.iter().filter(|(id, ..)| held(id)).map(|(_, name, good_for)| (*name, *good_for)).collect()
}

/// The directory role that permits it.
fn by(held: &[DirectoryRole], right: &Right) -> Option<&'static str> {
    let permits = |good_for: Option<&[&Right]>| good_for.is_none_or(|all| all.contains(&right));
    held.iter().find(|(_, good_for)| permits(*good_for)).map(|(name, _)| *name)
}

/// The management roles of the caller; `None` where nobody tells, or none is told: the cmdlets are answered, so there is
/// something that is not seen from here.
async fn assigned(connection: &Connection, claims: &Claims) -> Option<Vec<String>> {
    let caller = if claims.app_only { &claims.object_id } else { &claims.user_principal_name };
    let asked = Invocation::new("Get-ManagementRoleAssignment")
        .with("RoleAssignee", caller.as_deref()?)
        .select(rows::Assignment::SELECT);
    let rows = connection.invoke::<rows::Assignment>(&asked).await.ok()?.rows;
    let regular = |row: &rows::Assignment| {
        row.enabled != Some(false)
            && row.role_assignment_delegation_type.as_deref().is_none_or(|sort| sort == "Regular")
    };
    let roles: Vec<String> = rows.into_iter().filter(regular).filter_map(|row| row.role).collect();
    Some(roles).filter(|roles| !roles.is_empty())
}

fn one(right: &Right, directory: Option<&str>, held: Option<&[String]>) -> Check {
    let check =
        |outcome, message: String| Check::new(ID, format!("Exchange role {}", right.least), outcome, message);
    if let Some(role) = directory {
        return check(Outcome::Ok, format!("to {}, by {role}", right.to));
    }
    let hint = format!(
        "give the caller the Entra role Exchange Administrator, or a role group with {}",
        right.least
    );
    match held {
        Some(held) if held.iter().any(|role| right.is_permitted_by(role)) => {
            check(Outcome::Ok, format!("to {}", right.to))
        }
        Some(_) => check(Outcome::Failed, format!("missing, and needed to {}", right.to)).hint(hint),
        None => check(Outcome::Unknown, format!("nobody tells; it is needed to {}", right.to)).hint(hint),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_roles_are_good_for_what_they_are_good_for() {
        let claims = |ids: &str| {
            let payload = format!(r#"{{"aud":"x","idtyp":"app","wids":[{ids}]}}"#);
            let token = format!("e30.{}.c2ln", azure_core::base64::encode_url_safe(payload));
            Claims::of_token(&token).expect("a token")
        };
        let admin = directory_roles(&claims("\"29232CDF-9323-42fd-ade2-1d097af3e4de\""));
        assert_eq!(by(&admin, &rights::MANAGE_ROLES), Some("Exchange Administrator"));
        let recipients = directory_roles(&claims("\"x\",\"31392ffb-586c-42d1-9346-e59415a2cc4e\""));
        assert_eq!(by(&recipients, &rights::WRITE_GROUPS), Some("Exchange Recipient Administrator"));
        assert_eq!(by(&recipients, &rights::BYPASS_OWNERS), None);
        assert_eq!(by(&directory_roles(&claims("")), &rights::VIEW_RECIPIENTS), None);
    }

    #[test]
    fn a_role_is_held_or_missing_or_nobody_tells() {
        let held = vec!["Distribution Groups".to_owned(), "mail recipients".to_owned()];
        assert_eq!(one(&rights::WRITE_GROUPS, None, Some(&held)).outcome, Outcome::Ok);
        assert_eq!(one(&rights::VIEW_RECIPIENTS, None, Some(&held)).outcome, Outcome::Ok);
        assert_eq!(one(&rights::MANAGE_ROLES, None, Some(&held)).outcome, Outcome::Failed);
        assert_eq!(one(&rights::MANAGE_ROLES, None, None).outcome, Outcome::Unknown);
        assert_eq!(one(&rights::MANAGE_ROLES, Some("Global Administrator"), None).outcome, Outcome::Ok);
    }
}
