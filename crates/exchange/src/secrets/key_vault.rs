//! Delivery to a secret of an Azure Key Vault.
//!
//! Facts: pages "Set Secret", "Get Secret" and "Update Secret" of the Key Vault REST reference: setting makes a new
//! version and keeps the earlier ones; tags belong to a version. Errors: page "Key Vault REST API error codes".

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use anteroom_model::password::Password;
use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::{
    AsyncRawResponse, ClientOptions, Context, ExponentialRetryOptions, HttpClient, Request, RetryOptions,
    StatusCode, Transport,
};
use azure_security_keyvault_secrets::models::{
    Secret, SetSecretParameters, UpdateSecretPropertiesParameters,
};
use azure_security_keyvault_secrets::{SecretClient, SecretClientOptions};
use zeroize::Zeroizing;

use super::command::tells;
use super::{Why, make};

/// The tag that names the account whose password a version is.
const OWNER: &str = "anteroom-owner";
/// The tag of a version whose account may not have been made yet.
const STATE: &str = "anteroom-state";
const PENDING: &str = "pending";
/// How often a request that failed in passing is sent again; the service is asked for one secret at a time.
const RETRIES: u32 = 3;

/// The vaults of one cloud, or of a stand-in for it, and how to sign in to them.
pub struct Vaults {
    /// The address of a vault, with `{name}` where its name stands.
    address: String,
    credential: Arc<dyn TokenCredential>,
    transport: Transport,
    clients: Mutex<BTreeMap<String, Arc<SecretClient>>>,
}

impl fmt::Debug for Vaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vaults").field("address", &self.address).finish_non_exhaustive()
    }
}

/// What a secret holds already.
enum Held {
    /// There is no such secret.
    Nothing,
    /// The password of an account that was made: another version can follow.
    Settled,
    /// What an interrupted run delivered for the same owner.
    Pending(Box<Secret>),
}

impl Vaults {
    /// `address` is that of a vault, with `{name}` where its name stands: `https://{name}.vault.azure.net`.
    pub fn new(address: &str, credential: Arc<dyn TokenCredential>, transport: Transport) -> Self {
        Self { address: address.to_owned(), credential, transport, clients: Mutex::default() }
    }

    pub(super) async fn check(&self, vault: &str, secret: &str, owner: &str) -> Result<(), Why> {
        let client = self.client(vault)?;
        held(&client, secret, owner).await.map(|_| ())
    }

    pub(super) async fn deliver(&self, vault: &str, secret: &str, owner: &str) -> Result<Password, Why> {
        let client = self.client(vault)?;
        if let Held::Pending(mut pending) = held(&client, secret, owner).await? {
            return pending.value.take().filter(|value| !value.is_empty()).map(Password::new).ok_or_else(
                || {
                    Why::new("what an interrupted run delivered there is empty")
                        .hint("delete the secret's last version, then apply again")
                },
            );
        }
        let password = make(owner)?;
        let tags = [(OWNER, owner), (STATE, PENDING)];
        let parameters = SetSecretParameters {
            value: Some(password.expose().to_owned()),
            tags: Some(tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
            ..SetSecretParameters::default()
        };
        let content = parameters.try_into().map_err(|error| refused(&error, Asked::Set))?;
        match client.set_secret(secret, content, None).await {
            Ok(_) => Ok(password),
            Err(error) => {
                let why = refused(&error, Asked::Set);
                let telling = tells(&why.reason, &password);
                let reason = if telling { "its words hold the password".to_owned() } else { why.reason };
                Err(Why { reason, ..why })
            }
        }
    }

    pub(super) async fn settle(&self, vault: &str, secret: &str, owner: &str) -> Result<(), Why> {
        let client = self.client(vault)?;
        let Held::Pending(pending) = held(&client, secret, owner).await? else { return Ok(()) };
        // The last part of an address such as `https://contoso.vault.azure.net/secrets/condeco/4387e9f3d6e14c45…`.
        let version = pending.id.as_deref().and_then(|id| id.rsplit('/').next()).map(str::to_owned);
        let version = version.ok_or_else(|| Why::new("the vault tells no version of the secret"))?;
        let mut tags: HashMap<String, String> = pending.tags.unwrap_or_default();
        tags.remove(STATE);
        let parameters = UpdateSecretPropertiesParameters { tags: Some(tags), ..Default::default() };
        let content = parameters.try_into().map_err(|error| refused(&error, Asked::Set))?;
        let options = azure_security_keyvault_secrets::models::SecretClientUpdateSecretPropertiesOptions {
            secret_version: Some(version),
            ..Default::default()
        };
        let updated = client.update_secret_properties(secret, content, Some(options)).await;
        updated.map(|_| ()).map_err(|error| refused(&error, Asked::Set))
    }

    fn client(&self, vault: &str) -> Result<Arc<SecretClient>, Why> {
        let address = self.endpoint(vault);
        let (endpoint, transport) = match address.strip_prefix("http://") {
            Some(rest) => {
                let plain = Transport::new(Arc::new(Plain(self.transport.clone())));
                (format!("https://{rest}"), plain)
            }
            None => (address, self.transport.clone()),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&endpoint) {
            return Ok(Arc::clone(client));
        }
        let retries = ExponentialRetryOptions { max_retries: RETRIES, ..ExponentialRetryOptions::default() };
        let options = SecretClientOptions {
            client_options: ClientOptions {
                retry: RetryOptions::exponential(retries),
                transport: Some(transport),
                ..ClientOptions::default()
            },
            // A vault asks for tokens of its own cloud; a stand-in has another name than what it stands for.
            verify_challenge_resource: Some(self.address.starts_with("https://{name}.")),
            ..SecretClientOptions::default()
        };
        let client = SecretClient::new(&endpoint, self.credential.clone(), Some(options))
            .map_err(|error| Why::new(format!("{endpoint} is no address of a vault: {error}")))?;
        let client = Arc::new(client);
        clients.insert(endpoint, Arc::clone(&client));
        Ok(client)
    }

    /// The address of a vault that is given by its name or its URI. Where all services stand below one address, a URI
    /// counts for the name in it.
    fn endpoint(&self, vault: &str) -> String {
        let Some(host) = vault.strip_prefix("https://") else { return self.address.replace("{name}", vault) };
        if self.address.starts_with("https://{name}.") {
            return vault.to_owned();
        }
        self.address.replace("{name}", host.split('.').next().unwrap_or(host))
    }
}

/// Sends what is meant for a stand-in without TLS: the crate of Key Vault hands out no token for `http://`, rightly so, and
/// is told `https://`.
#[derive(Debug)]
struct Plain(Transport);

#[async_trait]
impl HttpClient for Plain {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let mut url = request.url().clone();
        // Between these two schemes it never fails.
        let _ = url.set_scheme("http");
        let mut plain = Request::new(url, request.method());
        for (name, value) in request.headers().iter() {
            plain.insert_header(name.clone(), value.clone());
        }
        plain.set_body(request.body().clone());
        self.0.send(&Context::new(), &mut plain).await
    }
}

/// What a secret holds; an error where it is somebody else's.
async fn held(client: &SecretClient, secret: &str, owner: &str) -> Result<Held, Why> {
    let found = match client.get_secret(secret, None).await {
        Ok(found) => found.into_model().map_err(|error| refused(&error, Asked::Get))?,
        Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(Held::Nothing),
        Err(error) => return Err(refused(&error, Asked::Get)),
    };
    let tag = |name: &str| found.tags.as_ref().and_then(|tags| tags.get(name)).map(String::as_str);
    let settled = tag(STATE) != Some(PENDING);
    match tag(OWNER) {
        Some(name) if name.eq_ignore_ascii_case(owner) => {
            Ok(if settled { Held::Settled } else { Held::Pending(Box::new(found)) })
        }
        other => {
            // Only its tags were wanted.
            let reason = match other {
                Some(name) => format!("the secret is there already, and is the password of {name}"),
                None => "the secret is there already, and is nobody's password of this program".to_owned(),
            };
            drop(found.value.map(Zeroizing::new));
            Err(Why::new(reason).hint("name another secret: what is there is never overwritten"))
        }
    }
}

/// What was asked of a vault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Get,
    Set,
}

/// What a vault or the way to it says, in its own words.
fn refused(error: &Error, asked: Asked) -> Why {
    let ErrorKind::HttpResponse { status, raw_response, .. } = error.kind() else {
        let why = Why::new(innermost(error).to_string());
        return match error.kind() {
            ErrorKind::Connection | ErrorKind::Io => why.hint("check the vault's name and the network"),
            _ => why,
        };
    };
    let body = raw_response.as_ref().and_then(|reply| serde_json::from_slice(reply.body()).ok());
    let body: serde_json::Value = body.unwrap_or_default();
    let words = body["error"]["message"].as_str().and_then(|words| words.lines().next()).unwrap_or_default();
    let mut reason = format!("the vault answers with status {}", u16::from(*status));
    if !words.is_empty() {
        reason = format!("{reason}: {}", words.trim().trim_end_matches('.'));
    }
    let why = Why::new(reason);
    match status {
        StatusCode::Unauthorized => why.hint(
            "sign in to the vault's tenant, and in a way that can have tokens for vaults: one that was handed in is for other services",
        ),
        StatusCode::Forbidden => why.hint(
            "assign the role Key Vault Secrets Officer on the vault to whoever applies (or the permissions get and set), and let this \
             network through the vault's firewall",
        ),
        StatusCode::Conflict if asked == Asked::Set => {
            why.hint("a deleted secret of this name can still be recovered: recover or purge it, or name another")
        }
        _ => why,
    }
}

/// The error at the bottom: those above it only say who passed it on.
fn innermost(error: &Error) -> &Error {
    let mut error = error;
    while let Some(deeper) = std::error::Error::source(error).and_then(|source| source.downcast_ref()) {
        error = deeper;
    }
    error
}

#[cfg(test)]
mod tests;
