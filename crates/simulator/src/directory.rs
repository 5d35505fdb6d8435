//! All recipients, with an index over every form of identity.

use crate::guid::Guid;
use crate::recipient::{Late, Recipient};
use indexmap::{IndexMap, IndexSet};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The ways to name a recipient, besides its GUIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Address,
    PrincipalName,
    Alias,
    Name,
    DistinguishedName,
    DisplayName,
}

/// The result of looking an identity up.
pub(crate) enum Found<'a> {
    Nothing,
    One(&'a Recipient),
    /// Several objects answer to it: their names.
    Several(Vec<String>),
}

/// Something that a filter demands and that the index can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WayIn<'a> {
    /// Direct membership of the group with this distinguished name.
    MemberOf(&'a str),
    /// A name, an address or a GUID.
    Identity(&'a str),
}

type Entry = (Form, Guid);

/// Most keys name one recipient: only the others pay for a list.
#[derive(Clone, Debug)]
enum Entries {
    One(Entry),
    Many(Vec<Entry>),
}

impl Entries {
    fn as_slice(&self) -> &[Entry] {
        match self {
            Self::One(entry) => std::slice::from_ref(entry),
            Self::Many(entries) => entries,
        }
    }
}

/// The recipients of a tenant in the order in which they were made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Directory {
    recipients: IndexMap<Guid, Recipient>,
    #[serde(skip)]
    index: HashMap<Box<str>, Entries>,
    #[serde(skip)]
    by_object_id: HashMap<Guid, Guid>,
    #[serde(skip)]
    groups: IndexSet<Guid>,
    #[serde(skip)]
    member_of: HashMap<Guid, Vec<Guid>>,
    #[serde(skip)]
    pending: Vec<Guid>,
}

impl Directory {
    /// Builds all indexes anew, after reading a tenant from JSON.
    pub(crate) fn rebuild(&mut self) {
        let recipients = std::mem::take(&mut self.recipients);
        *self = Directory::default();
        self.recipients.reserve(recipients.len());
        for recipient in recipients.into_values() {
            self.insert(recipient);
        }
    }

    pub(crate) fn insert(&mut self, recipient: Recipient) {
        self.link(recipient.guid, recipient.object_id, owned_keys(&recipient));
        if let Some(group) = &recipient.group {
            self.groups.insert(recipient.guid);
            for member in &group.members {
                self.member_of.entry(*member).or_default().push(recipient.guid);
            }
        }
        if recipient.late.is_some() || recipient.nameless_reads > 0 {
            self.pending.push(recipient.guid);
        }
        self.recipients.insert(recipient.guid, recipient);
    }

    /// Takes a recipient away, and out of every group it was in.
    pub(crate) fn remove(&mut self, guid: Guid) -> Option<Recipient> {
        let recipient = self.recipients.shift_remove(&guid)?;
        self.unlink(guid, recipient.object_id, owned_keys(&recipient));
        self.groups.shift_remove(&guid);
        self.pending.retain(|other| *other != guid);
        if let Some(group) = &recipient.group {
            for member in &group.members {
                self.forget_membership(*member, guid);
            }
        }
        for group in self.member_of.remove(&guid).unwrap_or_default() {
            if let Some(group) = self.recipients.get_mut(&group).and_then(|r| r.group.as_mut()) {
                group.members.shift_remove(&guid);
            }
        }
        Some(recipient)
    }

    /// Changes a recipient and keeps the index right. Members are changed by the methods below.
    pub(crate) fn update(&mut self, guid: Guid, change: impl FnOnce(&mut Recipient)) {
        let Some(recipient) = self.recipients.get_mut(&guid) else { return };
        let (old_object_id, old_keys) = (recipient.object_id, owned_keys(recipient));
        change(recipient);
        let (object_id, new_keys) = (recipient.object_id, owned_keys(recipient));
        let pending = recipient.late.is_some() || recipient.nameless_reads > 0;
        if old_object_id != object_id || old_keys != new_keys {
            self.unlink(guid, old_object_id, old_keys);
            self.link(guid, object_id, new_keys);
        }
        if pending && !self.pending.contains(&guid) {
            self.pending.push(guid);
        }
    }

    /// False when it was a member already.
    pub(crate) fn add_member(&mut self, group: Guid, member: Guid) -> bool {
        let added = self
            .recipients
            .get_mut(&group)
            .and_then(|r| r.group.as_mut())
            .is_some_and(|group| group.members.insert(member));
        if added {
            self.member_of.entry(member).or_default().push(group);
        }
        added
    }

    /// False when it was none.
    pub(crate) fn remove_member(&mut self, group: Guid, member: Guid) -> bool {
        let removed = self
            .recipients
            .get_mut(&group)
            .and_then(|r| r.group.as_mut())
            .is_some_and(|group| group.members.shift_remove(&member));
        if removed {
            self.forget_membership(member, group);
        }
        removed
    }

    /// Replaces all members.
    pub(crate) fn set_members(&mut self, group: Guid, members: IndexSet<Guid>) {
        let Some(held) = self.recipients.get_mut(&group).and_then(|r| r.group.as_mut()) else { return };
        let old = std::mem::replace(&mut held.members, members);
        let new: Vec<Guid> = held.members.iter().filter(|m| !old.contains(*m)).copied().collect();
        let gone: Vec<Guid> = old.iter().filter(|m| !held.members.contains(*m)).copied().collect();
        for member in gone {
            self.forget_membership(member, group);
        }
        for member in new {
            self.member_of.entry(member).or_default().push(group);
        }
    }

    fn forget_membership(&mut self, member: Guid, group: Guid) {
        if let Some(groups) = self.member_of.get_mut(&member) {
            groups.retain(|other| *other != group);
        }
    }

    /// The groups that a recipient is a direct member of.
    pub(crate) fn groups_of(&self, member: Guid) -> impl Iterator<Item = &Recipient> {
        self.member_of.get(&member).into_iter().flatten().filter_map(|group| self.recipients.get(group))
    }

    /// By Exchange GUID; also those that are not to be seen yet.
    pub(crate) fn get(&self, guid: Guid) -> Option<&Recipient> {
        self.recipients.get(&guid)
    }

    /// By Entra object id; also those that are not to be seen yet.
    pub(crate) fn by_object_id(&self, object_id: Guid) -> Option<&Recipient> {
        self.by_object_id.get(&object_id).and_then(|guid| self.recipients.get(guid))
    }

    /// From the given position on, with positions; without those that are not to be seen yet.
    pub(crate) fn iter_from(&self, start: usize) -> impl Iterator<Item = (usize, &Recipient)> {
        self.recipients.values().enumerate().skip(start).filter(|(_, recipient)| recipient.late.is_none())
    }

    /// How many there are, seen or not.
    pub(crate) fn len(&self) -> usize {
        self.recipients.len()
    }

    /// What lies behind some of these ways in, each recipient once, in the order of the whole directory and with its
    /// positions: what [`Directory::iter_from`] would meet of them.
    pub(crate) fn behind(
        &self,
        ways: &[WayIn<'_>],
        start: usize,
    ) -> impl Iterator<Item = (usize, &Recipient)> {
        let mut places: Vec<usize> = Vec::new();
        for way in ways {
            match way {
                WayIn::MemberOf(name) => {
                    for guid in self.named(name) {
                        let group = self.recipients.get(&guid).and_then(|recipient| recipient.group.as_ref());
                        let members = group.into_iter().flat_map(|group| &group.members);
                        places.extend(members.filter_map(|guid| self.recipients.get_index_of(guid)));
                    }
                }
                WayIn::Identity(text) => {
                    places.extend(self.named(text).filter_map(|guid| self.recipients.get_index_of(&guid)));
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        places
            .into_iter()
            .filter(move |place| *place >= start)
            .filter_map(|place| self.recipients.get_index(place).map(|(_, recipient)| (place, recipient)))
            .filter(|(_, recipient)| recipient.late.is_none())
    }

    /// Everything that a text names in any form.
    fn named(&self, text: &str) -> impl Iterator<Item = Guid> {
        let entries = self.index.get(key(text).as_str()).map(Entries::as_slice).unwrap_or_default();
        let guid = Guid::parse(text);
        let by_object_id = guid.and_then(|guid| self.by_object_id.get(&guid).copied());
        entries.iter().map(|(_, guid)| *guid).chain(guid).chain(by_object_id)
    }

    /// All groups, with positions among the groups.
    pub(crate) fn groups_from(&self, start: usize) -> impl Iterator<Item = (usize, &Recipient)> {
        self.groups
            .iter()
            .enumerate()
            .skip(start)
            .filter_map(|(place, guid)| self.recipients.get(guid).map(|recipient| (place, recipient)))
    }

    /// The members of a group in their order, with positions.
    pub(crate) fn members_from<'a>(
        &'a self,
        group: &'a Recipient,
        start: usize,
    ) -> impl Iterator<Item = (usize, &'a Recipient)> {
        group
            .group
            .iter()
            .flat_map(move |group| group.members.iter().enumerate().skip(start))
            .filter_map(|(place, guid)| self.recipients.get(guid).map(|recipient| (place, recipient)))
    }

    /// Finds what `identity` names in one of `forms`, or by one of its GUIDs.
    pub(crate) fn find(&self, identity: &str, forms: &[Form]) -> Found<'_> {
        if let Some(guid) = Guid::parse(identity) {
            let found = self.recipients.get(&guid).or_else(|| self.by_object_id(guid));
            return found.filter(|r| r.late.is_none()).map_or(Found::Nothing, Found::One);
        }
        let mut found: Vec<&Recipient> = Vec::new();
        let key = key(identity);
        let mut keys = vec![key.as_str()];
        // Canonical names ("….com/OU/Name") end in the name.
        if let Some((_, name)) = key.rsplit_once('/') {
            keys.push(name);
        }
        for key in keys {
            for (form, guid) in self.index.get(key).map(Entries::as_slice).unwrap_or_default() {
                let Some(recipient) = self.recipients.get(guid) else { continue };
                if forms.contains(form)
                    && recipient.late.is_none()
                    && !found.iter().any(|other| other.guid == recipient.guid)
                {
                    found.push(recipient);
                }
            }
        }
        match found.as_slice() {
            [] => Found::Nothing,
            [one] => Found::One(one),
            several => Found::Several(several.iter().map(|r| r.name.clone()).collect()),
        }
    }

    /// Who holds this key in this form, seen or not: for uniqueness.
    pub(crate) fn holder(&self, text: &str, form: Form) -> Option<&Recipient> {
        let entries = self.index.get(key(text).as_str())?;
        let (_, guid) = entries.as_slice().iter().find(|(held, _)| *held == form)?;
        self.recipients.get(guid)
    }

    /// Is anything waiting to be seen?
    pub(crate) fn has_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Shows what has waited long enough by `now`.
    pub(crate) fn reveal(&mut self, now: i64) {
        let recipients = &mut self.recipients;
        self.pending.retain(|guid| {
            let Some(recipient) = recipients.get_mut(guid) else { return false };
            if recipient.late.is_some_and(|late| late.is_over(now)) {
                recipient.late = None;
            }
            recipient.late.is_some() || recipient.nameless_reads > 0
        });
    }

    /// A read has happened: what was waiting comes nearer.
    pub(crate) fn count_read(&mut self) {
        let recipients = &mut self.recipients;
        self.pending.retain(|guid| {
            let Some(recipient) = recipients.get_mut(guid) else { return false };
            if let Some(late) = &mut recipient.late {
                late.reads = late.reads.saturating_sub(1);
            } else {
                recipient.nameless_reads = recipient.nameless_reads.saturating_sub(1);
            }
            recipient.late.is_some() || recipient.nameless_reads > 0
        });
    }

    fn link(&mut self, guid: Guid, object_id: Guid, keys: Vec<(Form, Box<str>)>) {
        self.by_object_id.insert(object_id, guid);
        for (form, key) in keys {
            match self.index.entry(key) {
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    vacant.insert(Entries::One((form, guid)));
                }
                std::collections::hash_map::Entry::Occupied(mut occupied) => match occupied.get_mut() {
                    Entries::One(one) => {
                        let entries = vec![*one, (form, guid)];
                        occupied.insert(Entries::Many(entries));
                    }
                    Entries::Many(many) => many.push((form, guid)),
                },
            }
        }
    }

    fn unlink(&mut self, guid: Guid, object_id: Guid, keys: Vec<(Form, Box<str>)>) {
        self.by_object_id.remove(&object_id);
        for (_, key) in keys {
            let gone = match self.index.get_mut(&key) {
                Some(Entries::Many(many)) => {
                    many.retain(|(_, other)| *other != guid);
                    many.is_empty()
                }
                Some(Entries::One((_, other))) => *other == guid,
                None => false,
            };
            if gone {
                self.index.remove(&key);
            }
        }
    }
}

fn key(text: &str) -> String {
    text.trim().to_lowercase()
}

fn owned_keys(recipient: &Recipient) -> Vec<(Form, Box<str>)> {
    let mut keys: Vec<(Form, Box<str>)> = recipient
        .addresses()
        .map(|address| (Form::Address, address))
        .chain(recipient.user_principal_name.as_deref().map(|upn| (Form::PrincipalName, upn)))
        .chain([
            (Form::Alias, recipient.alias.as_str()),
            (Form::Name, recipient.name.as_str()),
            (Form::DistinguishedName, recipient.distinguished_name.as_str()),
            (Form::DisplayName, recipient.display_name.as_str()),
        ])
        .map(|(form, text)| (form, key(text).into_boxed_str()))
        .collect();
    keys.retain(|(_, key)| !key.is_empty());
    keys
}

/// Marks a recipient as not to be seen, unless there is nothing to wait for.
pub(crate) fn late(reads: u32, until: i64, now: i64) -> Option<Late> {
    let late = Late { reads, until };
    (!late.is_over(now)).then_some(late)
}
