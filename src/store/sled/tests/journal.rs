//! What stands in the journal only: seen by every reader, there after a crash, and carried over.

use std::io::{Error, ErrorKind};
use std::path::Path;

use super::{all, keep, keys, open};
use crate::call::{Call, Stage, Treatment};
use crate::store::sample;
use crate::store::{CallFilter, Store};

/// The folder as a crash at this moment would leave it.
fn crashed(folder: &Path) -> tempfile::TempDir {
    let left = tempfile::tempdir().unwrap();
    copy(folder, left.path());
    left
}

/// Copies a folder as it is. Drafts of files come and go while it does.
pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &there);
        } else {
            let copied = std::fs::copy(entry.path(), there);
            let is_gone = |error: &Error| error.kind() == ErrorKind::NotFound;
            assert!(
                copied.is_ok() || copied.as_ref().is_err_and(is_gone),
                "{copied:?}"
            );
        }
    }
}

fn over(mut call: Call) -> Call {
    call.stage = Stage::Ended;
    call
}

#[tokio::test]
async fn steps_that_only_the_journal_has_survive_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    keep(&store, sample::call(0)).await.unwrap();
    store.check().await.unwrap();
    for number in 0..3 {
        let call = sample::heard(sample::call(number), "goddag");
        keep(&store, call.clone()).await.unwrap();
        keep(&store, over(call)).await.unwrap();
    }
    let (kept, counts) = (all(&store).await, store.counts().await.unwrap());
    assert_eq!((kept.len(), counts.calls), (3, 3));
    assert!(kept.iter().all(Call::is_over));
    for _ in 0..2 {
        let left = crashed(folder.path());
        let again = open(left.path()).await.unwrap();
        assert_eq!(all(&again).await, kept);
        assert_eq!(again.counts().await.unwrap(), counts);
        keep(&again, sample::call(9)).await.unwrap();
        let left = crashed(left.path());
        let again = open(left.path()).await.unwrap();
        assert_eq!(all(&again).await.len(), 4);
    }
}

#[tokio::test]
async fn what_is_settled_is_not_replayed_over_what_came_later() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let first = sample::call(1);
    let second = sample::heard(first.clone(), "goddag");
    keep(&store, first.clone()).await.unwrap();
    keep(&store, second.clone()).await.unwrap();
    store.check().await.unwrap();
    // The journal still has both steps; the second is what counts.
    assert_eq!(
        all(&open(crashed(folder.path()).path()).await.unwrap()).await,
        [second]
    );
    keep(&store, first.clone()).await.unwrap();
    assert_eq!(
        all(&open(crashed(folder.path()).path()).await.unwrap()).await,
        [first]
    );
}

#[tokio::test]
async fn pages_hold_what_waits_and_what_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for number in 0..40 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    store.check().await.unwrap();
    for number in (0..60).step_by(3) {
        let call = sample::judged(sample::call(number), Treatment::Reject);
        keep(&store, over(call)).await.unwrap();
    }
    assert_eq!(store.counts().await.unwrap().calls, 46);
    let filter = |verdict| CallFilter {
        verdict,
        ..CallFilter::default()
    };
    for (verdict, expected) in [(None, 46), (Some(Treatment::Reject), 20)] {
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = store.calls(&filter(verdict), before, 6).await.unwrap();
            seen.extend(page.calls);
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.is_sorted_by(|a, b| a.id > b.id));
        let rejected = |call: &&Call| call.verdict.is_some();
        assert_eq!(seen.iter().filter(rejected).count(), 20);
    }
}

#[tokio::test]
async fn more_than_may_wait_goes_on_into_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let calls = 300;
    for number in 0..calls {
        keep(&store, over(sample::call(number))).await.unwrap();
    }
    let waiting = store.shared().unwrap().live().waiting(None, |_| true).len();
    assert!(waiting <= 128, "{waiting} wait");
    let left = crashed(folder.path());
    assert_eq!(all(&open(left.path()).await.unwrap()).await.len(), 300);
}

#[tokio::test]
async fn a_store_of_format_1_is_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for number in 0..30 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    let kept = all(&store).await;
    store.close().await;
    // What was written before there were journals lacks just this.
    let db = super::database(folder.path());
    db.insert(keys::meta("format"), &1_u32.to_be_bytes())
        .unwrap();
    db.remove(keys::meta("journal")).unwrap();
    drop(db);
    std::fs::remove_file(folder.path().join("journal")).unwrap();

    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await, kept);
    keep(&store, sample::call(99)).await.unwrap();
    store.close().await;
    let db = super::database(folder.path());
    let format = db.get(keys::meta("format")).unwrap().unwrap();
    assert_eq!(*format, 2_u32.to_be_bytes());
    drop(db);
    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await.len(), 31);
}

#[tokio::test]
async fn a_journal_that_is_lost_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for number in 0..30 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    store.close().await;
    let journal = folder.path().join("journal");
    for (kept, damage) in [(30, None), (31, Some("something else entirely"))] {
        std::fs::remove_file(&journal).unwrap();
        if let Some(damage) = damage {
            std::fs::write(&journal, damage).unwrap();
        }
        // The database has everything but the latest steps: it goes on, and says so.
        let store = open(folder.path()).await.unwrap();
        assert!(!store.put_aside().await.unwrap().is_empty());
        assert_eq!(all(&store).await.len(), kept);
        keep(&store, sample::call(99)).await.unwrap();
        store.close().await;
        open(folder.path()).await.unwrap().close().await;
        std::fs::write(folder.path().join("counts.json"), "{}").unwrap();
    }
}
