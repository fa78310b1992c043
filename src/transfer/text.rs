//! Text of files: in the encodings that other programs write, without what is no text.

use std::borrow::Cow;

use crate::call::harmless;

/// Reads UTF-8 with or without a mark at its beginning, UTF-16 with one, and anything else as
/// Windows-1252, which ISO 8859-1 is a part of.
pub(super) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            // A cut in the middle of the last character is no other encoding.
            Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes),
            Err(_) => Cow::Owned(bytes.iter().map(|byte| windows_1252(*byte)).collect()),
        },
    }
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| read(*pair)).collect();
    Cow::Owned(String::from_utf16_lossy(&units))
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
        '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ',
        '\u{fffd}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

/// One line of plain text: what steers becomes blank, and there are no blanks around it.
pub(super) fn plain(text: &str) -> String {
    let text: String = harmless(text).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_and_new_encodings_are_read() {
        assert_eq!(decode("Søren".as_bytes()), "Søren");
        assert_eq!(decode(b"\xef\xbb\xbfS\xc3\xb8ren"), "Søren");
        assert_eq!(decode(b"S\xf8ren \x80"), "Søren €");
        assert_eq!(decode(b"\xff\xfeS\x00\xf8\x00"), "Sø");
        assert_eq!(decode(b"\xfe\xff\x00S\x00\xf8"), "Sø");
    }
}
