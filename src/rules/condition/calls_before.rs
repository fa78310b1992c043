//! `calls_before`: how often the same number called lately.

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

/// So many earlier calls are counted; a rule that asks for more would never hit.
const MOST: i64 = 20;

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "calls_before",
        value: Value::Number {
            least: 1,
            most: MOST,
        },
        about: "The same number called at least so many times before, in the last 30 days.",
        required: None,
    }],
    read: |table, reader| {
        let least = reader.number(table.get("calls_before")?, 1, MOST)?;
        Some(Box::new(CallsBefore(u32::try_from(least).ok()?)))
    },
};

#[derive(Debug)]
struct CallsBefore(u32);

impl Condition for CallsBefore {
    fn holds(&self, situation: &Situation) -> bool {
        situation.calls_before >= self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{holds, parsed};

    #[test]
    fn counts_from_there_on() {
        let after = |calls_before| Situation {
            calls_before,
            ..Situation::default()
        };
        assert!(!holds("{ calls_before = 2 }", &after(1)));
        assert!(holds("{ calls_before = 2 }", &after(2)));
        assert!(parsed("{ calls_before = 0 }").is_err());
        assert!(
            parsed("{ calls_before = 21 }").is_err(),
            "it would never hold"
        );
    }
}
