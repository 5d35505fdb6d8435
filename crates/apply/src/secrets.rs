//! Passwords: made, delivered, and then forgotten.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anteroom_model::operation::Delivery;
use zeroize::{Zeroize as _, Zeroizing};

/// Makes passwords and delivers them.
pub trait Secrets: Send + Sync {
    /// The password of this name: made and delivered, or taken from where an interrupted run delivered it before.
    /// An error is a sentence for a person and holds no part of a password.
    fn deliver(&self, secret: &str, to: &Delivery) -> Result<Zeroizing<String>, String>;
}

/// Characters that no portal mistakes for each other, by class.
const CLASSES: [&[u8]; 4] = [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#%+-.:=?@_"];
/// Entra takes 8 to 256; 24 of these characters are more than 130 bits.
const LENGTH: usize = 24;
/// The shortest password that Entra takes.
const SHORTEST: usize = 8;

/// Delivers to files below a folder.
#[derive(Clone, Debug)]
pub struct FileSecrets {
    folder: PathBuf,
}

impl FileSecrets {
    /// Paths that are not absolute are below this folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Secrets for FileSecrets {
    fn deliver(&self, secret: &str, to: &Delivery) -> Result<Zeroizing<String>, String> {
        let Delivery::File(path) = to;
        let path = self.folder.join(path);
        match read(&path) {
            Ok(Some(password)) => return Ok(password),
            Ok(None) => {}
            Err(reason) => return Err(format!("{secret}: {}: {reason}", path.display())),
        }
        let password = generate().map_err(|error| format!("{secret}: no random numbers to be had: {error}"))?;
        write(&path, &password).map_err(|error| format!("{secret}: cannot write {}: {error}", path.display()))?;
        Ok(password)
    }
}

/// The password that an earlier run delivered. A file that holds something else is never touched.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>, String> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    let mut text = Zeroizing::new(String::new());
    let wrong = || "is there already and holds no password, and is never overwritten; move it away".to_owned();
    io::Read::by_ref(&mut file).take(1024).read_to_string(&mut text).map_err(|_| wrong())?;
    let password = text.trim_end_matches(['\r', '\n']);
    let fits = (SHORTEST..=256).contains(&password.chars().count()) && !password.contains(char::is_control);
    if fits { Ok(Some(Zeroizing::new(password.to_owned()))) } else { Err(wrong()) }
}

/// Writes the whole file under another name first, so that no reader ever finds half a password.
fn write(path: &Path, password: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    // What an interrupted run left half-written was never used.
    match std::fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&partial)?;
    file.write_all(password.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    // A hard link fails where the name is taken: renaming would overwrite.
    let linked = std::fs::hard_link(&partial, path);
    std::fs::remove_file(&partial)?;
    linked
}

/// A password with characters of every class, each equally likely.
fn generate() -> Result<Zeroizing<String>, getrandom::Error> {
    let all: Vec<u8> = CLASSES.concat();
    loop {
        let mut password = Zeroizing::new(String::with_capacity(LENGTH));
        while password.len() < LENGTH {
            let mut bytes = [0u8; 64];
            getrandom::fill(&mut bytes)?;
            // Bytes beyond the last whole multiple would make the first characters likelier.
            let limit = 256 - 256 % all.len();
            for byte in bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit) {
                if password.len() < LENGTH {
                    password.push(char::from(all[byte % all.len()]));
                }
            }
            bytes.zeroize();
        }
        let whole = CLASSES.iter().all(|class| password.bytes().any(|byte| class.contains(&byte)));
        if whole {
            return Ok(password);
        }
    }
}

#[cfg(test)]
mod tests {
    use anteroom_model::operation::Delivery;

    use super::{CLASSES, FileSecrets, LENGTH, Secrets as _, generate};

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("anteroom-secrets-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_password_has_every_class_and_is_never_the_same_twice() {
        let first = generate().unwrap();
        assert_eq!(first.len(), LENGTH);
        for class in CLASSES {
            assert!(first.bytes().any(|byte| class.contains(&byte)));
        }
        assert_ne!(*first, *generate().unwrap());
    }

    #[test]
    fn a_delivered_password_is_only_its_owners_and_is_used_again_after_an_interruption() {
        let folder = folder("again");
        let secrets = FileSecrets::new(&folder);
        let to = Delivery::File("secrets/svc".to_owned());
        let first = secrets.deliver("a.password", &to).unwrap();
        assert_eq!(*first, *secrets.deliver("a.password", &to).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.join("secrets/svc")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_holds_something_else_is_refused_and_kept() {
        let folder = folder("other");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("notes"), "line\nline\n").unwrap();
        let error = FileSecrets::new(&folder).deliver("a.password", &Delivery::File("notes".to_owned())).unwrap_err();
        assert!(error.contains("never overwritten"), "{error}");
        assert_eq!(std::fs::read_to_string(folder.join("notes")).unwrap(), "line\nline\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
