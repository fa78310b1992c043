//! Asks the learned second opinion after each answer, and turns it into one reason.

use super::Doorman;
use super::evidence::OPINION;
use crate::call::{EvidenceKind, Heavy, Leaning, Opinion, Question, Reason};
use crate::opinion;
use crate::rules::Reading;

/// What a caller who sounds unwanted weighs: enough to seem to sell.
const POINTS: u8 = 2;
/// What one weighs who certainly does.
const SURE: u8 = 3;

impl Doorman<'_> {
    /// Hears the answer too, where the line wants that. What was said of earlier answers is
    /// replaced: there is one opinion a call.
    pub(super) fn consult(&mut self, question: Question, reading: &Reading<'_, '_>) {
        let Some(second) = &self.policy.opinion else {
            return;
        };
        let before = self.call.opinion.take();
        self.call.reasons.retain(|reason| reason.rule != OPINION);
        let reasons = &self.call.reasons;
        let of_this_answer = |reason: &Reason| reason.turn == self.call.turn;
        let earlier = reasons.iter().position(of_this_answer);
        let (earlier, hits) = reasons.split_at(earlier.unwrap_or(reasons.len()));
        let heard = opinion::Answer {
            question,
            reading,
            mask: &second.mask,
            hits,
        };
        let opinion = second.model.hear(before, &heard, earlier);
        self.call.reasons.extend(self.sounds(&opinion, question));
        self.call.opinion = Some(opinion);
    }

    fn sounds(&self, opinion: &Opinion, question: Question) -> Option<Reason> {
        let language = self.policy.line.languages.greeting();
        let name = opinion.sentence(language)?;
        let (kind, points) = match opinion.leaning {
            Leaning::Certain => (EvidenceKind::Sell, SURE),
            Leaning::Unwanted => (EvidenceKind::Sell, POINTS),
            Leaning::Doubtful => (EvidenceKind::Sell, 0),
            Leaning::Legitimate => (EvidenceKind::Trust, 0),
            Leaning::Unclear => return None,
        };
        let against = kind == EvidenceKind::Sell;
        let says = |heavy: &&Heavy| (heavy.weight > 0) == against;
        Some(Reason {
            name,
            tactic: OPINION.to_owned(),
            points,
            turn: self.call.turn,
            question,
            words: opinion
                .words
                .iter()
                .filter(says)
                .map(|heavy| heavy.word.clone())
                .collect(),
            ..Reason::new(OPINION, kind)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::evidence::{Evidence, GENERAL_REASON};
    use super::super::principles::{Decision, Standing, decide};
    use super::*;
    use crate::call::{Filled, Ground, Language, Slot, Treatment};
    use crate::screening::sample;

    fn reason(rule: &str, kind: EvidenceKind, points: u8, turn: u16) -> Reason {
        Reason {
            tactic: rule.to_owned(),
            points,
            turn,
            ..Reason::new(rule, kind)
        }
    }

    /// What is decided of these reasons and this answer to why exactly here, and of an opinion.
    fn decided(reasons: Vec<Reason>, why: &str, leaning: Option<Leaning>) -> Decision {
        let opinion = leaning.map(|leaning| Opinion {
            leaning,
            percent: if leaning == Leaning::Certain { 99 } else { 0 },
            ..Opinion::default()
        });
        decided_by(reasons, why, opinion)
    }

    fn decided_at(reasons: Vec<Reason>, why: &str, leaning: Leaning, percent: u8) -> Decision {
        let opinion = Opinion {
            leaning,
            percent,
            ..Opinion::default()
        };
        decided_by(reasons, why, Some(opinion))
    }

    fn decided_by(reasons: Vec<Reason>, why: &str, opinion: Option<Opinion>) -> Decision {
        next(reasons, why, opinion, false)
    }

    /// What comes next of a caller who was asked what and why, but not who he is.
    fn next(
        mut reasons: Vec<Reason>,
        why: &str,
        opinion: Option<Opinion>,
        may_ask: bool,
    ) -> Decision {
        let mut call = sample::call();
        call.asked = vec![Question::Open, Question::What, Question::Why];
        call.slots.push(Filled {
            slot: Slot::What,
            text: "noget".to_owned(),
            specificity: 1,
        });
        reasons.extend(opinion.as_ref().and_then(|opinion| said(opinion.leaning)));
        call.opinion = opinion;
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

    /// What an opinion adds to the reasons.
    fn said(leaning: Leaning) -> Option<Reason> {
        let points = match leaning {
            Leaning::Certain => SURE,
            Leaning::Unwanted => POINTS,
            Leaning::Doubtful => 0,
            Leaning::Unclear | Leaning::Legitimate => return None,
        };
        Some(reason(OPINION, EvidenceKind::Sell, points, 3))
    }

    const OPINIONS: [Option<Leaning>; 6] = [
        None,
        Some(Leaning::Legitimate),
        Some(Leaning::Unclear),
        Some(Leaning::Doubtful),
        Some(Leaning::Unwanted),
        Some(Leaning::Certain),
    ];

    #[test]
    fn a_percentage_says_how_surely_it_is_what_the_sentence_says() {
        let told = |leaning, percent| {
            let opinion = Opinion {
                leaning,
                percent,
                ..Opinion::default()
            };
            Language::ALL.map(|language| opinion.sentence(language).unwrap_or_default())
        };
        assert_eq!(
            told(Leaning::Legitimate, 1),
            ["Lyder som et ærinde (99 %)", "Sounds like an errand (99%)"]
        );
        assert_eq!(
            told(Leaning::Unwanted, 92),
            [
                "Lyder som et salgsopkald (92 %)",
                "Sounds like a sales call (92%)"
            ]
        );
        assert_eq!(told(Leaning::Unclear, 40), ["", ""]);
    }

    const NO: Decision = Decision::Decide(Treatment::Reject, Ground::UntargetedSelling);
    const MESSAGE: Decision = Decision::Decide(Treatment::Message, Ground::UnclearSelling);

    #[test]
    fn certain_it_makes_a_no_of_a_sign_and_an_answer() {
        let sign = reason("A2", EvidenceKind::Sell, 1, 1);
        let why = "vi ringer til alle der har en forretning i hele landet";
        for leaning in OPINIONS {
            let certain = leaning == Some(Leaning::Certain);
            assert_eq!(decided(vec![sign.clone()], why, leaning) == NO, certain);
            assert!(!is_no(decided(vec![sign.clone()], "", leaning)));
            assert!(!is_no(decided(Vec::new(), why, leaning)));
        }
        let protected = reason("a", EvidenceKind::Protected, 1, 2);
        let reasons = vec![sign, protected];
        assert!(!is_no(decided(reasons, why, Some(Leaning::Certain))));
    }

    #[test]
    fn a_no_by_the_rules_needs_it_to_agree() {
        let signs = vec![
            reason("a", EvidenceKind::Sell, 2, 1),
            reason("b", EvidenceKind::Sell, 2, 2),
        ];
        for leaning in OPINIONS {
            let agrees = matches!(leaning, None | Some(Leaning::Certain));
            let wanted = if agrees { NO } else { MESSAGE };
            assert_eq!(decided(signs.clone(), "fordi", leaning), wanted);
        }
    }

    #[test]
    fn nearly_certain_it_agrees_to_many_points_in_two_answers() {
        let once = vec![reason("a", EvidenceKind::Sell, 5, 1)];
        assert_eq!(decided_at(once, "fordi", Leaning::Unwanted, 92), MESSAGE);
        for (points, wanted) in [(1, MESSAGE), (3, NO)] {
            let signs = vec![
                reason("a", EvidenceKind::Sell, points, 1),
                reason("b", EvidenceKind::Sell, 2, 2),
            ];
            assert_eq!(
                decided_at(signs.clone(), "fordi", Leaning::Unwanted, 92),
                wanted
            );
            assert_eq!(decided_at(signs, "fordi", Leaning::Unwanted, 88), MESSAGE);
        }
    }

    #[test]
    fn sure_it_makes_a_no_of_whatever_the_rules_found_and_of_nothing_else() {
        let errand = reason("a", EvidenceKind::Trust, 2, 1);
        let hint = reason("H2", EvidenceKind::Sell, 1, 1);
        let sign = reason("A2", EvidenceKind::Sell, 1, 1);
        let general = reason(GENERAL_REASON, EvidenceKind::Sell, 1, 3);
        for (reasons, needed) in [
            (vec![hint], 99),
            (vec![sign.clone()], 99),
            (vec![sign.clone(), errand.clone()], 99),
            (vec![general.clone()], 99),
            (vec![general.clone(), errand.clone()], 100),
        ] {
            for percent in 98..=100 {
                let decided = decided_at(reasons.clone(), "fordi", Leaning::Certain, percent);
                let wanted = if percent < needed { MESSAGE } else { NO };
                assert_eq!(decided, wanted, "{percent} {reasons:?}");
            }
        }
        let mut true_of_us = reason("P3", EvidenceKind::Trust, 1, 3);
        true_of_us.fills = vec![Slot::Why];
        let reasons = vec![sign, true_of_us];
        assert!(!is_no(decided_at(reasons, "fordi", Leaning::Certain, 100)));
        for reasons in [Vec::new(), vec![errand]] {
            assert!(!is_no(decided_at(reasons, "fordi", Leaning::Certain, 100)));
        }
        assert!(!is_no(decided(vec![general], "fordi", None)));
    }

    #[test]
    fn nobody_gets_a_no_before_he_was_asked_why_and_what() {
        let signs = vec![
            reason("a", EvidenceKind::Sell, 3, 1),
            reason("b", EvidenceKind::Sell, 3, 2),
        ];
        let all = [Question::Open, Question::What, Question::Why];
        for left_out in [None, Some(Question::What), Some(Question::Why)] {
            let mut call = sample::call();
            call.asked = all.to_vec();
            call.asked.retain(|asked| Some(*asked) != left_out);
            let decided = decide(&Standing {
                call: &call,
                evidence: Evidence::of(&signs),
                may_ask: false,
                targeted_sellers: Treatment::Connect,
            });
            let wanted = if left_out.is_none() { NO } else { MESSAGE };
            assert_eq!(decided, wanted, "{left_out:?}");
        }
    }

    #[test]
    fn without_a_reason_the_less_the_rules_found_the_surer_it_must_be_of_what_was_said_when_asked()
    {
        let sign = |points| reason("A2", EvidenceKind::Sell, points, 1);
        let errand = reason("a", EvidenceKind::Trust, 2, 1);
        let general = reason(GENERAL_REASON, EvidenceKind::Sell, 1, 3);
        for (reasons, needed) in [
            (vec![sign(2)], 99),
            (vec![sign(1)], 100),
            (vec![sign(2), errand], 100),
            (vec![general], 101),
        ] {
            for percent in 98..=100 {
                let decided = decided_at(reasons.clone(), "", Leaning::Certain, percent);
                let wanted = if percent < needed { MESSAGE } else { NO };
                assert_eq!(decided, wanted, "{percent} {reasons:?}");
            }
        }
    }

    #[test]
    fn of_who_names_what_the_business_sells_it_must_be_wholly_sure() {
        let sign = reason("A2", EvidenceKind::Sell, 1, 1);
        let decided = |reasons: &[Reason], names_ours, percent| {
            let opinion = Opinion {
                leaning: Leaning::Unwanted,
                percent,
                names_ours,
                ..Opinion::default()
            };
            decided_by(reasons.to_vec(), "fordi", Some(opinion))
        };
        let sign = [sign];
        assert_eq!(decided(&sign, true, 100), NO);
        assert_eq!(decided(&sign, true, 99), MESSAGE);
        assert_eq!(decided(&sign, false, 100), MESSAGE);
        assert_eq!(decided(&[], true, 100), MESSAGE);
    }

    #[test]
    fn who_sounds_unwanted_is_asked_who_he_is_before_a_no_or_a_message() {
        let signs = vec![
            reason("a", EvidenceKind::Sell, 2, 1),
            reason("b", EvidenceKind::Sell, 2, 2),
        ];
        let who = Decision::Ask(Question::Who);
        for (leaning, percent, wanted) in [
            (Leaning::Legitimate, 10, MESSAGE),
            (Leaning::Doubtful, 70, MESSAGE),
            (Leaning::Unwanted, 90, who),
            (Leaning::Certain, 99, who),
            (Leaning::Certain, 100, NO),
        ] {
            let opinion = Opinion {
                leaning,
                percent,
                ..Opinion::default()
            };
            let decided = next(signs.clone(), "fordi", Some(opinion), true);
            assert_eq!(decided, wanted, "{percent}");
        }
        assert_eq!(next(signs, "fordi", None, true), NO);
    }

    #[test]
    fn who_was_asked_everything_and_still_sounds_doubtful_takes_a_message() {
        let mut errand = reason("a", EvidenceKind::Trust, 2, 1);
        errand.fills = vec![Slot::What];
        for (leaning, wanted) in [
            (
                Leaning::Unclear,
                Decision::Decide(Treatment::Connect, Ground::Errand),
            ),
            (Leaning::Doubtful, MESSAGE),
        ] {
            assert_eq!(
                decided(vec![errand.clone()], "fordi", Some(leaning)),
                wanted
            );
        }
    }

    #[test]
    fn alone_it_makes_a_message() {
        for leaning in [Leaning::Unwanted, Leaning::Certain] {
            assert_eq!(decided(Vec::new(), "fordi", Some(leaning)), MESSAGE);
        }
    }

    proptest! {
        /// Where no rule finds a sign of selling, it makes no no that would not be one without it,
        /// however sure it is.
        #[test]
        fn alone_it_never_refuses(
            others in proptest::collection::vec((0_u8..5, 0_u8..6, 1_u16..4), 0..6),
            opinion in 0_usize..6,
            percent in 0_u8..=100,
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
            let before = is_no(decided(rules.clone(), &why, None));
            let after = OPINIONS[opinion]
                .is_some_and(|leaning| is_no(decided_at(rules, &why, leaning, percent)));
            prop_assert!(before || !after);
        }
    }
}
