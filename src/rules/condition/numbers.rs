//! `numbers`: the caller's number, whole or by its beginning.

use super::{Condition, Kind};
use crate::call::{NumberPattern, bilingual};
use crate::rules::diagnostic::Code;
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "numbers",
        value: Value::Texts { example: "+4570" },
        about: "The caller's number begins with one of these, each written with its country code.",
        required: None,
    }],
    read: |table, reader| {
        let node = table.get("numbers")?;
        let texts = reader.texts(node);
        reader.doubt_empty(node);
        let mut patterns = Vec::with_capacity(texts.len());
        for text in texts {
            let prefix = text.value.trim().trim_end_matches('*');
            let parsed = NumberPattern::parse(&format!("{prefix}*"));
            match parsed {
                Ok(pattern) if prefix.starts_with('+') => patterns.push(pattern),
                Ok(_) => reader.error_help(
                    Code::WrongValue,
                    text.span,
                    bilingual!(
                        "nummeret har ingen landekode",
                        "the number has no country code"
                    ),
                    bilingual!(
                        "skriv det som \"+4570123456\", eller kun begyndelsen",
                        "write it as \"+4570123456\", or only its beginning"
                    ),
                ),
                Err(error) => reader.error(Code::WrongValue, text.span, error.told()),
            }
        }
        Some(Box::new(Numbers(patterns)))
    },
};

#[derive(Debug)]
struct Numbers(Vec<NumberPattern>);

impl Condition for Numbers {
    fn holds(&self, situation: &Situation) -> bool {
        situation
            .number
            .is_some_and(|number| self.0.iter().any(|pattern| pattern.matches(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::E164;
    use crate::rules::condition::{holds, parsed};

    #[test]
    fn compares_beginnings() {
        let from = |number: &str| Situation {
            number: Some(E164::parse(number).unwrap()),
            ..Situation::default()
        };
        let text = "{ numbers = [\"+4570\", \"+4512345678\"] }";
        assert!(holds(text, &from("+4570111111")));
        assert!(holds(text, &from("+4512345678")));
        assert!(!holds(text, &from("+4571111111")));
        assert!(!holds(text, &Situation::default()));
        assert!(parsed("{ numbers = [\"70111111\"] }").is_err());
        assert!(parsed("{ numbers = [\"+45x\"] }").is_err());
    }
}
