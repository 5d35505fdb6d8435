//! The end of a connection that writes.

use std::fmt;
use std::sync::Arc;

use anteroom_model::operation::Method;
use anteroom_model::ports::{Answer, Execute, Failure, Request};
use serde_json::{Map, Value};

use crate::connection::Connection;
use crate::decode::strip_annotations;
use crate::exchange_api::Invocation;
use crate::graph_api::GraphRequest;
use crate::secrets::Vaults;

/// Executes calls in a tenant. Made by [`crate::connect`].
pub struct Writer {
    connection: Arc<Connection>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").field("tenant", &self.connection.tenant).finish_non_exhaustive()
    }
}

impl Writer {
    pub(crate) const fn new(connection: Arc<Connection>) -> Self {
        Self { connection }
    }

    /// The Key Vaults of the same cloud, signed in to as the connection is.
    pub fn vaults(&self) -> Vaults {
        let sign_in = self.connection.sign_in();
        Vaults::new(&self.connection.endpoints.vault, sign_in.token_credential(), sign_in.transport())
    }

    async fn cmdlets(&self, invocations: &[Invocation]) -> Vec<Result<Answer, Failure>> {
        if invocations.is_empty() {
            return Vec::new();
        }
        let outcomes = self.connection.invoke_all::<Map<String, Value>>(invocations).await;
        let answer = |mut rows: Vec<Map<String, Value>>, warnings| {
            rows.iter_mut().for_each(strip_annotations);
            Answer { rows, warnings }
        };
        outcomes.into_iter().map(|outcome| outcome.map(|rows| answer(rows.rows, rows.warnings))).collect()
    }

    async fn graph(&self, requests: &[GraphRequest]) -> Vec<Result<Answer, Failure>> {
        if requests.is_empty() {
            return Vec::new();
        }
        let bodies = self.connection.graph_all(requests).await;
        let mut outcomes = Vec::with_capacity(bodies.len());
        for (request, body) in requests.iter().zip(bodies) {
            outcomes.push(match body {
                Ok(body) => self.graph_answer(request, &body).await,
                Err(failure) => Err(failure),
            });
        }
        outcomes
    }

    async fn graph_answer(&self, request: &GraphRequest, body: &[u8]) -> Result<Answer, Failure> {
        // Many writes are answered with nothing; a read that finds nothing is not.
        if body.trim_ascii().is_empty() && request.method != Method::Get {
            return Ok(Answer::default());
        }
        let Ok(Value::Object(mut object)) = serde_json::from_slice::<Value>(body) else {
            return Err(request.misunderstood());
        };
        let mut rows = if object.get("value").is_some_and(Value::is_array) {
            self.connection.graph_pages::<Map<String, Value>>(request, body).await?
        } else {
            strip_annotations(&mut object);
            vec![object]
        };
        rows.iter_mut().for_each(strip_annotations);
        Ok(Answer { rows, warnings: Vec::new() })
    }
}

impl Execute for Writer {
    async fn execute(&self, calls: Vec<Request>) -> Vec<Result<Answer, Failure>> {
        let mut cmdlets = Vec::new();
        let mut requests = Vec::new();
        let order: Vec<bool> = calls
            .into_iter()
            .map(|call| match call {
                Request::Cmdlet { cmdlet, parameters } => {
                    let parameters = parameters.into_iter().collect();
                    cmdlets.push(Invocation { cmdlet, parameters, select: "" });
                    true
                }
                Request::Graph { method, path, body } => {
                    requests.push(GraphRequest { method, path, body });
                    false
                }
            })
            .collect();
        let (exchange, graph) = futures::join!(self.cmdlets(&cmdlets), self.graph(&requests));
        let (mut exchange, mut graph) = (exchange.into_iter(), graph.into_iter());
        order.into_iter().filter_map(|cmdlet| if cmdlet { exchange.next() } else { graph.next() }).collect()
    }
}
