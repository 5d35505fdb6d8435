//! Shares of requests: of all, or by service, cmdlet and route.

use super::limit::Service;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// From 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Share {
    /// Of what goes to Graph and to Exchange.
    All(f64),
    /// By `graph`, `exchange`, `token`, `keyVault`, a cmdlet's name or the beginning of a path; the first that fits counts.
    Of(IndexMap<String, f64>),
}

impl Default for Share {
    fn default() -> Self {
        Self::All(0.0)
    }
}

impl Share {
    pub(crate) fn is_valid(&self) -> bool {
        let valid = |share: &f64| (0.0..=1.0).contains(share);
        match self {
            Self::All(share) => valid(share),
            Self::Of(shares) => shares.values().all(valid),
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::All(share) => *share <= 0.0,
            Self::Of(shares) => shares.values().all(|share| *share <= 0.0),
        }
    }

    pub(crate) fn of(&self, service: Service, cmdlet: Option<&str>, path: &str) -> f64 {
        match self {
            Self::All(share) if matches!(service, Service::Graph | Service::Exchange) => *share,
            Self::All(_) => 0.0,
            Self::Of(shares) => shares
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(service.name()) || names(name, cmdlet, path))
                .map_or(0.0, |(_, share)| *share),
        }
    }
}

/// Whether `pattern` means this call: a cmdlet's name, or the beginning of a path.
pub(crate) fn names(pattern: &str, cmdlet: Option<&str>, path: &str) -> bool {
    if pattern.starts_with('/') {
        path.starts_with(pattern)
    } else {
        cmdlet.is_some_and(|cmdlet| cmdlet.eq_ignore_ascii_case(pattern))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_go_by_service_cmdlet_and_route() {
        let of = |json: &str, service, cmdlet, path| {
            serde_json::from_str::<Share>(json).map_or(-1.0, |share| share.of(service, cmdlet, path))
        };
        let near = |left: f64, right: f64| assert!((left - right).abs() < 1e-9, "{left} {right}");
        near(of("0.3", Service::Graph, None, "/v1.0/users"), 0.3);
        near(of("0.3", Service::Token, None, "/contoso/oauth2/v2.0/token"), 0.0);
        let some = r#"{"New-RoleGroup": 1, "/v1.0/users": 0.5, "exchange": 0.25, "token": 0.125}"#;
        near(of(some, Service::Exchange, Some("New-RoleGroup"), "/adminapi"), 1.0);
        near(of(some, Service::Exchange, Some("Get-RoleGroup"), "/adminapi"), 0.25);
        near(of(some, Service::Graph, None, "/v1.0/users/x"), 0.5);
        near(of(some, Service::Graph, None, "/v1.0/groups"), 0.0);
        near(of(some, Service::Token, None, "/x"), 0.125);
        assert!(!serde_json::from_str::<Share>("1.5").is_ok_and(|share| share.is_valid()));
        assert!(!serde_json::from_str::<Share>(r#"{"graph": -1}"#).is_ok_and(|share| share.is_valid()));
    }
}
