//! The way to a tenant: a simulated one in the process, a stand-in, or Microsoft 365.

use std::path::PathBuf;
use std::sync::Arc;

use anteroom_exchange::{Credential, Endpoints, Options, Reader, Secret, Writer, connect};
use anteroom_model::change::Action;
use anteroom_model::cloud::Cloud;
use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::manifest::Manifest;
use anteroom_model::plan::Plan;
use anteroom_model::resource::Edition;
use anteroom_simulator::Faults;

use crate::arguments::Global;
use crate::environment::Environment;
use crate::exit::Failure;
use crate::progress::Observing;
use crate::render::safe::safe;
use crate::simulated::{self, Seed, Simulated};
use crate::state_file;
use crate::terminal::{Level, Terminal};

/// What commands share.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    /// The global options.
    pub(crate) global: &'a Global,
    /// Where text goes.
    pub(crate) terminal: Terminal,
}

/// Which tenant is meant, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Its GUID, or one of its domains.
    pub(crate) tenant: &'a str,
    /// Which product serves it.
    pub(crate) edition: Edition,
    /// In which cloud it is.
    pub(crate) cloud: Cloud,
}

impl<'a> From<&'a Manifest> for Place<'a> {
    fn from(manifest: &'a Manifest) -> Self {
        Self { tenant: &manifest.tenant, edition: manifest.edition, cloud: manifest.cloud }
    }
}

impl<'a> From<&'a Plan> for Place<'a> {
    fn from(plan: &'a Plan) -> Self {
        Self { tenant: &plan.tenant, edition: plan.target, cloud: plan.cloud }
    }
}

/// A tenant that can be read.
pub(crate) struct Readable {
    /// Reads it.
    pub(crate) reader: Reader,
    /// Draws the reading.
    pub(crate) progress: Arc<Observing>,
    /// The tenant itself, where it is simulated.
    pub(crate) simulated: Option<Simulated>,
}

impl Readable {
    /// Refuses a plan of which nothing could be read because nobody was signed in: one sentence then says all.
    pub(crate) fn refuse_if_nobody(&self, plan: &Plan) -> Result<(), Failure> {
        let refusals = self.reader.sign_in().refusals();
        let blind = plan.changes.iter().all(|change| change.action == Action::Blocked);
        if refusals.is_empty() || !blind { Ok(()) } else { Err(refusals.into()) }
    }
}

impl Context<'_> {
    /// What goes wrong on purpose in a simulated tenant.
    pub(crate) fn faults(self) -> Result<Option<Faults>, Failure> {
        if self.global.fault.is_empty() {
            return Ok(None);
        }
        Faults::from_words(&self.global.fault).map(Some).map_err(|error| {
            Failure::usage(error.to_string(), "`anteroom simulate --help` tells of all faults")
        })
    }

    /// Refuses faults that are written wrong, and faults where no tenant is simulated.
    pub(crate) fn check_faults(self, simulates: bool) -> Result<(), Failure> {
        if !self.global.fault.is_empty() && self.global.simulate.is_none() && !simulates {
            return Err(Failure::usage(
                "--fault is for a simulated tenant, and none is simulated",
                "add --simulate, or leave --fault out",
            ));
        }
        self.faults().map(drop)
    }

    /// Where the state of the tenant is kept.
    pub(crate) fn state_path(self) -> Result<PathBuf, Failure> {
        match &self.global.simulate {
            Some(seed) => Ok(Seed::find(seed)?.state()),
            None => Ok(state_file::usual_path()),
        }
    }

    /// A tenant to read and nothing else: what plans can name no writer.
    pub(crate) async fn open(self, tenant: Place<'_>) -> Result<Readable, Failure> {
        Ok(self.open_to_write(tenant).await?.0)
    }

    /// A tenant to read and to write. Nothing is sent yet.
    pub(crate) async fn open_to_write(self, tenant: Place<'_>) -> Result<(Readable, Writer), Failure> {
        let Place { tenant, edition, cloud } = tenant;
        if edition == Edition::ExchangeServer {
            return Err(Diagnostic::error(
                "server-offline-only",
                "this version plans Exchange Server offline only",
            )
            .detail("It has no connection to Exchange Server yet: nothing can be read or applied there.")
            .hint("see everything that the manifest would set up with `anteroom plan --assume-empty`")
            .into());
        }
        let (endpoints, credential, simulated) = if let Some(seed) = &self.global.simulate {
            self.simulate(&Seed::find(seed)?).await?
        } else {
            let endpoint = self.global.endpoint.as_deref();
            let endpoints = endpoint.map_or_else(|| Endpoints::of(cloud), Endpoints::single);
            let environment = Environment::read();
            environment.check_tenant(tenant)?;
            let forced = self.global.credential.map(Into::into);
            (endpoints, environment.credential(forced, endpoint.is_some())?, None)
        };
        let progress = Arc::new(Observing::start(self.terminal));
        let options = Options {
            endpoints,
            tenant: tenant.to_owned(),
            edition,
            credential,
            exchange_api: self.global.exchange_api.into(),
            concurrency: self.global.concurrency,
            retries: self.global.retries,
            progress: progress.clone(),
        };
        let (reader, writer) = connect(options)
            .map_err(|error| Diagnostic::error("connection", format!("cannot connect: {error}")))?;
        Ok((Readable { reader, progress, simulated }, writer))
    }

    /// Serves a simulated tenant in the process, and says so once.
    async fn simulate(self, seed: &Seed) -> Result<(Endpoints, Credential, Option<Simulated>), Failure> {
        if self.global.endpoint.is_some() {
            return Err(Failure::usage(
                "--simulate and --endpoint name two different tenants",
                "give one of them",
            ));
        }
        let simulated = Simulated::open(seed, self.faults()?)?;
        let base = simulated.serve().await?;
        self.terminal
            .say(Level::Info, &format!("Simulated tenant {}; no real tenant is touched.", safe(seed.name())));
        let credential = Credential::ClientSecret {
            client_id: simulated::CLIENT_ID.to_owned(),
            secret: Secret::new(simulated::CLIENT_SECRET),
        };
        Ok((Endpoints::single(&base), credential, Some(simulated)))
    }
}
