//! Files in memory, and findings as one line each.

#![allow(dead_code, reason = "every test file uses a part of it")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use anteroom_model::manifest::{Files, Loaded, load};

/// Files in memory.
#[derive(Default)]
pub(crate) struct Memory(pub(crate) BTreeMap<PathBuf, Vec<u8>>);

impl Memory {
    pub(crate) fn with(mut self, path: &str, contents: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.into(), contents.as_ref().to_vec());
        self
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(self.0.keys().filter(|path| path.parent() == Some(folder)).rev().cloned().collect())
    }

    fn is_folder(&self, path: &Path) -> bool {
        self.0.keys().any(|known| known.parent() == Some(path))
    }
}

/// Loads one file called `m.yaml`.
pub(crate) fn one(text: &str) -> Loaded {
    load(&["m.yaml".into()], &Memory::default().with("m.yaml", text))
}

/// Every finding as `file:line:column id: summary (hint)`, with related places below.
pub(crate) fn lines(loaded: &Loaded) -> String {
    let mut lines = String::new();
    for found in &loaded.diagnostics {
        if let Some(location) = &found.location {
            write!(lines, "{location} ").expect("text");
        }
        write!(lines, "{}: {}", found.id, found.summary).expect("text");
        if let Some(hint) = &found.hint {
            write!(lines, " ({hint})").expect("text");
        }
        lines.push('\n');
        for related in &found.related {
            writeln!(lines, "  {} {}", related.location, related.message).expect("text");
        }
    }
    lines
}

/// The example of the design, with every section.
pub(crate) const EXAMPLE: &str = r#"
version: 1
target: exchangeOnline
tenant: contoso.onmicrosoft.com

organization:
  customization: enabled
  ews: { enabled: true, allowedAppIds: [applications.condeco] }

serviceAccounts:
  condeco:
    userPrincipalName: svc-condeco@contoso.com
    displayName: Condeco service account
    usageLocation: GB
    licenses: [STANDARDPACK]
    password: { neverExpires: true, changeAtNextSignIn: false, deliverTo: { file: secrets/condeco } }

applications:
  condeco:
    appId: 5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10
    displayName: Condeco Exchange Sync
    permissions:
      - resource: Office 365 Exchange Online
        delegated: [EWS.AccessAsUser.All]
      - resource: Microsoft Graph
        delegated: [User.Read]

roomLists:
  london:
    name: Cronofy Room List
    alias: cronofy.resource.list
    primarySmtpAddress: cronofy.resource.list@contoso.com
    managedBy: [condeco]
    maxMembers: 75
    members:
      - boardroom@contoso.com
    membersFrom:
      - { csv: rooms.csv, column: ResourceAccounts }
      - { filter: "RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London'" }

managementScopes:
  condeco-rooms:
    name: CondecoRooms
    memberOf: [london]

roleAssignments:
  condeco-calendars:
    name: CondecoCalendars
    role: Application Calendars.ReadWrite
    app: condeco
    scope: condeco-rooms

policy:
  reach: { allow: [RoomMailbox, EquipmentMailbox] }
  maxDeletions: 30%
"#;

/// The same with its CSV file.
pub(crate) fn example() -> Memory {
    Memory::default().with("folder/anteroom.yaml", EXAMPLE).with(
        "folder/rooms.csv",
        "ResourceAccounts,Floor\r\nroom1@contoso.com,1\r\n\"room2@contoso.com\",2\r\n",
    )
}
