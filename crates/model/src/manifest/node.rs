//! Nodes: YAML as a tree in which everything knows its place.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::check;
use super::report::Report;
use crate::place::Place;

/// Collections inside collections, aliases expanded.
const DEPTH: usize = 64;
/// Nodes that aliases may add: enough for every template, and far too few for a bomb.
const EXPANSION: usize = 100_000;

/// One value, with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) place: Place,
    pub(crate) tree: Tree<'a>,
}

/// What a value is, by the core schema of YAML 1.2: `yes` and `NO` are text.
#[derive(Clone, Debug)]
pub(crate) enum Tree<'a> {
    /// Nothing at all stands there.
    Blank,
    /// `null` or `~`.
    Null,
    Bool(bool),
    /// A number, as written.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    Sequence(Vec<Node<'a>>),
    Mapping(Vec<(Key<'a>, Node<'a>)>),
}

/// The key of one entry of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Key<'a> {
    pub(crate) place: Place,
    pub(crate) text: Cow<'a, str>,
}

impl Tree<'_> {
    /// What this is, for a sentence that begins with "found".
    pub(crate) fn found(&self) -> String {
        match self {
            Self::Blank => "nothing".to_owned(),
            Self::Null => "null".to_owned(),
            Self::Bool(value) => format!("`{value}`"),
            Self::Number(text) => format!("the number {text}"),
            Self::Text(text) => format!("the text `{}`", shortened(text)),
            Self::Sequence(_) => "a list".to_owned(),
            Self::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

/// Text, cut where it would fill the screen.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A collection that is being filled.
struct Open<'a> {
    anchor: usize,
    place: Place,
    content: Content<'a>,
    nodes: usize,
    /// Levels of collections below.
    depth: usize,
}

enum Content<'a> {
    Sequence(Vec<Node<'a>>),
    Mapping {
        entries: Vec<(Key<'a>, Node<'a>)>,
        key: Expected<'a>,
    },
    /// The document itself: what stands in it.
    Document(Option<Node<'a>>),
}

/// What comes next in a mapping.
enum Expected<'a> {
    Key,
    /// The value of this key.
    Value(Key<'a>),
    /// The value of a key that is no text, which was reported: it goes with its key.
    Nothing,
}

/// What an alias refers to.
struct Anchored<'a> {
    node: Node<'a>,
    nodes: usize,
    depth: usize,
}

struct Builder<'a, 'r> {
    source: u32,
    report: &'r mut Report,
    open: Vec<Open<'a>>,
    anchored: HashMap<usize, Anchored<'a>>,
    expanded: usize,
    documents: Vec<Node<'a>>,
    /// Whether to give up on this file.
    over: bool,
}

/// The documents of a file. After a syntax error, which is reported, there are none: half a
/// manifest would raise findings that are not there.
pub(crate) fn parse<'a>(text: &'a str, source: u32, report: &mut Report) -> Option<Vec<Node<'a>>> {
    let mut options = granit_parser::Options::default();
    options.set_emit_comments(false);
    options.block_nesting_limit = DEPTH;
    options.flow_nesting_limit = DEPTH;
    let mut builder = Builder {
        source,
        report,
        open: Vec::new(),
        anchored: HashMap::new(),
        expanded: 0,
        documents: Vec::new(),
        over: false,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                super::syntax::error(text, source, &error, builder.report);
                return None;
            }
        }
        if builder.over {
            return None;
        }
    }
    Some(builder.documents)
}

impl<'a> Builder<'a, '_> {
    fn place(&self, span: &Span) -> Place {
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let one_line = span.start.line() == span.end.line();
        Place {
            source: self.source,
            line: number(span.start.line()).max(1),
            column: number(span.start.col()).saturating_add(1),
            length: if one_line { number(span.len()) } else { 0 },
        }
    }

    fn event(&mut self, event: Event<'a>, span: &Span) {
        let place = self.place(span);
        match event {
            Event::DocumentStart(..) => self.start(0, place, Content::Document(None)),
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_custom(tag.as_deref(), &["seq"], place);
                self.start(anchor, place, Content::Sequence(Vec::new()));
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_custom(tag.as_deref(), &["map"], place);
                self.start(anchor, place, Content::Mapping { entries: Vec::new(), key: Expected::Key });
            }
            Event::SequenceEnd | Event::MappingEnd | Event::DocumentEnd => self.end(),
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_custom(tag.as_deref(), &["str", "int", "float", "bool", "null"], place);
                let string = tag.as_deref().is_some_and(|tag| tag.core_suffix() == Some("str"));
                let tree = if style == ScalarStyle::Plain && !string {
                    plain(text, place)
                } else {
                    Tree::Text(text)
                };
                self.add(Node { place, tree }, anchor, 1, 0);
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            _ => {}
        }
    }

    fn alias(&mut self, anchor: usize, place: Place) {
        let Some(target) = self.anchored.get(&anchor) else {
            self.report.find(&check::YAML_SYNTAX, place, "an alias inside the very value that it stands for");
            self.over = true;
            return;
        };
        let (nodes, depth) = (target.nodes, target.depth);
        self.expanded += nodes;
        if self.expanded > EXPANSION || self.open.len() + depth > DEPTH {
            self.too_much(place);
            return;
        }
        let node = Node { place, ..target.node.clone() };
        self.add(node, 0, nodes, depth);
    }

    fn too_much(&mut self, place: Place) {
        self.report.find(
            &check::YAML_TOO_DEEP,
            place,
            "too many values, or too deep, once aliases are expanded",
        );
        self.over = true;
    }

    fn refuse_custom(&mut self, tag: Option<&granit_parser::Tag>, allowed: &[&str], place: Place) {
        let Some(tag) = tag else { return };
        if !tag.core_suffix().is_some_and(|suffix| allowed.contains(&suffix)) {
            self.report.find(
                &check::YAML_TAG,
                place,
                format!("the tag `{}` means nothing here", tag.original()),
            );
        }
    }

    fn start(&mut self, anchor: usize, place: Place, content: Content<'a>) {
        if self.open.len() > DEPTH {
            self.too_much(place);
            return;
        }
        self.open.push(Open { anchor, place, content, nodes: 1, depth: 1 });
    }

    fn end(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        let tree = match closed.content {
            Content::Document(node) => {
                self.documents.extend(node);
                self.anchored.clear();
                return;
            }
            Content::Sequence(nodes) => Tree::Sequence(nodes),
            Content::Mapping { entries, .. } => Tree::Mapping(merged(entries)),
        };
        self.add(Node { place: closed.place, tree }, closed.anchor, closed.nodes, closed.depth);
    }

    /// Puts a finished value where it belongs.
    fn add(&mut self, node: Node<'a>, anchor: usize, nodes: usize, depth: usize) {
        if anchor > 0 {
            self.anchored.insert(anchor, Anchored { node: node.clone(), nodes, depth });
        }
        let Some(open) = self.open.last_mut() else { return };
        open.nodes += nodes;
        open.depth = open.depth.max(depth + 1);
        match &mut open.content {
            Content::Document(slot) => *slot = Some(node),
            Content::Sequence(elements) => elements.push(node),
            Content::Mapping { entries, key } => match std::mem::replace(key, Expected::Key) {
                Expected::Nothing => {}
                Expected::Value(key) => entries.push((key, node)),
                Expected::Key => {
                    let text = match node.tree {
                        Tree::Text(text) | Tree::Number(text) => Some(text),
                        Tree::Bool(value) => Some(Cow::Borrowed(if value { "true" } else { "false" })),
                        Tree::Null => Some(Cow::Borrowed("null")),
                        other => {
                            let summary = format!("a key must be text, found {}", other.found());
                            self.report.find(&check::WRONG_TYPE, node.place, summary);
                            None
                        }
                    };
                    *key = match text {
                        Some(text) => Expected::Value(Key { place: node.place, text }),
                        None => Expected::Nothing,
                    };
                }
            },
        }
    }
}

/// What a scalar without quotes is, by the core schema of YAML 1.2.
fn plain(text: Cow<'_, str>, place: Place) -> Tree<'_> {
    match text.as_ref() {
        // The parser tells an empty value as a tilde that takes no room.
        "" => Tree::Blank,
        "~" if place.length == 0 => Tree::Blank,
        "~" | "null" | "Null" | "NULL" => Tree::Null,
        "true" | "True" | "TRUE" => Tree::Bool(true),
        "false" | "False" | "FALSE" => Tree::Bool(false),
        other => {
            let number = other.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first))
                && other.ends_with(|last: char| last.is_ascii_digit() || last == '.')
                && other.parse::<f64>().is_ok();
            if number { Tree::Number(text) } else { Tree::Text(text) }
        }
    }
}

/// Expands merge keys: `<<: *defaults` adds the entries that the mapping does not state itself.
fn merged<'a>(entries: Vec<(Key<'a>, Node<'a>)>) -> Vec<(Key<'a>, Node<'a>)> {
    if !entries.iter().any(|(key, _)| key.text == "<<") {
        return entries;
    }
    let (merges, mut own): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(key, _)| key.text == "<<");
    for (key, node) in merges {
        let sources = match node.tree {
            Tree::Sequence(nodes) => nodes,
            tree => vec![Node { place: node.place, tree }],
        };
        for source in sources {
            match source.tree {
                Tree::Mapping(added) => {
                    for (name, value) in added {
                        if !own.iter().any(|(known, _)| known.text == name.text) {
                            own.push((Key { place: key.place, text: name.text }, value));
                        }
                    }
                }
                // Left as it is, it is reported as the unknown key that it is.
                tree => own.push((key.clone(), Node { place: source.place, tree })),
            }
        }
    }
    own
}
