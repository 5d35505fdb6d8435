//! Microsoft Graph v1.0: single requests, batches of twenty, collections read to the end.
//!
//! Facts: page "Combine multiple HTTP requests using JSON batching": at most 20 requests, each with a status of its own.

use std::collections::HashSet;

use anteroom_model::operation::{Method, Refusal};
use anteroom_model::ports::Failure;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::batch_answer::Part;
use crate::connection::{Audience, Batch, Connection, HttpRequest, Reply, Safety, in_doubt};
use crate::endpoints::is_below;
use crate::{graph_path, rights};

/// The most requests of a batch.
const BATCH: u32 = 20;

/// One request below `/v1.0`.
#[derive(Clone)]
pub(crate) struct GraphRequest {
    pub(crate) method: Method,
    /// The path, starting with a slash, with its query.
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
}

impl GraphRequest {
    pub(crate) const fn get(path: String) -> Self {
        Self { method: Method::Get, path, body: None }
    }

    /// An answer of success that is none of Graph's, such as the page of a proxy: of a write it is not known what became
    /// of it.
    pub(crate) fn misunderstood(&self) -> Failure {
        let why = "the answer of success is not one of Microsoft Graph";
        let failure = Failure { refusal: Refusal::Transient, ..other(why) };
        with_hint(in_doubt(failure, self.safety()), self.method, &self.path)
    }

    const fn safety(&self) -> Safety {
        if matches!(self.method, Method::Get) { Safety::Read } else { Safety::Write }
    }
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Page<T> {
    value: Vec<T>,
    #[serde(default, rename = "@odata.nextLink")]
    next_link: Option<String>,
}

impl Connection {
    /// Every object of a collection.
    pub(crate) async fn graph_collection<T: DeserializeOwned>(
        &self,
        path: String,
    ) -> Result<Vec<T>, Failure> {
        let request = GraphRequest::get(path);
        let body = self.graph(&request).await?;
        self.graph_pages(&request, &body).await
    }

    /// The rows of a first page, and of those that follow. Links are good for minutes: where one is no longer, the read
    /// begins once more.
    pub(crate) async fn graph_pages<T: DeserializeOwned>(
        &self,
        request: &GraphRequest,
        first: &[u8],
    ) -> Result<Vec<T>, Failure> {
        match self.follow_pages(first).await {
            Err((failure, true)) => {
                tracing::debug!(path = request.path, why = failure.message, "a link is gone, reading again");
                let first = self.graph(request).await?;
                self.follow_pages(&first).await.map_err(|(failure, _)| failure)
            }
            read => read.map_err(|(failure, _)| failure),
        }
    }

    /// The rows of all pages; or why not, and whether that is because a link is no longer good.
    async fn follow_pages<T: DeserializeOwned>(&self, first: &[u8]) -> Result<Vec<T>, (Failure, bool)> {
        let other = |why: &str| (other(why), false);
        let misunderstood = |error: serde_json::Error| (misunderstood(&error), false);
        let mut page: Page<T> = serde_json::from_slice(first).map_err(misunderstood)?;
        let mut all = page.value;
        let mut seen = HashSet::new();
        while let Some(link) = page.next_link {
            if !seen.insert(link.clone()) {
                return Err(other("the next page's link leads in a circle"));
            }
            if !is_below(&self.endpoints.graph, &link) {
                return Err(other("the next page's link leads to another host"));
            }
            let request = GraphRequest::get(link);
            let reply = self.send_graph(&request.path, &request).await.map_err(|mut failure| {
                let gone = matches!(failure.refusal, Refusal::NotFound | Refusal::Invalid | Refusal::Other);
                if failure.refusal == Refusal::NotFound {
                    failure.refusal = Refusal::Transient;
                }
                (failure, gone)
            })?;
            page = serde_json::from_slice(&reply.body).map_err(misunderstood)?;
            all.append(&mut page.value);
        }
        Ok(all)
    }

    /// The body of one answer; empty where there is none.
    pub(crate) async fn graph(&self, request: &GraphRequest) -> Result<Bytes, Failure> {
        let url = format!("{}{}", self.endpoints.graph, request.path);
        Ok(self.send_graph(&url, request).await?.body)
    }

    async fn send_graph(&self, url: &str, request: &GraphRequest) -> Result<Reply, Failure> {
        if request.path.starts_with('/') {
            graph_path::check(&request.path, request.body.as_ref())?;
        }
        let http = HttpRequest {
            audience: Audience::Graph,
            method: match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Patch => reqwest::Method::PATCH,
                Method::Delete => reqwest::Method::DELETE,
            },
            url,
            headers: &[],
            body: request.body.as_ref().map(|body| Bytes::from(body.to_string())),
            safety: request.safety(),
            what: &request.path,
            refusal: of_reply,
        };
        let answered = self.send(http).await;
        answered.map_err(|failure| with_hint(failure, request.method, &request.path))
    }

    /// Sends requests that do not depend on each other: the bodies in the same order. One alone goes plain.
    pub(crate) async fn graph_all(&self, requests: &[GraphRequest]) -> Vec<Result<Bytes, Failure>> {
        if let [one] = requests {
            return vec![self.graph(one).await];
        }
        let checked = |one: &GraphRequest| graph_path::check(&one.path, one.body.as_ref());
        let checks: Vec<Result<(), Failure>> = requests.iter().map(checked).collect();
        let passed: Vec<&GraphRequest> =
            requests.iter().zip(&checks).filter(|(_, check)| check.is_ok()).map(|(one, _)| one).collect();
        let batch = Requests { url: format!("{}/$batch", self.endpoints.graph), requests: passed };
        let sent = if batch.requests.is_empty() { Vec::new() } else { self.send_batches(&batch).await };
        let mut sent = sent.into_iter();
        let unanswered = || Err(other("nothing was answered to this request"));
        let outcome = |(check, request): (Result<(), Failure>, &GraphRequest)| match check {
            Ok(()) => {
                let outcome = sent.next().unwrap_or_else(unanswered);
                outcome.map_err(|failure| with_hint(failure, request.method, &request.path))
            }
            Err(failure) => Err(failure),
        };
        checks.into_iter().zip(requests).map(outcome).collect()
    }
}

/// Requests that are sent together.
struct Requests<'a> {
    url: String,
    requests: Vec<&'a GraphRequest>,
}

impl Batch for Requests<'_> {
    type Done = Bytes;

    fn audience(&self) -> Audience {
        Audience::Graph
    }

    fn count(&self) -> usize {
        self.requests.len()
    }

    fn largest(&self) -> u32 {
        BATCH
    }

    fn safety(&self, index: usize) -> Safety {
        self.requests[index].safety()
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn headers(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }

    fn body(&self, which: &[usize]) -> Bytes {
        let part = |index: &usize| {
            let request = self.requests[*index];
            let mut part = Map::new();
            part.insert("id".to_owned(), json!(index.to_string()));
            part.insert("method".to_owned(), json!(request.method.as_str()));
            part.insert("url".to_owned(), json!(request.path));
            if let Some(body) = &request.body {
                part.insert("headers".to_owned(), json!({ "Content-Type": "application/json" }));
                part.insert("body".to_owned(), body.clone());
            }
            Value::Object(part)
        };
        let parts: Vec<Value> = which.iter().map(part).collect();
        Bytes::from(json!({ "requests": parts }).to_string())
    }

    fn refusal(&self) -> fn(&Reply) -> Option<Failure> {
        of_reply
    }

    fn sort(&self, _: usize, answer: &Part<'_>) -> Result<Bytes, Failure> {
        if answer.is_success() {
            return Ok(Bytes::copy_from_slice(answer.body()));
        }
        Err(of_answer(answer.status, answer.body(), answer.header("request-id")))
    }
}

fn other(why: &str) -> Failure {
    Failure { refusal: Refusal::Other, message: why.to_owned(), request_id: None, hint: None }
}

fn misunderstood(error: &serde_json::Error) -> Failure {
    other(&format!("the answer could not be understood: {error}"))
}

#[derive(Deserialize)]
struct Body {
    error: ErrorBody,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: String,
    message: String,
    innererror: Map<String, Value>,
    #[serde(rename = "innerError")]
    inner_error: Map<String, Value>,
}

fn of_reply(reply: &Reply) -> Option<Failure> {
    if (200..300).contains(&reply.status) {
        return None;
    }
    Some(of_answer(reply.status, &reply.body, reply.header("request-id")))
}

/// The failure that a refused answer tells.
fn of_answer(status: u16, body: &[u8], request_id: Option<&str>) -> Failure {
    let told = serde_json::from_slice::<Body>(body).ok().map(|body| body.error);
    let words = told.as_ref().map_or("", |error| error.message.as_str());
    let code = told.as_ref().map_or("", |error| error.code.as_str());
    let says = |text: &str| words.to_lowercase().contains(text);
    let refusal = match status {
        401 => Refusal::Unauthorized,
        403 => Refusal::Forbidden,
        429 => Refusal::Throttled,
        408 | 500..=599 => Refusal::Transient,
        // Without Graph's own words a 404 says only that some machine on the way knows no such address.
        404 if code.ends_with("NotFound") || says("does not exist") => Refusal::NotFound,
        400 | 409 if says("already exist") || says("conflicting object") => Refusal::AlreadyExists,
        400 | 409 | 422 => Refusal::Invalid,
        _ => Refusal::Other,
    };
    let message = match (words.is_empty(), code.is_empty()) {
        (false, _) => words.split_whitespace().collect::<Vec<_>>().join(" "),
        (true, false) => code.to_owned(),
        (true, true) => format!("Microsoft Graph refused the request (HTTP {status})"),
    };
    let inner = told.as_ref().and_then(|error| {
        let id = error.innererror.get("request-id").or_else(|| error.inner_error.get("request-id"))?;
        id.as_str().map(str::to_owned)
    });
    Failure { refusal, message, request_id: request_id.map(str::to_owned).or(inner), hint: None }
}

/// The failure with what to do about it.
fn with_hint(mut failure: Failure, method: Method, path: &str) -> Failure {
    if failure.hint.is_some() {
        return failure;
    }
    failure.hint = match failure.refusal {
        Refusal::Forbidden => Some(match rights::of_graph(method, path) {
            Some(right) => format!(
                "the caller needs the Microsoft Graph permission {}, with admin consent, to {}",
                right.in_words(),
                right.to
            ),
            None => "the caller lacks a Microsoft Graph permission for this request".to_owned(),
        }),
        Refusal::Unauthorized => {
            Some("check the credentials, and that the token is for Microsoft Graph".to_owned())
        }
        Refusal::Throttled | Refusal::Transient => Some("try again later".to_owned()),
        _ => None,
    };
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, code: &str, message: &str) -> Refusal {
        let body =
            json!({ "error": { "code": code, "message": message, "innerError": { "request-id": "r" } } });
        of_answer(status, body.to_string().as_bytes(), None).refusal
    }

    #[test]
    fn refusals_are_told_apart() {
        assert_eq!(
            refusal(404, "Request_ResourceNotFound", "Resource 'x' does not exist or …"),
            Refusal::NotFound
        );
        assert_eq!(
            refusal(400, "Request_BadRequest", "Permission being assigned already exists on the object"),
            Refusal::AlreadyExists
        );
        assert_eq!(
            refusal(400, "Request_BadRequest", "Invalid value specified for property 'x'"),
            Refusal::Invalid
        );
        assert_eq!(refusal(429, "TooManyRequests", ""), Refusal::Throttled);
        assert_eq!(of_answer(404, b"<html>", None).refusal, Refusal::Other);
        assert_eq!(of_answer(503, b"", None).refusal, Refusal::Transient);
    }

    #[test]
    fn a_forbidden_caller_hears_which_permission_is_missing() {
        let failure = of_answer(
            403,
            br#"{"error":{"code":"Authorization_RequestDenied","message":"No."}}"#,
            Some("id"),
        );
        let read = with_hint(failure.clone(), Method::Get, "/users/a@b.c").hint.expect("a hint");
        assert!(read.contains("permission User.Read.All (User.ReadWrite.All, Directory"), "{read}");
        let write = with_hint(failure.clone(), Method::Patch, "/users/a@b.c").hint.expect("a hint");
        assert!(
            write.contains("permission User.ReadWrite.All (Directory.ReadWrite.All includes it)"),
            "{write}"
        );
        assert_eq!(failure.request_id.as_deref(), Some("id"));
    }
}
