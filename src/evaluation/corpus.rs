//! The conversations of this project, as `build.rs` packs `tests/corpus` into the program: what the
//! rules were tuned on and the second opinion was learned from. Of some sets a third is only scored;
//! most are learned from whole, since whole businesses are held out to measure by.

use super::{Conversation, ConversationError};
use crate::screening::profile::Profile;

/// Conversations with one business.
#[derive(Debug)]
pub struct Set {
    /// Whose line it is.
    pub profile: Profile,
    /// What callers said there.
    pub conversations: Vec<Conversation>,
    /// Whether a third of them is only scored.
    pub divided: bool,
    /// How much each of them counts in learning, where most count 1.
    pub weight: f64,
    /// Calls that the owner marked: too few to keep a third of them apart.
    pub marked: Vec<Conversation>,
}

impl Set {
    /// What may be learned from: all but what is only scored.
    pub fn tuning(&self) -> impl Iterator<Item = &Conversation> {
        let may_be = |one: &&Conversation| !self.divided || !one.is_scored();
        self.conversations.iter().filter(may_be).chain(&self.marked)
    }
}

/// An error in the corpus.
#[derive(Debug, thiserror::Error)]
pub enum CorpusError {
    /// What was packed cannot be unpacked.
    #[error("the conversations in this program are damaged: {0}")]
    Packed(#[from] lz4_flex::block::DecompressError),
    /// What was unpacked is no text.
    #[error("the conversations in this program are damaged: {0}")]
    Text(#[from] std::string::FromUtf8Error),
    /// A line is no conversation.
    #[error(transparent)]
    Conversation(#[from] ConversationError),
    /// An owner's profile cannot be read.
    #[error("{file}: {error}")]
    Profile {
        /// The file.
        file: String,
        /// What is wrong.
        error: serde_json::Error,
    },
}

/// Path and text of every file, each ended by a NUL.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/corpus.lz4"));
const END: char = '\0';

/// The folders of which a third is only scored; the first is `tests/corpus` itself.
const DIVIDED: &[&str] = &["", "short"];

/// The folders of callers as they come every day, as the first set has them too; most others are of those
/// whom filters miss. Each of these counts as much as several of them: nobody is called by hard cases
/// alone.
const EVERYDAY: &[&str] = &["", "everyday"];
/// How much each counts. Settled on what 1, 3, 6 and 10 did to businesses held out and unseen: the more, the
/// better everyday callers are told apart, and from 6 on the others worse (docs/figures.md).
const EVERYDAY_WEIGHT: f64 = 3.0;

/// Every set of the corpus.
///
/// # Errors
/// The first place that cannot be read.
pub fn corpus() -> Result<Vec<Set>, CorpusError> {
    let text = String::from_utf8(lz4_flex::decompress_size_prepended(PACKED)?)?;
    let parts: Vec<&str> = text.split_terminator(END).collect();
    let files: Vec<File<'_>> = parts.as_chunks().0.iter().map(File::from).collect();
    files
        .chunk_by(|one, next| one.folder == next.folder)
        .map(set)
        .collect()
}

/// A file of the corpus.
struct File<'a> {
    folder: &'a str,
    name: &'a str,
    text: &'a str,
}

impl<'a> From<&[&'a str; 2]> for File<'a> {
    fn from([path, text]: &[&'a str; 2]) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Self { folder, name, text }
    }
}

/// One business, of the files of its folder.
fn set(files: &[File<'_>]) -> Result<Set, CorpusError> {
    let mut set = Set {
        profile: Profile::default(),
        conversations: Vec::new(),
        divided: files.iter().any(|one| DIVIDED.contains(&one.folder)),
        weight: files.first().map_or(1.0, |one| weight(one.folder)),
        marked: Vec::new(),
    };
    for File { folder, name, text } in files {
        let path = format!("tests/corpus/{folder}/{name}");
        if *name == "owner.json" {
            set.profile = Profile::from_json(text)
                .map_err(|error| CorpusError::Profile { file: path, error })?;
        } else {
            set.conversations
                .extend(Conversation::read_all(&path, text)?);
        }
    }
    Ok(set)
}

fn weight(folder: &str) -> f64 {
    let outermost = folder.split('/').next().unwrap_or_default();
    if EVERYDAY.contains(&outermost) {
        EVERYDAY_WEIGHT
    } else {
        1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_business_has_callers_and_all_but_the_short_requests_a_name() {
        let sets = corpus().unwrap();
        assert!(sets.len() > 180, "only {} businesses", sets.len());
        let nameless = |set: &&Set| set.profile.company.name.is_empty();
        assert_eq!(sets.iter().filter(nameless).count(), 1);
        assert!(sets.iter().all(|set| !set.conversations.is_empty()));
        assert_eq!(sets.iter().filter(|set| set.divided).count(), DIVIDED.len());
    }

    #[test]
    fn nothing_is_learned_from_what_is_unseen() {
        let unseen = include_str!("../../tests/corpus/unseen/floors/da.jsonl");
        let told = Conversation::read_all("floors", unseen).unwrap();
        let sets = corpus().unwrap();
        let known = |one: &Conversation| sets.iter().any(|set| set.conversations.contains(one));
        assert!(!told.is_empty());
        assert!(!told.iter().any(known));
    }
}
