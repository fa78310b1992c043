//! What was learned, and what it makes of a caller.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use super::evidence::{self, Sign};
use super::features::{Answer, Feature, see};
use super::training::{Weights, sigmoid};
use crate::call::{Heavy, Leaning, Opinion, Reason};

/// How many words are kept that weigh against a caller, and as many for him.
const KEPT_WORDS: usize = 3;
/// The longest word that is kept, in characters.
const LONGEST_WORD: usize = 40;
/// A word that weighs less explains nothing, in thousandths.
const LIGHT: i32 = 20;

static SHIPPED: &[u8] = include_bytes!("../../rules/opinion.model");

/// Where scores begin to mean something.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    /// From here on hardly anybody who should get through was ever heard.
    pub certain: f64,
    /// From here on a caller sounds unwanted.
    pub accuse: f64,
    /// From here on he is doubtful.
    pub doubt: f64,
    /// Up to here he sounds legitimate.
    pub favour: f64,
    /// The curve from scores to probabilities.
    pub slope: f64,
    /// Where that curve is even.
    pub shift: f64,
}

/// A weight as its file has it, in steps, the lowest byte first: the shipped table stays where it is in
/// the program.
pub(super) type Weight = [u8; 2];

/// A learned model: a number for each place of its table.
#[derive(Clone, PartialEq)]
pub struct Model {
    pub(super) table: Cow<'static, [Weight]>,
    /// What one step of a weight is worth.
    pub(super) step: f64,
    pub(super) bias: f64,
    pub(super) bounds: Bounds,
    /// A hash of everything it was learned from.
    pub(super) inputs: u64,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model({:016x})", self.inputs)
    }
}

impl Model {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights are divided by the greatest of them"
    )]
    pub(super) fn new(weights: &Weights, bounds: Bounds, inputs: u64) -> Self {
        let most = weights
            .table
            .iter()
            .fold(1e-9_f64, |most, weight| most.max(weight.abs()));
        let step = most / f64::from(i16::MAX);
        Self {
            table: weights
                .table
                .iter()
                .map(|weight| ((weight / step).round() as i16).to_le_bytes())
                .collect(),
            step,
            bias: weights.bias,
            bounds,
            inputs,
        }
    }

    /// The model that Portner comes with.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn shipped() -> &'static Arc<Self> {
        static MODEL: OnceLock<Arc<Model>> = OnceLock::new();
        MODEL.get_or_init(|| Arc::new(Self::read(SHIPPED).unwrap_or_else(|_| Self::undecided())))
    }

    /// A model that has learned nothing and finds everybody unclear.
    fn undecided() -> Self {
        Self {
            table: vec![[0; 2]; super::features::COLUMNS << super::features::BITS].into(),
            step: 0.0,
            bias: 0.0,
            bounds: Bounds {
                certain: f64::MAX,
                accuse: f64::MAX,
                doubt: f64::MAX,
                favour: f64::MIN,
                slope: 1.0,
                shift: 0.0,
            },
            inputs: 0,
        }
    }

    /// What it was learned from, as [`fingerprint`](super::fingerprint) names it.
    #[must_use]
    pub fn inputs(&self) -> u64 {
        self.inputs
    }

    /// The opinion once another answer was heard. `earlier` is what the rules found in the answers
    /// before it.
    #[must_use]
    pub fn hear(&self, before: Option<Opinion>, heard: &Answer<'_>, earlier: &[Reason]) -> Opinion {
        let answer = heard.reading.text();
        let mut words = vec![0.0_f64; heard.reading.normalised().words.len()];
        let seen = see(heard, |feature| {
            if let Some(word) = words.get_mut(feature.word as usize) {
                *word += self.weight(&feature);
            }
        });
        let signs = earlier.iter().chain(heard.hits).filter_map(Sign::of);
        let evidence: f64 = evidence::sum(signs)
            .iter()
            .map(|feature| self.weight(feature))
            .sum();
        let before = before.unwrap_or_default();
        let sum = before.sum.saturating_add(thousandths(words.iter().sum()));
        let names_ours = before.names_ours || seen.names_ours;
        let score = f64::from(sum) / 1_000.0 + evidence + self.bias;
        let mut heavy: Vec<(i32, Cow<'_, str>)> = before
            .words
            .into_iter()
            .map(|one| (one.weight, one.word.into()))
            .collect();
        for (weight, (from, to)) in words.into_iter().zip(seen.words) {
            let weight = thousandths(weight);
            let word = answer.get(from as usize..to as usize).unwrap_or_default();
            if weight.abs() >= LIGHT && !heavy.iter().any(|(_, known)| known == word) {
                let end = word.char_indices().nth(LONGEST_WORD);
                let kept = end.map_or(word, |(end, _)| &word[..end]);
                heavy.push((weight, kept.into()));
            }
        }
        heavy.sort_by_key(|(weight, _)| -weight);
        let behind = heavy.len().saturating_sub(KEPT_WORDS);
        let mut place = 0;
        heavy.retain(|(weight, _)| {
            place += 1;
            (*weight > 0 && place <= KEPT_WORDS) || (*weight < 0 && place > behind)
        });
        let words = heavy.into_iter().map(|(weight, word)| Heavy {
            word: word.into_owned(),
            weight,
        });
        Opinion {
            sum,
            percent: self.percent(score),
            names_ours,
            leaning: self.leaning(score, names_ours),
            words: words.collect(),
        }
    }

    fn weight(&self, feature: &Feature) -> f64 {
        let steps = i16::from_le_bytes(self.table[feature.bucket as usize]);
        f64::from(steps) * self.step * feature.value
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a probability in percent"
    )]
    fn percent(&self, score: f64) -> u8 {
        (sigmoid(self.bounds.slope * score + self.bounds.shift) * 100.0).round() as u8
    }

    fn leaning(&self, score: f64, names_ours: bool) -> Leaning {
        let bounds = &self.bounds;
        if score >= bounds.certain && !names_ours {
            Leaning::Certain
        } else if score >= bounds.certain || (score >= bounds.accuse && !names_ours) {
            Leaning::Unwanted
        } else if score >= bounds.doubt {
            Leaning::Doubtful
        } else if score <= bounds.favour {
            Leaning::Legitimate
        } else {
            Leaning::Unclear
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
fn thousandths(weight: f64) -> i32 {
    (weight * 1_000.0).round() as i32
}
