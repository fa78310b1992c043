//! What somebody finds who looks at the installation.

use serde::Serialize;

/// How well something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Good,
    /// Works, and could be better.
    Note,
    /// Broken.
    Bad,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at, one word or two that do not change.
    pub name: &'static str,
    /// How well it is.
    pub state: Health,
    /// What was found, in a sentence.
    pub found: String,
    /// What to do about it; empty when nothing is to be done.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}
