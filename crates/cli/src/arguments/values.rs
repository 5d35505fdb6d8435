//! Values on the command line that are more than text.

use anteroom_model::address::Address;
use anteroom_model::manifest::MaxDeletions;

/// A number of requests, at least 1.
pub(super) fn concurrency(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=64) => Ok(number),
        _ => Err("a number from 1 to 64 is needed".to_owned()),
    }
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

/// A parameter of a cmdlet as `Name=Value`: JSON where the value is JSON, else text.
pub(super) fn parameter(text: &str) -> Result<(String, serde_json::Value), String> {
    let (name, value) = text.split_once('=').ok_or("a parameter is Name=Value")?;
    let name = name.trim_start_matches('-');
    if name.is_empty() {
        return Err("the parameter has no name".to_owned());
    }
    let value = serde_json::from_str(value).unwrap_or_else(|_| serde_json::Value::String(value.to_owned()));
    Ok((name.to_owned(), value))
}
