use crate::read;

#[test]
fn equivalent_filters() {
    let cases = [
        ("City -eq 'London'", "CITY -EQ \"LONDON\""),
        // E17: what is read back has other parentheses and quotes.
        ("RecipientTypeDetails -eq \"RoomMailbox\"", "((RecipientTypeDetails -eq 'RoomMailbox'))"),
        // E25: an apostrophe.
        ("City -eq \"O'Hare\"", "City -eq 'O''Hare'"),
        ("HiddenFromAddressListsEnabled -eq $false", "HiddenFromAddressListsEnabled -eq 'False'"),
        ("ResourceCapacity -eq 5", "ResourceCapacity -eq '5'"),
        ("ResourceCapacity -eq 5", "ResourceCapacity -eq '005'"),
        ("CustomAttribute1 -eq 5", "CustomAttribute1 -eq '5'"),
        ("Colour -eq 5", "colour -eq '5'"),
        ("Office -eq $null", "-not(Office -ne $null)"),
        ("Office -ne 'a'", "-not (Office -eq 'a')"),
        ("Office -notlike 'a*'", "-not (Office -like 'a*')"),
        ("-not (-not (Office -eq 'a'))", "Office -eq 'a'"),
        ("Office -eq 'a' -and City -eq 'b'", "City -eq 'b' -and Office -eq 'a'"),
        ("Office -eq 'a' -or City -eq 'b' -or Office -eq 'A'", "City -eq 'b' -or Office -eq 'a'"),
        (
            "Office -eq 'a' -and (City -eq 'b' -and Name -eq 'c')",
            "Name -eq 'c' -and City -eq 'b' -and Office -eq 'a'",
        ),
        ("-not (Office -eq 'a' -or City -eq 'b')", "Office -ne 'a' -and City -ne 'b'"),
        ("-not (Office -eq 'a' -and -not (City -eq 'b'))", "City -eq 'b' -or -not (Office -eq 'a')"),
        ("MemberOfGroup -eq 'CN=Rooms,OU=x,DC=y'", "memberOfGroup -eq 'cn=rooms, ou=X, dc=Y'"),
        ("MemberOfGroup -eq 'CN=Rooms\\, A,DC=y'", "MemberOfGroup -eq 'CN=Rooms\\2C A,DC=y'"),
        (
            "Guid -eq '{5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10}'",
            "Guid -eq '5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10'",
        ),
        ("EmailAddresses -eq 'SMTP:a@contoso.com'", "EmailAddresses -eq 'a@contoso.com'"),
        ("EmailAddresses -eq 'smtp:SMTP:a'", "EmailAddresses -eq 'a'"),
        ("City -eq 'ÖREBRO'", "City -eq 'örebro'"),
    ];
    for (one, other) in cases {
        let (one, other) = (read(one), read(other));
        assert_eq!(one.canonical(), other.canonical());
        assert!(one.is_equivalent_to(&other) && other.is_equivalent_to(&one));
    }
}

#[test]
fn filters_that_differ() {
    let cases = [
        ("City -eq 'London'", "City -eq 'London '"),
        ("City -eq 'London'", "Office -eq 'London'"),
        ("City -eq 'London'", "City -ne 'London'"),
        ("City -eq $null", "City -eq '$null'"),
        ("CustomAttribute1 -eq '5'", "CustomAttribute1 -eq '05'"),
        ("Name -eq 'a' -and City -eq 'b'", "Name -eq 'a' -or City -eq 'b'"),
        (
            "Name -eq 'a' -and (City -eq 'b' -or Office -eq 'c')",
            "Name -eq 'a' -and City -eq 'b' -or Office -eq 'c'",
        ),
        ("Name -like 'a*'", "Name -eq 'a*'"),
        ("ResourceCapacity -lt 5", "-not (ResourceCapacity -ge 5)"),
        ("MemberOfGroup -eq 'CN=a+OU=b,DC=y'", "MemberOfGroup -eq 'CN=a\\+OU=b,DC=y'"),
        // E22: the group was made anew elsewhere.
        ("MemberOfGroup -eq 'CN=Rooms,DC=NAMPR19A005'", "MemberOfGroup -eq 'CN=Rooms,DC=NAMPR19A006'"),
        ("EmailAddresses -eq 'x500:/o=a'", "EmailAddresses -eq '/o=a'"),
    ];
    for (one, other) in cases {
        assert!(!read(one).is_equivalent_to(&read(other)), "{one} and {other}");
    }
}

#[test]
fn canonical_text() {
    let text = "-not (Name -like 'A*' -or -not (ResourceCapacity -ge 010)) -or (-not (WhenCreated -lt '2024') -and Shoe -eq $true)";
    insta::assert_snapshot!(read(text).canonical(), @"(Name -notlike 'a*' -and ResourceCapacity -ge '10') -or (-not (WhenCreated -lt '2024') -and shoe -eq 'true')");
}
