//! Words that every pack can rely on: numbers, days, months, fillers, and the names of the classes
//! that the owner's profile fills.

use crate::call::Language;

/// The classes that the owner's profile fills. They are always known and may be empty.
pub(super) const OWNER: &[&str] = &[
    "owner",
    "company",
    "people",
    "suppliers",
    "customers",
    "contacts",
    "services",
    "products",
    "we_sell",
    "we_buy",
    MISSING_ROLES,
    PLACE,
    "trade",
];

/// Those of [`OWNER`] that hold names of people and firms.
pub(super) const KNOWN: &[&str] = &[
    "owner",
    "company",
    "people",
    "suppliers",
    "customers",
    "contacts",
];

/// What nobody is at the business.
pub(super) const MISSING_ROLES: &str = "missing_roles";

/// Where the business is.
const PLACE: &str = "place";

/// Whether a class holds names: garbled by recognition, and never to be taken apart.
pub(super) fn holds_names(class: &str) -> bool {
    class == PLACE || KNOWN.contains(&class)
}

/// What the business sells.
pub(super) const SOLD: &[&str] = &["services", "products", "we_sell"];

/// The class of things to hold on to: an order, a delivery, a machine. Every file may add to it.
pub(super) const THINGS: &str = "concrete";

/// Words of these make an answer concrete; of [`KNOWN`] and [`SOLD`], particular.
pub(super) const CONCRETE: &[&str] = &["number", "weekday", "month", PLACE, THINGS];

/// The built-in classes.
pub(super) const CLASSES: &[(&str, &str)] = &[
    (
        "number",
        "a number in digits or words, of one or more words: `4512`, `fire fem`, `twenty five`",
    ),
    ("weekday", "a day of the week in Danish or English"),
    (
        "month",
        "a month in Danish or English, but for “may”, which is a verb too",
    ),
    ("any", "any one word"),
];

/// The name under which `{number}` is kept for files of a language.
pub(super) fn number_class(language: Option<Language>) -> &'static str {
    match language {
        Some(Language::Da) => "number@da",
        Some(Language::En) => "number@en",
        None => "number",
    }
}

/// Words that are passed over wherever they stand between the words of a phrase.
pub(super) const FILLERS: &[&str] = &[
    "oeh", "oehm", "oehh", "oehhh", "oehmm", "oe", "ehm", "eh", "aeh", "aehm", "hm", "hmm", "hmmm",
    "mm", "mmm", "uh", "uhh", "uhm", "um", "umm", "erm", "er", "ah", "ahh", "oh", "altsaa",
];

/// The same, of two words.
pub(super) const FILLERS_OF_TWO: &[(&str, &str)] = &[("you", "know"), ("i", "mean")];

const WEEKDAYS_DA: &[&str] = &[
    "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "loerdag", "soendag",
];
const WEEKDAYS_EN: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The days of the week.
pub(super) fn weekdays() -> Vec<String> {
    let mut words = Vec::new();
    for day in WEEKDAYS_DA {
        words.extend(["", "en", "s", "e", "ene"].map(|ending| format!("{day}{ending}")));
    }
    for day in WEEKDAYS_EN {
        words.extend(["", "s"].map(|ending| format!("{day}{ending}")));
    }
    words
}

/// The months.
pub(super) fn months() -> Vec<String> {
    [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
        "january",
        "february",
        "march",
        "june",
        "july",
        "october",
    ]
    .map(str::to_owned)
    .into()
}

const NUMBERS_DA: &[&str] = &[
    "nul",
    "tre",
    "seks",
    "syv",
    "otte",
    "ni",
    "elleve",
    "tolv",
    "tretten",
    "fjorten",
    "femten",
    "seksten",
    "sytten",
    "atten",
    "nitten",
    "hundrede",
    "hundred",
    "tusind",
    "tusinde",
    "million",
    "millioner",
];
/// Danish numbers that are other words in English.
const NUMBERS_DA_ONLY: &[&str] = &["to", "fire", "fem", "ti"];
const TENS_DA: &[&str] = &[
    "tyve",
    "tredive",
    "fyrre",
    "halvtreds",
    "tres",
    "halvfjerds",
    "firs",
    "halvfems",
];
const ONES_DA: &[&str] = &[
    "en", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni",
];
const NUMBERS_EN: &[&str] = &[
    "zero",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "thousand",
    "million",
];

/// Numbers that are articles and pronouns far more often: they count only beside another number.
pub(super) fn ones() -> Vec<String> {
    ["en", "et", "one", "oh"].map(str::to_owned).into()
}

/// The number words that count by themselves in files of a language.
pub(super) fn numbers(language: Option<Language>) -> Vec<String> {
    let mut words: Vec<String> = NUMBERS_DA
        .iter()
        .chain(NUMBERS_EN)
        .chain(TENS_DA)
        .map(|word| (*word).to_owned())
        .collect();
    if language == Some(Language::Da) {
        words.extend(NUMBERS_DA_ONLY.iter().map(|word| (*word).to_owned()));
    }
    for ten in TENS_DA {
        words.extend(ONES_DA.iter().map(|one| format!("{one}og{ten}")));
    }
    words
}

/// Whether a normalised word is a number in digits: `4512`, `12.500` is two of them, `3rd`, `20%`.
pub(super) fn is_digits(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_digit)
        && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() * 2 >= bytes.len()
}

/// Every word that is a filler or begins one.
pub(super) fn filler_words() -> impl Iterator<Item = &'static str> {
    let first = FILLERS_OF_TWO.iter().map(|(first, _)| *first);
    FILLERS.iter().copied().chain(first)
}

/// Whether a filler begins with this word: 1 for a filler of one word, 2 for one that may be of
/// two, 0 for none.
pub(super) fn filler(word: &str) -> u8 {
    if FILLERS.contains(&word) {
        1
    } else if FILLERS_OF_TWO.iter().any(|(first, _)| *first == word) {
        2
    } else {
        0
    }
}
