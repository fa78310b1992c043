//! Putting a caller on a list from his call, with one tap, and off again.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::read;
use crate::call::{Call, E164, Language, ListEntry, ListName, NumberPattern, Origin};
use crate::store::ListChange;
use crate::web::desk::{lists, trouble};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// The longest note that is taken from a call, in characters.
const MAX_NOTE_CHARS: usize = 120;

/// What the owner tapped.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Tapped {
    list: String,
}

/// Puts the caller on a list, or takes him off every list.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Form(tapped): Form<Tapped>,
) -> Response {
    match change(&app, &id, &tapped.list).await {
        Ok(()) => {
            Redirect::to(&format!("/calls/{id}?done={}", done_word(&tapped.list))).into_response()
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn change(app: &Seen, id: &str, to: &str) -> Result<(), Problem> {
    let call = read(app, id).await?;
    let number = call.caller.number.public();
    let number = number.ok_or_else(Problem::withheld)?;
    app.to_change(&call.line)?;
    let scope = app.scope(&call.line);
    let wanted = ListName::parse(to);
    if wanted.is_none() && to != "off" {
        return Err(Problem::no_such_list());
    }
    let mut own = exact(app, number).await?;
    // What holds on other lines alone is not shown here.
    let stands_here = |entry: &ListEntry| entry.line == scope || entry.holds(&call.line, app.now());
    own.retain(|entry| app.may_change(entry.line.as_ref()) && stands_here(entry));
    own.sort_by_key(|entry| entry.line != scope);
    let mut notes = own.iter().map(|entry| &entry.note);
    let noted = notes.find(|note| !note.is_empty()).cloned();
    let mut changes: Vec<ListChange> = own
        .into_iter()
        .filter(|entry| Some(entry.list) != wanted || entry.line != scope)
        .map(|entry| ListChange::Remove {
            list: entry.list,
            pattern: entry.pattern,
            line: entry.line,
        })
        .collect();
    if let Some(list) = wanted {
        changes.push(ListChange::Put(ListEntry {
            pattern: NumberPattern::exact(number),
            list,
            line: scope,
            note: noted.unwrap_or_else(|| note(&call)),
            origin: Origin::Owner,
            added_at: app.now(),
            expires_at: None,
        }));
    }
    app.change_lists(changes).await
}

/// Entries of exactly this number.
async fn exact(app: &Seen, number: E164) -> Result<Vec<ListEntry>, Problem> {
    let mut entries = app.entries_matching(number).await?;
    entries.retain(is_exact);
    Ok(entries)
}

/// Whether an entry is of a single number, and not of a beginning of numbers.
fn is_exact(entry: &ListEntry) -> bool {
    entry.pattern.is_exact()
}

/// The entries that hold for the caller of this call on its line, also those of a beginning of numbers.
pub(super) async fn listed(app: &Seen, call: &Call) -> Result<Vec<ListEntry>, Problem> {
    let Some(number) = call.caller.number.public() else {
        return Ok(Vec::new());
    };
    let mut entries = app.entries_matching(number).await?;
    entries.retain(|entry| entry.holds(&call.line, app.now()));
    Ok(entries)
}

fn note(call: &Call) -> String {
    lists::change::note(call.presented().unwrap_or_default(), MAX_NOTE_CHARS)
}

fn done_word(list: &str) -> &'static str {
    match ListName::parse(list) {
        Some(list) => list.as_str(),
        None => "off",
    }
}

/// What the page says after it: what was done, and what counts where that is something else.
pub(super) fn done(
    app: &Seen,
    call: &Call,
    listed: &[ListEntry],
    word: &str,
    language: Language,
) -> Option<String> {
    let counts = ListEntry::strongest(listed, &call.line, app.now());
    told(word, counts, language)
}

fn told(word: &str, counts: Option<&ListEntry>, language: Language) -> Option<String> {
    let wanted = ListName::parse(word);
    if wanted.is_none() && word != "off" {
        return None;
    }
    let done = match wanted {
        Some(ListName::Allow) => language.choose(
            "Nummeret kommer altid igennem fra nu af.",
            "The number always gets through from now on.",
        ),
        Some(ListName::Wanted) => language.choose(
            "Nummeret er en ønsket kunde fra nu af.",
            "The number is a wanted customer from now on.",
        ),
        Some(ListName::Block) => language.choose(
            "Nummeret er blokeret fra nu af.",
            "The number is blocked from now on.",
        ),
        None => language.choose(
            "Nummeret står ikke på nogen liste mere.",
            "The number is on no list any more.",
        ),
    };
    let Some(counts) = counts.filter(|counts| Some(counts.list) != wanted) else {
        return Some(done.to_owned());
    };
    let which = which(counts, language);
    Some(match wanted {
        Some(list) => {
            let list = lists::name(list, language);
            language.choose(
                format!("Nummeret står nu på “{list}”, men det her gælder stadig: {which}."),
                format!("The number is on “{list}” now, but this still counts: {which}."),
            )
        }
        None => language.choose(
            format!("Nummeret er taget af, men det her gælder stadig: {which}."),
            format!("The number is taken off, but this still counts: {which}."),
        ),
    })
}

/// An entry in a few words: its list, the numbers it is about, and its line.
fn which(entry: &ListEntry, language: Language) -> String {
    let list = lists::name(entry.list, language);
    let line = entry.line.as_ref().map_or_else(
        || language.choose("alle linjer", "all lines").to_owned(),
        |line| language.choose(format!("linje {line}"), format!("line {line}")),
    );
    format!("“{list}” {} ({line})", lists::shown(entry.pattern))
}

/// The buttons; for whoever only looks, the lists that the number is on.
pub(super) fn card(app: &Seen, call: &Call, listed: &[ListEntry], language: Language) -> Markup {
    if call.caller.number.public().is_none() {
        return html! {};
    }
    let may_list = app.may_change(Some(&call.line));
    if listed.is_empty() && !may_list {
        return html! {};
    }
    let own: Vec<&ListEntry> = listed.iter().filter(|entry| is_exact(entry)).collect();
    let may_take_off = own.iter().any(|own| app.may_change(own.line.as_ref()));
    let on = |list: ListName| own.iter().any(|entry| entry.list == list);
    let button = |list: ListName, class: &str, name: &str| {
        html! {
            button class=(class) name="list" value=(list.as_str()) aria-pressed=(if on(list) { "true" } else { "false" }) disabled[on(list)] {
                @if on(list) { "✓ " } (name)
            }
        }
    };
    html! {
        section class="card" aria-labelledby="next-time" {
            h2 id="next-time" { (language.choose("Næste gang nummeret ringer", "The next time this number calls")) }
            @if may_list {
                form class="buttons" method="post" action={ "/calls/" (call.id) "/list" } {
                    (button(ListName::Allow, "connect", language.choose("Altid igennem", "Always through")))
                    (button(ListName::Wanted, "connect", language.choose("Ønsket kunde", "Wanted customer")))
                    (button(ListName::Block, "reject", language.choose("Bloker", "Block")))
                    @if may_take_off {
                        button class="plain" name="list" value="off" { (language.choose("Tag af listen", "Take off the list")) }
                    }
                }
            }
            @if !listed.is_empty() {
                p class="quiet small" { (language.choose("Det står der om nummeret nu:", "What the lists say of the number now:")) }
                ul class="plain small" { @for entry in listed { li { (which(entry, language)) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_after_a_tap_is_what_counts_then() {
        let entry = |list, pattern| ListEntry {
            pattern: NumberPattern::parse(pattern).unwrap(),
            list,
            line: None,
            note: String::new(),
            origin: Origin::Owner,
            added_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: None,
        };
        let after = |word, counts: Option<&ListEntry>| told(word, counts, Language::En).unwrap();
        let blocked = entry(ListName::Block, "+4571234567");
        assert_eq!(
            after("block", Some(&blocked)),
            "The number is blocked from now on."
        );
        assert_eq!(after("off", None), "The number is on no list any more.");
        let many = entry(ListName::Block, "+4571*");
        assert_eq!(
            after("off", Some(&many)),
            "The number is taken off, but this still counts: “Blocked” +4571* (all lines)."
        );
        let allowed = entry(ListName::Allow, "+4571*");
        assert_eq!(
            after("block", Some(&allowed)),
            "The number is on “Blocked” now, but this still counts: “Always through” +4571* (all lines)."
        );
        assert_eq!(told("marked", None, Language::En), None);
    }
}
