//! Credentials and the tenant's id from the environment: the one place that reads them.

use anteroom_exchange::{Credential, Programs, Secret};
use anteroom_model::diagnostic::Diagnostic;

/// A bearer token that overrides every other credential.
const ACCESS_TOKEN: &str = "ANTEROOM_ACCESS_TOKEN";
/// The directory (tenant) id.
pub(crate) const TENANT_ID: &str = "AZURE_TENANT_ID";
/// The application (client) id.
pub(crate) const CLIENT_ID: &str = "AZURE_CLIENT_ID";
/// The client secret.
pub(crate) const CLIENT_SECRET: &str = "AZURE_CLIENT_SECRET";

/// A variable of the environment; one that is empty or no text counts as not set.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The credential, and whether the tenant is the one that the environment names.
pub(crate) fn credential(tenant: &str) -> Result<Credential, Vec<Diagnostic>> {
    from(tenant, &variable)
}

fn from(tenant: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Credential, Vec<Diagnostic>> {
    let contradiction = variable(TENANT_ID).filter(|id| contradicts(id, tenant)).map(|id| {
        Diagnostic::error(
            "tenant-mismatch",
            format!("{TENANT_ID} is {id}, and the manifest's tenant is {tenant}"),
        )
        .hint(format!("unset {TENANT_ID}, or correct `tenant:` in the manifest"))
    });
    if let Some(contradiction) = contradiction {
        return Err(vec![contradiction]);
    }
    if let Some(token) = variable(ACCESS_TOKEN) {
        return Ok(Credential::AccessToken(Secret::new(token)));
    }
    match (variable(CLIENT_ID), variable(CLIENT_SECRET)) {
        (Some(client_id), Some(secret)) => {
            Ok(Credential::ClientSecret { client_id, secret: Secret::new(secret) })
        }
        (id, secret) => {
            let missing: Vec<&str> = [(CLIENT_ID, id.is_none()), (CLIENT_SECRET, secret.is_none())]
                .into_iter()
                .filter_map(|(name, missing)| missing.then_some(name))
                .collect();
            let are = if missing.len() == 1 { "is" } else { "are" };
            Err(vec![
                Diagnostic::error("credentials-missing", format!("{} {are} not set", missing.join(" and ")))
                    .detail(format!(
                        "{CLIENT_ID} is the application (client) id of an app registration of the tenant, and {CLIENT_SECRET} one of its \
                         client secrets. {ACCESS_TOKEN} may hold a token instead."
                    ))
                    .hint("set them, or work on a simulated tenant with --simulate"),
            ])
        }
    }
}

/// The programs that can be run. None is handed the secrets that sign in here.
pub(crate) fn programs() -> Programs {
    Programs::new(
        std::env::var_os("PATH"),
        &[CLIENT_SECRET, "AZURE_CLIENT_CERTIFICATE_PASSWORD", ACCESS_TOKEN],
    )
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
    use anteroom_exchange::Credential;

    use super::from;

    const ONE: &str = "11111111-1111-1111-1111-111111111111";
    const TWO: &str = "22222222-2222-2222-2222-22222222222A";

    fn credential(tenant: &str, set: &[(&str, &str)]) -> Result<Credential, String> {
        let variable =
            |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned());
        from(tenant, &variable).map_err(|diagnostics| diagnostics[0].summary.clone())
    }

    #[test]
    fn a_token_overrides_client_and_secret() {
        let both = [("ANTEROOM_ACCESS_TOKEN", "t"), ("AZURE_CLIENT_ID", "c"), ("AZURE_CLIENT_SECRET", "s")];
        assert!(matches!(credential("contoso.com", &both), Ok(Credential::AccessToken(_))));
        assert!(matches!(
            credential("contoso.com", &both[1..]),
            Ok(Credential::ClientSecret { client_id, .. }) if client_id == "c"
        ));
    }

    #[test]
    fn what_is_missing_is_told_by_name() {
        let summary = |set: &[(&str, &str)]| credential("contoso.com", set).map(|_| ()).unwrap_err();
        assert_eq!(summary(&[]), "AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are not set");
        assert_eq!(summary(&[("AZURE_CLIENT_ID", "c")]), "AZURE_CLIENT_SECRET is not set");
    }

    #[test]
    fn the_environment_must_not_name_another_tenant() {
        let set = [("ANTEROOM_ACCESS_TOKEN", "t"), ("AZURE_TENANT_ID", TWO)];
        assert!(credential(ONE, &set).is_err());
        assert!(credential(&TWO.to_lowercase(), &set).is_ok());
        assert!(credential("contoso.onmicrosoft.com", &set).is_ok());
    }
}
