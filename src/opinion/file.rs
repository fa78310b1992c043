//! A model as a file: a head of fixed length, two bytes for each weight, and a checksum.
//!
//! ```text
//!  0  8  "portnerO"
//!  8  2  version, 4 (all numbers with the lowest byte first)
//! 10  2  how many rows of four weights the table has, as a power of two
//! 12  4  nothing
//! 16  8  hash of everything it was learned from
//! 24 64  step, bias, certain, accuse, doubt, favour, slope, shift: IEEE 754, 64 bits
//! 88  n  the weights
//!  …  8  FNV-1a, 64 bits, of everything before
//! ```

use std::borrow::Cow;

use super::features::{BITS, COLUMNS};
use super::hash::Fnv;
use super::model::{Bounds, Model};

const MAGIC: &[u8; 8] = b"portnerO";
const VERSION: u16 = 4;
const HEAD: usize = 88;
const CHECKSUM: usize = 8;

/// Why bytes are no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It is something else.
    #[error("this is no file that `portner learn` wrote")]
    Foreign,
    /// Another version wrote it.
    #[error("another version of Portner wrote this file: run `portner learn` again")]
    Version,
    /// It was cut short or changed.
    #[error("the file is damaged: its checksum does not fit")]
    Damaged,
}

impl Model {
    /// Reads what [`Model::write`] writes. What is part of the program is not copied out of it.
    ///
    /// # Errors
    /// [`ModelError`]
    pub fn read(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, ModelError> {
        let bytes = bytes.into();
        if !bytes.starts_with(MAGIC) {
            return Err(ModelError::Foreign);
        }
        let weights = (2 * COLUMNS) << BITS;
        if bytes.get(8..10) != Some(&VERSION.to_le_bytes()) {
            return Err(ModelError::Version);
        }
        if bytes.len() != HEAD + weights + CHECKSUM {
            return Err(ModelError::Damaged);
        }
        let (body, checksum) = bytes.split_at(HEAD + weights);
        if checksum != Fnv::of(body).to_le_bytes() {
            return Err(ModelError::Damaged);
        }
        let eight = |at: usize| {
            let mut eight = [0; 8];
            eight.copy_from_slice(&body[at..at + 8]);
            eight
        };
        let mut numbers = [0.0; 8];
        for (index, number) in numbers.iter_mut().enumerate() {
            *number = f64::from_le_bytes(eight(24 + index * 8));
        }
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(ModelError::Damaged);
        }
        let [step, bias, certain, accuse, doubt, favour, slope, shift] = numbers;
        let inputs = u64::from_le_bytes(eight(16));
        let table = HEAD..HEAD + weights;
        Ok(Self {
            table: match bytes {
                Cow::Borrowed(bytes) => Cow::Borrowed(bytes[table].as_chunks().0),
                Cow::Owned(bytes) => Cow::Owned(bytes[table].as_chunks().0.to_vec()),
            },
            step,
            bias,
            bounds: Bounds {
                certain,
                accuse,
                doubt,
                favour,
                slope,
                shift,
            },
            inputs,
        })
    }

    /// Writes it as bytes.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let bounds = &self.bounds;
        let mut bytes = Vec::with_capacity(HEAD + 2 * self.table.len() + CHECKSUM);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&[BITS.to_le_bytes()[0], 0, 0, 0, 0, 0]);
        bytes.extend_from_slice(&self.inputs.to_le_bytes());
        for number in [
            self.step,
            self.bias,
            bounds.certain,
            bounds.accuse,
            bounds.doubt,
            bounds.favour,
            bounds.slope,
            bounds.shift,
        ] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(self.table.as_flattened());
        let checksum = Fnv::of(&bytes);
        bytes.extend_from_slice(&checksum.to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let model = Model::shipped();
        assert_eq!(Model::read(model.write()).as_ref(), Ok(&**model));
    }

    #[test]
    fn a_changed_byte_is_found() {
        let mut bytes = Model::shipped().write();
        bytes[HEAD + 77] ^= 1;
        assert_eq!(Model::read(bytes.clone()), Err(ModelError::Damaged));
        let short = bytes[..400].to_vec();
        assert_eq!(Model::read(short), Err(ModelError::Damaged));
        bytes[8] = 9;
        assert_eq!(Model::read(bytes), Err(ModelError::Version));
        let foreign = b"portner".as_slice();
        assert_eq!(Model::read(foreign), Err(ModelError::Foreign));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(0_u8.., 0..200)) {
            let _ = Model::read([MAGIC.as_slice(), &bytes].concat());
            let _ = Model::read(bytes);
        }
    }
}
