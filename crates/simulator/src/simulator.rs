//! A tenant behind a lock, and the way from a path to whatever answers it.

use crate::cmdlets::{self, Answer, Call, Caller, Parameters, Window};
use crate::error::CmdletError;
use crate::faults::Failure;
use crate::http::{Reply, Request};
use crate::noise;
use crate::record::{Counters, Entry};
use crate::tenant::Tenant;
use crate::{control, exchange_http, graph, token};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::serve::ListenerExt;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// The largest request body: an Update-DistributionGroupMember with 10,000 long identities fits many times.
const LARGEST_BODY: usize = 64 << 20;

#[derive(Debug)]
struct Shared {
    tenant: RwLock<Tenant>,
    counters: Mutex<Counters>,
    log: Mutex<Vec<Entry>>,
}

/// A running simulated tenant. Clones share the same tenant.
#[derive(Clone, Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
}

impl Simulator {
    /// Starts with the given tenant; nothing listens yet.
    pub fn new(tenant: Tenant) -> Self {
        Simulator {
            shared: Arc::new(Shared {
                tenant: RwLock::new(tenant),
                counters: Mutex::new(Counters::default()),
                log: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Everything under one base: tokens, Graph at `/v1.0`, Exchange at `/adminapi/beta`, and `/_simulator`.
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
            .fallback(answer)
            .layer(DefaultBodyLimit::max(LARGEST_BODY))
            .with_state(self.clone())
    }

    /// Serves on `listener` until the future is dropped, with keep-alive and `TCP_NODELAY`.
    /// The error is the listener's.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "TCP_NODELAY was refused");
            }
        });
        axum::serve(listener, self.router()).await
    }

    /// A copy of the tenant as it is now.
    pub fn tenant(&self) -> Tenant {
        self.read().clone()
    }

    /// Grows with every write to the tenant, by whatever way; setting faults or the clock does not count.
    pub fn revision(&self) -> u64 {
        self.read().revision
    }

    /// Runs a cmdlet as the administrator at a shell would: no token, no paging, and never refused for not owning a group.
    /// `parameters` are as in the `Parameters` object of an `InvokeCommand` body. The values are the rows of the answer,
    /// without type annotations; faults and noise do not apply.
    #[allow(clippy::needless_pass_by_value, reason = "callers build the map for this one call")]
    pub fn invoke(&self, cmdlet: &str, parameters: Map<String, Value>) -> Result<Vec<Value>, CmdletError> {
        let answer = self.run(cmdlet, &parameters, Vec::new(), Window::ALL, Caller::Hand)?;
        let mut rows = answer.values();
        for row in &mut rows {
            if let Value::Object(row) = row {
                row.retain(|key, _| !key.contains('@'));
            }
        }
        Ok(rows)
    }

    /// Binds and runs one cmdlet, and logs it where it writes.
    pub(crate) fn run(
        &self,
        name: &str,
        given: &Map<String, Value>,
        select: Vec<String>,
        window: Window,
        caller: Caller,
    ) -> Result<Answer, CmdletError> {
        let result = self.run_unlogged(name, given, select, window, caller);
        if cmdlets::find(name).is_ok_and(cmdlets::Cmdlet::writes) {
            let status = result.as_ref().map_or_else(CmdletError::status, |_| 200);
            self.log(Entry::cmdlet(
                cmdlets::canonical_name(name),
                Parameters::for_log(given),
                status,
                caller,
            ));
        }
        result
    }

    fn run_unlogged(
        &self,
        name: &str,
        given: &Map<String, Value>,
        select: Vec<String>,
        window: Window,
        caller: Caller,
    ) -> Result<Answer, CmdletError> {
        let cmdlet = cmdlets::find(name)?;
        let parameters = Parameters::bind(cmdlet, given)?;
        let call = Call { cmdlet: cmdlet.name, parameters, select, window, caller };
        if cmdlet.writes() {
            return cmdlet.write(&call, &mut self.write());
        }
        if self.read().directory.has_pending() {
            let mut tenant = self.write();
            let now = tenant.clock.now;
            tenant.directory.reveal(now);
            let answer = cmdlet.read(&call, &tenant);
            tenant.directory.count_read();
            return answer;
        }
        cmdlet.read(&call, &self.read())
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Tenant> {
        self.shared.tenant.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Tenant> {
        self.shared.tenant.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.shared.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self, entry: Entry) {
        if entry.is_success() {
            self.counters().writes += 1;
        }
        self.entries().push(entry);
    }

    pub(crate) fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a call by this name is to fail now.
    pub(crate) fn failure(&self, name: &str) -> Option<Failure> {
        if !self.read().faults.can_fail() {
            return None;
        }
        self.write().faults.take(name)
    }

    fn route(&self, request: &Request) -> Reply {
        let segments: Vec<&str> = request.path.split('/').filter(|segment| !segment.is_empty()).collect();
        if segments.first() != Some(&"_simulator") {
            let mut counters = self.counters();
            counters.requests += 1;
            counters.count_route(&request.method, &segments);
        }
        let get = request.method == Method::GET;
        let post = request.method == Method::POST;
        match segments.as_slice() {
            ["_simulator", rest @ ..] => control::answer(self, request, rest),
            ["common", "discovery", "instance"] if get => {
                token::instance_discovery(&self.read(), &request.base())
            }
            [name, "oauth2", "v2.0", "token"] if post => {
                if let Some(failure) = self.failure(&request.path) {
                    return exchange_http::failed(&failure);
                }
                token::issue(&self.read(), name, request)
            }
            [name, "v2.0", ".well-known", "openid-configuration"] if get => {
                token::openid_configuration(&self.read(), name, &request.base())
            }
            ["adminapi", version, name, rest @ ..] => {
                exchange_http::answer(self, request, version, name, rest)
            }
            ["v1.0", rest @ ..] => {
                let reply = graph::answer(self, request, rest);
                if self.read().faults.noise { noise::reply(reply) } else { reply }
            }
            _ => Reply::graph_error(404, "ResourceNotFound", "No such route in the simulated tenant."),
        }
    }
}

async fn answer(
    State(simulator): State<Simulator>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Reply {
    let request = Request::new(method, &uri, headers, body);
    let latency = simulator.read().faults.latency_ms;
    if latency > 0 && !request.path.starts_with("/_simulator") {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    simulator.route(&request)
}
