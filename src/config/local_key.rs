//! The key of this machine: who can read it may do everything here.
//!
//! It lies beside the store, readable by its owner alone. The commands show it to the running
//! service, and calls that are played to try things out are signed with it: to the service it is
//! the token of a telephony account of its own, whose calls are marked and count for nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use secrecy::{ExposeSecret, SecretString};

const FILE_NAME: &str = "local-key";
/// What it is called while it is written.
const DRAFT_NAME: &str = "local-key.new";
const BYTES: usize = 32;

/// The key of this machine.
#[derive(Debug, Clone)]
pub struct LocalKey(SecretString);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum LocalKeyError {
    /// It cannot be read.
    #[error(
        "the key of this machine at {path} cannot be read ({source}); `portner serve` makes it, and only the same user may read it"
    )]
    Read {
        /// Where it should be.
        path: PathBuf,
        /// What is in the way.
        #[source]
        source: io::Error,
    },
    /// It cannot be made.
    #[error("the key of this machine at {path} cannot be written: {source}")]
    Write {
        /// Where it should be.
        path: PathBuf,
        /// What is in the way.
        #[source]
        source: io::Error,
    },
    /// It is not a key.
    #[error("{path} is not a key of Portner; delete it and start `portner serve` anew")]
    Damaged {
        /// Where it is.
        path: PathBuf,
    },
}

impl LocalKeyError {
    /// Whether there is no key, and nothing else in the way.
    #[must_use]
    pub fn is_none_there(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

impl LocalKey {
    /// Reads the key in this folder.
    ///
    /// # Errors
    /// [`LocalKeyError`] when it is not there or is no key.
    pub fn read(folder: &Path) -> Result<Self, LocalKeyError> {
        let path = folder.join(FILE_NAME);
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(text.trim()).ok_or(LocalKeyError::Damaged { path }),
            Err(source) => Err(LocalKeyError::Read { path, source }),
        }
    }

    /// Reads the key in this folder, or makes one. The folder must be there.
    ///
    /// # Errors
    /// [`LocalKeyError`] when neither works.
    pub fn ensure(folder: &Path) -> Result<Self, LocalKeyError> {
        match Self::read(folder) {
            Err(error) if error.is_none_there() => {
                let key = Self::fleeting()?;
                key.write(&folder.join(FILE_NAME))?;
                Ok(key)
            }
            other => other,
        }
    }

    /// Keeps this key in a folder that was away when it was made. One that is kept there gives way: the
    /// service that runs knows this one. `true` when it was not kept there before.
    ///
    /// # Errors
    /// [`LocalKeyError`] when it cannot be written, or something else stands in its place.
    pub fn keep(&self, folder: &Path) -> Result<bool, LocalKeyError> {
        match Self::read(folder) {
            Ok(kept) if kept.0.expose_secret() == self.0.expose_secret() => return Ok(false),
            Err(error) if !error.is_none_there() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        let draft = folder.join(DRAFT_NAME);
        // What a crash left of another try.
        fs::remove_file(&draft).ok();
        self.write(&draft)?;
        let path = folder.join(FILE_NAME);
        match fs::rename(&draft, &path) {
            Ok(()) => Ok(true),
            Err(source) => Err(LocalKeyError::Write { path, source }),
        }
    }

    /// A key that is kept nowhere: for a service that keeps nothing.
    ///
    /// # Errors
    /// When the machine has no randomness.
    pub fn fleeting() -> Result<Self, LocalKeyError> {
        let mut bytes = [0_u8; BYTES];
        rand::fill(&mut bytes).map_err(|_| LocalKeyError::Write {
            path: PathBuf::from("(memory)"),
            source: io::Error::other("the machine has no randomness"),
        })?;
        Ok(Self(SecretString::from(hex::encode(bytes))))
    }

    /// Writes it into a file that is not there yet.
    fn write(&self, path: &Path) -> Result<(), LocalKeyError> {
        let write = || -> io::Result<()> {
            let mut options = fs::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            writeln!(file, "{}", self.0.expose_secret())?;
            file.sync_all()
        };
        write().map_err(|source| LocalKeyError::Write {
            path: path.to_owned(),
            source,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let whole = hex::decode(text).is_ok_and(|bytes| bytes.len() == BYTES);
        whole.then(|| Self(SecretString::from(text.to_owned())))
    }

    /// The key itself.
    #[must_use]
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The name of the account whose calls are signed with this key, in the shape of a Twilio
    /// account SID.
    #[must_use]
    pub fn account_sid(&self) -> String {
        let hash = digest(&SHA256, self.0.expose_secret().as_bytes());
        format!("AC{}", hex::encode(&hash.as_ref()[..16]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let made = LocalKey::ensure(folder.path()).unwrap();
        let read = LocalKey::ensure(folder.path()).unwrap();
        assert_eq!(made.secret().expose_secret(), read.secret().expose_secret());
        assert_eq!(made.account_sid().len(), 34);
        assert!(!format!("{made:?}").contains(made.secret().expose_secret()));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        LocalKey::ensure(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join(FILE_NAME))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), "nonsense").unwrap();
        assert!(matches!(
            LocalKey::ensure(folder.path()),
            Err(LocalKeyError::Damaged { .. })
        ));
        let key = LocalKey::fleeting().unwrap();
        assert!(key.keep(folder.path()).is_err());
    }

    #[test]
    fn a_key_that_was_kept_nowhere_is_kept_when_the_folder_is_back() {
        let folder = tempfile::tempdir().unwrap();
        let away = folder.path().join("away");
        let key = LocalKey::fleeting().unwrap();
        assert!(key.keep(&away).is_err());
        let same = || {
            let read = LocalKey::read(folder.path()).unwrap();
            read.secret().expose_secret() == key.secret().expose_secret()
        };
        LocalKey::ensure(folder.path()).unwrap();
        assert!(!same());
        assert!(key.keep(folder.path()).unwrap() && same());
        assert!(!key.keep(folder.path()).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
