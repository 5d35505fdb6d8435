//! Making a password that every policy takes.
//!
//! Facts: Entra takes 8 to 256 characters of its list, of three classes out of four; nobody can change these rules for
//! accounts of the cloud (page `entra/identity/authentication/concept-sspr-policy`). Active Directory also refuses one
//! that holds the account's name, or a part of its display name of three letters or more ([MS-SAMR] 3.1.1.7.2).

use anteroom_model::password::Password;
use zeroize::{Zeroize as _, Zeroizing};

/// Characters that Entra takes and nobody mistakes for each other, by class.
const CLASSES: [&[u8]; 4] =
    [b"abcdefghijkmnpqrstuvwxyz", b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"23456789", b"!#%+-.:=?@_"];
/// 24 of these characters are more than 140 bits.
const LENGTH: usize = 24;
/// The shortest part of a name that must not be in a password.
const PART: usize = 3;

/// A password for the account of this user principal name: a character of every class, no part of the name, each that
/// is left as likely as any other.
pub(super) fn generate(owner: &str) -> Result<Password, getrandom::Error> {
    let all: Vec<u8> = CLASSES.concat();
    let owner = owner.to_lowercase();
    let parts: Vec<&str> =
        owner.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().count() >= PART).collect();
    loop {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        while text.len() < LENGTH {
            let mut bytes = [0u8; 64];
            getrandom::fill(&mut bytes)?;
            // Bytes beyond the last whole multiple would make the first characters likelier.
            let limit = 256 - 256 % all.len();
            for byte in bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < limit) {
                if text.len() < LENGTH {
                    text.push(char::from(all[byte % all.len()]));
                }
            }
            bytes.zeroize();
        }
        let whole = CLASSES.iter().all(|class| text.bytes().any(|byte| class.contains(&byte)));
        let folded = Zeroizing::new(text.to_lowercase());
        if whole && !parts.iter().any(|part| folded.contains(part)) {
            return Ok(Password::new(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, LENGTH, generate};

    #[test]
    fn a_password_has_every_class_and_is_never_the_same_twice() {
        let first = generate("svc@contoso.com").unwrap();
        assert_eq!(first.expose().len(), LENGTH);
        for class in CLASSES {
            assert!(first.expose().bytes().any(|byte| class.contains(&byte)));
        }
        assert_ne!(first.expose(), generate("svc@contoso.com").unwrap().expose());
    }

    #[test]
    fn a_password_holds_no_part_of_its_owners_name() {
        // Chance alone would put about five of these parts into 2,000 passwords.
        let owner = "abc.2345-xyz@contoso.com";
        for _ in 0..2_000 {
            let password = generate(owner).unwrap().expose().to_lowercase();
            assert!(
                !["abc", "2345", "xyz", "contoso", "com"].iter().any(|part| password.contains(part)),
                "{password}"
            );
        }
    }
}
