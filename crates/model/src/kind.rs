//! Kinds: what resources there are, and what their attributes mean. Everything above works on this table and knows no
//! kind by name.

use std::fmt;

use crate::kinds;
use crate::manifest::Reading;
use crate::resource::Resource;

/// One kind of resource: a row of [`Kind::all`].
#[derive(Debug)]
pub struct KindSpec {
    /// The manifest's section, such as `roomLists`.
    pub section: &'static str,
    /// What one resource of it is called, such as `room list`.
    pub title: &'static str,
    /// The attributes that identify an object in the tenant. Empty where there is exactly one, as for `organization`.
    pub key: &'static [&'static str],
    /// Every attribute, in the order in which differences are shown.
    pub attributes: &'static [AttributeSpec],
    /// Sections all of whose resources come before any of this one, whether it refers to them or not.
    pub after: &'static [&'static str],
    /// Whether its objects count among those of which a limited share may be deleted.
    pub deletable: bool,
    /// Turns one resource into the resources that stand for it in the tenant, once the tenant is known: a room list
    /// over its size becomes several. Most kinds have none.
    pub expand: Option<kinds::Expand>,
    /// What a person should read before a change of this kind is made.
    pub remarks: Option<kinds::Remarks>,
    /// What takes effect later than a change of this kind is written, and how much later. Exchange Online only.
    pub delay: Option<kinds::Delay>,
    /// Part `number` (from 1) of a resource of a kind that is expanded, without its members: see [`Kind::part`].
    pub part: Option<kinds::NumberedPart>,
    /// How its section of the manifest is read.
    pub reading: Reading,
}

/// One attribute of a kind.
#[derive(Debug)]
pub struct AttributeSpec {
    /// Its path in the manifest, such as `password.neverExpires`.
    pub name: &'static str,
    /// When two values of it are the same.
    pub semantics: Semantics,
    /// What a difference leads to.
    pub on_change: OnChange,
    /// The section whose resources it names by their key attribute, where it does.
    pub refers_to: Option<&'static str>,
    /// Outputs that are no longer what they were once this attribute changes: a group's name is part of its
    /// distinguished name.
    pub invalidates: &'static [&'static str],
}

impl AttributeSpec {
    /// An attribute that is changed in place.
    pub const fn new(name: &'static str, semantics: Semantics) -> Self {
        Self { name, semantics, on_change: OnChange::Update, refers_to: None, invalidates: &[] }
    }

    /// The same, with what a difference leads to.
    #[must_use]
    pub const fn on_change(mut self, on_change: OnChange) -> Self {
        self.on_change = on_change;
        self
    }

    /// The same, naming resources of `section`.
    #[must_use]
    pub const fn refers_to(mut self, section: &'static str) -> Self {
        self.refers_to = Some(section);
        self
    }

    /// The same, with the outputs that it invalidates.
    #[must_use]
    pub const fn invalidates(mut self, outputs: &'static [&'static str]) -> Self {
        self.invalidates = outputs;
        self
    }
}

/// When two values of an attribute are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Semantics {
    /// To the letter.
    Exact,
    /// But for the case of letters; names in Exchange and Entra are compared so.
    CaseInsensitive,
    /// A recipient or principal in any of its spellings: address, UPN, GUID, distinguished name.
    Identity,
    /// A recipient filter, by its canonical form.
    Filter,
    /// Several values whose order means nothing, each compared without case.
    Set,
    /// Several recipients or principals, each in any of its spellings.
    IdentitySet,
}

/// What a difference of an attribute leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChange {
    /// The object is changed in place.
    Update,
    /// The object is replaced.
    Replace,
    /// Changed in place from one value to another; set or cleared only by replacing the object.
    ReplaceUnlessBothSet,
    /// It is changed in place, but never back: enabling customisation.
    Irreversible,
    /// Used when the object is made and never again: the tenant does not tell it.
    WriteOnly,
    /// Steers planning and is nothing in the tenant: the largest size of a room list.
    Local,
}

impl OnChange {
    /// Whether a value of this sort is read from the tenant and compared.
    pub const fn is_compared(self) -> bool {
        !matches!(self, Self::WriteOnly | Self::Local)
    }
}

/// A kind: a reference to its row, compared and ordered by its place in the table.
#[derive(Clone, Copy)]
pub struct Kind(&'static KindSpec);

impl Kind {
    /// Every kind, in the order in which the manifest shows them.
    pub fn all() -> impl Iterator<Item = Self> {
        kinds::TABLE.iter().map(|spec| Self(spec))
    }

    /// The kind of a section.
    pub fn of_section(section: &str) -> Option<Self> {
        Self::all().find(|kind| kind.section == section)
    }

    /// The attribute with this path.
    pub fn attribute(self, name: &str) -> Option<&'static AttributeSpec> {
        self.0.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// Part `number` (from 1) of a resource that may stand for several objects, as it is observed; none where the
    /// resource stands for one object only. Whoever observes asks for parts 2, 3, … until one is absent.
    pub fn part(self, resource: &Resource, number: usize) -> Option<Resource> {
        self.0.part.and_then(|part| part(resource, number))
    }

    /// Its place in the table.
    pub fn rank(self) -> usize {
        Self::all().position(|kind| kind == self).unwrap_or(usize::MAX)
    }
}

impl std::ops::Deref for Kind {
    type Target = KindSpec;

    fn deref(&self) -> &Self::Target {
        self.0
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.0.section == other.0.section
    }
}

impl Eq for Kind {}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({})", self.0.section)
    }
}

impl serde::Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.section)
    }
}

impl<'de> serde::Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let section = String::deserialize(deserializer)?;
        Self::of_section(&section)
            .ok_or_else(|| serde::de::Error::custom(format!("there is no kind {section}")))
    }
}
