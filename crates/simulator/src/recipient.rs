//! Recipients: mailboxes of people and resources, and groups.

use crate::guid::Guid;
use indexmap::IndexSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the service calls `RecipientTypeDetails`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum RecipientKind {
    /// A user without a mailbox: no recipient, but Get-User shows it.
    User,
    UserMailbox,
    RoomMailbox,
    EquipmentMailbox,
    SharedMailbox,
    MailUser,
    MailUniversalDistributionGroup,
    MailUniversalSecurityGroup,
    RoomList,
    GroupMailbox,
}

impl RecipientKind {
    /// The value of `RecipientTypeDetails`.
    pub(crate) fn details(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::UserMailbox => "UserMailbox",
            Self::RoomMailbox => "RoomMailbox",
            Self::EquipmentMailbox => "EquipmentMailbox",
            Self::SharedMailbox => "SharedMailbox",
            Self::MailUser => "MailUser",
            Self::MailUniversalDistributionGroup => "MailUniversalDistributionGroup",
            Self::MailUniversalSecurityGroup => "MailUniversalSecurityGroup",
            Self::RoomList => "RoomList",
            Self::GroupMailbox => "GroupMailbox",
        }
    }

    /// The value of `RecipientType`.
    pub(crate) fn recipient_type(self) -> &'static str {
        match self {
            Self::UserMailbox | Self::RoomMailbox | Self::EquipmentMailbox | Self::SharedMailbox => {
                "UserMailbox"
            }
            Self::User => "User",
            Self::MailUser => "MailUser",
            Self::MailUniversalSecurityGroup => "MailUniversalSecurityGroup",
            Self::MailUniversalDistributionGroup | Self::RoomList | Self::GroupMailbox => {
                "MailUniversalDistributionGroup"
            }
        }
    }

    /// Is it something Get-Mailbox shows?
    pub(crate) fn is_mailbox(self) -> bool {
        matches!(self, Self::UserMailbox | Self::RoomMailbox | Self::EquipmentMailbox | Self::SharedMailbox)
    }

    /// Is it something Get-DistributionGroup shows?
    pub(crate) fn is_distribution_group(self) -> bool {
        matches!(
            self,
            Self::MailUniversalDistributionGroup | Self::MailUniversalSecurityGroup | Self::RoomList
        )
    }
}

/// Who owns a group: the service writes both as GUIDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owner {
    Recipient(Guid),
    RoleGroup(Guid),
}

impl Owner {
    pub(crate) fn guid(self) -> Guid {
        match self {
            Self::Recipient(guid) | Self::RoleGroup(guid) => guid,
        }
    }
}

/// What only groups have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Group {
    pub(crate) members: IndexSet<Guid>,
    pub(crate) managed_by: Vec<Owner>,
    pub(crate) member_join_restriction: String,
    pub(crate) member_depart_restriction: String,
    pub(crate) require_sender_authentication: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) description: Vec<String>,
    #[serde(default)]
    pub(crate) moderation_enabled: bool,
}

impl Group {
    /// A group with the defaults of New-DistributionGroup.
    pub(crate) fn new(managed_by: Vec<Owner>) -> Group {
        Group {
            members: IndexSet::new(),
            managed_by,
            member_join_restriction: "Closed".to_owned(),
            member_depart_restriction: "Open".to_owned(),
            require_sender_authentication: true,
            description: Vec::new(),
            moderation_enabled: false,
        }
    }
}

/// Not to be seen yet: for so many reads, or until a moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Late {
    pub(crate) reads: u32,
    /// Milliseconds since 1970.
    pub(crate) until: i64,
}

impl Late {
    pub(crate) fn is_over(self, now: i64) -> bool {
        self.reads == 0 && self.until <= now
    }
}

/// One recipient. `attributes` holds plain text properties (City, Office, `CustomAttribute1` …) under Exchange's names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipient {
    pub(crate) guid: Guid,
    /// `ExternalDirectoryObjectId`: the object in Entra.
    pub(crate) object_id: Guid,
    pub(crate) kind: RecipientKind,
    pub(crate) name: String,
    pub(crate) alias: String,
    pub(crate) display_name: String,
    pub(crate) primary_smtp_address: String,
    /// Secondary addresses, without `smtp:`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) other_addresses: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_principal_name: Option<String>,
    pub(crate) distinguished_name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource_type: Option<String>,
    #[serde(default)]
    pub(crate) hidden_from_address_lists: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) attributes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Box<Group>>,
    pub(crate) created: i64,
    pub(crate) changed: i64,
    /// While set, the recipient does not exist for anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) late: Option<Late>,
    /// While above zero, `DistinguishedName` is not shown: reads left.
    #[serde(default)]
    pub(crate) nameless_reads: u32,
}

impl Recipient {
    /// Something that is no recipient, in the shape of one: a user without a mailbox, or a member of a role group.
    pub(crate) fn bare(id: Guid, name: String, distinguished_name: String, created: i64) -> Recipient {
        Recipient {
            guid: id,
            object_id: id,
            kind: RecipientKind::User,
            alias: String::new(),
            display_name: name.clone(),
            name,
            primary_smtp_address: String::new(),
            other_addresses: Vec::new(),
            user_principal_name: None,
            distinguished_name,
            resource_type: None,
            hidden_from_address_lists: false,
            attributes: BTreeMap::new(),
            group: None,
            created,
            changed: created,
            late: None,
            nameless_reads: 0,
        }
    }

    /// A room, a workspace or a piece of equipment: what a room list may hold.
    pub(crate) fn is_room_like(&self) -> bool {
        matches!(self.kind, RecipientKind::RoomMailbox | RecipientKind::EquipmentMailbox)
    }

    /// `SMTP:primary` first, then `smtp:` for each other address.
    pub(crate) fn email_addresses(&self) -> Vec<String> {
        let mut all = vec![format!("SMTP:{}", self.primary_smtp_address)];
        all.extend(self.other_addresses.iter().map(|address| format!("smtp:{address}")));
        all
    }

    /// Every address, the primary one first.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.primary_smtp_address.as_str())
            .chain(self.other_addresses.iter().map(String::as_str))
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// Sets a text property; nothing or an empty text clears it.
    pub(crate) fn set_attribute(&mut self, name: &str, value: Option<String>) {
        match value.filter(|text| !text.is_empty()) {
            Some(text) => self.attributes.insert(name.to_owned(), text),
            None => self.attributes.remove(name),
        };
    }

    /// Makes `address` the primary one and keeps the old one as a secondary, as the service does.
    pub(crate) fn set_primary(&mut self, address: &str) {
        if self.primary_smtp_address.eq_ignore_ascii_case(address) {
            address.clone_into(&mut self.primary_smtp_address);
            return;
        }
        self.other_addresses.retain(|other| !other.eq_ignore_ascii_case(address));
        let old = std::mem::replace(&mut self.primary_smtp_address, address.to_owned());
        self.other_addresses.push(old);
    }
}
