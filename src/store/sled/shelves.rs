//! What is kept beside the calls: one tree of its own, so that whatever becomes of the calls' tree
//! does not touch it. Keys are the shelf's number and the thing's name, values a version and what
//! was put there: few enough bytes that a leaf of sled's tree, which holds up to 17 of them, stays
//! below the 128 KiB from which on it would go into a file that no fsync of ours covers.

use std::fs::File;
use std::ops::Bound;

use ::sled::{Batch, Db, IVec, Tree};

use super::{failed, value};
use crate::store::{Shelf, Shelved, StoreError};

/// The tree's name in the database.
const NAME: &str = "shelves";

/// Every shelf.
#[derive(Debug)]
pub(super) struct Shelves {
    tree: Tree,
    file: File,
}

impl Shelves {
    /// Opens the tree; `file` is sled's own.
    pub(super) fn open(db: &Db, file: &File) -> Result<Self, StoreError> {
        let file = file
            .try_clone()
            .map_err(|error| StoreError::Io(error.to_string()))?;
        let tree = db.open_tree(NAME).map_err(failed)?;
        Ok(Self { tree, file })
    }

    /// Puts and removes, all of it or nothing, onto the disk. Blocks.
    pub(super) fn put(
        &self,
        db: &Db,
        shelf: Shelf,
        changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (name, kept) in changes {
            match kept {
                Some(kept) => batch.insert(key(shelf, &name), value::seal(&kept)),
                None => batch.remove(key(shelf, &name)),
            }
        }
        self.tree.apply_batch(batch).map_err(failed)?;
        // sled's own flush does not fsync on Linux.
        db.flush().map_err(failed)?;
        self.file
            .sync_all()
            .map_err(|error| StoreError::Io(error.to_string()))
    }

    /// Everything, as it is kept.
    pub(super) fn all(&self) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> {
        self.tree.iter().map(|found| found.map_err(failed))
    }

    /// Puts back what [`Self::all`] gave; it is as durable as the next flush of the database.
    pub(super) fn put_back(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.tree.insert(key, value).map_err(failed)?;
        Ok(())
    }

    pub(super) fn get(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.tree.get(key(shelf, name)).map_err(failed)?;
        kept.map(|bytes| value::read_raw("a thing on a shelf", &bytes).map(<[u8]>::to_vec))
            .transpose()
    }

    pub(super) fn page(
        &self,
        shelf: Shelf,
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Shelved>, StoreError> {
        let from = match after {
            Some(after) => Bound::Excluded(key(shelf, after)),
            None => Bound::Included(key(shelf, &[])),
        };
        let until = Bound::Excluded(vec![shelf as u8 + 1]);
        let found = self.tree.range((from, until)).take(limit);
        found
            .map(|pair| {
                let (key, kept) = pair.map_err(failed)?;
                Ok(Shelved {
                    name: key.get(1..).unwrap_or_default().to_vec(),
                    value: value::read_raw("a thing on a shelf", &kept)?.to_vec(),
                })
            })
            .collect()
    }
}

fn key(shelf: Shelf, name: &[u8]) -> Vec<u8> {
    [&[shelf as u8], name].concat()
}
