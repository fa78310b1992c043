//! The code beside the password: set up, confirmed, switched off.

use axum::extract::{Extension, Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use secrecy::SecretString;
use serde::Deserialize;

use super::{back, done_to, own};
use crate::call::{Language, bilingual};
use crate::web::App;
use crate::web::accounts::totp::{self, RecoveryCodes, Secret, Shown as Code};
use crate::web::accounts::{self, Account, Visitor};
use crate::web::desk::layout::Page;
use crate::web::desk::login::taken;
use crate::web::desk::place::Place;
use crate::web::desk::{qr, trouble};
use crate::web::error::Problem;
use crate::web::language::Shown;

/// How it stands with one's own, and what can be done.
pub(super) fn card(account: &Account, language: Language) -> Markup {
    html! {
        section class="card" aria-labelledby="second" {
            h2 id="second" { (language.choose("Kode fra telefonen", "A code from your phone")) }
            @if account.has_codes() {
                p { span class="pill connect" { (language.choose("Slået til", "On")) } " "
                    (language.choose("Du bliver bedt om en kode, når du logger ind.", "You are asked for a code when you log in.")) }
                p class="quiet small" {
                    (account.recovery_codes()) " "
                    @if account.recovery_codes() == 1 { (language.choose("nødkode tilbage.", "recovery code left.")) }
                    @else { (language.choose("nødkoder tilbage.", "recovery codes left.")) }
                    @if account.recovery_codes() < 3 { " " (language.choose(
                        "Slå koden fra og til igen for at få nye.", "Switch the code off and on again for new ones.")) }
                }
                details {
                    summary { (language.choose("Slå den fra", "Switch it off")) }
                    form class="stack" method="post" action="/access/code/off" {
                        (password("off-password", language))
                        (code("off-code", language.choose("En kode eller en nødkode", "A code or a recovery code"), language))
                        button { (language.choose("Slå fra", "Switch off")) }
                    }
                }
            } @else {
                p class="quiet" { (language.choose(
                    "En adgangskode kan lures eller gættes. Med en kode fra din telefon oveni er den ikke nok.",
                    "A password can be tricked out of you or guessed. With a code from your phone on top, it is not enough.")) }
                form class="stack" method="post" action="/access/code/begin" {
                    (password("begin-password", language))
                    button { (language.choose("Sæt den op", "Set it up")) }
                }
            }
        }
    }
}

fn password(id: &str, language: Language) -> Markup {
    html! {
        div class="field" {
            label for=(id) { (language.choose("Din adgangskode", "Your password")) }
            input id=(id) name="password" type="password" required autocomplete="current-password";
        }
    }
}

fn code(id: &str, name: &str, language: Language) -> Markup {
    html! {
        div class="field" {
            label for=(id) { (name) }
            input id=(id) name="code" class="code" required autocomplete="one-time-code" autocapitalize="off" spellcheck="false"
                maxlength="40" lang=(language.code());
        }
    }
}

/// A password.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Password {
    password: SecretString,
}

/// Makes a secret, and leads to the page that shows it.
pub(in crate::web::desk) async fn begin(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(typed): Form<Password>,
) -> Response {
    let begun = async {
        let name = match own(&app, &visitor, typed.password).await? {
            Ok(name) => name,
            Err(why) => return Ok(Err(why)),
        };
        totp::begin(&app.changing, app.store()?.as_ref(), &name).await?;
        Ok(Ok(()))
    };
    match begun.await {
        Ok(Ok(())) => Redirect::to("/access/code").into_response(),
        Ok(Err(why)) => back(&shown, Ok(Err(why))),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The secret as a picture and as text, until it is confirmed.
pub(in crate::web::desk) async fn page(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
) -> Response {
    let found = enrolling(&app, &visitor).await.and_then(|found| {
        let page =
            |(account, secret): (Account, Secret)| enrol(&account, &secret, false, shown.language);
        found.map(page).transpose()
    });
    match found {
        Ok(Some(page)) => page.respond(&shown),
        Ok(None) => Redirect::to("/access").into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn enrolling(app: &App, visitor: &Visitor) -> Result<Option<(Account, Secret)>, Problem> {
    let Some(name) = &visitor.account else {
        return Ok(None);
    };
    let account = accounts::of(app.store()?.as_ref(), name).await?;
    Ok(account.and_then(|account| {
        let secret = account.enrolling().cloned()?;
        Some((account, secret))
    }))
}

fn enrol(
    account: &Account,
    secret: &Secret,
    wrong: bool,
    language: Language,
) -> Result<Page, Problem> {
    let title = language.choose("Kode fra telefonen", "A code from your phone");
    let picture = qr::picture(
        &secret.address(&account.name)?,
        language.choose(
            "QR-kode til din app; hemmeligheden står som tekst nedenfor",
            "QR code for your app; the secret is written below",
        ),
    )?;
    let body = html! {
        a class="back" href="/access" { "← " (Place::Access.name(language)) }
        div class="head" { h1 { (title) } }
        @if wrong { p class="note trouble" role="alert" { (language.choose(
            "Koden passer ikke. Går telefonens ur rigtigt? Prøv med den næste kode.",
            "That code is not right. Is the phone's clock right? Try with the next code.")) } }
        ol class="steps" {
            li { p { (language.choose(
                "Åbn en app til koder på din telefon, og lad den læse billedet.",
                "Open an app for codes on your phone and let it read the picture.")) }
                (picture)
                p class="small quiet" { (language.choose("Kan den ikke det, så skriv denne hemmelighed ind:", "If it cannot, type this secret into it:")) }
                p { code class="secret" { (secret.grouped()) } }
            }
            li {
                form class="stack" method="post" action="/access/code/confirm" {
                    div class="field" {
                        label for="code" { (language.choose("Skriv koden, som appen viser", "Type the code that the app shows")) }
                        input id="code" name="code" class="code" inputmode="numeric" required autofocus autocomplete="one-time-code" maxlength="10" spellcheck="false";
                    }
                    button class="main" { (language.choose("Slå til", "Switch on")) }
                }
            }
        }
    };
    Ok(Page::new(title, body).at(Place::Access))
}

/// A code.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Typed {
    code: String,
}

/// Confirms the secret, ends one's other logins, and shows the recovery codes, this once.
pub(in crate::web::desk) async fn confirm(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(typed): Form<Typed>,
) -> Response {
    let confirmed = async {
        let Some((account, secret)) = enrolling(&app, &visitor).await? else {
            return Ok(None);
        };
        let now = app.state.service.clock().now();
        let store = app.store()?;
        let codes = totp::confirm(
            &app.changing,
            store.as_ref(),
            &account.name,
            &typed.code,
            now,
        )
        .await?;
        let Some(codes) = codes else {
            let page = enrol(&account, &secret, true, shown.language)?;
            return Ok(Some((StatusCode::UNPROCESSABLE_ENTITY, page)));
        };
        let this = visitor.session.as_deref();
        app.sessions
            .revoke_others(&app, &account.name, this)
            .await?;
        Ok::<_, Problem>(Some((StatusCode::OK, kept(&codes, shown.language))))
    };
    match confirmed.await {
        Ok(Some((status, page))) => {
            let mut response = page.respond(&shown);
            *response.status_mut() = status;
            response
        }
        Ok(None) => Redirect::to("/access").into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}

fn kept(RecoveryCodes(codes): &RecoveryCodes, language: Language) -> Page {
    let title = language.choose("Gem dine nødkoder", "Keep your recovery codes");
    let body = html! {
        div class="head" { h1 { (title) } }
        p class="note done" role="status" { (language.choose("Koden er slået til.", "The code is on.")) }
        p { (language.choose(
            "Uden telefonen kommer du ind med en af disse. Hver gælder én gang. De vises kun nu: skriv dem ned, eller gem dem dér, hvor du gemmer adgangskoder.",
            "Without your phone, one of these lets you in. Each holds once. They are shown only now: write them down, or keep them where you keep passwords.")) }
        ul class="recovery" { @for code in codes { li { code { (code) } } } }
        p { a class="button main" href="/access" { (language.choose("Jeg har gemt dem", "I have kept them")) } }
    };
    Page::new(title, body).at(Place::Access).shown_once()
}

/// A password and a code.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Both {
    password: SecretString,
    code: String,
}

/// Switches one's own code off.
pub(in crate::web::desk) async fn off(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(typed): Form<Both>,
) -> Response {
    let switched = async {
        let name = match own(&app, &visitor, typed.password).await? {
            Ok(name) => name,
            Err(why) => return Ok(Err(why)),
        };
        match taken(&app, &name, &typed.code).await? {
            Some(Code::Code | Code::Recovery(_)) => {}
            Some(Code::Wrong) | None => return Ok(Err("wrong-code")),
        }
        totp::switch_off(&app.changing, app.store()?.as_ref(), &name).await?;
        Ok(Ok("off"))
    };
    back(&shown, switched.await)
}

/// An account.
#[derive(Deserialize)]
pub(in crate::web::desk) struct Named {
    name: String,
}

/// Switches the code of another account off, for whoever lost telephone and recovery codes.
pub(in crate::web::desk) async fn off_for(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(named): Form<Named>,
) -> Response {
    let switched = async {
        let store = app.store()?;
        let account = accounts::of(store.as_ref(), &named.name).await?;
        let account = account.ok_or_else(|| {
            Problem::not_found(bilingual!("der er ikke sådan en konto", "no such account"))
        })?;
        // One's own takes password and code.
        if visitor.account.as_ref() == Some(&account.name) {
            return Err(Problem::not_allowed(true));
        }
        totp::switch_off(&app.changing, store.as_ref(), &account.name).await?;
        Ok(account.name)
    };
    match switched.await {
        Ok(name) => done_to(&name, "off-for"),
        Err(problem) => trouble(&shown, &problem),
    }
}
