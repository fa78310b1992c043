//! What a provider is to do with a call.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{E164, Language, Question};

/// One thing that a provider is to do. Providers write these in their own language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Instruction {
    /// Speak.
    Say {
        /// The words.
        text: String,
        /// The language to speak them in.
        language: Language,
    },
    /// Speak, and take words or a key as an answer; speaking stops when the caller begins.
    Ask {
        /// Which turn of the call this is; the answer names it.
        turn: u16,
        /// The question; none where keys are offered, or a no waits for the one that leads back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        question: Option<Question>,
        /// The words.
        text: String,
        /// The language to speak and listen in.
        language: Language,
        /// Words that recognition should expect.
        #[serde(default = "no_hints", skip_serializing_if = "<[String]>::is_empty")]
        #[schema(value_type = Vec<String>, required = false)]
        hints: Arc<[String]>,
        /// How long to wait for the beginning of an answer, in seconds.
        wait_seconds: u8,
        /// How long a pause ends the answer, in seconds.
        pause_seconds: u8,
    },
    /// Ring the owner.
    Dial {
        /// Which ring of the call this is: no number is given twice, and what comes back names it.
        attempt: u16,
        /// Which of the line's destinations is rung, from 0; an older version numbered its rings so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<u16>,
        /// Who is rung, all at once.
        targets: Vec<Target>,
        /// How long to ring, in seconds.
        ring_seconds: u16,
        /// Whether the owner is told who calls and must press a key before the call is his.
        whisper: bool,
    },
    /// Tell the owner who calls, on his leg alone, and wait for his key.
    Whisper {
        /// The ring that reached him.
        attempt: u16,
        /// The words.
        text: String,
        /// The language to speak them in.
        language: Language,
        /// How long to wait for a key after speaking, in seconds.
        wait_seconds: u8,
    },
    /// Connect caller and owner: the whisper ends here.
    Bridge,
    /// Record a message after a tone.
    Record {
        /// Which turn of the call this is; what comes back names it.
        turn: u16,
        /// The longest message, in seconds.
        max_seconds: u16,
    },
    /// Refuse the call before it is answered.
    Reject {
        /// What the caller's network is told.
        cause: RejectCause,
    },
    /// End the leg.
    Hangup,
}

fn no_hints() -> Arc<[String]> {
    Arc::default()
}

/// Where the owner can be rung. Only configuration makes these; nothing a caller says does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A telephone number.
    #[schema(value_type = String)]
    Number(E164),
    /// A SIP address, `sip:user@host`.
    Sip(String),
    /// A client of the provider (an app or a browser), by its identity.
    Client(String),
}

/// Why a call is refused before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RejectCause {
    /// Engaged tone (SIP 486).
    Busy,
    /// Not wanted (SIP 603, 607, 608, as far as the provider can tell them apart).
    Declined,
}
