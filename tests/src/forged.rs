//! Answers that a test changes on their way back: what a tenant is known to say and the simulated one does not.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use serde_json::Value as Json;

/// One call that was answered, alone or as a part of a batch.
#[derive(Debug)]
pub struct Asked {
    /// The cmdlet; for Graph the method and the path below `/v1.0`, such as `GET /users`, without the query.
    pub name: String,
    /// The cmdlet's parameters; for Graph the request's body.
    pub input: Json,
    /// What stands behind the path.
    pub query: String,
}

/// The answer to it, to be changed.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; `null` where there is none.
    pub body: Json,
}

/// Changes answers. It is told every call, and leaves alone the answers that it has no business with.
pub type Forger = dyn Fn(&Asked, &mut Answer) + Send + Sync;

#[derive(Clone)]
struct Proxy {
    target: String,
    client: reqwest::Client,
    forger: Arc<Forger>,
}

/// Serves in front of the tenant at `target` until the runtime ends; returns the address to ask in its place.
pub(crate) async fn serve(target: String, forger: Arc<Forger>) -> std::io::Result<String> {
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let router = axum::Router::new()
        .fallback(pass)
        .layer(DefaultBodyLimit::max(64 << 20))
        .with_state(Proxy { target, client: reqwest::Client::new(), forger });
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}

async fn pass(State(proxy): State<Proxy>, request: Request) -> Response<axum::body::Body> {
    let (parts, body) = request.into_parts();
    let Ok(sent) = axum::body::to_bytes(body, 64 << 20).await else {
        return broken("the request is too large");
    };
    let path = parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str).to_owned();
    let mut onward = proxy.client.request(parts.method.clone(), format!("{}{path}", proxy.target));
    for (name, value) in &parts.headers {
        if ![header::CONTENT_LENGTH, header::CONNECTION].contains(name) {
            // The host stays the one that was asked, so that links lead back here.
            onward = onward.header(name, value);
        }
    }
    let answer = match onward.body(sent.clone()).send().await {
        Ok(answer) => answer,
        Err(error) => return broken(&error.to_string()),
    };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let Ok(body) = answer.bytes().await else { return broken("the answer broke off") };
    let (status, body) = changed(&proxy, parts.method.as_str(), &path, &sent, (status.as_u16(), body));
    reply(status, &headers, body)
}

fn broken(why: &str) -> Response<axum::body::Body> {
    reply(502, &HeaderMap::new(), Bytes::from(why.to_owned()))
}

fn reply(status: u16, headers: &HeaderMap, body: Bytes) -> Response<axum::body::Body> {
    let mut reply = Response::new(axum::body::Body::from(body));
    *reply.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in headers {
        if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(name) {
            reply.headers_mut().append(name.clone(), value.clone());
        }
    }
    reply
}

fn changed(
    proxy: &Proxy,
    method: &str,
    path: &str,
    sent: &Bytes,
    (status, body): (u16, Bytes),
) -> (u16, Bytes) {
    let sent: Json = serde_json::from_slice(sent).unwrap_or_default();
    let read: Json = serde_json::from_slice(&body).unwrap_or_default();
    let mut answer = Answer { status, body: read.clone() };
    let (plain, query) = path.split_once('?').unwrap_or((path, ""));
    if plain.ends_with("/$batch") {
        for part in sent["requests"].as_array().into_iter().flatten() {
            let url = part["url"].as_str().unwrap_or_default();
            let asked = asked(part["method"].as_str().unwrap_or_default(), url, &part["body"]);
            let answers = answer.body["responses"].as_array_mut();
            if let Some(own) = answers.into_iter().flatten().find(|own| own["id"] == part["id"]) {
                let status = own["status"].as_u64().and_then(|status| u16::try_from(status).ok());
                let mut one = Answer { status: status.unwrap_or(200), body: own["body"].take() };
                (proxy.forger)(&asked, &mut one);
                own["status"] = one.status.into();
                own["body"] = one.body;
            }
        }
    } else {
        let mut asked = asked(method, plain, &sent);
        query.clone_into(&mut asked.query);
        (proxy.forger)(&asked, &mut answer);
    }
    if answer.status == status && answer.body == read {
        return (status, body);
    }
    let text = if answer.body.is_null() { String::new() } else { answer.body.to_string() };
    (answer.status, Bytes::from(text))
}

fn asked(method: &str, url: &str, body: &Json) -> Asked {
    if let Some(cmdlet) = body["CmdletInput"]["CmdletName"].as_str() {
        let input = body["CmdletInput"]["Parameters"].clone();
        return Asked { name: cmdlet.to_owned(), input, query: String::new() };
    }
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = path.strip_prefix("/v1.0").unwrap_or(path);
    Asked { name: format!("{method} {path}"), input: body.clone(), query: query.to_owned() }
}
