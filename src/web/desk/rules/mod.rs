//! The rules as files: read, edited with what is wrong under the words it concerns, tried, saved
//! without losing what somebody else wrote, and what they were before.

use axum::extract::{Extension, Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::alarms::{of_the_rules, sentence};
use super::assets;
use super::history;
use super::layout::Page;
use super::lists::encoded;
use super::place::Place;
use super::trouble;
use super::versions::{self, History};
use crate::call::{Bilingual, Language, bilingual};
use crate::config::OwnRules;
use crate::rules::{Diagnostic, Severity};
use crate::web::App;
use crate::web::accounts::Visitor;
use crate::web::error::Problem;
use crate::web::files::blocking;
use crate::web::language::Shown;
use crate::web::rule_files::{self as files, File};

mod insistence;
pub(super) mod switches;
pub(super) mod trial;

pub(super) use insistence::insist;

/// What was done on the page before this one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Came {
    done: String,
}

/// Every file.
pub(super) async fn page(
    State(app): State<App>,
    shown: Shown,
    Query(came): Query<Came>,
) -> Response {
    let rules = app.state.rules();
    match blocking(move || files::read(&rules)).await {
        Ok(found) => all(&app, &found, &came.done, &shown).respond(&shown),
        Err(problem) => trouble(&shown, &problem),
    }
}

/// That rules of one's own have no place, and how to give them one.
pub(in crate::web::desk) fn no_folder(language: Language) -> Markup {
    html! {
        p {
            (language.choose("Portner gemmer intet på disken og har derfor ingen plads til dine egne regler. ", "Portner keeps nothing on the disk, so there is no place for rules of your own. "))
            a href="/settings/general#installation" { (language.choose("Vælg en mappe i indstillingerne", "Choose a folder in the settings")) }
            "."
        }
    }
}

fn all(app: &App, found: &[File], done: &str, shown: &Shown) -> Page {
    let language = shown.language;
    let policies = app.state.service.policies();
    let title = Place::Rules.name(language);
    let body = html! {
        div class="head" { h1 { (title) } span class="quiet small push" {
            (language.choose("Version ", "Version ")) code { (policies.lines()[0].rules.version()) }
        } }
        @if done == "insisted" && policies.trouble().is_none() {
            p class="note done" role="status" { (language.choose("Gjort: de nye regler gælder.", "Done: the new rules are in force.")) }
        }
        (of_the_rules(app, shown))
        section aria-labelledby="own" {
            h2 id="own" { (language.choose("Dine egne", "Your own")) }
            @if !shown.owns {
                (list(found.iter().filter(|file| file.own), language))
            } @else if app.state.rules().folder.is_none() {
                (no_folder(language))
            } @else {
                (list(found.iter().filter(|file| file.own), language))
                form class="buttons new-file" method="get" action="/rules/file" {
                    label for="path" { (language.choose("Ny fil", "New file")) }
                    input id="path" name="path" required placeholder="mine.toml" pattern=".*\\.toml" title=(language.choose("Navnet ender på .toml", "The name ends in .toml")) autocomplete="off";
                    button { (language.choose("Begynd", "Begin")) }
                }
            }
        }
        section aria-labelledby="shipped" {
            h2 id="shipped" { (language.choose("Følger med Portner", "Come with Portner")) }
            @for (folder, name) in [("rules/da/", language.choose("På dansk", "In Danish")), ("rules/en/", language.choose("På engelsk", "In English"))] {
                @let files: Vec<&File> = found.iter().filter(|file| !file.own && file.path.starts_with(folder)).collect();
                @let (rules, words): (Vec<&File>, Vec<&File>) = files.into_iter().partition(|file| rules_in(&file.text) > 0);
                details class="card pack" {
                    summary { b { (name) } " " span class="quiet small push" {
                        (told(rules.iter().map(|file| rules_in(&file.text)).sum(), language)) } }
                    (list(rules.into_iter(), language))
                    @if !words.is_empty() {
                        h3 { (language.choose("Ordlister, som reglerne bruger", "Lists of words that the rules use")) }
                        (list(words.into_iter(), language))
                    }
                }
            }
        }
    };
    Page::new(title, body).at(Place::Rules)
}

/// How many rules there are in a text.
fn rules_in(text: &str) -> usize {
    let begins = |line: &&str| line.trim() == "[[rule]]";
    text.lines().filter(begins).count()
}

fn told(rules: usize, language: Language) -> String {
    let word = if rules == 1 {
        language.choose("regel", "rule")
    } else {
        language.choose("regler", "rules")
    };
    format!("{rules} {word}")
}

fn list<'f>(files: impl Iterator<Item = &'f File>, language: Language) -> Markup {
    html! {
        ul class="entries" { @for file in files { li {
            a href=(address(&file.path, file.own)) {
                (file.path.trim_start_matches("rules/da/").trim_start_matches("rules/en/"))
            }
            @let rules = rules_in(&file.text);
            @if rules > 0 { span class="quiet small" { (told(rules, language)) } }
        } } }
    }
}

/// Where a file is read.
fn address(path: &str, own: bool) -> String {
    let shipped = if own { "" } else { "&shipped=1" };
    format!("/rules/file?path={}{shipped}", encoded(path))
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
    match Editor::read(&app, &asked, shown.owns).await {
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
    own: bool,
    /// Whether whoever looks may change it.
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
    Refused(Bilingual),
}

impl Editor {
    async fn read(app: &App, asked: &Asked, owns: bool) -> Result<Self, Problem> {
        let own = asked.shipped.is_empty();
        if own {
            files::below(&asked.path)?;
        }
        let (rules, asked_path) = (app.state.rules(), asked.path.clone());
        let version = asked.version.clone();
        blocking(move || {
            let found = files::read(&rules)?;
            let file = found
                .into_iter()
                .find(|file| file.own == own && file.path == asked_path);
            let folder = rules.folder.as_ref().filter(|_| own).map(OwnRules::path);
            let versions = match folder {
                Some(folder) => history::list(folder, &asked_path).map_err(Problem::internal)?,
                None => Vec::new(),
            };
            let compared = match folder {
                Some(folder) if !version.is_empty() => {
                    let no_such = |_| Problem::no_such_version();
                    let text = history::read(folder, &asked_path, &version).map_err(no_such)?;
                    Some((version, text))
                }
                _ => None,
            };
            let (text, base) = match file {
                Some(file) => (file.text, Some(file.hash)),
                None if owns && folder.is_some() => (FRESH.to_owned(), None),
                None => {
                    return Err(Problem::not_found(bilingual!(
                        "der er ikke sådan en fil",
                        "no such file"
                    )));
                }
            };
            Ok(Self {
                path: asked_path,
                text,
                base,
                own,
                writable: owns && folder.is_some(),
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
                @if !self.own {
                    span class="tag" { (language.choose("Følger med, kan kun læses", "Comes with Portner, read only")) }
                } @else if !self.writable {
                    span class="tag" { (language.choose("Kun en ejer ændrer den", "Only an owner changes it")) }
                }
            }
            (self.note(language))
            div class="columns" {
                div {
                    form id="editor" method=[self.writable.then_some("post")] action=[self.writable.then_some("/rules/save")]
                        data-check="/rules/check" data-try="/rules/try" data-replay="/api/v1/rules/replay"
                        data-changed=(language.choose("{} af {} opkald ville blive anderledes; om {} kan det ikke siges", "{} of {} calls would be different; of {} it cannot be said"))
                        data-connect=(crate::call::Treatment::Connect.word(language))
                        data-message=(crate::call::Treatment::Message.word(language))
                        data-reject=(crate::call::Treatment::Reject.word(language))
                        data-asks=(language.choose("spørger videre", "asks on"))
                        data-well=(language.choose("Ingen fejl", "Nothing wrong"))
                        data-errors=(language.choose("{} fejl", "{} wrong"))
                        data-warnings=(language.choose("{} at se på", "{} to look at"))
                        data-line=(language.choose("Linje", "Line"))
                        data-unsaved=(language.choose("Ikke gemt", "Not saved")) data-refused[self.is_refused()] {
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

    /// Whether the text in it was sent and not saved.
    fn is_refused(&self) -> bool {
        !matches!(self.note, Note::Nothing | Note::Saved)
    }

    /// The editor with what is in the way of saving.
    fn refused(&self, app: &App, shown: &Shown) -> Response {
        let status = match self.note {
            Note::Changed(_) => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let page = self.page(app, shown.language);
        let page = page.found_at(address(&self.path, true));
        let mut response = page.respond(shown);
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
                html! { p class="note trouble" role="alert" { (sentence(words.told_in(language))) } }
            }
            Note::Wrong(found) => html! {
                section class="note trouble" role="alert" {
                    p { (language.choose("Ikke gemt: reglerne ville ikke virke.", "Not saved: the rules would not work.")) }
                    ul { @for problem in found.iter().filter(|problem| problem.severity == Severity::Error) {
                        li {
                            code { (problem.file) ":" (problem.line) } " "
                            (problem.message.told_in(language))
                        }
                    } }
                }
            },
            Note::Changed(now) => {
                versions::changed(now, &self.text, &address(&self.path, true), language)
            }
        }
    }

    fn history(&self, app: &App, language: Language) -> Markup {
        let history = History {
            versions: &self.versions,
            compared: self.compared.as_ref(),
            now: &self.text,
            base: self.base.as_deref(),
            page: "/rules/file",
            path: Some(&self.path),
            save_at: self.writable.then_some("/rules/save"),
        };
        history.card(app, language)
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
            form id="try-form" class="stack" hidden {
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
            }
            noscript { p { (language.choose("Her prøver siden sætninger med et script. Uden det gør ", "The page tries sentences with a script. Without it, ")) code { "portner explain" } (language.choose(" det i terminalen.", " does so in the terminal.")) } }
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
            button id="replay-now" type="button" hidden { (language.choose("Spil dem", "Play them")) }
            noscript { p { (language.choose("Her spiller siden opkald med et script. Uden det gør ", "The page plays calls with a script. Without it, ")) code { "portner replay" } (language.choose(" det i terminalen.", " does so in the terminal.")) } }
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
    let folder = app.state.rules().folder;
    let folder = folder.map(|own| own.path().to_owned()).ok_or_else(|| {
        Problem::conflict(bilingual!(
            "der kan ikke skrives regler her",
            "no rules can be written here"
        ))
    })?;
    let text = if saved.version.is_empty() {
        saved.text.replace("\r\n", "\n")
    } else {
        let no_such = |_| Problem::no_such_version();
        history::read(&folder, &path, &saved.version).map_err(no_such)?
    };
    let asked = Asked {
        path: path.clone(),
        ..Asked::default()
    };
    let as_it_is = Editor::read(app, &asked, true).await?;
    let base = Some(saved.base.clone()).filter(|base| !base.is_empty());
    let is_changed = as_it_is.base != base;
    match files::replace_file(app.clone(), path.clone(), base, text.clone()).await {
        Ok(_) => {
            let now = app.state.service.clock().now();
            let by = by.to_owned();
            let before = as_it_is.base.map(|_| as_it_is.text);
            blocking(move || {
                let kept = history::record(&folder, &path, before.as_deref(), &text, &by, now);
                if let Err(error) = kept {
                    tracing::warn!(%error, "what a rule file was before could not be kept");
                }
                Ok(())
            })
            .await?;
            Ok(Ok(()))
        }
        Err(problem) => {
            let note = match problem.status() {
                StatusCode::CONFLICT if is_changed => Note::Changed(as_it_is.text.clone()),
                _ if !problem.found().is_empty() => Note::Wrong(problem.found().to_vec()),
                StatusCode::CONFLICT
                | StatusCode::UNPROCESSABLE_ENTITY
                | StatusCode::INSUFFICIENT_STORAGE => Note::Refused(problem.message().clone()),
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
