//! Numbers as they are written in a language.

use std::fmt::Display;

use super::Language;

/// How many bytes are a gigabyte, as disks are sold.
const GB: u64 = 1_000_000_000;
const MB: u64 = 1_000_000;

/// A whole number with its thousands apart.
pub(crate) fn number(n: impl Display, language: Language) -> String {
    let digits = n.to_string();
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(language.choose('.', ','));
        }
        written.push(digit);
    }
    written
}

/// So many hundredths.
pub(crate) fn percent(n: impl Display, language: Language) -> String {
    language.choose(format!("{n} %"), format!("{n}%"))
}

/// So many hundredths as a part is of the whole; a dash where there is nothing.
pub(crate) fn share(part: u32, whole: u32, language: Language) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let hundredths = 100.0 * f64::from(part) / f64::from(whole);
    percent(format!("{hundredths:.0}"), language)
}

/// How much room that is.
pub(crate) fn size(bytes: u64, language: Language) -> String {
    if bytes < GB {
        return format!("{} MB", bytes / MB);
    }
    let (whole, tenth) = (number(bytes / GB, language), bytes % GB / (GB / 10));
    let point = language.choose(',', '.');
    format!("{whole}{point}{tenth} GB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_each_language() {
        for (n, danish, english) in [
            (0, "0", "0"),
            (999, "999", "999"),
            (1_993, "1.993", "1,993"),
            (1_234_567, "1.234.567", "1,234,567"),
        ] {
            assert_eq!(number(n, Language::Da), danish);
            assert_eq!(number(n, Language::En), english);
        }
        assert_eq!(share(2, 3, Language::Da), "67 %");
        assert_eq!(share(2, 3, Language::En), "67%");
        assert_eq!(share(0, 0, Language::En), "–");
    }

    #[test]
    fn sizes_are_told_as_disks_are_sold() {
        assert_eq!(size(256_000_000, Language::Da), "256 MB");
        assert_eq!(size(41_280_000_000, Language::Da), "41,2 GB");
        assert_eq!(size(1_041_280_000_000, Language::En), "1,041.2 GB");
    }
}
