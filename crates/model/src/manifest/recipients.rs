//! Recipients of age: public keys as `age1…`, checked as far as that needs no cryptography.

use super::check;
use super::node::shortened;
use super::report::Report;
use crate::place::Place;

/// The letters of Bech32 by their value (BIP 173).
const LETTERS: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/// 32 bytes, five bits a letter.
const KEY_LETTERS: usize = 52;
/// The letters of the checksum.
const SUM_LETTERS: usize = 6;

/// Whether text that stands among recipients is the path of a file that holds them, not one of them.
pub(crate) fn is_path(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    if folded.starts_with("age1") && folded.contains(['/', '\\', '.']) {
        return true;
    }
    !["age1", "age-", "ssh-", "github:"].iter().any(|prefix| folded.starts_with(prefix))
}

/// Checks one recipient.
pub(crate) fn recipient(text: &str, place: Place, report: &mut Report) -> Option<String> {
    let folded = text.to_ascii_lowercase();
    if folded.starts_with("age-secret-key-") {
        report
            .find(&check::AGE_RECIPIENT, place, "an identity of age stands where a recipient is needed")
            .hint("this key is private: remove it here, replace it, and write its public key, `age1…`");
        return None;
    }
    let refused = |report: &mut Report, what: &str, hint: &str| {
        let summary = format!("`{}` is {what}", shortened(text));
        report.find(&check::AGE_RECIPIENT, place, summary).hint(hint);
    };
    if folded.starts_with("ssh-") || folded.starts_with("github:") {
        refused(
            report,
            "a key of SSH",
            "this program encrypts to keys of age alone: make one with `age-keygen`",
        );
        return None;
    }
    let Some((prefix, data)) = folded.rsplit_once('1').filter(|(prefix, _)| prefix.starts_with("age")) else {
        refused(report, "no recipient of age", "write a public key as `age-keygen` prints it, `age1…`");
        return None;
    };
    if prefix != "age" {
        refused(
            report,
            "a recipient of a plugin",
            "this program runs no plugins: write a public key as `age-keygen` prints it, `age1…`",
        );
        return None;
    }
    let mixed = text != folded && text != text.to_ascii_uppercase();
    if mixed || data.len() != KEY_LETTERS + SUM_LETTERS || !sum_is_right(prefix, data) {
        refused(
            report,
            "no whole recipient: it was shortened or mistyped",
            "copy the whole public key, `age1…` and 58 characters more",
        );
        return None;
    }
    // age itself takes either case; one key stands twice where it stands in both.
    Some(folded)
}

/// Whether the last six letters are the checksum of the others (BIP 173).
fn sum_is_right(prefix: &str, data: &str) -> bool {
    let mut sum = 1u32;
    let mut take = |value: u32| {
        let top = sum >> 25;
        sum = (sum & 0x01ff_ffff) << 5 ^ value;
        for (bit, generator) in
            [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3u32].into_iter().enumerate()
        {
            if top >> bit & 1 == 1 {
                sum ^= generator;
            }
        }
    };
    prefix.bytes().for_each(|byte| take(u32::from(byte) >> 5));
    take(0);
    prefix.bytes().for_each(|byte| take(u32::from(byte) & 31));
    for letter in data.chars() {
        let Some(value) = LETTERS.find(letter).and_then(|value| u32::try_from(value).ok()) else {
            return false;
        };
        take(value);
    }
    sum == 1
}

#[cfg(test)]
mod tests {
    use super::{is_path, sum_is_right};

    #[test]
    fn the_checksum_finds_a_slip() {
        // The recipient of the age specification's first example.
        let key = "zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
        assert!(sum_is_right("age", key));
        for index in 0..key.len() {
            let letter = if key.as_bytes()[index] == b'q' { "p" } else { "q" };
            let mut slip = key.to_owned();
            slip.replace_range(index..=index, letter);
            assert!(!sum_is_right("age", &slip), "{slip}");
        }
        assert!(!sum_is_right("agf", key));
    }

    #[test]
    fn a_path_is_told_from_a_recipient() {
        for path in ["recipients.txt", "age1.txt", "age1/keys", "keys/age1", ".age-recipients"] {
            assert!(is_path(path), "{path}");
        }
        for recipient in ["age1abc", "AGE1ABC", "age1yubikey1q", "ssh-ed25519 AAAA", "AGE-SECRET-KEY-1"] {
            assert!(!is_path(recipient), "{recipient}");
        }
    }
}
