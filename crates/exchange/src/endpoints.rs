//! Where the services are.

use anteroom_model::cloud::Cloud;
use reqwest::Url;

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
    /// Whose names Graph and Exchange have in tokens.
    cloud: Cloud,
}

impl Endpoints {
    /// A cloud of Microsoft 365 (national cloud deployments of Microsoft Graph; admin-api-get-started of Exchange).
    pub fn of(cloud: Cloud) -> Self {
        let (graph, exchange, authority, vault) = match cloud {
            Cloud::Global => (
                "graph.microsoft.com",
                "outlook.office365.com",
                "login.microsoftonline.com",
                "vault.azure.net",
            ),
            Cloud::UsGov => (
                "graph.microsoft.us",
                "outlook.office365.us",
                "login.microsoftonline.us",
                "vault.usgovcloudapi.net",
            ),
            Cloud::UsGovDoD => (
                "dod-graph.microsoft.us",
                "outlook-dod.office365.us",
                "login.microsoftonline.us",
                "vault.usgovcloudapi.net",
            ),
            Cloud::China => (
                "microsoftgraph.chinacloudapi.cn",
                "outlook.office365.cn",
                "login.chinacloudapi.cn",
                "vault.azure.cn",
            ),
        };
        Self {
            graph: format!("https://{graph}/v1.0"),
            exchange: format!("https://{exchange}"),
            authority: format!("https://{authority}"),
            vault: format!("https://{{name}}.{vault}"),
            cloud,
        }
    }

    /// The worldwide cloud of Microsoft 365.
    pub fn global() -> Self {
        Self::of(Cloud::Global)
    }

    /// Everything below one base: the simulator, or any stand-in for a tenant. Whatever cloud the tenant is in, the
    /// stand-in gives tokens by the names of the global one.
    pub fn single(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self {
            graph: format!("{base}/v1.0"),
            exchange: base.to_owned(),
            authority: base.to_owned(),
            vault: format!("{base}/keyvault/{{name}}"),
            cloud: Cloud::Global,
        }
    }

    /// The scope of the tokens that a service takes.
    pub(crate) fn scope(&self, audience: Audience) -> String {
        let resource = match (self.cloud, audience) {
            (Cloud::Global, Audience::Graph) => "graph.microsoft.com",
            (Cloud::UsGov, Audience::Graph) => "graph.microsoft.us",
            (Cloud::UsGovDoD, Audience::Graph) => "dod-graph.microsoft.us",
            (Cloud::China, Audience::Graph) => "microsoftgraph.chinacloudapi.cn",
            (Cloud::Global, Audience::Exchange) => "outlook.office365.com",
            (Cloud::UsGov, Audience::Exchange) => "outlook.office365.us",
            (Cloud::UsGovDoD, Audience::Exchange) => "outlook-dod.office365.us",
            // Working clients of that cloud ask for this resource, whichever address they send to.
            (Cloud::China, Audience::Exchange) => "partner.outlook.cn",
        };
        format!("https://{resource}/.default")
    }

    /// Whether any of them needs TLS.
    pub(crate) fn need_tls(&self) -> bool {
        [&self.graph, &self.exchange, &self.authority].iter().any(|base| !base.starts_with("http://"))
    }
}

/// Whether a link leads to where a service is, so that a token for it may go there: the same scheme, host and port,
/// however they are spelt, and a path below that of its base.
pub(crate) fn is_below(base: &str, link: &str) -> bool {
    let (Ok(base), Ok(link)) = (Url::parse(base), Url::parse(link)) else { return false };
    let path = base.path().trim_end_matches('/');
    let rest = link.path().strip_prefix(path);
    let plain = link.username().is_empty() && link.password().is_none();
    plain && base.origin() == link.origin() && rest.is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cloud_has_services_and_tokens_of_its_own() {
        let told: Vec<String> = Cloud::ALL
            .into_iter()
            .map(|cloud| {
                let endpoints = Endpoints::of(cloud);
                let scopes = [Audience::Graph, Audience::Exchange].map(|audience| endpoints.scope(audience));
                for (audience, scope) in [Audience::Graph, Audience::Exchange].into_iter().zip(&scopes) {
                    assert_eq!(
                        Audience::of_claim(scope.trim_end_matches("/.default")),
                        Some(audience),
                        "{scope}"
                    );
                }
                format!(
                    "{} {} {} {} {}",
                    endpoints.graph,
                    endpoints.exchange,
                    endpoints.authority,
                    endpoints.vault,
                    scopes.join(" ")
                )
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @"
        https://graph.microsoft.com/v1.0 https://outlook.office365.com https://login.microsoftonline.com https://{name}.vault.azure.net https://graph.microsoft.com/.default https://outlook.office365.com/.default
        https://graph.microsoft.us/v1.0 https://outlook.office365.us https://login.microsoftonline.us https://{name}.vault.usgovcloudapi.net https://graph.microsoft.us/.default https://outlook.office365.us/.default
        https://dod-graph.microsoft.us/v1.0 https://outlook-dod.office365.us https://login.microsoftonline.us https://{name}.vault.usgovcloudapi.net https://dod-graph.microsoft.us/.default https://outlook-dod.office365.us/.default
        https://microsoftgraph.chinacloudapi.cn/v1.0 https://outlook.office365.cn https://login.chinacloudapi.cn https://{name}.vault.azure.cn https://microsoftgraph.chinacloudapi.cn/.default https://partner.outlook.cn/.default
        ");
    }

    #[test]
    fn a_link_leads_to_the_service_however_it_is_spelt_and_nowhere_else() {
        let graph = "https://graph.microsoft.com/v1.0";
        for link in
            ["https://graph.microsoft.com/v1.0/users", "HTTPS://Graph.Microsoft.com:443/v1.0/users?$skip=1"]
        {
            assert!(is_below(graph, link), "{link}");
        }
        for link in [
            "https://graph.microsoft.com/beta/users",
            "https://graph.microsoft.com/v1.0/../beta/users",
            "https://graph.microsoft.com/v1.0x/users",
            "http://graph.microsoft.com/v1.0/users",
            "https://graph.microsoft.com:8443/v1.0/users",
            "https://graph.microsoft.com.example.com/v1.0/users",
            "https://graph.microsoft.com@example.com/v1.0/users",
            "https://somebody@graph.microsoft.com/v1.0/users",
            "/v1.0/users",
            "",
        ] {
            assert!(!is_below(graph, link), "{link}");
        }
        assert!(is_below(
            "https://outlook.office365.com",
            "https://outlook.office365.com:443/adminapi/beta/t/InvokeCommand?x"
        ));
        assert!(is_below("http://127.0.0.1:80", "http://127.0.0.1/adminapi"));
    }

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
