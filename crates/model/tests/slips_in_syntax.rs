//! YAML that is none, and what is said of it in plain words.

mod common;

use anteroom_model::manifest::load;
use common::{Memory, lines, one};

fn told(rest: &str) -> String {
    lines(&one(&format!("version: 1\nroomLists:\n{rest}")))
}

#[test]
fn a_filter_in_the_wrong_quotes() {
    insta::assert_snapshot!(told("  london:\n    name: 'City -eq 'London''\n"), @"m.yaml:4:11 yaml-syntax: text goes on behind the quote that closes it (put the whole value in double quotes, or write each single quote inside it twice)");
}

#[test]
fn double_quotes_inside_double_quotes() {
    insta::assert_snapshot!(told("  london:\n    name: \"City -eq \"London\"\"\n"), @"m.yaml:4:11 yaml-syntax: text goes on behind the quote that closes it (write single quotes inside it, or put the whole value in single quotes)");
}

#[test]
fn text_that_begins_with_a_sign() {
    insta::assert_snapshot!(told("  london:\n    name: @rooms\n"), @"m.yaml:4:11 yaml-syntax: text cannot begin with `@` here (put it in quotes: '@rooms')");
}

#[test]
fn a_wildcard_without_quotes() {
    insta::assert_snapshot!(told("  london:\n    name: *London\n"), @"m.yaml:4:11 yaml-syntax: there is no anchor `&London` that this could stand for (if it is text, put it in quotes: '*London')");
}

#[test]
fn a_line_between_two_levels() {
    insta::assert_snapshot!(told("  london:\n    name: London\n   alias: c\n"), @"m.yaml:5:1 yaml-syntax: this line is indented by 3 spaces, and no line above it is (indent it like the line that it belongs beside: by 2 or 4 spaces)");
}

#[test]
fn a_line_that_is_too_deep() {
    insta::assert_snapshot!(told("  london:\n    name: London\n      alias: c\n"), @"m.yaml:5:1 yaml-syntax: this line is indented deeper than `name` above, which has a value already (indent both alike: by 4 spaces, not 6)");
}

#[test]
fn a_colon_without_a_space() {
    insta::assert_snapshot!(told("  london:\n    name:London\n    alias: c\n"), @"m.yaml:4:9 yaml-syntax: a colon without a space behind it (write `name: London`)");
}

#[test]
fn a_colon_without_a_space_at_the_end() {
    insta::assert_snapshot!(told("  london:\n    alias: c\n    name:London\n"), @"m.yaml:5:9 yaml-syntax: a colon without a space behind it (write `name: London`)");
}

#[test]
fn a_key_without_a_colon() {
    insta::assert_snapshot!(told("  london\n    name: London\n"), @"m.yaml:3:3 yaml-syntax: there is no colon behind `london` (write `london:`)");
}

#[test]
fn a_word_alone() {
    insta::assert_snapshot!(told("  london:\n    name: London\n    junk\n    alias: d\n"), @"m.yaml:5:5 yaml-syntax: there is no colon behind `junk` (write `junk: …`, or remove the line)");
}

#[test]
fn a_list_on_the_line_of_its_key() {
    insta::assert_snapshot!(told("  london:\n    members: - a\n"), @"m.yaml:4:14 yaml-syntax: a list begins on the line of its key (begin it on the next line, or write it as `[a, b]`)");
}

#[test]
fn an_open_bracket() {
    insta::assert_snapshot!(told("  london:\n    members: [a, b\n    name: c\n"), @"m.yaml:4:14 yaml-syntax: this `[` is never closed (add the missing `]`)");
}

#[test]
fn an_open_brace() {
    insta::assert_snapshot!(told("  london: { name: a\n  paris: { name: b }\n"), @"m.yaml:3:11 yaml-syntax: this `{` is never closed (add the missing `}`)");
}

#[test]
fn an_open_quote() {
    insta::assert_snapshot!(told("  london:\n    name: 'London\n    alias: c\n"), @"m.yaml:4:11 yaml-syntax: this quotation mark is never closed (write ' at the end of the value, too)");
}

#[test]
fn an_open_quote_at_the_end() {
    insta::assert_snapshot!(told("  london:\n    name: \"London\n"), @r#"m.yaml:4:11 yaml-syntax: this quotation mark is never closed (write " at the end of the value, too)"#);
}

#[test]
fn a_backslash() {
    insta::assert_snapshot!(told("  london:\n    name: \"a\\d\"\n"), @"m.yaml:4:11 yaml-syntax: a backslash in double quotes begins an escape (put the value in single quotes, or write the backslash twice)");
}

#[test]
fn a_second_colon() {
    insta::assert_snapshot!(told("  london:\n    name: London: main\n"), @r#"m.yaml:4:11 yaml-syntax: the value of `name` holds a colon with a space behind it (put it in quotes: "London: main")"#);
}

#[test]
fn sixteen_bits_a_letter() {
    let files = Memory::default().with("m.yaml", b"v\0e\0r\0s\0".as_slice());
    insta::assert_snapshot!(lines(&load(&["m.yaml".into()], &files)), @"m.yaml:1:1 not-utf-8: m.yaml is not UTF-8 (it is UTF-16, as `>` and `Out-File` of Windows PowerShell write it; save it as UTF-8)");
}

#[test]
fn what_may_have_been_a_section_is_not_called_missing() {
    let text = "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\nroomlist:\n  a: {}\n";
    insta::assert_snapshot!(lines(&one(text)), @"m.yaml:4:1 unknown-key: unknown key `roomlist` (did you mean `roomLists`?)");
}

#[test]
fn fields_beside_the_key_that_they_belong_to() {
    insta::assert_snapshot!(told("  london:\n  name: London\n  primarySmtpAddress: a@contoso.com\n"), @"
    m.yaml:1:1 missing-field: the manifest has no `target` (add `target: exchangeOnline` or `target: exchangeServer`)
    m.yaml:1:1 missing-field: the manifest has no `tenant` (add `tenant:` with the initial domain, such as `contoso.onmicrosoft.com`)
    m.yaml:3:3 empty-value: `london` has no fields (state at least what identifies a room list: `primarySmtpAddress`)
    m.yaml:4:3 wrong-type: `name` stands where the key of a room list is expected (it is a field: indent it deeper than the key that it belongs to)
    m.yaml:5:3 wrong-type: `primarySmtpAddress` stands where the key of a room list is expected (it is a field: indent it deeper than the key that it belongs to)
    ");
}

#[test]
fn values_in_another_shape() {
    let loaded = one(
        "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\npolicy: { reach: [RoomMailbox] }\norganization: enabled\napplications:\n  a: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, permissions: [User.Read] }\nroleAssignments:\n  r: { role: Application Calendars.Read, app: a, allowUnscoped: yes }\nroomLists:\n  b: { primarySmtpAddress: 'b@contoso,com', members: ['a@contoso.com;b@contoso.com', a @contoso.com, { mail: x }] }\n",
    );
    insta::assert_snapshot!(lines(&loaded), @"
    m.yaml:4:18 wrong-type: `reach` must be a mapping, found a list (write it as `reach: { allow: […] }`)
    m.yaml:5:15 wrong-type: `organization` must be a mapping, found the text `enabled` (write it as `organization: { customization: enabled }`)
    m.yaml:7:67 wrong-type: an element of `permissions` must be a mapping, found the text `User.Read` (name the API that it belongs to: `- { resource: Microsoft Graph, delegated: [User.Read] }`, or `application:`)
    m.yaml:9:65 wrong-type: `allowUnscoped` must be true or false, found the text `yes` (write `true`)
    m.yaml:11:28 address-invalid: `primarySmtpAddress`: `b@contoso,com` is not an address (write a dot in place of the comma or semicolon)
    m.yaml:11:55 address-invalid: an element of `members`: `a@contoso.com;b@contoso.com` is not an address (write one address an element)
    m.yaml:11:86 address-invalid: an element of `members`: `a @contoso.com` is not an address (remove the space inside it)
    m.yaml:11:102 wrong-type: an element of `members` must be an address, found a mapping (write the address alone)
    ");
}

#[test]
fn words_from_elsewhere_and_a_password() {
    let loaded = one(
        "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\nserviceAccounts:\n  svc: { upn: a@contoso.com, password: hunter2 }\nroomLists:\n  a: { email: a@contoso.com, owners: [svc], membersFrom: rooms.csv }\n  b: { primarySmtpAddress: b@contoso.com, membersFrom: [rooms.txt, { file: nope.txt }] }\n",
    );
    assert!(!lines(&loaded).contains("hunter2"));
    insta::assert_snapshot!(lines(&loaded), @"
    m.yaml:5:10 unknown-key: unknown key `upn` in `svc` (did you mean `userPrincipalName`?)
    m.yaml:5:40 wrong-type: `password` must be a mapping, found a value (a manifest holds no password: one is made with the account, and `password: { deliverTo: { file: … } }` says where it goes)
    m.yaml:7:8 unknown-key: unknown key `email` in `a` (did you mean `primarySmtpAddress`?)
    m.yaml:7:30 unknown-key: unknown key `owners` in `a` (did you mean `managedBy`?)
    m.yaml:7:58 wrong-type: `membersFrom` must be a list, found the text `rooms.csv` (write it as `- { csv: rooms.csv, column: … }`)
    m.yaml:8:57 wrong-type: an element of `membersFrom` must be a mapping, found the text `rooms.txt` (write it as `- { file: rooms.txt }`)
    m.yaml:8:76 file-unreadable: cannot read nope.txt: there is no such file (check the path; paths in a manifest are relative to the file they stand in)
    ");
}
