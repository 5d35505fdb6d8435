//! How text is to look: its width, and whether it may have colour.

use anstyle::{AnsiColor, Style};

/// How a renderer draws. Colour only repeats what words and signs say already.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Columns of the terminal; 80 where there is none.
    pub(crate) width: usize,
    /// Whether colour is wanted.
    pub(crate) colour: bool,
    /// Whether what is usually only counted is shown too.
    pub(crate) verbose: bool,
}

impl Look {
    /// For files, pipes and tests: 80 columns, no colour.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { width: 80, colour: false, verbose: false };

    /// The text in this style, or as it is.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
}

/// What is new.
pub(crate) const ADDED: Style = AnsiColor::Green.on_default();
/// What goes.
pub(crate) const REMOVED: Style = AnsiColor::Red.on_default();
/// What changes.
pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
/// What is wrong.
pub(crate) const WRONG: Style = AnsiColor::Red.on_default().bold();
/// What to see first.
pub(crate) const STRONG: Style = Style::new().bold();
/// What stands back.
pub(crate) const QUIET: Style = Style::new().dimmed();
