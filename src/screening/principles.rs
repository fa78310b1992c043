//! The principles by which a verdict falls, in the order in which they count.
//!
//! 1. Words that are never held up connect at once, unless the caller clearly sells.
//! 2. What a rule says directly is done.
//! 3. The signs of fraud, with nothing that speaks for the caller, end the call neutrally; with
//!    something that does, he may leave a message.
//! 4. A recording never rings. It may leave a message; one that sells gets a no.
//! 5. A seller who says why exactly here is let in, or takes a message, as the owner chose.
//! 6. A real errand connects, unless a weak sign of fraud stands beside it that it does not outweigh
//!    by far.
//! 7. Who clearly sells and was asked why exactly here gets a no: by two tactics, in two answers,
//!    or by answering that question with nothing that is true of this business. Everything that
//!    speaks for him counts against it. Nobody gets it before he was asked what it is about.
//! 8. Two answers without content end in a message.
//! 9. What is missing is asked, as long as a question is left: why here only of those who seem to
//!    sell or say nothing, and at last who is calling of those who sound unwanted.
//! 10. When no question is left: who seems to sell, evades or has a weak sign of fraud about him may
//!     leave a message, everybody else is put through.
//!
//! A campaign that the owner refused counts after the second: who says it nearly word for word gets
//! a no where a rule speaks against him too, and may leave a message where none does. The match
//! alone rejects nobody, and anything that speaks for the caller sets it aside.
//!
//! The learned second opinion (`crate::opinion`) weighs the words of all answers and what the rules
//! found in them. Where it is heard, it must agree to a no by 7: hardly anybody who should get
//! through may have sounded so, or it is sure to 90 %, and by the rules he sells by two tactics or
//! in two answers, four points in all. Where it is certain and sure to 99 %, one sign or hint of
//! selling by a rule is enough for that no, or that his reason holds nothing to get hold of, once
//! the caller has answered why exactly here and nothing in that answer is true of this business,
//! unless three points more speak for him than against him. It must be wholly sure where that reason
//! is all there is against him and something speaks for him; where he gave no reason but said what it
//! is about when asked for that, unless two points speak against him and nothing for him; and of a
//! caller who names what the business sells. Short of
//! wholly sure, it wants to hear who is calling first, where a question is left: what a firm is
//! called tells much. Alone it never refuses. A caller who sounds unwanted to it, if not certainly,
//! counts as selling: he is asked, and may leave a message by 10. One who sounds doubtful is asked
//! what and why, a real errand or not, and may leave a message. Where it finds a caller less than
//! half like an unwanted one, a no by 3 becomes a message. One who sounds legitimate, against whom
//! nothing speaks, is put through without more questions. It takes nothing from the words of 1, and
//! makes no recording of 4 a seller.
//!
//! Silence, poor recognition, a foreign language, a withheld number or anger appear nowhere
//! in here, so none of them can reject anybody. Who falls silent when he is asked why exactly here has
//! given no reason: he gets the no of 7 only where he said what it is about, signs of six points speak
//! against him, and nothing speaks for him.

use Decision::Decide;

use super::campaign::is_refused_campaign;
use super::evidence::{Evidence, Given};
use crate::call::{Call, Ground, Leaning, Question, Slot, Treatment};

/// So many points of selling, and none of trust, are a clear sign.
const CLEAR_POINTS: u16 = 2;
/// So many points of selling more than of trust are enough where the opinion is nearly certain.
const MANY_POINTS: u16 = 4;
/// So many points more of an errand or of trust are far more: no ground for a no, however sure the
/// opinion is, and too much to be held up by a weak sign of fraud.
const FAR_MORE: u16 = 3;
/// Nearly certain is an opinion of so many percent.
const VERY_PERCENT: u8 = 90;
/// Sure is one of so many: of a thousand who should get through, hardly one ever sounded so.
const SURE_PERCENT: u8 = 99;
/// Wholly sure is one of so many: percentages are rounded, so 99.5 is.
const WHOLLY_SURE_PERCENT: u8 = 100;
/// A reason of so many words says something particular, whether a rule knows it or not.
const MANY_WORDS: usize = 9;

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

impl Standing<'_> {
    fn may_ask(&self, question: Question) -> bool {
        self.may_ask && !self.call.asked.contains(&question)
    }

    /// The first of these questions that may still be asked.
    fn ask(&self, questions: impl IntoIterator<Item = Question>) -> Option<Decision> {
        let may_be = |question: &Question| self.may_ask(*question);
        questions.into_iter().find(may_be).map(Decision::Ask)
    }

    fn why_was_asked(&self) -> bool {
        self.call.asked.contains(&Question::Why)
    }

    fn what_was_asked(&self) -> bool {
        self.call.asked.contains(&Question::What)
    }

    fn leaning(&self) -> Option<Leaning> {
        self.call.opinion.as_ref().map(|opinion| opinion.leaning)
    }

    /// Whether the second opinion is sure to so many percent that the caller is unwanted.
    fn sounds(&self, percent: u8) -> bool {
        let opinion = self.call.opinion.as_ref();
        opinion.is_some_and(|opinion| opinion.percent >= percent)
    }

    /// Whether he names what the business sells.
    fn names_ours(&self) -> bool {
        let opinion = self.call.opinion.as_ref();
        opinion.is_some_and(|opinion| opinion.names_ours)
    }

    fn is_wholly_sure(&self) -> bool {
        self.sounds(WHOLLY_SURE_PERCENT)
    }

    fn given(&self) -> Given {
        let reason = self.call.slot(Slot::Why).filter(|_| self.why_was_asked());
        match reason.map(|why| why.text.split_whitespace().count()) {
            None => Given::Nothing,
            Some(words) if words < MANY_WORDS => Given::Little,
            Some(_) => Given::Much,
        }
    }
}

/// What one principle has to say of a caller, if it has anything.
type Principle = fn(&Standing<'_>) -> Option<Decision>;

/// In the order in which they count.
const PRINCIPLES: [Principle; 12] = [
    protected_words,
    said_by_a_rule,
    refused_campaign,
    fraud,
    recording,
    targeted_seller,
    real_errand,
    welcome,
    untargeted_selling,
    without_content,
    seems_to_sell,
    something_missing,
];

/// Decides by the principles of this page: the first that has something to say.
#[must_use]
pub fn decide(standing: &Standing<'_>) -> Decision {
    PRINCIPLES
        .iter()
        .find_map(|principle| principle(standing))
        .unwrap_or_else(|| no_question_left(standing))
}

/// Principle 1.
fn protected_words(Standing { evidence, .. }: &Standing<'_>) -> Option<Decision> {
    let is_protected = evidence.score.protected > 0 && evidence.sell_by_rules() < 3;
    is_protected.then_some(Decide(Treatment::Connect, Ground::Protected))
}

/// Principle 2. Of several rules the kindest counts.
fn said_by_a_rule(Standing { call, evidence, .. }: &Standing<'_>) -> Option<Decision> {
    let in_force = call.reasons.iter().filter(|reason| !reason.shadow);
    let treatment = in_force.filter_map(|reason| reason.action).min()?;
    let is_protected = treatment == Treatment::Reject && evidence.score.protected > 0;
    (!is_protected).then_some(Decide(treatment, Ground::Rule))
}

/// The campaigns that the owner refused.
fn refused_campaign(Standing { call, evidence, .. }: &Standing<'_>) -> Option<Decision> {
    let score = evidence.score;
    let is_one = call.reasons.iter().any(is_refused_campaign);
    if !is_one || score.trust > 0 || score.protected > 0 {
        return None;
    }
    let against = evidence.sell_by_rules() + score.evade + score.scam + score.machine;
    let treatment = if against > 0 {
        Treatment::Reject
    } else {
        Treatment::Message
    };
    Some(Decide(treatment, Ground::RefusedCampaign))
}

/// Principle 3.
fn fraud(standing: &Standing<'_>) -> Option<Decision> {
    let score = standing.evidence.score;
    if score.scam < 3 {
        return None;
    }
    let opinion_objects = matches!(
        standing.leaning(),
        Some(Leaning::Unclear | Leaning::Legitimate)
    );
    let something_for_him = score.trust > 0 || score.protected > 0 || opinion_objects;
    let treatment = if something_for_him {
        Treatment::Message
    } else {
        Treatment::Reject
    };
    Some(Decide(treatment, Ground::Fraud))
}

/// Principle 4.
fn recording(Standing { evidence, .. }: &Standing<'_>) -> Option<Decision> {
    let score = evidence.score;
    if score.machine < 3 {
        return None;
    }
    let sells = (evidence.sell_by_rules() >= 2 || score.scam >= 1) && score.trust == 0;
    let treatment = if sells && score.protected == 0 {
        Treatment::Reject
    } else {
        Treatment::Message
    };
    Some(Decide(treatment, Ground::Machine))
}

/// Principle 5.
fn targeted_seller(standing: &Standing<'_>) -> Option<Decision> {
    let knows_why = standing.evidence.sells() && standing.evidence.why >= 2;
    knows_why.then_some(Decide(standing.targeted_sellers, Ground::TargetedSeller))
}

/// Whether the errand does not outweigh by far what little there is of fraud.
fn fraud_weighs(evidence: &Evidence) -> bool {
    evidence.score.scam > 0 && evidence.errand < evidence.score.scam + FAR_MORE
}

/// Principle 6. Who sounds doubtful is asked first, what and why.
fn real_errand(standing: &Standing<'_>) -> Option<Decision> {
    let evidence = &standing.evidence;
    if evidence.errand < 2 || evidence.sells() || fraud_weighs(evidence) {
        return None;
    }
    let is_suspect = evidence.sounds_doubtful || evidence.opinion > 0;
    let what = evidence.sounds_doubtful.then_some(Question::What);
    let why = is_suspect.then_some(Question::Why);
    if let Some(question) = standing.ask(what.into_iter().chain(why)) {
        return Some(question);
    }
    if evidence.opinion > 0 {
        return None;
    }
    Some(if evidence.sounds_doubtful && standing.why_was_asked() {
        Decide(Treatment::Message, Ground::UnclearSelling)
    } else {
        Decide(Treatment::Connect, Ground::Errand)
    })
}

/// Who sounds legitimate to the second opinion, and has nothing against him.
fn welcome(Standing { evidence, .. }: &Standing<'_>) -> Option<Decision> {
    let is_welcome = evidence.is_welcome();
    is_welcome.then_some(Decide(Treatment::Connect, Ground::BenefitOfDoubt))
}

/// Principle 7.
fn untargeted_selling(standing: &Standing<'_>) -> Option<Decision> {
    let is_protected = standing.evidence.score.protected > 0;
    if !standing.why_was_asked() || is_protected || !is_untargeted(standing) {
        return None;
    }
    let no = Decide(Treatment::Reject, Ground::UntargetedSelling);
    let is_settled = standing.leaning().is_none() || standing.is_wholly_sure();
    let who = (!is_settled).then_some(Question::Who);
    let questions = [Question::What].into_iter().chain(who);
    standing
        .ask(questions)
        .or_else(|| standing.what_was_asked().then_some(no))
}

/// Whether the rules and the second opinion agree that he sells without having found out anything.
/// The less the rules found, the surer the opinion must be.
fn is_untargeted(standing: &Standing<'_>) -> bool {
    let Standing { evidence, .. } = standing;
    let given = standing.given();
    let by_rules = evidence.clearly_untargeted(given);
    match standing.leaning() {
        None => by_rules,
        Some(Leaning::Certain) => {
            let enough = sure_enough(standing, given);
            by_rules || enough.is_some_and(|percent| standing.sounds(percent))
        }
        Some(Leaning::Unwanted) => {
            let by_many_points = by_rules
                && evidence.sells_twice()
                && evidence.sell_by_rules() >= evidence.score.trust + MANY_POINTS
                && standing.sounds(VERY_PERCENT);
            let though_ours = standing.names_ours() && standing.is_wholly_sure();
            by_many_points || (though_ours && sure_enough(standing, given).is_some())
        }
        Some(_) => false,
    }
}

/// How many percent sure the second opinion must be, where the rules found too little for a no; none
/// is enough where they found nothing, or far more for him, or that a part of his reason is true of this
/// business.
fn sure_enough(standing: &Standing<'_>, given: Given) -> Option<u8> {
    let Standing { call, evidence, .. } = standing;
    let sell = evidence.sell_by_rules();
    let trust = evidence.score.trust;
    let is_outweighed = trust >= sell + FAR_MORE;
    let unless_wholly = |is_clear| {
        if is_clear {
            SURE_PERCENT
        } else {
            WHOLLY_SURE_PERCENT
        }
    };
    match given {
        _ if evidence.why > 0 || is_outweighed => None,
        Given::Nothing => {
            let said_what = standing.what_was_asked() && call.slot(Slot::What).is_some();
            let is_clear = sell >= CLEAR_POINTS && trust == 0;
            (sell > 0 && said_what).then(|| unless_wholly(is_clear))
        }
        _ if sell > 0 => Some(SURE_PERCENT),
        _ => evidence.general_reason.then(|| unless_wholly(trust == 0)),
    }
}

/// Principle 8.
fn without_content(Standing { evidence, .. }: &Standing<'_>) -> Option<Decision> {
    let evades = evidence.score.evade >= 4 && evidence.evade_turns >= 2 && !evidence.sells();
    evades.then_some(Decide(Treatment::Message, Ground::Evasive))
}

/// Principles 9 and 10 for those who seem to sell.
fn seems_to_sell(standing: &Standing<'_>) -> Option<Decision> {
    if !standing.evidence.sells() {
        return None;
    }
    let questions = if standing.call.slot(Slot::What).is_some() {
        [Question::Why, Question::What]
    } else {
        [Question::What, Question::Why]
    };
    let who = (standing.evidence.opinion > 0).then_some(Question::Who);
    let message = Decide(Treatment::Message, Ground::UnclearSelling);
    let question = standing.ask(questions.into_iter().chain(who));
    Some(question.unwrap_or(message))
}

/// Principle 9.
fn something_missing(standing: &Standing<'_>) -> Option<Decision> {
    let is_doubtful = standing.evidence.is_doubtful();
    let slots = if is_doubtful {
        [Slot::What, Slot::Why]
    } else {
        [Slot::What, Slot::Who]
    };
    let is_missing = |slot: &Slot| standing.call.slot(*slot).is_none();
    let missing = slots.into_iter().filter(is_missing).map(Slot::question);
    // What it is about is asked of the doubtful even where they seem to have said it.
    standing.ask(missing.chain(is_doubtful.then_some(Question::What)))
}

/// Principle 10.
fn no_question_left(Standing { evidence, .. }: &Standing<'_>) -> Decision {
    if evidence.score.scam > 0 {
        return Decide(Treatment::Message, Ground::Fraud);
    }
    if !evidence.is_doubtful() && evidence.opinion == 0 {
        return Decide(Treatment::Connect, Ground::BenefitOfDoubt);
    }
    let ground = if evidence.score.sell > 0 || evidence.sounds_doubtful {
        Ground::UnclearSelling
    } else {
        Ground::Evasive
    };
    Decide(Treatment::Message, ground)
}
