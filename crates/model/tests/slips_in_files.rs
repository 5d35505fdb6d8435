//! Slips in files: those beside the manifest, several that do not fit together, and what is not a manifest at all.

mod common;

use std::fmt::Write;

use anteroom_model::manifest::load;
use common::{Memory, example, lines, one};

/// A header that is right.
const HEAD: &str = "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\n";

fn online(rest: &str) -> String {
    lines(&one(&format!("{HEAD}{rest}")))
}

#[test]
fn lists_beside_the_manifest() {
    let text = format!(
        "{HEAD}roomLists:\n  london:\n    primarySmtpAddress: a@contoso.com\n    membersFrom:\n      - {{ csv: gone.csv, column: Room }}\n      \
         - {{ csv: rooms.csv, column: ResourceAcounts }}\n      - {{ csv: rooms.csv, column: ResourceAccounts }}\n      - {{ csv: rooms.csv }}\n      \
         - {{ file: rooms.txt }}\n      - {{ file: utf16.txt }}\n"
    );
    let files = Memory::default()
        .with("folder/m.yaml", text)
        .with("folder/rooms.csv", "\u{feff}#TYPE System.Object\r\nName;ResourceAccounts\r\nOne;r1@contoso.com\r\nTwo;\r\n\"Three; four\";Room 3\r\n;\r\n")
        .with("folder/rooms.txt", "# rooms\n\n  r1@contoso.com  # twice\nr9@contoso.com\nnobody\n")
        .with("folder/utf16.txt", b"\xff\xfer\0");
    insta::assert_snapshot!(lines(&load(&["folder/m.yaml".into()], &files)), @r#"
    folder/m.yaml:8:16 file-unreadable: cannot read folder/gone.csv: there is no such file (check the path; paths in a manifest are relative to the file they stand in)
    folder/m.yaml:9:35 csv-column-missing: folder/rooms.csv has no column `ResourceAcounts` (did you mean `ResourceAccounts`? Its columns are `Name` and `ResourceAccounts`)
    folder/m.yaml:11:16 csv-column-missing: `column` is needed: folder/rooms.csv has 2 columns (add `column:` with one of `Name` and `ResourceAccounts`)
    folder/rooms.csv:4:1 csv-empty-address: line 4 of folder/rooms.csv has no address (fill in the address, or remove the row)
    folder/rooms.csv:5:15 address-without-at: `ResourceAccounts` must be an address, found `Room 3` (write the primary address: names are not unique in Exchange)
    folder/rooms.txt:3:3 duplicate-element: `r1@contoso.com` stands twice (remove one of the two)
      folder/rooms.csv:3:5 it stands here first
    folder/rooms.txt:5:1 address-without-at: a line of this list must be an address, found `nobody` (write the primary address: names are not unique in Exchange)
    folder/utf16.txt:1:1 not-utf-8: folder/utf16.txt is not UTF-8 (it is UTF-16, as `>` and `Out-File` of Windows PowerShell write it; save it as UTF-8)
    "#);
}

#[test]
fn several_files_that_disagree() {
    let files = Memory::default()
        .with("f/a.yaml", format!("{HEAD}roomLists:\n  london: {{ primarySmtpAddress: a@contoso.com }}\n"))
        .with("f/b.yml", "version: 1\ntarget: exchangeServer\nroomLists:\n  london: { primarySmtpAddress: b@contoso.com }\n")
        .with("f/c.txt", "not a manifest");
    insta::assert_snapshot!(lines(&load(&["f".into(), "f/a.yaml".into(), "g.yaml".into()], &files)), @r#"
    f/b.yml:2:9 conflicting-header: `target` is stated twice, with two values (state it once, or the same in all files)
      f/a.yaml:2:9 the other value
    f/b.yml:4:3 duplicate-key: the key `london` stands twice (remove or rename one of the two)
      f/a.yaml:5:3 it stands here first
    file-unreadable: cannot read g.yaml: there is no such file (check the path)
    "#);
}

#[test]
fn thousands_of_the_same_are_told_once() {
    let rows: Vec<String> = (0..5000).map(|n| format!("Room {n}")).collect();
    let rows = rows.join("\n");
    let mut files = example();
    files.0.insert("folder/rooms.csv".into(), format!("ResourceAccounts\n{rows}").into_bytes());
    let loaded = load(&["folder".into()], &files);
    assert_eq!(loaded.diagnostics.len(), 51);
    let rest = loaded.diagnostics.last().expect("one");
    assert_eq!(rest.summary, "4950 more of the same in folder/rooms.csv");
}

#[test]
fn a_file_that_cannot_be_read_raises_no_other_findings() {
    let files = Memory::default()
        .with("f/a.yaml", "roomLists: [\n")
        .with("f/b.yaml", "managementScopes:\n  s: { name: S, memberOf: [london] }\n");
    insta::assert_snapshot!(lines(&load(&["f".into()], &files)), @r#"f/a.yaml:1:12 yaml-syntax: unclosed bracket '[' (check indentation, quotes and brackets at and just before this place)"#);
}

#[test]
fn an_anchor_is_a_template_and_a_bomb_is_not() {
    let text = "serviceAccounts:\n  a: &svc { userPrincipalName: a@contoso.com, usageLocation: GB, licenses: [E1] }\n  \
                b: { <<: *svc, userPrincipalName: b@contoso.com }\n";
    assert_eq!(online(text), "");
    let manifest = one(&format!("{HEAD}{text}")).manifest.expect("no errors");
    let b = manifest
        .resources
        .get(&anteroom_model::address::Address::from("serviceAccounts.b"))
        .expect("the second");
    assert_eq!((b.text("userPrincipalName"), b.text("usageLocation")), (Some("b@contoso.com"), Some("GB")));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{below}]").expect("text");
    }
    insta::assert_snapshot!(lines(&one(&bomb)), @r#"m.yaml:5:45 yaml-too-deep: too many values, or too deep, once aliases are expanded (write it without nesting aliases inside each other)"#);
}

#[test]
fn a_hundred_thousand_brackets_are_a_finding_and_no_overflow() {
    let found = lines(&one(&"[".repeat(100_000)));
    assert!(found.contains("yaml-syntax"), "{found}");
    assert!(lines(&one(&"- ".repeat(100_000))).contains("yaml-"));
}

#[test]
fn a_quote_that_is_not_closed_in_a_list() {
    let mut files = example();
    files.0.insert(
        "folder/rooms.csv".into(),
        b"Name,ResourceAccounts\none,r1@contoso.com\n\"two,r2@contoso.com\nthree,r3@contoso.com\n".to_vec(),
    );
    insta::assert_snapshot!(lines(&load(&["folder".into()], &files)), @r#"folder/rooms.csv:3:1 csv-invalid: the quote before `two,r2@contoso.com` is not closed on its line (close the quote, and double quotes inside a quoted field)"#);
}

#[test]
fn a_folder_without_a_manifest() {
    let files = Memory::default().with("f/readme.md", "");
    insta::assert_snapshot!(lines(&load(&["f".into()], &files)), @r#"no-files: f holds no manifest (a manifest is a file that ends in .yaml or .yml)"#);
}
