//! Delivery to a program, such as the command line of a password store.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anteroom_model::password::Password;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{Why, make};

/// How long a program may take; it cannot ask anybody anything.
const LONGEST: Duration = Duration::from_mins(2);
/// How long its output is waited for once it has ended; a program that it started may hold it open for ever.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// What is kept of an output, in bytes.
const HEARD: usize = 16 * 1024;
/// What an error repeats of an output: so many lines of so many characters.
const LINES: usize = 4;
const LINE: usize = 160;
/// So many characters of a password in a row are no accident.
const TELLING: usize = 6;

/// Runs programs that take passwords.
#[derive(Clone, Debug)]
pub struct Programs {
    search: Option<OsString>,
    withheld: Vec<String>,
    longest: Duration,
}

impl Programs {
    /// `search` is where programs are looked for, as `PATH` lists it, which is only for telling early that one is not
    /// there. The variables named in `withheld` are not handed on: they may hold the secrets of whoever signs in.
    pub fn new(search: Option<OsString>, withheld: &[&str]) -> Self {
        let withheld = withheld.iter().map(|name| (*name).to_owned()).collect();
        Self { search, withheld, longest: LONGEST }
    }

    pub(super) fn check(&self, words: &[String]) -> Result<(), Why> {
        let (program, _) = parts(words)?;
        let path = Path::new(program);
        let there = if path.components().count() > 1 {
            can_run(path)
        } else {
            // Without a list the system has one of its own, which nobody tells.
            self.search
                .as_ref()
                .is_none_or(|list| std::env::split_paths(list).any(|at| can_run(&at.join(path))))
        };
        if there { Ok(()) } else { Err(missing(program)) }
    }

    /// Nobody can read again what a program took, so each time is a new password; the program is run again with it.
    pub(super) async fn deliver(&self, words: &[String], owner: &str) -> Result<Password, Why> {
        let password = make(owner)?;
        self.hand_over(words, &password).await?;
        Ok(password)
    }

    async fn hand_over(&self, words: &[String], password: &Password) -> Result<(), Why> {
        let (program, arguments) = parts(words)?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        for name in &self.withheld {
            command.env_remove(name);
        }
        let mut child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => missing(program),
            _ => Why::new(format!("{program} cannot be run: {error}")),
        })?;
        let ears = [Ear::to(child.stderr.take()), Ear::to(child.stdout.take())];
        let stdin = child.stdin.take();
        let feeding = async {
            let Some(mut stdin) = stdin else { return Ok(()) };
            let mut line = Zeroizing::new(password.expose().as_bytes().to_vec());
            line.push(b'\n');
            stdin.write_all(&line).await?;
            stdin.shutdown().await
        };
        let ended = timeout(self.longest, async { futures::join!(feeding, child.wait()) }).await;
        let Ok((fed, status)) = ended else {
            // Ended when it is dropped; what it took meanwhile is the password of nobody.
            let seconds = self.longest.as_secs();
            return Err(Why::new(format!("the program did not end within {seconds} s"))
                .hint("it cannot be answered here: make sure that it asks nothing, then apply again"));
        };
        let status = status.map_err(|error| Why::new(format!("nobody can tell how it ended: {error}")))?;
        if !status.success() {
            let said = said(ears, password).await;
            return Err(Why::new(format!("the program failed ({}){said}", shown(status)))
                .hint("run it by hand to see what it lacks, then apply again"));
        }
        fed.map_err(|error| {
            Why::new(format!("the program ended well without taking the password: {error}"))
                .hint("name a program that reads its standard input")
        })
    }
}

fn parts(words: &[String]) -> Result<(&String, &[String]), Why> {
    words.split_first().ok_or_else(|| Why::new("the command is empty"))
}

fn missing(program: &str) -> Why {
    Why::new(format!("there is no program {program}"))
        .hint("install it, or write its path; a name alone is looked for where PATH says")
}

#[cfg(unix)]
fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Which names can be run is told by more than their files here; the attempt will show.
#[cfg(not(unix))]
fn can_run(_: &Path) -> bool {
    true
}

fn shown(status: ExitStatus) -> String {
    status.code().map_or_else(|| status.to_string(), |code| format!("exit status {code}"))
}

/// Listens to an output, so that no program stops because nobody does.
struct Ear {
    heard: Arc<Mutex<Zeroizing<Vec<u8>>>>,
    listening: tokio::task::JoinHandle<()>,
}

impl Ear {
    fn to<R: AsyncRead + Unpin + Send + 'static>(output: Option<R>) -> Self {
        let heard = Arc::new(Mutex::new(Zeroizing::new(Vec::new())));
        let into = Arc::clone(&heard);
        let listening = tokio::spawn(async move {
            let Some(mut output) = output else { return };
            let mut some = Zeroizing::new([0; 4096]);
            while let Ok(read @ 1..) = output.read(&mut some[..]).await {
                let mut heard = into.lock().unwrap_or_else(PoisonError::into_inner);
                let room = HEARD.saturating_sub(heard.len()).min(read);
                heard.extend_from_slice(&some[..room]);
            }
        });
        Self { heard, listening }
    }

    async fn text(mut self) -> Zeroizing<String> {
        if timeout(LAST_WORDS, &mut self.listening).await.is_err() {
            self.listening.abort();
        }
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        Zeroizing::new(String::from_utf8_lossy(&heard).into_owned())
    }
}

/// The first lines of what a program said, without any that tell something of the password.
async fn said(ears: [Ear; 2], password: &Password) -> String {
    for ear in ears {
        let text = ear.text().await;
        let lines: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .take(LINES)
            .map(|line| {
                if tells(line, password) {
                    "(a line that holds the password)".to_owned()
                } else {
                    line.chars().take(LINE).collect()
                }
            })
            .collect();
        if !lines.is_empty() {
            return format!(": {}", lines.join("; "));
        }
    }
    String::new()
}

/// Whether a part of the password is in a text, as it is or as programs encode it.
pub(super) fn tells(text: &str, password: &Password) -> bool {
    use std::fmt::Write as _;
    let text = Zeroizing::new(text.to_lowercase());
    let plain = password.expose();
    let mut hex = Zeroizing::new(String::new());
    let mut percent = Zeroizing::new(String::new());
    for byte in plain.bytes() {
        let _ = write!(hex, "{byte:02x}");
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            percent.push(char::from(byte));
        } else {
            let _ = write!(percent, "%{byte:02X}");
        }
    }
    let mut forms = vec![Zeroizing::new(plain.to_owned()), hex, percent];
    // Base64 looks otherwise at each of three distances from the beginning.
    forms.extend((0..3).filter_map(|skipped| plain.as_bytes().get(skipped..)).map(base64));
    forms.iter().any(|form| {
        let form = Zeroizing::new(form.to_lowercase());
        form.as_bytes()
            .windows(TELLING)
            .any(|part| std::str::from_utf8(part).is_ok_and(|part| text.contains(part)))
    })
}

/// Base64 of all but a remainder that is not three bytes.
fn base64(bytes: &[u8]) -> Zeroizing<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Zeroizing::new(String::new());
    for three in bytes.chunks_exact(3) {
        let bits = three.iter().fold(0usize, |bits, byte| bits << 8 | usize::from(*byte));
        for shift in [18, 12, 6, 0] {
            text.push(char::from(LETTERS[bits >> shift & 63]));
        }
    }
    text
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::time::{Duration, Instant};

    use anteroom_model::password::Password;

    use super::super::tests::folder;
    use super::{Programs, base64, tells};

    fn sh(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].into_iter().map(str::to_owned).collect()
    }

    fn programs() -> Programs {
        Programs::new(Some("/bin:/usr/bin".into()), &["ANTEROOM_TEST_WITHHELD", "HOME"])
    }

    #[tokio::test]
    async fn a_program_gets_the_password_and_a_newline_and_no_secret_of_ours() {
        let folder = folder("command");
        let (to, seen) = (folder.join("taken"), folder.join("environment"));
        let words = sh(&format!("cat > '{}'; env > '{}'", to.display(), seen.display()));
        programs().check(&words).unwrap();
        let password = programs().deliver(&words, "a@contoso.com").await.unwrap();
        assert_eq!(fs::read_to_string(&to).unwrap(), format!("{}\n", password.expose()));
        let seen = fs::read_to_string(&seen).unwrap();
        assert!(seen.contains("PATH=") && !seen.contains("\nHOME=") && !seen.starts_with("HOME="), "{seen}");
        assert!(!seen.contains(password.expose()));
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn what_a_failing_program_says_is_told_without_the_password() {
        for (script, told) in [
            (
                "echo 'no such vault' >&2; echo other; exit 3",
                "the program failed (exit status 3): no such vault",
            ),
            ("echo other; exit 1", "the program failed (exit status 1): other"),
            (
                "read p; echo \"got $p\"; echo done; exit 1",
                "(exit status 1): (a line that holds the password); done",
            ),
            (
                "read p; echo \"got $p\" | tr a-z A-Z; exit 1",
                "(exit status 1): (a line that holds the password)",
            ),
            (
                "read p; printf %s \"$p\" | od -An -tx1 | tr -d ' '; exit 1",
                "(a line that holds the password)",
            ),
            ("kill -9 $$", "the program failed (signal: 9"),
        ] {
            let why = programs().deliver(&sh(script), "a@contoso.com").await.unwrap_err();
            assert!(why.reason.contains(told), "{script}: {why:?}");
            assert!(why.hint.is_some());
        }
    }

    #[tokio::test]
    async fn a_program_that_does_not_take_it_is_no_delivery() {
        let why = programs().deliver(&sh("exec 0<&-; sleep 0.2"), "a@contoso.com").await;
        // Whether the pipe was closed before the password was written into it is the system's affair.
        if let Err(why) = why {
            assert!(why.reason.contains("without taking the password"), "{why:?}");
        }
        let missing = ["no-such-program-anywhere".to_owned()];
        assert!(
            programs().check(&missing).unwrap_err().reason.contains("no program no-such-program-anywhere")
        );
        assert!(programs().deliver(&missing, "a@contoso.com").await.unwrap_err().hint.is_some());
        assert!(programs().check(&["/etc/passwd".to_owned()]).is_err(), "that is no program");
        assert!(programs().check(&[]).is_err());
    }

    #[tokio::test]
    async fn a_program_that_hangs_or_leaves_another_behind_holds_nobody_up() {
        let hasty = Programs { longest: Duration::from_millis(300), ..programs() };
        let begun = Instant::now();
        let why = hasty.deliver(&sh("cat > /dev/null; exec sleep 30"), "a@contoso.com").await.unwrap_err();
        assert!(why.reason.contains("did not end within"), "{why:?}");
        let why =
            programs().deliver(&sh("echo no >&2; sleep 30 & exit 1"), "a@contoso.com").await.unwrap_err();
        assert!(why.reason.ends_with(": no"), "{why:?}");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_password_is_found_in_every_spelling() {
        let password = Password::new("aB3!dEf7#hIj=kLm@nO+pQ-r".to_owned());
        let whole = password.expose();
        assert_eq!(base64(b"Man").as_str(), "TWFu");
        for text in [
            whole.to_owned(),
            format!("prefix {} suffix", &whole[3..12]),
            base64(format!("{whole}xx").as_bytes()).to_string(),
            base64(format!("x{whole}x").as_bytes()).to_string(),
            base64(format!("xx{whole}").as_bytes()).to_string(),
            "https://x/?p=aB3%21dEf7%23hIj".to_owned(),
        ] {
            assert!(tells(&text, &password), "{text}");
        }
        assert!(!tells("error: the vault exchange/condeco is locked", &password));
    }
}
