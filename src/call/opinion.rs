//! What the learned second opinion makes of a caller.

use serde::{Deserialize, Serialize};

/// The rule id and the tactic of the second opinion's reason.
pub const OPINION: &str = "opinion";

/// The second opinion on a call as far as it has come. It is evidence and never a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Opinion {
    /// The sum of what was learned about the words so far, in thousandths; grows with each answer.
    pub sum: i32,
    /// How likely the caller is to be unwanted, in percent.
    pub percent: u8,
    /// Whether he named something that this business sells: then what he says leans a step less to
    /// a seller.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub names_ours: bool,
    /// Which way that tips.
    pub leaning: Leaning,
    /// The words that weigh most, as they were heard: the heaviest against the caller first.
    /// Hostile text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Heavy>,
}

/// Which way the second opinion tips.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Leaning {
    /// Like hardly anybody who should get through.
    Certain,
    /// So like the unwanted callers it learned from that it counts as a sign of selling.
    Unwanted,
    /// More like an unwanted caller than not.
    Doubtful,
    /// Neither.
    #[default]
    Unclear,
    /// Like callers who should get through.
    Legitimate,
}

/// A word that weighs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Heavy {
    /// The word, or the name of several words.
    pub word: String,
    /// What it weighs, in thousandths: above zero against the caller, below for him.
    pub weight: i32,
}
