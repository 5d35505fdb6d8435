//! Text from a manifest or a tenant, made safe to print.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Text in which nothing steers a terminal or hides: control characters, bidirectional overrides, line separators and
/// invisible marks are written as escapes.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            hostile if is_hostile(hostile) => {
                shown.push_str("\\u{");
                put!(shown, "{:x}", u32::from(hostile));
                shown.push('}');
            }
            plain => shown.push(plain),
        }
    }
    Cow::Owned(shown)
}

/// The same text of a JSON document with hostile characters written as JSON escapes, which mean the same to every
/// reader of JSON. Outside strings JSON has none of them but line breaks and tabs, which stay.
pub(crate) fn safe_json(json: &str) -> Cow<'_, str> {
    let hostile = |character: char| is_hostile(character) && !matches!(character, '\n' | '\r' | '\t');
    if !json.chars().any(hostile) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 8);
    for character in json.chars() {
        if hostile(character) {
            let mut units = [0_u16; 2];
            for unit in character.encode_utf16(&mut units) {
                put!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The same text with one replacement character in the place of each hostile one, so that columns stay where they are;
/// for excerpts of a file. Tabs stay.
pub(crate) fn mask(text: &str) -> Cow<'_, str> {
    let hostile = |character: char| is_hostile(character) && character != '\t';
    if !text.chars().any(hostile) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|character| if hostile(character) { '\u{fffd}' } else { character }).collect()
}

/// A line of a manifest in which what seems to be a password is written as asterisks, one for each character. A
/// manifest has no place for one; somebody may have found one all the same.
pub(crate) fn without_secrets(line: &str) -> String {
    let mut shown: Vec<char> = line.chars().collect();
    for at in 1..shown.len() {
        let ends = shown[at] == ':' && shown.get(at + 1).is_none_or(|next| next.is_whitespace());
        if !ends {
            continue;
        }
        let key: String = shown[..at]
            .iter()
            .rev()
            .take_while(|c| c.is_alphanumeric() || "\"'_-".contains(**c))
            .flat_map(|c| c.to_lowercase())
            .collect();
        let key: String = key.chars().rev().collect();
        if !["password", "passwd", "pasword", "secret", "token"].iter().any(|word| key.contains(word)) {
            continue;
        }
        let Some(begins) = (at + 1..shown.len()).find(|index| !shown[*index].is_whitespace()) else {
            continue;
        };
        if "{[#|>".contains(shown[begins]) {
            continue;
        }
        for character in shown[begins..].iter_mut().take_while(|c| !matches!(**c, ',' | '}' | ' ')) {
            *character = '*';
        }
    }
    // A private key of age among the recipients.
    let identity: Vec<char> = "AGE-SECRET-KEY-".chars().collect();
    for at in 0..shown.len() {
        let here = shown.iter().skip(at).take(identity.len());
        if shown.len() - at >= identity.len() && here.zip(&identity).all(|(a, b)| a.eq_ignore_ascii_case(b)) {
            let rest = shown[at..].iter_mut();
            rest.take_while(|c| c.is_ascii_alphanumeric() || **c == '-').for_each(|c| *c = '*');
        }
    }
    shown.into_iter().collect()
}

fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Direction marks, embeddings, overrides and isolates.
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            // Line and paragraph separators, zero-width space, word joiner and invisible operators, byte-order mark.
            | '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
            // Annotations and tags, which nothing shows.
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Columns that a text takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|character| character.width().unwrap_or(0)).sum()
}

/// The text in lines of at most `columns`, broken at spaces. A word that is longer than a line stays whole: half an
/// address cannot be copied.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && width(&line) + 1 + width(word) > columns {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{safe, safe_json, width, without_secrets, wrap};

    #[test]
    fn what_steers_a_terminal_is_shown_escaped() {
        assert_eq!(safe("plain é 部屋"), "plain é 部屋");
        assert_eq!(safe("a\u{1b}[31mb\nc\td\u{202e}e\u{9b}f"), "a\\u{1b}[31mb\\nc\\td\\u{202e}e\\u{9b}f");
        assert_eq!(safe("\u{200b}x\u{e0041}"), "\\u{200b}x\\u{e0041}");
    }

    #[test]
    fn json_keeps_its_meaning_and_its_line_breaks() {
        let value = serde_json::json!({ "name": "a\u{202e}b\u{85}c\u{e0041}\u{1b}" });
        let text = serde_json::to_string_pretty(&value).unwrap();
        let shown = safe_json(&text);
        assert!(shown.contains("a\\u202eb\\u0085c\\udb40\\udc41\\u001b"), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }

    #[test]
    fn what_may_be_a_password_is_hidden_and_nothing_else() {
        assert_eq!(without_secrets("    password: hunter2 # x"), "    password: ******* # x");
        assert_eq!(without_secrets("- age-secret-key-1QQ # x"), "- ****************** # x");
        assert_eq!(without_secrets("a: { clientSecret: 'é', b: c }"), "a: { clientSecret: ***, b: c }");
        for line in
            ["password: { deliverTo: { file: secrets/x } }", "password:", "file: secrets/a", "password:x"]
        {
            assert_eq!(without_secrets(line), line);
        }
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_stay_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a_very_long_word b", 5), ["a_very_long_word", "b"]);
        assert_eq!(width("部屋"), 4);
    }
}
