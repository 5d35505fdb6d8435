//! Exchange's `InvokeCommand`: one cmdlet a request, ten in a batch, pages followed to the end.
//!
//! Facts: the transport of the `ExchangeOnlineManagement` module. A page has at most 1,000 rows; the next one is had by
//! posting the same body to `@odata.nextLink`; a failure in the middle fails the whole read.

mod about;
mod admin;
mod anchor;
mod batch;
mod envelope;
mod outgoing;
mod refusal;

use std::collections::HashSet;

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use bytes::Bytes;
use futures::future::join_all;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::connection::{Audience, Connection, HttpRequest, Reply, Safety};
use crate::endpoints::is_below;
use envelope::next_link;

pub(crate) use admin::Admin;
pub use admin::ExchangeApi;
pub(crate) use envelope::Rows;

/// The most rows of a page.
const PAGE: &str = "odata.maxpagesize=1000";
/// The most cmdlets of a batch that working clients send.
const BATCH: u32 = 10;

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
        let parameters = outgoing::in_form(&self.parameters);
        json!({ "CmdletInput": { "CmdletName": self.cmdlet, "Parameters": parameters } })
    }

    /// What its answer is held against.
    fn expects(&self) -> Expects {
        let about = about::asked(&self.cmdlet, &self.parameters).map(str::to_owned);
        Expects { safety: self.safety(), about }
    }
}

/// What an answer is held against.
#[derive(Clone)]
struct Expects {
    safety: Safety,
    /// The identity that every row must be about.
    about: Option<String>,
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

    /// Runs one cmdlet and returns all its rows. What names no object is not sent.
    pub(crate) async fn invoke<T: Row>(&self, invocation: &Invocation) -> Result<Rows<T>, Failure> {
        outgoing::check(&invocation.cmdlet, &invocation.parameters)?;
        if let Some(endpoint) = self.admin.endpoint(invocation)
            && let Some(outcome) = self.ask_endpoint(endpoint, invocation).await
        {
            return outcome;
        }
        self.invoke_command(invocation).await
    }

    /// The same through `InvokeCommand`, whatever was chosen.
    pub(crate) async fn invoke_command<T: Row>(&self, invocation: &Invocation) -> Result<Rows<T>, Failure> {
        outgoing::check(&invocation.cmdlet, &invocation.parameters)?;
        self.run(&self.invoke_url(invocation.select), invocation).await
    }

    /// Asks an endpoint of the Admin API. There is no outcome where `InvokeCommand` is to be asked instead.
    async fn ask_endpoint<T: Row>(
        &self,
        endpoint: &admin::Endpoint,
        invocation: &Invocation,
    ) -> Option<Result<Rows<T>, Failure>> {
        let mut url = format!("{}/adminapi/v2.0/{}/{}", self.endpoints.exchange, self.tenant, endpoint.name);
        // A property that may not be there is not asked for by name: the whole object shows whether it is.
        if !endpoint.may_lack_something() && !invocation.select.is_empty() {
            url = format!("{url}?$select={}", invocation.select);
        }
        let outcome = self.run::<Map<String, Value>>(&url, invocation).await;
        match outcome {
            Ok(rows) if endpoint.suffices(&rows) => Some(rows.decoded(invocation.safety())),
            Ok(_) => {
                tracing::debug!(cmdlet = invocation.cmdlet, "the Admin API does not tell enough");
                None
            }
            Err(failure) if self.admin.falls_back(&failure) => None,
            Err(failure) => Some(Err(admin::with_hint(failure))),
        }
    }

    /// Posts a cmdlet to an address, and follows its pages.
    async fn run<T: Row>(&self, url: &str, invocation: &Invocation) -> Result<Rows<T>, Failure> {
        let body = Bytes::from(invocation.body().to_string());
        let reply = self.post_cmdlet(url, invocation, body.clone()).await?;
        let link = next_link(&reply.body);
        let warnings = envelope::header_warnings(reply.header("x-warnings"));
        let mut rows = self.whole(url, invocation, reply.body, link).await?;
        rows.warn(warnings);
        Ok(rows)
    }

    /// Runs cmdlets that do not depend on each other: outcomes in the same order. What names no object is not sent. The
    /// Admin API has no batches: what goes there goes one by one.
    pub(crate) async fn invoke_all<T: Row>(
        &self,
        invocations: &[Invocation],
    ) -> Vec<Result<Rows<T>, Failure>> {
        let goes_alone = |one: &Invocation| {
            self.admin.endpoint(one).is_some() || outgoing::check(&one.cmdlet, &one.parameters).is_err()
        };
        let alone: Vec<bool> = invocations.iter().map(goes_alone).collect();
        if !alone.contains(&true) {
            return self.invoke_in_batches(invocations).await;
        }
        let of = |sort: bool| -> Vec<Invocation> {
            let those = invocations.iter().zip(&alone).filter(|(_, alone)| **alone == sort);
            those.map(|(invocation, _)| invocation.clone()).collect()
        };
        let (single, together) = (of(true), of(false));
        let single = join_all(single.iter().map(|one| self.invoke(one)));
        let (single, together) = futures::join!(single, self.invoke_in_batches(&together));
        let (mut single, mut together) = (single.into_iter(), together.into_iter());
        let unanswered = || Err(unreadable_answer("nothing was answered to this call"));
        let outcome = |alone: bool| if alone { single.next() } else { together.next() };
        alone.into_iter().map(outcome).map(|outcome| outcome.unwrap_or_else(unanswered)).collect()
    }

    /// The rows of a page and of all that follow. Links are good for minutes: where one is no longer, the read begins
    /// once more.
    async fn whole<T: Row>(
        &self,
        url: &str,
        invocation: &Invocation,
        first: Bytes,
        link: Option<String>,
    ) -> Result<Rows<T>, Failure> {
        let body = Bytes::from(invocation.body().to_string());
        let (cause, failure) = match self.follow(invocation, body.clone(), first, link).await {
            Ok(rows) => return Ok(rows),
            Err(Broken { cause, failure }) => (cause, failure),
        };
        let gone = matches!(cause, Some(Refusal::NotFound | Refusal::Invalid | Refusal::Other));
        if !gone || invocation.safety() == Safety::Write {
            return Err(failure);
        }
        tracing::debug!(cmdlet = invocation.cmdlet, why = failure.message, "a link is gone, reading again");
        let first = self.post_cmdlet(url, invocation, body.clone()).await?.body;
        let link = next_link(&first);
        self.follow(invocation, body, first, link).await.map_err(|broken| broken.failure)
    }

    /// The rows of a page and of all that follow. While a page is decoded the next one is fetched.
    async fn follow<T: Row>(
        &self,
        invocation: &Invocation,
        body: Bytes,
        mut page: Bytes,
        mut link: Option<String>,
    ) -> Result<Rows<T>, Broken> {
        let mut all = Rows::default();
        let mut seen = HashSet::new();
        let alone = link.is_none();
        while let Some(url) = link {
            self.check_link(&url)?;
            if !seen.insert(url.clone()) {
                return Err(unreadable_answer("the next page's link leads in a circle").into());
            }
            let expects = invocation.expects();
            let decoding = tokio::task::spawn_blocking(move || envelope::decode::<T>(&page, &expects));
            let fetching = self.post_cmdlet(&url, invocation, body.clone());
            let (decoded, reply) = futures::join!(decoding, fetching);
            let decoded = decoded.map_err(|_| unreadable_answer("a page could not be decoded"))??;
            let count = decoded.rows.len() + all.rows.len();
            self.progress.observed(&invocation.cmdlet, count as u64);
            all.append(decoded);
            let reply = reply.map_err(Broken::in_the_middle)?;
            all.warn(envelope::header_warnings(reply.header("x-warnings")));
            page = reply.body;
            link = next_link(&page);
        }
        all.append(envelope::decode(&page, &invocation.expects())?);
        if alone {
            envelope::is_whole(&all, invocation.safety())?;
        }
        if !all.others.is_empty() {
            tracing::debug!(
                cmdlet = invocation.cmdlet,
                others = all.others.len(),
                "the answer is about other objects"
            );
        }
        Ok(all)
    }

    /// A link is followed only to where the token belongs.
    fn check_link(&self, url: &str) -> Result<(), Failure> {
        if is_below(&self.endpoints.exchange, url) {
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

/// Why not all pages could be read.
struct Broken {
    failure: Failure,
    /// How the service refused a later page.
    cause: Option<Refusal>,
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self { failure, cause: None }
    }
}

impl Broken {
    /// A later page that is said not to exist says nothing about the object.
    fn in_the_middle(mut failure: Failure) -> Self {
        let cause = Some(failure.refusal);
        if failure.refusal == Refusal::NotFound {
            failure.refusal = Refusal::Transient;
        }
        failure.message = format!("a later page could not be read: {}", failure.message);
        Self { failure, cause }
    }
}

fn unreadable_answer(why: &str) -> Failure {
    Failure { refusal: Refusal::Other, message: why.to_owned(), request_id: None, hint: None }
}
