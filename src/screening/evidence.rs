//! What the reasons of a call add up to.

pub use crate::call::OPINION;
use crate::call::{EvidenceKind, Reason, Score, Slot};
use crate::rules::{HINTS, MOST_BY_HINTS};

/// The tactic of callers who say themselves that they sell.
const ADMITS_SELLING: &str = "P2";
/// The hint of a reason that would fit everybody.
const FITS_EVERYBODY: &str = "H6";
/// A reason in which nothing particular is said.
pub const GENERAL_REASON: &str = "H7";

/// Evidence summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Points by kind.
    pub score: Score,
    /// Different tactics of selling, hints left out.
    pub sell_tactics: u16,
    /// Points of the hints, which all together are one weak sign.
    pub hints: u16,
    /// Whether his reason for calling exactly here would fit everybody.
    pub fits_everybody: bool,
    /// Whether that reason holds nothing to get hold of: no sign by itself, and no point.
    pub general_reason: bool,
    /// Different answers that sold.
    pub sell_turns: u16,
    /// Different answers that evaded.
    pub evade_turns: u16,
    /// Points of trust that name a real errand.
    pub errand: u16,
    /// Points of trust that say why exactly here.
    pub why: u16,
    /// Whether the caller said himself that he sells.
    pub admits: bool,
    /// Points of selling that are only the second opinion's.
    pub opinion: u16,
    /// Whether the caller sounds doubtful to the second opinion.
    pub sounds_doubtful: bool,
    /// Whether he sounds legitimate to it.
    pub sounds_legitimate: bool,
}

/// What a caller gave as his reason for calling exactly here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// He was not asked, or said nothing.
    Nothing,
    /// Few words.
    Little,
    /// So many that there is something particular in them, whether a rule knows it or not.
    Much,
}

impl Evidence {
    /// Sums up. A rule counts once a call, as it first fired; one on trial does not count.
    /// What speaks against a caller counts once for the same words.
    #[must_use]
    pub fn of(reasons: &[Reason]) -> Self {
        let mut evidence = Self::default();
        let mut tactics: Vec<&str> = Vec::new();
        let mut sell_turns: Vec<u16> = Vec::new();
        let mut evade_turns: Vec<u16> = Vec::new();
        let mut hints = 0;
        for (index, reason) in reasons.iter().enumerate() {
            let counted = reasons[..index].iter().any(|one| one.rule == reason.rule);
            let weighs_against = matches!(
                reason.kind,
                EvidenceKind::Sell | EvidenceKind::Evade | EvidenceKind::Scam
            );
            if reason.shadow || counted || (weighs_against && is_idle(index, reasons)) {
                continue;
            }
            let points = u16::from(reason.points);
            let score = &mut evidence.score;
            if reason.rule == OPINION {
                evidence.sounds_doubtful |= reason.kind == EvidenceKind::Sell && points == 0;
                evidence.sounds_legitimate |= reason.kind == EvidenceKind::Trust;
                evidence.opinion += points;
                continue;
            }
            match reason.kind {
                EvidenceKind::Sell if reason.tactic == GENERAL_REASON => {
                    evidence.general_reason = true;
                }
                EvidenceKind::Sell if is_hint(reason) => {
                    hints += points;
                    evidence.fits_everybody |= reason.tactic == FITS_EVERYBODY;
                }
                EvidenceKind::Sell => {
                    score.sell += points;
                    let tactic = if reason.tactic.is_empty() {
                        &reason.rule
                    } else {
                        &reason.tactic
                    };
                    if points > 0 && !tactics.contains(&tactic.as_str()) {
                        tactics.push(tactic);
                    }
                    if points > 0 && !sell_turns.contains(&reason.turn) {
                        sell_turns.push(reason.turn);
                    }
                }
                EvidenceKind::Evade => {
                    score.evade += points;
                    if points > 0 && !evade_turns.contains(&reason.turn) {
                        evade_turns.push(reason.turn);
                    }
                }
                EvidenceKind::Scam => score.scam += points,
                EvidenceKind::Machine => score.machine += points,
                EvidenceKind::Protected => score.protected += points.max(1),
                EvidenceKind::Trust => {
                    score.trust += points;
                    evidence.admits |= reason.tactic == ADMITS_SELLING;
                    if reason.fills.contains(&Slot::What) {
                        evidence.errand += points;
                    }
                    if reason.fills.contains(&Slot::Why) {
                        evidence.why += points;
                    }
                }
            }
        }
        evidence.hints = hints.min(MOST_BY_HINTS.into());
        evidence.score.sell += evidence.hints + evidence.opinion;
        evidence.sell_tactics = count(tactics.len());
        evidence.sell_turns = count(sell_turns.len());
        evidence.evade_turns = count(evade_turns.len());
        evidence
    }

    /// Whether the caller seems to sell at all.
    #[must_use]
    pub fn sells(&self) -> bool {
        self.admits || (self.score.sell >= 2 && self.score.sell > self.errand)
    }

    /// Whether it is clear that he sells without having found out anything, with what he gave as
    /// a reason for calling exactly here.
    pub(super) fn clearly_untargeted(&self, given: Given) -> bool {
        let by_rules = self.sell_by_rules();
        let is_clear = |sell: u16| sell.saturating_sub(self.score.trust) >= 3;
        let no_reason = given == Given::Little || self.fits_everybody;
        let owes = no_reason && (self.score.trust == 0 || self.hints > 0);
        self.why == 0 && is_clear(by_rules) && (self.sells_twice() || owes)
    }

    /// Whether he sells by two tactics or in two answers.
    pub(super) fn sells_twice(&self) -> bool {
        self.sell_tactics >= 2 || self.sell_turns >= 2
    }

    /// Whether something weak points to a seller, and nothing to a real errand.
    pub(super) fn is_doubtful(&self) -> bool {
        let hints = if self.sounds_legitimate {
            self.hints
        } else {
            0
        };
        self.errand == 0
            && (self.score.sell > hints || self.score.evade >= 2 || self.sounds_doubtful)
    }

    /// What rules found of selling.
    pub(super) fn sell_by_rules(&self) -> u16 {
        self.score.sell - self.opinion
    }

    /// Whether nothing but hints speaks against the caller, and his words speak for him.
    pub(super) fn is_welcome(&self) -> bool {
        let Score {
            sell,
            evade,
            scam,
            machine,
            ..
        } = self.score;
        self.sounds_legitimate && !self.admits && sell - self.hints + evade + scam + machine == 0
    }
}

/// Whether a reason adds nothing to a stronger one of its kind: it saw the same words of the same
/// answer, or it is only a hint beside a sign.
fn is_idle(index: usize, reasons: &[Reason]) -> bool {
    let reason = &reasons[index];
    reasons.iter().enumerate().any(|(other_index, other)| {
        let beside = other_index != index
            && !other.shadow
            && other.rule != OPINION
            && other.tactic != GENERAL_REASON
            && other.kind == reason.kind
            && other.turn == reason.turn
            && other.points > 0;
        let stronger =
            other.points > reason.points || (other.points == reason.points && other_index < index);
        let same_words = other.spans.iter().any(|(from, to)| {
            reason
                .spans
                .iter()
                .any(|(own_from, own_to)| own_from < to && from < own_to)
        });
        beside && ((stronger && same_words) || (is_hint(reason) && !is_hint(other)))
    })
}

fn is_hint(reason: &Reason) -> bool {
    reason.tactic.starts_with(HINTS)
}

fn count(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
