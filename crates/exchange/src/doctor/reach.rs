//! Whether the services can be reached, without a token: any answer will do.

use std::time::{Duration, SystemTime};

use anteroom_model::ports::Failure;
use azure_core::time::parse_rfc7231;
use serde::Deserialize;

use super::{Check, Outcome};
use crate::connection::{Connection, Reply};

/// A service that takes longer to say anything is as good as gone.
const LONGEST: Duration = Duration::from_secs(15);

/// What came of knocking at one address.
pub(super) struct Knock {
    id: &'static str,
    title: &'static str,
    base: String,
    answer: Result<Answer, Failure>,
}

struct Answer {
    status: u16,
    /// How far the service's clock is ahead of this machine's, in seconds.
    ahead: Option<i64>,
}

/// What the authority knows of the tenant's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// A tenant with this GUID.
    Tenant(String),
    /// No tenant, in the authority's own words.
    Nobody(String),
    /// It could not be asked.
    Unknown,
}

pub(super) struct Reached {
    knocks: Vec<Knock>,
    pub(super) named: Named,
}

impl Reached {
    /// Whether tokens can be asked for.
    pub(super) fn authority_answers(&self) -> bool {
        self.knocks.iter().any(|knock| knock.id == "reach-authority" && knock.answer.is_ok())
    }

    /// How far each service's clock is ahead, in seconds.
    pub(super) fn ahead(&self) -> impl Iterator<Item = (&'static str, i64)> {
        self.knocks.iter().filter_map(|knock| Some((knock.title, knock.answer.as_ref().ok()?.ahead?)))
    }

    pub(super) fn checks(&self, tenant: &str) -> Vec<Check> {
        let one = |knock: &Knock| {
            let Knock { id, title, base, answer } = knock;
            let check =
                |outcome, message: String| Check::new(id, format!("{title} at {base}"), outcome, message);
            match answer {
                Ok(Answer { status: 500.., .. }) => check(
                    Outcome::Failed,
                    format!("it answers HTTP {}", answer.as_ref().map_or(0, |answer| answer.status)),
                )
                .hint("try again later, or see the service's health"),
                Ok(_) => check(Outcome::Ok, "it answers".to_owned()),
                Err(failure) => check(Outcome::Failed, failure.message.clone())
                    .hint("check the network, the proxy and the firewall; `--endpoint` and `cloud:` choose other addresses"),
            }
        };
        let mut checks: Vec<Check> = self.knocks.iter().map(one).collect();
        if let Named::Nobody(words) = &self.named {
            checks.push(
                Check::new("tenant", format!("tenant {tenant}"), Outcome::Failed, format!("the authority knows no such tenant: {words}"))
                    .hint("check `tenant:` in the manifest, and `cloud:` where the tenant is not in the global cloud"),
            );
        }
        checks
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    issuer: String,
    error: String,
    error_description: String,
}

/// Knocks at every service at once.
pub(super) async fn look(connection: &Connection) -> Reached {
    let endpoints = &connection.endpoints;
    let tenant = &connection.tenant;
    let metadata = format!("{}/{tenant}/v2.0/.well-known/openid-configuration", endpoints.authority);
    let organization = format!("{}/organization?$select=id", endpoints.graph);
    let admin = format!("{}/adminapi/beta/{tenant}", endpoints.exchange);
    let (authority, graph, exchange) = futures::join!(
        knock(connection, &metadata),
        knock(connection, &organization),
        knock(connection, &admin)
    );
    let named = authority.as_ref().map_or(Named::Unknown, |(reply, _)| named(reply));
    let answered = |knocked: Result<(Reply, Option<i64>), Failure>| {
        knocked.map(|(reply, ahead)| Answer { status: reply.status, ahead })
    };
    let of =
        |id, title, base: &str, answer| Knock { id, title, base: base.to_owned(), answer: answered(answer) };
    let knocks = vec![
        of("reach-authority", "sign-in", &endpoints.authority, authority),
        of("reach-graph", "Microsoft Graph", &endpoints.graph, graph),
        of("reach-exchange", "Exchange", &endpoints.exchange, exchange),
    ];
    Reached { knocks, named }
}

async fn knock(connection: &Connection, url: &str) -> Result<(Reply, Option<i64>), Failure> {
    let begun = SystemTime::now();
    let reply = connection.knock(url, LONGEST).await?;
    let ahead = reply.header("date").and_then(|date| ahead(date, begun, SystemTime::now()));
    Ok((reply, ahead))
}

/// How far a `Date` is ahead of the middle of the time in which it was written, in seconds.
fn ahead(date: &str, begun: SystemTime, ended: SystemTime) -> Option<i64> {
    let theirs = parse_rfc7231(date).ok()?.unix_timestamp();
    let seconds =
        |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs_f64());
    let ours = f64::midpoint(seconds(begun)?, seconds(ended)?);
    #[allow(clippy::cast_possible_truncation, reason = "seconds since 1970 are far below the limit")]
    let ours = ours as i64;
    Some(theirs - ours)
}

/// Facts: the metadata document of the Microsoft identity platform, whose issuer has the tenant's GUID in it.
fn named(reply: &Reply) -> Named {
    let metadata: Metadata = serde_json::from_slice(&reply.body).unwrap_or_default();
    let guid = metadata.issuer.split('/').find(|part| crate::observe::directory::is_guid(part));
    match guid {
        Some(guid) => Named::Tenant(guid.to_lowercase()),
        // An authority that is busy or fails says nothing about the tenant.
        None if !metadata.error.is_empty() && (400..429).contains(&reply.status) => {
            let words = metadata.error_description.lines().next().unwrap_or_default().trim();
            Named::Nobody(if words.is_empty() { metadata.error } else { words.to_owned() })
        }
        None => Named::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply { status, headers: reqwest::header::HeaderMap::new(), body: body.to_owned().into() }
    }

    #[test]
    fn the_issuer_tells_which_tenant_a_domain_is() {
        let id = "11111111-2222-4333-8444-555555555AAA";
        let told =
            named(&reply(200, &format!(r#"{{"issuer":"https://login.microsoftonline.com/{id}/v2.0"}}"#)));
        assert_eq!(told, Named::Tenant(id.to_lowercase()));
        let none =
            r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'x' not found.\r\nTrace"}"#;
        assert_eq!(named(&reply(400, none)), Named::Nobody("AADSTS90002: Tenant 'x' not found.".to_owned()));
        assert_eq!(named(&reply(200, "<html>")), Named::Unknown);
        let busy = r#"{"error":"temporarily_unavailable","error_description":"AADSTS90033: Try again."}"#;
        assert_eq!([429, 503].map(|status| named(&reply(status, busy))), [Named::Unknown, Named::Unknown]);
    }

    #[test]
    fn a_date_is_held_against_the_middle_of_the_request() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(ahead("Sun, 06 Nov 1994 08:49:37 GMT", at(784_111_770), at(784_111_774)), Some(5));
        assert_eq!(ahead("yesterday", at(1), at(1)), None);
    }
}
