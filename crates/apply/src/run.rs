//! Running one change: its operations, stage by stage.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anteroom_model::address::Address;
use anteroom_model::change::Change;
use anteroom_model::operation::{Argument, Call, Delivery, Expect, Operation, Step};
use anteroom_model::password::Password;
use anteroom_model::ports::{Answer, Execute, Request, Secrets, Undelivered};
use anteroom_model::value::Outputs;

use crate::Options;
use crate::events::{Event, Events};
use crate::wait::{meant, text};

/// Outputs that are an object's immutable id, the likeliest first.
const IDS: [&str; 3] = ["guid", "id", "servicePrincipalId"];

/// Why a change stopped before its end.
pub(crate) struct Stopped {
    /// How many of the step's operations were done.
    pub(crate) done: usize,
    pub(crate) trouble: Trouble,
}

/// What stops a change.
pub(crate) struct Trouble {
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Nothing failed: what was waited for is not there yet.
    pub(crate) pending: bool,
}

impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Self { message, hint: None, pending: false }
    }
}

impl From<Undelivered> for Trouble {
    fn from(why: Undelivered) -> Self {
        Self { hint: why.hint, ..why.message.into() }
    }
}

impl Trouble {
    /// What was waited for is not there yet.
    pub(crate) fn pending(message: String) -> Self {
        let hint = "run the same apply again later: it goes on from what the tenant has then";
        Self { message, hint: Some(hint.to_owned()), pending: true }
    }
}

/// What every change of a run shares.
pub(crate) struct Runner<'a, E> {
    pub(crate) executor: &'a E,
    secrets: &'a dyn Secrets,
    pub(crate) events: &'a dyn Events,
    pub(crate) cancel: &'a AtomicBool,
    pub(crate) options: Options,
    outputs: Mutex<Outputs>,
    warnings: Mutex<Vec<String>>,
}

/// The passwords that calls still need, by name, with where they were delivered.
pub(crate) type Passwords = BTreeMap<String, (Password, Delivery)>;

/// The service's own words; should they repeat a password, without it.
pub(crate) fn without(passwords: &Passwords, words: &str) -> String {
    passwords.values().fold(words.to_owned(), |words, (password, _)| words.replace(password.expose(), "***"))
}

impl<'a, E: Execute + Sync> Runner<'a, E> {
    pub(crate) fn new(
        executor: &'a E,
        secrets: &'a dyn Secrets,
        events: &'a dyn Events,
        cancel: &'a AtomicBool,
        options: Options,
    ) -> Self {
        Self {
            executor,
            secrets,
            events,
            cancel,
            options,
            outputs: Mutex::default(),
            warnings: Mutex::default(),
        }
    }

    /// Runs one step of a change and tells how many operations were done.
    pub(crate) async fn run(&self, change: &Change, step: Step) -> Result<usize, Stopped> {
        let mut operations: Vec<&Operation> =
            change.operations.iter().filter(|one| one.step == step).collect();
        operations.sort_by_key(|one| one.stage);
        let mut passwords = Passwords::new();
        let mut done = 0;
        let mut rest = operations.as_slice();
        for stage in operations.chunk_by(|a, b| a.stage == b.stage) {
            rest = &rest[stage.len()..];
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Stopped {
                    done,
                    trouble: Trouble {
                        hint: Some("run apply again: it goes on from what the tenant has now".to_owned()),
                        ..format!("interrupted after {done} of {} operations", operations.len()).into()
                    },
                });
            }
            let ended = match self.stage(change, stage, &mut passwords, &mut done).await {
                Ok(()) => self.forget(change, &mut passwords, rest).await,
                Err(failure) => Err(failure),
            };
            ended.map_err(|trouble| Stopped { done, trouble })?;
        }
        Ok(done)
    }

    async fn stage(
        &self,
        change: &Change,
        stage: &[&Operation],
        passwords: &mut Passwords,
        done: &mut usize,
    ) -> Result<(), Trouble> {
        let address = &change.address;
        let mut calls: Vec<(&Operation, Request)> = Vec::new();
        for operation in stage {
            match &operation.call {
                Call::Password { secret, deliver_to } => {
                    self.events.event(Event::Operation { address, title: &operation.title });
                    let password = self.secrets.deliver(&change.label, deliver_to).await?;
                    passwords.insert(secret.clone(), (password, deliver_to.clone()));
                    *done += 1;
                }
                Call::Wait { until, probe, expect, timeout_seconds } => {
                    let limit = self.options.patience.limit(*timeout_seconds);
                    let answer = self.wait(address, until, probe, expect, limit, passwords).await?;
                    self.capture(address, operation, &answer);
                    *done += 1;
                }
                Call::Cmdlet { .. } | Call::Graph { .. } => {
                    let request = self.request(&operation.call, passwords)?;
                    calls.push((operation, request));
                }
            }
        }
        let Some((first, _)) = calls.first() else { return Ok(()) };
        self.events.event(Event::Operation { address, title: &first.title });
        for (operation, _) in &calls {
            tracing::info!(%address, operation = operation.title, "sending");
        }
        let answers = self.send_until_known(address, &calls, passwords).await;
        let mut failures: Vec<Trouble> = Vec::new();
        for ((operation, _), answer) in calls.into_iter().zip(answers) {
            match answer {
                Ok(answer) => {
                    self.capture(address, operation, &answer);
                    self.warn(&answer, passwords);
                    *done += 1;
                }
                Err(failure) if operation.accepts.contains(&failure.refusal) => {
                    tracing::info!(%address, operation = operation.title, refusal = ?failure.refusal, "already so");
                    *done += 1;
                }
                Err(failure) => failures.push(self.trouble(operation, failure, passwords)),
            }
        }
        let more = failures.len().saturating_sub(1);
        match failures.into_iter().next() {
            None => Ok(()),
            Some(one) if more == 0 => Err(one),
            Some(one) => Err(Trouble { message: format!("{} (and {more} more)", one.message), ..one }),
        }
    }

    /// Forgets the passwords that no later call needs: the account has them.
    async fn forget(
        &self,
        change: &Change,
        passwords: &mut Passwords,
        rest: &[&Operation],
    ) -> Result<(), Trouble> {
        let settled: Vec<String> = passwords
            .keys()
            .filter(|name| !rest.iter().any(|operation| operation.call.mentions(name)))
            .cloned()
            .collect();
        for name in settled {
            if let Some((_, to)) = passwords.remove(&name) {
                self.secrets.settle(&change.label, &to).await?;
            }
        }
        Ok(())
    }

    /// The call with every gap filled.
    pub(crate) fn request(&self, call: &Call, passwords: &Passwords) -> Result<Request, String> {
        let outputs = self.outputs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let secret = |name: &str| passwords.get(name).map(|(password, _)| password.expose().to_owned());
        let fill =
            |argument: &Argument| argument.resolve(&outputs, &secret).map_err(|missing| missing.to_string());
        match call {
            Call::Cmdlet { cmdlet, parameters } => Ok(Request::Cmdlet {
                cmdlet: cmdlet.clone(),
                parameters: parameters
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), fill(value)?)))
                    .collect::<Result<_, String>>()?,
            }),
            Call::Graph { method, path, body } => Ok(Request::Graph {
                method: *method,
                path: path.resolve(&outputs).map_err(|missing| missing.to_string())?,
                body: body.as_ref().map(fill).transpose()?,
            }),
            Call::Password { .. } | Call::Wait { .. } => {
                Err("only a cmdlet or a Graph request can be sent".to_owned())
            }
        }
    }

    /// What an answer that meets a condition tells of the object that is meant.
    pub(crate) fn meant(&self, expect: &Expect, answer: Answer) -> Option<Answer> {
        let outputs = self.outputs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        meant(expect, answer, &|argument| argument.resolve(&outputs, &|_| None).ok())
    }

    /// Records what an answer makes known.
    fn capture(&self, address: &Address, operation: &Operation, answer: &Answer) {
        let Some(row) = answer.rows.first() else { return };
        let mut outputs = self.outputs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (output, property) in &operation.captures {
            if let Some(value) = text(row.get(property)).filter(|value| !value.is_empty()) {
                outputs.insert((address.clone(), output.clone()), value);
            }
        }
    }

    fn warn(&self, answer: &Answer, passwords: &Passwords) {
        let mut warnings = self.warnings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for warning in &answer.warnings {
            let warning = without(passwords, warning);
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }

    pub(crate) fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The id that applying made known.
    pub(crate) fn id_of(&self, address: &Address) -> Option<String> {
        let outputs = self.outputs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        IDS.iter().find_map(|name| outputs.get(&(address.clone(), (*name).to_owned())).cloned())
    }
}
