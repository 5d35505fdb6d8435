//! How the caller proves who it is.

use std::fmt;
use std::sync::Arc;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::{ClientOptions, RetryOptions, Transport};
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use tokio::sync::Mutex;

use super::claims::Claims;
use super::http::Http;
use super::refused::NoToken;
use super::transport::{Authority, PLACEHOLDER};
use crate::secret::Secret;

/// How the caller proves who it is.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A token that is used as it is, for Exchange and for Graph.
    AccessToken(Secret),
    /// The client credentials of an app registration.
    ClientSecret {
        /// Its application id.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
}

/// A credential at work.
pub(super) struct Source {
    credential: Credential,
    tenant: String,
    options: ClientOptions,
    /// What `azure_identity` made of it; made anew to forget what it keeps.
    live: Mutex<Option<Arc<dyn TokenCredential>>>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.credential, f)
    }
}

impl Source {
    pub(super) fn new(credential: Credential, tenant: &str, authority: &str, http: &Arc<Http>) -> Self {
        let transport = Authority { http: http.clone(), base: authority.to_owned() };
        // Everything is handed in, so that the crate reads none of it from the environment.
        let mut cloud = CustomConfiguration::default();
        PLACEHOLDER.clone_into(&mut cloud.authority_host);
        let options = ClientOptions {
            transport: Some(Transport::new(Arc::new(transport))),
            cloud: Some(Arc::new(cloud.into())),
            // The connection tries again itself, and tells that it waits.
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        };
        Self { credential, tenant: tenant.to_owned(), options, live: Mutex::new(None) }
    }

    pub(super) const fn can_renew(&self) -> bool {
        !matches!(self.credential, Credential::AccessToken(_))
    }

    pub(super) async fn forget(&self) {
        *self.live.lock().await = None;
    }

    /// A token for a scope, as the credential gives it.
    pub(super) async fn token(&self, scope: &str) -> Result<AccessToken, NoToken> {
        let live = match &self.credential {
            Credential::AccessToken(token) => return Ok(as_it_is(token)),
            Credential::ClientSecret { client_id, secret } => {
                let mut live = self.live.lock().await;
                match &*live {
                    Some(credential) => credential.clone(),
                    None => live.insert(self.client_secret(client_id, secret)?).clone(),
                }
            }
        };
        let token = live.get_token(&[scope], None).await?;
        if token.token.secret().is_empty() {
            return Err(NoToken::because("the token endpoint's answer holds no token", None));
        }
        Ok(token)
    }

    fn client_secret(&self, client_id: &str, secret: &Secret) -> Result<Arc<dyn TokenCredential>, NoToken> {
        let options = ClientSecretCredentialOptions { client_options: self.options.clone() };
        let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
        Ok(ClientSecretCredential::new(&self.tenant, client_id.to_owned(), secret, Some(options))?)
    }
}

/// A given token: good for as long as it says, else for as long as this run takes.
fn as_it_is(token: &Secret) -> AccessToken {
    let expires = Claims::of_token(token.expose()).and_then(|claims| claims.expires);
    let expires = expires.map_or_else(|| OffsetDateTime::now_utc() + Duration::hours(1), Into::into);
    AccessToken::new(token.expose().to_owned(), expires)
}
