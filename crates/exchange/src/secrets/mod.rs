//! Passwords: made, delivered, and then forgotten.

mod age;
mod command;
mod file;
mod generate;
mod key_vault;

use std::path::Path;

use anteroom_model::operation::Delivery;
use anteroom_model::password::Password;
use anteroom_model::ports::{Delivering, Secrets, Undelivered};

pub use command::Programs;
pub use key_vault::Vaults;

/// Makes passwords and delivers them to wherever a [`Delivery`] says.
#[derive(Debug)]
pub struct SecretStores {
    programs: Programs,
    vaults: Option<Vaults>,
}

impl SecretStores {
    /// Files, and the programs that can be run.
    pub const fn new(programs: Programs) -> Self {
        Self { programs, vaults: None }
    }

    /// The same, and the vaults that can be reached.
    #[must_use]
    pub fn with_vaults(mut self, vaults: Vaults) -> Self {
        self.vaults = Some(vaults);
        self
    }

    fn vaults(&self) -> Result<&Vaults, Undelivered> {
        self.vaults.as_ref().ok_or_else(|| Undelivered {
            message: "no Key Vault can be reached from here".to_owned(),
            hint: None,
        })
    }
}

impl Secrets for SecretStores {
    fn check<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move {
            let checked = match to {
                Delivery::File(file) => file::check(Path::new(file), owner),
                Delivery::Age { recipients, file } => age::check(recipients, Path::new(file), owner),
                Delivery::Command(words) => self.programs.check(words),
                Delivery::KeyVault { vault, secret } => self.vaults()?.check(vault, secret, owner).await,
            };
            checked.map_err(|why| undelivered(owner, to, why))
        })
    }

    fn deliver<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, Password> {
        Box::pin(async move {
            tracing::debug!(owner, %to, "delivering a password");
            let delivered = match to {
                Delivery::File(file) => file::deliver(Path::new(file), owner),
                Delivery::Age { recipients, file } => age::deliver(recipients, Path::new(file), owner),
                Delivery::Command(words) => self.programs.deliver(words, owner).await,
                Delivery::KeyVault { vault, secret } => self.vaults()?.deliver(vault, secret, owner).await,
            };
            delivered.map_err(|why| undelivered(owner, to, why))
        })
    }

    fn settle<'a>(&'a self, owner: &'a str, to: &'a Delivery) -> Delivering<'a, ()> {
        Box::pin(async move {
            let settled = match to {
                Delivery::File(file) | Delivery::Age { file, .. } => file::settle(Path::new(file)),
                // What a program did with it is its own affair, and done.
                Delivery::Command(_) => Ok(()),
                Delivery::KeyVault { vault, secret } => self.vaults()?.settle(vault, secret, owner).await,
            };
            settled.map_err(|why| Undelivered {
                message: format!(
                    "{owner} has its password, and that cannot be noted at {to}: {}",
                    why.reason
                ),
                hint: why.hint,
            })
        })
    }
}

/// Why one place does not take a password, in words that follow a colon.
#[derive(Debug)]
struct Why {
    reason: String,
    hint: Option<String>,
}

impl Why {
    fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

fn undelivered(owner: &str, to: &Delivery, why: Why) -> Undelivered {
    Undelivered {
        message: format!("the password of {owner} cannot be delivered to {to}: {}", why.reason),
        hint: why.hint,
    }
}

/// A new password, or why there is none.
fn make(owner: &str) -> Result<Password, Why> {
    generate::generate(owner).map_err(|error| Why::new(format!("no random numbers to be had: {error}")))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    /// An empty folder of a test's own.
    pub(super) fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("anteroom-secrets-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }
}
