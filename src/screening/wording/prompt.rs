//! The texts by name.

use serde::{Deserialize, Serialize};

use crate::call::Question;

/// To whom a text is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// To the caller: nothing from the call comes into it.
    Caller,
    /// To the owner alone: it may say who calls, and about what.
    Owner,
}

macro_rules! prompts {
    ($($(#[doc = $meaning:literal])+ $prompt:ident = $key:literal, $audience:ident;)+) => {
        /// A text that the doorman says.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        pub enum Prompt {
            $(
                $(#[doc = $meaning])+
                #[serde(rename = $key)]
                $prompt,
            )+
        }

        impl Prompt {
            /// Every text, in the order in which a call may need them.
            pub const ALL: [Self; [$($key),+].len()] = [$(Self::$prompt),+];

            /// Its name in settings.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$prompt => $key),+ }
            }

            /// What it is for.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$prompt => concat!($($meaning),+).trim_ascii()),+ }
            }

            /// To whom it is said.
            #[must_use]
            pub fn audience(self) -> Audience {
                match self { $(Self::$prompt => Audience::$audience),+ }
            }
        }
    };
}

prompts! {
    /// Begins every call: the firm, that a machine answers, that words are written down.
    Notice = "notice", Caller;
    /// The open question after the notice.
    AskOpen = "ask_open", Caller;
    /// HVEM: who is this, and whom does he want?
    AskWho = "ask_who", Caller;
    /// HVAD: what is it about?
    AskWhat = "ask_what", Caller;
    /// HVORFOR: why exactly here? Asked when selling is likely.
    AskWhy = "ask_why", Caller;
    /// The open question again, when the answer was not understood.
    AgainOpen = "again_open", Caller;
    /// HVEM again.
    AgainWho = "again_who", Caller;
    /// HVAD again.
    AgainWhat = "again_what", Caller;
    /// HVORFOR again.
    AgainWhy = "again_why", Caller;
    /// The open question again, when nothing was heard at all.
    Silent = "silent", Caller;
    /// Offers keys when words do not work: 1 is a message, 2 is being put through.
    OfferKeys = "offer_keys", Caller;
    /// Before the owner's phone rings.
    Connecting = "connecting", Caller;
    /// Before the tone that begins a message.
    Message = "message", Caller;
    /// The no. Key 1 leads to a message.
    No = "no", Caller;
    /// The last word after the no, when no key was pressed.
    FinalNo = "final_no", Caller;
    /// Ends a call with the signs of fraud, neutrally.
    ScamEnd = "scam_end", Caller;
    /// The no to a blocked number, where it is spoken. Key 1 leads to a message.
    BlockedNo = "blocked_no", Caller;
    /// Nobody took the call: before the tone that begins a message.
    NoAnswer = "no_answer", Caller;
    /// Nobody took the call, and the owner gets a text about it.
    NoAnswerText = "no_answer_text", Caller;
    /// Ends a call.
    Goodbye = "goodbye", Caller;
    /// After a message.
    MessageThanks = "message_thanks", Caller;
    /// Outside the opening hours: before the tone that begins a message.
    Closed = "closed", Caller;
    /// What is kept about the caller; key 9 asks for it.
    Privacy = "privacy", Caller;
    /// When something of ours broke while we talked, and the phone simply rings.
    FailOpen = "fail_open", Caller;
    /// Who calls, said to the owner when he picks up.
    Whisper = "whisper", Owner;
    /// The same for somebody on the list of wanted customers.
    WantedWhisper = "wanted_whisper", Owner;
    /// The owner's keys: 1 take it, 2 a polite no, 3 always let through, 4 refuse this kind.
    WhisperKeys = "whisper_keys", Owner;
    /// The same where the number is withheld, so that nobody could be let through always.
    WhisperKeysWithheld = "whisper_keys_withheld", Owner;
    /// The text message to the owner about a call that nobody took.
    OwnerText = "owner_text", Owner;
}

impl Prompt {
    /// The text that asks a question, for the first time or again.
    #[must_use]
    pub fn asking(question: Question, again: bool) -> Self {
        match (question, again) {
            (Question::Open, false) => Self::AskOpen,
            (Question::Open, true) => Self::AgainOpen,
            (Question::Who, false) => Self::AskWho,
            (Question::Who, true) => Self::AgainWho,
            (Question::What, false) => Self::AskWhat,
            (Question::What, true) => Self::AgainWhat,
            (Question::Why, false) => Self::AskWhy,
            (Question::Why, true) => Self::AgainWhy,
        }
    }

    /// The text with this name in settings.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|prompt| prompt.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_agree() {
        for (place, prompt) in Prompt::ALL.into_iter().enumerate() {
            assert_eq!(prompt as usize, place);
            assert_eq!(Prompt::from_key(prompt.key()), Some(prompt));
            assert_eq!(serde_json::to_value(prompt).unwrap(), prompt.key());
        }
    }
}
