//! What a caller gives as an answer: words, a key, or nothing.

use serde::{Deserialize, Serialize};

use super::Language;

/// The longest answer that is looked at, in characters; what comes after is dropped.
pub const MAX_UTTERANCE_CHARS: usize = 2_000;

/// What speech recognition made of an answer. The words are hostile text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Utterance {
    /// The recognised words, at most [`MAX_UTTERANCE_CHARS`] characters.
    pub text: String,
    /// How sure recognition is, from 0 to 1. Missing is unknown, not bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

impl Utterance {
    /// Takes words as they came; what steers a reader becomes a blank, overlong text is cut.
    #[must_use]
    pub fn new(text: &str, confidence: Option<f32>) -> Self {
        let text = super::harmless(text)
            .take(MAX_UTTERANCE_CHARS)
            .collect::<String>();
        Self {
            text: text.trim().to_owned(),
            confidence: confidence.filter(|value| value.is_finite() && *value > 0.0),
        }
    }
}

/// A key of a telephone keypad (ITU-T Q.23): `0`–`9`, `*` or `#`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "char", into = "char")]
#[schema(value_type = String)]
pub struct Key(char);

impl Key {
    /// The key with this sign, if there is one.
    #[must_use]
    pub fn new(sign: char) -> Option<Self> {
        matches!(sign, '0'..='9' | '*' | '#').then_some(Self(sign))
    }

    /// The sign on the key.
    #[must_use]
    pub fn sign(self) -> char {
        self.0
    }
}

impl TryFrom<char> for Key {
    type Error = String;
    fn try_from(sign: char) -> Result<Self, Self::Error> {
        Self::new(sign).ok_or_else(|| format!("“{sign}” is not on a telephone keypad"))
    }
}

impl From<Key> for char {
    fn from(key: Key) -> Self {
        key.0
    }
}

/// What came back when the doorman asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Words.
    Speech(Utterance),
    /// A key was pressed.
    Key(Key),
    /// Neither words nor key within the time.
    Silence,
}

/// A question that the doorman asks.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// The open question of the greeting.
    Open,
    /// HVEM: who is this, and whom do you think you are calling?
    Who,
    /// HVAD: what is it about?
    What,
    /// HVORFOR: why exactly here?
    Why,
}

/// One of the three H's that an answer may fill.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// HVEM.
    Who,
    /// HVAD.
    What,
    /// HVORFOR.
    Why,
}

impl Slot {
    /// The three of them, in the order in which they are asked.
    pub const ALL: [Self; 3] = [Self::Who, Self::What, Self::Why];

    /// The question that asks for it.
    #[must_use]
    pub fn question(self) -> Question {
        match self {
            Self::Who => Question::Who,
            Self::What => Question::What,
            Self::Why => Question::Why,
        }
    }

    /// What the seed calls it.
    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        match self {
            Self::Who => language.choose("HVEM", "WHO"),
            Self::What => language.choose("HVAD", "WHAT"),
            Self::Why => language.choose("HVORFOR", "WHY"),
        }
    }
}
