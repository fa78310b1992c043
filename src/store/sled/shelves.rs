//! What is kept beside the calls: one tree of its own, so that whatever becomes of the calls' tree
//! does not touch it. Keys are the shelf's number and the thing's name, values a version and what
//! was put there: few enough bytes that a leaf of sled's tree, which holds up to 17 of them, stays
//! below the 128 KiB from which on it would go into a file that no fsync of ours covers.

use std::ops::Bound;

use ::sled::{Batch, Db, IVec, Tree};

use super::{failed, value};
use crate::store::{Shelf, Shelved, StoreError};

/// The tree's name in the database.
const NAME: &str = "shelves";

/// Every shelf.
#[derive(Debug)]
pub(super) struct Shelves(Tree);

impl Shelves {
    /// Opens the tree.
    pub(super) fn open(db: &Db) -> Result<Self, StoreError> {
        db.open_tree(NAME).map(Self).map_err(failed)
    }

    /// The tree.
    pub(super) fn tree(&self) -> &Tree {
        &self.0
    }

    /// Puts and removes, all of it or nothing; it is as durable as the next sync of the database.
    pub(super) fn put(
        &self,
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
        self.0.apply_batch(batch).map_err(failed)
    }

    /// Everything, as it is kept.
    pub(super) fn all(&self) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> {
        self.0.iter().map(|found| found.map_err(failed))
    }

    /// Everything on one shelf, as it is kept.
    pub(super) fn all_on(
        &self,
        shelf: Shelf,
    ) -> impl Iterator<Item = Result<(IVec, IVec), StoreError>> {
        let found = self.0.scan_prefix([shelf as u8]);
        found.map(|found| found.map_err(failed))
    }

    /// Puts back what [`Self::all`] gave; it is as durable as the next sync of the database.
    pub(super) fn put_back(&self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.0.insert(key, value).map_err(failed)?;
        Ok(())
    }

    pub(super) fn get(&self, shelf: Shelf, name: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.0.get(key(shelf, name)).map_err(failed)?;
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
        let found = self.0.range((from, until)).take(limit);
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
