//! `$filter`: `eq`, `ne`, `in`, `startswith`, `not`, `and`, `or` and parentheses, over a row's properties.

use serde_json::Value;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Equal(String, Value),
    In(String, Vec<Value>),
    StartsWith(String, String),
}

impl Filter {
    /// Reads a filter. The error is a text for the answer.
    pub(super) fn parse(text: &str) -> Result<Filter, String> {
        let mut reader = Reader { tokens: tokens(text)?, place: 0, depth: 0 };
        let filter = reader.or()?;
        match reader.peek() {
            None => Ok(filter),
            Some(token) => Err(format!("Syntax error in $filter near {token:?}.")),
        }
    }

    /// Every property that the filter names.
    pub(super) fn properties(&self) -> Vec<&str> {
        match self {
            Self::And(one, other) | Self::Or(one, other) => {
                let mut all = one.properties();
                all.extend(other.properties());
                all
            }
            Self::Not(inner) => inner.properties(),
            Self::Equal(name, _) | Self::In(name, _) | Self::StartsWith(name, _) => vec![name],
        }
    }

    /// The texts that one property must equal, where the filter says so as a whole: a way to an index.
    pub(super) fn keys(&self, property: &str) -> Option<Vec<&str>> {
        match self {
            Self::Equal(name, Value::String(text)) if name == property => Some(vec![text]),
            Self::In(name, values) if name == property => values.iter().map(Value::as_str).collect(),
            Self::Or(one, other) => {
                let mut all = one.keys(property)?;
                all.extend(other.keys(property)?);
                Some(all)
            }
            Self::And(one, other) => one.keys(property).or_else(|| other.keys(property)),
            _ => None,
        }
    }

    /// Whether a row is meant; text is compared without case.
    pub(super) fn matches(&self, row: &Value) -> bool {
        match self {
            Self::And(one, other) => one.matches(row) && other.matches(row),
            Self::Or(one, other) => one.matches(row) || other.matches(row),
            Self::Not(inner) => !inner.matches(row),
            Self::Equal(name, value) => equal(row.get(name).unwrap_or(&Value::Null), value),
            Self::In(name, values) => {
                let held = row.get(name).unwrap_or(&Value::Null);
                values.iter().any(|value| equal(held, value))
            }
            Self::StartsWith(name, start) => row
                .get(name)
                .and_then(Value::as_str)
                .is_some_and(|text| text.to_lowercase().starts_with(&start.to_lowercase())),
        }
    }
}

fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.to_lowercase() == other.to_lowercase(),
        (one, other) => one == other,
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Comma,
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            c if c.is_whitespace() => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '\'' => {
                let mut word = String::new();
                loop {
                    match letters.next() {
                        None => return Err("There is an unterminated string literal in $filter.".to_owned()),
                        Some('\'') if letters.peek() == Some(&'\'') => {
                            letters.next();
                            word.push('\'');
                        }
                        Some('\'') => break,
                        Some(other) => word.push(other),
                    }
                }
                tokens.push(Token::Text(word));
            }
            first => {
                let mut word = String::from(first);
                while let Some(next) = letters.next_if(|c| !c.is_whitespace() && !"(),'".contains(*c)) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

struct Reader {
    tokens: Vec<Token>,
    place: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.place)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.place).cloned();
        self.place += 1;
        token
    }

    fn word_is(&mut self, word: &str) -> bool {
        let hit = matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        if hit {
            self.place += 1;
        }
        hit
    }

    fn expect(&mut self, token: &Token) -> Result<(), String> {
        match self.next() {
            Some(next) if next == *token => Ok(()),
            other => Err(format!("Syntax error in $filter: {token:?} expected, {other:?} found.")),
        }
    }

    fn or(&mut self) -> Result<Filter, String> {
        let mut filter = self.and()?;
        while self.word_is("or") {
            filter = Filter::Or(Box::new(filter), Box::new(self.and()?));
        }
        Ok(filter)
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut filter = self.unary()?;
        while self.word_is("and") {
            filter = Filter::And(Box::new(filter), Box::new(self.unary()?));
        }
        Ok(filter)
    }

    fn unary(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("The $filter is nested too deeply.".to_owned());
        }
        let result = self.unary_within();
        self.depth -= 1;
        result
    }

    fn unary_within(&mut self) -> Result<Filter, String> {
        if self.word_is("not") {
            return Ok(Filter::Not(Box::new(self.unary()?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.place += 1;
            let filter = self.or()?;
            self.expect(&Token::Close)?;
            return Ok(filter);
        }
        if self.word_is("startswith") {
            self.expect(&Token::Open)?;
            let name = self.name()?;
            self.expect(&Token::Comma)?;
            let start = self.value()?;
            self.expect(&Token::Close)?;
            let start = start.as_str().ok_or("startswith needs a text.")?.to_owned();
            return Ok(Filter::StartsWith(name, start));
        }
        let name = self.name()?;
        match self.next() {
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("eq") => {
                Ok(Filter::Equal(name, self.value()?))
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("ne") => {
                Ok(Filter::Not(Box::new(Filter::Equal(name, self.value()?))))
            }
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("in") => {
                self.expect(&Token::Open)?;
                let mut values = vec![self.value()?];
                while self.peek() == Some(&Token::Comma) {
                    self.place += 1;
                    values.push(self.value()?);
                }
                self.expect(&Token::Close)?;
                Ok(Filter::In(name, values))
            }
            other => Err(format!("Unsupported operator in $filter: {other:?}.")),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        match self.next() {
            Some(Token::Word(word)) => Ok(word),
            other => Err(format!("A property name is expected in $filter, {other:?} found.")),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(Value::String(text)),
            Some(Token::Word(word)) => match word.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                "null" => Ok(Value::Null),
                // GUIDs may stand without quotes.
                word if crate::guid::Guid::parse(word).is_some() => Ok(Value::String(word.to_owned())),
                word => {
                    word.parse::<i64>().map(Value::from).map_err(|_| format!("Invalid literal '{word}'."))
                }
            },
            other => Err(format!("A value is expected in $filter, {other:?} found.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_rows() {
        let row = json!({"displayName": "O'Hare", "accountEnabled": true, "mail": null});
        for (filter, expected) in [
            ("displayName eq 'o''hare'", true),
            ("startswith(displayName,'O') and accountEnabled eq true", true),
            ("displayName in ('a', 'O''Hare')", true),
            ("not (mail eq null) or accountEnabled eq false", false),
            ("mail ne null", false),
        ] {
            assert_eq!(Filter::parse(filter).unwrap().matches(&row), expected, "{filter}");
        }
        for filter in ["displayName eq", "displayName like 'x'", "(a eq 1", "a eq 'x", &"(".repeat(500)] {
            assert!(Filter::parse(filter).is_err(), "{filter}");
        }
    }
}
