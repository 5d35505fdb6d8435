//! The envelope around a cmdlet's rows.

use anteroom_model::operation::Refusal;
use anteroom_model::ports::Failure;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Expects, about, unreadable_answer};
use crate::connection::Safety;

/// What the service warns of where it leaves rows out.
const MORE: &str = "there are more results available than are currently displayed";

/// The rows of one cmdlet.
#[allow(clippy::struct_field_names, reason = "there is no other word for them")]
pub(crate) struct Rows<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) warnings: Vec<String>,
    /// What came back instead of what an identity names: the names of rows that are about other objects, left out.
    pub(crate) others: Vec<String>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), warnings: Vec::new(), others: Vec::new() }
    }
}

impl<T> Rows<T> {
    /// Puts another page's rows behind.
    pub(super) fn append(&mut self, mut more: Self) {
        if self.rows.is_empty() {
            self.rows = more.rows;
        } else {
            self.rows.append(&mut more.rows);
        }
        self.others.append(&mut more.others);
        self.warn(more.warnings);
    }

    /// Adds warnings that are worth telling, each once.
    pub(super) fn warn(&mut self, warnings: Vec<String>) {
        for warning in warnings {
            if is_by_design(&warning) {
                tracing::debug!(warning, "told by the service");
            } else if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }
}

impl Rows<Map<String, Value>> {
    /// The same rows in their own type.
    pub(super) fn decoded<T: DeserializeOwned>(self, safety: Safety) -> Result<Rows<T>, Failure> {
        let Self { rows, warnings, others } = self;
        let rows: Result<Vec<T>, _> =
            rows.into_iter().map(|row| serde_json::from_value(Value::Object(row))).collect();
        Ok(Rows { rows: rows.map_err(|error| misunderstood(&error, safety))?, warnings, others })
    }
}

/// The service tells how long it held a call back. Support article 2881759: by design, nothing to act on.
fn is_by_design(warning: &str) -> bool {
    warning.trim().is_empty() || warning.to_ascii_lowercase().contains("micro delay applied")
}

/// Fails where a read's only page says that there is more, and not where: its rows are not all that there are.
pub(super) fn is_whole<T>(rows: &Rows<T>, safety: Safety) -> Result<(), Failure> {
    let says = |warning: &String| warning.to_ascii_lowercase().contains(MORE);
    if safety == Safety::Read && rows.warnings.iter().any(says) {
        return Err(unreadable_answer(
            "the service tells only a part of what there is, and no way to the rest",
        ));
    }
    Ok(())
}

/// The warnings of the header `X-Warnings`: one text, or a JSON list of them.
pub(super) fn header_warnings(header: Option<&str>) -> Vec<String> {
    let Some(text) = header else { return Vec::new() };
    serde_json::from_str(text).unwrap_or_else(|_| vec![text.trim().to_owned()])
}

/// One page of rows. Annotations other than these are skipped.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Page<T> {
    value: Option<Vec<T>>,
    #[serde(default, rename = "@adminapi.warnings")]
    warnings: Option<Vec<String>>,
    #[serde(default, rename = "@adminapi.errors")]
    errors: Option<Vec<Value>>,
}

/// The rows of a page. A cmdlet that only writes answers with nothing at all; a read that does so has said nothing
/// about the tenant, and least of all that there are no such objects.
pub(super) fn decode<T: DeserializeOwned>(body: &[u8], expects: &Expects) -> Result<Rows<T>, Failure> {
    let Some(identity) = &expects.about else { return page(body, expects.safety) };
    let Rows { rows, warnings, .. } = page::<Map<String, Value>>(body, expects.safety)?;
    let (rows, others): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| about::is_about(row, identity));
    let others = others.iter().map(|row| row.get("Name").and_then(Value::as_str).unwrap_or("?").to_owned());
    Rows { rows, warnings, others: others.collect() }.decoded(expects.safety)
}

fn page<T: DeserializeOwned>(body: &[u8], safety: Safety) -> Result<Rows<T>, Failure> {
    let nothing = || match safety {
        Safety::Read => Err(unreadable_answer("the answer to a read is empty")),
        Safety::Write => Ok(Vec::new()),
    };
    // Answers without content are also runs of NUL bytes.
    if body.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Ok(Rows { rows: nothing()?, ..Rows::default() });
    }
    let page: Page<T> = serde_json::from_slice(body).map_err(|error| misunderstood(&error, safety))?;
    if let Some(error) = page.errors.iter().flatten().next() {
        // A cmdlet can stop in the middle and still be answered with 200: what came is not all.
        let words = error.get("message").and_then(Value::as_str).or(error.as_str());
        let words = words.map_or_else(|| error.to_string(), str::to_owned);
        return Err(unreadable_answer(&format!("the cmdlet reports an error: {words}")));
    }
    let mut rows = Rows { rows: page.value.map_or_else(nothing, Ok)?, ..Rows::default() };
    rows.warn(page.warnings.unwrap_or_default());
    Ok(rows)
}

/// An answer of success that is cut off, or none of Exchange's, such as the page of a proxy: of a write it is not known
/// what became of it.
fn misunderstood(error: &serde_json::Error, safety: Safety) -> Failure {
    let failure = unreadable_answer(&format!("the answer could not be understood: {error}"));
    match safety {
        Safety::Read => failure,
        Safety::Write => Failure { refusal: Refusal::Lost, ..failure },
    }
}

/// The link to the next page, found without decoding the rows: the page can then be decoded while the next is fetched.
pub(super) fn next_link(body: &[u8]) -> Option<String> {
    // A quote inside a JSON string is escaped, so this text can only be a property's name or the whole of a value.
    const NAME: &[u8] = br#""@odata.nextLink""#;
    // Text that is all of a value is not followed by a colon: somebody may well call an object so.
    let mut ends = (0..body.len())
        .rev()
        .filter(|start| body[*start..].starts_with(NAME))
        .map(|start| start + NAME.len());
    let rest = ends.find_map(|end| body[end..].trim_ascii_start().strip_prefix(b":"))?;
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Option<String>>();
    values.next()?.ok()?.filter(|link| !link.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_is_found_wherever_it_stands() {
        let link = |text: &str| next_link(text.as_bytes());
        assert_eq!(
            link(r#"{"@odata.nextLink":"http://a/b?c=\u0026d","value":[{"A":1}]}"#).as_deref(),
            Some("http://a/b?c=&d")
        );
        assert_eq!(link(r#"{"value":[], "@odata.nextLink" : "x" }"#).as_deref(), Some("x"));
        assert_eq!(link(r#"{"value":[],"@odata.nextLink":null}"#), None);
        assert_eq!(link(r#"{"value":[{"Name":"\"@odata.nextLink\":\"x\""}]}"#), None);
        assert_eq!(
            link(r#"{"@odata.nextLink":"x","value":[{"Name":"@odata.nextLink"}]}"#).as_deref(),
            Some("x"),
            "no name of an object hides those that follow"
        );
        assert_eq!(link(r#"{"@odata.nextLink""#), None);
        assert_eq!(link(""), None);
    }

    fn read(about: Option<&str>) -> Expects {
        Expects { safety: Safety::Read, about: about.map(str::to_owned) }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Named {
        name: String,
    }

    #[test]
    fn rows_are_decoded_past_annotations() {
        let text = r##"{"@odata.context":"x","adminapi.warnings@odata.type":"#Collection(String)",
            "@adminapi.warnings":["w","Micro delay applied. Actual delayed: 5 msecs"],"@adminapi.errors":[],
            "value":[{"Name":"a","Guid@odata.type":"#Guid","Guid@data.type":"System.Guid","Guid":"1"}]}"##;
        let page = decode::<Named>(text.as_bytes(), &read(None)).expect("the page should decode");
        assert_eq!(page.rows[0].name, "a");
        assert_eq!(page.warnings, ["w"], "how long a call was held back is nobody's concern");
    }

    #[test]
    fn an_empty_answer_to_a_read_is_never_nothing_there() {
        for blank in ["", " \r\n", "\0\0\0", "{}", r#"{"@odata.context":"x"}"#, r#"{"value":null}"#] {
            assert!(decode::<Value>(blank.as_bytes(), &read(None)).is_err(), "{blank}");
            assert!(decode::<Value>(blank.as_bytes(), &read(Some("x"))).is_err(), "{blank}");
            let write = Expects { safety: Safety::Write, about: None };
            let written = decode::<Value>(blank.as_bytes(), &write).map(|rows| rows.rows);
            assert_eq!(written, Ok(Vec::new()), "{blank}");
        }
        let none = decode::<Value>(br#"{"value":[]}"#, &read(None)).map(|rows| rows.rows);
        assert_eq!(none, Ok(Vec::new()));
    }

    #[test]
    fn rows_about_other_objects_are_left_out_and_told() {
        let text = br#"{"value":[{"Name":"A"},{"Name":"b"},{"Guid":"1"}]}"#;
        let rows = decode::<Named>(text, &read(Some("B"))).expect("the page should decode");
        assert_eq!(rows.rows, [Named { name: "b".to_owned() }]);
        assert_eq!(rows.others, ["A", "?"]);
    }

    #[test]
    fn an_answer_with_errors_in_it_is_not_whole() {
        for (errors, words) in
            [(r#"["no"]"#, "no"), (r#"[{"message":"gone"}]"#, "gone"), (r#"[{"x":1}]"#, "{\"x\":1}")]
        {
            let text = format!(r#"{{"value":[{{"Name":"a"}}],"@adminapi.errors":{errors}}}"#);
            let failure = decode::<Value>(text.as_bytes(), &read(None)).err().expect("it should fail");
            assert!(failure.message.ends_with(words), "{}", failure.message);
        }
    }

    #[test]
    fn warnings_come_in_a_header_too() {
        assert_eq!(header_warnings(None), Vec::<String>::new());
        assert_eq!(header_warnings(Some(r#"["a","b"]"#)), ["a", "b"]);
        assert_eq!(header_warnings(Some(" a, b ")), ["a, b"]);
        let mut rows = Rows::<Value>::default();
        rows.warn(vec!["a".to_owned(), "a".to_owned(), "Micro delay applied. …".to_owned(), String::new()]);
        assert_eq!(rows.warnings, ["a"]);
    }
}
