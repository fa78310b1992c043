//! Files that people edit too: written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use super::error::Problem;

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

/// Disks can be slow: never on a thread that answers calls.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Problem::internal(error)))
}
