//! What a token says.

use std::time::{Duration, SystemTime};

use serde::Deserialize;

/// What an access token says about whom it was given to. It is read without checking the signature, so it tells what the
/// services will see, and proves nothing (claims: access-token-claims-reference of the Microsoft identity platform).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// `aud`: the service that it is for, as an address or as its application id.
    pub audience: String,
    /// `tid`: the GUID of the tenant.
    pub tenant: Option<String>,
    /// `appid`, or `azp` in tokens of version 2: the application that asked for it.
    pub app_id: Option<String>,
    /// `oid`: the object id of the service principal or user.
    pub object_id: Option<String>,
    /// `roles`: the application permissions, such as `Exchange.ManageAsApp`.
    pub roles: Vec<String>,
    /// `scp`: the delegated permissions.
    pub scopes: Vec<String>,
    /// `wids`: the template ids of the directory roles.
    pub directory_roles: Vec<String>,
    /// `upn`, or `preferred_username` in tokens of version 2: the user, in a delegated token.
    pub user_principal_name: Option<String>,
    /// Whether an application speaks for itself, with no user: by `idtyp`, and where that is missing by `scp`.
    pub app_only: bool,
    /// `exp`: until when it is good.
    pub expires: Option<SystemTime>,
}

#[derive(Deserialize)]
struct Payload {
    aud: String,
    tid: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    oid: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    scp: Option<String>,
    #[serde(default)]
    wids: Vec<String>,
    upn: Option<String>,
    preferred_username: Option<String>,
    idtyp: Option<String>,
    exp: Option<u64>,
}

impl Claims {
    /// Reads a token; `None` where it is no JSON web token, which some services give.
    pub fn of_token(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = azure_core::base64::decode_url_safe(payload.trim_end_matches('=')).ok()?;
        let payload: Payload = serde_json::from_slice(&bytes).ok()?;
        let scopes: Vec<String> =
            payload.scp.iter().flat_map(|scopes| scopes.split_whitespace()).map(str::to_owned).collect();
        let app_only = payload.idtyp.as_deref().map_or(scopes.is_empty(), |kind| kind == "app");
        Some(Self {
            audience: payload.aud,
            tenant: payload.tid,
            app_id: payload.appid.or(payload.azp),
            object_id: payload.oid,
            roles: payload.roles,
            scopes,
            directory_roles: payload.wids,
            user_principal_name: payload.upn.or(payload.preferred_username),
            app_only,
            expires: payload
                .exp
                .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        format!("e30.{}.c2ln", azure_core::base64::encode_url_safe(payload))
    }

    #[test]
    fn an_application_speaks_for_itself() {
        let claims = Claims::of_token(&token(
            r#"{"aud":"https://outlook.office365.com","tid":"t","appid":"a","oid":"o","idtyp":"app",
                "roles":["Exchange.ManageAsApp"],"wids":["29232cdf-9323-42fd-ade2-1d097af3e4de"],"exp":1800000001}"#,
        ))
        .unwrap();
        assert!(claims.app_only);
        assert_eq!(claims.audience, "https://outlook.office365.com");
        assert_eq!(claims.tenant.as_deref(), Some("t"));
        assert_eq!((claims.app_id.as_deref(), claims.object_id.as_deref()), (Some("a"), Some("o")));
        assert_eq!(claims.roles, ["Exchange.ManageAsApp"]);
        assert_eq!(claims.directory_roles, ["29232cdf-9323-42fd-ade2-1d097af3e4de"]);
        assert_eq!(claims.expires, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_001)));
    }

    #[test]
    fn a_user_is_spoken_for_by_an_application() {
        let v2 = r#"{"aud":"00000003-0000-0000-c000-000000000000","azp":"a","scp":"User.Read Mail.Read","preferred_username":"ann@contoso.com"}"#;
        let claims = Claims::of_token(&token(v2)).unwrap();
        assert!(!claims.app_only);
        assert_eq!(claims.scopes, ["User.Read", "Mail.Read"]);
        assert_eq!(claims.user_principal_name.as_deref(), Some("ann@contoso.com"));
        assert_eq!(claims.app_id.as_deref(), Some("a"));
    }

    #[test]
    fn what_is_no_web_token_says_nothing() {
        for text in ["", "abc", "a.b", "a.b.c", &token("[]"), &token("{}"), "EwB4A8l6BAAU…"] {
            assert_eq!(Claims::of_token(text), None, "{text}");
        }
    }
}
