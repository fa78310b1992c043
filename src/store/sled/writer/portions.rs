//! What is too much for one batch goes on portion by portion, while calls are written in between:
//! list changes by the thousand, a backup, a fresh database.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::PoisonError;

use super::{Waiting, Writer};
use crate::store::StoreError;
use crate::store::sled::backup::Copying;
use crate::store::sled::bulk::Phase;
use crate::store::sled::panicked;
use crate::store::sled::pending::Pending;
use crate::store::sled::scrub::Scrubbing;

impl Writer {
    /// Writes a portion of many list changes.
    pub(super) fn write_portion(&mut self) -> Result<(), StoreError> {
        let shared = self.shared.clone();
        let Some((bulk, _)) = &self.bulk else {
            return Ok(());
        };
        let database = shared.database();
        let mut pending = Pending::new(database.tree());
        bulk.put(&mut pending)?;
        let holds = bulk.phase() == Phase::Deciding;
        let mut counts = self.counts;
        if holds {
            counts.entries = shared.entries().len_after(bulk.changes());
        }
        self.durably(pending, counts)?;
        if let Some((bulk, _)) = self.bulk.as_ref().filter(|_| holds) {
            let mut entries = shared.entries_mut();
            for change in bulk.changes() {
                entries.apply(change.clone());
            }
            shared.spare.is_outdated();
        }
        self.tell_counts();
        Ok(())
    }

    /// Moves list changes by the thousand on, and answers as soon as they hold.
    pub(super) fn answer_bulk(&mut self, result: &Result<(), StoreError>) {
        let Some((mut bulk, mut done)) = self.bulk.take() else {
            return;
        };
        let decided = bulk.phase() == Phase::Deciding;
        if (decided || result.is_err())
            && let Some(done) = done.take()
        {
            done.send(result.clone()).ok();
        }
        bulk.kept();
        if result.is_ok() && bulk.phase() != Phase::Done {
            self.bulk = Some((bulk, done));
        }
    }

    pub(super) fn begin_copying(&mut self, file: File, done: Waiting) {
        if self.backup.is_some() {
            done.send(Err(StoreError::BackupRuns)).ok();
            return;
        }
        match Copying::begin(file, done) {
            Ok(copying) => self.backup = Some(copying),
            Err(error) => tracing::error!(%error, "no backup can be made"),
        }
    }

    /// Copies a portion, if a backup is being made. It may fail without the store failing.
    pub(super) fn go_on_copying(&mut self) {
        let Some(mut copying) = self.backup.take() else {
            return;
        };
        let shared = self.shared.clone();
        let copied = catch_unwind(AssertUnwindSafe(|| {
            let database = shared.database();
            copying.go_on(database.tree(), database.shelves())
        }))
        .unwrap_or_else(|panic| Err(panicked(&*panic)));
        match copied {
            Err(error) => copying.break_off(error),
            Ok(false) => self.backup = Some(copying),
            Ok(true) => {
                // What waits belongs to it too.
                self.backup = Some(copying);
                let settled = self.guarded(|writer| writer.settle(&[]));
                match (self.backup.take(), settled) {
                    (Some(copying), Ok(())) => copying.finish(),
                    (Some(copying), Err(error)) => copying.break_off(error),
                    (None, _) => {}
                }
            }
        }
    }

    pub(super) fn begin_scrubbing(&mut self, done: Waiting) {
        if self.scrub.is_some() {
            let busy = "the store is being written anew already".to_owned();
            done.send(Err(StoreError::Io(busy))).ok();
            return;
        }
        let begun = catch_unwind(AssertUnwindSafe(|| Scrubbing::begin(&self.folder)));
        match begun.unwrap_or_else(|panic| Err(panicked(&*panic))) {
            Ok(scrub) => self.scrub = Some((scrub, done)),
            Err(error) => {
                tracing::error!(%error, "the store cannot be written anew");
                done.send(Err(error)).ok();
            }
        }
    }

    /// Copies a portion into the fresh database, if there is one; that may fail without the store
    /// failing. When all is there, it takes the place of the old one.
    pub(super) fn go_on_scrubbing(&mut self) {
        let database = self.shared.database();
        let Some((scrub, _)) = &mut self.scrub else {
            return;
        };
        let copied = catch_unwind(AssertUnwindSafe(|| scrub.go_on(database.tree())))
            .unwrap_or_else(|panic| Err(panicked(&*panic)));
        drop(database);
        match copied {
            Ok(false) => {}
            Ok(true) => {
                let replaced = self.guarded(Self::replace);
                if let Some((scrub, done)) = self.scrub.take() {
                    let removed = replaced.and_then(|()| scrub.finish());
                    done.send(removed).ok();
                }
            }
            Err(error) => self.break_off_scrubbing(error),
        }
    }

    pub(super) fn break_off_scrubbing(&mut self, error: StoreError) {
        if let Some((scrub, done)) = self.scrub.take() {
            tracing::error!(%error, "the store could not be written anew; it stays as it is");
            scrub.break_off();
            done.send(Err(error)).ok();
        }
    }

    /// Puts the fresh database in the place of the old one, and a fresh journal.
    fn replace(&mut self) -> Result<(), StoreError> {
        // What waits belongs to it too.
        self.settle(&[])?;
        let Some((scrub, _)) = &self.scrub else {
            return Ok(());
        };
        let shared = self.shared.clone();
        let nobody_shelves = shared.shelving.write();
        let nobody_shelves = nobody_shelves.unwrap_or_else(PoisonError::into_inner);
        let fresh = scrub.take_over(&shared.database())?;
        *shared
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner) = fresh;
        drop(nobody_shelves);
        Ok(self.journal.renew(&self.folder)?)
    }
}
