//! Collections: `$filter`, `$select`, `$top` and next links.

use super::filter::Filter;
use crate::http::{Reply, Request, encode};
use serde_json::{Map, Value, json};

/// Keeps the properties that `$select` names.
pub(super) fn select(row: Value, names: &[String]) -> Value {
    match row {
        Value::Object(row) if !names.is_empty() => {
            let keep =
                |key: &String| key.contains('@') || names.iter().any(|name| name.eq_ignore_ascii_case(key));
            Value::Object(row.into_iter().filter(|(key, _)| keep(key)).collect::<Map<_, _>>())
        }
        row => row,
    }
}

/// `$top`, checked; the largest page is the default.
pub(super) fn top(request: &Request, default: usize, most: usize) -> Result<usize, Reply> {
    let token = request.parameter("$skiptoken");
    if token.is_some_and(|token| request.paging.current(token).is_none()) {
        return Err(Reply::graph_error(
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired and can no longer be included in your request.",
        ));
    }
    if token.is_none() && request.paging.one_row_first {
        return Ok(1);
    }
    match request.parameter("$top") {
        None => Ok(default),
        Some(text) => {
            text.parse::<usize>().ok().filter(|number| (1..=most).contains(number)).ok_or_else(|| {
                super::bad(&format!(
                    "Invalid page size specified: '{text}'. Must be between 1 and {most} inclusive."
                ))
            })
        }
    }
}

/// `$filter`, checked: of a resource, only some properties can be filtered.
pub(super) fn filter(
    request: &Request,
    resource: &str,
    filterable: &[&str],
) -> Result<Option<Filter>, Reply> {
    let filter = match request.parameter("$filter").map(Filter::parse) {
        None => return Ok(None),
        Some(Ok(filter)) => filter,
        Some(Err(why)) => {
            return Err(Reply::graph_error(400, "BadRequest", &format!("Invalid filter clause: {why}")));
        }
    };
    match filter.properties().iter().find(|name| !filterable.contains(name)) {
        None => Ok(Some(filter)),
        Some(name) => {
            let text = format!(
                "Unsupported or invalid query filter clause specified for property '{name}' of resource '{resource}'."
            );
            Err(Reply::graph_error(400, "Request_UnsupportedQuery", &text))
        }
    }
}

/// Whether counts are given: page "Advanced query capabilities on Microsoft Entra ID objects".
fn counts(request: &Request) -> bool {
    request.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

/// Whether a collection is to say how many rows it has in all; only its first page does.
pub(super) fn wants_count(request: &Request) -> bool {
    let asked = request.parameter("$count").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    asked && counts(request) && start(request) == 0
}

/// `GET …/$count`: the number, and nothing else.
pub(super) fn count(request: &Request, rows: usize) -> Reply {
    if !counts(request) {
        return super::bad("$count is not currently supported.");
    }
    let mut reply = Reply::raw(200, rows.to_string().into_bytes());
    reply.content_type = "text/plain";
    reply
}

/// Where to begin, as an earlier next link said.
pub(super) fn start(request: &Request) -> usize {
    let token = request.parameter("$skiptoken").and_then(|token| request.paging.current(token));
    token.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A collection of rows that are all at hand.
pub(super) fn page(request: &Request, name: &str, rows: Vec<Value>, size: usize) -> Reply {
    let total = wants_count(request).then_some(rows.len());
    let start = start(request);
    let more = rows.len() > start.saturating_add(size);
    let select_names = request.select();
    let rows: Vec<Value> =
        rows.into_iter().skip(start).take(size).map(|row| select(row, &select_names)).collect();
    collection(request, name, rows, more.then(|| start + size), total)
}

/// A collection with its context and, where there is more, its next link; `total` where it was asked for.
pub(super) fn collection(
    request: &Request,
    name: &str,
    rows: Vec<Value>,
    next: Option<usize>,
    total: Option<usize>,
) -> Reply {
    let base = request.base();
    let mut body = json!({"@odata.context": format!("{base}/v1.0/$metadata#{name}")});
    if let Some(next) = next {
        let mut link = format!("{base}{}?", request.path);
        for (key, value) in request.query.iter().filter(|(key, _)| key != "$skiptoken") {
            link.extend([encode(key).as_str(), "=", encode(value).as_str(), "&"]);
        }
        link.extend(["$skiptoken=", encode(&request.paging.dated(next.to_string())).as_str()]);
        body["@odata.nextLink"] = Value::from(link);
    }
    if let Some(total) = total {
        body["@odata.count"] = Value::from(total);
    }
    body["value"] = Value::Array(rows);
    Reply::json(200, &body)
}

/// One object with its context.
pub(super) fn entity(request: &Request, status: u16, name: &str, row: Value) -> Reply {
    let mut body = json!({"@odata.context": format!("{}/v1.0/$metadata#{name}/$entity", request.base())});
    if let (Value::Object(body), Value::Object(row)) = (&mut body, select(row, &request.select())) {
        body.extend(row);
    }
    Reply::json(status, &body)
}
