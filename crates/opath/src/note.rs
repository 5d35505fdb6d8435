//! What is worth a second look in a valid filter.

use std::fmt;
use std::ops::Range;

use crate::expression::{Comparison, Operator, Value};
use crate::filter::Filter;
use crate::fold;
use crate::property::{Kind, Property};
use crate::satisfiable::is_impossible;
use crate::text::distance;

/// A remark on a filter that parses. `Display` is the message alone, as with [`ParseError`](crate::ParseError).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    id: &'static str,
    message: String,
    span: Range<usize>,
    hint: Option<String>,
}

impl Note {
    /// Which remark it is. These do not change:
    ///
    /// | id | |
    /// | --- | --- |
    /// | `matches-nothing` | no recipient can match |
    /// | `matches-everything` | every recipient matches |
    /// | `address-instead-of-distinguished-name` | an object is named by its address or name, which the service accepts and which matches nothing |
    /// | `leading-wildcard` | a pattern begins with `*`, which Exchange Online refuses or is slow at |
    /// | `wildcard-without-like` | a `*` that the operator takes as a letter |
    /// | `unknown-property` | a property that is not on the documented list |
    /// | `unknown-value` | a value that is not among the documented ones of an enumeration or a boolean |
    /// | `mixed-operators` | `-and` and `-or` side by side without parentheses |
    /// | `quoted-system-value` | `'$true'`, `'$false'` or `'$null'`, which is text |
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// What is remarkable.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The place, in bytes of the parsed text.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// What to write instead, where that can be told.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

pub(crate) fn of(filter: &Filter) -> Vec<Note> {
    let mut notes: Vec<Note> = whole(filter).into_iter().collect();
    notes.extend(filter.mixed().iter().map(mixed_operators));
    for comparison in filter.comparisons() {
        notes.extend(CHECKS.iter().filter_map(|check| check(comparison)));
    }
    notes.sort_by_key(|note| note.span.start);
    notes
}

fn whole(filter: &Filter) -> Option<Note> {
    let canonical = filter.canonical();
    let (id, message) = if is_impossible(&canonical.0) {
        ("matches-nothing", "no recipient can match this filter")
    } else if is_impossible(&canonical.0.negated()) {
        ("matches-everything", "every recipient matches this filter")
    } else {
        return None;
    };
    Some(Note { id, message: message.into(), span: filter.span(), hint: None })
}

fn mixed_operators(span: &Range<usize>) -> Note {
    Note {
        id: "mixed-operators",
        message: "`-and` binds before `-or` in a filter, unlike in PowerShell".into(),
        span: span.clone(),
        hint: Some("put parentheses around the conditions that belong together".into()),
    }
}

type Check = fn(&Comparison) -> Option<Note>;

const CHECKS: &[Check] = &[
    unknown_property,
    quoted_system_value,
    unknown_value,
    address_instead_of_distinguished_name,
    leading_wildcard,
    wildcard_without_like,
];

fn text(comparison: &Comparison) -> Option<&str> {
    match comparison.value() {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn unknown_property(comparison: &Comparison) -> Option<Note> {
    let name = comparison.property();
    if Property::find(name).is_some() {
        return None;
    }
    Some(Note {
        id: "unknown-property",
        message: format!("`{name}` is not a documented filterable property"),
        span: comparison.property_span(),
        hint: Property::suggest(name).map(|meant| format!("did you mean `{}`?", meant.name())),
    })
}

fn quoted_system_value(comparison: &Comparison) -> Option<Note> {
    let text = text(comparison)?;
    ["$true", "$false", "$null"].iter().find(|value| value.eq_ignore_ascii_case(text)).map(|value| Note {
        id: "quoted-system-value",
        message: format!("in quotation marks, `{value}` is text"),
        span: comparison.value_span(),
        hint: Some(format!("write `{} {} {value}`", comparison.property(), comparison.operator())),
    })
}

fn unknown_value(comparison: &Comparison) -> Option<Note> {
    let text = text(comparison)?;
    let property = Property::find(comparison.property())?;
    let names: &[&str] = match property.kind() {
        Kind::Boolean => &["$true", "$false"],
        _ => property.enumeration(),
    };
    // Numbers stand for names, several names are joined by commas, and a system value has its own note.
    let is_other = comparison.operator().takes_pattern()
        || text.starts_with('$')
        || text.contains(',')
        || text.trim().parse::<i128>().is_ok();
    if names.is_empty() || is_other || property.spelling_of(text).is_some() {
        return None;
    }
    let near = names.iter().map(|name| (distance(name, text, 3), *name)).min();
    let hint = match near {
        Some((steps, name)) if steps <= 3 && steps * 3 <= name.len() => format!("did you mean '{name}'?"),
        _ if names.len() <= 6 => format!("the values are {}", names.join(", ")),
        _ => "look up the values in the documentation of Get-Recipient".to_owned(),
    };
    Some(Note {
        id: "unknown-value",
        message: format!("'{text}' is not a documented value of {}", property.name()),
        span: comparison.value_span(),
        hint: Some(hint),
    })
}

fn address_instead_of_distinguished_name(comparison: &Comparison) -> Option<Note> {
    let text = text(comparison)?;
    let property = Property::find(comparison.property())?;
    let is_equality = matches!(comparison.operator(), Operator::Equal | Operator::NotEqual);
    let is_named = property.kind() == Kind::DistinguishedName && is_equality && !text.is_empty();
    if !is_named || fold::is_distinguished_name(text) || text.starts_with('$') {
        return None;
    }
    let what = if text.contains('@') { "an address" } else { "a name" };
    Some(Note {
        id: "address-instead-of-distinguished-name",
        message: format!("{} wants a distinguished name; with {what} it matches nothing", property.name()),
        span: comparison.value_span(),
        hint: Some(
            "write the object's DistinguishedName, for instance 'CN=Rooms,OU=Groups,DC=contoso,DC=com'"
                .into(),
        ),
    })
}

fn leading_wildcard(comparison: &Comparison) -> Option<Note> {
    let text = text(comparison)?;
    let is_leading = comparison.operator().takes_pattern() && text.starts_with('*') && text != "*";
    is_leading.then(|| Note {
        id: "leading-wildcard",
        message: "a pattern that begins with `*` is refused or slow in Exchange Online".into(),
        span: comparison.value_span(),
        hint: Some("use `*` only at the end".into()),
    })
}

fn wildcard_without_like(comparison: &Comparison) -> Option<Note> {
    let text = text(comparison)?;
    if comparison.operator().takes_pattern() || !text.contains('*') {
        return None;
    }
    let instead = match comparison.operator() {
        Operator::Equal => Some("-like"),
        Operator::NotEqual => Some("-notlike"),
        _ => None,
    };
    Some(Note {
        id: "wildcard-without-like",
        message: format!("`{}` takes `*` as a letter", comparison.operator()),
        span: comparison.value_span(),
        hint: instead.map(|instead| format!("write `{instead}` to match a pattern")),
    })
}
