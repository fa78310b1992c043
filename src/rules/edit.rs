//! One slip of recognition: a letter too many, too few, wrong, or two swapped.

/// Whether two words are the same but for at most one edit.
pub(super) fn same_but_one(heard: &[u8], word: &[u8]) -> bool {
    if heard.len().abs_diff(word.len()) > 1 {
        return false;
    }
    let at = common(heard, word);
    let (heard, word) = (&heard[at..], &word[at..]);
    match (heard, word) {
        ([], _) | (_, []) => true,
        _ => {
            heard[1..] == word[1..]
                || heard[1..] == *word
                || *heard == word[1..]
                || swapped(heard, word).is_some_and(|(heard, word)| heard == word)
        }
    }
}

/// Whether a word begins with the stem but for at most one edit.
pub(super) fn begins_but_one(heard: &[u8], stem: &[u8]) -> bool {
    let at = common(heard, stem);
    let (heard, stem) = (&heard[at..], &stem[at..]);
    match (heard, stem) {
        (_, []) => true,
        ([], rest) => rest.len() == 1,
        _ => {
            heard[1..].starts_with(&stem[1..])
                || heard[1..].starts_with(stem)
                || heard.starts_with(&stem[1..])
                || swapped(heard, stem).is_some_and(|(heard, stem)| heard.starts_with(stem))
        }
    }
}

fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

fn swapped<'a>(heard: &'a [u8], word: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    match (heard, word) {
        ([a, b, heard @ ..], [c, d, word @ ..]) if a == d && b == c => Some((heard, word)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn agrees_with_the_textbook(a in "[ab]{0,6}", b in "[ab]{0,6}") {
            let distance = strsim::osa_distance(&a, &b);
            assert_eq!(same_but_one(a.as_bytes(), b.as_bytes()), distance <= 1);
            let begins = (0..=a.len()).any(|end| strsim::osa_distance(&a[..end], &b) <= 1);
            assert_eq!(begins_but_one(a.as_bytes(), b.as_bytes()), begins);
        }
    }
}
