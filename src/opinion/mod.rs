//! The learned second opinion: a small linear model over words, pairs of words and letters inside
//! words, that says how like unwanted callers a caller sounds. It knows no rules, and it decides
//! nothing: what it adds to a call, and how little that may do, stands in
//! [`crate::screening::principles`].
//!
//! [`learn`] makes a [`Model`] of labelled conversations in seconds, the same to the last bit each
//! time; [`Model::shipped`] is what it made of the conversations this project was tuned on.
//! [`Model::hear`] takes an answer and says what all answers so far amount to, with the words that
//! weigh most. Names of one business are hidden from it by a [`Mask`].
//!
//! ```
//! use portner::call::Question;
//! use portner::opinion::{Mask, Model};
//! let model = Model::shipped();
//! let mask = Mask::default();
//! let mut opinion = None;
//! for (question, answer) in [
//!     (Question::Open, "taler jeg med den ansvarlige for jeres mobilabonnementer"),
//!     (Question::Why, "vi ringer til alle virksomheder i området med et godt tilbud"),
//! ] {
//!     opinion = Some(model.hear(opinion, question, answer, &mask));
//! }
//! assert!(opinion.unwrap().percent > 50);
//! ```

mod calibration;
mod features;
mod file;
mod hash;
mod mask;
mod model;
mod training;

pub use calibration::{CrossValidated, FOLDS, learn};
pub use file::ModelError;
pub use mask::Mask;
pub use model::Model;
pub use training::{Lesson, Wish};
