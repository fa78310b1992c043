//! What a step of a call brings about beside what the provider is told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{E164, ListEntry};

/// Something to be done because of a call. It is written down together with the call, so that it
/// is done once, whatever breaks in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Put an entry on one of the owner's lists.
    List(ListEntry),
    /// Refuse the campaign that the call belongs to.
    RefuseCampaign {
        /// Until then.
        until: Timestamp,
    },
    /// Send a text message to the owner. Only configured numbers get texts.
    Text {
        /// The owner's number.
        to: E164,
        /// The words.
        body: String,
    },
    /// Send a mail to the owner. Only the configured address gets mails.
    Mail {
        /// What it is about.
        subject: String,
        /// The words, as plain text.
        text: String,
    },
    /// Tell the owner's own address of the web what happened.
    Notify {
        /// The message, as it is sent.
        body: String,
    },
    /// Have the provider remove a recorded message.
    DeleteRecording {
        /// Where the provider keeps it.
        url: String,
    },
}
