//! The named fields of a request, whichever way they were sent.

use std::borrow::Cow;

/// How many fields Twilio sends, or a few more.
const USUAL: usize = 32;

/// Fields in the order in which they came. A name may come many times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// A name that must come once came more often, so nobody can tell which one is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Twice;

impl<'a> Fields<'a> {
    /// Reads a query as it was written, without `?`.
    pub fn query(query: &'a str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).collect())
    }

    /// Reads a form body. `None` when a field has no `=`: Twilio always writes one, and without
    /// it the signature could not tell `To=x` from the two names `To&x`.
    pub fn form(body: &'a [u8]) -> Option<Self> {
        let mut pairs = Vec::with_capacity(USUAL);
        for field in body.split(|byte| *byte == b'&') {
            if !field.is_empty() {
                pairs.push(pair(field)?);
            }
        }
        Some(Self(pairs))
    }

    /// Reads the texts, numbers and truth values at the top of a JSON object; what is no object
    /// has no fields.
    pub fn json(body: &[u8]) -> Self {
        use serde_json::{Map, Value};
        let object: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        Self(
            object
                .into_iter()
                .filter_map(|(name, value)| Some((name.into(), text(value)?.into())))
                .collect(),
        )
    }

    /// The value of a name that may come once; empty values count as missing.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Twice> {
        let mut values = self.0.iter().filter(|(other, _)| other == name);
        let value = values.next().map(|(_, value)| &**value);
        match values.next() {
            Some(_) => Err(Twice),
            None => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Every name and value, sorted by bytes, each pair once: the order of the signature.
    pub fn sorted(&self) -> Vec<(&str, &str)> {
        let mut pairs: Vec<_> = self
            .0
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}

/// The name and the value of a field of a form. Most have nothing to be decoded.
fn pair(field: &[u8]) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if !field.contains(&b'=') {
        return None;
    }
    let is_plain = |byte: &u8| byte.is_ascii() && !matches!(byte, b'%' | b'+');
    if field.iter().all(is_plain)
        && let Ok(text) = std::str::from_utf8(field)
        && let Some((name, value)) = text.split_once('=')
    {
        return Some((name.into(), value.into()));
    }
    form_urlencoded::parse(field).next()
}

impl<'a> FromIterator<(Cow<'a, str>, Cow<'a, str>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let fields = Fields::form(b"SpeechResult=Bl%C3%A5b%C3%A6r+%26+mere&Digits=&A=1").unwrap();
        assert_eq!(fields.one("SpeechResult"), Ok(Some("Blåbær & mere")));
        assert_eq!(fields.one("Digits"), Ok(None));
        assert_eq!(fields.one("From"), Ok(None));
    }

    proptest! {
        #[test]
        fn fields_are_decoded_one_by_one_as_all_together(body in "([a-z=&%+ø]|%[0-9A-F]{2}){0,60}") {
            let together: Fields<'_> = form_urlencoded::parse(body.as_bytes()).collect();
            if let Some(fields) = Fields::form(body.as_bytes()) {
                prop_assert_eq!(fields, together);
            } else {
                prop_assert!(body.split('&').any(|field| !field.is_empty() && !field.contains('=')));
            }
        }
    }

    #[test]
    fn what_comes_twice_is_not_chosen_from() {
        let fields = Fields::form(b"From=%2B4571234567&From=%2B4571234567").unwrap();
        assert_eq!(fields.one("From"), Err(Twice));
    }

    #[test]
    fn a_field_without_a_value_sign_spoils_the_form() {
        assert_eq!(Fields::form(b"To&x"), None);
        assert!(Fields::form(b"").is_some());
    }

    #[test]
    fn json_gives_what_is_flat() {
        let fields = Fields::json(br#"{"CallSid":"CA1","Turn":2,"Live":true,"More":{"a":1}}"#);
        assert_eq!(fields.one("CallSid"), Ok(Some("CA1")));
        assert_eq!(fields.one("Turn"), Ok(Some("2")));
        assert_eq!(fields.one("Live"), Ok(Some("true")));
        assert_eq!(fields.one("More"), Ok(None));
        assert_eq!(Fields::json(b"[1"), Fields::default());
    }
}
