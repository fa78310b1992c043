//! What `portner check` tells: everything wrong or doubtful about a pack, every example tried.

use serde::Serialize;

use super::compile::{self, Built};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::lowering::Place;
use super::reader::shorten;
use super::rule_set::Trial;
use super::{Lexicon, RuleSet, Source};

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Everything, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// How many rules there are.
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

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        let is_error = |problem: &&Diagnostic| problem.severity == Severity::Error;
        self.diagnostics.iter().filter(is_error).count()
    }
}

/// Compiles the files, looks for what is doubtful, and tries every example and counter-example
/// with the very code that judges calls.
#[must_use]
pub fn check(sources: &[Source], lexicon: &Lexicon) -> Report {
    let mut built = compile::build(sources, lexicon);
    let examples = try_examples(&mut built);
    Report {
        diagnostics: built.problems,
        rules: built.rules.rules().len(),
        examples,
    }
}

fn try_examples(built: &mut Built<'_>) -> usize {
    let mut tried = 0;
    for (rule, (source, written)) in built.rules.rules().iter().zip(&built.written) {
        let hits = |text: &str| hits(&built.rules, &rule.id, text, written.answers[0]);
        for text in &written.examples {
            tried += 1;
            if !hits(&text.value) {
                let place = Place {
                    source,
                    language: rule.language,
                    text,
                };
                let message = format!("this example does not hit its rule “{}”", rule.id);
                built.problems.push(place.error(
                    Code::ExampleMissed,
                    0..text.value.len(),
                    message,
                ));
            }
        }
        for text in &written.counter_examples {
            tried += 1;
            if hits(&text.value) {
                let place = Place {
                    source,
                    language: rule.language,
                    text,
                };
                let message = format!("this counter-example hits the rule “{}”", rule.id);
                built.problems.push(place.error(
                    Code::CounterExampleHit,
                    0..text.value.len(),
                    message,
                ));
            }
        }
    }
    let _ = shorten;
    tried
}

fn hits(rules: &RuleSet, id: &str, text: &str, question: crate::call::Question) -> bool {
    rules
        .hits(text, question, Trial::Words)
        .iter()
        .any(|hit| hit.rule.id == id)
}
