//! What was removed and scrubbed is in no file any more; what is left is all there; calls go on.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

use super::{all, keep, open, refusal};
use crate::call::{Call, Effect, ListName};
use crate::store::sample;
use crate::store::{Commit, Job, ListChange, Shelf, Store};

/// Words that compression leaves as they are, since they repeat nothing.
const SECRET: &str = "qZ7#kW9!vX2@pL5%";

/// The files under a folder in which these bytes stand. Some come and go while it looks.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
            continue;
        }
        let read = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            read => read.unwrap(),
        };
        if read.windows(bytes.len()).any(|window| window == bytes) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn secret_call() -> Call {
    sample::heard(sample::call(7), SECRET)
}

/// The caller's number, as the index over numbers has it.
fn number_in_keys() -> [u8; 8] {
    secret_call()
        .caller
        .number
        .public()
        .unwrap()
        .as_u64()
        .to_be_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()).await.unwrap());
    for number in 20..60 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    let call = secret_call();
    let effect = Effect::Notify {
        body: SECRET.into(),
    };
    let commit = Commit {
        call: Arc::new(call.clone()),
        effects: vec![effect],
    };
    // Twice: in the journal, and in the database.
    keep(&store, call.clone()).await.unwrap();
    store.commit(commit).await.unwrap();
    let mut entry = sample::entry(ListName::Block, "+4520000007");
    entry.note = SECRET.into();
    store
        .change_lists(vec![ListChange::Put(entry.clone())])
        .await
        .unwrap();
    let shelved = vec![(b"name".to_vec(), Some(SECRET.into()))];
    store.shelve(Shelf::Marks, shelved).await.unwrap();
    store.put_setting("word", SECRET.into()).await.unwrap();
    let secret = SECRET.as_bytes();
    let mut found = files_with(folder.path(), secret);
    // The spare copy is written by itself: it may have the owner's part of it by now.
    found.retain(|file| !file.contains("spare"));
    assert_eq!(found.len(), 2, "journal and sled, not {found:?}");

    let jobs = store.jobs_due(jiff::Timestamp::MAX, 9).await.unwrap();
    for Job { id, .. } in jobs {
        store.settle_job(id, None).await.unwrap();
    }
    let name = ListChange::Remove {
        list: entry.list,
        pattern: entry.pattern,
        line: None,
    };
    store.change_lists(vec![name]).await.unwrap();
    store
        .shelve(Shelf::Marks, vec![(b"name".to_vec(), None)])
        .await
        .unwrap();
    store
        .put_setting("word", b"another".to_vec())
        .await
        .unwrap();
    store.remove_calls(vec![call.id]).await.unwrap();
    assert!(
        !files_with(folder.path(), secret).is_empty(),
        "not scrubbed yet"
    );
    assert!(!files_with(folder.path(), &number_in_keys()).is_empty());

    store.scrub().await.unwrap();
    assert_eq!(files_with(folder.path(), secret), [""; 0]);
    assert_eq!(files_with(folder.path(), &number_in_keys()), [""; 0]);
    assert_eq!(store.counts().await.unwrap().calls, 40);
    keep(&store, sample::call(60)).await.unwrap();
    let before = all(&store).await;
    store.close().await;
    drop(store);

    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await, before);
    assert_eq!(before.len(), 41);
    assert_eq!(files_with(folder.path(), secret), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_store_is_written_anew_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(folder.path()).await.unwrap());
    let change =
        |number: u32| ListChange::Put(sample::entry(ListName::Allow, &format!("+45{number}")));
    let changes = (20_000_000..20_003_000).map(change).collect();
    store.change_lists(changes).await.unwrap();
    for number in 0..150 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    let going_on = tokio::spawn({
        let store = store.clone();
        async move {
            for number in 150..400_u64 {
                keep(&store, sample::call(number)).await.unwrap();
                let heard = sample::heard(sample::call(number - 150), "hej");
                keep(&store, heard).await.unwrap();
                let gone = sample::call(number - 100).id;
                if number % 5 == 0 {
                    store.remove_calls(vec![gone]).await.unwrap();
                }
                let mark = (number.to_be_bytes().to_vec(), Some(b"mark".to_vec()));
                store.shelve(Shelf::Marks, vec![mark]).await.unwrap();
            }
        }
    });
    for _ in 0..3 {
        store.scrub().await.unwrap();
    }
    going_on.await.unwrap();
    let before = all(&store).await;
    assert_eq!(store.counts().await.unwrap().calls, before.len() as u64);
    store.close().await;
    drop(store);
    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await, before);
    assert_eq!(store.counts().await.unwrap().entries, 3_000);
    let marks = store.shelf(Shelf::Marks, None, 1_000).await.unwrap();
    assert_eq!(marks.len(), 250);
    for call in &before {
        let found = store.call_by_provider(&call.provider).await.unwrap();
        assert_eq!(found.as_ref(), Some(call));
    }
    let databases = fs::read_dir(folder.path()).unwrap();
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
    let databases = databases
        .map(name)
        .filter(|name| name.to_string_lossy().starts_with("sled"));
    assert_eq!(databases.collect::<Vec<_>>(), ["sled.3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_at_any_step_leaves_one_whole_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let store = open(path).await.unwrap();
    for number in 0..30 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    let before = all(&store).await;
    store.close().await;
    drop(store);
    // Before the new one counts: it is not whole, and is removed.
    fs::create_dir(path.join("sled.1")).unwrap();
    fs::write(path.join("sled.1/db"), "half").unwrap();
    let store = open(path).await.unwrap();
    assert_eq!(all(&store).await, before);
    assert!(!path.join("sled.1").exists());
    // After it: the old one is still there, and so is the old journal.
    let journal = fs::read(path.join("journal")).unwrap();
    store.scrub().await.unwrap();
    store.close().await;
    drop(store);
    fs::write(path.join("journal"), journal).unwrap();
    fs::create_dir(path.join("sled")).unwrap();
    fs::write(path.join("sled/db"), "old").unwrap();
    let store = open(path).await.unwrap();
    assert_eq!(all(&store).await, before);
    assert!(!path.join("sled").exists());
    store.close().await;
    drop(store);
    // A pointer that says nothing is not guessed at.
    fs::write(path.join("current"), "").unwrap();
    assert!(refusal(path).await.contains("current"));
}
