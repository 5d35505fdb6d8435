//! A simulated tenant on a loopback port, and the real binary run against it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use anteroom_simulator::{Simulator, Tenant};
use tempfile::TempDir;

use crate::forged::{self, Answer, Asked};

/// A tenant behind HTTP, and a folder in which the binary runs.
pub struct World {
    /// The tenant, to look into and to change by hand.
    pub simulator: Simulator,
    /// The base URL.
    pub endpoint: String,
    folder: TempDir,
    // Dropped last: ends the server.
    server: tokio::runtime::Runtime,
}

/// What one run of the binary came to.
#[derive(Debug)]
pub struct Ran {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// What an output says.
    pub fn of(output: &Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Checks the exit status, and shows everything where it is another.
    ///
    /// # Panics
    /// Where the status is another.
    #[must_use]
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// Where it is none.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.stdout, self.stderr))
    }
}

impl World {
    /// A world with the tenant of a seed.
    ///
    /// # Panics
    /// Where the seed is wrong or no port is to be had.
    pub fn of_seed(yaml: &str) -> Self {
        Self::of_tenant(Tenant::from_seed(yaml).unwrap_or_else(|error| panic!("{error}")))
    }

    /// A world with the tenant that `--simulate` takes.
    pub fn contoso() -> Self {
        Self::of_seed(anteroom_simulator::DEFAULT_SEED)
    }

    /// A world with this tenant.
    ///
    /// # Panics
    /// Where no port is to be had.
    pub fn of_tenant(tenant: Tenant) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let simulator = Simulator::new(tenant);
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))))
            .expect("a loopback port");
        let endpoint = format!("http://{}", listener.local_addr().expect("its address"));
        runtime.spawn(simulator.clone().serve(listener));
        Self { simulator, endpoint, folder: TempDir::new().expect("a folder"), server: runtime }
    }

    /// Lets `forger` change answers on their way back to the binary, from now on.
    ///
    /// # Panics
    /// Where no port is to be had.
    pub fn forge(&mut self, forger: impl Fn(&Asked, &mut Answer) + Send + Sync + 'static) {
        let served = self.server.block_on(forged::serve(self.endpoint.clone(), Arc::new(forger)));
        self.endpoint = served.expect("a loopback port");
    }

    /// The folder in which the binary runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into the folder.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Copies a folder of the repository into the folder, under the same relative path.
    ///
    /// # Panics
    /// Where it cannot be copied.
    pub fn copy(&self, relative: &str) {
        copy(&repository().join(relative), &self.folder().join(relative));
    }

    /// The binary with these arguments, against this tenant.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .args(["--endpoint", &self.endpoint])
            .current_dir(self.folder())
            .env_clear()
            .env("AZURE_TENANT_ID", self.simulator.tenant().domain())
            .env("AZURE_CLIENT_ID", "11111111-1111-4111-8111-111111111111")
            .env("AZURE_CLIENT_SECRET", CLIENT_SECRET);
        command
    }

    /// Runs the binary against this tenant.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().expect("the binary"))
    }

    /// Sets what goes wrong on purpose, in place of what was set before.
    ///
    /// # Panics
    /// Where the simulator does not know the fault.
    #[track_caller]
    pub fn fault(&self, faults: &serde_json::Value) {
        let url = format!("{}/_simulator/faults", self.endpoint);
        let sent = self.server.block_on(async {
            reqwest::Client::new().put(url).json(faults).send().await?.error_for_status()
        });
        sent.expect("a fault that the simulator knows");
    }

    /// Every write that the tenant has seen, by request or by hand, oldest first.
    ///
    /// # Panics
    /// Where the simulator does not answer.
    pub fn writes(&self) -> Vec<serde_json::Value> {
        let url = format!("{}/_simulator/log", self.endpoint);
        self.server.block_on(async { reqwest::get(url).await?.json().await }).expect("the log")
    }

    /// Changes the tenant as an administrator would, by hand.
    ///
    /// # Panics
    /// Where the tenant refuses.
    #[track_caller]
    pub fn by_hand(&self, cmdlet: &str, parameters: serde_json::Value) -> Vec<serde_json::Value> {
        let serde_json::Value::Object(parameters) = parameters else { panic!("parameters are an object") };
        self.simulator.invoke(cmdlet, parameters).unwrap_or_else(|error| panic!("{cmdlet}: {error:?}"))
    }
}

/// The secret that tests sign in with, to search outputs for.
pub const CLIENT_SECRET: &str = "tests-client-secret-7Qx";

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            // What a person's own run left there is no part of the example.
            if entry.file_name() != ".anteroom" && entry.file_name() != "secrets" {
                copy(&entry.path(), &to.join(entry.file_name()));
            }
        }
    } else {
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(from, to).expect("a file");
    }
}

/// The top of the repository.
///
/// # Panics
/// Never: `tests/` lies in it.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the repository").to_owned()
}

/// The built binary, beside the folder of the test that runs.
///
/// # Panics
/// Where it has not been built.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let folder = test.ancestors().find(|folder| folder.join(name()).is_file());
    folder.map_or_else(
        || panic!("{} is not built: run `cargo test --workspace`", name()),
        |folder| folder.join(name()),
    )
}

fn name() -> String {
    format!("anteroom{}", std::env::consts::EXE_SUFFIX)
}

/// Every Online example that can be applied anywhere: the paths of their manifests, relative to the repository. One that
/// hands passwords to programs or vaults of a person's own is none.
///
/// # Panics
/// Where `examples/` cannot be read.
pub fn online_examples() -> Vec<String> {
    examples()
        .into_iter()
        .filter(|(_, text)| text.contains("target: exchangeOnline"))
        .filter(|(_, text)| {
            !text.contains("deliverTo: { command:") && !text.contains("deliverTo: { keyVault:")
        })
        .map(|(path, _)| path)
        .collect()
}

/// Every example manifest with its text.
///
/// # Panics
/// Where `examples/` cannot be read.
pub fn examples() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![repository().join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("examples/") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name == "anteroom.yaml") {
                let relative = path.strip_prefix(repository()).expect("inside the repository");
                found.push((
                    relative.to_string_lossy().into_owned(),
                    std::fs::read_to_string(&path).expect("a file"),
                ));
            }
        }
    }
    found.sort();
    found
}
