//! Who may look and change: accounts, logins that last, and what was done.

use axum::extract::{Extension, Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;

use super::layout::Page;
use super::lists::encoded;
use super::place::Place;
use super::time::moment;
use super::trouble;
use crate::call::{Language, bilingual};
use crate::web::App;
use crate::web::accounts::{
    self, Account, Door, MAX_NAME_CHARS, MIN_PASSWORD_CHARS, Unfit, Visitor,
};
use crate::web::audit::{self, Deed, Whom};
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::sessions::{BY_TOKEN, Session};

mod deed;
mod people;
pub(super) mod second;

pub(super) use people::{add, remove, rights};

use self::people::Refused;

/// How many deeds are shown.
const DEEDS: usize = 100;

/// What was done on the page before this one.
#[derive(Deserialize)]
pub(super) struct Came {
    #[serde(default)]
    done: String,
    /// To which account.
    #[serde(default)]
    of: String,
}

struct Found {
    accounts: Vec<Account>,
    sessions: Vec<Session>,
    deeds: Vec<Deed>,
}

impl Found {
    /// What whoever looks may see of it.
    async fn read(app: &App, visitor: &Visitor) -> Result<Self, Problem> {
        let store = app.store()?;
        let mut found = Self {
            accounts: accounts::all(store.as_ref()).await?,
            sessions: app.sessions.all(app).await?,
            deeds: audit::latest(store.as_ref(), DEEDS).await?,
        };
        if !visitor.rights.own_everything() {
            let account = visitor.account.as_ref();
            found.accounts.retain(|own| Some(&own.name) == account);
            found.sessions.retain(|session| session.is_of(visitor));
            found.deeds.retain(|deed| deed.by == visitor.name());
        }
        Ok(found)
    }

    /// The account of whoever looks.
    fn own(&self, visitor: &Visitor) -> Option<&Account> {
        let name = visitor.account.as_ref()?;
        self.accounts.iter().find(|account| account.name == *name)
    }
}

/// The page.
pub(super) async fn page(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Query(came): Query<Came>,
) -> Response {
    match Found::read(&app, &visitor).await {
        Ok(found) => {
            let note = note(&came, shown.language);
            render(&app, &found, &visitor, &note, None, shown.language).respond(&shown)
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The page with what was typed for a new account that cannot be made so.
async fn again(app: &App, shown: &Shown, visitor: &Visitor, refused: &Refused) -> Response {
    match Found::read(app, visitor).await {
        Ok(found) => {
            let (language, none) = (shown.language, html! {});
            let page = render(app, &found, visitor, &none, Some(refused), language);
            let mut response = page.found_at("/access").respond(shown);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            response
        }
        Err(problem) => trouble(shown, &problem),
    }
}

fn render(
    app: &App,
    found: &Found,
    visitor: &Visitor,
    note: &Markup,
    refused: Option<&Refused>,
    language: Language,
) -> Page {
    let title = Place::Access.name(language);
    let body = html! {
        div class="head" { h1 { (title) }
            span class="quiet push" { (language.choose("Du er ", "You are ")) b { (who(visitor.account.as_deref().or(visitor.outside.as_deref()), language)) } ", " (people::may(&visitor.rights, language)) }
        }
        (note)
        div class="columns" {
            div class="side" {
                (people::card(app, found, visitor, language))
                (deeds(app, found, language))
            }
            div class="side" {
                (sessions(app, found, visitor, language))
                @if visitor.account.is_some() { (own_password(language)) }
                @if let Some(own) = found.own(visitor) { (second::card(own, language)) }
                @if visitor.rights.own_everything() { (people::new_account(app, refused, language)) }
            }
        }
    };
    Page::new(title, body).at(Place::Access)
}

fn note(came: &Came, language: Language) -> Markup {
    let done = done_words(came, language);
    let why = why_not(&came.done, language);
    html! {
        @if let Some(words) = done { p class="note done" role="status" { (words) } }
        @if let Some(words) = why { p class="note trouble" role="alert" { (words) } }
    }
}

/// Why something was not done.
fn why_not(word: &str, language: Language) -> Option<&'static str> {
    let known = [
        Unfit::Name,
        Unfit::Token,
        Unfit::Taken,
        Unfit::Password,
        Unfit::TooMany,
    ];
    if let Some(reason) = known.into_iter().find(|one| unfit_word(*one) == word) {
        return Some(unfit(reason, language));
    }
    Some(match word {
        "nowhere" => nowhere(language),
        "aside" => aside(language),
        "last" => language.choose("Den sidste ejer bliver.", "The last owner stays."),
        WRONG => language.choose("Adgangskoden passer ikke.", "The password is not right."),
        "wrong-code" => language.choose(
            "Koden passer ikke, eller den er brugt.",
            "The code is not right, or it was used.",
        ),
        WAIT => language.choose(
            "For mange forkerte forsøg. Vent et minut.",
            "Too many wrong tries. Wait a minute.",
        ),
        "gone" => language.choose("Kontoen er her ikke mere.", "That account is here no more."),
        _ => return None,
    })
}

/// What was done, to which account.
fn done_words(came: &Came, language: Language) -> Option<String> {
    let of: String = came.of.chars().take(MAX_NAME_CHARS).collect();
    Some(match came.done.as_str() {
        "made" => language.choose(
            format!("Kontoen “{of}” er oprettet."),
            format!("The account “{of}” is made."),
        ),
        "changed" => language.choose(
            format!("Det er ændret, hvad “{of}” må."),
            format!("What “{of}” may do is changed."),
        ),
        "removed" => language.choose(
            format!("Kontoen “{of}” er fjernet."),
            format!("The account “{of}” is removed."),
        ),
        "off-for" => language.choose(
            format!("Koden fra telefonen er slået fra for “{of}”."),
            format!("The code from the phone is off for “{of}”."),
        ),
        "done" => language.choose("Gjort.", "Done.").to_owned(),
        "off" => language
            .choose(
                "Koden fra telefonen er slået fra.",
                "The code from the phone is off.",
            )
            .to_owned(),
        _ => return None,
    })
}

fn nowhere(language: Language) -> &'static str {
    language.choose(
        "Vælg, hvad kontoen må på mindst én linje.",
        "Choose what the account may on one line at least.",
    )
}

fn aside(language: Language) -> &'static str {
    language.choose(
        "Det er ikke gemt: vælg “kun på disse linjer”, eller lad linjerne stå på “intet”.",
        "It is not saved: choose “only on these lines”, or leave the lines at “nothing”.",
    )
}

fn sessions(app: &App, found: &Found, visitor: &Visitor, language: Language) -> Markup {
    let policies = app.state.service.policies();
    let zone = &policies.lines()[0].line.time_zone;
    let now = app.state.service.clock().now();
    html! {
        section class="card" aria-labelledby="sessions" {
            h2 id="sessions" { (language.choose("Logget ind", "Logged in")) }
            ul class="entries plain" tabindex="0" {
                @for session in &found.sessions {
                    @let own = visitor.session.as_ref() == Some(&session.hash);
                    li {
                        div {
                            b { (who(session.account.as_deref().or(session.outside.as_deref()), language)) }
                            @if own { " " span class="tag" { (language.choose("denne browser", "this browser")) } }
                            div class="quiet small" {
                                @if let Some(began) = session.began { (language.choose("Begyndt: ", "Began: ")) (moment(began, now, zone, language)) " · " }
                                (browser(&session.browser))
                            }
                        }
                        @if !own {
                            form method="post" action="/access/revoke" {
                                input type="hidden" name="session" value=(session.hash);
                                button { (language.choose("Log ud", "Log out")) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What somebody is called.
fn who(account: Option<&str>, language: Language) -> &str {
    account.unwrap_or(language.choose("nøglen", "the token"))
}

/// The browser in a word or two, out of what it calls itself.
fn browser(text: &str) -> &str {
    let known = ["Firefox", "Edg", "Chrome", "Safari", "curl"];
    let found = known.into_iter().find(|name| text.contains(name));
    match found {
        Some("Edg") => "Edge",
        Some(name) => name,
        None => "–",
    }
}

fn own_password(language: Language) -> Markup {
    html! {
        section class="card" aria-labelledby="own" {
            h2 id="own" { (language.choose("Din adgangskode", "Your password")) }
            form class="stack" method="post" action="/access/password" {
                div class="field" {
                    label for="old" { (language.choose("Den gamle", "The old one")) }
                    input id="old" name="old" type="password" required autocomplete="current-password";
                }
                div class="field" {
                    label for="own-password" { (language.choose("Den nye", "The new one")) }
                    input id="own-password" name="password" type="password" required minlength=(MIN_PASSWORD_CHARS) autocomplete="new-password";
                }
                button { (language.choose("Skift", "Change")) }
            }
        }
    }
}

fn deeds(app: &App, found: &Found, language: Language) -> Markup {
    let policies = app.state.service.policies();
    let zone = &policies.lines()[0].line.time_zone;
    let now = app.state.service.clock().now();
    html! {
        div class="card" {
            h2 id="deeds" { (language.choose("Hvad der blev gjort", "What was done")) }
            div class="scroll" role="region" tabindex="0" aria-labelledby="deeds" {
                table class="small" {
                    thead { tr {
                        th scope="col" { (language.choose("Hvornår", "When")) }
                        th scope="col" { (language.choose("Hvem", "Who")) }
                        th scope="col" { (language.choose("Hvad", "What")) }
                    } }
                    tbody { @for deed in &found.deeds {
                        tr {
                            td class="moment" { (moment(deed.at, now, zone, language)) }
                            td { (who(Some(&*deed.by).filter(|by| *by != BY_TOKEN), language)) }
                            td title=(deed.what) { (deed::words(&deed.what, language)) @if let Some(whom) = &deed.whom { ": " (whom) } @if deed.status >= 400 { " " span class="tag" { (language.choose("afvist", "refused")) } } }
                        }
                    } }
                }
            }
        }
    }
}

/// Why an account could not be made, in words.
pub(super) fn unfit(reason: Unfit, language: Language) -> &'static str {
    match reason {
        Unfit::Name => language.choose(
            "Navnet skal være 1 til 40 bogstaver, tal, eller . - _, uden mellemrum: lone.hansen",
            "The name must be 1 to 40 letters, digits, or . - _, without spaces: lone.hansen",
        ),
        Unfit::Token => language.choose(
            "Sådan hedder installationens nøgle i listen over, hvad der blev gjort. Vælg et andet navn.",
            "That is what the token of this installation is called in the list of what was done. Choose another name.",
        ),
        Unfit::Taken => language.choose("Navnet er taget.", "The name is taken."),
        Unfit::Password => language.choose(
            "Adgangskoden skal have mindst 10 tegn.",
            "The password must have at least 10 characters.",
        ),
        Unfit::TooMany => {
            language.choose("Der er for mange konti.", "There are too many accounts.")
        }
    }
}

fn unfit_word(reason: Unfit) -> &'static str {
    match reason {
        Unfit::Name => "name",
        Unfit::Token => "token",
        Unfit::Taken => "taken",
        Unfit::Password => "password",
        Unfit::TooMany => "many",
    }
}

/// Back to the page, which says what was done, or why it was not.
fn back(shown: &Shown, done: Result<Result<&str, &str>, Problem>) -> Response {
    let to = |word: &str| Redirect::to(&format!("/access?done={word}")).into_response();
    match done {
        Ok(Ok(done)) => to(done),
        Ok(Err(why)) => audit::refused(to(why)),
        Err(problem) => trouble(shown, &problem),
    }
}

/// Back to the page, which says what was done to an account; the record says so too.
fn done_to(name: &str, done: &str) -> Response {
    let address = format!("/access?done={done}&of={}", encoded(name));
    let mut response = Redirect::to(&address).into_response();
    response.extensions_mut().insert(Whom(name.to_owned()));
    response
}

/// A login.
#[derive(Deserialize)]
pub(super) struct Meant {
    session: String,
}

/// Ends a login: one's own, and an owner any.
pub(super) async fn revoke(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(meant): Form<Meant>,
) -> Response {
    let revoked = async {
        if !visitor.rights.own_everything() {
            let all = app.sessions.all(&app).await?;
            let own = |session: &&Session| session.is_of(&visitor);
            if !all.iter().filter(own).any(|one| one.hash == meant.session) {
                return Err(Problem::not_allowed(true));
            }
        }
        app.sessions.revoke(&app, &meant.session).await
    };
    back(&shown, revoked.await.map(|()| Ok("done")))
}

/// What is told where a password is not right, and where there were too many such.
const WRONG: &str = "wrong-password";
const WAIT: &str = "wait";

/// The account that somebody is logged in with, if this is its password; else what is told.
async fn own(
    app: &App,
    visitor: &Visitor,
    password: SecretString,
) -> Result<Result<String, &'static str>, Problem> {
    let no_account = || {
        Problem::conflict(bilingual!(
            "den, der er her med nøglen, har ingen adgangskode",
            "whoever is here with the token has no password"
        ))
    };
    let name = visitor.account.as_deref().ok_or_else(no_account)?;
    let now = app.state.service.clock().now();
    if !app.names.may_try(Door::Inside, name, now) {
        return Ok(Err(WAIT));
    }
    let account = accounts::check(app.store()?.as_ref(), name, password).await?;
    Ok(account.map_or(Err(WRONG), |account| {
        app.names.succeeded(Door::Inside, name);
        Ok(account.name)
    }))
}

/// The old password and the new one.
#[derive(Deserialize)]
pub(super) struct Change {
    old: SecretString,
    password: SecretString,
}

/// Changes one's own password, and ends one's other logins.
pub(super) async fn password(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(change): Form<Change>,
) -> Response {
    let changed = async {
        let name = match own(&app, &visitor, change.old).await? {
            Ok(name) => name,
            Err(why) => return Ok(Err(why)),
        };
        let store = app.store()?;
        let set = accounts::set_password(&app.changing, store.as_ref(), &name, change.password);
        if let Err(reason) = set.await? {
            return Ok(Err(unfit_word(reason)));
        }
        let this = visitor.session.as_deref();
        app.sessions.revoke_others(&app, &name, this).await?;
        Ok(Ok("done"))
    };
    back(&shown, changed.await)
}
