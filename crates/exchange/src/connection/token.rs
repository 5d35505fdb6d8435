//! Tokens: client credentials for two audiences, kept until shortly before they expire.

use std::time::{Duration, Instant};

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::{Connection, Credential, Reply, Trouble};
use crate::secret::Secret;

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    Graph,
    Exchange,
}

impl Audience {
    const fn scope(self) -> &'static str {
        match self {
            Self::Graph => "https://graph.microsoft.com/.default",
            Self::Exchange => "https://outlook.office365.com/.default",
        }
    }
}

struct Token {
    text: Secret,
    fresh_until: Instant,
}

/// The tokens of one credential. Each audience has its own lock, so that many requests wait for one token request.
pub(super) struct Tokens {
    url: String,
    credential: Credential,
    graph: Mutex<Option<Token>>,
    exchange: Mutex<Option<Token>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Denied {
    error: String,
    error_description: String,
}

impl Tokens {
    pub(super) fn new(authority: &str, tenant: &str, credential: Credential) -> Self {
        Self {
            url: format!("{authority}/{tenant}/oauth2/v2.0/token"),
            credential,
            graph: Mutex::new(None),
            exchange: Mutex::new(None),
        }
    }

    /// Whether another token can be had.
    pub(super) const fn can_renew(&self) -> bool {
        matches!(self.credential, Credential::ClientSecret { .. })
    }

    const fn cell(&self, audience: Audience) -> &Mutex<Option<Token>> {
        match audience {
            Audience::Graph => &self.graph,
            Audience::Exchange => &self.exchange,
        }
    }

    pub(super) async fn forget(&self, audience: Audience) {
        *self.cell(audience).lock().await = None;
    }

    pub(super) async fn get(&self, audience: Audience, connection: &Connection) -> Result<Secret, Trouble> {
        let (client_id, secret) = match &self.credential {
            Credential::AccessToken(token) => return Ok(token.clone()),
            Credential::ClientSecret { client_id, secret } => (client_id, secret),
        };
        let mut cell = self.cell(audience).lock().await;
        if let Some(token) = &*cell
            && Instant::now() < token.fresh_until
        {
            return Ok(token.text.clone());
        }
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("client_secret", secret.expose()),
            ("scope", audience.scope()),
        ];
        let reply = connection.exchange(connection.http.post(&self.url).form(&form)).await?;
        if reply.status != 200 {
            return Err(denied(&reply));
        }
        let granted: Granted = serde_json::from_slice(&reply.body).map_err(|_| Trouble {
            failure: Failure {
                refusal: Refusal::Unauthorized,
                message: "the token endpoint's answer holds no token".to_owned(),
                request_id: None,
                hint: None,
            },
            retry_after: None,
            untouched: true,
        })?;
        let text = Secret::new(granted.access_token);
        // Five minutes early, or a tenth of a short life: a token must not expire on its way.
        let early = (granted.expires_in / 10).min(300);
        let fresh_until = Instant::now() + Duration::from_secs(granted.expires_in - early);
        *cell = Some(Token { text: text.clone(), fresh_until });
        Ok(text)
    }
}

fn denied(reply: &Reply) -> Trouble {
    let Denied { error, error_description } = serde_json::from_slice(&reply.body).unwrap_or_default();
    let refusal = match reply.status {
        429 => Refusal::Throttled,
        500.. => Refusal::Transient,
        _ => Refusal::Unauthorized,
    };
    // The description goes on with trace ids on lines of their own.
    let words = error_description.lines().next().unwrap_or_default();
    let message = match (error.is_empty(), words.is_empty()) {
        (true, _) => format!("no token was given (HTTP {})", reply.status),
        (false, true) => format!("no token was given: {error}"),
        (false, false) => format!("no token was given: {error}: {words}"),
    };
    let hint = match error.as_str() {
        "invalid_client" => "check the client id and the client secret, and whether the secret has expired",
        "unauthorized_client" | "invalid_request" => "check the tenant and the client id",
        "" if reply.status == 404 => {
            "there is no sign-in at this address: check the tenant, and `--endpoint` if it is given"
        }
        _ => "check the tenant, the client id and the client secret",
    };
    let retry_after =
        reply.header("retry-after").and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
    let hint = (refusal == Refusal::Unauthorized).then(|| hint.to_owned());
    let request_id = reply.header("x-ms-request-id").map(str::to_owned);
    Trouble { failure: Failure { refusal, message, request_id, hint }, retry_after, untouched: true }
}
