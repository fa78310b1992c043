//! What a caller may choose instead of answering.

use crate::call::Key;

/// What a key means while the doorman talks, the same throughout the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Message,
    PutThrough,
    OtherLanguage,
    Privacy,
}

impl Choice {
    pub(super) fn of_key(key: Key) -> Option<Self> {
        match key.sign() {
            '1' => Some(Self::Message),
            '2' => Some(Self::PutThrough),
            '3' => Some(Self::OtherLanguage),
            '9' => Some(Self::Privacy),
            _ => None,
        }
    }

    /// The same, said in words, for those who hold a locked phone in their hand.
    pub(super) fn of_words(text: &str) -> Option<Self> {
        const MESSAGE: &[&str] = &["et", "én", "ét", "1", "one", "besked", "message"];
        const PUT_THROUGH: &[&str] = &[
            "to",
            "2",
            "two",
            "igennem",
            "menneske",
            "human",
            "person",
            "through",
            "omstilling",
        ];
        let text = text.to_lowercase();
        let says = |choices: &[&str]| {
            text.split(|character: char| !character.is_alphanumeric())
                .any(|word| choices.contains(&word))
        };
        if says(MESSAGE) {
            Some(Self::Message)
        } else if says(PUT_THROUGH) {
            Some(Self::PutThrough)
        } else {
            None
        }
    }
}
