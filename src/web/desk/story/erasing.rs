//! Everything that is held on a caller's number, gone: asked twice, since nothing brings it back.

use std::sync::Arc;

use axum::extract::{Form, Path};
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::read;
use crate::call::{Call, Language, bilingual};
use crate::service::erase::Erased;
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::desk::trouble;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;

/// The button, and what is asked before it does anything. What is held on a number may be from every
/// line, so only whoever owns all of them erases.
pub(super) fn card(app: &Seen, call: &Call, language: Language) -> Markup {
    let Some(caller) = call.caller.number.public().filter(|_| app.may_change(None)) else {
        return html! {};
    };
    let caller = caller.grouped();
    html! {
        details class="card erase" {
            summary { (language.choose("Slet alt om nummeret …", "Erase everything on this number …")) }
            p { (language.choose(
                format!("Alt, hvad der ligger om {caller}, bliver slettet: opkald, ord, beskeder, mærker og det, der står på lister om dette nummer alene. Det kan ikke fortrydes. Kopier, der er taget før, har det stadig."),
                format!("Everything that is held on {caller} is erased: calls, words, messages, marks and what stands on lists about this number alone. Nothing brings it back. Backups that were made before still hold it."))) }
            form class="stack" method="post" action={ "/calls/" (call.id) "/erase" } {
                label class="check" {
                    input type="checkbox" name="sure" value="yes" required;
                    (language.choose("Ja, slet det for altid", "Yes, erase it for good"))
                }
                button class="reject" { (language.choose("Slet", "Erase")) }
            }
        }
    }
}

/// Whether the owner is sure.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::web::desk) struct Sure {
    sure: String,
}

/// Erases what is held on the caller's number.
pub(in crate::web::desk) async fn put(
    app: Seen,
    shown: Shown,
    Path(id): Path<String>,
    Form(sure): Form<Sure>,
) -> Response {
    let erased = async {
        let call = read(&app, &id).await?;
        let house = app.whole().filter(|_| app.may_change(None));
        let house = house.ok_or_else(|| Problem::not_allowed(true))?;
        let number = call.caller.number.public();
        let number = number.ok_or_else(Problem::withheld)?;
        if sure.sure != "yes" {
            return Err(Problem::invalid(bilingual!(
                "intet er slettet: sig, at du er sikker",
                "nothing was erased: say that you are sure"
            )));
        }
        let service = Arc::clone(&house.state.service);
        // Whoever asked may not wait for it; it is carried through all the same.
        let erasing = tokio::spawn(async move { service.erase(number).await });
        let erased = erasing.await.map_err(Problem::internal)?;
        Ok(erased?)
    };
    match erased.await {
        Ok(erased) => done(&erased, shown.language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

fn done(erased: &Erased, language: Language) -> Page {
    let title = language.choose("Slettet", "Erased");
    let Erased {
        calls,
        entries,
        recordings,
        ..
    } = erased;
    let call = language.choose("opkald", if *calls == 1 { "call" } else { "calls" });
    let message = match *recordings {
        1 => language.choose("besked", "message"),
        _ => language.choose("beskeder", "messages"),
    };
    let body = html! {
        h1 { (title) }
        p class="decision" { (language.choose(
            format!("{calls} {call}, {entries} på lister og {recordings} {message} er væk."),
            format!("{calls} {call}, {entries} on lists and {recordings} {message} are gone."))) }
        @if !erased.scrubbed {
            p class="quiet" { (language.choose(
                "Lageret skrives om uden det; det er færdigt om lidt.",
                "The store is being written anew without it; that is done in a while.")) }
        }
        @if !erased.not_reached.is_empty() {
            p class="note" { (language.choose(
                "Det kan stadig ligge i lagre, der er sat til side. Slet mapperne, når du ikke skal bruge dem: ",
                "It may still lie in stores that were put aside. Delete their folders when you have no use for them: "))
                (erased.not_reached.join(", ")) "." }
        }
        p { a class="button" href="/calls" { (language.choose("Alle opkald", "All calls")) } }
    };
    Page::new(title, body).at(Place::Calls).found_at("/calls")
}
