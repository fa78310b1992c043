//! What the database may have, in half a megabyte of memory: most calls and callers that are asked
//! for are new, and to ask sled for what it does not have takes longer than all else that is done
//! about them.
//!
//! Whatever was put in is there as long as the store is open, so nothing that the database has is
//! ever missed; what was not may seem to be there, and then the database is asked. Calls come in before
//! they are written. Those of earlier times are read from the indexes in the background, and until
//! that is done everything may be there.

use std::hash::RandomState;
use std::ops::Bound;
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, Ordering};

use fastbloom::AtomicBloomFilter;

use super::blocks::{BY_CALLER, BY_PROVIDER, Index};
use super::keys::{self, Key, Kind};
use super::value::Head;
use super::{Shared, blocking, failed};
use crate::call::CallId;
use crate::store::StoreError;

/// How many bits there are.
const BITS: usize = 1 << 22;
/// How many bits stand for a name. With these, one in five hundred of what is not there seems to be
/// at 100,000 calls, one in four at 500,000.
const BITS_A_NAME: u32 = 4;
/// How many blocks of an index are read at a time.
const PORTION: usize = 256;

/// By what the database may know a call.
#[derive(Debug, Clone, Copy, Hash)]
pub(super) enum Name {
    /// Its id.
    Call(CallId),
    /// The fingerprint of the provider's name for it.
    Provider(u64),
    /// Its caller's number.
    Caller(u64),
}

/// The names that the database may have.
#[derive(Debug)]
pub(super) struct Known {
    names: AtomicBloomFilter<RandomState>,
    /// Whether those of earlier times are in it.
    complete: AtomicBool,
}

impl Default for Known {
    fn default() -> Self {
        let names = AtomicBloomFilter::with_num_bits(BITS).hasher(RandomState::new());
        Self {
            names: names.hashes(BITS_A_NAME),
            complete: AtomicBool::new(false),
        }
    }
}

impl Known {
    /// Whether the database may have something of this name.
    pub(super) fn may_have(&self, name: Name) -> bool {
        !self.is_complete() || self.names.contains(&name)
    }

    /// A call is about to be written.
    pub(super) fn put(&self, id: CallId, head: Head) {
        self.names.insert(&Name::Call(id));
        self.names.insert(&Name::Provider(head.provider));
        self.names.insert(&Name::Caller(head.caller));
    }

    pub(super) fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    /// Takes over what a portion of an index has, after this key of it; the last key of the portion,
    /// if there is more.
    fn read(
        &self,
        tree: &::sled::Tree,
        index: Index,
        after: &[u8],
    ) -> Result<Option<Key>, StoreError> {
        let from = Bound::Excluded(after);
        let until = keys::block(index.kind, &[0xff; 25]);
        let mut last = None;
        let mut count = 0;
        // Records move to later blocks only, so none can get behind.
        for found in tree
            .range::<&[u8], _>((from, Bound::Excluded(&*until)))
            .take(PORTION)
        {
            let (key, block) = found.map_err(failed)?;
            for record in index.open(&block)?.chunks_exact(index.len) {
                let Some((name, rest)) = record.split_first_chunk() else {
                    continue;
                };
                let name = u64::from_be_bytes(*name);
                match index.kind {
                    Kind::ByCaller => self.names.insert(&Name::Caller(name)),
                    _ => self.names.insert(&Name::Provider(name)),
                };
                if let Some(id) = rest.first_chunk() {
                    self.names.insert(&Name::Call(CallId::from_bytes(*id)));
                }
            }
            last = Some(key.to_vec());
            count += 1;
        }
        Ok(last.filter(|_| count == PORTION))
    }
}

/// Reads what the database has of earlier times, as long as the store is open.
pub(super) async fn learn(shared: Weak<Shared>) {
    for index in [BY_PROVIDER, BY_CALLER] {
        let mut after = Some(keys::start(index.kind));
        while let Some(key) = after {
            let Some(shared) = shared.upgrade() else {
                return;
            };
            let portion = blocking(move || {
                let read = shared.known.read(shared.database().tree(), index, &key);
                shared.damage.seen(read)
            });
            after = match portion.await {
                Ok(after) => after,
                Err(error) => {
                    tracing::warn!(%error, "the indexes of the store cannot be read: it is asked for every call");
                    return;
                }
            };
        }
    }
    if let Some(shared) = shared.upgrade() {
        shared.known.complete.store(true, Ordering::Release);
    }
}
