use std::fmt;
use std::ops::Range;

/// Why a text is not a filter, and where.
///
/// `Display` is the message alone: one sentence, without capital and full stop, so that it can stand after
/// `file:line:column:`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParseError {
    message: String,
    span: Range<usize>,
    hint: Option<String>,
}

impl ParseError {
    pub(crate) fn new(message: impl Into<String>, span: Range<usize>) -> Self {
        Self { message: message.into(), span, hint: None }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place, in bytes of the text that was given to [`parse`](crate::parse). It is empty where something is
    /// missing, and always lies on character boundaries.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What to write instead, where that can be told.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}
