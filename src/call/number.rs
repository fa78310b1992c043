//! Telephone numbers: E.164 inside, masked when shown by accident.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region, ValidationError};
use serde::{Deserialize, Serialize};

use super::Bilingual;

/// Whether numbers belong to a country of this code (ISO 3166), as [`E164::country`] writes it.
#[must_use]
pub fn is_country(code: &str) -> bool {
    PHONE_NUMBER_UTIL
        .get_supported_regions()
        .any(|region| region.to_string() == code)
}

/// Why a text is not a telephone number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing but white space.
    #[error("the number is empty")]
    Empty,
    /// A character that no number has.
    #[error("“{0}” does not belong in a telephone number")]
    Character(char),
    /// Fewer digits than any public number has.
    #[error("{0} digits are too few for a telephone number")]
    TooShort(usize),
    /// More than the 15 digits of ITU-T E.164.
    #[error("{0} digits are more than the 15 that a telephone number may have")]
    TooLong(usize),
    /// Written nationally, and the region's plan does not know it.
    #[error("this is not a number in the plan of {0}")]
    NotInPlan(String),
}

impl NumberError {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(&self) -> Bilingual {
        let danish = match self {
            Self::Empty => "nummeret er tomt".to_owned(),
            Self::Character(sign) => format!("“{sign}” hører ikke til i et telefonnummer"),
            Self::TooShort(digits) => format!("{digits} cifre er for få til et telefonnummer"),
            Self::TooLong(digits) => {
                format!("{digits} cifre er mere end de 15, et telefonnummer må have")
            }
            Self::NotInPlan(_) => "nummerplanen kender ikke dette nummer".to_owned(),
        };
        Bilingual::new(danish, self.to_string())
    }
}

/// A public telephone number of at most 15 digits (ITU-T E.164), country code first.
///
/// `Display` masks the number, so that a log line cannot give it away; [`E164::full`] is the
/// way to the whole of it.
///
/// ```
/// use portner::call::E164;
/// let number: E164 = "+45 71 23 45 67".parse().unwrap();
/// assert_eq!(number.full(), "+4571234567");
/// assert_eq!(number.to_string(), "+4571····67");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(pub(super) u64);

const MIN_DIGITS: usize = 5;
pub(super) const MAX_DIGITS: usize = 15;

impl E164 {
    /// Reads `+` and digits; blanks, dots, dashes, slashes and brackets between them are allowed.
    /// `00` in front counts as `+`.
    ///
    /// # Errors
    /// [`NumberError`], saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let digits = digits_of(text)?;
        match digits.len() {
            0 => Err(NumberError::Empty),
            n if n < MIN_DIGITS => Err(NumberError::TooShort(n)),
            n if n > MAX_DIGITS => Err(NumberError::TooLong(n)),
            _ if digits.starts_with('0') => Err(NumberError::NotInPlan("any country".into())),
            _ => Ok(Self(digits.parse().unwrap_or_default())),
        }
    }

    /// Reads a number as people write it, with or without country code. `region` is the ISO 3166
    /// code (such as `DK`) of numbers written without one.
    ///
    /// # Errors
    /// [`NumberError`], saying what is wrong.
    ///
    /// ```
    /// use portner::call::E164;
    /// assert_eq!(E164::parse_national("71 23 45 67", "DK").unwrap().full(), "+4571234567");
    /// assert!(E164::parse_national("12 34", "DK").is_err());
    /// ```
    pub fn parse_national(text: &str, region: &str) -> Result<Self, NumberError> {
        let trimmed = text.trim();
        if trimmed.starts_with('+') || trimmed.starts_with("00") {
            return Self::parse(trimmed);
        }
        digits_of(trimmed)?;
        let not_in_plan = || NumberError::NotInPlan(region.to_owned());
        let region: Region = region.parse().map_err(|_| not_in_plan())?;
        let number = PHONE_NUMBER_UTIL
            .parse(trimmed, Some(region))
            .map_err(|_| not_in_plan())?;
        if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
            return Err(not_in_plan());
        }
        Self::parse(&PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164))
    }

    /// The whole number with its `+`.
    #[must_use]
    pub fn full(self) -> String {
        format!("+{}", self.0)
    }

    /// The whole number with its digits in groups, as people of its country write it for others.
    ///
    /// ```
    /// use portner::call::E164;
    /// assert_eq!(E164::parse("+4571234567").unwrap().grouped(), "+45 71 23 45 67");
    /// assert_eq!(E164::parse("+442079460018").unwrap().grouped(), "+44 20 7946 0018");
    /// ```
    #[must_use]
    pub fn grouped(self) -> String {
        let full = self.full();
        match PHONE_NUMBER_UTIL.parse(&full, None) {
            Ok(number) => PHONE_NUMBER_UTIL
                .format(&number, PhoneNumberFormat::International)
                .into_owned(),
            Err(_) => full,
        }
    }

    /// The digits as one number; order is numeric.
    #[must_use]
    pub fn as_u64(self) -> u64 {
        self.0
    }

    /// ISO 3166 code of the country, where the number's plan names one.
    #[must_use]
    pub fn country(self) -> Option<String> {
        let number = PHONE_NUMBER_UTIL.parse(self.full(), None).ok()?;
        let region = PHONE_NUMBER_UTIL.get_region_for_number(&number)?;
        Some(region.to_string())
    }

    /// Whether every number of its country is longer, as far as the plan is known. A country where
    /// some are dialled shorter from nearby is given the benefit of the doubt.
    ///
    /// ```
    /// use portner::call::E164;
    /// assert!(E164::parse("+45201000").unwrap().is_too_short());
    /// assert!(!E164::parse("+4520100000").unwrap().is_too_short());
    /// ```
    #[must_use]
    pub fn is_too_short(self) -> bool {
        PHONE_NUMBER_UTIL
            .parse(self.full(), None)
            .is_ok_and(|number| {
                let possible = PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number);
                possible == Err(ValidationError::TooShort)
            })
    }

    /// Whether the number's own country knows it as a possible subscriber.
    #[must_use]
    pub fn is_in_plan(self) -> bool {
        PHONE_NUMBER_UTIL
            .parse(self.full(), None)
            .is_ok_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
    }
}

pub(super) fn digits_of(text: &str) -> Result<String, NumberError> {
    let text = text.trim();
    let rest = text
        .strip_prefix('+')
        .or_else(|| text.strip_prefix("00"))
        .unwrap_or(text);
    let mut digits = String::with_capacity(rest.len());
    for character in rest.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '\u{a0}' | '.' | '-' | '/' | '(' | ')' => {}
            other => return Err(NumberError::Character(other)),
        }
    }
    Ok(digits)
}

impl FromStr for E164 {
    type Err = NumberError;
    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let (shown, last) = digits.split_at(digits.len() - 2);
        let shown = &shown[..shown.len().min(4)];
        write!(f, "+{shown}····{last}")
    }
}

impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E164({self})")
    }
}

impl Serialize for E164 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("+{}", self.0))
    }
}

impl<'de> Deserialize<'de> for E164 {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The number a call comes from, as far as the network tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallerNumber {
    /// A public number.
    #[schema(value_type = String)]
    Public(E164),
    /// A SIP or client address.
    Address(String),
    /// Withheld, unknown or unreadable: a class of its own, never a number.
    Withheld,
}

/// What some networks send when letters are turned into keypad digits: ANONYMOUS, RESTRICTED,
/// BLOCKED, UNKNOWN, UNAVAILABLE. They look like numbers of Lesotho, Russia, Uganda and China.
const WITHHELD_DIGITS: [&str; 5] = [
    "266696687",
    "7378742833",
    "2562533",
    "8656696",
    "86282452253",
];

impl CallerNumber {
    /// Reads the caller as a provider sends it. Never fails: what cannot be read is withheld.
    ///
    /// ```
    /// use portner::call::CallerNumber;
    /// assert_eq!(CallerNumber::read("+266696687"), CallerNumber::Withheld);
    /// assert_eq!(CallerNumber::read("anonymous"), CallerNumber::Withheld);
    /// assert!(matches!(CallerNumber::read("+4571234567"), CallerNumber::Public(_)));
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        let address = text.split_once(':');
        if let Some((scheme, rest)) = address
            && matches!(
                scheme.to_ascii_lowercase().as_str(),
                "sip" | "sips" | "client"
            )
        {
            let user = rest.split(['@', ';']).next().unwrap_or_default();
            let user = user.to_ascii_lowercase();
            return if user.is_empty() || WITHHELD_WORDS.contains(&user.as_str()) {
                Self::Withheld
            } else {
                Self::Address(super::harmless(text).take(200).collect())
            };
        }
        match E164::parse(text) {
            Ok(number) if !WITHHELD_DIGITS.contains(&&*number.0.to_string()) => {
                Self::Public(number)
            }
            _ => Self::Withheld,
        }
    }

    /// The number, where there is one.
    #[must_use]
    pub fn public(&self) -> Option<E164> {
        match self {
            Self::Public(number) => Some(*number),
            Self::Address(_) | Self::Withheld => None,
        }
    }

    /// The whole of it, for the owner's eyes; withheld numbers are the empty text.
    #[must_use]
    pub fn full(&self) -> String {
        match self {
            Self::Public(number) => number.full(),
            Self::Address(address) => address.clone(),
            Self::Withheld => String::new(),
        }
    }
}

const WITHHELD_WORDS: [&str; 7] = [
    "anonymous",
    "restricted",
    "unavailable",
    "unknown",
    "private",
    "withheld",
    "blocked",
];

impl fmt::Display for CallerNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(number) => number.fmt(f),
            Self::Address(_) => f.write_str("sip:····"),
            Self::Withheld => f.write_str("withheld"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_withheld_is_withheld() {
        for text in [
            "",
            " ",
            "anonymous",
            "Anonymous",
            "RESTRICTED",
            "unavailable",
            "unknown",
            "private",
            "withheld",
            "0000000000",
            "+266696687",
            "266696687",
            "+7378742833",
            "+2562533",
            "+8656696",
            "+86282452253",
            "sip:anonymous@anonymous.invalid",
            "client:",
            "<script>",
        ] {
            assert_eq!(CallerNumber::read(text), CallerNumber::Withheld, "{text:?}");
        }
    }

    #[test]
    fn addresses_stay_addresses() {
        assert_eq!(
            CallerNumber::read("sip:per@example.dk"),
            CallerNumber::Address("sip:per@example.dk".into())
        );
    }

    #[test]
    fn national_numbers_need_a_region_that_knows_them() {
        assert_eq!(
            E164::parse_national("20 11 11 11", "DK").map(E164::full),
            Ok("+4520111111".into())
        );
        assert_eq!(
            E164::parse_national("12345678", "DK"),
            Err(NumberError::NotInPlan("DK".into()))
        );
        assert_eq!(
            E164::parse_national("0171 5555555", "DE").map(E164::full),
            Ok("+491715555555".into())
        );
    }

    #[test]
    fn errors_name_the_reason() {
        assert_eq!(E164::parse("+45 71x"), Err(NumberError::Character('x')));
        assert_eq!(
            E164::parse("+4512345678901234"),
            Err(NumberError::TooLong(16))
        );
        assert_eq!(E164::parse("112"), Err(NumberError::TooShort(3)));
    }

    proptest! {
        #[test]
        fn what_is_shown_in_full_reads_back(number in 10_000_u64..1_000_000_000_000_000) {
            let number = E164::parse(&number.to_string()).unwrap();
            prop_assert_eq!(E164::parse(&number.full()), Ok(number));
            let json = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<E164>(&json).unwrap(), number);
        }

        #[test]
        fn reading_a_caller_never_panics(text in "\\PC{0,40}") {
            let caller = CallerNumber::read(&text);
            let _ = (caller.to_string(), caller.full());
        }
    }
}
