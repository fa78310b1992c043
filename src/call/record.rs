//! A call from its first ring to its last word: the state it is in and all that happened.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Answer, CallEvent, Caller, Instruction, Language, Opinion, Question, Reason, Recording, Slot,
    Treatment, Verdict,
};

/// Our own name for a call; sorts by the time it began (UUID version 7, RFC 9562).
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
    utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct CallId(Uuid);

impl CallId {
    /// A name for a call that begins at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        let time = uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos);
        Self(Uuid::new_v7(time))
    }

    /// Reads what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text).ok().map(Self)
    }

    /// The sixteen bytes, in an order that sorts by time.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The name with these sixteen bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The owner's name for one of his lines, such as `shop`.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(transparent)]
pub struct LineId(pub String);

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the provider names a call.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct ProviderCallId {
    /// The provider, such as `twilio`.
    pub provider: String,
    /// Its name for the call, such as a Twilio `CallSid`.
    pub id: String,
}

/// Where a call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nothing was said yet.
    Offered,
    /// A question was asked; `again` when it was asked for the second time.
    Asking {
        /// Which question.
        question: Question,
        /// Whether it was asked before.
        again: bool,
    },
    /// The caller was offered keys, since words did not work.
    OfferingKeys,
    /// The caller was told no and may still press a key for a message.
    Refusing,
    /// The owner is being rung.
    Ringing {
        /// The ring, by the number that it was given.
        attempt: u16,
    },
    /// The owner took the call.
    Connected {
        /// The ring that reached him.
        attempt: u16,
    },
    /// A message is being recorded.
    Recording,
    /// The last instruction was given; the provider will tell that the call is over.
    Closing,
    /// The call is over.
    Ended,
}

/// How a call turned out.
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
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Caller and owner spoke.
    Connected,
    /// The owner was rung and did not take it, and no message was left.
    NotAnswered,
    /// A message was left.
    Message,
    /// The caller got a no.
    Rejected,
    /// The caller hung up before anything was decided.
    Abandoned,
    /// It never came here: only the provider's own list has it, or it was told alone that it ended.
    Unseen,
}

/// One of the three H's as far as the caller filled it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Filled {
    /// Which one.
    pub slot: Slot,
    /// In the caller's own words. Hostile text.
    pub text: String,
    /// How particular it is: 1 could be said of anything, 3 only of this business.
    pub specificity: u8,
}

/// Something that happened to a call, and what the doorman did about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Entry {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What happened.
    pub event: CallEvent,
    /// What the provider was told.
    pub instructions: Vec<Instruction>,
}

/// A call from its first ring on: where it stands, what is known, and all that happened.
///
/// It is written whole each time something happens to it, so that the next event may be handled
/// by whoever gets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Call {
    /// Our name for it.
    pub id: CallId,
    /// The provider's name for it.
    pub provider: ProviderCallId,
    /// Played by ourselves to try things out; kept out of statistics.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// The line that was called.
    #[schema(value_type = String)]
    pub line: LineId,
    /// The number that was called, as the provider wrote it.
    pub called: String,
    /// Who calls.
    pub caller: Caller,
    /// The language spoken with the caller.
    pub language: Language,
    /// Where it stands.
    pub stage: Stage,
    /// How often the caller was spoken to and an answer awaited.
    pub turn: u16,
    /// The questions that were put, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Question>,
    /// The three H's, as far as they are filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slots: Vec<Filled>,
    /// The rules that fired, in the order in which they did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// What the learned second opinion makes of it, where one is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opinion: Option<Opinion>,
    /// What was decided, once it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How it turned out, once it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
    /// The message that was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Recording>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// All that happened, in order.
    pub timeline: Vec<Entry>,
}

impl Call {
    /// A call that begins now.
    #[must_use]
    pub fn begin(
        id: CallId,
        provider: ProviderCallId,
        line: LineId,
        language: Language,
        caller: Caller,
        called: String,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            provider,
            simulated: false,
            line,
            called,
            caller,
            language,
            stage: Stage::Offered,
            turn: 0,
            asked: Vec::new(),
            slots: Vec::new(),
            reasons: Vec::new(),
            opinion: None,
            verdict: None,
            disposition: None,
            recording: None,
            started_at: now,
            ended_at: None,
            timeline: Vec::new(),
        }
    }

    /// The instructions that were given for the event with this key, if it was seen before.
    #[must_use]
    pub fn answered(&self, event_key: &str) -> Option<&[Instruction]> {
        self.timeline
            .iter()
            .find(|entry| entry.event.key() == event_key)
            .map(|entry| entry.instructions.as_slice())
    }

    /// What the caller said of one of the three H's.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> Option<&Filled> {
        self.slots.iter().find(|filled| filled.slot == slot)
    }

    /// How the caller presented himself, or else what the network calls him.
    #[must_use]
    pub fn presented(&self) -> Option<&str> {
        let who = self.slot(Slot::Who).map(|filled| filled.text.trim());
        let name = self.caller.name.as_deref().map(str::trim);
        let is_name = |name: &&str| !name.is_empty();
        who.filter(is_name).or_else(|| name.filter(is_name))
    }

    /// The caller's words, answer by answer.
    pub fn said(&self) -> impl Iterator<Item = &str> {
        self.timeline.iter().filter_map(|entry| match &entry.event {
            CallEvent::Heard {
                answer: Answer::Speech(utterance),
                ..
            } => Some(utterance.text.as_str()),
            _ => None,
        })
    }

    /// The caller's first words, if he has said any.
    #[must_use]
    pub fn opening(&self) -> Option<&str> {
        self.said().next()
    }

    /// Whether a message was left, or the caller was sent to leave one.
    #[must_use]
    pub fn is_about_a_message(&self) -> bool {
        let sent_to_one = |verdict: &Verdict| verdict.treatment == Treatment::Message;
        self.recording.is_some() || self.verdict.as_ref().is_some_and(sent_to_one)
    }

    /// Whether the caller was asked for a message without the owner's phone ever ringing.
    #[must_use]
    pub fn was_met_by_a_closed_door(&self) -> bool {
        let told = || self.timeline.iter().flat_map(|entry| &entry.instructions);
        let recorded = told().any(|told| matches!(told, Instruction::Record { .. }));
        recorded && !told().any(|told| matches!(told, Instruction::Dial { .. }))
    }

    /// Whether the provider told that it is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Ended
    }
}
