//! Forms in which values that Exchange takes for equal are the same text.

use crate::property::{Kind, Property};

/// Text without regard to case, character by character, as directories compare it.
pub(crate) fn text(text: &str) -> String {
    text.chars().map(character).collect()
}

/// Through the capital, because several small letters share one (`σ` and `ς`); letters whose capital is more than
/// one letter (`ß`) stay as they are.
fn character(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let capital = single(character.to_uppercase(), character);
    single(capital.to_lowercase(), capital)
}

fn single(mut letters: impl Iterator<Item = char>, otherwise: char) -> char {
    match (letters.next(), letters.next()) {
        (Some(letter), None) => letter,
        _ => otherwise,
    }
}

/// A value for `-eq` on this property.
pub(crate) fn value(property: Option<&Property>, value: &str) -> String {
    match property.map(Property::kind) {
        Some(Kind::DistinguishedName | Kind::Reference) => {
            distinguished_name(value).unwrap_or_else(|| text(value))
        }
        Some(Kind::Integer) => {
            value.trim().parse::<i128>().map_or_else(|_| text(value), |number| number.to_string())
        }
        Some(Kind::Guid) => guid(value),
        _ if property.is_some_and(Property::holds_proxy_addresses) => without_smtp(&text(value)).to_owned(),
        _ => text(value),
    }
}

/// A folded proxy address without its `smtp:`, which is what an address without a prefix has.
pub(crate) fn without_smtp(mut folded: &str) -> &str {
    while let Some(rest) = folded.strip_prefix("smtp:") {
        folded = rest;
    }
    folded
}

fn guid(value: &str) -> String {
    let folded = text(value);
    let bare = folded.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match bare {
        Some(bare) if is_guid(bare) => bare.to_owned(),
        _ => folded,
    }
}

/// Whether this is a GUID, with hyphens and without braces.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A distinguished name (RFC 4514) without space around its separators, in small letters, with as few escapes as
/// will do; `None` if it is not one.
pub(crate) fn distinguished_name(name: &str) -> Option<String> {
    let mut letters = name.chars().peekable();
    let mut parts = Vec::new();
    let mut part: Vec<Letter> = Vec::new();
    while let Some(character) = letters.next() {
        match character {
            ',' => parts.push(std::mem::take(&mut part)),
            '\\' => part.push(unescape(&mut letters)?),
            plain => part.push(Letter { value: plain, escaped: false }),
        }
    }
    parts.push(part);
    let parts: Option<Vec<String>> = parts.iter().map(|part| relative_name(part)).collect();
    Some(parts?.join(","))
}

/// Whether this reads as a distinguished name.
pub(crate) fn is_distinguished_name(text: &str) -> bool {
    distinguished_name(text).is_some()
}

#[derive(Clone, Copy)]
struct Letter {
    value: char,
    escaped: bool,
}

impl Letter {
    fn is_space(self) -> bool {
        self.value == ' ' && !self.escaped
    }
}

/// What follows a backslash: a special character, or the bytes of one character in hexadecimal.
fn unescape(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Letter> {
    let first = letters.next()?;
    if !first.is_ascii_hexdigit() {
        return Some(Letter { value: first, escaped: true });
    }
    let mut bytes = vec![byte(first, letters.next()?)?];
    // A character of several bytes is written as several pairs.
    let length = match bytes[0] {
        0..=0x7F => 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return None,
    };
    while bytes.len() < length {
        if letters.next()? != '\\' {
            return None;
        }
        bytes.push(byte(letters.next()?, letters.next()?)?);
    }
    let value = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    Some(Letter { value, escaped: true })
}

fn byte(high: char, low: char) -> Option<u8> {
    u8::try_from(high.to_digit(16)? * 16 + low.to_digit(16)?).ok()
}

/// One `CN=Rooms`; `None` without a type of letters, digits, dots and hyphens.
fn relative_name(part: &[Letter]) -> Option<String> {
    let equals = part.iter().position(|letter| letter.value == '=' && !letter.escaped)?;
    let kind: String = trim(&part[..equals]).iter().map(|letter| letter.value).collect();
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '-');
    if kind.is_empty() || !kind.chars().all(plain) {
        return None;
    }
    let value = trim(&part[equals + 1..]);
    let mut folded = kind.to_ascii_lowercase();
    folded.push('=');
    for (at, letter) in value.iter().enumerate() {
        let at_edge = at == 0 || at + 1 == value.len();
        let character = character(letter.value);
        if character.is_ascii_control() {
            let digits = [u32::from(character) / 16, u32::from(character) % 16];
            folded.push('\\');
            folded.extend(digits.into_iter().filter_map(|digit| char::from_digit(digit, 16)));
            continue;
        }
        let needs_escape = match character {
            ',' | '\\' | '+' | '"' | '<' | '>' | ';' => true,
            ' ' | '#' => at_edge,
            _ => false,
        };
        if letter.escaped && needs_escape {
            folded.push('\\');
        }
        folded.push(character);
    }
    Some(folded)
}

fn trim(mut letters: &[Letter]) -> &[Letter] {
    while let [first, rest @ ..] = letters
        && first.is_space()
    {
        letters = rest;
    }
    while let [rest @ .., last] = letters
        && last.is_space()
    {
        letters = rest;
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::{character, distinguished_name, text};

    #[test]
    fn folding_a_character_twice_changes_nothing() {
        let unstable: Vec<char> = (char::MIN..=char::MAX)
            .filter(|letter| character(character(*letter)) != character(*letter))
            .collect();
        assert_eq!(unstable, []);
    }

    #[test]
    fn letters_of_one_capital_are_one() {
        for (one, other) in
            [("Straße", "STRAßE"), ("Σίσυφος", "ΣΊΣΥΦΟΣ"), ("MÜNCHEN", "münchen"), ("ЖЁ", "жё")]
        {
            assert_eq!(text(one), text(other));
        }
        assert_ne!(text("Strasse"), text("Straße"));
    }

    #[test]
    fn distinguished_names_of_one_object_are_one() {
        let names = [
            r"CN=Rooms\, London,OU=Groups,DC=contoso,DC=com",
            r"cn=rooms\2C london, ou = groups ,dc=CONTOSO,DC=com",
            r"CN=Rooms\2c London,OU=Groups,DC=contoso,DC=com",
        ];
        for name in names {
            let folded = distinguished_name(name);
            assert_eq!(folded.as_deref(), Some(r"cn=rooms\, london,ou=groups,dc=contoso,dc=com"), "{name}");
        }
    }

    #[test]
    fn escapes_that_matter_stay() {
        let cases = [
            (r"CN=a\+b", r"cn=a\+b"),
            (r"CN=a+OU=b", r"cn=a+ou=b"),
            (r"CN=\ a\ ", r"cn=\ a\ "),
            (r"CN=\#1", r"cn=\#1"),
            (r"CN=1\#", r"cn=1\#"),
            (r"CN=a\=b", r"cn=a=b"),
            (r"CN=Caf\C3\89", "cn=café"),
            (r"CN=old\0ACNF:1", r"cn=old\0acnf:1"),
        ];
        for (name, folded) in cases {
            assert_eq!(distinguished_name(name).as_deref(), Some(folded), "{name}");
        }
    }

    #[test]
    fn what_is_no_distinguished_name() {
        for name in
            ["", "Rooms", "rooms@contoso.com", "=x", "CN=a,b", "a b=c", r"CN=a\", r"CN=a\4", r"CN=a\FF"]
        {
            assert_eq!(distinguished_name(name), None, "{name}");
        }
    }
}
