//! Passwords: made, delivered, and then forgotten.

mod file;
mod generate;

pub use file::FileSecrets;
