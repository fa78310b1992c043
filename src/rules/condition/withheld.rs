//! `withheld`: whether the caller hides the number.

use super::{Condition, Kind};
use crate::call::bilingual;
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

/// What asks for a number that is shown.
const OF_NUMBERS: [&str; 2] = ["numbers", "countries"];

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "withheld",
        value: Value::Flag,
        about: "Whether the caller hides the number.",
        required: None,
    }],
    read: |table, reader| {
        let node = table.get("withheld")?;
        let wanted = reader.flag(node)?;
        if wanted && OF_NUMBERS.iter().any(|key| table.contains_key(*key)) {
            reader.doubt(
                node.span(),
                bilingual!(
                    "den, der skjuler sit nummer, har intet, som begynder sådan: de to holder aldrig sammen",
                    "who hides the number has none that begins so: the two never hold together"
                ),
                bilingual!(
                    "tag den ene ud, eller skriv any = [{{ … }}, {{ … }}]",
                    "take one of them out, or write any = [{{ … }}, {{ … }}]"
                ),
            );
        }
        Some(Box::new(Withheld(wanted)))
    },
};

#[derive(Debug)]
struct Withheld(bool);

impl Condition for Withheld {
    fn holds(&self, situation: &Situation) -> bool {
        situation.withheld == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{doubts, holds, parsed};

    #[test]
    fn compares() {
        let situation = Situation {
            withheld: true,
            ..Situation::default()
        };
        assert!(holds("{ withheld = true }", &situation));
        assert!(!holds("{ withheld = false }", &situation));
        assert!(parsed("{ withheld = \"yes\" }").is_err());
    }

    #[test]
    fn who_hides_the_number_has_none_to_ask_for() {
        for never in ["numbers = [\"+45\"]", "countries = [\"DK\"]"] {
            assert_eq!(doubts(&format!("{{ withheld = true, {never} }}")).len(), 1);
            assert!(doubts(&format!("{{ withheld = false, {never} }}")).is_empty());
        }
    }
}
