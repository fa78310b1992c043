//! Hashes that are the same on every machine and in every version: FNV-1a of 64 bits for bytes, and
//! one multiplication for two numbers.

const PRIME: u64 = 0x0100_0000_01b3;

/// A hash that is being made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Takes more bytes.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// The hash so far.
    pub fn finish(self) -> u64 {
        self.0
    }

    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> u64 {
        let mut hash = Self::default();
        hash.write(bytes);
        hash.finish()
    }
}

/// A number for two numbers, in this order: both halves of their product, as wyhash mixes.
pub(super) fn mixed(first: u64, second: u64) -> u64 {
    const SALT: [u64; 2] = [0xa076_1d64_78bd_642f, 0xe703_7ed1_a0b4_28db];
    let (first, second) = (first ^ SALT[0], second ^ SALT[1]);
    let high = (u128::from(first) * u128::from(second)) >> 64;
    first.wrapping_mul(second) ^ u64::try_from(high).unwrap_or_default()
}

/// A name for what something was made of: the same for the same parts in the same order.
#[must_use]
pub fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = Fnv::default();
    for part in parts {
        hash.write(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.write(part.as_bytes());
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_function() {
        assert_eq!(Fnv::of(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Fnv::of(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_pair_the_other_way_round_is_another() {
        assert_ne!(mixed(1, 2), mixed(2, 1));
        assert_ne!(mixed(0, 1), mixed(0, 2));
        assert_ne!(mixed(1, 0), mixed(2, 0));
    }
}
