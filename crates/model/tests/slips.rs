//! What hurried people write, and what they are told.

mod common;

use common::{lines, one};

/// A header that is right.
const HEAD: &str = "version: 1\ntarget: exchangeOnline\ntenant: contoso.onmicrosoft.com\n";
const SERVER: &str = "version: 1\ntarget: exchangeServer\ntenant: contoso.com\n";

fn online(rest: &str) -> String {
    lines(&one(&format!("{HEAD}{rest}")))
}

fn server(rest: &str) -> String {
    lines(&one(&format!("{SERVER}{rest}")))
}

#[test]
fn nothing_at_all() {
    insta::assert_snapshot!(lines(&one("")), @"
    m.yaml:1:1 empty-manifest: the manifest has no resources (add a section such as `roomLists`)
    m.yaml:1:1 missing-field: the manifest has no `target` (add `target: exchangeOnline` or `target: exchangeServer`)
    m.yaml:1:1 missing-field: the manifest has no `tenant` (add `tenant:` with the initial domain, such as `contoso.onmicrosoft.com`)
    m.yaml:1:1 missing-field: the manifest has no `version` (add `version: 1`)
    ");
}

#[test]
fn a_tab() {
    insta::assert_snapshot!(lines(&one("version: 1\nroomLists:\n\tlondon:\n\t\tname: x\n")), @r#"m.yaml:3:1 tab-indentation: a tab in the indentation (indent with spaces: YAML forbids tabs there)"#);
}

#[test]
fn an_unclosed_quote() {
    insta::assert_snapshot!(online("roomLists:\n  london:\n    name: \"Rooms\n    primarySmtpAddress: a@contoso.com\n"), @r#"m.yaml:6:11 yaml-syntax: this quotation mark is never closed (write " at the end of the value, too)"#);
}

#[test]
fn a_list_of_words_in_place_of_a_manifest() {
    insta::assert_snapshot!(lines(&one("- version: 1\n")), @r#"m.yaml:1:1 wrong-type: a manifest must be a mapping, found a list (begin with `version: 1`)"#);
}

#[test]
fn a_header_of_guesses() {
    insta::assert_snapshot!(lines(&one("version: 2\ntarget: online\ntenant: contoso\nroomList: {}\n")), @"
    m.yaml:1:10 version-unsupported: version `2` is not known (write `version: 1`)
    m.yaml:2:9 target-unknown: `target` cannot be `online` (write `exchangeOnline` or `exchangeServer`)
    m.yaml:3:9 tenant-invalid: `contoso` is neither a domain nor a tenant id (write the whole domain, such as `contoso.onmicrosoft.com`)
    m.yaml:4:1 unknown-key: unknown key `roomList` (did you mean `roomLists`?)
    ");
}

#[test]
fn a_cloud_that_is_none_and_one_on_the_ground() {
    insta::assert_snapshot!(online("cloud: gcc-high\nroomLists:\n  london: { primarySmtpAddress: a@contoso.com, ensure: absent }\n"), @"m.yaml:4:8 cloud-unknown: `cloud` cannot be `gcc-high` (write `global` or `usGov` or `usGovDoD` or `china`)");
    insta::assert_snapshot!(online("cloud: usgov\nroomLists:\n  london: { primarySmtpAddress: a@contoso.com, ensure: absent }\n"), @"m.yaml:4:8 cloud-unknown: `cloud` cannot be `usgov` (did you mean `usGov`?)");
    insta::assert_snapshot!(server("cloud: usGov\nroomLists:\n  london: { primarySmtpAddress: a@contoso.com, ensure: absent }\n"), @"
    m.yaml:4:8 not-in-edition: `cloud` is a thing of Exchange Online only (remove it, or set the other `target`)
      m.yaml:2:9 the target is Exchange Server
    ");
}

#[test]
fn no_header() {
    insta::assert_snapshot!(lines(&one("roomLists:\n  london: { primarySmtpAddress: a@contoso.com }\n")), @r#"
    m.yaml:1:1 missing-field: the manifest has no `target` (add `target: exchangeOnline` or `target: exchangeServer`)
    m.yaml:1:1 missing-field: the manifest has no `tenant` (add `tenant:` with the initial domain, such as `contoso.onmicrosoft.com`)
    m.yaml:1:1 missing-field: the manifest has no `version` (add `version: 1`)
    "#);
}

#[test]
fn slips_of_the_finger() {
    insta::assert_snapshot!(online("roomLists:\n  london:\n    primarySMTPAddress: a@contoso.com\n    nmae: London\n    owner: me\n"), @"
    m.yaml:6:5 unknown-key: unknown key `primarySMTPAddress` in `london` (did you mean `primarySmtpAddress`?)
    m.yaml:7:5 unknown-key: unknown key `nmae` in `london` (did you mean `name`?)
    m.yaml:8:5 unknown-key: unknown key `owner` in `london` (did you mean `managedBy`?)
    ");
}

#[test]
fn a_key_twice() {
    insta::assert_snapshot!(online("roomLists:\n  london: { primarySmtpAddress: a@contoso.com }\n  london: { primarySmtpAddress: b@contoso.com }\nroomLists:\n  paris: { primarySmtpAddress: c@contoso.com, primarySmtpAddress: d@contoso.com }\n"), @r#"
    m.yaml:6:3 duplicate-key: the key `london` stands twice (remove or rename one of the two)
      m.yaml:5:3 it stands here first
    m.yaml:7:1 duplicate-key: the key `roomLists` stands twice (remove or rename one of the two)
      m.yaml:4:1 it stands here first
    m.yaml:8:47 duplicate-key: the key `primarySmtpAddress` stands twice (remove or rename one of the two)
      m.yaml:8:12 it stands here first
    "#);
}

#[test]
fn wrong_types_everywhere() {
    insta::assert_snapshot!(online("serviceAccounts:\n  svc:\n    userPrincipalName: 12\n    displayName: 2024\n    licenses: STANDARDPACK\n    password: { neverExpires: yes }\nroomLists:\n  london:\n    primarySmtpAddress: [a@contoso.com]\n    maxMembers: many\n    members: { a: b }\n"), @r#"
    m.yaml:5:3 password-not-delivered: `password.deliverTo` is not stated: if this account has to be made, its password would reach nobody (add `password: { deliverTo: { file: … } }`, unless the account exists)
    m.yaml:6:24 wrong-type: `userPrincipalName` must be an address, found the number 12
    m.yaml:7:18 wrong-type: `displayName` must be text, found the number 2024 (put it in quotes: "2024")
    m.yaml:8:15 wrong-type: `licenses` must be a list, found the text `STANDARDPACK` (write it as a list: [STANDARDPACK])
    m.yaml:9:31 wrong-type: `neverExpires` must be true or false, found the text `yes` (write `true`)
    m.yaml:12:25 wrong-type: `primarySmtpAddress` must be an address, found a list
    m.yaml:13:17 wrong-type: `maxMembers` must be a whole number, found the text `many`
    m.yaml:14:14 wrong-type: `members` must be a list, found a mapping (write `- ` in front of every element)
    "#);
}

#[test]
fn blank_values() {
    insta::assert_snapshot!(online("roomLists:\n  london:\n    primarySmtpAddress: a@contoso.com\n    members:\n    name:\n  paris:\n"), @r#"
    m.yaml:7:5 empty-value: `members` has no value (remove the line to leave it alone, or write `null` to clear it)
    m.yaml:8:5 empty-value: `name` has no value (write text behind it, or remove the line)
    m.yaml:9:3 empty-value: `paris` has no fields (state at least what identifies a room list: `primarySmtpAddress`)
    "#);
}

#[test]
fn a_section_that_is_a_list() {
    insta::assert_snapshot!(online("roomLists:\n  - name: London\n"), @"m.yaml:5:3 wrong-type: `roomLists` must be a mapping, found a list (give every room list a key: `roomLists: { london: { … } }`)");
}

#[test]
fn keys_that_are_addresses() {
    insta::assert_snapshot!(online("roomLists:\n  rooms@contoso.com: { primarySmtpAddress: rooms@contoso.com }\n  a b: { primarySmtpAddress: b@contoso.com }\n"), @r#"
    m.yaml:5:3 key-invalid: `rooms@contoso.com` cannot be the key of a room list (a key has no `@`: that is how references tell it from an address)
    m.yaml:6:3 key-invalid: `a b` cannot be the key of a room list (use letters, digits, `-` and `_`, such as `london-rooms`)
    "#);
}

#[test]
fn a_reference_to_nothing() {
    insta::assert_snapshot!(online("roomLists:\n  london: { primarySmtpAddress: a@contoso.com, managedBy: [condecco] }\nserviceAccounts:\n  condeco: { userPrincipalName: svc@contoso.com }\nmanagementScopes:\n  s: { name: S, memberOf: [condeco] }\n"), @"
    m.yaml:5:60 dangling-reference: there is no service account `condecco` in serviceAccounts (did you mean `condeco`?)
    m.yaml:9:28 dangling-reference: there is no room list `condeco` in roomLists (`serviceAccounts.condeco` is a service account; this field takes a room list)
    ");
}

#[test]
fn a_reference_by_display_name() {
    insta::assert_snapshot!(online("applications:\n  one: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, displayName: Sync }\n  two: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a11, displayName: Sync }\nroleAssignments:\n  a: { role: Application Calendars.Read, app: Sync, allowUnscoped: true }\n  b: { role: Application Calendars.Read, app: ONE, allowUnscoped: true }\n"), @r#"
    m.yaml:8:47 ambiguous-reference: `Sync` could mean several entries of applications (write one of `one` and `two`)
      m.yaml:5:3 applications.one
      m.yaml:6:3 applications.two
    m.yaml:9:47 dangling-reference: there is no application `ONE` in applications (write its key, `one`)
      m.yaml:5:3 the entry that has this name
    "#);
}

#[test]
fn a_reference_to_what_is_to_go() {
    insta::assert_snapshot!(online("roomLists:\n  london: { primarySmtpAddress: a@contoso.com, ensure: absent }\nmanagementScopes:\n  s: { name: S, memberOf: [london] }\n"), @"
    m.yaml:7:28 reference-to-absent: `roomLists.london` is to be absent (remove the reference, or make both absent)
      m.yaml:5:3 the entry
    ");
}

#[test]
fn names_that_are_too_long() {
    insta::assert_snapshot!(online(&format!("roomLists:\n  london:\n    primarySmtpAddress: a@contoso.com\n    name: {0}\n    alias: {0}\n    displayName: {0}{0}{0}{0}\n  paris:\n    primarySmtpAddress: b@contoso.com\n    maxMembers: 50\n    name: {1}\n", "r".repeat(65), "p".repeat(62))), @r#"
    m.yaml:7:11 room-list-name-too-long: `name` has 65 characters, 64 are the most (shorten the name; a longer one fits `displayName`)
    m.yaml:8:12 alias-too-long: `alias` has 65 characters, 64 are the most (shorten the alias)
    m.yaml:9:18 room-list-display-name-too-long: `displayName` has 260 characters, 256 are the most (shorten the display name)
    m.yaml:13:11 room-list-part-name-too-long: `name` has 62 characters, 60 are the most (shorten it to 60 characters, so that ` 2` to ` 999` fit behind it)
    "#);
}

#[test]
fn aliases() {
    insta::assert_snapshot!(online("roomLists:\n  a: { primarySmtpAddress: a@contoso.com, alias: rooms london }\n  b: { primarySmtpAddress: b@contoso.com, alias: b@contoso.com }\n  c: { primarySmtpAddress: c@contoso.com, alias: rooms..c }\n"), @r#"
    m.yaml:5:50 alias-invalid: an alias cannot hold a space (use letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between them)
    m.yaml:6:50 alias-invalid: an alias cannot hold `@` (the alias is the part of the address before the `@`)
    m.yaml:7:50 alias-invalid: a dot in an alias stands between two other characters (use letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between them)
    "#);
}

#[test]
fn addresses() {
    insta::assert_snapshot!(online("roomLists:\n  london:\n    primarySmtpAddress: SMTP:a@contoso.com\n    members: [Boardroom, 'Board Room <b@contoso.com>', \"a@b@c.com\", 'x@contoso.com; y@contoso.com', ok@contoso.com, OK@contoso.com]\n"), @r#"
    m.yaml:6:25 address-invalid: `primarySmtpAddress`: `SMTP:a@contoso.com` is not an address (write the address alone, without `SMTP:`)
    m.yaml:7:15 address-without-at: an element of `members` must be an address, found `Boardroom` (write the primary address: names are not unique in Exchange)
    m.yaml:7:26 address-invalid: an element of `members`: `Board Room <b@contoso.com>` is not an address (write the address alone, without the display name and the angle brackets)
    m.yaml:7:56 address-invalid: an element of `members`: `a@b@c.com` is not an address (an address has one `@`)
    m.yaml:7:69 address-invalid: an element of `members`: `x@contoso.com; y@contoso.com` is not an address (write one address an element)
    m.yaml:7:117 duplicate-element: `OK@contoso.com` stands twice (remove one of the two)
      m.yaml:7:101 it stands here first
    "#);
}

#[test]
fn guids() {
    insta::assert_snapshot!(online("applications:\n  a: { appId: '{5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10}' }\n  b: { appId: 5b7c9f0e6a3d4f559d0e2f3f6f1b7a10 }\n  c: { appId: Condeco }\n"), @r#"
    m.yaml:5:15 guid-invalid: `appId`: `{5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10}` is not a GUID (write it without brackets: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10)
    m.yaml:6:15 guid-invalid: `appId`: `5b7c9f0e6a3d4f559d0e2f3f6f1b7a10` is not a GUID (write it with hyphens: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10)
    m.yaml:7:15 guid-invalid: `appId`: `Condeco` is not a GUID (copy the Application (client) ID from the app's page in Entra; the Object ID beside it is another GUID)
    "#);
}

#[test]
fn two_addresses_alike() {
    insta::assert_snapshot!(online("roomLists:\n  a: { primarySmtpAddress: rooms@contoso.com, name: Rooms }\n  b: { primarySmtpAddress: Rooms@contoso.com, name: rooms }\n"), @r#"
    m.yaml:6:28 primary-address-duplicate: `rooms@contoso.com` is the address of roomLists.a, too (give each its own address)
      m.yaml:5:28 roomLists.a
    m.yaml:6:53 name-duplicate: `name: rooms` is that of roomLists.a, too (give one of them another name, or remove it)
      m.yaml:5:53 roomLists.a
    "#);
}

#[test]
fn exactly_one_of() {
    insta::assert_snapshot!(online("roomLists:\n  london: { primarySmtpAddress: a@contoso.com, membersFrom: [{ csv: a.csv, file: b.txt }, { column: x }] }\nmanagementScopes:\n  s: { name: S, memberOf: [london], recipientFilter: \"City -eq 'x'\" }\n  t: { name: T }\nroleAssignments:\n  a: { role: Mail Recipients, user: a@contoso.com, roleGroup: Help Desk, scope: s, administrativeUnit: u }\n  b: { role: Mail Recipients, scope: s }\n"), @"
    m.yaml:5:62 exactly-one-of: `csv` and `file` cannot stand together (write one element of `membersFrom` for each source)
    m.yaml:5:91 exactly-one-of: none of `csv`, `file` and `filter` is stated (write one element of `membersFrom` for each source)
    m.yaml:7:54 exactly-one-of: `memberOf` and `recipientFilter` cannot both be stated (keep one of them)
      m.yaml:7:27 `memberOf`
    m.yaml:8:3 exactly-one-of: neither `memberOf` nor `recipientFilter` is stated (add `memberOf:` with the keys of room lists, or `recipientFilter:`)
    m.yaml:10:63 exactly-one-of: `user` and `roleGroup` cannot both be stated (keep one of them)
      m.yaml:10:37 `user`
    m.yaml:10:104 exactly-one-of: `scope` and `administrativeUnit` cannot both be stated (keep one: an assignment has one scope; grants over several scopes are several assignments)
      m.yaml:10:81 `scope`
    m.yaml:11:3 exactly-one-of: none of `app`, `user`, `roleGroup` and `securityGroup` is stated (say who holds the role)
    ");
}

#[test]
fn filters() {
    insta::assert_snapshot!(online("managementScopes:\n  a: { name: A, recipientFilter: \"City = 'London'\" }\n  b: { name: B, recipientFilter: \"RecipientTypeDetails -eq 'RoomMailbox' and City -eq 'London'\" }\n  c: { name: C, recipientFilter: \"MemberOfGroup -eq 'rooms@contoso.com'\" }\n  d: { name: D, recipientFilter: \"Citty -eq 'x'\" }\n"), @"
    m.yaml:5:40 filter-syntax: `=` is not an operator (write `-eq`)
    m.yaml:6:74 filter-syntax: `and` lacks its hyphen (write `-and`)
    m.yaml:7:53 filter-address-instead-of-distinguished-name: MemberOfGroup wants a distinguished name; with an address it matches nothing (name the group in `memberOf:` in place of `recipientFilter`: its distinguished name is looked up)
    m.yaml:8:35 filter-unknown-property: `Citty` is not a documented filterable property (did you mean `City`?)
    ");
}

#[test]
fn two_scopes_alike() {
    insta::assert_snapshot!(online("managementScopes:\n  a: { name: A, recipientFilter: \"City -eq 'London' -and RecipientTypeDetails -eq 'RoomMailbox'\" }\n  b: { name: B, recipientFilter: \"(recipienttypedetails -eq 'roommailbox') -and (City -eq 'London')\" }\n"), @"
    m.yaml:6:34 scopes-equivalent: this scope finds the same recipients as managementScopes.a (keep one and refer to it twice: Exchange refuses a second one)
      m.yaml:5:34 managementScopes.a
    ");
}

#[test]
fn impersonation_online() {
    insta::assert_snapshot!(online("roleGroups:\n  g: { name: ApplicationImpersonation, roles: [ApplicationImpersonation] }\nroleAssignments:\n  a: { role: ApplicationImpersonation, user: svc@contoso.com }\n"), @r#"
    m.yaml:5:48 application-impersonation-on-online: the role `ApplicationImpersonation` does not exist in Exchange Online any more (give an application the role `Application Calendars.ReadWrite` (or `Application EWS.AccessAsApp` while Exchange Web Services last) over the same scope)
    m.yaml:7:3 role-assignment-unscoped: this assignment has no scope: it would reach every mailbox of the organisation (add `scope`, or `allowUnscoped: true` if the whole organisation is meant)
    m.yaml:7:14 application-impersonation-on-online: the role `ApplicationImpersonation` does not exist in Exchange Online any more (give an application the role `Application Calendars.ReadWrite` (or `Application EWS.AccessAsApp` while Exchange Web Services last) over the same scope)
    "#);
}

#[test]
fn application_roles() {
    insta::assert_snapshot!(online("applications:\n  app: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 }\nroleAssignments:\n  a: { role: Application Calendar.ReadWrite, app: app, allowUnscoped: true }\n  b: { role: Application Calendars.Read, user: svc@contoso.com, allowUnscoped: true }\n  c: { role: Calendars.ReadWrite, app: app, allowUnscoped: true }\nroleGroups:\n  g: { name: G, roles: [Application Mail.Read] }\n"), @r#"
    m.yaml:7:14 application-role-unknown: the application role `Application Calendar.ReadWrite` is not known (did you mean `Application Calendars.ReadWrite`?)
    m.yaml:8:14 application-role-without-app: the role `Application Calendars.Read` can be held by an application alone (assign it with `app:`)
      m.yaml:8:48 it is assigned to this
    m.yaml:9:14 app-without-application-role: an application cannot hold the role `Calendars.ReadWrite` (did you mean `Application Calendars.ReadWrite`?)
      m.yaml:9:40 it is assigned to this
    m.yaml:11:25 application-role-without-app: `Application Mail.Read` is an application role, which no role group can hold (make a role assignment with `app:` in place of the role group)
    "#);
}

#[test]
fn online_things_on_server() {
    insta::assert_snapshot!(server("organization: { customization: enabled }\nserviceAccounts:\n  svc: { userPrincipalName: svc@contoso.com, licenses: [STANDARDPACK], usageLocation: GB, password: { deliverTo: { file: x } } }\napplications:\n  app: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 }\nroleAssignments:\n  a: { role: Application Calendars.Read, user: svc, allowUnscoped: true }\n"), @r#"
    m.yaml:4:32 not-in-edition: `customization` is a thing of Exchange Online only (remove it, or set the other `target`)
    m.yaml:6:56 not-in-edition: `licenses` is a thing of Exchange Online only (remove it, or set the other `target`)
    m.yaml:6:87 not-in-edition: `usageLocation` is a thing of Exchange Online only (remove it, or set the other `target`)
    m.yaml:8:3 not-in-edition: an application is a thing of Exchange Online only (remove it, or set the other `target`)
    m.yaml:10:14 application-role-on-server: the role `Application Calendars.Read` exists in Exchange Online only (on Exchange Server, give a service account the role `ApplicationImpersonation`)
    "#);
}

#[test]
fn server_things_online() {
    insta::assert_snapshot!(online("serviceAccounts:\n  svc: { userPrincipalName: svc@contoso.com, mailbox: { alias: SA } }\nroleAssignments:\n  a: { role: Mail Recipients, user: svc, organizationalUnit: Rooms }\n"), @r#"
    m.yaml:5:55 not-in-edition: `mailbox` is a thing of Exchange Server only (remove it, or set the other `target`)
    m.yaml:7:62 not-in-edition: `organizationalUnit` is a thing of Exchange Server only (remove it, or set the other `target`)
    "#);
}

#[test]
fn an_assignment_without_scope() {
    insta::assert_snapshot!(online("roleAssignments:\n  a: { role: Mail Recipients, user: svc@contoso.com }\n"), @r#"m.yaml:5:3 role-assignment-unscoped: this assignment has no scope: it would reach every mailbox of the organisation (add `scope`, or `allowUnscoped: true` if the whole organisation is meant)"#);
}

#[test]
fn the_same_grant_twice() {
    insta::assert_snapshot!(online("applications:\n  app: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, permissions: [{ resource: Microsoft Graph, application: [Calendars.ReadWrite] }] }\nmanagementScopes:\n  s: { name: S, recipientFilter: \"City -eq 'x'\" }\nroleAssignments:\n  a: { role: Application Calendars.ReadWrite, app: app, scope: s }\n  b: { role: application calendars.readwrite, app: 5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10, scope: s }\n  c: { role: Application Calendars.ReadWrite, app: app, allowUnscoped: true }\n"), @r#"
    m.yaml:5:68 consent-tenant-wide: the consent to `Calendars.ReadWrite` reaches every mailbox, whatever the scope of roleAssignments.a is (remove the consent: a role assignment with a scope grants the same for those rooms alone)
      m.yaml:9:3 roleAssignments.a
    m.yaml:9:3 scope-overridden: roleAssignments.c grants the same without a scope (remove the unscoped assignment: what assignments grant adds up)
      m.yaml:11:3 roleAssignments.c
    m.yaml:10:3 scope-overridden: roleAssignments.c grants the same without a scope (remove the unscoped assignment: what assignments grant adds up)
      m.yaml:11:3 roleAssignments.c
    m.yaml:10:14 role-assignment-duplicate: roleAssignments.a grants the same (remove one of them)
      m.yaml:9:14 roleAssignments.a
    "#);
}

#[test]
fn licences_and_passwords() {
    insta::assert_snapshot!(online("serviceAccounts:\n  a: { userPrincipalName: a@contoso.com, licenses: [STANDARDPACK] }\n  b: { userPrincipalName: b@contoso.com, licenses: [STANDARDPACK], usageLocation: UK }\n  c: { userPrincipalName: c@contoso.com, usageLocation: Norway, password: { changeAtNextSignIn: true } }\n"), @r#"
    m.yaml:5:52 usage-location-missing: `licenses` needs `usageLocation` (add `usageLocation`, such as `GB`: Microsoft 365 assigns no licence without it)
    m.yaml:6:83 usage-location-invalid: `UK` is not a country of ISO 3166 (the United Kingdom is `GB`)
    m.yaml:7:3 password-not-delivered: `password.deliverTo` is not stated: if this account has to be made, its password would reach nobody (add `password: { deliverTo: { file: … } }`, unless the account exists)
    m.yaml:7:57 usage-location-invalid: `Norway` is not a country (write two letters as in ISO 3166, such as `GB`)
    m.yaml:7:97 password-change-at-sign-in: no product can change its password at the next sign-in (set `changeAtNextSignIn: false`)
    "#);
}

#[test]
fn ews_lists() {
    insta::assert_snapshot!(online("organization:\n  ews: { allowedAppIds: [5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10, condeco] }\n"), @r#"
    m.yaml:5:25 ews-allow-list-without-effect: `ews.allowedAppIds` has no effect unless `ews.enabled` is true (set `ews.enabled: true`: the list counts only then)
    m.yaml:5:64 dangling-reference: there is no application `condeco` in applications (add it under `applications:`)
    "#);
}

#[test]
fn permissions() {
    insta::assert_snapshot!(online("applications:\n  app:\n    appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10\n    permissions:\n      - { resource: Graph, delegated: [User.Read] }\n      - { resource: Microsoft Graph, delegated: [User.Read Mail.Read] }\n      - { resource: Microsoft Graph }\n"), @r#"
    m.yaml:8:21 resource-unknown: `Graph` is no API that is known by name (write `Office 365 Exchange Online`, `Microsoft Graph` or the API's application id)
    m.yaml:9:50 value-invalid: `User.Read Mail.Read` is no name of a permission (write one permission an element, such as `User.Read`)
    m.yaml:10:21 missing-field: no permission of Microsoft Graph is stated (add `application: […]` or `delegated: […]`)
    "#);
}

#[test]
fn nested_lists() {
    insta::assert_snapshot!(online("roomLists:\n  all: { primarySmtpAddress: all@contoso.com, members: [london@contoso.com, all@contoso.com] }\n  london: { primarySmtpAddress: london@contoso.com }\n"), @r#"
    m.yaml:5:57 room-list-nested: `london@contoso.com` is itself a room list, roomLists.london (list its rooms instead: Room Finder does not look inside nested lists)
    m.yaml:5:77 room-list-nested: a room list as its own member (remove it)
    "#);
}

#[test]
fn common_fields() {
    insta::assert_snapshot!(online("roomLists:\n  a: { primarySmtpAddress: a@contoso.com, ensure: Absent }\n  b: { primarySmtpAddress: b@contoso.com, ensure: absent, protect: true }\n  c: { primarySmtpAddress: c@contoso.com, ignore: [displayname, colour, primarySmtpAddress] }\n"), @"
    m.yaml:5:51 value-invalid: `ensure` cannot be `Absent` (did you mean `absent`?)
    m.yaml:6:68 absent-but-protected: an entry with `ensure: absent` cannot be protected (remove `protect` or `ensure: absent`)
      m.yaml:6:51 it is to be absent
    m.yaml:7:52 ignore-unknown-attribute: a room list has no attribute `displayname` (did you mean `displayName`?)
    m.yaml:7:65 ignore-unknown-attribute: a room list has no attribute `colour` (it has `primarySmtpAddress`, `name`, `displayName`, `alias`, `managedBy`, `members`, `maxMembers` and `ignoreNamingPolicy`)
    m.yaml:7:73 ignore-key-attribute: `primarySmtpAddress` identifies a room list (remove it: an object with another value is another object)
    ");
}

#[test]
fn policies() {
    insta::assert_snapshot!(online("roomLists:\n  a: { primarySmtpAddress: a@contoso.com }\npolicy:\n  maxDeletions: 130%\n  reach: { allow: [RoomMailbx] }\n"), @r#"
    m.yaml:7:17 max-deletions-form: `130%` is no number of deletions (write a number such as `5`, or a percentage such as `30%`)
    m.yaml:8:20 recipient-type-unknown: `RoomMailbx` is no known type of recipient (did you mean `RoomMailbox`?)
    "#);
}

#[test]
fn a_split_list_as_a_group() {
    insta::assert_snapshot!(online("applications:\n  app: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 }\nroomLists:\n  a: { primarySmtpAddress: a@contoso.com, maxMembers: 75 }\nroleAssignments:\n  x: { role: Application Calendars.Read, app: app, group: a }\n"), @r#"m.yaml:9:59 group-of-split-list: this room list may be split, and `group` reaches its first part alone (use `scope` with a management scope whose `memberOf` names the list: it covers every part)"#);
}

#[test]
fn a_yaml_tag_and_a_bad_alias() {
    insta::assert_snapshot!(online("roomLists:\n  a: { primarySmtpAddress: !secret a@contoso.com, members: *nobody }\n"), @"
    m.yaml:5:36 yaml-tag: the tag `!secret` means nothing here (remove the tag)
    m.yaml:5:60 yaml-syntax: there is no anchor `&nobody` that this could stand for (if it is text, put it in quotes)
    ");
}

#[test]
fn the_size_of_a_room_list() {
    let members =
        |count: usize| (0..count).map(|n| format!("r{n}@contoso.com")).collect::<Vec<_>>().join(", ");
    let text = format!(
        "roomLists:\n  none: {{ primarySmtpAddress: a@contoso.com, members: [] }}\n  some: {{ primarySmtpAddress: b@contoso.com, members: [{}] }}\n  \
         many: {{ primarySmtpAddress: c@contoso.com, members: [{}] }}\n  split: {{ primarySmtpAddress: d@contoso.com, maxMembers: 75, members: [{}] }}\n",
        members(51),
        members(101),
        members(101)
    );
    insta::assert_snapshot!(online(&text), @r#"
    m.yaml:5:55 room-list-empty: this room list is to have no members (add members, or remove the line to leave them alone)
    m.yaml:6:55 room-list-large: this room list has 51 members (set `maxMembers: 50` to split it: Outlook loads about 30 rooms in 10 seconds)
    m.yaml:7:55 room-list-too-large: this room list has 101 members (set `maxMembers` to split it: older clients show the first 100 rooms only)
    "#);
}

#[test]
fn scopes_that_take_access_away_and_groups_that_grant_nothing() {
    insta::assert_snapshot!(online("applications:\n  app: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10 }\nmanagementScopes:\n  s: { name: S, recipientFilter: \"City -eq 'x'\", exclusive: true }\nroleAssignments:\n  a: { role: Application Mail.Read, app: app, scope: s, allowUnscoped: true }\nroleGroups:\n  g: { name: G, roles: [] }\n"), @r#"
    m.yaml:7:61 exclusive-scope: an exclusive scope takes everybody else's write access to its recipients at once (remove `exclusive` unless that is meant; it does not restrict applications)
    m.yaml:9:54 app-with-exclusive-scope: managementScopes.s is exclusive (use a scope that is not exclusive)
      m.yaml:7:61 managementScopes.s
    m.yaml:9:72 allow-unscoped-without-effect: `allowUnscoped` has no effect beside a scope (remove `allowUnscoped`)
    m.yaml:11:24 role-group-without-roles: a role group without roles grants nothing (add `roles`, or leave it out to leave them alone)
    "#);
}

#[test]
fn accounts_that_share_a_password_file() {
    insta::assert_snapshot!(online("serviceAccounts:\n  a: { userPrincipalName: a@contoso.com, password: { neverExpires: false, deliverTo: { file: secrets/x } } }\n  b: { userPrincipalName: b@contoso.com, password: { deliverTo: { file: ./secrets/../secrets/x } } }\norganization:\n  ews: { enabled: true, allowedAppIds: [] }\n"), @"
    m.yaml:5:68 password-expires: the password of this account expires (set `neverExpires: true`, or plan who renews it on both sides)
    m.yaml:6:73 password-delivery-collision: the password of serviceAccounts.a is delivered to this place, too (give each account a place of its own)
      m.yaml:5:94 serviceAccounts.a
    m.yaml:8:40 ews-blocked-for-all: with `ews.enabled: true` and nobody in `ews.allowedAppIds`, Exchange Online blocks Exchange Web Services for everybody (list the applications that may use it in `ews.allowedAppIds`)
    ");
}

#[test]
fn a_name_that_is_too_long_elsewhere_and_a_filter_by_every_rule() {
    insta::assert_snapshot!(online(&format!("roleGroups:\n  g: {{ name: {} }}\nmanagementScopes:\n  s: {{ name: S, recipientFilter: \"Name -like '*room' -and City -eq 'Lon*' -or HiddenFromAddressListsEnabled -eq '$true'\" }}\n", "g".repeat(65))), @"
    m.yaml:5:14 value-too-long: `name` has 65 characters, 64 are the most (shorten it)
    m.yaml:7:35 filter-mixed-operators: `-and` binds before `-or` in a filter, unlike in PowerShell (put parentheses around the conditions that belong together)
    m.yaml:7:46 filter-leading-wildcard: a pattern that begins with `*` is refused or slow in Exchange Online (use `*` only at the end)
    m.yaml:7:68 filter-wildcard-without-like: `-eq` takes `*` as a letter (write `-like` to match a pattern)
    m.yaml:7:113 filter-quoted-system-value: in quotation marks, `$true` is text (write `HiddenFromAddressListsEnabled -eq $true`)
    ");
}

#[test]
fn space_line_breaks_and_letters_that_do_not_fit() {
    insta::assert_snapshot!(online("roomLists:\n  a: { primarySmtpAddress: \"a@contoso.com \", name: Räume – Süd, displayName: \" Rooms\" }\n  b:\n    primarySmtpAddress: b@contoso.com\n    name: |\n      Rooms\n      of London\n    displayName: |\n      Rooms of London\nmanagementScopes:\n  s:\n    name: S\n    recipientFilter: >\n      City -eq 'London'\n      -and RecipientTypeDetails -eq 'RoomMailbox'\n"), @r"
    m.yaml:5:28 address-invalid: `primarySmtpAddress`: `a@contoso.com ` is not an address (remove the space around it)
    m.yaml:5:52 alias-needed: without `alias`, Exchange would derive one with `?` in place of `–` (add `alias`: Exchange replaces other letters in the name by `?`)
    m.yaml:5:78 space-around-value: `displayName` has space around it (remove the space: Exchange keeps it, and nobody sees it)
    m.yaml:9:7 value-invalid: `name` holds a control character, `\n` (write it on one line)
    ");
}

#[test]
fn what_cannot_be_cleared_is_not_null() {
    insta::assert_snapshot!(online("serviceAccounts:\n  a: { userPrincipalName: a@contoso.com, password: { neverExpires: null, deliverTo: { file: secrets/a } } }\n"), @"m.yaml:5:68 wrong-type: `neverExpires` must be true or false, found null");
}
