//! A rule as the rest of the house sees it: what it is for, not how it is matched.

use serde::Serialize;

use crate::call::{EvidenceKind, Language, Question, Slot, Treatment};

/// The group of tactics that are only hints: beside a stronger sign in the same answer they do not count.
pub const HINTS: char = 'H';
/// All hints of selling of a call together are one weak sign of at most so many points.
pub const MOST_BY_HINTS: u8 = 2;

/// Whether a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Life {
    /// It counts.
    Live,
    /// Its hits are shown and have no effect.
    Shadow,
    /// It is only checked, never tried on a call.
    Draft,
}

/// A rule: what it knows and what a hit of it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Found in no other rule of any file.
    pub id: String,
    /// What it sees, in plain words.
    pub name: String,
    /// Anything more; may be empty.
    pub description: String,
    /// The tactic or caller pattern it knows, such as `A1`.
    pub tactic: String,
    /// What a hit is evidence of.
    pub kind: EvidenceKind,
    /// How strong the evidence is, 0 to 5.
    pub points: u8,
    /// Whether it counts.
    pub life: Life,
    /// Which of the three H's a hit answers.
    pub fills: Vec<Slot>,
    /// The answers it is tried on.
    pub answers: Vec<Question>,
    /// What becomes of the caller at once, if it says so.
    pub action: Option<Treatment>,
    /// The language of its file.
    pub language: Option<Language>,
    /// The phrases, as they were written.
    pub phrases: Vec<String>,
    /// The phrases that cancel a hit, as they were written.
    pub unless: Vec<String>,
    /// What callers say that must hit it.
    pub examples: Vec<String>,
    /// What callers say that must not.
    pub counter_examples: Vec<String>,
    /// The file it stands in.
    pub file: String,
    /// The line it begins in, from 1.
    pub line: usize,
}
