//! Values on the command line that are more than text.

use std::ffi::OsString;
use std::time::Duration;

use anteroom_model::address::Address;
use anteroom_model::manifest::MaxDeletions;

/// Everything that `--fault` takes, one a line.
pub(super) fn faults() -> String {
    let mut text =
        "Faults, for --fault here and with --simulate; a SHARE is 30% or graph:30%, a TIME 3s or 500ms:\n"
            .to_owned();
    for (name, form, what) in anteroom_simulator::FAULT_WORDS {
        let word = if form.is_empty() { (*name).to_owned() } else { format!("{name}={form}") };
        text.extend([format!("  {word:<34}{what}\n")]);
    }
    text
}

/// A number of requests, at least 1.
pub(super) fn concurrency(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=64) => Ok(number),
        _ => Err("a number from 1 to 64 is needed".to_owned()),
    }
}

/// A length of time: a whole number with its unit, from milliseconds to days.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "a time such as 90s, 30m or 4h is needed".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let one = match unit {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        "d" => Duration::from_hours(24),
        _ => return Err(wrong()),
    };
    Ok(one * number)
}

/// The base of an endpoint, without a slash at its end.
pub(super) fn base_url(text: &str) -> Result<String, String> {
    let base = text.trim_end_matches('/');
    let host = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://"));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(base.to_owned()),
        _ => Err("an address that begins with http:// or https:// is needed".to_owned()),
    }
}

/// An address of the manifest, or a section.
pub(super) fn address(text: &str) -> Result<Address, String> {
    let (section, key) = text.split_once('.').unwrap_or((text, "x"));
    if section.is_empty() || key.is_empty() {
        return Err("an address is `section.key`, such as `roomLists.london`, or a section".to_owned());
    }
    Ok(Address::from(text))
}

/// A number of objects, or a percentage of what is managed.
pub(super) fn max_deletions(text: &str) -> Result<MaxDeletions, String> {
    let wrong = || "a number such as 5, or a percentage from 0% to 100%, is needed".to_owned();
    match text.strip_suffix('%') {
        Some(percent) => match percent.parse() {
            Ok(percent @ 0..=100) => Ok(MaxDeletions::Percent(percent)),
            _ => Err(wrong()),
        },
        None => text.parse().map(MaxDeletions::Count).map_err(|_| wrong()),
    }
}

/// A parameter of a cmdlet as `Name=Value`: JSON where the value is JSON, `$true`, `$false` or `$null`, else text.
pub(super) fn parameter(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is Name=Value, or -Name Value")?;
    let name = name.trim_start_matches('-');
    if name.is_empty() {
        return Err("the parameter has no name".to_owned());
    }
    let value = match value.to_ascii_lowercase().as_str() {
        "$true" => true.into(),
        "$false" => false.into(),
        "$null" => serde_json::Value::Null,
        _ => serde_json::from_str(value).unwrap_or_else(|_| value.into()),
    };
    Ok((name.to_owned(), value))
}

/// The words of the command line, with the parameters of `simulate invoke` as `Name=Value` where somebody writes them
/// as PowerShell takes them: `-Name Value`, `-Name:Value` and the switch `-Name`.
pub(super) fn without_powershell(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut words = words.into_iter().peekable();
    let mut plain: Vec<OsString> = Vec::new();
    let mut invokes = false;
    while let Some(word) = words.next() {
        let name = word.to_str().filter(|_| invokes).and_then(powershell_name).map(str::to_owned);
        let Some(name) = name else {
            invokes |= word == "invoke" && plain.iter().any(|before| before == "simulate");
            plain.push(word);
            continue;
        };
        let mut parameter = OsString::from(match name.split_once(':') {
            Some((name, value)) => format!("{name}={value}"),
            None => format!("{name}="),
        });
        if !name.contains(':') {
            let value = words.next_if(|next| !next.to_string_lossy().starts_with('-') || is_number(next));
            parameter.push(value.unwrap_or_else(|| "$true".into()));
        }
        plain.push(parameter);
    }
    plain
}

/// `-Identity` names a parameter; `-v`, `--simulate` and `-Identity=x` do not, or need no help.
fn powershell_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix('-')?;
    let begins = name.starts_with(|first: char| first.is_ascii_uppercase());
    (begins && name.len() > 1 && !name.contains('=')).then_some(name)
}

fn is_number(word: &OsString) -> bool {
    word.to_str().is_some_and(|word| word.parse::<f64>().is_ok())
}
