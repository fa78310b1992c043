//! The learned second opinion: a small linear model over words, pairs of words, letters inside
//! words, classes of words, and the rules that answers hit. It says how like unwanted callers a
//! caller sounds, and it decides nothing: what it adds to a call, and how little that may do, stands
//! in [`crate::screening::principles`].
//!
//! [`learn`] makes a [`Model`] of labelled conversations in seconds, the same to the last bit each
//! time; [`Model::shipped`] is what it made of the conversations this project was tuned on.
//! [`Model::hear`] takes an answer and says what all answers so far amount to, with the words that
//! weigh most. Names of one business are hidden from it by a [`Mask`].
//!
//! ```
//! use portner::call::Question;
//! use portner::opinion::{Answer, Mask, Model};
//! use portner::rules::{Lexicon, RuleSet, shipped};
//! let model = Model::shipped();
//! let mask = Mask::default();
//! let rules = RuleSet::compile(&shipped(), &Lexicon::default()).unwrap().rules;
//! let mut opinion = None;
//! for (question, text) in [
//!     (Question::Open, "taler jeg med den ansvarlige for jeres mobilabonnementer"),
//!     (Question::Why, "vi ringer til alle virksomheder i området med et godt tilbud"),
//! ] {
//!     let answer = Answer { question, reading: &rules.read(text), mask: &mask, hits: &[] };
//!     opinion = Some(model.hear(opinion, &answer, &[]));
//! }
//! assert!(opinion.unwrap().percent > 50);
//! ```

mod calibration;
mod evidence;
mod features;
mod file;
mod hash;
mod mask;
mod model;
mod training;

pub use calibration::{CrossValidated, FOLDS, learn};
pub use features::Answer;
pub use file::ModelError;
pub use hash::fingerprint;
pub use mask::Mask;
pub use model::Model;
pub use training::{Lesson, Studied, Wish};
