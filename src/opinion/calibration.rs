//! From scores to probabilities and bounds, by what is said of conversations that were held back.

use std::sync::Arc;

use super::model::{Bounds, Model};
use super::training::{Lesson, Weights, Wish, sigmoid, train};

/// In how many parts lessons are held back, one at a time.
pub const FOLDS: u32 = 5;

/// Of so many who should get through, one may sound certainly unwanted after all answers. Three of
/// four of them are put through long before they are asked for all.
const ONE_IN: usize = 600;
/// A caller sounds unwanted from a probability of 80 % on, as the logarithm of its odds.
const ACCUSED: f64 = 1.386;
/// He is doubtful from 50 % on.
const DOUBTED: f64 = 0.0;
/// He sounds legitimate up to 34 %.
const FAVOURED: f64 = -0.65;
/// How often the curve is fitted better.
const ROUNDS: u32 = 25;

/// What was said of every lesson by a model that had seen none of the same business: callers of a
/// business resemble one another, and the next business is the one that counts.
#[derive(Debug)]
pub struct CrossValidated {
    /// The models of the folds, each trained without its part.
    pub models: Vec<Arc<Model>>,
    /// The share of pairs, one unwanted and one wanted, that were told apart, after all answers.
    pub told_apart: f64,
    /// The share of unwanted callers above the bound of accusing, after all answers.
    pub accused: f64,
    /// The share of wanted callers below the bound of favouring, after the first answer.
    pub favoured: f64,
}

impl CrossValidated {
    /// The model that has not seen any conversation with this business.
    #[must_use]
    pub fn model_for(&self, business: u32) -> &Arc<Model> {
        &self.models[(business % FOLDS) as usize]
    }
}

/// A score of a lesson that was held back.
struct HeldBack {
    score: f64,
    wish: Wish,
    weight: f64,
    first: bool,
    full: bool,
}

/// Learns from lessons, and calibrates by cross-validation, on as many threads as it trains times:
/// once for each of the [`FOLDS`], and once from all. `inputs` names what the lessons were made of.
/// `progress` is called whenever one of them is done.
pub fn learn(
    lessons: &[Lesson],
    inputs: u64,
    mut progress: impl FnMut(u32),
) -> (Model, CrossValidated) {
    let without = |part: Option<u32>| -> Weights {
        let seen: Vec<&Lesson> = lessons
            .iter()
            .filter(|lesson| Some(lesson.business % FOLDS) != part)
            .collect();
        train(&seen)
    };
    let parts = (0..FOLDS).map(Some).chain([None]);
    let mut weights: Vec<Weights> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .map(|part| (part, scope.spawn(move || without(part))))
            .collect();
        (0..)
            .zip(threads)
            .map(|(done, (part, thread))| {
                let weights = thread.join().unwrap_or_else(|_| without(part));
                progress(done);
                weights
            })
            .collect()
    });
    let all = weights.pop().unwrap_or_else(|| without(None));
    let mut held_back = Vec::new();
    for lesson in lessons {
        let learned = &weights[(lesson.business % FOLDS) as usize];
        let states: Vec<u32> = lesson.states().collect();
        for &state in &states {
            held_back.push(HeldBack {
                score: lesson.score(state, learned),
                wish: lesson.wish,
                weight: 1.0 / f64::from(u32::try_from(states.len()).unwrap_or(u32::MAX)),
                first: state == 1,
                full: state == lesson.full(),
            });
        }
    }
    let bounds = bounds(&held_back);
    let report = CrossValidated {
        models: weights
            .iter()
            .map(|weights| Arc::new(Model::new(weights, bounds, inputs)))
            .collect(),
        told_apart: told_apart(&held_back),
        accused: share(&held_back, Wish::Unwanted, |one| {
            one.full.then_some(one.score >= bounds.accuse)
        }),
        favoured: share(&held_back, Wish::Wanted, |one| {
            one.first.then_some(one.score <= bounds.favour)
        }),
    };
    (Model::new(&all, bounds, inputs), report)
}

fn bounds(held_back: &[HeldBack]) -> Bounds {
    let (slope, shift) = curve(held_back);
    let at = |odds: f64| (odds - shift) / slope;
    Bounds {
        certain: certain(held_back).max(at(ACCUSED)),
        accuse: at(ACCUSED),
        doubt: at(DOUBTED),
        favour: at(FAVOURED),
        slope,
        shift,
    }
}

/// The score that hardly anybody who should get through comes above.
fn certain(held_back: &[HeldBack]) -> f64 {
    let mut wanted: Vec<f64> = held_back
        .iter()
        .filter(|one| one.full && one.wish == Wish::Wanted)
        .map(|one| one.score)
        .collect();
    wanted.sort_by(|one, other| other.total_cmp(one));
    let above = wanted.len() / ONE_IN;
    wanted.get(above).copied().unwrap_or(f64::MAX)
}

/// Slope and shift of the curve that makes probabilities of scores (Platt 1999), by Newton's
/// method.
fn curve(held_back: &[HeldBack]) -> (f64, f64) {
    let (mut slope, mut shift) = (1.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        let (mut g0, mut g1) = (0.0, 0.0);
        let (mut h00, mut h01, mut h11) = (1e-6, 0.0, 1e-6);
        for one in held_back {
            let wanted = f64::from(u8::from(one.wish == Wish::Unwanted));
            let guess = sigmoid(slope * one.score + shift);
            let error = (guess - wanted) * one.weight;
            let bend = guess * (1.0 - guess) * one.weight;
            g0 += error * one.score;
            g1 += error;
            h00 += bend * one.score * one.score;
            h01 += bend * one.score;
            h11 += bend;
        }
        let determinant = h00 * h11 - h01 * h01;
        if determinant < 1e-9 {
            break;
        }
        slope -= (h11 * g0 - h01 * g1) / determinant;
        shift -= (h00 * g1 - h01 * g0) / determinant;
    }
    (slope.clamp(0.1, 20.0), shift.clamp(-20.0, 20.0))
}

fn told_apart(held_back: &[HeldBack]) -> f64 {
    let of = |wish: Wish| {
        held_back
            .iter()
            .filter(move |one| one.full && one.wish == wish)
            .map(|one| one.score)
    };
    let mut wanted: Vec<f64> = of(Wish::Wanted).collect();
    wanted.sort_by(f64::total_cmp);
    let (mut right, mut count) = (0.0, 0.0);
    for score in of(Wish::Unwanted) {
        right += length(wanted.partition_point(|one| *one < score));
        count += length(wanted.len());
    }
    if count > 0.0 { right / count } else { 0.0 }
}

fn share(held_back: &[HeldBack], wish: Wish, is: impl Fn(&HeldBack) -> Option<bool>) -> f64 {
    let told: Vec<bool> = held_back
        .iter()
        .filter(|one| one.wish == wish)
        .filter_map(is)
        .collect();
    let part = told.iter().filter(|one| **one).count();
    length(part) / length(told.len()).max(1.0)
}

fn length(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
