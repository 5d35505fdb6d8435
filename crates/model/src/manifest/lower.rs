//! Lowering: from decoded entries to resources, references resolved.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::check;
use super::decode::{Field, Located};
use super::lists::Lists;
use super::near::{listed, nearest};
use super::node::shortened;
use super::report::{Check, Report, inside};
use super::texts::is_guid;
use crate::address::Address;
use crate::kind::Kind;
use crate::place::Place;
use crate::resource::{Edition, Resource};
use crate::value::Value;

/// What references need to know of an entry.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) place: Place,
    pub(crate) handle: Option<String>,
    pub(crate) names: Vec<String>,
    pub(crate) absent: bool,
    pub(crate) splits: bool,
}

/// Every entry of the manifest, by section and key.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) sections: HashMap<&'static str, IndexMap<String, Known>>,
    /// Sections and keys whose entries could not be read; what refers to them is not reported as dangling.
    pub(crate) unread: HashMap<&'static str, Vec<String>>,
    /// Whether a file could not be read.
    pub(crate) partial: bool,
    /// Room lists by primary address in lower case.
    pub(crate) room_lists: BTreeMap<String, Address>,
}

/// A resource that is being filled.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) resource: Resource,
    /// Whether only what identifies the object is needed.
    pub(crate) absent: bool,
}

impl Draft {
    /// Sets an attribute to what a field says.
    pub(crate) fn set<T>(&mut self, attribute: &str, field: Field<T>, value: impl FnOnce(T) -> Value) {
        match field {
            Field::Absent | Field::Wrong => {}
            Field::Null(place) => self.put(attribute, Value::Null, place),
            Field::Value(located) => self.put(attribute, value(located.value), located.place),
        }
    }

    /// Sets an attribute.
    pub(crate) fn put(&mut self, attribute: &str, value: Value, place: Place) {
        self.resource.attributes.insert(attribute.to_owned(), value);
        self.resource.places.insert(attribute.to_owned(), place);
    }
}

/// What lowering one entry works with.
pub(crate) struct Lowering<'l, 'f> {
    pub(crate) edition: Edition,
    pub(crate) index: &'l Index,
    pub(crate) report: &'l mut Report,
    pub(crate) lists: &'l mut Lists<'f>,
    /// The folder that paths in the resources are relative to.
    pub(crate) base: &'l Path,
    /// The folder of the file that the entry stands in.
    pub(crate) folder: PathBuf,
}

impl Lowering<'_, '_> {
    /// Reports what the edition does not have. Tells whether it has it.
    pub(crate) fn only(&mut self, edition: Edition, place: Option<Place>, what: &str) -> bool {
        let Some(place) = place else { return true };
        if self.edition == edition {
            return true;
        }
        let summary = format!("{what} is a thing of {} only", edition.title());
        self.report.find(&check::NOT_IN_EDITION, place, summary);
        false
    }

    /// Resolves the key of an entry of `section` to what the tenant calls its object.
    pub(crate) fn refer(
        &mut self,
        draft: &mut Draft,
        section: &'static str,
        key: &str,
        place: Place,
    ) -> Option<String> {
        let kind = Kind::of_section(section)?;
        let entries = self.index.sections.get(section);
        if let Some(known) = entries.and_then(|entries| entries.get(key)) {
            let address = Address::new(section, key);
            if known.absent && !draft.absent {
                let summary = format!("`{address}` is to be absent");
                self.report
                    .find(&check::REFERENCE_TO_ABSENT, place, summary)
                    .related(known.place, "the entry");
                return None;
            }
            draft.resource.depends_on.insert(address);
            return known.handle.clone();
        }
        if self.index.partial
            || self.index.unread.get(section).is_some_and(|keys| keys.iter().any(|unread| unread == key))
        {
            return None;
        }
        self.dangling(kind, key, place);
        None
    }

    fn dangling(&mut self, kind: Kind, key: &str, place: Place) {
        let section = kind.section;
        let index = self.index;
        let entries = || index.sections.get(section).into_iter().flatten();
        let folded = key.to_lowercase();
        let alike: Vec<(&str, Place)> = entries()
            .filter(|(known, entry)| {
                known.to_lowercase() == folded || entry.names.iter().any(|name| name.to_lowercase() == folded)
            })
            .map(|(known, entry)| (known.as_str(), entry.place))
            .collect();
        if alike.len() > 1 {
            let mut finding = self
                .report
                .find(
                    &check::AMBIGUOUS_REFERENCE,
                    place,
                    format!("`{}` could mean several entries of {section}", shortened(key)),
                )
                .hint(format!("write one of {}", listed(alike.iter().map(|(key, _)| *key))));
            for (key, place) in alike {
                finding = finding.related(place, format!("{section}.{key}"));
            }
            return;
        }
        let elsewhere = Kind::all()
            .find(|other| index.sections.get(other.section).is_some_and(|keys| keys.contains_key(key)));
        let summary = format!("there is no {} `{}` in {section}", kind.title, shortened(key));
        let finding = self.report.find(&check::DANGLING_REFERENCE, place, summary);
        if let Some((known, at)) = alike.first() {
            finding.hint(format!("write its key, `{known}`")).related(*at, "the entry that has this name");
        } else if let Some(near) = nearest(key, entries().map(|(known, _)| known.as_str())) {
            finding.hint(format!("did you mean `{near}`?"));
        } else if let Some(other) = elsewhere {
            finding.hint(format!(
                "`{}` is a {}; this field takes a {}",
                Address::new(other.section, key),
                other.title,
                kind.title
            ));
        } else if entries().next().is_some() {
            finding.hint(format!(
                "{section} has {}",
                listed(entries().map(|(known, _)| known.as_str()).take(12))
            ));
        } else {
            finding.hint(format!("add it under `{section}:`"));
        }
    }

    /// Resolves what is either the key of a service account or an address.
    pub(crate) fn principal(&mut self, draft: &mut Draft, text: &str, place: Place) -> Option<String> {
        if text.contains('@') || is_guid(text) {
            return Some(text.to_owned());
        }
        self.refer(draft, "serviceAccounts", text, place)
    }

    /// Resolves several of them.
    pub(crate) fn principals<T: AsRef<str>>(
        &mut self,
        draft: &mut Draft,
        elements: Vec<Located<T>>,
    ) -> Vec<String> {
        let mut resolved = Elements::default();
        for element in elements {
            if let Some(principal) = self.principal(draft, element.value.as_ref(), element.place) {
                resolved.add(principal, element.place, self.report);
            }
        }
        resolved.into_values()
    }

    /// Reports text that is longer than Exchange takes.
    pub(crate) fn at_most(&mut self, check: &'static Check, limit: usize, name: &str, field: &Field<String>) {
        let Field::Value(located) = field else { return };
        let length = located.value.chars().count();
        if length > limit {
            let summary = format!("`{name}` has {length} characters, {limit} are the most");
            self.report.find(check, located.place, summary);
        }
    }

    /// Checks a recipient filter and tells it as Exchange takes it: bare, without the quoting of PowerShell.
    ///
    /// `about_groups` is what to do where the filter names a group by its address.
    pub(crate) fn filter(&mut self, text: &str, place: Place, about_groups: Option<&str>) -> Option<String> {
        match opath::parse(text) {
            Ok(filter) => {
                for note in filter.notes() {
                    let place = inside(&self.report.sources, place, text, &note.span());
                    let check = check::of_filter_note(note.id());
                    let hint = about_groups.filter(|_| check.id == check::FILTER_ADDRESS.id).or(note.hint());
                    let finding = self.report.find(check, place, note.message());
                    if let Some(hint) = hint {
                        finding.hint(hint);
                    }
                }
                Some(filter.to_string())
            }
            Err(error) => {
                let place = inside(&self.report.sources, place, text, &error.span());
                let finding = self.report.find(&check::FILTER_SYNTAX, place, error.message());
                if let Some(hint) = error.hint() {
                    finding.hint(hint);
                }
                None
            }
        }
    }
}

/// The elements of a set as they are gathered; one that stands twice is reported and left out.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    values: Vec<String>,
    places: Vec<Place>,
    seen: HashMap<String, u32>,
}

impl Elements {
    /// Makes room, within reason: it is a guess by the length of a file.
    pub(crate) fn reserve(&mut self, more: usize) {
        let more = more.min(1 << 20);
        self.values.reserve_exact(more);
        self.places.reserve_exact(more);
        self.seen.reserve(more);
    }

    /// Adds one element.
    pub(crate) fn add(&mut self, value: String, place: Place, report: &mut Report) {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        match self.seen.entry(value.to_lowercase()) {
            std::collections::hash_map::Entry::Occupied(first) => {
                let first = self.places.get(usize::try_from(*first.get()).unwrap_or(usize::MAX)).copied();
                let finding = report.find(
                    &check::DUPLICATE_ELEMENT,
                    place,
                    format!("`{}` stands twice", shortened(&value)),
                );
                if let Some(first) = first {
                    finding.related(first, "it stands here first");
                }
            }
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(next);
                self.values.push(value);
                self.places.push(place);
            }
        }
    }

    /// Where an element stands that is given in lower case.
    pub(crate) fn place(&self, folded: &str) -> Option<Place> {
        let index = usize::try_from(*self.seen.get(folded)?).ok()?;
        self.places.get(index).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn into_values(self) -> Vec<String> {
        self.values
    }
}
