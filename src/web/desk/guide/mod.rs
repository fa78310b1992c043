//! Five questions that make a line of one's own, and a call to try it with. Without script; what
//! was answered is kept, so that it can be left and gone on with.

use std::cell::Cell;
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension, Form as Body, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;

use super::alarms::sentence;
use super::layout::Page;
use super::lists::encoded;
use super::place::Place;
use super::settings::field::{Part, Posted};
use super::settings::form::Form;
use super::settings::{owners_only, read_sheet};
use super::trouble;
use crate::call::{Language, LineId, bilingual};
use crate::config::{Problem as Told, Sheet};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::error::Problem;
use crate::web::language::Shown;
use crate::web::seen::Seen;
use crate::web::settings::{self as files, NotSaved};

mod answers;
mod questions;

use self::answers::{Answers, NOWHERE};
use self::questions::QUESTIONS;

/// How long to wait for a new line to be in force before saying that it will be.
const PATIENCE: Duration = Duration::from_secs(8);

/// The pages, for owners alone.
pub(super) fn pages() -> Router<App> {
    Router::new()
        .route("/guide", get(go_on))
        .route("/guide/skip", post(skip))
        .route("/guide/done", get(done))
        .route("/guide/{question}", get(ask).post(answer))
        .layer(from_fn(owners_only))
}

/// Whether a line was set up, as far as can be read.
fn has_line(app: &App) -> bool {
    let sheet = app.state.settings.sheet();
    sheet.is_none_or(|sheet| !sheet.lines().is_empty())
}

/// Whether to offer the guide: there is no line yet, and it was not skipped.
async fn is_wanted(app: &App) -> bool {
    !has_line(app)
        && Answers::read(app)
            .await
            .is_ok_and(|answers| !answers.skipped)
}

/// Leads somebody who logged in for the first time of all to the first question, unless there is a
/// line already.
pub(super) async fn after_first_login(app: &App, begun: Response) -> Response {
    if begun.status() == StatusCode::SEE_OTHER && is_wanted(app).await {
        let mut led = Redirect::to("/guide").into_response();
        led.headers_mut().extend(
            begun
                .headers()
                .get_all(header::SET_COOKIE)
                .iter()
                .map(|cookie| (header::SET_COOKIE, cookie.clone())),
        );
        led
    } else {
        begun
    }
}

/// A word on the first page as long as there is no line.
pub(super) async fn invitation(seen: &Seen, language: Language) -> Markup {
    let house = seen
        .whole()
        .filter(|_| seen.visitor().rights.own_everything());
    let wanted = match house {
        Some(house) => is_wanted(house).await,
        None => false,
    };
    if !wanted {
        return html! {};
    }
    html! {
        section class="note" aria-labelledby="invitation" {
            p id="invitation" { (language.choose(
                "Indtil videre svarer en prøvelinje. Fem spørgsmål gør den til din.",
                "For now a trial line answers. Five questions make it yours.")) }
            div class="buttons" {
                a class="button" href="/guide" { (language.choose("Begynd", "Begin")) }
                form method="post" action="/guide/skip" { button class="plain" { (language.choose("Ikke nu", "Not now")) } }
            }
        }
    }
}

/// To the first question that is not behind.
async fn go_on(State(app): State<App>, shown: Shown) -> Response {
    match Answers::read(&app).await {
        Ok(answers) => {
            let next = answers.behind.min(QUESTIONS.len() - 1) + 1;
            Redirect::to(&format!("/guide/{next}")).into_response()
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The owner wants to look around first.
async fn skip(State(app): State<App>, shown: Shown) -> Response {
    let skipped = async {
        let mut answers = Answers::read(&app).await?;
        answers.skipped = true;
        answers.keep(&app).await
    };
    match skipped.await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// A question.
async fn ask(State(app): State<App>, shown: Shown, Path(at): Path<usize>) -> Response {
    let Some(at) = at.checked_sub(1).filter(|at| *at < QUESTIONS.len()) else {
        return trouble(&shown, &Problem::nothing_here());
    };
    match Answers::read(&app).await {
        Ok(answers) => match read_sheet(&app, "") {
            Ok(sheet) => render(&shown, at, &answers, &sheet, NOWHERE, &[], html! {}),
            Err(wrong) => trouble(&shown, &Problem::internal(wrong)),
        },
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Keeps an answer and goes on, or says what is wrong with it. After the last one the line is made.
async fn answer(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Path(at): Path<usize>,
    Body(posted): Body<Vec<(String, String)>>,
) -> Response {
    let Some(at) = at.checked_sub(1).filter(|at| *at < QUESTIONS.len()) else {
        return trouble(&shown, &Problem::nothing_here());
    };
    match answered(&app, &shown, visitor.name(), at, Posted(posted)).await {
        Ok(response) => response,
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn answered(
    app: &App,
    shown: &Shown,
    by: &str,
    at: usize,
    posted: Posted,
) -> Result<Response, Problem> {
    let mut answers = Answers::read(app).await?;
    answers.take(&QUESTIONS[at], &posted);
    answers.skipped = false;
    let current = files::read(app).await?;
    let no_form = || {
        Problem::conflict(bilingual!(
            "indstillingernes fil kan ikke ændres af en formular, som den er",
            "the settings file cannot be changed by a form as it is"
        ))
        .hint(bilingual!(
            "se på den under Indstillinger, Filen",
            "look at it under Settings, The file"
        ))
    };
    let (sheet, base, told) = answers
        .told(app, &current.text, &QUESTIONS[at])
        .ok_or_else(no_form)?;
    if !told.is_empty() {
        let mut response = render(shown, at, &answers, &sheet, &base, &told, html! {});
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    }
    answers.behind = answers.behind.max(at + 1);
    answers.keep(app).await?;
    if at + 1 < QUESTIONS.len() {
        return Ok(Redirect::to(&format!("/guide/{}", at + 2)).into_response());
    }
    // An answer of before may not fit any more, or never was given.
    for (earlier, question) in QUESTIONS.iter().enumerate() {
        let (sheet, base, told) = answers
            .told(app, &current.text, question)
            .ok_or_else(no_form)?;
        if !told.is_empty() {
            let mut response = render(shown, earlier, &answers, &sheet, &base, &told, html! {});
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
    }
    let (text, id) = answers.written(app, &current.text).ok_or_else(no_form)?;
    let why = match files::save(app, current.hash, text, by).await? {
        Ok(()) => {
            Answers::default().keep(app).await?;
            wait_for(app, &id).await;
            let address = format!("/guide/done?line={}", encoded(&id));
            return Ok(Redirect::to(&address).into_response());
        }
        Err(NotSaved::Changed(_)) => shown
            .language
            .choose(
                "Filen blev ændret imens. Prøv igen.",
                "The file was changed meanwhile. Try again.",
            )
            .to_owned(),
        Err(NotSaved::Wrong(wrong)) => wrong.told_in(shown.language),
        Err(NotSaved::Unwritable(why)) => sentence(why.told_in(shown.language)),
    };
    let note = html! {
        section class="note trouble" role="alert" {
            p { (shown.language.choose("Ikke gemt.", "Not saved.")) }
            pre { (why) }
        }
    };
    let mut response = render(shown, at, &answers, &sheet, &base, &[], note);
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

/// Waits until the line is in force, for a moment.
async fn wait_for(app: &App, id: &str) {
    let id = LineId(id.to_owned());
    let is_there = || {
        let policies = app.state.service.policies();
        policies.trouble().is_some() || policies.lines().iter().any(|policy| policy.line.id == id)
    };
    let until = tokio::time::Instant::now() + PATIENCE;
    while !is_there() && tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn render(
    shown: &Shown,
    at: usize,
    answers: &Answers,
    sheet: &Sheet,
    base: &str,
    told: &[Told],
    note: Markup,
) -> Response {
    let language = shown.language;
    let question = &QUESTIONS[at];
    let posted = answers.posted(language);
    let form = Form {
        sheet,
        base,
        posted: Some(&posted),
        problems: told,
        changed: false,
        language,
        focused: Cell::default(),
    };
    let title = language.choose(question.title.0, question.title.1);
    let last = at + 1 == QUESTIONS.len();
    let body = html! {
        div class="guide" {
            p class="quiet how-far" {
                (language.choose("Spørgsmål ", "Question ")) (at + 1) (language.choose(" af ", " of ")) (QUESTIONS.len())
                progress max=(QUESTIONS.len()) value=(at + 1) aria-hidden="true" {}
            }
            h1 { (title) }
            p { (language.choose(question.about.0, question.about.1)) }
            (note)
            form class="card stack" method="post" action={ "/guide/" (at + 1) } {
                (form.parts(question.parts))
                div class="buttons" {
                    button class="main" { @if last { (language.choose("Færdig", "Done")) } @else { (language.choose("Videre", "Next")) } }
                    @if at > 0 { a class="button" href={ "/guide/" (at) } { (language.choose("Tilbage", "Back")) } }
                }
            }
            form method="post" action="/guide/skip" {
                button class="plain" { (language.choose("Spring over for nu", "Skip for now")) }
            }
        }
    };
    Page::new(title, body).at(Place::Settings).respond(shown)
}

/// Which line was made.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Made {
    line: String,
}

/// The line is there: a call to try it.
async fn done(State(app): State<App>, shown: Shown, Query(made): Query<Made>) -> Response {
    let language = shown.language;
    let policies = app.state.service.policies();
    let policy = policies
        .lines()
        .iter()
        .find(|policy| policy.line.id.0 == made.line);
    let called = policy.and_then(|policy| policy.line.numbers.first().copied());
    let title = language.choose("Portner står ved døren", "Portner is at the door");
    let body = html! {
        div class="guide" {
            h1 { (title) }
            @if let Some(called) = called {
                p class="big" { (language.choose("Linjen ", "The line ")) (made.line) (language.choose(" er sat op med nummeret ", " is set up with the number ")) span class="number" { (called.grouped()) } "." }
                section class="card" aria-labelledby="try-it" {
                    h2 id="try-it" { (language.choose("Prøv et opkald", "Try a call")) }
                    p { (language.choose(
                        "Du er den, der ringer, her i browseren. Det går samme vej som et rigtigt opkald.",
                        "You are the caller, here in the browser. It goes the same way as a real call.")) }
                    form class="buttons" method="post" action="/try" {
                        input type="hidden" name="to" value=(called.full());
                        button class="main" { (language.choose("Ring op", "Call")) }
                        a class="button" href={ "/try?to=" (encoded(&called.full())) } { (language.choose("Vælg, hvem du er", "Choose who you are")) }
                    }
                }
                section class="card line-card" aria-labelledby="next" {
                    h2 id="next" { (language.choose("Så mangler", "Then there is left")) }
                    ul {
                        li { (language.choose("at udbyderen sender nummerets opkald hertil: ", "that the provider sends the number's calls here: ")) code { "portner connect twilio" }
                            " – " a href="/settings/health" { (language.choose("se, om alt er i orden", "see whether all is well")) } }
                        li { a href={ "/settings/line/" (encoded(&made.line)) "/profile" } { (language.choose("at fortælle mere om, hvem I kender", "to tell more of whom you know")) } }
                        li { a href={ "/settings/line/" (encoded(&made.line)) "/ringing" } { (language.choose("åbningstider og flere telefoner", "opening hours and more phones")) } }
                    }
                }
            } @else {
                p { (language.choose(
                    "Linjen er skrevet i filen, men gælder ikke endnu.",
                    "The line stands in the file, but is not in force yet.")) }
                @if let Some(why) = policies.trouble() { pre { (why.told().told_in(language)) } }
                p class="buttons" {
                    a class="button main" href={ "/guide/done?line=" (encoded(&made.line)) } { (language.choose("Se igen", "Look again")) }
                    a class="button" href="/settings" { (language.choose("Se indstillingerne", "See the settings")) }
                }
            }
        }
    };
    Page::new(title, body).at(Place::Settings).respond(&shown)
}
