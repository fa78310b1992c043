//! Whose the store's folder is: what a command writes there as root is given to him, since his service
//! could not open it otherwise.

#[cfg(target_os = "linux")]
use self::linux::Given;
use crate::config::StoreAddress;

/// Keep it while a command writes into a store that no service has open. When it goes, what belongs to
/// root in a folder of somebody else's is given to that one. Who is not root wrote nothing of root's,
/// and may give nothing away. Elsewhere than on Linux nobody asks.
#[derive(Debug)]
#[must_use]
pub struct Owner {
    #[cfg(target_os = "linux")]
    given: Option<Given>,
}

impl Owner {
    /// Whose the folder of this store is; where there is none yet, whose the one is that it will lie in.
    #[cfg(target_os = "linux")]
    pub fn of(store: &StoreAddress) -> Self {
        Self {
            given: super::data_folder(store).and_then(|folder| Given::of(&folder)),
        }
    }

    /// Whose the folder of this store is.
    #[cfg(not(target_os = "linux"))]
    pub fn of(_: &StoreAddress) -> Self {
        Self {}
    }
}

#[cfg(target_os = "linux")]
impl Drop for Owner {
    fn drop(&mut self) {
        if let Some(given) = &self.given {
            given.give();
        }
    }
}

/// Everything goes by folders that are held open, so that nobody who owns one can lead out of it by
/// putting a link into the place of what was looked at.
#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::{OsStr, OsString};
    use std::fs::{self, File};
    use std::os::fd::AsRawFd as _;
    use std::os::unix::fs::{MetadataExt as _, fchown};
    use std::path::{Path, PathBuf};

    /// A folder that may come to hold what is root's, and who is to have it.
    #[derive(Debug)]
    pub struct Given {
        folder: File,
        /// Where only this in the folder may.
        within: Option<OsString>,
        user: u32,
        group: u32,
    }

    impl Given {
        pub fn of(folder: &Path) -> Option<Self> {
            let folder = std::path::absolute(folder).ok()?;
            let mut within = None;
            for around in folder.ancestors() {
                if let Ok(folder) = File::open(around) {
                    let found = folder.metadata().ok()?;
                    return (found.uid() != 0).then_some(Self {
                        folder,
                        within,
                        user: found.uid(),
                        group: found.gid(),
                    });
                }
                within = around.file_name().map(OsStr::to_owned);
            }
            None
        }

        pub fn give(&self) {
            match &self.within {
                Some(name) => self.give_one(&self.folder, name),
                None => self.give_all(&self.folder),
            }
        }

        fn give_all(&self, folder: &File) {
            for entry in fs::read_dir(inside(folder)).into_iter().flatten().flatten() {
                self.give_one(folder, &entry.file_name());
            }
        }

        /// Links are left alone, and so is a file that has another name elsewhere: neither is what Portner
        /// writes, and they might lead out of the folder.
        fn give_one(&self, folder: &File, name: &OsStr) {
            let path = inside(folder).join(name);
            let Ok(found) = path.symlink_metadata() else {
                return;
            };
            let is_plain_file = found.is_file() && found.nlink() == 1;
            let Some(opened) = (found.is_dir() || is_plain_file)
                .then(|| File::open(&path).ok())
                .flatten()
            else {
                return;
            };
            let is_what_was_found = opened
                .metadata()
                .is_ok_and(|it| (it.dev(), it.ino()) == (found.dev(), found.ino()));
            if !is_what_was_found {
                return;
            }
            if found.is_dir() {
                self.give_all(&opened);
            }
            if found.uid() == 0 {
                // Where it may not be, the alarm of a store that cannot be opened names the file.
                let _ = fchown(&opened, Some(self.user), Some(self.group));
            }
        }
    }

    /// What lies in a folder that is held open.
    fn inside(folder: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", folder.as_raw_fd()))
    }
}
