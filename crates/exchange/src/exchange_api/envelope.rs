//! The envelope around a cmdlet's rows.

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// One page of rows. Annotations other than these are skipped.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct Page<T> {
    pub(super) value: Option<Vec<T>>,
    #[serde(default, rename = "@adminapi.warnings")]
    pub(super) warnings: Option<Vec<String>>,
}

/// The link to the next page, found without decoding the rows: the page can then be decoded while the next is fetched.
pub(super) fn next_link(body: &[u8]) -> Option<String> {
    // A quote inside a JSON string is escaped, so this text can only be a property's name.
    const NAME: &[u8] = br#""@odata.nextLink""#;
    let start = body.windows(NAME.len()).rposition(|window| window == NAME)? + NAME.len();
    let rest = body.get(start..)?.trim_ascii_start().strip_prefix(b":")?;
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
        assert_eq!(link(r#"{"@odata.nextLink""#), None);
        assert_eq!(link(""), None);
    }

    #[test]
    fn rows_are_decoded_past_annotations() {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Named {
            name: String,
        }
        let text = r##"{"@odata.context":"x","adminapi.warnings@odata.type":"#Collection(String)","@adminapi.warnings":["w"],
            "value":[{"Name":"a","Guid@odata.type":"#Guid","Guid":"1"}]}"##;
        let page: Page<Named> = serde_json::from_str(text).expect("the page should decode");
        assert_eq!(page.value.expect("rows")[0].name, "a");
        assert_eq!(page.warnings, Some(vec!["w".to_owned()]));
    }
}
