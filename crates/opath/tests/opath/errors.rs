/// The text, a caret under the place, the message and the hint.
fn explain(text: &str) -> String {
    let Err(error) = opath::parse(text) else { panic!("{text} parses") };
    assert_eq!(error.to_string(), error.message());
    let span = error.span();
    let before = text[..span.start].chars().count();
    let width = text[span].chars().count().max(1);
    let hint = error.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{text}\n{}{} {error}{hint}\n", " ".repeat(before), "^".repeat(width))
}

const TEXTS: &[&str] = &[
    "",
    "{ }",
    "City",
    "City -eq",
    "City -eq 'London' -and",
    "City = 'London'",
    "City == 'London'",
    "City != 'London'",
    "ResourceCapacity >= 5",
    "City -eq 'a' && Office -eq 'b'",
    "City -eq 'a' || Office -eq 'b'",
    "City -eq 'a' and Office -eq 'b'",
    "City eq 'London'",
    "City is 'London'",
    "-not City -eq 'London'",
    "!(City -eq 'London')",
    "not (City -eq 'London')",
    "City -eq London",
    "City -eq 'London",
    "City -eq 'O'Hare'",
    "City -eq ‘London’",
    "City –eq 'London'",
    "City -eq $city",
    "IsDirSynced -eq true",
    "City -contains 'London'",
    "City -ceq 'London'",
    "City -lik 'L*'",
    "City -in 'a','b'",
    "City -eq 'a','b'",
    "City -eq 'a' Office -eq 'b'",
    "City -eq 'a' -eq 'b'",
    "'London' -eq City",
    "-eq 'London'",
    "-and City -eq 'a'",
    "City -eq 'a' -or -and Office -eq 'b'",
    "(City -eq 'a'",
    "City -eq 'a')",
    "City -eq 'a' -and ()",
    "(City -eq 'a' -and )",
    "(&(objectClass=user)(l=London))",
    "-RecipientFilter \"City -eq 'a'\"",
    "MaxSendSize -gt 300MB",
    "ResourceCapacity -gt 99999999999999999999",
    "Custom Attribute1 -eq 'a'",
    "City -like $null",
    "City -like 'a' -and City -like L*",
    "{City -eq 'a'} -and {Office -eq 'b'}",
    "\"City -eq 'Zürich' and Office -eq 'b'\"",
    "IsDirSynced $true",
    "City - eq 'a'",
    "City -eq New York and Office -eq 'b'",
    "EmailAddresses -eq rooms@contoso.com",
    "rooms@contoso.com -eq 'x'",
    "City London",
];

#[test]
#[allow(clippy::too_many_lines, reason = "the lines are a snapshot")]
fn malformed_filters_are_answered_with_place_and_cure() {
    let all: Vec<String> = TEXTS.iter().map(|text| explain(text)).collect();
    insta::assert_snapshot!(all.concat(), @r#"

^ the filter is empty; write a condition, for instance `RecipientTypeDetails -eq 'RoomMailbox'`
{ }
  ^ the filter is empty; write a condition, for instance `RecipientTypeDetails -eq 'RoomMailbox'`
City
    ^ the filter ends after `City`, where an operator is missing; for instance `City -eq 'text'`
City -eq
        ^ the filter ends after `-eq`, where a value is missing; for instance `City -eq 'text'`
City -eq 'London' -and
                      ^ the filter ends after `-and`, where a condition is missing
City = 'London'
     ^ `=` is not an operator; write `-eq`
City == 'London'
     ^^ `==` is not an operator; write `-eq`
City != 'London'
     ^^ `!=` is not an operator; write `-ne`
ResourceCapacity >= 5
                 ^^ `>=` is not an operator; write `-ge`
City -eq 'a' && Office -eq 'b'
             ^^ `&&` is not an operator; write `-and`
City -eq 'a' || Office -eq 'b'
             ^^ `||` is not an operator; write `-or`
City -eq 'a' and Office -eq 'b'
             ^^^ `and` lacks its hyphen; write `-and`
City eq 'London'
     ^^ `eq` lacks its hyphen; write `-eq`
City is 'London'
     ^^ `is` is not an operator; write `-eq`
-not City -eq 'London'
^^^^ `-not` needs parentheses after it; write `-not (City -eq 'London')`
!(City -eq 'London')
^ `!` is not an operator; write `-not`
not (City -eq 'London')
^^^ `not` lacks its hyphen; write `-not`
City -eq London
         ^^^^^^ expected a value after `-eq`, found `London`; put text in quotation marks: 'London'
City -eq 'London
         ^^^^^^^ the text that begins here has no closing quotation mark; close it with '; inside text, that mark is written twice
City -eq 'O'Hare'
            ^^^^ the text ends before this; write a quotation mark inside text twice: 'O''Hare'
City -eq ‘London’
         ^ `‘` is not a quotation mark that filters know; write straight quotation marks: 'text'
City –eq 'London'
     ^ `–` is not the hyphen of an operator; write `-`
City -eq $city
         ^^^^^ `$city` is a variable of PowerShell, which a filter does not have; put its value there, in quotation marks; `$true`, `$false` and `$null` are all there is
IsDirSynced -eq true
                ^^^^ expected a value after `-eq`, found `true`; write `$true`
City -contains 'London'
     ^^^^^^^^^ `-contains` is not an operator of filters; write `-eq`, which looks at every value of a property, or `-like 'text*'` for part of one
City -ceq 'London'
     ^^^^ `-ceq` is not an operator of filters; filters never regard case; write `-eq`
City -lik 'L*'
     ^^^^ `-lik` is not an operator of filters; did you mean `-like`?
City -in 'a','b'
     ^^^ `-in` is not an operator of filters; write one `-eq` for each value and join them with `-or`
City -eq 'a','b'
            ^ a filter has no lists; write one comparison for each value and join them with `-or`
City -eq 'a' Office -eq 'b'
             ^^^^^^ expected `-and`, `-or` or the end, found `Office`; join conditions with `-and` or `-or`
City -eq 'a' -eq 'b'
             ^^^ expected `-and`, `-or` or the end, found `-eq`; one comparison has one operator; join several with `-and`
'London' -eq City
^^^^^^^^ a condition begins with a property, not with the text 'London'; write the property first: `City -eq 'London'`
-eq 'London'
^^^ the property before `-eq` is missing
-and City -eq 'a'
^^^^ a condition is missing before `-and`
City -eq 'a' -or -and Office -eq 'b'
                 ^^^^ a condition is missing before `-and`
(City -eq 'a'
^ this parenthesis is never closed; add the missing `)`
City -eq 'a')
            ^ `)` closes a parenthesis that was never opened; take it out, or open one before
City -eq 'a' -and ()
                  ^^ there is nothing between these parentheses
(City -eq 'a' -and )
                   ^ a condition is missing before `)`
(&(objectClass=user)(l=London))
 ^ this looks like an LDAP filter; write it as OPATH, for instance `(City -eq 'London') -and (Company -eq 'Contoso')`
-RecipientFilter "City -eq 'a'"
^^^^^^^^^^^^^^^^ `-RecipientFilter` is not an operator of filters; leave the parameter's name out and give the filter alone
MaxSendSize -gt 300MB
                ^^^^^ `300MB` is neither a whole number nor quoted text; put it in quotation marks: '300MB'
ResourceCapacity -gt 99999999999999999999
                     ^^^^^^^^^^^^^^^^^^^^ `99999999999999999999` is too large a number; put it in quotation marks: '99999999999999999999'
Custom Attribute1 -eq 'a'
^^^^^^^^^^^^^^^^^ a property has no spaces; write `CustomAttribute1`
City -like $null
           ^^^^^ `-like` needs a text, not `$null`; write `City -eq $null`
City -like 'a' -and City -like L*
                               ^^ expected a value after `-like`, found `L*`; put text in quotation marks: 'L*'
{City -eq 'a'} -and {Office -eq 'b'}
             ^ `}` does not belong here; braces only go around a whole filter; group with parentheses
"City -eq 'Zürich' and Office -eq 'b'"
                   ^^^ `and` lacks its hyphen; write `-and`
IsDirSynced $true
            ^^^^^ expected an operator after `IsDirSynced`, found `$true`; for instance `IsDirSynced -eq $true`
City - eq 'a'
     ^ a hyphen stands alone; write it directly before its operator: `-eq`
City -eq New York and Office -eq 'b'
         ^^^ expected a value after `-eq`, found `New`; put text in quotation marks: 'New York'
EmailAddresses -eq rooms@contoso.com
                   ^^^^^^^^^^^^^^^^^ expected a value after `-eq`, found `rooms@contoso.com`; put text in quotation marks: 'rooms@contoso.com'
rooms@contoso.com -eq 'x'
^^^^^^^^^^^^^^^^^ `rooms@contoso.com` is not a property; write the property first: `City -eq 'London'`
City London
     ^^^^^^ expected an operator after `City`, found `London`; for instance `City -eq 'text'`
"#);
}

#[test]
fn what_cannot_be_seen_is_named() {
    let error = opath::parse("City -eq\u{200b} 'London'").unwrap_err();
    assert_eq!(error.message(), "there is an invisible character here, U+200B");
    assert_eq!((error.span(), error.hint()), (8..11, Some("delete it")));
}
