//! A text as a rule set reads it: once, for whatever is asked of it afterwards.

use std::cell::Cell;
use std::ops::Range;

use regex::Regex;

use super::compile::question_set;
use super::matcher::{Pattern, Scratch, Window};
use super::normalise::Normalised;
use super::program::Places;
use super::rule_set::{Hit, RuleSet, Trial};
use super::situation::Situation;
use super::symbol::Symbol;
use crate::call::Question;

thread_local! {
    /// Memory for the next text.
    static SPARE: Cell<Scratch> = Cell::default();
}

/// A text whose words were looked up and whose classes were found.
#[derive(Debug)]
pub struct Reading<'r, 't> {
    rules: &'r RuleSet,
    text: &'t str,
    scratch: Scratch,
}

/// A rule that was found.
#[derive(Debug)]
struct Found {
    rule: u32,
    phrase: u32,
    by: By,
}

/// What made a rule fire.
#[derive(Debug)]
enum By {
    /// A phrase: where its matches end, in which piece of the text.
    Phrase(Pattern, Places, usize),
    /// Regular expressions, which matched there, or conditions alone.
    Other(Vec<Range<usize>>),
}

impl<'r, 't> Reading<'r, 't> {
    pub(super) fn new(rules: &'r RuleSet, text: &'t str) -> Self {
        let mut scratch = SPARE.take();
        rules.0.matcher.read(text, &mut scratch);
        Self {
            rules,
            text,
            scratch,
        }
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Its words.
    pub(crate) fn normalised(&self) -> &Normalised {
        &self.scratch.normalised
    }

    pub(super) fn rules(&self) -> &'r RuleSet {
        self.rules
    }

    /// Whether a word of one of these classes stands in the text.
    pub(super) fn has_one_of(&self, classes: &[Symbol]) -> bool {
        let mut pieces = self.pieces().iter();
        pieces.any(|piece| {
            let mut classes = classes.iter();
            classes.any(|class| piece.occurrences(*class).next().is_some())
        })
    }

    fn pieces(&self) -> &[Window] {
        self.scratch.pieces()
    }

    /// The rules that the text hits as an answer to this question, in the order of the files. Drafts
    /// are not tried.
    #[must_use]
    pub fn evaluate(&self, question: Question, situation: &Situation) -> Vec<Hit<'r>> {
        self.hits(question, Trial::Call(situation))
    }

    pub(super) fn hits(&self, question: Question, trial: Trial<'_>) -> Vec<Hit<'r>> {
        let mut found = self.find(question_set(&[question]), trial);
        // Of a phrase that is there more than once, the first counts.
        found.sort_by_key(|found| (found.rule, found.phrase));
        found.dedup_by_key(|found| (found.rule, found.phrase));
        // What cancels a hit may stand in another piece than the hit.
        for piece in self.pieces() {
            self.drop_cancelled(&mut found, piece);
        }
        self.merge(found)
    }

    /// Which rule, and by what.
    fn find(&self, asked: u8, trial: Trial<'_>) -> Vec<Found> {
        let inner = &*self.rules.0;
        let (matcher, codes) = (&inner.matcher, &inner.codes);
        let mut found: Vec<Found> = Vec::new();
        let tried = |rule: u32| {
            let code = &codes[rule as usize];
            code.answers & asked != 0 && (!code.draft || matches!(trial, Trial::Words))
        };
        let holds = |rule: u32| match trial {
            Trial::Call(situation) => codes[rule as usize].when.hold(situation),
            Trial::Words => codes[rule as usize].when.by_answer(self.specificity()) != Some(false),
        };
        for (place, piece) in self.pieces().iter().enumerate() {
            matcher.find_rules(piece, tried, |pattern, ends| {
                let (rule, phrase) = (pattern.head, pattern.phrase);
                if holds(rule) {
                    let by = By::Phrase(pattern, ends, place);
                    found.push(Found { rule, phrase, by });
                }
            });
        }
        for rule in inner.others.iter().copied().filter(|rule| tried(*rule)) {
            let code = &codes[rule as usize];
            let spans = regex_spans(&code.regexes, self.normalised());
            let wordless = code.wordless && matches!(trial, Trial::Call(_));
            if (wordless || !spans.is_empty()) && holds(rule) {
                found.push(Found {
                    rule,
                    phrase: u32::MAX,
                    by: By::Other(spans),
                });
            }
        }
        found
    }

    /// Drops those, sorted by rule, of whose rule a cancelling phrase stands in this piece.
    fn drop_cancelled(&self, found: &mut Vec<Found>, piece: &Window) {
        let inner = &*self.rules.0;
        let mut last = None;
        found.retain(|found| {
            let cancelled = match last {
                Some((rule, cancelled)) if rule == found.rule => cancelled,
                _ => {
                    let mut unless = inner.codes[found.rule as usize].unless.iter();
                    unless.any(|guard| inner.matcher.is_there(*guard, piece))
                }
            };
            last = Some((found.rule, cancelled));
            !cancelled
        });
    }

    /// One hit for each rule, with the words that fired.
    fn merge(&self, found: Vec<Found>) -> Vec<Hit<'r>> {
        let inner = &*self.rules.0;
        let mut hits: Vec<Hit<'_>> = Vec::with_capacity(found.len());
        let mut last = None;
        for Found { rule, by, .. } in found {
            let spans = match by {
                By::Phrase(pattern, ends, piece) => {
                    inner.matcher.spans(pattern, ends, &self.pieces()[piece])
                }
                By::Other(spans) => spans,
            };
            if last == Some(rule) {
                if let Some(hit) = hits.last_mut() {
                    hit.spans.extend(spans);
                }
            } else {
                last = Some(rule);
                hits.push(Hit {
                    rule: &inner.rules[rule as usize],
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

    /// Which of the phrases that cancel this rule stands in the text.
    pub(super) fn cancelling(&self, rule: usize) -> Option<usize> {
        let inner = &*self.rules.0;
        self.pieces().iter().find_map(|piece| {
            let mut unless = inner.codes[rule].unless.iter();
            let there = unless.find(|guard| inner.matcher.is_there(**guard, piece))?;
            Some(inner.matcher.phrase(*there))
        })
    }

    /// Each class of which a word stands in the text, by its name, and where the first of them
    /// begins, in bytes of the text.
    #[must_use]
    pub fn classes(&self) -> Vec<(&'r str, usize)> {
        let inner = &*self.rules.0;
        let mut found: Vec<(&str, usize)> = Vec::new();
        for piece in self.pieces() {
            for (name, class) in &inner.classes {
                if let Some(span) = piece.occurrences(*class).next()
                    && !found.iter().any(|(known, _)| *known == &**name)
                {
                    found.push((name, span.start));
                }
            }
        }
        found
    }

    /// Where words of a class stand, in bytes of the text.
    pub(super) fn words_of(&self, class: Symbol) -> Vec<Range<usize>> {
        let mut spans: Vec<Range<usize>> = Vec::new();
        for span in self.pieces().iter().flat_map(|it| it.occurrences(class)) {
            if spans.last().is_none_or(|last| last.end <= span.start) {
                spans.push(span);
            }
        }
        spans
    }
}

impl Drop for Reading<'_, '_> {
    fn drop(&mut self) {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.shrink();
        // A thread that is ending has no use for it.
        let _ = SPARE.try_with(|spare| spare.set(scratch));
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
