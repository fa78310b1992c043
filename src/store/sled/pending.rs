//! Changes that are gathered before they are applied as one, and can be read as if they were.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Bound;

use ::sled::{Batch, IVec, Tree};

use super::keys::{self, Key};
use crate::call::CallId;
use crate::store::StoreError;

/// What a group of changes does to the database.
pub(super) struct Pending<'a> {
    tree: &'a Tree,
    /// The database has no call with a higher id.
    newest: CallId,
    writes: BTreeMap<Key, Option<IVec>>,
    /// The last key of the database among those that begin so, where that was asked for.
    ends: RefCell<BTreeMap<Key, Option<IVec>>>,
}

impl<'a> Pending<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        Self {
            tree,
            newest: CallId::from_bytes([0xff; 16]),
            writes: BTreeMap::new(),
            ends: RefCell::default(),
        }
    }

    /// For a database that has no call with a higher id than this.
    pub(super) fn up_to(tree: &'a Tree, newest: CallId) -> Self {
        Self {
            newest,
            ..Self::new(tree)
        }
    }

    /// The first piece of a call. Ids come in the order of time, so a call that is new is newer than all
    /// of the database, which is not asked then.
    pub(super) fn first_piece(&self, id: CallId) -> Result<Option<IVec>, StoreError> {
        let key = keys::call(id, 0);
        if id > self.newest && !self.writes.contains_key(&key) {
            return Ok(None);
        }
        self.get(&key)
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, StoreError> {
        if let Some(value) = self.writes.get(key) {
            return Ok(value.clone());
        }
        self.tree.get(key).map_err(super::failed)
    }

    /// The last pair from `first` up to `last`, both included.
    pub(super) fn last_until(
        &self,
        first: &[u8],
        last: &[u8],
    ) -> Result<Option<(Key, IVec)>, StoreError> {
        let range = (Bound::Included(first), Bound::Included(last));
        let ours = self
            .writes
            .range::<[u8], _>(range)
            .rev()
            .find_map(|(key, value)| value.as_ref().map(|value| (key, value)));
        if let Some((own, value)) = ours
            && !self.is_kept_after(first, own)?
        {
            return Ok(Some((own.clone(), value.clone())));
        }
        let mut kept = self.tree.range(first..=last).rev();
        let kept = loop {
            match kept.next().transpose().map_err(super::failed)? {
                // What is changed or removed here counts as it will be.
                Some((key, _)) if self.writes.contains_key(&*key) => {
                    if ours.is_some_and(|(own, _)| own.as_slice() >= &*key) {
                        break None;
                    }
                }
                other => break other,
            }
        };
        Ok(match (ours, kept) {
            (Some((own, _)), Some((key, value))) if *own.as_slice() < *key => {
                Some((key.to_vec(), value))
            }
            (Some((own, value)), _) => Some((own.clone(), value.clone())),
            (None, kept) => kept.map(|(key, value)| (key.to_vec(), value)),
        })
    }

    /// Whether the database has a key after this one among those that begin with `first`: calls come
    /// in the order of time, and then it has none.
    fn is_kept_after(&self, first: &[u8], key: &[u8]) -> Result<bool, StoreError> {
        let mut ends = self.ends.borrow_mut();
        if !ends.contains_key(first) {
            let end = self.tree.scan_prefix(first).keys().next_back();
            ends.insert(first.to_vec(), end.transpose().map_err(super::failed)?);
        }
        let end = ends.get(first).and_then(Option::as_deref);
        Ok(end.is_some_and(|end| end > key))
    }

    pub(super) fn put(&mut self, key: Key, value: Vec<u8>) {
        self.writes.insert(key, Some(value.into()));
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.writes.insert(key, None);
    }

    /// Every change, in the order of the keys.
    pub(super) fn writes(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        let writes = self.writes.iter();
        writes.map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    pub(super) fn len(&self) -> usize {
        self.writes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Applies everything as one: all of it or nothing survives a crash.
    pub(super) fn apply(self) -> Result<(), StoreError> {
        self.apply_to(self.tree)
    }

    /// Applies everything to another database.
    pub(super) fn apply_to(&self, tree: &Tree) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for (key, value) in &self.writes {
            match value {
                Some(value) => batch.insert(key.as_slice(), value.clone()),
                None => batch.remove(key.as_slice()),
            }
        }
        tree.apply_batch(batch).map_err(super::failed)
    }
}
