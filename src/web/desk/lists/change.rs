//! Changes of lists by hand. Each leads back to the list and says what was done.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::{REGION, encoded};
use crate::call::{E164, LineId, ListEntry, ListName, NumberPattern, Origin, harmless};
use crate::store::ListChange;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// The longest note, in characters.
const MAX_NOTE_CHARS: usize = 500;

/// An entry as it was typed.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Typed {
    number: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    line: String,
}

/// Writes an entry.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Path(list): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let done_so = write(&app, &shown, &list, &typed).await;
    done(&shown, &list, done_so)
}

async fn write(app: &Seen, shown: &Shown, list: &str, typed: &Typed) -> Result<String, Problem> {
    let list = named(list)?;
    let Some(pattern) = pattern(&typed.number) else {
        return Ok("unreadable".to_owned());
    };
    let policies = app.policies();
    let zone = &policies.lines()[0].line.time_zone;
    let now = app.now();
    let expires_at = end_of(&typed.until, zone);
    if expires_at.is_some_and(|end| end <= now) {
        return Ok("past".to_owned());
    }
    let line = policies
        .lines()
        .iter()
        .map(|policy| &policy.line.id)
        .find(|id| id.0 == typed.line)
        .cloned();
    let entry = ListEntry {
        pattern,
        list,
        line,
        note: note(&typed.note, MAX_NOTE_CHARS),
        origin: Origin::Owner,
        added_at: now,
        expires_at,
    };
    if let Some(harm) = app.harm_of(&entry).await? {
        let entry = serde_json::to_string(&entry).map_err(Problem::internal)?;
        let (words, entry) = (encoded(&harm.words(shown.language)), encoded(&entry));
        return Ok(format!("held&why={words}&entry={entry}"));
    }
    app.change_lists(vec![ListChange::Put(entry)]).await?;
    Ok("saved".to_owned())
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
    let removed = async {
        let list = named(&list)?;
        let unreadable = |_| Problem::invalid("this is no pattern");
        let pattern = NumberPattern::parse(&meant.pattern).map_err(unreadable)?;
        let line = Some(meant.line).filter(|line| !line.is_empty()).map(LineId);
        let entries = app.entries_of(list, pattern).await?;
        let gone = entries.into_iter().find(|entry| entry.line == line);
        let change = ListChange::Remove {
            list,
            pattern,
            line,
        };
        app.change_lists(vec![change]).await?;
        let undo = gone.and_then(|entry| serde_json::to_string(&entry).ok());
        Ok(format!(
            "removed&undo={}",
            encoded(&undo.unwrap_or_default())
        ))
    };
    done(&shown, &list, removed.await)
}

/// An entry that was removed or held back, as the page before this one had it.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Whole {
    entry: String,
    /// Whether it is new; else it was removed.
    #[serde(default)]
    new: bool,
}

/// Puts an entry back as it was, or writes one that was held back all the same.
pub(in crate::web::desk) async fn restore(
    app: Seen,
    shown: Shown,
    Path(list): Path<String>,
    Form(whole): Form<Whole>,
) -> Response {
    let restored = async {
        let unreadable = |_| Problem::invalid("this is no entry");
        let mut entry: ListEntry = serde_json::from_str(&whole.entry).map_err(unreadable)?;
        entry.list = named(&list)?;
        entry.note = note(&entry.note, MAX_NOTE_CHARS);
        app.change_lists(vec![ListChange::Put(entry)]).await?;
        Ok(if whole.new { "saved" } else { "restored" }.to_owned())
    };
    done(&shown, &list, restored.await)
}

fn done(shown: &Shown, list: &str, done: Result<String, Problem>) -> Response {
    match (done, ListName::parse(list)) {
        (Ok(done), Some(list)) => {
            Redirect::to(&format!("/lists/{}?done={done}", list.as_str())).into_response()
        }
        (Err(problem), _) => trouble(shown, &problem),
        (Ok(_), None) => trouble(shown, &Problem::not_found("there is no such list")),
    }
}

fn named(list: &str) -> Result<ListName, Problem> {
    ListName::parse(list).ok_or_else(|| Problem::not_found("there is no such list"))
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

/// The end of a day.
fn end_of(day: &str, zone: &TimeZone) -> Option<Timestamp> {
    let next = day.parse::<Date>().ok()?.checked_add(1.day()).ok()?;
    let midnight = next.to_zoned_datetime(zone.clone()).ok()?.timestamp();
    midnight.checked_sub(1.second()).ok()
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
        assert_eq!(end.to_string(), "2026-03-02T22:59:59Z");
        assert_eq!(end_of("soon", &zone), None);
    }
}
