//! Exit statuses, and what ends a command early.

use std::io::ErrorKind;
use std::process::ExitCode;

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::place::Sources;

/// How the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, or nothing to do.
    Done,
    /// An error, and nothing half done.
    Error,
    /// Changes or drift: only of `drift`, and of `plan --detailed-exitcode`.
    Differences,
    /// Applied in part.
    Partial,
    /// Wrong usage; `EX_USAGE` of sysexits.h.
    Usage,
}

impl Exit {
    /// The number.
    pub(crate) const fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Differences => 2,
            Self::Partial => 3,
            Self::Usage => 64,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

/// What ends a command early: findings for standard error, and a status.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The status.
    pub(crate) exit: Exit,
    /// What is said.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The files that they point into.
    pub(crate) sources: Sources,
}

impl Failure {
    /// Options or arguments that do not go together.
    pub(crate) fn usage(summary: impl Into<String>, hint: &str) -> Self {
        Self { exit: Exit::Usage, ..Diagnostic::error("usage", summary).hint(hint).into() }
    }

    /// A file that cannot be read, written or removed: `cannot VERB PATH: ERROR`.
    pub(crate) fn file(verb: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            ErrorKind::NotFound if verb == "read" => "there is no such file".to_owned(),
            ErrorKind::NotFound => "there is no such folder".to_owned(),
            ErrorKind::PermissionDenied => "permission denied".to_owned(),
            ErrorKind::ReadOnlyFilesystem => "its file system is read-only".to_owned(),
            ErrorKind::StorageFull => "the disk is full".to_owned(),
            ErrorKind::IsADirectory => "it is a folder".to_owned(),
            ErrorKind::NotADirectory => "a part of its path is no folder".to_owned(),
            ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
            _ => error.to_string(),
        };
        let diagnostic = Diagnostic::error("file", format!("cannot {verb} {}: {reason}", path.display()));
        match (error.kind(), verb) {
            (ErrorKind::NotFound | ErrorKind::IsADirectory, "read") => diagnostic.hint("check the path").into(),
            (ErrorKind::InvalidData, "read") => diagnostic
                .hint("Windows PowerShell writes UTF-16 by `>` and `Out-File`; save it as UTF-8, or use `--out`")
                .into(),
            _ => diagnostic.into(),
        }
    }

    /// The same, with the status of what was applied in part.
    pub(crate) fn in_part(self) -> Self {
        Self { exit: Exit::Partial, ..self }
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        vec![diagnostic].into()
    }
}

impl From<Vec<Diagnostic>> for Failure {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { exit: Exit::Error, diagnostics, sources: Sources::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, Failure};

    #[test]
    fn statuses_are_those_that_are_promised() {
        let all = [Exit::Done, Exit::Error, Exit::Differences, Exit::Partial, Exit::Usage];
        assert_eq!(all.map(Exit::status), [0, 1, 2, 3, 64]);
        assert_eq!(Failure::usage("no", "yes").exit, Exit::Usage);
    }
}
