//! Errors of YAML in plain words, with the place that has to be mended.

use granit_parser::ScanError;

use super::check;
use super::node::shortened;
use super::report::Report;
use crate::place::Place;

/// What is wrong: a line and a column, both from 0, how much to mark, what to say and what to do.
struct Slip {
    line: usize,
    column: usize,
    length: usize,
    summary: String,
    hint: String,
}

/// Reports a syntax error: by its usual causes where one is found, else as the parser tells it.
pub(crate) fn error(text: &str, source: u32, error: &ScanError, report: &mut Report) {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let marker = error.marker();
    let (line, column) = (marker.line().saturating_sub(1), marker.col());
    let lines: Vec<&str> = text.lines().collect();
    let place = |line: usize, column: usize, length: usize| Place {
        source,
        line: number(line).saturating_add(1),
        column: number(column).saturating_add(1),
        length: number(length),
    };
    // A tab in the indentation is reported at whatever comes after it; the tab is what the reader has to find.
    let tab = (line.saturating_sub(1)..=line).find_map(|at| {
        let line = lines.get(at)?;
        let indentation = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        Some((at, indentation.find('\t')?))
    });
    if let Some((line, column)) = tab {
        report.find(&check::TAB, place(line, column, 1), "a tab in the indentation").detail(error.info());
        return;
    }
    match slip(&lines, line, column, &error.info()) {
        Some(slip) => {
            let place = place(slip.line, slip.column, slip.length.max(1));
            report.find(&check::YAML_SYNTAX, place, slip.summary).detail(error.info()).hint(slip.hint);
        }
        None => {
            report.find(&check::YAML_SYNTAX, place(line, column, 1), error.info());
        }
    }
}

fn slip(lines: &[&str], line: usize, column: usize, info: &str) -> Option<Slip> {
    if info.contains("multiline quoted") || info.contains("unclosed quote") {
        unclosed_quote(lines, line)
    } else if info.contains("trailing content after") {
        quote_inside(lines, line)
    } else if info.contains("escape character") {
        Some(Slip {
            line,
            column,
            length: 1,
            summary: "a backslash in double quotes begins an escape".to_owned(),
            hint: "put the value in single quotes, or write the backslash twice".to_owned(),
        })
    } else if info.contains("unknown anchor") || info.contains("unexpected character") {
        needs_quotes(lines, line, column)
    } else if info.contains("mapping values are not allowed") || info.contains("simple key expected") {
        second_colon(lines, line, column)
            .or_else(|| colon_without_space(lines, line))
            .or_else(|| missing_colon(lines, line))
            .or_else(|| too_deep(lines, line))
    } else if info.contains("did not find expected key") {
        not_aligned(lines, line)
    } else if info.contains("block sequence entries") {
        Some(Slip {
            line,
            column,
            length: 1,
            summary: "a list begins on the line of its key".to_owned(),
            hint: "begin it on the next line, or write it as `[a, b]`".to_owned(),
        })
    } else if info.contains("flow mapping") || info.contains("placement of ':'") {
        unclosed_bracket(lines, line)
    } else {
        None
    }
}

/// The spaces in front of a line.
fn indentation(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_blank(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// The nearest line above that says something.
fn above(lines: &[&str], line: usize) -> Option<usize> {
    (0..line.min(lines.len())).rev().find(|at| !is_blank(lines[*at]))
}

/// A line's key and value, where it is of the form `key: value` or `key:`; a dash in front counts for nothing.
fn entry(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches([' ', '-']);
    match line.split_once(": ") {
        Some((key, value)) => Some((key, value.trim())),
        None => line.trim_end().strip_suffix(':').map(|key| (key, "")),
    }
}

/// The column of a line's value.
fn value_column(line: &str) -> Option<usize> {
    let begins = line.find(": ")? + 2;
    let spaces = line[begins..].len() - line[begins..].trim_start().len();
    Some(line[..begins + spaces].chars().count())
}

/// The innermost line, from the error upwards, whose value begins with a quote that its own line does not close.
fn unclosed_quote(lines: &[&str], line: usize) -> Option<Slip> {
    let lowest = line.min(lines.len().checked_sub(1)?);
    (lowest.saturating_sub(20)..=lowest).rev().find_map(|at| {
        let text = lines[at];
        let quote = ['"', '\''].into_iter().find(|quote| {
            let escaped = if *quote == '"' { text.matches("\\\"").count() } else { 0 };
            let count = text.matches(*quote).count() - escaped;
            let opens =
                [": ", "- ", "[", ", "].iter().any(|before| text.contains(&format!("{before}{quote}")));
            opens && count % 2 == 1
        })?;
        let column = text.rfind(quote)?;
        Some(Slip {
            line: at,
            column: text[..column].chars().count(),
            length: 1,
            summary: "this quotation mark is never closed".to_owned(),
            hint: format!("write {quote} at the end of the value, too"),
        })
    })
}

/// `'City -eq 'London''` and `"City -eq "London""`: the value's own quotes end it.
fn quote_inside(lines: &[&str], line: usize) -> Option<Slip> {
    let text = lines.get(line)?;
    let column = value_column(text)?;
    let (_, value) = entry(text)?;
    let hint = match value.chars().next()? {
        '\'' => "put the whole value in double quotes, or write each single quote inside it twice",
        '"' => "write single quotes inside it, or put the whole value in single quotes",
        _ => return None,
    };
    Some(Slip {
        line,
        column,
        length: value.chars().count(),
        summary: "text goes on behind the quote that closes it".to_owned(),
        hint: hint.to_owned(),
    })
}

/// Text that begins with a character that means something to YAML.
fn needs_quotes(lines: &[&str], line: usize, column: usize) -> Option<Slip> {
    let text = lines.get(line)?;
    let rest: String = text.chars().skip(column).collect();
    let first = rest.chars().next().filter(|first| "*@`%".contains(*first))?;
    let value = rest.trim_end();
    let (summary, quoted) = if first == '*' {
        let name: String = value.chars().skip(1).take_while(|c| !c.is_whitespace()).collect();
        (
            format!("there is no anchor `&{}` that this could stand for", shortened(&name)),
            "if it is text, put it in quotes",
        )
    } else {
        (format!("text cannot begin with `{first}` here"), "put it in quotes")
    };
    let mark = if value.contains('\'') { '"' } else { '\'' };
    let hint = if value.contains(mark) || value.contains([',', '}', ']']) {
        quoted.to_owned()
    } else {
        format!("{quoted}: {mark}{}{mark}", shortened(value))
    };
    Some(Slip { line, column, length: value.chars().count(), summary, hint })
}

/// `name: London: main`.
fn second_colon(lines: &[&str], line: usize, column: usize) -> Option<Slip> {
    let text = lines.get(line)?;
    let before: String = text.chars().take(column).collect();
    let (key, _) = entry(text)?;
    before.contains(": ").then_some(())?;
    let begins = value_column(text)?;
    let value = text.chars().skip(begins).collect::<String>();
    let value = value.trim_end();
    let mark = if value.contains('"') { '\'' } else { '"' };
    Some(Slip {
        line,
        column: begins,
        length: value.chars().count(),
        summary: format!("the value of `{}` holds a colon with a space behind it", shortened(key)),
        hint: format!("put it in quotes: {mark}{}{mark}", shortened(value)),
    })
}

/// `name:London`, here or on the line above.
fn colon_without_space(lines: &[&str], line: usize) -> Option<Slip> {
    [Some(line), above(lines, line)].into_iter().flatten().find_map(|at| {
        let text = lines.get(at)?;
        if entry(text).is_some() || text.contains("://") {
            return None;
        }
        let (key, value) = text.trim().split_once(':')?;
        let word = key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        (word && !key.is_empty()).then(|| Slip {
            line: at,
            column: text.find(':').map_or(0, |byte| text[..byte].chars().count()),
            length: 1,
            summary: "a colon without a space behind it".to_owned(),
            hint: format!("write `{key}: {}`", shortened(value)),
        })
    })
}

/// A word alone on its line, here or above deeper lines.
fn missing_colon(lines: &[&str], line: usize) -> Option<Slip> {
    let own = lines.get(line)?;
    let above = above(lines, line).filter(|at| indentation(lines[*at]) < indentation(own));
    [Some(line), above].into_iter().flatten().find_map(|at| {
        let text = lines[at];
        let word = text.trim();
        let bare = !word.is_empty() && !word.contains(':') && !word.starts_with('-');
        bare.then(|| Slip {
            line: at,
            column: indentation(text),
            length: word.chars().count(),
            summary: format!("there is no colon behind `{}`", shortened(word)),
            hint: if above == Some(at) {
                format!("write `{}:`", shortened(word))
            } else {
                format!("write `{}: …`, or remove the line", shortened(word))
            },
        })
    })
}

/// A line that is deeper than the `key: value` above.
fn too_deep(lines: &[&str], line: usize) -> Option<Slip> {
    let own = indentation(lines.get(line)?);
    let above = above(lines, line)?;
    let other = indentation(lines[above]);
    let (key, value) = entry(lines[above])?;
    (own > other && !value.is_empty()).then(|| Slip {
        line,
        column: 0,
        length: own,
        summary: format!(
            "this line is indented deeper than `{}` above, which has a value already",
            shortened(key)
        ),
        hint: format!("indent both alike: by {}, not {own}", spaces(other)),
    })
}

/// A line that stands between two levels.
fn not_aligned(lines: &[&str], line: usize) -> Option<Slip> {
    let own = indentation(lines.get(line)?);
    let mut levels: Vec<usize> = Vec::new();
    for text in lines[..line].iter().filter(|text| !is_blank(text)) {
        let level = indentation(text);
        levels.retain(|open| *open < level);
        levels.push(level);
    }
    if levels.contains(&own) {
        return None;
    }
    let fitting: Vec<String> = levels.iter().rev().take(2).rev().map(ToString::to_string).collect();
    Some(Slip {
        line,
        column: 0,
        length: own,
        summary: format!("this line is indented by {}, and no line above it is", spaces(own)),
        hint: format!("indent it like the line that it belongs beside: by {} spaces", fitting.join(" or ")),
    })
}

/// A `{` or `[` that a line opens and the next `key: value` shows to be still open.
fn unclosed_bracket(lines: &[&str], line: usize) -> Option<Slip> {
    (0..=line.min(lines.len().checked_sub(1)?)).rev().find_map(|at| {
        let text = lines[at];
        [('{', '}'), ('[', ']')].into_iter().find_map(|(open, close)| {
            let column = text.rfind(open)?;
            (text.matches(open).count() > text.matches(close).count()).then(|| Slip {
                line: at,
                column: text[..column].chars().count(),
                length: 1,
                summary: format!("this `{open}` is never closed"),
                hint: format!("add the missing `{close}`"),
            })
        })
    })
}

fn spaces(number: usize) -> String {
    if number == 1 { "1 space".to_owned() } else { format!("{number} spaces") }
}
