//! The documented Admin API v2.0: a few cmdlets, one endpoint each.
//! `learn.microsoft.com/exchange/reference/admin-api-endpoints-reference` lists them; Set-Mailbox, folder permissions and
//! dynamic groups are not simulated.

use serde_json::{Map, Value};

/// The application permission that it takes.
pub(crate) const PERMISSION: &str = "Exchange.ManageAsAppV2";

/// One endpoint.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// The last segment of its path.
    name: &'static str,
    cmdlet: &'static str,
    /// What of the cmdlet's parameters it takes.
    parameters: &'static [&'static str],
}

const ENDPOINTS: &[Endpoint] = &[
    Endpoint { name: "OrganizationConfig", cmdlet: "Get-OrganizationConfig", parameters: &[] },
    Endpoint {
        name: "AcceptedDomain",
        cmdlet: "Get-AcceptedDomain",
        parameters: &["Identity", "ResultSize"],
    },
    Endpoint { name: "Mailbox", cmdlet: "Get-Mailbox", parameters: &["Identity", "ResultSize"] },
    Endpoint {
        name: "DistributionGroupMember",
        cmdlet: "Get-DistributionGroupMember",
        parameters: &["Identity", "ResultSize"],
    },
];

/// An endpoint by the last segment of a path.
pub(crate) fn find(name: &str) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| endpoint.name.eq_ignore_ascii_case(name))
}

impl Endpoint {
    /// Why it does not take this call.
    pub(crate) fn refusal(&self, cmdlet: &str, parameters: &Map<String, Value>) -> Option<String> {
        if !cmdlet.eq_ignore_ascii_case(self.cmdlet) {
            return Some(format!("The cmdlet '{cmdlet}' isn't supported by the endpoint {}.", self.name));
        }
        let known = |name: &str| self.parameters.iter().any(|known| known.eq_ignore_ascii_case(name));
        let unknown = parameters.keys().find(|name| !known(name))?;
        Some(format!("The parameter '{unknown}' isn't supported by the endpoint {}.", self.name))
    }
}
