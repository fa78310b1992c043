//! The folder that the store lies in. What callers said lies there too, so nobody else on the machine may
//! look into one that is made here. The rights of one that was there before are the owner's business.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Makes the folder where there is none, and those around it as the system makes any.
pub(in crate::store) fn make(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(around) = folder.parent() {
        fs::create_dir_all(around)?;
    }
    let mut maker = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    match maker.create(folder) {
        // Somebody was faster.
        Err(_) if folder.is_dir() => Ok(()),
        made => made,
    }
}

/// Writes a small file anew, durably: whole, or not at all.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let mut file = File::create(&draft)?;
    file.write_all(bytes)?;
    put_in_place(&file, draft.as_ref(), path)?;
    Ok(file)
}

/// Puts a draft that is written into the place of a file, durably.
pub(super) fn put_in_place(written: &File, draft: &Path, path: &Path) -> io::Result<()> {
    written.sync_all()?;
    fs::rename(draft, path)?;
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// A file in the folder, or a folder, that this process may not write or look into, as when root wrote it
/// for a service that is somebody else.
pub(super) fn closed_to_us(folder: &Path) -> Option<PathBuf> {
    let is_denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return is_denied(&error).then(|| folder.to_owned()),
    };
    entries.flatten().find_map(|entry| {
        let path = entry.path();
        let kind = entry.file_type().ok()?;
        if kind.is_dir() {
            return closed_to_us(&path);
        }
        let opened = kind
            .is_file()
            .then(|| OpenOptions::new().append(true).open(&path));
        opened?
            .is_err_and(|error| is_denied(&error))
            .then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_may_look_into_a_store_that_is_made_here() {
        use std::os::unix::fs::PermissionsExt as _;

        let rights = |folder: &Path| fs::metadata(folder).unwrap().permissions().mode() & 0o777;
        let around = tempfile::tempdir().unwrap();
        let folder = around.path().join("data/store");
        let address = format!("sled:{}", folder.display());
        crate::store::open(&address).await.unwrap().close().await;
        assert_eq!(rights(&folder), 0o700);

        fs::set_permissions(&folder, fs::Permissions::from_mode(0o750)).unwrap();
        crate::store::open(&address).await.unwrap().close().await;
        assert_eq!(rights(&folder), 0o750, "it was there before");
    }

    #[test]
    fn what_is_no_folder_is_not_taken_for_one() {
        let around = tempfile::tempdir().unwrap();
        let file = around.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(make(&file).is_err() && make(&file.join("store")).is_err());
        make(&around.path().join("store")).unwrap();
        make(&around.path().join("store")).unwrap();
    }
}
