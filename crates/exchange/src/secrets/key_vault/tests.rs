//! Delivery against a stand-in for a vault: secrets with versions and tags, and the challenge that each client gets first.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::http::headers::Headers;
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request, StatusCode, Transport};
use azure_core::time::OffsetDateTime;
use serde_json::{Value as Json, json};

use super::{OWNER, PENDING, STATE, Vaults};

const ALICE: &str = "alice@contoso.com";
const BOB: &str = "bob@contoso.com";

/// A vault: what was asked of it, and its secrets' versions by name.
#[derive(Debug, Default)]
struct Vault {
    asked: Mutex<Vec<String>>,
    secrets: Mutex<BTreeMap<String, Vec<Json>>>,
    /// What it answers in place of everything else.
    refuses: Mutex<Option<(StatusCode, &'static str)>>,
}

impl Vault {
    fn put(&self, name: &str, value: &str, tags: &Json) {
        let mut secrets = self.secrets.lock().unwrap();
        let versions = secrets.entry(name.to_owned()).or_default();
        let id = format!("https://contoso.vault.azure.net/below/secrets/{name}/v{}", versions.len());
        versions.push(json!({ "id": id, "value": value, "tags": tags }));
    }

    fn versions(&self, name: &str) -> Vec<Json> {
        self.secrets.lock().unwrap().get(name).cloned().unwrap_or_default()
    }

    fn answer(&self, request: &Request) -> (StatusCode, Json) {
        if let Some((status, message)) = *self.refuses.lock().unwrap() {
            return (status, json!({ "error": { "code": "Refused", "message": message } }));
        }
        let segments: Vec<&str> =
            request.url().path_segments().unwrap().filter(|part| !part.is_empty()).collect();
        let ([.., "secrets", name] | [.., "secrets", name, _]) = segments.as_slice() else {
            panic!("{segments:?}")
        };
        let Body::Bytes(body) = request.body() else { panic!("a stream") };
        let body: Json = serde_json::from_slice(body).unwrap_or_default();
        match request.method().as_str() {
            "PUT" => self.put(name, body["value"].as_str().unwrap(), &body["tags"]),
            "PATCH" => {
                let mut secrets = self.secrets.lock().unwrap();
                let version = secrets[*name]
                    .iter()
                    .position(|one| one["id"].as_str().unwrap().ends_with(segments[segments.len() - 1]));
                secrets.get_mut(*name).unwrap()[version.unwrap()]["tags"] = body["tags"].clone();
            }
            _ => {}
        }
        match self.versions(name).pop() {
            Some(version) => (StatusCode::Ok, version),
            None => (StatusCode::NotFound, json!({ "error": { "code": "SecretNotFound", "message": "no" } })),
        }
    }
}

#[async_trait]
impl HttpClient for Vault {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut headers = Headers::new();
        let authorization = request.headers().get_optional_string(&"authorization".into());
        let (status, body) = if authorization.as_deref() == Some("Bearer token-for-vaults") {
            let url = request.url();
            self.asked.lock().unwrap().push(format!("{} {}", request.method(), url.path()));
            assert_eq!(url.scheme() == "http", url.host_str() == Some("127.0.0.1"), "{url}");
            self.answer(request)
        } else {
            let Body::Bytes(body) = request.body() else { panic!("a stream") };
            assert!(body.is_empty(), "no password is sent to who has not asked for a token");
            headers.insert(
                "www-authenticate",
                "Bearer authorization=\"https://login.windows.net/t\", resource=\"https://vault.azure.net\"",
            );
            (StatusCode::Unauthorized, Json::Null)
        };
        Ok(AsyncRawResponse::from_bytes(status, headers, body.to_string()))
    }
}

#[derive(Debug)]
struct Tokens;

#[async_trait]
impl TokenCredential for Tokens {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        assert_eq!(scopes, ["https://vault.azure.net/.default"]);
        Ok(AccessToken::new(
            "token-for-vaults",
            OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1),
        ))
    }
}

fn vaults(vault: &Arc<Vault>, address: &str) -> Vaults {
    Vaults::new(address, Arc::new(Tokens), Transport::new(Arc::clone(vault) as Arc<dyn HttpClient>))
}

const REAL: &str = "https://{name}.vault.azure.net";

#[tokio::test]
async fn a_version_is_pending_until_its_account_is_made_and_read_back_meanwhile() {
    let vault = Arc::new(Vault::default());
    let vaults = vaults(&vault, REAL);
    vaults.check("contoso", "svc", ALICE).await.unwrap();
    assert_eq!(vault.versions("svc"), Vec::<Json>::new(), "a check makes nothing");
    let first = vaults.deliver("contoso", "svc", ALICE).await.unwrap();
    let [version] = &vault.versions("svc")[..] else { panic!("one version") };
    assert_eq!(version["value"], first.expose());
    assert_eq!(version["tags"], json!({ OWNER: ALICE, STATE: PENDING }));

    // Interrupted before the account was made; the vault is now named by its URI.
    let again = vaults.deliver("https://contoso.vault.azure.net", "svc", "Alice@contoso.com").await.unwrap();
    assert_eq!((again.expose(), vault.versions("svc").len()), (first.expose(), 1));
    assert!(vaults.deliver("contoso", "svc", BOB).await.is_err(), "nobody takes the place of another");

    vaults.settle("contoso", "svc", ALICE).await.unwrap();
    assert_eq!(vault.versions("svc")[0]["tags"], json!({ OWNER: ALICE }));
    vaults.settle("contoso", "svc", ALICE).await.unwrap();

    // The account was deleted and is made again: the earlier version stays.
    let other = vaults.deliver("contoso", "svc", ALICE).await.unwrap();
    assert_ne!(other.expose(), first.expose());
    let versions = vault.versions("svc");
    assert_eq!(
        (versions[0]["value"].as_str(), versions[1]["value"].as_str()),
        (Some(first.expose()), Some(other.expose()))
    );
    let asked = vault.asked.lock().unwrap();
    assert!(asked.contains(&"PATCH /secrets/svc/v0".to_owned()), "{asked:?}");
    assert_eq!(asked.iter().filter(|one| one.starts_with("PATCH")).count(), 1, "{asked:?}");
}

#[tokio::test]
async fn a_secret_of_somebody_else_is_refused_and_not_told() {
    let vault = Arc::new(Vault::default());
    vault.put("taken", "hunter2", &json!({ "team": "finance" }));
    vault.put("bobs", "hunter3", &json!({ OWNER: BOB }));
    let vaults = vaults(&vault, REAL);
    for (name, told) in [("taken", "nobody's password of this program"), ("bobs", BOB)] {
        for why in [
            vaults.check("contoso", name, ALICE).await.unwrap_err(),
            vaults.deliver("contoso", name, ALICE).await.unwrap_err(),
            vaults.settle("contoso", name, ALICE).await.unwrap_err(),
        ] {
            assert!(
                why.reason.contains(told) && why.hint.is_some() && !why.reason.contains("hunter"),
                "{why:?}"
            );
        }
        assert_eq!(vault.versions(name).len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_is_told_in_the_vaults_words_with_what_to_do() {
    let vault = Arc::new(Vault::default());
    let vaults = vaults(&vault, REAL);
    for (status, message, hint) in [
        (StatusCode::Forbidden, "Caller is not authorized.\r\nVault: contoso", "Key Vault Secrets Officer"),
        (StatusCode::Conflict, "Secret svc is currently in a deleted but recoverable state", ""),
    ] {
        *vault.refuses.lock().unwrap() = Some((status, message));
        let why = vaults.check("contoso", "svc", ALICE).await.unwrap_err();
        let first = message.lines().next().unwrap().trim_end_matches('.');
        assert_eq!(why.reason, format!("the vault answers with status {}: {first}", u16::from(status)));
        assert!(why.hint.unwrap_or_default().contains(hint));
    }
}

#[tokio::test]
async fn a_stand_in_holds_every_vault_below_its_own_address() {
    let vault = Arc::new(Vault::default());
    let vaults = vaults(&vault, "http://127.0.0.1:1/keyvault/{name}");
    vaults.deliver("contoso", "svc", ALICE).await.unwrap();
    vaults.check("https://contoso.vault.azure.net", "svc", ALICE).await.unwrap();
    let asked = vault.asked.lock().unwrap();
    assert!(asked.iter().all(|one| one.contains(" /keyvault/contoso/secrets/svc")), "{asked:?}");
}

/// A vault that asks for a token of another cloud or company gets none, and no password either.
#[tokio::test]
async fn a_token_goes_to_vaults_alone() {
    let vault = Arc::new(Vault::default());
    let vaults = vaults(&vault, "https://{name}.vault.usgovcloudapi.net");
    let why = vaults.deliver("contoso", "svc", ALICE).await.unwrap_err();
    assert!(why.reason.contains("doesn't match"), "{why:?}");
    assert_eq!(*vault.asked.lock().unwrap(), Vec::<String>::new());
}
