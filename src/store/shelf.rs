//! Small things that are kept beside the calls, each under a name on a shelf of its own.

use super::{StoreError, bounds};

/// The most bytes that one thing on a shelf may have.
pub const MAX_SHELVED_BYTES: usize = 6_000;
/// The most bytes that the name of a thing on a shelf may have.
const MAX_NAME_BYTES: usize = 200;

/// A shelf. The numbers are in the files: never use one again for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Shelf {
    /// The owner's marks on calls ([`super::marks`]).
    Marks = 1,
    /// Groups of calls that open nearly alike.
    Campaigns = 2,
    /// How often each rule hit.
    RuleHits = 3,
    /// Calls whose messages nobody has heard yet.
    Unheard = 4,
    /// People who may use the desk.
    Accounts = 20,
    /// What people did at the desk.
    Audit = 21,
    /// Logins that last.
    Sessions = 22,
}

impl Shelf {
    /// Every shelf.
    pub const ALL: [Self; 7] = [
        Self::Marks,
        Self::Campaigns,
        Self::RuleHits,
        Self::Unheard,
        Self::Accounts,
        Self::Audit,
        Self::Sessions,
    ];
}

/// A name for something of this moment that sorts the newest first; what tells several of one moment
/// from each other comes behind it.
#[must_use]
pub fn newest_first(at: jiff::Timestamp) -> [u8; 8] {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or_default();
    (u64::MAX - micros).to_be_bytes()
}

/// A thing on a shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    /// Its name, found once on its shelf.
    pub name: Vec<u8>,
    /// What is kept under it.
    pub value: Vec<u8>,
}

/// Refuses what no store takes.
pub(super) fn bounded(changes: &[(Vec<u8>, Option<Vec<u8>>)]) -> Result<(), StoreError> {
    for (name, value) in changes {
        let bytes = value.as_ref().map_or(0, Vec::len);
        for (what, bytes, most) in [
            ("a name on a shelf", name.len(), MAX_NAME_BYTES),
            ("a thing on a shelf", bytes, MAX_SHELVED_BYTES),
        ] {
            bounds::within(what, bytes, most)?;
        }
    }
    Ok(())
}
