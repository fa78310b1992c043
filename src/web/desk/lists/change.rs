//! Changes of lists by hand. Each leads back to the list and says what was done.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::offer::Offer;
use super::{REGION, encoded, refused};
use crate::call::{
    E164, LineId, ListEntry, ListName, NumberError, NumberPattern, Origin, harmless,
};
use crate::store::ListChange;
use crate::transfer::MAX_NOTE_CHARS;
use crate::web::audit;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// An entry as it was typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::desk) struct Typed {
    pub(super) number: String,
    pub(super) note: String,
    pub(super) until: String,
    pub(super) line: String,
    /// The entry that it takes the place of, where one is changed, and its line.
    pub(super) was: String,
    pub(super) was_line: String,
    /// The place that is to be written over though an entry stands there that is not changed here.
    pub(super) over: String,
}

impl Typed {
    /// An entry as it would be typed.
    pub(super) fn of(entry: &ListEntry, zone: &TimeZone) -> Self {
        let line = entry.line.as_ref().map_or("", |line| &line.0);
        let until = entry.expires_at.map(|end| last_day(end, zone).to_string());
        Self {
            number: entry.pattern.full(),
            note: entry.note.clone(),
            until: until.unwrap_or_default(),
            line: line.to_owned(),
            was: entry.pattern.full(),
            was_line: line.to_owned(),
            over: String::new(),
        }
    }

    /// An entry that was held back, as it was typed: in place of the one that it would replace.
    pub(super) fn held(offer: &Offer, zone: &TimeZone) -> Option<Self> {
        let Offer::AllTheSame {
            entry,
            stood,
            removed,
            ..
        } = offer
        else {
            return None;
        };
        let (was, line) = match (removed, stood) {
            (Some(ListChange::Remove { pattern, line, .. }), _) => (pattern.full(), line.as_ref()),
            (_, Some(stood)) => (stood.pattern.full(), stood.line.as_ref()),
            (_, None) => (String::new(), None),
        };
        Some(Self {
            was,
            was_line: line.map_or_else(String::new, |line| line.0.clone()),
            ..Self::of(entry, zone)
        })
    }

    /// Whether he knows that this entry stands there: it is the one that he changes, or he was told.
    fn knows(&self, there: &ListEntry) -> bool {
        let was = NumberPattern::parse(&self.was);
        let is_changed = was == Ok(there.pattern) && line_of(&self.was_line) == there.line;
        is_changed || self.over == place(there)
    }
}

/// Where an entry stands on its list.
pub(super) fn place(entry: &ListEntry) -> String {
    let line = entry.line.as_ref().map_or("", |line| &line.0);
    format!("{} {line}", entry.pattern.full())
}

/// What is to be removed when an entry is kept: the one that was changed, where it is another number
/// or line now.
fn replaced(was: &str, was_line: &str, kept: &ListEntry) -> Option<ListChange> {
    let pattern = NumberPattern::parse(was).ok()?;
    let line = line_of(was_line);
    (pattern != kept.pattern || line != kept.line).then_some(ListChange::Remove {
        list: kept.list,
        pattern,
        line,
    })
}

/// What of it cannot be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wrong {
    Number,
    /// It ends on a day that cannot be read.
    NoDay,
    /// It ends on a day that has passed.
    Past,
    /// There is no such line.
    Line,
    /// This entry stands there already.
    There(Box<ListEntry>),
}

/// What became of an entry.
enum Written {
    Kept(NumberPattern),
    /// It would turn away who came through before: the name of the offer to write it all the same.
    Held(String),
}

/// Writes an entry.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Path(list): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let Some(list) = ListName::parse(&list) else {
        return trouble(&shown, &Problem::no_such_list());
    };
    match write(&app, list, &typed).await {
        Ok(Ok(Written::Kept(pattern))) => back(list, &done("saved", pattern)),
        Ok(Ok(Written::Held(offer))) => audit::refused(back(list, &format!("held&offer={offer}"))),
        Ok(Err(wrong)) => refused(&app, &shown, list, typed, wrong).await,
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn write(
    app: &Seen,
    list: ListName,
    typed: &Typed,
) -> Result<Result<Written, Wrong>, Problem> {
    let Some(pattern) = pattern(&typed.number) else {
        return Ok(Err(Wrong::Number));
    };
    let policies = app.policies();
    let zone = &policies.lines()[0].line.time_zone;
    let now = app.now();
    let expires_at = match typed.until.trim() {
        "" => None,
        day => match end_of(day, zone) {
            None => return Ok(Err(Wrong::NoDay)),
            Some(end) if end <= now => return Ok(Err(Wrong::Past)),
            end => end,
        },
    };
    let line = line_of(&typed.line);
    if !app.may_change(line.as_ref()) {
        return Err(Problem::not_allowed(true));
    }
    let is_known = |line: &LineId| {
        let mut lines = policies.lines().iter();
        // An entry may keep a line that is no more.
        line.0 == typed.was_line || lines.any(|policy| policy.line.id == *line)
    };
    if line.as_ref().is_some_and(|line| !is_known(line)) {
        return Ok(Err(Wrong::Line));
    }
    let entry = ListEntry {
        pattern,
        list,
        line,
        note: note(&typed.note, MAX_NOTE_CHARS),
        origin: Origin::Owner,
        added_at: now,
        expires_at,
    };
    let stood = app.entry(list, pattern, entry.line.as_ref()).await?;
    if let Some(there) = stood.as_ref().filter(|there| !typed.knows(there)) {
        return Ok(Err(Wrong::There(Box::new(there.clone()))));
    }
    let removed = replaced(&typed.was, &typed.was_line, &entry);
    if let Some(harm) = app.harm_of(&entry).await? {
        let offer = app.offer(Offer::AllTheSame {
            entry,
            stood: stood.map(Box::new),
            removed,
            harm,
        })?;
        return Ok(Ok(Written::Held(offer)));
    }
    let changes = removed.into_iter().chain([ListChange::Put(entry)]);
    app.change_lists(changes.collect()).await?;
    Ok(Ok(Written::Kept(pattern)))
}

/// The line that a field names; none for all of them.
pub(super) fn line_of(field: &str) -> Option<LineId> {
    Some(field.to_owned())
        .filter(|line| !line.is_empty())
        .map(LineId)
}

/// Which entry is meant.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Meant {
    pattern: String,
    #[serde(default)]
    line: String,
}

/// Removes an entry, and offers to put it back.
pub(in crate::web::desk) async fn remove(
    app: Seen,
    shown: Shown,
    Path(list): Path<String>,
    Form(meant): Form<Meant>,
) -> Response {
    let Some(list) = ListName::parse(&list) else {
        return trouble(&shown, &Problem::no_such_list());
    };
    let removed = async {
        let unreadable = |error: NumberError| Problem::invalid(error.told());
        let pattern = NumberPattern::parse(&meant.pattern).map_err(unreadable)?;
        let line = line_of(&meant.line);
        let gone = app.entry(list, pattern, line.as_ref()).await?;
        let change = ListChange::Remove {
            list,
            pattern,
            line,
        };
        app.change_lists(vec![change]).await?;
        Ok(match gone {
            Some(entry) => format!("removed&offer={}", app.offer(Offer::Back(entry))?),
            None => done("removed", pattern),
        })
    };
    match removed.await {
        Ok(done) => back(list, &done),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// What the list's page is to say: what was done, to whom.
pub(super) fn done(what: &str, pattern: NumberPattern) -> String {
    format!("{what}&of={}", encoded(&pattern.full()))
}

pub(super) fn back(list: ListName, done: &str) -> Response {
    Redirect::to(&format!("/lists/{}?done={done}", list.as_str())).into_response()
}

/// A number or a beginning of numbers, as people type them.
fn pattern(typed: &str) -> Option<NumberPattern> {
    let typed = typed.trim();
    if typed.ends_with('*') {
        return NumberPattern::parse(typed).ok();
    }
    let number = E164::parse_national(typed, REGION);
    number.map(NumberPattern::exact).ok()
}

/// The end of a day: the midnight after it; nothing, where what was typed is no day.
fn end_of(day: &str, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.parse::<Date>().ok()?.tomorrow().ok()?;
    Some(next.to_zoned_datetime(zone.clone()).ok()?.timestamp())
}

/// The last day that an entry holds which stops to hold at this moment.
pub(super) fn last_day(end: Timestamp, zone: &TimeZone) -> Date {
    let before = end.checked_sub(1.nanosecond()).unwrap_or(end);
    zone.to_datetime(before).date()
}

/// A note as it is kept, no longer than so many characters.
pub(in crate::web::desk) fn note(text: &str, most: usize) -> String {
    harmless(text)
        .take(most)
        .collect::<String>()
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        let full = |typed| pattern(typed).map(NumberPattern::full);
        assert_eq!(full("71 23 45 67").as_deref(), Some("+4571234567"));
        assert_eq!(full("+4571*").as_deref(), Some("+4571*"));
        assert_eq!(full("Lone"), None);
        assert_eq!(full(""), None);
    }

    #[test]
    fn an_entry_holds_through_its_last_day() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let end = end_of("2026-03-02", &zone).unwrap();
        assert_eq!(end.to_string(), "2026-03-02T23:00:00Z");
        assert_eq!(end_of("soon", &zone), None);
    }

    #[test]
    fn an_end_is_shown_and_kept_again_as_the_same_day() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        // As a file has it, and with the second short that entries had before.
        for end in ["2026-12-31T23:00:00Z", "2026-12-31T22:59:59Z"] {
            let last = last_day(end.parse().unwrap(), &zone).to_string();
            assert_eq!(last, "2026-12-31");
            let again = end_of(&last, &zone).unwrap();
            assert_eq!(again.to_string(), "2026-12-31T23:00:00Z");
        }
    }
}
