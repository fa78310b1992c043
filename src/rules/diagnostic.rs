//! What is wrong or doubtful about a rule file, said as a good compiler says it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::Source;
use crate::call::{Bilingual, Language, bilingual};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The rules cannot be used.
    Error,
    /// The rules can be used, and probably do not do what was meant.
    Warning,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal,)+) => {
        /// What kind of problem it is. Each is explained in `rules/README.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means, in a sentence or two.
            #[must_use]
            pub fn explanation(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }
        }
    };
}

codes! {
    /// The file is not UTF-8 text.
    Encoding = "encoding",
    /// The file is not TOML.
    Syntax = "syntax",
    /// The file, or all files together, are larger than a rule pack may be.
    TooLarge = "too-large",
    /// There is no such key here.
    UnknownKey = "unknown-key",
    /// A key that every rule needs is not there.
    MissingKey = "missing-key",
    /// The value is of the wrong type, or outside of what is allowed.
    WrongValue = "wrong-value",
    /// Two rules have the same id.
    DuplicateId = "duplicate-id",
    /// The phrase is not written in the phrase language.
    Phrase = "phrase",
    /// A phrase names a class of words that is defined nowhere.
    UnknownClass = "unknown-class",
    /// A class of words leads back to itself, or classes are nested more than 8 deep in it.
    CircularClass = "circular-class",
    /// The regular expression cannot be used.
    Regex = "regex",
    /// The rule has neither phrases nor a regular expression nor conditions, so it can never hit.
    NothingToMatch = "nothing-to-match",
    /// An example of the rule does not hit the rule.
    ExampleMissed = "example-missed",
    /// A counter-example of the rule hits the rule.
    CounterExampleHit = "counter-example-hit",
    /// A class has no words in it, so phrases that need it never hit.
    EmptyClass = "empty-class",
    /// A hit of the rule would change nothing.
    NoEffect = "no-effect",
    /// The rule has more points than it can ever give: its tactic makes it a hint.
    LostPoints = "lost-points",
    /// The rule can never hit.
    NeverHits = "never-hits",
    /// A condition that can never hold.
    NeverHolds = "never-holds",
    /// A condition that always holds, or a rule that asks for no words and hits every answer.
    AlwaysHolds = "always-holds",
    /// The same phrase stands twice in one rule.
    DuplicatePhrase = "duplicate-phrase",
    /// Another rule of the same kind has the same phrase, or sees the same words in every example.
    /// What speaks against a caller counts once for the same words.
    ShadowedRule = "shadowed-rule",
    /// The same phrase, or every example, speaks for the caller in one rule and against him in
    /// another.
    Contradiction = "contradiction",
    /// The phrase needs only small words that are in all speech.
    SmallWords = "small-words",
    /// The phrase is a single common word.
    BroadPhrase = "broad-phrase",
    /// The rule could turn a caller away alone. `i_mean_it = true` says that this is meant.
    RejectsAlone = "rejects-alone",
    /// The rule hits a great part of the examples of all other rules.
    HitsAlmostAlways = "hits-almost-always",
    /// The rule is never tried, since it has no examples that show that it works.
    NoExamples = "no-examples",
    /// The file has more than a hundred problems; this says how many are not told.
    More = "more",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One problem, with the place it is at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Diagnostic {
    /// What kind of problem.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub message: Bilingual,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The place in the file, in bytes.
    pub span: Range<usize>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<Bilingual>,
    /// How many problems of the file it stands for: one, or all those that are not told.
    #[serde(skip)]
    pub(super) count: usize,
}

impl Diagnostic {
    pub(super) fn error(
        code: Code,
        source: &Source,
        span: Range<usize>,
        message: Bilingual,
    ) -> Self {
        Self::new(code, Severity::Error, source, span, message)
    }

    pub(super) fn warning(
        code: Code,
        source: &Source,
        span: Range<usize>,
        message: Bilingual,
    ) -> Self {
        Self::new(code, Severity::Warning, source, span, message)
    }

    pub(super) fn help(mut self, help: Bilingual) -> Self {
        self.help = Some(help);
        self
    }

    fn new(
        code: Code,
        severity: Severity,
        source: &Source,
        span: Range<usize>,
        message: Bilingual,
    ) -> Self {
        let text = &source.text;
        let start = floor(text, span.start);
        let end = floor(text, span.end.max(start)).max(start);
        Self {
            code,
            severity,
            message,
            file: source.path.clone(),
            // Told by the findings, for all problems of a file at once.
            line: 1,
            column: 1,
            span: start..end,
            help: None,
            count: 1,
        }
    }

    pub(super) fn standing_for(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// The problem with the source line underlined; `sources` are those that were compiled. Where the file
    /// is none of them, with its place.
    #[must_use]
    pub fn render(&self, sources: &[Source], colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        // Of two files with one path, as where a folder is named as Portner's own is, the owner's comes last.
        let source = sources.iter().rfind(|source| source.path == self.file);
        let snippet = source.and_then(|source| {
            // Only these lines: a file may be long, and have many problems.
            let lines = lines_around(&source.text, &self.span)?;
            let within = self.span.start - lines.start..self.span.end - lines.start;
            Some((source.text.get(lines)?, within))
        });
        let title = match snippet {
            Some(_) => self.message.english().to_owned(),
            None => self.to_string(),
        };
        let mut group = level
            .primary_title(title)
            .id(self.code.as_str())
            .elements(std::iter::empty::<annotate_snippets::Padding>());
        if let Some((lines, within)) = snippet {
            group = group.element(
                Snippet::source(lines)
                    .line_start(self.line)
                    .path(self.file.as_str())
                    .annotation(AnnotationKind::Primary.span(within)),
            );
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(help.english()));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

impl Diagnostic {
    /// The same, told in this language alone.
    #[must_use]
    pub fn only(mut self, language: Language) -> Self {
        self.message = self.message.only(language);
        self.help = self.help.map(|help| help.only(language));
        self
    }

    /// Where it stands and what is wrong, in a line.
    fn told_in(&self, language: Language) -> String {
        let message = self.message.told_in(language);
        format!("{}:{}:{}: {message}", self.file, self.line, self.column)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told_in(Language::En))
    }
}

/// The whole lines that a part of a text is in; `None` where it is no part of this text.
fn lines_around(text: &str, part: &Range<usize>) -> Option<Range<usize>> {
    let start = text.get(..part.start)?.rfind('\n').map_or(0, |at| at + 1);
    let end = text.get(part.end..)?.find('\n');
    Some(start..end.map_or(text.len(), |at| part.end + at))
}

/// The nearest beginning of a character at or before a place.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Why rules could not be compiled: everything that was found, errors first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problems(pub Vec<Diagnostic>);

impl Problems {
    /// The first error, and how many more there are, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let errors = |problem: &&Diagnostic| problem.severity == Severity::Error;
        let count: usize = self.0.iter().filter(errors).map(|one| one.count).sum();
        let more = count.saturating_sub(1);
        let Some(first) = self.0.iter().find(errors) else {
            return bilingual!("reglerne kan ikke bruges", "the rules cannot be used");
        };
        Bilingual::of(|language| {
            let first = first.told_in(language);
            match more {
                0 => first,
                more => language.choose(
                    format!("{first} (og {more} til)"),
                    format!("{first} (and {more} more)"),
                ),
            }
        })
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.told().english())
    }
}

impl std::error::Error for Problems {}
