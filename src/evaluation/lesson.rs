//! Labelled conversations as lessons for the second opinion.

use super::{Conversation, Label, Set};
use crate::call::Question;
use crate::opinion::{Lesson, Mask, Wish};
use crate::rules::Lexicon;

/// What a wanted caller counts beside an unwanted one: to accuse one falsely costs more.
const WANTED: f64 = 2.0;
/// What a recording counts: there are few of them, and hardly two alike.
const RECORDING: f64 = 2.0;
/// What a fraud counts: he borrows the words of banks and authorities, who must not pay for it.
const SCAM: f64 = 0.3;

/// What there is to learn of these sets, but for the third that is only scored; in each
/// conversation the names of its own business are hidden.
#[must_use]
pub fn lessons(sets: &[Set]) -> Vec<Lesson> {
    let mut lessons = Vec::new();
    for set in sets {
        let mask = Mask::new(&Lexicon(set.profile.lexicon()));
        let tuning = set.conversations.iter().filter(|one| !one.is_scored());
        lessons.extend(tuning.map(|conversation| conversation.lesson(&mask)));
    }
    lessons
}

impl Conversation {
    /// What there is to learn from it.
    #[must_use]
    pub fn lesson(&self, mask: &Mask) -> Lesson {
        let (wish, weight) = match self.label {
            Label::Scam => (Wish::Unwanted, SCAM),
            Label::UntargetedSales => (Wish::Unwanted, 1.0),
            Label::Robocall => (Wish::Unwanted, RECORDING),
            Label::TargetedSales => (Wish::Tolerated, 1.0),
            _ => (Wish::Wanted, WANTED),
        };
        let answers: Vec<(Question, &str)> =
            [Question::Open, Question::Who, Question::What, Question::Why]
                .into_iter()
                .filter_map(|question| Some((question, self.answer(question)?)))
                .filter(|(_, words)| !words.trim().is_empty())
                .collect();
        Lesson::new(&self.id, wish, weight, &answers, mask)
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
