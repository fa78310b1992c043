//! The journal in front of sled: a step of a call is acknowledged as soon as it stands here, with
//! one write and one fsync of a small file whose blocks are all there already. sled gets the call
//! later, and once instead of after every step.
//!
//! # The file `journal`
//!
//! All numbers are big-endian. Everything begins at a multiple of [`BLOCK`] bytes and is filled up
//! with zeros to the next, so that no byte that was acknowledged is ever written a second time
//! before it is in the database: what a power cut tears is only what nobody was told of.
//!
//! * The first block: `PORTNERJ`, the version of this format (`u32`, 1), then the salt (`u64`).
//!   The same salt is kept in the database, so that a journal of another database is known.
//! * Then groups, each what was waiting for one fsync: their [`MAGIC`], number (`u64`), how many
//!   records there are (`u32`), how many bytes they take (`u32`), a checksum of number, counts and
//!   records, begun with the salt (`u64`); then the records, each its length (`u32`) and its bytes.
//!   A record is a call as it then was, packed as in the database.
//!
//! Groups are numbered on and on. The database remembers the last number that it holds; when it
//! holds all of them and half of the file is written, writing begins at the front again, over groups
//! that count for nothing any more. Reading takes every whole group with a higher number, wherever it stands: what is torn
//! ends nothing but itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::Path;

use super::{folder, unreadable, value};
use crate::store::StoreError;
use crate::store::jobs::fingerprint;

/// Where things may begin. Disks and file systems write no less than this as one.
const BLOCK: usize = 4_096;

/// How long the file is, all of it written once when it is made: writing over blocks that exist
/// changes nothing that a file system would have to note down, which halves the time of an fsync.
const LENGTH: usize = 512 * BLOCK;

const TITLE: [u8; 8] = *b"PORTNERJ";
const VERSION: u32 = 1;
const MAGIC: [u8; 4] = *b"PJgr";
const HEAD: usize = 4 + 8 + 4 + 4 + 8;

/// The name of the file in the folder of the store.
pub(super) const NAME: &str = "journal";

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    salt: u64,
    /// The number of the last group that was written.
    last: u64,
    /// Where the next group goes.
    place: usize,
    /// A group as it is written; kept, so that it need not be found in memory each time.
    draft: Vec<u8>,
}

/// What the database remembers of its journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// The salt of the journal that belongs to it.
    pub(super) salt: u64,
    /// The last group that it holds, and with it all before.
    pub(super) held: u64,
}

impl Mark {
    pub(super) fn write(self) -> Vec<u8> {
        value::seal([self.salt, self.held].map(u64::to_be_bytes).as_flattened())
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let bytes = value::read_raw("the mark of the journal", bytes)?;
        let read = || {
            let (salt, held) = bytes.split_first_chunk()?;
            Some(Self {
                salt: u64::from_be_bytes(*salt),
                held: u64::from_be_bytes(*held.first_chunk()?),
            })
        };
        read().ok_or_else(|| StoreError::Corrupt {
            what: "the mark of the journal",
            reason: "it is cut off".into(),
        })
    }
}

/// What was read of a journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// The calls that the database does not hold yet, packed, in the order in which they came.
    pub(super) calls: Vec<Vec<u8>>,
    /// How many groups are missing between others.
    pub(super) missing: u64,
    /// Whether the journal that belonged to the database is lost, and this is another one.
    pub(super) is_another: bool,
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum JournalError {
    /// There is none.
    #[error("its journal is missing")]
    Missing,
    /// It is not one, or not one of this database.
    #[error("its journal {0}")]
    Wrong(&'static str),
    /// It is of a later time.
    #[error("its journal has a format that this Portner does not know; start the newer one")]
    Newer,
    /// The disk cannot read it any more.
    #[error("its journal cannot be read: {0}")]
    Unreadable(io::Error),
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Journal {
    /// Makes an empty one in this folder, durably, in place of any that is there.
    pub(super) fn create(folder: &Path, salt: u64) -> Result<Self, JournalError> {
        let mut bytes = vec![0; LENGTH];
        let mut title = TITLE.to_vec();
        title.extend(VERSION.to_be_bytes());
        title.extend(salt.to_be_bytes());
        bytes[..title.len()].copy_from_slice(&title);
        let file = folder::write(&folder.join(NAME), &bytes)?;
        Ok(Self::at_the_front(file, salt, 0))
    }

    /// Makes the file anew, without what was written into it; the database must hold everything. It
    /// belongs to the same database, and its groups are numbered on.
    pub(super) fn renew(&mut self, folder: &Path) -> Result<(), JournalError> {
        let last = self.last;
        *self = Self {
            last,
            ..Self::create(folder, self.salt)?
        };
        Ok(())
    }

    /// Opens the one in this folder, and reads what came after the group that the database holds.
    pub(super) fn open(folder: &Path, mark: Mark) -> Result<(Self, Found), JournalError> {
        let Mark { salt, held } = mark;
        let path = folder.join(NAME);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(JournalError::Missing);
            }
            opened => opened?,
        };
        let bytes = fs::read(&path).map_err(|error| match unreadable::is_why(&error) {
            true => JournalError::Unreadable(error),
            false => JournalError::Io(error),
        })?;
        let title = bytes
            .first_chunk::<20>()
            .ok_or(JournalError::Wrong("is cut off"))?;
        if title[..8] != TITLE {
            return Err(JournalError::Wrong("is something else"));
        }
        if title[8..12] != VERSION.to_be_bytes() {
            return Err(JournalError::Newer);
        }
        if title[12..] != salt.to_be_bytes() {
            return Err(JournalError::Wrong("belongs to another store"));
        }
        if bytes.len() != LENGTH {
            return Err(JournalError::Wrong(
                "has another length than it was made with",
            ));
        }
        let (found, last) = read(&bytes, salt, held);
        Ok((Self::at_the_front(file, salt, last), found))
    }

    /// Every call that stands in the file in this folder, packed, the latest steps last: what can be
    /// had without the database. Nothing where it is no journal.
    pub(super) fn salvage(folder: &Path) -> Vec<Vec<u8>> {
        let salvaged = File::open(folder.join(NAME)).and_then(Self::salvage_from);
        salvaged.unwrap_or_else(|error| {
            tracing::error!(%error, "nothing can be read of the journal");
            Vec::new()
        })
    }

    fn salvage_from(from: impl Read + Seek) -> io::Result<Vec<Vec<u8>>> {
        let mut bytes = Vec::new();
        let lost = unreadable::read_around(from, &mut bytes)?;
        if lost > 0 {
            tracing::error!(
                bytes = lost,
                "the disk cannot read a part of the journal any more: steps of calls are lost"
            );
        }
        let known = bytes
            .strip_prefix(TITLE.as_slice())
            .and_then(|rest| rest.strip_prefix(VERSION.to_be_bytes().as_slice()))
            .and_then(|rest| rest.first_chunk());
        let salt = known.map(|salt| u64::from_be_bytes(*salt));
        Ok(salt.map_or_else(Vec::new, |salt| read(&bytes, salt, 0).0.calls))
    }

    fn at_the_front(file: File, salt: u64, last: u64) -> Self {
        Self {
            file,
            salt,
            last,
            place: BLOCK,
            draft: Vec::new(),
        }
    }

    /// What the database is to remember when it holds everything that stands here.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            salt: self.salt,
            held: self.last,
        }
    }

    /// Writes a group and sees it onto the disk; `false` when there is no room for it.
    pub(super) fn append<'a>(
        &mut self,
        records: impl Iterator<Item = &'a [u8]>,
    ) -> io::Result<bool> {
        if !self.write(records)? {
            return Ok(false);
        }
        self.file.sync_data()?;
        self.is_there()?;
        Ok(true)
    }

    /// Writes down what the database holds already, should the database be damaged: all of it, or nothing
    /// where there is no room for it, and no sooner on disk than the next group.
    pub(super) fn note<'a>(&mut self, records: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
        self.write(records)?;
        self.is_there()
    }

    /// What is written into a folder that was deleted is nowhere, and no write says so.
    fn is_there(&self) -> io::Result<()> {
        if is_gone(&self.file)? {
            let told = "the folder of the store was deleted while it was open";
            return Err(io::Error::new(io::ErrorKind::NotFound, told));
        }
        Ok(())
    }

    /// Writes a group behind the last one; `false` when there is no room for it.
    fn write<'a>(&mut self, records: impl Iterator<Item = &'a [u8]>) -> io::Result<bool> {
        let draft = &mut self.draft;
        draft.clear();
        draft.resize(HEAD, 0);
        let mut count: u32 = 0;
        for record in records {
            let Ok(length) = u32::try_from(record.len()) else {
                return Ok(false);
            };
            draft.extend(length.to_be_bytes());
            draft.extend_from_slice(record);
            count += 1;
            if draft.len() > LENGTH - self.place {
                return Ok(false);
            }
        }
        let number = self.last + 1;
        let Ok(length) = u32::try_from(draft.len() - HEAD) else {
            return Ok(false);
        };
        draft[..4].copy_from_slice(&MAGIC);
        draft[4..12].copy_from_slice(&number.to_be_bytes());
        draft[12..16].copy_from_slice(&count.to_be_bytes());
        draft[16..20].copy_from_slice(&length.to_be_bytes());
        let sum = checksum(self.salt, draft);
        draft[20..HEAD].copy_from_slice(&sum.to_be_bytes());
        draft.resize(draft.len().next_multiple_of(BLOCK), 0);
        if self.place == BLOCK {
            self.file.seek(SeekFrom::Start(BLOCK as u64))?;
        }
        self.file.write_all(draft)?;
        self.last = number;
        self.place += draft.len();
        Ok(true)
    }

    /// The database holds everything: begins at the front again when half of the file is written. What
    /// stands there till then is what is left should the database be damaged.
    pub(super) fn restart(&mut self) {
        if self.place > LENGTH / 2 {
            self.place = BLOCK;
        }
        // What one heavy moment needed is not held for ever.
        self.draft.shrink_to(32 * BLOCK);
    }
}

/// Whether a file that is open has no name any more: what is written into it then is lost when it
/// is closed, and no write or fsync says so.
#[cfg(unix)]
fn is_gone(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(file.metadata()?.nlink() == 0)
}

/// Elsewhere a file that is open cannot be deleted.
#[cfg(not(unix))]
fn is_gone(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// Over the numbers of a group's head and its records.
fn checksum(salt: u64, group: &[u8]) -> u64 {
    let head = fingerprint(group.get(4..20).unwrap_or_default());
    let records = fingerprint(group.get(HEAD..).unwrap_or_default());
    let all = [salt, head, records].map(u64::to_be_bytes);
    fingerprint(all.as_flattened())
}

/// Every whole group after the one that is held already, and the highest number of any.
fn read(bytes: &[u8], salt: u64, held: u64) -> (Found, u64) {
    let mut groups = Vec::new();
    let mut place = BLOCK;
    while let Some(rest) = bytes.get(place..).filter(|rest| !rest.is_empty()) {
        match group(rest, salt) {
            Some((number, records, length)) => {
                if number > held {
                    groups.push((number, records));
                }
                place += length.next_multiple_of(BLOCK);
            }
            None => place += BLOCK,
        }
    }
    groups.sort_by_key(|(number, _)| *number);
    let last = groups.last().map_or(held, |(number, _)| *number);
    let missing = (last - held) - groups.len() as u64;
    let calls = groups
        .into_iter()
        .flat_map(|(_, records)| records)
        .map(<[u8]>::to_vec);
    let found = Found {
        calls: calls.collect(),
        missing,
        is_another: false,
    };
    (found, last)
}

/// The group that begins here, if a whole one does: its number, its records, and its length.
fn group(bytes: &[u8], salt: u64) -> Option<(u64, Vec<&[u8]>, usize)> {
    let (magic, rest) = bytes.split_first_chunk()?;
    let (number, rest) = rest.split_first_chunk()?;
    let (count, rest) = rest.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (sum, rest) = rest.split_first_chunk()?;
    let length = u32::from_be_bytes(*length) as usize;
    if *magic != MAGIC || rest.len() < length {
        return None;
    }
    let whole = &bytes[..HEAD + length];
    if checksum(salt, whole) != u64::from_be_bytes(*sum) {
        return None;
    }
    let mut records = Vec::new();
    let mut rest = &rest[..length];
    for _ in 0..u32::from_be_bytes(*count) {
        let (length, after) = rest.split_first_chunk()?;
        let (record, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        records.push(record);
        rest = after;
    }
    Some((u64::from_be_bytes(*number), records, whole.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u64 = 7;

    fn append(journal: &mut Journal, records: &[&str]) -> bool {
        let records = records.iter().map(|record| record.as_bytes());
        journal.append(records).unwrap()
    }

    fn reopen(folder: &Path, held: u64) -> (u64, Vec<String>, u64) {
        let (journal, found) = Journal::open(folder, Mark { salt: SALT, held }).unwrap();
        let text = |call: Vec<u8>| String::from_utf8(call).unwrap();
        let calls = found.calls.into_iter().map(text).collect();
        (journal.mark().held, calls, found.missing)
    }

    #[test]
    fn gives_back_in_order_what_the_database_does_not_hold() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), SALT).unwrap();
        assert_eq!(reopen(folder.path(), 0), (0, vec![], 0));
        append(&mut journal, &["a", "b"]);
        append(&mut journal, &[&"long ".repeat(2_000)]);
        append(&mut journal, &["c"]);
        let (last, calls, missing) = reopen(folder.path(), 0);
        assert_eq!((last, calls.len(), missing), (3, 4, 0));
        assert_eq!(reopen(folder.path(), 2), (3, vec!["c".into()], 0));
        journal.restart();
        append(&mut journal, &["d"]);
        assert_eq!(reopen(folder.path(), 3), (4, vec!["d".into()], 0));
        assert_eq!(reopen(folder.path(), 4), (4, vec![], 0));
    }

    #[test]
    fn says_when_it_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), SALT).unwrap();
        let groups = (0..).take_while(|_| append(&mut journal, &["a"])).count();
        assert_eq!(groups, LENGTH / BLOCK - 1);
        assert_eq!(reopen(folder.path(), 0).1.len(), groups);
        journal.restart();
        assert!(append(&mut journal, &["b"]));
        assert!(!append(&mut journal, &[&"x".repeat(LENGTH)]));
    }

    #[test]
    fn what_is_torn_ends_nothing_but_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), SALT).unwrap();
        for record in ["a", "b", "c"] {
            append(&mut journal, &[record]);
        }
        let path = folder.path().join(NAME);
        let whole = fs::read(&path).unwrap();
        for (at, calls, missing) in [
            (3 * BLOCK + HEAD + 4, vec!["a", "b"], 0),
            (2 * BLOCK + 5, vec!["a", "c"], 1),
            (BLOCK, vec!["b", "c"], 1),
        ] {
            let mut torn = whole.clone();
            torn[at] ^= 1;
            fs::write(&path, torn).unwrap();
            let (_, found, gap) = reopen(folder.path(), 0);
            assert_eq!(
                (found, gap),
                (calls.into_iter().map(String::from).collect(), missing)
            );
        }
    }

    #[test]
    fn a_block_that_cannot_be_read_costs_what_stands_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::create(folder.path(), SALT).unwrap();
        for record in ["a", "b", "c"] {
            append(&mut journal, &[record]);
        }
        let calls = [&b"a"[..], b"b", b"c"];
        assert_eq!(Journal::salvage(folder.path()), calls);
        for (bad, left) in [(2, vec!["a", "c"]), (3, vec!["a", "b"]), (0, vec![])] {
            let file = File::open(folder.path().join(NAME)).unwrap();
            let salvaged = Journal::salvage_from(unreadable::WithBadBlock { file, bad }).unwrap();
            let left: Vec<&[u8]> = left.into_iter().map(str::as_bytes).collect();
            assert_eq!(salvaged, left);
        }
    }

    #[test]
    fn refuses_what_is_no_journal_of_this_store() {
        let folder = tempfile::tempdir().unwrap();
        let mark = Mark {
            salt: SALT,
            held: 0,
        };
        assert_eq!(Mark::read(&mark.write()).unwrap(), mark);
        let refused = || Journal::open(folder.path(), mark).unwrap_err().to_string();
        assert!(refused().contains("missing"));
        let path = folder.path().join(NAME);
        fs::write(&path, "cake").unwrap();
        assert!(refused().contains("cut off"));
        Journal::create(folder.path(), SALT + 1).unwrap();
        assert!(refused().contains("another store"));
        Journal::create(folder.path(), SALT).unwrap();
        let mut bytes = fs::read(&path).unwrap();
        bytes[11] = 2;
        fs::write(&path, &bytes).unwrap();
        assert!(refused().contains("does not know"));
    }
}
