//! Indexes as sorted blocks of small records: one value of the database holds up to sixteen of them.
//!
//! An index entry of its own for each call would cost sled a page for every dozen, and half a
//! kilobyte of memory for every page whether it is used or not. Records of one index have one
//! length. They sort by their first [`Index::key`] bytes, which tell one from another; what
//! follows may change.

use super::keys::{self, Key, Kind};
use super::pending::Pending;
use super::value;
use crate::store::StoreError;

/// An index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Index {
    /// Its kind of key.
    pub(super) kind: Kind,
    /// How many bytes tell records from each other.
    pub(super) key: usize,
    /// How long a record is.
    pub(super) len: usize,
}

/// The id of a call, then its digest.
pub(super) const BY_TIME: Index = Index {
    kind: Kind::ByTime,
    key: 16,
    len: 16 + value::Digest::LEN,
};

/// The caller's number, the id of the call, then its digest.
pub(super) const BY_CALLER: Index = Index {
    kind: Kind::ByCaller,
    key: 8 + 16,
    len: 8 + 16 + value::Digest::LEN,
};

/// The fingerprint of the provider's name for the call, then the id of the call.
pub(super) const BY_PROVIDER: Index = Index {
    kind: Kind::ByProvider,
    key: 8 + 16,
    len: 8 + 16,
};

/// The most records in a block.
const FULL: usize = 16;

impl Index {
    /// Puts a record, in place of the one with the same key.
    pub(super) fn put(self, pending: &mut Pending, record: &[u8]) -> Result<(), StoreError> {
        let Some((key, mut block)) = self.find(pending, record)? else {
            pending.put(keys::block(self.kind, self.id(record)), value::seal(record));
            return Ok(());
        };
        let count = block.len() / self.len;
        match self.search(&block, record) {
            Ok(place) => block[place * self.len..][..self.len].copy_from_slice(record),
            Err(place) if count < FULL => {
                let at = place * self.len;
                block.splice(at..at, record.iter().copied());
            }
            // Mostly things come in order: then leave this block full and begin a new one.
            Err(place) if place == count => {
                pending.put(keys::block(self.kind, self.id(record)), value::seal(record));
                return Ok(());
            }
            Err(place) => {
                let at = place * self.len;
                block.splice(at..at, record.iter().copied());
                let upper = block.split_off(count / 2 * self.len);
                pending.put(keys::block(self.kind, self.id(&upper)), value::seal(&upper));
            }
        }
        pending.put(key, value::seal(&block));
        Ok(())
    }

    /// Removes the record with this key.
    pub(super) fn remove(self, pending: &mut Pending, record: &[u8]) -> Result<(), StoreError> {
        let Some((key, mut block)) = self.find(pending, record)? else {
            return Ok(());
        };
        let Ok(place) = self.search(&block, record) else {
            return Ok(());
        };
        block.drain(place * self.len..(place + 1) * self.len);
        // Its key is its first record: what is removed is not left in there either.
        pending.remove(key);
        if !block.is_empty() {
            pending.put(keys::block(self.kind, self.id(&block)), value::seal(&block));
        }
        Ok(())
    }

    fn id(self, record: &[u8]) -> &[u8] {
        record.get(..self.key).unwrap_or(record)
    }

    /// The records of a block as it is kept.
    pub(super) fn open(self, value: &[u8]) -> Result<&[u8], StoreError> {
        let records = value::read_raw("an index", value)?;
        if records.len() % self.len == 0 {
            return Ok(records);
        }
        Err(StoreError::Corrupt {
            what: "an index",
            reason: format!("{} bytes are no whole records", records.len()),
        })
    }

    /// The block that a record belongs into: the last that does not begin after it.
    fn find(self, pending: &Pending, record: &[u8]) -> Result<Option<(Key, Vec<u8>)>, StoreError> {
        let key = keys::block(self.kind, self.id(record));
        let Some((key, block)) = pending.last_until(&keys::start(self.kind), &key)? else {
            return Ok(None);
        };
        Ok(Some((key, self.open(&block)?.to_vec())))
    }

    /// Where the record is in the block, or where it belongs.
    fn search(self, block: &[u8], record: &[u8]) -> Result<usize, usize> {
        let wanted = self.id(record);
        let (mut low, mut high) = (0, block.len() / self.len);
        while low < high {
            let middle = usize::midpoint(low, high);
            match block[middle * self.len..][..self.key].cmp(wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// Walks the records between two keys, both included, the highest first, over a database that
    /// may change meanwhile. Stops when `visit` says so.
    pub(super) fn walk(
        self,
        tree: &::sled::Tree,
        low: &[u8],
        high: &[u8],
        mut visit: impl FnMut(&[u8]) -> Result<std::ops::ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let range = keys::start(self.kind)..=keys::block(self.kind, high);
        for found in tree.range(range).rev() {
            let (_, value) = found.map_err(super::failed)?;
            for record in self.open(&value)?.chunks_exact(self.len).rev() {
                let id = self.id(record);
                if id < low {
                    return Ok(());
                }
                if id <= high && visit(record)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
