//! Files that people edit too: written whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use super::error::Problem;
use crate::call::{Bilingual, bilingual};

/// Writes beside the file and puts it in its place, so that it is never half-written. Who may read
/// it stays as it was; a new one is for Portner's own user alone, since settings hold secrets.
pub(super) fn replace(target: &Path, text: &str) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.new"));
    let written = || -> io::Result<()> {
        // What a crash left there may be open to others.
        if let Err(error) = fs::remove_file(&beside)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&beside)?;
        if let Ok(old) = fs::metadata(target) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, target)
    };
    written().inspect_err(|_| {
        // The first failure is the one to tell of.
        let _ = fs::remove_file(&beside);
    })?;
    // It is in its place, whatever the disk says of that: some cannot be asked to keep a folder.
    if let Err(error) = sync_folder(target) {
        tracing::warn!(%error, file = %target.display(), "the disk may forget that a file was replaced");
    }
    Ok(())
}

/// Has the disk keep that a file is there under its name.
#[cfg(unix)]
fn sync_folder(file: &Path) -> io::Result<()> {
    let folder = file.parent().filter(|folder| *folder != Path::new(""));
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// That a file could not be written, and why.
pub(super) fn unwritable(target: &Path, error: &io::Error) -> Bilingual {
    let (target, why) = (target.display(), why(error));
    Bilingual::of(|language| {
        let cannot = language.choose("kan ikke skrives", "cannot be written");
        format!("{target} {cannot}: {}", why.told_in(language))
    })
}

/// Why the disk refuses. What nobody can do anything about is told in the system's own words.
pub(super) fn why(error: &io::Error) -> Bilingual {
    match error.kind() {
        ErrorKind::PermissionDenied => bilingual!(
            "Portners bruger har ikke ret til det",
            "Portner's user has no right to"
        ),
        ErrorKind::ReadOnlyFilesystem => {
            bilingual!("disken kan kun læses", "the disk can only be read")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            bilingual!("disken er fuld", "the disk is full")
        }
        ErrorKind::NotFound => bilingual!("mappen findes ikke", "there is no such folder"),
        _ => Bilingual::of(|_| error.to_string()),
    }
}

/// Disks can be slow: never on a thread that answers calls.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Problem::internal(error)))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_new_file_is_for_its_own_user_and_an_old_one_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("portner.toml");
        let mode = || fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        // What was left there by a crash decides nothing.
        let left = folder.path().join(".portner.toml.new");
        fs::write(&left, "half").unwrap();
        fs::set_permissions(&left, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&file, "one").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        replace(&file, "two").unwrap();
        assert_eq!(mode(), 0o640);
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert!(!left.exists());
    }
}
