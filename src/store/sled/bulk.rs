//! List changes by the thousand, all of them or none, without keeping the calls waiting.
//!
//! sled 0.34 holds every reader while a batch is applied, seconds for a hundred thousand changes.
//! So the changes are first written down beside the lists, a thousand at a time; then one key says
//! that they hold; then they are carried over, a thousand at a time. A crash before that key
//! leaves nothing of them, a crash after it is made good at the next start.

use std::collections::{BTreeMap, HashSet};

use super::keys::{self, Key, Kind};
use super::pending::Pending;
use super::{change, value};
use crate::store::{ListChange, StoreError};

/// How many changes are written at once; up to as many are written as one batch without all this.
pub(super) const PORTION: usize = 1_000;

fn mark() -> Key {
    keys::meta("bulk")
}

/// List changes on their way, and how far they are.
#[derive(Debug)]
pub(super) struct Bulk {
    changes: Vec<(Key, ListChange)>,
    phase: Phase,
    next: usize,
    /// Entries that were changed by something else after these changes began to hold.
    overridden: HashSet<Key>,
}

/// How far list changes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Being written down.
    Staging,
    /// Written down; the key that says so is the next to write.
    Deciding,
    /// They hold and are being carried over.
    CarryingOver,
    /// All is done.
    Done,
}

impl Bulk {
    /// Of several changes of one entry the last one counts.
    pub(super) fn new(changes: Vec<ListChange>) -> Self {
        let changes: BTreeMap<Key, ListChange> = changes
            .into_iter()
            .map(|change| (keys::entry(&change.name()), change))
            .collect();
        Self {
            changes: changes.into_iter().collect(),
            phase: Phase::Staging,
            next: 0,
            overridden: HashSet::new(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phase
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = &ListChange> {
        self.changes.iter().map(|(_, change)| change)
    }

    /// Puts the next portion.
    pub(super) fn put(&self, pending: &mut Pending) -> Result<(), StoreError> {
        let end = self.changes.len().min(self.next + PORTION);
        let portion = &self.changes[self.next..end];
        match self.phase {
            Phase::Staging => {
                for (key, change) in portion {
                    // A removal is a version byte alone.
                    let bytes = change::write_entry(change)?;
                    pending.put(keys::staged(key), bytes.unwrap_or_else(|| value::seal(&[])));
                }
            }
            Phase::Deciding => pending.put(mark(), value::seal(&[])),
            Phase::CarryingOver => {
                for (key, change) in portion {
                    pending.remove(keys::staged(key));
                    if !self.overridden.contains(key) {
                        change::put_entry(pending, change)?;
                    }
                }
                if end == self.changes.len() {
                    pending.remove(mark());
                }
            }
            Phase::Done => {}
        }
        Ok(())
    }

    /// The portion is on disk.
    pub(super) fn kept(&mut self) {
        self.next = match self.phase {
            Phase::Deciding => 0,
            _ => self.changes.len().min(self.next + PORTION),
        };
        let all = self.next == self.changes.len();
        self.phase = match self.phase {
            Phase::Staging if all => Phase::Deciding,
            Phase::Deciding => Phase::CarryingOver,
            Phase::CarryingOver if all => Phase::Done,
            phase => phase,
        };
    }

    /// Something else changes an entry: from the moment that these changes hold, it is the later.
    pub(super) fn give_way(&mut self, pending: &mut Pending, change: &ListChange) {
        if self.phase == Phase::CarryingOver {
            let key = keys::entry(&change.name());
            pending.remove(keys::staged(&key));
            self.overridden.insert(key);
        }
    }
}

/// Makes good what a crash interrupted: carries over what holds already, or drops what does not.
/// Returns how many changes that were.
pub(super) fn recover(
    tree: &::sled::Tree,
    mut durably: impl FnMut(Pending) -> Result<(), StoreError>,
) -> Result<usize, StoreError> {
    let holds = tree.contains_key(mark()).map_err(super::failed)?;
    let mut total = 0;
    loop {
        let mut pending = Pending::new(tree);
        let staged = tree.scan_prefix(keys::start(Kind::Staged)).take(PORTION);
        let mut count = 0;
        for found in staged {
            let (key, bytes) = found.map_err(super::failed)?;
            if holds {
                let entry = keys::unstaged(&key);
                if value::read_raw("a list change", &bytes)?.is_empty() {
                    pending.remove(entry);
                } else {
                    pending.put(entry, bytes.to_vec());
                }
            }
            pending.remove(key.to_vec());
            count += 1;
        }
        if count < PORTION && holds {
            pending.remove(mark());
        }
        if !pending.is_empty() {
            durably(pending)?;
        }
        total += count;
        if count < PORTION {
            return Ok(total);
        }
    }
}
