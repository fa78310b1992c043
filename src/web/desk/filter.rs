//! Which calls the log shows, as it stands in the address.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::lists::REGION;
use crate::call::{CallId, E164, Language, LineId, Treatment};
use crate::store::CallFilter;

/// What was asked for, as it was typed. Everything may be missing, nothing can make it fail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub(super) text: String,
    pub(super) verdict: String,
    pub(super) line: String,
    pub(super) caller: String,
    /// The campaign, by the name of its first call.
    pub(super) campaign: String,
    /// One day alone, which counts before the two below.
    pub(super) day: String,
    pub(super) from: String,
    pub(super) to: String,
    /// `no` leaves out calls that were played to try things out.
    pub(super) trials: String,
    /// `no` leaves nothing but messages that nobody has heard yet.
    pub(super) heard: String,
    pub(super) before: String,
}

/// A field that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    Caller,
    From,
    To,
}

impl Asked {
    /// Whether anything is left out of the log.
    pub(super) fn narrows(&self) -> bool {
        Self {
            before: String::new(),
            ..self.clone()
        } != Self::default()
    }

    /// Whether one of the fields is used that stand folded away.
    pub(super) fn narrows_further(&self) -> bool {
        [
            &self.line,
            &self.caller,
            &self.campaign,
            &self.from,
            &self.to,
            &self.trials,
            &self.heard,
        ]
        .iter()
        .any(|field| !field.is_empty())
    }

    /// Whether only messages are wanted that nobody has heard yet.
    pub(super) fn only_unheard(&self) -> bool {
        self.heard == "no"
    }

    /// The call before which the page begins.
    pub(super) fn before(&self) -> Option<CallId> {
        CallId::parse(&self.before)
    }

    /// The address of the log, narrowed as it is, before this call.
    pub(super) fn address(&self, before: Option<CallId>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [
            ("text", &self.text),
            ("verdict", &self.verdict),
            ("line", &self.line),
            ("caller", &self.caller),
            ("campaign", &self.campaign),
            ("day", &self.day),
            ("from", &self.from),
            ("to", &self.to),
            ("trials", &self.trials),
            ("heard", &self.heard),
        ] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        let query = query.finish();
        if query.is_empty() {
            "/calls".to_owned()
        } else {
            format!("/calls?{query}")
        }
    }

    /// What the store is asked, and the fields that could not be read and are passed over.
    pub(super) fn filter(&self, zone: &TimeZone) -> (CallFilter, Vec<Unread>) {
        let mut unread = Vec::new();
        let mut read = |field, text: &str, days| match day(text, days, zone) {
            Ok(moment) => moment,
            Err(NoDay) => {
                unread.push(field);
                None
            }
        };
        let (first, last) = if self.day.trim().is_empty() {
            (&self.from, &self.to)
        } else {
            (&self.day, &self.day)
        };
        let from = read(Unread::From, first, 0);
        let until = read(Unread::To, last, 1);
        let caller = match self.caller.trim() {
            "" => None,
            typed => E164::parse_national(typed, REGION)
                .inspect_err(|_| unread.push(Unread::Caller))
                .ok(),
        };
        // Whoever wants the messages wants those, too, that were left when nobody took the call.
        let messages = verdict(&self.verdict) == Some(Treatment::Message);
        let filter = CallFilter {
            line: some(&self.line).map(|line| LineId(line.to_owned())),
            caller,
            verdict: verdict(&self.verdict).filter(|_| !messages),
            message: messages,
            from,
            until,
            text: some(&self.text).map(str::to_owned),
            simulated: self.trials != "no",
        };
        (filter, unread)
    }
}

impl Unread {
    /// What is told about it.
    pub(super) fn words(self, language: Language) -> &'static str {
        match self {
            Self::Caller => language.choose(
                "Nummeret kan ikke læses, så det er ikke brugt.",
                "The number cannot be read and was not used.",
            ),
            Self::From | Self::To => language.choose(
                "En dato kan ikke læses og er ikke brugt.",
                "A date cannot be read and was not used.",
            ),
        }
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// The verdict with this name in addresses.
pub(super) fn verdict(name: &str) -> Option<Treatment> {
    match name {
        "connect" => Some(Treatment::Connect),
        "message" => Some(Treatment::Message),
        "reject" => Some(Treatment::Reject),
        _ => None,
    }
}

struct NoDay;

/// The beginning of a day, so many days later.
fn day(text: &str, later: i64, zone: &TimeZone) -> Result<Option<Timestamp>, NoDay> {
    let Some(text) = some(text) else {
        return Ok(None);
    };
    text.parse::<Date>()
        .and_then(|day| day.checked_add(later.days()))
        .and_then(|day| day.to_zoned_datetime(zone.clone()))
        .map(|day| Some(day.timestamp()))
        .map_err(|_| NoDay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_taken_whole_in_the_zone_of_the_owner() {
        let zone = TimeZone::get("Europe/Copenhagen").unwrap();
        let asked = Asked {
            from: "2026-03-02".into(),
            to: "2026-03-02".into(),
            ..Asked::default()
        };
        let (filter, unread) = asked.filter(&zone);
        assert!(unread.is_empty());
        assert_eq!(filter.from.unwrap().to_string(), "2026-03-01T23:00:00Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-03-02T23:00:00Z");
    }

    #[test]
    fn one_day_counts_before_a_stretch_of_days() {
        let asked = Asked {
            day: "2026-03-02".into(),
            from: "2025-01-01".into(),
            to: "nonsense".into(),
            ..Asked::default()
        };
        let (filter, unread) = asked.filter(&TimeZone::UTC);
        assert!(unread.is_empty());
        assert_eq!(filter.from.unwrap().to_string(), "2026-03-02T00:00:00Z");
        assert_eq!(filter.until.unwrap().to_string(), "2026-03-03T00:00:00Z");
        assert!(asked.narrows());
    }

    #[test]
    fn what_cannot_be_read_is_passed_over_and_said() {
        let asked = Asked {
            caller: "Lone".into(),
            from: "yesterday".into(),
            verdict: "banana".into(),
            ..Asked::default()
        };
        let (filter, unread) = asked.filter(&TimeZone::UTC);
        assert_eq!(unread, [Unread::From, Unread::Caller]);
        assert_eq!(
            (filter.caller, filter.from, filter.verdict),
            (None, None, None)
        );
    }

    #[test]
    fn messages_are_looked_for_whatever_the_verdict() {
        for (chosen, message, treatment) in [
            ("", false, None),
            ("connect", false, Some(Treatment::Connect)),
            ("message", true, None),
        ] {
            let asked = Asked {
                verdict: chosen.into(),
                ..Asked::default()
            };
            let (filter, _) = asked.filter(&TimeZone::UTC);
            assert_eq!((filter.message, filter.verdict), (message, treatment));
        }
    }

    #[test]
    fn the_address_keeps_what_was_asked() {
        let asked = Asked {
            text: "a&b=c".into(),
            verdict: "reject".into(),
            before: "x".into(),
            ..Asked::default()
        };
        assert_eq!(asked.address(None), "/calls?text=a%26b%3Dc&verdict=reject");
        assert!(asked.narrows() && !asked.narrows_further());
        assert!(
            !Asked {
                before: "x".into(),
                ..Asked::default()
            }
            .narrows()
        );
    }
}
