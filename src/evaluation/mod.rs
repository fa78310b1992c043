//! Figures for the judgement: labelled conversations are played through the real dialogue, and
//! what becomes of them is counted.

mod conversation;
mod corpus;
mod lesson;
mod play;
mod table;

pub use conversation::{Conversation, ConversationError, Label, Outcome, Turn};
pub use corpus::{CorpusError, Set, corpus};
pub use play::{Played, play};
pub use table::{Share, Table, is_right};
