//! Text from outside that cannot steer what shows it.

/// Whether a character steers rather than shows: control characters, and those that turn the
/// direction of writing around (UAX #9) or hide (the byte order mark).
#[must_use]
pub fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

/// The text with blanks in place of what steers.
pub fn harmless(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .map(|character| if steers(character) { ' ' } else { character })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_becomes_blank_and_the_rest_stays() {
        let shown: String = harmless("a\u{202e}b\r\n\u{1b}c\u{feff}æ😀").collect();
        assert_eq!(shown, "a b   c æ😀");
    }
}
