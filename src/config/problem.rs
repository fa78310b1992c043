//! What is wrong with the settings, where, and what to do about it.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use super::tree::Places;
use crate::call::{Bilingual, Language};

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// It stands in the file.
    File {
        /// The line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// A variable of the environment.
    Variable(String),
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Portner does not start with it.
    Error,
    /// It works, but is probably not meant.
    Warning,
}

/// Something wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad it is.
    pub severity: Severity,
    /// The setting, such as `line[0].number`; empty when it is about the file as a whole.
    pub setting: String,
    /// What is wrong.
    pub message: Bilingual,
    /// What to say under the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Bilingual>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Bilingual>,
    /// Where it came from.
    pub origin: Origin,
    /// The place in the text, in bytes.
    #[serde(skip)]
    pub(super) span: Option<Range<usize>>,
}

/// How closely settings are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// As far as they must be right to be used.
    Quick,
    /// Numbers by the plans of their countries too. Those plans take 7 MiB, and stay in memory once
    /// they were read.
    Close,
}

/// Everything that is wrong with the settings. `Display` shows it in plain text.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ConfigErrors {
    /// The file that was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// What is wrong, errors first, then in the order of the file.
    pub problems: Vec<Problem>,
    /// The text of the file, secrets made unreadable.
    #[serde(skip)]
    pub(super) text: String,
}

impl ConfigErrors {
    /// Shows every problem with the line it stands in, in colours where wanted.
    #[must_use]
    pub fn render(&self, coloured: bool) -> String {
        let renderer = if coloured {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        self.shown(&renderer, Language::En)
    }

    /// The same without colours, for who reads this language.
    #[must_use]
    pub fn told_in(&self, language: Language) -> String {
        self.shown(&Renderer::plain(), language)
    }

    /// Shows problems as a good compiler does.
    fn shown(&self, renderer: &Renderer, language: Language) -> String {
        let file = self.file.as_ref();
        let name = file.map_or_else(|| "settings".into(), |file| file.display().to_string());
        self.problems
            .iter()
            .map(|problem| problem.shown(renderer, &name, &self.text, language))
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ConfigErrors {}

impl Problem {
    fn shown(&self, renderer: &Renderer, file: &str, text: &str, language: Language) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR.with_name(language.choose("fejl", "error")),
            Severity::Warning => Level::WARNING.with_name(language.choose("advarsel", "warning")),
        };
        let message = self.message.told_in(language);
        let title = match &self.origin {
            Origin::Variable(name) => format!("{name}: {message}"),
            Origin::Default | Origin::File { .. } => message.to_owned(),
        };
        let mut group = Group::with_title(level.primary_title(title));
        if let Some(span) = self.span.clone() {
            let mut annotation = AnnotationKind::Primary.span(span);
            if let Some(label) = &self.label {
                annotation = annotation.label(label.told_in(language));
            }
            group = group.element(Snippet::source(text).path(file).annotation(annotation));
        }
        if let Some(help) = &self.help {
            let level = Level::HELP.with_name(language.choose("hjælp", "help"));
            group = group.element(level.message(help.told_in(language)));
        }
        renderer.render(&[group])
    }
}

/// Problems as they are found, each at the place that the setting came from.
#[derive(Debug)]
pub(super) struct Problems<'a> {
    places: &'a Places,
    text: &'a str,
    look: Look,
    found: Vec<Problem>,
    silenced: Vec<String>,
}

impl<'a> Problems<'a> {
    pub(super) fn new(places: &'a Places, text: &'a str, look: Look) -> Self {
        Self {
            places,
            text,
            look,
            found: Vec::new(),
            silenced: Vec::new(),
        }
    }

    /// Whether what costs memory is looked at too.
    pub(super) fn looks_closely(&self) -> bool {
        self.look == Look::Close
    }

    /// Something wrong with the value of a setting.
    pub(super) fn error(
        &mut self,
        setting: &str,
        message: Bilingual,
        label: impl Into<Option<Bilingual>>,
        help: impl Into<Option<Bilingual>>,
    ) {
        let span = self.places.value(setting);
        self.push(Severity::Error, setting, span, message, label, help);
    }

    /// Something wrong with the name of a setting.
    pub(super) fn error_at_name(
        &mut self,
        setting: &str,
        message: Bilingual,
        label: impl Into<Option<Bilingual>>,
        help: impl Into<Option<Bilingual>>,
    ) {
        let span = self.places.name(setting);
        self.push(Severity::Error, setting, span, message, label, help);
    }

    /// Something that works, but is probably not meant.
    pub(super) fn warning(
        &mut self,
        setting: &str,
        message: Bilingual,
        label: impl Into<Option<Bilingual>>,
        help: impl Into<Option<Bilingual>>,
    ) {
        let span = self.places.value(setting);
        self.push(Severity::Warning, setting, span, message, label, help);
    }

    /// A setting that must be there and is not; nothing is said when it, or something in it, was
    /// complained of already.
    pub(super) fn missing(
        &mut self,
        setting: &str,
        message: Bilingual,
        help: impl Into<Option<Bilingual>>,
    ) {
        if !self.any_in(setting) {
            self.error(setting, message, None, help);
        }
    }

    /// Whether anything was found wrong with a setting or in it.
    pub(super) fn any_in(&self, setting: &str) -> bool {
        self.found.iter().any(|problem| {
            let rest = problem.setting.strip_prefix(setting);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Says nothing about this setting from now on: what is wrong was said elsewhere.
    pub(super) fn silence(&mut self, setting: String) {
        self.silenced.push(setting);
    }

    fn push(
        &mut self,
        severity: Severity,
        setting: &str,
        span: Option<Range<usize>>,
        message: Bilingual,
        label: impl Into<Option<Bilingual>>,
        help: impl Into<Option<Bilingual>>,
    ) {
        let told = |problem: &Problem| problem.setting == setting && problem.message == message;
        if self.silenced.iter().any(|silenced| silenced == setting) || self.found.iter().any(told) {
            return;
        }
        let origin = match (self.places.variable(setting), &span) {
            (Some(variable), _) => Origin::Variable(variable.to_owned()),
            (None, Some(span)) => origin_at(self.text, span.start),
            (None, None) => Origin::Default,
        };
        self.found.push(Problem {
            severity,
            setting: setting.to_owned(),
            message,
            label: label.into(),
            help: help.into(),
            span: span.filter(|_| matches!(origin, Origin::File { .. })),
            origin,
        });
    }

    /// What was found, errors first, then in the order of the file.
    pub(super) fn into_sorted(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| {
            let start = problem.span.as_ref().map_or(0, |span| span.start);
            (problem.severity == Severity::Warning, start)
        });
        self.found
    }
}

/// Line and character of a place in a text.
pub(super) fn origin_at(text: &str, byte: usize) -> Origin {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |at| at + 1);
    let column = before[begin..].chars().count() + 1;
    Origin::File { line, column }
}
