//! One of our numbers with everything its owner settled: how strictly callers are screened, when
//! the phone rings and where, what is said.
//!
//! These are checked values; what may be written in a file is `config`'s matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::hours::OpeningHours;
use super::profile::Profile;
use super::wording::Wordings;
use crate::call::{E164, Language, LineId, Question, Target, Treatment};
use crate::opinion::Model;

/// A number that people call, and how its callers are received.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// The owner's name for it.
    pub id: LineId,
    /// The numbers that people call; at least one.
    pub numbers: Vec<E164>,
    /// Whether callers are screened or only listened to.
    pub mode: Mode,
    /// The languages that the doorman speaks here; the first is the one he greets in.
    pub languages: Languages,
    /// The zone in which opening hours are meant.
    pub time_zone: TimeZone,
    /// When the phone may ring.
    pub hours: OpeningHours,
    /// What happens to callers outside the opening hours.
    pub closed: Closed,
    /// What happens to sellers who have done their homework.
    pub targeted_sellers: TargetedSellers,
    /// How blocked numbers are refused.
    pub blocked: Blocked,
    /// What happens when nobody takes the call.
    pub no_answer: NoAnswer,
    /// Whether the owner hears who calls before the call is his.
    pub whisper: Whisper,
    /// Firms and people whose call the owner expects.
    pub expect: Vec<String>,
    /// Whose line it is.
    pub profile: Profile,
    /// Where the owner's phone rings, one attempt after the other; at least one.
    pub attempts: Vec<Attempt>,
    /// Everything the doorman says, in every language.
    pub wordings: Wordings,
    /// What was learned of callers before, where its opinion is asked.
    pub opinion: Option<Arc<Model>>,
}

impl Line {
    /// The word classes that the owner's profile and expectations fill.
    /// Expected firms and people count as contacts.
    #[must_use]
    pub fn lexicon(&self) -> BTreeMap<String, Vec<String>> {
        self.profile.lexicon_with(&self.expect)
    }

    /// The numbers that people call here, and those of the telephones that ring.
    pub fn own_numbers(&self) -> impl Iterator<Item = E164> {
        let targets = self.attempts.iter().flat_map(|attempt| &attempt.targets);
        let rung = targets.filter_map(|target| match target {
            Target::Number(number) => Some(*number),
            Target::Sip(_) | Target::Client(_) => None,
        });
        self.numbers.iter().copied().chain(rung)
    }
}

/// The languages of a line: one to greet in, and perhaps more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages {
    greeting: Language,
    others: Vec<Language>,
}

impl Languages {
    /// These languages, the first to greet in; `None` when there is none. Repeats are dropped.
    #[must_use]
    pub fn new(languages: &[Language]) -> Option<Self> {
        let (&greeting, rest) = languages.split_first()?;
        let mut others = Vec::new();
        for &language in rest {
            if language != greeting && !others.contains(&language) {
                others.push(language);
            }
        }
        Some(Self { greeting, others })
    }

    /// The language of the greeting.
    #[must_use]
    pub fn greeting(&self) -> Language {
        self.greeting
    }

    /// Whether this is one of them.
    #[must_use]
    pub fn contains(&self, language: Language) -> bool {
        self.iter().any(|own| own == language)
    }

    /// All of them, the greeting's first.
    pub fn iter(&self) -> impl Iterator<Item = Language> + '_ {
        std::iter::once(self.greeting).chain(self.others.iter().copied())
    }
}

/// Whom an attempt rings, all at once, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Who is rung; at least one.
    pub targets: Vec<Target>,
    /// How long to ring, in seconds.
    pub ring_seconds: u16,
}

/// How the owner is told who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whisper {
    /// He hears it and must press a key; where none comes in time, the caller leaves a message.
    On {
        /// How long to wait for a key after speaking, in seconds.
        wait_seconds: u8,
    },
    /// Whoever picks up has the call, a mobile's own voicemail too.
    Off,
}

/// What happens when nobody takes the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// The caller may leave a message.
    Voicemail,
    /// The owner gets a text message about the call.
    Text {
        /// The owner's number.
        to: E164,
    },
    /// The caller hears a polite goodbye.
    Goodbye,
}

/// Whether callers are screened.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everybody rings through; what would have become of him is only logged.
    Listen,
    /// Callers are asked, and get through or not.
    #[default]
    Screen,
}

/// What happens to callers outside the opening hours.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// The same as inside them.
    #[default]
    Connect,
    /// Whoever would get through is asked for a message instead.
    Message,
}

/// What happens to a seller who says so and knows why exactly here.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum TargetedSellers {
    /// He has earned it: the owner's phone rings.
    #[default]
    Connect,
    /// He may leave a message.
    Message,
}

impl TargetedSellers {
    /// What becomes of him.
    #[must_use]
    pub fn treatment(self) -> Treatment {
        match self {
            Self::Connect => Treatment::Connect,
            Self::Message => Treatment::Message,
        }
    }
}

/// How blocked numbers are refused.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Blocked {
    /// Before the call is answered, so that it costs nothing.
    #[default]
    Unanswered,
    /// With a spoken no that offers a message.
    Spoken,
}

/// How many calls may be screened before the rest ring the owner plainly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpendLimits {
    /// In a minute, whoever calls.
    pub per_minute: u32,
    /// Of one caller in an hour.
    pub per_caller: u32,
    /// In a day, whoever calls.
    pub per_day: u32,
}

impl Default for SpendLimits {
    fn default() -> Self {
        Self {
            per_minute: 60,
            per_caller: 20,
            per_day: 2_000,
        }
    }
}

/// How far a conversation may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most questions put to a caller, the greeting's among them.
    pub max_questions: u8,
    /// The longest time until it is decided what becomes of a caller, in seconds.
    pub max_seconds: u16,
    /// The most turns of a call, the asking again included.
    pub max_turns: u16,
    /// How long to wait for the beginning of an answer, in seconds.
    pub answer_seconds: u8,
    /// How long a pause ends an answer, in seconds.
    pub pause_seconds: u8,
    /// The longest message, in seconds.
    pub message_seconds: u16,
}

impl Limits {
    /// Whether a caller who was spoken to so often, for so many seconds, may be spoken to once more.
    pub(super) fn leave_a_turn(&self, turns: u16, seconds: i64) -> bool {
        turns < self.max_turns && seconds < i64::from(self.max_seconds)
    }

    /// Whether a caller who was asked these may be asked another.
    pub(super) fn leave_a_question(&self, asked: &[Question]) -> bool {
        asked.len() < usize::from(self.max_questions)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_questions: 4,
            max_seconds: 45,
            max_turns: 8,
            answer_seconds: 5,
            pause_seconds: 2,
            message_seconds: 120,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_keep_their_order_and_lose_repeats() {
        let languages = Languages::new(&[Language::En, Language::Da, Language::En]).unwrap();
        assert_eq!(languages.greeting(), Language::En);
        assert_eq!(
            languages.iter().collect::<Vec<_>>(),
            [Language::En, Language::Da]
        );
        assert!(languages.contains(Language::Da));
        assert_eq!(Languages::new(&[]), None);
    }
}
