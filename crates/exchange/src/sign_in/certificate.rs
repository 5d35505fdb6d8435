//! A client certificate and its private key, from a PEM or a PFX file.

use std::fmt;

use azure_core::base64;
use jsonwebtoken::EncodingKey;
use p12_keystore::Pkcs12Archive;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::secret::Secret;

/// What signs assertions.
pub(super) struct Certificate {
    pub(super) key: EncodingKey,
    /// The SHA-256 digest of the certificate, as `x5t#S256` writes it.
    pub(super) thumbprint: String,
    /// The certificate and those that vouch for it, as `x5c` writes them.
    pub(super) chain: Vec<String>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads the contents of a file; the error says what is wrong with it.
    pub(super) fn read(contents: &[u8], password: Option<&Secret>) -> Result<Self, String> {
        match std::str::from_utf8(contents) {
            Ok(text) if text.contains("-----BEGIN ") => Self::from_pem(text),
            _ => Self::from_pfx(contents, password),
        }
    }

    fn from_pem(text: &str) -> Result<Self, String> {
        let mut key = None;
        let mut chain = Vec::new();
        for block in blocks(text) {
            match block.label {
                "CERTIFICATE" => chain.push(block.der()?),
                // OpenSSL's own form says so in a header of the block: `Proc-Type: 4,ENCRYPTED`.
                label if label.starts_with("ENCRYPTED ") || block.body.contains("4,ENCRYPTED") => {
                    return Err(
                        "its private key is encrypted, which is read from PFX files only; decrypt it, or convert the file \
                         to PFX"
                            .to_owned(),
                    );
                }
                "PRIVATE KEY" | "RSA PRIVATE KEY" if key.is_none() => key = Some(block.whole),
                "EC PRIVATE KEY" => return Err(NOT_RSA.to_owned()),
                _ => {}
            }
        }
        let key = key.ok_or("it has no private key; the file needs the key and the certificate")?;
        Self::new(key, &chain)
    }

    fn from_pfx(contents: &[u8], password: Option<&Secret>) -> Result<Self, String> {
        let archive = Pkcs12Archive::from_pkcs12(contents, password.map_or("", Secret::expose)).map_err(
            |error| match (error, password) {
                (p12_keystore::error::Error::MacError(_), Some(_)) => "the password is wrong".to_owned(),
                (p12_keystore::error::Error::MacError(_), None) => "it needs a password".to_owned(),
                (error, _) => format!("it is neither PEM nor a PFX file that can be read: {error}"),
            },
        )?;
        let key = archive.keys.first().ok_or("it has no private key")?;
        let id = key.local_key_id.as_ref().map(AsRef::as_ref);
        let belongs = |bag: &&p12_keystore::CertificateBag| id.is_some() && bag.local_key_id.as_deref() == id;
        let own = archive.certs.iter().find(belongs).or(archive.certs.first());
        let others =
            archive.certs.iter().filter(|bag| own.is_none_or(|own| own.cert.as_der() != bag.cert.as_der()));
        let chain: Vec<Vec<u8>> =
            own.into_iter().chain(others).map(|bag| bag.cert.as_der().to_vec()).collect();
        let text = Zeroizing::new(base64::encode(key.key.as_der()));
        let pem =
            Zeroizing::new(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", *text));
        Self::new(&pem, &chain)
    }

    /// `chain` begins with the certificate of the key.
    fn new(key: &str, chain: &[Vec<u8>]) -> Result<Self, String> {
        let own = chain.first().ok_or("it has no certificate; the file needs the key and the certificate")?;
        let key = EncodingKey::from_rsa_pem(key.as_bytes()).map_err(|_| NOT_RSA)?;
        let thumbprint = base64::encode_url_safe(Sha256::digest(own));
        Ok(Self { key, thumbprint, chain: chain.iter().map(base64::encode).collect() })
    }
}

/// Entra takes assertions that an RSA key has signed (certificate-credentials of the Microsoft identity platform).
const NOT_RSA: &str = "its private key is no RSA key, and Entra takes no other";

struct Block<'a> {
    label: &'a str,
    body: &'a str,
    whole: &'a str,
}

impl Block<'_> {
    fn der(&self) -> Result<Vec<u8>, String> {
        let body: String = self.body.split_whitespace().collect();
        base64::decode(body).map_err(|_| format!("its {} is not base64", self.label.to_lowercase()))
    }
}

/// The blocks of a PEM file; what stands between them says nothing.
fn blocks(mut text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    while let Some(start) = text.find("-----BEGIN ") {
        let rest = &text[start..];
        let Some((label, after)) =
            rest.strip_prefix("-----BEGIN ").and_then(|named| named.split_once("-----"))
        else {
            break;
        };
        let end = format!("-----END {label}-----");
        let Some(length) = after.find(&end) else { break };
        let whole = rest.len() - after.len() + length + end.len();
        blocks.push(Block { label, body: &after[..length], whole: &rest[..whole] });
        text = &rest[whole..];
    }
    blocks
}

#[cfg(test)]
pub(super) mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SignatureAlgorithm};

    use super::*;

    /// A key with its certificate, as PEM.
    pub(crate) fn pem_of(algorithm: &'static SignatureAlgorithm) -> (KeyPair, String) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let certificate =
            CertificateParams::new(vec!["anteroom".to_owned()]).unwrap().self_signed(&key).unwrap();
        let pem = format!("Bag Attributes\n{}\n{}", certificate.pem(), key.serialize_pem());
        (key, pem)
    }

    pub(crate) fn rsa() -> (KeyPair, String) {
        pem_of(&PKCS_RSA_SHA256)
    }

    fn pfx_of(pem: &str, key: &KeyPair, password: &str) -> (Vec<u8>, Vec<u8>) {
        let der = blocks(pem)[0].der().unwrap();
        let certificate = p12_keystore::Certificate::from_der(&der).unwrap();
        let key = p12_keystore::PrivateKey::from_der(&key.serialize_der()).unwrap();
        let chain = p12_keystore::PrivateKeyChain::new("1", key, [certificate]);
        let mut store = p12_keystore::KeyStore::new();
        store.add_entry("anteroom", p12_keystore::KeyStoreEntry::PrivateKeyChain(chain));
        (store.writer(password).write().unwrap(), der)
    }

    #[test]
    fn pem_and_pfx_say_the_same() {
        let (key, pem) = rsa();
        let from_pem = Certificate::read(pem.as_bytes(), None).unwrap();
        let (pfx, der) = pfx_of(&pem, &key, "hunter2");
        let from_pfx = Certificate::read(&pfx, Some(&Secret::new("hunter2"))).unwrap();
        assert_eq!(from_pem.thumbprint, base64::encode_url_safe(Sha256::digest(&der)));
        assert_eq!(from_pem.thumbprint, from_pfx.thumbprint);
        assert_eq!(from_pem.key.as_bytes(), from_pfx.key.as_bytes());
        assert_eq!(from_pem.chain, [base64::encode(&der)]);
        assert_eq!(from_pem.chain, from_pfx.chain);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_told() {
        let (key, pem) = rsa();
        let wrong = |contents: &[u8], password: Option<&str>| {
            Certificate::read(contents, password.map(Secret::new).as_ref()).unwrap_err()
        };
        let certificate = pem.split("-----BEGIN PRIVATE").next().unwrap();
        assert!(wrong(certificate.as_bytes(), None).starts_with("it has no private key"));
        assert!(wrong(key.serialize_pem().as_bytes(), None).starts_with("it has no certificate"));
        assert!(
            wrong(pem_of(&PKCS_ECDSA_P256_SHA256).1.as_bytes(), None)
                .starts_with("its private key is no RSA key")
        );
        let encrypted = pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        assert!(wrong(encrypted.as_bytes(), None).starts_with("its private key is encrypted"));
        let header = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n";
        let older = pem
            .replace("PRIVATE KEY", "RSA PRIVATE KEY")
            .replace("-----BEGIN RSA PRIVATE KEY-----\n", header);
        assert!(wrong(older.as_bytes(), None).starts_with("its private key is encrypted"));
        let (pfx, _) = pfx_of(&pem, &key, "hunter2");
        assert_eq!(wrong(&pfx, Some("hunter3")), "the password is wrong");
        assert_eq!(wrong(&pfx, None), "it needs a password");
        assert!(wrong(b"\x00\x01", None).starts_with("it is neither PEM nor a PFX file"));
        assert!(wrong(b"-----BEGIN CERTIFICATE-----\n", None).starts_with("it has no private key"));
    }
}
