//! The token endpoint and its tokens. Tokens look like JSON web tokens; a digest over tenant and claims stands for the signature.

use crate::assertion;
use crate::faults::{Faults, meaning};
use crate::guid::Guid;
use crate::http::{Reply, Request, pairs};
use crate::tenant::Tenant;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Seconds: as long as Entra gives applications that support continuous access evaluation.
const LIFETIME: i64 = 86_399;
/// The directory role that lets an application run Exchange's cmdlets.
pub(crate) const EXCHANGE_ADMINISTRATOR: &str = "Exchange Administrator";
/// Its template id, the same in every tenant: it stands in the claim `wids`.
const EXCHANGE_ADMINISTRATOR_ID: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Exchange,
    Graph,
    Vault,
}

impl Audience {
    pub(crate) fn claim(self) -> &'static str {
        match self {
            Self::Exchange => "https://outlook.office365.com",
            Self::Graph => "https://graph.microsoft.com",
            Self::Vault => "https://vault.azure.net",
        }
    }

    /// By the scope asked for: `https://graph.microsoft.com/.default`. Any other host is taken as Exchange where it says so.
    fn of_scope(scope: &str) -> Option<Audience> {
        let scope = scope.split_whitespace().find(|word| word.ends_with("/.default"))?;
        let host = scope.trim_start_matches("https://").split('/').next().unwrap_or_default();
        match host {
            "graph.microsoft.com" | crate::entra::GRAPH_APP => Some(Self::Graph),
            "outlook.office365.com"
            | "outlook.office.com"
            | "ps.outlook.com"
            | crate::entra::EXCHANGE_APP => Some(Self::Exchange),
            "vault.azure.net" | crate::entra::KEY_VAULT_APP => Some(Self::Vault),
            _ => None,
        }
    }

    fn permissions(self) -> &'static [&'static str] {
        match self {
            Self::Exchange => &["Exchange.ManageAsApp", "Exchange.ManageAsAppV2", "full_access_as_app"],
            Self::Vault => &[],
            Self::Graph => &[
                "User.ReadWrite.All",
                "GroupMember.Read.All",
                "LicenseAssignment.ReadWrite.All",
                "Organization.Read.All",
                "Application.ReadWrite.All",
                "AppRoleAssignment.ReadWrite.All",
                "DelegatedPermissionGrant.ReadWrite.All",
            ],
        }
    }
}

/// Who a valid token speaks for.
#[derive(Clone, Debug)]
pub(crate) struct Bearer {
    /// The application's client id, as in the claim `appid`.
    pub(crate) app_id: String,
    /// The claim `roles`.
    pub(crate) roles: Vec<String>,
    /// The claim `wids` names the role.
    pub(crate) is_exchange_administrator: bool,
}

/// Reads the token of a request; the error is for the `WWW-Authenticate` header.
pub(crate) fn bearer(
    tenant: &Tenant,
    request: &Request,
    audience: Audience,
    now: i64,
) -> Result<Bearer, &'static str> {
    let header = request.header("authorization").ok_or("no bearer token")?;
    let (scheme, token) = header.split_once(' ').ok_or("no bearer token")?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err("no bearer token");
    }
    let mut parts = token.trim().split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the token is malformed");
    };
    if signature != sign(tenant, head, body) {
        return Err("the token's signature is invalid");
    }
    let claims: Value = URL_SAFE_NO_PAD
        .decode(body)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or("the token is malformed")?;
    if claims.get("aud").and_then(Value::as_str) != Some(audience.claim()) {
        return Err("the audience is invalid");
    }
    // Kept beside `exp`, which a skewed clock may have written.
    if claims.get("until").and_then(Value::as_i64).unwrap_or(0) < now {
        return Err("the token has expired");
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let roles = claims.get("roles").and_then(Value::as_array).into_iter().flatten();
    let mut directory_roles = claims.get("wids").and_then(Value::as_array).into_iter().flatten();
    Ok(Bearer {
        app_id: text("appid"),
        roles: roles.filter_map(Value::as_str).map(str::to_owned).collect(),
        is_exchange_administrator: directory_roles.any(|id| id == EXCHANGE_ADMINISTRATOR_ID),
    })
}

fn sign(tenant: &Tenant, head: &str, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(tenant.id.to_string());
    hash.update(head);
    hash.update(b".");
    hash.update(body);
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// What is kept of a client secret.
pub(crate) fn digest(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(secret))
}

/// What a request for a token means, for the faults of chance: assertions differ every time.
pub(crate) fn meaning_of(request: &Request) -> u64 {
    let form = pairs(&String::from_utf8_lossy(&request.body));
    let texts = ["client_id", "scope"]
        .map(|key| form.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value.as_str()));
    meaning(&[&request.path, texts[0], texts[1]])
}

/// `POST /{tenant}/oauth2/v2.0/token`, at `now` in milliseconds.
pub(crate) fn issue(tenant: &Tenant, name: &str, request: &Request, faults: &Faults, now: i64) -> Reply {
    let form = pairs(&String::from_utf8_lossy(&request.body));
    let field = |key: &str| form.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str());
    if !tenant.is_called(name) {
        return refusal(400, "invalid_request", 90_002, &format!("Tenant '{name}' not found."));
    }
    if field("grant_type") != Some("client_credentials") {
        return refusal(
            400,
            "unsupported_grant_type",
            70_003,
            "The app requested an unsupported grant type.",
        );
    }
    let Some(client) = field("client_id").filter(|id| !id.is_empty()) else {
        return refusal(
            400,
            "invalid_request",
            900_144,
            "The request body must contain the parameter 'client_id'.",
        );
    };
    let secret = field("client_secret");
    let assertion = field("client_assertion").filter(|_| {
        field("client_assertion_type") == Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    });
    if secret.is_none_or(str::is_empty) && assertion.is_none() {
        return refusal(
            401,
            "invalid_client",
            7_000_218,
            "The request body must contain 'client_assertion' or 'client_secret'.",
        );
    }
    if let Some(assertion) = assertion {
        let path = format!("/{name}/oauth2/v2.0/token");
        let authority = |audience: &str| {
            // The host may be another's whose part we play: the path tells the endpoint.
            audience.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..]))
                == Some(&path)
        };
        if let Err((code, text)) = assertion::check(assertion, client, now / 1_000, authority) {
            return refusal(401, "invalid_client", code, &text);
        }
    }
    let known = tenant.clients.iter().find(|known| Guid::parse(client) == Some(known.id));
    let guest = tenant.guest.is_some() && tenant.guest == Guid::parse(client);
    if !tenant.clients.is_empty() && !guest {
        let Some(known) = known else {
            let text =
                format!("Application with identifier '{client}' was not found in the directory '{name}'.");
            return refusal(400, "unauthorized_client", 700_016, &text);
        };
        if let (Some(expected), Some(given)) = (&known.secret, secret)
            && *expected != digest(given)
        {
            return refusal(401, "invalid_client", 7_000_215, "Invalid client secret provided.");
        }
    }
    let Some(audience) = Audience::of_scope(field("scope").unwrap_or_default()) else {
        return refusal(
            400,
            "invalid_scope",
            70_011,
            "The provided value for the input parameter 'scope' isn't valid.",
        );
    };
    let granted = known.and_then(|client| client.permissions.as_ref());
    let mut roles: Vec<&str> = match granted {
        None => audience.permissions().to_vec(),
        Some(granted) => granted.iter().map(String::as_str).collect(),
    };
    let service = tenant.service_principals.values().find(|sp| Guid::parse(client) == Some(sp.app_id));
    roles.retain(|role| !faults.lacks(role));
    let directory_roles =
        if faults.lacks(EXCHANGE_ADMINISTRATOR) { vec![] } else { vec![EXCHANGE_ADMINISTRATOR_ID] };
    let lifetime = faults.token_lifetime_seconds.unwrap_or(LIFETIME);
    let issued = now / 1_000 + faults.clock_skew_seconds;
    let object = service.map_or_else(|| Guid::derive(client, 2), |principal| principal.id);
    let claims = json!({
        "aud": audience.claim(), "iss": format!("https://sts.windows.net/{}/", tenant.id), "iat": issued, "nbf": issued,
        "exp": issued.saturating_add(lifetime), "appid": client, "appidacr": "1", "oid": object.to_string(),
        "sub": object.to_string(), "idtyp": "app", "roles": roles, "wids": directory_roles,
        "tid": tenant.id.to_string(), "ver": "1.0", "until": now.saturating_add(lifetime.saturating_mul(1_000)),
    });
    let head = URL_SAFE_NO_PAD.encode(json!({"typ": "JWT", "alg": "RS256", "kid": "simulated"}).to_string());
    let body = URL_SAFE_NO_PAD.encode(claims.to_string());
    let token = format!("{head}.{body}.{}", sign(tenant, &head, &body));
    Reply::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token}),
    )
    .with("cache-control", "no-store, no-cache")
}

fn refusal(status: u16, error: &str, code: u32, text: &str) -> Reply {
    Reply::json(
        status,
        &json!({"error": error, "error_description": format!("AADSTS{code}: {text}"), "error_codes": [code],
            "timestamp": "2026-11-02 08:00:00Z", "trace_id": "00000000-0000-4000-8000-000000000000",
            "correlation_id": "00000000-0000-4000-8000-000000000000"}),
    )
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`.
pub(crate) fn openid_configuration(tenant: &Tenant, name: &str, base: &str) -> Reply {
    if !tenant.is_called(name) && !matches!(name, "common" | "organizations") {
        return refusal(400, "invalid_tenant", 90_002, &format!("Tenant '{name}' not found."));
    }
    Reply::json(
        200,
        &json!({
            "token_endpoint": format!("{base}/{name}/oauth2/v2.0/token"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "jwks_uri": format!("{base}/{name}/discovery/v2.0/keys"),
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "issuer": format!("{base}/{}/v2.0", tenant.id),
            "authorization_endpoint": format!("{base}/{name}/oauth2/v2.0/authorize"),
            "device_authorization_endpoint": format!("{base}/{name}/oauth2/v2.0/devicecode"),
            "tenant_region_scope": "EU", "cloud_instance_name": "microsoftonline.com",
        }),
    )
}

/// `GET /common/discovery/instance`: which hosts are one cloud. Ours is a cloud of its own.
pub(crate) fn instance_discovery(tenant: &Tenant, base: &str) -> Reply {
    let host = base.split("://").nth(1).unwrap_or("localhost");
    Reply::json(
        200,
        &json!({
            "tenant_discovery_endpoint": format!("{base}/{}/v2.0/.well-known/openid-configuration", tenant.initial_domain),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }),
    )
}
