//! The edge towards telephony providers: signature, request, markup, REST client.
//!
//! A provider is a folder that implements [`Provider`] and one line in the list that the program
//! is put together with. It knows its wire and no rules: what it reads becomes a
//! [`CallEvent`], what it writes comes from [`Instruction`]s. Reading and writing are
//! pure; what goes out over the network is [`Control`].

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde::Serialize;

use crate::call::{
    Bilingual, CallEvent, CallId, Caller, CallerNumber, E164, Instruction, ProviderCallId,
    Recording,
};

mod sound;
pub mod twilio;

pub use sound::{ByteRange, Piece, Sound, SoundBody};

/// A request as it arrived, with the address that the provider called.
#[derive(Debug, Clone)]
pub struct RawRequest {
    /// `POST` or `GET`.
    pub method: http::Method,
    /// What comes after `/webhooks/<provider>/`, without the query.
    pub step: String,
    /// The query as it was written, without `?`; empty when there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, untouched.
    pub body: Bytes,
}

/// A request that was verified and read.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Which call it is about.
    pub call: ProviderCallId,
    /// The number that was called, where the provider says it again with this event; else empty.
    pub called: String,
    /// Who called, where the provider says it again with this event.
    pub caller: Option<Caller>,
    /// What happened to it.
    pub event: CallEvent,
    /// Whether it was signed with the key that only serves for trying things out.
    pub simulated: bool,
}

/// Why a request is not an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It does not come from the provider, or was changed on the way.
    #[error("the request is refused: {0}")]
    Signature(&'static str),
    /// It names an account of ours, and the signature was made over something else or with another
    /// key: most often because the public address is not, letter by letter, what the provider calls.
    #[error("the signature was not made over {expected} with a key of ours")]
    Mismatch {
        /// The address that the signature should have been made over.
        expected: String,
    },
    /// It comes from the provider and cannot be read. The owner is rung.
    #[error("the request is signed, but cannot be read: {reason}")]
    Unreadable {
        /// What is missing or wrong.
        reason: &'static str,
        /// The call it is about, where that much could be read.
        call: Option<ProviderCallId>,
    },
    /// It comes from the provider and tells nothing that matters here.
    #[error("nothing that matters here")]
    Irrelevant,
}

/// An answer in the provider's own language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The media type of the body.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
}

/// A telephony provider. Pure: no clock, no I/O.
pub trait Provider: Send + Sync {
    /// The name in addresses and records, such as `twilio`.
    fn name(&self) -> &'static str;

    /// Verifies a request and reads it.
    ///
    /// # Errors
    /// [`Refused`], which also says what is to be done with it.
    fn receive(&self, request: &RawRequest) -> Result<Received, Refused>;

    /// Writes instructions for a call in the provider's language.
    fn render(&self, call: &ProviderCallId, instructions: &[Instruction]) -> Reply;

    /// How the provider would name a trial call that we call so.
    fn trial_call(&self, id: CallId) -> ProviderCallId {
        ProviderCallId {
            provider: self.name().to_owned(),
            id: id.to_string(),
        }
    }

    /// The request that the provider would send if this happened to a trial call, signed with the
    /// key that only serves for trying things out. Nothing where there is no such key, or where
    /// providers do not tell of such an event.
    fn pretend(&self, _call: &ProviderCallId, _event: &CallEvent) -> Option<RawRequest> {
        None
    }

    /// The way to act on calls from our side, where the provider has one and it is configured.
    fn control(&self) -> Option<&dyn Control>;
}

/// Acts on a provider from our side. Every call has a deadline of its own, and only what is safe
/// to do twice is tried again.
#[async_trait]
pub trait Control: Send + Sync {
    /// Gives a live call new instructions.
    async fn redirect(
        &self,
        call: &ProviderCallId,
        instructions: &[Instruction],
    ) -> Result<(), ControlError>;

    /// Sends a text message and returns the provider's name for it.
    async fn send_text(&self, from: &str, to: E164, body: &str) -> Result<String, ControlError>;

    /// What the provider knows of a number. It may cost something each time.
    ///
    /// # Errors
    /// [`ControlError`]; a number that cannot exist is an answer, not an error.
    async fn look_up(&self, number: E164) -> Result<NumberFacts, ControlError>;

    /// Removes a recorded message for good. One that is gone already counts as removed.
    ///
    /// # Errors
    /// [`ControlError`]; for what is no recording of this account always.
    async fn delete_recording(&self, url: &str) -> Result<(), ControlError>;

    /// The calls that came in since then by the provider's own list, those that are over only.
    /// Nobody else keeps such a list, so it shows what never reached us.
    ///
    /// # Errors
    /// [`ControlError`]; for a provider without such a list always.
    async fn calls_since(&self, since: Timestamp) -> Result<Vec<ListedCall>, ControlError>;

    /// Where the provider sends what happens on one of our numbers.
    async fn number_settings(&self, number: E164) -> Result<NumberSettings, ControlError>;

    /// Changes where the provider sends what happens on one of our numbers.
    async fn set_number_settings(
        &self,
        number: E164,
        settings: &NumberSettings,
    ) -> Result<(), ControlError>;

    /// The sound of a message that was recorded here, or the range of it that is asked for. Only
    /// what the provider keeps for our account is fetched, whatever address the record names.
    ///
    /// # Errors
    /// [`ControlError`]; `Refused` with 404 while the provider has not finished writing it.
    async fn sound(
        &self,
        recording: &Recording,
        range: Option<&ByteRange>,
    ) -> Result<Sound, ControlError>;
}

/// What a provider knows of a number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NumberFacts {
    /// Whether such a number can exist.
    pub valid: bool,
    /// Why it cannot, in the provider's words.
    pub problems: Vec<String>,
    /// The country, in the two letters of ISO 3166.
    pub country: Option<String>,
    /// The number as people of its country write it.
    pub national: Option<String>,
    /// The kind of line, in the provider's word (`mobile`, `landline`, `nonFixedVoip` …).
    pub line_type: Option<String>,
    /// The carrier.
    pub carrier: Option<String>,
    /// Whose number it is, by the carrier. Hostile text.
    pub name: Option<String>,
}

/// A call by the provider's own list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCall {
    /// The call.
    pub id: ProviderCallId,
    /// Who called.
    pub caller: CallerNumber,
    /// The number that was called, as the provider wrote it.
    pub called: String,
    /// When it began.
    pub began: Timestamp,
    /// How long it lasted, in seconds.
    pub seconds: u32,
}

/// Where a provider sends what happens on a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberSettings {
    /// Asked when a call comes in.
    pub voice_url: String,
    /// Asked when the first gave no usable answer.
    pub fallback_url: String,
    /// Told when a call is over.
    pub status_url: String,
}

impl NumberSettings {
    /// What is to be changed: name, as it is, as it should be.
    #[must_use]
    pub fn changes_to<'a>(&'a self, wanted: &'a Self) -> Vec<(&'static str, &'a str, &'a str)> {
        [
            ("voice URL", &self.voice_url, &wanted.voice_url),
            ("fallback URL", &self.fallback_url, &wanted.fallback_url),
            ("status callback", &self.status_url, &wanted.status_url),
        ]
        .into_iter()
        .filter(|(_, is, should)| is != should)
        .map(|(name, is, should)| (name, is.as_str(), should.as_str()))
        .collect()
    }

    /// What is wanted, except that a fallback which the owner set elsewhere stays: one that is not
    /// this machine is the better one.
    #[must_use]
    pub fn keeping_fallback(&self, wanted: &Self) -> Self {
        let base = wanted.voice_url.trim_end_matches("voice");
        let elsewhere = !self.fallback_url.is_empty() && !self.fallback_url.starts_with(base);
        let mut wanted = wanted.clone();
        if elsewhere {
            wanted.fallback_url.clone_from(&self.fallback_url);
        }
        wanted
    }
}

/// Why an action at the provider failed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The provider could not be reached in time.
    #[error("{provider} could not be reached: {source}")]
    Unreachable {
        /// The provider.
        provider: &'static str,
        /// What the network said. Holds no secret.
        #[source]
        source: reqwest::Error,
    },
    /// The provider refused.
    #[error("{provider} refused ({status}{}): {message}", code.map(|code| format!(", error {code}")).unwrap_or_default())]
    Refused {
        /// The provider.
        provider: &'static str,
        /// The HTTP status.
        status: u16,
        /// The provider's own number for the error.
        code: Option<u32>,
        /// The provider's own words.
        message: String,
    },
    /// The provider's answer could not be read.
    #[error("{provider} answered something unreadable: {reason}")]
    Unreadable {
        /// The provider.
        provider: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The provider has no way to be told this.
    #[error("{provider} cannot be told this: {reason}")]
    Unsendable {
        /// The provider.
        provider: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// There is no such number in the account.
    #[error("{provider} has no number {number} in this account", number = number.full())]
    NoSuchNumber {
        /// The provider.
        provider: &'static str,
        /// The number that was asked for.
        number: E164,
    },
}

/// Whether another try can do what failed, where doing it twice does harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// It would be refused each time.
    Never,
    /// It was surely not done, and may be done later.
    Later,
    /// Nobody knows whether it was done.
    Unknown,
}

impl ControlError {
    /// Whether another try can do what failed, where doing it twice does harm.
    #[must_use]
    pub fn again(&self) -> Again {
        match self {
            Self::Unreachable { source, .. } if source.is_connect() => Again::Later,
            Self::Refused { status: 429, .. } => Again::Later,
            Self::Refused { status, .. } if *status < 500 => Again::Never,
            Self::Unreachable { .. } | Self::Refused { .. } | Self::Unreadable { .. } => {
                Again::Unknown
            }
            Self::Unsendable { .. } | Self::NoSuchNumber { .. } => Again::Never,
        }
    }

    /// What is wrong, in both languages. What provider and network say stays in their own words.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Unreachable { provider, source } => {
                format!("{provider} kan ikke nås: {source}")
            }
            Self::Refused {
                provider,
                status,
                code,
                message,
            } => {
                let code = code.map(|code| format!(", fejl {code}"));
                let code = code.unwrap_or_default();
                format!("{provider} afviste det ({status}{code}): {message}")
            }
            Self::Unreadable { provider, reason } => {
                format!("{provider} svarede noget, der ikke kan læses: {reason}")
            }
            Self::Unsendable { provider, reason } => {
                format!("{provider} kan ikke få det at vide: {reason}")
            }
            Self::NoSuchNumber { provider, number } => {
                let number = number.full();
                format!("{provider} har intet nummer {number} på denne konto")
            }
        };
        Bilingual::new(danish, self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fallback_elsewhere_stays_and_a_stale_one_of_ours_is_replaced() {
        let settings = |voice: &str, fallback: &str| NumberSettings {
            voice_url: voice.into(),
            fallback_url: fallback.into(),
            status_url: "https://a.dk/webhooks/twilio/status".into(),
        };
        let wanted = settings(
            "https://a.dk/webhooks/twilio/voice",
            "https://a.dk/webhooks/twilio/fallback",
        );
        let elsewhere = settings("https://old.dk/x", "https://bin.example/ring-per");
        let kept = elsewhere.keeping_fallback(&wanted);
        assert_eq!(kept.fallback_url, "https://bin.example/ring-per");
        assert_eq!(elsewhere.changes_to(&kept).len(), 1);
        let none = settings("", "");
        assert_eq!(none.changes_to(&none.keeping_fallback(&wanted)).len(), 2);
    }
}
