//! The owner's lists: who always gets through, who never does, and whom he waits for.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{LineId, NumberPattern};

/// What the names of reasons begin with that are entries of lists and no rules.
pub const LISTED: &str = "list-";

/// One of the owner's lists.
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
pub enum ListName {
    /// Rings straight through. Beats everything.
    Allow,
    /// The customers the owner really wants: ring straight through and are announced as such.
    Wanted,
    /// Is refused.
    Block,
}

impl ListName {
    /// Every list, in the order in which they count.
    pub const ALL: [Self; 3] = [Self::Allow, Self::Wanted, Self::Block];

    /// The word for it, as it is written in files and addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Wanted => "wanted",
            Self::Block => "block",
        }
    }
}

/// How an entry came onto a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The owner wrote it himself.
    Owner,
    /// The owner pressed a key during a call.
    Whisper,
    /// It came in a file.
    Import,
}

impl Origin {
    /// Every origin.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Whisper, Self::Import];

    /// The word for it, as it is written in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Whisper => "whisper",
            Self::Import => "import",
        }
    }
}

/// An entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ListEntry {
    /// The number or beginning of numbers it is about: `+4571234567` or `+4571*`.
    #[schema(value_type = String)]
    pub pattern: NumberPattern,
    /// The list.
    pub list: ListName,
    /// The line it holds for; without one it holds for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub line: Option<LineId>,
    /// Who this is, in the owner's words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// How it came here.
    pub origin: Origin,
    /// When it came here.
    #[schema(value_type = String, format = DateTime)]
    pub added_at: Timestamp,
    /// When it stops to hold; without it, never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
}

impl ListEntry {
    /// Whether it holds at this moment for this line.
    #[must_use]
    pub fn holds(&self, line: &LineId, now: Timestamp) -> bool {
        self.line.as_ref().is_none_or(|own| own == line)
            && self.expires_at.is_none_or(|end| now < end)
    }

    /// Whether it may refuse a caller: a single number always, a beginning of numbers only where
    /// the owner wrote it by hand.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.pattern.is_exact() || self.origin == Origin::Owner
    }

    /// When the owner wanted this caller, or refused him with a key as he called.
    fn wanted_or_refused_at(&self) -> Option<Timestamp> {
        let is_either = match self.list {
            ListName::Wanted => true,
            ListName::Block => self.origin == Origin::Whisper,
            ListName::Allow => false,
        };
        is_either.then_some(self.added_at)
    }

    /// Of the entries that match a number, the one that counts: the owner's allow beats
    /// everything, then the longer pattern beats the shorter one, then wanted beats block, unless the
    /// owner blocked the caller by a key since.
    pub fn strongest<'a>(
        matching: impl IntoIterator<Item = &'a Self>,
        line: &LineId,
        now: Timestamp,
    ) -> Option<&'a Self> {
        matching
            .into_iter()
            .filter(|entry| entry.holds(line, now))
            .filter(|entry| entry.list != ListName::Block || entry.may_block())
            .max_by_key(|entry| {
                (
                    entry.list == ListName::Allow,
                    entry.pattern.is_exact(),
                    entry.pattern.length(),
                    entry.wanted_or_refused_at(),
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn a_wanted_caller_is_refused_only_by_the_owners_key_and_only_since_then() {
        let dawn = Timestamp::UNIX_EPOCH;
        let at = |hours| dawn + SignedDuration::from_hours(hours);
        let entry = |list, origin, hours| ListEntry {
            pattern: NumberPattern::parse("+4571118888").unwrap(),
            list,
            line: None,
            note: String::new(),
            origin,
            added_at: at(hours),
            expires_at: None,
        };
        let wanted = entry(ListName::Wanted, Origin::Owner, 2);
        for (origin, hours, counts) in [
            (Origin::Owner, 3, ListName::Wanted),
            (Origin::Whisper, 3, ListName::Block),
            (Origin::Whisper, 1, ListName::Wanted),
        ] {
            let blocked = entry(ListName::Block, origin, hours);
            let line = LineId("shop".to_owned());
            let strongest = ListEntry::strongest([&wanted, &blocked], &line, at(9));
            assert_eq!(strongest.map(|entry| entry.list), Some(counts));
        }
    }
}
