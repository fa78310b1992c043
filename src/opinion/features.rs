//! What is looked at in an answer, each thing as a place in a table of weights: words, pairs of
//! words, letters inside words, the classes of words and the rules that were found in it, and how
//! long it is. The same thing has a weight of its own in an answer to each question. Letters catch
//! what recognition splits, joins or misspells; classes and rules say of words never heard before
//! what they stand for.

use super::hash::{Fnv, mixed};
use super::mask::{self, Mask};
use crate::call::{EvidenceKind, Question, Reason};
use crate::rules::Reading;

/// How many rows the table has, as a power of two.
pub(super) const BITS: u32 = 18;
/// A row has a place for each question that is answered.
pub(super) const COLUMNS: usize = 4;
/// The shortest and the longest run of letters.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;
/// What a word counts beside a rule, in an answer of one word; the longer the answer, the less.
const WORD_VALUE: f64 = 3.0;
/// What a run of letters counts beside a word.
const RUN_VALUE: f64 = 0.3;
/// The longest word whose letters are looked at.
const LONGEST_WORD: usize = 32;
/// Answers are as long as another when they have as many words, divided by this.
const STEP_OF_LENGTH: usize = 3;
/// From so many steps on all are equally long.
const LONG: usize = 6;

const EDGE: u64 = 0;

/// What kind of thing was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Thing {
    Word = 1,
    Pair,
    Run,
    Class,
    Rule,
    Tactic,
    Length,
    Points,
    PointsAre,
}

/// An answer, and all by which it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The question that was answered.
    pub question: Question,
    /// The words, as the rules read them.
    pub reading: &'a Reading<'a, 'a>,
    /// The names that are hidden.
    pub mask: &'a Mask,
    /// The rules that it hit.
    pub hits: &'a [Reason],
}

/// One thing seen in an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Feature {
    /// Its place in the table.
    pub bucket: u32,
    /// What it counts.
    pub value: f64,
    /// The word it ends in, or begins in.
    pub word: u32,
}

/// An answer as it was looked at.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The words of it, masked ones as one.
    pub words: Vec<(u32, u32)>,
    /// Whether something that the business sells was named.
    pub names_ours: bool,
}

/// Looks at an answer, and tells everything that is seen in it.
pub(super) fn see(answer: &Answer<'_>, mut tell: impl FnMut(Feature)) -> Seen {
    let seen = words(answer, &mut tell);
    let word_at = |byte: usize| {
        let before = seen
            .words
            .partition_point(|(from, _)| *from as usize <= byte);
        u32::try_from(before.saturating_sub(1)).unwrap_or(u32::MAX)
    };
    let mut add = |thing: Thing, name: u64, kind: u64, byte: usize| {
        tell(Feature {
            bucket: bucket(thing, [name, kind], answer.question),
            value: 1.0,
            word: word_at(byte),
        });
    };
    for (class, byte) in answer.reading.classes() {
        add(Thing::Class, Fnv::of(class.as_bytes()), 0, byte);
    }
    for hit in answer.hits.iter().filter(|hit| !hit.shadow) {
        let byte = hit.spans.first().map_or(0, |(from, _)| *from as usize);
        add(Thing::Rule, Fnv::of(hit.rule.as_bytes()), 0, byte);
        let tactic = Fnv::of(hit.tactic.as_bytes());
        add(Thing::Tactic, tactic, hit.kind as u64, byte);
    }
    let length = (seen.words.len() / STEP_OF_LENGTH).min(LONG);
    // A row of its own for each question: one that every answer is in would count them, and so tell
    // whom the writers of the lessons thought worth asking.
    let of_this_answer = 1 + answer.question as u64;
    add(Thing::Length, length as u64, of_this_answer, 0);
    seen
}

/// The words of an answer, pairs of them, and their letters.
fn words(answer: &Answer<'_>, mut tell: impl FnMut(Feature)) -> Seen {
    let text = answer.reading.normalised();
    let mut masked = Vec::with_capacity(text.words.len());
    let mut at = 0;
    while at < text.words.len() {
        let (sign, length) = answer.mask.at(text, at).unzip();
        let length = length.unwrap_or(1);
        masked.push((&text.words[at..at + length], sign));
        at += length;
    }
    let norm = (1.0 + float(masked.len())).sqrt() / WORD_VALUE;
    let (word_value, run_value) = (1.0 / norm, RUN_VALUE / norm);
    let mut seen = Seen {
        words: Vec::with_capacity(masked.len()),
        names_ours: false,
    };
    let mut before = EDGE;
    for (word, (stretch, sign)) in (0..).zip(masked) {
        let [first, ..] = stretch else { continue };
        let mut add = |thing: Thing, parts: [u64; 2], value: f64| {
            tell(Feature {
                bucket: bucket(thing, parts, answer.question),
                value,
                word,
            });
        };
        let name = if let Some(sign) = sign {
            seen.names_ours |= sign == mask::Sign::Ours;
            sign as u64
        } else {
            let spelling = text.spelling(*first).as_bytes();
            runs(spelling, |run| add(Thing::Run, [run, 0], run_value));
            Fnv::of(spelling)
        };
        add(Thing::Word, [name, 0], word_value);
        add(Thing::Pair, [before, name], word_value);
        before = name;
        seen.words.push((first.from, stretch[stretch.len() - 1].to));
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
    for start in 0..edged.len() {
        // The next longer one goes on where this one ends.
        let mut hash = Fnv::default();
        for (length, letter) in (1..=*RUNS.end()).zip(&edged[start..]) {
            hash.write(&[*letter]);
            if RUNS.contains(&length) {
                found(hash.finish());
            }
        }
    }
}

/// What the rules found of a kind, as features: how many points in all and in answers to each
/// question, and how many steps that is. They belong to no answer and stand in the first column.
pub(super) fn points(kind: EvidenceKind, place: u64, points: u16) -> [Feature; 2] {
    const MOST: u16 = 6;
    const STEPS: u16 = 4;
    let feature = |thing, step: u16, value| Feature {
        bucket: bucket(
            thing,
            [Fnv::of(&[kind as u8, step.to_le_bytes()[0]]), place],
            Question::Open,
        ),
        value,
        word: 0,
    };
    [
        feature(Thing::Points, 0, f64::from(points.min(MOST)) / 3.0),
        feature(Thing::PointsAre, points.min(STEPS), 1.0),
    ]
}

fn bucket(thing: Thing, [first, second]: [u64; 2], question: Question) -> u32 {
    let hash = mixed(first, mixed(second, thing as u64));
    let row = hash & ((1 << BITS) - 1);
    u32::try_from(row * COLUMNS as u64 + question as u64).unwrap_or_default()
}

fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
