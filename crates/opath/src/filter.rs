use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use crate::evaluate::{self, Evaluation};
use crate::expression::{Comparison, Expression};
use crate::note::{self, Note};
use crate::parser::{self, Parsed};
use crate::{Canonical, ParseError, Recipient, stored};

/// Reads a filter, with or without the PowerShell quoting around it.
///
/// The first thing that is wrong is the error. Time and memory grow with the length of the text; parentheses may
/// be nested 8,192 deep, and conditions inside conditions of another kind 256 deep.
pub fn parse(text: &str) -> Result<Filter, ParseError> {
    let Parsed { expression, span, mixed } = parser::parse(text)?;
    Ok(Filter { expression, span, mixed })
}

/// A filter that has been read. Equal if written alike but for spacing, quoting, redundant parentheses and the
/// case of operators; [`is_equivalent_to`](Self::is_equivalent_to) compares the meaning.
///
/// `Display` prints it bare, as it has to be sent in JSON; reading that gives an equal filter.
#[derive(Clone, Debug)]
pub struct Filter {
    expression: Expression,
    span: Range<usize>,
    mixed: Vec<Range<usize>>,
}

impl Filter {
    /// The tree.
    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    /// The form in which equivalent filters are the same.
    pub fn canonical(&self) -> Canonical {
        Canonical::of(&self.expression)
    }

    /// Whether the canonical forms are equal. Then both match the same recipients; the converse does not hold for
    /// every pair of filters.
    pub fn is_equivalent_to(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }

    /// The text that the service gives back for this filter: every pair of conditions in its own parentheses,
    /// booleans and integers quoted, `-eq $null` and `-notlike` turned into `-not(…)`, documented properties and enumeration
    /// values in their own casing.
    ///
    /// Reported for Exchange Server, and shown for one clause by the documentation; for several clauses in
    /// Exchange Online it is an extrapolation. Distinguished names stay as written.
    ///
    /// ```
    /// let filter = opath::parse("office -eq $null -and City -notlike 'L*'")?;
    /// assert_eq!(filter.stored_form(), "((-not(Office -ne $null)) -and (-not(City -like 'L*')))");
    /// # Ok::<(), opath::ParseError>(())
    /// ```
    pub fn stored_form(&self) -> String {
        stored::print(&self.expression)
    }

    /// Whether the filter selects this recipient. To ask for many recipients, take
    /// [`Canonical::matches`], which has folded the filter's values beforehand.
    pub fn matches<R: Recipient + ?Sized>(&self, recipient: &R) -> bool {
        evaluate::expression(&self.expression, &Evaluation::of(recipient))
    }

    /// Every comparison, from left to right.
    pub fn comparisons(&self) -> impl Iterator<Item = &Comparison> {
        let mut waiting = vec![&self.expression];
        std::iter::from_fn(move || {
            loop {
                match waiting.pop()? {
                    Expression::And(members) | Expression::Or(members) => {
                        waiting.extend(members.iter().rev());
                    }
                    Expression::Not(inner) => waiting.push(inner),
                    Expression::Compare(comparison) => return Some(comparison),
                }
            }
        })
    }

    /// What is worth a second look though it is a valid filter, from left to right.
    pub fn notes(&self) -> Vec<Note> {
        note::of(self)
    }

    /// Where `-and` and `-or` are joined without parentheses.
    pub(crate) fn mixed(&self) -> &[Range<usize>] {
        &self.mixed
    }

    /// Where the filter stands in the parsed text, without the quoting around it.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.expression == other.expression
    }
}

impl Eq for Filter {}

impl std::hash::Hash for Filter {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.expression.hash(state);
    }
}

impl FromStr for Filter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        parse(text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(formatter)
    }
}
