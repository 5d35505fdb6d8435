//! `InvokeCommand` and its batch: headers, paging and shapes.

use crate::admin_api::{self, Endpoint};
use crate::cmdlets::{Answer, Caller, Window, canonical_name};
use crate::error::CmdletError;
use crate::faults::{Asked, Running, Service, meaning, settled};
use crate::guid::Guid;
use crate::http::{Paging, Reply, Request, encode};
use crate::noise;
use crate::rendering::write_string;
use crate::simulator::Simulator;
use crate::time::milliseconds;
use crate::token::{self, Audience};
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde_json::{Map, Value, json};

/// Rows at most on one page, whatever `Prefer` says.
const LARGEST_PAGE: usize = 1_000;
/// Parts at most in one batch.
const LARGEST_BATCH: usize = 10;

/// Everything under `/adminapi/{version}/{name}`.
pub(crate) fn answer(
    simulator: &Simulator,
    request: &Request,
    version: &str,
    name: &str,
    rest: &[&str],
) -> Reply {
    let running = simulator.running();
    if let Err(why) = authorise(simulator, &running, request, version) {
        return why;
    }
    if !simulator.read().is_called(name) {
        return Reply::empty(403).with(
            "x-ms-diagnostics",
            format!("2000008;reason=\"The tenant '{name}' doesn't match the token.\""),
        );
    }
    match (version, rest) {
        ("beta", ["InvokeCommand"]) if request.method == Method::POST => {
            invoke(simulator, &running, request, Way::ALONE)
        }
        ("beta", ["$batch"]) if request.method == Method::POST => {
            let asked = Asked::batch(Service::Exchange, &request.path);
            let fate = simulator.fate(&running, asked, || meaning(&[&settled(&request.body)]));
            fate.answer(|| batch(simulator, &running, request, name))
        }
        ("v2.0", [name]) if request.method == Method::POST && admin_api::find(name).is_some() => {
            invoke(simulator, &running, request, Way { endpoint: admin_api::find(name), ..Way::ALONE })
        }
        ("v2.0", [name]) if admin_api::find(name).is_some() => Reply::empty(405).with("allow", "POST"),
        (_, ["InvokeCommand" | "$batch"]) => Reply::empty(405).with("allow", "POST"),
        _ => error(404, "NotFound", "Resource not found for the segment."),
    }
}

fn authorise(
    simulator: &Simulator,
    running: &Running,
    request: &Request,
    version: &str,
) -> Result<(), Reply> {
    let refused = |why: &str| {
        Reply::empty(401)
            .with(
                "www-authenticate",
                format!(
                    "Bearer client_id=\"{}\", trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", \
                     token_types=\"app_asserted_user_v1 service_asserted_app_v1\", error=\"invalid_token\"",
                    crate::entra::EXCHANGE_APP
                ),
            )
            .with("x-ms-diagnostics", format!("2000003;reason=\"{why}.\";error_category=\"invalid_token\""))
    };
    let faults = &running.faults;
    let bearer =
        token::bearer(&simulator.read(), request, Audience::Exchange, simulator.now()).map_err(refused)?;
    // Neither takes the other's.
    let needed = if version == "v2.0" { admin_api::PERMISSION } else { "Exchange.ManageAsApp" };
    if faults.lacks(needed) || !bearer.roles.iter().any(|role| role == needed) {
        return Err(refused(&format!("The token doesn't contain the role {needed}")));
    }
    if faults.lacks(token::EXCHANGE_ADMINISTRATOR) || !bearer.is_exchange_administrator {
        return Err(forbidden("The role assigned to application isn't supported in this scenario."));
    }
    tracing::trace!(app = bearer.app_id, "token accepted");
    Ok(())
}

fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"error": {"code": code, "message": message}}))
}

/// How a command came.
#[derive(Clone, Copy)]
struct Way {
    /// By a request of its own, not as a part of a batch.
    whole: bool,
    /// By an endpoint of the Admin API v2.0.
    endpoint: Option<&'static Endpoint>,
}

impl Way {
    const ALONE: Way = Way { whole: true, endpoint: None };
}

/// One command, alone or out of a batch. The token has been checked.
fn invoke(simulator: &Simulator, running: &Running, request: &Request, way: Way) -> Reply {
    let json = request.header("content-type").is_some_and(|kind| kind.starts_with("application/json"));
    if !json {
        return error(
            415,
            "UnsupportedMediaType",
            "The request entity's media type is not supported: use application/json.",
        );
    }
    let body: Value = match serde_json::from_slice(&request.body) {
        Ok(body) => body,
        Err(why) => return error(400, "BadRequest", &format!("The request body is not valid JSON: {why}")),
    };
    let input = body.get("CmdletInput");
    let Some(cmdlet) = input.and_then(|input| input.get("CmdletName")).and_then(Value::as_str) else {
        return error(400, "BadRequest", "The request body must contain CmdletInput with CmdletName.");
    };
    let empty = Map::new();
    let parameters = match input.and_then(|input| input.get("Parameters")) {
        None | Some(Value::Null) => &empty,
        Some(Value::Object(parameters)) => parameters,
        Some(_) => return error(400, "BadRequest", "CmdletInput.Parameters must be an object."),
    };
    if let Some(why) = way.endpoint.and_then(|endpoint| endpoint.refusal(cmdlet, parameters)) {
        return error(400, "BadRequest", &why);
    }
    let name = canonical_name(cmdlet);
    simulator.counters().count_cmdlet(name);
    let asked =
        Asked { cmdlet: Some(name), whole: way.whole, ..Asked::whole(Service::Exchange, &request.path) };
    let fate = simulator.fate(running, asked, || {
        let given = Value::Object(parameters.clone()).to_string();
        meaning(&[name, &settled(given.as_bytes()), request.parameter("$skiptoken").unwrap_or_default()])
    });
    fate.answer(|| carry_out(simulator, running, request, way, cmdlet, parameters))
}

fn carry_out(
    simulator: &Simulator,
    running: &Running,
    request: &Request,
    way: Way,
    cmdlet: &str,
    parameters: &Map<String, Value>,
) -> Reply {
    let faults = &running.faults;
    let paging = Paging {
        one_row_first: faults.one_row_first_page,
        lifetime: faults.link_lifetime_seconds.map(milliseconds),
        now: simulator.now(),
    };
    let digest =
        Guid::derive(&format!("{}{}", cmdlet.to_lowercase(), Value::Object(parameters.clone())), 0).plain();
    let preferred = request.header("prefer").and_then(page_size);
    let size_given = parameters.keys().any(|name| name.eq_ignore_ascii_case("ResultSize"));
    let mut warnings = Vec::new();
    let window = match request.parameter("$skiptoken").map(|text| paging.current(text)) {
        Some(None) => {
            return error(
                400,
                "BadRequest",
                "Expired or Invalid pagination request. Default Expiry time is 00:30:00",
            );
        }
        Some(Some(text)) => match continued(text, &digest) {
            Some((start, before)) => Window { start, before, page: preferred.unwrap_or(LARGEST_PAGE) },
            None => {
                return error(400, "BadRequest", "The skip token is invalid, or belongs to another command.");
            }
        },
        None if paging.one_row_first || (preferred.is_none() && !size_given && way.endpoint.is_none()) => {
            Window { start: 0, before: 0, page: 1 }
        }
        None => Window { start: 0, before: 0, page: preferred.unwrap_or(LARGEST_PAGE) },
    };
    if request.header("x-anchormailbox").is_none() {
        warnings.push(
            "The header X-AnchorMailbox is missing: the request may be routed to the wrong server."
                .to_owned(),
        );
    }
    let mut result = simulator.run(cmdlet, parameters, request.select(), window, Caller::Application);
    if faults.all_on_missing_identity
        && result.as_ref().is_err_and(|refusal| refusal.exception() == CmdletError::NOT_FOUND)
        && cmdlet.get(..4).is_some_and(|verb| verb.eq_ignore_ascii_case("Get-"))
    {
        let mut everything = parameters.clone();
        everything.retain(|name, _| !name.eq_ignore_ascii_case("Identity"));
        if let Ok(answer) = simulator.run(cmdlet, &everything, request.select(), window, Caller::Application)
        {
            result = Ok(answer);
        }
    }
    match result {
        Err(refusal) => refused(&refusal),
        Ok(mut answer) => {
            warnings.append(&mut answer.warnings);
            if window.page == 1 && answer.next.is_some() {
                warnings.push(
                    "By default only the first page is returned. Send Prefer: odata.maxpagesize, or follow the next link."
                        .to_owned(),
                );
            }
            answer.warnings = warnings;
            success(running, request, paging, answer, &digest, window)
        }
    }
}

/// The number in `Prefer: odata.maxpagesize=1000;odata.continue-on-error`.
fn page_size(prefer: &str) -> Option<usize> {
    prefer
        .split([',', ';'])
        .filter_map(|word| {
            word.trim().strip_prefix("odata.maxpagesize=").or(word.trim().strip_prefix("maxpagesize="))
        })
        .find_map(|number| number.trim().parse::<usize>().ok())
        .filter(|number| *number > 0)
        .map(|number| number.min(LARGEST_PAGE))
}

fn continued(text: &str, digest: &str) -> Option<(usize, usize)> {
    let mut parts = text.split('-');
    let (start, before) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next()? == digest && parts.next().is_none()).then_some((start, before))
}

fn success(
    running: &Running,
    request: &Request,
    paging: Paging,
    mut answer: Answer,
    digest: &str,
    window: Window,
) -> Reply {
    let base = request.base();
    let told = if running.faults.noise { noise::warning(digest) } else { noise::Told::Nothing };
    if let noise::Told::InBody(warning) = &told {
        answer.warnings.push(warning.clone());
    }
    let mut body = Vec::with_capacity(answer.rows.len() + 512);
    body.extend_from_slice(b"{\"@odata.context\":");
    let root = request.path.rsplit_once('/').map_or("", |(root, _)| root);
    write_string(&mut body, &format!("{base}{root}/$metadata#Collection(Exchange.GenericHashTable)"));
    body.extend_from_slice(
        b",\"adminapi.warnings@odata.type\":\"#Collection(String)\",\"@adminapi.warnings\":[",
    );
    for (place, warning) in answer.warnings.iter().enumerate() {
        if place > 0 {
            body.push(b',');
        }
        write_string(&mut body, warning);
    }
    body.extend_from_slice(b"],\"value\":[");
    if running.faults.noise {
        body.extend_from_slice(&noise::rows(&answer.rows));
    } else {
        body.extend_from_slice(&answer.rows);
    }
    body.push(b']');
    if let Some(next) = answer.next {
        let token = paging.dated(format!("{next}-{}-{digest}", window.before + answer.count));
        let mut link = format!("{base}{}?$skiptoken={}", encode_path(&request.path), encode(&token));
        if let Some(select) = request.parameter("$select") {
            link.push_str("&$select=");
            link.push_str(&encode(select));
        }
        body.extend_from_slice(b",\"@odata.nextLink\":");
        write_string(&mut body, &link);
    }
    body.push(b'}');
    let reply = Reply::raw(200, body).with("request-id", Guid::derive(digest, next_id(window)).to_string());
    match told {
        noise::Told::InHeader(warning) => reply.with("x-warnings", warning),
        _ => reply,
    }
}

fn next_id(window: Window) -> u64 {
    u64::try_from(window.before).unwrap_or_default()
}

fn encode_path(path: &str) -> String {
    path.split('/').map(encode).collect::<Vec<_>>().join("/")
}

/// The service answers so without a role, and for any cmdlet outside the caller's roles: no JSON, the reason in a header.
fn forbidden(why: &str) -> Reply {
    let mut reply = Reply::raw(403, vec![0; 64])
        .with("x-ms-diagnostics", format!("2000016;reason=\"{}\"", why.replace('"', "'")))
        .with("www-authenticate", "Bearer error=\"insufficient_scope\"");
    reply.content_type = "application/octet-stream";
    reply
}

/// A cmdlet's refusal, in the service's shape.
pub(crate) fn refused(refusal: &CmdletError) -> Reply {
    if refusal.status() == 403 {
        return forbidden(refusal.message());
    }
    let (text, kind) = (refusal.message(), refusal.exception());
    let code = if refusal.status() == 404 { "NotFound" } else { "BadRequest" };
    Reply::json(
        refusal.status(),
        &json!({"error": {
            "code": code,
            "message": "Error executing cmdlet",
            "details": [{"code": "Context", "target": "", "message": format!("{}|{kind}|{text}", refusal.code())}],
            "innererror": {
                "message": "Error executing cmdlet", "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "stacktrace": "",
                "internalexception": {"message": text, "type": kind, "stacktrace": ""},
            },
        }}),
    )
}

/// `$batch`: independent parts with absolute URLs, answered in the order of the request.
fn batch(simulator: &Simulator, running: &Running, request: &Request, name: &str) -> Reply {
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
        return error(400, "BadRequest", "The request body is not valid JSON.");
    };
    let Some(parts) = body.get("requests").and_then(Value::as_array) else {
        return error(400, "BadRequest", "The request body must contain 'requests'.");
    };
    if parts.is_empty() || parts.len() > LARGEST_BATCH {
        return error(
            400,
            "BadRequest",
            &format!(
                "A batch must have between 1 and {LARGEST_BATCH} requests; this one has {}.",
                parts.len()
            ),
        );
    }
    let mut ids: Vec<&str> = Vec::new();
    for part in parts {
        let Some(id) = part.get("id").and_then(Value::as_str).filter(|id| !id.is_empty()) else {
            return error(400, "BadRequest", "Every request in a batch must have an 'id'.");
        };
        if ids.contains(&id) {
            return error(400, "BadRequest", &format!("The id '{id}' occurs twice in the batch."));
        }
        ids.push(id);
    }
    let responses: Vec<Value> = parts
        .iter()
        .zip(ids)
        .map(|(part, id)| {
            let reply = part_of_batch(simulator, running, request, part, name);
            let body = serde_json::from_slice::<Value>(&reply.body).unwrap_or(Value::Null);
            let mut headers: Map<String, Value> = reply
                .headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
                .collect();
            headers.insert("Content-Type".to_owned(), Value::from(reply.content_type));
            json!({"id": id, "status": reply.status, "headers": headers, "body": body})
        })
        .collect();
    Reply::json(200, &json!({"responses": responses}))
}

fn part_of_batch(
    simulator: &Simulator,
    running: &Running,
    outer: &Request,
    part: &Value,
    name: &str,
) -> Reply {
    if !part.get("method").and_then(Value::as_str).is_some_and(|method| method.eq_ignore_ascii_case("POST")) {
        return error(405, "MethodNotAllowed", "Only POST can be batched here.");
    }
    let Some(uri) = part.get("url").and_then(Value::as_str).and_then(|url| url.parse::<Uri>().ok()) else {
        return error(400, "BadRequest", "The request's url is missing or malformed.");
    };
    if uri.host().is_none() {
        return error(400, "BadRequest", "The request's url must be absolute.");
    }
    let mut headers = HeaderMap::new();
    for inherited in ["host", "prefer", "x-anchormailbox", "content-type", "x-forwarded-proto"] {
        if let Some(value) = outer.headers.get(inherited)
            && let Ok(key) = HeaderName::from_bytes(inherited.as_bytes())
        {
            headers.insert(key, value.clone());
        }
    }
    for (key, value) in part.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let key = HeaderName::from_bytes(key.to_lowercase().as_bytes());
        let value = value.as_str().and_then(|text| HeaderValue::from_str(text).ok());
        if let (Ok(key), Some(value)) = (key, value)
            && key != "host"
        {
            headers.insert(key, value);
        }
    }
    let body = part.get("body").map(ToString::to_string).unwrap_or_default();
    let mut inner = Request::new(Method::POST, &uri, headers, Bytes::from(body));
    inner.is_secure = outer.is_secure;
    let segments: Vec<&str> = inner.path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments.as_slice() {
        ["adminapi", "beta", other, "InvokeCommand"]
            if other.eq_ignore_ascii_case(name) || simulator.read().is_called(other) =>
        {
            invoke(simulator, running, &inner, Way { whole: false, ..Way::ALONE })
        }
        _ => error(400, "BadRequest", "The request's url isn't an InvokeCommand of this tenant."),
    }
}
