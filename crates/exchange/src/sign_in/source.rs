//! Credentials at work.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_core::time::OffsetDateTime;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertion, ClientAssertionCredential,
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use tokio::sync::Mutex;

use super::assertion::{FromFile, Signed};
use super::certificate::Certificate;
use super::claims::Claims;
use super::credential::{Chain, Credential, Name};
use super::http::Http;
use super::managed;
use super::refused::NoToken;
use super::transport::{Authority, PLACEHOLDER};
use crate::endpoints::{Audience, Endpoints};
use crate::secret::Secret;

/// How long the Azure CLI may take: it is slow to start, and may ask Entra.
const AZURE_CLI: Duration = Duration::from_secs(30);

/// What every credential of a connection needs.
struct Means {
    tenant: String,
    endpoints: Endpoints,
    http: Arc<Http>,
    options: ClientOptions,
}

/// One credential, and what `azure_identity` made of it. Made anew, it forgets the tokens that it keeps.
struct Live {
    name: Name,
    credential: Credential,
    made: Mutex<Option<Arc<dyn TokenCredential>>>,
}

/// Where tokens come from: one credential, or the first of several that gives one.
pub(super) struct Source {
    means: Means,
    candidates: Vec<Live>,
    not_set_up: Vec<(Name, String)>,
    /// Which of the candidates gave a token. It is asked for every other one, too.
    chosen: Mutex<Option<usize>>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.candidates.iter().map(|one| one.name.as_str())).finish()
    }
}

impl Source {
    pub(super) fn new(credential: Credential, tenant: &str, endpoints: &Endpoints, http: &Arc<Http>) -> Self {
        let transport = Authority { http: http.clone(), base: endpoints.authority.clone() };
        // Everything is handed in, so that the crate reads none of it from the environment.
        let mut cloud = CustomConfiguration::default();
        PLACEHOLDER.clone_into(&mut cloud.authority_host);
        let options = ClientOptions {
            transport: Some(Transport::new(Arc::new(transport))),
            cloud: Some(Arc::new(cloud.into())),
            // Whoever waits here should be told.
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        let chain = match credential {
            Credential::FirstOf(chain) => chain,
            one => Chain { credentials: vec![one], not_set_up: Vec::new() },
        };
        let live = |credential: Credential| {
            credential.name().map(|name| Live { name, credential, made: Mutex::default() })
        };
        Self {
            means: Means {
                tenant: tenant.to_owned(),
                endpoints: endpoints.clone(),
                http: http.clone(),
                options,
            },
            candidates: chain.credentials.into_iter().filter_map(live).collect(),
            not_set_up: chain.not_set_up,
            chosen: Mutex::default(),
        }
    }

    /// Whether another token can be had than the one that was refused.
    pub(super) fn can_renew(&self) -> bool {
        self.candidates.iter().any(|one| one.name != Name::Token)
    }

    /// Forgets the tokens that `azure_identity` keeps.
    pub(super) async fn forget(&self) {
        for one in &self.candidates {
            *one.made.lock().await = None;
        }
    }

    /// Which credential gave a token.
    pub(super) async fn chosen(&self) -> Option<Name> {
        let chosen = *self.chosen.lock().await;
        chosen.and_then(|index| self.candidates.get(index)).map(|one| one.name)
    }

    /// A token for a scope, as a credential gives it.
    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken, NoToken> {
        // Held while the credentials are tried: two scopes at once must not choose twice.
        let mut chosen = self.chosen.lock().await;
        if let Some(one) = chosen.and_then(|index| self.candidates.get(index)) {
            drop(chosen);
            return one.token(scope, &self.means).await;
        }
        let alone = self.candidates.len() == 1 && self.not_set_up.is_empty();
        let mut absent = Vec::new();
        for (index, one) in self.candidates.iter().enumerate() {
            match one.token(scope, &self.means).await {
                Ok(token) => {
                    tracing::info!(credential = one.name.as_str(), "signed in");
                    *chosen = Some(index);
                    return Ok(token);
                }
                Err(none) if none.absent && !alone => {
                    tracing::debug!(credential = one.name.as_str(), why = none.why, "not there");
                    absent.push((one.name, none));
                }
                Err(none) => return Err(none),
            }
        }
        Err(NoToken::nothing(&self.not_set_up, &absent))
    }
}

impl Live {
    async fn token(&self, scope: &str, means: &Means) -> Result<AccessToken, NoToken> {
        if let Credential::AccessToken(token) = &self.credential {
            return given(token, scope, &means.endpoints);
        }
        let credential = {
            let mut made = self.made.lock().await;
            match &*made {
                Some(credential) => credential.clone(),
                None => made.insert(self.make(means).await?).clone(),
            }
        };
        let scopes = [scope];
        let asked = credential.get_token(&scopes, None);
        let token = match self.name {
            Name::AzureCli => tokio::time::timeout(AZURE_CLI, asked).await.map_err(|_| {
                NoToken::absent("the Azure CLI did not answer in time", "try `az account get-access-token`")
            })?,
            _ => asked.await,
        };
        let token = token.map_err(|error| NoToken::of(self.name, &error))?;
        if token.token.secret().is_empty() {
            return Err(NoToken::because(format!("the {} got an answer without a token", self.name), None));
        }
        Ok(token)
    }

    async fn make(&self, means: &Means) -> Result<Arc<dyn TokenCredential>, NoToken> {
        let tenant = means.tenant.as_str();
        let client_options = means.options.clone();
        let made: azure_core::Result<Arc<dyn TokenCredential>> = match &self.credential {
            Credential::ClientSecret { client_id, secret } => {
                let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
                let options = ClientSecretCredentialOptions { client_options };
                ClientSecretCredential::new(tenant, client_id.clone(), secret, Some(options))
                    .map(|made| made as _)
            }
            Credential::ClientCertificate { client_id, path, password, send_chain } => {
                let signed = Signed {
                    certificate: certificate(path, password.as_ref())?,
                    client_id: client_id.clone(),
                    audience: format!("{}/{tenant}/oauth2/v2.0/token", means.endpoints.authority),
                    send_chain: *send_chain,
                };
                by_assertion(tenant, client_id, signed, client_options)
            }
            Credential::WorkloadIdentity { client_id, token_file } => {
                by_assertion(tenant, client_id, FromFile(token_file.clone()), client_options)
            }
            Credential::ManagedIdentity { client_id, announced } => {
                if !announced {
                    let hint = "a managed identity is there only on machines and services in Azure that have been given one";
                    managed::is_there(&means.http).await.map_err(|why| NoToken::absent(why, hint))?;
                }
                let user_assigned_id = client_id.clone().map(UserAssignedId::ClientId);
                let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
                ManagedIdentityCredential::new(Some(options)).map(|made| made as _)
            }
            Credential::AzureCli => {
                let tenant_id = Some(tenant.to_owned());
                let options = AzureCliCredentialOptions { tenant_id, ..AzureCliCredentialOptions::default() };
                AzureCliCredential::new(Some(options)).map(|made| made as _)
            }
            Credential::AccessToken(_) | Credential::FirstOf(_) => {
                return Err(NoToken::because("this is no credential of its own", None));
            }
        };
        made.map_err(|error| NoToken::of(self.name, &error))
    }
}

fn by_assertion<C: ClientAssertion + 'static>(
    tenant: &str,
    client_id: &str,
    assertion: C,
    client_options: ClientOptions,
) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let options = ClientAssertionCredentialOptions { client_options };
    ClientAssertionCredential::new(tenant.to_owned(), client_id.to_owned(), assertion, Some(options))
        .map(|made| made as _)
}

fn certificate(path: &Path, password: Option<&Secret>) -> Result<Certificate, NoToken> {
    let shown = path.display();
    let hint = "AZURE_CLIENT_CERTIFICATE_PATH names a PEM file with the private key and the certificate, or a PFX file, whose \
                password is AZURE_CLIENT_CERTIFICATE_PASSWORD";
    let contents = std::fs::read(path).map(zeroize::Zeroizing::new).map_err(|error| {
        NoToken::because(format!("the client certificate {shown} cannot be read: {error}"), Some(hint))
    })?;
    Certificate::read(&contents, password).map_err(|why| {
        NoToken::because(format!("the client certificate {shown} cannot be used: {why}"), Some(hint))
    })
}

/// A given token: good for as long as it says, else for as long as this run takes. One that is plainly for another service
/// is not sent to this one.
fn given(token: &Secret, scope: &str, endpoints: &Endpoints) -> Result<AccessToken, NoToken> {
    let claims = Claims::of_token(token.expose());
    let meant = claims.as_ref().and_then(|claims| Audience::of_claim(&claims.audience));
    let asked = [Audience::Graph, Audience::Exchange].into_iter().find(|one| endpoints.scope(*one) == scope);
    if let Some(meant) = meant
        && asked != Some(meant)
    {
        let other = asked.map_or("this service", Audience::title);
        return Err(NoToken::because(
            format!("the given access token is for {}, not for {other}", meant.title()),
            Some(
                "one token is for one service: leave out what needs the other one with --exclude, or set up a client secret, a \
                 certificate or another credential instead",
            ),
        ));
    }
    // Where an opaque token would be sent is not for the answer of some other service to say.
    let resource = scope.trim_end_matches("/.default").trim_end_matches('/');
    let is_for_it = |claims: &Claims| claims.audience.trim_end_matches('/').eq_ignore_ascii_case(resource);
    if asked.is_none() && !claims.as_ref().is_some_and(is_for_it) {
        return Err(NoToken::because(
            format!("the given access token is not for {resource}"),
            Some("set up a client secret, a certificate or another credential instead of a token"),
        ));
    }
    let until = claims.and_then(|claims| claims.expires);
    let seconds = until.and_then(|until| until.duration_since(SystemTime::UNIX_EPOCH).ok());
    let seconds = seconds.and_then(|since| i64::try_from(since.as_secs()).ok());
    // What lies beyond the years that can be written down is as good as no end.
    let expires = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let expires = expires.unwrap_or_else(|| OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1));
    Ok(AccessToken::new(token.expose().to_owned(), expires))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> Secret {
        Secret::new(format!("e30.{}.c2ln", azure_core::base64::encode_url_safe(payload)))
    }

    #[test]
    fn a_given_token_goes_to_nobody_but_whom_it_is_for() {
        let endpoints = Endpoints::global();
        let (graph, vault) = (endpoints.scope(Audience::Graph), "https://vault.azure.net/.default");
        let for_vaults = token(r#"{"aud":"https://vault.azure.net"}"#);
        let opaque = Secret::new("EwB4A8l6BAAU");
        assert!(given(&for_vaults, vault, &endpoints).is_ok());
        assert!(given(&opaque, &graph, &endpoints).is_ok());
        for (token, scope) in [(&opaque, vault), (&for_vaults, "https://example.com/.default")] {
            let none = given(token, scope, &endpoints).expect_err("it is not for that");
            assert!(none.why().starts_with("the given access token is not for https://"), "{none:?}");
        }
    }

    #[test]
    fn no_expiry_is_too_far_away() {
        let far = token(r#"{"aud":"https://graph.microsoft.com","exp":1800000000000000}"#);
        let endpoints = Endpoints::global();
        assert!(given(&far, &endpoints.scope(Audience::Graph), &endpoints).is_ok());
    }
}
