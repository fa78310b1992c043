//! All by which the callers of a line are judged: one immutable snapshot.

use std::sync::Arc;

use crate::opinion::{Mask, Model};
use crate::rules::{Lexicon, RuleSet};

use super::hints::Hints;
use super::line::{Limits, Line};

/// How a line is screened. A call is judged by one such snapshot at a time.
#[derive(Debug, Clone)]
pub struct Policy {
    /// What the owner settled for the line.
    pub line: Line,
    /// The rules, with the words of the owner's profile in them.
    pub rules: Arc<RuleSet>,
    /// How far screening may go.
    pub limits: Limits,
    /// The words that recognition should expect.
    pub hints: Hints,
    /// The learned second opinion, where the line wants one.
    pub opinion: Option<SecondOpinion>,
}

/// A learned model, and the names of this business that are hidden from it.
#[derive(Debug, Clone)]
pub struct SecondOpinion {
    /// What was learned.
    pub model: Arc<Model>,
    /// The names.
    pub mask: Arc<Mask>,
}

impl Policy {
    /// A policy of these parts.
    #[must_use]
    pub fn new(line: Line, rules: Arc<RuleSet>, limits: Limits) -> Self {
        let opinion = line.opinion.as_ref().map(|model| SecondOpinion {
            model: Arc::clone(model),
            mask: Arc::new(Mask::new(&Lexicon(line.lexicon()))),
        });
        Self {
            hints: Hints::of(&line.profile),
            line,
            rules,
            limits,
            opinion,
        }
    }
}
