//! A backup as a file: what a store keeps, key by key, so that it can be told whole from broken.
//!
//! All numbers are big-endian. `PORTNERB`, the version of this format (`u32`, 1), the format of the
//! store (`u32`); then records: the length of the key (`u32`), the key, the length of the value
//! (`u32`, all ones where the key is removed again), the value. A later record of a key is the one
//! that counts. After the last: `u32` of all ones, the number of records (`u64`), and the SHA-256
//! of everything before it.

use std::io::{self, Read, Write};

use aws_lc_rs::digest::{Context, SHA256, SHA256_OUTPUT_LEN};

use super::StoreError;

const TITLE: [u8; 8] = *b"PORTNERB";
const VERSION: u32 = 1;
const NONE: u32 = u32::MAX;
/// The longest key or value; ours are far shorter.
const MOST: u32 = 1024 * 1024;

/// Why a backup cannot be taken back.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is something else.
    #[error("this file is no backup of Portner")]
    NotOne,
    /// It is cut off or changed.
    #[error("this backup is broken: {0}; take another one")]
    Broken(&'static str),
    /// A newer program made it.
    #[error(
        "a newer Portner made this backup ({what} {format}, this one knows {known}); restore it with that one"
    )]
    Newer {
        /// What is newer.
        what: &'static str,
        /// Its number.
        format: u32,
        /// The highest number that is known.
        known: u32,
    },
    /// There is something already.
    #[error("the store at {path} holds {calls} calls and {entries} list entries already")]
    Occupied {
        /// Where it is.
        path: String,
        /// How many calls it holds.
        calls: u64,
        /// How many list entries it holds.
        entries: u64,
    },
    /// There is something already that cannot be opened.
    #[error("{0}")]
    CannotBeOpened(StoreError),
    /// It cannot be read.
    #[error("the backup cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The store cannot take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a backup.
pub(super) struct Writer<W> {
    to: W,
    sum: Context,
    records: u64,
}

impl<W: Write> Writer<W> {
    /// Begins the backup of a store of this format.
    pub(super) fn begin(to: W, format: u32) -> io::Result<Self> {
        let mut writer = Self {
            to,
            sum: Context::new(&SHA256),
            records: 0,
        };
        writer.put_bytes(&TITLE)?;
        writer.put_bytes(&VERSION.to_be_bytes())?;
        writer.put_bytes(&format.to_be_bytes())?;
        Ok(writer)
    }

    /// Writes what stands under a key, or that nothing does.
    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> io::Result<()> {
        let length = |bytes: &[u8]| match u32::try_from(bytes.len()) {
            Ok(length) if length <= MOST => Ok(length),
            _ => Err(io::Error::from(io::ErrorKind::FileTooLarge)),
        };
        self.put_bytes(&length(key)?.to_be_bytes())?;
        self.put_bytes(key)?;
        match value {
            Some(value) => {
                self.put_bytes(&length(value)?.to_be_bytes())?;
                self.put_bytes(value)?;
            }
            None => self.put_bytes(&NONE.to_be_bytes())?,
        }
        self.records += 1;
        Ok(())
    }

    /// Ends the backup.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.put_bytes(&NONE.to_be_bytes())?;
        let records = self.records.to_be_bytes();
        self.put_bytes(&records)?;
        self.to.write_all(self.sum.finish().as_ref())?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn put_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sum.update(bytes);
        self.to.write_all(bytes)
    }
}

/// Reads a backup to its end, and sees that it is whole. What was visited counts only when this
/// returns `Ok`: the number of records.
pub(super) fn read(
    from: impl Read,
    known: u32,
    mut visit: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), RestoreError>,
) -> Result<u64, RestoreError> {
    let mut reader = Reader {
        from,
        sum: Context::new(&SHA256),
    };
    let mut title = [0; TITLE.len()];
    match reader.fill(&mut title) {
        Ok(()) if title == TITLE => {}
        Ok(()) | Err(RestoreError::Broken(_)) => return Err(RestoreError::NotOne),
        Err(error) => return Err(error),
    }
    for (what, known) in [("file format", VERSION), ("store format", known)] {
        let format = reader.number()?;
        if format > known {
            return Err(RestoreError::Newer {
                what,
                format,
                known,
            });
        }
    }
    let mut records = 0;
    loop {
        let length = reader.number()?;
        if length == NONE {
            break;
        }
        let key = reader.bytes(length)?;
        let value = match reader.number()? {
            NONE => None,
            length => Some(reader.bytes(length)?),
        };
        visit(&key, value.as_deref())?;
        records += 1;
    }
    let mut said = [0; 8];
    reader.fill(&mut said)?;
    let Reader { mut from, sum } = reader;
    let mut told = [0; SHA256_OUTPUT_LEN];
    from.read_exact(&mut told).map_err(cut_off)?;
    if told != sum.finish().as_ref() || said != u64::to_be_bytes(records) {
        return Err(RestoreError::Broken("its checksum is wrong"));
    }
    if from.read(&mut [0])? != 0 {
        return Err(RestoreError::Broken("it goes on after its end"));
    }
    Ok(records)
}

struct Reader<R> {
    from: R,
    sum: Context,
}

impl<R: Read> Reader<R> {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RestoreError> {
        self.from.read_exact(bytes).map_err(cut_off)?;
        self.sum.update(bytes);
        Ok(())
    }

    fn number(&mut self) -> Result<u32, RestoreError> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn bytes(&mut self, length: u32) -> Result<Vec<u8>, RestoreError> {
        if length > MOST {
            return Err(RestoreError::Broken("a length cannot be"));
        }
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

fn cut_off(error: io::Error) -> RestoreError {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        RestoreError::Broken("it is cut off")
    } else {
        RestoreError::Read(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Records = Vec<(Vec<u8>, Option<Vec<u8>>)>;

    fn written(format: u32) -> Vec<u8> {
        let mut writer = Writer::begin(Vec::new(), format).unwrap();
        writer.put(b"key", Some(b"value")).unwrap();
        writer.put(b"empty", Some(b"")).unwrap();
        writer.put(b"gone", None).unwrap();
        writer.finish().unwrap()
    }

    fn read_all(bytes: &[u8]) -> Result<Records, RestoreError> {
        let mut records = Vec::new();
        let count = read(bytes, 2, |key, value| {
            records.push((key.to_vec(), value.map(<[u8]>::to_vec)));
            Ok(())
        })?;
        assert_eq!(count, records.len() as u64);
        Ok(records)
    }

    #[test]
    fn gives_back_what_was_written() {
        let records = read_all(&written(2)).unwrap();
        let expected = [
            (b"key".to_vec(), Some(b"value".to_vec())),
            (b"empty".to_vec(), Some(Vec::new())),
            (b"gone".to_vec(), None),
        ];
        assert_eq!(records, expected);
    }

    #[test]
    fn every_byte_that_is_changed_or_missing_is_noticed() {
        let whole = written(1);
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 4;
            assert!(read_all(&changed).is_err(), "byte {at} changed");
            assert!(read_all(&whole[..at]).is_err(), "cut off at {at}");
        }
        assert!(read_all(&[&whole[..], b"x"].concat()).is_err());
    }

    #[test]
    fn what_is_newer_or_something_else_is_told_as_such() {
        let refused = |bytes: &[u8]| read_all(bytes).unwrap_err().to_string();
        assert!(refused(&written(3)).contains("store format 3"));
        assert!(refused(b"name,number\n").contains("no backup"));
        assert!(refused(b"").contains("no backup"));
    }
}
