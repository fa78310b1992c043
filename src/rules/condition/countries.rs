//! `countries`: the country of the caller's number.

use super::{Condition, Kind};
use crate::call::bilingual;
use crate::rules::diagnostic::Code;
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "countries",
        value: Value::Texts { example: "DK" },
        about: "The caller's number belongs to one of these countries, two capital letters each (ISO 3166).",
        required: None,
    }],
    read: |table, reader| {
        let texts = reader.texts(table.get("countries")?);
        for text in &texts {
            if text.value.len() != 2 || !text.value.bytes().all(|byte| byte.is_ascii_uppercase()) {
                reader.error_help(
                    Code::WrongValue,
                    text.span.clone(),
                    bilingual!(
                        "et land er to store bogstaver",
                        "a country is two capital letters"
                    ),
                    bilingual!(
                        "Danmark er \"DK\", Storbritannien \"GB\"",
                        "Denmark is \"DK\", Britain \"GB\""
                    ),
                );
            }
        }
        let countries = texts.into_iter().map(|text| text.value).collect();
        Some(Box::new(Countries(countries)))
    },
};

#[derive(Debug)]
struct Countries(Vec<String>);

impl Condition for Countries {
    fn holds(&self, situation: &Situation) -> bool {
        situation
            .number
            .and_then(|number| number.country())
            .is_some_and(|country| self.0.contains(&country))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::E164;
    use crate::rules::condition::{holds, parsed};

    #[test]
    fn compares_countries() {
        let situation = Situation {
            number: Some(E164::parse("+4571234567").unwrap()),
            ..Situation::default()
        };
        assert!(holds("{ countries = [\"SE\", \"DK\"] }", &situation));
        assert!(!holds("{ countries = [\"SE\"] }", &situation));
        assert!(!holds("{ countries = [\"DK\"] }", &Situation::default()));
        assert!(parsed("{ countries = [\"Denmark\"] }").is_err());
    }
}
