use crate::read;

/// What was written and what comes back.
#[test]
fn the_service_regenerates_text() {
    let cases = [
        ("CustomAttribute1 -eq '012332'", "CustomAttribute1 -eq '012332'"),
        ("(CustomAttribute1 -eq '012332')", "CustomAttribute1 -eq '012332'"),
        ("Name -eq 'x' -and City -eq 'y'", "((Name -eq 'x') -and (City -eq 'y'))"),
        ("Name -eq 'x' -or City -eq 'y'", "((Name -eq 'x') -or (City -eq 'y'))"),
        (
            "Name -eq 'x' -and City -eq 'y' -and Office -eq 'z'",
            "((((Name -eq 'x') -and (City -eq 'y'))) -and (Office -eq 'z'))",
        ),
        (
            "Name -eq 'x' -and (City -eq 'y' -and Office -eq 'z')",
            "((Name -eq 'x') -and (((City -eq 'y') -and (Office -eq 'z'))))",
        ),
        (
            "Name -eq 'x' -and (City -eq 'y' -or Office -eq 'z')",
            "((Name -eq 'x') -and (((City -eq 'y') -or (Office -eq 'z'))))",
        ),
        ("HiddenFromAddressListsEnabled -eq $false", "HiddenFromAddressListsEnabled -eq 'False'"),
        ("HiddenFromAddressListsEnabled -ne 'TRUE'", "HiddenFromAddressListsEnabled -ne 'True'"),
        ("ResourceCapacity -gt 5", "ResourceCapacity -gt '5'"),
        ("Office -eq $null", "-not(Office -ne $null)"),
        ("Office -ne $null", "Office -ne $null"),
        ("Name -notlike 'a*'", "-not(Name -like 'a*')"),
        ("Name -ne 'a'", "Name -ne 'a'"),
        ("-not (Name -eq 'a')", "-not(Name -eq 'a')"),
        ("-not (Name -eq 'a' -or City -eq 'b')", "-not(((Name -eq 'a') -or (City -eq 'b')))"),
        ("recipienttypedetails -eq 'roommailbox'", "RecipientTypeDetails -eq 'RoomMailbox'"),
        ("colour -eq 'Red'", "colour -eq 'Red'"),
        ("City -eq 'O''Hare'", "City -eq 'O''Hare'"),
        ("memberofgroup -eq 'CN=Rooms\\, A,DC=x'", "MemberOfGroup -eq 'CN=Rooms\\, A,DC=x'"),
    ];
    for (written, stored) in cases {
        let filter = read(written);
        assert_eq!(filter.stored_form(), stored, "{written}");
        let back = read(stored);
        assert!(back.is_equivalent_to(&filter), "{written}");
        assert_eq!(back.stored_form(), stored, "the stored form of {stored} is itself");
    }
}
