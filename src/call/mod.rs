//! The vocabulary of telephony: plain values without I/O, without a clock, without opinions.
//!
//! A [`CallEvent`] is what a provider tells, an [`Instruction`] what it is told, a [`Call`] all
//! that is known in between, and a [`Verdict`] what was decided and why.

mod bilingual;
mod caller;
mod clock;
mod effect;
mod event;
mod forget;
mod harmless;
mod instruction;
mod language;
mod list;
mod mark;
mod moment;
mod number;
mod number_pattern;
mod opinion;
pub(crate) mod quantity;
mod record;
mod retention;
mod speech;
mod verdict;
mod words;

pub use bilingual::Bilingual;
pub(crate) use bilingual::bilingual;
pub use caller::{Attestation, Caller};
pub use clock::{Clock, FixedClock, SystemClock};
pub use effect::Effect;
pub use event::{CallEvent, DialOutcome, OwnerAction, Recording};
pub use harmless::{harmless, steers};
pub use instruction::{Instruction, RejectCause, Target};
pub use language::Language;
pub use list::{LISTED, ListEntry, ListName, Origin};
pub use mark::{Judged, MAX_MARK_NOTE_CHARS, MAX_MARKER_CHARS, Mark};
pub use moment::{day, moment};
pub use number::{CallerNumber, E164, NumberError, is_country};
pub use number_pattern::NumberPattern;
pub use opinion::{Heavy, Leaning, OPINION, Opinion};
pub use record::{Call, CallId, Disposition, Entry, Filled, LineId, ProviderCallId, Stage};
pub use retention::Retention;
pub use speech::{Answer, Key, MAX_UTTERANCE_CHARS, Question, Slot, Utterance};
pub use verdict::{EvidenceKind, Ground, Reason, Score, Treatment, Verdict};
