//! Labelled conversations as lessons for the second opinion.

use std::collections::HashMap;

use super::{Conversation, Garbler, Label, Set};
use crate::call::{Language, Question};
use crate::opinion::{FOLDS, Lesson, Mask, Wish};
use crate::rules::Lexicon;

/// What a wanted caller counts beside an unwanted one: to accuse one falsely costs more.
const WANTED: f64 = 2.0;
/// What a recording counts: there are few of them, and hardly two alike.
const RECORDING: f64 = 2.0;
/// What a fraud counts: he borrows the words of banks and authorities, who must not pay for it.
const SCAM: f64 = 0.3;

/// Something that a caller said, and the names that are hidden in it.
type Said<'a> = (&'a str, &'a Mask);

/// What there is to learn of these sets, but for the third that is only scored; in each
/// conversation the names of its own business are hidden.
///
/// Hardly anybody wrote down why a wanted caller calls exactly here. Whoever has no such answer is
/// lent one by another wanted caller, of a business that is held back together with his own, so
/// that an answer to that question alone speaks against nobody.
#[must_use]
pub fn lessons(sets: &[Set]) -> Vec<Lesson> {
    let masks: Vec<Mask> = sets
        .iter()
        .map(|set| Mask::new(&Lexicon(set.profile.lexicon())))
        .collect();
    let tuning = || {
        (0_u32..)
            .zip(sets.iter().zip(&masks))
            .flat_map(|(business, (set, mask))| set.tuning().map(move |one| (business, one, mask)))
    };
    let mut reasons: HashMap<(u32, Language), Vec<Said<'_>>> = HashMap::new();
    for (business, one, mask) in tuning().filter(|(_, one, _)| one.label.is_legitimate()) {
        if let Some(why) = one.said(Question::Why) {
            let fold = (business % FOLDS, one.lang);
            reasons.entry(fold).or_default().push((why, mask));
        }
    }
    let garbler = Garbler::poor();
    tuning()
        .enumerate()
        .flat_map(|(at, (business, one, mask))| {
            let lent = reasons
                .get(&(business % FOLDS, one.lang))
                .filter(|_| one.label.is_legitimate())
                .map(|reasons| reasons[at % reasons.len()]);
            let misheard = garbler.garble(one);
            [
                one.lesson(business, mask, lent),
                misheard.lesson(business, mask, lent),
            ]
        })
        .collect()
}

impl Conversation {
    /// What there is to learn from it, with a reason lent where it has none of its own.
    fn lesson(&self, business: u32, mask: &Mask, lent: Option<Said<'_>>) -> Lesson {
        let (wish, weight) = match self.label {
            Label::Scam => (Wish::Unwanted, SCAM),
            Label::UntargetedSales => (Wish::Unwanted, 1.0),
            Label::Robocall => (Wish::Unwanted, RECORDING),
            Label::TargetedSales => (Wish::Tolerated, 1.0),
            _ => (Wish::Wanted, WANTED),
        };
        let own = |question| Some((question, self.said(question)?, mask));
        let why =
            own(Question::Why).or_else(|| lent.map(|(words, mask)| (Question::Why, words, mask)));
        let answers: Vec<(Question, &str, &Mask)> = [Question::Open, Question::Who, Question::What]
            .into_iter()
            .filter_map(own)
            .chain(why)
            .collect();
        Lesson::new(business, wish, weight, &answers)
    }

    /// What the caller says to this question, unless he is silent.
    fn said(&self, question: Question) -> Option<&str> {
        self.answer(question)
            .filter(|words| !words.trim().is_empty())
    }

    /// Whether it belongs to the third that is only scored and never learned from: FNV-1a, 32 bits,
    /// of the id is divisible by three.
    #[must_use]
    pub fn is_scored(&self) -> bool {
        let hash = self.id.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
        hash.is_multiple_of(3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::corpus;
    use crate::opinion::{Model, learn};

    #[test]
    fn the_shipped_model_is_what_is_learned_from_the_corpus() {
        let (model, validated) = learn(&lessons(&corpus().unwrap()), |_| {});
        assert!(
            model == **Model::shipped(),
            "run `portner learn --out rules/opinion.model`, build, and look at the figures again"
        );
        assert!(validated.told_apart > 0.9, "{}", validated.told_apart);
    }

    fn is_scored(id: &str) -> bool {
        let text = format!(r#"{{"id":"{id}","lang":"da","label":"customer","turns":[]}}"#);
        Conversation::read_all("x", &text).unwrap()[0].is_scored()
    }

    #[test]
    fn the_split_is_fnv_1a_of_the_id() {
        // FNV-1a 32 of "a" is 0xe40c292c, of "foobar" 0xbf9cf968.
        assert_eq!(is_scored("a"), 0xe40c_292c_u32.is_multiple_of(3));
        assert_eq!(is_scored("foobar"), 0xbf9c_f968_u32.is_multiple_of(3));
        let scored = (0..3000)
            .filter(|id| is_scored(&format!("da-{id:04}")))
            .count();
        assert!((900..1100).contains(&scored), "{scored}");
    }
}
