//! `one_person`: whether the line's owner works alone.

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "one_person",
        value: Value::Flag,
        about: "Whether the owner of the line works alone, so that asking for a department is absurd.",
        required: None,
    }],
    read: |table, reader| {
        let wanted = reader.flag(table.get("one_person")?)?;
        Some(Box::new(OnePerson(wanted)))
    },
};

#[derive(Debug)]
struct OnePerson(bool);

impl Condition for OnePerson {
    fn holds(&self, situation: &Situation) -> bool {
        situation.one_person == self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::holds;

    #[test]
    fn compares() {
        let situation = Situation {
            one_person: true,
            ..Situation::default()
        };
        assert!(holds("{ one_person = true }", &situation));
        assert!(!holds("{ one_person = false }", &situation));
    }
}
