//! What is known about a call beside its words.

use jiff::civil::Weekday;

use super::specificity::Specificity;
use crate::call::{E164, LineId, ListName};

/// What conditions look at: plain values, gathered before the rules are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// Whether the caller hides the number.
    pub withheld: bool,
    /// The caller's number, if there is one.
    pub number: Option<E164>,
    /// The owner's list that the number is on.
    pub list: Option<ListName>,
    /// The line that was called.
    pub line: LineId,
    /// Whether the line is within its opening hours.
    pub open: bool,
    /// The day, in the time zone of the line.
    pub weekday: Weekday,
    /// Minutes after midnight, in the time zone of the line.
    pub minute_of_day: u16,
    /// Whether the owner of the line works alone.
    pub one_person: bool,
    /// How particular the answer is that is judged, once there is one.
    pub says: Option<Specificity>,
    /// How often this number called before, in the last 30 days.
    pub calls_before: u32,
    /// How many days ago each earlier call of the same campaign came, the newest first.
    pub campaign_days_ago: Vec<u16>,
}

impl Default for Situation {
    /// A stranger on a Monday at noon.
    fn default() -> Self {
        Self {
            withheld: false,
            number: None,
            list: None,
            line: LineId(String::new()),
            open: true,
            weekday: Weekday::Monday,
            minute_of_day: 12 * 60,
            one_person: false,
            says: None,
            calls_before: 0,
            campaign_days_ago: Vec::new(),
        }
    }
}
