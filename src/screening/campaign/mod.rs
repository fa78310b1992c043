//! Campaigns: callers who open nearly alike, from several numbers or on several days.
//!
//! An opening is compared by the runs of five letters in it ([`Opening`]), which a misheard word
//! changes little. Groups are found by MinHash (Broder 1997) in bands, then compared exactly; how
//! many are kept is bounded ([`Groups`]). Pure: what keeps them and when is `service`'s matter.
//!
//! Not for judging: a group is a fact about a call, and what it counts for stands in
//! [`super::principles`].

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::call::{CallId, CallerNumber, EvidenceKind, Reason};

use crate::rules::plain_words;

mod groups;
mod opening;

pub use groups::{Groups, Match, TooManyRefused};
pub use opening::Opening;

/// How many of its calls a group remembers one by one.
const MOST_SIGHTINGS: usize = 20;
/// How many words a group counts.
const MOST_WORDS: usize = 24;
/// How many words make its name.
const NAME_WORDS: usize = 4;
/// The longest opening that is kept, in characters.
const MOST_OPENING_CHARS: usize = 300;
/// So much in common with a refused campaign is nearly word for word the same.
const NEARLY_THE_SAME: f32 = 0.75;
/// What stands for the rule in the reason that a refused campaign leaves behind.
const REFUSED: &str = "campaign-refused";

/// One call of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sighting {
    /// The call.
    pub call: CallId,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The number, with its country code; nothing when it was withheld.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
}

impl Sighting {
    /// This call, at this time, from this number.
    #[must_use]
    pub fn new(call: CallId, at: Timestamp, number: &CallerNumber) -> Self {
        let number = number.public().map(|number| number.full());
        Self { call, at, number }
    }
}

/// Calls that are to be forgotten: these, and those of this number.
#[derive(Debug, Clone, Copy)]
pub struct Gone<'a> {
    /// The calls.
    pub calls: &'a HashSet<CallId>,
    /// The number, with its country code.
    pub number: Option<&'a str>,
}

impl Gone<'_> {
    /// Whether this is one of them.
    #[must_use]
    pub fn is(&self, one: &Sighting) -> bool {
        let is_of_number = |number| one.number.as_deref() == Some(number);
        self.calls.contains(&one.call) || self.number.is_some_and(is_of_number)
    }

    /// Whether the group has one of them: among those that it remembers, or as its first one, which
    /// it is named and opens by even when it remembers that call no more.
    #[must_use]
    pub fn is_in(&self, group: &Campaign) -> bool {
        self.calls.contains(&group.id) || group.sightings.iter().any(|one| self.is(one))
    }
}

/// Calls that open nearly alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Campaign {
    /// Its name for programs: its first call.
    pub id: CallId,
    /// How its first call opened. Hostile text.
    pub opening: String,
    /// Only calls that were played to try things out; they never mix with real ones.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub simulated: bool,
    /// How many calls it has.
    pub calls: u32,
    /// When the first one came.
    #[schema(value_type = String, format = DateTime)]
    pub first_at: Timestamp,
    /// The newest of its calls, newest first.
    pub sightings: Vec<Sighting>,
    /// Until when the owner refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub refused_until: Option<Timestamp>,
    /// How often each of its commonest words was said.
    words: BTreeMap<String, u32>,
}

impl Campaign {
    fn begin(opening: &Opening, sighting: Sighting, simulated: bool) -> Self {
        let mut campaign = Self {
            id: sighting.call,
            opening: opening.text().chars().take(MOST_OPENING_CHARS).collect(),
            simulated,
            calls: 0,
            first_at: sighting.at,
            sightings: Vec::new(),
            refused_until: None,
            words: BTreeMap::new(),
        };
        campaign.sight(opening, sighting);
        campaign
    }

    fn sight(&mut self, opening: &Opening, sighting: Sighting) {
        self.calls = self.calls.saturating_add(1);
        let place = self.sightings.partition_point(|one| one.at > sighting.at);
        self.sightings.insert(place, sighting);
        self.sightings.truncate(MOST_SIGHTINGS);
        for word in opening.telling_words() {
            if self.words.len() < MOST_WORDS || self.words.contains_key(word) {
                *self.words.entry(word.to_owned()).or_default() += 1;
            }
        }
    }

    /// Its name for people: its commonest words, in the order in which its first call said them.
    #[must_use]
    pub fn name(&self) -> String {
        let mut words: Vec<(&String, &u32)> = self.words.iter().collect();
        words.sort_by_key(|(word, count)| {
            (std::cmp::Reverse(**count), std::cmp::Reverse(word.len()))
        });
        let opening = Opening::of(&self.opening);
        let said = |word: &str| {
            let mut words = opening.iter().flat_map(Opening::telling_words);
            words.position(|one| one == word).unwrap_or(usize::MAX)
        };
        words.retain(|(word, count)| **count > 1 || said(word) < usize::MAX);
        words.truncate(NAME_WORDS);
        words.sort_by_key(|(word, _)| said(word));
        let as_heard = |word: &str| {
            let mut heard = self.opening.split(|one: char| !one.is_alphanumeric());
            heard
                .find(|one| plain_words(one) == [word])
                .map_or_else(|| word.to_owned(), str::to_lowercase)
        };
        let words: Vec<String> = words.iter().map(|(word, _)| as_heard(word)).collect();
        words.join(" ")
    }

    /// When its newest call came.
    #[must_use]
    pub fn last_at(&self) -> Timestamp {
        self.sightings.first().map_or(self.first_at, |one| one.at)
    }

    /// From how many numbers its newest calls came; all withheld ones count as one.
    #[must_use]
    pub fn numbers(&self) -> usize {
        let mut numbers: Vec<_> = self.sightings.iter().map(|one| &one.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers.len()
    }

    /// Whether the owner refuses it at this moment.
    #[must_use]
    pub fn is_refused(&self, now: Timestamp) -> bool {
        self.refused_until.is_some_and(|until| now < until)
    }

    /// How many days ago each of its calls but this one came, the newest first, whether this one is
    /// counted into it yet or not; nothing when all came from one number, this one's: whoever calls
    /// often from his own telephone is no campaign.
    #[must_use]
    pub fn days_ago(&self, this: &Sighting, now: Timestamp) -> Vec<u16> {
        if self.sightings.iter().all(|one| one.number == this.number) {
            return Vec::new();
        }
        let others = self.sightings.iter().filter(|one| one.call != this.call);
        others
            .map(|one| {
                let age = now.duration_since(one.at).max(SignedDuration::ZERO);
                u16::try_from(age.as_hours() / 24).unwrap_or(u16::MAX)
            })
            .collect()
    }
}

/// What is known of the campaign that a call belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name for people.
    pub name: String,
    /// How many days ago each of its other calls came, the newest first; see
    /// [`Campaign::days_ago`].
    pub days_ago: Vec<u16>,
    /// Whether the owner refuses it, and this call opens nearly word for word as it does.
    pub refused: bool,
}

impl Known {
    /// What a match means for this call.
    #[must_use]
    pub fn of(found: Match<'_>, call: &Sighting, now: Timestamp) -> Self {
        let Match {
            campaign,
            similarity,
        } = found;
        Self {
            name: campaign.name(),
            days_ago: campaign.days_ago(call, now),
            refused: campaign.is_refused(now) && similarity >= NEARLY_THE_SAME,
        }
    }
}

/// The reason that a refused campaign leaves with a call. It has no points: what it counts for
/// stands in the principles.
pub(super) fn refused_campaign(name: &str, turn: u16) -> Reason {
    Reason {
        name: name.to_owned(),
        turn,
        ..Reason::new(REFUSED, EvidenceKind::Sell)
    }
}

/// Whether a reason is that of a refused campaign. Rules of files always have a tactic.
pub(super) fn is_refused_campaign(reason: &Reason) -> bool {
    reason.rule == REFUSED && reason.tactic.is_empty()
}

#[cfg(test)]
mod tests;
