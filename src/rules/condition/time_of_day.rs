//! `from` and `to`: the time of day, where the line is. `to` before `from` goes over midnight.

use super::{Condition, Kind};
use crate::call::bilingual;
use crate::rules::diagnostic::Code;
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

const MINUTES_OF_DAY: u16 = 24 * 60;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key {
            name: "from",
            value: Value::Time,
            about: "It is this time of day or later, in the time zone of the line.",
            required: None,
        },
        Key {
            name: "to",
            value: Value::Time,
            about: "It is before this time of day; before `from`, it is meant over midnight.",
            required: None,
        },
    ],
    read: |table, reader| {
        let from = match table.get("from") {
            Some(node) => reader.time(node)?,
            None => 0,
        };
        let to = match table.get("to") {
            Some(node) => reader.time(node)?,
            None => MINUTES_OF_DAY,
        };
        if let Some(node) = table.get("to").filter(|_| from == to) {
            let message = bilingual!(
                "`from` og `to` er samme klokkeslæt, så det gælder aldrig",
                "`from` and `to` are the same time, so this never holds"
            );
            reader.error(Code::WrongValue, node.span(), message);
            return None;
        }
        Some(Box::new(TimeOfDay { from, to }))
    },
};

#[derive(Debug)]
struct TimeOfDay {
    from: u16,
    to: u16,
}

impl Condition for TimeOfDay {
    fn holds(&self, situation: &Situation) -> bool {
        let now = situation.minute_of_day;
        if self.from <= self.to {
            (self.from..self.to).contains(&now)
        } else {
            now >= self.from || now < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{holds, parsed};

    #[test]
    fn goes_over_midnight() {
        let at = |hour: u16| Situation {
            minute_of_day: hour * 60,
            ..Situation::default()
        };
        let day = "{ from = \"08:00\", to = \"16:00\" }";
        assert!(holds(day, &at(8)) && !holds(day, &at(16)));
        let night = "{ from = \"22:00\", to = \"06:00\" }";
        assert!(holds(night, &at(23)) && holds(night, &at(5)) && !holds(night, &at(6)));
        assert!(holds("{ from = \"08:00\" }", &at(23)));
        assert!(parsed("{ from = \"8\" }").is_err());
    }
}
