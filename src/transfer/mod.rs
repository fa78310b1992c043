//! The owner's lists as files: read from what other programs write, and written for them.
//!
//! What a file holds becomes [`ListEntry`]s; every row that cannot becomes a [`Remark`] that says
//! where it stands, why, and what to do. Nothing here keeps anything. Files are hostile: they are
//! bounded, and what is written for spreadsheets can be no formula.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

use crate::call::{Bilingual, E164, LineId, ListEntry, ListName, NumberPattern, Origin, bilingual};

mod csv;
mod text;
mod vcard;

pub use self::csv::guarded;

/// The largest file, in bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most rows of a file.
pub const MAX_ROWS: usize = 100_000;
/// The longest note, in characters.
pub const MAX_NOTE_CHARS: usize = 500;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table, RFC 4180; semicolons and tabs are read too.
    Csv,
    /// Contacts, vCard 2.1 (versit), 3.0 (RFC 2426) or 4.0 (RFC 6350).
    VCard,
}

impl Format {
    /// Which one it is, by what the file begins with.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let text = text::decode(&bytes[..bytes.len().min(200)]);
        let begin = text
            .trim_start()
            .get(..11)
            .unwrap_or_default()
            .to_ascii_uppercase();
        if begin == "BEGIN:VCARD" {
            Self::VCard
        } else {
            Self::Csv
        }
    }
}

/// What holds for rows that do not say otherwise.
#[derive(Debug, Clone)]
pub struct Defaults {
    /// The list that entries go on; without one, every row has to name its own.
    pub list: Option<ListName>,
    /// The country (ISO 3166) whose numbers may stand without country code.
    pub region: String,
    /// The zone in which days are meant.
    pub time_zone: TimeZone,
    /// When the file is read.
    pub now: Timestamp,
}

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Import {
    /// What can be kept, each list, pattern and line once.
    pub entries: Vec<ListEntry>,
    /// Where each of them stands, in the same order, counted as in [`Remark::row`].
    pub rows: Vec<usize>,
    /// What cannot, in the order of the file.
    pub refused: Vec<Remark>,
    /// What can be kept and is probably not meant, in the order of the file.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubtful: Vec<Remark>,
    /// The headings of a table's columns in which something stands that is not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Of what is refused, beginnings of numbers to block that the owner wrote by hand, as the file
    /// says: the row and the entry of each. See [`Import::take_by_hand`].
    #[serde(skip)]
    pub by_hand: Vec<(usize, ListEntry)>,
}

impl Import {
    /// Takes those rows in [`Import::by_hand`] that are the owner's indeed, since he insists or has
    /// them on his list already. A file alone could claim anything.
    pub fn take_by_hand(&mut self, mut is_his: impl FnMut(&ListEntry) -> bool) {
        let mut taken: HashMap<usize, Vec<String>> = HashMap::new();
        for (row, entry) in std::mem::take(&mut self.by_hand) {
            if is_his(&entry) {
                taken.entry(row).or_default().push(entry.pattern.full());
                self.entries.push(entry);
                self.rows.push(row);
            }
        }
        self.refused.retain(|remark| {
            let numbers = taken.get(&remark.row);
            !numbers.is_some_and(|numbers| numbers.contains(&remark.value))
        });
    }

    /// Refuses the rows for lines that do not exist.
    pub fn refuse_unknown_lines(&mut self, lines: &[LineId]) {
        self.refuse(|row, entry| {
            let line = entry.line.as_ref().filter(|line| !lines.contains(line))?;
            let own: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
            Some(Remark {
                row,
                value: line.0.chars().take(80).collect(),
                reason: bilingual!(
                    "der er ikke sådan en linje til {number}",
                    "there is no such line for {number}",
                    number = entry.pattern.full()
                ),
                suggestion: bilingual!(
                    "linjerne er: {lines}",
                    "the lines are: {lines}",
                    lines = own.join(", ")
                ),
            })
        });
    }

    /// Refuses those of what can be kept against which there is something to say: of each the row and
    /// the entry.
    pub fn refuse(&mut self, mut against: impl FnMut(usize, &ListEntry) -> Option<Remark>) {
        let entries = std::mem::take(&mut self.entries);
        for (row, entry) in std::mem::take(&mut self.rows).into_iter().zip(entries) {
            match against(row, &entry) {
                Some(remark) => self.refused.push(remark),
                None => {
                    self.rows.push(row);
                    self.entries.push(entry);
                }
            }
        }
        self.refused.sort_by_key(|remark| remark.row);
    }
}

/// A row that cannot be kept, or should be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The line of the file that it begins in, from 1; of a contact, its position in the file.
    pub row: usize,
    /// What stands there.
    pub value: String,
    /// What is wrong with it.
    pub reason: Bilingual,
    /// What to do.
    pub suggestion: Bilingual,
}

/// Why a file cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferError {
    /// It is too large.
    TooLarge(usize),
    /// It has too many rows.
    TooManyRows,
    /// It has no column of numbers.
    NoNumbers,
    /// It holds nothing.
    Empty,
}

impl TransferError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        match self {
            Self::TooLarge(bytes) => bilingual!(
                "filen har {bytes} byte; der læses højst {MAX_BYTES}: del den",
                "the file has {bytes} bytes; at most {MAX_BYTES} are read: split it"
            ),
            Self::TooManyRows => bilingual!(
                "filen har mere end {MAX_ROWS} rækker: del den",
                "the file has more than {MAX_ROWS} rows: split it"
            ),
            Self::NoNumbers => bilingual!(
                "ingen kolonne har telefonnumre: kald den “nummer”, eller sæt den først",
                "no column holds telephone numbers: name it “number”, or put it first"
            ),
            Self::Empty => bilingual!("filen er tom", "the file is empty"),
        }
    }
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.told().english())
    }
}

impl Error for TransferError {}

/// Reads a file.
///
/// # Errors
/// [`TransferError`] when nothing of it can be read. Rows that cannot be are in the result.
///
/// ```
/// use portner::transfer::{Defaults, Format, import};
/// use portner::call::ListName;
/// let defaults = Defaults {
///     list: Some(ListName::Allow),
///     region: "DK".into(),
///     time_zone: jiff::tz::TimeZone::UTC,
///     now: jiff::Timestamp::UNIX_EPOCH,
/// };
/// let read = import(Format::Csv, b"Navn;Telefon\nPer;71 23 45 67\nLone;?\n", &defaults).unwrap();
/// assert_eq!(read.entries[0].pattern.full(), "+4571234567");
/// assert_eq!(read.refused[0].row, 3);
/// ```
pub fn import(format: Format, bytes: &[u8], defaults: &Defaults) -> Result<Import, TransferError> {
    if bytes.len() > MAX_BYTES {
        return Err(TransferError::TooLarge(bytes.len()));
    }
    let text = text::decode(bytes);
    if text.trim().is_empty() {
        return Err(TransferError::Empty);
    }
    let (rows, unread) = match format {
        Format::Csv => {
            let table = csv::read(&text, &defaults.region)?;
            (table.rows, table.unread)
        }
        Format::VCard => (vcard::read(&text)?, Vec::new()),
    };
    let mut import = Import {
        unread,
        ..Import::default()
    };
    let mut known: HashMap<(ListName, NumberPattern, Option<LineId>), usize> = HashMap::new();
    for row in rows {
        match row.and_then(|row| Ok((row.at, row.entry(defaults)?))) {
            Ok((at, entry)) => {
                let name = (entry.list, entry.pattern, entry.line.clone());
                if let Some(first) = known.get(&name) {
                    // A contact may have the same number twice.
                    if *first == at {
                        continue;
                    }
                    import.refused.push(Remark {
                        row: at,
                        value: entry.pattern.full(),
                        reason: bilingual!(
                            "dette nummer står i række {first} i forvejen",
                            "this number stands in row {first} already"
                        ),
                        suggestion: bilingual!("udelad en af dem", "leave out one of them"),
                    });
                } else {
                    known.insert(name, at);
                    if entry.list == ListName::Block && !entry.pattern.is_exact() {
                        import.refused.push(beginning(at, entry.pattern));
                        import.by_hand.push((at, entry));
                        continue;
                    }
                    import.doubtful.extend(doubt(at, entry.pattern));
                    import.entries.push(entry);
                    import.rows.push(at);
                }
            }
            Err(refusal) => import.refused.push(refusal),
        }
    }
    Ok(import)
}

/// Writes entries as a file in UTF-8. [`import`] reads what this writes.
#[must_use]
pub fn export(format: Format, entries: &[ListEntry]) -> String {
    match format {
        Format::Csv => csv::write(entries),
        Format::VCard => vcard::write(entries),
    }
}

/// A row as it stands in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row {
    at: usize,
    number: String,
    note: String,
    list: String,
    line: String,
    expires: String,
    added: String,
    origin: String,
}

impl Row {
    fn refuse(&self, value: &str, reason: Bilingual, suggestion: Bilingual) -> Remark {
        Remark {
            row: self.at,
            value: text::plain(value).chars().take(80).collect(),
            reason,
            suggestion,
        }
    }

    fn entry(&self, defaults: &Defaults) -> Result<ListEntry, Remark> {
        let list = self.list(defaults)?;
        let pattern = self.pattern(&defaults.region)?;
        let origin = self.origin();
        if list == ListName::Block && !pattern.is_exact() && origin != Some(Origin::Owner) {
            return Err(beginning(self.at, pattern));
        }
        let note = text::plain(&self.note);
        let length = note.chars().count();
        if length > MAX_NOTE_CHARS {
            return Err(self.refuse(
                &note,
                bilingual!(
                    "noten har {length} tegn og må højst have {MAX_NOTE_CHARS}",
                    "the note has {length} characters, and may have at most {MAX_NOTE_CHARS}"
                ),
                bilingual!("afkort den", "shorten it"),
            ));
        }
        let line = text::plain(&self.line);
        Ok(ListEntry {
            pattern,
            list,
            line: (!line.is_empty()).then_some(LineId(line)),
            note,
            origin: origin.unwrap_or(Origin::Import),
            added_at: self.added_at(defaults.now),
            expires_at: self.expires_at(defaults)?,
        })
    }

    /// How the entry came onto the list that the file was written from.
    fn origin(&self) -> Option<Origin> {
        let word = self.origin.trim().to_lowercase();
        Origin::ALL.into_iter().find(|one| one.as_str() == word)
    }

    /// When it came there; now, where that is not said or cannot be.
    fn added_at(&self, now: Timestamp) -> Timestamp {
        let said = self.added.trim().parse().ok();
        said.filter(|at| *at <= now).unwrap_or(now)
    }

    fn list(&self, defaults: &Defaults) -> Result<ListName, Remark> {
        let word = self.list.trim().to_lowercase();
        match word.as_str() {
            "" => defaults.list.ok_or_else(|| {
                self.refuse(
                    &self.number,
                    bilingual!("der er ikke nævnt nogen liste", "no list is named"),
                    bilingual!(
                        "skriv allow, wanted eller block, eller vælg en for alle",
                        "write allow, wanted or block, or choose one for all"
                    ),
                )
            }),
            "allow" | "tillad" | "tilladt" => Ok(ListName::Allow),
            "wanted" | "ønsket" => Ok(ListName::Wanted),
            "block" | "blocked" | "bloker" | "blokeret" => Ok(ListName::Block),
            _ => Err(self.refuse(
                &self.list,
                bilingual!("der er ikke sådan en liste", "there is no such list"),
                bilingual!(
                    "skriv allow, wanted eller block",
                    "write allow, wanted or block"
                ),
            )),
        }
    }

    fn pattern(&self, region: &str) -> Result<NumberPattern, Remark> {
        let number = self.number.trim();
        if number.is_empty() {
            return Err(self.refuse(
                number,
                bilingual!("der er intet nummer", "there is no number"),
                with_its_country_code(),
            ));
        }
        let read = if number.ends_with('*') {
            NumberPattern::parse(number)
        } else {
            E164::parse_national(number, region).map(NumberPattern::exact)
        };
        read.map_err(|error| {
            let scientific = number.contains(['E', 'e']) && number.contains([',', '.']);
            let suggestion = if scientific {
                bilingual!(
                    "regnearket har afrundet det: gør kolonnen til tekst, og skriv det igen",
                    "the spreadsheet rounded it: format the column as text and enter it again"
                )
            } else {
                with_its_country_code()
            };
            self.refuse(number, error.told(), suggestion)
        })
    }

    fn expires_at(&self, defaults: &Defaults) -> Result<Option<Timestamp>, Remark> {
        let text = self.expires.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let day = |format: &str| Date::strptime(format, text).ok();
        let end = text.parse::<Timestamp>().ok().or_else(|| {
            let day = day("%Y-%m-%d")
                .or_else(|| day("%d-%m-%Y"))
                .or_else(|| day("%d.%m.%Y"))?;
            let next = day.tomorrow().ok()?;
            Some(
                next.to_zoned_datetime(defaults.time_zone.clone())
                    .ok()?
                    .timestamp(),
            )
        });
        let end = end.ok_or_else(|| {
            self.refuse(
                text,
                bilingual!("dette er ingen dag", "this is no day"),
                bilingual!("skriv den som 2026-12-31", "write it as 2026-12-31"),
            )
        })?;
        // What was on a list is copied as it was: it is no mistake that it has passed.
        if end <= defaults.now && self.origin().is_none() {
            return Err(self.refuse(
                text,
                bilingual!(
                    "den er forbi, så det ville aldrig gælde",
                    "this has passed, so the entry would never hold"
                ),
                bilingual!(
                    "udelad den, eller vælg en senere dag",
                    "leave it out, or choose a later day"
                ),
            ));
        }
        Ok(Some(end))
    }
}

/// A beginning of numbers to block, which a file alone is not believed.
fn beginning(row: usize, pattern: NumberPattern) -> Remark {
    let number = pattern.full();
    Remark {
        row,
        reason: bilingual!(
            "en begyndelse på numre blokerer kun, hvor du skriver den med hånden",
            "a beginning of numbers blocks only where you write it by hand"
        ),
        suggestion: bilingual!(
            "skriv den i feltet på listens side, eller `portner lists add block '{number}'`",
            "write it into the field on the list's page, or `portner lists add block '{number}'`"
        ),
        value: number,
    }
}

/// What is to be said of a number that is taken. Plans change, so it is only said.
fn doubt(row: usize, pattern: NumberPattern) -> Option<Remark> {
    let number = pattern.number().filter(|number| number.is_too_short())?;
    Some(Remark {
        row,
        value: number.full(),
        reason: bilingual!(
            "landets numre er længere",
            "the numbers of its country are longer"
        ),
        suggestion: bilingual!(
            "se, om der mangler et ciffer",
            "see whether a digit is missing"
        ),
    })
}

fn with_its_country_code() -> Bilingual {
    bilingual!(
        "skriv det med landekoden, f.eks. +4512345678",
        "write it with its country code, such as +4512345678"
    )
}

#[cfg(test)]
mod tests;
