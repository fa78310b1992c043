//! The rules as files: read, edited with what is wrong under the words it concerns, tried, saved
//! without losing what somebody else wrote, and what they were before.

use axum::extract::{Extension, Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::assets;
use super::diff;
use super::history;
use super::layout::Page;
use super::lists::encoded;
use super::place::Place;
use super::time::moment;
use super::trouble;
use crate::call::Language;
use crate::rules::{Diagnostic, Severity};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::api::rules::{self as files, File};
use crate::web::error::Problem;
use crate::web::files::blocking;
use crate::web::language::Shown;

pub(super) mod switches;
pub(super) mod trial;

/// Every file.
pub(super) async fn page(State(app): State<App>, shown: Shown) -> Response {
    let language = shown.language;
    let rules = app.state.rules.clone();
    match blocking(move || files::read(&rules)).await {
        Ok(found) => all(&app, &found, language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

fn all(app: &App, found: &[File], language: Language) -> Page {
    let policies = app.state.service.policies();
    let count = |text: &str| {
        text.lines()
            .filter(|line| line.trim() == "[[rule]]")
            .count()
    };
    let list = |own: bool| {
        html! {
            ul class="entries" {
                @for file in found.iter().filter(|file| file.own == own) {
                    li {
                        a href={ "/rules/file?path=" (encoded(&file.path)) (if own { "" } else { "&shipped=1" }) } { (file.path) }
                        span class="quiet small" {
                            @let count = count(&file.text);
                            (count) " " @if count == 1 { (language.choose("regel", "rule")) } @else { (language.choose("regler", "rules")) }
                        }
                    }
                }
            }
        }
    };
    let title = Place::Rules.name(language);
    let body = html! {
        div class="head" { h1 { (title) } span class="quiet small push" {
            (language.choose("Version ", "Version ")) code { (policies.lines()[0].rules.version()) }
        } }
        @if let Some(trouble) = policies.trouble() {
            section class="note trouble" { pre { (trouble) } }
        }
        section aria-labelledby="own" {
            h2 id="own" { (language.choose("Dine egne", "Your own")) }
            @if app.state.rules.folder.is_none() {
                p { (language.choose("Nævn en mappe i indstillingerne for at skrive egne regler: ", "Name a folder in the settings to write rules of your own: "))
                    code { "[rules] folder = \"…\"" } }
            } @else {
                (list(true))
                form class="buttons new-file" method="get" action="/rules/file" {
                    label for="path" { (language.choose("Ny fil", "New file")) }
                    input id="path" name="path" required placeholder="mine.toml" pattern=".*\\.toml" autocomplete="off";
                    button { (language.choose("Begynd", "Begin")) }
                }
            }
        }
        section aria-labelledby="shipped" {
            h2 id="shipped" { (language.choose("Følger med Portner", "Come with Portner")) }
            (list(false))
        }
    };
    Page::new(title, body).at(Place::Rules)
}

/// Which file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    path: String,
    shipped: String,
    /// A version that is to be compared with the file.
    version: String,
    done: String,
}

/// A file in the editor.
pub(super) async fn file(
    State(app): State<App>,
    shown: Shown,
    Query(asked): Query<Asked>,
) -> Response {
    match Editor::read(&app, &asked).await {
        Ok(editor) => editor.page(&app, shown.language).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// The editor, with what is in it and what is said about it.
struct Editor {
    path: String,
    text: String,
    /// The hash of the file as it was read; nothing for a new one.
    base: Option<String>,
    writable: bool,
    versions: Vec<history::Version>,
    compared: Option<(String, String)>,
    note: Note,
}

enum Note {
    Nothing,
    Saved,
    /// The rules would not work.
    Wrong(Vec<Diagnostic>),
    /// The file was changed meanwhile: what it is now.
    Changed(String),
    Refused(String),
}

impl Editor {
    async fn read(app: &App, asked: &Asked) -> Result<Self, Problem> {
        let own = asked.shipped.is_empty();
        if own {
            files::below(&asked.path)?;
        }
        let (rules, asked_path) = (app.state.rules.clone(), asked.path.clone());
        let version = asked.version.clone();
        blocking(move || {
            let found = files::read(&rules)?;
            let file = found
                .into_iter()
                .find(|file| file.own == own && file.path == asked_path);
            let folder = rules.folder.filter(|_| own);
            let versions = match &folder {
                Some(folder) => history::list(folder, &asked_path).map_err(Problem::internal)?,
                None => Vec::new(),
            };
            let compared = match &folder {
                Some(folder) if !version.is_empty() => {
                    let no_such = |_| Problem::not_found("no such version");
                    let text = history::read(folder, &asked_path, &version).map_err(no_such)?;
                    Some((version, text))
                }
                _ => None,
            };
            let (text, base) = match file {
                Some(file) => (file.text, Some(file.hash)),
                None if folder.is_some() => (FRESH.to_owned(), None),
                None => return Err(Problem::not_found("no such file")),
            };
            Ok(Self {
                path: asked_path,
                text,
                base,
                writable: folder.is_some(),
                versions,
                compared,
                note: Note::Nothing,
            })
        })
        .await
        .map(|editor| match asked.done.as_str() {
            "saved" => Self {
                note: Note::Saved,
                ..editor
            },
            _ => editor,
        })
    }

    fn page(&self, app: &App, language: Language) -> Page {
        let body = html! {
            a class="back" href="/rules" { "← " (language.choose("Alle regelfiler", "All rule files")) }
            div class="head" { h1 class="mono" { (self.path) }
                @if !self.writable { span class="tag" { (language.choose("Følger med, kan kun læses", "Comes with Portner, read only")) } }
            }
            (self.note(language))
            div class="columns" {
                div {
                    form id="editor" method="post" action="/rules/save"
                        data-check="/rules/check" data-try="/rules/try" data-replay="/api/v1/rules/replay"
                        data-changed=(language.choose("{} af {} opkald ville blive anderledes, {} ved ingen", "{} of {} calls would be different, {} nobody knows"))
                        data-connect=(crate::call::Treatment::Connect.word(language))
                        data-message=(crate::call::Treatment::Message.word(language))
                        data-reject=(crate::call::Treatment::Reject.word(language))
                        data-asks=(language.choose("spørger videre", "asks on"))
                        data-well=(language.choose("Ingen fejl", "Nothing wrong"))
                        data-errors=(language.choose("{} fejl", "{} wrong"))
                        data-warnings=(language.choose("{} at se på", "{} to look at"))
                        data-line=(language.choose("Linje", "Line"))
                        data-unsaved=(language.choose("Ikke gemt", "Not saved")) {
                        input type="hidden" name="path" value=(self.path);
                        input type="hidden" name="base" value=[self.base.as_ref()];
                        div class="editor" {
                            pre aria-hidden="true" id="paint" {}
                            label class="sr" for="text" { (language.choose("Reglernes tekst", "The text of the rules")) }
                            textarea id="text" name="text" spellcheck="false" autocapitalize="off" autocomplete="off"
                                rows="26" wrap="off" readonly[!self.writable] aria-describedby="verdict" { "\n" (self.text) }
                        }
                        div class="buttons" {
                            @if self.writable { button class="main" { (language.choose("Gem", "Save")) } }
                            span id="verdict" role="status" class="quiet" {}
                        }
                    }
                    ul id="found" class="findings" {}
                }
                div class="side" {
                    (try_box(language))
                    (replay_box(language))
                    (switches::card(self, app, language))
                    (self.history(app, language))
                }
            }
        };
        Page::new(self.path.clone(), body)
            .at(Place::Rules)
            .script(&assets::RULES)
    }

    /// The editor with what is in the way of saving.
    fn refused(&self, app: &App, shown: &Shown) -> Response {
        let status = match self.note {
            Note::Changed(_) => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let mut response = self.page(app, shown.language).respond(shown);
        *response.status_mut() = status;
        response
    }

    fn note(&self, language: Language) -> Markup {
        match &self.note {
            Note::Nothing => html! {},
            Note::Saved => html! {
                p class="note done" role="status" { (language.choose("Gemt. Reglerne gælder inden for et sekund.", "Saved. The rules are in force within a second.")) }
            },
            Note::Refused(words) => {
                html! { p class="note trouble" role="alert" lang="en" { (words) } }
            }
            Note::Wrong(found) => html! {
                section class="note trouble" role="alert" {
                    p { (language.choose("Ikke gemt: reglerne ville ikke virke.", "Not saved: the rules would not work.")) }
                    ul { @for problem in found.iter().filter(|problem| problem.severity == Severity::Error) {
                        li lang="en" { code { (problem.file) ":" (problem.line) } " " (problem.message) }
                    } }
                }
            },
            Note::Changed(now) => html! {
                section class="note trouble" role="alert" {
                    p { (language.choose(
                        "Ikke gemt: filen er ændret på disken, siden du åbnede den. Dette er forskellen fra disken til din tekst. Gemmer du nu, er det din tekst, der gælder.",
                        "Not saved: the file was changed on disk since you opened it. This is the difference from the disk to your text. If you save now, yours is the text that counts.")) }
                    (diff::markup(&diff::diff(now, &self.text)))
                    p { a href={ "/rules/file?path=" (encoded(&self.path)) } { (language.choose("Smid min tekst væk, og åbn filen på ny", "Throw my text away and open the file anew")) } }
                }
            },
        }
    }

    fn history(&self, app: &App, language: Language) -> Markup {
        if self.versions.is_empty() {
            return html! {};
        }
        let policies = app.state.service.policies();
        let zone = &policies.lines()[0].line.time_zone;
        let now = app.state.service.clock().now();
        html! {
            section class="card" aria-labelledby="history" {
                h2 id="history" { (language.choose("Historik", "History")) }
                ul class="versions" {
                    @for version in &self.versions {
                        li {
                            a href={ "?path=" (encoded(&self.path)) "&version=" (encoded(&version.name)) "#compared" } { (moment(version.at, now, zone, language)) }
                            " " span class="quiet" { (version.by) }
                        }
                    }
                }
                @if let Some((name, text)) = &self.compared {
                    h3 id="compared" { (language.choose("Fra dengang til nu", "From then to now")) }
                    (diff::markup(&diff::diff(text, &self.text)))
                    form method="post" action="/rules/save" {
                        input type="hidden" name="path" value=(self.path);
                        input type="hidden" name="base" value=[self.base.as_ref()];
                        input type="hidden" name="version" value=(name);
                        button { (language.choose("Tilbage til dengang", "Back to then")) }
                    }
                }
            }
        }
    }
}

/// What a new file begins with.
const FRESH: &str = "version = 1\n\n[[rule]]\nid = \"\"\nname = \"\"\ntactic = \"\"\nkind = \"sell\"\npoints = 2\nlife = \"shadow\"\nphrases = []\nexamples = []\n";

fn try_box(language: Language) -> Markup {
    let questions = [
        (
            "open",
            language.choose("det åbne spørgsmål", "the open question"),
        ),
        ("who", language.choose("hvem er du?", "who are you?")),
        (
            "what",
            language.choose("hvad drejer det sig om?", "what is it about?"),
        ),
        (
            "why",
            language.choose("hvorfor netop her?", "why exactly here?"),
        ),
    ];
    html! {
        section class="card" aria-labelledby="try" {
            h2 id="try" { (language.choose("Prøv en sætning", "Try a sentence")) }
            form id="try-form" class="stack" {
                div class="field" {
                    label for="said" { (language.choose("Der bliver sagt", "Somebody says")) }
                    textarea id="said" rows="2" lang="da" {}
                }
                div class="field" {
                    label for="question" { (language.choose("som svar på", "in answer to")) }
                    select id="question" {
                        @for (value, question) in questions { option value=(value) { (question) } }
                    }
                }
                button { (language.choose("Prøv", "Try")) }
                noscript { code { "portner explain" } }
            }
            div id="tried" role="status" {}
        }
    }
}

fn replay_box(language: Language) -> Markup {
    html! {
        section class="card" aria-labelledby="replay" {
            h2 id="replay" { (language.choose("De seneste opkald", "The latest calls")) }
            p class="quiet small" { (language.choose(
                "Spiller de seneste 200 opkald med teksten, som den står her, og viser, hvad der ville blive anderledes.",
                "Plays the latest 200 calls by the text as it stands here and shows what would be different.")) }
            button id="replay-now" type="button" { (language.choose("Spil dem", "Play them")) }
            div id="replayed" role="status" {}
        }
    }
}

/// What is to be saved: a text, or a version that was before.
#[derive(Debug, Deserialize)]
pub(super) struct Saved {
    path: String,
    #[serde(default)]
    base: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    version: String,
}

/// Saves a file, if the rules work with it and nobody changed it meanwhile.
pub(super) async fn save(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Form(saved): Form<Saved>,
) -> Response {
    match write(&app, &saved, visitor.name()).await {
        Ok(Ok(())) => {
            let path = encoded(&saved.path);
            Redirect::to(&format!("/rules/file?path={path}&done=saved")).into_response()
        }
        Ok(Err(editor)) => editor.refused(&app, &shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// Writes the file and its history, or gives the editor back with what is in the way.
async fn write(app: &App, saved: &Saved, by: &str) -> Result<Result<(), Box<Editor>>, Problem> {
    let path = files::below(&saved.path)?;
    let folder = app.state.rules.folder.clone();
    let folder = folder.ok_or_else(|| Problem::conflict("no rules can be written here"))?;
    let text = if saved.version.is_empty() {
        saved.text.replace("\r\n", "\n")
    } else {
        let no_such = |_| Problem::not_found("no such version");
        history::read(&folder, &path, &saved.version).map_err(no_such)?
    };
    let asked = Asked {
        path: path.clone(),
        ..Asked::default()
    };
    let as_it_is = Editor::read(app, &asked).await?;
    let base = Some(saved.base.clone()).filter(|base| !base.is_empty());
    match files::replace_file(app.clone(), path.clone(), base, text.clone()).await {
        Ok(_) => {
            let now = app.state.service.clock().now();
            let by = by.to_owned();
            let before = as_it_is.base.map(|_| as_it_is.text);
            blocking(move || {
                history::record(&folder, &path, before.as_deref(), &text, &by, now)
                    .map_err(Problem::internal)
            })
            .await?;
            Ok(Ok(()))
        }
        Err(problem) => {
            let note = match problem.status() {
                StatusCode::CONFLICT => Note::Changed(as_it_is.text.clone()),
                _ if !problem.found().is_empty() => Note::Wrong(problem.found().to_vec()),
                StatusCode::UNPROCESSABLE_ENTITY => Note::Refused(problem.message().to_owned()),
                _ => return Err(problem),
            };
            // Saving once more after a conflict means to write over what is there now.
            Ok(Err(Box::new(Editor {
                text,
                note,
                ..as_it_is
            })))
        }
    }
}
