//! What the rules found in all answers together, as features: how many points of each kind, in all
//! and by question.

use super::features::{Feature, points};
use super::hash::Fnv;
use crate::call::{EvidenceKind, Question, Reason};

const KINDS: [EvidenceKind; 6] = [
    EvidenceKind::Sell,
    EvidenceKind::Evade,
    EvidenceKind::Scam,
    EvidenceKind::Machine,
    EvidenceKind::Trust,
    EvidenceKind::Protected,
];
const QUESTIONS: usize = 4;

/// What is needed of a rule that was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sign {
    rule: u64,
    kind: EvidenceKind,
    points: u8,
    question: Question,
}

impl Sign {
    /// What is needed of this reason, unless the rule is only on trial.
    pub fn of(reason: &Reason) -> Option<Self> {
        (!reason.shadow).then(|| Self {
            rule: Fnv::of(reason.rule.as_bytes()),
            kind: reason.kind,
            points: reason.points,
            question: reason.question,
        })
    }
}

/// Sums up. A rule counts once, however often it fired.
pub(super) fn sum(signs: impl Iterator<Item = Sign>) -> Vec<Feature> {
    let mut counted: Vec<u64> = Vec::new();
    let mut sums = [[None::<u16>; QUESTIONS]; KINDS.len()];
    for sign in signs {
        if counted.contains(&sign.rule) {
            continue;
        }
        counted.push(sign.rule);
        let sum = &mut sums[sign.kind as usize][sign.question as usize];
        *sum = Some(sum.unwrap_or(0) + u16::from(sign.points));
    }
    let mut features = Vec::with_capacity(KINDS.len() * 2 + counted.len());
    for (kind, sums) in KINDS.into_iter().zip(sums) {
        let all = sums.iter().flatten().sum();
        features.extend(points(kind, 0, all));
        for (place, sum) in (1..).zip(sums) {
            features.extend(sum.into_iter().flat_map(|sum| points(kind, place, sum)));
        }
    }
    features
}
