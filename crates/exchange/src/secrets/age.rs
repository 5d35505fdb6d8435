//! Delivery to a file that is encrypted with age (`age-encryption.org/v1`), armoured.

use std::io::Write as _;
use std::path::Path;

use age::armor::{ArmoredWriter, Format};
use age::x25519::Recipient;
use anteroom_model::password::Password;

use super::file::{There, check_folder, put};
use super::{Why, make};

pub(super) fn check(recipients: &[String], path: &Path, owner: &str) -> Result<(), Why> {
    keys(recipients)?;
    There::at(path, owner)?;
    check_folder(path)
}

/// Nobody here can read again what was delivered. So an account whose making was interrupted gets another password, and
/// the earlier file stays under another name: the service may yet act on the earlier request.
pub(super) fn deliver(recipients: &[String], path: &Path, owner: &str) -> Result<Password, Why> {
    let keys = keys(recipients)?;
    let there = There::at(path, owner)?;
    let password = make(owner)?;
    let sealed =
        seal(&password, &keys).map_err(|error| Why::new(format!("age cannot encrypt it: {error}")))?;
    put(path, owner, &sealed, there).map_err(|error| Why::new(error.to_string()))?;
    Ok(password)
}

fn keys(recipients: &[String]) -> Result<Vec<Recipient>, Why> {
    let key = |text: &String| {
        text.parse::<Recipient>().map_err(|error| {
            Why::new(format!("{text} is no recipient of age: {error}"))
                .hint("write a public key as `age-keygen` prints it, `age1…`")
        })
    };
    recipients.iter().map(key).collect()
}

/// The password and a newline, for whoever holds one of the keys.
fn seal(password: &Password, keys: &[Recipient]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let recipients = keys.iter().map(|key| key as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients)?;
    let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
    let mut writer = encryptor.wrap_output(armor)?;
    writer.write_all(password.expose().as_bytes())?;
    writer.write_all(b"\n")?;
    Ok(writer.finish()?.finish()?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use age::x25519::Identity;

    use super::super::file::settle;
    use super::super::tests::folder;
    use super::{check, deliver};

    fn open(path: &std::path::Path, identity: &Identity) -> String {
        let sealed = fs::read(path).unwrap();
        assert!(sealed.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----"));
        String::from_utf8(age::decrypt(identity, &sealed).unwrap()).unwrap()
    }

    #[test]
    fn every_recipient_can_read_it_and_an_earlier_file_is_kept() {
        let folder = folder("age");
        let (one, two) = (Identity::generate(), Identity::generate());
        let recipients = [one.to_public().to_string(), two.to_public().to_string()];
        let to = folder.join("secrets/svc.age");
        check(&recipients, &to, "a@contoso.com").unwrap();
        let first = deliver(&recipients, &to, "a@contoso.com").unwrap();
        assert_eq!(open(&to, &one), format!("{}\n", first.expose()));
        assert_eq!(open(&to, &two), format!("{}\n", first.expose()));
        assert!(age::decrypt(&Identity::generate(), &fs::read(&to).unwrap()).is_err());

        // Interrupted twice before the account was there.
        check(&recipients, &to, "a@contoso.com").unwrap();
        let second = deliver(&recipients, &to, "a@contoso.com").unwrap();
        let third = deliver(&recipients, &to, "a@contoso.com").unwrap();
        let kept = |number: &str| open(&folder.join(format!("secrets/svc.age{number}")), &one);
        assert_eq!(kept(""), format!("{}\n", third.expose()));
        assert_eq!(kept(".1"), format!("{}\n", first.expose()));
        assert_eq!(kept(".2"), format!("{}\n", second.expose()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            for file in fs::read_dir(folder.join("secrets")).unwrap().map(Result::unwrap) {
                let mode = file.metadata().unwrap().permissions().mode() & 0o777;
                assert!(mode == 0o600 || file.path().ends_with("svc.age.pending"), "{file:?} {mode:o}");
            }
        }

        assert!(deliver(&recipients, &to, "b@contoso.com").is_err(), "nobody takes the place of another");
        settle(&to).unwrap();
        assert!(deliver(&recipients, &to, "a@contoso.com").is_err(), "what is settled is never overwritten");
        assert_eq!(kept(""), format!("{}\n", third.expose()));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn recipients_that_age_does_not_know_are_told_before_anything_is_made() {
        let folder = folder("age-recipients");
        let why = check(&["age1nobody".to_owned()], &folder.join("svc.age"), "a@contoso.com").unwrap_err();
        assert!(why.reason.starts_with("age1nobody is no recipient"), "{why:?}");
        assert!(deliver(&[], &folder.join("svc.age"), "a@contoso.com").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        fs::remove_dir_all(folder).unwrap();
    }
}
