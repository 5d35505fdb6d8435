//! Whether this machine has a managed identity at all.

use std::time::Duration;

use super::http::Http;

/// The metadata service of a machine in Azure.
const METADATA: &str = "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2019-08-01";

/// How long it may take to answer. It stands in the machine's own host; elsewhere nobody answers at all.
const PATIENCE: Duration = Duration::from_secs(1);

/// Asks the metadata service in a way that it refuses, with 400, since the header that it insists on is missing. Other
/// clouds have something else at this address, and `azure_identity` alone would try for more than a minute.
pub(super) async fn is_there(http: &Http) -> Result<(), String> {
    let request = http.request(reqwest::Method::GET, METADATA).timeout(PATIENCE);
    match http.send(request).await {
        Ok(reply) if reply.status == 400 => Ok(()),
        Ok(reply) => Err(format!("this machine's metadata service is not Azure's (HTTP {})", reply.status)),
        Err(_) => Err("this machine has no metadata service of Azure".to_owned()),
    }
}
