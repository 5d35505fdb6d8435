//! What people write in place of the language's own words, and what they mean by it.

use crate::text::distance;

const COMPARE: &str = "the comparisons are -eq, -ne, -lt, -le, -gt, -ge, -like and -notlike";

/// What to write instead of an operator that does not exist, given in lower case without its hyphen.
pub(super) fn for_operator(name: &str) -> String {
    match name {
        "contains" | "notcontains" => {
            return "write `-eq`, which looks at every value of a property, or `-like 'text*'` for part of one".into();
        }
        "match" | "notmatch" | "startswith" => return "write `-like 'text*'`".into(),
        "endswith" => return "write `-like '*text'`, which Exchange Online does not allow everywhere".into(),
        "in" | "notin" => return "write one `-eq` for each value and join them with `-or`".into(),
        "xor" => return "write `(A -or B) -and -not (A -and B)`".into(),
        "filter" | "recipientfilter" | "recipientrestrictionfilter" => {
            return "leave the parameter's name out and give the filter alone".into();
        }
        _ => {}
    }
    let known = ["eq", "ne", "lt", "le", "gt", "ge", "like", "notlike", "and", "or", "not"]
        .into_iter()
        .collect::<Vec<_>>();
    // PowerShell's own operators have twins that regard or disregard case.
    if let Some(plain) = name.strip_prefix(['c', 'i'])
        && known.contains(&plain)
    {
        return format!("filters never regard case; write `-{plain}`");
    }
    let nearest = known.iter().map(|word| (distance(word, name, 2), word)).min();
    match nearest {
        Some((steps, word)) if steps == 1 || (steps == 2 && word.len() > 3) => {
            format!("did you mean `-{word}`?")
        }
        _ => COMPARE.into(),
    }
}

/// What is wrong with a character, or a run of `=<>!&|`, that begins no word.
pub(super) fn for_symbol(symbol: &str, after_open: bool) -> (String, Option<String>) {
    let instead = match symbol {
        "=" | "==" | "===" => "-eq",
        "!=" | "<>" | "!==" => "-ne",
        "<" => "-lt",
        "<=" | "=<" => "-le",
        ">" => "-gt",
        ">=" | "=>" => "-ge",
        "&" | "|" | "!" | "&&" | "||" if after_open => {
            let hint = "write it as OPATH, for instance `(City -eq 'London') -and (Company -eq 'Contoso')`";
            return ("this looks like an LDAP filter".into(), Some(hint.into()));
        }
        "&" | "&&" => "-and",
        "|" | "||" => "-or",
        "!" => "-not",
        _ => return for_character(symbol),
    };
    (format!("`{symbol}` is not an operator"), Some(format!("write `{instead}`")))
}

fn for_character(symbol: &str) -> (String, Option<String>) {
    let character = symbol.chars().next().unwrap_or_default();
    match character {
        '‘' | '’' | '‚' | '‛' | '“' | '”' | '„' | '‟' | '′' | '″' | '«' | '»' | '´' => {
            let message = format!("`{character}` is not a quotation mark that filters know");
            (message, Some("write straight quotation marks: 'text'".into()))
        }
        '‐' | '‑' | '‒' | '–' | '—' | '−' => {
            (format!("`{character}` is not the hyphen of an operator"), Some("write `-`".into()))
        }
        '-' => ("a hyphen stands alone".into(), Some("write it directly before its operator: `-eq`".into())),
        ',' => {
            let hint = "write one comparison for each value and join them with `-or`";
            ("a filter has no lists".into(), Some(hint.into()))
        }
        '*' => {
            ("`*` stands outside text".into(), Some("write it in quotation marks: `-like 'text*'`".into()))
        }
        '{' | '}' => {
            let hint = "braces only go around a whole filter; group with parentheses";
            (format!("`{character}` does not belong here"), Some(hint.into()))
        }
        '[' | ']' => {
            (format!("`{character}` does not belong here"), Some("group conditions with parentheses".into()))
        }
        invisible if invisible.is_control() || is_invisible(invisible) => {
            let message = format!("there is an invisible character here, U+{:04X}", u32::from(invisible));
            (message, Some("delete it".into()))
        }
        other => (format!("`{other}` does not belong here"), None),
    }
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}
