//! Text before matching: lower case, plain letters, words with their places in the original.
//!
//! Speech recognition writes the same words in many ways. Here they become one: case and
//! punctuation go, `æ ø å` become `ae oe aa`, other accents go, hyphens and apostrophes part words
//! (`IT-ansvarlig` is two words, `i'm` is `i m`). Nothing here knows what a word means.

use unicode_normalization::UnicodeNormalization as _;

/// A word of a text, in normalised spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// Where it begins in the normalised text.
    pub start: u32,
    /// Where it ends in the normalised text.
    pub end: u32,
    /// Where it begins in the original, in bytes.
    pub from: u32,
    /// Where it ends in the original, in bytes.
    pub to: u32,
}

/// A text in normalised spelling: its words with one blank between them.
#[derive(Debug, Default)]
pub(crate) struct Normalised {
    /// The words with one blank between them.
    pub text: String,
    /// The words.
    pub words: Vec<Word>,
}

const OTHER: u8 = 0;
const APART: u8 = 1;

/// What becomes of each ASCII byte: itself in lower case, [`APART`], or [`OTHER`] for bytes of
/// longer characters.
const ASCII: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        let character = byte as u8;
        table[byte] = if character.is_ascii_alphanumeric() || character == b'%' || character == b'$'
        {
            character.to_ascii_lowercase()
        } else {
            APART
        };
        byte += 1;
    }
    table
};

impl Normalised {
    /// Reads a text of at most `limit` characters; the rest is dropped.
    pub fn read(text: &str, limit: usize) -> Self {
        let mut normalised = Self::default();
        normalised.fill(text, limit);
        normalised
    }

    /// Reads another text into the same memory.
    pub fn fill(&mut self, text: &str, limit: usize) {
        self.text.clear();
        self.words.clear();
        let text = if text.len() > limit {
            text.char_indices()
                .nth(limit)
                .map_or(text, |(end, _)| &text[..end])
        } else {
            text
        };

        let bytes = text.as_bytes();
        let mut at = 0;
        let mut open = false;
        let mut from = 0;
        let mut start = 0;
        while at < bytes.len() {
            let plain = ASCII[bytes[at] as usize];
            if plain > APART {
                let begin = at;
                let base = if open { self.text.len() } else { self.begin() };
                if !open {
                    (open, from, start) = (true, at, base);
                }
                let is_letter = |byte: &u8| ASCII[*byte as usize] > APART;
                loop {
                    at += bytes[at..]
                        .iter()
                        .take_while(|byte| is_letter(byte))
                        .count();
                    // One blank between two words comes out as it is.
                    match bytes.get(at..at + 2) {
                        Some([b' ', next]) if is_letter(next) => {
                            let end = base + (at - begin);
                            self.word(start, end, from, at);
                            at += 1;
                            (from, start) = (at, end + 1);
                        }
                        _ => break,
                    }
                }
                self.text.push_str(&text[begin..at]);
                self.text[base..].make_ascii_lowercase();
            } else if plain == APART {
                if open {
                    self.close(start, from, at);
                    open = false;
                }
                at += 1;
            } else if let Some(letters) = bytes.get(at..at + 2).and_then(danish) {
                if !open {
                    (open, from, start) = (true, at, self.begin());
                }
                self.text.push_str(letters);
                at += 2;
            } else {
                let character = text[at..].chars().next().unwrap_or(' ');
                let next = at + character.len_utf8();
                if !is_part_of_word(character) {
                    if open {
                        self.close(start, from, at);
                        open = false;
                    }
                } else {
                    if !open {
                        (open, from, start) = (true, at, self.begin());
                    }
                    push_plain(character, &mut self.text);
                }
                at = next;
            }
        }
        if open {
            self.close(start, from, bytes.len());
        }
        if self.text.ends_with(' ') {
            self.text.pop();
        }
    }

    /// The spelling of a word.
    pub fn spelling(&self, word: Word) -> &str {
        &self.text[word.start as usize..word.end as usize]
    }

    fn begin(&mut self) -> usize {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
        self.text.len()
    }

    fn close(&mut self, start: usize, from: usize, to: usize) {
        let end = self.text.len();
        if end > start {
            self.word(start, end, from, to);
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "texts are cut far below 4 GiB"
    )]
    fn word(&mut self, start: usize, end: usize, from: usize, to: usize) {
        self.words.push(Word {
            start: start as u32,
            end: end as u32,
            from: from as u32,
            to: to as u32,
        });
    }
}

/// The letters that Danish has beside those of ASCII, by their bytes: most of what is not ASCII in
/// what callers say.
#[inline]
fn danish(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xc3, 0xa6 | 0x86] => Some("ae"),
        [0xc3, 0xb8 | 0x98] => Some("oe"),
        [0xc3, 0xa5 | 0x85] => Some("aa"),
        _ => None,
    }
}

fn is_part_of_word(character: char) -> bool {
    character.is_alphanumeric() || is_mark(character) || matches!(character, '€' | '£')
}

fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Writes a character in plain letters.
fn push_plain(character: char, out: &mut String) {
    match character {
        'ä' | 'Ä' => out.push_str("ae"),
        'ö' | 'Ö' => out.push_str("oe"),
        'é' | 'É' | 'è' | 'È' => out.push('e'),
        'ß' => out.push_str("ss"),
        // The ring and the two dots as marks of their own.
        '\u{30a}' if out.ends_with('a') => out.push('a'),
        '\u{308}' if out.ends_with(['a', 'o']) => out.push('e'),
        _ => {
            for piece in character.nfkd() {
                if piece.is_alphanumeric() || matches!(piece, '€' | '£') {
                    out.extend(piece.to_lowercase().filter(|lower| !is_mark(*lower)));
                }
            }
        }
    }
}

/// The words of a short text such as a name, in normalised spelling.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let normalised = Normalised::read(text, text.len());
    normalised
        .words
        .iter()
        .map(|word| normalised.spelling(*word).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelt(text: &str) -> String {
        Normalised::read(text, 2_000).text
    }

    #[test]
    fn writes_danish_letters_out() {
        assert_eq!(
            spelt("Rødgrød med FLØDE på Ærø"),
            "roedgroed med floede paa aeroe"
        );
        assert_eq!(spelt("a\u{30a}ben"), "aaben");
    }

    #[test]
    fn parts_words_at_hyphens_and_apostrophes() {
        assert_eq!(
            spelt("IT-ansvarlig, i'm 20% (ok)"),
            "it ansvarlig i m 20% ok"
        );
    }

    #[test]
    fn remembers_where_words_stood() {
        let text = "Nå, er Søren dér?";
        let normalised = Normalised::read(text, 2_000);
        let places: Vec<&str> = normalised
            .words
            .iter()
            .map(|word| &text[word.from as usize..word.to as usize])
            .collect();
        assert_eq!(places, ["Nå", "er", "Søren", "dér"]);
        assert_eq!(normalised.text, "naa er soeren der");
    }

    #[test]
    fn each_word_has_its_own_spelling() {
        let normalised = Normalised::read("Ja, det ER æble og  å hos os Årø x", 2_000);
        let spelt: Vec<&str> = normalised
            .words
            .iter()
            .map(|word| normalised.spelling(*word))
            .collect();
        assert_eq!(spelt.join(" "), normalised.text);
        assert_eq!(
            spelt,
            [
                "ja", "det", "er", "aeble", "og", "aa", "hos", "os", "aaroe", "x"
            ]
        );
    }

    #[test]
    fn drops_what_is_too_long() {
        assert_eq!(Normalised::read(&"ab ".repeat(9), 4).text, "ab a");
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_words_at_true_places(text in "\\PC{0,60}") {
            let normalised = Normalised::read(&text, 50);
            let mut last = 0;
            for word in &normalised.words {
                assert!(!normalised.spelling(*word).contains(' '));
                assert!(text.get(word.from as usize..word.to as usize).is_some());
                assert!(word.from as usize >= last);
                last = word.to as usize;
            }
        }
    }
}
