//! The sound of a recording as a provider hands it out: whole, or a part of it.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use http_body_util::combinators::UnsyncBoxBody;

/// What is sent of a sound, as it arrives.
pub type SoundBody = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// The one range of bytes that a player asks for (RFC 9110, 14.1.2), such as `bytes=0-` or
/// `bytes=-500`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteRange(String);

impl ByteRange {
    /// Reads a `Range` header. Several ranges, other units and what cannot be read are no range:
    /// the answer is then the whole.
    #[must_use]
    pub fn read(header: &str) -> Option<Self> {
        let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
        let number = |text: &str| text.is_empty() || text.parse::<u64>().is_ok();
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let holds = number(first) && number(last) && plain(first) && plain(last);
        (holds && !(first.is_empty() && last.is_empty())).then(|| Self(header.trim().to_owned()))
    }

    /// The header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A sound, or why there is none in this range.
pub enum Sound {
    /// All of it.
    Whole(Piece),
    /// The bytes that `Content-Range` tells.
    Part(Piece, HeaderValue),
    /// The range lies behind the end; `Content-Range` may tell where that is.
    OutOfRange(Option<HeaderValue>),
}

/// Bytes of a sound.
pub struct Piece {
    /// The media type, `audio/…`.
    pub content_type: HeaderValue,
    /// How many bytes there are, where the provider tells.
    pub length: Option<HeaderValue>,
    /// The bytes.
    pub body: SoundBody,
}

impl fmt::Debug for Sound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(piece) => write!(f, "Whole({:?})", piece.length),
            Self::Part(_, range) => write!(f, "Part({range:?})"),
            Self::OutOfRange(range) => write!(f, "OutOfRange({range:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_of_bytes_is_a_range() {
        for range in ["bytes=0-", "bytes=0-1", "bytes=-500", " bytes=7-9 "] {
            assert_eq!(ByteRange::read(range).unwrap().as_str(), range.trim());
        }
        for other in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=a-b",
            "bytes=+1-2",
            "items=0-1",
            "bytes=0-1,3-4",
            "bytes=0-99999999999999999999999",
            "bytes=0-1\r\nx: y",
        ] {
            assert_eq!(ByteRange::read(other), None, "{other}");
        }
    }
}
