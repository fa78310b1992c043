//! Everything that is kept, written into a fresh database while calls go on, and put in the place of
//! the old one.
//!
//! What is removed from sled stays in its file until the segment is used again, which may be never.
//! So the database is copied portion by portion between the groups that the writer writes; whatever
//! changes meanwhile changes both. When all is there, one rename says that the new one counts
//! ([`current`]), and the old one is removed with all its bytes. A crash before that rename leaves
//! the old one, a crash after it the new one.

use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::keys::Key;
use super::pending::Pending;
use super::{Database, current, failed};
use crate::store::StoreError;

/// How many keys are copied before calls get their turn again.
const PORTION: usize = 500;

/// A fresh database that is being filled.
pub(super) struct Scrubbing {
    folder: PathBuf,
    /// The database that counts now.
    old: String,
    /// The one that is to count.
    new: String,
    database: Arc<Database>,
    after: Option<Key>,
}

impl Scrubbing {
    /// Makes an empty database beside the one that counts.
    pub(super) fn begin(folder: &Path) -> Result<Self, StoreError> {
        let old = current::name(folder).map_err(io_failed)?;
        current::remove_others(folder, &old).map_err(io_failed)?;
        let new = current::next(&old);
        let path = folder.join(&new);
        Database::create(folder, &path)?;
        Ok(Self {
            folder: folder.to_owned(),
            old,
            new,
            database: Arc::new(Database::open(&path)?),
            after: None,
        })
    }

    /// Copies the next portion; whether it was the last.
    pub(super) fn go_on(&mut self, tree: &::sled::Tree) -> Result<bool, StoreError> {
        let from = match &self.after {
            Some(after) => Bound::Excluded(after.as_slice()),
            None => Bound::Unbounded,
        };
        let mut batch = ::sled::Batch::default();
        let mut count = 0;
        let portion = tree.range::<&[u8], _>((from, Bound::Unbounded));
        for found in portion.take(PORTION) {
            let (key, value) = found.map_err(failed)?;
            self.after = Some(key.to_vec());
            batch.insert(key, value);
            count += 1;
        }
        let new = self.database.tree();
        new.apply_batch(batch).map_err(failed)?;
        if count == PORTION {
            return Ok(false);
        }
        // All but what comes in the last moment, which then takes no longer than a moment.
        self.database.sync()?;
        Ok(true)
    }

    /// Changes the fresh database as the other one is about to be.
    pub(super) fn note(&self, pending: &Pending) -> Result<(), StoreError> {
        pending.apply_to(self.database.tree())
    }

    /// Takes over the shelves, and makes the fresh database the one that counts. The calls' tree
    /// must be copied whole, and nobody may put anything on a shelf.
    pub(super) fn take_over(&self, old: &Database) -> Result<Arc<Database>, StoreError> {
        for found in old.shelves().all() {
            let (key, value) = found?;
            self.database.shelves().put_back(&key, &value)?;
        }
        self.database.sync()?;
        current::choose(&self.folder, &self.new).map_err(io_failed)?;
        Ok(self.database.clone())
    }

    /// Removes the old database, with everything that was ever in it.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        current::remove_others(&self.folder, &self.new).map_err(io_failed)
    }

    /// Leaves the old database as it is.
    pub(super) fn break_off(self) {
        drop(self.database);
        if let Err(error) = current::remove_others(&self.folder, &self.old) {
            tracing::warn!(%error, "a database that was not finished could not be removed");
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
fn io_failed(error: io::Error) -> StoreError {
    StoreError::Io(format!("the store cannot be written anew: {error}"))
}
