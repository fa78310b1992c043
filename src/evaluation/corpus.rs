//! The conversations of this project, as they lie in `tests/corpus`: what the rules were tuned on
//! and the second opinion was learned from, and the third that is only scored.

use super::{Conversation, ConversationError};
use crate::screening::profile::Profile;

/// Conversations with one business.
#[derive(Debug)]
pub struct Set {
    /// Whose line it is.
    pub profile: Profile,
    /// What callers said there.
    pub conversations: Vec<Conversation>,
    /// Calls that the owner marked: too few to keep a third of them apart.
    pub marked: Vec<Conversation>,
}

impl Set {
    /// What may be learned from: all but the third that is only scored.
    pub fn tuning(&self) -> impl Iterator<Item = &Conversation> {
        let tuning = self.conversations.iter().filter(|one| !one.is_scored());
        tuning.chain(&self.marked)
    }
}

/// An error in the corpus.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// A line is no conversation.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// An owner's profile cannot be read.
    #[error("{file}: {error}")]
    Profile {
        /// The file.
        file: &'static str,
        /// What is wrong.
        error: serde_json::Error,
    },
}

/// Path and text of an owner's profile, and of the conversations with him.
type Files = (
    (&'static str, &'static str),
    &'static [(&'static str, &'static str)],
);

macro_rules! file {
    ($path:literal) => {
        (
            concat!("tests/corpus/", $path),
            include_str!(concat!("../../tests/corpus/", $path)),
        )
    };
}

const SETS: &[Files] = &[
    (file!("owner.json"), &[file!("da.jsonl"), file!("en.jsonl")]),
    (file!("software/owner.json"), &[file!("software/da.jsonl")]),
    (file!("bakery/owner.json"), &[file!("bakery/da.jsonl")]),
    (file!("joinery/owner.json"), &[file!("joinery/en.jsonl")]),
    (file!("photo/owner.json"), &[file!("photo/da.jsonl")]),
    (
        file!("electrician/owner.json"),
        &[file!("electrician/da.jsonl")],
    ),
    (file!("clinic/owner.json"), &[file!("clinic/en.jsonl")]),
    (file!("web/owner.json"), &[file!("web/da.jsonl")]),
    (
        file!("garage/owner.json"),
        &[file!("garage/da.jsonl"), file!("garage/en.jsonl")],
    ),
    (file!("books/owner.json"), &[file!("books/en.jsonl")]),
    (
        file!("itcons/owner.json"),
        &[file!("itcons/da.jsonl"), file!("itcons/en.jsonl")],
    ),
    (
        file!("short/owner.json"),
        &[file!("short/da.jsonl"), file!("short/en.jsonl")],
    ),
    (
        file!("accountant/owner.json"),
        &[file!("accountant/en.jsonl")],
    ),
    (file!("coach/owner.json"), &[file!("coach/da.jsonl")]),
    (
        file!("hairdresser/owner.json"),
        &[file!("hairdresser/da.jsonl")],
    ),
    (file!("lettings/owner.json"), &[file!("lettings/en.jsonl")]),
    (file!("plumber/owner.json"), &[file!("plumber/da.jsonl")]),
    (file!("cafe/owner.json"), &[file!("cafe/en.jsonl")]),
    (file!("dentist/owner.json"), &[file!("dentist/da.jsonl")]),
    (
        file!("itsupport/owner.json"),
        &[file!("itsupport/da.jsonl")],
    ),
];

/// Every set of the corpus.
///
/// # Errors
/// The first place that cannot be read.
pub fn corpus() -> Result<Vec<Set>, CorpusError> {
    SETS.iter()
        .map(|((file, owner), files)| {
            let profile =
                Profile::from_json(owner).map_err(|error| CorpusError::Profile { file, error })?;
            let mut conversations = Vec::new();
            for (path, text) in *files {
                conversations.extend(Conversation::read_all(path, text)?);
            }
            Ok(Set {
                profile,
                conversations,
                marked: Vec::new(),
            })
        })
        .collect()
}
