//! The tenant as it was a while ago: a second one, to which every write comes late, in the same order.

use crate::clock::Clock;
use crate::cmdlets::{Caller, Window};
use crate::faults::Delays;
use crate::graph;
use crate::http::Request;
use crate::simulator::Simulator;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Something that changed the tenant, to be done again.
#[derive(Debug)]
pub(crate) enum Written {
    Cmdlet {
        name: String,
        parameters: Map<String, Value>,
        caller: Caller,
    },
    Graph(Box<Request>),
    Clock(Clock),
    Delays {
        delays: Delays,
        dehydrated: bool,
    },
    /// A read brings nearer what waits for reads.
    Read,
}

/// A replica and what it has not been told yet.
#[derive(Debug)]
pub(crate) struct Lagging {
    /// Milliseconds.
    pub(crate) lag: i64,
    replica: Simulator,
    waiting: Mutex<VecDeque<(i64, Written)>>,
}

impl Lagging {
    /// From now on: what was before is known everywhere.
    pub(crate) fn behind(simulator: &Simulator, lag: i64) -> Lagging {
        let replica = Simulator::fair(simulator.tenant());
        replica.hold(simulator.now().saturating_sub(lag));
        Lagging { lag, replica, waiting: Mutex::new(VecDeque::new()) }
    }

    /// Changes the present, and remembers how, so that all changes are remembered in the order in which they happened.
    pub(crate) fn note<T>(&self, now: i64, written: Written, change: impl FnOnce() -> T) -> T {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let result = change();
        waiting.push_back((now, written));
        result
    }

    /// The tenant as it was `lag` before `now`.
    pub(crate) fn at(&self, now: i64) -> Simulator {
        let then = now.saturating_sub(self.lag);
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.front().is_some_and(|(when, _)| *when <= then) {
            if let Some((when, written)) = waiting.pop_front() {
                self.replica.hold(when);
                repeat(&self.replica, written);
            }
        }
        self.replica.hold(then);
        self.replica.clone()
    }
}

/// What was refused the first time is refused again, and what was made gets the same GUIDs: the answer is not needed.
fn repeat(replica: &Simulator, written: Written) {
    match written {
        Written::Cmdlet { name, parameters, caller } => {
            drop(replica.run(&name, &parameters, Vec::new(), Window::ALL, caller));
        }
        Written::Graph(request) => {
            graph::perform(replica, &request);
        }
        Written::Clock(clock) => replica.write().clock = clock,
        Written::Delays { delays, dehydrated } => replica.write().set_delays(delays, dehydrated),
        Written::Read => replica.write().directory.count_read(),
    }
}
