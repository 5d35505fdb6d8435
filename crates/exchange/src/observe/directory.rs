//! Recipients and principals that had to be looked up, by every spelling that somebody uses.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use anteroom_model::address::Address;
use anteroom_model::snapshot::{Identities, Identity};

use super::readings::Unread;
use crate::rows;

/// Spellings to look up, and for whom.
#[derive(Debug, Default)]
pub(crate) struct Spellings {
    /// In lower case; whether a user without a mailbox is meant, too.
    asked: BTreeMap<String, bool>,
    /// Which resource needs which.
    needed_by: BTreeMap<Address, BTreeSet<String>>,
    /// Whose spellings are being added.
    current: Option<Address>,
}

impl Spellings {
    /// Whose spellings the next ones are.
    pub(crate) fn of(&mut self, address: &Address) -> &mut Self {
        self.current = Some(address.clone());
        self
    }

    /// Spellings without which every resource can do: nobody is blocked when they cannot be read.
    pub(crate) fn of_nobody(&mut self) -> &mut Self {
        self.current = None;
        self
    }

    /// A recipient.
    pub(crate) fn recipient(&mut self, spelling: &str) {
        self.add(spelling, false);
    }

    /// A recipient, or a user without a mailbox.
    pub(crate) fn principal(&mut self, spelling: &str) {
        self.add(spelling, true);
    }

    fn add(&mut self, spelling: &str, principal: bool) {
        let spelling = spelling.trim().to_lowercase();
        if spelling.is_empty() {
            return;
        }
        *self.asked.entry(spelling.clone()).or_default() |= principal;
        if let Some(address) = &self.current {
            self.needed_by.entry(address.clone()).or_default().insert(spelling);
        }
    }

    pub(super) fn asked(&self) -> impl Iterator<Item = &str> {
        self.asked.keys().map(String::as_str)
    }

    /// Those that may be users without a mailbox.
    pub(super) fn principals(&self) -> impl Iterator<Item = &str> {
        self.asked.iter().filter(|(_, principal)| **principal).map(|(spelling, _)| spelling.as_str())
    }

    /// What a resource needs.
    pub(super) fn needed_by(&self, address: &Address) -> impl Iterator<Item = &str> {
        self.needed_by.get(address).into_iter().flatten().map(String::as_str)
    }
}

/// How a spelling is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Address,
    Guid,
    DistinguishedName,
    Name,
}

/// What a spelling looks like.
pub(crate) fn form(spelling: &str) -> Form {
    if is_guid(spelling) {
        Form::Guid
    } else if spelling.to_lowercase().starts_with("cn=") && spelling.contains(',') {
        Form::DistinguishedName
    } else if spelling.contains('@') {
        Form::Address
    } else {
        Form::Name
    }
}

/// Whether a text is a GUID with hyphens.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The recipient filter clauses that find a spelling with `Get-Recipient`.
pub(super) fn recipient_clause(spelling: &str) -> String {
    match form(spelling) {
        Form::Address => format!("EmailAddresses -eq {}", opath::quote(&format!("smtp:{spelling}"))),
        Form::Guid => {
            let quoted = opath::quote(spelling);
            format!("Guid -eq {quoted} -or ExternalDirectoryObjectId -eq {quoted}")
        }
        Form::DistinguishedName => format!("DistinguishedName -eq {}", opath::quote(spelling)),
        Form::Name => {
            let quoted = opath::quote(spelling);
            format!("Name -eq {quoted} -or Alias -eq {quoted}")
        }
    }
}

/// The same with `Get-User`.
pub(super) fn user_clause(spelling: &str) -> String {
    match form(spelling) {
        Form::Address => format!("UserPrincipalName -eq {}", opath::quote(spelling)),
        Form::Name => format!("Name -eq {}", opath::quote(spelling)),
        Form::Guid | Form::DistinguishedName => recipient_clause(spelling),
    }
}

/// One recipient or user.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) row: rows::Recipient,
    pub(crate) identity: Identity,
}

impl Entry {
    fn of(row: rows::Recipient) -> Option<Self> {
        let named = || row.name.as_deref().filter(|name| !name.is_empty());
        let canonical = row.primary_address().or_else(|| row.sign_in_name()).or_else(named)?.to_lowercase();
        let recipient_type = row.recipient_type_details.clone().unwrap_or_default();
        let identity =
            Identity { canonical: Arc::from(canonical), recipient_type: Arc::from(recipient_type) };
        Some(Self { row, identity })
    }

    /// What the recipient is, for people: `room mailbox "Boardroom"`.
    pub(crate) fn described(&self) -> String {
        let name = self.row.name.as_deref().unwrap_or(&self.identity.canonical);
        format!("{} \"{name}\"", self.identity.recipient_type)
    }

    /// Every spelling of it that people and services use, in lower case.
    fn spellings(&self) -> impl Iterator<Item = String> {
        let row = &self.row;
        let proxies = row.email_addresses.iter().filter_map(|address| {
            let (kind, rest) = address.split_once(':').unwrap_or(("smtp", address));
            kind.eq_ignore_ascii_case("smtp").then_some(rest)
        });
        let others = [
            &row.primary_smtp_address,
            &row.windows_email_address,
            &row.guid,
            &row.external_directory_object_id,
            &row.distinguished_name,
            &row.user_principal_name,
            &row.windows_live_id,
            &row.name,
            &row.alias,
        ];
        proxies.chain(others.into_iter().flatten().map(String::as_str)).map(str::to_lowercase)
    }
}

/// What was looked up.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    entries: Vec<Entry>,
    by_guid: HashMap<String, usize>,
    /// By the spellings that were asked for.
    found: HashMap<String, BTreeSet<usize>>,
    unread: HashMap<String, Unread>,
}

impl Directory {
    /// Takes rows in; `asked` are the spellings that they may answer.
    pub(super) fn take(&mut self, rows: Vec<rows::Recipient>, spellings: &Spellings) {
        for row in rows {
            let Some(entry) = Entry::of(row) else { continue };
            let guid = entry.row.guid.as_deref().unwrap_or_default().to_lowercase();
            let known = self.by_guid.get(&guid).copied().filter(|_| !guid.is_empty());
            // The same object from a second read keeps its first canonical spelling.
            let index = known.unwrap_or_else(|| {
                self.entries.push(entry.clone());
                self.entries.len() - 1
            });
            self.by_guid.insert(guid, index);
            for spelling in entry.spellings() {
                if spellings.asked.contains_key(&spelling) {
                    self.found.entry(spelling).or_default().insert(index);
                }
            }
        }
    }

    pub(super) fn fail(&mut self, spelling: &str, unread: &Unread) {
        self.unread.insert(spelling.to_owned(), unread.clone());
    }

    /// Whether the tenant answered about a spelling and has nobody of it so far.
    pub(super) fn is_open(&self, spelling: &str) -> bool {
        !self.found.contains_key(spelling) && !self.unread.contains_key(spelling)
    }

    /// Why nothing is known of a spelling.
    pub(crate) fn unread(&self, spelling: &str) -> Option<&Unread> {
        self.unread.get(spelling)
    }

    /// Who has a spelling.
    pub(crate) fn find(&self, spelling: &str) -> Vec<&Entry> {
        let found = self.found.get(&spelling.to_lowercase());
        found.into_iter().flatten().filter_map(|index| self.entries.get(*index)).collect()
    }

    /// The only one who has a spelling.
    pub(crate) fn only(&self, spelling: &str) -> Option<&Entry> {
        match self.find(spelling).as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Records what is known of every spelling that was asked for.
    pub(super) fn teach(&self, spellings: &Spellings, identities: &mut Identities) {
        for spelling in spellings.asked() {
            if self.unread.contains_key(spelling) {
                continue;
            }
            let found = self.find(spelling);
            if found.is_empty() {
                identities.learn_nobody(spelling);
            }
            for entry in found {
                identities.learn(spelling, &entry.identity);
                // The canonical spelling means itself, so that both sides of a comparison have the same type.
                identities.learn(&entry.identity.canonical, &entry.identity);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anteroom_model::snapshot::Lookup;

    fn recipient(address: &str, others: &[&str], guid: &str) -> rows::Recipient {
        rows::Recipient {
            name: Some("Same".to_owned()),
            primary_smtp_address: Some(address.to_owned()),
            email_addresses: others.iter().map(|other| format!("smtp:{other}")).collect(),
            guid: Some(guid.to_owned()),
            recipient_type_details: Some("RoomMailbox".to_owned()),
            ..rows::Recipient::default()
        }
    }

    #[test]
    fn spellings_are_looked_up_by_what_they_look_like() {
        assert_eq!(recipient_clause("o'hare@contoso.com"), "EmailAddresses -eq 'smtp:o''hare@contoso.com'");
        assert_eq!(form("5b7c9f0e-6a3d-4f55-9d0e-2f3f6f1b7a10"), Form::Guid);
        assert_eq!(form("CN=Rooms,OU=x"), Form::DistinguishedName);
        assert_eq!(form("Rooms"), Form::Name);
        assert_eq!(user_clause("a@b.c"), "UserPrincipalName -eq 'a@b.c'");
    }

    #[test]
    fn every_spelling_that_was_asked_for_is_learnt_and_no_other() {
        let mut spellings = Spellings::default();
        for spelling in ["Alias@contoso.com", "same", "nobody@contoso.com"] {
            spellings.recipient(spelling);
        }
        let mut directory = Directory::default();
        directory.take(
            vec![
                recipient("One@contoso.com", &["alias@contoso.com"], "1"),
                recipient("two@contoso.com", &[], "2"),
            ],
            &spellings,
        );
        let mut identities = Identities::default();
        directory.teach(&spellings, &mut identities);
        assert_eq!(identities.key("alias@contoso.com"), "one@contoso.com");
        assert!(matches!(identities.find("same"), Lookup::Several(both) if both.len() == 2));
        assert!(matches!(identities.find("nobody@contoso.com"), Lookup::Nobody));
        assert!(matches!(identities.find("1"), Lookup::NotAsked));
    }

    #[test]
    fn an_object_that_is_read_twice_stays_one() {
        let mut spellings = Spellings::default();
        spellings.principal("upn@contoso.com");
        spellings.principal("mail@contoso.com");
        let mut directory = Directory::default();
        directory.take(vec![recipient("mail@contoso.com", &[], "1")], &spellings);
        let user = rows::Recipient {
            user_principal_name: Some("upn@contoso.com".to_owned()),
            guid: Some("1".to_owned()),
            name: Some("Same".to_owned()),
            ..rows::Recipient::default()
        };
        directory.take(vec![user], &spellings);
        let mut identities = Identities::default();
        directory.teach(&spellings, &mut identities);
        assert_eq!(identities.key("upn@contoso.com"), "mail@contoso.com");
    }
}
