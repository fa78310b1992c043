//! Damage that is met while the database is open. From then on nothing of it is used, the phone rings,
//! and the next opening reads the whole of it before it is believed: what is damaged indeed is set aside
//! ([`super::healing`]). A file beside the database keeps the suspicion over a crash.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{DATABASE, Database, current, folder};
use crate::store::StoreError;

/// The file. It names the database that is suspected, so that it says nothing of one in its place.
const FILE: &str = "suspected";

/// What was met of it since the database was opened.
pub(super) struct Damage {
    folder: PathBuf,
    met: OnceLock<StoreError>,
}

impl Damage {
    /// None so far in this folder.
    pub(super) fn none_yet(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            met: OnceLock::new(),
        }
    }

    /// What was met first.
    pub(super) fn met(&self) -> Option<&StoreError> {
        self.met.get()
    }

    /// Hands a result on. One that tells of damage is remembered.
    pub(super) fn seen<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error @ StoreError::Corrupt { what: DATABASE, .. }) = &result
            && self.met.set(error.clone()).is_ok()
        {
            tracing::error!(%error, "the store is damaged: nothing of it is used any more");
            if let Err(error) = suspect(&self.folder) {
                tracing::error!(%error, "the damage could not be noted beside the store");
            }
        }
        result
    }
}

fn suspect(folder: &Path) -> io::Result<()> {
    let database = current::name(folder)?;
    folder::write(&folder.join(FILE), database.as_bytes())?;
    Ok(())
}

/// Reads all of a database that is suspected, and ends the suspicion where nothing is wrong with it.
pub(super) fn look_into(folder: &Path, name: &str, database: &Database) -> Result<(), StoreError> {
    let Ok(suspected) = fs::read(folder.join(FILE)) else {
        return Ok(());
    };
    if suspected == name.as_bytes() {
        tracing::warn!("damage was met in the store: it is read whole before it is used");
        for found in database.tree() {
            found.map_err(super::failed)?;
        }
        for found in database.shelves().all() {
            found?;
        }
    }
    fs::remove_file(folder.join(FILE)).map_err(|error| StoreError::Io(error.to_string()))
}
