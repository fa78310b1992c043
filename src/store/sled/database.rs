//! sled's database and its file: made, opened, seen onto the disk.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::failure::{io_failed, not_written};
use super::shelves::Shelves;
use super::{DATABASE, barrier, folder, unreadable};
use crate::store::StoreError;

/// What sled may hold of the file in memory, as far as it keeps to it. With a quarter of this, each call
/// had pages read again that its indexes lie in.
const CACHE_BYTES: u64 = 4 * 1024 * 1024;

/// The file in the database's folder that holds everything, and that sled locks.
const FILE: &str = "db";

/// How often a database is tried while somebody has it who may just be letting go of it: another
/// process that is ending, or threads of sled's own.
pub(super) const LOCK_ATTEMPTS: u32 = 10;
/// How long to wait before it is tried again.
pub(super) const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// sled's database, and its file.
pub(super) struct Database {
    db: ::sled::Db,
    shelves: Shelves,
    file: File,
}

impl Database {
    /// Opens the one in this folder.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        can_be_read(path)?;
        let db = open_sled(path)?;
        Ok(Self {
            shelves: Shelves::open(&db)?,
            file: File::open(path.join(FILE)).map_err(io_failed)?,
            db,
        })
    }

    /// Makes an empty one in the folder of the store, which sled does not fsync: whole and durably,
    /// or not at all.
    pub(super) fn create(folder: &Path, database: &Path) -> Result<(), StoreError> {
        folder::make(folder).map_err(io_failed)?;
        let draft = folder.join("sled.new");
        if draft.exists() {
            fs::remove_dir_all(&draft).map_err(io_failed)?;
        }
        fs::create_dir(&draft).map_err(io_failed)?;
        drop(open_sled(&draft)?);
        // Some of sled's threads may be a moment behind, and hold its lock so long.
        drop(lock_in_time(&draft).map_err(io_failed)?);
        let durably = || {
            for entry in fs::read_dir(&draft)? {
                File::open(entry?.path())?.sync_all()?;
            }
            File::open(&draft)?.sync_all()?;
            fs::rename(&draft, database)?;
            sync_folders(folder)
        };
        durably().map_err(io_failed)
    }

    /// Everything but the shelves.
    pub(super) fn tree(&self) -> &::sled::Tree {
        &self.db
    }

    pub(super) fn shelves(&self) -> &Shelves {
        &self.shelves
    }

    /// How many bytes it takes on disk.
    pub(super) fn bytes(&self) -> u64 {
        self.db.size_on_disk().unwrap_or_default()
    }

    /// Sees everything onto the disk: sled's own flush need not do so on Linux.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.db.flush().map_err(not_written)?;
        self.file.sync_all().map_err(io_failed)
    }
}

fn open_sled(path: &Path) -> Result<::sled::Db, StoreError> {
    barrier::raise();
    remove_drafts(path).map_err(io_failed)?;
    ::sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .open()
        .map_err(not_written)
}

/// sled would not say so.
fn can_be_read(path: &Path) -> Result<(), StoreError> {
    unreadable::look_for(path).map_err(|error| {
        if unreadable::is_why(&error) {
            let reason = format!("the disk cannot read it any more: {error}");
            StoreError::Corrupt {
                what: DATABASE,
                reason,
            }
        } else {
            io_failed(error)
        }
    })
}

/// Removes snapshots that were not finished.
///
/// sled begins a snapshot `snap.N.generating` whenever it opens, and renames it to `snap.N` when it
/// is whole and synced. Where a full disk, a crash or a power cut leaves the draft behind, it is the
/// one that sled reads the next time (`Config::get_snapshot_files`, 0.34.7), and it refuses the
/// whole database as corrupted. The snapshot before it is still there, and everything is in the
/// log. Whoever has the database open may be writing its snapshot at this moment, so nothing is
/// touched without its lock; sled itself then says that it cannot be had.
fn remove_drafts(path: &Path) -> io::Result<()> {
    let Lock::Ours(_lock) = lock(path)? else {
        return Ok(());
    };
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "generating") {
            tracing::warn!(
                path = %path.display(),
                "an opening of the store broke off: what it left is removed"
            );
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Whose a database is.
pub(super) enum Lock {
    /// There is no such database.
    Gone,
    /// Somebody has it open.
    Taken,
    /// Ours, as long as this is held. sled cannot open it meanwhile.
    Ours(File),
}

/// Takes sled's own lock of the database in this folder.
pub(super) fn lock(path: &Path) -> io::Result<Lock> {
    let file = match File::open(path.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lock::Gone),
        opened => opened?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Lock::Ours(file)),
        Err(TryLockError::WouldBlock) => Ok(Lock::Taken),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Takes it as soon as whoever has it lets go of it; still taken, if he does not soon.
pub(super) fn lock_in_time(path: &Path) -> io::Result<Lock> {
    for _ in 1..LOCK_ATTEMPTS {
        match lock(path)? {
            Lock::Taken => std::thread::park_timeout(LOCK_PAUSE),
            lock => return Ok(lock),
        }
    }
    lock(path)
}

/// A new file survives a power cut only if the folders that name it do.
pub(super) fn sync_folders(folder: &Path) -> io::Result<()> {
    for folder in folder.ancestors().take(2) {
        let here = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        File::open(here)?.sync_all()?;
    }
    Ok(())
}
