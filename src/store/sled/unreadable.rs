//! What a disk cannot read any more: blocks of a file that answer with an input/output error.
//!
//! sled takes a segment that cannot be read for the end of its log when it opens
//! (`pagecache/iterator.rs`, 0.34.7): it opens without complaint, without what stands behind it, and
//! writes over that. So its files are read once before it may open them; what was read lies in the
//! system's cache when sled comes for it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// What a disk reads as one.
const BLOCK: u64 = 4_096;

/// `EIO`: the disk cannot do it.
const INPUT_OUTPUT: i32 = 5;
/// The same where sled has copied the error, which leaves of it what `Debug` writes.
const COPIED: &str = "Os { code: 5,";

/// Whether the disk itself says so.
pub(super) fn is_why(error: &io::Error) -> bool {
    let is_copied = || {
        error
            .get_ref()
            .is_some_and(|told| told.to_string().starts_with(COPIED))
    };
    cfg!(unix) && (error.raw_os_error() == Some(INPUT_OUTPUT) || is_copied())
}

/// Reads every file in a folder to its end.
///
/// # Errors
/// The first one that is met. A folder that is not there has nothing that cannot be read.
pub(super) fn look_for(folder: &Path) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            io::copy(&mut File::open(entry.path())?, &mut io::sink())?;
        }
    }
    Ok(())
}

/// Copies a file durably, with nothing but zeros where it cannot be read; how many bytes those are.
pub(super) fn copy_around(from: &Path, to: &Path) -> io::Result<u64> {
    let (from, mut to) = (File::open(from)?, File::create(to)?);
    let lost = read_around(from, &mut to)?;
    to.sync_all()?;
    Ok(lost)
}

/// Reads something to its end, with nothing but zeros where it cannot be read; how many bytes those are.
pub(super) fn read_around(mut from: impl Read + Seek, to: &mut impl Write) -> io::Result<u64> {
    let length = from.seek(SeekFrom::End(0))?;
    let mut block = Vec::new();
    let (mut place, mut lost) = (0, 0);
    while place < length {
        let size = BLOCK.min(length - place);
        block.clear();
        from.seek(SeekFrom::Start(place))?;
        match from.by_ref().take(size).read_to_end(&mut block) {
            Err(error) if is_why(&error) => {
                block.clear();
                lost += size;
            }
            read => drop(read?),
        }
        block.resize(usize::try_from(size).unwrap_or_default(), 0);
        to.write_all(&block)?;
        place += size;
    }
    Ok(lost)
}

/// A file on a disk that cannot read one of its blocks any more, for tests.
#[cfg(test)]
pub(super) struct WithBadBlock {
    pub(super) file: File,
    pub(super) bad: u64,
}

#[cfg(test)]
impl Read for WithBadBlock {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let (place, bad) = (self.file.stream_position()?, self.bad * BLOCK);
        if (bad..bad + BLOCK).contains(&place) {
            return Err(io::Error::from_raw_os_error(INPUT_OUTPUT));
        }
        // As the system does, up to what it cannot read.
        let most = if place < bad { bad - place } else { u64::MAX };
        (&self.file).take(most).read(into)
    }
}

#[cfg(test)]
impl Seek for WithBadBlock {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
