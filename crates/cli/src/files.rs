//! Files that are written whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Where everything is kept that outlives a run, below the current folder.
pub(crate) const FOLDER: &str = ".anteroom";

/// Writes a file by way of a temporary one beside it, so that no reader, and no crash, ever meets half of it. Folders
/// that are missing are made.
pub(crate) fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        fs::create_dir_all(folder)?;
    }
    let temporary = temporary(path);
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(content.as_bytes())?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&temporary, path));
    if moved.is_err() {
        // What went wrong is told; that the remains could not be removed would only hide it.
        drop(fs::remove_file(&temporary));
    }
    moved
}

/// A name in the same folder that no other process takes.
fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// The file's text, or none where there is no such file.
pub(crate) fn read_if_there(path: &Path) -> io::Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a file; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// An empty folder for one test.
#[cfg(test)]
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("anteroom-{}-{name}", std::process::id()));
    drop(fs::remove_dir_all(&folder));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[cfg(test)]
mod tests {
    use super::{read_if_there, remove, scratch, write_whole};

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = scratch("files");
        let path = folder.join("deep/er/state.json");
        assert_eq!(read_if_there(&path).unwrap(), None);
        write_whole(&path, "one").unwrap();
        write_whole(&path, "two").unwrap();
        assert_eq!(read_if_there(&path).unwrap().as_deref(), Some("two"));
        assert_eq!(std::fs::read_dir(folder.join("deep/er")).unwrap().count(), 1);
        remove(&path).unwrap();
        remove(&path).unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_replaced_leaves_nothing_beside_it_either() {
        let folder = scratch("files-refused");
        std::fs::create_dir_all(folder.join("taken/x")).unwrap();
        assert!(write_whole(&folder.join("taken"), "one").is_err());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
