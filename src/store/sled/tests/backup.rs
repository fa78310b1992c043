//! A copy that is made while calls go on is the store of one moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{all, keep, keys, open};
use crate::call::ListName;
use crate::store::archive::Writer;
use crate::store::sample;
use crate::store::{ListChange, RestoreError, Shelf, Store, restore, verify_backup};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_calls_go_on_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()).await.unwrap());
    let change =
        |number: u32| ListChange::Put(sample::entry(ListName::Allow, &format!("+45{number}")));
    let changes = (20_000_000..20_001_200).map(change).collect();
    store.change_lists(changes).await.unwrap();
    let mark = vec![(b"one".to_vec(), Some(b"mark".to_vec()))];
    store.shelve(Shelf::Marks, mark).await.unwrap();
    for number in 0..150 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    let kept = Arc::new(AtomicU64::new(150));
    let going_on = tokio::spawn({
        let (store, kept) = (store.clone(), kept.clone());
        async move {
            for number in 150..400 {
                keep(&store, sample::call(number)).await.unwrap();
                keep(&store, sample::heard(sample::call(number - 150), "hej"))
                    .await
                    .unwrap();
                kept.store(number + 1, Ordering::SeqCst);
            }
        }
    });
    let before = kept.load(Ordering::SeqCst);
    let mut copy = store.backup().await.unwrap();
    assert!(verify_backup(&mut copy).unwrap() > 1_200);
    going_on.await.unwrap();

    let other = tempfile::tempdir().unwrap();
    let address = format!("sled:{}", other.path().display());
    let counts = restore(&address, copy.try_clone().unwrap(), false)
        .await
        .unwrap();
    let again = open(other.path()).await.unwrap();
    assert_eq!(again.counts().await.unwrap(), counts);
    assert_eq!(counts.entries, 1_200);
    let calls = all(&again).await;
    assert_eq!(calls.len() as u64, counts.calls);
    assert!(counts.calls >= before, "{} of {before} calls", counts.calls);
    for call in &calls {
        let found = again.call_by_provider(&call.provider).await.unwrap();
        assert_eq!(found.as_ref(), Some(call));
    }
    let marked = again.shelved(Shelf::Marks, b"one").await.unwrap();
    assert_eq!(marked.as_deref(), Some(&b"mark"[..]));

    // In use, then occupied, then put aside.
    let refused = restore(&address, copy.try_clone().unwrap(), true).await;
    assert!(
        matches!(refused, Err(RestoreError::Store(_))),
        "{refused:?}"
    );
    again.close().await;
    drop(again);
    let refused = restore(&address, copy.try_clone().unwrap(), false).await;
    assert!(
        matches!(refused, Err(RestoreError::Occupied { .. })),
        "{refused:?}"
    );
    assert_eq!(restore(&address, copy, true).await.unwrap(), counts);
    assert!(other.path().join("before-restore-1").join("sled").exists());
    assert!(!other.path().join("restore.new").exists());
}

#[tokio::test]
async fn a_restore_that_fails_leaves_no_calls_behind() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sled:{}", folder.path().display());
    let file = tempfile::tempfile().unwrap();
    let mut backup = Writer::begin(file, 2).unwrap();
    let counts = keys::meta("counts");
    backup.put(&counts, Some(b"no counts")).unwrap();
    let file = backup.finish().unwrap();
    let refused = restore(&address, file, false).await;
    assert!(
        matches!(refused, Err(RestoreError::Store(_))),
        "{refused:?}"
    );
    let left = folder.path().join("restore.new");
    assert!(!left.exists());

    // The power went before it failed.
    std::fs::create_dir_all(left.join("sled")).unwrap();
    open(folder.path()).await.unwrap().close().await;
    assert!(!left.exists());
}

#[tokio::test]
async fn a_store_that_cannot_be_opened_is_not_called_empty() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sled:{}", folder.path().display());
    let store = open(folder.path()).await.unwrap();
    keep(&store, sample::call(1)).await.unwrap();
    let backup = store.backup().await.unwrap();
    store.close().await;
    let database = folder.path().join("sled/db");
    let length = std::fs::read(&database).unwrap().len();
    std::fs::write(&database, vec![0xa5; length]).unwrap();
    let refused = restore(&address, backup.try_clone().unwrap(), false).await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, RestoreError::CannotBeOpened(_)),
        "{refused}"
    );
    assert!(refused.to_string().contains("cannot be opened"));
    assert_eq!(restore(&address, backup, true).await.unwrap().calls, 1);
}
