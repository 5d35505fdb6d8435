//! Writing into text.

/// Writes formatted text behind a `String`, which cannot fail.
macro_rules! put {
    ($text:expr, $($format:tt)+) => {{
        use std::fmt::Write as _;
        let _never_fails = write!($text, $($format)+);
    }};
}
