//! The values of the database: one byte of version, then what it is.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call::{Call, LineId, Treatment};
use crate::store::StoreError;
use crate::store::bounds::{MAX_CALL_BYTES, MAX_SMALL_BYTES, within};
use crate::store::jobs::fingerprint;

/// The version of values as they are written now.
const VERSION: u8 = 1;

/// The biggest value, with its version. A leaf of sled's tree holds up to 17, and from 128 KiB on sled
/// puts it into a file of its own that our fsync does not cover.
const MOST: usize = 1 + MAX_SMALL_BYTES;

/// Writes a small value.
pub(super) fn write<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, value).map_err(|error| StoreError::Io(error.to_string()))?;
    within(what, bytes.len() - 1, MAX_SMALL_BYTES)?;
    Ok(bytes)
}

/// Writes bytes as they are.
pub(super) fn write_raw(what: &'static str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
    within(what, value.len(), MAX_SMALL_BYTES)?;
    Ok(seal(value))
}

/// Bytes that are known to be few, with the version in front.
pub(super) fn seal(value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.len() + 1);
    bytes.push(VERSION);
    bytes.extend_from_slice(value);
    bytes
}

/// Reads what [`write()`] wrote.
pub(super) fn read<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(read_raw(what, bytes)?).map_err(|error| StoreError::Corrupt {
        what,
        reason: error.to_string(),
    })
}

/// Reads what [`write_raw`] wrote.
pub(super) fn read_raw<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a [u8], StoreError> {
    match bytes {
        [VERSION, rest @ ..] => Ok(rest),
        [version, ..] => Err(StoreError::Corrupt {
            what,
            reason: format!("it has version {version}, not {VERSION}"),
        }),
        [] => Err(StoreError::Corrupt {
            what,
            reason: "it is empty".into(),
        }),
    }
}

/// The words that records of calls consist of: what compression may refer to. It belongs to
/// version 1 of values; another one is another version.
const DICTIONARY: &[u8] = include_bytes!("dictionary-1.txt");

/// What the indexes know of a call, in few bytes. It never says more than “may be one of those”:
/// the call itself is asked last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest {
    line: u32,
    treatment: u8,
    /// That it is not about a message. What was written before this was, does not say so.
    no_message: bool,
    simulated: bool,
}

/// Stands beside the treatment in its byte.
const NO_MESSAGE: u8 = 0x80;

impl Digest {
    /// Its length in bytes.
    pub(super) const LEN: usize = 6;

    pub(super) fn of(call: &Call) -> Self {
        Self {
            line: Self::line(&call.line),
            treatment: call
                .verdict
                .as_ref()
                .map_or(0, |verdict| Self::treatment(verdict.treatment)),
            no_message: !call.is_about_a_message(),
            simulated: call.simulated,
        }
    }

    fn line(line: &LineId) -> u32 {
        (fingerprint(line.0.as_bytes()) >> 32) as u32
    }

    fn treatment(treatment: Treatment) -> u8 {
        match treatment {
            Treatment::Connect => 1,
            Treatment::Message => 2,
            Treatment::Reject => 3,
        }
    }

    /// Whether a call with this digest may be taken by the filter's line, verdict, message and
    /// simulation.
    pub(super) fn may_be(&self, filter: &crate::store::CallFilter) -> bool {
        (filter.simulated || !self.simulated)
            && !(filter.message && self.no_message)
            && filter
                .line
                .as_ref()
                .is_none_or(|line| Self::line(line) == self.line)
            && filter
                .verdict
                .is_none_or(|treatment| Self::treatment(treatment) == self.treatment)
    }

    pub(super) fn bytes(self) -> [u8; Self::LEN] {
        let [a, b, c, d] = self.line.to_be_bytes();
        let flag = if self.no_message { NO_MESSAGE } else { 0 };
        [a, b, c, d, self.treatment | flag, u8::from(self.simulated)]
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, treatment, simulated] = *bytes.first_chunk()?;
        Some(Self {
            line: u32::from_be_bytes([a, b, c, d]),
            treatment: treatment & !NO_MESSAGE,
            no_message: treatment & NO_MESSAGE != 0,
            simulated: simulated != 0,
        })
    }
}

/// A call as it is kept: JSON, compressed (LZ4). The journal has it whole, the database in pieces,
/// so that no value is big. Every piece begins with version and the fingerprint of the whole; the
/// first one also has the number of pieces and what the indexes hold of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptCall {
    pub(super) head: Head,
    pub(super) packed: Vec<u8>,
}

/// What the first piece of a call says of the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The fingerprint of the whole.
    pub(super) print: u64,
    /// How many pieces there are.
    pub(super) pieces: u8,
    /// What the indexes hold.
    pub(super) digest: Digest,
    /// The caller's number, 0 for none.
    pub(super) caller: u64,
    /// The fingerprint of the provider's name for the call.
    pub(super) provider: u64,
}

const PIECE_HEAD: usize = 1 + 8;
const FIRST_HEAD: usize = PIECE_HEAD + 1 + Digest::LEN + 8 + 8;
const PIECE: usize = MOST - FIRST_HEAD;

impl KeptCall {
    pub(super) fn write(call: &Call) -> Result<Self, StoreError> {
        let mut json = Vec::with_capacity(MOST);
        serde_json::to_writer(&mut json, call)
            .map_err(|error| StoreError::Io(error.to_string()))?;
        within("a call", json.len(), MAX_CALL_BYTES)?;
        let packed = lz4_flex::block::compress_prepend_size_with_dict(&json, DICTIONARY);
        let count = u8::try_from(packed.len().div_ceil(PIECE)).map_err(|_| StoreError::TooBig {
            what: "a call",
            bytes: packed.len(),
            most: PIECE * usize::from(u8::MAX),
        })?;
        let head = Head {
            print: fingerprint(&packed),
            pieces: count,
            digest: Digest::of(call),
            caller: call
                .caller
                .number
                .public()
                .map_or(0, |number| number.as_u64()),
            provider: provider_print(&call.provider),
        };
        Ok(Self { head, packed })
    }

    /// The pieces, as the database keeps them.
    pub(super) fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let head = self.head;
        let parts = self.packed.chunks(PIECE).enumerate();
        parts.map(move |(place, part)| {
            let mut piece = Vec::with_capacity(FIRST_HEAD + part.len());
            piece.push(VERSION);
            piece.extend(head.print.to_be_bytes());
            if place == 0 {
                piece.push(head.pieces);
                piece.extend(head.digest.bytes());
                piece.extend(head.caller.to_be_bytes());
                piece.extend(head.provider.to_be_bytes());
            }
            piece.extend_from_slice(part);
            piece
        })
    }
}

/// The fingerprint under which a provider's name for a call is found.
pub(super) fn provider_print(id: &crate::call::ProviderCallId) -> u64 {
    fingerprint([&id.provider, "\0", &*id.id].concat().as_bytes())
}

impl Head {
    /// Reads the first piece: the head, and the part of the whole that it holds.
    pub(super) fn read(piece: &[u8]) -> Result<(Self, &[u8]), StoreError> {
        let (print, rest) = read_piece(piece)?;
        let split = || -> Option<(Self, &[u8])> {
            let (pieces, rest) = rest.split_first()?;
            let digest = Digest::from_bytes(rest)?;
            let (caller, rest) = rest.get(Digest::LEN..)?.split_first_chunk()?;
            let (provider, rest) = rest.split_first_chunk()?;
            let head = Self {
                print,
                pieces: *pieces,
                digest,
                caller: u64::from_be_bytes(*caller),
                provider: u64::from_be_bytes(*provider),
            };
            Some((head, rest))
        };
        split().ok_or_else(|| torn("its head is cut off"))
    }
}

/// Reads any piece but the first: the fingerprint of the whole, and the part of it.
pub(super) fn read_piece(piece: &[u8]) -> Result<(u64, &[u8]), StoreError> {
    let rest = read_raw("a call", piece)?;
    let (print, rest) = rest
        .split_first_chunk()
        .ok_or_else(|| torn("a piece is cut off"))?;
    Ok((u64::from_be_bytes(*print), rest))
}

/// Reads the whole, put together from its pieces.
pub(super) fn read_call(packed: &[u8]) -> Result<Call, StoreError> {
    let size = packed.first_chunk().map(|size| u32::from_le_bytes(*size));
    if size.is_none_or(|size| size as usize > MAX_CALL_BYTES) {
        return Err(torn("its size cannot be"));
    }
    let json = lz4_flex::block::decompress_size_prepended_with_dict(packed, DICTIONARY)
        .map_err(|error| torn(&error.to_string()))?;
    serde_json::from_slice(&json).map_err(|error| torn(&error.to_string()))
}

pub(super) fn torn(reason: &str) -> StoreError {
    StoreError::Corrupt {
        what: "a call",
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{CallFilter, sample};

    #[test]
    fn what_was_written_before_messages_were_told_apart_may_be_one() {
        let messages = CallFilter {
            message: true,
            ..CallFilter::default()
        };
        let call = sample::judged(sample::call(1), Treatment::Connect);
        let new = Digest::of(&call).bytes();
        let mut old = new;
        old[4] = 1;
        let [new, old] = [new, old].map(|bytes| Digest::from_bytes(&bytes).unwrap());
        assert!(old.may_be(&messages) && !new.may_be(&messages));
        let put_through = CallFilter {
            verdict: Some(Treatment::Connect),
            ..CallFilter::default()
        };
        assert!(old.may_be(&put_through) && new.may_be(&put_through));
    }
}
