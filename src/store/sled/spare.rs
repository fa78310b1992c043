//! A spare copy of what the owner settled: his lists, the settings of the service, the accounts of the
//! desk and who is logged in. It lies beside the database as an archive that can be told whole from
//! broken, so that a database that is damaged does not take them with it ([`super::healing`]). It is at
//! most [`PAUSE`] older than they are.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::backup::SHELVED;
use super::keys::{self, Kind};
use super::opening::FORMAT;
use super::{Shared, blocking, failed, folder, value};
use crate::call::ListName;
use crate::store::{ListChange, Shelf, StoreError, archive};

/// The name of the file in the folder of the store.
pub(super) const NAME: &str = "spare";

/// The shelves that belong to it. What is on the others belongs to calls, or tells what was done.
pub(super) const SHELVES: [Shelf; 2] = [Shelf::Accounts, Shelf::Sessions];

/// How long the file may lag behind.
const PAUSE: Duration = Duration::from_secs(10);

/// What is known of the file.
#[derive(Debug)]
pub(super) struct Spare {
    /// Goes up with every change of what belongs into it.
    changes: AtomicU64,
    /// The changes that it has; held while it is written.
    written: Mutex<u64>,
}

impl Default for Spare {
    /// Whatever stands in the file is to be written anew.
    fn default() -> Self {
        Self {
            changes: AtomicU64::new(1),
            written: Mutex::new(0),
        }
    }
}

impl Spare {
    /// Something that belongs into it was changed.
    pub(super) fn is_outdated(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}

/// Whether there is such a file.
pub(super) fn is_there(folder: &Path) -> bool {
    folder.join(NAME).exists()
}

/// Keeps the file up to date as long as the store is open.
pub(super) async fn keep(folder: Arc<Path>, shared: Weak<Shared>) {
    let mut now_and_then = tokio::time::interval(PAUSE);
    let mut told = false;
    loop {
        now_and_then.tick().await;
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let folder = Arc::clone(&folder);
        let written = blocking(move || shared.damage.seen(shared.write_spare(&folder))).await;
        if let Err(error) = &written
            && !told
        {
            tracing::warn!(%error, "the spare copy of the lists cannot be written");
        }
        told = written.is_err();
    }
}

impl Shared {
    /// Writes the file anew, durably, whole or not at all, if anything in it has changed.
    pub(super) fn write_spare(&self, folder: &Path) -> Result<(), StoreError> {
        let written = self.spare.written.lock();
        let mut written = written.unwrap_or_else(PoisonError::into_inner);
        let now = self.spare.changes.load(Ordering::SeqCst);
        if *written == now {
            return Ok(());
        }
        let draft = folder.join("spare.new");
        let file = File::create(&draft).map_err(not_spared)?;
        let file = self.copy_to(file)?;
        folder::put_in_place(&file, &draft, &folder.join(NAME)).map_err(not_spared)?;
        *written = now;
        Ok(())
    }

    fn copy_to(&self, file: File) -> Result<File, StoreError> {
        let mut archive =
            archive::Writer::begin(BufWriter::new(file), FORMAT).map_err(not_spared)?;
        for list in [ListName::Allow, ListName::Wanted, ListName::Block] {
            let entries = self.entries().page(list, None, usize::MAX);
            for entry in entries {
                let bytes = value::write("a list entry", &entry)?;
                let key = keys::entry(&ListChange::Put(entry).name());
                archive.put(&key, Some(&bytes)).map_err(not_spared)?;
            }
        }
        let database = self.database();
        for found in database.tree().scan_prefix(keys::start(Kind::Setting)) {
            let (key, value) = found.map_err(failed)?;
            archive.put(&key, Some(&value)).map_err(not_spared)?;
        }
        for shelf in SHELVES {
            for found in database.shelves().all_on(shelf) {
                let (key, value) = found?;
                let key = [SHELVED, &key].concat();
                archive.put(&key, Some(&value)).map_err(not_spared)?;
            }
        }
        let file = archive.finish().map_err(not_spared)?;
        file.into_inner()
            .map_err(|error| not_spared(error.into_error()))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "stands in map_err")]
fn not_spared(error: io::Error) -> StoreError {
    StoreError::Io(format!("the spare copy cannot be written: {error}"))
}
