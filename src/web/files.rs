//! Files that people edit too: written whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use super::error::Problem;
use crate::call::{Bilingual, bilingual};

/// Writes beside the file and puts it in its place, so that it is never half-written. Who may read
/// it stays as it was.
pub(super) fn replace(target: &Path, text: &str) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.new"));
    let written = || -> io::Result<()> {
        let mut file = fs::File::create(&beside)?;
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
    })
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
