//! What only a store on disk can get wrong.

use std::path::Path;
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;

use super::writer::Change;
use super::{SledStore, keys, value};
use crate::call::{Call, Effect, ListName, Treatment};
use crate::store::bounds::MAX_SMALL_BYTES;
use crate::store::sample::{self, dawn};
use crate::store::{CallFilter, Commit, ListChange, Store, StoreError};

mod backup;
mod disk;
mod formats;
mod healing;
mod journal;
mod kill;
mod same;
mod scrub;

async fn open(folder: &Path) -> Result<SledStore, StoreError> {
    SledStore::open(folder.to_owned()).await
}

async fn keep(store: &SledStore, call: Call) -> Result<(), StoreError> {
    let call = Arc::new(call);
    let effects = Vec::new();
    store.commit(Commit { call, effects }).await
}

/// What stands in the way of opening the store in this folder.
async fn refusal(folder: &Path) -> String {
    match open(folder).await {
        Ok(_) => panic!("the store opened"),
        Err(StoreError::Open { path, reason }) => {
            assert_eq!(path, folder.display().to_string());
            reason
        }
        Err(other) => panic!("{other}"),
    }
}

/// Every call, as the index over time gives them.
async fn all(store: &SledStore) -> Vec<Call> {
    let all = CallFilter {
        simulated: true,
        ..CallFilter::default()
    };
    store.calls(&all, None, usize::MAX).await.unwrap().calls
}

/// The database alone, once threads of sled's own have let go of it.
pub(super) fn database(folder: &Path) -> ::sled::Db {
    let open = |_| {
        let opened = ::sled::open(folder.join("sled")).ok();
        if opened.is_none() {
            std::thread::park_timeout(std::time::Duration::from_millis(100));
        }
        opened
    };
    (0..50).find_map(open).expect("the database opens")
}

#[tokio::test]
async fn everything_is_there_again_after_opening() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let call = sample::judged(sample::heard(sample::call(3), "goddag"), Treatment::Message);
    let effects = vec![
        Effect::List(sample::entry(ListName::Block, "+4520304050")),
        Effect::Text {
            to: "+4520304060".parse().unwrap(),
            body: "Per har ringet.".into(),
        },
    ];
    let commit = Commit {
        call: Arc::new(call.clone()),
        effects,
    };
    store.commit(commit).await.unwrap();
    let change = ListChange::Put(sample::entry(ListName::Allow, "+45*"));
    store.change_lists(vec![change]).await.unwrap();
    store.put_setting("key", b"hash".to_vec()).await.unwrap();
    let counts = store.counts().await.unwrap();
    assert_eq!((counts.calls, counts.entries, counts.jobs), (1, 2, 1));
    store.close().await;

    let store = open(folder.path()).await.unwrap();
    assert_eq!(store.counts().await.unwrap(), counts);
    assert_eq!(store.call(call.id).await.unwrap(), Some(call.clone()));
    let by_provider = store.call_by_provider(&call.provider).await.unwrap();
    assert_eq!(by_provider, Some(call.clone()));
    assert_eq!(all(&store).await, [call]);
    let number = "+4520304050".parse().unwrap();
    assert_eq!(store.entries_matching(number).await.unwrap().len(), 2);
    let later = dawn() + SignedDuration::from_hours(1);
    assert_eq!(store.jobs_due(later, 9).await.unwrap().len(), 1);
    let setting = store.setting("key").await.unwrap();
    assert_eq!(setting.as_deref(), Some(&b"hash"[..]));
}

#[tokio::test]
async fn a_store_that_is_dropped_is_let_go_of_and_complete() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    keep(&store, sample::call(1)).await.unwrap();
    drop(store);
    // The writer notices on its own thread; until then the folder is locked.
    let mut waited = tokio::time::interval(std::time::Duration::from_millis(10));
    for _ in 0..500 {
        waited.tick().await;
        if let Ok(store) = open(folder.path()).await {
            assert_eq!(all(&store).await.len(), 1);
            return;
        }
    }
    panic!("the folder stays locked");
}

#[tokio::test]
async fn nothing_goes_where_our_fsync_does_not_reach() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for number in 0..40 {
        let mut call = sample::call(number);
        for _ in 0..30 {
            call = sample::heard(call, &"ø".repeat(2_000));
        }
        assert!(serde_json::to_vec(&call).unwrap().len() > 200_000);
        keep(&store, call).await.unwrap();
    }
    for number in 0..40 {
        let name = format!("{number}");
        let big = vec![b'x'; MAX_SMALL_BYTES];
        store.put_setting(&name, big).await.unwrap();
    }
    store.close().await;
    let blobs = folder.path().join("sled").join("blobs");
    assert_eq!(std::fs::read_dir(blobs).unwrap().count(), 0);
}

#[tokio::test]
async fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.unwrap().close().await;
    let db = database(folder.path());
    db.insert(keys::meta("format"), &7_u32.to_be_bytes())
        .unwrap();
    drop(db);
    let reason = refusal(folder.path()).await;
    assert!(
        reason.contains("format 7") && reason.contains("newer"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_database_of_somebody_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let db = database(folder.path());
    db.insert("recipe", "cake").unwrap();
    drop(db);
    let reason = refusal(folder.path()).await;
    assert!(reason.contains("did not write"), "{reason}");
}

#[tokio::test]
async fn a_second_opener_is_refused_until_the_first_closes() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let reason = refusal(folder.path()).await;
    assert!(reason.contains("another process"), "{reason}");
    store.close().await;
    open(folder.path()).await.unwrap().close().await;
}

#[tokio::test]
async fn a_database_that_is_suddenly_empty_without_a_spare_copy_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for number in 0..50 {
        keep(&store, sample::call(number)).await.unwrap();
    }
    store.close().await;
    std::fs::remove_dir_all(folder.path().join("sled")).unwrap();
    std::fs::remove_file(folder.path().join("spare")).unwrap();
    let reason = refusal(folder.path()).await;
    assert!(
        reason.contains("50 calls") && reason.contains("backup"),
        "{reason}"
    );
    // Whoever has no backup says so and goes on.
    std::fs::remove_file(folder.path().join("counts.json")).unwrap();
    open(folder.path()).await.unwrap().close().await;
}

#[tokio::test]
async fn what_an_opening_left_that_broke_off_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    keep(&store, sample::call(1)).await.unwrap();
    store.close().await;
    drop(database(folder.path()));
    let draft = folder.path().join("sled/snap.00000000FFFFFFFF.generating");
    for left in [&b""[..], b"half a snapshot that was being written"] {
        std::fs::write(&draft, left).unwrap();
        // sled alone takes it for the newest snapshot.
        let alone = ::sled::open(folder.path().join("sled"));
        assert!(alone.unwrap_err().to_string().contains("corrupted"));
        let store = open(folder.path()).await.unwrap();
        assert_eq!(all(&store).await.len(), 1);
        assert!(!draft.exists());

        // Whoever has it open may be writing one: it is not ours to remove.
        std::fs::write(&draft, left).unwrap();
        refusal(folder.path()).await;
        assert!(draft.exists());
        store.close().await;
    }
}

#[tokio::test]
async fn what_a_crash_left_of_many_list_changes_is_settled() {
    let folder = tempfile::tempdir().unwrap();
    for (decided, expected) in [(false, 1), (true, 2)] {
        let store = open(folder.path()).await.unwrap();
        let old = ListChange::Put(sample::entry(ListName::Allow, "+4520000001"));
        store.change_lists(vec![old.clone()]).await.unwrap();
        store.close().await;

        let db = database(folder.path());
        for (number, put) in [(1, false), (2, true), (3, true)] {
            let entry = sample::entry(ListName::Allow, &format!("+452000000{number}"));
            let key = keys::entry(&ListChange::Put(entry.clone()).name());
            let bytes = value::write("a list entry", &entry).unwrap();
            let bytes = if put { bytes } else { value::seal(&[]) };
            db.insert(keys::staged(&key), bytes).unwrap();
        }
        if decided {
            db.insert(keys::meta("bulk"), value::seal(&[])).unwrap();
        }
        drop(db);

        let store = open(folder.path()).await.unwrap();
        let entries = store.entries(ListName::Allow, None, 9).await.unwrap();
        assert_eq!(entries.len(), expected, "decided: {decided}");
        store.close().await;
        let store = open(folder.path()).await.unwrap();
        assert_eq!(
            store.entries(ListName::Allow, None, 9).await.unwrap(),
            entries
        );
        store.close().await;
    }
}

#[tokio::test]
async fn list_changes_wait_for_no_scrub_and_none_overtakes_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let put = |number: u32| {
        let pattern = format!("+45{}", 20_000_000 + number);
        ListChange::Put(sample::entry(ListName::Allow, &pattern))
    };
    let many = (0..20_000).map(put).collect();
    store.change_lists(many).await.unwrap();

    let noted = |note: &str| {
        let mut entry = sample::entry(ListName::Allow, "+4533445566");
        entry.note = note.to_owned();
        Change::Lists(vec![ListChange::Put(entry)])
    };
    let done = Mutex::new(Vec::new());
    let write = async |what: &'static str, change| {
        store.write(change).await.unwrap();
        done.lock().unwrap().push(what);
    };
    let bulk = async {
        write("bulk", Change::Lists((0..1_500).map(put).collect())).await;
        write("second", noted("second")).await;
    };
    let scrub = write("scrub", Change::Scrub);
    tokio::join!(scrub, bulk, write("first", noted("first")));
    assert_eq!(done.lock().unwrap().last(), Some(&"scrub"));
    let number = "+4533445566".parse().unwrap();
    let kept = store.entries_matching(number).await.unwrap();
    assert_eq!(kept[0].note, "second");
    store.close().await;
}

#[tokio::test]
async fn damaged_files_are_an_error_and_never_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    for number in 0..60 {
        let call = sample::heard(sample::call(number), "goddag");
        keep(&store, call).await.unwrap();
    }
    store.close().await;
    let database = folder.path().join("sled");
    let whole = std::fs::read(database.join("db")).unwrap();
    let mut refused = 0;
    for damage in 0..12_usize {
        let mut bytes = whole.clone();
        let stretch = bytes.len() / 12;
        bytes[damage * stretch..][..stretch].fill(u8::try_from(damage * 21).unwrap());
        if damage % 4 == 3 {
            bytes.truncate(damage * stretch);
        }
        std::fs::write(database.join("db"), &bytes).unwrap();
        // With it, another database would take its place.
        std::fs::remove_file(folder.path().join("spare")).ok();
        match open(folder.path()).await {
            Ok(store) => {
                // Damage may lie where nothing is read; reading may fail, and must not panic.
                let all = CallFilter::default();
                store.calls(&all, None, 100).await.ok();
                store.close().await;
            }
            Err(StoreError::Open { .. }) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 0);
}
