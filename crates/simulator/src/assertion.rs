//! What an application shows instead of a secret: a statement signed by its certificate, or a token of another issuer.
//!
//! Facts: page "Microsoft identity platform application authentication certificate credentials", and "Workload identity
//! federation". No certificate and no issuer is known here, so signatures are not checked.

use crate::guid::Guid;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// The audience of tokens that other issuers make for Entra, by cloud.
const EXCHANGE_AUDIENCES: [&str; 3] =
    ["api://AzureADTokenExchange", "api://AzureADTokenExchangeUSGov", "api://AzureADTokenExchangeChina"];
/// Seconds by which clocks may differ.
const SKEW: i64 = 300;

/// Why an assertion is no proof: Entra's code and text.
pub(crate) type Refusal = (u32, String);

/// Checks what can be checked: the form, the times, who speaks of whom, and for whom it was made. `endpoint` tells whether
/// an audience is the token endpoint; `now` is in seconds.
pub(crate) fn check(
    assertion: &str,
    client: &str,
    now: i64,
    endpoint: impl Fn(&str) -> bool,
) -> Result<(), Refusal> {
    let malformed = || (50_027, "JWT token is invalid or malformed.".to_owned());
    let mut parts = assertion.split('.');
    let (Some(head), Some(body), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed());
    };
    let read =
        |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let (head, claims) = (read(head).ok_or_else(malformed)?, read(body).ok_or_else(malformed)?);
    let signed = head.get("alg").and_then(Value::as_str).is_some_and(|name| name != "none");
    if !signed || signature.is_empty() || !claims.is_object() {
        return Err(malformed());
    }
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    // A time may have a fraction (RFC 7519, NumericDate): MSAL for Python writes one.
    let time = |name: &str| claims.get(name)?.to_string().split('.').next()?.parse::<i64>().ok();
    let Some(expires) = time("exp") else { return Err(malformed()) };
    if expires + SKEW < now || time("nbf").is_some_and(|begins| begins > now + SKEW) {
        let why = "Client assertion is not within its valid time range.";
        return Err((700_024, why.to_owned()));
    }
    let named = |name: &str| Guid::parse(name).is_some_and(|id| Guid::parse(client) == Some(id));
    if !named(text("iss")) {
        // Another issuer's token: only whom it is for can be told.
        if EXCHANGE_AUDIENCES.contains(&text("aud")) && !text("iss").is_empty() && !text("sub").is_empty() {
            return Ok(());
        }
        let why = "No matching federated identity record found for presented assertion audience.";
        return Err((700_212, why.to_owned()));
    }
    if !named(text("sub")) {
        let why = "Client assertion contains an invalid subject: it must be the client id.";
        return Err((700_021, why.to_owned()));
    }
    if !endpoint(text("aud")) {
        let why = format!("Client assertion audience claim does not match Realm issuer: '{}'.", text("aud"));
        return Err((50_027, why));
    }
    let thumbprint =
        ["x5t", "x5t#S256", "kid"].iter().any(|name| head.get(*name).is_some_and(Value::is_string));
    if !thumbprint {
        let why = "Client assertion failed signature validation: the header names no certificate (x5t).";
        return Err((700_027, why.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CLIENT: &str = "11111111-2222-4333-8444-555555555555";
    const ENDPOINT: &str = "https://localhost/contoso.com/oauth2/v2.0/token";

    fn checked(head: &Value, claims: &Value) -> Result<(), u32> {
        let parts = [head, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let assertion = format!("{}.{}.c2ln", parts[0], parts[1]);
        check(&assertion, CLIENT, 1_000, |audience| audience == ENDPOINT).map_err(|(code, _)| code)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut claims =
            json!({"aud": ENDPOINT, "iss": CLIENT, "sub": CLIENT, "jti": "x", "nbf": 1_000, "exp": 1_600});
        claims[name] = value;
        claims
    }

    #[test]
    fn a_certificates_statement_is_checked() {
        let head = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": "abc"});
        assert_eq!(checked(&head, &with("jti", json!("y"))), Ok(()));
        assert_eq!(checked(&json!({"alg": "RS256", "x5t": "abc"}), &with("jti", json!("y"))), Ok(()));
        assert_eq!(checked(&head, &with("exp", json!(1_600.25))), Ok(()));
        for (name, value, code) in [
            ("aud", json!("https://elsewhere/token"), 50_027),
            ("sub", json!("somebody"), 700_021),
            ("exp", json!(100), 700_024),
            ("exp", json!("soon"), 50_027),
            ("nbf", json!(9_000), 700_024),
            ("iss", json!("somebody"), 700_212),
        ] {
            assert_eq!(checked(&head, &with(name, value)), Err(code), "{name}");
        }
        assert_eq!(checked(&json!({"alg": "PS256"}), &with("jti", json!("y"))), Err(700_027));
        assert_eq!(checked(&json!({"alg": "none", "x5t": "a"}), &with("jti", json!("y"))), Err(50_027));
        for text in ["", "a.b", "a.b.c", "a.b.c.d"] {
            assert_eq!(check(text, CLIENT, 0, |_| true).map_err(|(code, _)| code), Err(50_027), "{text}");
        }
    }

    #[test]
    fn another_issuers_token_is_taken_for_entra_alone() {
        let head = json!({"alg": "RS256", "kid": "k"});
        let token = |audience: &str| json!({"aud": audience, "iss": "https://token.actions.githubusercontent.com", "sub": "repo:a/b:ref:x", "exp": 1_300});
        assert_eq!(checked(&head, &token("api://AzureADTokenExchange")), Ok(()));
        assert_eq!(checked(&head, &token(ENDPOINT)), Err(700_212));
    }
}
