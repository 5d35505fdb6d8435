//! A tenant behind a lock, and the way from a path to whatever answers it.

use crate::cmdlets::{self, Answer, Call, Caller, Parameters, Window};
use crate::connection::{Wire, Wires};
use crate::error::CmdletError;
use crate::faults::{Asked, Fate, Faults, Running, Service, meaning};
use crate::http::{Reply, Request};
use crate::key_vault::{self, Vaults};
use crate::noise;
use crate::record::{Counters, Entry};
use crate::replica::{Lagging, Written};
use crate::tenant::Tenant;
use crate::time::Time;
use crate::tls::TlsIdentity;
use crate::{clock, control, exchange_http, graph, token};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Uri};
use axum::{Extension, Router};
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
    faults: RwLock<Arc<Running>>,
    /// Held for reading while something is written, so that a replica begins between two writes.
    lagging: RwLock<Option<Lagging>>,
    vaults: Mutex<Vaults>,
    time: Time,
}

/// A running simulated tenant. Clones share the same tenant.
#[derive(Clone, Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
}

impl Simulator {
    /// Starts with the given tenant, and with the faults that its seed asks for; nothing listens yet.
    pub fn new(tenant: Tenant) -> Self {
        let faults = tenant.faults.clone();
        let simulator = Simulator::fair(tenant);
        if faults != Faults::default() {
            simulator.set_faults(faults);
        }
        simulator
    }

    /// One in which nothing goes wrong.
    pub(crate) fn fair(tenant: Tenant) -> Self {
        let time = Time::starting_now();
        Simulator {
            shared: Arc::new(Shared {
                tenant: RwLock::new(tenant),
                counters: Mutex::new(Counters::default()),
                log: Mutex::new(Vec::new()),
                faults: RwLock::new(Arc::new(Running::new(Faults::default(), time.now()))),
                lagging: RwLock::new(None),
                vaults: Mutex::default(),
                time,
            }),
        }
    }

    /// Makes these things go wrong from now on, and nothing else: what was set before is over.
    pub fn set_faults(&self, faults: Faults) {
        let (delays, dehydrated, lag) = (faults.delays(), faults.dehydrated, faults.lag());
        let running = Arc::new(Running::new(faults, self.now()));
        *self.shared.faults.write().unwrap_or_else(PoisonError::into_inner) = running;
        self.in_order(
            || Written::Delays { delays, dehydrated },
            || self.write().set_delays(delays, dehydrated),
        );
        let mut lagging = self.shared.lagging.write().unwrap_or_else(PoisonError::into_inner);
        match &mut *lagging {
            _ if lag == 0 => *lagging = None,
            Some(lagging) => lagging.lag = lag,
            None => *lagging = Some(Lagging::behind(self, lag)),
        }
    }

    /// What goes wrong now; of what is to fail a number of times, the times that are left.
    pub fn faults(&self) -> Faults {
        self.running().shown()
    }

    /// Everything under one base: tokens, Graph at `/v1.0`, Exchange at `/adminapi/beta`, and `/_simulator`.
    fn router(&self) -> Router {
        Router::new().fallback(answer).layer(DefaultBodyLimit::max(LARGEST_BODY)).with_state(self.clone())
    }

    /// Serves on `listener` until the future is dropped, with keep-alive and `TCP_NODELAY`.
    /// The error is the listener's.
    pub async fn serve(self, listener: tokio::net::TcpListener) -> std::io::Result<()> {
        self.serve_on(Wires::plain(listener)).await
    }

    /// The same with TLS; links and discovery documents then say https.
    pub async fn serve_tls(
        self,
        listener: tokio::net::TcpListener,
        identity: &TlsIdentity,
    ) -> std::io::Result<()> {
        self.serve_on(Wires::secure(listener, identity.config())).await
    }

    async fn serve_on(self, wires: Wires) -> std::io::Result<()> {
        let service = self.router().into_make_service_with_connect_info::<Wire>();
        axum::serve(wires, service).await
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
            let written = || Written::Cmdlet { name: name.to_owned(), parameters: given.clone(), caller };
            return self.in_order(written, || cmdlet.write(&call, &mut self.write()));
        }
        if caller == Caller::Application
            && let Some(past) = self.past()
        {
            if self.read().has_pending() {
                self.in_order(|| Written::Read, || self.write().directory.count_read());
            }
            if past.read().has_pending() {
                drop(past.write());
            }
            return cmdlet.read(&call, &past.read());
        }
        if self.read().has_pending() {
            let mut tenant = self.write();
            let answer = cmdlet.read(&call, &tenant);
            tenant.directory.count_read();
            return answer;
        }
        cmdlet.read(&call, &self.read())
    }

    /// Changes the tenant, and lets a replica know later.
    pub(crate) fn in_order<T>(&self, written: impl FnOnce() -> Written, change: impl FnOnce() -> T) -> T {
        match &*self.shared.lagging.read().unwrap_or_else(PoisonError::into_inner) {
            Some(lagging) => lagging.note(self.now(), written(), change),
            None => change(),
        }
    }

    /// The tenant as reads see it, where that is not as it is now.
    pub(crate) fn past(&self) -> Option<Simulator> {
        let lagging = self.shared.lagging.read().unwrap_or_else(PoisonError::into_inner);
        lagging.as_ref().map(|lagging| lagging.at(self.now()))
    }

    /// Milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.shared.time.now()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.shared.time.advance(seconds.saturating_mul(1_000));
    }

    pub(crate) fn hold(&self, milliseconds: i64) {
        self.shared.time.hold(milliseconds);
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Tenant> {
        self.shared.tenant.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tenant to change, after everything that is due has taken effect.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Tenant> {
        let mut tenant = self.shared.tenant.write().unwrap_or_else(PoisonError::into_inner);
        tenant.settle(self.now());
        tenant
    }

    pub(crate) fn running(&self) -> Arc<Running> {
        Arc::clone(&self.shared.faults.read().unwrap_or_else(PoisonError::into_inner))
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

    pub(crate) fn vaults(&self) -> MutexGuard<'_, Vaults> {
        self.shared.vaults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.shared.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of a request; `meaning` is asked only where chance comes in.
    pub(crate) fn fate(&self, running: &Running, asked: Asked<'_>, meaning: impl FnOnce() -> u64) -> Fate {
        let now = self.now();
        let fate = running.decide(asked, now, meaning);
        self.counters().count_fate(asked.service, asked.counts, &fate, now);
        fate
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
                let running = self.running();
                let asked = Asked::whole(Service::Token, &request.path);
                let fate = self.fate(&running, asked, || token::meaning_of(request));
                fate.answer(|| token::issue(&self.read(), name, request, &running.faults, self.now()))
            }
            [name, "v2.0", ".well-known", "openid-configuration"] if get => {
                token::openid_configuration(&self.read(), name, &request.base())
            }
            ["adminapi", version, name, rest @ ..] => {
                exchange_http::answer(self, request, version, name, rest)
            }
            ["keyvault", vault, rest @ ..] => {
                let running = self.running();
                let asked = Asked::whole(Service::KeyVault, &request.path);
                let fate = self.fate(&running, asked, || meaning(&[request.method.as_str(), &request.path]));
                fate.answer(|| key_vault::answer(self, &running.faults, request, vault, rest))
            }
            ["v1.0", rest @ ..] => {
                let reply = graph::answer(self, request, rest);
                if self.running().faults.noise { noise::reply(reply) } else { reply }
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
    connection: Option<Extension<ConnectInfo<Wire>>>,
    body: Bytes,
) -> Reply {
    let wire = connection.map(|Extension(ConnectInfo(wire))| wire);
    let mut request = Request::new(method, &uri, headers, body);
    request.is_secure = wire.as_ref().is_some_and(|wire| wire.is_secure);
    if request.path.starts_with("/_simulator") {
        return simulator.route(&request);
    }
    let running = simulator.running();
    if running.faults.latency_ms > 0 {
        tokio::time::sleep(Duration::from_millis(running.faults.latency_ms)).await;
    }
    let reply = simulator.route(&request);
    if reply.is_cut
        && let Some(wire) = wire
    {
        wire.cut();
    }
    match running.faults.clock_skew_seconds {
        0 => reply,
        skew => reply.with("date", clock::http_date(simulator.now() / 1_000 + skew)),
    }
}
