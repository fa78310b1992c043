//! `campaign_calls` and `campaign_days`: how many others lately opened nearly as this caller does.

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

/// How far back is looked when nothing is said, in days.
const DAYS: u16 = 30;
const MOST_DAYS: i64 = 365;
/// No campaign remembers more of its calls one by one.
const MOST_CALLS: i64 = 19;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key {
            name: "campaign_calls",
            value: Value::Number {
                least: 1,
                most: MOST_CALLS,
            },
            about: "At least so many other calls, from at least two numbers together with this \
                    one, opened nearly alike.",
            required: None,
        },
        Key {
            name: "campaign_days",
            value: Value::Number {
                least: 1,
                most: MOST_DAYS,
            },
            about: "How many days back `campaign_calls` looks; 30, when nothing is said.",
            required: None,
        },
    ],
    read: |table, reader| {
        let calls = match table.get("campaign_calls") {
            Some(node) => reader.number(node, 1, MOST_CALLS)?,
            None => 1,
        };
        let days = match table.get("campaign_days") {
            Some(node) => u16::try_from(reader.number(node, 1, MOST_DAYS)?).ok()?,
            None => DAYS,
        };
        let calls = usize::try_from(calls).ok()?;
        Some(Box::new(Campaign { calls, days }))
    },
};

#[derive(Debug)]
struct Campaign {
    calls: usize,
    days: u16,
}

impl Condition for Campaign {
    fn holds(&self, situation: &Situation) -> bool {
        let lately = |days: &&u16| **days < self.days;
        situation.campaign_days_ago.iter().filter(lately).count() >= self.calls
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{holds, parsed};

    #[test]
    fn counts_calls_within_its_days() {
        let situation = Situation {
            campaign_days_ago: vec![0, 3, 13, 14, 40],
            ..Situation::default()
        };
        assert!(holds(
            "{ campaign_calls = 3, campaign_days = 14 }",
            &situation
        ));
        assert!(!holds(
            "{ campaign_calls = 4, campaign_days = 14 }",
            &situation
        ));
        assert!(holds("{ campaign_calls = 4 }", &situation));
        assert!(!holds("{ campaign_calls = 1 }", &Situation::default()));
        assert!(parsed("{ campaign_calls = 0 }").is_err());
        assert!(parsed("{ campaign_days = 400 }").is_err());
    }
}
