//! Figures for the judgement: labelled conversations are played through the real dialogue, as they
//! were said or as a poor recogniser would hear them, and what becomes of them is counted.

mod conversation;
mod garble;
mod play;
mod table;

pub use conversation::{Conversation, ConversationError, Label, Outcome, Turn};
pub use garble::{Garbler, word_errors};
pub use play::{Played, play};
pub use table::{Share, Table, is_right};
