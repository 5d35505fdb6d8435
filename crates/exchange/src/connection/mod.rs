//! One connection to the services of a tenant: HTTP, tokens, retries and counting. Readers and writers share it.

mod batches;
mod pace;
mod retry;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use anteroom_model::resource::Edition;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::sync::Semaphore;
use tracing::Instrument as _;

pub(crate) use crate::endpoints::Audience;
use crate::endpoints::Endpoints;
use crate::exchange_api::{Admin, ExchangeApi};
use crate::reader::Reader;
use crate::sign_in::http::Http;
pub(crate) use crate::sign_in::http::Reply;
use crate::sign_in::{Claims, Credential, NoToken, SignIn};
use crate::writer::Writer;

pub(crate) use batches::Batch;
use pace::{Pace, Tally, Told};
use retry::Patience;

/// What is told while work goes on.
pub trait Progress: Send + Sync {
    /// So many of something have been read.
    fn observed(&self, what: &str, done: u64);
    /// The service or the way to it asks for patience, and this is for how long.
    fn waiting(&self, why: &str, for_: Duration);
}

/// Progress that nobody follows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Progress for Quiet {
    fn observed(&self, _: &str, _: u64) {}
    fn waiting(&self, _: &str, _: Duration) {}
}

/// What a connection is made of.
pub struct Options {
    /// Where the services are.
    pub endpoints: Endpoints,
    /// The tenant: its GUID, or one of its domains.
    pub tenant: String,
    /// Which product serves it.
    pub edition: Edition,
    /// How the caller proves who it is.
    pub credential: Credential,
    /// Which interface of Exchange serves reads that both can serve.
    pub exchange_api: ExchangeApi,
    /// The most HTTP requests in flight at once; at least 1.
    pub concurrency: usize,
    /// How often a call that failed in passing is sent again; 6 are about half a minute. Being told to slow down does not
    /// count: that is waited out, for ten minutes at most.
    pub retries: usize,
    /// Whom to tell.
    pub progress: Arc<dyn Progress>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("endpoints", &self.endpoints)
            .field("tenant", &self.tenant)
            .field("edition", &self.edition)
            .field("credential", &self.credential)
            .field("concurrency", &self.concurrency)
            .finish_non_exhaustive()
    }
}

/// Why there can be no connection.
#[derive(Debug)]
pub enum ConnectError {
    /// This edition has no transport in this version.
    Edition(&'static str),
    /// The tenant's name cannot stand in an address.
    Tenant(String),
    /// The HTTP client cannot be made, for example without certificates on the machine.
    Http(String),
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edition(edition) => {
                write!(
                    f,
                    "{edition} cannot be reached by this version: it has no administrative interface over HTTP"
                )
            }
            Self::Tenant(tenant) => write!(f, "{tenant:?} is neither a domain nor the GUID of a tenant"),
            Self::Http(error) => f.write_str(error),
        }
    }
}

impl std::error::Error for ConnectError {}

/// Makes the two ends of one connection: what reads and what writes. No request is sent yet.
pub fn connect(options: Options) -> Result<(Reader, Writer), ConnectError> {
    let connection = Arc::new(Connection::new(options)?);
    Ok((Reader::new(connection.clone()), Writer::new(connection)))
}

/// What both ends share.
pub(crate) struct Connection {
    http: Arc<Http>,
    pub(crate) endpoints: Endpoints,
    pub(crate) tenant: String,
    pub(crate) edition: Edition,
    pub(crate) progress: Arc<dyn Progress>,
    patience: Patience,
    pub(crate) admin: Admin,
    sign_in: SignIn,
    gate: Semaphore,
    concurrency: usize,
    graph: Pace,
    exchange: Pace,
}

/// One HTTP request.
pub(crate) struct HttpRequest<'a> {
    pub(crate) audience: Audience,
    pub(crate) method: reqwest::Method,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: Option<Bytes>,
    pub(crate) safety: Safety,
    /// What it is about, for people.
    pub(crate) what: &'a str,
    /// How the service tells that it refuses.
    pub(crate) refusal: fn(&Reply) -> Option<Failure>,
}

/// Whether sending a request twice does harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safety {
    /// It reads.
    Read,
    /// It writes: it is sent again only when it surely was not processed.
    Write,
}

/// A failure of a request that may have been carried out all the same: of a write it is not known.
pub(crate) fn in_doubt(mut failure: Failure, safety: Safety) -> Failure {
    if failure.refusal == Refusal::Transient && safety == Safety::Write {
        failure.refusal = Refusal::Lost;
    }
    failure
}

/// A failed attempt.
#[derive(Clone)]
pub(crate) struct Trouble {
    pub(crate) failure: Failure,
    pub(crate) retry_after: Option<Duration>,
    /// Whether the service surely did nothing.
    pub(crate) untouched: bool,
    /// What the answer tells of the service's limit.
    pub(crate) told: Option<Told>,
}

impl From<NoToken> for Trouble {
    fn from(none: NoToken) -> Self {
        // The sign-in has tried again itself, and keeps the story for whoever tells it, once.
        tracing::debug!(why = none.why(), "nobody is signed in");
        Self { failure: NoToken::briefly(), retry_after: None, untouched: true, told: None }
    }
}

impl Trouble {
    /// Something between here and there.
    fn on_the_way(failure: Failure) -> Self {
        Self { failure, retry_after: None, untouched: false, told: None }
    }

    /// The failure for whoever asked: a write that failed on the way may have been carried out.
    fn told(self, safety: Safety) -> Failure {
        if self.untouched { self.failure } else { in_doubt(self.failure, safety) }
    }

    /// What it says about the pace, of so many calls.
    fn tally(&self, count: u32) -> Tally {
        let (taken, refused) = match self.failure.refusal {
            Refusal::Throttled => (0, count),
            // Whether it counted is not known.
            Refusal::Transient => (0, 0),
            _ => (count, 0),
        };
        Tally { taken, refused, retry_after: self.retry_after, told: self.told }
    }
}

impl Connection {
    pub(crate) fn new(options: Options) -> Result<Self, ConnectError> {
        let Options { endpoints, tenant, edition, credential, exchange_api, concurrency, retries, progress } =
            options;
        if edition == Edition::ExchangeServer {
            return Err(ConnectError::Edition(edition.title()));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if tenant.is_empty() || !tenant.chars().all(plain) {
            return Err(ConnectError::Tenant(tenant));
        }
        let http = Http::new().map_err(|error| ConnectError::Http(error.to_string()))?;
        if endpoints.need_tls() {
            http.check_tls().map_err(ConnectError::Http)?;
        }
        let http = Arc::new(http);
        Ok(Self {
            sign_in: SignIn::new(&endpoints, &tenant, credential, http.clone(), retries, progress.clone()),
            http,
            endpoints,
            tenant,
            edition,
            graph: Pace::new(Audience::Graph.title(), progress.clone()),
            exchange: Pace::new(Audience::Exchange.title(), progress.clone()),
            progress,
            patience: Patience::new(retries),
            admin: Admin::new(exchange_api),
            gate: Semaphore::new(concurrency.max(1)),
            concurrency: concurrency.max(1),
        })
    }

    /// HTTP requests sent so far, those for tokens too.
    pub(crate) fn requests(&self) -> u64 {
        self.http.sent()
    }

    /// How the caller proves who it is.
    pub(crate) const fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }

    /// What the token for a service says, where it can be read.
    pub(crate) async fn claims(&self, audience: Audience) -> Result<Option<Claims>, Failure> {
        self.sign_in.claims(audience).await
    }

    /// Sends a request, and again where that helps and does no harm.
    pub(crate) async fn send(&self, request: HttpRequest<'_>) -> Result<Reply, Failure> {
        let span =
            tracing::debug_span!("request", what = request.what, method = %request.method, url = request.url);
        self.send_patiently(&request).instrument(span).await
    }

    async fn send_patiently(&self, request: &HttpRequest<'_>) -> Result<Reply, Failure> {
        let mut trial = self.patience.with_one_call();
        loop {
            let grant = self.pace(request.audience).enter(&self.gate, request.safety, 1).await;
            let trouble = match self.send_once(request).await {
                Ok(reply) => {
                    grant.answered(Tally { taken: 1, told: told(&reply), ..Tally::default() });
                    return Ok(reply);
                }
                Err(trouble) => trouble,
            };
            grant.answered(trouble.tally(1));
            match trial.again(&trouble, request.safety) {
                Some(delay) => self.wait(request.audience, &trouble.failure.message, delay).await,
                None => return Err(trouble.told(request.safety)),
            }
        }
    }

    const fn pace(&self, audience: Audience) -> &Pace {
        match audience {
            Audience::Graph => &self.graph,
            Audience::Exchange => &self.exchange,
        }
    }

    /// Waits, and says so.
    async fn wait(&self, audience: Audience, why: &str, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        tracing::debug!(service = audience.title(), why, ?delay, "waiting");
        self.progress.waiting(&format!("{}: {why}", audience.title()), delay);
        tokio::time::sleep(delay).await;
    }

    /// Sends a request once; and again at once with another token, where the one that it has is no longer taken.
    async fn send_once(&self, request: &HttpRequest<'_>) -> Result<Reply, Trouble> {
        let asked = Instant::now();
        match self.send_signed(request).await {
            // A token can be revoked before its time; a second refusal is meant.
            Err(trouble) if trouble.failure.refusal == Refusal::Unauthorized && self.sign_in.can_renew() => {
                self.sign_in.forget(request.audience, asked).await;
                self.send_signed(request).await
            }
            answered => answered,
        }
    }

    async fn send_signed(&self, request: &HttpRequest<'_>) -> Result<Reply, Trouble> {
        let token = self.sign_in.token(request.audience).await?;
        let mut builder = self
            .http
            .request(request.method.clone(), request.url)
            .header(AUTHORIZATION, format!("Bearer {}", token.expose()))
            .header("client-request-id", request_id());
        for (name, value) in request.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(body) = &request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let reply = self.exchange(builder).await?;
        let Some(failure) = (request.refusal)(&reply) else { return Ok(reply) };
        tracing::debug!(status = reply.status, refusal = ?failure.refusal, "refused");
        let (retry_after, told) = (reply.retry_after(), told(&reply));
        Err(Trouble { failure, retry_after, untouched: reply.status == 429, told })
    }

    /// Asks an address for anything at all, without a token and once.
    pub(crate) async fn knock(&self, url: &str, longest: Duration) -> Result<Reply, Failure> {
        let request = self.http.request(reqwest::Method::GET, url).timeout(longest);
        self.http.send(request).await.map_err(|error| unreachable(&error))
    }

    /// Sends one built request and reads the whole answer.
    async fn exchange(&self, builder: reqwest::RequestBuilder) -> Result<Reply, Trouble> {
        self.http.send(builder).await.map_err(|error| {
            let untouched = error.is_connect() || error.is_builder();
            Trouble { failure: unreachable(&error), retry_after: None, untouched, told: None }
        })
    }
}

/// What the headers of an answer tell of the service's limit.
fn told(reply: &Reply) -> Option<Told> {
    Told::of(&|name| reply.header(name), SystemTime::now())
}

/// A failure of the way to the service, with the cause at the bottom of it.
pub(crate) fn unreachable(error: &reqwest::Error) -> Failure {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let host = error.url().and_then(reqwest::Url::host_str).unwrap_or("the service");
    let what = if error.is_connect() {
        format!("{host} cannot be reached: {cause}")
    } else if error.is_timeout() {
        format!("{host} did not answer in time")
    } else {
        format!("the connection to {host} broke: {cause}")
    };
    Failure {
        refusal: Refusal::Transient,
        message: what,
        request_id: None,
        hint: Some("check the network and the endpoint, then try again".to_owned()),
    }
}

/// A random GUID that the service writes into its logs.
fn request_id() -> String {
    let mut bytes = [0u8; 16];
    // Without randomness the id is all zeros, which the service takes as well: it only helps support.
    let _ = getrandom::fill(&mut bytes);
    let n = u128::from_be_bytes(bytes);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        n >> 96,
        (n >> 80) & 0xffff,
        (n >> 68) & 0xfff,
        (n >> 52) & 0xfff,
        n & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn options(edition: Edition, tenant: &str) -> Options {
        Options {
            endpoints: Endpoints::single("http://127.0.0.1:9"),
            tenant: tenant.to_owned(),
            edition,
            credential: Credential::ClientSecret {
                client_id: "id".to_owned(),
                secret: Secret::new("hunter2"),
            },
            exchange_api: ExchangeApi::Beta,
            concurrency: 4,
            retries: 4,
            progress: Arc::new(Quiet),
        }
    }

    #[test]
    fn connecting_refuses_what_has_no_transport_and_tenants_that_are_paths() {
        assert!(matches!(
            connect(options(Edition::ExchangeServer, "contoso.com")),
            Err(ConnectError::Edition(_))
        ));
        assert!(matches!(connect(options(Edition::ExchangeOnline, "a/../b")), Err(ConnectError::Tenant(_))));
        assert!(connect(options(Edition::ExchangeOnline, "contoso.onmicrosoft.com")).is_ok());
    }

    #[test]
    fn options_do_not_show_the_secret() {
        assert!(!format!("{:?}", options(Edition::ExchangeOnline, "contoso.com")).contains("hunter2"));
    }

    #[test]
    fn a_request_id_has_the_shape_of_a_guid() {
        let id = request_id();
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
    }
}
