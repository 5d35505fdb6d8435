//! The crate from outside, case by case.

mod canonical;
mod errors;
mod evaluate;
mod notes;
mod parse;
mod random;
mod stored;

use std::borrow::Cow;
use std::collections::BTreeMap;

/// A recipient of pairs of property and value, in any order, with any casing of properties.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person(BTreeMap<String, Vec<String>>);

impl Person {
    pub(crate) fn with(pairs: &[(&str, &str)]) -> Self {
        let mut person = Self::default();
        for (property, value) in pairs {
            person.add(property, value);
        }
        person
    }

    pub(crate) fn add(&mut self, property: &str, value: &str) {
        self.0.entry(property.to_lowercase()).or_default().push(value.to_owned());
    }
}

impl opath::Recipient for Person {
    fn values(&self, property: &str) -> Vec<Cow<'_, str>> {
        self.0
            .get(&property.to_lowercase())
            .into_iter()
            .flatten()
            .map(|value| value.as_str().into())
            .collect()
    }
}

pub(crate) fn read(text: &str) -> opath::Filter {
    match opath::parse(text) {
        Ok(filter) => filter,
        Err(error) => panic!("{text}\n{error} at {:?}, {:?}", error.span(), error.hint()),
    }
}
