//! The campaigns of this installation: in memory for the calls, kept on a shelf of the store.
//!
//! A call is counted when its caller has said the first words that he can be known by. Groups are
//! written a little later, many at once; what the owner refuses is on disk before he is told so.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::call::{Call, CallEvent, CallId, E164};
use crate::screening::campaign::{
    Campaign, Gone, Groups, Known, Opening, Sighting, TooManyRefused,
};
use crate::store::{Shelf, Store, StoreError};

/// How many groups are read or written at once.
const PORTION: usize = 200;

/// Why a campaign could not be refused.
#[derive(Debug, thiserror::Error)]
pub enum RefuseError {
    /// Too many are.
    #[error(transparent)]
    TooMany(#[from] TooManyRefused),
    /// It could not be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The campaigns that callers were found to belong to.
#[derive(Debug, Default)]
pub struct Campaigns {
    state: Mutex<State>,
    /// Held while the shelf is written, so that what is newer is written later.
    writing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    groups: Groups,
    loaded: bool,
    /// Groups that are not on disk as they are.
    changed: BTreeSet<CallId>,
}

impl State {
    /// The other calls of the groups that have one of these, as far as nobody knows yet how they
    /// open.
    fn others(
        &self,
        gone: &Gone<'_>,
        spares: impl Fn(&Campaign) -> bool,
        known: &HashMap<CallId, Option<Opening>>,
    ) -> Vec<CallId> {
        let touched = self.groups.iter().filter(|one| gone.is_in(one));
        let made_again = touched.filter(|one| !spares(one));
        let sightings = made_again.flat_map(|one| &one.sightings);
        let left = sightings.filter(|one| !gone.is(one) && !known.contains_key(&one.call));
        left.map(|one| one.call).collect()
    }

    /// Makes the groups that have one of these calls again of their other calls.
    fn forget(
        &mut self,
        gone: &Gone<'_>,
        spares: impl Fn(&Campaign) -> bool,
        openings: &HashMap<CallId, Option<Opening>>,
    ) {
        let (taken, spared) = self.groups.take_out(gone, spares);
        self.changed.extend(spared);
        self.changed.extend(taken.iter().map(|one| one.id));
        for campaign in taken {
            let mut again = None;
            let left = campaign.sightings.into_iter().rev();
            for sighting in left.filter(|one| !gone.is(one)) {
                if let Some(opening) = openings.get(&sighting.call).cloned().flatten() {
                    let (id, other) = self.groups.sight(opening, sighting, campaign.simulated);
                    self.changed.insert(id);
                    self.changed.extend(other);
                    again = Some(id);
                }
            }
            if let (Some(id), Some(until)) = (again, campaign.refused_until) {
                // One less is refused than before.
                let now = campaign.first_at;
                self.groups.refuse(id, Some(until), now).ok();
            }
        }
    }
}

impl Campaigns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every group, the one with the newest call first.
    #[must_use]
    pub fn all(&self) -> Vec<Campaign> {
        let mut all: Vec<Campaign> = self.state().groups.iter().cloned().collect();
        all.sort_by_key(|one| std::cmp::Reverse((one.last_at(), one.id)));
        all
    }

    /// Those of several calls, the one with the newest call first, and no more than so many: only
    /// these are copied, so that a page costs the same however many there are.
    #[must_use]
    pub fn latest(&self, most: usize) -> Vec<Campaign> {
        let state = self.state();
        let mut several: Vec<&Campaign> = state.groups.iter().filter(|one| one.calls > 1).collect();
        several.sort_by_key(|one| std::cmp::Reverse((one.last_at(), one.id)));
        several.into_iter().take(most).cloned().collect()
    }

    /// The campaign with this name.
    #[must_use]
    pub fn get(&self, id: CallId) -> Option<Campaign> {
        self.state().groups.get(id).cloned()
    }

    /// The campaign that remembers this call.
    #[must_use]
    pub fn of_call(&self, call: CallId) -> Option<Campaign> {
        let state = self.state();
        let has = |one: &&Campaign| one.sightings.iter().any(|seen| seen.call == call);
        state.groups.iter().find(has).cloned()
    }

    /// Whether a call opens as those of this campaign do.
    #[must_use]
    pub fn holds(&self, id: CallId, call: &Call) -> bool {
        let opening = Opening::of_call(call);
        opening.is_some_and(|opening| {
            let state = self.state();
            let found = state.groups.find(&opening, call.simulated);
            found.is_some_and(|found| found.campaign.id == id)
        })
    }

    /// What is known of the campaign that a call belongs to once this happens.
    pub(super) fn known(&self, call: &Call, event: &CallEvent, now: Timestamp) -> Option<Known> {
        let opening = Opening::of_call(call).or_else(|| Opening::of_event(event))?;
        let state = self.state();
        let found = state.groups.find(&opening, call.simulated)?;
        Some(Known::of(found, &sighting_of(call), now))
    }

    /// Counts a call whose caller has just said the first words that he can be known by.
    pub(super) fn sight(&self, before: &Call, now: &Call) {
        if let Some(opening) = Opening::of_call(now)
            && Opening::of_call(before).is_none()
        {
            self.count(now, opening);
        }
    }

    fn count(&self, call: &Call, opening: Opening) -> CallId {
        let sighting = sighting_of(call);
        let mut state = self.state();
        let (id, gone) = state.groups.sight(opening, sighting, call.simulated);
        state.changed.insert(id);
        state.changed.extend(gone);
        id
    }

    /// Reads the groups that are kept, unless that was done.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub async fn load(&self, store: &dyn Store) -> Result<(), StoreError> {
        if self.state().loaded {
            return Ok(());
        }
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store
                .shelf(Shelf::Campaigns, after.as_deref(), PORTION)
                .await?;
            let mut state = self.state();
            if state.loaded {
                // Somebody else read them meanwhile, and some may be forgotten since.
                return Ok(());
            }
            for kept in &page {
                match serde_json::from_slice(&kept.value) {
                    Ok(campaign) => state.groups.take(campaign),
                    Err(error) => {
                        tracing::warn!(%error, "a campaign cannot be read and is left out")
                    }
                }
            }
            match page.last() {
                Some(last) if page.len() == PORTION => after = Some(last.name.clone()),
                _ => {
                    state.loaded = true;
                    return Ok(());
                }
            }
        }
    }

    /// Writes what changed. What cannot be written is tried again the next time.
    pub(super) async fn save(&self, store: &dyn Store) {
        if let Err(error) = self.write(store).await {
            tracing::warn!(%error, "campaigns could not be kept");
        }
    }

    async fn write(&self, store: &dyn Store) -> Result<(), StoreError> {
        let _in_order = self.writing.lock().await;
        loop {
            let changes: Vec<(CallId, Option<Campaign>)> = {
                let state = self.state();
                let changed = state.changed.iter().take(PORTION);
                changed
                    .map(|id| (*id, state.groups.get(*id).cloned()))
                    .collect()
            };
            if changes.is_empty() {
                return Ok(());
            }
            let shelved = changes.iter().map(|(id, campaign)| {
                let value = campaign.as_ref().and_then(written);
                (id.as_bytes().to_vec(), value)
            });
            store.shelve(Shelf::Campaigns, shelved.collect()).await?;
            let mut state = self.state();
            for (id, campaign) in changes {
                // It may have changed again while it was written.
                if state.groups.get(id) == campaign.as_ref() {
                    state.changed.remove(&id);
                }
            }
        }
    }

    /// Forgets calls: these, and those of this number. Groups that had one of them are made again of
    /// their other calls, as far as the store has those with what was said. With `spare`, what the
    /// owner refuses at that moment keeps its words. Durable when it resolves.
    pub(super) async fn forget(
        &self,
        store: &dyn Store,
        calls: &HashSet<CallId>,
        number: Option<E164>,
        spare: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.load(store).await?;
        let number = number.map(E164::full);
        let gone = Gone {
            calls,
            number: number.as_deref(),
        };
        let spares = |one: &Campaign| spare.is_some_and(|now| one.is_refused(now));
        // What the others said is read first, so that nothing is half done where that fails.
        let mut openings: HashMap<CallId, Option<Opening>> = HashMap::new();
        loop {
            let unread = {
                let mut state = self.state();
                let unread = state.others(&gone, spares, &openings);
                if unread.is_empty() {
                    state.forget(&gone, spares, &openings);
                    break;
                }
                unread
            };
            for id in unread {
                let call = store.call(id).await?;
                let opening = call.as_ref().and_then(Opening::of_call);
                openings.insert(id, opening);
            }
        }
        self.write(store).await
    }

    /// The calls from before then that groups remember or open by. What the owner refuses at this
    /// moment keeps its words.
    pub(super) fn calls_before(&self, then: Timestamp, now: Timestamp) -> HashSet<CallId> {
        let mut calls = HashSet::new();
        let state = self.state();
        for group in state.groups.iter().filter(|one| !one.is_refused(now)) {
            calls.extend((group.first_at < then).then_some(group.id));
            let sightings = group.sightings.iter().filter(|one| one.at < then);
            calls.extend(sightings.map(|one| one.call));
        }
        calls
    }

    /// Refuses a campaign until then, or lets it in again; durable when it resolves. `None`, when
    /// there is no such campaign.
    ///
    /// # Errors
    /// [`RefuseError`].
    pub async fn refuse(
        &self,
        store: &dyn Store,
        id: CallId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Campaign>, RefuseError> {
        self.load(store).await?;
        let campaign = {
            let mut state = self.state();
            let Some(campaign) = state.groups.refuse(id, until, now)?.cloned() else {
                return Ok(None);
            };
            state.changed.insert(id);
            campaign
        };
        self.write(store).await?;
        Ok(Some(campaign))
    }

    /// Refuses the campaign that this call belongs to, or begins one with it.
    pub(super) async fn refuse_that_of(
        &self,
        store: &dyn Store,
        call: &Call,
        until: Timestamp,
    ) -> Result<(), RefuseError> {
        self.load(store).await?;
        let Some(opening) = Opening::of_call(call) else {
            return Ok(());
        };
        let id = self.count(call, opening);
        self.refuse(store, id, Some(until), call.started_at).await?;
        Ok(())
    }
}

fn sighting_of(call: &Call) -> Sighting {
    Sighting::new(call.id, call.started_at, &call.caller.number)
}

fn written(campaign: &Campaign) -> Option<Vec<u8>> {
    serde_json::to_vec(campaign)
        .inspect_err(|error| tracing::error!(%error, "a campaign cannot be written"))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::call::{Answer, Utterance};
    use crate::store::Commit;
    use crate::store::hindered::Hindered;
    use crate::store::sample::{call, dawn, heard};

    const SCRIPT: &str = "goddag du taler med per fra nordlys jeg ringer angående jeres telefoni";

    fn sighted(campaigns: &Campaigns, number: u64) -> CallId {
        let before = call(number);
        let now = heard(before.clone(), SCRIPT);
        campaigns.sight(&before, &now);
        now.id
    }

    async fn on_shelf(store: &dyn Store) -> Vec<Campaign> {
        let kept = store.shelf(Shelf::Campaigns, None, 9).await.unwrap();
        let read = |one: crate::store::Shelved| serde_json::from_slice(&one.value).unwrap();
        kept.into_iter().map(read).collect()
    }

    #[tokio::test]
    async fn an_older_write_that_is_late_undoes_nothing() {
        for erases in [false, true] {
            let store = Hindered::new().await;
            let campaigns = Arc::new(Campaigns::default());
            let id = sighted(&campaigns, 1);
            store.hold_next_shelved();
            let late = tokio::spawn({
                let (store, campaigns) = (Arc::clone(&store), Arc::clone(&campaigns));
                async move { campaigns.save(store.as_ref()).await }
            });
            store.holds_something().await;
            let newer = tokio::spawn({
                let (store, campaigns) = (Arc::clone(&store), Arc::clone(&campaigns));
                async move {
                    if erases {
                        let ids = HashSet::from([id]);
                        let forgotten = campaigns.forget(store.as_ref(), &ids, None, None);
                        forgotten.await.unwrap();
                    } else {
                        let until = Some(Timestamp::MAX);
                        let refused = campaigns.refuse(store.as_ref(), id, until, dawn());
                        refused.await.unwrap().unwrap();
                    }
                }
            });
            tokio::task::yield_now().await;
            store.let_go();
            late.await.unwrap();
            newer.await.unwrap();
            let kept = on_shelf(store.as_ref()).await;
            if erases {
                assert_eq!(kept, []);
            } else {
                assert_eq!(kept[0].refused_until, Some(Timestamp::MAX));
            }
        }
    }

    #[tokio::test]
    async fn who_says_hallo_first_is_known_by_what_he_says_next() {
        let store = Hindered::new().await;
        let campaigns = Campaigns::default();
        let id = sighted(&campaigns, 1);
        let begun = heard(call(2), "hallo?");
        let unsure = Utterance::new("en to tre fire fem seks syv otte", Some(0.1));
        let mut noise = heard(begun.clone(), "");
        if let Some(entry) = noise.timeline.last_mut() {
            entry.event = CallEvent::Heard {
                turn: 1,
                answer: Answer::Speech(unsure),
            };
        }
        let said = heard(noise.clone(), SCRIPT);
        campaigns.sight(&call(2), &begun);
        campaigns.sight(&begun, &noise);
        let event = &said.timeline[3].event;
        assert!(campaigns.known(&noise, event, dawn()).is_some());
        assert_eq!(campaigns.get(id).unwrap().calls, 1);
        campaigns.sight(&noise, &said);
        campaigns.sight(&said, &heard(said.clone(), SCRIPT));
        assert_eq!(campaigns.get(id).unwrap().calls, 2);
        assert!(campaigns.holds(id, &said) && !campaigns.holds(id, &noise));
        // The group is made again of what the other one said.
        let commit = Commit {
            call: Arc::new(said.clone()),
            effects: Vec::new(),
        };
        store.commit(commit).await.unwrap();
        let first = HashSet::from([id]);
        let forgotten = campaigns.forget(store.as_ref(), &first, None, None);
        forgotten.await.unwrap();
        assert_eq!(campaigns.of_call(said.id).unwrap().opening, SCRIPT);
        let until = Timestamp::MAX;
        let refused = campaigns.refuse_that_of(store.as_ref(), &said, until);
        refused.await.unwrap();
        assert!(campaigns.get(said.id).unwrap().is_refused(dawn()));
    }

    #[tokio::test]
    async fn a_write_that_is_broken_off_is_made_up_for() {
        let store = Hindered::new().await;
        let campaigns = Campaigns::default();
        let id = sighted(&campaigns, 1);
        store.hold_next_shelved();
        tokio::select! {
            () = campaigns.save(store.as_ref()) => panic!("nothing held it"),
            () = store.holds_something() => {}
        }
        campaigns.save(store.as_ref()).await;
        assert_eq!(on_shelf(store.as_ref()).await[0].id, id);
    }
}
