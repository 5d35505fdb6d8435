//! What each command takes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anteroom_model::address::Address;
use anteroom_model::manifest::MaxDeletions;
use clap::{Args, Subcommand, ValueEnum};

use super::values;

/// Manifests.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Paths {
    /// Manifests and folders of manifests; by default anteroom.yaml, else every *.yaml of the current folder
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// `validate`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Validate {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// How findings are written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ValidateFormat,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValidateFormat {
    /// With the line and a caret
    #[default]
    Text,
    /// An array of diagnostics
    Json,
    /// Annotations of GitHub Actions
    Github,
}

/// How a plan is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    #[default]
    Text,
    /// The plan file
    Json,
    /// For a comment on a pull request
    Markdown,
}

/// Which part of the manifest is planned, and which guards are overruled.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Guards {
    /// Plan only this resource or section and what it depends on; may be given several times
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    pub(crate) only: Vec<Address>,
    /// Leave out this resource or section and what depends on it; may be given several times
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    pub(crate) exclude: Vec<Address>,
    /// Allow so many deletions, or so many percent of what is managed; overrules the manifest's policy
    #[arg(long, value_name = "N|P%", value_parser = values::max_deletions)]
    pub(crate) max_deletions: Option<MaxDeletions>,
    /// Accept a manifest without resources
    #[arg(long)]
    pub(crate) allow_empty: bool,
}

impl Guards {
    /// Whether any was given.
    pub(crate) const fn is_given(&self) -> bool {
        let Self { only, exclude, max_deletions, allow_empty } = self;
        !only.is_empty() || !exclude.is_empty() || max_deletions.is_some() || *allow_empty
    }
}

/// `plan`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// Save the plan, to apply exactly it later
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
    /// Exit with 2 if there is anything to do
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) guards: Guards,
    /// Plan without a tenant, as if nothing were there yet
    #[arg(long)]
    pub(crate) assume_empty: bool,
    /// Print the graph of changes instead
    #[arg(long, conflicts_with = "format")]
    pub(crate) graph: bool,
}

/// `show`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Show {
    /// A plan saved by `plan --out`
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PlanFormat,
    /// Print the graph of changes instead
    #[arg(long, conflicts_with = "format")]
    pub(crate) graph: bool,
}

/// `apply`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Apply {
    /// Manifests and folders of manifests, or one saved plan; by default anteroom.yaml, else every *.yaml here
    #[arg(value_name = "PATH|PLANFILE")]
    pub(crate) paths: Vec<PathBuf>,
    /// Do not ask
    #[arg(long)]
    pub(crate) auto_approve: bool,
    /// How the report is written; with json the plan goes to standard error
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ReportFormat,
    /// How long to wait for what comes with time, such as 90s, 30m or 4h, in place of what each operation says
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    pub(crate) wait: Option<Duration>,
    /// Look once and go on: what is not there yet is left pending, for the same apply to go on from later
    #[arg(long, conflicts_with = "wait")]
    pub(crate) no_wait: bool,
    #[command(flatten)]
    pub(crate) guards: Guards,
}

/// How the report of an apply is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    #[default]
    Text,
    /// As `schema report` describes
    Json,
}

/// `drift`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Drift {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// How drift is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DriftFormat,
}

/// How drift is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DriftFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For a comment or an issue
    Markdown,
}

/// `doctor`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DoctorFormat,
}

/// How the findings of a doctor are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// `schema`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Schema {
    /// Of what
    #[arg(value_enum)]
    pub(crate) of: SchemaOf,
}

/// What there are schemas of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// What a person writes
    Manifest,
    /// What `plan --out` saves
    Plan,
    /// What `apply --format json` prints
    Report,
}

/// `simulate`.
#[derive(Clone, Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_long_help = values::faults())]
pub(crate) struct Simulate {
    /// A built-in tenant (contoso, fabrikam, large) or a file
    #[arg(value_name = "SEED")]
    pub(crate) seed: Option<String>,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
    /// Serve https, with a certificate made for the purpose
    #[arg(long)]
    pub(crate) tls: bool,
    /// Start anew from the seed: forget the kept tenant and what was remembered of it
    #[arg(long)]
    pub(crate) reset: bool,
    /// What to do instead of serving.
    #[command(subcommand)]
    pub(crate) command: Option<SimulateCommand>,
}

/// What `simulate` does beside serving.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum SimulateCommand {
    /// Run a cmdlet on the kept tenant, as an administrator would by hand
    Invoke(Invoke),
}

/// `simulate invoke`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Invoke {
    /// The cmdlet, such as Set-DistributionGroup
    #[arg(value_name = "CMDLET")]
    pub(crate) cmdlet: String,
    /// Its parameters; a value is JSON if it parses as such, else text. `-Name VALUE` and a switch `-Name` do as well
    #[arg(value_name = "NAME=VALUE", value_parser = values::parameter)]
    pub(crate) parameters: Vec<(String, serde_json::Value)>,
}

/// `completions`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// `man`.
#[derive(Clone, Debug, Args)]
pub(crate) struct Man {
    /// Write one page a command into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}
