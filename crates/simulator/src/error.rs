//! Refusals: of a cmdlet, of a Graph request, of a seed.

use std::fmt;

/// A cmdlet's refusal, with the .NET exception type by which clients of the real service tell refusals apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CmdletError {
    status: u16,
    exception: &'static str,
    message: String,
}

impl CmdletError {
    pub(crate) const NOT_FOUND: &'static str =
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
    pub(crate) const AMBIGUOUS: &'static str =
        "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException";
    pub(crate) const EXISTS: &'static str =
        "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException";
    pub(crate) const BINDING: &'static str = "System.Management.Automation.ParameterBindingException";
    pub(crate) const BINDING_SET: &'static str =
        "Microsoft.Exchange.Management.PSDirectInvoke.AmbiguousParameterSetException";
    pub(crate) const INVALID: &'static str = "System.InvalidOperationException";
    pub(crate) const ARGUMENT: &'static str = "System.ArgumentException";
    pub(crate) const TASK: &'static str =
        "Microsoft.Exchange.Configuration.Tasks.TaskInvalidOperationException";
    pub(crate) const VALIDATION: &'static str = "Microsoft.Exchange.Data.DataValidationException";
    pub(crate) const DEHYDRATED: &'static str =
        "Microsoft.Exchange.Configuration.Tasks.CmdletInvalidOperationInDehydratedContextException";
    pub(crate) const OWNER: &'static str =
        "Microsoft.Exchange.Configuration.Tasks.OperationRequiresGroupManagerException";
    pub(crate) const MEMBER_EXISTS: &'static str =
        "Microsoft.Exchange.Management.RecipientTasks.MemberAlreadyExistsException";
    pub(crate) const MEMBER_MISSING: &'static str =
        "Microsoft.Exchange.Management.RecipientTasks.MemberNotFoundException";
    pub(crate) const TRANSIENT: &'static str = "Microsoft.Exchange.Data.Directory.ADTransientException";
    pub(crate) const UNKNOWN_CMDLET: &'static str = "System.Management.Automation.CommandNotFoundException";

    pub(crate) fn new(exception: &'static str, message: impl Into<String>) -> CmdletError {
        let status = match exception {
            Self::NOT_FOUND => 404,
            Self::UNKNOWN_CMDLET => 403,
            _ => 400,
        };
        CmdletError { status, exception, message: message.into() }
    }

    /// One of the exceptions that pass by themselves, and that the service delivers as 400 all the same.
    pub(crate) fn passing(number: u64) -> CmdletError {
        const EXCEPTIONS: [&str; 3] = [
            CmdletError::TRANSIENT,
            "Microsoft.Exchange.Data.DataSourceTransientException",
            "Microsoft.Exchange.Data.Storage.StorageTransientException",
        ];
        let place = usize::try_from(number % 3).unwrap_or_default();
        let exception = EXCEPTIONS.get(place).copied().unwrap_or(Self::TRANSIENT);
        CmdletError::new(exception, "A transient error occurred. The operation can be tried again.")
    }

    pub(crate) fn not_found(identity: &str) -> CmdletError {
        let server = "LO2PR01A001DC04.EURPR01A001.PROD.OUTLOOK.COM";
        CmdletError::new(
            Self::NOT_FOUND,
            format!(
                "The operation couldn't be performed because object '{identity}' couldn't be found on '{server}'."
            ),
        )
    }

    pub(crate) fn ambiguous(identity: &str, names: &[String]) -> CmdletError {
        CmdletError::new(
            Self::AMBIGUOUS,
            format!(
                "The operation couldn't be performed because '{identity}' matches multiple entries: {}.",
                names.join(", ")
            ),
        )
    }

    /// The HTTP status that `InvokeCommand` answers with: 404 for an unknown object, 403 for an unknown cmdlet,
    /// otherwise 400.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The .NET type, for example `Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException`.
    pub fn exception(&self) -> &str {
        self.exception
    }

    /// The text alone, as a person would read it in PowerShell.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The code in front of the message, `Ex` and six hexadecimal digits: one per exception type.
    pub(crate) fn code(&self) -> String {
        if self.exception == Self::NOT_FOUND {
            return "Ex6F9304".to_owned();
        }
        let digits = crate::guid::Guid::derive(self.exception, 0).plain().to_uppercase();
        format!("Ex{}", digits.get(..6).unwrap_or("000000"))
    }
}

impl fmt::Display for CmdletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CmdletError {}

/// Why a seed or a saved tenant could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedError {
    place: Option<(u64, u64)>,
    cause: String,
}

impl SeedError {
    pub(crate) fn new(place: Option<(u64, u64)>, cause: impl Into<String>) -> SeedError {
        SeedError { place, cause: cause.into() }
    }

    /// The line, counted from 1, where one is known.
    pub fn line(&self) -> Option<u64> {
        self.place.map(|(line, _)| line)
    }

    /// The column in characters, counted from 1, where one is known.
    pub fn column(&self) -> Option<u64> {
        self.place.map(|(_, column)| column)
    }

    /// What is wrong, without the place.
    pub fn cause(&self) -> &str {
        &self.cause
    }
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "line {line}, column {column}: {}", self.cause),
            None => f.write_str(&self.cause),
        }
    }
}

impl std::error::Error for SeedError {}
