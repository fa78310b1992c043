//! Numbers and the beginnings of numbers, as lists and rules name them.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::number::{MAX_DIGITS, digits_of};
use super::{E164, NumberError};

/// A number or the beginning of numbers, as lists and rules name them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumberPattern {
    digits: u64,
    exact: bool,
}

impl NumberPattern {
    /// Exactly this number.
    #[must_use]
    pub fn exact(number: E164) -> Self {
        Self {
            digits: number.0,
            exact: true,
        }
    }

    /// The number, where it is exactly one.
    #[must_use]
    pub fn number(self) -> Option<E164> {
        self.exact.then_some(E164(self.digits))
    }

    /// Reads `+4571234567` as a number and `+45712*` as the beginning of numbers.
    ///
    /// # Errors
    /// [`NumberError`], saying what is wrong.
    ///
    /// ```
    /// use portner::call::{E164, NumberPattern};
    /// let mobiles = NumberPattern::parse("+4571*").unwrap();
    /// assert!(mobiles.matches(E164::parse("+4571234567").unwrap()));
    /// assert!(!mobiles.matches(E164::parse("+4572345678").unwrap()));
    /// ```
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let text = text.trim();
        let Some(prefix) = text.strip_suffix('*') else {
            return E164::parse(text).map(Self::exact);
        };
        let digits = digits_of(prefix)?;
        match digits.len() {
            0 => Err(NumberError::Empty),
            n if n > MAX_DIGITS => Err(NumberError::TooLong(n)),
            _ if digits.starts_with('0') => Err(NumberError::NotInPlan("any country".into())),
            _ => Ok(Self {
                digits: digits.parse().map_err(|_| NumberError::Empty)?,
                exact: false,
            }),
        }
    }

    /// Whether the number falls under this pattern.
    #[must_use]
    pub fn matches(self, number: E164) -> bool {
        if self.exact {
            return self.digits == number.0;
        }
        let mut rest = number.0;
        while rest > self.digits {
            rest /= 10;
        }
        rest == self.digits
    }

    /// Whether only one number falls under this pattern.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self.exact
    }

    /// The digits that must match; more of them make a pattern more particular.
    #[must_use]
    pub fn digits(self) -> u64 {
        self.digits
    }

    /// How many digits must match.
    #[must_use]
    pub fn length(self) -> u32 {
        self.digits.checked_ilog10().map_or(1, |log| log + 1)
    }

    /// The whole pattern, as it is written.
    #[must_use]
    pub fn full(self) -> String {
        let star = if self.exact { "" } else { "*" };
        format!("+{}{star}", self.digits)
    }
}

impl fmt::Debug for NumberPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match E164::parse(&self.digits.to_string()) {
            Ok(number) => write!(f, "NumberPattern({number})"),
            Err(_) => write!(f, "NumberPattern({})", self.full()),
        }
    }
}

impl Serialize for NumberPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.full())
    }
}

impl<'de> Deserialize<'de> for NumberPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_prefix_matches_its_own_numbers(number in 10_000_000_u64..1_000_000_000_000, keep in 1_usize..8) {
            let text = number.to_string();
            let prefix = NumberPattern::parse(&format!("+{}*", &text[..keep])).unwrap();
            prop_assert!(prefix.matches(E164::parse(&text).unwrap()));
            prop_assert_eq!(NumberPattern::parse(&prefix.full()), Ok(prefix));
        }
    }
}
