//! Lets the crates of Azure send through the HTTP client that everything else uses: one TLS stack, one rule for proxies,
//! one count of requests.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use async_trait::async_trait;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{AsyncRawResponse, Body, HttpClient, Request};
use reqwest::header::HeaderMap;

use super::http::{Http, Reply};
use super::refused::{Lost, Refused};
use crate::connection::unreachable;

/// Where `azure_identity` believes to sign in: it takes HTTPS hosts without a path and nothing else, and a stand-in may
/// be neither. Requests to it go to the real authority.
pub(super) const PLACEHOLDER: &str = "https://authority.invalid";

/// How long a token or a secret may take.
const LONGEST: Duration = Duration::from_mins(1);

/// Sends the requests of Azure's crates as they are.
pub(super) struct Services(pub(super) Arc<Http>);

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

#[async_trait]
impl HttpClient for Services {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let reply = send(&self.0, request, request.url().as_str()).await.map_err(|error| {
            let kind = if error.is_connect() { ErrorKind::Connection } else { ErrorKind::Io };
            let message = unreachable(&error).message;
            Error::with_error(kind, error, message)
        })?;
        Ok(response(reply))
    }
}

/// Sends the requests of credentials: those to the authority to where it is. A refusal comes back as an error that still
/// knows the service's own words, which the credentials would lose.
pub(super) struct Authority {
    pub(super) http: Arc<Http>,
    /// Its base address.
    pub(super) base: String,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("base", &self.base).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Authority {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let url = request.url().as_str();
        let path = url.strip_prefix(PLACEHOLDER);
        let url = path.map_or_else(|| url.to_owned(), |path| format!("{}{path}", self.base));
        let lost = |error: &reqwest::Error| {
            let Failure { message, hint, .. } = unreachable(error);
            let lost = Lost(Failure { refusal: Refusal::Transient, message, request_id: None, hint });
            // No kind that the credentials would send again on their own: who waits should be told.
            Error::new(ErrorKind::Other, lost)
        };
        let reply = send(&self.http, request, &url).await.map_err(|error| lost(&error))?;
        if path.is_some() && reply.status != 200 {
            return Err(Error::new(ErrorKind::Other, Refused::new(&reply)));
        }
        Ok(response(reply))
    }
}

async fn send(http: &Http, request: &Request, url: &str) -> Result<Reply, reqwest::Error> {
    // Any name that Azure's crates know is a method here, too.
    let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes()).unwrap_or_default();
    let mut builder = http.request(method, url).timeout(LONGEST);
    for (name, value) in request.headers().iter() {
        builder = builder.header(name.as_str(), value.as_str());
    }
    if let Body::Bytes(bytes) = request.body() {
        builder = builder.body(bytes.clone());
    }
    http.send(builder).await
}

fn response(reply: Reply) -> AsyncRawResponse {
    let headers = headers(&reply.headers);
    AsyncRawResponse::from_bytes(reply.status.into(), headers, reply.body)
}

fn headers(map: &HeaderMap) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in map {
        if let Ok(value) = value.to_str() {
            headers.insert(HeaderName::from(name.as_str().to_owned()), HeaderValue::from(value.to_owned()));
        }
    }
    headers
}
