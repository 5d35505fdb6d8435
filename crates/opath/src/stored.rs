//! The text that the service regenerates from a filter.

use crate::expression::{Comparison, Expression, Operator, Value};
use crate::property::Property;
use crate::quote;

pub(crate) fn print(expression: &Expression) -> String {
    let mut text = String::new();
    write(&mut text, expression);
    text
}

fn write(text: &mut String, expression: &Expression) {
    match expression {
        Expression::And(members) => write_pairs(text, members, " -and "),
        Expression::Or(members) => write_pairs(text, members, " -or "),
        Expression::Not(inner) => {
            text.push_str("-not(");
            write(text, inner);
            text.push(')');
        }
        Expression::Compare(comparison) => write_comparison(text, comparison),
    }
}

/// The service's tree is binary and grows to the left: `((((A) -and (B))) -and (C))`.
fn write_pairs(text: &mut String, members: &[Expression], connective: &str) {
    for _ in 1..members.len() {
        text.push_str("((");
    }
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            text.push(')');
            text.push_str(connective);
            text.push('(');
        }
        write(text, member);
        if at > 0 {
            text.push_str("))");
        }
    }
}

fn write_comparison(text: &mut String, comparison: &Comparison) {
    let known = Property::find(&comparison.property);
    let property = known.map_or(comparison.property.as_str(), |known| known.name());
    let (operator, negated) = match (comparison.operator, &comparison.value) {
        (Operator::Equal, Value::Null) => (Operator::NotEqual, true),
        (Operator::NotLike, _) => (Operator::Like, true),
        (operator, _) => (operator, false),
    };
    let value = match &comparison.value {
        Value::Null => "$null".to_owned(),
        Value::Boolean(true) => "'True'".to_owned(),
        Value::Boolean(false) => "'False'".to_owned(),
        Value::Integer(number) => format!("'{number}'"),
        Value::Text(written) if operator.takes_pattern() => quote(written),
        Value::Text(written) => quote(known.and_then(|known| known.spelling_of(written)).unwrap_or(written)),
    };
    if negated {
        text.push_str("-not(");
    }
    for part in [property, " ", operator.as_str(), " ", &value] {
        text.push_str(part);
    }
    if negated {
        text.push(')');
    }
}
