//! `says_at_least` and `says_at_most`: how particular the answer is.

use std::ops::RangeInclusive;

use super::{Condition, Kind};
use crate::call::bilingual;
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;
use crate::rules::specificity::Specificity;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key {
            name: "says_at_least",
            value: Value::OneOf(Specificity::NAMES),
            about: "The answer is at least so particular: `general` words fit any business, \
                    `concrete` is a figure, a day or a thing of the class `{concrete}`, \
                    `particular` names the owner, somebody he knows or something he sells.",
            required: None,
        },
        Key {
            name: "says_at_most",
            value: Value::OneOf(Specificity::NAMES),
            about: "The answer is at most so particular; `nothing` is not even two words.",
            required: None,
        },
    ],
    read: |table, reader| {
        let mut bound = |key, unbounded| match table.get(key) {
            Some(node) => reader
                .one_of(node, Specificity::NAMES)
                .and_then(|at| Specificity::ALL.get(at).copied()),
            None => Some(unbounded),
        };
        let least = bound("says_at_least", Specificity::Nothing)?;
        let most = bound("says_at_most", Specificity::Particular)?;
        if least > most
            && let Some(node) = table.get("says_at_most")
        {
            reader.doubt(
                node.span(),
                bilingual!(
                    "intet svar siger højst så lidt og mindst så meget som `says_at_least`",
                    "no answer says so little at most and as much as `says_at_least`"
                ),
                bilingual!("byt om på dem", "swap them"),
            );
        }
        Some(Box::new(Says(least..=most)))
    },
};

#[derive(Debug)]
struct Says(RangeInclusive<Specificity>);

impl Condition for Says {
    fn holds(&self, situation: &Situation) -> bool {
        situation.says.is_some_and(|says| self.0.contains(&says))
    }

    fn by_answer(&self, says: Specificity) -> Option<bool> {
        Some(self.0.contains(&says))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{doubts, holds, parsed};

    #[test]
    fn compares() {
        let saying = |says| Situation {
            says: Some(says),
            ..Situation::default()
        };
        let general = saying(Specificity::General);
        let particular = saying(Specificity::Particular);
        assert!(holds("{ says_at_most = \"general\" }", &general));
        assert!(!holds("{ says_at_most = \"general\" }", &particular));
        assert!(holds("{ says_at_least = \"concrete\" }", &particular));
        let only = "{ says_at_least = \"general\", says_at_most = \"concrete\" }";
        assert!(holds(only, &general));
        assert!(!holds(only, &particular));
        let nothing_yet = Situation::default();
        assert!(!holds("{ says_at_most = \"general\" }", &nothing_yet));
        assert!(parsed("{ says_at_most = \"much\" }").is_err());
        assert!(doubts(only).is_empty());
        let crossed = "{ says_at_least = \"particular\", says_at_most = \"nothing\" }";
        assert_eq!(doubts(crossed).len(), 1);
    }
}
