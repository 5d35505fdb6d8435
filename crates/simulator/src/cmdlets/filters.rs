//! Recipient filters: parsing with the service's refusal, and recipients as the filter language sees them.

use crate::directory::{Directory, WayIn};
use crate::error::CmdletError;
use crate::recipient::Recipient;
use std::borrow::Cow;

/// Reads a filter, or refuses it as the service does.
pub(crate) fn parse(text: &str) -> Result<opath::Filter, CmdletError> {
    opath::parse(text).map_err(|error| {
        CmdletError::new(
            CmdletError::ARGUMENT,
            format!(
                "\"{text}\" is not a valid recipient filter: {error} (position {}).",
                error.span().start + 1
            ),
        )
    })
}

/// Properties that the directory's index knows.
const INDEXED: &[&str] = &[
    "Alias",
    "DistinguishedName",
    "EmailAddresses",
    "ExchangeObjectId",
    "ExternalDirectoryObjectId",
    "Guid",
    "Name",
    "PrimarySmtpAddress",
    "UserPrincipalName",
    "WindowsEmailAddress",
];

/// The ways in outside which nothing can match, where the filter has such: a short cut through the directory.
pub(crate) fn ways_in(expression: &opath::Expression) -> Option<Vec<WayIn<'_>>> {
    match expression {
        opath::Expression::Compare(comparison) => {
            let opath::Value::Text(text) = comparison.value() else { return None };
            let property = comparison.property();
            if comparison.operator() != opath::Operator::Equal {
                None
            } else if property.eq_ignore_ascii_case("MemberOfGroup") {
                Some(vec![WayIn::MemberOf(text)])
            } else if INDEXED.iter().any(|known| known.eq_ignore_ascii_case(property)) {
                let address = text.split_once(':').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("smtp"));
                Some(vec![WayIn::Identity(address.map_or(text, |(_, address)| address))])
            } else {
                None
            }
        }
        opath::Expression::And(all) => all.iter().find_map(ways_in),
        opath::Expression::Or(any) => {
            let lists: Option<Vec<Vec<WayIn<'_>>>> = any.iter().map(ways_in).collect();
            lists.map(|lists| lists.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// A recipient in its directory, with the properties that filters can ask for.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) recipient: &'a Recipient,
    pub(crate) directory: &'a Directory,
}

impl opath::Recipient for View<'_> {
    fn values(&self, property: &str) -> Vec<Cow<'_, str>> {
        let recipient = self.recipient;
        let one = |text: &'static str| vec![Cow::Borrowed(text)];
        let flag = |flag: bool| vec![Cow::Borrowed(if flag { "True" } else { "False" })];
        match property {
            "RecipientTypeDetails" | "RecipientTypeDetailsValue" => one(recipient.kind.details()),
            "RecipientType" => one(recipient.kind.recipient_type()),
            "Name" | "CommonName" | "Id" | "Identity" => vec![Cow::Borrowed(&recipient.name)],
            "Alias" => vec![Cow::Borrowed(&recipient.alias)],
            "DisplayName" => vec![Cow::Borrowed(&recipient.display_name)],
            "DistinguishedName" => vec![Cow::Borrowed(&recipient.distinguished_name)],
            "PrimarySmtpAddress" | "WindowsEmailAddress" => {
                vec![Cow::Borrowed(&recipient.primary_smtp_address)]
            }
            "EmailAddresses" => recipient.email_addresses().into_iter().map(Cow::Owned).collect(),
            "UserPrincipalName" => {
                recipient.user_principal_name.as_deref().map(Cow::Borrowed).into_iter().collect()
            }
            "Guid" | "ExchangeGuid" | "ExchangeObjectId" => vec![Cow::Owned(recipient.guid.to_string())],
            "ExternalDirectoryObjectId" => vec![Cow::Owned(recipient.object_id.to_string())],
            "HiddenFromAddressListsEnabled" => flag(recipient.hidden_from_address_lists),
            "IsMailboxEnabled" => flag(recipient.kind.is_mailbox()),
            "ResourceType" => recipient.resource_type.as_deref().map(Cow::Borrowed).into_iter().collect(),
            "MemberOfGroup" => self
                .directory
                .groups_of(recipient.guid)
                .map(|g| Cow::Borrowed(g.distinguished_name.as_str()))
                .collect(),
            "Members" => {
                let members = self.directory.members_from(recipient, 0);
                members.map(|(_, member)| Cow::Borrowed(member.distinguished_name.as_str())).collect()
            }
            "ManagedBy" => recipient
                .group
                .iter()
                .flat_map(|group| &group.managed_by)
                .filter_map(|owner| self.directory.get(owner.guid()))
                .map(|owner| Cow::Borrowed(owner.distinguished_name.as_str()))
                .collect(),
            other => recipient.attribute(other).map(Cow::Borrowed).into_iter().collect(),
        }
    }
}
