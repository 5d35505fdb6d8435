//! The state file: what is remembered between runs. One file remembers one tenant.

use std::path::{Path, PathBuf};

use anteroom_apply::{Report, Result as Outcome};
use anteroom_model::change::{Action, Reason};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::plan::Plan;
use anteroom_model::state::{FORMAT_VERSION, Remembered, State};
use serde::Deserialize;

use crate::exit::Failure;
use crate::files::{self, FOLDER};

/// Where the state of a real tenant is kept.
pub(crate) fn usual_path() -> PathBuf {
    Path::new(FOLDER).join("state.json")
}

/// The state file of one tenant.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// What it remembers; none where there is no such file yet.
    state: Option<State>,
    tenant: String,
}

/// What is read first, to tell another version before its fields are mistaken.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    format_version: u32,
}

impl StateFile {
    /// Reads the state of `tenant`.
    pub(crate) fn open(path: PathBuf, tenant: &str) -> Result<Self, Failure> {
        let text = files::read_if_there(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let state = text.map(|text| parse(&text, &path)).transpose()?;
        if let Some(state) = &state
            && !state.tenant.eq_ignore_ascii_case(tenant)
        {
            return Err(Diagnostic::error(
                "state-of-another-tenant",
                format!("{} remembers the tenant {}, and this is {tenant}", path.display(), state.tenant),
            )
            .hint("work on each tenant in a folder of its own; or move the file away: what is lost with it is found again in the tenant")
            .into());
        }
        Ok(Self { path, state, tenant: tenant.to_owned() })
    }

    /// What it remembers.
    pub(crate) const fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Remembers what an apply did, and writes the file where that is anything new.
    pub(crate) fn record(&mut self, plan: &Plan, report: &Report) -> Result<(), Failure> {
        let mut state = self.state.clone().unwrap_or_else(|| State::new(&self.tenant));
        remember(&mut state, plan, report);
        let unchanged = match &self.state {
            Some(before) => before.resources == state.resources,
            None => state.resources.is_empty(),
        };
        if unchanged {
            return Ok(());
        }
        state.serial += 1;
        let json = serde_json::to_string_pretty(&state).map_err(|error| {
            Diagnostic::error("json", format!("the state cannot be written as JSON: {error}"))
        })?;
        files::write_whole(&self.path, &format!("{json}\n"))
            .map_err(|error| Failure::file("write", &self.path, &error))?;
        self.state = Some(state);
        Ok(())
    }
}

fn parse(text: &str, path: &Path) -> Result<State, Failure> {
    let damaged = |error: serde_json::Error| {
        Diagnostic::error("state-damaged", format!("the state in {} cannot be read: {error}", path.display()))
            .hint("move the file away and run again: what it remembered is found again in the tenant, and nothing is deleted")
    };
    let header: Header = serde_json::from_str(text).map_err(damaged)?;
    if header.format_version != FORMAT_VERSION {
        return Err(Diagnostic::error(
            "state-version",
            format!(
                "{} has state format {}; this anteroom {} reads format {FORMAT_VERSION}",
                path.display(),
                header.format_version,
                env!("CARGO_PKG_VERSION")
            ),
        )
        .hint("use the version that wrote it; or move the file away: what it remembered is found again in the tenant")
        .into());
    }
    Ok(serde_json::from_str(text).map_err(damaged)?)
}

/// Remembers what is there now, forgets what is gone, and leaves what failed as it was remembered.
fn remember(state: &mut State, plan: &Plan, report: &Report) {
    for outcome in &report.outcomes {
        let Some(change) = plan.change(&outcome.address) else { continue };
        if !matches!(outcome.result, Outcome::Applied | Outcome::Unchanged)
            || change.action == Action::Blocked
        {
            continue;
        }
        let gone = change.action == Action::Delete || change.reason == Reason::AlreadyAbsent;
        if gone {
            state.resources.remove(&change.address);
            continue;
        }
        let id = outcome.id.clone().or_else(|| {
            // A replaced object has a new id, which is not known where the outcome does not tell it.
            if change.action == Action::Replace { None } else { change.id.clone() }
        });
        state.resources.insert(change.address.clone(), Remembered { kind: change.kind, id });
    }
}

#[cfg(test)]
mod tests {
    use anteroom_apply::{Outcome, Report, Result};
    use anteroom_model::change::{Action, Reason};
    use insta::assert_snapshot;

    use super::StateFile;
    use crate::files::scratch;
    use crate::render::samples;

    fn outcome(address: &str, action: Action, result: Result, id: Option<&str>) -> Outcome {
        Outcome {
            address: address.into(),
            action,
            result,
            verified: None,
            message: None,
            hint: None,
            because_of: None,
            operations_done: 0,
            operations: 0,
            id: id.map(str::to_owned),
        }
    }

    #[test]
    fn what_was_done_is_remembered_what_is_gone_forgotten_and_what_failed_left() {
        let folder = scratch("state");
        let path = folder.join("state.json");
        let tenant = "contoso.onmicrosoft.com";
        let mut file = StateFile::open(path.clone(), tenant).unwrap();
        assert_eq!(file.state(), None);
        let mut adopted = samples::change("roomLists.adopted", "a", Action::Adopt, Reason::FoundInTenant);
        adopted.id = Some("id-adopted".to_owned());
        let plan = samples::plan(vec![
            samples::change("roomLists.new", "n", Action::Create, Reason::NotInTenant),
            adopted,
            samples::change("roomLists.old", "o", Action::Create, Reason::NotInTenant),
            samples::change("roomLists.failed", "f", Action::Create, Reason::NotInTenant),
        ]);
        let report = Report {
            outcomes: vec![
                outcome("roomLists.new", Action::Create, Result::Applied, Some("id-new")),
                outcome("roomLists.adopted", Action::Adopt, Result::Unchanged, None),
                outcome("roomLists.old", Action::Create, Result::Applied, None),
                outcome("roomLists.failed", Action::Create, Result::Failed, None),
            ],
            ..Report::default()
        };
        file.record(&plan, &report).unwrap();
        let plan = samples::plan(vec![
            samples::change("roomLists.old", "o", Action::Delete, Reason::EnsureAbsent),
            samples::change("roomLists.new", "n", Action::Update, Reason::AttributesDiffer),
        ]);
        let report = Report {
            outcomes: vec![
                outcome("roomLists.old", Action::Delete, Result::Applied, None),
                outcome("roomLists.new", Action::Update, Result::Failed, None),
            ],
            ..Report::default()
        };
        file.record(&plan, &report).unwrap();
        let reread = StateFile::open(path.clone(), "CONTOSO.onmicrosoft.com").unwrap();
        assert_eq!(reread.state(), file.state());
        assert_snapshot!(std::fs::read_to_string(&path).unwrap(), @r#"
        {
          "formatVersion": 1,
          "tenant": "contoso.onmicrosoft.com",
          "serial": 2,
          "resources": {
            "roomLists.adopted": {
              "kind": "roomLists",
              "id": "id-adopted"
            },
            "roomLists.new": {
              "kind": "roomLists",
              "id": "id-new"
            }
          }
        }
        "#);
        // Nothing new is not written.
        let before = std::fs::metadata(&path).unwrap().modified().unwrap();
        file.record(&plan, &Report::default()).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn another_tenant_another_version_and_half_a_file_are_refused_with_the_way_round() {
        let folder = scratch("state-refused");
        let path = folder.join("state.json");
        let refusal = |text: &str| {
            std::fs::write(&path, text).unwrap();
            let failure = StateFile::open(path.clone(), "contoso.onmicrosoft.com").unwrap_err();
            let diagnostic = &failure.diagnostics[0];
            assert!(diagnostic.hint.as_ref().is_some_and(|hint| hint.contains("move the file away")));
            diagnostic.id.clone()
        };
        let other = r#"{ "formatVersion": 1, "tenant": "fabrikam.com", "serial": 1, "resources": {} }"#;
        assert_eq!(refusal(other), "state-of-another-tenant");
        assert_eq!(refusal(&other.replace("\"formatVersion\": 1", "\"formatVersion\": 9")), "state-version");
        assert_eq!(refusal("{ \"formatVersion\": 1, "), "state-damaged");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
