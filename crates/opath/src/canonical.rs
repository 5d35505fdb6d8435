use std::fmt;

use crate::evaluate::{Evaluation, Recipient, Relation, Term};
use crate::expression::Expression;
use crate::quote;

/// The form in which equivalent filters are the same.
///
/// Casing of properties, operators and values is folded, and distinguished names, GUIDs, proxy addresses and integers are
/// brought to one spelling; a boolean or an integer is the same with and without quotation marks; `-ne` and `-notlike` are
/// negations; negations stand at the comparisons only and never twice; `-and` and `-or` are flat, sorted and
/// without duplicates. What it matches is what the filter matched.
///
/// `Display` prints it as a filter, which has this same canonical form. Its order is arbitrary but fixed.
///
/// ```
/// let canonical = opath::parse("-not (City -eq 'London' -or Office -eq $null)")?.canonical();
/// assert_eq!(canonical.to_string(), "City -ne 'london' -and Office -ne $null");
/// # Ok::<(), opath::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Canonical(pub(crate) Node);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Node {
    Literal(Literal),
    /// At least two, sorted, none of them `And`.
    And(Vec<Node>),
    /// At least two, sorted, none of them `Or`.
    Or(Vec<Node>),
}

/// A term or its negation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Literal {
    pub(crate) term: Term,
    pub(crate) negated: bool,
}

impl Canonical {
    pub(crate) fn of(expression: &Expression) -> Self {
        Self(Node::of(expression, false))
    }

    /// Whether it selects this recipient: the same answer as [`Filter::matches`](crate::Filter::matches),
    /// without folding the filter's values anew for each recipient.
    pub fn matches<R: Recipient + ?Sized>(&self, recipient: &R) -> bool {
        self.0.holds(&Evaluation::of(recipient))
    }
}

impl Node {
    fn of(expression: &Expression, negated: bool) -> Self {
        let all = |members: &[Expression]| members.iter().map(|member| Self::of(member, negated)).collect();
        match expression {
            // De Morgan: a negated -and is an -or of negations.
            Expression::And(members) => Self::join(all(members), !negated),
            Expression::Or(members) => Self::join(all(members), negated),
            Expression::Not(inner) => Self::of(inner, !negated),
            Expression::Compare(comparison) => {
                let (term, opposite) = Term::of(comparison);
                Self::Literal(Literal { term, negated: negated != opposite })
            }
        }
    }

    fn join(nodes: Vec<Self>, all: bool) -> Self {
        let mut members = Vec::with_capacity(nodes.len());
        for node in nodes {
            match node {
                Self::And(inner) if all => members.extend(inner),
                Self::Or(inner) if !all => members.extend(inner),
                node => members.push(node),
            }
        }
        members.sort_unstable();
        members.dedup();
        match members.pop() {
            Some(only) if members.is_empty() => only,
            last => {
                members.extend(last);
                if all { Self::And(members) } else { Self::Or(members) }
            }
        }
    }

    /// The opposite, in canonical form too.
    pub(crate) fn negated(&self) -> Self {
        let all = |members: &[Self]| members.iter().map(Self::negated).collect();
        match self {
            Self::Literal(literal) => {
                Self::Literal(Literal { term: literal.term.clone(), negated: !literal.negated })
            }
            Self::And(members) => Self::join(all(members), false),
            Self::Or(members) => Self::join(all(members), true),
        }
    }

    fn holds<R: Recipient + ?Sized>(&self, evaluation: &Evaluation<'_, R>) -> bool {
        match self {
            Self::Literal(literal) => evaluation.holds(&literal.term) != literal.negated,
            Self::And(members) => members.iter().all(|member| member.holds(evaluation)),
            Self::Or(members) => members.iter().any(|member| member.holds(evaluation)),
        }
    }
}

impl fmt::Display for Canonical {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (members, connective) = match self {
            Self::Literal(literal) => return literal.fmt(formatter),
            Self::And(members) => (members, " -and "),
            Self::Or(members) => (members, " -or "),
        };
        for (at, member) in members.iter().enumerate() {
            if at > 0 {
                formatter.write_str(connective)?;
            }
            match member {
                Self::Literal(literal) => literal.fmt(formatter)?,
                Self::And(_) | Self::Or(_) => write!(formatter, "({member})")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Term { property, relation, value } = &self.term;
        let value = value.as_deref().map_or_else(|| "$null".to_owned(), quote);
        let operator = match (relation, self.negated) {
            (Relation::Equal, false) => "-eq",
            (Relation::Equal, true) => "-ne",
            (Relation::Like, false) => "-like",
            (Relation::Like, true) => "-notlike",
            (Relation::Less, _) => "-lt",
            (Relation::LessOrEqual, _) => "-le",
            (Relation::Greater, _) => "-gt",
            (Relation::GreaterOrEqual, _) => "-ge",
        };
        let has_twin = matches!(relation, Relation::Equal | Relation::Like);
        if self.negated && !has_twin {
            write!(formatter, "-not ({property} {operator} {value})")
        } else {
            write!(formatter, "{property} {operator} {value}")
        }
    }
}
