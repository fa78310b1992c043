//! The compiled rules, and what is asked of them.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use regex::Regex;

use super::compile::{self, question_set};
use super::condition::Conditions;
use super::diagnostic::{Diagnostic, Problems, Severity};
use super::matcher::{Guard, Matcher, Scratch, Window};
use super::normalise::Normalised;
use super::rule::Rule;
use super::situation::Situation;
use super::vocabulary::{Atom, Symbol, Symbols};
use super::{Lexicon, Source};
use crate::call::{Language, Question};

/// An answer of a caller.
#[derive(Debug, Clone, Copy)]
pub struct Heard<'a> {
    /// The words, as recognition wrote them.
    pub text: &'a str,
    /// The language spoken with the caller. Rules of every language are tried: callers mix them.
    pub language: Language,
    /// The question that was answered.
    pub question: Question,
}

/// A rule that an answer hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// The words that made it fire, in bytes of the original text, sorted. None, when only
    /// conditions made it fire.
    pub spans: Vec<Range<usize>>,
}

/// A word class of a rule set, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClassId(Symbol);

/// Compiled rules: immutable, shared by cloning.
#[derive(Debug, Clone)]
pub struct RuleSet(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    version: String,
    rules: Vec<Rule>,
    codes: Vec<Code>,
    matcher: Matcher,
    symbols: Symbols,
    /// Every class that has a name.
    classes: Vec<Symbol>,
    /// Rules that have regular expressions, or no words at all.
    others: Vec<u32>,
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

/// A phrase that was found.
#[derive(Debug)]
struct Found {
    rule: u32,
    phrase: u32,
    spans: Vec<Range<usize>>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl RuleSet {
    /// Compiles rule files; `lexicon` is what the owner's profile puts into classes.
    ///
    /// # Errors
    /// Everything that is wrong, warnings too, when at least one thing is an error.
    pub fn compile(sources: &[Source], lexicon: &Lexicon) -> Result<Compiled, Problems> {
        let built = compile::build(sources, lexicon);
        Compiled::of(built.rules, built.problems)
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
        symbols: Symbols,
    ) -> Self {
        let others = (0..)
            .zip(&codes)
            .filter(|(_, code)| code.wordless || !code.regexes.is_empty())
            .map(|(at, _)| at)
            .collect();
        let classes = (0..)
            .zip(&symbols.atoms)
            .filter(|(_, atom)| matches!(atom, Atom::Class(_)))
            .map(|(symbol, _)| symbol)
            .collect();
        Self(Arc::new(Inner {
            version,
            rules,
            codes,
            matcher,
            symbols,
            classes,
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

    /// The rules that an answer hits, in the order of the files. Drafts are not tried.
    #[must_use]
    pub fn evaluate(&self, answer: &Heard<'_>, situation: &Situation) -> Vec<Hit<'_>> {
        self.hits(answer.text, answer.question, Trial::Call(situation))
    }

    pub(super) fn hits(&self, text: &str, question: Question, trial: Trial<'_>) -> Vec<Hit<'_>> {
        let asked = question_set(&[question]);
        SCRATCH.with_borrow_mut(|scratch| self.merge(self.find(text, asked, trial, scratch)))
    }

    /// Which rule, which of its phrases, where.
    fn find(&self, text: &str, asked: u8, trial: Trial<'_>, scratch: &mut Scratch) -> Vec<Found> {
        let Inner { matcher, codes, .. } = &*self.0;
        let mut found: Vec<Found> = Vec::new();
        let tried = |rule: u32| {
            let code = &codes[rule as usize];
            code.answers & asked != 0 && (!code.draft || matches!(trial, Trial::Words))
        };
        let holds = |rule: u32| match trial {
            Trial::Call(situation) => codes[rule as usize].when.hold(situation),
            Trial::Words => true,
        };
        let mut first = true;
        let mut pieces = 0;
        matcher.read(text, scratch, |window, normalised| {
            pieces += 1;
            matcher.find_rules(window, tried, |pattern| {
                let (rule, phrase) = (pattern.head, pattern.phrase);
                let known = |found: &Found| (found.rule, found.phrase) == (rule, phrase);
                if !found.iter().any(known) && holds(rule) {
                    let spans = matcher.spans(pattern, window);
                    found.push(Found {
                        rule,
                        phrase,
                        spans,
                    });
                }
            });
            if std::mem::take(&mut first) {
                for rule in self.0.others.iter().copied().filter(|rule| tried(*rule)) {
                    let code = &codes[rule as usize];
                    let spans = regex_spans(&code.regexes, normalised);
                    let wordless = code.wordless && matches!(trial, Trial::Call(_));
                    if (wordless || !spans.is_empty()) && holds(rule) {
                        found.push(Found {
                            rule,
                            phrase: u32::MAX,
                            spans,
                        });
                    }
                }
            }
            if window.is_last() && pieces == 1 {
                self.drop_cancelled(&mut found, window);
            }
        });
        if pieces > 1 {
            // What cancels a hit may stand in another piece than the hit.
            matcher.read(text, scratch, |window, _| {
                self.drop_cancelled(&mut found, window)
            });
        }
        found
    }

    fn drop_cancelled(&self, found: &mut Vec<Found>, window: &Window) {
        let Inner { matcher, codes, .. } = &*self.0;
        found.sort_unstable_by_key(|found| (found.rule, found.phrase));
        let mut last = None;
        found.retain(|found| {
            let cancelled = match last {
                Some((rule, cancelled)) if rule == found.rule => cancelled,
                _ => {
                    let mut unless = codes[found.rule as usize].unless.iter();
                    unless.any(|guard| matcher.is_there(*guard, window))
                }
            };
            last = Some((found.rule, cancelled));
            !cancelled
        });
    }

    /// Whether a rule asks for nothing beside the words.
    pub(super) fn is_unconditional(&self, rule: usize) -> bool {
        self.0.codes[rule].when.is_empty()
    }

    /// The phrase of `unless` that cancels the rule in this text, as it was written.
    pub(super) fn cancelled_by(&self, rule: usize, text: &str) -> Option<&str> {
        let Inner {
            matcher,
            codes,
            rules,
            ..
        } = &*self.0;
        let mut cancelling = None;
        SCRATCH.with_borrow_mut(|scratch| {
            matcher.read(text, scratch, |window, _| {
                let mut unless = codes[rule].unless.iter();
                let there = unless.find(|guard| matcher.is_there(**guard, window));
                cancelling = cancelling.or(there.map(|guard| matcher.phrase(*guard)));
            });
        });
        rules[rule].unless.get(cancelling?).map(String::as_str)
    }

    fn merge(&self, found: Vec<Found>) -> Vec<Hit<'_>> {
        let mut hits: Vec<Hit<'_>> = Vec::with_capacity(found.len());
        let mut last = None;
        for Found { rule, spans, .. } in found {
            if last == Some(rule) {
                if let Some(hit) = hits.last_mut() {
                    hit.spans.extend(spans);
                }
            } else {
                last = Some(rule);
                hits.push(Hit {
                    rule: &self.0.rules[rule as usize],
                    spans,
                });
            }
        }
        for hit in &mut hits {
            hit.spans
                .sort_unstable_by_key(|span| (span.start, span.end));
            hit.spans.dedup();
        }
        hits
    }

    /// Each class of which a word stands in the text, by its name, and where the first of them
    /// begins, in bytes of the text.
    #[must_use]
    pub fn classes(&self, text: &str) -> Vec<(&str, usize)> {
        let Inner {
            matcher,
            symbols,
            classes,
            ..
        } = &*self.0;
        let mut found: Vec<(&str, usize)> = Vec::new();
        SCRATCH.with_borrow_mut(|scratch| {
            matcher.read(text, scratch, |window, _| {
                for class in classes {
                    let Some(Atom::Class(name)) = symbols.atoms.get(*class as usize) else {
                        continue;
                    };
                    if let Some(span) = window.occurrences(*class).next()
                        && !found.iter().any(|(known, _)| known == name)
                    {
                        found.push((name, span.start));
                    }
                }
            });
        });
        found
    }

    /// The class with this name, if there is one.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<ClassId> {
        self.0
            .symbols
            .get(&Atom::Class(name.to_owned()))
            .map(ClassId)
    }

    /// Where words of each of these classes stand, in bytes of the original text. The text is
    /// read once, however many classes are asked for.
    #[must_use]
    pub fn classes_in(&self, classes: &[ClassId], text: &str) -> Vec<Vec<Range<usize>>> {
        let mut all: Vec<Vec<Range<usize>>> = vec![Vec::new(); classes.len()];
        SCRATCH.with_borrow_mut(|scratch| {
            self.0.matcher.read(text, scratch, |window, _| {
                for (class, spans) in classes.iter().zip(&mut all) {
                    for span in window.occurrences(class.0) {
                        if spans.last().is_none_or(|last| last.end <= span.start) {
                            spans.push(span);
                        }
                    }
                }
            });
        });
        all
    }

    /// Where words of a class stand, in bytes of the original text; nowhere, when there is no
    /// such class.
    #[must_use]
    pub fn class_hits(&self, class: &str, text: &str) -> Vec<Range<usize>> {
        self.class(class)
            .and_then(|class| self.classes_in(&[class], text).pop())
            .unwrap_or_default()
    }
}

/// The first match of each expression, as places in the original.
fn regex_spans(regexes: &[Regex], normalised: &Normalised) -> Vec<Range<usize>> {
    regexes
        .iter()
        .filter_map(|regex| regex.find(&normalised.text))
        .filter_map(|found| {
            let mut words = normalised
                .words
                .iter()
                .filter(|word| (word.start as usize) < found.end().max(found.start() + 1))
                .filter(|word| word.end as usize > found.start());
            let first = words.next()?;
            let last = words.next_back().unwrap_or(first);
            Some(first.from as usize..last.to as usize)
        })
        .collect()
}
