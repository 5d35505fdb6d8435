//! Loading: files to nodes, nodes to entries, entries to resources, and every check on the way.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::check;
use super::decode::{Site, duplicate_key, unknown_key};
use super::entry::Entry;
use super::files::{Files, tidy};
use super::header::{self, Header};
use super::lists::{Contents, Lists, read_text, reason};
use super::lower::{Draft, Index, Known, Lowering};
use super::near::nearest;
use super::node::{self, Key, Node, Tree, shortened};
use super::report::Report;
use super::texts::is_key;
use super::{Loaded, Manifest, whole};
use crate::address::Address;
use crate::diagnostic;
use crate::kind::Kind;
use crate::place::Place;
use crate::resource::{Edition, Ensure, Resource};

/// A decoded entry that waits for the others.
struct Waiting {
    kind: Kind,
    place: Place,
    /// Index into the folders of the files.
    folder: usize,
    entry: Box<dyn Entry>,
}

/// Everything read so far.
#[derive(Default)]
struct Read {
    header: Header,
    entries: IndexMap<Address, Waiting>,
    /// Where every key stands, those whose entries could not be read included.
    keys: IndexMap<Address, Place>,
    folders: Vec<PathBuf>,
    /// Whether a file could not be read: what seems to be missing may stand there.
    partial: bool,
    /// Whether something that was reported may have been meant as a section.
    unsure: bool,
}

/// Loads a manifest from files and folders. A folder stands for its `*.yaml` and `*.yml` in the order of their names.
///
/// Paths in the manifest are relative to the file that they stand in.
pub fn load(paths: &[PathBuf], files: &dyn Files) -> Loaded {
    let mut report = Report::default();
    let mut digest = Contents::default();
    let mut read = Read::default();
    let paths = gather(paths, files, &mut report);
    let folder = paths.first().map(|path| folder_of(path)).unwrap_or_default();
    for path in &paths {
        let Some((source, text)) = read_text(path, Place::NOWHERE, files, &mut digest, &mut report) else {
            continue;
        };
        read.folders.push(folder_of(path));
        read_file(&text, source, &mut read, &mut report);
    }
    let manifest = finish(read, folder, files, digest, &mut report);
    report.close();
    let mut diagnostics = std::mem::take(&mut report.findings);
    diagnostic::sort(&mut diagnostics);
    let clean = !diagnostics.iter().any(crate::diagnostic::Diagnostic::is_error);
    let sources = report.sources;
    let manifest =
        manifest.filter(|_| clean).map(|manifest| Manifest { sources: sources.clone(), ..manifest });
    Loaded { manifest, sources, diagnostics }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The files that the paths stand for, each once.
fn gather(paths: &[PathBuf], files: &dyn Files, report: &mut Report) -> Vec<PathBuf> {
    let mut gathered: Vec<PathBuf> = Vec::new();
    let mut add = |path: PathBuf| {
        if !gathered.iter().any(|known| tidy(known) == tidy(&path)) {
            gathered.push(path);
        }
    };
    for path in paths {
        if !files.is_folder(path) {
            add(path.clone());
            continue;
        }
        match files.list(path) {
            Ok(mut found) => {
                found.retain(|file| {
                    file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
                        && !files.is_folder(file)
                });
                if found.is_empty() {
                    report.find(
                        &check::NO_FILES,
                        Place::NOWHERE,
                        format!("{} holds no manifest", path.display()),
                    );
                }
                found.sort();
                found.into_iter().for_each(&mut add);
            }
            Err(error) => {
                let summary = format!("cannot list {}: {}", path.display(), reason(&error));
                report.find(&check::FILE_UNREADABLE, Place::NOWHERE, summary);
            }
        }
    }
    gathered
}

fn read_file(text: &Arc<str>, source: u32, read: &mut Read, report: &mut Report) {
    let names: Vec<&'static str> =
        header::KEYS.into_iter().take(4).chain(Kind::all().map(sections)).chain(["policy"]).collect();
    let Some(documents) = node::parse(text, source, report) else {
        read.partial = true;
        return;
    };
    for document in documents {
        let entries = match document.tree {
            Tree::Mapping(entries) => entries,
            Tree::Blank | Tree::Null => continue,
            _ => {
                report
                    .find(
                        &check::WRONG_TYPE,
                        document.place,
                        format!("a manifest must be a mapping, found {}", document.tree.found()),
                    )
                    .hint("begin with `version: 1`");
                read.partial = true;
                continue;
            }
        };
        let mut seen: Vec<Key<'_>> = Vec::new();
        for (key, node) in entries {
            if let Some(first) = seen.iter().find(|known| known.text == key.text) {
                duplicate_key(&key, first.place, report);
                // The second half of a section is read all the same: its entries are referred to.
                if Kind::of_section(&key.text).is_none() {
                    continue;
                }
            }
            seen.push(key.clone());
            if let Some(kind) = Kind::of_section(&key.text) {
                section(kind, &key, node, read, report);
            } else if !read.header.read(&key.text, key.place, node, report) {
                // It may well be a section.
                read.unsure = true;
                unknown_key(&key, "", &names, report);
            }
        }
    }
}

fn sections(kind: Kind) -> &'static str {
    kind.section
}

fn section(kind: Kind, key: &Key<'_>, node: Node<'_>, read: &mut Read, report: &mut Report) {
    let site = Site::new(kind.section, key.place);
    if kind.key.is_empty() {
        entry(kind, Address::of_section(kind.section), site, node, read, report);
        return;
    }
    let entries = match node.tree {
        // A section whose entries are all commented out.
        Tree::Blank | Tree::Null => return,
        Tree::Mapping(entries) => entries,
        _ => {
            let hint = match &node.tree {
                Tree::Sequence(_) => {
                    format!("give every {} a key: `{}: {{ london: {{ … }} }}`", kind.title, kind.section)
                }
                _ => format!("write entries below it, each `key: {{ … }}`, for example a {}", kind.title),
            };
            let summary = format!("`{}` must be a mapping, found {}", kind.section, node.tree.found());
            report.find(&check::WRONG_TYPE, node.place, summary).hint(hint);
            read.unsure = true;
            return;
        }
    };
    for (key, node) in entries {
        if !is_key(&key.text) {
            let summary = format!("`{}` cannot be the key of a {}", shortened(&key.text), kind.title);
            let finding = report.find(&check::KEY_INVALID, key.place, summary);
            if key.text.contains('@') {
                finding.hint("a key has no `@`: that is how references tell it from an address");
            }
        }
        let address = Address::new(kind.section, &key.text);
        entry(kind, address, Site::new(&key.text, key.place), node, read, report);
    }
}

fn entry(kind: Kind, address: Address, site: Site<'_>, node: Node<'_>, read: &mut Read, report: &mut Report) {
    if let Some(first) = read.keys.get(&address) {
        let (key, first) = (Key { place: site.place, text: site.name.into() }, *first);
        report.about = Some(address);
        duplicate_key(&key, first, report);
        report.about = None;
        return;
    }
    read.keys.insert(address.clone(), site.place);
    report.about = Some(address.clone());
    if matches!(node.tree, Tree::Blank | Tree::Null) {
        report.find(&check::EMPTY_VALUE, site.place, format!("`{}` has no fields", site.name)).hint(format!(
            "state at least what identifies a {}: {}",
            kind.title,
            super::near::listed(kind.key.iter().copied())
        ));
    } else if !matches!(node.tree, Tree::Mapping(_)) && kind.attribute(site.name).is_some() {
        let summary = format!("`{}` stands where the key of a {} is expected", site.name, kind.title);
        report
            .find(&check::WRONG_TYPE, site.place, summary)
            .hint("it is a field: indent it deeper than the key that it belongs to");
    } else if let Some(entry) = (kind.reading.decode)(node, site, report) {
        let folder = read.folders.len().saturating_sub(1);
        read.entries.insert(address, Waiting { kind, place: site.place, folder, entry });
    }
    report.about = None;
}

/// Resolves, checks and puts together.
fn finish(
    read: Read,
    folder: PathBuf,
    files: &dyn Files,
    digest: Contents,
    report: &mut Report,
) -> Option<Manifest> {
    let Read { header, entries, keys, folders, partial, unsure } = read;
    if folders.is_empty() {
        return None;
    }
    let first = Place { source: 0, line: 1, column: 1, length: 0 };
    if !partial {
        header.complete(first, report);
    }
    let edition = header.target.map_or_else(Edition::default, |(edition, _)| edition);
    let cloud = header.cloud(report);
    let policy = header.policy.map(|(policy, _)| policy.lower(report)).unwrap_or_default();
    if keys.is_empty() && !partial && !unsure {
        report.find(&check::EMPTY_MANIFEST, first, "the manifest has no resources");
    }
    let index = Index { partial, ..index(&entries, &keys) };
    let mut resources = IndexMap::with_capacity(entries.len());
    let mut lists = Lists::new(files, digest);
    for (address, waiting) in entries {
        report.about = Some(address.clone());
        let common = waiting.entry.common();
        let mut draft = Draft {
            resource: Resource::new(address.clone(), waiting.kind, waiting.place),
            absent: common.is_absent(),
        };
        whole::common(&common, &mut draft, report);
        let mut cx = Lowering {
            edition,
            index: &index,
            report,
            lists: &mut lists,
            base: &folder,
            folder: folders.get(waiting.folder).cloned().unwrap_or_default(),
        };
        waiting.entry.lower(&mut draft, &mut cx);
        resources.insert(address, closed(draft));
    }
    report.about = None;
    whole::check(&resources, partial, report);
    Some(Manifest {
        edition,
        cloud,
        tenant: header.tenant.map(|(tenant, _)| tenant).unwrap_or_default(),
        resources,
        policy,
        sources: crate::place::Sources::default(),
        digest: lists.into_digest(),
        folder,
    })
}

fn index(entries: &IndexMap<Address, Waiting>, keys: &IndexMap<Address, Place>) -> Index {
    let mut index = Index::default();
    for (address, waiting) in entries {
        let section = waiting.kind.section;
        let known = Known {
            place: waiting.place,
            handle: waiting.entry.handle().map(str::to_owned),
            names: waiting.entry.names().into_iter().map(str::to_owned).collect(),
            absent: waiting.entry.common().is_absent(),
            splits: waiting.entry.splits(),
        };
        if section == "roomLists"
            && let Some(handle) = &known.handle
        {
            index.room_lists.entry(handle.to_lowercase()).or_insert_with(|| address.clone());
        }
        index.sections.entry(section).or_default().insert(address.key().to_owned(), known);
    }
    for address in keys.keys().filter(|address| !entries.contains_key(*address)) {
        if let Some(kind) = Kind::of_section(address.section()) {
            index.unread.entry(kind.section).or_default().push(address.key().to_owned());
        }
    }
    index
}

/// The finished resource. One that is to be absent keeps what identifies it and what steers planning.
fn closed(draft: Draft) -> Resource {
    let Draft { mut resource, absent } = draft;
    if absent {
        resource.ensure = Ensure::Absent;
        let kind = resource.kind;
        let keeps = |name: &str| {
            kind.key.contains(&name)
                || name == "name"
                || kind
                    .attribute(name)
                    .is_some_and(|attribute| attribute.on_change == crate::kind::OnChange::Local)
        };
        resource.attributes.retain(|name, _| keeps(name));
        resource.places.retain(|name, _| keeps(name));
        resource.queries.clear();
    }
    let address = resource.address.clone();
    resource.depends_on.remove(&address);
    resource
}

/// The attribute of a kind that was probably meant.
pub(crate) fn nearest_attribute(kind: Kind, name: &str) -> Option<&'static str> {
    nearest(name, kind.attributes.iter().map(|attribute| attribute.name))
}
