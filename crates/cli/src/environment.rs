//! What the environment says about signing in: the one place that reads it.

use std::path::PathBuf;

use anteroom_exchange::sign_in::{Chain, Name};
use anteroom_exchange::{Credential, Programs, Secret};
use anteroom_model::diagnostic::Diagnostic;

use crate::exit::Failure;

/// A bearer token that overrides every other credential.
const ACCESS_TOKEN: &str = "ANTEROOM_ACCESS_TOKEN";
/// The directory (tenant) id.
pub(crate) const TENANT_ID: &str = "AZURE_TENANT_ID";
/// The application (client) id; that of a managed identity where that is user-assigned.
pub(crate) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// The client secret.
pub(crate) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";
/// The file of a client certificate.
const CERTIFICATE_PATH: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
/// Its password.
const CERTIFICATE_PASSWORD: &str = "AZURE_CLIENT_CERTIFICATE_PASSWORD";
/// Whether its chain is sent.
const SEND_CHAIN: &str = "AZURE_CLIENT_SEND_CERTIFICATE_CHAIN";
/// The file of a token of another issuer.
const TOKEN_FILE: &str = "AZURE_FEDERATED_TOKEN_FILE";
/// Where services in Azure say that they give tokens of a managed identity; `azure_identity` reads them itself.
const IDENTITY_ENDPOINTS: [&str; 2] = ["IDENTITY_ENDPOINT", "MSI_ENDPOINT"];

/// What the environment says about signing in. A variable that is empty or no text counts as not set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    access_token: Option<Secret>,
    tenant_id: Option<String>,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    certificate_path: Option<PathBuf>,
    certificate_password: Option<Secret>,
    send_chain: bool,
    token_file: Option<PathBuf>,
    identity_announced: bool,
}

impl Environment {
    /// That of the process.
    pub(crate) fn read() -> Self {
        Self::from(&|name| std::env::var(name).ok())
    }

    fn from(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let text = |name: &str| {
            variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let yes = |value: &String| value == "1" || value.eq_ignore_ascii_case("true");
        Self {
            access_token: text(ACCESS_TOKEN).map(Secret::new),
            tenant_id: text(TENANT_ID),
            client_id: text(CLIENT_ID),
            client_secret: text(CLIENT_SECRET).map(Secret::new),
            certificate_path: text(CERTIFICATE_PATH).map(PathBuf::from),
            // A password may well begin or end with a space.
            certificate_password: variable(CERTIFICATE_PASSWORD)
                .filter(|value| !value.is_empty())
                .map(Secret::new),
            send_chain: text(SEND_CHAIN).as_ref().is_some_and(yes),
            token_file: text(TOKEN_FILE).map(PathBuf::from),
            identity_announced: IDENTITY_ENDPOINTS.iter().any(|name| text(name).is_some()),
        }
    }

    /// The credential to work with: the one that was asked for, else a given token, else the first of the others that
    /// gives a token, in the order of `DefaultAzureCredential`. What does not sign in at the tenant's own authority has
    /// tokens of a real tenant: a stand-in gets these only where that is asked for.
    pub(crate) fn credential(&self, forced: Option<Name>, stand_in: bool) -> Result<Credential, Failure> {
        match forced {
            Some(name) => self.of(name).map_err(|missing| {
                let (what, hint) = explained(name);
                Diagnostic::error("credentials-missing", missing).detail(what).hint(hint).into()
            }),
            None => Ok(match self.of(Name::Token) {
                Ok(token) => token,
                Err(_) => self.chain(stand_in),
            }),
        }
    }

    fn chain(&self, stand_in: bool) -> Credential {
        let mut chain = Chain::default();
        for name in Name::ALL.into_iter().filter(|name| *name != Name::Token) {
            if stand_in && matches!(name, Name::ManagedIdentity | Name::AzureCli) {
                let why = "not sent to a stand-in without --credential".to_owned();
                chain.not_set_up.push((name, why));
                continue;
            }
            match self.of(name) {
                Ok(credential) => chain.credentials.push(credential),
                Err(missing) => chain.not_set_up.push((name, missing)),
            }
        }
        Credential::FirstOf(chain)
    }

    /// One credential, or which variables it lacks.
    fn of(&self, name: Name) -> Result<Credential, String> {
        let client_id = || self.client_id.clone();
        match name {
            Name::Token => {
                let token = self.access_token.clone().ok_or_else(|| missing(&[(ACCESS_TOKEN, true)]))?;
                Ok(Credential::AccessToken(token))
            }
            Name::Secret => match (client_id(), self.client_secret.clone()) {
                (Some(client_id), Some(secret)) => Ok(Credential::ClientSecret { client_id, secret }),
                (id, secret) => Err(missing(&[(CLIENT_ID, id.is_none()), (CLIENT_SECRET, secret.is_none())])),
            },
            Name::Certificate => match (client_id(), self.certificate_path.clone()) {
                (Some(client_id), Some(path)) => Ok(Credential::ClientCertificate {
                    client_id,
                    path,
                    password: self.certificate_password.clone(),
                    send_chain: self.send_chain,
                }),
                (id, path) => Err(missing(&[(CLIENT_ID, id.is_none()), (CERTIFICATE_PATH, path.is_none())])),
            },
            Name::WorkloadIdentity => match (client_id(), self.token_file.clone()) {
                (Some(client_id), Some(token_file)) => {
                    Ok(Credential::WorkloadIdentity { client_id, token_file })
                }
                (id, file) => Err(missing(&[(CLIENT_ID, id.is_none()), (TOKEN_FILE, file.is_none())])),
            },
            Name::ManagedIdentity => {
                Ok(Credential::ManagedIdentity { client_id: client_id(), announced: self.identity_announced })
            }
            Name::AzureCli => Ok(Credential::AzureCli),
        }
    }

    /// The tenant that the environment names.
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.tenant_id.as_deref()
    }

    /// Whether the tenant can be the one that the environment names.
    pub(crate) fn check_tenant(&self, tenant: &str) -> Result<(), Failure> {
        match &self.tenant_id {
            Some(id) if contradicts(id, tenant) => Err(Diagnostic::error(
                "tenant-mismatch",
                format!("{TENANT_ID} is {id}, and the manifest's tenant is {tenant}"),
            )
            .hint(format!("unset {TENANT_ID}, or correct `tenant:` in the manifest"))
            .into()),
            _ => Ok(()),
        }
    }
}

/// The variables that are missing, as a sentence.
fn missing(variables: &[(&str, bool)]) -> String {
    let names: Vec<&str> = variables.iter().filter_map(|(name, missing)| missing.then_some(*name)).collect();
    let are = if names.len() == 1 { "is" } else { "are" };
    format!("{} {are} not set", names.join(" and "))
}

/// What the variables of a credential hold, and what to do.
fn explained(name: Name) -> (String, String) {
    let id = format!("{CLIENT_ID} is the application (client) id of an app registration of the tenant");
    let what = match name {
        Name::Token => format!("{ACCESS_TOKEN} holds a bearer token."),
        Name::Secret => format!("{id}, and {CLIENT_SECRET} one of its client secrets."),
        Name::Certificate => format!(
            "{id}, and {CERTIFICATE_PATH} names a PEM or PFX file with one of its certificates and the private key; \
             {CERTIFICATE_PASSWORD} opens a PFX file."
        ),
        Name::WorkloadIdentity => format!(
            "{id} that trusts another issuer, and {TOKEN_FILE} names the file in which that issuer's token is kept."
        ),
        // Neither lacks a variable.
        Name::ManagedIdentity | Name::AzureCli => String::new(),
    };
    (what, "set them, leave out --credential to try whatever is there, or work on a simulated tenant with --simulate".to_owned())
}

/// The programs that can be run. None is handed the secrets that sign in here.
pub(crate) fn programs() -> Programs {
    Programs::new(std::env::var_os("PATH"), &[CLIENT_SECRET, CERTIFICATE_PASSWORD, ACCESS_TOKEN])
}

/// Whether two names of a tenant cannot be the same one: two different ids. A domain and an id may well be.
fn contradicts(id: &str, tenant: &str) -> bool {
    is_guid(id) && is_guid(tenant) && !id.eq_ignore_ascii_case(tenant)
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "11111111-1111-1111-1111-111111111111";
    const TWO: &str = "22222222-2222-2222-2222-22222222222A";

    fn environment(set: &[(&str, &str)]) -> Environment {
        Environment::from(&|name| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    /// The names of the credentials that are tried, in order.
    fn tried(set: &[(&str, &str)]) -> Vec<&'static str> {
        match environment(set).credential(None, false).unwrap() {
            Credential::FirstOf(chain) => {
                chain.credentials.iter().filter_map(Credential::name).map(Name::as_str).collect()
            }
            one => one.name().map(Name::as_str).into_iter().collect(),
        }
    }

    #[test]
    fn credentials_are_tried_in_the_order_of_the_default_chain() {
        let all = [
            (CLIENT_ID, "c"),
            (TOKEN_FILE, "/token"),
            (CERTIFICATE_PATH, "/c.pem"),
            (CLIENT_SECRET, "s"),
            (ACCESS_TOKEN, "t"),
        ];
        assert_eq!(tried(&all), ["token"]);
        assert_eq!(
            tried(&all[..4]),
            ["secret", "certificate", "workload-identity", "managed-identity", "azure-cli"]
        );
        assert_eq!(tried(&all[..2]), ["workload-identity", "managed-identity", "azure-cli"]);
        assert_eq!(tried(&[]), ["managed-identity", "azure-cli"]);
        assert_eq!(tried(&[(CLIENT_ID, " "), (CLIENT_SECRET, "s")]), ["managed-identity", "azure-cli"]);
    }

    #[test]
    fn a_stand_in_gets_no_tokens_of_a_real_tenant_unless_that_is_asked_for() {
        let environment = environment(&[(CLIENT_ID, "c"), (CLIENT_SECRET, "s")]);
        let Ok(Credential::FirstOf(chain)) = environment.credential(None, true) else { panic!("a chain") };
        let names: Vec<Name> = chain.credentials.iter().filter_map(Credential::name).collect();
        assert_eq!(names, [Name::Secret]);
        let left_out = chain.not_set_up.iter().filter(|(_, why)| why.contains("--credential"));
        assert_eq!(
            left_out.map(|(name, _)| *name).collect::<Vec<_>>(),
            [Name::ManagedIdentity, Name::AzureCli]
        );
        assert!(matches!(environment.credential(Some(Name::AzureCli), true), Ok(Credential::AzureCli)));
    }

    #[test]
    fn one_credential_can_be_forced_and_says_what_it_lacks() {
        let set = [(ACCESS_TOKEN, "t"), (CLIENT_ID, "c"), (CLIENT_SECRET, "s")];
        let forced = |set: &[(&str, &str)], name| {
            let found = environment(set).credential(Some(name), false);
            found.map(|found| found.name().unwrap()).map_err(|failure| failure.diagnostics[0].summary.clone())
        };
        assert_eq!(forced(&set, Name::Secret), Ok(Name::Secret));
        assert_eq!(forced(&set, Name::ManagedIdentity), Ok(Name::ManagedIdentity));
        assert_eq!(
            forced(&set, Name::Certificate),
            Err("AZURE_CLIENT_CERTIFICATE_PATH is not set".to_owned())
        );
        assert_eq!(
            forced(&[], Name::WorkloadIdentity),
            Err("AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE are not set".to_owned())
        );
        assert_eq!(forced(&[], Name::Token), Err("ANTEROOM_ACCESS_TOKEN is not set".to_owned()));
    }

    #[test]
    fn every_variable_reaches_its_credential() {
        let set = [
            (CLIENT_ID, "c"),
            (CERTIFICATE_PATH, "/c.pfx"),
            (CERTIFICATE_PASSWORD, " p "),
            (SEND_CHAIN, "True"),
            ("IDENTITY_ENDPOINT", "http://127.0.0.1:1/"),
        ];
        let environment = environment(&set);
        assert!(matches!(
            environment.credential(Some(Name::Certificate), false),
            Ok(Credential::ClientCertificate { password: Some(password), send_chain: true, .. }) if password == Secret::new(" p ")
        ));
        assert!(matches!(
            environment.credential(Some(Name::ManagedIdentity), false),
            Ok(Credential::ManagedIdentity { client_id: Some(id), announced: true }) if id == "c"
        ));
        assert!(!format!("{environment:?}").contains(" p "));
    }

    #[test]
    fn the_environment_must_not_name_another_tenant() {
        let environment = environment(&[(TENANT_ID, TWO)]);
        assert!(environment.check_tenant(ONE).is_err());
        assert!(environment.check_tenant(&TWO.to_lowercase()).is_ok());
        assert!(environment.check_tenant("contoso.onmicrosoft.com").is_ok());
    }
}
