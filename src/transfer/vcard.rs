//! Contacts.

use calcard::vcard::{VCard, VCardEntry, VCardProperty, VCardValue};
use calcard::{Entry, Parser};

use super::{MAX_ROWS, Remark, Row, TransferError, text};
use crate::call::{Bilingual, ListEntry, bilingual};

const LIST: &str = "X-PORTNER-LIST";
const LINE: &str = "X-PORTNER-LINE";
const EXPIRES: &str = "X-PORTNER-EXPIRES";
const ADDED: &str = "X-PORTNER-ADDED";
const ORIGIN: &str = "X-PORTNER-ORIGIN";

pub(super) fn read(text: &str) -> Result<Vec<Result<Row, Remark>>, TransferError> {
    let mut rows = Vec::new();
    let mut parser = Parser::new(text);
    let mut at = 0;
    loop {
        let found = match parser.entry() {
            Entry::Eof => return Ok(rows),
            Entry::InvalidLine(line) if line.trim().is_empty() => continue,
            Entry::InvalidLine(line) => {
                at += 1;
                vec![Err(refusal(
                    at,
                    &line,
                    bilingual!("dette er ingen kontakt", "this is no contact"),
                ))]
            }
            Entry::VCard(card) => {
                at += 1;
                contact(at, &card)
            }
            _ => {
                at += 1;
                vec![Err(refusal(
                    at,
                    "",
                    bilingual!(
                        "dette er ikke en hel kontakt",
                        "this is not a whole contact"
                    ),
                ))]
            }
        };
        if rows.len() + found.len() > MAX_ROWS {
            return Err(TransferError::TooManyRows);
        }
        rows.extend(found);
    }
}

fn refusal(row: usize, value: &str, reason: Bilingual) -> Remark {
    Remark {
        row,
        value: text::plain(value).chars().take(80).collect(),
        reason,
        suggestion: bilingual!(
            "eksportér den igen der, hvor den kommer fra",
            "export it again from where it comes from"
        ),
    }
}

/// A row for every number of a contact.
fn contact(at: usize, card: &VCard) -> Vec<Result<Row, Remark>> {
    let first = |property: &VCardProperty| {
        let entry = card.entries.iter().find(|entry| entry.name == *property)?;
        Some(value(entry)).filter(|text| !text.is_empty())
    };
    let own = |name: &str| {
        let entry = card.entries.iter().find(|entry| {
            matches!(&entry.name, VCardProperty::Other(other) if other.eq_ignore_ascii_case(name))
        });
        entry.map(value).unwrap_or_default()
    };
    let name = first(&VCardProperty::Fn)
        .or_else(|| first(&VCardProperty::N))
        .or_else(|| first(&VCardProperty::Org))
        .unwrap_or_default();
    let numbers: Vec<String> = card
        .entries
        .iter()
        .filter(|entry| entry.name == VCardProperty::Tel)
        .map(number)
        .collect();
    if numbers.is_empty() {
        return vec![Err(Remark {
            row: at,
            value: name,
            reason: bilingual!("kontakten har intet nummer", "the contact has no number"),
            suggestion: bilingual!("udelad den", "leave it out"),
        })];
    }
    numbers
        .into_iter()
        .map(|number| {
            Ok(Row {
                at,
                note: if name == number {
                    String::new()
                } else {
                    name.clone()
                },
                number,
                list: own(LIST),
                line: own(LINE),
                expires: own(EXPIRES),
                added: own(ADDED),
                origin: own(ORIGIN),
            })
        })
        .collect()
}

/// A number, without `tel:` in front and what may follow it (RFC 3966).
fn number(entry: &VCardEntry) -> String {
    let value = value(entry);
    match value.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => {
            value[4..].split(';').next().unwrap_or_default().to_owned()
        }
        _ => value,
    }
}

/// What an entry says; the parts of a name from the family's backwards, as people say it.
fn value(entry: &VCardEntry) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for value in &entry.values {
        match value {
            VCardValue::Text(part) => parts.push(part),
            VCardValue::Component(more) => parts.extend(more.iter().map(String::as_str)),
            _ => {}
        }
    }
    if entry.name == VCardProperty::N {
        parts.truncate(2);
        parts.reverse();
    }
    let joined = if entry.name == VCardProperty::Fn || matches!(entry.name, VCardProperty::Other(_))
    {
        // Commas that should have been written with a stroke before them.
        parts.join(",")
    } else {
        parts.retain(|part| !part.trim().is_empty());
        parts.join(" ")
    };
    text::plain(&joined)
}

pub(super) fn write(entries: &[ListEntry]) -> String {
    let mut cards = String::new();
    for entry in entries {
        let number = entry.pattern.full();
        let name = if entry.note.is_empty() {
            &number
        } else {
            &entry.note
        };
        let mut line = |name: &str, value: &str| {
            cards.push_str(&folded(&format!("{name}:{}", escaped(value))));
        };
        line("BEGIN", "VCARD");
        line("VERSION", "4.0");
        line("FN", name);
        line("TEL", &number);
        line(LIST, entry.list.as_str());
        if let Some(own) = &entry.line {
            line(LINE, &own.0);
        }
        if let Some(end) = entry.expires_at {
            line(EXPIRES, &end.to_string());
        }
        line(ADDED, &entry.added_at.to_string());
        line(ORIGIN, entry.origin.as_str());
        line("END", "VCARD");
    }
    cards
}

fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for sign in value.chars() {
        match sign {
            '\\' | ',' | ';' => {
                escaped.push('\\');
                escaped.push(sign);
            }
            '\n' => escaped.push_str("\\n"),
            sign if sign.is_control() => escaped.push(' '),
            sign => escaped.push(sign),
        }
    }
    escaped
}

/// A line of at most 75 octets, and its rest on lines that begin with a blank (RFC 6350, 3.2).
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut width = 0;
    for sign in line.chars() {
        if width + sign.len_utf8() > 75 {
            folded.push_str("\r\n ");
            width = 1;
        }
        folded.push(sign);
        width += sign.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}
