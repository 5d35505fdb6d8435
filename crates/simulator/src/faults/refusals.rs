//! The answers of a service that has a bad moment.

use super::chance::Attempt;
use super::limit::{RateLimit, Service, Taken};
use crate::clock::timestamp_milliseconds;
use crate::error::CmdletError;
use crate::exchange_http;
use crate::http::Reply;
use serde_json::json;

/// A failure by its status.
pub(crate) fn failed(status: u16, retry_after: Option<u32>) -> Reply {
    let (code, message) = match status {
        429 => ("TooManyRequests", "Too many requests have been sent. Please try again later."),
        403 => ("Forbidden", "Access is denied."),
        400..500 => ("BadRequest", "The request could not be processed."),
        500 => ("InternalServerError", "An internal server error occurred. The operation failed."),
        502 => ("BadGateway", "The server received an invalid response from an upstream server."),
        504 => ("GatewayTimeout", "The operation timed out."),
        _ => ("ServiceUnavailable", "The service is temporarily unavailable. Please try again later."),
    };
    let reply = Reply::json(status, &json!({"error": {"code": code, "message": message}}));
    match retry_after {
        Some(seconds) => reply.with("retry-after", seconds.to_string()),
        None => reply,
    }
}

/// A share of 429: every other one says when to come again.
pub(crate) fn throttled(attempt: Attempt, seconds: u32) -> Reply {
    failed(429, attempt.number("retry-after").is_multiple_of(2).then_some(seconds))
}

/// A failure before anything was done.
pub(crate) fn error(attempt: Attempt, service: Service, whole: bool) -> Reply {
    match attempt.number("kind") % 6 {
        0 => failed(500, None),
        1 => failed(502, None),
        2 => failed(503, attempt.number("retry-after").is_multiple_of(2).then_some(1)),
        3 => failed(504, None),
        // Some exceptions that pass arrive as 400 from Exchange: only their type tells.
        4 if service == Service::Exchange => {
            exchange_http::refused(&CmdletError::passing(attempt.number("type")))
        }
        _ if whole => Reply::cut(),
        _ => failed(503, None),
    }
}

/// What arrives in place of the answer to something that was done.
pub(crate) fn lost(attempt: Attempt, whole: bool) -> Reply {
    match attempt.number("lost kind") % 3 {
        0 if whole => Reply::cut(),
        1 => failed(504, None),
        _ => failed(503, None),
    }
}

/// Over the limit.
pub(crate) fn limited(taken: Taken) -> Reply {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    let seconds = (taken.wait / 1_000.0).ceil().max(1.0) as u32;
    failed(429, Some(seconds))
}

/// What the service tells of its limit: Exchange how much is left, Graph how much of it is used, from 0.8 on.
pub(crate) fn headers(
    service: Service,
    limit: &RateLimit,
    taken: Taken,
    now: i64,
) -> Vec<(&'static str, String)> {
    let used = 1.0 - taken.left / limit.burst();
    #[allow(clippy::cast_possible_truncation, reason = "the conversion saturates")]
    let whole = |number: f64| (number.floor() as i64).to_string();
    match service {
        Service::Exchange => vec![
            ("rate-limit-limit", whole(limit.burst())),
            ("rate-limit-remaining", whole(taken.left)),
            (
                "rate-limit-reset",
                timestamp_milliseconds(now + crate::time::milliseconds(taken.full / 1_000.0)),
            ),
        ],
        Service::Graph if !taken.allowed || used >= 0.8 => {
            let shown = if taken.allowed { used.min(1.0) } else { 1.0 };
            vec![("x-ms-throttle-limit-percentage", format!("{shown:.2}"))]
        }
        _ => Vec::new(),
    }
}
