//! What can still be read of a database that is damaged: calls, jobs, and what stands beside them. It is
//! read from a copy, since opening changes the files of a database, and those are evidence.

use std::fs;
use std::ops::Bound;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ::sled::{IVec, Tree};

use super::change::{Step, WrittenJob};
use super::database::Database;
use super::keys::{self, Kind};
use super::pending::Pending;
use super::{find, panicked, spare, unreadable, value};
use crate::call::CallId;
use crate::store::{Commit, Counts, Shelf, StoreError};

/// The copy that is read.
const COPY: &str = "salvage";

/// How many things are taken over at once.
const PORTION: usize = 100;

/// Puts what can be read of the old database into the new one. Whatever breaks on the way ends it and
/// nothing else: what was taken over till then stays.
pub(super) fn take_over(folder: &Path, old: &Path, new: &Database, counts: &mut Counts) {
    let copy = folder.join(COPY);
    let before = *counts;
    let taken = catch_unwind(AssertUnwindSafe(|| {
        copy_database(old, &copy)?;
        let database = Database::open(&copy)?;
        let mut lost = calls(database.tree(), new, counts)?;
        lost += jobs(database.tree(), new, counts)?;
        lost += shelves(&database, new)?;
        Ok(lost)
    }));
    let calls = counts.calls - before.calls;
    let jobs = counts.jobs - before.jobs;
    match taken.unwrap_or_else(|panic| Err(panicked(&*panic))) {
        Ok(lost) => tracing::warn!(
            calls,
            jobs,
            lost,
            "the damaged store was read as far as it can be"
        ),
        Err(error) => {
            tracing::warn!(calls, jobs, %error, "the damaged store cannot be read further")
        }
    }
    if copy.exists()
        && let Err(error) = fs::remove_dir_all(&copy)
    {
        tracing::warn!(%error, "the copy of the damaged store could not be removed");
    }
}

fn copy_database(old: &Path, copy: &Path) -> Result<(), StoreError> {
    let mut lost = 0;
    let mut copied = || {
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        fs::create_dir(copy)?;
        for entry in fs::read_dir(old)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                lost += unreadable::copy_around(&entry.path(), &copy.join(entry.file_name()))?;
            }
        }
        Ok(())
    };
    copied().map_err(|error: std::io::Error| StoreError::Io(error.to_string()))?;
    if lost > 0 {
        tracing::warn!(
            bytes = lost,
            "the disk cannot read a part of the store any more"
        );
    }
    Ok(())
}

/// Takes over the calls; how many things there were that could not be.
fn calls(old: &Tree, new: &Database, counts: &mut Counts) -> Result<u64, StoreError> {
    let mut pending = Pending::new(new.tree());
    let mut steps = 0;
    let mut lost = 0;
    lost += readable(old, &keys::start(Kind::Call), |key, _| {
        let Some((id, 0)) = keys::call_piece(key) else {
            return Ok(());
        };
        match whole(old, id) {
            Some(step) => step.put(&mut pending, counts)?,
            None => {
                lost += 1;
                return Ok(());
            }
        };
        steps += 1;
        if steps % PORTION == 0 {
            std::mem::replace(&mut pending, Pending::new(new.tree())).apply()?;
        }
        Ok(())
    })?;
    pending.apply()?;
    Ok(lost)
}

fn whole(old: &Tree, id: CallId) -> Option<Step> {
    let call = find::kept(old, id).ok()??.into();
    let effects = Vec::new();
    Step::write(Commit { call, effects }).ok()
}

fn jobs(old: &Tree, new: &Database, counts: &mut Counts) -> Result<u64, StoreError> {
    let mut pending = Pending::new(new.tree());
    let mut lost = 0;
    lost += readable(old, &keys::start(Kind::Job), |_, bytes| {
        match value::read("a job", bytes).and_then(WrittenJob::write) {
            Ok(job) => job.put(&mut pending, counts)?,
            Err(_) => lost += 1,
        }
        Ok(())
    })?;
    pending.apply()?;
    Ok(lost)
}

/// Takes over what stands on the shelves but what the spare copy has.
fn shelves(old: &Database, new: &Database) -> Result<u64, StoreError> {
    readable(old.shelves().tree(), &[], |key, value| {
        let is_spared = |shelf: &Shelf| key.first() == Some(&(*shelf as u8));
        if spare::SHELVES.iter().any(is_spared) {
            return Ok(());
        }
        new.shelves().put_back(key, value)
    })
}

/// Everything under a prefix that can be read, in the order of the keys. Behind what cannot be, it goes
/// on where it can again. How many such gaps there were.
fn readable(
    tree: &Tree,
    prefix: &[u8],
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut from = prefix.to_vec();
    let mut gaps = 0;
    loop {
        let mut is_whole = true;
        for found in tree.range::<&[u8], _>((Bound::Included(from.as_slice()), Bound::Unbounded)) {
            let Ok((key, value)) = found else {
                is_whole = false;
                break;
            };
            if !key.starts_with(prefix) {
                return Ok(gaps);
            }
            take(&key, &value)?;
            from = [&*key, &[0]].concat();
        }
        if is_whole {
            return Ok(gaps);
        }
        gaps += 1;
        match behind(tree, prefix, &from) {
            Some(next) => from = next,
            None => return Ok(gaps),
        }
    }
}

/// The first key from which something can be read again, as far as the eight bytes behind the prefix
/// tell: found by leaps that double, then by halves.
fn behind(tree: &Tree, prefix: &[u8], from: &[u8]) -> Option<Vec<u8>> {
    let mut place = [0; 8];
    let rest = from.get(prefix.len()..).unwrap_or_default();
    let rest = rest.get(..8).unwrap_or(rest);
    place.get_mut(..rest.len())?.copy_from_slice(rest);
    let at = |place: u64| [prefix, &place.to_be_bytes()].concat();
    let can_be_read = |place: u64| {
        let first: Option<Result<(IVec, IVec), _>> = tree.range(at(place)..).next();
        first.is_none_or(|found| found.is_ok())
    };
    let mut unreadable = u64::from_be_bytes(place);
    let mut leap = 1_u64;
    let mut readable = loop {
        let next = unreadable.checked_add(leap)?;
        if can_be_read(next) {
            break next;
        }
        unreadable = next;
        leap = leap.checked_mul(2)?;
    };
    while readable - unreadable > 1 {
        let between = unreadable + (readable - unreadable) / 2;
        if can_be_read(between) {
            readable = between;
        } else {
            unreadable = between;
        }
    }
    Some(at(readable))
}
