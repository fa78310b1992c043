//! Removes what is known of callers when its time is over: what was said first, then what was
//! recorded, then the calls themselves ([`crate::call::Retention`] says when).
//!
//! It works through the log in portions with pauses, so that no call waits for it, and remembers how
//! far it came: after days without power it goes on from there. What stands beside calls goes before
//! what it is found by, so that whatever breaks in between, the next time finds what is left. After a
//! leap of the clock it waits (`trust.rs`). What it removes is gone from the files when the store was
//! written anew, at most once a day.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use super::Service;
use super::erase::PORTION;
use super::outbox::{MOST_JOBS, NEVER};
use super::trust;
use crate::call::{Call, CallId, Effect};
use crate::store::{CallFilter, Commit, Job, Shelf, Store, StoreError, newest_first};
use crate::telemetry::{Forgotten, Work};

/// How often the log is looked through.
const EVERY: Duration = Duration::from_secs(600);
/// How often the store is asked for while it is not there.
const SOON: Duration = Duration::from_secs(1);
/// Between two portions.
const BREATH: Duration = Duration::from_millis(50);
/// How often the store is written anew.
const SCRUB_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// How much was removed, by kind.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// Calls of which the words were removed.
    pub words: u64,
    /// Recorded messages that the provider is told to remove.
    pub recordings: u64,
    /// Calls.
    pub calls: u64,
    /// Entries of lists that ended.
    pub entries: u64,
    /// Jobs that were given up.
    pub outbox: u64,
    /// Records of what people did at the desk.
    pub audit: u64,
    /// Whole stores that were put aside, with whatever is in them.
    pub aside: u64,
}

/// Works until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    let mut scrubbed: Option<Instant> = None;
    loop {
        let pause = if service.keeper.store().is_some() {
            let work = tidy_and_scrub(&service, &mut scrubbed);
            let done = tokio::select! {
                () = stop.cancelled() => return,
                done = work => done,
            };
            if let Err(error) = done {
                tracing::warn!(%error, "what is old could not be removed; it is tried again");
            }
            EVERY
        } else {
            SOON
        };
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

async fn tidy_and_scrub(
    service: &Service,
    scrubbed: &mut Option<Instant>,
) -> Result<(), StoreError> {
    if service.tidy_by_a_trusted_clock().await?.is_none() {
        return Ok(());
    }
    let store = service.keeper.store().ok_or(StoreError::Closed)?;
    let may = scrubbed.is_none_or(|last| last.elapsed() >= SCRUB_EVERY);
    if may && service.needs_scrub(store.as_ref()).await? {
        service.scrub().await?;
        *scrubbed = Some(Instant::now());
    }
    Ok(())
}

/// What is struck out of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Words,
    Recording,
}

impl Part {
    /// The setting that says how far calls are done.
    fn setting(self) -> &'static str {
        match self {
            Self::Words => "retention-words",
            Self::Recording => "retention-recordings",
        }
    }
}

impl Service {
    /// Removes everything whose time is over now, unless the clock made a leap that it is doubted for.
    ///
    /// # Errors
    /// [`StoreError`]; what was not removed then is the next time.
    pub async fn tidy_by_a_trusted_clock(&self) -> Result<Option<Removed>, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let doubted = trust::look(store.as_ref(), self.clock.now()).await?;
        let since = doubted.map_or(0, Timestamp::as_second);
        self.clock_doubted.store(since, Ordering::Relaxed);
        match doubted {
            Some(_) => Ok(None),
            None => self.tidy().await.map(Some),
        }
    }

    /// Removes everything whose time is over now.
    ///
    /// # Errors
    /// [`StoreError`]; what was not removed then is the next time.
    pub async fn tidy(&self) -> Result<Removed, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let store = store.as_ref();
        let keep = *self.policies().retention();
        let now = self.clock.now();
        let mut removed = Removed::default();
        self.removed.forget_old(store, now).await?;
        if let Some(before) = days_before(now, keep.words_days) {
            removed.words = self.strike_out(store, Part::Words, before).await?;
            removed.entries = self.remove_ended_entries(store, before).await?;
            self.forget_old_openings(store, before, now).await?;
        }
        if let Some(before) = days_before(now, keep.recordings_days) {
            removed.recordings = self.strike_out(store, Part::Recording, before).await?;
        }
        if let Some(before) = days_before(now, keep.calls_days) {
            removed.calls = self.remove_old_calls(store, before).await?;
        }
        if let Some(before) = days_before(now, keep.outbox_days) {
            removed.outbox = self.remove_old_jobs(store, before).await?;
        }
        if let Some(before) = days_before(now, keep.audit_days) {
            removed.audit = self.remove_old_deeds(store, before).await?;
        }
        // Last, since only these lie outside the store.
        if let Some(before) = days_before(now, keep.words_days) {
            removed.aside = remove_aside(store, before).await?;
        }
        for (kind, count) in [
            (Forgotten::Words, removed.words),
            (Forgotten::Recordings, removed.recordings),
            (Forgotten::Calls, removed.calls),
            (Forgotten::Entries, removed.entries),
            (Forgotten::Outbox, removed.outbox),
            (Forgotten::Audit, removed.audit),
        ] {
            self.metrics.forgot(kind, count);
        }
        self.metrics.done(Work::Retention, now);
        if removed != Removed::default() {
            tracing::info!(?removed, "what is old was removed");
        }
        Ok(removed)
    }

    /// Strikes a part out of the calls that began before then, from where it was left off.
    async fn strike_out(
        &self,
        store: &dyn Store,
        part: Part,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let done = store.setting(part.setting()).await?;
        let done = done.and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
        // A clock that was ahead says nothing of how far calls are done.
        let done = done.filter(|done: &Timestamp| *done <= self.clock.now());
        let filter = CallFilter {
            from: done,
            until: Some(before),
            simulated: true,
            ..CallFilter::default()
        };
        if done.is_some_and(|done| done >= before) {
            return Ok(0);
        }
        let mut count = 0;
        let mut next: Option<CallId> = None;
        loop {
            let page = store.calls(&filter, next, PORTION).await?;
            count += self.strike_out_of(store, part, page.calls).await?;
            next = page.next;
            if next.is_none() {
                break;
            }
            tokio::time::sleep(BREATH).await;
        }
        let until = before.to_string().into_bytes();
        store.put_setting(part.setting(), until).await?;
        Ok(count)
    }

    async fn strike_out_of(
        &self,
        store: &dyn Store,
        part: Part,
        calls: Vec<Call>,
    ) -> Result<u64, StoreError> {
        let mut struck = Vec::new();
        for call in calls {
            let without = match part {
                Part::Words => call.clone().without_words(),
                Part::Recording => call.clone().without_recording(),
            };
            if without != call {
                struck.push((call, without));
            }
        }
        if struck.is_empty() {
            return Ok(0);
        }
        self.scrub_is_due(store).await?;
        let ids: HashSet<CallId> = struck.iter().map(|(call, _)| call.id).collect();
        match part {
            Part::Words => {
                // How a call opened is among its words.
                let now = self.clock.now();
                self.campaigns.forget(store, &ids, None, Some(now)).await?;
            }
            Part::Recording => {
                for (call, _) in &struck {
                    self.let_go_of_recordings(store, call).await?;
                }
                self.unheard.forget(store, &ids).await?;
            }
        }
        // The calls last, since the rest is found by what they still have.
        for (_, without) in struck {
            let (call, effects) = (Arc::new(without), Vec::new());
            store.commit(Commit { call, effects }).await?;
        }
        Ok(ids.len() as u64)
    }

    /// Forgets how calls from before then opened where that is left: in campaigns that are refused no
    /// more, whose words outlived those of their calls.
    async fn forget_old_openings(
        &self,
        store: &dyn Store,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.campaigns.load(store).await?;
        let old = self.campaigns.calls_before(before, now);
        if old.is_empty() {
            return Ok(());
        }
        self.scrub_is_due(store).await?;
        self.campaigns.forget(store, &old, None, Some(now)).await
    }

    async fn remove_old_calls(
        &self,
        store: &dyn Store,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let filter = CallFilter {
            until: Some(before),
            simulated: true,
            ..CallFilter::default()
        };
        let mut count = 0;
        loop {
            let calls = store.calls(&filter, None, PORTION).await?.calls;
            if calls.is_empty() {
                return Ok(count);
            }
            self.scrub_is_due(store).await?;
            let ids: HashSet<CallId> = calls.iter().map(|call| call.id).collect();
            let now = self.clock.now();
            self.campaigns.forget(store, &ids, None, Some(now)).await?;
            let is_of = |job: &Job| {
                ids.contains(&job.call) && !matches!(job.effect, Effect::DeleteRecording { .. })
            };
            drop_jobs(store, Timestamp::MIN, is_of).await?;
            self.remove_calls(store, &calls.iter().collect::<Vec<_>>())
                .await?;
            count += ids.len() as u64;
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn remove_old_jobs(
        &self,
        store: &dyn Store,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let is_old = |job: &Job| {
            let made = job.id.get_timestamp().map(|made| made.to_unix().0);
            // Whoever let go of a message does not find it again: its removal stays until it is done.
            !matches!(job.effect, Effect::DeleteRecording { .. })
                && made.is_some_and(|made| made < before.as_second().unsigned_abs())
        };
        let dropped = drop_jobs(store, NEVER, is_old).await?;
        if dropped > 0 {
            self.scrub_is_due(store).await?;
        }
        Ok(dropped)
    }

    async fn remove_old_deeds(
        &self,
        store: &dyn Store,
        before: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut count = 0;
        loop {
            let after = newest_first(before);
            let old = store.shelf(Shelf::Audit, Some(&after), PORTION).await?;
            if old.is_empty() {
                return Ok(count);
            }
            self.scrub_is_due(store).await?;
            count += old.len() as u64;
            let gone = old.into_iter().map(|one| (one.name, None)).collect();
            store.shelve(Shelf::Audit, gone).await?;
            tokio::time::sleep(BREATH).await;
        }
    }
}

/// Removes the stores that were put aside before then: the words in them are older still.
async fn remove_aside(store: &dyn Store, before: Timestamp) -> Result<u64, StoreError> {
    let removed = store.remove_aside(before).await?;
    for aside in &removed {
        tracing::warn!(
            folder = aside.name,
            "a store that was put aside is removed: its time is over"
        );
    }
    Ok(removed.len() as u64)
}

/// Drops those jobs that are due then or later and are gone.
async fn drop_jobs(
    store: &dyn Store,
    from: Timestamp,
    is_gone: impl Fn(&Job) -> bool,
) -> Result<u64, StoreError> {
    let mut count = 0;
    for job in store.jobs_from(from, MOST_JOBS).await? {
        if is_gone(&job) {
            store.settle_job(job.id, None).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// The moment so many days ago; none for 0, which is never.
fn days_before(now: Timestamp, days: u16) -> Option<Timestamp> {
    let age = SignedDuration::from_hours(24 * i64::from(days));
    let before = now.checked_sub(age).ok()?;
    (days > 0).then_some(before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallEvent, Clock as _, Entry, Recording, SystemClock};
    use crate::service::sample;
    use crate::store::hindered::Hindered;
    use crate::store::sample::{call, dawn, heard};

    const SCRIPT: &str = "goddag du taler med per fra nordlys jeg ringer angående jeres telefoni";

    async fn keep(store: &dyn Store, call: Call) {
        let (call, effects) = (Arc::new(call), Vec::new());
        store.commit(Commit { call, effects }).await.unwrap();
    }

    #[tokio::test]
    async fn the_words_of_a_call_are_in_no_campaign_once_the_call_is_without_them() {
        let store = Hindered::new().await;
        let kept: Arc<dyn Store> = Arc::<Hindered>::clone(&store);
        let now = dawn() + SignedDuration::from_hours(24 * 31);
        let service = sample::service(Arc::clone(&kept), now).await;
        for number in [1, 2] {
            let before = call(number);
            let said = heard(before.clone(), SCRIPT);
            service.campaigns.sight(&before, &said);
            keep(kept.as_ref(), said).await;
        }
        service.campaigns.save(kept.as_ref()).await;
        // It breaks in the middle: one call is without its words, the other one not yet.
        store.keeps_commits(1);
        assert!(service.tidy().await.is_err());
        let opening = |kept: Option<Call>| kept.unwrap().opening().unwrap().to_owned();
        let mut left = Vec::new();
        for number in [1, 2] {
            left.push(opening(kept.call(call(number).id).await.unwrap()));
        }
        left.sort();
        assert_eq!(left, ["", SCRIPT]);
        let on_shelf = kept.shelf(Shelf::Campaigns, None, 9).await.unwrap();
        assert!(on_shelf.is_empty(), "{on_shelf:?}");
        assert!(service.campaigns.all().is_empty());
        store.keeps_commits(9);
        assert_eq!(service.tidy().await.unwrap().words, 1);
    }

    #[tokio::test]
    async fn after_a_clock_that_was_ahead_words_are_struck_out_in_time() {
        let store = crate::store::open("memory:").await.unwrap();
        let now = dawn() + SignedDuration::from_hours(24 * 31);
        let service = sample::service(Arc::clone(&store), now).await;
        let ahead = now + SignedDuration::from_hours(24 * 365);
        let cursor = ahead.to_string().into_bytes();
        store
            .put_setting(Part::Words.setting(), cursor)
            .await
            .unwrap();
        keep(store.as_ref(), heard(call(1), SCRIPT)).await;
        assert_eq!(service.tidy().await.unwrap().words, 1);
    }

    #[tokio::test]
    async fn what_lies_beside_a_store_and_is_none_keeps_nothing_from_being_removed() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sled:{}", folder.path().display());
        let store = crate::store::open(&address).await.unwrap();
        let packed = folder.path().join("damaged-1.tar.gz");
        std::fs::write(&packed, "by hand").unwrap();
        let aside = folder.path().join("damaged-1");
        std::fs::create_dir(&aside).unwrap();
        keep(store.as_ref(), call(1)).await;
        // The folder is as old as the system says.
        let now = SystemClock.now() + SignedDuration::from_hours(24 * 3_650);
        let service = sample::service(Arc::clone(&store), now).await;
        let removed = service.tidy().await.unwrap();
        assert_eq!((removed.aside, removed.calls), (1, 1));
        assert!(packed.exists() && !aside.exists());
        store.close().await;
    }

    #[tokio::test]
    async fn the_removal_of_a_message_is_never_dropped() {
        let store = crate::store::open("memory:").await.unwrap();
        let now = dawn() + SignedDuration::from_hours(24 * 365);
        let service = sample::service(Arc::clone(&store), now).await;
        let of = call(1);
        keep(store.as_ref(), of.clone()).await;
        let url = "https://api.twilio.com/RE1".to_owned();
        let job = Job::of(&of, &Effect::DeleteRecording { url }, 0).unwrap();
        let given_up = Job {
            due: NEVER,
            ..job.clone()
        };
        store.put_job(given_up).await.unwrap();
        assert_eq!(service.tidy().await.unwrap().outbox, 0);
        service
            .erase(of.caller.number.public().unwrap())
            .await
            .unwrap();
        assert!(store.job(job.id).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn every_recording_of_a_call_is_removed_once() {
        let store = crate::store::open("memory:").await.unwrap();
        let service = sample::service(Arc::clone(&store), dawn()).await;
        let mut left = call(1);
        let urls = ["https://api.twilio.com/RE1", "https://api.twilio.com/RE2"];
        for (turn, url) in [(1, urls[0]), (2, urls[1]), (3, urls[1])] {
            let recording = Recording {
                url: url.to_owned(),
                seconds: Some(7),
            };
            left.recording = Some(recording.clone());
            left.timeline.push(Entry {
                at: dawn(),
                event: CallEvent::Recorded {
                    turn,
                    aside: false,
                    recording,
                },
                instructions: Vec::new(),
            });
        }
        for _ in 0..2 {
            let removals = service.let_go_of_recordings(store.as_ref(), &left).await;
            assert_eq!(removals.unwrap(), 2);
            let jobs = store.jobs_due(NEVER, 9).await.unwrap();
            let mut removed: Vec<_> = jobs.iter().map(|job| &job.effect).collect();
            removed.sort_by_key(|effect| format!("{effect:?}"));
            let wanted = urls.map(|url| Effect::DeleteRecording { url: url.into() });
            assert_eq!(removed, wanted.each_ref());
        }
    }

    #[tokio::test]
    async fn a_campaign_keeps_no_words_longer_than_it_is_refused() {
        let store = crate::store::open("memory:").await.unwrap();
        let now = dawn() + SignedDuration::from_hours(24 * 31);
        let service = sample::service(Arc::clone(&store), now).await;
        let before = call(1);
        let said = heard(before.clone(), SCRIPT);
        service.campaigns.sight(&before, &said);
        keep(store.as_ref(), said).await;
        let refuse = async |until: Option<Timestamp>| {
            let refused = service
                .campaigns
                .refuse(store.as_ref(), before.id, until, now);
            refused.await.unwrap().unwrap();
        };
        refuse(Some(Timestamp::MAX)).await;
        assert_eq!(service.tidy().await.unwrap().words, 1);
        assert_eq!(service.campaigns.get(before.id).unwrap().opening, SCRIPT);
        refuse(None).await;
        service.tidy().await.unwrap();
        assert!(service.campaigns.all().is_empty());
        let on_shelf = store.shelf(Shelf::Campaigns, None, 9).await.unwrap();
        assert!(on_shelf.is_empty(), "{on_shelf:?}");
    }
}
