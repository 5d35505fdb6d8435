//! What may stand on the command line.

mod commands;
mod values;

use anteroom_exchange::sign_in::Name;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub(crate) use commands::{
    Apply, Completions, Doctor, DoctorFormat, Drift, DriftFormat, Guards, Invoke, Man, Plan, PlanFormat,
    ReportFormat, Schema, SchemaOf, Show, Simulate, SimulateCommand, Validate, ValidateFormat,
};

/// The seed that `--simulate` and `simulate` take when none is named.
pub(crate) const DEFAULT_SEED: &str = "contoso";

const AFTER_HELP: &str = "\
Exit status: 0 done or nothing to do; 1 error, nothing half done; 2 changes or drift (only drift, and plan with \
--detailed-exitcode); 3 applied in part; 64 wrong usage.

Signing in, the first that is set up: ANTEROOM_ACCESS_TOKEN (a token for one service); AZURE_CLIENT_ID with \
AZURE_CLIENT_SECRET, with AZURE_CLIENT_CERTIFICATE_PATH (PEM or PFX; AZURE_CLIENT_CERTIFICATE_PASSWORD, \
AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=true) or with AZURE_FEDERATED_TOKEN_FILE (the token of a CI system or of Kubernetes); \
a managed identity of Azure (AZURE_CLIENT_ID for a user-assigned one); whoever is signed in to the Azure CLI. --credential \
or ANTEROOM_CREDENTIAL takes one of them alone. AZURE_TENANT_ID must not name another tenant than the manifest. With \
--simulate none are needed: try `anteroom plan --simulate`.";

/// Declarative access for room-booking products to Microsoft Exchange.
#[derive(Clone, Debug, Parser)]
#[command(name = "anteroom", version, about, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options that stand before or after the command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Work on a simulated tenant, kept between runs under .anteroom/; SEED is a built-in one (contoso, fabrikam, large)
    /// or a file, and is named with an equals sign
    // With a space, `plan --simulate rooms.yaml` would take the manifest for a seed.
    #[arg(long, global = true, value_name = "SEED", num_args = 0..=1, require_equals = true, default_missing_value = DEFAULT_SEED)]
    pub(crate) simulate: Option<String>,

    /// Make the simulated tenant misbehave, for this run: throttled=30%, lag=3s, noise …; `simulate --help` tells all
    #[arg(long, global = true, value_name = "NAME[=VALUE]", value_delimiter = ',')]
    pub(crate) fault: Vec<String>,

    /// Talk to a stand-in for Microsoft 365 under this address
    #[arg(long, global = true, value_name = "URL", value_parser = values::base_url)]
    pub(crate) endpoint: Option<String>,

    /// Sign in with this and nothing else; without it, what is set up is tried in this order
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "CREDENTIAL",
        env = "ANTEROOM_CREDENTIAL",
        hide_env_values = true
    )]
    pub(crate) credential: Option<CredentialName>,

    /// Which interface of Exchange serves reads that both can serve: beta has every cmdlet, v2 is documented, in preview,
    /// and needs the permission Exchange.ManageAsAppV2
    #[arg(long, global = true, value_enum, value_name = "API", default_value_t)]
    pub(crate) exchange_api: ExchangeApi,

    /// Requests in flight at a time
    #[arg(long, global = true, value_name = "N", default_value_t = 8, value_parser = values::concurrency)]
    pub(crate) concurrency: usize,

    /// How often a call that fails in passing (503, a lost connection) is sent again; too many requests are waited out, but with 0
    #[arg(long, global = true, value_name = "N", default_value_t = 6)]
    pub(crate) retries: usize,

    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: Color,

    /// How narration and logs on standard error are written
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) log_format: LogFormat,

    /// Show unchanged resources, operations and whole lists, and log: -v info, -vv debug, -vvv trace
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Arguments {
    /// Reads the command line, the program's name in front.
    pub(crate) fn read(words: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Self, clap::Error> {
        Self::try_parse_from(values::without_powershell(words))
    }
}

/// When to use colour.
impl Global {
    /// The options that say which tenant is meant, as they would be typed again; empty for a real one.
    pub(crate) fn place(&self) -> String {
        match (&self.simulate, &self.endpoint) {
            (Some(seed), _) if seed == DEFAULT_SEED => " --simulate".to_owned(),
            (Some(seed), _) => format!(" --simulate={seed}"),
            (None, Some(endpoint)) => format!(" --endpoint {endpoint}"),
            (None, None) => String::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; elsewhere if `CLICOLOR_FORCE` is
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which interface of Exchange serves reads that both can serve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExchangeApi {
    /// The Admin API v2.0, unless tenant or token refuse it
    Auto,
    /// What the PowerShell module uses: every cmdlet
    #[default]
    Beta,
    /// The Admin API v2.0 for the reads that it has
    V2,
}

impl From<ExchangeApi> for anteroom_exchange::ExchangeApi {
    fn from(api: ExchangeApi) -> Self {
        match api {
            ExchangeApi::Auto => Self::Auto,
            ExchangeApi::Beta => Self::Beta,
            ExchangeApi::V2 => Self::V2,
        }
    }
}

/// How narration and logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    #[default]
    Text,
    /// One JSON object a line
    Json,
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CredentialName {
    /// The token in `ANTEROOM_ACCESS_TOKEN`
    Token,
    /// A client secret
    Secret,
    /// A client certificate
    Certificate,
    /// The token of another issuer, in a file
    WorkloadIdentity,
    /// The identity that Azure gives this machine or service
    ManagedIdentity,
    /// Whoever is signed in to the Azure CLI
    AzureCli,
}

impl From<CredentialName> for Name {
    fn from(name: CredentialName) -> Self {
        match name {
            CredentialName::Token => Self::Token,
            CredentialName::Secret => Self::Secret,
            CredentialName::Certificate => Self::Certificate,
            CredentialName::WorkloadIdentity => Self::WorkloadIdentity,
            CredentialName::ManagedIdentity => Self::ManagedIdentity,
            CredentialName::AzureCli => Self::AzureCli,
        }
    }
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Check manifests without a tenant
    Validate(Validate),
    /// Show what apply would do
    Plan(Plan),
    /// Show a saved plan
    Show(Show),
    /// Make the tenant what the manifest says
    Apply(Apply),
    /// Show what is no longer as the manifest says; exit status 2 if anything
    Drift(Drift),
    /// Check the way to the tenant, who signs in, and what that permits; changes nothing
    Doctor(Doctor),
    /// Print a JSON Schema
    Schema(Schema),
    /// Serve a simulated tenant, or change one by hand
    Simulate(Simulate),
    /// Print completions for a shell
    Completions(Completions),
    /// Print the manual page, or write all of them
    Man(Man),
}

#[cfg(test)]
mod tests;
