//! Reading what the services send: only the fields that are needed, in the several spellings in which they come.

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use std::fmt;

/// Several texts: a list, one text, or nothing.
pub(crate) fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct Texts;
    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("texts")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(if text.is_empty() { Vec::new() } else { vec![text.to_owned()] })
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::with_capacity(list.size_hint().unwrap_or_default());
            while let Some(text) = list.next_element::<Option<String>>()? {
                texts.extend(text);
            }
            Ok(texts)
        }
    }
    deserializer.deserialize_any(Texts)
}

/// True or false, as JSON or as .NET prints it; nothing stays nothing.
pub(crate) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    struct Flag;
    impl Visitor<'_> for Flag {
        type Value = Option<bool>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
            Ok(Some(value))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
            match text {
                "" => Ok(None),
                _ if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
                _ if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
                _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
            }
        }
    }
    deserializer.deserialize_any(Flag)
}

/// Whether a `RecipientTypeDetails` is that of a group; the text itself is not kept, because there are so many.
pub(crate) fn is_group<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Group;
    impl Visitor<'_> for Group {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a type of recipient")
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(false)
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            // MailUniversalDistributionGroup, MailUniversalSecurityGroup, DynamicDistributionGroup and the like.
            Ok(text.ends_with("Group") || matches!(text, "RoomList" | "GroupMailbox"))
        }
    }
    deserializer.deserialize_any(Group)
}

/// Takes the annotations out of a JSON object: `Guid@odata.type`, `@odata.context`.
pub(crate) fn strip_annotations(row: &mut serde_json::Map<String, serde_json::Value>) {
    row.retain(|name, _| !name.contains('@'));
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, rename_all = "PascalCase")]
    struct Row {
        #[serde(deserialize_with = "super::texts")]
        managed_by: Vec<String>,
        #[serde(deserialize_with = "super::flag")]
        enabled: Option<bool>,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str(json).expect("the row should decode")
    }

    #[test]
    fn lists_come_as_lists_as_text_and_not_at_all() {
        for (json, expected) in [
            (
                r##"{"ManagedBy@odata.type":"#Collection(String)","ManagedBy":["a",null,"b"]}"##,
                vec!["a", "b"],
            ),
            (r#"{"ManagedBy":"a"}"#, vec!["a"]),
            (r#"{"ManagedBy":null}"#, vec![]),
            (r#"{"ManagedBy":""}"#, vec![]),
            ("{}", vec![]),
        ] {
            assert_eq!(row(json).managed_by, expected, "{json}");
        }
    }

    #[test]
    fn flags_come_as_json_and_as_text() {
        for (json, expected) in [
            (r#"{"Enabled":true}"#, Some(true)),
            (r#"{"Enabled":"False"}"#, Some(false)),
            (r#"{"Enabled":null}"#, None),
            ("{}", None),
        ] {
            assert_eq!(row(json).enabled, expected, "{json}");
        }
        assert!(serde_json::from_str::<Row>(r#"{"Enabled":"perhaps"}"#).is_err());
    }
}
