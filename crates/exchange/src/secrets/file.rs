//! Delivery to a file that only its owner can read.

use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anteroom_model::operation::Delivery;
use anteroom_model::password::Password;
use anteroom_model::ports::{Delivering, Secrets, Undelivered};
use zeroize::Zeroizing;

use super::generate::generate;

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
    fn deliver<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, Password> {
        Box::pin(async move {
            let Delivery::File(path) = to;
            deliver(&self.folder.join(path), owner)
        })
    }

    fn settle<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move {
            let Delivery::File(path) = to;
            settle(&self.folder.join(path), owner)
        })
    }
}

const MOVE_AWAY: &str = "move the file away; what is delivered is never overwritten";

fn deliver(path: &Path, owner: &str) -> Result<Password, Undelivered> {
    let fails = |reason: String, hint: Option<&str>| Undelivered {
        message: format!("the password of {owner} cannot be delivered to {}: {reason}", path.display()),
        hint: hint.map(str::to_owned),
    };
    if path.try_exists().map_err(|error| fails(error.to_string(), None))? {
        let pending = std::fs::read_to_string(marker(path)).unwrap_or_default();
        if pending.trim() == owner {
            return read(path).map_err(|reason| fails(reason, Some(MOVE_AWAY)));
        }
        return Err(fails("the file is there already".to_owned(), Some(MOVE_AWAY)));
    }
    let password =
        generate(owner).map_err(|error| fails(format!("no random numbers to be had: {error}"), None))?;
    write(path, owner, &password).map_err(|error| fails(error.to_string(), None))?;
    Ok(password)
}

fn settle(path: &Path, owner: &str) -> Result<(), Undelivered> {
    let marker = marker(path);
    match std::fs::remove_file(&marker) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Undelivered {
            message: format!("the note about {owner} cannot be removed: {}: {error}", marker.display()),
            hint: Some("remove it by hand: the account has the password now".to_owned()),
        }),
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
fn read(path: &Path) -> Result<Password, String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let mut text = Zeroizing::new(String::new());
    let wrong = || "the file is there already and holds no password".to_owned();
    file.take(1024).read_to_string(&mut text).map_err(|_| wrong())?;
    let password = text.trim_end_matches(['\r', '\n']);
    let fits = (SHORTEST..=256).contains(&password.chars().count()) && !password.contains(char::is_control);
    if fits { Ok(Password::new(password.to_owned())) } else { Err(wrong()) }
}

/// Writes the note first and then the whole file under another name, so that no reader ever finds half a password and
/// no password is there without its note.
fn write(path: &Path, owner: &str, password: &Password) -> io::Result<()> {
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
    file.write_all(password.expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    // A hard link fails where the name is taken: renaming would overwrite.
    let linked = std::fs::hard_link(&partial, path);
    if linked.is_err() {
        // What somebody else put there meanwhile must never be taken for this owner's password.
        let _ = std::fs::remove_file(marker(path));
    }
    std::fs::remove_file(&partial)?;
    linked
}

#[cfg(test)]
mod tests {
    use super::{deliver, settle};

    fn folder(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("anteroom-secrets-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_delivered_password_is_only_its_owners_and_is_used_again_after_an_interruption() {
        let folder = folder("again");
        let to = folder.join("secrets/svc");
        let first = deliver(&to, "a@contoso.com").unwrap();
        assert_eq!(first.expose(), deliver(&to, "a@contoso.com").unwrap().expose());
        assert!(deliver(&to, "b@contoso.com").is_err(), "nobody gets the password of another");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&to).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        settle(&to, "a@contoso.com").unwrap();
        assert!(deliver(&to, "a@contoso.com").is_err(), "a settled password is never used again");
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
        let to = folder.join("notes");
        let error = deliver(&to, "a@contoso.com").unwrap_err();
        assert!(
            error.message.contains("a@contoso.com") && error.message.ends_with("is there already"),
            "{error:?}"
        );
        assert!(error.hint.is_some());
        std::fs::write(folder.join("notes.pending"), "a@contoso.com").unwrap();
        assert!(deliver(&to, "a@contoso.com").is_err(), "and is no password");
        assert_eq!(std::fs::read_to_string(folder.join("notes")).unwrap(), "line\nline\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
