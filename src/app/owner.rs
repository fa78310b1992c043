//! Whose the store's folder is: what a command writes there as root is given to him, since his service
//! could not open it otherwise.

#[cfg(unix)]
use std::path::{Path, PathBuf};

#[cfg(unix)]
use super::data_folder;
use crate::config::StoreAddress;

/// Keep it while a command writes into a store that no service has open. When it goes, what belongs to
/// root in a folder of somebody else's is given to that one. Who is not root wrote nothing of root's,
/// and may give nothing away.
#[derive(Debug)]
#[must_use]
pub struct Owner {
    #[cfg(unix)]
    given: Option<Given>,
}

/// A place that may hold what is root's, and who is to have it.
#[cfg(unix)]
#[derive(Debug)]
struct Given {
    place: PathBuf,
    user: u32,
    group: u32,
}

impl Owner {
    /// Whose the folder of this store is; where there is none yet, whose the one is that it will lie in.
    #[cfg(unix)]
    pub fn of(store: &StoreAddress) -> Self {
        Self {
            given: data_folder(store).and_then(|folder| Given::of(&folder)),
        }
    }

    /// Whose the folder of this store is; elsewhere nobody asks.
    #[cfg(not(unix))]
    pub fn of(_: &StoreAddress) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(given) = &self.given {
            given.give(&given.place);
        }
    }
}

#[cfg(unix)]
impl Given {
    fn of(folder: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let folder = std::path::absolute(folder).ok()?;
        let mut place = folder.as_path();
        for around in folder.ancestors() {
            if let Ok(found) = std::fs::metadata(around) {
                return (found.uid() != 0).then(|| Self {
                    place: place.to_owned(),
                    user: found.uid(),
                    group: found.gid(),
                });
            }
            place = around;
        }
        None
    }

    /// Links are left alone, and so is a file that has another name elsewhere: neither is what Portner
    /// writes, and they might lead out of the folder.
    fn give(&self, path: &Path) {
        use std::os::unix::fs::{MetadataExt as _, lchown};
        let Ok(found) = path.symlink_metadata() else {
            return;
        };
        if found.is_dir() {
            for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
                self.give(&entry.path());
            }
        } else if !found.is_file() || found.nlink() > 1 {
            return;
        }
        if found.uid() == 0 {
            // Where it may not be, the alarm of a store that cannot be opened names the file.
            let _ = lchown(path, Some(self.user), Some(self.group));
        }
    }
}
