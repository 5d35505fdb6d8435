//! Words of a filter, with their places, one at a time.

use std::ops::Range;

use crate::error::ParseError;
use crate::expression::Operator;
use crate::source::{Character, Source};

mod advice;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Open,
    Close,
    And,
    Or,
    Not,
    Compare(Operator),
    /// A property, or text that lacks its quotation marks.
    Name(String),
    Text(String),
    Integer(i64),
    Boolean(bool),
    Null,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) word: Word,
    pub(crate) span: Range<usize>,
}

pub(crate) struct Lexer {
    characters: Vec<Character>,
    at: usize,
    end: usize,
}

impl Lexer {
    pub(crate) fn new(text: &str) -> Self {
        let source = Source::new(text);
        Self { characters: source.characters, at: 0, end: source.end }
    }

    /// Where the filter ends, as an empty place.
    pub(crate) fn end(&self) -> Range<usize> {
        self.end..self.end
    }

    /// Where the filter begins.
    pub(crate) fn start(&self) -> usize {
        self.characters.first().map_or(self.end, |character| character.span.start)
    }

    pub(crate) fn next(&mut self) -> Result<Option<Token>, ParseError> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let from = self.at;
        let Some(first) = self.peek(0) else { return Ok(None) };
        let word = match first {
            '(' => self.single(Word::Open),
            ')' => self.single(Word::Close),
            '\'' | '"' => self.text(first)?,
            '-' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) => self.integer()?,
            '-' if self.peek(1).is_some_and(char::is_alphabetic) => self.operator()?,
            '$' => self.variable(from)?,
            '`' if self.peek(1) == Some('$') => {
                self.at += 1;
                self.variable(from)?
            }
            digit if digit.is_ascii_digit() => self.integer()?,
            // `*` and `@` belong to no property, but to text that lacks its quotation marks.
            letter if letter.is_alphabetic() || letter == '_' => {
                Word::Name(self.run(|character| is_name(character) || matches!(character, '*' | '@')))
            }
            other => return Err(self.stray(other)),
        };
        Ok(Some(Token { word, span: self.span(from) }))
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).map(|character| character.value)
    }

    /// The bytes from one character up to where reading has come.
    fn span(&self, from: usize) -> Range<usize> {
        let start = self.characters.get(from).map_or(self.end, |character| character.span.start);
        let end = self.at.checked_sub(1).and_then(|last| self.characters.get(last));
        start..end.map_or(start, |character| character.span.end.max(start))
    }

    fn single(&mut self, word: Word) -> Word {
        self.at += 1;
        word
    }

    fn run(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let from = self.at;
        while self.peek(0).is_some_and(&belongs) {
            self.at += 1;
        }
        self.characters[from..self.at].iter().map(|character| character.value).collect()
    }

    fn text(&mut self, quote: char) -> Result<Word, ParseError> {
        let from = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(character) = self.peek(0) {
            self.at += 1;
            if character != quote {
                text.push(character);
            } else if self.peek(0) == Some(quote) {
                self.at += 1;
                text.push(quote);
            } else {
                return Ok(Word::Text(text));
            }
        }
        let error =
            ParseError::new("the text that begins here has no closing quotation mark", self.span(from));
        Err(error.with_hint(format!("close it with {quote}; inside text, that mark is written twice")))
    }

    fn integer(&mut self) -> Result<Word, ParseError> {
        let from = self.at;
        let mut written = String::new();
        if self.peek(0) == Some('-') {
            written.push('-');
            self.at += 1;
        }
        written += &self.run(|character| is_name(character) || matches!(character, '-' | ':' | '/' | '@'));
        let is_whole = written.trim_start_matches('-').bytes().all(|byte| byte.is_ascii_digit());
        match written.parse() {
            Ok(number) if is_whole => Ok(Word::Integer(number)),
            _ => {
                let message = if is_whole {
                    format!("`{written}` is too large a number")
                } else {
                    format!("`{written}` is neither a whole number nor quoted text")
                };
                let hint = format!("put it in quotation marks: '{written}'");
                Err(ParseError::new(message, self.span(from)).with_hint(hint))
            }
        }
    }

    fn operator(&mut self) -> Result<Word, ParseError> {
        let from = self.at;
        self.at += 1;
        let name = self.run(is_name);
        let folded = name.to_ascii_lowercase();
        match folded.as_str() {
            "and" => return Ok(Word::And),
            "or" => return Ok(Word::Or),
            "not" => return Ok(Word::Not),
            _ => {}
        }
        if let Some(operator) = Operator::ALL.into_iter().find(|operator| operator.as_str()[1..] == folded) {
            return Ok(Word::Compare(operator));
        }
        let error = ParseError::new(format!("`-{name}` is not an operator of filters"), self.span(from));
        Err(error.with_hint(advice::for_operator(&folded)))
    }

    fn variable(&mut self, from: usize) -> Result<Word, ParseError> {
        self.at += 1;
        let name = self.run(is_name);
        match name.to_ascii_lowercase().as_str() {
            "true" => Ok(Word::Boolean(true)),
            "false" => Ok(Word::Boolean(false)),
            "null" => Ok(Word::Null),
            _ => {
                let message = format!("`${name}` is a variable of PowerShell, which a filter does not have");
                let hint =
                    "put its value there, in quotation marks; `$true`, `$false` and `$null` are all there is";
                Err(ParseError::new(message, self.span(from)).with_hint(hint))
            }
        }
    }

    /// A character that begins no word.
    fn stray(&mut self, first: char) -> ParseError {
        let from = self.at;
        let after_open = from.checked_sub(1).is_some_and(|before| self.characters[before].value == '(');
        let symbol = self.run(|character| "=<>!&|".contains(character));
        if symbol.is_empty() {
            self.at += 1;
        }
        let symbol = if symbol.is_empty() { first.to_string() } else { symbol };
        let (message, hint) = advice::for_symbol(&symbol, after_open);
        let error = ParseError::new(message, self.span(from));
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.')
}
