//! TLS for clients that insist on https, with an authority of our own.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// Longer than any server lives, and no longer than strict clients accept.
const DAYS: u64 = 397;

/// A certificate for `localhost`, 127.0.0.1 and `::1`, and the authority that signed it. Both are made anew each time;
/// the authority's key is forgotten at once, so nobody can sign anything else with it.
pub struct TlsIdentity {
    authority: String,
    config: Arc<ServerConfig>,
}

impl TlsIdentity {
    /// Makes one; the certificate is good for `address` too, unless that means every address. The error says what the
    /// cryptographic library refused.
    pub fn generate(address: IpAddr) -> Result<TlsIdentity, TlsError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let epoch = rcgen::date_time_ymd(1970, 1, 1);
        let day = Duration::from_hours(24);
        let (from, until) =
            (epoch + since.saturating_sub(day), epoch + since + day * u32::try_from(DAYS).unwrap_or(1));
        let dated = |names: Vec<String>, name: &str| -> Result<CertificateParams, TlsError> {
            let mut parameters = CertificateParams::new(names)?;
            (parameters.not_before, parameters.not_after) = (from, until);
            parameters.distinguished_name.push(DnType::CommonName, name);
            parameters.use_authority_key_identifier_extension = true;
            Ok(parameters)
        };

        let mut parameters = dated(Vec::new(), "Anteroom simulated authority")?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let authority = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;

        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        if !address.is_unspecified() && !names.contains(&address.to_string()) {
            names.push(address.to_string());
        }
        let mut parameters = dated(names, "localhost")?;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = parameters.signed_by(&key, &authority)?;

        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsIdentity { authority: authority.pem(), config: Arc::new(config) })
    }

    /// The authority's certificate in PEM: what a client has to trust.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsIdentity").finish_non_exhaustive()
    }
}

/// Why no certificate could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError(String);

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsError {}

impl From<rcgen::Error> for TlsError {
    fn from(error: rcgen::Error) -> Self {
        TlsError(error.to_string())
    }
}

impl From<tokio_rustls::rustls::Error> for TlsError {
    fn from(error: tokio_rustls::rustls::Error) -> Self {
        TlsError(error.to_string())
    }
}
