use opath::{Expression, Operator, Value};

use crate::read;

/// As written, and as printed bare.
#[test]
fn what_people_write() {
    let cases = [
        ("City -eq 'London'", "City -eq 'London'"),
        ("city -EQ 'London'", "city -eq 'London'"),
        ("City -eq \"London\"", "City -eq 'London'"),
        ("City -eq \"O'Hare\"", "City -eq 'O''Hare'"),
        ("City -eq 'O''Hare'", "City -eq 'O''Hare'"),
        ("City -eq \"say \"\"so\"\"\"", "City -eq 'say \"so\"'"),
        ("City-eq'London'", "City -eq 'London'"),
        ("  City\n\t-eq\u{a0}'London'\r\n", "City -eq 'London'"),
        ("(((City -eq 'London')))", "City -eq 'London'"),
        ("ResourceCapacity -ge 10", "ResourceCapacity -ge 10"),
        ("GroupType -eq -2147483648", "GroupType -eq -2147483648"),
        ("HiddenFromAddressListsEnabled -eq $TRUE", "HiddenFromAddressListsEnabled -eq $true"),
        ("Office -eq $Null", "Office -eq $null"),
        ("-not (City -eq 'London')", "-not (City -eq 'London')"),
        ("-NOT(City -eq 'London')", "-not (City -eq 'London')"),
        ("-not(-not(City -eq 'London'))", "-not (-not (City -eq 'London'))"),
        ("Name -eq 'a' -AND City -eq 'b'", "Name -eq 'a' -and City -eq 'b'"),
        (
            "Name -eq 'a' -and City -eq 'b' -or Office -eq 'c'",
            "(Name -eq 'a' -and City -eq 'b') -or Office -eq 'c'",
        ),
        (
            "Name -eq 'a' -and (City -eq 'b' -or Office -eq 'c')",
            "Name -eq 'a' -and (City -eq 'b' -or Office -eq 'c')",
        ),
        (
            "((Name -eq 'a' -and City -eq 'b')) -and Office -eq 'c'",
            "Name -eq 'a' -and City -eq 'b' -and Office -eq 'c'",
        ),
        (
            "Name -eq 'a' -and (City -eq 'b' -and Office -eq 'c')",
            "Name -eq 'a' -and (City -eq 'b' -and Office -eq 'c')",
        ),
        ("Name -like 'SystemMailbox{*'", "Name -like 'SystemMailbox{*'"),
        ("Name -eq ''", "Name -eq ''"),
        ("Farbe -eq 'grün'", "Farbe -eq 'grün'"),
    ];
    for (written, printed) in cases {
        let filter = read(written);
        assert_eq!(filter.to_string(), printed, "{written}");
        assert_eq!(read(printed), filter, "{written}");
    }
}

/// Quoting of PowerShell around the whole filter.
#[test]
fn quoting_of_the_whole_is_taken_off() {
    let cases = [
        ("\"City -eq 'London'\"", "City -eq 'London'"),
        (" { City -eq \"London\" } ", "City -eq 'London'"),
        ("{Name -like 'SystemMailbox{*'}", "Name -like 'SystemMailbox{*'"),
        ("'IsDirSynced -eq $true'", "IsDirSynced -eq $true"),
        ("'City -eq ''London'''", "City -eq 'London'"),
        ("'City -eq ''O''''Hare'''", "City -eq 'O''Hare'"),
        ("'City -eq 'London''", "City -eq 'London'"),
        ("\"City -eq \"\"London\"\"\"", "City -eq 'London'"),
        ("\"City -eq \"London\"\"", "City -eq 'London'"),
        ("\"City -eq `\"London`\"\"", "City -eq 'London'"),
        ("\"IsDirSynced -eq `$true\"", "IsDirSynced -eq $true"),
        ("IsDirSynced -eq `$true", "IsDirSynced -eq $true"),
        ("\"(City -eq 'O''Hare') -and (Name -like 'a*')\"", "City -eq 'O''Hare' -and Name -like 'a*'"),
    ];
    for (written, bare) in cases {
        assert_eq!(read(written).to_string(), bare, "{written}");
    }
}

#[test]
fn places_are_those_of_the_given_text() {
    let cases = [
        "City -eq 'Zürich' -and ResourceCapacity -ge 10",
        "  \"City -eq 'Zürich' -and ResourceCapacity -ge 10\"",
        "{(City -eq 'Zürich') -and (ResourceCapacity -ge 10)}",
        "'City -eq ''Zürich'' -and ResourceCapacity -ge 10'",
        "\"City -eq `\"Zürich`\" -and ResourceCapacity -ge 10\"",
    ];
    for text in cases {
        let filter = read(text);
        let comparisons: Vec<_> = filter.comparisons().collect();
        let [city, capacity] = comparisons[..] else { panic!("{text}: {comparisons:?}") };
        assert_eq!(&text[city.property_span()], "City", "{text}");
        let literal = text.split([' ', ')']).find(|word| word.contains("Zürich"));
        assert_eq!(Some(&text[city.value_span()]), literal, "{text}");
        assert_eq!(&text[capacity.span()], "ResourceCapacity -ge 10", "{text}");
        assert_eq!(&text[capacity.value_span()], "10", "{text}");
    }
}

#[test]
fn the_tree_can_be_walked() {
    let filter = read(
        "Office -eq $null -and -not (HiddenFromAddressListsEnabled -ne $true -or ResourceCapacity -lt 4)",
    );
    let Expression::And(members) = filter.expression() else { panic!("{filter:?}") };
    let [Expression::Compare(office), Expression::Not(inner)] = &members[..] else { panic!("{members:?}") };
    assert_eq!((office.operator(), office.value()), (Operator::Equal, &Value::Null));
    assert!(matches!(&**inner, Expression::Or(alternatives) if alternatives.len() == 2));
    let seen: Vec<_> =
        filter.comparisons().map(|leaf| (leaf.property(), leaf.operator(), leaf.value().clone())).collect();
    let expected = [
        ("Office", Operator::Equal, Value::Null),
        ("HiddenFromAddressListsEnabled", Operator::NotEqual, Value::Boolean(true)),
        ("ResourceCapacity", Operator::Less, Value::Integer(4)),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    let deep = |depth: usize| format!("{}City -eq 'a'{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(read(&deep(8_192)).to_string(), "City -eq 'a'");
    let error = opath::parse(&deep(10_000)).unwrap_err();
    assert_eq!(error.message(), "parentheses are nested more than 8192 deep");
    assert_eq!(error.span(), 8_192..8_193);
    assert!(opath::parse(&"(".repeat(10_000)).is_err());

    let nots = |depth: usize| format!("{}City -eq 'a'{}", "-not (".repeat(depth), ")".repeat(depth));
    let filter = read(&nots(255));
    assert_eq!(filter.canonical().to_string(), "City -ne 'a'");
    assert_eq!(read(&filter.to_string()), filter);
    assert_eq!(read(&filter.stored_form()).canonical(), filter.canonical());
    assert!(opath::parse(&nots(256)).unwrap_err().message().contains("256 deep"));

    let layers = |depth: usize| {
        let layer =
            |at: usize| if at.is_multiple_of(2) { "City -eq 'a' -and (" } else { "Name -eq 'b' -or (" };
        let open: String = (0..depth).map(layer).collect();
        format!("{open}Office -eq 'c'{}", ")".repeat(depth))
    };
    let filter = read(&layers(255));
    assert_eq!(read(&filter.canonical().to_string()).canonical(), filter.canonical());
    assert_eq!(filter.notes(), []);
    assert!(opath::parse(&layers(256)).unwrap_err().message().contains("256 deep"));

    let long: Vec<String> =
        (0..20_000).map(|number| format!("CustomAttribute1 -eq 'room {number}'")).collect();
    assert_eq!(read(&long.join(" -or ")).comparisons().count(), 20_000);
    let long = read(&long[..4_000].join(" -or "));
    assert_eq!(read(&long.stored_form()), long);
}
