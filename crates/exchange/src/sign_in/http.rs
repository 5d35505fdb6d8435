//! The one HTTP client of a connection: for the services, for signing in and for whatever else is sent beside them.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;

/// The server gives up a cmdlet after 15 minutes (about-exchange-online-powershell-v2); nothing is worth waiting longer.
const LONGEST_CALL: Duration = Duration::from_mins(16);

/// What came back, whole.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the service asks to wait, where it says so in seconds.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.header("retry-after")?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// HTTP, with one rule for TLS and proxies, and every request counted.
pub(crate) struct Http {
    /// For `http://`: a stand-in on this machine, or the metadata service of a machine in Azure. Neither is behind the
    /// company's proxy, and loading the machine's certificates would take longer than everything else before the first
    /// request.
    plain: reqwest::Client,
    /// For `https://`, made when it is first needed.
    tls: OnceLock<Result<reqwest::Client, reqwest::Error>>,
    sent: AtomicU64,
}

impl Http {
    pub(crate) fn new() -> Result<Self, reqwest::Error> {
        let plain = builder().tls_certs_only([]).no_proxy().build()?;
        Ok(Self { plain, tls: OnceLock::new(), sent: AtomicU64::new(0) })
    }

    /// Fails when there can be no TLS, for example without certificates on the machine.
    pub(crate) fn check_tls(&self) -> Result<(), String> {
        self.tls().map(|_| ()).map_err(|error| format!("no HTTP client can be made: {error}"))
    }

    fn tls(&self) -> Result<&reqwest::Client, &reqwest::Error> {
        self.tls.get_or_init(|| builder().build()).as_ref()
    }

    /// A request to be filled in. It never fails on its own: without TLS the request does when it is sent.
    pub(crate) fn request(&self, method: reqwest::Method, url: &str) -> reqwest::RequestBuilder {
        let client = if url.starts_with("http://") { &self.plain } else { self.tls().unwrap_or(&self.plain) };
        client.request(method, url)
    }

    /// Sends one built request and reads the whole answer.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = response.bytes().await?;
        tracing::trace!(status, bytes = body.len(), "answered");
        Ok(Reply { status, headers, body })
    }

    /// How many requests were sent so far.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("anteroom/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(20))
        .timeout(LONGEST_CALL)
        .tcp_nodelay(true)
        // A redirect would carry the token to where nobody meant it to go.
        .redirect(reqwest::redirect::Policy::none())
}
