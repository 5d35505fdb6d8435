//! The simulated tenant: where it comes from, how it is served in the process, and how it is kept between runs.

use std::path::{Component, Path, PathBuf};

use anteroom_exchange::{Programs, SecretStores};
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::operation::Delivery;
use anteroom_model::password::Password;
use anteroom_model::ports::{Delivering, Secrets};
use anteroom_simulator::{DEFAULT_SEED, Faults, SeedError, Simulator, Tenant, TlsIdentity};
use tokio::net::TcpListener;

use crate::exit::Failure;
use crate::files::{self, FOLDER};

/// The seeds that are part of the program.
const BUILT_IN: [(&str, &str); 3] = [
    (crate::arguments::DEFAULT_SEED, DEFAULT_SEED),
    ("fabrikam", include_str!("../../../examples/tenants/fabrikam.yaml")),
    ("large", include_str!("../../../examples/tenants/large.yaml")),
];

/// A client id for the simulated tenant, which it takes whatever clients its seed lists.
pub(crate) const CLIENT_ID: &str = "0a9e7d3c-5b1f-4c62-8f0d-6e2b4a9c1d55";
/// The secret that goes with it.
pub(crate) const CLIENT_SECRET: &str = "simulated";

/// Where a simulated tenant comes from and where it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seed {
    /// What the files are called that belong to it.
    name: String,
    /// The file to read, for one that is not built in.
    file: Option<PathBuf>,
}

impl Seed {
    /// A built-in seed by its name, else the file of that path.
    pub(crate) fn find(text: &str) -> Result<Self, Failure> {
        if Self::is_built_in(text) {
            return Ok(Self { name: text.to_owned(), file: None });
        }
        let path = Path::new(text);
        if path.is_file() {
            return Ok(Self { name: file_name(path), file: Some(path.to_owned()) });
        }
        let known: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        Err(Diagnostic::error(
            "seed-unknown",
            format!("there is no simulated tenant {text}, and no file of that name"),
        )
        .hint(format!("built in are {}; a seed of your own is a YAML file", known.join(", ")))
        .into())
    }

    /// Whether a built-in seed has this name.
    pub(crate) fn is_built_in(text: &str) -> bool {
        BUILT_IN.iter().any(|(name, _)| *name == text)
    }

    /// What the files are called that belong to it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The kept tenant.
    pub(crate) fn kept(&self) -> PathBuf {
        Path::new(FOLDER).join("simulated").join(format!("{}.json", self.name))
    }

    /// What is remembered of applies to it.
    pub(crate) fn state(&self) -> PathBuf {
        Path::new(FOLDER).join("simulated").join(format!("{}.state.json", self.name))
    }

    /// The certificate of the authority that vouches for it while it is served by https.
    pub(crate) fn authority(&self) -> PathBuf {
        Path::new(FOLDER).join("simulated").join(format!("{}.ca.pem", self.name))
    }

    /// Where its passwords are delivered.
    pub(crate) fn secrets(&self) -> PathBuf {
        Path::new(FOLDER).join("simulated").join(format!("{}.secrets", self.name))
    }

    /// Forgets the kept tenant, what is remembered of it, and its passwords.
    pub(crate) fn reset(&self) -> Result<(), Failure> {
        for path in [self.kept(), self.state(), self.authority()] {
            files::remove(&path).map_err(|error| Failure::file("remove", &path, &error))?;
        }
        let secrets = self.secrets();
        match std::fs::remove_dir_all(&secrets) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::file("remove", &secrets, &error))
            }
            _ => Ok(()),
        }
    }

    /// The kept tenant, else a new one.
    pub(crate) fn open(&self) -> Result<Tenant, Failure> {
        let kept = self.kept();
        if let Some(text) =
            files::read_if_there(&kept).map_err(|error| Failure::file("read", &kept, &error))?
        {
            return Tenant::from_json(&text).map_err(|error| {
                Diagnostic::error(
                    "tenant-damaged",
                    format!("the kept tenant in {} cannot be read: {error}", kept.display()),
                )
                .hint("start anew with `anteroom simulate SEED --reset`, or remove the file")
                .into()
            });
        }
        let wrong = |shown: &str, error: &SeedError| -> Failure {
            Diagnostic::error("seed-invalid", format!("the seed {shown} cannot be used: {error}")).into()
        };
        if let Some(path) = &self.file {
            let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
            return Tenant::from_seed(&text).map_err(|error| wrong(&path.display().to_string(), &error));
        }
        let text = BUILT_IN.iter().find(|(name, _)| *name == self.name).map_or("", |(_, text)| *text);
        Tenant::from_seed(text).map_err(|error| wrong(&self.name, &error))
    }
}

/// Delivers the passwords of a simulated tenant into a folder of its own: they must never stand where those of real
/// accounts are to be delivered, no program is to keep them and no vault of a company to hold them.
pub(crate) struct SimulatedSecrets {
    stores: SecretStores,
    folder: PathBuf,
}

impl SimulatedSecrets {
    pub(crate) fn of(seed: &Seed) -> Self {
        Self { stores: SecretStores::new(Programs::new(None, &[])), folder: seed.secrets() }
    }

    /// A file below the folder, named after the target. What is encrypted stays so; everything else is a plain file.
    fn inside(&self, to: &Delivery) -> Delivery {
        let below = |path: &Path| {
            let names = path.components().filter(|part| matches!(part, Component::Normal(_)));
            self.folder.join(names.collect::<PathBuf>()).to_string_lossy().into_owned()
        };
        match to {
            Delivery::File(path) => Delivery::File(below(Path::new(path))),
            Delivery::Age { recipients, file } => {
                Delivery::Age { recipients: recipients.clone(), file: below(Path::new(file)) }
            }
            Delivery::Command(words) => {
                let name: String =
                    words.join(" ").chars().map(|c| if is_plain(c) { c } else { '-' }).collect();
                Delivery::File(below(&Path::new("command").join(name)))
            }
            Delivery::KeyVault { vault, secret } => {
                let vault = vault.strip_prefix("https://").unwrap_or(vault);
                Delivery::File(below(&Path::new("keyVault").join(vault).join(secret)))
            }
        }
    }
}

/// Whether a character can stand in the name of a file anywhere.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "._@+=".contains(c)
}

impl Secrets for SimulatedSecrets {
    fn check<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move { self.stores.check(owner, &self.inside(to)).await })
    }

    fn deliver<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, Password> {
        Box::pin(async move { self.stores.deliver(owner, &self.inside(to)).await })
    }

    fn settle<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move { self.stores.settle(owner, &self.inside(to)).await })
    }
}

/// A path as a file name: two seeds called alike in different folders are kept apart.
fn file_name(path: &Path) -> String {
    let parts: Vec<String> = path
        .with_extension("")
        .components()
        .filter_map(|component| match component {
            Component::Normal(part) => Some(part.to_string_lossy().into_owned()),
            Component::ParentDir => Some("up".to_owned()),
            Component::RootDir => Some("root".to_owned()),
            Component::CurDir | Component::Prefix(_) => None,
        })
        .collect();
    // The name begins in a way that no built-in seed has.
    format!("file-{}", parts.join("-"))
}

/// A simulated tenant that runs in the process.
pub(crate) struct Simulated {
    simulator: Simulator,
    kept: PathBuf,
    /// The revision that the kept file has.
    revision: u64,
}

impl Simulated {
    /// Opens a tenant in which these things go wrong, else those that a new seed asks for; nothing listens yet.
    pub(crate) fn open(seed: &Seed, faults: Option<Faults>) -> Result<Self, Failure> {
        let mut tenant = seed.open()?;
        // A seed that lists its own clients knows nothing of this one.
        tenant.admit(CLIENT_ID);
        let simulator = Simulator::new(tenant);
        if let Some(faults) = faults {
            simulator.set_faults(faults);
        }
        let revision = simulator.revision();
        Ok(Self { simulator, kept: seed.kept(), revision })
    }

    /// The tenant, to change it by hand or to serve it.
    pub(crate) const fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// Serves it on a loopback port of its own for as long as the runtime lives, and tells the base address.
    pub(crate) async fn serve(&self) -> Result<String, Failure> {
        let (listener, base) = listen(([127, 0, 0, 1], 0).into()).await?;
        let simulator = self.simulator.clone();
        tokio::spawn(async move {
            if let Err(error) = simulator.serve(listener).await {
                tracing::error!(%error, "the simulated tenant stopped");
            }
        });
        Ok(base)
    }

    /// Writes the tenant where it was changed since it was last written. Says whether it was.
    pub(crate) fn keep(&mut self) -> Result<bool, Failure> {
        let revision = self.simulator.revision();
        if revision == self.revision {
            return Ok(false);
        }
        files::write_whole(&self.kept, &self.simulator.tenant().to_json())
            .map_err(|error| Failure::file("write", &self.kept, &error))?;
        self.revision = revision;
        Ok(true)
    }
}

/// A certificate to serve with, and the file in which its authority stands.
pub(crate) fn identity(seed: &Seed, address: std::net::IpAddr) -> Result<(TlsIdentity, PathBuf), Failure> {
    let identity = TlsIdentity::generate(address).map_err(|error| {
        Diagnostic::error("certificate", format!("no certificate could be made: {error}"))
    })?;
    let path = seed.authority();
    files::write_whole(&path, identity.authority())
        .and_then(|()| path.canonicalize())
        .map(|whole| (identity, whole))
        .map_err(|error| Failure::file("write", &path, &error))
}

/// The base address with https; a loopback address by its name, which every client takes.
pub(crate) fn secure_base(plain: &str) -> String {
    plain.replacen("http://127.0.0.1:", "http://localhost:", 1).replacen("http://", "https://", 1)
}

/// Listens, and tells the base address.
pub(crate) async fn listen(address: std::net::SocketAddr) -> Result<(TcpListener, String), Failure> {
    let listening = async {
        let listener = TcpListener::bind(address).await?;
        let local = listener.local_addr()?;
        Ok((listener, format!("http://{local}")))
    };
    listening.await.map_err(|error: std::io::Error| {
        Diagnostic::error("listen", format!("cannot listen on {address}: {error}"))
            .hint("another program may listen there; --listen 127.0.0.1:0 takes a free port")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use anteroom_model::operation::Delivery;
    use std::path::Path;

    use super::{Seed, SimulatedSecrets, file_name};

    #[test]
    fn built_in_seeds_open_and_are_kept_under_their_names() {
        for name in ["contoso", "fabrikam", "large"] {
            let seed = Seed::find(name).unwrap();
            assert_eq!(seed.kept(), Path::new(".anteroom/simulated").join(format!("{name}.json")));
            assert_eq!(seed.state(), Path::new(".anteroom/simulated").join(format!("{name}.state.json")));
            assert!(seed.open().is_ok(), "{name}");
        }
    }

    #[test]
    fn a_seed_that_is_not_there_is_told_with_those_that_are() {
        let failure = Seed::find("nowhere").unwrap_err();
        assert_eq!(failure.diagnostics[0].id, "seed-unknown");
        assert!(
            failure.diagnostics[0]
                .hint
                .as_ref()
                .is_some_and(|hint| hint.contains("contoso, fabrikam, large"))
        );
    }

    #[test]
    fn seeds_from_files_have_names_that_no_built_in_one_has() {
        assert_eq!(file_name(Path::new("./examples/tenants/contoso.yaml")), "file-examples-tenants-contoso");
        assert_eq!(file_name(Path::new("../contoso.yaml")), "file-up-contoso");
        assert_eq!(file_name(Path::new("/a/b.c.yaml")), "file-root-a-b.c");
    }

    #[test]
    fn simulated_passwords_never_leave_their_folder() {
        let secrets = SimulatedSecrets::of(&Seed::find("contoso").unwrap());
        let file = |path: &str| Delivery::File(path.to_owned());
        let command = ["sh", "-c", "cat > /tmp/../a 'b'"].map(str::to_owned).to_vec();
        let vault =
            |vault: &str| Delivery::KeyVault { vault: vault.to_owned(), secret: "condeco".to_owned() };
        let age = |path: &str| Delivery::Age { recipients: vec!["age1x".to_owned()], file: path.to_owned() };
        for (to, inside) in [
            (file("secrets/svc"), "secrets/svc"),
            (file("../../secrets/svc"), "secrets/svc"),
            (file("/run/secrets/svc"), "run/secrets/svc"),
            (file("./a/../svc"), "a/svc"),
            (Delivery::Command(command), "command/sh--c-cat----tmp-..-a--b-"),
            (vault("contoso"), "keyVault/contoso/condeco"),
            (vault("https://contoso.vault.azure.net"), "keyVault/contoso.vault.azure.net/condeco"),
        ] {
            let path = format!(".anteroom/simulated/contoso.secrets/{inside}");
            assert_eq!(secrets.inside(&to), Delivery::File(path), "{to}");
        }
        assert_eq!(secrets.inside(&age("/a.age")), age(".anteroom/simulated/contoso.secrets/a.age"));
    }
}
