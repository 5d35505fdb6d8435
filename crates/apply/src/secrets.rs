//! Passwords: made, delivered, and then forgotten.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anteroom_model::operation::Delivery;
use zeroize::{Zeroize as _, Zeroizing};

/// Makes passwords and delivers them.
pub trait Secrets: Send + Sync {
    /// The password of `owner`, such as a user principal name: made and delivered, or taken from where an interrupted
    /// run delivered it for the same owner before. An error is a sentence for a person and holds no part of a password.
    fn deliver(&self, owner: &str, to: &Delivery) -> Result<Zeroizing<String>, String>;

    /// The owner has the password now: what was delivered is never taken for another.
    fn settle(&self, owner: &str, to: &Delivery) -> Result<(), String>;
}

/// Characters that no portal mistakes for each other, by class.
const CLASSES: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#%+-.:=?@_"];
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
    fn deliver(&self, owner: &str, to: &Delivery) -> Result<Zeroizing<String>, String> {
        let Delivery::File(path) = to;
        let path = self.folder.join(path);
        let fails = |reason: String| {
            format!("the password of {owner} cannot be delivered to {}: {reason}", path.display())
        };
        if path.try_exists().map_err(|error| fails(error.to_string()))? {
            let pending = std::fs::read_to_string(marker(&path)).unwrap_or_default();
            if pending.trim() == owner {
                return read(&path).map_err(fails);
            }
            return Err(fails("the file is there already and is never overwritten; move it away".to_owned()));
        }
        let password = generate().map_err(|error| fails(format!("no random numbers to be had: {error}")))?;
        write(&path, owner, &password).map_err(|error| fails(error.to_string()))?;
        Ok(password)
    }

    fn settle(&self, owner: &str, to: &Delivery) -> Result<(), String> {
        let Delivery::File(path) = to;
        let marker = marker(&self.folder.join(path));
        match std::fs::remove_file(&marker) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(format!("the note about {owner} cannot be removed: {}: {error}", marker.display()))
            }
            _ => Ok(()),
        }
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
fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = Zeroizing::new(String::new());
    let wrong = || "the file holds no password, and is never overwritten; move it away".to_owned();
    file.take(1024).read_to_string(&mut text).map_err(|_| wrong())?;
    let password = text.trim_end_matches(['\r', '\n']);
    let fits = (SHORTEST..=256).contains(&password.chars().count()) && !password.contains(char::is_control);
    if fits { Ok(Zeroizing::new(password.to_owned())) } else { Err(wrong()) }
}

/// Writes the note first and then the whole file under another name, so that no reader ever finds half a password and
/// no password is there without its note.
fn write(path: &Path, owner: &str, password: &str) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(marker(path), owner)?;
    let partial = beside(path, ".partial");
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
        let first = secrets.deliver("a@contoso.com", &to).unwrap();
        assert_eq!(*first, *secrets.deliver("a@contoso.com", &to).unwrap());
        assert!(secrets.deliver("b@contoso.com", &to).is_err(), "nobody gets the password of another");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.join("secrets/svc")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        secrets.settle("a@contoso.com", &to).unwrap();
        assert!(secrets.deliver("a@contoso.com", &to).is_err(), "a settled password is never used again");
        assert_eq!(
            std::fs::read_dir(folder.join("secrets")).unwrap().count(),
            1,
            "only the password is left"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_file_that_is_there_is_refused_and_kept() {
        let folder = folder("other");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("notes"), "line\nline\n").unwrap();
        let to = Delivery::File("notes".to_owned());
        let error = FileSecrets::new(&folder).deliver("a@contoso.com", &to).unwrap_err();
        assert!(error.contains("never overwritten") && error.contains("a@contoso.com"), "{error}");
        std::fs::write(folder.join("notes.pending"), "a@contoso.com").unwrap();
        assert!(FileSecrets::new(&folder).deliver("a@contoso.com", &to).is_err(), "and is no password");
        assert_eq!(std::fs::read_to_string(folder.join("notes")).unwrap(), "line\nline\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
