//! A small file beside the database that says how much was in it.
//!
//! After a power cut on a disk that lies, sled 0.34 can open without complaint and be empty. The
//! file is how that is noticed. It lags behind what there is on disk and never says more: what grows
//! is noted when it is there, what shrinks before it goes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::folder;
use crate::store::Counts;

/// The file, and what it says.
#[derive(Debug)]
pub(super) struct Census {
    path: PathBuf,
    written: Counts,
}

/// So few are no evidence of anything.
const FEW: u64 = 20;

impl Census {
    /// The name of the file in the folder of the store.
    pub(super) const NAME: &str = "counts.json";

    /// Reads the file in this folder; a missing or unreadable one says nothing.
    pub(super) fn read(folder: &Path) -> Self {
        let path = folder.join(Self::NAME);
        let written = fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        Self { path, written }
    }

    /// Whether there is such a file. Deleting it says: go on with what is left.
    pub(super) fn is_there(&self) -> bool {
        self.path.exists()
    }

    /// Removes the file.
    pub(super) fn forget(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(Self::NAME)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Says what is missing if far less was found than there was.
    pub(super) fn missing(&self, found: Counts) -> Option<String> {
        let lost = |what: &str, was: u64, is: u64| {
            (was >= FEW && is < was / 2).then(|| {
                format!(
                    "it held {was} {what} and now holds {is}; put a backup in its place, or \
                     delete {} to go on with what is left",
                    self.path.display()
                )
            })
        };
        lost("calls", self.written.calls, found.calls)
            .or_else(|| lost("list entries", self.written.entries, found.entries))
    }

    /// What may be said while what is there becomes this.
    pub(super) fn at_most(&self, next: Counts) -> Counts {
        Counts {
            calls: self.written.calls.min(next.calls),
            entries: self.written.entries.min(next.entries),
            jobs: self.written.jobs,
        }
    }

    /// Whether the file says too much or far too little for what there is now.
    pub(super) fn is_off(&self, now: Counts) -> bool {
        let off = |was: u64, is: u64| is < was || is - was > FEW.max(was / 8);
        off(self.written.calls, now.calls) || off(self.written.entries, now.entries)
    }

    /// What the file says.
    pub(super) fn written(&self) -> Counts {
        self.written
    }

    /// Writes the file anew, durably, whole or not at all.
    pub(super) fn write(&mut self, now: Counts) -> io::Result<()> {
        folder::write(&self.path, &serde_json::to_vec(&now)?)?;
        self.written = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(calls: u64, entries: u64) -> Counts {
        Counts {
            calls,
            entries,
            jobs: 0,
        }
    }

    #[test]
    fn tells_a_loss_from_a_small_difference() {
        let folder = tempfile::tempdir().unwrap();
        let mut census = Census::read(folder.path());
        assert_eq!(census.missing(Counts::default()), None);
        census.write(counts(1_000, 30)).unwrap();

        let census = Census::read(folder.path());
        assert_eq!(census.missing(counts(700, 20)), None);
        let said = census.missing(counts(3, 30)).unwrap();
        assert!(
            said.contains("1000 calls") && said.contains("counts.json"),
            "{said}"
        );
        assert!(census.missing(counts(1_000, 0)).is_some());
    }

    #[test]
    fn is_written_again_when_it_says_too_much_or_far_too_little() {
        let folder = tempfile::tempdir().unwrap();
        let mut census = Census::read(folder.path());
        census.write(counts(1_000, 0)).unwrap();
        assert!(!census.is_off(counts(1_100, 0)));
        assert!(census.is_off(counts(1_200, 0)));
        assert!(census.is_off(counts(999, 0)));
        assert_eq!(census.at_most(counts(2_000, 5)), counts(1_000, 0));
        assert_eq!(census.at_most(counts(10, 0)), counts(10, 0));
    }
}
