//! Asks the learned second opinion after each answer, and turns it into one reason.

use super::Doorman;
use super::principles::OPINION;
use crate::call::{EvidenceKind, Heavy, Leaning, Opinion, Question, Reason, Utterance};

/// What a caller who sounds unwanted weighs: less than a rejection needs.
const POINTS: u8 = 2;
/// What one weighs who certainly does: enough where he owes a reason for calling exactly here.
const SURE: u8 = 3;

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
            Leaning::Certain => (
                EvidenceKind::Sell,
                SURE,
                language.choose(
                    "Lyder helt som et salgsopkald",
                    "Sounds just like a sales call",
                ),
            ),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::principles::{Decision, Evidence, Standing, decide};
    use super::*;
    use crate::call::{
        Call, CallId, Caller, CallerNumber, Filled, Ground, Language, LineId, ProviderCallId, Slot,
        Treatment,
    };

    fn reason(rule: &str, kind: EvidenceKind, points: u8, turn: u16) -> Reason {
        Reason {
            rule: rule.to_owned(),
            name: String::new(),
            tactic: rule.to_owned(),
            kind,
            points,
            turn,
            question: Question::Open,
            words: Vec::new(),
            spans: Vec::new(),
            fills: Vec::new(),
            action: None,
            shadow: false,
        }
    }

    fn decided(reasons: Vec<Reason>, why: &str, may_ask: bool) -> Decision {
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        let mut call = Call::begin(
            CallId::new(now),
            ProviderCallId {
                provider: "test".into(),
                id: String::new(),
            },
            LineId("demo".into()),
            Language::Da,
            Caller::with_number(CallerNumber::Withheld),
            String::new(),
            now,
        );
        call.asked = vec![Question::Open, Question::Why];
        if !why.is_empty() {
            call.slots.push(Filled {
                slot: Slot::Why,
                text: why.to_owned(),
                specificity: 1,
            });
        }
        call.reasons = reasons;
        decide(&Standing {
            call: &call,
            evidence: Evidence::of(&call.reasons),
            may_ask,
            targeted_sellers: Treatment::Connect,
        })
    }

    fn is_no(decision: Decision) -> bool {
        matches!(decision, Decision::Decide(Treatment::Reject, _))
    }

    fn opinion() -> Reason {
        reason(OPINION, EvidenceKind::Sell, POINTS, 3)
    }

    fn certain() -> Reason {
        reason(OPINION, EvidenceKind::Sell, SURE, 3)
    }

    #[test]
    fn with_a_sign_of_a_rule_and_no_reason_it_makes_a_no() {
        let sign = reason("a", EvidenceKind::Sell, 2, 1);
        let why = "det er et godt tilbud";
        assert!(!is_no(decided(vec![sign.clone()], why, true)));
        let both = vec![sign.clone(), opinion()];
        assert_eq!(
            decided(both.clone(), why, true),
            Decision::Decide(Treatment::Reject, Ground::UntargetedSelling)
        );
        let long = "der er så mange penge at spare for alle der har en forretning";
        assert!(is_no(decided(both.clone(), long, false)));
        let mut particular = reason("b", EvidenceKind::Trust, 1, 2);
        particular.fills = vec![Slot::Why];
        let with_a_reason = both.into_iter().chain([particular]).collect();
        assert!(!is_no(decided(with_a_reason, long, false)));
    }

    #[test]
    fn alone_it_makes_a_message() {
        assert_eq!(
            decided(vec![opinion()], "fordi", false),
            Decision::Decide(Treatment::Message, Ground::UnclearSelling)
        );
    }

    #[test]
    fn certain_it_needs_a_reason_that_was_asked_for_and_is_none() {
        for why in [
            "fordi",
            "vi ringer til alle der har en forretning i hele landet",
        ] {
            assert_eq!(
                decided(vec![certain()], why, true),
                Decision::Decide(Treatment::Reject, Ground::UntargetedSelling)
            );
        }
        assert!(!is_no(decided(vec![certain()], "", false)));
        let mut for_him = reason("b", EvidenceKind::Trust, 1, 2);
        assert!(!is_no(decided(
            vec![certain(), for_him.clone()],
            "fordi",
            false
        )));
        for_him.kind = EvidenceKind::Protected;
        assert!(!is_no(decided(vec![certain(), for_him], "fordi", false)));
    }

    proptest! {
        /// Beside no sign of selling from a rule it makes a no in one case only: it is certain,
        /// the caller was asked why exactly here, he answered, and nothing speaks for him.
        #[test]
        fn alone_it_never_refuses(
            others in proptest::collection::vec((0_u8..5, 0_u8..6, 1_u16..4), 0..6),
            points in 0_u8..4,
            may_ask: bool,
            why in "(|fordi|det er et godt tilbud|en to tre fire fem seks syv otte ni ti)",
        ) {
            let kinds = [
                EvidenceKind::Evade,
                EvidenceKind::Scam,
                EvidenceKind::Machine,
                EvidenceKind::Trust,
                EvidenceKind::Protected,
            ];
            let rules: Vec<Reason> = others
                .into_iter()
                .enumerate()
                .map(|(id, (kind, points, turn))| {
                    reason(&id.to_string(), kinds[usize::from(kind)], points, turn)
                })
                .collect();
            let mut with = rules.clone();
            with.push(reason(OPINION, EvidenceKind::Sell, points, 3));
            let speaks_for_him = rules.iter().any(|rule| {
                rule.kind == EvidenceKind::Protected
                    || (rule.kind == EvidenceKind::Trust && rule.points > 0)
            });
            let owes = points == SURE && !why.is_empty() && !speaks_for_him;
            let before = is_no(decided(rules, &why, may_ask));
            let after = is_no(decided(with, &why, may_ask));
            prop_assert!(after == before || (after && owes));
        }
    }
}
