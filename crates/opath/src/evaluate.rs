//! What a filter says of one recipient.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use crate::expression::{Comparison, Expression, Operator, Value};
use crate::fold;
use crate::property::Property;

/// Something that filters can be evaluated on.
pub trait Recipient {
    /// The values of a property; none is `$null`.
    ///
    /// The property is given in its documented casing (`Property::name`), or in small letters if it is not a
    /// documented one. Booleans are `True` and `False`, numbers decimal, objects distinguished names. An unknown
    /// property has no values.
    fn values(&self, property: &str) -> Vec<Cow<'_, str>>;
}

/// The right side of a comparison that has to hold. `-ne` and `-notlike` are negated terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Relation {
    Equal,
    Like,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A comparison with its property and value folded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Term {
    pub(crate) property: Cow<'static, str>,
    pub(crate) relation: Relation,
    /// `None` is `$null`.
    pub(crate) value: Option<String>,
}

impl Term {
    /// The term of a comparison, and whether it is negated.
    pub(crate) fn of(comparison: &Comparison) -> (Self, bool) {
        let (relation, negated) = match comparison.operator {
            Operator::Equal => (Relation::Equal, false),
            Operator::NotEqual => (Relation::Equal, true),
            Operator::Like => (Relation::Like, false),
            Operator::NotLike => (Relation::Like, true),
            Operator::Less => (Relation::Less, false),
            Operator::LessOrEqual => (Relation::LessOrEqual, false),
            Operator::Greater => (Relation::Greater, false),
            Operator::GreaterOrEqual => (Relation::GreaterOrEqual, false),
        };
        let known = Property::find(&comparison.property);
        let property =
            known.map_or_else(|| fold::text(&comparison.property).into(), |known| known.name().into());
        let written: Option<Cow<'_, str>> = match &comparison.value {
            Value::Text(text) => Some(text.into()),
            Value::Integer(number) => Some(number.to_string().into()),
            Value::Boolean(true) => Some("True".into()),
            Value::Boolean(false) => Some("False".into()),
            Value::Null => None,
        };
        let value = written.map(|written| match relation {
            Relation::Equal => fold::value(known, &written),
            _ => fold::text(&written),
        });
        (Self { property, relation, value }, negated)
    }

    /// Whether one of the values stands in this relation; none of them is `$null`.
    pub(crate) fn holds(&self, values: &[Found]) -> bool {
        let Some(wanted) = &self.value else { return self.relation == Relation::Equal && values.is_empty() };
        values.iter().any(|found| match self.relation {
            Relation::Equal => found.equal == *wanted,
            Relation::Like => found.texts.iter().any(|text| is_like(text, wanted)),
            Relation::Less => found.order(wanted) == Ordering::Less,
            Relation::LessOrEqual => found.order(wanted) != Ordering::Greater,
            Relation::Greater => found.order(wanted) == Ordering::Greater,
            Relation::GreaterOrEqual => found.order(wanted) != Ordering::Less,
        })
    }
}

/// One value of a recipient, folded in every way that a term may ask for.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    equal: String,
    /// As it is, then other spellings that patterns may match.
    texts: Vec<String>,
}

impl Found {
    pub(crate) fn new(property: Option<&Property>, value: &str) -> Self {
        let folded = fold::text(value);
        let mut texts = vec![folded];
        if property.is_some_and(Property::holds_proxy_addresses) {
            let bare = fold::without_smtp(&texts[0]).to_owned();
            if bare != texts[0] {
                texts.push(bare);
            } else if !bare.contains(':') {
                texts.push(format!("smtp:{bare}"));
            }
        }
        Self { equal: fold::value(property, value), texts }
    }

    fn order(&self, wanted: &str) -> Ordering {
        let own = self.texts.first().map_or("", String::as_str);
        match (own.trim().parse::<i128>(), wanted.trim().parse::<i128>()) {
            (Ok(own), Ok(wanted)) => own.cmp(&wanted),
            _ => own.cmp(wanted),
        }
    }
}

/// Whether a text matches a pattern in which `*` stands for any text. Both are folded.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// A recipient during one evaluation: each of its properties is read and folded once.
pub(crate) struct Evaluation<'a, R: ?Sized> {
    recipient: &'a R,
    read: RefCell<Vec<(String, Rc<[Found]>)>>,
}

impl<'a, R: Recipient + ?Sized> Evaluation<'a, R> {
    pub(crate) fn of(recipient: &'a R) -> Self {
        Self { recipient, read: RefCell::new(Vec::new()) }
    }

    pub(crate) fn holds(&self, term: &Term) -> bool {
        term.holds(&self.values(&term.property))
    }

    fn values(&self, property: &str) -> Rc<[Found]> {
        if let Some((_, values)) = self.read.borrow().iter().find(|(name, _)| name == property) {
            return Rc::clone(values);
        }
        let known = Property::find(property);
        let own = self.recipient.values(property);
        let mut values: Vec<Found> =
            own.iter().filter(|value| !value.is_empty()).map(|value| Found::new(known, value)).collect();
        if known.is_some_and(Property::searches_proxy_addresses) {
            let proxies = self.recipient.values(Property::EMAIL_ADDRESSES);
            values.extend(proxies.iter().filter_map(|proxy| {
                let folded = fold::text(proxy);
                let address = fold::without_smtp(&folded);
                let is_smtp = !address.is_empty() && !address.contains(':');
                is_smtp.then(|| Found::new(known, address))
            }));
        }
        let values: Rc<[Found]> = values.into();
        self.read.borrow_mut().push((property.to_owned(), Rc::clone(&values)));
        values
    }
}

pub(crate) fn expression<R: Recipient + ?Sized>(
    expression_: &Expression,
    evaluation: &Evaluation<'_, R>,
) -> bool {
    match expression_ {
        Expression::And(members) => members.iter().all(|member| expression(member, evaluation)),
        Expression::Or(members) => members.iter().any(|member| expression(member, evaluation)),
        Expression::Not(inner) => !expression(inner, evaluation),
        Expression::Compare(comparison) => {
            let (term, negated) = Term::of(comparison);
            evaluation.holds(&term) != negated
        }
    }
}
