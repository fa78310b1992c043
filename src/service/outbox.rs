//! Does what calls bring about outside: each job at least once, with growing pauses between tries.
//! What was tried often enough is set aside, told of, and sent again when somebody says so; and so is at
//! once a text that is refused each time, or that may have arrived.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Service, notices};
use crate::call::{Bilingual, CallId, Effect, bilingual};
use crate::providers::Again;
use crate::store::{Job, Store, StoreError};
use crate::telemetry::{AlarmKind, JobOutcome};

/// How often the store is asked for jobs when nothing wakes us.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the store may take for one thing.
const STORE_LIMIT: Duration = Duration::from_secs(5);
/// Jobs done at once.
const BATCH: usize = 20;
/// The most jobs that are listed: of those that wait, and of those that were given up.
const MOST_LISTED: usize = 1_000;
/// The most jobs that are looked through for those of a call or a caller.
pub(super) const MOST_JOBS: usize = 100_000;
/// Pauses between tries of a text message, in seconds: a text that comes a day late helps nobody.
const TEXT_PAUSES: [i64; 6] = [5, 30, 120, 600, 3_600, 21_600];
/// Pauses between tries of a webhook, a mail, or of removing a recording, in seconds: the schedule of
/// Standard Webhooks, three days.
const NOTIFY_PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// When a job is due that was given up: never by itself.
pub(super) const NEVER: Timestamp = Timestamp::MAX;

/// Whether a job was given up, and waits for somebody to send it again.
#[must_use]
pub fn is_given_up(job: &Job) -> bool {
    job.due == NEVER
}

/// Works until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    loop {
        pass_on_news(&service).await;
        if let Some(store) = service.keeper.store() {
            work(&service, &store).await;
            tell_of_given_up(&service, store.as_ref()).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = service.outbox_woken.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Puts what is to be told of troubles into the outbox. While there is no store to put it in, it is
/// told at once, as well as that goes.
async fn pass_on_news(service: &Arc<Service>) {
    for news in service.metrics.alarms().take_news() {
        if service.notifier.get().is_none() {
            continue;
        }
        let job = notices::of_news(&news);
        let kept = match service.keeper.store() {
            Some(store) => within(store.put_job(job.clone())).await.is_ok(),
            None => false,
        };
        if !kept {
            let service = Arc::clone(service);
            tokio::spawn(async move {
                let outcome = match carry_out(&service, &job).await {
                    Ok(()) => JobOutcome::Done,
                    Err(Failed { reason, .. }) => {
                        tracing::error!(reason, "a trouble could neither be told nor kept");
                        JobOutcome::GivenUp
                    }
                };
                service.metrics.job(outcome);
            });
        }
    }
}

async fn work(service: &Arc<Service>, store: &Arc<dyn Store>) {
    let now = service.clock.now();
    let jobs = match within(store.jobs_due(now, BATCH)).await {
        Ok(jobs) => jobs,
        Err(error) => {
            tracing::warn!(%error, "jobs could not be read");
            return;
        }
    };
    let mut tries = JoinSet::new();
    for job in jobs {
        let (service, store) = (Arc::clone(service), Arc::clone(store));
        tries.spawn(async move { attempt(&service, store.as_ref(), job).await });
    }
    while let Some(tried) = tries.join_next().await {
        if tried.is_err() {
            service.broke("job");
        }
    }
}

/// The trouble stands for as long as anything is given up, however that goes.
async fn tell_of_given_up(service: &Service, store: &dyn Store) {
    let Ok(given_up) = within(store.jobs_from(NEVER, 1)).await else {
        return;
    };
    let (alarms, now) = (service.metrics.alarms(), service.clock.now());
    if given_up.is_empty() {
        alarms.clear(AlarmKind::Outbox, now);
    } else if !alarms.goes_on(AlarmKind::Outbox) {
        let told = bilingual!("noget blev opgivet", "something was given up");
        alarms.raise(AlarmKind::Outbox, now, &told);
    }
}

async fn attempt(service: &Service, store: &dyn Store, job: Job) {
    let id = job.id;
    let (again, outcome) = match carry_out(service, &job).await {
        Ok(()) => (None, JobOutcome::Done),
        Err(failed) => {
            let again = retry(job, &failed, service.clock.now());
            let outcome = if is_given_up(&again) {
                let alarms = service.metrics.alarms();
                alarms.raise(AlarmKind::Outbox, service.clock.now(), &failed.told());
                JobOutcome::GivenUp
            } else {
                JobOutcome::Retried
            };
            (Some(again), outcome)
        }
    };
    service.metrics.job(outcome);
    if let Err(error) = within(store.settle_job(id, again)).await {
        tracing::warn!(%error, "a job could not be settled and may be done twice");
    }
}

async fn within<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    tokio::time::timeout(STORE_LIMIT, work)
        .await
        .unwrap_or_else(|_| Err(StoreError::Io("it took too long".to_owned())))
}

/// Why a job was not done.
#[derive(Debug)]
struct Failed {
    reason: String,
    again: Again,
}

impl<T: Into<String>> From<T> for Failed {
    fn from(reason: T) -> Self {
        Self {
            reason: reason.into(),
            again: Again::Later,
        }
    }
}

impl Failed {
    /// What is told of a job that is given up because of it.
    fn told(&self) -> Bilingual {
        let reason = &self.reason;
        match self.again {
            Again::Later => bilingual!(
                "en besked blev opgivet efter alle forsøg: {reason}",
                "a message was given up after all tries: {reason}"
            ),
            Again::Never => bilingual!(
                "en besked blev opgivet, for den bliver afvist hver gang: {reason}",
                "a message was given up, since it is refused each time: {reason}"
            ),
            Again::Unknown => bilingual!(
                "en besked blev opgivet, for ingen ved, om den nåede frem: {reason}",
                "a message was given up, since nobody knows whether it arrived: {reason}"
            ),
        }
    }
}

fn retry(job: Job, failed: &Failed, now: Timestamp) -> Job {
    let reason = &*failed.reason;
    let pauses = match job.effect {
        Effect::Notify { .. } | Effect::Mail { .. } | Effect::DeleteRecording { .. } => {
            &NOTIFY_PAUSES[..]
        }
        Effect::List(_) | Effect::Text { .. } | Effect::RefuseCampaign { .. } => &TEXT_PAUSES[..],
    };
    let pause = usize::try_from(job.attempts)
        .ok()
        .and_then(|attempts| pauses.get(attempts))
        .filter(|_| failed.again == Again::Later);
    let attempts = job.attempts + 1;
    let due = match pause {
        Some(pause) => {
            tracing::warn!(call.id = %job.call, reason, "a job failed and is tried again in {pause} s");
            now.saturating_add(SignedDuration::from_secs(*pause))
                .unwrap_or(NEVER)
        }
        None => {
            tracing::error!(call.id = %job.call, reason, "a job is given up");
            NEVER
        }
    };
    Job {
        attempts,
        due,
        ..job
    }
}

async fn carry_out(service: &Service, job: &Job) -> Result<(), Failed> {
    match &job.effect {
        // Lists change together with the call; such a job has nothing left to do.
        Effect::List(_) => Ok(()),
        Effect::Notify { body } => {
            let notifier = service
                .notifier
                .get()
                .ok_or("no address is set to be told under [notify]")?;
            let id = format!("msg_{}", job.id.simple());
            Ok(notifier.notify(&id, service.clock.now(), body).await?)
        }
        Effect::Mail { subject, text } => {
            let mailer = service.mailer.get();
            let mailer = mailer.ok_or("no server is set to send mail through under [mail]")?;
            let now = service.clock.now();
            Ok(mailer.send(job.id, now, subject, text).await?)
        }
        Effect::RefuseCampaign { until } => {
            let store = service.keeper.store().ok_or("the store is away")?;
            let call = store
                .call(job.call)
                .await
                .map_err(|error| error.to_string())?;
            let call = call.ok_or("the call is gone")?;
            let refused = service
                .campaigns
                .refuse_that_of(store.as_ref(), &call, *until);
            Ok(refused.await.map_err(|error| error.to_string())?)
        }
        Effect::DeleteRecording { url } => {
            let provider = service.provider(&job.provider);
            let control = provider
                .as_ref()
                .and_then(|provider| provider.control())
                .ok_or("no provider is configured to remove recordings through")?;
            let deleted = control.delete_recording(url).await;
            Ok(deleted.map_err(|error| error.to_string())?)
        }
        Effect::Text { to, body } => {
            let provider = service.provider(&job.provider);
            let control = provider
                .as_ref()
                .and_then(|provider| provider.control())
                .ok_or("no provider is configured to send text messages")?;
            let call = match service.keeper.store() {
                Some(store) => store.call(job.call).await.ok().flatten(),
                None => None,
            };
            let from = call.map(|call| call.called).unwrap_or_default();
            // A second one may be a text too much.
            let sent = control.send_text(&from, *to, body).await;
            sent.map(|_| ()).map_err(|error| Failed {
                again: error.again(),
                reason: error.to_string(),
            })
        }
    }
}

impl Service {
    /// What is in the outbox: what is due next comes first, what was given up last. Of very many that
    /// wait the next ones; they do not hide what was given up.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub async fn outbox(&self) -> Result<Vec<Job>, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let mut jobs = store.jobs_due(NEVER, MOST_LISTED).await?;
        jobs.retain(|job| !is_given_up(job));
        jobs.extend(store.jobs_from(NEVER, MOST_LISTED).await?);
        Ok(jobs)
    }

    /// What of the outbox comes of a call.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be read.
    pub async fn outbox_of(&self, call: CallId) -> Result<Vec<Job>, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let mut jobs = store.jobs_due(NEVER, MOST_JOBS).await?;
        jobs.retain(|job| job.call == call);
        Ok(jobs)
    }

    /// Sends a job of the outbox now, and as often as a new one if it fails. `false` when there is
    /// none with this id.
    ///
    /// # Errors
    /// [`StoreError`], when it cannot be kept.
    pub async fn send_again(&self, id: Uuid) -> Result<bool, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let Some(job) = store.job(id).await? else {
            return Ok(false);
        };
        let again = Job {
            attempts: 0,
            due: self.clock.now(),
            ..job
        };
        store.settle_job(id, Some(again)).await?;
        self.outbox_woken.notify_one();
        Ok(true)
    }

    /// Drops a job of the outbox. `false` when there is none with this id.
    ///
    /// # Errors
    /// [`StoreError`], when that cannot be kept.
    pub async fn drop_job(&self, id: Uuid) -> Result<bool, StoreError> {
        let store = self.keeper.store().ok_or(StoreError::Closed)?;
        let known = store.job(id).await?.is_some();
        if known {
            store.settle_job(id, None).await?;
            self.outbox_woken.notify_one();
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::sample;
    use crate::store;

    #[test]
    fn a_webhook_is_tried_for_three_days_and_then_set_aside_not_dropped() {
        let began = Timestamp::UNIX_EPOCH;
        let mut job = Job {
            id: Uuid::nil(),
            call: CallId::from_bytes([0; 16]),
            provider: String::new(),
            effect: Effect::Notify { body: "{}".into() },
            attempts: 0,
            due: began,
        };
        let mut tries = 1;
        let mut now = began;
        while !is_given_up(&job) {
            now = job.due;
            job = retry(job, &"nobody there".into(), now);
            tries += 1;
        }
        assert_eq!(tries - 1, 10, "ten attempts in all");
        let hours = now.duration_since(began).as_hours();
        assert!((72..=80).contains(&hours), "{hours}");
        assert_eq!(job.effect, Effect::Notify { body: "{}".into() });
    }

    #[tokio::test]
    async fn what_was_given_up_is_seen_and_sent_again_however_much_waits() {
        let store = store::open("memory:").await.unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let service = sample::service(Arc::clone(&store), now).await;
        let job = |number: u64, due: Timestamp| Job {
            id: Uuid::from_u128(u128::from(number)),
            call: CallId::from_bytes(u128::from(number).to_be_bytes()),
            provider: String::new(),
            effect: Effect::Notify { body: "{}".into() },
            attempts: 1,
            due,
        };
        for number in 0..1_200 {
            let job = job(number, now);
            store.put_job(job).await.unwrap();
        }
        let given_up = [1_200, 1_201, 1_202].map(|number| job(number, NEVER));
        for job in &given_up {
            store.put_job(job.clone()).await.unwrap();
        }
        let stands = async || {
            tell_of_given_up(&service, store.as_ref()).await;
            let mut standing = service.metrics.alarms().standing().into_iter();
            standing.any(|alarm| alarm.kind == AlarmKind::Outbox)
        };
        assert!(stands().await, "also after a start");
        let listed = service.outbox().await.unwrap();
        assert_eq!((listed.len(), &listed[1_000..]), (1_003, &given_up[..]));
        let [first, second, third] = given_up;
        let of_call = service.outbox_of(third.call).await.unwrap();
        assert_eq!(of_call, std::slice::from_ref(&third));
        assert!(service.send_again(first.id).await.unwrap());
        let again = store.job(first.id).await.unwrap().unwrap();
        assert_eq!((again.attempts, again.due), (0, now));
        assert!(service.drop_job(second.id).await.unwrap());
        assert!(!service.drop_job(second.id).await.unwrap());
        assert!(stands().await, "one is given up still");
        // With an erased number or by the time alone, a job goes by other ways.
        store.settle_job(third.id, None).await.unwrap();
        assert!(!stands().await);
    }
}
