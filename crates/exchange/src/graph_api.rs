//! Microsoft Graph v1.0: single requests, batches of twenty, collections read to the end.
//!
//! Facts: page "Combine multiple HTTP requests using JSON batching": at most 20 requests, each with a status of its own.

use std::collections::HashSet;
use std::time::Duration;

use anteroom_model::operation::{Method, Refusal};
use anteroom_model::ports::Failure;
use bytes::Bytes;
use futures::future::join_all;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::batch_answer;
use crate::connection::{Audience, Connection, HttpRequest, Patience, Reply, Safety, in_doubt};
use crate::endpoints::is_below;
use crate::{graph_path, rights};

/// The most requests of a batch.
pub(crate) const BATCH: usize = 20;

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
        let failure = cut_short("the answer of success is not one of Microsoft Graph");
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
        let body = self.graph(&GraphRequest::get(path)).await?;
        self.graph_pages(&body).await
    }

    /// The rows of a first page, and of those that follow.
    pub(crate) async fn graph_pages<T: DeserializeOwned>(&self, first: &[u8]) -> Result<Vec<T>, Failure> {
        let mut page: Page<T> = serde_json::from_slice(first).map_err(|error| misunderstood(&error))?;
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
                if failure.refusal == Refusal::NotFound {
                    failure.refusal = Refusal::Transient;
                }
                failure
            })?;
            page = serde_json::from_slice(&reply.body).map_err(|error| misunderstood(&error))?;
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
        let batches = requests.chunks(BATCH).map(|chunk| self.graph_batch(chunk));
        join_all(batches).await.into_iter().flatten().collect()
    }

    async fn graph_batch(&self, requests: &[GraphRequest]) -> Vec<Result<Bytes, Failure>> {
        let mut outcomes: Vec<Option<Result<Bytes, Failure>>> = requests.iter().map(|_| None).collect();
        for (request, outcome) in requests.iter().zip(&mut outcomes) {
            let checked = graph_path::check(&request.path, request.body.as_ref());
            *outcome = checked.err().map(Err);
        }
        let mut waiting: Vec<usize> =
            (0..requests.len()).filter(|index| outcomes[*index].is_none()).collect();
        let mut delays = self.patience.delays();
        while !waiting.is_empty() {
            let answers = self.graph_batch_once(requests, &waiting).await;
            let mut again = Vec::new();
            let mut asked = None;
            let mut why = String::new();
            for (index, (outcome, after)) in waiting.drain(..).zip(answers) {
                if let Err(failure) = &outcome
                    && may_try_again(failure, requests[index].safety())
                {
                    asked = asked.max(after);
                    why.clone_from(&failure.message);
                    again.push(index);
                }
                outcomes[index] = Some(outcome);
            }
            let next = if again.is_empty() { None } else { delays.next() };
            let Some(delay) = next else { break };
            self.wait(&why, Patience::at_least(delay, asked)).await;
            waiting = again;
        }
        outcomes
            .into_iter()
            .zip(requests)
            .map(|(outcome, request)| {
                let outcome = outcome
                    .unwrap_or_else(|| Err(other("the batch's answer says nothing about this request")));
                outcome.map_err(|failure| with_hint(failure, request.method, &request.path))
            })
            .collect()
    }

    async fn graph_batch_once(
        &self,
        requests: &[GraphRequest],
        which: &[usize],
    ) -> Vec<(Result<Bytes, Failure>, Option<Duration>)> {
        let parts: Vec<Value> = which
            .iter()
            .map(|index| {
                let request = &requests[*index];
                let mut part = Map::new();
                part.insert("id".to_owned(), json!(index.to_string()));
                part.insert("method".to_owned(), json!(request.method.as_str()));
                part.insert("url".to_owned(), json!(request.path));
                if let Some(body) = &request.body {
                    part.insert("headers".to_owned(), json!({ "Content-Type": "application/json" }));
                    part.insert("body".to_owned(), body.clone());
                }
                Value::Object(part)
            })
            .collect();
        let reads = which.iter().all(|index| requests[*index].safety() == Safety::Read);
        let http = HttpRequest {
            audience: Audience::Graph,
            method: reqwest::Method::POST,
            url: &format!("{}/$batch", self.endpoints.graph),
            headers: &[],
            body: Some(Bytes::from(json!({ "requests": parts }).to_string())),
            safety: if reads { Safety::Read } else { Safety::Write },
            what: "$batch",
            refusal: of_reply,
        };
        let failed = |failure: Failure| {
            let each = which.iter().map(|index| in_doubt(failure.clone(), requests[*index].safety()));
            each.map(|failure| (Err(failure), None)).collect()
        };
        let reply = match self.send(http).await {
            Ok(reply) => reply,
            Err(failure) => return failed(failure),
        };
        let Ok(parts) = batch_answer::parts(&reply.body) else {
            return failed(cut_short("the batch's answer could not be understood"));
        };
        which
            .iter()
            .map(|index| {
                let Some(part) = parts.get(index.to_string().as_str()) else {
                    let failure = cut_short("the batch's answer says nothing about this request");
                    return (Err(in_doubt(failure, requests[*index].safety())), None);
                };
                if part.is_success() {
                    return (Ok(Bytes::copy_from_slice(part.body())), None);
                }
                let failure = of_answer(part.status, part.body(), part.header("request-id"));
                (Err(in_doubt(failure, requests[*index].safety())), part.retry_after())
            })
            .collect()
    }
}

const fn may_try_again(failure: &Failure, safety: Safety) -> bool {
    match failure.refusal {
        Refusal::Throttled => true,
        Refusal::Transient => matches!(safety, Safety::Read),
        _ => false,
    }
}

fn other(why: &str) -> Failure {
    Failure { refusal: Refusal::Other, message: why.to_owned(), request_id: None, hint: None }
}

/// An answer that is not whole: of a read the same may be asked again, of a write it is not known what became of it.
fn cut_short(why: &str) -> Failure {
    Failure { refusal: Refusal::Transient, ..other(why) }
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
