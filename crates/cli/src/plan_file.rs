//! Saved plans: written by `plan --out`, read by `show` and `apply`, told from manifests by what is in them.

use std::path::Path;

use anteroom_model::diagnostic::Diagnostic;
use anteroom_model::plan::{FORMAT_VERSION, Plan};
use serde::Deserialize;

use crate::exit::Failure;
use crate::files;

/// The plan as JSON, as `plan --format json` prints it and `plan --out` saves it.
pub(crate) fn json(plan: &Plan) -> Result<String, Failure> {
    match serde_json::to_string_pretty(plan) {
        Ok(json) => Ok(format!("{json}\n")),
        Err(error) => {
            Err(Diagnostic::error("json", format!("the plan cannot be written as JSON: {error}")).into())
        }
    }
}

/// Saves a plan.
pub(crate) fn write(path: &Path, plan: &Plan) -> Result<(), Failure> {
    files::write_whole(path, &json(plan)?).map_err(|error| Failure::file("write", path, &error))
}

/// Whether a file holds a plan and not a manifest: a JSON object with a `formatVersion`. A manifest may be JSON too,
/// which YAML includes, but has no such key.
pub(crate) fn is_plan(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with('{') && text.contains("\"formatVersion\"")
}

/// Reads a saved plan.
pub(crate) fn read(path: &Path) -> Result<Plan, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    parse(&text, path)
}

/// What is read first, to tell another version before its fields are mistaken.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    format_version: String,
    #[serde(default)]
    tool_version: Option<String>,
}

/// A plan from the text of a file.
pub(crate) fn parse(text: &str, path: &Path) -> Result<Plan, Failure> {
    let shown = path.display();
    let text = text.trim_start_matches('\u{feff}');
    if !is_plan(text) {
        return Err(Diagnostic::error("not-a-plan", format!("{shown} is not a saved plan"))
            .hint("save one with `anteroom plan --out FILE`")
            .into());
    }
    let damaged = |error: serde_json::Error| {
        let reason = if error.is_eof() {
            format!("it ends in the middle, at line {}", error.line())
        } else {
            error.to_string()
        };
        Diagnostic::error("plan-damaged", format!("the plan in {shown} cannot be read: {reason}"))
            .hint("save it again with `anteroom plan --out FILE`; a plan is not meant to be edited")
    };
    let header: Header = serde_json::from_str(text).map_err(damaged)?;
    if major(&header.format_version) != major(FORMAT_VERSION) {
        let by = header
            .tool_version
            .map_or_else(String::new, |version| format!(", written by anteroom {version}"));
        return Err(Diagnostic::error(
            "plan-version",
            format!(
                "{shown} has plan format {}{by}; this anteroom {} reads format {FORMAT_VERSION}",
                header.format_version,
                env!("CARGO_PKG_VERSION")
            ),
        )
        .hint("plan again with this version, or apply with the one that wrote it")
        .into());
    }
    Ok(serde_json::from_str(text).map_err(damaged)?)
}

fn major(version: &str) -> &str {
    version.split_once('.').map_or(version, |(major, _)| major)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{is_plan, json, parse};
    use crate::render::samples;

    fn refusal(text: &str) -> String {
        let failure = parse(text, Path::new("x.plan")).unwrap_err();
        let diagnostic = &failure.diagnostics[0];
        format!("{}: {}", diagnostic.id, diagnostic.summary)
    }

    #[test]
    fn a_plan_reads_back_as_it_was_saved() {
        let plan = samples::everything();
        let text = json(&plan).unwrap();
        assert!(is_plan(&text));
        assert_eq!(json(&parse(&text, Path::new("x.plan")).unwrap()).unwrap(), text);
    }

    #[test]
    fn manifests_and_other_json_are_no_plans() {
        assert!(!is_plan("version: 1\n# formatVersion\n"));
        assert!(!is_plan("{ \"version\": 1, \"target\": \"exchangeOnline\" }"));
        assert_eq!(refusal("version: 1"), "not-a-plan: x.plan is not a saved plan");
    }

    #[test]
    fn another_format_is_refused_in_words_and_a_newer_minor_is_read() {
        let text = json(&samples::everything()).unwrap();
        assert_eq!(
            refusal(&text.replace("\"formatVersion\": \"1.0\"", "\"formatVersion\": \"2.0\"")),
            "plan-version: x.plan has plan format 2.0, written by anteroom 0.1.0; this anteroom 0.1.0 reads format 1.0"
        );
        assert!(
            parse(&text.replace("\"formatVersion\": \"1.0\"", "\"formatVersion\": \"1.7\""), Path::new("x"))
                .is_ok()
        );
    }

    #[test]
    fn half_a_plan_is_refused() {
        let text = json(&samples::everything()).unwrap();
        assert!(
            refusal(&text[..text.len() / 2]).starts_with(
                "plan-damaged: the plan in x.plan cannot be read: it ends in the middle, at line "
            )
        );
    }
}
