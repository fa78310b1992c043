//! What the owner thinks of how a call was judged.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Language, Treatment, harmless};

/// The longest note of a mark, in characters; what comes after is dropped.
pub const MAX_MARK_NOTE_CHARS: usize = 500;
/// The longest name of who marked a call, in characters; what comes after is dropped.
pub const MAX_MARKER_CHARS: usize = 60;

/// Whether a call was judged rightly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "judged", rename_all = "snake_case")]
pub enum Judged {
    /// It was right.
    Right,
    /// It was wrong.
    Wrong {
        /// What should have become of the caller, where the owner says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        should: Option<Treatment>,
    },
}

impl Judged {
    /// Whether it was wrong.
    #[must_use]
    pub fn is_wrong(self) -> bool {
        matches!(self, Self::Wrong { .. })
    }

    /// Whether this treatment agrees with the owner, where `given` is the one that was marked.
    /// `None`, when he did not say what would have been right and this is a third one.
    ///
    /// ```
    /// use portner::call::{Judged, Treatment::{Connect, Message, Reject}};
    /// assert_eq!(Judged::Right.agrees(Connect, Connect), Some(true));
    /// assert_eq!(Judged::Wrong { should: Some(Connect) }.agrees(Reject, Message), Some(false));
    /// assert_eq!(Judged::Wrong { should: None }.agrees(Reject, Message), None);
    /// ```
    #[must_use]
    pub fn agrees(self, given: Treatment, with: Treatment) -> Option<bool> {
        match self {
            Self::Right => Some(given == with),
            Self::Wrong {
                should: Some(should),
            } => Some(should == with),
            Self::Wrong { should: None } if given == with => Some(false),
            Self::Wrong { should: None } => None,
        }
    }

    /// The mark in a few words.
    #[must_use]
    pub fn word(self, language: Language) -> &'static str {
        let (danish, english) = match self {
            Self::Right => ("Rigtigt", "Right"),
            Self::Wrong { should: None } => ("Forkert", "Wrong"),
            Self::Wrong {
                should: Some(Treatment::Connect),
            } => (
                "Forkert: skulle have været igennem",
                "Wrong: should have come through",
            ),
            Self::Wrong {
                should: Some(Treatment::Message),
            } => (
                "Forkert: skulle have lagt en besked",
                "Wrong: should have left a message",
            ),
            Self::Wrong {
                should: Some(Treatment::Reject),
            } => (
                "Forkert: skulle have været afvist",
                "Wrong: should have been turned away",
            ),
        };
        language.choose(danish, english)
    }
}

/// The owner's mark on a call. It is kept beside the call, never in it: nothing that still happens
/// to the call can touch it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mark {
    /// Right or wrong.
    #[serde(flatten)]
    pub judged: Judged,
    /// Why, in the owner's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who marked it.
    pub by: String,
    /// When it was marked.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl Mark {
    /// A mark; what steers becomes blank, overlong text is cut, an empty name is `owner`.
    #[must_use]
    pub fn new(judged: Judged, note: &str, by: &str, at: Timestamp) -> Self {
        let by = tidy(by, MAX_MARKER_CHARS);
        Self {
            judged,
            note: tidy(note, MAX_MARK_NOTE_CHARS),
            by: if by.is_empty() { "owner".into() } else { by },
            at,
        }
    }
}

fn tidy(text: &str, most: usize) -> String {
    let text: String = harmless(text).take(most).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_written_flat_and_read_again() {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let should = Some(Treatment::Connect);
        let mark = Mark::new(Judged::Wrong { should }, " min\nkunde ", "", at);
        let json = serde_json::to_value(&mark).unwrap();
        assert_eq!(json["judged"], "wrong");
        assert_eq!(json["should"], "connect");
        assert_eq!(
            (&json["note"], &json["by"]),
            (&"min kunde".into(), &"owner".into())
        );
        assert_eq!(serde_json::from_value::<Mark>(json).unwrap(), mark);
        assert_eq!(
            Mark::new(Judged::Right, &"ø".repeat(900), "", at)
                .note
                .chars()
                .count(),
            500
        );
    }
}
