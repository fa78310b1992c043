//! Figures for the judgement: labelled conversations are played through the real dialogue, and
//! what becomes of them is counted.

mod conversation;
mod play;
mod recorded;
mod replay;
mod table;

pub use conversation::{Conversation, ConversationError, Label, Outcome, Turn};
pub use play::{Played, play};
pub use recorded::{Decided, Recorded, count_earlier_calls};
pub use replay::{Again, Change, Move, Rejudged, Replayed, replay, replay_all};
pub use table::{Share, Table, is_right};
