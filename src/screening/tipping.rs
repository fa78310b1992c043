//! What would have tipped a verdict: the same principles, asked once more with one thing changed.
//! Pure; nothing here decides about a caller.

use serde::Serialize;

use super::Policy;
use super::evidence::{Evidence, OPINION};
use super::language::is_clear;
use super::principles::{Decision, Standing, decide};
use crate::call::{
    Answer, Bilingual, Call, CallEvent, Entry, EvidenceKind, Filled, Ground, Instruction, Language,
    Question, Reason, Slot, Stage, Treatment, Verdict,
};

/// One change, and what would have come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// What is thought to be different.
    pub change: Change,
    /// What would have become of the caller; nothing where he would have been asked once more.
    pub then: Option<Treatment>,
}

/// What is thought to be different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// This rule had not fired.
    Without {
        /// Its id.
        rule: String,
        /// What it is called by whoever reads.
        name: Bilingual,
    },
    /// The caller had said this of himself, clearly enough for two points of trust.
    Said(Slot),
    /// A clear sign of selling had come on top.
    Sold,
}

/// A tip as it is told to people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Told {
    /// The rule that is thought away, if one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What would have become of the caller; nothing where he would have been asked once more.
    pub then: Option<Treatment>,
    /// As a sentence in Danish.
    pub da: String,
    /// As a sentence in English.
    pub en: String,
}

impl Tip {
    /// As it is told.
    #[must_use]
    pub fn told(&self) -> Told {
        let rule = match &self.change {
            Change::Without { rule, .. } => Some(rule.clone()),
            Change::Said(_) | Change::Sold => None,
        };
        Told {
            rule,
            then: self.then,
            da: self.sentence(Language::Da),
            en: self.sentence(Language::En),
        }
    }

    /// In a sentence.
    #[must_use]
    pub fn sentence(&self, language: Language) -> String {
        let change = match &self.change {
            Change::Without { name, .. } => {
                let name = name.told_in(language);
                language.choose(format!("Uden “{name}”"), format!("Without “{name}”"))
            }
            Change::Said(Slot::Why) => language
                .choose(
                    "Med en grund til at ringe netop hertil",
                    "With a reason to call exactly here",
                )
                .to_owned(),
            Change::Said(_) => language
                .choose("Med et klart, rigtigt ærinde", "With a clear, real errand")
                .to_owned(),
            Change::Sold => language
                .choose(
                    "Med endnu et klart tegn på salg",
                    "With one more clear sign of selling",
                )
                .to_owned(),
        };
        let then = match self.then {
            Some(Treatment::Connect) => {
                language.choose("havde telefonen ringet", "the phone would have rung")
            }
            Some(Treatment::Message) => language.choose(
                "var det blevet til en besked",
                "it would have been a message",
            ),
            Some(Treatment::Reject) => {
                language.choose("var det blevet et nej", "it would have been a no")
            }
            None => language.choose(
                "var der spurgt én gang til",
                "one more question would have been asked",
            ),
        };
        // A Danish clause that begins with its verb goes on from what comes before it.
        language.choose(format!("{change} {then}."), format!("{change}: {then}."))
    }
}

/// The single changes that would have decided what is still open: a question would be asked next.
#[must_use]
pub fn tips_so_far(policy: &Policy, call: &Call) -> Vec<Tip> {
    if call.verdict.is_some() {
        return tips(policy, call);
    }
    let targeted = policy.line.targeted_sellers.treatment();
    let call = &without_the_pending_question(call);
    if matches!(decided(call, true, targeted), Decision::Decide(..)) {
        return Vec::new();
    }
    let tip = |(change, changed): (Change, Call)| match decided(&changed, true, targeted) {
        Decision::Decide(treatment, _) => Some(Tip {
            change,
            then: Some(treatment),
        }),
        Decision::Ask(_) => None,
    };
    candidates(call).into_iter().filter_map(tip).collect()
}

/// The call as it was judged: what was put since has no answer yet.
fn without_the_pending_question(call: &Call) -> Call {
    let mut call = call.clone();
    if let Stage::Asking { question, .. } = call.stage {
        call.asked.retain(|asked| *asked != question);
    }
    call
}

/// The single changes that would have led elsewhere. None where words did not decide, as with a
/// number on a list.
#[must_use]
pub fn tips(policy: &Policy, call: &Call) -> Vec<Tip> {
    let Some(verdict) = &call.verdict else {
        return Vec::new();
    };
    let targeted = policy.line.targeted_sellers.treatment();
    let left = Left::when_decided(policy, call);
    // Where the limits were others then, what they left shows in what was decided.
    let Some(may_ask) = [left.may_ask(), !left.may_ask()]
        .into_iter()
        .find(|may_ask| decided(call, *may_ask, targeted) == fell(verdict))
    else {
        return Vec::new();
    };
    let was = verdict.would_have.unwrap_or(verdict.treatment);
    candidates(call)
        .into_iter()
        .filter_map(|(change, changed)| {
            let then = left.then(decided(&changed, may_ask, targeted));
            (then != Some(was)).then_some(Tip { change, then })
        })
        .collect()
}

/// What was left when a call was decided.
#[derive(Debug, Clone, Copy)]
struct Left {
    /// Whether another question might have been put.
    question: bool,
    /// Whether the caller might have been spoken to once more.
    turn: bool,
    /// Whether it was decided by an answer; else by silence, which is ground for a no alone.
    answered: bool,
}

impl Left {
    fn when_decided(policy: &Policy, call: &Call) -> Self {
        let question = policy.limits.leave_a_question(&call.asked);
        let Some((turns, answer, entry)) = answer_that_decided(call) else {
            return Self {
                question,
                turn: true,
                answered: true,
            };
        };
        let seconds = entry.at.duration_since(call.started_at).as_secs();
        Self {
            question,
            turn: policy.limits.leave_a_turn(turns, seconds),
            answered: match answer {
                // Speech without any words was struck out since.
                Answer::Speech(words) => words.text.is_empty() || is_clear(words),
                Answer::Key(_) | Answer::Silence => false,
            },
        }
    }

    fn may_ask(self) -> bool {
        self.question && self.turn && self.answered
    }

    /// What becomes of a caller of whom this is decided; nothing where he is asked once more.
    fn then(self, decision: Decision) -> Option<Treatment> {
        match decision {
            Decision::Ask(_) => None,
            // Who says nothing and gets no no is offered keys.
            Decision::Decide(Treatment::Connect | Treatment::Message, _) if !self.answered => {
                (!self.turn).then_some(Treatment::Message)
            }
            Decision::Decide(treatment, _) => Some(treatment),
        }
    }
}

/// The last answer that is none to a no, with its turn.
fn answer_that_decided(call: &Call) -> Option<(u16, &Answer, &Entry)> {
    let is_refused = call
        .verdict
        .as_ref()
        .is_some_and(|verdict| verdict.treatment == Treatment::Reject);
    // A no waits for an answer, and what is said to it is followed by nothing more.
    let is_asked = |entry: &&Entry| matches!(entry.instructions[..], [.., Instruction::Ask { .. }]);
    let entries = call.timeline.iter().rev();
    entries
        .filter(|entry| !is_refused || is_asked(entry))
        .find_map(heard)
}

fn heard(entry: &Entry) -> Option<(u16, &Answer, &Entry)> {
    match &entry.event {
        CallEvent::Heard { turn, answer } => Some((*turn, answer, entry)),
        _ => None,
    }
}

fn fell(verdict: &Verdict) -> Decision {
    let treatment = verdict.would_have.unwrap_or(verdict.treatment);
    Decision::Decide(treatment, verdict.ground)
}

fn decided(call: &Call, may_ask: bool, targeted_sellers: Treatment) -> Decision {
    decide(&Standing {
        call,
        evidence: Evidence::of(&call.reasons),
        may_ask,
        targeted_sellers,
    })
}

fn candidates(call: &Call) -> Vec<(Change, Call)> {
    let mut found: Vec<(Change, Call)> = Vec::new();
    for reason in call.reasons.iter().filter(|reason| !reason.shadow) {
        let change = Change::Without {
            rule: reason.rule.clone(),
            name: Bilingual::of(|language| reason.told(call.opinion.as_ref(), language)),
        };
        if found.iter().all(|(known, _)| *known != change) {
            let mut without = call.clone();
            without.reasons.retain(|own| own.rule != reason.rule);
            if reason.rule == OPINION {
                // The principles look at how sure it is too, not at its reason alone.
                without.opinion = None;
            }
            found.push((change, without));
        }
    }
    let ground = call.verdict.as_ref().map(|verdict| verdict.ground);
    for slot in [Slot::What, Slot::Why] {
        let mut with = call.clone();
        with.reasons
            .push(imagined(call, EvidenceKind::Trust, 2, Some(slot)));
        with.slots.retain(|filled| filled.slot != slot);
        with.slots.push(Filled {
            slot,
            text: String::new(),
            specificity: 3,
        });
        found.push((Change::Said(slot), with));
    }
    if ground != Some(Ground::Protected) {
        let mut with = call.clone();
        with.reasons
            .push(imagined(call, EvidenceKind::Sell, 3, None));
        found.push((Change::Sold, with));
    }
    found
}

fn imagined(call: &Call, kind: EvidenceKind, points: u8, fills: Option<Slot>) -> Reason {
    Reason {
        tactic: "imagined".to_owned(),
        points,
        turn: call.turn,
        question: fills.map_or(Question::Open, Slot::question),
        fills: fills.into_iter().collect(),
        ..Reason::new("", kind)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::SignedDuration;

    use super::*;
    use crate::call::{Leaning, Opinion, Score, Utterance};
    use crate::rules::{Lexicon, RuleSet};
    use crate::screening::line::Limits;
    use crate::screening::profile::Profile;
    use crate::screening::sample;

    fn reason(rule: &str, points: u8) -> Reason {
        Reason {
            tactic: rule.to_owned(),
            points,
            turn: 1,
            ..Reason::new(rule, EvidenceKind::Sell)
        }
    }

    #[test]
    fn a_tip_is_one_sentence_in_each_language() {
        let tip = Tip {
            change: Change::Said(Slot::What),
            then: Some(Treatment::Message),
        };
        let told = tip.told();
        assert_eq!(
            told.da,
            "Med et klart, rigtigt ærinde var det blevet til en besked."
        );
        assert_eq!(
            told.en,
            "With a clear, real errand: it would have been a message."
        );
    }

    fn policy() -> Policy {
        let line = sample::line(Profile::default());
        let rules = RuleSet::compile(&[], &Lexicon(line.lexicon())).unwrap();
        Policy::new(line, Arc::new(rules.rules), Limits::default())
    }

    fn refused(ground: Ground) -> Call {
        let mut call = sample::call();
        call.verdict = Some(Verdict {
            treatment: Treatment::Reject,
            ground,
            score: Score::default(),
            missing: Vec::new(),
            policy: String::new(),
            would_have: None,
        });
        call
    }

    /// What would have become of the caller without this rule, where that is another thing.
    fn without(call: &Call, wanted: &str) -> Option<Option<Treatment>> {
        let found = tips(&policy(), call);
        let is_it =
            |tip: &&Tip| matches!(&tip.change, Change::Without { rule, .. } if rule == wanted);
        found.iter().find(is_it).map(|tip| tip.then)
    }

    fn heard(turn: u16, seconds: i64, answer: Answer) -> Entry {
        Entry {
            at: sample::call().started_at + SignedDuration::from_secs(seconds),
            event: CallEvent::Heard { turn, answer },
            instructions: vec![Instruction::Ask {
                turn: turn + 1,
                question: None,
                text: String::new(),
                language: Language::Da,
                hints: Arc::default(),
                wait_seconds: 3,
                pause_seconds: 2,
            }],
        }
    }

    #[test]
    fn where_a_question_was_left_it_would_have_been_asked() {
        let mut call = refused(Ground::Fraud);
        call.asked = vec![Question::Open];
        call.reasons = vec![Reason {
            kind: EvidenceKind::Scam,
            ..reason("S1", 3)
        }];
        assert_eq!(without(&call, "S1"), Some(None));
        let words = || Answer::Speech(Utterance::new("send os koden", None));
        call.timeline = vec![heard(1, 20, words())];
        assert_eq!(without(&call, "S1"), Some(None));
        // No time was left, or no question.
        call.timeline = vec![heard(1, 50, words())];
        assert_eq!(without(&call, "S1"), Some(Some(Treatment::Connect)));
        call.timeline.clear();
        call.asked = vec![Question::Open, Question::What, Question::Why, Question::Who];
        assert_eq!(without(&call, "S1"), Some(Some(Treatment::Connect)));
    }

    #[test]
    fn who_gave_no_answer_would_have_been_offered_keys() {
        let mut call = refused(Ground::UntargetedSelling);
        call.asked = vec![Question::Open, Question::What, Question::Why];
        call.reasons = vec![reason("A2", 3), reason("A3", 3)];
        call.timeline = vec![heard(4, 30, Answer::Silence)];
        assert_eq!(without(&call, "A2"), Some(None));
    }

    #[test]
    fn a_question_that_has_no_answer_yet_was_not_asked_when_it_was_judged() {
        let mut call = sample::call();
        call.asked = vec![Question::Open, Question::What, Question::Why];
        call.stage = Stage::Asking {
            question: Question::Why,
            again: false,
        };
        call.reasons = vec![reason("A2", 2)];
        let found = tips_so_far(&policy(), &call);
        let why = Tip {
            change: Change::Said(Slot::Why),
            then: Some(Treatment::Connect),
        };
        assert!(found.contains(&why), "{found:?}");
        // A no wants an answer to why first.
        assert!(
            found.iter().all(|tip| tip.then != Some(Treatment::Reject)),
            "{found:?}"
        );
    }

    #[test]
    fn a_no_that_the_opinion_made_would_have_been_none_without_it() {
        let mut call = refused(Ground::UntargetedSelling);
        call.asked = vec![Question::Open, Question::What, Question::Why, Question::Who];
        call.slots.push(Filled {
            slot: Slot::Why,
            text: "vi ringer til alle der har en forretning i hele landet".to_owned(),
            specificity: 1,
        });
        call.reasons = vec![reason("A2", 1), reason(OPINION, 3)];
        call.opinion = Some(Opinion {
            leaning: Leaning::Certain,
            percent: 99,
            ..Opinion::default()
        });
        assert_eq!(without(&call, OPINION), Some(Some(Treatment::Message)));
    }
}
