//! Writing objects as the service does: one row per object, sidecar type keys, nulls left out.

use crate::clock::timestamp;
use crate::guid::Guid;
use crate::tenant::Tenant;
use std::borrow::Cow;

/// One value of one property.
pub(crate) enum Cell<'a> {
    Null,
    Text(Cow<'a, str>),
    Guid(Guid),
    Flag(bool),
    Number(i64),
    Time(i64),
    Texts(Vec<Cow<'a, str>>),
}

impl<'a> Cell<'a> {
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Cell<'a> {
        Cell::Text(text.into())
    }

    /// Nothing stays nothing; the service leaves empty properties out.
    pub(crate) fn optional(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Null, Cell::text)
    }

    pub(crate) fn texts<I, T>(texts: I) -> Cell<'a>
    where
        I: IntoIterator<Item = T>,
        T: Into<Cow<'a, str>>,
    {
        Cell::Texts(texts.into_iter().map(Into::into).collect())
    }
}

/// A property: its name and how it is read from an object.
pub(crate) type Column<T> = (&'static str, for<'a> fn(&'a T, &'a Tenant) -> Cell<'a>);

/// The columns that a call asks for; all of them where it does not say.
pub(crate) fn selected<T>(columns: &'static [Column<T>], names: &[String]) -> Vec<&'static Column<T>> {
    let wanted = |column: &&Column<T>| {
        names.is_empty() || names.iter().any(|name| name.eq_ignore_ascii_case(column.0))
    };
    columns.iter().filter(wanted).collect()
}

/// Appends one object as JSON.
pub(crate) fn write_row<T>(out: &mut Vec<u8>, columns: &[&Column<T>], item: &T, tenant: &Tenant) {
    out.push(b'{');
    let mut first = true;
    for (name, read) in columns {
        write_cell(out, name, read(item, tenant), &mut first);
    }
    out.push(b'}');
}

fn write_cell(out: &mut Vec<u8>, name: &str, cell: Cell<'_>, first: &mut bool) {
    if matches!(cell, Cell::Null) {
        return;
    }
    let mut key = |out: &mut Vec<u8>, annotation: &str, value: &str| {
        if !*first {
            out.push(b',');
        }
        *first = false;
        out.push(b'"');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(annotation.as_bytes());
        out.extend_from_slice(b"\":");
        out.extend_from_slice(value.as_bytes());
    };
    match cell {
        Cell::Null => {}
        Cell::Text(text) => {
            key(out, "", "");
            write_string(out, &text);
        }
        Cell::Guid(guid) => {
            key(out, "@odata.type", "\"#Guid\"");
            key(out, "", "\"");
            out.extend_from_slice(&guid.digits());
            out.push(b'"');
        }
        Cell::Flag(flag) => key(out, "", if flag { "true" } else { "false" }),
        Cell::Number(number) => {
            key(out, "@data.type", "\"System.Int32\"");
            key(out, "", &number.to_string());
        }
        Cell::Time(seconds) => {
            key(out, "@data.type", "\"System.DateTime\"");
            key(out, "", "");
            write_string(out, &timestamp(seconds));
        }
        Cell::Texts(texts) => {
            key(out, "@odata.type", "\"#Collection(String)\"");
            key(out, "@data.type", "\"Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]\"");
            key(out, "", "[");
            for (place, text) in texts.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                write_string(out, text);
            }
            out.push(b']');
        }
    }
}

/// Appends a JSON string.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else if let Ok(quoted) = serde_json::to_vec(text) {
        out.extend_from_slice(&quoted);
    }
}
