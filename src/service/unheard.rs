//! Which messages nobody has heard yet. A message comes onto a shelf when it is left, and off it when
//! it is played at the desk or its sound is gone. A trial call leaves none: there is nothing to hear.
//!
//! All of them are in memory too, so that a page marks them without reading the store. The shelf
//! follows within moments; a crash in between may show a message as heard, or as unheard once more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::call::{Call, CallId, LineId};
use crate::store::{Shelf, Store, StoreError};

/// How many are read or written at once.
const PORTION: usize = 500;

/// The messages that nobody has heard yet.
#[derive(Debug, Default)]
pub struct Unheard {
    state: Mutex<State>,
    /// Held while the shelf is written, so that what is newer is written later.
    writing: tokio::sync::Mutex<()>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The calls in which they were left, and on which line.
    calls: BTreeMap<CallId, LineId>,
    loaded: bool,
    /// Those of which the shelf may say something else.
    changed: BTreeSet<CallId>,
}

impl State {
    fn put(&mut self, id: CallId, line: Option<LineId>) {
        let is_same = match line {
            Some(line) => self.calls.insert(id, line.clone()).as_ref() == Some(&line),
            None => self.calls.remove(&id).is_none(),
        };
        if !is_same {
            self.changed.insert(id);
        }
    }
}

impl Unheard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the message of this call is one of them.
    #[must_use]
    pub fn holds(&self, id: CallId) -> bool {
        self.state().calls.contains_key(&id)
    }

    /// The calls in which they were left, on lines that `is_meant` holds of; the newest first.
    #[must_use]
    pub fn on_lines(&self, is_meant: impl Fn(&LineId) -> bool) -> Vec<CallId> {
        let state = self.state();
        let calls = state.calls.iter().rev();
        let meant = calls.filter(|(_, line)| is_meant(line));
        meant.map(|(id, _)| *id).collect()
    }

    /// A message may have been left just now.
    pub(super) fn left(&self, before: &Call, now: &Call) {
        if before.recording.is_none() && can_be_heard(now) {
            self.state().put(now.id, Some(now.line.clone()));
            self.woken.notify_one();
        }
    }

    /// Somebody heard the message of this call, or wants it to stand as one that nobody did.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read what was heard before.
    pub async fn mark(
        &self,
        store: &dyn Store,
        call: &Call,
        is_heard: bool,
    ) -> Result<(), StoreError> {
        self.load(store).await?;
        let line = (!is_heard && can_be_heard(call)).then(|| call.line.clone());
        self.state().put(call.id, line);
        self.woken.notify_one();
        Ok(())
    }

    /// There is nothing to be heard of these calls any more. Durable when it resolves.
    pub(super) async fn forget(
        &self,
        store: &dyn Store,
        ids: impl IntoIterator<Item = &CallId> + Send,
    ) -> Result<(), StoreError> {
        self.load(store).await?;
        {
            let mut state = self.state();
            for id in ids {
                state.put(*id, None);
            }
        }
        self.write(store).await
    }

    /// Reads those that are kept, unless that was done.
    ///
    /// # Errors
    /// [`StoreError`], when they cannot be read.
    pub async fn load(&self, store: &dyn Store) -> Result<(), StoreError> {
        if self.state().loaded {
            return Ok(());
        }
        let mut kept = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = store
                .shelf(Shelf::Unheard, after.as_deref(), PORTION)
                .await?;
            let is_last = page.len() < PORTION;
            after = page.last().map(|last| last.name.clone());
            kept.extend(page);
            if is_last {
                break;
            }
        }
        let mut known = Vec::new();
        for one in kept {
            let Some(id) = one.name.first_chunk().map(|id| CallId::from_bytes(*id)) else {
                continue;
            };
            // Of trial calls, they were kept before.
            let call = store.call(id).await.ok().flatten();
            let line = LineId(String::from_utf8_lossy(&one.value).into_owned());
            known.push((id, line, call.is_some_and(|call| call.simulated)));
        }
        let mut state = self.state();
        if !state.loaded {
            for (id, line, is_trial) in known {
                if is_trial {
                    state.changed.insert(id);
                } else {
                    state.calls.entry(id).or_insert(line);
                }
            }
            state.loaded = true;
            self.woken.notify_one();
        }
        Ok(())
    }

    /// Waits until something is to be written.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// Writes what changed. What cannot be written is tried again the next time.
    pub(super) async fn save(&self, store: &dyn Store) {
        if let Err(error) = self.write(store).await {
            tracing::warn!(%error, "which messages were heard could not be kept");
        }
    }

    async fn write(&self, store: &dyn Store) -> Result<(), StoreError> {
        let _in_order = self.writing.lock().await;
        loop {
            let changes: Vec<(CallId, Option<LineId>)> = {
                let state = self.state();
                let changed = state.changed.iter().take(PORTION);
                changed
                    .map(|id| (*id, state.calls.get(id).cloned()))
                    .collect()
            };
            if changes.is_empty() {
                return Ok(());
            }
            let shelved = changes.iter().map(|(id, line)| {
                let line = line.as_ref().map(|line| line.0.clone().into_bytes());
                (id.as_bytes().to_vec(), line)
            });
            store.shelve(Shelf::Unheard, shelved.collect()).await?;
            let mut state = self.state();
            for (id, line) in changes {
                // It may have changed again while it was written.
                if state.calls.get(&id) == line.as_ref() {
                    state.changed.remove(&id);
                }
            }
        }
    }
}

/// Whether there is a message in which somebody said something.
fn can_be_heard(call: &Call) -> bool {
    !call.simulated && call.recording_kept().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Recording;
    use crate::store::sample;

    fn with_message(number: u64) -> (Call, Call) {
        let before = sample::call(number);
        let mut now = before.clone();
        now.recording = Some(Recording {
            url: "https://api.twilio.com/1".into(),
            seconds: Some(4),
        });
        (before, now)
    }

    async fn on_the_shelf(store: &dyn Store) -> usize {
        store.shelf(Shelf::Unheard, None, 99).await.unwrap().len()
    }

    #[tokio::test]
    async fn what_was_left_is_unheard_until_it_is_played_also_after_a_start() {
        let store = crate::store::open("memory:").await.unwrap();
        let unheard = Unheard::default();
        let calls = [1, 10, 3].map(with_message);
        for (before, now) in &calls {
            unheard.left(before, now);
            // The provider tells of the same message twice.
            unheard.left(now, now);
        }
        unheard.left(&calls[0].0, &calls[0].0);
        unheard.save(store.as_ref()).await;
        assert_eq!(on_the_shelf(store.as_ref()).await, 3);
        let ids = [&calls[1].1, &calls[2].1, &calls[0].1].map(|call| call.id);
        assert_eq!(unheard.on_lines(|_| true), ids);
        assert_eq!(unheard.on_lines(|line| line.0 == "home"), ids[..1]);

        let again = Unheard::default();
        again.mark(store.as_ref(), &calls[0].1, true).await.unwrap();
        again.left(&calls[0].1, &calls[0].1);
        assert_eq!(again.on_lines(|_| true), ids[..2]);
        again.save(store.as_ref()).await;
        assert_eq!(on_the_shelf(store.as_ref()).await, 2);
        again
            .mark(store.as_ref(), &calls[0].1, false)
            .await
            .unwrap();
        assert!(again.holds(calls[0].1.id));
        // Nobody can hear what is not there any more.
        let gone = calls[2].1.clone().without_recording();
        again.mark(store.as_ref(), &gone, false).await.unwrap();
        assert!(!again.holds(gone.id));
        again.forget(store.as_ref(), &ids).await.unwrap();
        assert_eq!(on_the_shelf(store.as_ref()).await, 0);
        assert!(again.on_lines(|_| true).is_empty());
    }

    #[tokio::test]
    async fn a_trial_leaves_nothing_to_be_heard_and_what_one_left_before_is_passed_over() {
        let store = crate::store::open("memory:").await.unwrap();
        let (before, mut trial) = with_message(1);
        trial.simulated = true;
        let unheard = Unheard::default();
        unheard.left(&before, &trial);
        let marked = unheard.mark(store.as_ref(), &trial, false).await;
        marked.unwrap();
        assert!(!unheard.holds(trial.id));

        let kept = (trial.id.as_bytes().to_vec(), Some(b"home".to_vec()));
        store.shelve(Shelf::Unheard, vec![kept]).await.unwrap();
        let commit = crate::store::Commit {
            call: trial.clone().into(),
            effects: Vec::new(),
        };
        store.commit(commit).await.unwrap();
        let again = Unheard::default();
        again.load(store.as_ref()).await.unwrap();
        assert!(again.on_lines(|_| true).is_empty());
        again.save(store.as_ref()).await;
        assert_eq!(on_the_shelf(store.as_ref()).await, 0);
    }
}
