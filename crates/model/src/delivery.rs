//! Where a new password goes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource::Resource;
use crate::value::Value;

/// Where a password goes before the account is made whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Delivery {
    /// A file that only its owner can read, never overwritten. In the manifest the path is seen from the manifest's
    /// folder; in a plan it is seen from the folder in which the program runs.
    File(String),
    /// A file that only the holders of these keys can read, never overwritten: armoured, in the format of
    /// `age-encryption.org/v1`.
    Age {
        /// The public keys, each as `age1…`.
        recipients: Vec<String>,
        /// The path, seen as that of a plain file is.
        file: String,
    },
    /// A program that takes the password and a newline on its standard input: its name or path, and its arguments. No
    /// shell comes between.
    Command(Vec<String>),
    /// A secret of an Azure Key Vault, which gets a new version.
    KeyVault {
        /// The vault: its name, or its URI.
        vault: String,
        /// The secret's name.
        secret: String,
    },
}

/// The attributes of a resource that say where its password goes.
pub(crate) mod attribute {
    pub(crate) const FILE: &str = "password.deliverTo.file";
    pub(crate) const AGE_FILE: &str = "password.deliverTo.age.file";
    pub(crate) const AGE_RECIPIENTS: &str = "password.deliverTo.age.recipients";
    /// A list as JSON: the order of its words counts.
    pub(crate) const COMMAND: &str = "password.deliverTo.command";
    pub(crate) const VAULT: &str = "password.deliverTo.keyVault.vault";
    pub(crate) const SECRET: &str = "password.deliverTo.keyVault.secret";
}

impl Delivery {
    /// Where the password of a resource goes, as its attributes say it; `None` where they do not.
    pub fn of(resource: &Resource) -> Option<Self> {
        let text = |name: &str| resource.text(name).map(str::to_owned);
        if let Some(file) = text(attribute::FILE) {
            return Some(Self::File(file));
        }
        if let Some(file) = text(attribute::AGE_FILE) {
            let recipients =
                resource.get(attribute::AGE_RECIPIENTS).map_or(&[][..], Value::elements).to_vec();
            return Some(Self::Age { recipients, file });
        }
        if let Some(words) = text(attribute::COMMAND) {
            return serde_json::from_str(&words).ok().map(Self::Command);
        }
        Some(Self::KeyVault { vault: text(attribute::VAULT)?, secret: text(attribute::SECRET)? })
    }

    /// The path of the file that it is, for those that are one.
    pub const fn path_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::File(file) | Self::Age { file, .. } => Some(file),
            Self::Command(_) | Self::KeyVault { .. } => None,
        }
    }

    /// The words of a command as one attribute's value.
    pub(crate) fn words(command: &[String]) -> Value {
        Value::Text(serde_json::to_string(command).unwrap_or_default())
    }

    /// What two deliveries share that would overwrite each other.
    pub(crate) fn target(&self) -> String {
        match self {
            Self::File(file) | Self::Age { file, .. } => format!("file {file}"),
            Self::Command(words) => format!("command {words:?}"),
            Self::KeyVault { vault, secret } => {
                // Two spellings of a vault begin with the same name.
                let host = vault.strip_prefix("https://").unwrap_or(vault);
                let name = host.split('.').next().unwrap_or(host);
                format!("secret {name} {secret}").to_lowercase()
            }
        }
    }

    /// The attribute that names the target.
    pub(crate) const fn attribute(&self) -> &'static str {
        match self {
            Self::File(_) => attribute::FILE,
            Self::Age { .. } => attribute::AGE_FILE,
            Self::Command(_) => attribute::COMMAND,
            Self::KeyVault { .. } => attribute::SECRET,
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.write_str(file),
            Self::Age { recipients, file } => {
                let s = if recipients.len() == 1 { "" } else { "s" };
                write!(f, "{file}, encrypted to {} recipient{s}", recipients.len())
            }
            Self::Command(words) => {
                f.write_str("the command")?;
                words.iter().try_for_each(|word| write!(f, " {}", quoted(word)))
            }
            Self::KeyVault { vault, secret } => write!(f, "the secret {secret} of the vault {vault}"),
        }
    }
}

/// A word as a shell takes it, so that a reader sees where it ends.
fn quoted(word: &str) -> std::borrow::Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "@%+=:,./_-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::Delivery;

    fn command(words: &[&str]) -> Delivery {
        Delivery::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn every_form_is_told_so_that_nothing_can_be_mistaken() {
        let vault =
            |vault: &str| Delivery::KeyVault { vault: vault.to_owned(), secret: "Condeco".to_owned() };
        let age = Delivery::Age { recipients: vec!["age1x".to_owned()], file: "secrets/a.age".to_owned() };
        for (delivery, shown) in [
            (Delivery::File("secrets/a".to_owned()), "secrets/a"),
            (age, "secrets/a.age, encrypted to 1 recipient"),
            (
                command(&["pass", "insert", "--multiline", "exchange/condeco"]),
                "the command pass insert --multiline exchange/condeco",
            ),
            (command(&["sh", "-c", "cat > 'a b'", ""]), r"the command sh -c 'cat > '\''a b'\''' ''"),
            (vault("contoso"), "the secret Condeco of the vault contoso"),
        ] {
            assert_eq!(delivery.to_string(), shown);
        }
        assert_eq!(vault("contoso").target(), vault("https://Contoso.vault.azure.net").target());
    }

    #[test]
    fn a_plan_holds_it_as_the_manifest_does() {
        for (delivery, json) in [
            (Delivery::File("secrets/a".to_owned()), r#"{"file":"secrets/a"}"#),
            (command(&["op", "a b"]), r#"{"command":["op","a b"]}"#),
            (
                Delivery::KeyVault { vault: "v".to_owned(), secret: "s".to_owned() },
                r#"{"keyVault":{"vault":"v","secret":"s"}}"#,
            ),
            (
                Delivery::Age { recipients: vec!["age1x".to_owned()], file: "a.age".to_owned() },
                r#"{"age":{"recipients":["age1x"],"file":"a.age"}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&delivery).unwrap(), json);
            assert_eq!(serde_json::from_str::<Delivery>(json).unwrap(), delivery);
        }
    }
}
