//! The languages that the doorman speaks.

use serde::{Deserialize, Serialize};

/// A language that the doorman speaks and understands.
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
pub enum Language {
    /// Danish.
    Da,
    /// English.
    En,
}

impl Language {
    /// Every language, Danish first.
    pub const ALL: [Self; 2] = [Self::Da, Self::En];

    /// The two letters of ISO 639-1.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Da => "da",
            Self::En => "en",
        }
    }

    /// The tag that speech recognition and synthesis want (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Da => "da-DK",
            Self::En => "en-GB",
        }
    }

    /// One of two texts, by language.
    #[must_use]
    pub fn choose<T>(self, danish: T, english: T) -> T {
        match self {
            Self::Da => danish,
            Self::En => english,
        }
    }
}
