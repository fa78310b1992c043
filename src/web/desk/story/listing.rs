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
    own.retain(|entry| app.may_change(entry.line.as_ref()));
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
    entries.retain(|entry| entry.pattern == NumberPattern::exact(number));
    Ok(entries)
}

/// The entries that hold for the caller of this call.
pub(super) async fn listed(app: &Seen, call: &Call) -> Result<Vec<ListEntry>, Problem> {
    match call.caller.number.public() {
        Some(number) => exact(app, number).await,
        None => Ok(Vec::new()),
    }
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

/// What the page says after it.
pub(super) fn done(word: &str, language: Language) -> Option<&'static str> {
    Some(match word {
        "allow" => language.choose(
            "Nummeret kommer altid igennem fra nu af.",
            "The number always gets through from now on.",
        ),
        "wanted" => language.choose(
            "Nummeret er en ønsket kunde fra nu af.",
            "The number is a wanted customer from now on.",
        ),
        "block" => language.choose(
            "Nummeret er blokeret fra nu af.",
            "The number is blocked from now on.",
        ),
        "off" => language.choose(
            "Nummeret står ikke på nogen liste mere.",
            "The number is on no list any more.",
        ),
        _ => return None,
    })
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
    let may_take_off = listed.iter().any(|own| app.may_change(own.line.as_ref()));
    let on = |list: ListName| listed.iter().any(|entry| entry.list == list);
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
            } @else {
                ul class="plain" { @for entry in listed { li { (lists::name(entry.list, language)) } } }
            }
        }
    }
}
