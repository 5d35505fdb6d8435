//! How the caller proves who it is.

use std::fmt;
use std::path::PathBuf;

use crate::secret::Secret;

/// How the caller proves who it is. Everything a credential needs is handed in; of the environment only the addresses of
/// a managed identity (`IDENTITY_ENDPOINT` and its like) are read, by `azure_identity` itself.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A token that is used as it is, for Exchange and for Graph.
    AccessToken(Secret),
    /// A client secret of an app registration.
    ClientSecret {
        /// Its application id.
        client_id: String,
        /// Its secret.
        secret: Secret,
    },
    /// A certificate of an app registration.
    ClientCertificate {
        /// Its application id.
        client_id: String,
        /// The file: PEM with the private key and the certificate, or PFX (PKCS#12).
        path: PathBuf,
        /// The password of a PFX file.
        password: Option<Secret>,
        /// Whether the chain is sent with each request, for app registrations that trust a subject and issuer.
        send_chain: bool,
    },
    /// A token of another issuer that the app registration trusts, as CI systems and Kubernetes give.
    WorkloadIdentity {
        /// The application id of the app registration.
        client_id: String,
        /// The file in which the issuer keeps the token. It is read whenever it is needed, since it changes.
        token_file: PathBuf,
    },
    /// The identity that Azure gives the machine or the service that this runs on.
    ManagedIdentity {
        /// The client id of a user-assigned identity; `None` for the system-assigned one.
        client_id: Option<String>,
        /// Whether the service tells by an address of its own where tokens are given, as App Service does. If not, the
        /// metadata service of the machine is asked whether it is there.
        announced: bool,
    },
    /// Whoever is signed in to the Azure CLI.
    AzureCli,
    /// The first of several that gives a token.
    FirstOf(Chain),
}

/// Credentials in the order in which they are tried. One that turns out not to be there is passed over; one that is
/// refused ends the search, so that nobody works under another identity than the one that was set up
/// (`DefaultAzureCredential`, "continuation policy").
#[derive(Clone, Debug, Default)]
pub struct Chain {
    /// Those that are set up.
    pub credentials: Vec<Credential>,
    /// Those that are not, each with what is missing, such as `AZURE_CLIENT_SECRET is not set`.
    pub not_set_up: Vec<(Name, String)>,
}

/// What a credential is called, on the command line and by people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// A given access token.
    Token,
    /// A client secret.
    Secret,
    /// A client certificate.
    Certificate,
    /// A workload identity.
    WorkloadIdentity,
    /// A managed identity.
    ManagedIdentity,
    /// The Azure CLI.
    AzureCli,
}

impl Name {
    /// All of them, in the order of the default chain.
    pub const ALL: [Self; 6] = [
        Self::Token,
        Self::Secret,
        Self::Certificate,
        Self::WorkloadIdentity,
        Self::ManagedIdentity,
        Self::AzureCli,
    ];

    /// As the command line writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Secret => "secret",
            Self::Certificate => "certificate",
            Self::WorkloadIdentity => "workload-identity",
            Self::ManagedIdentity => "managed-identity",
            Self::AzureCli => "azure-cli",
        }
    }

    /// As people say it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Token => "access token",
            Self::Secret => "client secret",
            Self::Certificate => "client certificate",
            Self::WorkloadIdentity => "workload identity",
            Self::ManagedIdentity => "managed identity",
            Self::AzureCli => "Azure CLI",
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}

impl Credential {
    /// What it is called; `None` for a choice of several.
    pub const fn name(&self) -> Option<Name> {
        match self {
            Self::AccessToken(_) => Some(Name::Token),
            Self::ClientSecret { .. } => Some(Name::Secret),
            Self::ClientCertificate { .. } => Some(Name::Certificate),
            Self::WorkloadIdentity { .. } => Some(Name::WorkloadIdentity),
            Self::ManagedIdentity { .. } => Some(Name::ManagedIdentity),
            Self::AzureCli => Some(Name::AzureCli),
            Self::FirstOf(_) => None,
        }
    }
}
