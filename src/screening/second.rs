//! Asks the learned second opinion after each answer, and turns it into one reason.

use super::Doorman;
use super::principles::OPINION;
use crate::call::{EvidenceKind, Heavy, Leaning, Opinion, Question, Reason, Utterance};

/// What a caller who sounds unwanted weighs: less than a rejection needs.
const POINTS: u8 = 2;

impl Doorman<'_> {
    /// Hears the answer too, where the line wants that. What was said of earlier answers is
    /// replaced: there is one opinion a call.
    pub(super) fn consult(&mut self, question: Question, utterance: &Utterance) {
        let Some(second) = &self.policy.opinion else {
            return;
        };
        let before = self.call.opinion.take();
        let opinion = second
            .model
            .hear(before, question, &utterance.text, &second.mask);
        self.call.reasons.retain(|reason| reason.rule != OPINION);
        self.call.reasons.extend(self.sounds(&opinion, question));
        self.call.opinion = Some(opinion);
    }

    fn sounds(&self, opinion: &Opinion, question: Question) -> Option<Reason> {
        let language = self.policy.line.languages.greeting();
        let (kind, points, name) = match opinion.leaning {
            Leaning::Unwanted => (
                EvidenceKind::Sell,
                POINTS,
                language.choose("Lyder som et salgsopkald", "Sounds like a sales call"),
            ),
            Leaning::Doubtful => (
                EvidenceKind::Sell,
                0,
                language.choose(
                    "Lyder nok som et salgsopkald",
                    "Sounds rather like a sales call",
                ),
            ),
            Leaning::Legitimate => (
                EvidenceKind::Trust,
                0,
                language.choose("Lyder som et ærinde", "Sounds like an errand"),
            ),
            Leaning::Unclear => return None,
        };
        let against = kind == EvidenceKind::Sell;
        let says = |heavy: &&Heavy| (heavy.weight > 0) == against;
        Some(Reason {
            rule: OPINION.to_owned(),
            name: format!("{name} ({} %)", opinion.percent),
            tactic: OPINION.to_owned(),
            kind,
            points,
            turn: self.call.turn,
            question,
            words: opinion
                .words
                .iter()
                .filter(says)
                .map(|heavy| heavy.word.clone())
                .collect(),
            spans: Vec::new(),
            fills: Vec::new(),
            action: None,
            shadow: false,
        })
    }
}
