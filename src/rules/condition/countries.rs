//! `countries`: the country of the caller's number.

use super::{Condition, Kind};
use crate::call::{bilingual, is_country};
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
        let node = table.get("countries")?;
        let texts = reader.texts(node);
        reader.doubt_empty(node);
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
            } else if !is_country(&text.value) {
                let code = &text.value;
                reader.doubt(
                    text.span.clone(),
                    bilingual!(
                        "intet nummer hører til landet “{code}”, så det holder aldrig",
                        "no number belongs to the country “{code}”, so it never holds"
                    ),
                    match meant(code) {
                        Some(meant) => {
                            bilingual!("mente du \"{meant}\"?", "did you mean \"{meant}\"?")
                        }
                        None => bilingual!(
                            "to bogstaver efter ISO 3166: \"DK\", \"SE\", \"GB\", \"DE\"",
                            "two letters of ISO 3166: \"DK\", \"SE\", \"GB\", \"DE\""
                        ),
                    },
                );
            }
        }
        let countries = texts.into_iter().map(|text| text.value).collect();
        Some(Box::new(Countries(countries)))
    },
};

/// Codes that are written for others now and then.
const MISTAKEN: &[(&str, &str)] = &[
    ("UK", "GB"),
    ("EN", "GB"),
    ("DA", "DK"),
    ("SV", "SE"),
    ("EL", "GR"),
];

fn meant(code: &str) -> Option<&'static str> {
    let known = MISTAKEN.iter().find(|(mistaken, _)| *mistaken == code);
    known.map(|(_, meant)| *meant)
}

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
    use crate::rules::condition::{doubts, holds, parsed};

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

    #[test]
    fn countries_that_no_number_belongs_to_are_doubted() {
        let told = doubts("{ countries = [\"UK\", \"XX\", \"GB\", \"DK\", \"PL\"] }");
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].contains("“UK”") && told[1].contains("“XX”"),
            "{told:?}"
        );
        assert_eq!(meant("UK"), Some("GB"));
        assert_eq!(doubts("{ countries = [] }").len(), 1);
        // `SV` is El Salvador, and meant as it is written.
        assert!(doubts("{ countries = [\"SV\"] }").is_empty());
    }
}
