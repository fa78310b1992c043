//! A store made from a backup, beside the one that is there and then in its place.

use std::fs::{self, File};
use std::io::{self, BufReader, Seek as _};
use std::path::Path;

use super::backup::{SHELVED, is_left_out};
use super::database::Database;
use super::opening::{self, FORMAT, Opened};
use super::pending::Pending;
use super::{aside, current, folder, keys, spare};
use crate::store::{Counts, RestoreError, StoreError, archive};

/// How many records are taken over at once.
const PORTION: usize = 1_000;

/// Where the store is made.
const DRAFT: &str = "restore.new";

/// Sees that a backup is whole and can be taken back; how many records it has.
pub(super) fn verify(file: &mut File) -> Result<u64, RestoreError> {
    file.rewind()?;
    archive::read(BufReader::new(file), FORMAT, |_, _| Ok(()))
}

/// Puts the store of a backup into this folder. One that is there and not empty is refused, or put
/// aside.
pub(super) fn restore(
    folder: &Path,
    file: &mut File,
    replace: bool,
) -> Result<Counts, RestoreError> {
    verify(file)?;
    folder::make(folder)?;
    let old = current::name(folder)?;
    let is_there = folder.join(&old).exists();
    if is_there {
        match held(folder)? {
            _ if replace => {}
            Ok(counts) if counts == Counts::default() => {}
            Ok(Counts { calls, entries, .. }) => {
                return Err(RestoreError::Occupied {
                    path: folder.display().to_string(),
                    calls,
                    entries,
                });
            }
            Err(reason) => return Err(RestoreError::CannotBeOpened(reason)),
        }
    }
    remove_draft(folder)?;
    let draft = folder.join(DRAFT);
    let counts = make(&draft, file).inspect_err(|_| {
        // It holds calls. What stays of it now goes at the next opening.
        if let Err(error) = remove_draft(folder) {
            tracing::warn!(%error, "what was made of the backup could not be removed");
        }
    })?;
    // First the count of the new store: should the power go now, the old or missing one is
    // noticed and not taken for it.
    let aside = is_there.then(|| aside::make(folder, aside::REPLACED));
    let aside = aside.transpose()?;
    fs::rename(draft.join("counts.json"), folder.join("counts.json"))?;
    if let Some(aside) = &aside {
        // Whoever goes on with the spare copy goes on with the restored store.
        let kept = [
            (spare::NAME, spare::NAME),
            (&old, "sled"),
            ("journal", "journal"),
        ];
        for (name, kept_as) in kept {
            let here = folder.join(name);
            if here.exists() {
                fs::rename(here, aside.join(kept_as))?;
            }
        }
    }
    current::choose_first(folder)?;
    for name in ["sled", "journal"] {
        fs::rename(draft.join(name), folder.join(name))?;
    }
    File::open(folder)?.sync_all()?;
    remove_draft(folder)?;
    Ok(counts)
}

/// Removes what a restore left that did not come to its end.
pub(super) fn remove_draft(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder.join(DRAFT)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// What the store that is there holds, or why it cannot be opened. One that is in use is an error.
fn held(folder: &Path) -> Result<Result<Counts, StoreError>, RestoreError> {
    match opening::open(folder) {
        Ok(opened) => Ok(Ok(opened.counts)),
        Err(opening::Refusal::Locked) => Err(opening::Refusal::Locked.told(folder).into()),
        Err(refusal) => Ok(Err(refusal.told(folder))),
    }
}

/// Makes the store of a backup in a folder of its own.
fn make(folder: &Path, file: &mut File) -> Result<Counts, RestoreError> {
    let told = |refusal: opening::Refusal| refusal.told(folder);
    let opened = opening::open(folder).map_err(told)?;
    let database = opened.shared.database();
    take_over(&database, file)?;
    database.sync()?;
    drop((database, opened));
    // As the service will open it: what does not open now is no store.
    let Opened {
        shared,
        mut census,
        counts,
        ..
    } = opening::open(folder).map_err(told)?;
    census.write(counts)?;
    shared.database().sync()?;
    Ok(counts)
}

/// Puts everything that stands in an archive into a database.
pub(super) fn take_over(database: &Database, file: &mut File) -> Result<(), RestoreError> {
    let db = database.tree();
    let mut pending = Pending::new(db);
    file.rewind()?;
    archive::read(BufReader::new(file), FORMAT, |key, value| {
        if is_left_out(key) || *key == *keys::meta("format") {
            return Ok(());
        }
        if let (Some(key), Some(value)) = (key.strip_prefix(SHELVED), value) {
            return Ok(database.shelves().put_back(key, value)?);
        }
        match value {
            Some(value) => pending.put(key.to_vec(), value.to_vec()),
            None => pending.remove(key.to_vec()),
        }
        if pending.len() >= PORTION {
            std::mem::replace(&mut pending, Pending::new(db)).apply()?;
        }
        Ok(())
    })?;
    Ok(pending.apply()?)
}
