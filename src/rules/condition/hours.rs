//! `hours`: whether the business is open.

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

const NAMES: &[&str] = &["open", "closed"];

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "hours",
        value: Value::OneOf(NAMES),
        about: "Whether the line is within its opening hours.",
        required: None,
    }],
    read: |table, reader| {
        let at = reader.one_of(table.get("hours")?, NAMES)?;
        Some(Box::new(Hours { open: at == 0 }))
    },
};

#[derive(Debug)]
struct Hours {
    open: bool,
}

impl Condition for Hours {
    fn holds(&self, situation: &Situation) -> bool {
        situation.open == self.open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::holds;

    #[test]
    fn compares() {
        let situation = Situation {
            open: false,
            ..Situation::default()
        };
        assert!(holds("{ hours = \"closed\" }", &situation));
        assert!(!holds("{ hours = \"open\" }", &situation));
    }
}
