//! Laws that hold for every filter.

use proptest::prelude::*;

use crate::{Person, read};

const PROPERTIES: [&str; 10] = [
    "City",
    "cITY",
    "Name",
    "ResourceCapacity",
    "HiddenFromAddressListsEnabled",
    "MemberOfGroup",
    "EmailAddresses",
    "PrimarySmtpAddress",
    "Guid",
    "Colour",
];

const VALUES: [&str; 20] = [
    "a",
    "A",
    "b",
    "ab",
    "",
    "5",
    "05",
    "12",
    "-3",
    "True",
    "false",
    "O'Hare",
    "CN=a,DC=x",
    "cn=A, dc=X",
    "CN=a\\,b,DC=x",
    "smtp:a",
    "SMTP:smtp:a",
    "x500:a",
    "{5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10}",
    "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(&VALUES[..]).prop_map(opath::quote),
        1 => prop::sample::select(&VALUES[..]).prop_map(|value| format!("\"{value}\"")),
        1 => (-20_i64..20).prop_map(|number| number.to_string()),
        1 => prop::sample::select(&["$true", "$FALSE"][..]).prop_map(str::to_owned),
    ]
}

fn comparison() -> impl Strategy<Value = String> {
    let property = || prop::sample::select(&PROPERTIES[..]);
    let operator = |operators: &'static [&'static str]| prop::sample::select(operators);
    let pattern = (prop::sample::select(&VALUES[..]), 0..4_u8).prop_map(|(value, stars)| {
        let star = |bit: u8| if stars & bit == 0 { "" } else { "*" };
        opath::quote(&format!("{}{value}{}", star(1), star(2)))
    });
    let ordinary = (property(), operator(&["-eq", "-NE", "-lt", "-le", "-gt", "-ge"]), value());
    let like = (property(), operator(&["-like", "-notLike"]), pattern);
    let null = (property(), operator(&["-eq", "-ne", "-lt"]), Just("$null".to_owned()));
    prop_oneof![6 => ordinary, 3 => like, 1 => null]
        .prop_map(|(property, operator, value)| format!("{property} {operator} {value}"))
}

fn filter() -> impl Strategy<Value = String> {
    comparison().prop_recursive(5, 24, 4, |inner| {
        let part = prop_oneof![2 => inner.clone().prop_map(|part| format!("({part})")), 1 => inner.clone()];
        prop_oneof![
            prop::collection::vec(part.clone(), 2..4).prop_map(|parts| parts.join(" -and ")),
            prop::collection::vec(part, 2..4).prop_map(|parts| parts.join(" -Or ")),
            inner.clone().prop_map(|part| format!("-not({part})")),
            inner.prop_map(|part| format!("( {part} )")),
        ]
    })
}

fn person() -> impl Strategy<Value = Person> {
    let pair = (prop::sample::select(&PROPERTIES[..]), prop::sample::select(&VALUES[..]));
    prop::collection::vec(pair, 0..8).prop_map(|pairs| Person::with(&pairs))
}

/// Text that is nearly a filter.
fn scrap() -> impl Strategy<Value = String> {
    let pieces = [
        "(", ")", "-and", "-or", "-not", "-eq", "-like", "City", "'a'", "'", "\"", "{", "}", "`", "$true",
        "$", "5", " ", "é", "’", "–", "=", "&", "''", "\"\"", "-", "*", ",", "\u{200b}", "and", "\n",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

fn parse_and_check(text: &str) -> Result<(), TestCaseError> {
    match opath::parse(text) {
        Ok(filter) => {
            prop_assert_eq!(&read(&filter.to_string()), &filter);
            prop_assert!(text.get(filter.span()).is_some());
            for comparison in filter.comparisons() {
                prop_assert!(text.get(comparison.span()).is_some());
            }
            for note in filter.notes() {
                prop_assert!(text.get(note.span()).is_some());
            }
        }
        Err(error) => {
            prop_assert!(text.get(error.span()).is_some(), "{:?} in {:?}", error, text);
            prop_assert!(!error.message().is_empty());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_filter_or_an_error(text in any::<String>()) {
        parse_and_check(&text)?;
    }

    #[test]
    fn nearly_a_filter_is_a_filter_or_an_error(text in scrap()) {
        parse_and_check(&text)?;
    }

    #[test]
    fn printing_round_trips(text in filter()) {
        let filter = read(&text);
        prop_assert_eq!(&read(&filter.to_string()), &filter);
        let braces = format!("{{{filter}}}");
        prop_assert_eq!(&read(&braces), &filter);
        let single = format!("'{}'", filter.to_string().replace('\'', "''"));
        prop_assert_eq!(&read(&single), &filter);
    }

    #[test]
    fn the_canonical_form_is_its_own(text in filter()) {
        let canonical = read(&text).canonical();
        let again = read(&canonical.to_string()).canonical();
        prop_assert_eq!(again.to_string(), canonical.to_string());
        prop_assert_eq!(again, canonical);
    }

    #[test]
    fn the_stored_form_is_equivalent(text in filter()) {
        let filter = read(&text);
        let stored = read(&filter.stored_form());
        prop_assert!(stored.is_equivalent_to(&filter));
        prop_assert_eq!(stored.stored_form(), filter.stored_form());
    }

    #[test]
    fn meaning_is_kept(text in filter(), person in person()) {
        let filter = read(&text);
        let matches = filter.matches(&person);
        prop_assert_eq!(filter.canonical().matches(&person), matches);
        prop_assert_eq!(read(&filter.canonical().to_string()).matches(&person), matches);
        prop_assert_eq!(read(&filter.stored_form()).matches(&person), matches);
        prop_assert_eq!(read(&filter.to_string()).matches(&person), matches);
    }

    #[test]
    fn negation_is_the_opposite(text in filter(), person in person()) {
        let filter = read(&text);
        let opposite = read(&format!("-not ({text})"));
        prop_assert_ne!(opposite.matches(&person), filter.matches(&person));
        prop_assert!(!opposite.is_equivalent_to(&filter));
        let twice = read(&format!("-not (-not ({text}))"));
        prop_assert!(twice.is_equivalent_to(&filter));
    }

    #[test]
    fn verdicts_are_true(text in filter(), person in person()) {
        let filter = read(&text);
        for note in filter.notes() {
            match note.id() {
                "matches-nothing" => prop_assert!(!filter.matches(&person)),
                "matches-everything" => prop_assert!(filter.matches(&person)),
                _ => {}
            }
        }
    }

    #[test]
    fn quoted_text_comes_back(text in any::<String>()) {
        let filter = read(&format!("City -eq {}", opath::quote(&text)));
        let value = filter.comparisons().next().map(|comparison| comparison.value().clone());
        prop_assert_eq!(value, Some(opath::Value::Text(text)));
    }

    #[test]
    fn distinguished_names_fold_once(name in "(CN|ou)? ?=? ?[a-cA-C,= +#;\"<>éß]{0,6}(\\\\(,|2C|C3\\\\A9|0A| |#|\\+|\\\\))?[aB ]{0,2}(,DC=[xX ]{0,3})?") {
        let filter = read(&format!("MemberOfGroup -eq {}", opath::quote(&name)));
        let canonical = filter.canonical();
        prop_assert_eq!(read(&canonical.to_string()).canonical(), canonical);
        let mut person = Person::default();
        person.add("MemberOfGroup", &name);
        prop_assert_eq!(filter.matches(&person), !name.is_empty());
    }
}
