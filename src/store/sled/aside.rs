//! Folders of stores that were put aside: damaged ones, and those in whose place a backup was taken. They
//! are whole, and hold what was held then until they are removed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::store::Aside;

/// How the folders begin that damaged stores are put into.
pub(super) const DAMAGED: &str = "damaged-";
/// How those begin that a backup took the place of.
pub(super) const REPLACED: &str = "before-restore-";

/// Makes a folder that begins so.
pub(super) fn make(folder: &Path, what: &str) -> io::Result<PathBuf> {
    let names = (1..).map(|number| folder.join(format!("{what}{number}")));
    let mut free = names.skip_while(|path| path.exists());
    let aside = free.next().unwrap_or_else(|| folder.join(what));
    fs::create_dir(&aside)?;
    Ok(aside)
}

/// Every one in the folder of a store, by their names.
pub(super) fn all(folder: &Path) -> io::Result<Vec<Aside>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let damaged = name.starts_with(DAMAGED);
        // Somebody may have packed one into a file beside it.
        if (damaged || name.starts_with(REPLACED)) && entry.file_type()?.is_dir() {
            let since = Timestamp::try_from(entry.metadata()?.modified()?);
            let since = since.map_err(io::Error::other)?;
            all.push(Aside {
                name,
                damaged,
                since,
            });
        }
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// Removes those that were put there before; which they were. One that cannot be removed is told of and
/// stays.
pub(super) fn remove(folder: &Path, before: Timestamp) -> io::Result<Vec<Aside>> {
    let mut removed = all(folder)?;
    removed.retain(|aside| {
        let is_old = aside.since < before;
        is_old && is_gone(&folder.join(&aside.name))
    });
    Ok(removed)
}

fn is_gone(aside: &Path) -> bool {
    let removed = fs::remove_dir_all(aside);
    if let Err(error) = &removed {
        let folder = aside.display();
        tracing::error!(%folder, %error, "a store that was put aside cannot be removed: its time is over");
    }
    removed.is_ok()
}
