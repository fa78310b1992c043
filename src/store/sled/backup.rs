//! A consistent copy of the whole while calls go on.
//!
//! sled 0.34 has no snapshots. So everything is copied portion by portion between the groups that
//! the writer writes, and every change that is made meanwhile is noted behind it: read in order,
//! the copy is the database as it was when the copy ended.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Seek as _};
use std::ops::Bound;
use std::path::Path;

use tokio::sync::oneshot;

use super::keys::{self, Key};
use super::opening::FORMAT;
use super::pending::Pending;
use super::shelves::Shelves;
use crate::store::{StoreError, archive};

/// How many keys are copied before calls get their turn again.
const PORTION: usize = 500;

/// A copy that is being made, and who waits for it.
pub(super) struct Copying {
    archive: archive::Writer<BufWriter<File>>,
    after: Option<Key>,
    done: oneshot::Sender<Result<(), StoreError>>,
}

/// Stands before the keys of what is kept on shelves, in a tree of its own; no other key begins so.
pub(super) const SHELVED: &[u8] = &[0xff];

/// Whether a key stays with this database: its journal is none of the copy's.
pub(super) fn is_left_out(key: &[u8]) -> bool {
    *key == *keys::meta("journal")
}

/// A file in this folder that is gone when nobody holds it any more.
pub(super) fn passing_file(folder: &Path) -> std::io::Result<File> {
    let path = folder.join("backup.part");
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

impl Copying {
    pub(super) fn begin(
        to: File,
        done: oneshot::Sender<Result<(), StoreError>>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            archive: archive::Writer::begin(BufWriter::new(to), FORMAT).map_err(failed)?,
            after: None,
            done,
        })
    }

    /// Copies the next portion; whether it was the last.
    pub(super) fn go_on(
        &mut self,
        tree: &::sled::Tree,
        shelves: &Shelves,
    ) -> Result<bool, StoreError> {
        let from = match &self.after {
            Some(after) => Bound::Excluded(after.as_slice()),
            None => Bound::Unbounded,
        };
        let mut count = 0;
        let mut last = None;
        for found in tree
            .range::<&[u8], _>((from, Bound::Unbounded))
            .take(PORTION)
        {
            let (key, value) = found.map_err(super::failed)?;
            if !is_left_out(&key) {
                self.archive.put(&key, Some(&value)).map_err(failed)?;
            }
            last = Some(key.to_vec());
            count += 1;
        }
        if last.is_some() {
            self.after = last;
        }
        if count == PORTION {
            return Ok(false);
        }
        // Few and small; each thing whole, and at most a moment newer than the calls.
        for found in shelves.all() {
            let (key, value) = found?;
            let key = [SHELVED, &key].concat();
            self.archive.put(&key, Some(&value)).map_err(failed)?;
        }
        Ok(true)
    }

    /// Notes what is about to change.
    pub(super) fn note(&mut self, pending: &Pending) -> Result<(), StoreError> {
        for (key, value) in pending.writes() {
            if !is_left_out(key) {
                self.archive.put(key, value).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Ends the copy and tells so.
    pub(super) fn finish(self) {
        let ended = self.archive.finish().and_then(|mut file| file.rewind());
        self.done.send(ended.map_err(failed)).ok();
    }

    /// Tells that there will be no copy.
    pub(super) fn break_off(self, error: StoreError) {
        tracing::error!(%error, "the backup broke off");
        self.done.send(Err(error)).ok();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
fn failed(error: std::io::Error) -> StoreError {
    StoreError::Io(format!("the backup cannot be written: {error}"))
}
