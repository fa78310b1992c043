//! What a caller says first, made comparable.

use crate::call::{Answer, Call, CallEvent};
use crate::rules::{is_small_word, plain_words};
use crate::screening::is_clear;

/// The fewest words of an opening that can be told from others: “hej det er Lone” cannot.
const FEWEST_WORDS: usize = 6;
/// How many words are compared; what comes after is no opening any more.
const MOST_WORDS: usize = 40;
/// What nearly every caller says and no campaign should be named by, in normalised spelling.
const GREETINGS: &[&str] = &[
    "ringer",
    "taler",
    "snakker",
    "goddag",
    "godmorgen",
    "hedder",
    "hallo",
    "gerne",
    "calling",
    "speaking",
    "morning",
    "afternoon",
    "hello",
];
/// Letters in a run.
const RUN: usize = 5;
/// Runs of hash values by which openings are looked up: so many bands of so many values.
const BANDS: usize = 16;
const ROWS: usize = 3;

/// The beginning of what a caller says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    text: String,
    words: Vec<String>,
    /// Every run of letters, as a hash, sorted.
    runs: Vec<u32>,
}

impl Opening {
    /// The opening of a call: the first of its caller's words that say anything and are enough to be
    /// told from others. Before them many only ask whether somebody is there.
    #[must_use]
    pub fn of_call(call: &Call) -> Option<Self> {
        call.timeline
            .iter()
            .find_map(|entry| Self::of_event(&entry.event))
    }

    /// The opening that is heard in this event, if it is one.
    #[must_use]
    pub fn of_event(event: &CallEvent) -> Option<Self> {
        match event {
            CallEvent::Heard {
                answer: Answer::Speech(utterance),
                ..
            } if is_clear(utterance) => Self::of(&utterance.text),
            _ => None,
        }
    }

    /// The opening of these words; `None`, when they are too few to be told from others.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let mut words = plain_words(text);
        words.truncate(MOST_WORDS);
        if words.len() < FEWEST_WORDS {
            return None;
        }
        let joined = words.join(" ");
        let mut runs: Vec<u32> = joined.as_bytes().windows(RUN).map(hash).collect();
        runs.sort_unstable();
        runs.dedup();
        Some(Self {
            text: text.trim().to_owned(),
            words,
            runs,
        })
    }

    /// The words as they were heard.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How much two openings have in common, from 0 to 1: the runs that both have, of all that
    /// one of them has (Jaccard).
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        let (mut own, mut others) = (self.runs.iter().peekable(), other.runs.iter().peekable());
        let (mut common, mut all) = (0_u16, 0_u16);
        while let (Some(a), Some(b)) = (own.peek(), others.peek()) {
            all += 1;
            match a.cmp(b) {
                std::cmp::Ordering::Less => drop(own.next()),
                std::cmp::Ordering::Greater => drop(others.next()),
                std::cmp::Ordering::Equal => {
                    common += 1;
                    own.next();
                    others.next();
                }
            }
        }
        let rest = own.count() + others.count();
        let all = all.saturating_add(u16::try_from(rest).unwrap_or(u16::MAX));
        if all == 0 {
            return 0.0;
        }
        f32::from(common) / f32::from(all)
    }

    /// Words that are not in all speech, in the order in which they were said.
    pub(super) fn telling_words(&self) -> impl Iterator<Item = &str> {
        self.words
            .iter()
            .map(String::as_str)
            .filter(|word| (4..=24).contains(&word.len()))
            .filter(|word| !is_small_word(word) && !GREETINGS.contains(word))
    }

    /// Where openings that have much in common meet: they share one of these nearly surely.
    pub(super) fn bands(&self) -> [u32; BANDS] {
        let mut bands = [0; BANDS];
        for (at, band) in (0_u32..).zip(&mut bands) {
            let mut value = 0x9e37_79b9_u32 ^ at;
            for row in 0..ROWS as u32 {
                let seed = mix(at * ROWS as u32 + row + 1);
                let least = self.runs.iter().map(|run| mix(run ^ seed)).min();
                value = mix(value ^ least.unwrap_or_default());
            }
            *band = value;
        }
        bands
    }
}

/// FNV-1a, 32 bits.
fn hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Spreads every bit over all others (the finish of MurmurHash 3).
fn mix(mut value: u32) -> u32 {
    value ^= value >> 16;
    value = value.wrapping_mul(0x85eb_ca6b);
    value ^= value >> 13;
    value = value.wrapping_mul(0xc2b2_ae35);
    value ^ (value >> 16)
}
