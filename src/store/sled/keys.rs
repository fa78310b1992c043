//! The keys of the database: tenant, kind, then what tells one from another.
//!
//! Everything is in one tree, because sled 0.34 keeps a batch whole within a tree only: a step of
//! a call, its place in the indexes, its effects and the counts must be there together or not at
//! all. All numbers are big-endian and of fixed width, so that bytes sort as numbers do; only the
//! last part of a key may vary in length.

use jiff::Timestamp;
use uuid::Uuid;

use crate::call::{CallId, ListName};

use crate::store::entries::EntryName;

/// The owner whose things these are. There is one for now.
const TENANT: u32 = 0;

/// What a key leads to. The numbers are in the files: never use one again for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// What the store knows about itself.
    Meta = 1,
    /// A piece of a call.
    Call = 2,
    /// Blocks of the index over all calls in the order of time.
    ByTime = 3,
    /// Blocks of the index over the callers' numbers.
    ByCaller = 4,
    /// Blocks of the index over the providers' names for calls.
    ByProvider = 5,
    /// A list entry.
    Entry = 6,
    /// A list change that is on its way (see `bulk`).
    Staged = 7,
    /// A job, in the order in which they are due.
    Job = 8,
    /// When the job with this id is due.
    JobDue = 9,
    /// A small value of the service.
    Setting = 10,
}

pub(super) type Key = Vec<u8>;

/// Where the keys of a kind begin; also the prefix of all of them.
pub(super) fn start(kind: Kind) -> Key {
    let mut key = Vec::with_capacity(40);
    key.extend(TENANT.to_be_bytes());
    key.push(kind as u8);
    key
}

fn key(kind: Kind, parts: &[&[u8]]) -> Key {
    let mut key = start(kind);
    for part in parts {
        key.extend_from_slice(part);
    }
    key
}

/// The length of what [`start`] gives.
pub(super) const START: usize = 5;

pub(super) fn meta(name: &str) -> Key {
    key(Kind::Meta, &[name.as_bytes()])
}

pub(super) fn setting(name: &str) -> Key {
    key(Kind::Setting, &[name.as_bytes()])
}

pub(super) fn call(id: CallId, piece: u8) -> Key {
    key(Kind::Call, &[id.as_bytes(), &[piece]])
}

/// The call and the place of its piece that a key of [`call`] is for.
pub(super) fn call_piece(key: &[u8]) -> Option<(CallId, u8)> {
    let (id, piece) = key.get(START..)?.split_first_chunk()?;
    Some((CallId::from_bytes(*id), *piece.first()?))
}

/// A block of an index, by the first record in it.
pub(super) fn block(kind: Kind, first: &[u8]) -> Key {
    key(kind, &[first])
}

pub(super) fn entry((list, pattern, line): &EntryName) -> Key {
    let list = match list {
        ListName::Allow => 0,
        ListName::Wanted => 1,
        ListName::Block => 2,
    };
    let digits = pattern.digits().to_be_bytes();
    let head = [list, u8::from(pattern.is_exact()), u8::from(line.is_some())];
    let line = line.as_ref().map_or("", |line| line.0.as_str());
    key(
        Kind::Entry,
        &[&head[..1], &digits, &head[1..], line.as_bytes()],
    )
}

/// Where the change of the entry with this key waits.
pub(super) fn staged(entry: &[u8]) -> Key {
    let mut key = entry.to_vec();
    if let Some(kind) = key.get_mut(START - 1) {
        *kind = Kind::Staged as u8;
    }
    key
}

/// The entry that a waiting change is about.
pub(super) fn unstaged(staged: &[u8]) -> Key {
    let mut key = staged.to_vec();
    if let Some(kind) = key.get_mut(START - 1) {
        *kind = Kind::Entry as u8;
    }
    key
}

/// A job; sorts by when it is due, then by its id.
pub(super) fn job(due: Timestamp, id: Uuid) -> Key {
    job_at(&time(due), id)
}

/// A job that is due at what [`time`] made of a moment.
pub(super) fn job_at(due: &[u8], id: Uuid) -> Key {
    key(Kind::Job, &[due, id.as_bytes()])
}

pub(super) fn job_due(id: Uuid) -> Key {
    key(Kind::JobDue, &[id.as_bytes()])
}

/// A moment, so that bytes sort as moments do.
pub(super) fn time(at: Timestamp) -> [u8; 16] {
    const FLIP_SIGN: i128 = i128::MIN;
    (at.as_nanosecond() ^ FLIP_SIGN).to_be_bytes()
}

/// The lowest id that a call beginning at this moment can have (RFC 9562: 48 bits of
/// milliseconds in front).
pub(super) fn first_id(at: Timestamp) -> CallId {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    CallId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{LineId, NumberPattern};
    use proptest::prelude::*;

    #[test]
    fn entries_sort_by_list_pattern_and_line() {
        let name = |list, pattern: &str, line: Option<&str>| {
            (
                list,
                NumberPattern::parse(pattern).unwrap(),
                line.map(|line| LineId(line.to_owned())),
            )
        };
        let names = [
            name(ListName::Allow, "+4512345678", None),
            name(ListName::Allow, "+4512345678", Some("")),
            name(ListName::Allow, "+4512345678", Some("shop")),
            name(ListName::Wanted, "+45*", None),
            name(ListName::Wanted, "+4512345*", None),
            name(ListName::Block, "+4512345*", None),
            name(ListName::Block, "+4512345", None),
        ];
        let keys: Vec<_> = names.iter().map(entry).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        let mut distinct = keys.clone();
        distinct.dedup();
        assert_eq!(distinct, keys);
        assert!(keys.iter().all(|key| unstaged(&staged(key)) == *key));
    }

    proptest! {
        #[test]
        fn moments_sort_as_bytes(a in -10_000_000_000_i64..10_000_000_000, b in -10_000_000_000_i64..10_000_000_000) {
            let [a, b] = [a, b].map(|second| Timestamp::from_second(second).unwrap());
            prop_assert_eq!(a.cmp(&b), time(a).cmp(&time(b)));
        }

        #[test]
        fn no_call_of_a_moment_comes_before_its_first_id(second in -1_000_i64..10_000_000_000, nanos in 0_i32..1_000_000_000) {
            let at = Timestamp::new(second, nanos).unwrap();
            prop_assert!(first_id(at) <= CallId::new(at));
        }
    }
}
