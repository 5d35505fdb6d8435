//! Permissions that an administrator consented to, as the token tells them.
//!
//! Facts: claims `roles` and `scp` of the Microsoft identity platform's access tokens.

use super::who::Who;
use super::{Check, Outcome};
use crate::exchange_api::ExchangeApi;
use crate::rights::{Grantor, MANAGE_V2, Right};
use crate::sign_in::Claims;

/// The delegated permission to do whatever the signed-in user may do in the directory.
const AS_THE_USER: &str = "Directory.AccessAsUser.All";

/// One check a permission.
pub(super) fn checks(who: &Who, rights: &[&'static Right]) -> Vec<Check> {
    rights.iter().map(|right| check(who, right)).collect()
}

/// The permission of the Admin API v2.0, where that was chosen. Where there is a choice, it can be done without.
pub(super) fn admin_api(who: &Who, choice: ExchangeApi) -> Option<Check> {
    let mut check = check(who, &MANAGE_V2);
    match choice {
        ExchangeApi::Beta => return None,
        ExchangeApi::Auto if check.outcome == Outcome::Failed => {
            check.outcome = Outcome::Warning;
            check.message.push_str("; InvokeCommand is used instead");
        }
        ExchangeApi::Auto | ExchangeApi::V2 => {}
    }
    Some(check)
}

fn check(who: &Who, right: &Right) -> Check {
    let (id, service) = match right.grantor {
        Grantor::Graph => ("graph-permission", "Microsoft Graph"),
        Grantor::Exchange | Grantor::Role => ("exchange-permission", "Exchange"),
    };
    let check = |outcome, message: String| {
        Check::new(id, format!("permission {} of {service}", right.least), outcome, message)
    };
    let Some(claims) = who.claims() else {
        return check(Outcome::Unknown, who.why_unknown().to_owned());
    };
    match held(claims, right) {
        Some(held) if held.eq_ignore_ascii_case(right.least) => {
            check(Outcome::Ok, format!("to {}", right.to))
        }
        Some(other) => check(Outcome::Ok, format!("to {}, by {other}", right.to)),
        None => {
            let whom = claims.app_id.as_deref().unwrap_or("whoever signs in");
            let sort = if claims.app_only { "application" } else { "delegated" };
            check(Outcome::Failed, format!("missing, and needed to {}", right.to))
                .hint(format!("give {whom} the {sort} permission {}, with admin consent", right.in_words()))
        }
    }
}

/// What permits it, of all that the token holds.
fn held<'c>(claims: &'c Claims, right: &Right) -> Option<&'c str> {
    let granted = if claims.app_only { &claims.roles } else { &claims.scopes };
    let mut all = granted.iter().map(String::as_str);
    let exact = all.clone().find(|one| one.eq_ignore_ascii_case(right.least));
    exact.or_else(|| {
        all.find(|one| {
            right.is_permitted_by(one)
                || (right.grantor == Grantor::Graph && one.eq_ignore_ascii_case(AS_THE_USER))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::who::Found;
    use super::*;
    use crate::connection::Audience;
    use crate::rights;

    fn who(payload: &str) -> Who {
        let token = format!("e30.{}.c2ln", azure_core::base64::encode_url_safe(payload));
        let claims = Claims::of_token(&token).expect("a token");
        Who { audience: Audience::Graph, found: Found::Claims(Box::new(claims), None) }
    }

    #[test]
    fn what_includes_a_permission_counts_and_is_named() {
        let app = who(
            r#"{"aud":"x","appid":"a","idtyp":"app","roles":["Directory.Read.All","User.ReadWrite.All"]}"#,
        );
        let read = check(&app, &rights::READ_USERS);
        assert_eq!(
            (read.outcome, read.message.as_str()),
            (Outcome::Ok, "to read accounts, by Directory.Read.All")
        );
        let write = check(&app, &rights::WRITE_USERS);
        assert_eq!((write.outcome, write.message.as_str()), (Outcome::Ok, "to make and change accounts"));
        let consent = check(&app, &rights::CONSENT);
        assert_eq!(consent.outcome, Outcome::Failed);
        assert!(consent.hint.is_some_and(|hint| {
            hint.contains("give a the application permission AppRoleAssignment.ReadWrite.All")
        }));
    }

    #[test]
    fn a_user_has_scopes_and_a_token_that_cannot_be_read_tells_nothing() {
        let user = who(
            r#"{"aud":"x","appid":"a","scp":"User.Read Directory.AccessAsUser.All","roles":["User.Read.All"]}"#,
        );
        assert_eq!(check(&user, &rights::WRITE_USERS).outcome, Outcome::Ok);
        assert_eq!(check(&user, &rights::MANAGE).outcome, Outcome::Failed, "that is of the directory alone");
        let nobody = Who { audience: Audience::Graph, found: Found::Opaque(None) };
        assert_eq!(check(&nobody, &rights::WRITE_USERS).outcome, Outcome::Unknown);
    }
}
