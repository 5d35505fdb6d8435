//! Which of Exchange's two interfaces runs a cmdlet: `InvokeCommand`, which has them all, or an endpoint of the Admin API
//! v2.0, which is documented and has a few.
//!
//! Facts: "Exchange Online Admin API endpoints reference" and the pages of its endpoints. The API is in preview and not
//! there in every tenant. `Get-OrganizationConfig` takes no parameters there, and will tell less once the preview is over.

use std::sync::atomic::{AtomicBool, Ordering};

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde_json::{Map, Value};

use super::Invocation;
use super::envelope::Rows;
use crate::rights::MANAGE_V2;

/// Which interface of Exchange serves reads that both can serve. Everything else always goes through `InvokeCommand`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExchangeApi {
    /// The Admin API v2.0, unless tenant or token refuse it.
    Auto,
    /// `InvokeCommand`, the transport of the `ExchangeOnlineManagement` module.
    #[default]
    Beta,
    /// The Admin API v2.0. It needs the permission `Exchange.ManageAsAppV2`.
    V2,
}

/// One endpoint of the Admin API.
pub(super) struct Endpoint {
    /// The last part of its address.
    pub(super) name: &'static str,
    /// Its one cmdlet that reads.
    cmdlet: &'static str,
    /// The parameters that it takes, but for those that only change how answers look.
    parameters: &'static [&'static str],
    /// A property without which its answer is of no use here.
    needs: Option<&'static str>,
}

static ENDPOINTS: [Endpoint; 3] = [
    Endpoint {
        name: "OrganizationConfig",
        cmdlet: "Get-OrganizationConfig",
        parameters: &[],
        needs: Some("IsDehydrated"),
    },
    Endpoint {
        name: "Mailbox",
        cmdlet: "Get-Mailbox",
        parameters: &["Identity", "ResultSize"],
        needs: Some("UserPrincipalName"),
    },
    Endpoint {
        name: "DistributionGroupMember",
        cmdlet: "Get-DistributionGroupMember",
        parameters: &["Identity", "ResultSize"],
        needs: None,
    },
];

impl Endpoint {
    /// Whether its answers may one day not tell what is needed.
    pub(super) const fn may_lack_something(&self) -> bool {
        self.needs.is_some()
    }

    /// Whether an answer tells what is needed.
    pub(super) fn suffices(&self, rows: &Rows<Map<String, Value>>) -> bool {
        self.needs.is_none_or(|needs| rows.rows.iter().all(|row| row.contains_key(needs)))
    }
}

/// The choice of a connection, and what came of it.
pub(crate) struct Admin {
    choice: ExchangeApi,
    refused: AtomicBool,
}

impl Admin {
    pub(crate) const fn new(choice: ExchangeApi) -> Self {
        Self { choice, refused: AtomicBool::new(false) }
    }

    pub(crate) const fn choice(&self) -> ExchangeApi {
        self.choice
    }

    /// The endpoint that a cmdlet is sent to; none for `InvokeCommand`.
    pub(super) fn endpoint(&self, invocation: &Invocation) -> Option<&'static Endpoint> {
        let open = match self.choice {
            ExchangeApi::Beta => false,
            ExchangeApi::V2 => true,
            ExchangeApi::Auto => !self.refused.load(Ordering::Relaxed),
        };
        let takes = |endpoint: &&Endpoint| {
            endpoint.cmdlet.eq_ignore_ascii_case(&invocation.cmdlet)
                && invocation
                    .parameters
                    .keys()
                    .all(|name| endpoint.parameters.iter().any(|taken| taken.eq_ignore_ascii_case(name)))
        };
        ENDPOINTS.iter().find(takes).filter(|_| open)
    }

    /// Whether a failure of the Admin API means that `InvokeCommand` is to be used from now on. Says so once.
    pub(super) fn falls_back(&self, failure: &Failure) -> bool {
        let refused = matches!(failure.refusal, Refusal::Unauthorized | Refusal::Forbidden | Refusal::Other);
        let falls_back = self.choice == ExchangeApi::Auto && refused;
        if falls_back && !self.refused.swap(true, Ordering::Relaxed) {
            let why = &failure.message;
            tracing::info!(why, "the Admin API v2.0 is refused, so everything is read through InvokeCommand");
        }
        falls_back
    }
}

/// The failure of an endpoint of the Admin API, with what to do about it.
pub(super) fn with_hint(mut failure: Failure) -> Failure {
    if matches!(failure.refusal, Refusal::Unauthorized | Refusal::Other) {
        failure.hint = Some(format!(
            "the Admin API v2.0 needs the permission {}, and is not there in every tenant; `--exchange-api beta` does \
             without it",
            MANAGE_V2.least
        ));
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(choice: ExchangeApi, invocation: &Invocation) -> Option<&'static str> {
        Admin::new(choice).endpoint(invocation).map(|endpoint| endpoint.name)
    }

    #[test]
    fn an_endpoint_takes_its_cmdlet_and_no_parameter_that_it_does_not_know() {
        let members = Invocation::new("Get-DistributionGroupMember").with("Identity", "g").unlimited();
        assert_eq!(endpoint(ExchangeApi::V2, &members), Some("DistributionGroupMember"));
        assert_eq!(endpoint(ExchangeApi::Auto, &members), Some("DistributionGroupMember"));
        assert_eq!(endpoint(ExchangeApi::Beta, &members), None);
        let organization = Invocation::new("Get-OrganizationConfig");
        assert_eq!(endpoint(ExchangeApi::V2, &organization), Some("OrganizationConfig"));
        let access = organization.with("RetrieveEwsOperationAccessPolicy", true);
        assert_eq!(endpoint(ExchangeApi::V2, &access), None);
        for other in ["Get-DistributionGroup", "Set-Mailbox", "Get-RoleGroupMember"] {
            assert_eq!(endpoint(ExchangeApi::V2, &Invocation::new(other)), None, "{other}");
        }
    }

    #[test]
    fn a_refusal_closes_it_for_good_where_there_is_a_choice() {
        let failure = |refusal| Failure { refusal, message: "no".to_owned(), request_id: None, hint: None };
        let admin = Admin::new(ExchangeApi::Auto);
        assert!(!admin.falls_back(&failure(Refusal::Transient)));
        assert!(!admin.falls_back(&failure(Refusal::NotFound)));
        assert!(admin.endpoint(&Invocation::new("Get-OrganizationConfig")).is_some());
        assert!(admin.falls_back(&failure(Refusal::Unauthorized)));
        assert!(admin.endpoint(&Invocation::new("Get-OrganizationConfig")).is_none());
        assert!(!Admin::new(ExchangeApi::V2).falls_back(&failure(Refusal::Unauthorized)));
    }

    #[test]
    fn an_answer_that_does_not_tell_what_is_needed_is_of_no_use() {
        let rows =
            |row: Value| Rows { rows: vec![row.as_object().cloned().unwrap_or_default()], ..Rows::default() };
        let organization = &ENDPOINTS[0];
        assert!(organization.suffices(&rows(serde_json::json!({ "Name": "x", "IsDehydrated": false }))));
        assert!(
            !organization.suffices(&rows(serde_json::json!({ "Name": "x", "MailTipsAllTipsEnabled": true })))
        );
        assert!(ENDPOINTS[2].suffices(&rows(serde_json::json!({}))));
    }
}
