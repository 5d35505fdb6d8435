//! Why there is no token, in the service's own words and without anything secret.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use azure_core::error::ErrorKind;
use serde::Deserialize;

use super::credential::Name;
use super::http::Reply;

/// The longest text of somebody else that is repeated.
const LONGEST: usize = 400;

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
        let words = first_line(&error_description);
        let request_id = reply.header("x-ms-request-id").map(str::to_owned);
        Self { status: reply.status, error, words, retry_after: reply.retry_after(), request_id }
    }

    const fn refusal(&self) -> Refusal {
        match self.status {
            429 => Refusal::Throttled,
            500.. => Refusal::Transient,
            _ => Refusal::NotSignedIn,
        }
    }

    /// What to do, by Entra's number (reference-error-codes of the Microsoft identity platform), else by the credential.
    fn hint(&self, name: Name) -> &'static str {
        let number = self.words.strip_prefix("AADSTS").and_then(|rest| rest.split(':').next());
        match (number.unwrap_or_default(), name) {
            ("90002" | "900023", _) => {
                "check `tenant:` in the manifest, and `cloud:` where the tenant is not in the global cloud"
            }
            ("700016", _) => "check the client id, and that the application is registered in this tenant",
            ("7000215", _) => "the secret is its value, not its id; check that it belongs to this client id",
            ("7000222", _) => "the secret has expired: make a new one in the app registration",
            ("700027" | "7000214", _) => {
                "check that this certificate is one of the app registration's, and has not expired"
            }
            ("700024", _) => "the token has expired before it was used: get a new one into the file",
            ("70021" | "700211" | "700212" | "700213" | "700223", _) => {
                "check issuer, subject and audience of the app registration's federated credential"
            }
            _ if self.error.is_empty() && self.status == 404 => {
                "there is no sign-in at this address: check the tenant, and `--endpoint` if it is given"
            }
            (_, Name::Secret) if self.error == "invalid_client" => {
                "check the client id and the client secret, and whether the secret has expired"
            }
            (_, Name::Secret) => "check the tenant, the client id and the client secret",
            (_, Name::Certificate) => "check the tenant, the client id and the certificate",
            (_, Name::WorkloadIdentity) => {
                "check the tenant, the client id and the app registration's federated credential"
            }
            (_, Name::Token | Name::ManagedIdentity | Name::AzureCli) => "check the tenant and the client id",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.error.is_empty(), self.words.is_empty()) {
            (true, _) => write!(f, "the answer is HTTP {}", self.status),
            (false, true) => f.write_str(&self.error),
            (false, false) => write!(f, "{}: {}", self.error, self.words),
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
    pub(super) refusal: Refusal,
    /// What happened, in one sentence without a full stop.
    pub(super) why: String,
    /// More, where one sentence is not enough.
    pub(super) detail: Option<String>,
    /// What to do.
    pub(super) hint: Option<String>,
    pub(super) request_id: Option<String>,
    /// How long the authority asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// The credential is not there, rather than refused: another one may be tried.
    pub(super) absent: bool,
}

impl NoToken {
    pub(super) fn because(why: impl Into<String>, hint: Option<&str>) -> Self {
        Self {
            refusal: Refusal::NotSignedIn,
            why: why.into(),
            detail: None,
            hint: hint.map(str::to_owned),
            request_id: None,
            retry_after: None,
            absent: false,
        }
    }

    /// A credential that is not there.
    pub(super) fn absent(why: impl Into<String>, hint: &str) -> Self {
        Self { absent: true, ..Self::because(why, Some(hint)) }
    }

    /// None of several credentials is there: the first ones were never set up.
    pub(super) fn nothing(not_set_up: &[(Name, String)], tried: &[(Name, Self)]) -> Self {
        let missing = not_set_up.iter().map(|(name, why)| (*name, why.as_str()));
        let mut all: Vec<(Name, &str)> =
            missing.chain(tried.iter().map(|(name, none)| (*name, none.why.as_str()))).collect();
        all.sort_by_key(|(name, _)| *name);
        let lines: Vec<String> = all.into_iter().map(|(name, why)| format!("{name}: {why}")).collect();
        let hint = "set AZURE_CLIENT_ID and, for example, AZURE_CLIENT_SECRET, or sign in with `az login`; without a tenant, \
                    try --simulate";
        Self {
            detail: Some(format!("tried in this order: {}", lines.join("; "))),
            ..Self::because("no credential is set up", Some(hint))
        }
    }

    /// Reads the error of a credential of `azure_identity`.
    pub(super) fn of(name: Name, error: &azure_core::Error) -> Self {
        let mut deepest: &(dyn Error + 'static) = error;
        loop {
            if let Some(refused) = deepest.downcast_ref::<Refused>() {
                let refusal = refused.refusal();
                let hint = (refusal == Refusal::NotSignedIn).then(|| refused.hint(name).to_owned());
                return Self {
                    refusal,
                    hint,
                    request_id: refused.request_id.clone(),
                    retry_after: refused.retry_after,
                    ..Self::because(format!("the {name} got no token: {refused}"), None)
                };
            }
            if let Some(Lost(failure)) = deepest.downcast_ref::<Lost>() {
                let Failure { refusal, message, hint, .. } = failure.clone();
                return Self { refusal, hint, ..Self::because(message, None) };
            }
            if let Some(azure) = deepest.downcast_ref::<azure_core::Error>()
                && let ErrorKind::HttpResponse { status, .. } = azure.kind()
            {
                return Self::of_status(name, u16::from(*status), &first_line(&azure.to_string()));
            }
            let Some(source) = deepest.source() else { break };
            deepest = source;
        }
        let words = first_line(&deepest.to_string());
        match name {
            Name::AzureCli => {
                let words = words.trim_start_matches("ERROR: ");
                Self::absent(
                    format!("the Azure CLI gives no token: {words}"),
                    "install the Azure CLI and run `az login`",
                )
            }
            _ => Self::because(format!("the {name} got no token: {words}"), None),
        }
    }

    /// A managed identity is refused by its own service, not by Entra.
    fn of_status(name: Name, status: u16, words: &str) -> Self {
        let refusal = match status {
            429 => Refusal::Throttled,
            404 | 410 | 500.. => Refusal::Transient,
            _ => Refusal::NotSignedIn,
        };
        let why = format!("the {name} got no token: HTTP {status}, {words}");
        let hint = "assign an identity to this machine or service; AZURE_CLIENT_ID names a user-assigned one";
        let none = if status == 400 { Self::absent(why, hint) } else { Self::because(why, Some(hint)) };
        Self { refusal, ..none }
    }

    pub(crate) fn why(&self) -> &str {
        &self.why
    }

    /// Whether it may go better in a moment.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(self.refusal, Refusal::Throttled | Refusal::Transient)
    }

    /// The whole story, for whoever asks for nothing but a token.
    pub(super) fn into_failure(self) -> Failure {
        let Self { refusal, why, detail, hint, request_id, .. } = self;
        let message = match detail {
            Some(detail) => format!("{why} ({detail})"),
            None => why,
        };
        Failure { refusal, message, request_id, hint }
    }

    /// The story as one finding; `services` are those to which it holds.
    pub(super) fn diagnostic(&self, services: &str) -> Diagnostic {
        let mut diagnostic =
            Diagnostic::error("no-sign-in", format!("nobody could be signed in to {services}: {}", self.why));
        let id = self.request_id.as_ref().map(|id| format!("request id {id}"));
        let details: Vec<String> = self.detail.iter().cloned().chain(id).collect();
        diagnostic.detail = (!details.is_empty()).then(|| details.join("; "));
        diagnostic.hint.clone_from(&self.hint);
        diagnostic
    }

    /// What each call says that could not be made: the story stands elsewhere, once.
    pub(crate) fn briefly() -> Failure {
        Failure {
            refusal: Refusal::NotSignedIn,
            message: "nobody is signed in".to_owned(),
            request_id: None,
            hint: None,
        }
    }
}

/// The first line that says something, bounded.
fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let mut bounded: String = line.chars().take(LONGEST).collect();
    if bounded.len() < line.len() {
        bounded.push('…');
    }
    bounded
}
