//! Signing in: tokens for the services, through `azure_identity`.

mod assertion;
mod cache;
mod certificate;
mod claims;
mod credential;
pub(crate) mod http;
mod managed;
mod refused;
mod source;
mod transport;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::ports::Failure;
use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::Transport;
use backon::{BackoffBuilder as _, ExponentialBuilder};

use crate::connection::Progress;
use crate::endpoints::{Audience, Endpoints};
use crate::secret::Secret;
use cache::{Cache, Held, Kept};
pub use claims::Claims;
pub use credential::{Chain, Credential, Name};
use http::Http;
pub(crate) use refused::NoToken;
use source::Source;
use transport::Services;

/// The longest wait that the authority may ask for.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// One sign-in to one tenant: tokens for any service, asked for when they are needed, kept until shortly before they
/// expire. Clones share them.
#[derive(Clone)]
pub struct SignIn(Arc<Inner>);

struct Inner {
    endpoints: Endpoints,
    http: Arc<Http>,
    source: Source,
    kept: Cache,
    retries: usize,
    progress: Arc<dyn Progress>,
    /// What went wrong, by service.
    refused: Mutex<Vec<(Audience, NoToken)>>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("credentials", &self.0.source).finish_non_exhaustive()
    }
}

impl SignIn {
    pub(crate) fn new(
        endpoints: &Endpoints,
        tenant: &str,
        credential: Credential,
        http: Arc<Http>,
        retries: usize,
        progress: Arc<dyn Progress>,
    ) -> Self {
        let source = Source::new(credential, tenant, endpoints, &http);
        let (endpoints, kept, refused) = (endpoints.clone(), Cache::default(), Mutex::default());
        Self(Arc::new(Inner { endpoints, http, source, kept, retries, progress, refused }))
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
        let token = self.of_service(audience).await.map_err(NoToken::into_failure)?;
        Ok(Claims::of_token(token.token.secret()))
    }

    /// The credential that gave a token; `None` before anybody asked for one, and where none did.
    pub async fn credential(&self) -> Option<Name> {
        self.0.source.chosen().await
    }

    /// Why services gave no token so far: one finding for each cause, whatever it kept from being done.
    pub fn refusals(&self) -> Vec<Diagnostic> {
        let refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let mut findings: Vec<Diagnostic> = Vec::new();
        let mut told: Vec<&str> = Vec::new();
        for (audience, none) in refused.iter() {
            if told.contains(&none.why.as_str()) {
                continue;
            }
            let both = refused.iter().any(|(other, same)| other != audience && same.why == none.why);
            let services = if both { "Exchange and Microsoft Graph" } else { audience.title() };
            findings.push(none.diagnostic(services));
            told.push(&none.why);
        }
        findings.sort_by(|a, b| a.summary.cmp(&b.summary));
        findings
    }

    /// A token for a service.
    pub(crate) async fn token(&self, audience: Audience) -> Result<Secret, NoToken> {
        let token = self.of_service(audience).await?;
        Ok(Secret::new(token.token.secret()))
    }

    /// Whether another token can be had than the one that was refused.
    pub(crate) fn can_renew(&self) -> bool {
        self.0.source.can_renew()
    }

    /// Drops the token that a service refused, unless it is newer than the refused request.
    pub(crate) async fn forget(&self, audience: Audience, asked: Instant) {
        let slot = self.0.kept.slot(&self.0.endpoints.scope(audience));
        let mut slot = slot.lock().await;
        if slot.held.as_ref().is_some_and(|held| held.was_there(asked)) {
            slot.held = None;
            self.0.source.forget().await;
        }
    }

    async fn of_service(&self, audience: Audience) -> Result<AccessToken, NoToken> {
        let outcome = self.of_scope(&self.0.endpoints.scope(audience)).await;
        let mut refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(none) = &outcome
            && !refused.iter().any(|(other, same)| *other == audience && same.why == none.why)
        {
            refused.push((audience, none.clone()));
        }
        outcome
    }

    async fn of_scope(&self, scope: &str) -> Result<AccessToken, NoToken> {
        let slot = self.0.kept.slot(scope);
        // Held while a token is asked for, so that many requests wait for one.
        let mut slot = slot.lock().await;
        if let Some(token) = slot.fresh() {
            return Ok(token);
        }
        if let Some(none) = slot.refused_lately() {
            return slot.still_good().ok_or(none);
        }
        match self.ask(scope).await {
            Ok(token) => {
                *slot = Kept { held: Some(Held::new(token.clone())), refused: None };
                Ok(token)
            }
            Err(none) => {
                slot.refused = Some((none.clone(), Instant::now()));
                // It was to be renewed early; until it expires it is good.
                slot.still_good().ok_or(none)
            }
        }
    }

    /// Asks for a token, and again where the authority only fails in passing.
    async fn ask(&self, scope: &str) -> Result<AccessToken, NoToken> {
        let mut delays = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(200))
            .with_max_times(self.0.retries)
            .with_jitter()
            .build();
        loop {
            let none = match self.0.source.token(scope).await {
                Ok(token) => return Ok(token),
                Err(none) => none,
            };
            let next = if none.is_passing() { delays.next() } else { None };
            let Some(delay) = next else { return Err(none) };
            let delay = none.retry_after.map_or(delay, |asked| asked.min(LONGEST_WAIT).max(delay));
            tracing::debug!(why = none.why, ?delay, "waiting to sign in");
            self.0.progress.waiting(&none.why, delay);
            tokio::time::sleep(delay).await;
        }
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
            .map_err(|none| Error::with_message(ErrorKind::Credential, none.into_failure().message))
    }
}
