//! `weekdays`: the day of the week, where the line is.

use jiff::civil::Weekday;

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

const NAMES: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "weekdays",
        value: Value::SomeOf(NAMES),
        about: "It is one of these days, in the time zone of the line.",
        required: None,
    }],
    read: |table, reader| {
        let places = reader.some_of(table.get("weekdays")?, NAMES)?;
        let days = places.into_iter().map(|at| DAYS[at]).collect();
        Some(Box::new(Weekdays(days)))
    },
};

#[derive(Debug)]
struct Weekdays(Vec<Weekday>);

impl Condition for Weekdays {
    fn holds(&self, situation: &Situation) -> bool {
        self.0.contains(&situation.weekday)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::holds;

    #[test]
    fn compares() {
        let situation = Situation {
            weekday: Weekday::Saturday,
            ..Situation::default()
        };
        assert!(holds("{ weekdays = [\"sat\", \"sun\"] }", &situation));
        assert!(!holds("{ weekdays = [\"mon\"] }", &situation));
    }
}
