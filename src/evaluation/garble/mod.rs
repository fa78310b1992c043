//! Makes of what a caller says what a poor recogniser hears: words dropped, joined, split and
//! misheard, with the word error rate that is asked for.
//!
//! Errors are drawn, not modelled on sound: sound-alikes, endings lost and compounds split as
//! Danish recognition does it (and homophones for English), names turned into common words. The
//! same seed garbles the same conversation in the same way, whatever stands beside it.

mod dice;
mod distance;
mod mishear;

pub use distance::word_errors;

use super::{Conversation, Turn};
use crate::call::Language;
use dice::Dice;

/// How often in a turn an error is tried that cannot be had, before fewer are taken.
const TRIES_A_WORD: usize = 12;
const MOST_JOINED_LETTERS: usize = 18;
const FEWEST_SPLIT_LETTERS: usize = 7;
const FEWEST_PART_LETTERS: usize = 3;
/// From here on a word is probably a compound, which Danish recognition likes to split.
const FEWEST_COMPOUND_LETTERS: usize = 9;

/// Garbles conversations.
#[derive(Debug, Clone, Copy)]
pub struct Garbler {
    rate: f64,
    seed: u64,
}

/// A word on its way to the recogniser.
#[derive(Debug, Clone)]
struct Word {
    heard: String,
    garbled: bool,
}

impl Garbler {
    /// A garbler with this word error rate, from 0 to 1; none for any other.
    #[must_use]
    pub fn new(rate: f64, seed: u64) -> Option<Self> {
        (0.0..=1.0).contains(&rate).then_some(Self { rate, seed })
    }

    /// A poor recogniser: one word of seven is wrong.
    pub(super) fn poor() -> Self {
        Self {
            rate: 0.15,
            seed: 7,
        }
    }

    /// The conversation with every turn garbled, each by its own draw.
    ///
    /// ```
    /// use portner::evaluation::{Conversation, Garbler};
    /// let line = r#"{"id":"x","lang":"da","label":"customer",
    ///     "turns":[{"ask":"open","say":"hej det er lone min hjemmeside er nede"}]}"#;
    /// let said: Conversation = serde_json::from_str(line).unwrap();
    /// let garbler = Garbler::new(0.3, 1).unwrap();
    /// assert_eq!(garbler.garble(&said), garbler.garble(&said));
    /// assert_eq!(Garbler::new(0.0, 1).unwrap().garble(&said), said);
    /// ```
    #[must_use]
    pub fn garble(self, conversation: &Conversation) -> Conversation {
        let turns = conversation.turns.iter().map(|turn| {
            let name = format!("{}\n{:?}", conversation.id, turn.ask);
            Turn {
                ask: turn.ask,
                say: self.heard(&turn.say, conversation.lang, Dice::of(self.seed, &name)),
            }
        });
        Conversation {
            turns: turns.collect(),
            ..conversation.clone()
        }
    }

    fn heard(self, said: &str, language: Language, mut dice: Dice) -> String {
        let said: Vec<&str> = said.split_whitespace().collect();
        // As many errors as if each word were hit by itself; a split or a join is two of them.
        let wanted = said.iter().filter(|_| dice.chance(self.rate)).count();
        if wanted == 0 {
            return said.join(" ");
        }
        let mut words: Vec<Word> = said.iter().map(|word| Word::said(word)).collect();
        let mut errors = 0;
        for _ in 0..said.len() * TRIES_A_WORD {
            let mut tried = words.clone();
            if !break_one(&mut tried, language, &mut dice) {
                continue;
            }
            let heard: Vec<&str> = tried.iter().map(|word| word.heard.as_str()).collect();
            let now = word_errors(&said, &heard);
            if now > errors && now <= wanted {
                (words, errors) = (tried, now);
            }
            if errors == wanted {
                break;
            }
        }
        let heard: Vec<&str> = words.iter().map(|word| word.heard.as_str()).collect();
        heard.join(" ")
    }
}

impl Word {
    fn said(word: &str) -> Self {
        Self {
            heard: word.to_owned(),
            garbled: false,
        }
    }

    fn garbled(heard: String) -> Self {
        Self {
            heard,
            garbled: true,
        }
    }
}

/// One more error in words that have none; whether there was one to be had.
fn break_one(words: &mut Vec<Word>, language: Language, dice: &mut Dice) -> bool {
    let at = dice.below(words.len());
    let Some(word) = words.get(at).filter(|word| !word.garbled) else {
        return false;
    };
    let is_long = word.heard.chars().count() >= FEWEST_COMPOUND_LETTERS;
    let split_until = if is_long { 65 } else { 47 };
    match dice.below(100) {
        0..25 => {
            words.remove(at);
            true
        }
        25..36 => {
            let next = words.get(at + 1).filter(|next| !next.garbled);
            let Some(joined) = next.map(|next| format!("{}{}", word.heard, next.heard)) else {
                return false;
            };
            if joined.chars().count() > MOST_JOINED_LETTERS {
                return false;
            }
            words.splice(at..at + 2, [Word::garbled(joined)]);
            true
        }
        drawn if (36..split_until).contains(&drawn) => {
            let Some(parts) = split(&word.heard, dice) else {
                return false;
            };
            words.splice(at..=at, parts.map(Word::garbled));
            true
        }
        _ => {
            let Some(heard) = mishear::mishear(&word.heard, language, dice) else {
                return false;
            };
            words.splice(
                at..=at,
                heard.split(' ').map(|word| Word::garbled(word.into())),
            );
            true
        }
    }
}

/// A long word in two, where a consonant begins the second.
fn split(word: &str, dice: &mut Dice) -> Option<[String; 2]> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < FEWEST_SPLIT_LETTERS {
        return None;
    }
    let joints: Vec<usize> = (FEWEST_PART_LETTERS..=letters.len() - FEWEST_PART_LETTERS)
        .filter(|at| !mishear::is_vowel(letters[*at]) && mishear::is_vowel(letters[*at + 1]))
        .collect();
    let at = *dice.pick(&joints)?;
    Some([
        letters[..at].iter().collect(),
        letters[at..].iter().collect(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus() -> Vec<Conversation> {
        ["da", "en"]
            .iter()
            .flat_map(|name| {
                let path = format!("{}/tests/corpus/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
                Conversation::read_all(name, &std::fs::read_to_string(path).unwrap()).unwrap()
            })
            .collect()
    }

    fn words(text: &str) -> Vec<&str> {
        text.split_whitespace().collect()
    }

    #[test]
    fn has_the_word_error_rate_that_was_asked_for() {
        let corpus = corpus();
        for (rate, seed) in [(10_u32, 1), (20, 2), (30, 1)] {
            let garbler = Garbler::new(f64::from(rate) / 100.0, seed).unwrap();
            for language in Language::ALL {
                let (mut errors, mut said) = (0, 0);
                for one in corpus.iter().filter(|one| one.lang == language) {
                    for (before, after) in one.turns.iter().zip(garbler.garble(one).turns) {
                        errors += word_errors(&words(&before.say), &words(&after.say));
                        said += words(&before.say).len();
                    }
                }
                let measured = u32::try_from(errors * 1_000 / said).unwrap();
                assert!(
                    measured.abs_diff(rate * 10) <= 30,
                    "{language:?}: {measured} ‰ in place of {rate} %"
                );
            }
        }
    }

    #[test]
    fn drops_joins_splits_and_mishears() {
        let garbler = Garbler::new(0.2, 1).unwrap();
        let (mut dropped, mut joined, mut split, mut misheard) = (0, 0, 0, 0);
        for one in corpus() {
            for (before, after) in one.turns.iter().zip(garbler.garble(&one).turns) {
                let (said, heard) = (words(&before.say), words(&after.say));
                let is_new = |word: &&&str| !said.contains(word);
                joined += said
                    .windows(2)
                    .filter(|pair| heard.contains(&pair.concat().as_str()))
                    .filter(|pair| is_new(&&pair.concat().as_str()))
                    .count();
                split += heard
                    .windows(2)
                    .filter(|pair| said.contains(&pair.concat().as_str()))
                    .count();
                dropped += usize::from(
                    heard.len() < said.len() && !heard.iter().any(|word| is_new(&word)),
                );
                misheard += usize::from(
                    heard.len() == said.len() && heard.iter().filter(is_new).count() == 1,
                );
            }
        }
        assert!(
            dropped > 100 && joined > 100 && split > 40 && misheard > 200,
            "{dropped} {joined} {split} {misheard}"
        );
    }

    #[test]
    fn another_seed_garbles_otherwise() {
        let corpus = &corpus()[..50];
        let garbled = |seed| {
            let garbler = Garbler::new(0.2, seed).unwrap();
            corpus
                .iter()
                .map(|one| garbler.garble(one))
                .collect::<Vec<_>>()
        };
        assert_eq!(garbled(1), garbled(1));
        assert_ne!(garbled(1), garbled(2));
        let alone = Garbler::new(0.2, 1).unwrap().garble(&corpus[7]);
        assert_eq!(alone, garbled(1)[7]);
    }

    #[test]
    fn rates_are_shares() {
        assert!(Garbler::new(-0.1, 1).is_none());
        assert!(Garbler::new(1.1, 1).is_none());
        assert!(Garbler::new(f64::NAN, 1).is_none());
        let all = Garbler::new(1.0, 1).unwrap();
        assert!(
            corpus()
                .iter()
                .all(|one| all.garble(one).turns.len() == one.turns.len())
        );
    }
}
