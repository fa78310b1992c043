//! What played conversations show: confusion, recall, wrong rejections with their bound.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Conversation, Label, Outcome, Played};

/// Outcomes counted by label.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Table {
    /// How often each label ended in each outcome.
    pub outcomes: BTreeMap<Label, BTreeMap<Outcome, usize>>,
    /// Questions put to legitimate callers, all together.
    questions_to_legitimate: usize,
    /// Conversations whose outcome is not among those that are right.
    pub missed: usize,
}

impl Table {
    /// Counts a played conversation.
    pub fn add(&mut self, conversation: &Conversation, played: &Played) {
        let label = self.outcomes.entry(conversation.label).or_default();
        *label.entry(played.outcome).or_default() += 1;
        if conversation.label.is_legitimate() {
            self.questions_to_legitimate += played.questions;
        }
        if !is_right(conversation, played) {
            self.missed += 1;
        }
    }

    /// How many conversations of these labels ended so; `None` counts all outcomes.
    #[must_use]
    pub fn count(&self, labels: impl Fn(Label) -> bool, outcome: Option<Outcome>) -> usize {
        self.outcomes
            .iter()
            .filter(|(label, _)| labels(**label))
            .flat_map(|(_, outcomes)| outcomes)
            .filter(|(ended, _)| outcome.is_none_or(|wanted| **ended == wanted))
            .map(|(_, count)| count)
            .sum()
    }

    /// The share of conversations of these labels that ended so.
    #[must_use]
    pub fn share(&self, labels: impl Fn(Label) -> bool + Copy, outcome: Outcome) -> Share {
        Share {
            part: self.count(labels, Some(outcome)),
            whole: self.count(labels, None),
        }
    }

    /// Unwanted callers that were kept from the owner's phone.
    #[must_use]
    pub fn unwanted_stopped(&self) -> Share {
        let whole = self.count(Label::is_unwanted, None);
        let through = self.count(Label::is_unwanted, Some(Outcome::Connect))
            + self.count(Label::is_unwanted, Some(Outcome::Ask));
        Share {
            part: whole - through,
            whole,
        }
    }

    /// Legitimate callers that were rejected.
    #[must_use]
    pub fn legitimate_rejected(&self) -> Share {
        self.share(Label::is_legitimate, Outcome::Reject)
    }

    /// The mean number of questions put to a legitimate caller.
    #[must_use]
    pub fn mean_questions(&self) -> f64 {
        let callers = self.count(Label::is_legitimate, None);
        if callers == 0 {
            return 0.0;
        }
        as_f64(self.questions_to_legitimate) / as_f64(callers)
    }
}

/// Whether an outcome is among those that are right.
#[must_use]
pub fn is_right(conversation: &Conversation, played: &Played) -> bool {
    if conversation.accept.is_empty() {
        let rejected = played.outcome == Outcome::Reject;
        return if conversation.label.is_unwanted() {
            played.outcome != Outcome::Connect
        } else {
            !rejected
        };
    }
    conversation.accept.contains(&played.outcome)
}

/// A part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Share {
    /// How many.
    pub part: usize,
    /// Of how many.
    pub whole: usize,
}

impl Share {
    /// The share, from 0 to 1; 0 of nothing.
    #[must_use]
    pub fn value(self) -> f64 {
        if self.whole == 0 {
            0.0
        } else {
            as_f64(self.part) / as_f64(self.whole)
        }
    }

    /// The upper end of the 95 % interval after Wilson (1927), from 0 to 1.
    ///
    /// ```
    /// use portner::evaluation::Share;
    /// let none_of_300 = Share { part: 0, whole: 300 };
    /// assert!((none_of_300.upper_bound() - 0.01264).abs() < 1e-4);
    /// ```
    #[must_use]
    pub fn upper_bound(self) -> f64 {
        if self.whole == 0 {
            return 1.0;
        }
        let z = 1.959_964_f64;
        let n = as_f64(self.whole);
        let p = self.value();
        let centre = p + z * z / (2.0 * n);
        let spread = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
        (centre + spread) / (1.0 + z * z / n)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of conversations are small"
)]
fn as_f64(count: usize) -> f64 {
    count as f64
}
