//! The campaigns of this installation: in memory for the calls, kept on a shelf of the store.
//!
//! A call is counted when its caller has said his first words. Groups are written a little later,
//! many at once; what the owner refuses is on disk before he is told so.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::call::{Answer, Call, CallEvent, CallId, E164};
use crate::screening::campaign::{Campaign, Gone, Groups, Known, Opening, Sighting, TooManyRefused};
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
pub struct Campaigns(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    groups: Groups,
    loaded: bool,
    /// Groups that are not on disk as they are.
    changed: BTreeSet<CallId>,
}

impl Campaigns {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let opening = call.opening().and_then(Opening::of);
        opening.is_some_and(|opening| {
            let state = self.state();
            let found = state.groups.find(&opening, call.simulated);
            found.is_some_and(|found| found.campaign.id == id)
        })
    }

    /// What is known of the campaign that a call belongs to once this happens.
    pub(super) fn known(&self, call: &Call, event: &CallEvent, now: Timestamp) -> Option<Known> {
        let words = call.opening().or(match event {
            CallEvent::Heard {
                answer: Answer::Speech(utterance),
                ..
            } => Some(utterance.text.as_str()),
            _ => None,
        })?;
        let opening = Opening::of(words)?;
        let state = self.state();
        let found = state.groups.find(&opening, call.simulated)?;
        Some(Known::of(found, call.id, now))
    }

    /// Counts a call whose caller has just said his first words.
    pub(super) fn sight(&self, before: &Call, now: &Call) {
        let words = now.opening().filter(|_| before.opening().is_none());
        if let Some(opening) = words.and_then(Opening::of) {
            self.count(now, opening);
        }
    }

    fn count(&self, call: &Call, opening: Opening) -> CallId {
        let sighting = Sighting::new(call.id, call.started_at, &call.caller.number);
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
        loop {
            let (ids, changes) = self.take_changes();
            if ids.is_empty() {
                return Ok(());
            }
            if let Err(error) = store.shelve(Shelf::Campaigns, changes).await {
                self.state().changed.extend(ids);
                return Err(error);
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
        let taken = {
            let mut state = self.state();
            let (taken, spared) = state.groups.take_out(&gone, spares);
            state.changed.extend(spared);
            state.changed.extend(taken.iter().map(|one| one.id));
            taken
        };
        for campaign in taken {
            let mut again = None;
            let left = campaign.sightings.into_iter().rev();
            for sighting in left.filter(|one| !gone.is(one)) {
                let call = store.call(sighting.call).await?;
                if let Some(opening) = call.as_ref().and_then(Call::opening).and_then(Opening::of) {
                    let mut state = self.state();
                    let (id, other) = state.groups.sight(opening, sighting, campaign.simulated);
                    state.changed.insert(id);
                    state.changed.extend(other);
                    again = Some(id);
                }
            }
            if let (Some(id), Some(until)) = (again, campaign.refused_until) {
                // One less is refused than before.
                let mut state = self.state();
                let now = campaign.first_at;
                state.groups.refuse(id, Some(until), now).ok();
            }
        }
        self.write(store).await
    }

    #[expect(clippy::type_complexity, reason = "it is what a shelf takes")]
    fn take_changes(&self) -> (Vec<CallId>, Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        let mut state = self.state();
        let mut ids = Vec::new();
        let mut changes = Vec::new();
        while ids.len() < PORTION
            && let Some(id) = state.changed.pop_first()
        {
            let value = state.groups.get(id).and_then(written);
            changes.push((id.as_bytes().to_vec(), value));
            ids.push(id);
        }
        (ids, changes)
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
        let refused = self.state().groups.refuse(id, until, now)?.cloned();
        let Some(campaign) = refused else {
            return Ok(None);
        };
        let change = (id.as_bytes().to_vec(), written(&campaign));
        store.shelve(Shelf::Campaigns, vec![change]).await?;
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
        let Some(opening) = call.opening().and_then(Opening::of) else {
            return Ok(());
        };
        let id = self.count(call, opening);
        self.refuse(store, id, Some(until), call.started_at).await?;
        Ok(())
    }
}

fn written(campaign: &Campaign) -> Option<Vec<u8>> {
    serde_json::to_vec(campaign)
        .inspect_err(|error| tracing::error!(%error, "a campaign cannot be written"))
        .ok()
}
