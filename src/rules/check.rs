//! What `portner check` tells: everything wrong or doubtful about a pack, every example tried.

use std::collections::HashSet;

use serde::Serialize;

use super::compile::{self, Built};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::lint;
use super::lowering::Place;
use super::reader::Text;
use super::rule_set::{Hit, Trial};
use super::{Lexicon, Source};
use crate::call::{LineId, bilingual};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Everything, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// How many rules could be compiled.
    pub rules: usize,
    /// How many examples and counter-examples were tried.
    pub examples: usize,
}

impl Report {
    /// Whether the rules can be used.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.errors() == 0
    }

    /// How many errors there are, told one by one or not.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    /// How many warnings there are, told one by one or not.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        let of_it = self.diagnostics.iter();
        let of_it = of_it.filter(|problem| problem.severity == severity);
        of_it.map(|problem| problem.count).sum()
    }
}

/// Compiles the files, looks for what is doubtful, and tries every example and counter-example
/// with the very code that judges calls. Conditions are taken to hold, and drafts are tried too.
/// What an example is meant to show it shows without an owner's words too: one that fails because of
/// what the owner sells or is called is only doubtful.
///
/// A rule with an error is left out, and its examples with it; where classes of words cannot be used, all
/// examples are.
#[must_use]
pub fn check(sources: &[Source], lexicon: &Lexicon) -> Report {
    checked(sources, lexicon, None)
}

/// The same where it is known which lines there are: conditions that name none of them are doubted too.
#[must_use]
pub fn check_for_lines(sources: &[Source], lexicon: &Lexicon, lines: &[LineId]) -> Report {
    checked(sources, lexicon, Some(lines))
}

fn checked(sources: &[Source], lexicon: &Lexicon, lines: Option<&[LineId]>) -> Report {
    let mut built = compile::build(sources, lexicon);
    let mut found = std::mem::take(&mut built.problems);
    lint::lint(&built, &mut found);
    if let Some(lines) = lines {
        lint::unknown_lines(&built, lines, &mut found);
    }
    let (examples, failed) = try_examples(&built);
    // None where nothing can be the fault of the owner's words.
    let alone = (!failed.is_empty() && !lexicon.0.is_empty())
        .then(|| compile::build(sources, &Lexicon::default()));
    let by_themselves: Option<HashSet<_>> = alone.as_ref().map(|alone| {
        let (_, failed) = try_examples(alone);
        failed.iter().map(Failed::place).collect()
    });
    for one in failed {
        let mut problem = one.told(&built);
        let is_at_fault = |places: &HashSet<_>| places.contains(&one.place());
        if !by_themselves.as_ref().is_none_or(is_at_fault) {
            problem.excuse();
        }
        found.push(problem);
    }
    Report {
        diagnostics: found.in_order(sources),
        rules: built.rules.rules().len(),
        examples,
    }
}

impl Diagnostic {
    /// The owner's own words are why: nothing is wrong with the rule.
    fn excuse(&mut self) {
        self.severity = Severity::Warning;
        self.help = Some(bilingual!(
            "det er ordene i din profil, der gør det: uden dem er eksemplet, som det skal være",
            "the words of your profile are why: without them the example is as it should be"
        ));
    }
}

/// An example or counter-example that is not as it should be.
struct Failed<'b> {
    /// The place of its rule.
    at: usize,
    source: &'b Source,
    text: &'b Text,
    /// What hit it, where nothing should.
    hit: Option<Hit<'b>>,
}

/// How many were tried, and what failed.
fn try_examples<'b>(built: &'b Built<'_>) -> (usize, Vec<Failed<'b>>) {
    let mut tried = 0;
    let mut failed = Vec::new();
    if built.lacks_classes {
        return (tried, failed);
    }
    let rules = &built.rules;
    for (at, (rule, (source, written))) in rules.rules().iter().zip(&built.written).enumerate() {
        let texts = written.examples.iter().map(|text| (text, true));
        let counter = written.counter_examples.iter().map(|text| (text, false));
        for (text, wanted) in texts.chain(counter) {
            tried += 1;
            let hits = rules.hits(&text.value, rule.answers[0], Trial::Words);
            let hit = hits.into_iter().find(|hit| hit.rule.id == rule.id);
            if hit.is_some() != wanted {
                failed.push(Failed {
                    at,
                    source,
                    text,
                    hit,
                });
            }
        }
    }
    (tried, failed)
}

impl Failed<'_> {
    /// Where it stands, and whether nothing should have hit it.
    fn place(&self) -> (String, usize, bool) {
        let file = self.source.path.clone();
        (file, self.text.span.start, self.hit.is_some())
    }

    fn told(&self, built: &Built<'_>) -> Diagnostic {
        let rule = &built.rules.rules()[self.at];
        let text = &self.text.value;
        let place = Place {
            source: self.source,
            language: rule.language,
            text: self.text,
        };
        let whole = 0..text.len();
        match &self.hit {
            None => {
                let message = bilingual!(
                    "dette eksempel rammer ikke sin regel “{id}”",
                    "this example does not hit its rule “{id}”",
                    id = rule.id
                );
                place
                    .error(Code::ExampleMissed, whole, message)
                    .help(lint::why_missed(&built.rules, self.at, text))
            }
            Some(hit) => {
                let message = bilingual!(
                    "dette modeksempel rammer reglen “{id}”",
                    "this counter-example hits the rule “{id}”",
                    id = rule.id
                );
                let words: Vec<&str> = hit
                    .spans
                    .iter()
                    .filter_map(|span| text.get(span.clone()))
                    .collect();
                place
                    .error(Code::CounterExampleHit, whole, message)
                    .help(bilingual!(
                        "med ordene: {words}",
                        "by the words: {words}",
                        words = words.join(" … ")
                    ))
            }
        }
    }
}
