//! Delivery to a file that only its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anteroom_model::password::Password;
use zeroize::Zeroizing;

use super::{Why, make};

/// The shortest and the longest password that Entra takes.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

/// What stands where a file is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Nothing.
    Nothing,
    /// What an interrupted run delivered for the same owner.
    Pending,
}

impl There {
    /// What stands at a path; an error for anything but what an interrupted run left for `owner`.
    pub(super) fn at(path: &Path, owner: &str) -> Result<Self, Why> {
        match fs::symlink_metadata(path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(Self::Nothing)
            }
            Err(error) => Err(Why::new(error.to_string())),
            Ok(there) if there.is_dir() => {
                Err(Why::new("it is a folder").hint("name a file that is not there yet"))
            }
            Ok(_) => {
                let pending = fs::read_to_string(marker(path)).unwrap_or_default();
                if pending.trim().eq_ignore_ascii_case(owner) {
                    Ok(Self::Pending)
                } else {
                    Err(occupied("the file is there already"))
                }
            }
        }
    }
}

fn occupied(reason: &str) -> Why {
    Why::new(reason).hint("move the file away: what was delivered is never overwritten")
}

pub(super) fn check(path: &Path, owner: &str) -> Result<(), Why> {
    if There::at(path, owner)? == There::Pending {
        read(path)?;
    }
    check_folder(path)
}

pub(super) fn deliver(path: &Path, owner: &str) -> Result<Password, Why> {
    if There::at(path, owner)? == There::Pending {
        return read(path);
    }
    let password = make(owner)?;
    let mut content = Zeroizing::new(password.expose().as_bytes().to_vec());
    content.push(b'\n');
    put(path, owner, &content, There::Nothing).map_err(|error| Why::new(error.to_string()))?;
    Ok(password)
}

/// The owner has the password now: the note goes.
pub(super) fn settle(path: &Path) -> Result<(), Why> {
    let marker = marker(path);
    match fs::remove_file(&marker) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            let remove = format!("remove {} by hand", marker.display());
            Err(Why::new(error.to_string()).hint(remove))
        }
        _ => Ok(()),
    }
}

/// The file that tells, until an account is made, whose the password beside it will be. It holds no secret.
fn marker(path: &Path) -> PathBuf {
    beside(path, ".pending")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// The password that an earlier run delivered.
fn read(path: &Path) -> Result<Password, Why> {
    let file = File::open(path).map_err(|error| Why::new(error.to_string()))?;
    let mut text = Zeroizing::new(String::new());
    let wrong = || occupied("the file is there already and holds no password");
    file.take(1024).read_to_string(&mut text).map_err(|_| wrong())?;
    let password = text.trim_end_matches(['\r', '\n']);
    let fits = LENGTHS.contains(&password.chars().count()) && !password.contains(char::is_control);
    if fits { Ok(Password::new(password.to_owned())) } else { Err(wrong()) }
}

/// Whether a file could be made at a path: a file of no content is made in its folder, or in the one above that is
/// there, and removed.
pub(super) fn check_folder(path: &Path) -> Result<(), Why> {
    let mut folder = folder_of(path);
    let shown = folder.display().to_string();
    while !folder.as_os_str().is_empty() && folder.symlink_metadata().is_err() {
        folder = folder_of(folder);
    }
    let probe = folder.join(beside(path, ".probe").file_name().unwrap_or_default());
    let made = private().open(&probe);
    let fails = |error: &io::Error| {
        let shown = if shown.is_empty() { "." } else { shown.as_str() };
        Why::new(format!("no file can be made in {shown}: {error}"))
            .hint("choose a folder that you can write to")
    };
    match made {
        Ok(_) => fs::remove_file(&probe).map_err(|error| fails(&error)),
        // Somebody checks at the same time, or was interrupted; then a file can be made there.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(fails(&error)),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A new file that only its owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes the note first and then the whole file under another name, so that no reader ever finds half of it and no
/// password is there without its note. What an interrupted run left is kept under the next free name with a number.
pub(super) fn put(path: &Path, owner: &str, content: &[u8], over: There) -> io::Result<()> {
    let folder = folder_of(path);
    if !folder.as_os_str().is_empty() {
        fs::create_dir_all(folder)?;
    }
    let partial = beside(path, ".partial");
    // What an interrupted run left half-written was never used.
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private().open(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    let placed = match over {
        There::Nothing => {
            fs::write(marker(path), owner)?;
            let linked = link(&partial, path, content);
            if linked.is_err() {
                // What somebody else put there meanwhile must never be taken for this owner's password.
                let _ = fs::remove_file(marker(path));
            }
            let _ = fs::remove_file(&partial);
            linked
        }
        There::Pending => keep(path).and_then(|()| fs::rename(&partial, path)),
    };
    placed?;
    // The name must outlive a failure of the power, too; not every system can be asked for that.
    if let Ok(folder) = File::open(if folder.as_os_str().is_empty() { Path::new(".") } else { folder }) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Gives a file a second name, which must be free: renaming would overwrite.
fn link(partial: &Path, path: &Path, content: &[u8]) -> io::Result<()> {
    match fs::hard_link(partial, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Not every file system knows second names.
        Err(_) => {
            let mut file = private().open(path)?;
            file.write_all(content)?;
            file.sync_all()
        }
    }
}

/// Keeps what stands at a path under the first free of the names `path.1`, `path.2`, …
fn keep(path: &Path) -> io::Result<()> {
    for number in 1..=u32::MAX {
        let kept = beside(path, &format!(".{number}"));
        match fs::hard_link(path, &kept) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(_) if !kept.exists() => return fs::rename(path, &kept),
            linked => return linked,
        }
    }
    Err(io::Error::other("no name is left under which to keep the earlier file"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::folder;
    use super::{check, deliver, settle};

    #[test]
    fn a_delivered_password_is_only_its_owners_and_is_used_again_after_an_interruption() {
        let folder = folder("again");
        let to = folder.join("secrets/svc");
        check(&to, "a@contoso.com").unwrap();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "a check leaves nothing behind");
        let first = deliver(&to, "a@contoso.com").unwrap();
        check(&to, "A@contoso.com").unwrap();
        assert_eq!(first.expose(), deliver(&to, "A@contoso.com").unwrap().expose());
        assert!(check(&to, "b@contoso.com").is_err());
        assert!(deliver(&to, "b@contoso.com").is_err(), "nobody gets the password of another");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
        }
        settle(&to).unwrap();
        assert!(deliver(&to, "a@contoso.com").is_err(), "a settled password is never used again");
        assert_eq!(fs::read_dir(folder.join("secrets")).unwrap().count(), 1, "only the password is left");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_is_there_is_refused_and_kept() {
        let folder = folder("other");
        let to = folder.join("notes");
        fs::write(&to, "line\nline\n").unwrap();
        let why = deliver(&to, "a@contoso.com").unwrap_err();
        assert!(why.reason.ends_with("is there already") && why.hint.is_some(), "{why:?}");
        fs::write(folder.join("notes.pending"), "a@contoso.com").unwrap();
        assert!(check(&to, "a@contoso.com").is_err(), "and is no password");
        assert!(deliver(&to, "a@contoso.com").is_err());
        assert_eq!(fs::read_to_string(&to).unwrap(), "line\nline\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_cannot_be_a_folder_is_told_before_anything_is_made() {
        let folder = folder("no-folder");
        fs::write(folder.join("file"), "").unwrap();
        let why = check(&folder.join("file/deep/svc"), "a@contoso.com").unwrap_err();
        assert!(why.reason.contains("file/deep") && why.hint.is_some(), "{why:?}");
        assert!(check(&folder, "a@contoso.com").unwrap_err().reason.contains("folder"));
        fs::remove_dir_all(folder).unwrap();
    }
}
