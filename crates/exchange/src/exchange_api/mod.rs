//! Exchange's `InvokeCommand`: one cmdlet a request, ten in a batch, pages followed to the end.
//!
//! Facts: the transport of the `ExchangeOnlineManagement` module. A page has at most 1,000 rows; the next one is had by
//! posting the same body to `@odata.nextLink`; a failure in the middle fails the whole read.

mod anchor;
mod batch;
mod envelope;
mod refusal;

use std::collections::HashSet;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use bytes::Bytes;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::connection::{Audience, Connection, HttpRequest, Reply, Safety};
use envelope::{Page, next_link};

/// The most rows of a page.
const PAGE: &str = "odata.maxpagesize=1000";
/// The most cmdlets of a batch that working clients send.
pub(crate) const BATCH: usize = 10;

/// One cmdlet to run.
#[derive(Clone)]
pub(crate) struct Invocation {
    pub(crate) cmdlet: String,
    pub(crate) parameters: Map<String, Value>,
    /// The properties that are asked for, separated by commas; empty for all.
    pub(crate) select: &'static str,
}

impl Invocation {
    pub(crate) fn new(cmdlet: &str) -> Self {
        Self { cmdlet: cmdlet.to_owned(), parameters: Map::new(), select: "" }
    }

    pub(crate) fn with(mut self, parameter: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(parameter.to_owned(), value.into());
        self
    }

    /// Without the limit of 1,000 objects that cmdlets have by default.
    pub(crate) fn unlimited(self) -> Self {
        self.with("ResultSize", "Unlimited")
    }

    pub(crate) const fn select(mut self, properties: &'static str) -> Self {
        self.select = properties;
        self
    }

    /// Whether it only reads.
    fn safety(&self) -> Safety {
        let reads = ["Get-", "Test-"].iter().any(|verb| self.cmdlet.starts_with(verb));
        if reads { Safety::Read } else { Safety::Write }
    }

    fn body(&self) -> Value {
        json!({ "CmdletInput": { "CmdletName": self.cmdlet, "Parameters": self.parameters } })
    }
}

/// The rows of one cmdlet.
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) warnings: Vec<String>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), warnings: Vec::new() }
    }
}

/// What a row must be able to do: be decoded on another thread while the next page is on its way.
pub(crate) trait Row: DeserializeOwned + Send + 'static {}
impl<T: DeserializeOwned + Send + 'static> Row for T {}

impl Connection {
    fn exchange_url(&self, tail: &str) -> String {
        format!("{}/adminapi/beta/{}/{tail}", self.endpoints.exchange, self.tenant)
    }

    fn invoke_url(&self, select: &str) -> String {
        let url = self.exchange_url("InvokeCommand");
        if select.is_empty() { url } else { format!("{url}?$select={select}") }
    }

    /// Runs one cmdlet and returns all its rows.
    pub(crate) async fn invoke<T: Row>(&self, invocation: &Invocation) -> Result<Rows<T>, Failure> {
        let body = Bytes::from(invocation.body().to_string());
        let reply = self.post_cmdlet(&self.invoke_url(invocation.select), invocation, body.clone()).await?;
        let first = reply.body;
        let link = next_link(&first);
        self.follow(invocation, body, first, link).await
    }

    /// The rows of a page and of all that follow. While a page is decoded the next one is fetched.
    async fn follow<T: Row>(
        &self,
        invocation: &Invocation,
        body: Bytes,
        mut page: Bytes,
        mut link: Option<String>,
    ) -> Result<Rows<T>, Failure> {
        let mut all = Rows::default();
        let mut seen = HashSet::new();
        while let Some(url) = link {
            self.check_link(&url)?;
            if !seen.insert(url.clone()) {
                return Err(unreadable_answer("the next page's link leads in a circle"));
            }
            let safety = invocation.safety();
            let decoding = tokio::task::spawn_blocking(move || decode::<T>(&page, safety));
            let fetching = self.post_cmdlet(&url, invocation, body.clone());
            let (decoded, reply) = futures::join!(decoding, fetching);
            let decoded = decoded.map_err(|_| unreadable_answer("a page could not be decoded"))??;
            let count = decoded.rows.len() + all.rows.len();
            self.progress.observed(&invocation.cmdlet, count as u64);
            append(&mut all, decoded);
            page = reply.map_err(in_the_middle)?.body;
            link = next_link(&page);
        }
        append(&mut all, decode(&page, invocation.safety())?);
        Ok(all)
    }

    /// A link is followed only to where the token belongs.
    fn check_link(&self, url: &str) -> Result<(), Failure> {
        if url.starts_with(&format!("{}/", self.endpoints.exchange)) {
            Ok(())
        } else {
            Err(unreadable_answer("the next page's link leads to another host"))
        }
    }

    async fn post_cmdlet(&self, url: &str, invocation: &Invocation, body: Bytes) -> Result<Reply, Failure> {
        let anchor = self.anchor().await;
        let request = HttpRequest {
            audience: Audience::Exchange,
            method: Method::POST,
            url,
            headers: &[
                ("X-AnchorMailbox", &anchor),
                ("Prefer", PAGE),
                ("X-CmdletName", &invocation.cmdlet),
                ("X-ResponseFormat", "json"),
            ],
            body: Some(body),
            safety: invocation.safety(),
            what: &invocation.cmdlet,
            refusal: refusal::of_reply,
        };
        let answered = self.send(request).await;
        answered.map_err(|failure| refusal::with_hint(failure, &invocation.cmdlet))
    }
}

/// A later page that is said not to exist says nothing about the object.
fn in_the_middle(mut failure: Failure) -> Failure {
    if failure.refusal == Refusal::NotFound {
        failure.refusal = Refusal::Transient;
    }
    failure.message = format!("a later page could not be read: {}", failure.message);
    failure
}

fn unreadable_answer(why: &str) -> Failure {
    Failure { refusal: Refusal::Other, message: why.to_owned(), request_id: None, hint: None }
}

/// The rows of a page. A cmdlet that only writes answers with nothing at all; a read that does so has said nothing
/// about the tenant, and least of all that there are no such objects.
fn decode<T: DeserializeOwned>(body: &[u8], safety: Safety) -> Result<Rows<T>, Failure> {
    let nothing = || match safety {
        Safety::Read => Err(unreadable_answer("the answer to a read is empty")),
        Safety::Write => Ok(Vec::new()),
    };
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Rows { rows: nothing()?, warnings: Vec::new() });
    }
    let page: Page<T> = serde_json::from_slice(body)
        .map_err(|error| unreadable_answer(&format!("the answer could not be understood: {error}")))?;
    Ok(Rows { rows: page.value.map_or_else(nothing, Ok)?, warnings: page.warnings.unwrap_or_default() })
}

fn append<T>(all: &mut Rows<T>, mut more: Rows<T>) {
    if all.rows.is_empty() {
        all.rows = more.rows;
    } else {
        all.rows.append(&mut more.rows);
    }
    all.warnings.append(&mut more.warnings);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_answer_to_a_read_is_never_nothing_there() {
        for blank in ["", " \r\n", "{}", r#"{"@odata.context":"x"}"#, r#"{"value":null}"#] {
            assert!(decode::<Value>(blank.as_bytes(), Safety::Read).is_err(), "{blank}");
            let written = decode::<Value>(blank.as_bytes(), Safety::Write).map(|rows| rows.rows);
            assert_eq!(written, Ok(Vec::new()), "{blank}");
        }
        let none = decode::<Value>(br#"{"value":[]}"#, Safety::Read).map(|rows| rows.rows);
        assert_eq!(none, Ok(Vec::new()));
    }
}
