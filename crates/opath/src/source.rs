//! Takes the PowerShell quoting off a whole filter and keeps the place of every character.

use std::ops::Range;

/// One character of the filter with the bytes of the given text that it stands for.
#[derive(Clone, Debug)]
pub(crate) struct Character {
    pub(crate) value: char,
    pub(crate) span: Range<usize>,
}

/// The characters of a filter without the quoting around it.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) characters: Vec<Character>,
    /// Where the filter ends, for errors about something missing.
    pub(crate) end: usize,
}

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        let lead = text.len() - text.trim_start().len();
        let trimmed = text.trim();
        let inner = |open: char, close: char| {
            trimmed
                .strip_prefix(open)
                .and_then(|rest| rest.strip_suffix(close))
                .map(|inner| (inner, lead + 1))
        };
        if let Some((inner, start)) = inner('{', '}') {
            return Self::plain(inner, start);
        }
        for quote in ['"', '\''] {
            if let Some((inner, start)) = inner(quote, quote)
                && let Some(source) = Self::quoted(inner, start, quote)
            {
                return source;
            }
        }
        Self::plain(trimmed, lead)
    }

    fn plain(text: &str, start: usize) -> Self {
        let characters = text
            .char_indices()
            .map(|(at, value)| Character { value, span: start + at..start + at + value.len_utf8() })
            .collect();
        Self { characters, end: start + text.len() }
    }

    /// `None` if the marks are not around the whole filter: `'London' -eq City` begins and may end with one.
    fn quoted(inner: &str, start: usize, quote: char) -> Option<Self> {
        let mut source = Self::plain(inner, start);
        if quote == '"' {
            source.drop_backticks();
        }
        match source.lone_mark(quote) {
            None => source.halve(quote),
            // Not valid PowerShell, but what is meant is plain if an operator comes before the first mark.
            Some(at) if source.has_operator_before(at) => {}
            Some(_) => return None,
        }
        Some(source)
    }

    /// In double quotes, PowerShell takes the character after a backtick as it is.
    fn drop_backticks(&mut self) {
        let mut kept = Vec::with_capacity(self.characters.len());
        let mut characters = std::mem::take(&mut self.characters).into_iter();
        while let Some(character) = characters.next() {
            if character.value != '`' {
                kept.push(character);
            } else if let Some(escaped) = characters.next() {
                kept.push(Character { value: escaped.value, span: character.span.start..escaped.span.end });
            } else {
                kept.push(character);
            }
        }
        self.characters = kept;
    }

    /// The first mark in a run of odd length, which therefore is not an escaped one.
    fn lone_mark(&self, quote: char) -> Option<usize> {
        let mut run = 0_usize;
        for (at, character) in self.characters.iter().enumerate() {
            if character.value == quote {
                run += 1;
            } else if run % 2 == 1 {
                return Some(at - run);
            } else {
                run = 0;
            }
        }
        (run % 2 == 1).then(|| self.characters.len() - run)
    }

    fn has_operator_before(&self, end: usize) -> bool {
        self.characters[..end]
            .windows(2)
            .any(|pair| pair[0].value == '-' && pair[1].value.is_ascii_alphabetic())
    }

    fn halve(&mut self, quote: char) {
        let mut kept: Vec<Character> = Vec::with_capacity(self.characters.len());
        let mut open = false;
        for character in self.characters.drain(..) {
            if character.value == quote && open {
                if let Some(previous) = kept.last_mut() {
                    previous.span.end = character.span.end;
                }
                open = false;
                continue;
            }
            open = character.value == quote;
            kept.push(character);
        }
        self.characters = kept;
    }
}
