//! The settings file itself: for what no form can say. Secrets stand in it as marks that are put
//! back when it is saved.

use axum::extract::{Extension, Form as Body, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::form::in_words;
use super::show::waits_for_restart;
use super::tabs;
use crate::call::{Bilingual, Language, bilingual};
use crate::config::{Config, ConfigErrors, Origin, Problem as Told, Severity};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::desk::alarms::{sentence, troubles};
use crate::web::desk::history::Version;
use crate::web::desk::layout::Page;
use crate::web::desk::place::Place;
use crate::web::desk::trouble;
use crate::web::desk::versions::{self, History};
use crate::web::error::Problem;
use crate::web::files::blocking;
use crate::web::language::Shown;
use crate::web::settings::{self as files, Current, NotSaved};

/// What is asked of the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    done: String,
    /// A version that is to be compared with the file.
    version: String,
}

/// The editor, with what is in it and what is said about it.
struct Editor {
    /// The text as it is shown, secrets hidden.
    text: String,
    base: Option<String>,
    versions: Vec<Version>,
    compared: Option<(String, String)>,
    note: Note,
}

enum Note {
    Nothing,
    Saved,
    /// It was only looked at: what is wrong or doubtful.
    Looked(Vec<Told>),
    /// The settings would not work.
    Wrong(Vec<Told>),
    /// The file was changed meanwhile: what it is now.
    Changed(String),
    Refused(Bilingual),
}

/// The page.
pub(super) async fn page(
    State(app): State<App>,
    shown: Shown,
    Query(asked): Query<Asked>,
) -> Response {
    match Editor::read(&app, &asked).await {
        Ok(editor) => editor.page(&app, &shown).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

impl Editor {
    async fn read(app: &App, asked: &Asked) -> Result<Self, Problem> {
        let settings = app.state.settings.clone();
        let version = asked.version.clone();
        let (current, versions, before) = blocking(move || {
            let before = match version.as_str() {
                "" => None,
                version => Some((version.to_owned(), settings.version(version)?)),
            };
            Ok((settings.read()?, settings.versions()?, before))
        })
        .await?;
        Ok(Self {
            text: files::shown(app, &current.text),
            base: current.hash,
            versions,
            compared: before.map(|(name, text)| (name, files::shown(app, &text))),
            note: match asked.done.as_str() {
                "saved" => Note::Saved,
                _ => Note::Nothing,
            },
        })
    }

    fn page(&self, app: &App, shown: &Shown) -> Page {
        let language = shown.language;
        let title = language.choose("Filen", "The file");
        let path = app.state.settings.path.display();
        let body = html! {
            div class="head" { h1 { (Place::Settings.name(language)) } }
            (tabs("/settings/file", language))
            (troubles(app, shown))
            (self.note(language))
            @if let Some(sheet) = app.state.settings.sheet() { (waits_for_restart(app, &sheet, language)) }
            div class="columns" {
                form method="post" action="/settings/file" {
                    input type="hidden" name="base" value=[self.base.as_ref()];
                    label for="text" { code { (path) } }
                    div class="editor" {
                        textarea id="text" name="text" spellcheck="false" autocapitalize="off" autocomplete="off"
                            rows="28" wrap="off" aria-describedby="about-file" { "\n" (self.text) }
                    }
                    div class="buttons" {
                        button class="main" name="do" value="save" { (language.choose("Gem", "Save")) }
                        button name="do" value="look" { (language.choose("Se efter fejl", "Look for mistakes")) }
                    }
                }
                div class="side" {
                    section class="card" aria-labelledby="about" {
                        h2 id="about" { (language.choose("Om filen", "About the file")) }
                        p id="about-file" class="quiet small" { (language.choose(
                            "Den gælder, som den står her, undtagen hvad miljøvariabler sætter. Hemmeligheder vises som ••••; lad mærket stå, så bliver hemmeligheden stående. Kommentarer og rækkefølge bliver, som du skriver dem.",
                            "It holds as it stands here, but for what variables of the environment set. Secrets are shown as ••••; leave the mark, and the secret stays. Comments and order stay as you write them.")) }
                    }
                    (self.history(app, language))
                }
            }
        };
        Page::new(title, body).at(Place::Settings)
    }

    fn note(&self, language: Language) -> Markup {
        match &self.note {
            Note::Nothing => html! {},
            Note::Saved => html! {
                p class="note done" role="status" { (language.choose("Gemt. Det gælder inden for et sekund.", "Saved. It takes effect within a second.")) }
            },
            Note::Looked(found) => html! {
                section class={ "note" @if found.is_empty() { " done" } } role="status" {
                    @if found.is_empty() { p { (language.choose("Ingen fejl. Ikke gemt endnu.", "Nothing wrong. Not saved yet.")) } }
                    (findings(found, language))
                }
            },
            Note::Wrong(found) => html! {
                section class="note trouble" role="alert" {
                    p { (language.choose("Ikke gemt: indstillingerne ville ikke virke.", "Not saved: the settings would not work.")) }
                    (findings(found, language))
                }
            },
            Note::Refused(words) => html! {
                section class="note trouble" role="alert" { p { (language.choose("Ikke gemt.", "Not saved.")) } p { (sentence(words.told_in(language))) } }
            },
            Note::Changed(now) => versions::changed(now, &self.text, "/settings/file", language),
        }
    }

    fn history(&self, app: &App, language: Language) -> Markup {
        let history = History {
            versions: &self.versions,
            compared: self.compared.as_ref(),
            now: &self.text,
            base: self.base.as_deref(),
            page: "/settings/file",
            path: None,
            save_at: Some("/settings/file"),
        };
        history.card(app, language)
    }
}

fn findings(found: &[Told], language: Language) -> Markup {
    html! {
        @if !found.is_empty() {
            ul { @for told in found {
                li {
                    @match &told.origin {
                        Origin::File { line, .. } => { b { (language.choose("Linje ", "Line ")) (line) } " " }
                        Origin::Variable(name) => { code { (name) } " " }
                        Origin::Default => {}
                    }
                    (in_words(told, language))
                }
            } }
        }
    }
}

/// What is to be saved: a text, or a version that was before.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Saved {
    base: String,
    text: String,
    version: String,
    r#do: String,
}

/// Saves the file, or only looks what is wrong with it.
pub(super) async fn save(
    State(app): State<App>,
    shown: Shown,
    visitor: Extension<Visitor>,
    Body(saved): Body<Saved>,
) -> Response {
    match write(&app, &saved, visitor.name()).await {
        Ok(Ok(())) => Redirect::to("/settings/file?done=saved").into_response(),
        Ok(Err(editor)) => {
            let status = match editor.note {
                Note::Looked(_) => StatusCode::OK,
                Note::Changed(_) | Note::Refused(_) => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let mut response = editor.page(&app, &shown).respond(&shown);
            *response.status_mut() = status;
            response
        }
        Err(problem) => trouble(&shown, &problem),
    }
}

async fn write(app: &App, saved: &Saved, by: &str) -> Result<Result<(), Box<Editor>>, Problem> {
    let as_it_is = Editor::read(app, &Asked::default()).await?;
    let current = files::read(app).await?;
    let typed = saved.text.replace("\r\n", "\n");
    let give_back = |note, typed| {
        Ok(Err(Box::new(Editor {
            text: typed,
            note,
            ..as_it_is
        })))
    };
    let text = if saved.version.is_empty() {
        match files::meant(app, &typed, &current.text) {
            Ok(text) => text,
            Err(line) => {
                let why = bilingual!(
                    "linje {line}: mærket står ikke længere for nogen hemmelighed i filen; skriv selve hemmeligheden, eller tag linjen ud",
                    "line {line}: this mark stands for no secret of the file any more; write the secret itself, or take the line out"
                );
                return give_back(Note::Refused(why), typed);
            }
        }
    } else {
        let settings = app.state.settings.clone();
        let version = saved.version.clone();
        blocking(move || settings.version(&version)).await?
    };
    if saved.r#do == "look" {
        let found = looked_at(app, &text);
        return give_back(Note::Looked(found), typed);
    }
    let base = Some(saved.base.clone()).filter(|base| !base.is_empty());
    let back = if saved.version.is_empty() {
        typed
    } else {
        files::shown(app, &text)
    };
    match files::save(app, base, text, by).await? {
        Ok(()) => Ok(Ok(())),
        Err(NotSaved::Changed(Current { text: now, .. })) => {
            give_back(Note::Changed(files::shown(app, &now)), back)
        }
        Err(NotSaved::Wrong(ConfigErrors { problems, .. })) => {
            let wrong = |told: &Told| told.severity == Severity::Error;
            give_back(
                Note::Wrong(problems.into_iter().filter(wrong).collect()),
                back,
            )
        }
        Err(NotSaved::Unwritable(why)) => give_back(Note::Refused(why), back),
    }
}

fn looked_at(app: &App, text: &str) -> Vec<Told> {
    let settings = &app.state.settings;
    match Config::from_text(Some(&settings.path), text, &settings.variables) {
        Ok(config) => config.warnings.problems,
        Err(wrong) => wrong.problems,
    }
}
