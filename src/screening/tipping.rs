//! What would have tipped a verdict: the same principles, asked once more with one thing changed.
//! Pure; nothing here decides about a caller.

use serde::Serialize;

use super::Policy;
use super::evidence::{Evidence, OPINION};
use super::line::TargetedSellers;
use super::principles::{Decision, Standing, decide};
use crate::call::{
    Call, EvidenceKind, Filled, Ground, Language, Question, Reason, Slot, Treatment, Verdict,
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
        /// Its name.
        name: String,
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
            Change::Without { name, rule } => {
                let name = if name.is_empty() { rule } else { name };
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
    let targeted = for_targeted(policy);
    if call.verdict.is_some() || matches!(decided(call, true, targeted), Decision::Decide(..)) {
        return tips(policy, call);
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

fn for_targeted(policy: &Policy) -> Treatment {
    match policy.line.targeted_sellers {
        TargetedSellers::Connect => Treatment::Connect,
        TargetedSellers::Message => Treatment::Message,
    }
}

/// The single changes that would have led elsewhere. None where words did not decide, as with a
/// number on a list.
#[must_use]
pub fn tips(policy: &Policy, call: &Call) -> Vec<Tip> {
    let Some(verdict) = &call.verdict else {
        return Vec::new();
    };
    let targeted = for_targeted(policy);
    let Some(may_ask) = [false, true]
        .into_iter()
        .find(|may_ask| decided(call, *may_ask, targeted) == fell(verdict))
    else {
        return Vec::new();
    };
    let was = verdict.would_have.unwrap_or(verdict.treatment);
    candidates(call)
        .into_iter()
        .filter_map(|(change, changed)| {
            let then = match decided(&changed, may_ask, targeted) {
                Decision::Decide(treatment, _) => Some(treatment),
                Decision::Ask(_) => None,
            };
            (then != Some(was)).then_some(Tip { change, then })
        })
        .collect()
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
            name: reason.name.clone(),
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

    use super::*;
    use crate::call::{Leaning, Opinion, Score};
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

    #[test]
    fn a_no_that_the_opinion_made_would_have_been_none_without_it() {
        let line = sample::line(Profile::default());
        let rules = RuleSet::compile(&[], &Lexicon(line.lexicon())).unwrap();
        let policy = Policy::new(line, Arc::new(rules.rules), Limits::default());
        let mut call = sample::call();
        call.verdict = Some(Verdict {
            treatment: Treatment::Reject,
            ground: Ground::UntargetedSelling,
            score: Score::default(),
            missing: Vec::new(),
            policy: String::new(),
            would_have: None,
        });
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
        let tips = tips(&policy, &call);
        let without =
            |tip: &&Tip| matches!(&tip.change, Change::Without { rule, .. } if rule == OPINION);
        let then = tips.iter().find(without).map(|tip| tip.then);
        assert_eq!(then, Some(Some(Treatment::Message)), "{tips:?}");
    }
}
