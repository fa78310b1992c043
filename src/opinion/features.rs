//! What is looked at in an answer: words, pairs of words, and letters inside words, each as a
//! place in a table of weights. Letters catch what recognition splits, joins or misspells.

use super::hash::Fnv;
use super::mask::{Mask, Sign};
use crate::call::{MAX_UTTERANCE_CHARS, Question};
use crate::rules::Normalised;

/// How many places the table has, as a power of two.
pub(super) const BITS: u32 = 16;
/// The shortest and the longest run of letters.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;
/// What a run of letters counts beside a word.
const RUN_VALUE: f64 = 0.5;
/// The longest word whose letters are looked at.
const LONGEST_WORD: usize = 32;

/// How many features a word has, mostly.
const MOSTLY_A_WORD: usize = 16;

const WORD: u8 = 1;
const WORD_HERE: u8 = 2;
const PAIR: u8 = 3;
const RUN: u8 = 4;
const EDGE: u64 = 0;

/// One thing seen in an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Feature {
    /// Its place in the table.
    pub bucket: u32,
    /// What it counts.
    pub value: f64,
    /// The word it ends in.
    pub word: u32,
}

/// An answer as it is looked at.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The words of it, masked ones as one.
    pub words: Vec<(u32, u32)>,
    /// Whether something that the business sells was named.
    pub names_ours: bool,
    /// What was seen.
    pub features: Vec<Feature>,
}

/// Looks at an answer.
pub(super) fn see(text: &str, question: Question, mask: &Mask) -> Seen {
    let text = Normalised::read(text, MAX_UTTERANCE_CHARS);
    let mut seen = Seen {
        words: Vec::with_capacity(text.words.len()),
        features: Vec::with_capacity(text.words.len() * MOSTLY_A_WORD),
        names_ours: false,
    };
    let mut before = EDGE;
    let mut at = 0;
    while at < text.words.len() {
        let first = text.words[at];
        let place = u32::try_from(seen.words.len()).unwrap_or(u32::MAX);
        let features = &mut seen.features;
        let mut add = |kind: u8, parts: [u64; 2], value: f64| {
            features.push(Feature {
                bucket: bucket(kind, parts),
                value,
                word: place,
            });
        };
        let (name, length) = if let Some((sign, length)) = mask.at(&text, at) {
            seen.names_ours |= sign == Sign::Ours;
            (sign as u64, length)
        } else {
            let spelling = text.spelling(first).as_bytes();
            runs(spelling, |run| add(RUN, [run, 0], RUN_VALUE));
            (Fnv::of(spelling), 1)
        };
        add(WORD, [name, 0], 1.0);
        add(WORD_HERE, [name, 1 + question as u64], 1.0);
        add(PAIR, [before, name], 1.0);
        before = name;
        let last = text.words[at + length - 1];
        seen.words.push((first.from, last.to));
        at += length;
    }
    let norm = (1.0 + float(seen.words.len())).sqrt();
    for feature in &mut seen.features {
        feature.value /= norm;
    }
    seen
}

/// Every run of letters in a word with its edges, as a hash.
fn runs(word: &[u8], mut found: impl FnMut(u64)) {
    if word.len() < *RUNS.start() || word.len() > LONGEST_WORD {
        return;
    }
    let mut edged = [b'_'; LONGEST_WORD + 2];
    edged[1..=word.len()].copy_from_slice(word);
    let edged = &edged[..word.len() + 2];
    // All runs grow by a letter at a time, so that none of it is hashed twice.
    let mut hashes = [Fnv::default(); LONGEST_WORD + 2];
    for length in 1..=*RUNS.end() {
        for (hash, letter) in hashes.iter_mut().zip(edged.iter().skip(length - 1)) {
            hash.write(&[*letter]);
            if RUNS.contains(&length) {
                found(hash.finish());
            }
        }
    }
}

fn bucket(kind: u8, [first, second]: [u64; 2]) -> u32 {
    let mut hash = Fnv::default();
    hash.write(&[kind]);
    hash.write(&first.to_le_bytes());
    if second < 256 {
        hash.write(&second.to_le_bytes()[..1]);
        hash.zeros::<7>();
    } else {
        hash.write(&second.to_le_bytes());
    }
    let hash = hash.finish();
    let folded = hash ^ (hash >> 32);
    u32::try_from(folded & ((1 << BITS) - 1)).unwrap_or_default()
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
