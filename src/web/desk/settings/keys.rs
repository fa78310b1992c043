//! The token that programs show, made anew when it has leaked.

use axum::extract::{Form as Body, State};
use axum::response::Response;
use maud::html;
use serde::Deserialize;

use super::tabs;
use crate::web::App;
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::desk::trouble;
use crate::web::language::Shown;

/// The page.
pub(super) async fn page(shown: Shown) -> Response {
    show(None, &shown)
}

fn show(made: Option<&str>, shown: &Shown) -> Response {
    let language = shown.language;
    let body = html! {
        div class="head" { h1 { (Place::Settings.name(language)) } }
        (tabs("/settings/keys", language))
        @if let Some(made) = made {
            section class="note done" role="status" {
                p { (language.choose(
                    "Den nye nøgle vises kun nu. Alle skal logge ind igen, du også.",
                    "The new token is shown only now. Everybody has to log in again, you too.")) }
                pre id="token" tabindex="0" { (made) }
                p { a class="button" href="/login" { (language.choose("Log ind", "Log in")) } }
            }
        } @else {
            section class="card" aria-labelledby="renew" {
                h2 id="renew" { (language.choose("Installationens nøgle", "The token of this installation")) }
                p { (language.choose(
                    "Programmer viser den for at bruge grænsefladen, og den lukker ind her, hvis en adgangskode er glemt. Kun dens aftryk er gemt, så den kan ikke vises.",
                    "Programs show it to use the interface, and it opens the desk when a password is lost. Only its hash is kept, so it cannot be shown.")) }
                form class="stack" method="post" action="/settings/keys" {
                    label class="check" { input type="checkbox" name="sure" required;
                        (language.choose("Den gamle må holde op med at gælde, og alle logges ud", "The old one may stop working, and everybody is logged out")) }
                    div class="buttons" { button { (language.choose("Lav en ny nøgle", "Make a new token")) } }
                }
            }
        }
    };
    let page = Page::new(language.choose("Nøgle", "Token"), body).at(Place::Settings);
    let page = if made.is_some() {
        page.shown_once()
    } else {
        page
    };
    page.respond(shown)
}

/// The word of whoever wants a new token.
#[derive(Debug, Deserialize)]
pub(super) struct Sure {
    #[serde(rename = "sure")]
    _sure: String,
}

/// Makes a new token, for whoever said that the old one may go.
pub(super) async fn renew(State(app): State<App>, shown: Shown, Body(_): Body<Sure>) -> Response {
    match app.sessions.renew_token(&app).await {
        Ok(token) => show(Some(token.expose()), &shown),
        Err(problem) => trouble(&shown, &problem),
    }
}
