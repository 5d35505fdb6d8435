//! Lists of addresses in files beside the manifest: CSV, or one address a line.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::check;
use super::decode::Located;
use super::files::{Files, tidy};
use super::lower::Elements;
use super::near::{listed, nearest};
use super::node::shortened;
use super::report::Report;
use super::texts::{invalid_address, is_address};
use crate::place::Place;

/// The files that lists were read from, each once.
pub(crate) struct Lists<'l> {
    files: &'l dyn Files,
    digest: Contents,
    read: HashMap<PathBuf, Option<(u32, Arc<str>)>>,
}

/// A hash over the contents of files, in the order of reading.
#[derive(Debug, Default)]
pub(crate) struct Contents(Sha256);

impl Contents {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_le_bytes());
        self.0.update(bytes);
    }

    fn into_hex(self) -> String {
        use std::fmt::Write;
        self.0.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// Reads a file as text and adds it to the sources. `asked` is where the manifest asks for it.
pub(crate) fn read_text(
    path: &Path,
    asked: Place,
    files: &dyn Files,
    digest: &mut Contents,
    report: &mut Report,
) -> Option<(u32, Arc<str>)> {
    let name = path.display().to_string();
    let bytes = match files.read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let finding = report.find(
                &check::FILE_UNREADABLE,
                asked,
                format!("cannot read {name}: {}", reason(&error)),
            );
            if !asked.is_somewhere() {
                finding.hint("check the path");
            }
            return None;
        }
    };
    digest.add(&bytes);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&bytes);
    let head = bytes.get(..4).unwrap_or(bytes);
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || head.contains(&0) {
        // Its bytes would tell a reader nothing.
        let source = report.sources.add(&name, "".into());
        let place = Place { source, line: 1, column: 1, length: 0 };
        report
            .find(&check::NOT_UTF8, place, format!("{name} is not UTF-8"))
            .hint("it is UTF-16, as `>` and `Out-File` of Windows PowerShell write it; save it as UTF-8");
        return None;
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let text: Arc<str> = text.into();
            let source = report.sources.add(&name, Arc::clone(&text));
            Some((source, text))
        }
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let line = valid.matches('\n').count() + 1;
            let column = valid.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let source = report.sources.add(&name, String::from_utf8_lossy(bytes).into());
            let place = Place {
                source,
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: u32::try_from(column).unwrap_or(u32::MAX),
                length: 1,
            };
            report.find(&check::NOT_UTF8, place, format!("{name} is not UTF-8"));
            None
        }
    }
}

/// Why a file cannot be read, in words that are the same on every machine.
pub(crate) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}

impl<'l> Lists<'l> {
    pub(crate) fn new(files: &'l dyn Files, digest: Contents) -> Self {
        Self { files, digest, read: HashMap::new() }
    }

    /// The hash over every file that was read.
    pub(crate) fn into_digest(self) -> String {
        self.digest.into_hex()
    }

    fn open(&mut self, path: &Path, asked: Place, report: &mut Report) -> Option<(u32, Arc<str>)> {
        let path = tidy(path);
        if let Some(known) = self.read.get(&path) {
            return known.clone();
        }
        let opened = read_text(&path, asked, self.files, &mut self.digest, report);
        self.read.insert(path, opened.clone());
        opened
    }

    /// Reads what stands on the lines of a file, each with its place. `#` begins a comment; blank lines count for nothing.
    pub(crate) fn lines(
        &mut self,
        path: &Path,
        asked: Place,
        report: &mut Report,
    ) -> Option<Vec<Located<String>>> {
        let (source, text) = self.open(path, asked, report)?;
        let lines = text.lines().enumerate().filter_map(|(index, line)| {
            let stated = line.split('#').next().unwrap_or_default();
            let value = stated.trim();
            let before = stated.chars().take_while(|c| c.is_whitespace()).count();
            let place = Place {
                source,
                line: u32::try_from(index + 1).unwrap_or(u32::MAX),
                column: u32::try_from(before + 1).unwrap_or(u32::MAX),
                length: u32::try_from(value.chars().count()).unwrap_or(0),
            };
            (!value.is_empty()).then(|| Located { value: value.to_owned(), place })
        });
        Some(lines.collect())
    }

    /// Reads one address a line.
    pub(crate) fn plain(
        &mut self,
        path: &Path,
        asked: Place,
        into: &mut Elements,
        report: &mut Report,
    ) -> Option<()> {
        let lines = self.lines(path, asked, report)?;
        into.reserve(lines.len());
        for Located { value, place } in lines {
            if is_address(&value) {
                into.add(value, place, report);
            } else {
                invalid_address(&value, place, "a line of this list", report);
            }
        }
        Some(())
    }

    /// Reads the addresses of one column of a CSV file.
    pub(crate) fn csv(
        &mut self,
        path: &Path,
        asked: Place,
        column: Option<&Located<String>>,
        into: &mut Elements,
        report: &mut Report,
    ) -> Option<()> {
        let (source, text) = self.open(path, asked, report)?;
        // Export-Csv of Windows PowerShell 5 writes the type in front of the header.
        let skipped =
            if text.starts_with("#TYPE") { text.find('\n').map_or(text.len(), |end| end + 1) } else { 0 };
        let body = &text[skipped..];
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .delimiter(delimiter(body))
            .from_reader(body.as_bytes());
        let at = |line: usize, column: usize, length: usize| Place {
            source,
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
            length: u32::try_from(length).unwrap_or(0),
        };
        let headers = match reader.headers() {
            Ok(headers) => headers.clone(),
            Err(error) => {
                report.find(
                    &check::CSV_INVALID,
                    at(1, 0, 0),
                    format!("{} cannot be read: {error}", path.display()),
                );
                return None;
            }
        };
        let index = find_column(&headers, column, path, asked, report)?;
        into.reserve(body.bytes().filter(|byte| *byte == b'\n').count());
        let mut record = csv::StringRecord::new();
        let (mut line, mut counted) = (1 + usize::from(skipped > 0), 0);
        loop {
            match reader.read_record(&mut record) {
                Ok(false) => return Some(()),
                Ok(true) => {}
                Err(error) => {
                    report.find(
                        &check::CSV_INVALID,
                        at(line, 0, 0),
                        format!("{} cannot be read: {error}", path.display()),
                    );
                    return None;
                }
            }
            // The reader counts a line late where lines end in CR LF, so lines are counted here.
            let start =
                record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or(0);
            let skipped = body.get(start..).unwrap_or_default();
            let start = start + (skipped.len() - skipped.trim_start_matches(['\r', '\n']).len());
            line +=
                body.get(counted..start).unwrap_or_default().bytes().filter(|byte| *byte == b'\n').count();
            counted = start;
            let address = record.get(index).unwrap_or_default();
            let spilt = record.iter().find(|field| field.contains('\n'));
            if let Some(spilt) = spilt
                && (address.is_empty() || address.contains('\n'))
            {
                let begins = shortened(spilt.lines().next().unwrap_or_default()).into_owned();
                let summary = format!("the quote before `{begins}` is not closed on its line");
                report.find(&check::CSV_INVALID, at(line, 0, 0), summary);
                return Some(());
            }
            if address.is_empty() {
                if record.iter().any(|field| !field.is_empty()) {
                    let summary = format!("line {} of {} has no address", line, path.display());
                    report.find(&check::CSV_EMPTY_ADDRESS, at(line, 0, 0), summary);
                }
                continue;
            }
            let written = body.get(start..).unwrap_or_default().split('\n').next().unwrap_or_default();
            let before = written.find(address).and_then(|byte| written.get(..byte)).unwrap_or_default();
            let column = before.chars().count();
            let place = at(line, column, address.chars().count());
            if is_address(address) {
                into.add(address.to_owned(), place, report);
            } else {
                let name = format!("`{}`", headers.get(index).unwrap_or_default());
                invalid_address(address, place, &name, report);
            }
        }
    }
}

fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |delimiter: char| header.matches(delimiter).count();
    // Spreadsheets of many countries write semicolons.
    if count(',') > 0 {
        b','
    } else if count(';') > 0 {
        b';'
    } else if count('\t') > 0 {
        b'\t'
    } else {
        b','
    }
}

fn find_column(
    headers: &csv::StringRecord,
    column: Option<&Located<String>>,
    path: &Path,
    asked: Place,
    report: &mut Report,
) -> Option<usize> {
    let found = || listed(headers.iter());
    if headers.iter().all(str::is_empty) {
        let summary = format!("{} has no header: its first line is empty", path.display());
        report
            .find(&check::CSV_COLUMN_MISSING, asked, summary)
            .hint("write the names of the columns in its first line");
        return None;
    }
    let Some(column) = column else {
        if headers.len() == 1 {
            return Some(0);
        }
        let summary = format!("`column` is needed: {} has {} columns", path.display(), headers.len());
        report
            .find(&check::CSV_COLUMN_MISSING, asked, summary)
            .hint(format!("add `column:` with one of {}", found()));
        return None;
    };
    let exact = headers.iter().position(|header| header == column.value);
    let alike = || headers.iter().position(|header| header.eq_ignore_ascii_case(column.value.trim()));
    let index = exact.or_else(alike);
    if index.is_none() {
        let summary = format!("{} has no column `{}`", path.display(), column.value);
        let finding = report.find(&check::CSV_COLUMN_MISSING, column.place, summary);
        match nearest(&column.value, headers.iter()) {
            Some(near) => finding.hint(format!("did you mean `{near}`? Its columns are {}", found())),
            None => finding.hint(format!("its columns are {}", found())),
        };
    }
    index
}
