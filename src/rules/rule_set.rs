//! The compiled rules, and what is asked of them.

use std::ops::Range;
use std::sync::Arc;

use regex::Regex;

use super::compile;
use super::condition::Conditions;
use super::diagnostic::{Diagnostic, Problems, Severity};
use super::matcher::{Guard, Matcher};
use super::reading::Reading;
use super::rule::Rule;
use super::situation::Situation;
use super::specificity::{Specificity, Telling};
use super::symbol::{Symbol, Symbols};
use super::{Lexicon, Source};
use crate::call::Question;

/// A rule that an answer hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// The words that made it fire, in bytes of the original text, sorted. None, when only
    /// conditions made it fire.
    pub spans: Vec<Range<usize>>,
}

/// Compiled rules: immutable, shared by cloning.
#[derive(Debug, Clone)]
pub struct RuleSet(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    version: String,
    pub rules: Vec<Rule>,
    pub codes: Vec<Code>,
    pub matcher: Matcher,
    /// Every class, by its name.
    pub classes: Vec<(Box<str>, Symbol)>,
    /// Those whose words make an answer particular.
    pub telling: Telling,
    /// Rules that have regular expressions, or no words at all.
    pub others: Vec<u32>,
}

/// What is needed of a rule to try it.
#[derive(Debug, Clone, Default)]
pub(super) struct Code {
    /// The questions whose answers it is tried on, as bits.
    pub answers: u8,
    pub when: Conditions,
    pub unless: Vec<Guard>,
    pub regexes: Vec<Regex>,
    /// It is only checked.
    pub draft: bool,
    /// It has neither phrases nor regular expressions.
    pub wordless: bool,
}

/// What came of compiling.
#[derive(Debug)]
pub struct Compiled {
    /// The rules.
    pub rules: RuleSet,
    /// What is doubtful about them.
    pub warnings: Vec<Diagnostic>,
}

impl Compiled {
    pub(super) fn of(rules: RuleSet, problems: Vec<Diagnostic>) -> Result<Self, Problems> {
        let is_error = |problem: &Diagnostic| problem.severity == Severity::Error;
        if problems.iter().any(is_error) {
            return Err(Problems(problems));
        }
        Ok(Self {
            rules,
            warnings: problems,
        })
    }
}

/// Which rules are tried, and how.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trial<'a> {
    /// As on a call.
    Call(&'a Situation),
    /// Whether the words would do: drafts too, whatever the conditions.
    Words,
}

impl RuleSet {
    /// Compiles rule files; `lexicon` is what the owner's profile puts into classes.
    ///
    /// # Errors
    /// Everything that is wrong, warnings too, when at least one thing is an error.
    pub fn compile(sources: &[Source], lexicon: &Lexicon) -> Result<Compiled, Problems> {
        let built = compile::build(sources, lexicon);
        Compiled::of(built.rules, built.problems.in_order(sources))
    }

    /// The version that these files would have.
    #[must_use]
    pub fn version_of(sources: &[Source], lexicon: &Lexicon) -> String {
        compile::version(sources, lexicon)
    }

    pub(super) fn new(
        version: String,
        rules: Vec<Rule>,
        codes: Vec<Code>,
        matcher: Matcher,
        symbols: &Symbols,
    ) -> Self {
        let others = (0..)
            .zip(&codes)
            .filter(|(_, code)| code.wordless || !code.regexes.is_empty())
            .map(|(at, _)| at)
            .collect();
        let classes: Vec<(Box<str>, Symbol)> = symbols.classes().collect();
        let telling = Telling::of(&classes);
        Self(Arc::new(Inner {
            version,
            rules,
            codes,
            matcher,
            classes,
            telling,
            others,
        }))
    }

    /// Twelve hexadecimal digits that change with the files and with the lexicon.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// Every rule, in the order of the files.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.0.rules
    }

    /// Reads a text, once for whatever is asked of it.
    #[must_use]
    pub fn read<'t>(&self, text: &'t str) -> Reading<'_, 't> {
        Reading::new(self, text)
    }

    pub(super) fn hits(&self, text: &str, question: Question, trial: Trial<'_>) -> Vec<Hit<'_>> {
        self.read(text).hits(question, trial)
    }

    /// Whether a rule asks for nothing beside the words.
    pub(super) fn is_unconditional(&self, rule: usize) -> bool {
        self.0.codes[rule].when.is_empty()
    }

    /// Whether the rule asks for no words, and its conditions hold of every answer.
    pub(super) fn hits_every_answer(&self, rule: usize) -> bool {
        let code = &self.0.codes[rule];
        let holds = |says| code.when.by_answer(says) == Some(true);
        code.wordless
            && self.0.rules[rule].unless.is_empty()
            && Specificity::ALL.into_iter().all(holds)
    }

    /// The phrase of `unless` that cancels the rule in this text, as it was written.
    pub(super) fn cancelled_by(&self, rule: usize, text: &str) -> Option<&str> {
        let phrase = self.read(text).cancelling(rule)?;
        self.0.rules[rule].unless.get(phrase).map(String::as_str)
    }

    /// The condition of the rule that does not hold of this text, whatever the call is like.
    pub(super) fn failing_condition(&self, rule: usize, text: &str) -> Option<&'static str> {
        let says = self.read(text).specificity();
        self.0.codes[rule].when.failing(says)
    }

    /// Where words of a class stand, in bytes of the original text; nowhere, when there is no
    /// such class.
    #[must_use]
    pub fn class_hits(&self, class: &str, text: &str) -> Vec<Range<usize>> {
        let mut classes = self.0.classes.iter();
        let class = classes.find(|(name, _)| **name == *class);
        class.map_or_else(Vec::new, |(_, class)| self.read(text).words_of(*class))
    }
}
