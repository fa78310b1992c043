//! Does what calls bring about outside: each job at least once, with growing pauses between tries.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::Service;
use crate::call::Effect;
use crate::store::{Job, Store};
use crate::telemetry::JobOutcome;

/// How often the store is asked for jobs when nothing wakes us.
const PAUSE: Duration = Duration::from_secs(5);
/// How long the store may take for one thing.
const STORE_LIMIT: Duration = Duration::from_secs(5);
/// Jobs taken at once.
const BATCH: usize = 20;
/// Pauses between tries, in seconds. When they are used up the job is given up, loudly.
const PAUSES: [i64; 6] = [5, 30, 120, 600, 3_600, 21_600];

/// Works until told to stop.
pub(super) async fn run(service: Arc<Service>, stop: CancellationToken) {
    loop {
        if let Some(store) = service.keeper.store() {
            work(&service, store.as_ref()).await;
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = service.outbox_woken.notified() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn work(service: &Service, store: &dyn Store) {
    let now = service.clock.now();
    let jobs = match tokio::time::timeout(STORE_LIMIT, store.jobs_due(now, BATCH)).await {
        Ok(Ok(jobs)) => jobs,
        Ok(Err(error)) => {
            tracing::warn!(%error, "jobs could not be read");
            return;
        }
        Err(_) => return,
    };
    for job in jobs {
        let id = job.id;
        let (again, outcome) = match carry_out(service, &job).await {
            Ok(()) => (None, JobOutcome::Done),
            Err(reason) => match retry(job, &reason, service.clock.now()) {
                Some(again) => (Some(again), JobOutcome::Retried),
                None => (None, JobOutcome::GivenUp),
            },
        };
        service.metrics.job(outcome);
        match tokio::time::timeout(STORE_LIMIT, store.settle_job(id, again)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "a job could not be settled and may be done twice");
            }
            Err(_) => tracing::warn!("a job could not be settled in time and may be done twice"),
        }
    }
}

fn retry(job: Job, reason: &str, now: jiff::Timestamp) -> Option<Job> {
    let pause = usize::try_from(job.attempts)
        .ok()
        .and_then(|attempts| PAUSES.get(attempts));
    let Some(pause) = pause else {
        tracing::error!(call.id = %job.call, reason, "a job is given up");
        return None;
    };
    tracing::warn!(call.id = %job.call, reason, "a job failed and is tried again in {pause} s");
    Some(Job {
        attempts: job.attempts + 1,
        due: now.checked_add(SignedDuration::from_secs(*pause)).ok()?,
        ..job
    })
}

async fn carry_out(service: &Service, job: &Job) -> Result<(), String> {
    match &job.effect {
        // Lists change together with the call; such a job has nothing left to do.
        Effect::List(_) => Ok(()),
        Effect::Text { to, body } => {
            let control = service
                .provider(&job.provider)
                .and_then(|provider| provider.control())
                .ok_or("no provider is configured to send text messages")?;
            let call = match service.keeper.store() {
                Some(store) => store.call(job.call).await.ok().flatten(),
                None => None,
            };
            let from = call.map(|call| call.called).unwrap_or_default();
            control
                .send_text(&from, *to, body)
                .await
                .map(|_| ())
                .map_err(|error| error.to_string())
        }
    }
}
