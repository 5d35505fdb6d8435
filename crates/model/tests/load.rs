//! What a manifest becomes.

mod common;

use std::fmt::Write;

use anteroom_model::manifest::load;
use anteroom_model::manifest::{Disk, Loaded, MaxDeletions};
use anteroom_model::resource::Edition;
use common::{Memory, example, lines, one};

/// Every resource with what it comes after, its attributes and its queries.
fn shown(loaded: &Loaded) -> String {
    let manifest = loaded.manifest.as_ref().expect("no errors");
    let mut text = String::new();
    for resource in manifest.resources.values() {
        let after: Vec<&str> =
            resource.depends_on.iter().map(anteroom_model::address::Address::as_str).collect();
        writeln!(text, "{} {:?} after {after:?}", resource.address, resource.ensure).expect("text");
        for (name, value) in &resource.attributes {
            writeln!(text, "  {name} = {}", serde_json::to_string(value).expect("json")).expect("text");
        }
        for query in &resource.queries {
            writeln!(text, "  {} from {}", query.attribute, query.filter).expect("text");
        }
    }
    text
}

#[test]
fn the_example_becomes_resources_with_resolved_references() {
    let loaded = load(&["folder".into()], &example());
    assert_eq!(lines(&loaded), "");
    insta::assert_snapshot!(shown(&loaded), @r#"
    organization Present after ["applications.condeco"]
      customization = "enabled"
      ews.enabled = true
      ews.allowedAppIds = ["5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"]
    serviceAccounts.condeco Present after []
      userPrincipalName = "svc-condeco@contoso.com"
      displayName = "Condeco service account"
      usageLocation = "GB"
      exchangeMailbox = "as licensed"
      licenses = ["STANDARDPACK"]
      password.neverExpires = true
      password.changeAtNextSignIn = false
      password.deliverTo.file = "secrets/condeco"
    applications.condeco Present after []
      appId = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"
      displayName = "Condeco Exchange Sync"
      permissions = ["Office 365 Exchange Online delegated EWS.AccessAsUser.All","Microsoft Graph delegated User.Read"]
      exchangeServicePrincipal = "registered"
    roomLists.london Present after ["serviceAccounts.condeco"]
      primarySmtpAddress = "cronofy.resource.list@contoso.com"
      name = "Cronofy Room List"
      alias = "cronofy.resource.list"
      managedBy = ["svc-condeco@contoso.com"]
      maxMembers = 75
      members = ["boardroom@contoso.com","room1@contoso.com","room2@contoso.com"]
      members from RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London'
    managementScopes.condeco-rooms Present after ["roomLists.london"]
      name = "CondecoRooms"
      recipientFilter = {"template":["MemberOfGroup -eq '",{"of":"roomLists.london","output":"distinguishedName","escape":"filterString"},"'"]}
    roleAssignments.condeco-calendars Present after ["applications.condeco", "managementScopes.condeco-rooms"]
      name = "CondecoCalendars"
      role = "Application Calendars.ReadWrite"
      app = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"
      scope = "CondecoRooms"
      administrativeUnit = null
      group = null
      organizationalUnit = null
    "#);
    let manifest = loaded.manifest.expect("no errors");
    assert_eq!(
        (manifest.edition, manifest.tenant.as_str()),
        (Edition::ExchangeOnline, "contoso.onmicrosoft.com")
    );
    assert_eq!(manifest.policy.max_deletions, Some(MaxDeletions::Percent(30)));
    assert_eq!(manifest.policy.reach_allow, ["RoomMailbox", "EquipmentMailbox"]);
    assert_eq!(manifest.folder, std::path::Path::new("folder"));
}

#[test]
fn a_manifest_for_exchange_server() {
    let text = "version: 1\ntarget: exchangeServer\ntenant: contoso.com\nserviceAccounts:\n  sc:\n    userPrincipalName: sc@contoso.com\n    \
                displayName: Service Account\n    mailbox: { alias: SA, name: serviceaccount, organizationalUnit: Users, firstName: Service, lastName: Account }\n    \
                password: { deliverTo: { file: secrets/sc } }\nmanagementScopes:\n  rooms: { name: ResourceMailboxes, recipientFilter: 'RecipientTypeDetails -eq \"RoomMailbox\"' }\n\
                roleGroups:\n  g: { name: ApplicationImpersonation, roles: [ApplicationImpersonation], members: [sc], scope: rooms }\n\
                roleAssignments:\n  all: { role: ApplicationImpersonation, user: sc, allowUnscoped: true }\n  \
                group: { role: Mail Recipients, roleGroup: g, organizationalUnit: contoso.com/Rooms }\n  built: { role: Mail Recipients, roleGroup: help desk, scope: rooms, enabled: false }\n";
    let loaded = one(text);
    assert_eq!(lines(&loaded), "");
    insta::assert_snapshot!(shown(&loaded), @r#"
    serviceAccounts.sc Present after []
      userPrincipalName = "sc@contoso.com"
      displayName = "Service Account"
      password.deliverTo.file = "secrets/sc"
      mailbox.alias = "SA"
      mailbox.name = "serviceaccount"
      mailbox.firstName = "Service"
      mailbox.lastName = "Account"
      mailbox.organizationalUnit = "Users"
    managementScopes.rooms Present after []
      name = "ResourceMailboxes"
      recipientFilter = "RecipientTypeDetails -eq 'RoomMailbox'"
    roleGroups.g Present after ["managementScopes.rooms", "serviceAccounts.sc"]
      name = "ApplicationImpersonation"
      roles = ["ApplicationImpersonation"]
      members = ["sc@contoso.com"]
      scope = "ResourceMailboxes"
    roleAssignments.all Present after ["serviceAccounts.sc"]
      role = "ApplicationImpersonation"
      user = "sc@contoso.com"
      scope = null
      administrativeUnit = null
      group = null
      organizationalUnit = null
      allowUnscoped = true
    roleAssignments.group Present after ["roleGroups.g"]
      role = "Mail Recipients"
      roleGroup = "ApplicationImpersonation"
      scope = null
      administrativeUnit = null
      group = null
      organizationalUnit = "contoso.com/Rooms"
    roleAssignments.built Present after ["managementScopes.rooms"]
      role = "Mail Recipients"
      roleGroup = "Help Desk"
      scope = "ResourceMailboxes"
      administrativeUnit = null
      group = null
      organizationalUnit = null
      enabled = false
    "#);
}

#[test]
fn null_clears_absent_keeps_what_identifies_and_addresses_stand_for_themselves() {
    let text = "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\norganization: { ews: { enabled: null, allowedAppIds: null } }\napplications:\n  \
                a: { appId: 5B7C9F0E-6A3D-4F55-9D0E-2F3F6F1B7A10, permissions: [] }\n  \
                b: { appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a11, permissions: [{ resource: 00000003-0000-0000-C000-000000000000, application: [Place.Read.All] }] }\n\
                roomLists:\n  paris: { primarySmtpAddress: paris@contoso.com, members: null, protect: true, ignore: [displayName] }\n  \
                gone: { primarySmtpAddress: gone@contoso.com, name: Gone, maxMembers: 5, members: [r@contoso.com], ensure: absent }\nmanagementScopes:\n  \
                s: { name: S, memberOf: [Paris@contoso.com, floor3@contoso.com], recipientRoot: null }\n  old: { name: Old, ensure: absent }\nroleAssignments:\n  \
                a: { role: Application Calendars.Read, app: a, group: floor3@contoso.com, ignore: [enabled] }\n  \
                b: { role: Application Calendars.Read, app: b, scope: s, ensure: absent }\n  \
                c: { role: Mail Recipients, securityGroup: admins@contoso.com, scope: s }\n";
    let loaded = one(text);
    insta::assert_snapshot!(lines(&loaded), @"m.yaml:9:60 room-list-empty: this room list is to have no members (add members, or remove the line to leave them alone)");
    insta::assert_snapshot!(shown(&loaded), @r#"
    organization Present after []
      ews.enabled = null
      ews.allowedAppIds = null
    applications.a Present after []
      appId = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"
      permissions = []
      exchangeServicePrincipal = "registered"
    applications.b Present after []
      appId = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a11"
      permissions = ["Microsoft Graph application Place.Read.All"]
      exchangeServicePrincipal = "registered"
    roomLists.paris Present after []
      primarySmtpAddress = "paris@contoso.com"
      members = []
    roomLists.gone Absent after []
      primarySmtpAddress = "gone@contoso.com"
      name = "Gone"
      maxMembers = 5
    managementScopes.s Present after ["roomLists.paris"]
      name = "S"
      recipientFilter = {"template":["MemberOfGroup -eq '",{"of":"roomLists.paris","output":"distinguishedName","escape":"filterString"},"' -or MemberOfGroup -eq '",{"of":"groups.floor3@contoso.com","output":"distinguishedName","escape":"filterString"},"'"]}
      recipientRoot = null
    managementScopes.old Absent after []
      name = "Old"
    roleAssignments.a Present after ["applications.a"]
      role = "Application Calendars.Read"
      app = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"
      scope = null
      administrativeUnit = null
      group = "floor3@contoso.com"
      organizationalUnit = null
    roleAssignments.b Absent after ["applications.b", "managementScopes.s"]
      role = "Application Calendars.Read"
      app = "5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a11"
      scope = "S"
      administrativeUnit = null
      group = null
      organizationalUnit = null
    roleAssignments.c Present after ["managementScopes.s"]
      role = "Mail Recipients"
      securityGroup = "admins@contoso.com"
      scope = "S"
      administrativeUnit = null
      group = null
      organizationalUnit = null
    "#);
    let manifest = loaded.manifest.expect("no errors");
    let paris =
        manifest.resources.get(&anteroom_model::address::Address::from("roomLists.paris")).expect("there");
    assert!(paris.protect);
    assert_eq!(paris.ignore, ["displayName"]);
    assert_eq!(
        manifest.sources.locate(paris.place_of("members")).expect("a place").to_string(),
        "m.yaml:9:60"
    );
}

/// Where the files lie means nothing; what stands in them, and in which order, does.
#[test]
fn the_digest_is_of_contents_alone() {
    let digest = |loaded: Loaded| loaded.manifest.expect("no errors").digest;
    let first = digest(load(&["folder".into()], &example()));
    assert_eq!(first.len(), 64);
    let mut elsewhere = Memory::default();
    for (path, contents) in example().0 {
        elsewhere.0.insert(std::path::Path::new("other/place").join(path), contents);
    }
    assert_eq!(digest(load(&["other/place/folder/anteroom.yaml".into()], &elsewhere)), first);
    let mut changed = example();
    changed.0.insert("folder/rooms.csv".into(), b"ResourceAccounts\nroom1@contoso.com\n".to_vec());
    assert_ne!(digest(load(&["folder".into()], &changed)), first);
}

#[test]
fn several_files_are_one_manifest_and_paths_are_relative_to_each() {
    let head = "version: 1\ntarget: exchangeOnline\ntenant: contoso.com\n";
    let account = "serviceAccounts:\n  a: { userPrincipalName: a@contoso.com, password: { deliverTo: { file: secrets/a } } }\n";
    let lists = "\u{feff}roomLists:\n  l: { primarySmtpAddress: l@contoso.com, managedBy: [a], membersFrom: [{ file: ../rooms.txt }] }\n---\n\
                 roomLists:\n  m: { primarySmtpAddress: m@contoso.com }\n";
    let files = Memory::default()
        .with("f/head.yaml", head)
        .with("f/site/accounts.yaml", account)
        .with("f/site/lists.yml", lists)
        .with("f/rooms.txt", "\u{feff}r1@contoso.com\r\n");
    let loaded = load(&["f/head.yaml".into(), "f/site".into()], &files);
    assert_eq!(lines(&loaded), "");
    insta::assert_snapshot!(shown(&loaded), @r#"
    serviceAccounts.a Present after []
      userPrincipalName = "a@contoso.com"
      password.deliverTo.file = "site/secrets/a"
    roomLists.l Present after ["serviceAccounts.a"]
      primarySmtpAddress = "l@contoso.com"
      managedBy = ["a@contoso.com"]
      members = ["r1@contoso.com"]
    roomLists.m Present after []
      primarySmtpAddress = "m@contoso.com"
    "#);
}

/// The same through the files of this machine.
#[test]
fn the_disk_is_read() {
    let folder = std::env::temp_dir().join(format!("anteroom-model-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    for (path, contents) in example().0 {
        std::fs::write(folder.join(path.file_name().expect("a name")), contents).expect("a file");
    }
    let loaded = load(std::slice::from_ref(&folder), &Disk);
    std::fs::remove_dir_all(&folder).expect("the folder is there");
    assert_eq!(lines(&loaded), "");
    let expected = load(&["folder".into()], &example()).manifest.expect("no errors");
    assert_eq!(loaded.manifest.expect("no errors").digest, expected.digest);
}
