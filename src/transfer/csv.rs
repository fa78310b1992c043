//! Tables.

use std::io::Read;

use super::{MAX_ROWS, Remark, Row, TransferError, text};
use crate::call::{Bilingual, E164, ListEntry, NumberPattern, bilingual};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Number,
    Name,
    Note,
    List,
    Line,
    Expires,
    Added,
    Origin,
}

/// The headings that people and programs write.
const HEADINGS: &[(Column, &[&str])] = &[
    (
        Column::Number,
        &[
            "nummer",
            "numre",
            "number",
            "telefon",
            "telefonnummer",
            "telefonnr",
            "tlf",
            "tlfnr",
            "tlfnummer",
            "mobil",
            "mobilnummer",
            "mobilnr",
            "phone",
            "phonenumber",
            "phone1value",
            "phone2value",
            "phone3value",
            "mobile",
            "mobilephone",
            "tel",
            "pattern",
            "mønster",
            "primaryphone",
            "primærtelefon",
        ],
    ),
    (
        Column::Name,
        &[
            "navn",
            "name",
            "fuldenavn",
            "fullname",
            "firma",
            "company",
            "displayname",
            "kontakt",
            "contact",
        ],
    ),
    (
        Column::Note,
        &[
            "note",
            "noter",
            "notes",
            "bemærkning",
            "bemærkninger",
            "kommentar",
            "comment",
            "beskrivelse",
            "description",
        ],
    ),
    (Column::List, &["liste", "list"]),
    (Column::Line, &["linje", "line"]),
    (
        Column::Expires,
        &[
            "udløber",
            "udløb",
            "udløbsdato",
            "expires",
            "expiresat",
            "expiry",
            "gyldigtil",
            "gældertil",
            "til",
            "tilogmed",
            "until",
            "validuntil",
            "to",
        ],
    ),
    (Column::Added, &["tilføjet", "added", "addedat"]),
    (Column::Origin, &["oprindelse", "origin"]),
];

fn column(heading: &str) -> Option<Column> {
    let word: String = heading
        .to_lowercase()
        .chars()
        .filter(|sign| sign.is_alphanumeric())
        .collect();
    HEADINGS
        .iter()
        .find(|(_, words)| words.contains(&word.as_str()))
        .map(|(column, _)| *column)
}

/// The most headings that are told of.
const MAX_UNREAD: usize = 50;

/// What a table holds.
pub(super) struct Table {
    pub(super) rows: Vec<Result<Row, Remark>>,
    /// The headings of columns in which something stands that is not read.
    pub(super) unread: Vec<String>,
}

/// A column that is not known, with its heading, and whether something stands in it.
struct Unknown {
    at: usize,
    heading: String,
    is_filled: bool,
}

impl Unknown {
    fn all(headings: &csv::StringRecord) -> Vec<Self> {
        let unknown = headings.iter().enumerate().filter_map(|(at, heading)| {
            let told: String = text::plain(unguarded(heading)).chars().take(80).collect();
            (column(heading).is_none() && !told.is_empty()).then_some(Self {
                at,
                heading: told,
                is_filled: false,
            })
        });
        unknown.take(MAX_UNREAD).collect()
    }

    fn see(&mut self, record: &csv::StringRecord) {
        self.is_filled |= record
            .get(self.at)
            .is_some_and(|cell| !cell.trim().is_empty());
    }
}

pub(super) fn read(text: &str, region: &str) -> Result<Table, TransferError> {
    // Excel writes the separator into the first line.
    let (said, text, skipped) = match text.strip_prefix("sep=") {
        Some(rest) => {
            let (first, rest) = rest.split_once('\n').unwrap_or((rest, ""));
            (first.bytes().next(), rest, 1)
        }
        None => (None, text, 0),
    };
    let delimiter = said.unwrap_or_else(|| separator(text));
    let mut records = reader(text.as_bytes(), delimiter).into_records();
    let mut lines = Lines::of(text);
    let mut columns: Option<Vec<Option<Column>>> = None;
    let mut unknown = Vec::new();
    let mut rows = Vec::new();
    while let Some(record) = records.next() {
        let is_last = records.reader().position().byte() >= text.len() as u64;
        let read = match record {
            Err(error) => {
                let at = error.position().map_or(0, csv::Position::byte);
                let reason = bilingual!(
                    "rækken kan ikke læses: {error}",
                    "the row cannot be read: {error}"
                );
                vec![Err(unreadable(lines.at(at) + skipped, reason))]
            }
            Ok(record) if is_last && is_open(text, &record, delimiter) => {
                let at = record.position().map_or(0, csv::Position::byte);
                let reason = bilingual!(
                    "rækken kan ikke læses: et anførselstegn lukkes ikke, før filen slutter",
                    "the row cannot be read: a quotation mark is not closed before the file ends"
                );
                vec![Err(unreadable(lines.at(at) + skipped, reason))]
            }
            Ok(record) if record.iter().all(|cell| cell.trim().is_empty()) => continue,
            Ok(record) => {
                let known = if let Some(columns) = &columns {
                    columns
                } else {
                    let headed: Vec<_> = record.iter().map(column).collect();
                    if headed.contains(&Some(Column::Number)) {
                        columns = Some(headed);
                        unknown = Unknown::all(&record);
                        continue;
                    }
                    let found =
                        without_headings(&record, region).ok_or(TransferError::NoNumbers)?;
                    columns.insert(found)
                };
                unknown.iter_mut().for_each(|column| column.see(&record));
                let at = lines.at(record.position().map_or(0, csv::Position::byte)) + skipped;
                let found = self::rows(at, &record, known);
                found.into_iter().map(Ok).collect()
            }
        };
        if rows.len() + read.len() > MAX_ROWS {
            return Err(TransferError::TooManyRows);
        }
        rows.extend(read);
    }
    let filled = unknown.into_iter().filter(|column| column.is_filled);
    let unread = filled.map(|column| column.heading).collect();
    Ok(Table { rows, unread })
}

fn reader<R: Read>(text: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text)
}

/// Whether the last record of a text has a quotation that does not end: another line behind it is then a
/// part of it.
fn is_open(text: &str, last: &csv::StringRecord, delimiter: u8) -> bool {
    let begin = last.position().map_or(0, csv::Position::byte);
    let begin = usize::try_from(begin).unwrap_or(usize::MAX);
    let last = text.as_bytes().get(begin..).unwrap_or_default();
    let mut with_another = reader(last.chain(&b"\nx"[..]), delimiter);
    with_another.byte_records().count() < 2
}

fn unreadable(row: usize, reason: Bilingual) -> Remark {
    Remark {
        row,
        value: String::new(),
        reason,
        suggestion: bilingual!("se på dens anførselstegn", "look at its quotation marks"),
    }
}

/// Counts lines on the way through a text. The reader's own count stops at blank lines and at the
/// second half of Windows' line ends.
struct Lines<'t> {
    text: &'t [u8],
    byte: usize,
    line: usize,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            byte: 0,
            line: 1,
        }
    }

    /// The line, from 1, of the first record that begins at or after this byte. Bytes only grow.
    fn at(&mut self, byte: u64) -> usize {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(sign) = self.text.get(self.byte) {
            let between = matches!(sign, b'\r' | b'\n');
            if self.byte >= byte && !between {
                break;
            }
            self.line += usize::from(*sign == b'\n');
            self.byte += 1;
        }
        self.line
    }
}

/// The separator that the first lines have most of.
fn separator(text: &str) -> u8 {
    let count = |separator: &u8| {
        let lines = text.lines().take(5);
        lines
            .map(|line| line.bytes().filter(|byte| byte == separator).count())
            .sum::<usize>()
    };
    *[b',', b';', b'\t']
        .iter()
        .rev()
        .max_by_key(|one| count(one))
        .unwrap_or(&b',')
}

/// A table without headings: the first column that holds a number, and what stands beside it.
fn without_headings(record: &csv::StringRecord, region: &str) -> Option<Vec<Option<Column>>> {
    let is_number = |cell: &str| {
        let cell = unguarded(cell);
        E164::parse_national(cell, region).is_ok()
            || (cell.ends_with('*') && NumberPattern::parse(cell).is_ok())
    };
    let number = record.iter().position(is_number)?;
    let mut noted = false;
    Some(
        (0..record.len())
            .map(|at| {
                if at == number {
                    Some(Column::Number)
                } else {
                    (!std::mem::replace(&mut noted, true)).then_some(Column::Note)
                }
            })
            .collect(),
    )
}

/// A row for every number of a record.
fn rows(at: usize, record: &csv::StringRecord, columns: &[Option<Column>]) -> Vec<Row> {
    let mut row = Row {
        at,
        ..Row::default()
    };
    let (mut numbers, mut names, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (cell, column) in record.iter().zip(columns) {
        let cell = unguarded(cell).to_owned();
        if cell.trim().is_empty() {
            continue;
        }
        let place = match column {
            Some(Column::Number) => {
                numbers.push(cell);
                continue;
            }
            Some(Column::Name) => {
                names.push(text::plain(&cell));
                continue;
            }
            Some(Column::Note) => {
                notes.push(text::plain(&cell));
                continue;
            }
            Some(Column::List) => &mut row.list,
            Some(Column::Line) => &mut row.line,
            Some(Column::Expires) => &mut row.expires,
            Some(Column::Added) => &mut row.added,
            Some(Column::Origin) => &mut row.origin,
            None => continue,
        };
        if place.is_empty() {
            *place = cell;
        }
    }
    // Many tables have the same name in two columns.
    let mut said: Vec<String> = Vec::new();
    for part in names.into_iter().chain(notes) {
        if !part.is_empty() && !said.contains(&part) {
            said.push(part);
        }
    }
    row.note = said.join(", ");
    if numbers.is_empty() {
        return vec![row];
    }
    let with = |number| Row {
        number,
        ..row.clone()
    };
    numbers.into_iter().map(with).collect()
}

pub(super) fn write(entries: &[ListEntry]) -> String {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let heading = [
        "number", "list", "note", "line", "expires", "added", "origin",
    ]
    .map(str::to_owned);
    let rows = entries.iter().map(|entry| {
        [
            entry.pattern.full(),
            entry.list.as_str().to_owned(),
            entry.note.clone(),
            entry
                .line
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            entry
                .expires_at
                .map(|end| end.to_string())
                .unwrap_or_default(),
            entry.added_at.to_string(),
            entry.origin.as_str().to_owned(),
        ]
    });
    for row in std::iter::once(heading).chain(rows) {
        if table
            .write_record(row.iter().map(|cell| guarded(cell)))
            .is_err()
        {
            break;
        }
    }
    table
        .into_inner()
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_default()
}

const SIGNS: &[char] = &[
    '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\'',
];

/// Whether a spreadsheet could take the cell for a formula, or [`unguarded`] for a guarded one.
fn needs_guard(cell: &str) -> bool {
    cell.trim_start_matches([' ', '\u{a0}']).starts_with(SIGNS)
}

/// A cell that no spreadsheet takes for a formula. Plain telephone numbers stay as they are.
#[must_use]
pub fn guarded(cell: &str) -> String {
    let is_number = cell.strip_prefix('+').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    if needs_guard(cell) && !is_number {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if needs_guard(rest) => rest,
        _ => cell,
    }
}
