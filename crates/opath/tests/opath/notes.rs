use crate::read;

fn notes(text: &str) -> Vec<String> {
    let describe = |note: opath::Note| {
        let hint = note.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{} [{}] {note}{hint}", note.id(), &text[note.span()])
    };
    read(text).notes().into_iter().map(describe).collect()
}

#[test]
fn remarks() {
    let texts = [
        "RecipentTypeDetails -eq 'RoomMailbox'",
        "extensionAttribute4 -eq 'a' -or Colour -eq 'b'",
        "MemberOfGroup -eq 'rooms@contoso.com' -or ManagedBy -eq 'Rooms'",
        "Name -like '*room' -and Alias -eq 'room*'",
        "RecipientTypeDetails -eq 'RoomMailbx' -or ResourceType -eq 'Chair' -or IsDirSynced -eq 'yes'",
        "Office -eq '$null'",
        "Name -eq 'a' -or (City -eq 'b' -and Office -eq 'c' -or Alias -eq 'd')",
        "Name -eq 'a' -and City -eq 'b' -or Office -eq 'c'",
        "Name -eq 'a' -or City -eq 'b' -and Office -eq 'c'",
        "City -eq 'a' -and City -eq 'b'",
        "\"City -eq $null -or City -ne $null\"",
    ];
    let all: Vec<String> = texts.iter().flat_map(|text| notes(text)).collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
unknown-property [RecipentTypeDetails] `RecipentTypeDetails` is not a documented filterable property (did you mean `RecipientTypeDetails`?)
unknown-property [extensionAttribute4] `extensionAttribute4` is not a documented filterable property (did you mean `CustomAttribute4`?)
unknown-property [Colour] `Colour` is not a documented filterable property
address-instead-of-distinguished-name ['rooms@contoso.com'] MemberOfGroup wants a distinguished name; with an address it matches nothing (write the object's DistinguishedName, for instance 'CN=Rooms,OU=Groups,DC=contoso,DC=com')
address-instead-of-distinguished-name ['Rooms'] ManagedBy wants a distinguished name; with a name it matches nothing (write the object's DistinguishedName, for instance 'CN=Rooms,OU=Groups,DC=contoso,DC=com')
leading-wildcard ['*room'] a pattern that begins with `*` is refused or slow in Exchange Online (use `*` only at the end)
wildcard-without-like ['room*'] `-eq` takes `*` as a letter (write `-like` to match a pattern)
unknown-value ['RoomMailbx'] 'RoomMailbx' is not a documented value of RecipientTypeDetails (did you mean 'RoomMailbox'?)
unknown-value ['Chair'] 'Chair' is not a documented value of ResourceType (the values are Room, Equipment, Workspace, Desk)
unknown-value ['yes'] 'yes' is not a documented value of IsDirSynced (the values are $true, $false)
quoted-system-value ['$null'] in quotation marks, `$null` is text (write `Office -eq $null`)
mixed-operators [(City -eq 'b' -and Office -eq 'c' -or Alias -eq 'd')] `-and` binds before `-or` in a filter, unlike in PowerShell (put parentheses around the conditions that belong together)
mixed-operators [Name -eq 'a' -and City -eq 'b' -or Office -eq 'c'] `-and` binds before `-or` in a filter, unlike in PowerShell (put parentheses around the conditions that belong together)
mixed-operators [Name -eq 'a' -or City -eq 'b' -and Office -eq 'c'] `-and` binds before `-or` in a filter, unlike in PowerShell (put parentheses around the conditions that belong together)
matches-nothing [City -eq 'a' -and City -eq 'b'] no recipient can match this filter
matches-everything [City -eq $null -or City -ne $null] every recipient matches this filter
"#);
}

#[test]
fn nothing_to_remark() {
    let texts = [
        "RecipientTypeDetails -eq 'roommailbox' -and City -eq 'London'",
        "MemberOfGroup -eq 'CN=Rooms,OU=Groups,DC=contoso,DC=com'",
        "OWAMailboxPolicy -eq 'Default' -and ObjectCategory -eq 'person'",
        "ArbitrationMailbox -ne $null -and Manager -eq $null",
        "Name -like 'a*' -and Name -like '*' -and IsDirSynced -eq 'true'",
        "RecipientTypeDetails -eq '16' -or RecipientTypeDetails -like 'Room*'",
        "CustomAttribute16 -eq $null -or Name -eq 'a'",
    ];
    for text in &texts[..6] {
        assert_eq!(notes(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(
        notes(texts[6]),
        ["unknown-property [CustomAttribute16] `CustomAttribute16` is not a documented filterable property"]
    );
}

fn verdict(text: &str) -> Option<&'static str> {
    let mut ids = read(text).notes().into_iter().map(|note| note.id());
    ids.find(|id| ["matches-nothing", "matches-everything"].contains(id))
}

#[test]
fn filters_that_nobody_can_match() {
    let many =
        (0..30).map(|number| format!("CustomAttribute1 -ne '{number}'")).collect::<Vec<_>>().join(" -and ");
    let texts = [
        "City -eq 'a' -and City -eq 'b'",
        "City -eq 'a' -and City -ne 'A'",
        "City -eq 'a' -and City -eq $null",
        "RecipientTypeDetails -eq 'RoomMailbox' -and RecipientTypeDetails -eq 'UserMailbox'",
        "City -eq 'a' -and City -notlike 'A*'",
        "City -eq 'a' -and City -like 'b*'",
        "City -eq $null -and City -like '*'",
        "City -like 'a*' -and City -eq $null",
        "ResourceCapacity -lt $null",
        "City -eq ''",
        "City -eq 'a' -and (City -eq 'b' -or (Office -eq 'c' -and Office -ne 'c'))",
        "MemberOfGroup -eq 'CN=a' -and -not (MemberOfGroup -eq 'cn=A')",
        "CustomAttribute1 -eq '5' -and CustomAttribute1 -gt 7",
        &format!("{many} -and CustomAttribute1 -eq '3'"),
        &format!("{many} -and City -eq 'a' -and City -eq 'b'"),
        &format!("({many}) -and (City -lt $null)"),
    ];
    for text in texts {
        assert_eq!(verdict(text), Some("matches-nothing"), "{text}");
        assert_eq!(verdict(&format!("-not ({text})")), Some("matches-everything"), "not {text}");
    }
}

#[test]
fn filters_that_somebody_can_match() {
    let texts = [
        "MemberOfGroup -eq 'CN=a' -and MemberOfGroup -eq 'CN=b'",
        "EmailAddresses -eq 'a@x' -and EmailAddresses -eq 'b@x'",
        // Secondary addresses count too.
        "PrimarySmtpAddress -eq 'a@x' -and PrimarySmtpAddress -eq 'b@x'",
        "Colour -eq 'a' -and Colour -eq 'b'",
        "City -eq 'a' -or City -eq 'b'",
        "City -like 'a*' -and City -like '*b'",
        "EmailAddresses -eq 'smtp:a@x' -and EmailAddresses -like 'a*'",
        // An address with its prefix is equal, and comes after `s`.
        "EmailAddresses -eq 'a@x' -and -not (EmailAddresses -lt 's')",
        "ResourceCapacity -gt 5 -and ResourceCapacity -lt 7",
        // Two spellings of one value.
        "UsageLocation -eq 'US' -and UsageLocation -eq 'UnitedStates'",
        "RecipientTypeDetails -eq 'RoomMailbox' -and RecipientTypeDetails -eq '16'",
        "RecipientTypeDetails -eq '16' -and RecipientTypeDetails -like 'Room*'",
        "MaxSendSize -eq '1KB' -and MaxSendSize -eq '1024'",
        "OWAMailboxPolicy -eq 'Default' -and OWAMailboxPolicy -eq 'CN=Default,DC=x'",
        "City -ne 'a' -and City -ne $null",
    ];
    for text in texts {
        assert_eq!(verdict(text), None, "{text}");
    }
}
