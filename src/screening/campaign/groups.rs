//! Every group there is, found by an opening.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Campaign, Gone, Opening, Sighting};
use crate::call::{Bilingual, CallId, bilingual};

/// So much in common makes two openings one campaign.
const ALIKE: f32 = 0.55;
/// The most groups; the one that was seen longest ago gives way, unless the owner refuses it.
const MOST_GROUPS: usize = 2_000;
/// The most groups that the owner refuses.
const MOST_REFUSED: usize = 500;

/// Groups of calls, found by how a call opens.
#[derive(Debug, Default)]
pub struct Groups {
    groups: HashMap<CallId, Group>,
    bands: HashMap<(u8, u32), Vec<CallId>>,
}

#[derive(Debug)]
struct Group {
    campaign: Campaign,
    opening: Opening,
}

/// The group that an opening belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match<'a> {
    /// The group.
    pub campaign: &'a Campaign,
    /// How much the opening has in common with that of the group's first call, from 0 to 1.
    pub similarity: f32,
}

impl Groups {
    /// Takes a group that was kept. Nothing happens when it is there, or cannot be told from
    /// others.
    pub fn take(&mut self, campaign: Campaign) {
        if self.groups.contains_key(&campaign.id) {
            return;
        }
        let Some(opening) = Opening::of(&campaign.opening) else {
            return;
        };
        self.insert(Group { campaign, opening });
    }

    /// The group that this opening belongs to; simulated calls have groups of their own.
    #[must_use]
    pub fn find(&self, opening: &Opening, simulated: bool) -> Option<Match<'_>> {
        let mut candidates: Vec<&CallId> = (0_u8..)
            .zip(opening.bands())
            .filter_map(|band| self.bands.get(&band))
            .flatten()
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        candidates
            .into_iter()
            .filter_map(|id| self.groups.get(id))
            .filter(|group| group.campaign.simulated == simulated)
            .map(|group| Match {
                campaign: &group.campaign,
                similarity: group.opening.similarity(opening),
            })
            .filter(|found| found.similarity >= ALIKE)
            .max_by(|a, b| a.similarity.total_cmp(&b.similarity))
    }

    /// Counts a call into its group, or begins one with it. Returns the group as it now is, and
    /// the group that had to give way. A call counts once.
    pub fn sight(
        &mut self,
        opening: Opening,
        sighting: Sighting,
        simulated: bool,
    ) -> (CallId, Option<CallId>) {
        if let Some(id) = self
            .find(&opening, simulated)
            .map(|found| found.campaign.id)
            && let Some(group) = self.groups.get_mut(&id)
        {
            let calls = &group.campaign.sightings;
            if !calls.iter().any(|one| one.call == sighting.call) {
                group.campaign.sight(&opening, sighting);
            }
            return (id, None);
        }
        let gone = if self.groups.len() >= MOST_GROUPS {
            self.oldest()
        } else {
            None
        };
        if let Some(gone) = gone {
            self.remove(gone);
        }
        let campaign = Campaign::begin(&opening, sighting, simulated);
        let id = campaign.id;
        self.insert(Group { campaign, opening });
        (id, gone)
    }

    /// Refuses a group until then, or lets it in again. `None`, when there is no such group.
    ///
    /// # Errors
    /// [`TooManyRefused`].
    pub fn refuse(
        &mut self,
        id: CallId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<&Campaign>, TooManyRefused> {
        let is_other = |one: &&Campaign| one.is_refused(now) && one.id != id;
        let refused = self.iter().filter(is_other).count();
        if until.is_some() && refused >= MOST_REFUSED {
            return Err(TooManyRefused);
        }
        let group = self.groups.get_mut(&id);
        Ok(group.map(|group| {
            group.campaign.refused_until = until;
            &group.campaign
        }))
    }

    /// Takes out every group that one of these calls belongs to, as it was: one of those that it
    /// remembers, or its first one, whose words are its opening. A group that is spared stays, without
    /// those calls; it is returned second.
    pub fn take_out(
        &mut self,
        gone: &Gone<'_>,
        spares: impl Fn(&Campaign) -> bool,
    ) -> (Vec<Campaign>, Vec<CallId>) {
        let touched = self.iter().filter(|one| gone.is_in(one));
        let touched: Vec<CallId> = touched.map(|one| one.id).collect();
        let (mut taken, mut spared) = (Vec::new(), Vec::new());
        for id in touched {
            let Some(group) = self.groups.get_mut(&id) else {
                continue;
            };
            if spares(&group.campaign) {
                group.campaign.sightings.retain(|one| !gone.is(one));
                spared.push(id);
            } else {
                taken.push(group.campaign.clone());
                self.remove(id);
            }
        }
        (taken, spared)
    }

    /// The group with this name.
    #[must_use]
    pub fn get(&self, id: CallId) -> Option<&Campaign> {
        self.groups.get(&id).map(|group| &group.campaign)
    }

    /// Every group, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Campaign> {
        self.groups.values().map(|group| &group.campaign)
    }

    fn insert(&mut self, group: Group) {
        let id = group.campaign.id;
        for band in (0_u8..).zip(group.opening.bands()) {
            self.bands.entry(band).or_default().push(id);
        }
        self.groups.insert(id, group);
    }

    fn remove(&mut self, id: CallId) {
        let Some(group) = self.groups.remove(&id) else {
            return;
        };
        for band in (0_u8..).zip(group.opening.bands()) {
            if let Some(ids) = self.bands.get_mut(&band) {
                ids.retain(|one| *one != id);
                if ids.is_empty() {
                    self.bands.remove(&band);
                }
            }
        }
    }

    /// The group to give way: single calls first, then the one seen longest ago.
    fn oldest(&self) -> Option<CallId> {
        self.iter()
            .filter(|one| one.refused_until.is_none())
            .min_by_key(|one| (one.calls > 1, one.last_at()))
            .map(|one| one.id)
    }
}

/// The owner refuses as many campaigns as can be refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MOST_REFUSED} campaigns are refused already; let one of them in again first")]
pub struct TooManyRefused;

impl TooManyRefused {
    /// What is wrong, in both languages.
    #[must_use]
    pub fn told(self) -> Bilingual {
        bilingual!(
            "der afvises {MOST_REFUSED} kampagner i forvejen; luk en af dem ind igen først",
            "{MOST_REFUSED} campaigns are refused already; let one of them in again first"
        )
    }
}
