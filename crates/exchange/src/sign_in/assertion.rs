//! What an application shows instead of a secret: a statement that its certificate signs, or one of another issuer.

use std::fmt;
use std::path::PathBuf;
use std::time::SystemTime;

use async_trait::async_trait;
use azure_core::Uuid;
use azure_core::error::{Error, ErrorKind};
use azure_core::http::ClientMethodOptions;
use azure_identity::ClientAssertion;
use jsonwebtoken::{Algorithm, Header};
use serde::Serialize;

use super::certificate::Certificate;

/// How long a statement holds, in seconds: Entra advises five to ten minutes.
const LIFETIME: u64 = 600;

/// Signed by a certificate (certificate-credentials of the Microsoft identity platform). `azure_identity` has a
/// credential of its own for certificates, which needs the C library OpenSSL.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) certificate: Certificate,
    pub(super) client_id: String,
    /// The address of the token endpoint.
    pub(super) audience: String,
    pub(super) send_chain: bool,
}

#[derive(Serialize)]
struct Statement<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: u64,
    iat: u64,
    exp: u64,
}

impl Signed {
    fn statement(&self, now: u64) -> jsonwebtoken::errors::Result<String> {
        let mut header = Header::new(Algorithm::PS256);
        header.x5t_s256 = Some(self.certificate.thumbprint.clone());
        header.x5c = self.send_chain.then(|| self.certificate.chain.clone());
        let statement = Statement {
            aud: &self.audience,
            iss: &self.client_id,
            sub: &self.client_id,
            jti: Uuid::new_v4().to_string(),
            nbf: now,
            iat: now,
            exp: now + LIFETIME,
        };
        jsonwebtoken::encode(&header, &statement, &self.certificate.key)
    }
}

#[async_trait]
impl ClientAssertion for Signed {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        self.statement(now).map_err(|_| {
            Error::with_message(ErrorKind::Credential, "the certificate's private key cannot sign")
        })
    }
}

/// The token of another issuer, in a file. `azure_identity` reads such a file again only after ten minutes, and GitHub's
/// tokens live for five.
pub(super) struct FromFile(pub(super) PathBuf);

impl fmt::Debug for FromFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FromFile({})", self.0.display())
    }
}

#[async_trait]
impl ClientAssertion for FromFile {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        let wrong = |what: String| Error::with_message(ErrorKind::Credential, what);
        let shown = self.0.display();
        let text = std::fs::read_to_string(&self.0)
            .map_err(|error| wrong(format!("the token file {shown} cannot be read: {error}")))?;
        let token = text.trim();
        if token.is_empty() {
            return Err(wrong(format!("the token file {shown} is empty")));
        }
        Ok(token.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::Value;

    use super::super::certificate::tests::rsa;
    use super::*;

    #[test]
    fn the_certificate_signs_what_entra_asks_for() {
        let (key, pem) = rsa();
        let mut signed = Signed {
            certificate: Certificate::read(pem.as_bytes(), None).unwrap(),
            client_id: "client".to_owned(),
            audience: "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token".to_owned(),
            send_chain: false,
        };
        let now = 4_000_000_000;
        let token = signed.statement(now).unwrap();
        let mut validation = Validation::new(Algorithm::PS256);
        validation.set_audience(&[&signed.audience]);
        let public = DecodingKey::from_rsa_pem(key.public_key_pem().as_bytes()).unwrap();
        let read = jsonwebtoken::decode::<Value>(&token, &public, &validation).unwrap();
        assert_eq!(read.header.x5t_s256.as_deref(), Some(signed.certificate.thumbprint.as_str()));
        assert_eq!(read.header.x5c, None);
        assert_eq!((&read.claims["iss"], &read.claims["sub"]), (&"client".into(), &"client".into()));
        assert_eq!((&read.claims["nbf"], &read.claims["exp"]), (&now.into(), &(now + 600).into()));
        signed.send_chain = true;
        let again = jsonwebtoken::decode_header(signed.statement(now).unwrap()).unwrap();
        assert_eq!(again.x5c.as_ref(), Some(&signed.certificate.chain));
        assert!(!format!("{signed:?}").contains("PRIVATE"));
    }
}
