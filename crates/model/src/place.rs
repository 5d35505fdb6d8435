//! Places: where in which file a value was written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A place in one of the files that were loaded: 16 bytes, so that every value can afford one.
///
/// `line` and `column` count from 1; `column` counts characters. `length` is in characters and 0 where it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// Index into [`Sources`]; [`Place::NOWHERE`] has `u32::MAX`.
    pub source: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters.
    pub length: u32,
}

impl Default for Place {
    fn default() -> Self {
        Self::NOWHERE
    }
}

impl Place {
    /// The place of what no file says: a default, or something that was only observed.
    pub const NOWHERE: Self = Self { source: u32::MAX, line: 0, column: 0, length: 0 };

    /// Whether this names a place in a file.
    pub const fn is_somewhere(self) -> bool {
        self.source != u32::MAX
    }
}

/// One file that was loaded: its name as the user gave it, and its text for drawing diagnostics.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as it is printed.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

/// The files that were loaded, in order; places index into it.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a file and tells its index.
    pub fn add(&mut self, name: &str, text: Arc<str>) -> u32 {
        self.0.push(Source { name: name.into(), text });
        u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX)
    }

    /// The file a place lies in.
    pub fn get(&self, place: Place) -> Option<&Source> {
        self.0.get(usize::try_from(place.source).ok()?)
    }

    /// Every file, in the order of loading.
    pub fn iter(&self) -> impl Iterator<Item = &Source> {
        self.0.iter()
    }

    /// The place with its file's name, as diagnostics carry it; none for [`Place::NOWHERE`].
    pub fn locate(&self, place: Place) -> Option<Location> {
        let source = self.get(place)?;
        Some(Location {
            file: source.name.to_string(),
            line: place.line,
            column: place.column,
            length: place.length,
        })
    }
}

/// A place with the name of its file, fit for output: printed as `file:line:column`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Location {
    /// The file as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Length in characters; 0 where not known.
    #[serde(default)]
    pub length: u32,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Sources};

    #[test]
    fn a_place_takes_sixteen_bytes_and_prints_as_file_line_column() {
        assert_eq!(size_of::<Place>(), 16);
        let mut sources = Sources::default();
        let source = sources.add("a.yaml", "text".into());
        let location = sources.locate(Place { source, line: 3, column: 7, length: 2 });
        assert_eq!(location.map(|location| location.to_string()).as_deref(), Some("a.yaml:3:7"));
        assert_eq!(sources.locate(Place::NOWHERE), None);
    }
}
