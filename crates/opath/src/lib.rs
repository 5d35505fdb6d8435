//! The recipient filter language of Exchange (OPATH): read it, compare it, print it, evaluate it.
//!
//! Exchange cmdlets take recipient filters in many places: the `RecipientRestrictionFilter` of
//! `New-ManagementScope`, the `RecipientFilter` of dynamic groups and address lists, the `Filter` of the
//! `Get-` cmdlets. What is written is not what is read back: the service parses a filter and regenerates its
//! text, with other parentheses, quotes and casing. This crate tells whether two texts mean the same.
//!
//! ```
//! use std::borrow::Cow;
//!
//! let written = opath::parse("RecipientTypeDetails -eq \"RoomMailbox\" -and City -eq 'London'")?;
//! let read_back = opath::parse("((city -eq 'LONDON') -and (RecipientTypeDetails -eq 'RoomMailbox'))")?;
//! assert!(written.is_equivalent_to(&read_back));
//! assert_eq!(written.to_string(), "RecipientTypeDetails -eq 'RoomMailbox' -and City -eq 'London'");
//! assert_eq!(written.stored_form(), "((RecipientTypeDetails -eq 'RoomMailbox') -and (City -eq 'London'))");
//!
//! struct Room(&'static str);
//! impl opath::Recipient for Room {
//!     fn values(&self, property: &str) -> Vec<Cow<'_, str>> {
//!         match property {
//!             "RecipientTypeDetails" => vec!["RoomMailbox".into()],
//!             "City" => vec![self.0.into()],
//!             _ => Vec::new(),
//!         }
//!     }
//! }
//! assert!(written.matches(&Room("London")));
//! assert!(!written.matches(&Room("Paris")));
//!
//! let error = opath::parse("City = 'London'").unwrap_err();
//! assert_eq!(error.to_string(), "`=` is not an operator");
//! assert_eq!((error.span(), error.hint()), (5..6, Some("write `-eq`")));
//! # Ok::<(), opath::ParseError>(())
//! ```
//!
//! # The language
//!
//! ```text
//! filter  := or          or := and ("-or" and)*          and := unary ("-and" unary)*
//! unary   := "-not" "(" or ")" | "(" or ")" | property operator value
//! operator := -eq -ne -lt -le -gt -ge -like -notlike
//! value   := 'text' | "text" | integer | $true | $false | $null
//! ```
//!
//! Operators, properties and system values may be written in any case; a quotation mark inside text is doubled.
//! `-not` wants parentheses, as in the grammar; without them there is an error that says so. The PowerShell
//! quoting around a whole filter (`"…"`, `'…'`, `{…}`) is taken off, with its escapes; places in errors are
//! always bytes of the text as given. A property that is not among the documented ones is no error, because the
//! documented list is not complete; [`Filter::notes`] says so, with a suggestion.
//!
//! # What a filter means
//!
//! A property of a recipient has any number of values; none at all is `$null`.
//!
//! * `-eq` holds if one value is equal, `-like` if one matches the pattern (`*` stands for any text, nothing else is
//!   special), `-lt` and its kin if one is ordered so. `-ne` and `-notlike` are the negations of `-eq` and
//!   `-like`, so that on several values `-ne` asks that none is equal.
//! * Text compares without regard to case, distinguished names also without regard to the space around their
//!   commas and to how characters are escaped, integers as numbers, GUIDs with or without braces.
//! * Ordering is by number if both sides are whole numbers, otherwise by code point of the folded text.
//!   `$null` is in no order with anything.
//! * `PrimarySmtpAddress` also looks at the secondary addresses in `EmailAddresses`; an address there is found with
//!   or without its `smtp:`.
//! * Dates, byte sizes and time spans are text here, and an enumeration's number is not its name: hand in values in
//!   the form in which filters name them.
//! * A value of no characters does not exist in a directory: it counts as `$null`.
//!
//! The facts come from the pages *Recipient filters in Exchange PowerShell commands* and *Filterable properties
//! for the `RecipientFilter` parameter*, and, for the regenerated text, from what those pages and public clients
//! show of stored filters.

mod canonical;
mod error;
mod evaluate;
mod expression;
mod filter;
mod fold;
mod lexer;
mod note;
mod parser;
mod property;
mod satisfiable;
mod source;
mod stored;
mod text;

pub use canonical::Canonical;
pub use error::ParseError;
pub use evaluate::Recipient;
pub use expression::{Comparison, Expression, Operator, Value};
pub use filter::{Filter, parse};
pub use note::Note;
pub use property::{Kind, Property};
pub use text::{member_of_group, quote};
