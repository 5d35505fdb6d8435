//! From words to the tree. The parser keeps its own stack, so that depth of nesting costs no call stack.

use std::ops::Range;

use crate::error::ParseError;
use crate::expression::{Comparison, Expression, Operator, Value};
use crate::lexer::{Lexer, Token, Word};
use crate::property::{Kind, Property};
use crate::quote;

/// Deep enough for the stored form of 4,095 joined conditions, which takes two parentheses for each.
const PARENTHESES: usize = 8_192;

/// How deep the tree may be, which others walk by recursion.
const DEPTH: usize = 256;

/// A filter as it was read.
pub(crate) struct Parsed {
    pub(crate) expression: Expression,
    /// Where it stands.
    pub(crate) span: Range<usize>,
    /// Where `-and` and `-or` stand together without parentheses.
    pub(crate) mixed: Vec<Range<usize>>,
}

pub(crate) fn parse(text: &str) -> Result<Parsed, ParseError> {
    let mut parser =
        Parser { lexer: Lexer::new(text), previous: None, groups: vec![Group::default()], mixed: Vec::new() };
    let expression = parser.filter()?;
    let end = parser.previous.as_ref().map_or(0, |token| token.span.end);
    Ok(Parsed { expression, span: parser.lexer.start()..end, mixed: parser.mixed })
}

/// A part of the tree with its depth.
struct Branch {
    expression: Expression,
    depth: usize,
}

/// What stands between a pair of parentheses, as far as it has been read.
#[derive(Default)]
struct Group {
    open: Range<usize>,
    negated: bool,
    alternatives: Vec<Branch>,
    conditions: Vec<Branch>,
    has_and: bool,
}

struct Parser {
    lexer: Lexer,
    previous: Option<Token>,
    groups: Vec<Group>,
    mixed: Vec<Range<usize>>,
}

impl Parser {
    fn filter(&mut self) -> Result<Expression, ParseError> {
        loop {
            self.condition()?;
            if let Some(expression) = self.connective()? {
                return Ok(expression);
            }
        }
    }

    /// Reads opening parentheses and the comparison after them.
    fn condition(&mut self) -> Result<(), ParseError> {
        loop {
            let before = self.previous.take();
            let Some(token) = self.lexer.next()? else { return Err(self.missing_condition(before.as_ref())) };
            self.previous = Some(token.clone());
            match token.word {
                Word::Open => self.open(token.span, false)?,
                Word::Not => {
                    let Some(Token { word: Word::Open, span }) = self.lexer.next()? else {
                        let error = ParseError::new("`-not` needs parentheses after it", token.span);
                        return Err(error.with_hint("write `-not (City -eq 'London')`"));
                    };
                    self.previous = Some(Token { word: Word::Open, span: span.clone() });
                    self.open(span, true)?;
                }
                Word::Name(name) => return self.comparison(name, token.span),
                word => return Err(unexpected_condition(&word, token.span, before.as_ref())),
            }
        }
    }

    fn open(&mut self, span: Range<usize>, negated: bool) -> Result<(), ParseError> {
        if self.groups.len() > PARENTHESES {
            let message = format!("parentheses are nested more than {PARENTHESES} deep");
            return Err(ParseError::new(message, span));
        }
        self.groups.push(Group { open: span, negated, ..Group::default() });
        Ok(())
    }

    fn comparison(&mut self, property: String, property_span: Range<usize>) -> Result<(), ParseError> {
        if let Some(error) = missing_hyphen(&property, &property_span, &["and", "or", "not"]) {
            return Err(error);
        }
        if property.contains(['*', '@']) {
            let error = ParseError::new(format!("`{property}` is not a property"), property_span);
            return Err(error.with_hint("write the property first: `City -eq 'London'`"));
        }
        let end = self.lexer.end();
        let operator = match self.lexer.next()? {
            Some(Token { word: Word::Compare(operator), .. }) => operator,
            found => return Err(missing_operator(&property, &property_span, found, end)),
        };
        let Some(token) = self.lexer.next()? else {
            let message = format!("the filter ends after `{operator}`, where a value is missing");
            return Err(ParseError::new(message, end).with_hint(example(&property, operator)));
        };
        let value = match token.word.clone() {
            Word::Text(text) => Value::Text(text),
            Word::Integer(number) => Value::Integer(number),
            Word::Boolean(boolean) => Value::Boolean(boolean),
            Word::Null => Value::Null,
            word => {
                let words = self.names_after(&token);
                return Err(not_a_value(&word, &words, token.span, &property, operator));
            }
        };
        if operator.takes_pattern() && value == Value::Null {
            let instead = if operator == Operator::Like { "-eq" } else { "-ne" };
            let error = ParseError::new(format!("`{operator}` needs a text, not `$null`"), token.span);
            return Err(error.with_hint(format!("write `{property} {instead} $null`")));
        }
        let value_span = token.span.clone();
        self.previous = Some(token);
        let comparison = Comparison { property, operator, value, property_span, value_span };
        self.add(Branch { expression: Expression::Compare(comparison), depth: 1 });
        Ok(())
    }

    /// The word and those that follow it, which together are text without quotation marks; for an error.
    fn names_after(&mut self, token: &Token) -> Vec<String> {
        let mut next = Some(token.clone());
        let mut names = Vec::new();
        while let Some(Token { word: Word::Name(name), .. }) = next {
            if !names.is_empty() && missing_hyphen(&name, &token.span, &["and", "or"]).is_some() {
                break;
            }
            names.push(name);
            next = self.lexer.next().ok().flatten();
        }
        names
    }

    /// Reads closing parentheses and the `-and` or `-or` after them; at the end, the whole tree.
    fn connective(&mut self) -> Result<Option<Expression>, ParseError> {
        loop {
            let Some(token) = self.lexer.next()? else { return self.finish().map(Some) };
            match token.word {
                Word::And => {}
                Word::Or => self.end_alternative()?,
                Word::Close => {
                    self.close(&token.span)?;
                    self.previous = Some(token);
                    continue;
                }
                _ => return Err(self.missing_connective(&token)),
            }
            self.previous = Some(token);
            return Ok(None);
        }
    }

    fn close(&mut self, span: &Range<usize>) -> Result<(), ParseError> {
        let error = || {
            let error = ParseError::new("`)` closes a parenthesis that was never opened", span.clone());
            error.with_hint("take it out, or open one before")
        };
        if self.groups.len() < 2 {
            return Err(error());
        }
        let mut group = self.groups.pop().ok_or_else(error)?;
        if group.is_mixed() {
            self.mixed.push(group.open.start..span.end);
        }
        let negated = group.negated;
        let mut branch = group.take(span)?;
        if negated {
            let depth = deepen(branch.depth, span)?;
            branch = Branch { expression: Expression::Not(Box::new(branch.expression)), depth };
        }
        self.add(branch);
        Ok(())
    }

    fn finish(&mut self) -> Result<Expression, ParseError> {
        let end = self.lexer.end();
        match self.groups.pop() {
            Some(mut group) if self.groups.is_empty() => {
                if group.is_mixed() {
                    self.mixed.push(self.lexer.start()..end.end);
                }
                Ok(group.take(&end)?.expression)
            }
            group => {
                let open = group.map_or(end, |group| group.open);
                let error = ParseError::new("this parenthesis is never closed", open);
                Err(error.with_hint("add the missing `)`"))
            }
        }
    }

    fn add(&mut self, branch: Branch) {
        if let Some(group) = self.groups.last_mut() {
            group.conditions.push(branch);
        }
    }

    fn end_alternative(&mut self) -> Result<(), ParseError> {
        let place = self.lexer.end();
        match self.groups.last_mut() {
            Some(group) => group.end_alternative(&place),
            None => Ok(()),
        }
    }

    fn missing_condition(&self, before: Option<&Token>) -> ParseError {
        let end = self.lexer.end();
        let Some(before) = before else {
            let error = ParseError::new("the filter is empty", end);
            return error
                .with_hint("write a condition, for instance `RecipientTypeDetails -eq 'RoomMailbox'`");
        };
        let message = format!("the filter ends after {}, where a condition is missing", before.word);
        ParseError::new(message, end)
    }

    fn missing_connective(&self, found: &Token) -> ParseError {
        let touches = self.previous.as_ref().is_some_and(|previous| {
            matches!(previous.word, Word::Text(_)) && previous.span.end == found.span.start
        });
        if touches {
            let error = ParseError::new("the text ends before this", found.span.clone());
            return error.with_hint("write a quotation mark inside text twice: 'O''Hare'");
        }
        if let Word::Name(name) = &found.word
            && let Some(error) = missing_hyphen(name, &found.span, &["and", "or", "not"])
        {
            return error;
        }
        let message = format!("expected `-and`, `-or` or the end, found {}", found.word);
        let error = ParseError::new(message, found.span.clone());
        match found.word {
            Word::Compare(_) => error.with_hint("one comparison has one operator; join several with `-and`"),
            Word::Not | Word::Open | Word::Name(_) => error.with_hint("join conditions with `-and` or `-or`"),
            _ => error,
        }
    }
}

impl Group {
    /// Whether both `-and` and `-or` stand here, before the last alternative has ended.
    fn is_mixed(&self) -> bool {
        !self.alternatives.is_empty() && (self.has_and || self.conditions.len() > 1)
    }

    fn end_alternative(&mut self, place: &Range<usize>) -> Result<(), ParseError> {
        let conditions = std::mem::take(&mut self.conditions);
        self.has_and |= conditions.len() > 1;
        let branch = join(conditions, true, place)?;
        self.alternatives.extend(branch);
        Ok(())
    }

    fn take(&mut self, place: &Range<usize>) -> Result<Branch, ParseError> {
        self.end_alternative(place)?;
        let joined = join(std::mem::take(&mut self.alternatives), false, place)?;
        joined.ok_or_else(|| ParseError::new("a condition is missing", place.clone()))
    }
}

/// One branch stays alone; a first branch of the same kind takes the others in.
fn join(branches: Vec<Branch>, all: bool, place: &Range<usize>) -> Result<Option<Branch>, ParseError> {
    let mut branches = branches.into_iter();
    let Some(first) = branches.next() else { return Ok(None) };
    if branches.len() == 0 {
        return Ok(Some(first));
    }
    let (mut members, mut depth) = match first.expression {
        Expression::And(members) if all => (members, first.depth),
        Expression::Or(members) if !all => (members, first.depth),
        expression => (vec![expression], deepen(first.depth, place)?),
    };
    for branch in branches {
        depth = depth.max(deepen(branch.depth, place)?);
        members.push(branch.expression);
    }
    let expression = if all { Expression::And(members) } else { Expression::Or(members) };
    Ok(Some(Branch { expression, depth }))
}

fn deepen(depth: usize, place: &Range<usize>) -> Result<usize, ParseError> {
    if depth >= DEPTH {
        let error = ParseError::new(format!("conditions are nested more than {DEPTH} deep"), place.clone());
        return Err(error.with_hint("join conditions of one kind without nesting them"));
    }
    Ok(depth + 1)
}

impl std::fmt::Display for Word {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open => formatter.write_str("`(`"),
            Self::Close => formatter.write_str("`)`"),
            Self::And => formatter.write_str("`-and`"),
            Self::Or => formatter.write_str("`-or`"),
            Self::Not => formatter.write_str("`-not`"),
            Self::Compare(operator) => write!(formatter, "`{operator}`"),
            Self::Name(name) => write!(formatter, "`{name}`"),
            Self::Text(text) => write!(formatter, "the text {}", quote(text)),
            Self::Integer(number) => write!(formatter, "the number {number}"),
            Self::Boolean(boolean) => write!(formatter, "`${boolean}`"),
            Self::Null => formatter.write_str("`$null`"),
        }
    }
}

/// A comparison as it could look, for hints.
fn example(property: &str, operator: Operator) -> String {
    let kind = Property::find(property).map(Property::kind);
    let value = match kind {
        Some(Kind::Boolean) => "$true",
        Some(Kind::Integer) => "5",
        _ if operator.takes_pattern() => "'text*'",
        _ => "'text'",
    };
    format!("for instance `{property} {operator} {value}`")
}

fn missing_hyphen(name: &str, span: &Range<usize>, words: &[&str]) -> Option<ParseError> {
    let word = words.iter().find(|word| name.eq_ignore_ascii_case(word))?;
    let error = ParseError::new(format!("`{name}` lacks its hyphen"), span.clone());
    Some(error.with_hint(format!("write `-{word}`")))
}

fn unexpected_condition(word: &Word, span: Range<usize>, before: Option<&Token>) -> ParseError {
    match word {
        Word::Close if before.is_some_and(|before| before.word == Word::Open) => ParseError::new(
            "there is nothing between these parentheses",
            before.map_or(span.start, |before| before.span.start)..span.end,
        ),
        Word::And | Word::Or | Word::Close => {
            ParseError::new(format!("a condition is missing before {word}"), span)
        }
        Word::Compare(_) => ParseError::new(format!("the property before {word} is missing"), span),
        _ => {
            let error = ParseError::new(format!("a condition begins with a property, not with {word}"), span);
            error.with_hint("write the property first: `City -eq 'London'`")
        }
    }
}

fn missing_operator(
    property: &str,
    property_span: &Range<usize>,
    found: Option<Token>,
    end: Range<usize>,
) -> ParseError {
    let hint = example(property, Operator::Equal);
    let Some(found) = found else {
        let message = format!("the filter ends after `{property}`, where an operator is missing");
        return ParseError::new(message, end).with_hint(hint);
    };
    if let Word::Name(name) = &found.word {
        let words = Operator::ALL.map(|operator| &operator.as_str()[1..]);
        if let Some(error) = missing_hyphen(name, &found.span, &words) {
            return error;
        }
        if ["is", "equals"].iter().any(|word| name.eq_ignore_ascii_case(word)) {
            let error = ParseError::new(format!("`{name}` is not an operator"), found.span);
            return error.with_hint("write `-eq`");
        }
        // "Custom Attribute1": one property with a space in it.
        if let Some(meant) = Property::find(&format!("{property}{name}")) {
            let error = ParseError::new("a property has no spaces", property_span.start..found.span.end);
            return error.with_hint(format!("write `{}`", meant.name()));
        }
    }
    let message = format!("expected an operator after `{property}`, found {}", found.word);
    ParseError::new(message, found.span).with_hint(hint)
}

fn not_a_value(
    word: &Word,
    names: &[String],
    span: Range<usize>,
    property: &str,
    operator: Operator,
) -> ParseError {
    let error = ParseError::new(format!("expected a value after `{operator}`, found {word}"), span);
    match word {
        Word::Name(name) if ["true", "false", "null"].iter().any(|word| name.eq_ignore_ascii_case(word)) => {
            error.with_hint(format!("write `${}`", name.to_ascii_lowercase()))
        }
        Word::Name(_) => error.with_hint(format!("put text in quotation marks: {}", quote(&names.join(" ")))),
        _ => error.with_hint(example(property, operator)),
    }
}
