//! A password, as long as somebody needs it.

use std::fmt;

use zeroize::Zeroizing;

/// The text of a password. `Debug` does not show it, it cannot be serialised or compared, and its memory is overwritten
/// when it is dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes the text.
    pub fn new(text: impl Into<Zeroizing<String>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one call or place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Password;

    #[test]
    fn a_password_is_shown_nowhere() {
        let password = Password::new("hunter2".to_owned());
        assert!(!format!("{password:?} {:#?}", Some(&password)).contains("hunter2"));
        assert_eq!(password.expose(), "hunter2");
    }
}
