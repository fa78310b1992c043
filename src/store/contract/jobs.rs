//! Jobs: what a step of a call brings about.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Tested, is_too_big, keep_with, text};
use crate::call::{E164, Effect, ListName};
use crate::store::Job;
use crate::store::sample::{self, dawn};

contract! {
    effects_come_with_the_step
    jobs_come_when_they_are_due
    a_job_that_is_settled_is_gone
    a_job_that_is_too_big_leaves_the_one_that_is_kept
    a_job_is_found_by_its_id_and_those_that_never_come_by_their_time
}

async fn effects_come_with_the_step(store: Tested) {
    let call = sample::heard(sample::call(1), "hallo");
    let number = E164::parse("+4520000001").unwrap();
    let entry = sample::entry(ListName::Block, &number.full());
    let effects = vec![text("en"), Effect::List(entry.clone()), text("to")];
    keep_with(&store, &call, effects).await;
    assert_eq!(store.entries_matching(number).await.unwrap(), vec![entry]);
    let step = call.timeline.last().unwrap().at;
    assert!(
        store
            .jobs_due(step - SignedDuration::from_nanos(1), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let jobs = store.jobs_due(step, 10).await.unwrap();
    let mut bodies: Vec<_> = jobs.iter().map(|job| job.effect.clone()).collect();
    bodies.sort_by_key(|effect| format!("{effect:?}"));
    assert_eq!(bodies, [text("en"), text("to")]);
    for job in &jobs {
        assert_eq!((job.call, job.attempts, job.due), (call.id, 0, step));
        assert_eq!(job.provider, "twilio");
        assert_eq!(job.id.get_version_num(), 7);
        let (seconds, _) = job.id.get_timestamp().unwrap().to_unix();
        assert_eq!(i64::try_from(seconds).unwrap(), step.as_second());
    }
    assert_ne!(jobs[0].id, jobs[1].id);
}

async fn jobs_come_when_they_are_due(store: Tested) {
    for number in [3_u64, 1, 2] {
        keep_with(
            &store,
            &sample::call(number),
            vec![text(&number.to_string())],
        )
        .await;
    }
    let at = |second: i64| dawn() + SignedDuration::from_secs(second);
    assert!(store.jobs_due(at(0), 10).await.unwrap().is_empty());
    let bodies = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.effect).collect::<Vec<_>>();
    assert_eq!(
        bodies(store.jobs_due(at(2), 10).await.unwrap()),
        [text("1"), text("2")]
    );
    assert_eq!(bodies(store.jobs_due(at(9), 1).await.unwrap()), [text("1")]);

    let first = store.jobs_due(at(9), 1).await.unwrap().remove(0);
    let later = Job {
        attempts: 1,
        due: at(100),
        ..first.clone()
    };
    store
        .settle_job(first.id, Some(later.clone()))
        .await
        .unwrap();
    assert_eq!(
        bodies(store.jobs_due(at(9), 10).await.unwrap()),
        [text("2"), text("3")]
    );
    assert_eq!(
        store.jobs_due(at(100), 10).await.unwrap().last(),
        Some(&later)
    );
    assert_eq!(store.counts().await.unwrap().jobs, 3);
}

async fn a_job_that_is_too_big_leaves_the_one_that_is_kept(store: Tested) {
    keep_with(&store, &sample::call(1), vec![text("en")]).await;
    let at = dawn() + SignedDuration::from_secs(1);
    let job = store.jobs_due(at, 10).await.unwrap().remove(0);
    let bigger = Job {
        effect: text(&"x".repeat(5_000)),
        ..job.clone()
    };
    is_too_big(store.settle_job(job.id, Some(bigger)).await);
    assert_eq!(store.jobs_due(at, 10).await.unwrap(), [job]);
}

async fn a_job_that_is_settled_is_gone(store: Tested) {
    keep_with(&store, &sample::call(1), vec![text("en")]).await;
    let at = dawn() + SignedDuration::from_secs(1);
    let job = store.jobs_due(at, 10).await.unwrap().remove(0);
    for id in [job.id, job.id, Uuid::from_u128(7)] {
        store.settle_job(id, None).await.unwrap();
        assert!(store.jobs_due(at, 10).await.unwrap().is_empty());
        assert_eq!(store.counts().await.unwrap().jobs, 0);
    }
    // It was dropped while it was tried.
    let again = Some(job.clone());
    store.settle_job(job.id, again).await.unwrap();
    assert_eq!(store.job(job.id).await.unwrap(), None);
    for _ in 0..2 {
        store.put_job(job.clone()).await.unwrap();
        let due = store.jobs_due(at, 10).await.unwrap();
        assert_eq!(due, std::slice::from_ref(&job));
        assert_eq!(store.counts().await.unwrap().jobs, 1);
    }
}

async fn a_job_is_found_by_its_id_and_those_that_never_come_by_their_time(store: Tested) {
    for number in 1..=4 {
        let effects = vec![text(&number.to_string())];
        keep_with(&store, &sample::call(number), effects).await;
    }
    let at = dawn() + SignedDuration::from_secs(9);
    let jobs = store.jobs_due(at, 9).await.unwrap();
    let mut never = Vec::new();
    for job in &jobs[..2] {
        let due = Timestamp::MAX;
        let job = Job { due, ..job.clone() };
        store.settle_job(job.id, Some(job.clone())).await.unwrap();
        assert_eq!(store.job(job.id).await.unwrap().as_ref(), Some(&job));
        never.push(job);
    }
    never.sort_by_key(|job| job.id);
    assert_eq!(store.jobs_from(Timestamp::MAX, 9).await.unwrap(), never);
    let one = store.jobs_from(Timestamp::MAX, 1).await.unwrap();
    assert_eq!(one, never[..1]);
    let (third, fourth) = (&jobs[2], &jobs[3]);
    let from = store.jobs_from(fourth.due, 9).await.unwrap();
    assert_eq!((from.first(), from.len()), (Some(fourth), 3));
    assert_eq!(store.job(third.id).await.unwrap().as_ref(), Some(third));
    store.settle_job(third.id, None).await.unwrap();
    assert_eq!(store.job(third.id).await.unwrap(), None);
    assert_eq!(store.job(Uuid::from_u128(7)).await.unwrap(), None);
}
