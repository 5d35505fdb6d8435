//! `X-AnchorMailbox`: the mailbox whose server runs a cmdlet.
//!
//! Facts: the transport of the `ExchangeOnlineManagement` module. An application is routed by the organisation's own
//! system mailbox and the tenant's GUID, a user by the user's own.

use crate::connection::{Audience, Connection};
use crate::sign_in::Claims;

/// The mailbox that each organisation has.
const SYSTEM_MAILBOX: &str = "SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}";

impl Connection {
    /// The anchor for whoever is signed in to Exchange. Without a token the request itself will say why there is none.
    pub(super) async fn anchor(&self) -> String {
        let claims = self.claims(Audience::Exchange).await.ok().flatten();
        anchor(claims.as_ref(), &self.tenant)
    }
}

/// The tenant's name stands in where the token cannot be read.
fn anchor(claims: Option<&Claims>, tenant: &str) -> String {
    let tenant = claims.and_then(|claims| claims.tenant.as_deref()).unwrap_or(tenant);
    match claims {
        Some(Claims { app_only: false, user_principal_name: Some(user), .. }) => format!("UPN:{user}"),
        _ => format!("APP:{SYSTEM_MAILBOX}@{tenant}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(payload: &str) -> Option<Claims> {
        Claims::of_token(&format!("e30.{}.c2ln", azure_core::base64::encode_url_safe(payload)))
    }

    #[test]
    fn an_application_is_routed_by_the_tenants_guid_and_a_user_by_their_own_mailbox() {
        let app = claims(r#"{"aud":"x","tid":"11111111-2222-3333-4444-555555555555","idtyp":"app"}"#);
        assert!(app.is_some());
        assert_eq!(
            anchor(app.as_ref(), "contoso.com"),
            "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@11111111-2222-3333-4444-555555555555"
        );
        let user = claims(r#"{"aud":"x","tid":"t","scp":"Exchange.Manage","upn":"admin@contoso.com"}"#);
        assert_eq!(anchor(user.as_ref(), "contoso.com"), "UPN:admin@contoso.com");
        assert!(anchor(None, "contoso.com").ends_with("@contoso.com"));
    }
}
