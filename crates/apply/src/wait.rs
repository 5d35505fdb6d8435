//! Conditions: whether what was waited for has come.

use anteroom_model::operation::{Argument, Expect};
use anteroom_model::ports::Answer;
use indexmap::IndexMap;
use serde_json::Value as Json;

/// What an answer that meets a condition tells of the object that is meant: its own row, where the condition says which.
/// `fill` tells what stands in a gap; a gap that nothing fills is met by nothing.
pub(crate) fn meant(
    expect: &Expect,
    answer: Answer,
    fill: &dyn Fn(&Argument) -> Option<Json>,
) -> Option<Answer> {
    match expect {
        Expect::Row { with, has, without } => {
            let with = filled(with, fill)?;
            let mut rows = answer.rows.iter().filter(|row| {
                with.iter().all(|(property, value)| is(row, property, value))
                    && has.iter().all(|property| text(row.get(property)).is_some_and(|text| !text.is_empty()))
                    && !without.iter().any(|(property, value)| is(row, property, value))
            });
            let row = rows.next()?.clone();
            rows.next().is_none().then_some(Answer { rows: vec![row], warnings: answer.warnings })
        }
        Expect::Gone { with } => {
            let with = filled(with, fill)?;
            let there =
                answer.rows.iter().any(|row| with.iter().all(|(property, value)| is(row, property, value)));
            (!there).then(|| Answer { rows: Vec::new(), warnings: answer.warnings })
        }
        Expect::Rows { property, includes, excludes } => {
            let found: std::collections::HashSet<String> = answer
                .rows
                .iter()
                .filter_map(|row| text(row.get(property)))
                .map(|value| value.to_lowercase())
                .collect();
            let all = includes.iter().all(|wanted| found.contains(&wanted.to_lowercase()))
                && !excludes.iter().any(|unwanted| found.contains(&unwanted.to_lowercase()));
            all.then_some(answer)
        }
    }
}

/// Properties with the texts that they are to have.
fn filled<'a>(
    with: &'a IndexMap<String, Argument>,
    fill: &dyn Fn(&Argument) -> Option<Json>,
) -> Option<Vec<(&'a str, String)>> {
    with.iter().map(|(property, value)| Some((property.as_str(), text(Some(&fill(value)?))?))).collect()
}

fn is(row: &serde_json::Map<String, Json>, property: &str, value: &str) -> bool {
    text(row.get(property)).is_some_and(|found| found.to_lowercase() == value.to_lowercase())
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
    use anteroom_model::address::Address;
    use anteroom_model::operation::{Argument, Expect};
    use anteroom_model::ports::Answer;
    use anteroom_model::value::Template;
    use serde_json::{Value as Json, json};

    fn answer(rows: &[Json]) -> Answer {
        let rows = rows.iter().filter_map(|row| row.as_object().cloned()).collect();
        Answer { rows, warnings: Vec::new() }
    }

    /// What an earlier answer told is `g-1`.
    fn meant(expect: &Expect, rows: &[Json]) -> Option<Json> {
        let fill = |argument: &Argument| match argument {
            Argument::Plain(value) => Some(value.clone()),
            _ => Some(json!("g-1")),
        };
        super::meant(expect, answer(rows), &fill).map(|answer| json!(answer.rows))
    }

    fn holds(expect: &Expect, rows: &[Json]) -> bool {
        meant(expect, rows).is_some()
    }

    fn output() -> Argument {
        Argument::template(Template::output(&Address::from("roomLists.x"), "guid"))
    }

    #[test]
    fn a_property_that_is_not_there_yet_is_waited_for() {
        let expect = Expect::row([("Name", "x")]).with_some("DistinguishedName");
        assert!(!holds(&expect, &[json!({"Name": "x"})]));
        assert!(!holds(&expect, &[json!({"Name": "x", "DistinguishedName": ""})]));
        assert!(holds(&expect, &[json!({"Name": "x", "DistinguishedName": "CN=x"})]));
    }

    #[test]
    fn one_row_about_something_else_is_not_what_was_made() {
        let made = Expect::row([]).and("Guid", output());
        assert!(!holds(&made, &[]));
        assert!(!holds(&made, &[json!({"Guid": "g-2"})]), "the object that had the name before");
        let all = [json!({"Guid": "g-2"}), json!({"Guid": "G-1"}), json!({"Guid": "g-3"})];
        assert_eq!(meant(&made, &all), Some(json!([{"Guid": "G-1"}])), "everything came back");
    }

    #[test]
    fn what_was_written_is_not_taken_from_a_row_that_shows_what_was_before() {
        let renamed = Expect::row([("Guid", "g-1"), ("Name", "New")]).with_some("DistinguishedName");
        assert!(!holds(&renamed, &[json!({"Guid": "g-1", "Name": "Old", "DistinguishedName": "CN=Old"})]));
        let other = json!({"Guid": "g-2", "Name": "New", "DistinguishedName": "CN=New"});
        assert!(!holds(&renamed, std::slice::from_ref(&other)));
        assert!(holds(
            &renamed,
            &[json!({"Guid": "g-1", "Name": "New", "DistinguishedName": "CN=New"}), other]
        ));
    }

    #[test]
    fn what_is_gone_is_gone_whatever_else_comes_back() {
        let gone = Expect::gone("userPrincipalName", "a@x.com");
        assert!(holds(&gone, &[]));
        assert!(holds(&gone, &[json!({"userPrincipalName": "b@x.com"})]));
        assert!(!holds(
            &gone,
            &[json!({"userPrincipalName": "A@X.com"}), json!({"userPrincipalName": "b@x.com"})]
        ));
    }

    #[test]
    fn the_row_that_is_meant_is_found_among_others_and_two_of_them_are_none() {
        let rows = [
            json!({"Name": "a", "Guid": "1"}),
            json!({"Name": "B", "Guid": "2", "Exclusive": false}),
            json!({"Name": "b", "Guid": "3", "Exclusive": "True"}),
        ];
        let found = |expect: &Expect| meant(expect, &rows).map(|rows| rows[0]["Guid"].clone());
        assert_eq!(found(&Expect::row([("Name", "A")])), Some(json!("1")));
        assert_eq!(found(&Expect::row([("Name", "b")])), None, "two are called so");
        assert_eq!(found(&Expect::row([("Name", "b"), ("Exclusive", "true")])), Some(json!("3")));
        assert_eq!(found(&Expect::row([("Name", "c")])), None);
        assert_eq!(found(&Expect::row([("Name", "b")]).but_not("Guid", "3")), Some(json!("2")));
    }

    #[test]
    fn truth_values_are_compared_as_the_service_writes_them() {
        let expect = Expect::row([("IsDehydrated", "False")]);
        assert!(holds(&expect, &[json!({"IsDehydrated": false})]));
        assert!(holds(&expect, &[json!({"IsDehydrated": "False"})]));
        assert!(!holds(&expect, &[json!({"IsDehydrated": true})]));
    }

    #[test]
    fn members_are_all_there_and_none_too_many() {
        let expect = Expect::Rows {
            property: "PrimarySmtpAddress".to_owned(),
            includes: vec!["a@x.com".to_owned()],
            excludes: vec!["b@x.com".to_owned()],
        };
        assert!(holds(&expect, &[json!({"PrimarySmtpAddress": "A@X.com"})]));
        assert!(!holds(
            &expect,
            &[json!({"PrimarySmtpAddress": "a@x.com"}), json!({"PrimarySmtpAddress": "b@x.com"})]
        ));
    }
}
