//! How many words were heard wrongly.

/// The fewest words that must be put in, taken out or changed to get from one to the other
/// (Levenshtein), which over the number of words said is the word error rate.
///
/// ```
/// use portner::evaluation::word_errors;
/// let said: Vec<&str> = "taler jeg med den it ansvarlige".split(' ').collect();
/// let heard: Vec<&str> = "taler jeg med i te svarlige".split(' ').collect();
/// assert_eq!(word_errors(&said, &heard), 3);
/// ```
#[must_use]
pub fn word_errors<A: AsRef<str>, B: AsRef<str>>(said: &[A], heard: &[B]) -> usize {
    let mut row: Vec<usize> = (0..=heard.len()).collect();
    for (line, word) in said.iter().enumerate() {
        let mut corner = line;
        row[0] = line + 1;
        for (column, other) in heard.iter().enumerate() {
            let changed = corner + usize::from(word.as_ref() != other.as_ref());
            corner = row[column + 1];
            row[column + 1] = changed.min(corner + 1).min(row[column] + 1);
        }
    }
    row[heard.len()]
}

#[cfg(test)]
mod tests {
    use super::word_errors;

    #[test]
    fn counts_words() {
        let errors = |said: &str, heard: &str| {
            let said: Vec<&str> = said.split_whitespace().collect();
            let heard: Vec<&str> = heard.split_whitespace().collect();
            word_errors(&said, &heard)
        };
        assert_eq!(errors("", ""), 0);
        assert_eq!(errors("a b c", "a b c"), 0);
        assert_eq!(errors("a b c", ""), 3);
        assert_eq!(errors("", "a b"), 2);
        assert_eq!(errors("a b c", "a c"), 1);
        assert_eq!(errors("mobilabonnement", "mobil abonnement"), 2);
        assert_eq!(errors("i te ansvarlig", "ite ansvarlig"), 2);
    }
}
