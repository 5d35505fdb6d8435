//! Who is signed in to each service, and of which tenant.

use anteroom_model::ports::Failure;

use super::reach::{Named, Reached};
use super::{Check, Outcome};
use crate::connection::{Audience, Connection};
use crate::sign_in::{Claims, Name};

/// What is known of whoever is signed in to a service.
pub(super) struct Who {
    pub(super) audience: Audience,
    pub(super) found: Found,
}

pub(super) enum Found {
    /// A token that can be read.
    Claims(Box<Claims>, Option<Name>),
    /// A token that is not made to be read.
    Opaque(Option<Name>),
    Refused(Failure),
    /// Nobody was asked, for this reason.
    NotAsked(&'static str),
}

impl Who {
    pub(super) fn claims(&self) -> Option<&Claims> {
        if let Found::Claims(claims, _) = &self.found { Some(claims) } else { None }
    }

    /// Why nothing is known of what the token permits.
    pub(super) fn why_unknown(&self) -> &'static str {
        match &self.found {
            Found::Claims(..) => "",
            Found::Opaque(_) => "the token cannot be read",
            Found::Refused(_) => "nobody is signed in",
            Found::NotAsked(why) => why,
        }
    }
}

/// Asks for a token.
pub(super) async fn look(connection: &Connection, audience: Audience, reached: &Reached) -> Who {
    let found = if !reached.authority_answers() {
        Found::NotAsked("signing in was not tried, because there is no way to it")
    } else if matches!(reached.named, Named::Nobody(_)) {
        Found::NotAsked("signing in was not tried, because the tenant is not known")
    } else {
        let claims = connection.claims(audience).await;
        let name = connection.sign_in().credential().await;
        match claims {
            Ok(Some(claims)) => Found::Claims(Box::new(claims), name),
            Ok(None) => Found::Opaque(name),
            Err(failure) => Found::Refused(failure),
        }
    };
    Who { audience, found }
}

/// One check a service; one for both where both are refused for the same reason.
pub(super) fn checks(graph: &Who, exchange: &Who) -> Vec<Check> {
    if let (Found::Refused(one), Found::Refused(other)) = (&graph.found, &exchange.found)
        && one.message == other.message
    {
        let both = format!("sign-in to {} and {}", graph.audience.title(), exchange.audience.title());
        return vec![
            Check::new("sign-in", both, Outcome::Failed, one.message.clone()).maybe_hint(one.hint.clone()),
        ];
    }
    [(graph, "sign-in-graph"), (exchange, "sign-in-exchange")].map(|(who, id)| check(who, id)).into()
}

fn check(who: &Who, id: &str) -> Check {
    let check = |outcome, message: String| {
        Check::new(id, format!("sign-in to {}", who.audience.title()), outcome, message)
    };
    let by = |name: Option<Name>| name.map_or_else(String::new, |name| format!(", by {}", name.title()));
    match &who.found {
        Found::Claims(claims, name) => {
            let whoever = match (&claims.user_principal_name, &claims.app_id) {
                (Some(user), _) if !claims.app_only => format!("as {user}"),
                (_, Some(app)) => format!("as the application {app}"),
                _ => "as somebody whom the token does not name".to_owned(),
            };
            check(Outcome::Ok, format!("{whoever}{}", by(*name)))
        }
        Found::Opaque(name) => check(Outcome::Ok, format!("a token that cannot be read{}", by(*name))),
        Found::Refused(failure) => {
            check(Outcome::Failed, failure.message.clone()).maybe_hint(failure.hint.clone())
        }
        Found::NotAsked(why) => check(Outcome::Unknown, (*why).to_owned()),
    }
}

/// Whether the tokens are of the tenant that is meant. What the authority does not know has been told before.
pub(super) fn tenant(graph: &Who, exchange: &Who, reached: &Reached, tenant: &str) -> Check {
    let check = |outcome, message: String| Check::new("tenant", format!("tenant {tenant}"), outcome, message);
    let meant = match &reached.named {
        Named::Tenant(id) => id.clone(),
        Named::Nobody(_) => return check(Outcome::Unknown, "no token was asked for".to_owned()),
        Named::Unknown if crate::observe::directory::is_guid(tenant) => tenant.to_lowercase(),
        Named::Unknown => {
            return check(Outcome::Unknown, "the authority does not tell which tenant that is".to_owned());
        }
    };
    let of = |who: &Who| Some((who.audience, who.claims()?.tenant.clone()?));
    let tokens: Vec<(Audience, String)> = [graph, exchange].into_iter().filter_map(of).collect();
    if let Some((audience, other)) = tokens.iter().find(|(_, id)| !id.eq_ignore_ascii_case(&meant)) {
        let told = format!("it is {meant}, and the token for {} is of {other}", audience.title());
        return check(Outcome::Failed, told)
            .hint("sign in to the tenant of the manifest, or correct `tenant:` in the manifest");
    }
    if tokens.is_empty() {
        return check(Outcome::Unknown, format!("it is {meant}; no token tells its own"));
    }
    check(Outcome::Ok, format!("it is {meant}, and so are the tokens"))
}
