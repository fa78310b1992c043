//! Which folder beside the journal is the database: `sled`, unless the file `current` names another
//! one (`sled.1`, `sled.2`, …) that was written in its place ([`super::scrub`]). The file is changed
//! by one rename, so there is always exactly one that counts.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use super::folder;

/// The file that names the database.
const FILE: &str = "current";
/// The file that names a database made in place of a damaged one, until it has been opened.
const SUCCESSOR: &str = "successor";
/// The database where no file names one.
const FIRST: &str = "sled";

/// The name of the database's folder.
pub(super) fn name(folder: &Path) -> io::Result<String> {
    let said = match fs::read_to_string(folder.join(FILE)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(FIRST.to_owned()),
        said => said?,
    };
    let name = said.trim();
    match generation(name) {
        Some(_) => Ok(name.to_owned()),
        None => Err(io::Error::other(format!(
            "the file {FILE} names no database; write into it which of the folders sled, sled.1 … \
             is the newest"
        ))),
    }
}

/// The name that the database has after the next one was written in its place.
pub(super) fn next(name: &str) -> String {
    format!("{FIRST}.{}", generation(name).unwrap_or_default() + 1)
}

/// Makes this the database, durably.
pub(super) fn choose(folder: &Path, name: &str) -> io::Result<()> {
    folder::write(&folder.join(FILE), name.as_bytes())?;
    Ok(())
}

/// Makes `sled` the database again, durably.
pub(super) fn choose_first(folder: &Path) -> io::Result<()> {
    remove(folder, FILE)
}

/// Notes, durably, that this database is whole and takes the place of a damaged one.
pub(super) fn note_successor(folder: &Path, name: &str) -> io::Result<()> {
    folder::write(&folder.join(SUCCESSOR), name.as_bytes())?;
    Ok(())
}

/// The database that takes the place of a damaged one and was not opened yet.
pub(super) fn successor(folder: &Path) -> Option<String> {
    let name = fs::read_to_string(folder.join(SUCCESSOR)).ok()?;
    generation(&name).is_some().then_some(name)
}

/// What counts is open: nothing takes its place any more.
pub(super) fn forget_successor(folder: &Path) -> io::Result<()> {
    remove(folder, SUCCESSOR)
}

fn remove(folder: &Path, file: &str) -> io::Result<()> {
    match fs::remove_file(folder.join(file)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => File::open(folder)?.sync_all(),
    }
}

/// Removes every database but this one: the one before, or one that was not finished.
pub(super) fn remove_others(folder: &Path, name: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let other = entry.file_name();
        let is_one = other.to_str().is_some_and(|it| generation(it).is_some());
        if is_one && other != *name && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// 0 for the first database, 1 for the one in its place, and so on.
fn generation(name: &str) -> Option<u64> {
    match name.strip_prefix(FIRST)? {
        "" => Some(0),
        number => number.strip_prefix('.')?.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_database_counts() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(name(folder).unwrap(), "sled");
        for kept in ["sled", "sled.1", "sled.new", "sled.old", "before-restore-1"] {
            fs::create_dir(folder.join(kept)).unwrap();
        }
        let chosen = next("sled");
        choose(folder, &chosen).unwrap();
        assert_eq!(name(folder).unwrap(), "sled.1");
        remove_others(folder, &chosen).unwrap();
        assert!(!folder.join("sled").exists());
        for kept in ["sled.1", "sled.new", "sled.old", "before-restore-1"] {
            assert!(folder.join(kept).exists(), "{kept}");
        }
        assert_eq!(next("sled.9"), "sled.10");
        choose_first(folder).unwrap();
        choose_first(folder).unwrap();
        assert_eq!(name(folder).unwrap(), "sled");
        fs::write(folder.join(FILE), "../elsewhere").unwrap();
        assert!(name(folder).unwrap_err().to_string().contains("newest"));
    }
}
