//! Where the rules come from: what Portner comes with, and a folder of the owner's.

use std::io;
use std::path::{Path, PathBuf};

use crate::rules::{self, ReadError, Source};

/// Where the rules come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// The owner's folder of rule files; none where nothing is kept on a disk.
    pub folder: Option<OwnRules>,
    /// Whether the rules that Portner comes with are used too.
    pub shipped: bool,
    /// Whether a learned second opinion is heard beside them.
    pub second_opinion: bool,
}

/// The owner's folder of rule files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRules {
    path: PathBuf,
    named: bool,
}

impl Rules {
    /// The owner's own model of a second opinion, where he has a folder.
    #[must_use]
    pub fn model(&self) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.path.join("opinion.model"))
    }

    /// The owner's rule files.
    ///
    /// # Errors
    /// [`ReadError`] as [`OwnRules::read`] has them, and where there would be no rules at all.
    pub fn own(&self) -> Result<Vec<Source>, ReadError> {
        let Some(folder) = &self.folder else {
            return Ok(Vec::new());
        };
        let own = folder.read()?;
        if own.is_empty() && !self.shipped {
            let path = folder.path.clone();
            return Err(ReadError::Nothing { path });
        }
        Ok(own)
    }
}

impl OwnRules {
    /// A folder that the settings name: it must be there, else somebody mistyped it.
    #[must_use]
    pub fn named(path: PathBuf) -> Self {
        Self { path, named: true }
    }

    /// `rules` beside what the store keeps, where the settings name no folder: it is made with the first
    /// rule.
    #[must_use]
    pub fn beside(store: &Path) -> Self {
        Self {
            path: store.join("rules"),
            named: false,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The files. An empty folder holds none, and so does one that nobody named and nobody began.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be read.
    pub fn read(&self) -> Result<Vec<Source>, ReadError> {
        match rules::read_dir(&self.path) {
            Err(error) if self.is_empty(&error) => Ok(Vec::new()),
            read => read,
        }
    }

    /// The files that can be read, whatever is wrong with the others.
    #[must_use]
    pub fn readable(&self) -> Vec<Source> {
        rules::read_what_can_be(&self.path)
    }

    /// Makes the folder where it was left to Portner, with what editors complete rules by. One that
    /// the settings name is the owner's: where it is gone, a disk may be missing, and what were
    /// written in its place would be lost.
    ///
    /// # Errors
    /// As the disk has them.
    pub fn begin(&self) -> io::Result<()> {
        if self.named {
            return Ok(());
        }
        std::fs::create_dir_all(&self.path)?;
        // Editors complete by it, where a file names it: `#:schema schema.json`.
        let schema = self.path.join("schema.json");
        let text = rules::schema_text();
        if std::fs::read(&schema).is_ok_and(|kept| kept == text.as_bytes()) {
            return Ok(());
        }
        std::fs::write(schema, text)
    }

    /// A file that goes while it is read is no reason to go without the others.
    fn is_empty(&self, error: &ReadError) -> bool {
        match error {
            ReadError::Nothing { .. } => true,
            ReadError::Io { path, source } => {
                !self.named && *path == self.path && source.kind() == io::ErrorKind::NotFound
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_was_left_to_portner_may_be_missing_and_a_named_one_may_not() {
        let store = tempfile::tempdir().unwrap();
        let own = OwnRules::beside(store.path());
        assert_eq!(own.read().unwrap(), []);
        own.begin().unwrap();
        assert_eq!(own.read().unwrap(), []);
        assert!(own.path().join("schema.json").exists());
        std::fs::write(own.path().join("mine.toml"), "").unwrap();
        assert_eq!(own.read().unwrap().len(), 1);

        let named = OwnRules::named(store.path().join("elsewhere"));
        assert!(named.read().is_err());
        named.begin().unwrap();
        assert!(!named.path().exists());
    }

    #[test]
    fn an_empty_folder_means_no_rules_of_ones_own_where_others_are_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut rules = Rules {
            folder: Some(OwnRules::named(folder.path().into())),
            shipped: true,
            second_opinion: false,
        };
        assert_eq!(rules.own().unwrap(), []);
        rules.shipped = false;
        assert!(matches!(rules.own(), Err(ReadError::Nothing { .. })));
    }
}
