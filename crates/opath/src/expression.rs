//! The tree of a filter, and its plain printing.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;

use crate::quote;

/// A filter as a tree.
///
/// Parentheses that only group from the left (`(A -and B) -and C`) leave no trace; others are kept as nesting.
/// `And` and `Or` have at least two members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Expression {
    /// All of them (`-and`).
    And(Vec<Expression>),
    /// Any of them (`-or`).
    Or(Vec<Expression>),
    /// Not this one (`-not`).
    Not(Box<Expression>),
    /// One comparison.
    Compare(Comparison),
}

/// `property operator value`. Equal if these three are; places do not count.
#[derive(Clone, Debug)]
pub struct Comparison {
    pub(crate) property: String,
    pub(crate) operator: Operator,
    pub(crate) value: Value,
    pub(crate) property_span: Range<usize>,
    pub(crate) value_span: Range<usize>,
}

impl Comparison {
    /// The property's name as it was written.
    pub fn property(&self) -> &str {
        &self.property
    }

    /// The operator.
    pub fn operator(&self) -> Operator {
        self.operator
    }

    /// The value to compare with.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Where the whole comparison stands, in bytes of the parsed text.
    pub fn span(&self) -> Range<usize> {
        self.property_span.start..self.value_span.end
    }

    /// Where the property's name stands, in bytes of the parsed text.
    pub fn property_span(&self) -> Range<usize> {
        self.property_span.clone()
    }

    /// Where the value stands, with its quotation marks, in bytes of the parsed text.
    pub fn value_span(&self) -> Range<usize> {
        self.value_span.clone()
    }
}

impl PartialEq for Comparison {
    fn eq(&self, other: &Self) -> bool {
        self.property == other.property && self.operator == other.operator && self.value == other.value
    }
}

impl Eq for Comparison {}

impl Hash for Comparison {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.property, self.operator, &self.value).hash(state);
    }
}

/// A comparison operator of the filter language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `-eq`
    Equal,
    /// `-ne`
    NotEqual,
    /// `-lt`
    Less,
    /// `-le`
    LessOrEqual,
    /// `-gt`
    Greater,
    /// `-ge`
    GreaterOrEqual,
    /// `-like`
    Like,
    /// `-notlike`
    NotLike,
}

impl Operator {
    pub(crate) const ALL: [Self; 8] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::Like,
        Self::NotLike,
    ];

    /// As it is written, with its hyphen: `-eq`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "-eq",
            Self::NotEqual => "-ne",
            Self::Less => "-lt",
            Self::LessOrEqual => "-le",
            Self::Greater => "-gt",
            Self::GreaterOrEqual => "-ge",
            Self::Like => "-like",
            Self::NotLike => "-notlike",
        }
    }

    /// Whether the value is a pattern (`-like`, `-notlike`).
    pub fn takes_pattern(self) -> bool {
        matches!(self, Self::Like | Self::NotLike)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The right side of a comparison. `Display` writes it as a literal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Value {
    /// Quoted text, without its quotation marks.
    Text(String),
    /// A whole number without quotation marks.
    Integer(i64),
    /// `$true` or `$false`.
    Boolean(bool),
    /// `$null`: the property has no value.
    Null,
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => formatter.write_str(&quote(text)),
            Self::Integer(number) => number.fmt(formatter),
            Self::Boolean(true) => formatter.write_str("$true"),
            Self::Boolean(false) => formatter.write_str("$false"),
            Self::Null => formatter.write_str("$null"),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.property, self.operator, self.value)
    }
}

/// A bare filter, with parentheses only where they are needed, except that `-and` inside `-or` always gets
/// them: PowerShell readers expect the two to bind alike, and here they do not.
impl fmt::Display for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (members, connective) = match self {
            Self::And(members) => (members, " -and "),
            Self::Or(members) => (members, " -or "),
            Self::Not(inner) => return write!(formatter, "-not ({inner})"),
            Self::Compare(comparison) => return comparison.fmt(formatter),
        };
        for (at, member) in members.iter().enumerate() {
            if at > 0 {
                formatter.write_str(connective)?;
            }
            match member {
                Self::And(_) | Self::Or(_) => write!(formatter, "({member})")?,
                Self::Not(_) | Self::Compare(_) => member.fmt(formatter)?,
            }
        }
        Ok(())
    }
}
