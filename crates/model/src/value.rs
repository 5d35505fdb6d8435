//! Attribute values, and text whose parts become known only while a plan is applied.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::address::Address;

/// The value of one attribute, on either side of a difference.
///
/// In JSON: `null`, `true`, `75`, `"text"`, `["a", "b"]`, or `{"template": […]}` for text that holds what is only
/// known after apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Value {
    /// Not set; in the manifest `null`, which clears.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Several texts whose order means nothing.
    Set(Vec<String>),
    /// Text with parts that are known only after another resource was applied.
    Template {
        /// The parts, in order.
        template: Template,
    },
}

impl Value {
    /// Text from anything that is text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The elements of a set; empty for everything else.
    pub fn elements(&self) -> &[String] {
        if let Self::Set(elements) = self { elements } else { &[] }
    }

    /// Whether it is `null`, or a set without elements: Exchange leaves either out of an answer.
    pub fn is_unset(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Set(elements) => elements.is_empty(),
            _ => false,
        }
    }
}

/// Text with gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Template(pub Vec<Part>);

/// One part of a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Part {
    /// Text as it stands.
    Text(String),
    /// An output of a resource, such as a group's distinguished name.
    Output {
        /// The resource.
        #[schemars(with = "String")]
        of: Address,
        /// The output's name, such as `distinguishedName`.
        output: String,
        /// How it is written into the text around it.
        #[serde(default, skip_serializing_if = "Escape::is_none")]
        escape: Escape,
    },
}

/// How an output is written into the text around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Escape {
    /// As it is.
    #[default]
    None,
    /// Inside a single-quoted string of a recipient filter: quotes are doubled.
    FilterString,
}

impl Escape {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
    const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }

    fn apply(self, text: &str) -> String {
        match self {
            Self::None => text.to_owned(),
            Self::FilterString => text.replace('\'', "''"),
        }
    }
}

/// What resources made known: address and output name to text.
pub type Outputs = BTreeMap<(Address, String), String>;

impl Template {
    /// A template of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// A template of one output.
    pub fn output(of: &Address, output: &str) -> Self {
        Self(vec![Part::Output { of: of.clone(), output: output.to_owned(), escape: Escape::None }])
    }

    /// The text with every gap filled, or the first output that is not known.
    pub fn resolve(&self, outputs: &Outputs) -> Result<String, Unresolved> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Output { of, output, escape } => match outputs.get(&(of.clone(), output.clone())) {
                    Some(value) => text.push_str(&escape.apply(value)),
                    None => return Err(Unresolved { of: of.clone(), output: output.clone() }),
                },
            }
        }
        Ok(text)
    }

    /// The same text with the gaps filled that can be.
    #[must_use]
    pub fn fill(&self, outputs: &Outputs) -> Self {
        let mut parts: Vec<Part> = Vec::with_capacity(self.0.len());
        for part in &self.0 {
            let filled = match part {
                Part::Output { of, output, escape } => match outputs.get(&(of.clone(), output.clone())) {
                    Some(value) => Part::Text(escape.apply(value)),
                    None => part.clone(),
                },
                Part::Text(_) => part.clone(),
            };
            match (parts.last_mut(), filled) {
                (Some(Part::Text(before)), Part::Text(more)) => before.push_str(&more),
                (_, filled) => parts.push(filled),
            }
        }
        Self(parts)
    }

    /// The whole text, where it has no gaps left.
    pub fn as_text(&self) -> Option<&str> {
        if let [Part::Text(text)] = self.0.as_slice() { Some(text) } else { None }
    }

    /// The addresses whose outputs it holds.
    pub fn sources(&self) -> impl Iterator<Item = &Address> {
        self.gaps().map(|(of, _)| of)
    }

    /// Its gaps: address and output's name.
    pub fn gaps(&self) -> impl Iterator<Item = (&Address, &str)> {
        self.0.iter().filter_map(|part| match part {
            Part::Output { of, output, .. } => Some((of, output.as_str())),
            Part::Text(_) => None,
        })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Output { of, output, .. } => write!(f, "(known after apply: {output} of {of})")?,
            }
        }
        Ok(())
    }
}

/// An output that a template needs and nothing has made known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The resource that should have made it known.
    pub of: Address,
    /// The output's name.
    pub output: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} of {} is not known", self.output, self.of)
    }
}

impl std::error::Error for Unresolved {}

#[cfg(test)]
mod tests {
    use super::{Escape, Outputs, Part, Template};
    use crate::address::Address;

    fn scope() -> Template {
        let gap = |key: &str| Part::Output {
            of: Address::new("roomLists", key),
            output: "distinguishedName".to_owned(),
            escape: Escape::FilterString,
        };
        Template(vec![
            Part::Text("MemberOfGroup -eq '".to_owned()),
            gap("a"),
            Part::Text("' -or MemberOfGroup -eq '".to_owned()),
            gap("b"),
            Part::Text("'".to_owned()),
        ])
    }

    #[test]
    fn gaps_are_filled_one_by_one_and_quotes_inside_are_doubled() {
        let mut known = Outputs::new();
        known
            .insert((Address::new("roomLists", "a"), "distinguishedName".to_owned()), "CN=O'Hare".to_owned());
        let half = scope().fill(&known);
        assert_eq!(half.as_text(), None);
        assert!(half.resolve(&known).is_err());
        known.insert((Address::new("roomLists", "b"), "distinguishedName".to_owned()), "CN=b".to_owned());
        let whole = "MemberOfGroup -eq 'CN=O''Hare' -or MemberOfGroup -eq 'CN=b'";
        assert_eq!(half.fill(&known).as_text(), Some(whole));
        assert_eq!(scope().resolve(&known).as_deref(), Ok(whole));
    }

    #[test]
    fn a_template_survives_json() {
        let text = serde_json::to_string(&super::Value::Template { template: scope() }).unwrap();
        assert_eq!(
            serde_json::from_str::<super::Value>(&text).unwrap(),
            super::Value::Template { template: scope() }
        );
    }
}
