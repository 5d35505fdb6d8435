//! Requests and answers as plain values, so that a batch can hold many of them.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// One request, alone or out of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Decoded path, without the query.
    pub(crate) path: String,
    /// Decoded pairs in their order.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// It came by https.
    pub(crate) is_secure: bool,
    /// How its collections are paged.
    pub(crate) paging: Paging,
}

/// Faults of paging, handed on to wherever collections are cut.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Paging {
    /// The first page holds one row.
    pub(crate) one_row_first: bool,
    /// Milliseconds for which a next link is good; left out: for ever.
    pub(crate) lifetime: Option<i64>,
    /// Now, where links have a lifetime.
    pub(crate) now: i64,
}

impl Paging {
    /// A skip token with the moment at which it runs out.
    pub(crate) fn dated(self, token: String) -> String {
        match self.lifetime {
            Some(lifetime) => format!("{token}~{}", self.now.saturating_add(lifetime)),
            None => token,
        }
    }

    /// The skip token without that moment, or nothing where it has passed.
    pub(crate) fn current(self, token: &str) -> Option<&str> {
        match token.split_once('~') {
            None => Some(token),
            Some((token, until)) => {
                until.parse::<i64>().is_ok_and(|until| self.now <= until).then_some(token)
            }
        }
    }
}

impl Request {
    pub(crate) fn new(method: Method, uri: &Uri, headers: HeaderMap, body: Bytes) -> Request {
        Request {
            method,
            path: decode(uri.path(), false),
            query: pairs(uri.query().unwrap_or_default()),
            headers,
            body,
            is_secure: false,
            paging: Paging::default(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// `http://127.0.0.1:8080`, as the caller sees us.
    pub(crate) fn base(&self) -> String {
        let scheme =
            self.header("x-forwarded-proto").unwrap_or(if self.is_secure { "https" } else { "http" });
        format!("{scheme}://{}", self.header("host").unwrap_or("localhost"))
    }

    /// The names in `$select`, or an empty list.
    pub(crate) fn select(&self) -> Vec<String> {
        let names = self.parameter("$select").unwrap_or_default();
        names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }
}

/// `a=1&b=2`, decoded.
pub(crate) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key, true), decode(value, true))
        })
        .collect()
}

/// Percent decoding; `plus` also turns `+` into a space, as in queries and forms.
fn decode(text: &str, plus: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        if let (b'%', [high, low, after @ ..]) = (first, tail)
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            bytes.push(high << 4 | low);
            rest = after;
        } else {
            bytes.push(if plus && *first == b'+' { b' ' } else { *first });
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Encodes what has a meaning in a query.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~,$()'".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 0xf] {
                out.extend(char::from_digit(u32::from(digit), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
    out
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// Nothing of it is sent: the connection breaks.
    pub(crate) is_cut: bool,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Reply {
        Reply::raw(status, body.to_string().into_bytes())
    }

    /// JSON that is already written.
    pub(crate) fn raw(status: u16, body: Vec<u8>) -> Reply {
        Reply {
            status,
            content_type: "application/json; odata.metadata=minimal; charset=utf-8",
            headers: Vec::new(),
            body,
            is_cut: false,
        }
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, content_type: "", headers: Vec::new(), body: Vec::new(), is_cut: false }
    }

    /// No answer at all. Where there is no connection to break, 503 stands for it.
    pub(crate) fn cut() -> Reply {
        Reply { is_cut: true, ..Reply::empty(503) }
    }

    /// The error shape of Graph, and of the token endpoint's neighbours.
    pub(crate) fn graph_error(status: u16, code: &str, message: &str) -> Reply {
        Reply::json(
            status,
            &json!({"error": {"code": code, "message": message, "innerError": {
                "date": "2026-11-02T08:00:00", "request-id": "00000000-0000-4000-8000-000000000000",
                "client-request-id": "00000000-0000-4000-8000-000000000000"}}}),
        )
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::builder().status(status);
        if !self.content_type.is_empty() {
            response = response.header(header::CONTENT_TYPE, self.content_type);
        }
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response
            .body(Body::from(self.body))
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}
