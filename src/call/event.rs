//! What happens to a call, told by the provider.

use serde::{Deserialize, Serialize};

use super::{Answer, Caller, Key};

/// Something that happened to a call. Every event of a call has a [`CallEvent::key`] of its own,
/// so that the same event told twice is one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallEvent {
    /// Somebody calls one of our lines.
    Incoming {
        /// Who calls.
        caller: Caller,
        /// The number that was called, as the provider wrote it.
        called: String,
    },
    /// The caller answered the question of this turn.
    Heard {
        /// The turn that asked.
        turn: u16,
        /// What came back.
        answer: Answer,
    },
    /// A destination picked up and is to be told who calls.
    OwnerReached {
        /// The ring, by the number that it was given.
        attempt: u16,
        /// The provider's name for the leg to that destination: several may ring at once.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        leg: String,
    },
    /// The owner pressed a key while he was told who calls, or let the time pass.
    OwnerPressed {
        /// The ring, by the number that it was given.
        attempt: u16,
        /// The provider's name for the leg to that destination.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        leg: String,
        /// The key; `None` when the time passed.
        key: Option<Key>,
    },
    /// Ringing the owner came to an end: nobody answered, or the conversation is over.
    DialEnded {
        /// The ring, by the number that it was given.
        attempt: u16,
        /// How it ended.
        outcome: DialOutcome,
        /// How long caller and owner were connected, in seconds.
        seconds: u32,
        /// Whether the provider connected them, where it tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bridged: Option<bool>,
    },
    /// A message was recorded.
    Recorded {
        /// The turn that asked for it.
        turn: u16,
        /// Whether it is told beside the call, as what became of the sound, and asks for nothing.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        aside: bool,
        /// Where the sound is.
        recording: Recording,
    },
    /// The provider's own list has this call, and nobody here was ever told of it.
    Unseen {
        /// Who called.
        caller: Caller,
        /// The number that was called, as the provider wrote it.
        called: String,
        /// How long it lasted, in seconds.
        seconds: u32,
    },
    /// The call is over.
    Ended {
        /// How long it lasted, in seconds, if the provider tells.
        seconds: Option<u32>,
    },
    /// The owner looked on and settled from his desk what comes next. It comes from ourselves.
    OwnerActed {
        /// The turn that the call was in.
        turn: u16,
        /// What he wants.
        action: OwnerAction,
    },
    /// The provider could not carry out what it was told and asks for something safe.
    Fallback {
        /// Who calls.
        caller: Caller,
        /// The number that was called, as the provider wrote it.
        called: String,
        /// What could not be carried out, where the provider tells: each asks once.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        failed: String,
    },
}

impl CallEvent {
    /// What tells this event of a call from every other event of the same call.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Incoming { .. } => "incoming".into(),
            Self::Heard { turn, .. } => format!("heard-{turn}"),
            Self::OwnerReached { attempt, leg } => on_leg("reached", *attempt, leg),
            Self::OwnerPressed { attempt, leg, .. } => on_leg("pressed", *attempt, leg),
            Self::DialEnded { attempt, .. } => format!("dialled-{attempt}"),
            Self::Recorded { turn, aside, .. } => {
                let told = if *aside { "recording" } else { "recorded" };
                format!("{told}-{turn}")
            }
            Self::Unseen { .. } => "unseen".into(),
            Self::Ended { .. } => "ended".into(),
            Self::OwnerActed { turn, action } => format!("acted-{turn}-{}", action.as_str()),
            Self::Fallback { failed, .. } if failed.is_empty() => "fallback".into(),
            Self::Fallback { failed, .. } => format!("fallback-{failed}"),
        }
    }

    /// The number of the ring that it is about, if it is about one.
    #[must_use]
    pub fn attempt(&self) -> Option<u16> {
        match self {
            Self::OwnerReached { attempt, .. }
            | Self::OwnerPressed { attempt, .. }
            | Self::DialEnded { attempt, .. } => Some(*attempt),
            _ => None,
        }
    }

    /// Whether it tells of something that took place: a message, or a conversation. That is told once, and
    /// counts whatever else is known of the call.
    #[must_use]
    pub fn took_place(&self) -> bool {
        matches!(
            self,
            Self::Recorded { .. }
                | Self::DialEnded {
                    outcome: DialOutcome::Answered,
                    seconds: 1..,
                    ..
                }
        )
    }

    /// Whether it happened on the leg to a phone of the owner's.
    #[must_use]
    pub fn is_on_owners_leg(&self) -> bool {
        matches!(self, Self::OwnerReached { .. } | Self::OwnerPressed { .. })
    }
}

/// What happened on one of the owner's legs. Where only one rings, none need be named.
fn on_leg(what: &str, attempt: u16, leg: &str) -> String {
    if leg.is_empty() {
        format!("{what}-{attempt}")
    } else {
        format!("{what}-{attempt}-{leg}")
    }
}

/// What the owner wants with a call that he looks on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnerAction {
    /// Take it: his phone rings.
    Take,
    /// Ask the caller why exactly here.
    AskWhy,
    /// Take a message.
    TakeMessage,
    /// A polite no, with the key that leads back.
    Refuse,
}

impl OwnerAction {
    /// Every action, the kindest first.
    pub const ALL: [Self; 4] = [Self::Take, Self::AskWhy, Self::TakeMessage, Self::Refuse];

    /// The word for it in addresses and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::AskWhy => "ask_why",
            Self::TakeMessage => "take_message",
            Self::Refuse => "refuse",
        }
    }

    /// The action with this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// How ringing the owner ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DialOutcome {
    /// The leg was answered; whether the owner took the call, his key tells.
    Answered,
    /// Nobody answered in time.
    NoAnswer,
    /// Engaged.
    Busy,
    /// The number could not be reached.
    Failed,
    /// The caller hung up first.
    Cancelled,
}

/// A recorded message; the sound stays with the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Recording {
    /// Where the provider keeps it.
    pub url: String,
    /// Its length in seconds, where the provider tells.
    #[serde(default)]
    pub seconds: Option<u32>,
}
