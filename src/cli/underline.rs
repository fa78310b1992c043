//! Marks below words, column by column as a terminal shows them.

use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

/// Marks under the parts of a text, given in bytes; nothing, where there is none to mark.
pub(super) fn underline(text: &str, parts: &[Range<usize>]) -> String {
    let mut marks = String::new();
    for (at, character) in text.char_indices() {
        let is_marked = parts.iter().any(|part| part.contains(&at));
        let mark = if is_marked { "^" } else { " " };
        marks.push_str(&mark.repeat(character.width().unwrap_or(0)));
    }
    marks.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(from: usize, to: usize) -> Vec<Range<usize>> {
        vec![Range {
            start: from,
            end: to,
        }]
    }

    #[test]
    fn marks_stand_under_the_columns_of_their_words() {
        assert_eq!(underline("på Øen nu", &[3..5, 5..8]), "  ^^^^");
        assert_eq!(underline("intet", &[]), "");
        // Two columns each, and an accent of its own that takes none.
        assert_eq!(underline("販売 nu", &spans(7, 9)), "     ^^");
        assert_eq!(underline("📞 nu", &spans(5, 7)), "   ^^");
        assert_eq!(underline("e\u{301} nu", &spans(4, 6)), "  ^^");
    }
}
