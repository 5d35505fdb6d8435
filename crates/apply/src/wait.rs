//! Conditions: whether what was waited for has come.

use anteroom_model::operation::Expect;
use anteroom_model::ports::Answer;
use indexmap::IndexMap;
use serde_json::Value as Json;

/// Whether the rows of an answer meet a condition.
pub(crate) fn holds(expect: &Expect, answer: &Answer) -> bool {
    match expect {
        Expect::Found => answer.rows.len() == 1,
        Expect::Gone => answer.rows.is_empty(),
        Expect::HasProperty { property } => {
            only(answer).is_some_and(|row| !text(row.get(property)).unwrap_or_default().is_empty())
        }
        Expect::PropertyIs { property, value } => only(answer)
            .and_then(|row| text(row.get(property)))
            .is_some_and(|found| found.eq_ignore_ascii_case(value)),
        Expect::Row { with, without } => only_row(with, without, answer).is_some(),
        Expect::Rows { property, includes, excludes } => {
            let found: std::collections::HashSet<String> = answer
                .rows
                .iter()
                .filter_map(|row| text(row.get(property)))
                .map(|value| value.to_lowercase())
                .collect();
            includes.iter().all(|wanted| found.contains(&wanted.to_lowercase()))
                && !excludes.iter().any(|unwanted| found.contains(&unwanted.to_lowercase()))
        }
    }
}

/// What an answer that meets a condition tells of the object that is meant: its own row, where the condition says which.
pub(crate) fn meant(expect: &Expect, answer: Answer) -> Option<Answer> {
    match expect {
        Expect::Row { with, without } => {
            let row = only_row(with, without, &answer)?.clone();
            Some(Answer { rows: vec![row], warnings: answer.warnings })
        }
        other => holds(other, &answer).then_some(answer),
    }
}

/// The row with these properties and without those, where there is exactly one.
fn only_row<'a>(
    with: &IndexMap<String, String>,
    without: &IndexMap<String, String>,
    answer: &'a Answer,
) -> Option<&'a serde_json::Map<String, Json>> {
    let is = |row: &serde_json::Map<String, Json>, property: &str, value: &str| {
        text(row.get(property)).is_some_and(|found| found.to_lowercase() == value.to_lowercase())
    };
    let mut rows = answer.rows.iter().filter(|row| {
        with.iter().all(|(property, value)| is(row, property, value))
            && !without.iter().any(|(property, value)| is(row, property, value))
    });
    let row = rows.next()?;
    rows.next().is_none().then_some(row)
}

fn only(answer: &Answer) -> Option<&serde_json::Map<String, Json>> {
    if let [row] = answer.rows.as_slice() { Some(row) } else { None }
}

/// A JSON value as text: services write the same property as text, number or truth value.
pub(crate) fn text(value: Option<&Json>) -> Option<String> {
    match value? {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use anteroom_model::operation::Expect;
    use anteroom_model::ports::Answer;
    use serde_json::json;

    use super::{holds, meant};

    fn answer(rows: &[serde_json::Value]) -> Answer {
        let rows = rows.iter().filter_map(|row| row.as_object().cloned()).collect();
        Answer { rows, warnings: Vec::new() }
    }

    #[test]
    fn a_property_that_is_not_there_yet_is_waited_for() {
        let expect = Expect::HasProperty { property: "DistinguishedName".to_owned() };
        assert!(!holds(&expect, &answer(&[json!({"Name": "x"})])));
        assert!(!holds(&expect, &answer(&[json!({"DistinguishedName": ""})])));
        assert!(holds(&expect, &answer(&[json!({"DistinguishedName": "CN=x"})])));
    }

    #[test]
    fn two_objects_are_never_the_one_that_was_meant() {
        assert!(!holds(&Expect::Found, &answer(&[json!({}), json!({})])));
        assert!(holds(&Expect::Found, &answer(&[json!({})])));
        assert!(holds(&Expect::Gone, &answer(&[])));
    }

    #[test]
    fn the_row_that_is_meant_is_found_among_others_and_two_of_them_are_none() {
        let rows = [
            json!({"Name": "a", "Guid": "1"}),
            json!({"Name": "B", "Guid": "2", "Exclusive": false}),
            json!({"Name": "b", "Guid": "3", "Exclusive": "True"}),
        ];
        let found =
            |expect: &Expect| meant(expect, answer(&rows)).map(|answer| answer.rows[0]["Guid"].clone());
        assert_eq!(found(&Expect::row([("Name", "A")])), Some(json!("1")));
        assert_eq!(found(&Expect::row([("Name", "b")])), None, "two are called so");
        assert_eq!(found(&Expect::row([("Name", "b"), ("Exclusive", "true")])), Some(json!("3")));
        assert_eq!(found(&Expect::row([("Name", "c")])), None);
        let Expect::Row { with, mut without } = Expect::row([("Name", "b")]) else { unreachable!() };
        without.insert("Guid".to_owned(), "3".to_owned());
        assert_eq!(found(&Expect::Row { with, without }), Some(json!("2")));
    }

    #[test]
    fn truth_values_are_compared_as_the_service_writes_them() {
        let expect = Expect::PropertyIs { property: "IsDehydrated".to_owned(), value: "False".to_owned() };
        assert!(holds(&expect, &answer(&[json!({"IsDehydrated": false})])));
        assert!(holds(&expect, &answer(&[json!({"IsDehydrated": "False"})])));
        assert!(!holds(&expect, &answer(&[json!({"IsDehydrated": true})])));
    }

    #[test]
    fn members_are_all_there_and_none_too_many() {
        let expect = Expect::Rows {
            property: "PrimarySmtpAddress".to_owned(),
            includes: vec!["a@x.com".to_owned()],
            excludes: vec!["b@x.com".to_owned()],
        };
        assert!(holds(&expect, &answer(&[json!({"PrimarySmtpAddress": "A@X.com"})])));
        assert!(!holds(
            &expect,
            &answer(&[json!({"PrimarySmtpAddress": "a@x.com"}), json!({"PrimarySmtpAddress": "b@x.com"})])
        ));
    }
}
