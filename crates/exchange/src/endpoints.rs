//! Where the services are.

/// A service that takes tokens of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Microsoft Graph.
    Graph,
    /// Exchange's administrative interface.
    Exchange,
}

impl Audience {
    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Graph => "Microsoft Graph",
            Self::Exchange => "Exchange",
        }
    }

    /// The service that a token's `aud` means, in any cloud; `None` for any other.
    pub(crate) fn of_claim(audience: &str) -> Option<Self> {
        let audience = audience.trim_end_matches('/').to_ascii_lowercase();
        match audience.strip_prefix("https://").unwrap_or(&audience) {
            "00000003-0000-0000-c000-000000000000"
            | "graph.microsoft.com"
            | "graph.microsoft.us"
            | "dod-graph.microsoft.us"
            | "microsoftgraph.chinacloudapi.cn" => Some(Self::Graph),
            "00000002-0000-0ff1-ce00-000000000000"
            | "outlook.office365.com"
            | "outlook.office.com"
            | "outlook.office365.us"
            | "outlook-dod.office365.us"
            | "webmail.apps.mil"
            | "outlook.office365.cn"
            | "partner.outlook.cn" => Some(Self::Exchange),
            _ => None,
        }
    }
}

/// The base addresses of the services that serve one tenant. None ends in a slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Microsoft Graph, with its version: `https://graph.microsoft.com/v1.0`.
    pub graph: String,
    /// Exchange, below which `/adminapi/beta/{tenant}/InvokeCommand` stands: `https://outlook.office365.com`.
    pub exchange: String,
    /// The token authority, below which `/{tenant}/oauth2/v2.0/token` stands: `https://login.microsoftonline.com`.
    pub authority: String,
    /// A Key Vault, with `{name}` where its name stands: `https://{name}.vault.azure.net`.
    pub vault: String,
}

impl Endpoints {
    /// The worldwide cloud of Microsoft 365.
    pub fn global() -> Self {
        Self {
            graph: "https://graph.microsoft.com/v1.0".to_owned(),
            exchange: "https://outlook.office365.com".to_owned(),
            authority: "https://login.microsoftonline.com".to_owned(),
            vault: "https://{name}.vault.azure.net".to_owned(),
        }
    }

    /// Everything below one base: the simulator, or any stand-in for a tenant.
    pub fn single(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            graph: format!("{base}/v1.0"),
            exchange: base.to_owned(),
            authority: base.to_owned(),
            vault: format!("{base}/keyvault/{{name}}"),
        }
    }

    /// The scope of the tokens that a service takes.
    #[allow(clippy::unused_self, reason = "each cloud has its own")]
    pub(crate) fn scope(&self, audience: Audience) -> String {
        match audience {
            Audience::Graph => "https://graph.microsoft.com/.default".to_owned(),
            Audience::Exchange => "https://outlook.office365.com/.default".to_owned(),
        }
    }

    /// Whether any of them needs TLS.
    pub(crate) fn need_tls(&self) -> bool {
        [&self.graph, &self.exchange, &self.authority].iter().any(|base| !base.starts_with("http://"))
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoints;

    #[test]
    fn a_single_endpoint_holds_all_services_below_one_base() {
        let endpoints = Endpoints::single("http://127.0.0.1:8080/");
        assert_eq!(endpoints.graph, "http://127.0.0.1:8080/v1.0");
        assert_eq!(endpoints.exchange, "http://127.0.0.1:8080");
        assert_eq!(endpoints.vault, "http://127.0.0.1:8080/keyvault/{name}");
        assert!(!endpoints.need_tls());
        assert!(Endpoints::global().need_tls());
    }
}
