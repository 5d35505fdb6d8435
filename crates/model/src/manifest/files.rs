//! Files: the only way in which the loader touches the outside.

use std::io;
use std::path::{Path, PathBuf};

/// Reads files. [`Disk`] does; tests hand in a map.
pub trait Files {
    /// The contents of a file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The paths of what lies in a folder, in any order, not recursive.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Whether the path is a folder.
    fn is_folder(&self, path: &Path) -> bool;
}

/// The files of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// A path without `.` and, as far as that is possible, without `..`.
pub(crate) fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(tidy.components().next_back(), Some(Component::Normal(_))) => {
                tidy.pop();
            }
            other => tidy.push(other),
        }
    }
    tidy
}

/// `path`, as it is called from `folder`: the part below it where it lies below, else the path itself.
pub(crate) fn seen_from(folder: &Path, path: &Path) -> PathBuf {
    let (folder, path) = (tidy(folder), tidy(path));
    path.strip_prefix(&folder).map_or_else(|_| path.clone(), Path::to_path_buf)
}
