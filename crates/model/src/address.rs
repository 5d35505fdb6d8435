//! Addresses: where a resource stands in the manifest.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The path of a resource in the YAML: `roomLists.london`, or `organization` for the section that has no keys.
///
/// A room list that is split over several lists has one address a part: `roomLists.london` is the first and
/// `roomLists.london[2]` the second.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// The address of `key` in `section`.
    pub fn new(section: &str, key: &str) -> Self {
        Self(format!("{section}.{key}"))
    }

    /// The address of a section that is a resource itself, such as `organization`.
    pub fn of_section(section: &str) -> Self {
        Self(section.to_owned())
    }

    /// The address of part `number` (counted from 1) of a split resource; part 1 is the resource's own address.
    #[must_use]
    pub fn part(&self, number: usize) -> Self {
        if number <= 1 { self.clone() } else { Self(format!("{}[{number}]", self.0)) }
    }

    /// The section: what stands before the first dot.
    pub fn section(&self) -> &str {
        self.0.split_once('.').map_or(self.0.as_str(), |(section, _)| section)
    }

    /// The key: what stands behind the first dot, or the empty string for a section that is a resource itself.
    pub fn key(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, key)| key)
    }

    /// The whole address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_splits_into_section_and_key_and_numbers_its_parts() {
        let address = Address::new("roomLists", "london");
        assert_eq!((address.section(), address.key()), ("roomLists", "london"));
        assert_eq!(address.part(1), address);
        assert_eq!(address.part(2).as_str(), "roomLists.london[2]");
        assert_eq!(
            (Address::of_section("organization").section(), Address::of_section("organization").key()),
            ("organization", "")
        );
    }
}
