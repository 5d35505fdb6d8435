//! Decoding: from nodes to entries, field by field, every error found and none hiding another.

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::check;
use super::near::{listed, meant};
use super::node::{Key, Node, Tree};
use super::report::Report;
use crate::place::Place;

/// What is being decoded: the name of the field and where that name stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'s> {
    pub(crate) name: &'s str,
    pub(crate) place: Place,
    /// Whether it is an element of the field.
    pub(crate) element: bool,
}

impl<'s> Site<'s> {
    /// A field.
    pub(crate) const fn new(name: &'s str, place: Place) -> Self {
        Self { name, place, element: false }
    }

    /// What a sentence calls it.
    pub(crate) fn shown(&self) -> String {
        if self.element { format!("an element of `{}`", self.name) } else { format!("`{}`", self.name) }
    }
}

/// A value that can be read from a node.
pub(crate) trait Decode: Sized {
    /// What was expected, for a sentence.
    const EXPECTED: &'static str;

    /// Reads the value. Nothing is returned where the node is of the wrong type, which is then reported.
    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self>;
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Located<T> {
    pub(crate) value: T,
    pub(crate) place: Place,
}

impl<T: Decode> Decode for Located<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
        let place = node.place;
        T::decode(node, site, report).map(|value| Self { value, place })
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

/// One field of an entry: absent, `null`, or a value, each told apart.
#[derive(Debug, Default)]
pub(crate) enum Field<T> {
    /// The manifest leaves it out.
    #[default]
    Absent,
    /// `null`: to be cleared.
    Null(Place),
    /// A value.
    Value(Located<T>),
    /// It is stated, but not usable; that was reported.
    Wrong,
}

impl<T> Field<T> {
    /// The value, where there is one.
    pub(crate) const fn value(&self) -> Option<&T> {
        if let Self::Value(located) = self { Some(&located.value) } else { None }
    }

    /// The value with its place, where there is one.
    pub(crate) const fn located(&self) -> Option<&Located<T>> {
        if let Self::Value(located) = self { Some(located) } else { None }
    }

    /// The value, taken out.
    pub(crate) fn into_value(self) -> Option<T> {
        if let Self::Value(located) = self { Some(located.value) } else { None }
    }

    /// Where the value or the `null` stands.
    pub(crate) const fn place(&self) -> Option<Place> {
        match self {
            Self::Value(located) => Some(located.place),
            Self::Null(place) => Some(*place),
            Self::Absent | Self::Wrong => None,
        }
    }

    /// Whether it is stated but not usable.
    pub(crate) const fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong)
    }

    /// Whether the manifest leaves it out.
    pub(crate) const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// How a field may be stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// It must have a value.
    Required,
    /// It may be left out or `null`.
    Clearable,
    /// It may be left out.
    Optional,
}

/// The fields of one mapping, sorted out by name.
pub(crate) struct Fields<'a, 's> {
    site: Site<'s>,
    known: Vec<Option<(Key<'a>, Node<'a>)>>,
    names: &'static [&'static str],
    /// Fields that were probably meant by an unknown key.
    mistaken: Vec<&'static str>,
}

impl<'a, 's> Fields<'a, 's> {
    /// Sorts the entries of a mapping by name; unknown ones and those that stand twice are reported.
    pub(crate) fn open(
        node: Node<'a>,
        site: Site<'s>,
        names: &'static [&'static str],
        report: &mut Report,
    ) -> Option<Self> {
        let Tree::Mapping(entries) = node.tree else {
            wrong_type(&node, "a mapping", site, report);
            return None;
        };
        let mut known: Vec<Option<(Key<'a>, Node<'a>)>> = names.iter().map(|_| None).collect();
        let mut mistaken = Vec::new();
        for (key, node) in entries {
            let Some(index) = names.iter().position(|name| *name == key.text) else {
                mistaken.extend(unknown_key(&key, site.name, names, report));
                continue;
            };
            match &known[index] {
                Some((first, _)) => duplicate_key(&key, first.place, report),
                None => known[index] = Some((key, node)),
            }
        }
        Some(Self { site, known, names, mistaken })
    }

    /// Decodes one field.
    pub(crate) fn take<T: Decode>(
        &mut self,
        name: &'static str,
        rule: Rule,
        report: &mut Report,
    ) -> Field<T> {
        let index = self.names.iter().position(|known| *known == name);
        let Some((key, node)) = index.and_then(|index| self.known[index].take()) else {
            if self.mistaken.contains(&name) {
                return Field::Wrong;
            }
            if rule == Rule::Required {
                let summary = format!("`{}` has no `{name}`", self.site.name);
                report.find(&check::MISSING_FIELD, self.site.place, summary).hint(format!("add `{name}: …`"));
                return Field::Wrong;
            }
            return Field::Absent;
        };
        let site = Site::new(name, key.place);
        match node.tree {
            Tree::Null if rule == Rule::Clearable => Field::Null(node.place),
            Tree::Null if rule == Rule::Required => {
                let summary = format!("`{name}` must be {}, found null", T::EXPECTED);
                report.find(&check::WRONG_TYPE, node.place, summary).hint("this field cannot be cleared");
                Field::Wrong
            }
            Tree::Blank => {
                let finding = report.find(&check::EMPTY_VALUE, key.place, format!("`{name}` has no value"));
                if rule == Rule::Clearable {
                    finding.hint("remove the line to leave it alone, or write `null` to clear it");
                } else {
                    finding.hint(format!("write {} behind it, or remove the line", T::EXPECTED));
                }
                Field::Wrong
            }
            _ => {
                let place = node.place;
                T::decode(node, site, report)
                    .map_or(Field::Wrong, |value| Field::Value(Located { value, place }))
            }
        }
    }
}

/// Reports a value of the wrong type.
pub(crate) fn wrong_type(node: &Node<'_>, expected: &str, site: Site<'_>, report: &mut Report) {
    let place =
        if node.place.length == 0 && matches!(node.tree, Tree::Blank) { site.place } else { node.place };
    // What stands there may be the password itself.
    let found = if site.name == "password" { "a value".to_owned() } else { node.tree.found() };
    let summary = format!("{} must be {expected}, found {found}", site.shown());
    let finding = report.find(&check::WRONG_TYPE, place, summary);
    match (&node.tree, expected) {
        (Tree::Text(text), "a mapping" | "a list") if example(site.name, text).is_some() => {
            finding.hint(example(site.name, text).unwrap_or_default())
        }
        (Tree::Mapping(_), "an address" | "a key or an address") => finding.hint("write the address alone"),
        (Tree::Sequence(_), "a mapping") if site.name == "reach" => {
            finding.hint("write it as `reach: { allow: […] }`")
        }
        (Tree::Text(text), "a mapping") if text.contains(':') && !text.contains(": ") => {
            finding.hint("put a space behind the colon")
        }
        (Tree::Number(text), "text") => finding.hint(format!("put it in quotes: \"{text}\"")),
        (Tree::Bool(value), "text") => finding.hint(format!("put it in quotes: \"{value}\"")),
        (Tree::Text(text), "true or false") => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "$true" | "true" => finding.hint("write `true`"),
            "no" | "off" | "n" | "$false" | "false" => finding.hint("write `false`"),
            _ => finding.without_hint(),
        },
        (Tree::Text(text) | Tree::Number(text), "a list") => {
            finding.hint(format!("write it as a list: [{text}]"))
        }
        (Tree::Mapping(_), "a list") => finding.hint("write `- ` in front of every element"),
        (Tree::Sequence(_), "a mapping") => finding.hint("write `key: …` in place of `- …`"),
        (Tree::Text(text), "a whole number") if text.parse::<u32>().is_ok() => {
            finding.hint("remove the quotes")
        }
        _ => finding.without_hint(),
    };
}

/// How a field is written that people write as one word.
fn example(name: &str, text: &str) -> Option<String> {
    match name {
        "password" => Some(
            "a manifest holds no password: one is made with the account, and `password: { deliverTo: { file: … } }` says where it goes"
                .to_owned(),
        ),
        "deliverTo" => Some(format!("name the file: `deliverTo: {{ file: {text} }}`")),
        "command" => {
            let words: Vec<&str> = text.split_whitespace().collect();
            Some(format!("write every word as an element of a list: [{}]", words.join(", ")))
        }
        "organization" => Some(format!("write it as `organization: {{ customization: {text} }}`")),
        "permissions" => Some(format!(
            "name the API that it belongs to: `- {{ resource: Microsoft Graph, delegated: [{text}] }}`, or `application:`"
        )),
        "membersFrom" if text.to_lowercase().rsplit('.').next() == Some("csv") => {
            Some(format!("write it as `- {{ csv: {text}, column: … }}`"))
        }
        "membersFrom" if text.contains(" -") => Some("write it as `- { filter: \"…\" }`".to_owned()),
        "membersFrom" => Some(format!("write it as `- {{ file: {text} }}`")),
        _ => None,
    }
}

/// Reports a key that means nothing. Tells which one was probably meant.
pub(crate) fn unknown_key<'n>(
    key: &Key<'_>,
    within: &str,
    names: &[&'n str],
    report: &mut Report,
) -> Option<&'n str> {
    let text = super::node::shortened(&key.text);
    let summary = if within.is_empty() {
        format!("unknown key `{text}`")
    } else {
        format!("unknown key `{text}` in `{within}`")
    };
    let finding = report.find(&check::UNKNOWN_KEY, key.place, summary);
    let near = meant(&key.text, names);
    match near {
        Some(name) => finding.hint(format!("did you mean `{name}`?")),
        None => finding.hint(format!("known keys are {}", listed(names.iter().copied()))),
    };
    near
}

/// Reports a key that stands twice.
pub(crate) fn duplicate_key(key: &Key<'_>, first: Place, report: &mut Report) {
    let summary = format!("the key `{}` stands twice", super::node::shortened(&key.text));
    report.find(&check::DUPLICATE_KEY, key.place, summary).related(first, "it stands here first");
}

/// Text as it stands, but for the newline that a block scalar ends in.
pub(crate) fn text(node: Node<'_>, expected: &str, site: Site<'_>, report: &mut Report) -> Option<String> {
    match node.tree {
        Tree::Text(text) if text.trim().is_empty() => {
            report.find(&check::EMPTY_VALUE, node.place, format!("{} is empty text", site.shown()));
            None
        }
        Tree::Text(text) => {
            let mut text = text.into_owned();
            text.truncate(text.trim_end_matches('\n').len());
            Some(text)
        }
        _ => {
            wrong_type(&node, expected, site, report);
            None
        }
    }
}

/// One line of text.
impl Decode for String {
    const EXPECTED: &'static str = "text";

    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
        let place = node.place;
        let text = text(node, Self::EXPECTED, site, report)?;
        if let Some(control) = text.chars().find(|c| c.is_control()) {
            let summary =
                format!("{} holds a control character, `{}`", site.shown(), control.escape_default());
            report.find(&check::VALUE_INVALID, place, summary).hint("write it on one line");
            return None;
        }
        if text.trim() != text {
            report.find(&check::SPACE_AROUND, place, format!("{} has space around it", site.shown()));
        }
        Some(text)
    }
}

impl Decode for bool {
    const EXPECTED: &'static str = "true or false";

    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
        if let Tree::Bool(value) = node.tree {
            return Some(value);
        }
        wrong_type(&node, Self::EXPECTED, site, report);
        None
    }
}

impl Decode for u32 {
    const EXPECTED: &'static str = "a whole number";

    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
        if let Tree::Number(text) = &node.tree
            && let Ok(value) = text.parse()
        {
            return Some(value);
        }
        wrong_type(&node, Self::EXPECTED, site, report);
        None
    }
}

impl<T: Decode> Decode for Vec<T> {
    const EXPECTED: &'static str = "a list";

    fn decode(node: Node<'_>, site: Site<'_>, report: &mut Report) -> Option<Self> {
        let Tree::Sequence(nodes) = node.tree else {
            wrong_type(&node, Self::EXPECTED, site, report);
            return None;
        };
        let mut elements = Self::with_capacity(nodes.len());
        for node in nodes {
            let site = Site { place: node.place, element: true, ..site };
            elements.extend(T::decode(node, site, report));
        }
        Some(elements)
    }
}

/// Declares the fields of a mapping once: the struct that holds them, its decoding and its JSON Schema.
///
/// The sign behind a name is its [`Rule`]: `!` required, `?` clearable by `null`, `~` optional.
macro_rules! shape {
    (
        $(#[$meta:meta])*
        $name:ident { $( $(#[$field_meta:meta])* $key:literal $rule:tt $field:ident: $type:ty, )* }
    ) => {
        #[derive(Debug, Default)]
        pub(crate) struct $name {
            $( pub(crate) $field: $crate::manifest::decode::Field<$type>, )*
        }

        impl $crate::manifest::decode::Decode for $name {
            const EXPECTED: &'static str = "a mapping";

            fn decode(
                node: $crate::manifest::node::Node<'_>,
                site: $crate::manifest::decode::Site<'_>,
                report: &mut $crate::manifest::report::Report,
            ) -> Option<Self> {
                let mut fields = $crate::manifest::decode::Fields::open(node, site, &[$($key),*], report)?;
                Some(Self {
                    $( $field: fields.take($key, $crate::manifest::decode::rule!($rule), report), )*
                })
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).trim_end_matches("Shape").into()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                #[derive(schemars::JsonSchema)]
                $(#[$meta])*
                #[schemars(deny_unknown_fields)]
                #[allow(dead_code, reason = "only its schema is used")]
                struct Shape {
                    $( $(#[$field_meta])* #[schemars(rename = $key)] $field: $crate::manifest::decode::slot!($rule $type), )*
                }
                let mut schema = <Shape as schemars::JsonSchema>::json_schema(generator);
                $( if $crate::manifest::decode::rule!($rule) == $crate::manifest::decode::Rule::Optional {
                    $crate::manifest::schema::forbid_null(&mut schema, $key);
                } )*
                schema
            }
        }
    };
}

macro_rules! rule {
    (!) => {
        $crate::manifest::decode::Rule::Required
    };
    (?) => {
        $crate::manifest::decode::Rule::Clearable
    };
    (~) => {
        $crate::manifest::decode::Rule::Optional
    };
}

macro_rules! slot {
    (! $type:ty) => { $type };
    ($other:tt $type:ty) => { Option<$type> };
}

pub(crate) use {rule, shape, slot};
