//! Figures for the judgement: labelled conversations are played through the real dialogue, as they
//! were said or as a poor recogniser would hear them, and what becomes of them is counted.

mod candidates;
mod conversation;
mod corpus;
mod garble;
mod lesson;
mod marked;
mod play;
mod recorded;
mod replay;
mod sample;
mod table;

pub use candidates::{Candidate, FEEDBACK_FILE, candidates, last_resorts};
pub use conversation::{Conversation, ConversationError, Label, Outcome, Turn};
pub use corpus::{CorpusError, Set, corpus};
pub use garble::{Garbler, word_errors};
pub use lesson::{fingerprint, lessons};
pub use play::{BEGAN, Played, play};
pub use recorded::{Decided, Recorded, count_earlier_calls};
pub use replay::{Again, Change, Move, Rejudged, Replayed, replay, replay_all};
pub use sample::{Sampled, ends_right, sample};
pub use table::{Share, Table, is_right};
