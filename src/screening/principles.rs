//! The principles by which a verdict falls, in the order in which they count.
//!
//! 1. Words that are never held up connect at once, unless the caller clearly sells.
//! 2. What a rule says directly is done.
//! 3. The signs of fraud, with nothing that speaks for the caller, end the call neutrally; with
//!    something that does, he may leave a message.
//! 4. A recording never rings. It may leave a message; one that sells gets a no.
//! 5. A seller who says why exactly here is let in, or takes a message, as the owner chose.
//! 6. A real errand connects.
//! 7. Who clearly sells and was asked why exactly here gets a no: by two tactics, in two answers,
//!    or by answering that question with nothing that is true of this business. Everything that
//!    speaks for him counts against it. Nobody gets it before he was asked what it is about.
//! 8. Two answers without content end in a message.
//! 9. What is missing is asked, as long as a question is left: why here only of those who seem to
//!    sell or say nothing.
//! 10. When no question is left: who seems to sell or evades may leave a message, everybody else
//!     is put through.
//!
//! A campaign that the owner refused counts after the second: who says it nearly word for word gets
//! a no where a rule speaks against him too, and may leave a message where none does. The match
//! alone rejects nobody, and anything that speaks for the caller sets it aside.
//!
//! The learned second opinion (`crate::opinion`) weighs the words of all answers and what the rules
//! found in them. Where it is heard, it must agree to a no by 7: hardly anybody who should get
//! through may have sounded so, or it is sure to 90 %, and by the rules he sells by two tactics or in
//! two answers, four points in all. Where it is certain and sure to 99 %, one sign or hint of selling
//! by a rule is enough for that no, once the caller has answered why exactly here. It must be wholly
//! sure where something speaks for him, or where the rules have nothing against him but that his
//! reason holds nothing to get hold of. Alone it never refuses. A caller who sounds unwanted to it,
//! if not certainly, counts as selling: he is asked, and may leave a message by 10. One who sounds
//! doubtful is asked what and why, a real errand or not, and may leave a message. Where it finds a
//! caller less than half like an unwanted one, a no by 3 becomes a message. One who sounds
//! legitimate, against whom nothing speaks, is put through without more questions. It takes nothing
//! from the words of 1, and makes no recording of 4 a seller.
//!
//! Silence, poor recognition, a foreign language, a withheld number or anger appear nowhere
//! in here, so none of them can reject anybody.

use super::campaign::is_refused_campaign;
use crate::call::{Call, EvidenceKind, Ground, Leaning, Question, Reason, Score, Slot, Treatment};

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

/// The rule id and the tactic of the second opinion.
pub const OPINION: &str = "opinion";

/// The tactic of callers who say themselves that they sell.
const ADMITS_SELLING: &str = "P2";
/// The group of weak signs: beside a stronger sign in the same answer they do not count.
const HINTS: char = 'H';
/// The hint of a reason that would fit everybody.
const FITS_EVERYBODY: &str = "H6";
/// A reason in which nothing particular is said.
pub const GENERAL_REASON: &str = "H7";
/// All hints of a call together are one weak sign of so many points.
const MOST_BY_HINTS: u16 = 2;
/// So many points of selling more than of trust are enough where the opinion is nearly certain.
const MANY_POINTS: u16 = 4;
/// Nearly certain is an opinion of so many percent.
const VERY_PERCENT: u8 = 90;
/// Sure is one of so many: of a thousand who should get through, hardly one ever sounded so.
const SURE_PERCENT: u8 = 99;
/// Wholly sure is one of so many: percentages are rounded, so 99.5 is.
const WHOLLY_SURE_PERCENT: u8 = 100;
/// A reason of so many words says something particular, whether a rule knows it or not.
const MANY_WORDS: usize = 9;

impl Evidence {
    /// Sums up. A rule counts once a call, however often it fired; one on trial does not count.
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
        evidence.hints = hints.min(MOST_BY_HINTS);
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
    fn clearly_untargeted(&self, given: Given) -> bool {
        let by_rules = self.sell_by_rules();
        let is_clear = |sell: u16| sell.saturating_sub(self.score.trust) >= 3;
        let no_reason = given == Given::Little || self.fits_everybody;
        let owes = no_reason && (self.score.trust == 0 || self.hints > 0);
        self.why == 0 && is_clear(by_rules) && (self.sells_twice() || owes)
    }

    /// Whether he sells by two tactics or in two answers.
    fn sells_twice(&self) -> bool {
        self.sell_tactics >= 2 || self.sell_turns >= 2
    }

    /// Whether something weak points to a seller, and nothing to a real errand.
    fn is_doubtful(&self) -> bool {
        let hints = if self.sounds_legitimate {
            self.hints
        } else {
            0
        };
        self.errand == 0
            && (self.score.sell > hints || self.score.evade >= 2 || self.sounds_doubtful)
    }

    /// What rules found of selling.
    fn sell_by_rules(&self) -> u16 {
        self.score.sell - self.opinion
    }

    /// Whether nothing but hints speaks against the caller, and his words speak for him.
    fn is_welcome(&self) -> bool {
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

/// What a caller gave as his reason for calling exactly here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    /// He was not asked, or said nothing.
    Nothing,
    /// Few words.
    Little,
    /// So many that there is something particular in them, whether a rule knows it or not.
    Much,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Ask this.
    Ask(Question),
    /// It is decided.
    Decide(Treatment, Ground),
}

/// What is known when a decision is due.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The call so far.
    pub call: &'a Call,
    /// Its evidence.
    pub evidence: Evidence,
    /// Whether another question may be asked.
    pub may_ask: bool,
    /// What becomes of a seller who knows why he calls exactly here.
    pub targeted_sellers: Treatment,
}

/// What the rules that fired say directly; the kindest of them counts.
fn direct(reasons: &[Reason]) -> Option<Treatment> {
    reasons
        .iter()
        .filter(|reason| !reason.shadow)
        .filter_map(|reason| reason.action)
        .min()
}

/// Decides by the principles of this page.
#[must_use]
pub fn decide(standing: &Standing<'_>) -> Decision {
    use Decision::{Ask, Decide};
    let Standing { call, evidence, .. } = standing;
    let score = evidence.score;
    let may_ask = |question| standing.may_ask && !call.asked.contains(&question);
    let why_was_asked = call.asked.contains(&Question::Why);
    let leaning = call.opinion.as_ref().map(|opinion| opinion.leaning);
    let opinion_objects = matches!(leaning, Some(Leaning::Unclear | Leaning::Legitimate));

    if score.protected > 0 && evidence.sell_by_rules() < 3 {
        return Decide(Treatment::Connect, Ground::Protected);
    }
    if let Some(treatment) = direct(&call.reasons)
        && !(treatment == Treatment::Reject && score.protected > 0)
    {
        return Decide(treatment, Ground::Rule);
    }
    let refused = call.reasons.iter().any(is_refused_campaign);
    if refused && score.trust == 0 && score.protected == 0 {
        let against = evidence.sell_by_rules() + score.evade + score.scam + score.machine;
        let treatment = if against > 0 {
            Treatment::Reject
        } else {
            Treatment::Message
        };
        return Decide(treatment, Ground::RefusedCampaign);
    }
    if score.scam >= 3 {
        let nothing_for_him = score.trust == 0 && score.protected == 0 && !opinion_objects;
        return Decide(
            if nothing_for_him {
                Treatment::Reject
            } else {
                Treatment::Message
            },
            Ground::Fraud,
        );
    }
    if score.machine >= 3 {
        let sells = (evidence.sell_by_rules() >= 2 || score.scam >= 1) && score.trust == 0;
        return Decide(
            if sells && score.protected == 0 {
                Treatment::Reject
            } else {
                Treatment::Message
            },
            Ground::Machine,
        );
    }
    if evidence.sells() && evidence.why >= 2 {
        return Decide(standing.targeted_sellers, Ground::TargetedSeller);
    }
    if evidence.errand >= 2 && !evidence.sells() && score.scam == 0 {
        if evidence.sounds_doubtful && may_ask(Question::What) {
            return Ask(Question::What);
        }
        let is_suspect = evidence.sounds_doubtful || evidence.opinion > 0;
        if is_suspect && may_ask(Question::Why) {
            return Ask(Question::Why);
        }
        if evidence.opinion == 0 {
            return if evidence.sounds_doubtful && why_was_asked {
                Decide(Treatment::Message, Ground::UnclearSelling)
            } else {
                Decide(Treatment::Connect, Ground::Errand)
            };
        }
    }
    if evidence.is_welcome() {
        return Decide(Treatment::Connect, Ground::BenefitOfDoubt);
    }
    let given = match call.slot(Slot::Why).filter(|_| why_was_asked) {
        None => Given::Nothing,
        Some(why) if why.text.split_whitespace().count() < MANY_WORDS => Given::Little,
        Some(_) => Given::Much,
    };
    let by_rules = evidence.clearly_untargeted(given);
    let sounds = |percent| {
        call.opinion
            .as_ref()
            .is_some_and(|opinion| opinion.percent >= percent)
    };
    let untargeted = match leaning {
        None => by_rules,
        Some(Leaning::Certain) => {
            let has_sign = evidence.sell_by_rules() > 0;
            let needed = if has_sign && score.trust == 0 {
                SURE_PERCENT
            } else {
                WHOLLY_SURE_PERCENT
            };
            let enough = (has_sign || evidence.general_reason) && sounds(needed);
            by_rules || (given != Given::Nothing && enough)
        }
        Some(Leaning::Unwanted) => {
            by_rules
                && evidence.sells_twice()
                && evidence.sell_by_rules() >= score.trust + MANY_POINTS
                && sounds(VERY_PERCENT)
        }
        Some(_) => false,
    };
    if untargeted && score.protected == 0 && (why_was_asked || !standing.may_ask) {
        if may_ask(Question::What) {
            return Ask(Question::What);
        }
        return Decide(Treatment::Reject, Ground::UntargetedSelling);
    }
    if score.evade >= 4 && evidence.evade_turns >= 2 && !evidence.sells() {
        return Decide(Treatment::Message, Ground::Evasive);
    }
    if evidence.sells() {
        let knows_what = call.slot(Slot::What).is_some();
        if !knows_what && may_ask(Question::What) {
            return Ask(Question::What);
        }
        if may_ask(Question::Why) {
            return Ask(Question::Why);
        }
        if may_ask(Question::What) {
            return Ask(Question::What);
        }
        return Decide(Treatment::Message, Ground::UnclearSelling);
    }
    let next = if evidence.is_doubtful() {
        [Slot::What, Slot::Why]
    } else {
        [Slot::What, Slot::Who]
    };
    let missing = next
        .into_iter()
        .find(|slot| call.slot(*slot).is_none() && may_ask(slot.question()));
    if let Some(slot) = missing {
        return Ask(slot.question());
    }
    if evidence.is_doubtful() && may_ask(Question::What) {
        return Ask(Question::What);
    }
    if score.scam > 0 {
        return Decide(Treatment::Message, Ground::Fraud);
    }
    if evidence.is_doubtful() || evidence.opinion > 0 {
        let ground = if score.sell > 0 || evidence.sounds_doubtful {
            Ground::UnclearSelling
        } else {
            Ground::Evasive
        };
        return Decide(Treatment::Message, ground);
    }
    Decide(Treatment::Connect, Ground::BenefitOfDoubt)
}
