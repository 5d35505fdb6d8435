//! The cmdlets: a table of them, what a call is and what it answers.

mod assignments;
mod binding;
mod distribution_groups;
mod enumerations;
mod filters;
mod identity;
mod mailboxes;
mod members;
mod metadata;
mod organization;
mod recipients;
mod role_groups;
mod roles;
mod scopes;
mod service_principals;
mod table;

use crate::error::CmdletError;
use crate::rendering::{Column, selected, write_row};
use crate::tenant::Tenant;
use serde_json::Value;

pub(crate) use binding::Parameters;
pub(crate) use filters::View;
pub(crate) use identity::{owner, principal};
pub(crate) use mailboxes::resource_user;
pub(crate) use metadata::canonical_name;

use crate::access::{Principal, Reach};
use crate::guid::Guid;

/// Adds an assignment without any check; a name is made where none is given.
pub(crate) fn assign(
    tenant: &mut Tenant,
    name: Option<String>,
    role: &str,
    assignee: Principal,
    reach: Reach,
    delegating: bool,
) -> Guid {
    let name = name.unwrap_or_else(|| assignments::generated_name(tenant, role, assignee, delegating));
    assignments::insert(tenant, name, role, assignee, reach, delegating)
}

/// A recipient by any identity.
pub(crate) fn recipient(tenant: &Tenant, identity: &str) -> Result<Guid, CmdletError> {
    identity::recipient(tenant, identity, identity::ANY, |_| true).map(|recipient| recipient.guid)
}

/// Refuses an address that is taken, malformed or of a foreign domain.
pub(crate) fn check_address(tenant: &Tenant, address: &str) -> Result<(), CmdletError> {
    recipients::check_address(tenant, address, None)
}

/// Refuses a name that is taken or too long.
pub(crate) fn check_name(tenant: &Tenant, name: &str) -> Result<(), CmdletError> {
    recipients::check_name(tenant, name, None)
}

/// Refuses an alias that is taken or malformed.
pub(crate) fn check_alias(tenant: &Tenant, alias: &str) -> Result<(), CmdletError> {
    recipients::check_alias(tenant, alias, None)
}

/// Who is asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// An application with a token. It owns no groups.
    Application,
    /// The administrator's own hand.
    Hand,
}

/// Which rows of the whole answer are wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// Where to go on, as an earlier answer's `next` said.
    pub(crate) start: usize,
    /// Rows that earlier pages had.
    pub(crate) before: usize,
    /// Rows at most on this page.
    pub(crate) page: usize,
}

impl Window {
    pub(crate) const ALL: Window = Window { start: 0, before: 0, page: usize::MAX };
}

/// One call of a cmdlet, with checked parameters.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) cmdlet: &'static str,
    pub(crate) parameters: Parameters,
    pub(crate) select: Vec<String>,
    pub(crate) window: Window,
    pub(crate) caller: Caller,
}

/// What a cmdlet answers: rows that are JSON already.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// The rows with commas between them.
    pub(crate) rows: Vec<u8>,
    pub(crate) count: usize,
    /// Where the next page begins.
    pub(crate) next: Option<usize>,
    pub(crate) warnings: Vec<String>,
}

impl Answer {
    /// Success without rows: what Set, Add and Remove answer.
    pub(crate) fn done() -> Answer {
        Answer::default()
    }

    pub(crate) fn warn(mut self, text: impl Into<String>) -> Answer {
        self.warnings.push(text.into());
        self
    }

    /// Set was called and nothing is different.
    pub(crate) fn unchanged(identity: &str) -> Answer {
        Answer::done().warn(format!(
            "The command completed successfully but no settings of '{identity}' have been modified."
        ))
    }

    /// The rows as values.
    pub(crate) fn values(&self) -> Vec<Value> {
        let mut text = Vec::with_capacity(self.rows.len() + 2);
        text.push(b'[');
        text.extend_from_slice(&self.rows);
        text.push(b']');
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

impl Call {
    /// Cuts this call's page out of `items` and writes it. Positions are handed back as `next`; `items` begins at the window's start.
    pub(crate) fn rows<'a, T: 'a>(
        &self,
        tenant: &'a Tenant,
        columns: &'static [Column<T>],
        items: impl Iterator<Item = (usize, &'a T)>,
    ) -> Answer {
        let columns = selected(columns, &self.select);
        let limit = self.parameters.result_size(self.cmdlet);
        let left = limit.map_or(usize::MAX, |limit| limit.saturating_sub(self.window.before));
        let take = self.window.page.min(left);
        let mut answer = Answer::default();
        for (place, item) in items {
            if answer.count == take {
                if take == left {
                    return answer.warn(
                        "There are more results available than are currently displayed. To view them, increase the \
                         value for the ResultSize parameter.",
                    );
                }
                answer.next = Some(place);
                break;
            }
            if answer.count > 0 {
                answer.rows.push(b',');
            }
            write_row(&mut answer.rows, &columns, item, tenant);
            answer.count += 1;
        }
        answer
    }

    /// The same for a handful of items that are at hand in full.
    pub(crate) fn few<'a, T: 'a>(
        &self,
        tenant: &'a Tenant,
        columns: &'static [Column<T>],
        items: impl IntoIterator<Item = &'a T>,
    ) -> Answer {
        self.rows(tenant, columns, items.into_iter().enumerate().skip(self.window.start))
    }

    /// One row, whatever the window says.
    pub(crate) fn one<'a, T: 'a>(
        &self,
        tenant: &'a Tenant,
        columns: &'static [Column<T>],
        item: &'a T,
    ) -> Answer {
        self.few(tenant, columns, [item])
    }
}

/// How a cmdlet runs.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Read(fn(&Call, &Tenant) -> Result<Answer, CmdletError>),
    Write(fn(&Call, &mut Tenant) -> Result<Answer, CmdletError>),
}

/// One row of the table of cmdlets.
pub(crate) struct Cmdlet {
    pub(crate) name: &'static str,
    /// Parameters that the simulator acts on. Others of the real cmdlet are refused, never ignored.
    pub(crate) takes: &'static [&'static str],
    pub(crate) run: Run,
}

/// A cmdlet by name, or the refusal for an unknown one.
pub(crate) fn find(name: &str) -> Result<&'static Cmdlet, CmdletError> {
    table::CMDLETS.iter().find(|cmdlet| cmdlet.name.eq_ignore_ascii_case(name)).ok_or_else(|| {
        CmdletError::new(
            CmdletError::UNKNOWN_CMDLET,
            format!("The term '{name}' is not recognized as the name of a cmdlet that you have access to."),
        )
    })
}

impl Cmdlet {
    pub(crate) fn writes(&self) -> bool {
        matches!(self.run, Run::Write(_))
    }

    /// Runs a call that only reads.
    pub(crate) fn read(&self, call: &Call, tenant: &Tenant) -> Result<Answer, CmdletError> {
        match self.run {
            Run::Read(run) => run(call, tenant),
            Run::Write(_) => Err(CmdletError::new(CmdletError::INVALID, "The cmdlet writes.")),
        }
    }

    /// Runs any call. `WhatIf` runs on a copy that is thrown away.
    pub(crate) fn write(&self, call: &Call, tenant: &mut Tenant) -> Result<Answer, CmdletError> {
        match self.run {
            Run::Read(run) => run(call, tenant),
            Run::Write(run) if call.parameters.switch("WhatIf") => {
                run(call, &mut tenant.clone()).map(|_| Answer::done())
            }
            Run::Write(run) => {
                let before = tenant.clock;
                tenant.touch();
                let answer = run(call, tenant);
                if answer.is_err() {
                    // Every cmdlet checks before it writes: nothing else has changed.
                    tenant.clock = before;
                    tenant.revision -= 1;
                }
                answer
            }
        }
    }
}
