//! FNV-1a, 64 bits: the same on every machine and in every version.

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

    /// Takes so many zeros more: each is no more than a multiplication.
    pub fn zeros<const COUNT: u32>(&mut self) {
        self.0 = self.0.wrapping_mul(const { PRIME.wrapping_pow(COUNT) });
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
        let mut hash = Fnv::default();
        hash.write(b"a");
        hash.zeros::<7>();
        assert_eq!(hash.finish(), Fnv::of(b"a\0\0\0\0\0\0\0"));
    }
}
