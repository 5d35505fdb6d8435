//! Why there is no token, in the service's own words and without anything secret.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde::Deserialize;

use super::http::Reply;

/// The authority's refusal of a token.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    status: u16,
    /// The code of OAuth, such as `invalid_client`.
    error: String,
    /// The first line of the description, such as `AADSTS7000215: Invalid client secret provided.`
    words: String,
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answer {
    error: String,
    error_description: String,
}

impl Refused {
    pub(super) fn new(reply: &Reply) -> Self {
        let Answer { error, error_description } = serde_json::from_slice(&reply.body).unwrap_or_default();
        // The description goes on with trace ids on lines of their own.
        let words = error_description.lines().next().unwrap_or_default().trim().to_owned();
        let request_id = reply.header("x-ms-request-id").map(str::to_owned);
        Self { status: reply.status, error, words, retry_after: reply.retry_after(), request_id }
    }

    fn hint(&self) -> &'static str {
        match self.error.as_str() {
            "invalid_client" => {
                "check the client id and the client secret, and whether the secret has expired"
            }
            "unauthorized_client" | "invalid_request" => "check the tenant and the client id",
            "" if self.status == 404 => {
                "there is no sign-in at this address: check the tenant, and `--endpoint` if it is given"
            }
            _ => "check the tenant, the client id and the client secret",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.error.is_empty(), self.words.is_empty()) {
            (true, _) => write!(f, "no token was given (HTTP {})", self.status),
            (false, true) => write!(f, "no token was given: {}", self.error),
            (false, false) => write!(f, "no token was given: {}: {}", self.error, self.words),
        }
    }
}

impl Error for Refused {}

/// The authority could not be reached.
#[derive(Clone, Debug)]
pub(super) struct Lost(pub(super) Failure);

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl Error for Lost {}

/// No token, and why.
#[derive(Clone, Debug)]
pub(crate) struct NoToken {
    pub(crate) failure: Failure,
    /// How long the authority asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

impl NoToken {
    pub(super) fn because(message: impl Into<String>, hint: Option<&str>) -> Self {
        let failure = Failure {
            refusal: Refusal::Unauthorized,
            message: message.into(),
            request_id: None,
            hint: hint.map(str::to_owned),
        };
        Self { failure, retry_after: None }
    }
}

impl From<azure_core::Error> for NoToken {
    fn from(error: azure_core::Error) -> Self {
        let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(one) = cause {
            if let Some(refused) = one.downcast_ref::<Refused>() {
                let refusal = match refused.status {
                    429 => Refusal::Throttled,
                    500.. => Refusal::Transient,
                    _ => Refusal::Unauthorized,
                };
                let hint = (refusal == Refusal::Unauthorized).then(|| refused.hint().to_owned());
                let request_id = refused.request_id.clone();
                let failure = Failure { refusal, message: refused.to_string(), request_id, hint };
                return Self { failure, retry_after: refused.retry_after };
            }
            if let Some(Lost(failure)) = one.downcast_ref::<Lost>() {
                return Self { failure: failure.clone(), retry_after: None };
            }
            cause = one.source();
        }
        let words = error.to_string();
        Self::because(words.lines().next().unwrap_or_default(), None)
    }
}
