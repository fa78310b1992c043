//! Deciding: what the doorman knows of a line, what he says, and what becomes of a caller. Pure.

pub mod hours;
pub mod line;
pub mod profile;
pub mod wording;
