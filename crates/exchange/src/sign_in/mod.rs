//! Signing in: tokens for the services, through `azure_identity`.

mod cache;
mod claims;
mod credential;
pub(crate) mod http;
mod refused;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use anteroom_model::ports::Failure;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::Transport;

use crate::endpoints::{Audience, Endpoints};
use crate::secret::Secret;
use cache::{Cache, Held};
pub use claims::Claims;
pub use credential::Credential;
use credential::Source;
use http::Http;
pub(crate) use refused::NoToken;
use transport::Services;

/// One sign-in to one tenant: tokens for any service, asked for when they are needed, kept until shortly before they
/// expire. Clones share them.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    endpoints: Endpoints,
    http: Arc<Http>,
    source: Source,
    tokens: Cache,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("credential", &self.0.source).finish_non_exhaustive()
    }
}

impl SignIn {
    pub(crate) fn new(endpoints: &Endpoints, tenant: &str, credential: Credential, http: Arc<Http>) -> Self {
        let source = Source::new(credential, tenant, &endpoints.authority, &http);
        Self(Arc::new(Inner { endpoints: endpoints.clone(), http, source, tokens: Cache::default() }))
    }

    /// The same tokens for the other crates of Azure, such as Key Vault's: any scope may be asked for.
    pub fn token_credential(&self) -> Arc<dyn TokenCredential> {
        Arc::new(self.clone())
    }

    /// The connection's HTTP client for the other crates of Azure: the same TLS, proxy and timeouts, every request
    /// counted. It never sends anything again on its own.
    pub fn transport(&self) -> Transport {
        Transport::new(Arc::new(Services(self.0.http.clone())))
    }

    /// What the token for a service says; `None` where it is not made to be read. Asks for a token if there is none.
    pub async fn claims(&self, audience: Audience) -> Result<Option<Claims>, Failure> {
        let token = self.token(audience).await.map_err(|none| none.failure)?;
        Ok(Claims::of_token(token.expose()))
    }

    /// A token for a service.
    pub(crate) async fn token(&self, audience: Audience) -> Result<Secret, NoToken> {
        let token = self.of_scope(&self.0.endpoints.scope(audience)).await?;
        Ok(Secret::new(token.token.secret()))
    }

    /// Whether another token can be had than the one that was refused.
    pub(crate) fn can_renew(&self) -> bool {
        self.0.source.can_renew()
    }

    /// Drops the token that a service refused, unless it is newer than the refused request.
    pub(crate) async fn forget(&self, audience: Audience, asked: Instant) {
        let slot = self.0.tokens.slot(&self.0.endpoints.scope(audience));
        let mut slot = slot.lock().await;
        if slot.as_ref().is_some_and(|held| held.was_there(asked)) {
            *slot = None;
            self.0.source.forget().await;
        }
    }

    async fn of_scope(&self, scope: &str) -> Result<AccessToken, NoToken> {
        let slot = self.0.tokens.slot(scope);
        let mut slot = slot.lock().await;
        if let Some(held) = slot.as_ref().filter(|held| held.is_fresh()) {
            return Ok(held.token.clone());
        }
        let token = self.0.source.token(scope).await?;
        *slot = Some(Held::new(token.clone()));
        Ok(token)
    }
}

#[async_trait]
impl TokenCredential for SignIn {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let [scope] = scopes else {
            return Err(Error::with_message(ErrorKind::Credential, "a token is for exactly one scope"));
        };
        self.of_scope(scope)
            .await
            .map_err(|none| Error::with_message(ErrorKind::Credential, none.failure.message))
    }
}
