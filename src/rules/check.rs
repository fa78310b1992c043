//! What `portner check` tells: everything wrong or doubtful about a pack, every example tried.

use serde::Serialize;

use super::compile::{self, Built};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::lint;
use super::lowering::Place;
use super::rule_set::Trial;
use super::{Lexicon, Source};
use crate::call::bilingual;

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

    /// How many errors there are; the rest are warnings.
    #[must_use]
    pub fn errors(&self) -> usize {
        let is_error = |problem: &&Diagnostic| problem.severity == Severity::Error;
        self.diagnostics.iter().filter(is_error).count()
    }
}

/// Compiles the files, looks for what is doubtful, and tries every example and counter-example
/// with the very code that judges calls. Conditions are taken to hold, and drafts are tried too.
/// What an example is meant to show it shows without an owner's words too: one that fails because of
/// what the owner sells or is called is only doubtful.
///
/// A rule with an error is left out, and its examples with it.
#[must_use]
pub fn check(sources: &[Source], lexicon: &Lexicon) -> Report {
    let mut built = compile::build(sources, lexicon);
    let lints = lint::lint(&built);
    let (examples, mut failed) = try_examples(&built);
    if !failed.is_empty() && !lexicon.0.is_empty() {
        let alone = compile::build(sources, &Lexicon::default());
        let (_, by_themselves) = try_examples(&alone);
        for problem in &mut failed {
            if !by_themselves.iter().any(|other| other.is_at(problem)) {
                problem.excuse();
            }
        }
    }
    let mut diagnostics = std::mem::take(&mut built.problems);
    diagnostics.extend(lints);
    diagnostics.extend(failed);
    compile::sort(&mut diagnostics, sources);
    Report {
        diagnostics,
        rules: built.rules.rules().len(),
        examples,
    }
}

impl Diagnostic {
    /// Whether it is about the same text.
    fn is_at(&self, other: &Self) -> bool {
        (self.code, &self.file, &self.span) == (other.code, &other.file, &other.span)
    }

    /// The owner's own words are why: nothing is wrong with the rule.
    fn excuse(&mut self) {
        self.severity = Severity::Warning;
        self.help = Some(bilingual!(
            "det er ordene i din profil, der gør det: uden dem er eksemplet, som det skal være",
            "the words of your profile are why: without them the example is as it should be"
        ));
    }
}

/// How many were tried, and what failed.
fn try_examples(built: &Built<'_>) -> (usize, Vec<Diagnostic>) {
    let mut tried = 0;
    let mut failed = Vec::new();
    let rules = &built.rules;
    for (at, (rule, (source, written))) in rules.rules().iter().zip(&built.written).enumerate() {
        let texts = written.examples.iter().map(|text| (text, true));
        let counter = written.counter_examples.iter().map(|text| (text, false));
        for (text, wanted) in texts.chain(counter) {
            tried += 1;
            let hits = rules.hits(&text.value, rule.answers[0], Trial::Words);
            let hit = hits.iter().find(|hit| hit.rule.id == rule.id);
            if hit.is_some() == wanted {
                continue;
            }
            let place = Place {
                source,
                language: rule.language,
                text,
            };
            let whole = 0..text.value.len();
            failed.push(match hit {
                None => {
                    let message = bilingual!(
                        "dette eksempel rammer ikke sin regel “{id}”",
                        "this example does not hit its rule “{id}”",
                        id = rule.id
                    );
                    place
                        .error(Code::ExampleMissed, whole, message)
                        .help(lint::why_missed(rules, at, &text.value))
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
                        .filter_map(|span| text.value.get(span.clone()))
                        .collect();
                    place
                        .error(Code::CounterExampleHit, whole, message)
                        .help(bilingual!(
                            "med ordene: {words}",
                            "by the words: {words}",
                            words = words.join(" … ")
                        ))
                }
            });
        }
    }
    (tried, failed)
}
