//! `withheld`: whether the caller hides the number.

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "withheld",
        value: Value::Flag,
        about: "Whether the caller hides the number.",
        required: None,
    }],
    read: |table, reader| {
        let wanted = reader.flag(table.get("withheld")?)?;
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
    use crate::rules::condition::{holds, parsed};

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
}
