//! The documented properties of recipients that filters may use.

use crate::text::distance;

mod enumerations;
mod table;

/// A filterable property, from the page *Filterable properties for the `RecipientFilter` parameter on Exchange
/// cmdlets* (Microsoft Learn), and `CountryCode`, which *Recipient filters in Exchange PowerShell commands* adds.
/// Other properties work too: the page lists those that are confirmed for all cmdlets.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Property {
    name: &'static str,
    kind: Kind,
    multi_valued: bool,
}

/// What the values of a property are, which decides how they compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// One text.
    Text,
    /// Several texts.
    MultiText,
    /// `True` or `False`.
    Boolean,
    /// A whole number.
    Integer,
    /// One of a set of names, or a combination of them. Many may also be written as numbers or in other words; this
    /// crate compares what it is given as text.
    Enumeration,
    /// An object of the directory. `-eq` wants its distinguished name.
    DistinguishedName,
    /// An object that the service takes by name as well as by distinguished name, such as a policy.
    Reference,
    /// A byte size, a time span or a number that may be `Unlimited`. This crate compares what it is given as text.
    Quantity,
    /// A date and time. This crate compares what it is given as text.
    Date,
    /// A GUID.
    Guid,
    /// Bytes, which can only be compared with `$null`.
    Binary,
}

impl Kind {
    /// The kind in one word, in camelCase.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::MultiText => "multiText",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Enumeration => "enum",
            Self::DistinguishedName => "distinguishedName",
            Self::Reference => "reference",
            Self::Quantity => "quantity",
            Self::Date => "date",
            Self::Guid => "guid",
            Self::Binary => "binary",
        }
    }
}

impl Property {
    pub(crate) const EMAIL_ADDRESSES: &'static str = "EmailAddresses";

    /// The property of this name, in any case.
    pub fn find(name: &str) -> Option<&'static Self> {
        let folded = |name: &str| name.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
        let wanted = folded(name);
        let found = table::PROPERTIES.binary_search_by(|property| {
            property.name.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(wanted.iter().copied())
        });
        found.ok().and_then(|at| table::PROPERTIES.get(at))
    }

    /// Every property of the list, by name.
    pub fn all() -> &'static [Self] {
        table::PROPERTIES
    }

    /// What somebody may have meant who wrote a name that is not on the list: by its LDAP or Graph name, by a usual
    /// shorter name, or by a slip of a letter or two.
    ///
    /// ```
    /// let meant = |name| opath::Property::suggest(name).map(opath::Property::name);
    /// assert_eq!(meant("RecipentTypeDetails"), Some("RecipientTypeDetails"));
    /// assert_eq!(meant("extensionAttribute3"), Some("CustomAttribute3"));
    /// assert_eq!(meant("Colour"), None);
    /// ```
    pub fn suggest(name: &str) -> Option<&'static Self> {
        let folded = name.to_ascii_lowercase();
        if let Some((_, meant)) = table::OTHER_NAMES.iter().find(|(other, _)| *other == folded) {
            return Self::find(meant);
        }
        if let Some(number) = folded.strip_prefix("extensionattribute") {
            return Self::find(&format!("CustomAttribute{number}"));
        }
        // A digit is no slip: CustomAttribute16 is not CustomAttribute1.
        if folded.ends_with(|last: char| last.is_ascii_digit()) {
            return None;
        }
        let limit = (name.len() / 4).min(2);
        let near = table::PROPERTIES.iter().map(|property| (distance(property.name, name, limit), property));
        near.filter(|(steps, _)| *steps <= limit)
            .min_by_key(|(steps, _)| *steps)
            .map(|(_, property)| property)
    }

    /// The name in its documented casing.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What its values are.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether a recipient may have several values.
    pub fn is_multi_valued(&self) -> bool {
        self.multi_valued
    }

    /// The documented names that its values may have; empty if they are not a set of names, or not listed here.
    pub fn enumeration(&self) -> &'static [&'static str] {
        enumerations::of(self.name)
    }

    /// A value in the casing in which the service stores it, where that is known.
    pub(crate) fn spelling_of(&self, value: &str) -> Option<&'static str> {
        let names: &[&'static str] =
            if self.kind == Kind::Boolean { &["True", "False"] } else { self.enumeration() };
        names.iter().copied().find(|name| name.eq_ignore_ascii_case(value))
    }

    /// Whether different folded values are different for certain, so that a recipient cannot have both in one
    /// property of one value.
    pub(crate) fn tells_apart(&self, folded: &str) -> bool {
        match self.kind {
            Kind::Text | Kind::Boolean | Kind::Integer | Kind::DistinguishedName | Kind::Guid => true,
            Kind::Enumeration => self.spelling_of(folded).is_some(),
            Kind::MultiText | Kind::Reference | Kind::Quantity | Kind::Date | Kind::Binary => false,
        }
    }

    /// Whether values may carry the prefix of an address type, `smtp:` being understood.
    pub(crate) fn holds_proxy_addresses(&self) -> bool {
        self.name == Self::EMAIL_ADDRESSES
    }

    /// "Any filter that uses the `PrimarySmtpAddress` property will also search values in the `EmailAddresses` property."
    pub(crate) fn searches_proxy_addresses(&self) -> bool {
        self.name == "PrimarySmtpAddress"
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Property, table};

    #[test]
    fn every_property_is_found_in_any_case() {
        for property in Property::all() {
            for name in [property.name().to_uppercase(), property.name().to_lowercase()] {
                assert_eq!(Property::find(&name), Some(property), "{name}");
            }
        }
        assert_eq!(Property::find("Colour"), None);
    }

    #[test]
    fn other_names_lead_to_properties() {
        for (other, meant) in table::OTHER_NAMES {
            assert!(Property::find(other).is_none(), "{other} is a property itself");
            assert_eq!(Property::suggest(other).map(Property::name), Some(*meant));
        }
    }

    #[test]
    fn suggestions_are_near() {
        let cases = [
            ("RecipientTypeDetail", Some("RecipientTypeDetails")),
            ("MemberOfGrup", Some("MemberOfGroup")),
            ("customattribut1", None),
            ("CustomAttribute16", None),
            ("Ciy", None),
            ("Ctiy", Some("City")),
            ("Shoesize", None),
        ];
        for (name, meant) in cases {
            assert_eq!(Property::suggest(name).map(Property::name), meant, "{name}");
        }
    }

    #[test]
    fn sets_of_names_belong_to_enumerations() {
        for property in Property::all() {
            assert!(
                property.enumeration().is_empty() || property.kind() == Kind::Enumeration,
                "{property:?}"
            );
        }
    }
}
