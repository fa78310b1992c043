//! An unsaved text, checked, and tried on a sentence. On the calls that were it is tried by the
//! interface's replay.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use crate::call::{Language, Question};
use crate::rules::{Diagnostic, Lexicon, RuleSet, Severity, Source};
use crate::screening::Policy;
use crate::screening::line::Mode;
use crate::screening::rehearsal::{self, Said};
use crate::web::App;
use crate::web::desk::row::kind;
use crate::web::desk::story::kind_class;
use crate::web::error::Problem;
use crate::web::files::blocking;
use crate::web::language::Shown;
use crate::web::rule_files::{self as files, File};

/// A text that is not saved yet.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::web::desk) struct Unsaved {
    path: String,
    text: String,
    #[serde(default)]
    said: String,
    #[serde(default)]
    question: String,
}

/// What is wrong or doubtful about a text.
#[derive(Debug, Serialize)]
pub(in crate::web::desk) struct Checked {
    found: Vec<Found>,
    errors: usize,
    warnings: usize,
}

/// A problem, with its place counted as scripts count: in UTF-16 units.
#[derive(Debug, Serialize)]
struct Found {
    severity: Severity,
    line: usize,
    from: usize,
    to: usize,
    /// The file, where it is another than the one being written.
    file: Option<String>,
    /// Where that one is read.
    address: Option<String>,
    message: String,
    help: Option<String>,
}

/// Checks all rules with this text in its place.
pub(in crate::web::desk) async fn check(
    State(app): State<App>,
    shown: Shown,
    Json(unsaved): Json<Unsaved>,
) -> Result<Json<Checked>, Problem> {
    let checked = blocking(move || {
        let files = with(&app, &unsaved)?;
        let diagnostics = files::check(&app, &files);
        let is_error = |problem: &&Diagnostic| problem.severity == Severity::Error;
        let is_own = |problem: &Diagnostic| problem.file == unsaved.path;
        let matters = |problem: &&Diagnostic| is_own(problem) || is_error(problem);
        let mut told: Vec<&Diagnostic> = diagnostics.iter().filter(matters).collect();
        told.sort_by_key(|problem| !is_own(problem));
        let errors = told.iter().copied().filter(is_error).count();
        Ok(Checked {
            errors,
            warnings: told.len() - errors,
            found: told
                .into_iter()
                .map(|problem| found(problem, &unsaved, &files, shown.language))
                .collect(),
        })
    });
    checked.await.map(Json)
}

fn found(problem: &Diagnostic, unsaved: &Unsaved, files: &[File], language: Language) -> Found {
    let here = problem.file == unsaved.path;
    let is_own = files
        .iter()
        .any(|file| file.own && file.path == problem.file);
    let units = |at: usize| {
        let before = unsaved.text.get(..at).filter(|_| here);
        before.map_or(0, |before| before.encode_utf16().count())
    };
    Found {
        severity: problem.severity,
        line: problem.line,
        from: units(problem.span.start),
        to: units(problem.span.end),
        file: (!here).then(|| problem.file.clone()),
        address: (!here).then(|| super::address(&problem.file, is_own)),
        message: problem.message.told_in(language).to_owned(),
        help: problem
            .help
            .as_ref()
            .map(|help| help.told_in(language).to_owned()),
    }
}

/// What the rules make of a sentence.
#[derive(Debug, Serialize)]
pub(in crate::web::desk) struct Tried {
    verdict: String,
    sentence: String,
    kind: &'static str,
    reasons: Vec<Hit>,
    slots: Vec<(String, String)>,
}

/// A rule that fired.
#[derive(Debug, Serialize)]
struct Hit {
    name: String,
    class: &'static str,
    points: String,
    words: String,
}

/// Tries a sentence by all rules with this text in its place.
pub(in crate::web::desk) async fn say(
    State(app): State<App>,
    shown: Shown,
    Json(unsaved): Json<Unsaved>,
) -> Result<Json<Tried>, Problem> {
    let language = shown.language;
    let tried = blocking(move || {
        let now = app.state.service.clock().now();
        let policy = policies(&app, &unsaved)?.swap_remove(0);
        let said = Said {
            text: &unsaved.said,
            question: question(&unsaved.question),
            language: spoken(&policy),
        };
        let heard = rehearsal::hear(&policy, &said, now);
        Ok(tried(&heard, language))
    });
    tried.await.map(Json)
}

fn tried(heard: &rehearsal::Hearing, language: Language) -> Tried {
    let call = &heard.call;
    let (verdict, sentence) = match (&call.verdict, &heard.asks) {
        (Some(verdict), _) => (
            verdict.treatment.word(language).to_owned(),
            verdict.ground.sentence(language).to_owned(),
        ),
        (None, asks) => (
            language.choose("Spørger videre", "Asks on").to_owned(),
            asks.clone().unwrap_or_default(),
        ),
    };
    Tried {
        verdict,
        sentence,
        kind: kind(call),
        reasons: call
            .reasons
            .iter()
            .map(|reason| Hit {
                name: reason.told(call.opinion.as_ref(), language),
                class: if reason.shadow {
                    "shadow"
                } else {
                    kind_class(reason.kind)
                },
                points: format!("{} {}", reason.points, reason.kind.word(language)),
                words: reason.words.join(" … "),
            })
            .collect(),
        slots: call
            .slots
            .iter()
            .map(|filled| {
                (
                    filled.slot.label(language).to_owned(),
                    filled.shown().to_owned(),
                )
            })
            .collect(),
    }
}

/// Every line's policy with this text in its place.
fn policies(app: &App, unsaved: &Unsaved) -> Result<Vec<Policy>, Problem> {
    let sources: Vec<Source> = with(app, unsaved)?.iter().map(File::source).collect();
    let mut policies = Vec::new();
    for policy in app.state.service.policies().lines() {
        let compiled = RuleSet::compile(&sources, &Lexicon(policy.line.lexicon()));
        let rules = compiled
            .map_err(|problems| Problem::unacceptable(problems.told()))?
            .rules;
        let mut line = policy.line.clone();
        line.mode = Mode::Screen;
        policies.push(Policy::new(line, Arc::new(rules), policy.limits));
    }
    Ok(policies)
}

/// Every file, with this text in the place of its own.
fn with(app: &App, unsaved: &Unsaved) -> Result<Vec<File>, Problem> {
    let rules = app.state.rules();
    let mut own = files::read_own(&rules)?;
    own.retain(|file| file.path != unsaved.path);
    let shipped = crate::rules::shipped();
    if !rules.shipped || shipped.iter().all(|file| file.path != unsaved.path) {
        own.push(File::own(unsaved.path.clone(), unsaved.text.clone()));
    }
    Ok(files::beside_shipped(own, rules.shipped))
}

fn question(name: &str) -> Question {
    match name {
        "who" => Question::Who,
        "what" => Question::What,
        "why" => Question::Why,
        _ => Question::Open,
    }
}

/// The language that a sentence is taken to be in: the line's first. What is spoken is found out
/// from the words, as in a call.
fn spoken(policy: &Policy) -> Language {
    policy.line.languages.greeting()
}
