//! `/_simulator`: looking into the tenant and making things go wrong.

use crate::clock::{Clock, parse_timestamp, timestamp};
use crate::faults::Faults;
use crate::http::{Reply, Request};
use crate::record::Counters;
use crate::replica::Written;
use crate::simulator::Simulator;
use axum::http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Everything under `/_simulator`.
pub(crate) fn answer(simulator: &Simulator, request: &Request, rest: &[&str]) -> Reply {
    match (request.method.clone(), rest) {
        (Method::GET, ["tenant"]) => Reply::raw(200, simulator.read().to_json().into_bytes()),
        (Method::GET, ["counters"]) => shown(&*simulator.counters()),
        (Method::DELETE, ["counters"]) => {
            *simulator.counters() = Counters::default();
            Reply::empty(204)
        }
        (Method::GET, ["faults"]) => shown(&simulator.faults()),
        (Method::PUT, ["faults"]) => match Faults::from_json(&String::from_utf8_lossy(&request.body)) {
            Ok(faults) => {
                simulator.set_faults(faults);
                shown(&simulator.faults())
            }
            Err(why) => bad(&why.to_string()),
        },
        (Method::GET, ["clock"]) => clock(simulator),
        (Method::PUT, ["clock"]) => set_clock(simulator, request),
        (Method::POST, ["invoke"]) => invoke(simulator, request),
        (Method::GET, ["log"]) => shown(&*simulator.entries()),
        _ => Reply::graph_error(
            404,
            "ResourceNotFound",
            "The simulator has tenant, counters, faults, clock, invoke and log.",
        ),
    }
}

fn shown<T: serde::Serialize>(value: &T) -> Reply {
    match serde_json::to_value(value) {
        Ok(value) => Reply::json(200, &value),
        Err(why) => Reply::graph_error(500, "InternalError", &why.to_string()),
    }
}

fn bad(why: &str) -> Reply {
    Reply::graph_error(400, "BadRequest", why)
}

fn clock(simulator: &Simulator) -> Reply {
    let clock = simulator.read().clock;
    Reply::json(200, &json!({"now": timestamp(clock.now), "step": clock.step}))
}

/// `{"now": "2026-11-02T08:00:00Z"}`, `{"advance": 3600}` and `{"step": 1}`, in any mixture.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    now: Option<String>,
    advance: Option<i64>,
    step: Option<i64>,
}

fn set_clock(simulator: &Simulator, request: &Request) -> Reply {
    let change: ClockChange = match serde_json::from_slice(&request.body) {
        Ok(change) => change,
        Err(why) => return bad(&why.to_string()),
    };
    let now = match change.now.as_deref().map(parse_timestamp) {
        Some(None) => return bad("now must be a time such as 2026-11-02T08:00:00Z"),
        Some(now) => now,
        None => None,
    };
    let old = simulator.read().clock;
    let new = Clock {
        now: now.unwrap_or(old.now).saturating_add(change.advance.unwrap_or(0)),
        step: change.step.unwrap_or(old.step).max(0),
    };
    simulator.advance(change.advance.unwrap_or(0));
    simulator.in_order(|| Written::Clock(new), || simulator.write().clock = new);
    clock(simulator)
}

fn invoke(simulator: &Simulator, request: &Request) -> Reply {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        cmdlet: String,
        #[serde(default)]
        parameters: Map<String, Value>,
    }
    let input: Input = match serde_json::from_slice(&request.body) {
        Ok(input) => input,
        Err(why) => return bad(&why.to_string()),
    };
    match simulator.invoke(&input.cmdlet, input.parameters) {
        Ok(rows) => Reply::json(200, &json!({"value": rows})),
        Err(refusal) => Reply::json(
            refusal.status(),
            &json!({"error": {"code": refusal.exception(), "message": refusal.message()}}),
        ),
    }
}
