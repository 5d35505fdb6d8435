use opath::Recipient;

use crate::{Person, read};

fn room() -> Person {
    Person::with(&[
        ("RecipientTypeDetails", "RoomMailbox"),
        ("Name", "Board Room (1)"),
        ("City", "London"),
        ("ResourceCapacity", "12"),
        ("CustomAttribute1", "012332"),
        ("CustomAttribute2", "v9"),
        ("HiddenFromAddressListsEnabled", "False"),
        ("PrimarySmtpAddress", "boardroom@contoso.com"),
        ("EmailAddresses", "SMTP:boardroom@contoso.com"),
        ("EmailAddresses", "smtp:board.room@contoso.com"),
        ("EmailAddresses", "old.room@contoso.com"),
        ("EmailAddresses", "x500:/o=Contoso/cn=board"),
        ("EmailAddresses", "SIP:sip-room@contoso.com"),
        ("MemberOfGroup", "CN=Rooms\\, London,OU=Groups,DC=contoso,DC=com"),
        ("MemberOfGroup", "CN=All,OU=Groups,DC=contoso,DC=com"),
        ("Guid", "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"),
        ("Office", ""),
        ("Colour", "Red"),
    ])
}

#[test]
fn filters_that_match() {
    let filters = [
        "RecipientTypeDetails -eq 'roommailbox'",
        "city -eq 'LONDON' -and Name -eq 'Board Room (1)'",
        "City -ne 'Paris'",
        "Company -ne 'Contoso'",
        "Company -eq $null -and City -ne $null",
        "Office -eq $null",
        "Company -notlike '*'",
        "City -like '*' -and City -like 'lon*' -and City -like '*DON' -and City -like 'l*n*n' -and City -like 'London'",
        "Name -like '* (1)'",
        "ResourceCapacity -eq '012'",
        "ResourceCapacity -gt 9 -and ResourceCapacity -lt 100 -and ResourceCapacity -ge 12 -and ResourceCapacity -le '12'",
        "CustomAttribute1 -ge 12332 -and CustomAttribute1 -le 12332",
        // Not both numbers: as text, where `v10` comes before `v9`.
        "CustomAttribute2 -gt 'v10'",
        "HiddenFromAddressListsEnabled -eq $false -and HiddenFromAddressListsEnabled -ne $true",
        "PrimarySmtpAddress -eq 'BoardRoom@contoso.com'",
        "PrimarySmtpAddress -eq 'board.room@contoso.com'",
        "PrimarySmtpAddress -eq 'old.room@contoso.com'",
        "PrimarySmtpAddress -like 'old.*'",
        "EmailAddresses -eq 'board.room@contoso.com'",
        "EmailAddresses -eq 'smtp:board.room@contoso.com'",
        "EmailAddresses -eq 'smtp:old.room@contoso.com'",
        "EmailAddresses -like 'smtp:old*' -and EmailAddresses -like 'old*' -and EmailAddresses -like 'SMTP:board*'",
        "EmailAddresses -like 'x500:/o=*'",
        "MemberOfGroup -eq 'cn=rooms\\2c london, ou=groups, dc=contoso, dc=com'",
        "MemberOfGroup -eq 'CN=All,OU=Groups,DC=contoso,DC=com'",
        "MemberOfGroup -like 'CN=All*'",
        "MemberOfGroup -ne 'CN=None,DC=contoso,DC=com'",
        "Guid -eq '{5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10}'",
        "colour -eq 'red'",
        "-not (City -eq 'Paris') -and (City -eq 'Paris' -or City -eq 'London')",
        "City -eq 'Paris' -and City -eq 'Rome' -or City -eq 'London'",
    ];
    for text in filters {
        let filter = read(text);
        assert!(filter.matches(&room()), "{text}");
        assert!(filter.canonical().matches(&room()), "{text}");
    }
}

#[test]
fn filters_that_do_not() {
    let filters = [
        "City -eq 'Londo'",
        "City -like 'ondon'",
        "City -like 'lon'",
        "City -like '*lond'",
        "City -like 'london*n'",
        "City -eq 'lon*'",
        "Company -eq 'Contoso'",
        "Company -like '*'",
        "Office -like '*' -or Office -eq ''",
        "Company -lt 5 -or Company -ge 5 -or City -lt $null -or City -ge $null -or Company -le $null",
        "CustomAttribute1 -eq '12332'",
        "ResourceCapacity -lt 9",
        "PrimarySmtpAddress -eq 'sip-room@contoso.com'",
        "PrimarySmtpAddress -eq '/o=Contoso/cn=board'",
        "MemberOfGroup -eq 'Rooms, London'",
        // One of the values is equal, so it is not unequal.
        "MemberOfGroup -ne 'CN=All,OU=Groups,DC=contoso,DC=com'",
        "PrimarySmtpAddress -ne 'board.room@contoso.com'",
        "EmailAddresses -notlike 'x500:*'",
        "EmailAddresses -like 'smtp:x500*' -or EmailAddresses -like 'smtp:sip*'",
        "-not (City -eq 'London' -or City -eq 'Paris')",
        "City -eq 'Paris' -and (City -eq 'Rome' -or City -eq 'London')",
    ];
    for text in filters {
        let filter = read(text);
        assert!(!filter.matches(&room()), "{text}");
        assert!(!filter.canonical().matches(&room()), "{text}");
    }
}

#[test]
fn a_recipient_can_be_a_trait_object() {
    let room = room();
    let recipient: &dyn Recipient = &room;
    assert!(read("City -eq 'London'").matches(recipient));
    assert!(read("City -eq 'London'").canonical().matches(recipient));
}

#[test]
fn members_of_groups() {
    let names = ["CN=O'Hare,DC=contoso,DC=com", "CN=Rooms\\, London,OU=Groups,DC=contoso,DC=com"];
    let filter = read(&opath::member_of_group(&names));
    assert!(filter.matches(&room()));
    assert!(!read(&opath::member_of_group(&names[..1])).matches(&room()));
    assert_eq!(filter.comparisons().count(), 2);
    assert!(opath::parse(&opath::member_of_group(&[])).is_err());
}
