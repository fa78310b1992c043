//! A damaged store is set aside and replaced, and one that is not damaged never is.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::journal::{Journal, Mark};
use super::super::value::KeptCall;
use super::{SledStore, all, database, journal, keep, keys, open, refusal, value};
use crate::call::{Call, Effect, ListName, NumberPattern};
use crate::store::archive::Writer;
use crate::store::sample;
use crate::store::{CallFilter, Commit, ListChange, Shelf, Shelved, Store, StoreError};

const CALLS: u64 = 40;

fn asides(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let aside = |path: &PathBuf| path.to_str().unwrap().contains("/damaged-");
    paths.filter(aside).collect()
}

/// A store with something of everything, closed.
async fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let entries = ["+4520000001", "+4520000002", "+4533*"].map(|pattern| {
        let list = ListName::Allow;
        ListChange::Put(sample::entry(list, pattern))
    });
    store.change_lists(entries.to_vec()).await.unwrap();
    store.put_setting("key", b"hash".to_vec()).await.unwrap();
    let account = vec![(b"anna".to_vec(), Some(b"admin".to_vec()))];
    store.shelve(Shelf::Accounts, account).await.unwrap();
    let login = vec![(b"anna's".to_vec(), Some(b"till May".to_vec()))];
    store.shelve(Shelf::Sessions, login).await.unwrap();
    for number in 0..CALLS {
        let call = sample::heard(sample::call(number), "goddag");
        keep(&store, call).await.unwrap();
    }
    store.close().await;
    folder
}

async fn has_what_the_owner_settled(store: &SledStore) {
    let entries = store.entries(ListName::Allow, None, 9).await.unwrap();
    assert_eq!(entries.len(), 3);
    let number = "+4533445566".parse().unwrap();
    assert_eq!(store.entries_matching(number).await.unwrap().len(), 1);
    let setting = store.setting("key").await.unwrap();
    assert_eq!(setting.as_deref(), Some(&b"hash"[..]));
    let accounts = store.shelf(Shelf::Accounts, None, 9).await.unwrap();
    let (name, value) = (b"anna".to_vec(), b"admin".to_vec());
    assert_eq!(accounts, [Shelved { name, value }]);
    let logins = store.shelf(Shelf::Sessions, None, 9).await.unwrap();
    let (name, value) = (b"anna's".to_vec(), b"till May".to_vec());
    assert_eq!(logins, [Shelved { name, value }]);
}

#[tokio::test]
async fn whatever_is_damaged_the_lists_and_what_the_journal_has_go_on() {
    let mut replaced = 0;
    for damage in 0..9_usize {
        let folder = filled().await;
        let path = folder.path().join("sled/db");
        let whole = std::fs::read(&path).unwrap();
        let mut bytes = whole.clone();
        match damage {
            0 => bytes.clear(),
            1 => bytes.fill(0xa5),
            2 => bytes.truncate(whole.len() / 3),
            3 => bytes[20] ^= 0xff,
            _ => {
                let stretch = whole.len() / 5;
                bytes[(damage - 4) * stretch..][..stretch].fill(0x5a);
            }
        }
        std::fs::write(&path, &bytes).unwrap();
        if damage == 1 {
            // What a replacing left that broke off.
            std::fs::create_dir(folder.path().join("sled.1")).unwrap();
        }
        let store = open(folder.path()).await.unwrap();
        has_what_the_owner_settled(&store).await;
        let left = all(&store).await.len() as u64;
        assert_eq!(left, CALLS, "damage {damage}");
        assert_eq!(store.counts().await.unwrap().calls, left);
        let aside = asides(folder.path());
        let told = store.put_aside().await.unwrap();
        assert_eq!(told.len(), aside.len());
        if let [aside] = aside.as_slice() {
            replaced += 1;
            assert!(told[0].damaged && told[0].name == "damaged-1");
            assert!(aside.join("sled/db").exists() && aside.join("journal").exists());
        }
        keep(&store, sample::call(99)).await.unwrap();
        store.close().await;
        let store = open(folder.path()).await.unwrap();
        assert_eq!(all(&store).await.len() as u64, left + 1);
        has_what_the_owner_settled(&store).await;
        assert_eq!(asides(folder.path()), aside, "once is enough");
        store.close().await;
    }
    assert!(replaced >= 3, "{replaced} of 9 were replaced");
}

/// Writes another journal beside a database that has lost what it knows of its own.
fn with_journal(folder: &Path, calls: &[Call]) {
    let mut journal = Journal::create(folder, 7).unwrap();
    for call in calls {
        let packed = KeptCall::write(call).unwrap().packed;
        assert!(journal.append([packed.as_slice()].into_iter()).unwrap());
    }
    let db = database(folder);
    db.remove(keys::meta("journal")).unwrap();
}

#[tokio::test]
async fn what_the_journal_has_of_earlier_times_takes_nothing_back() {
    let folder = filled().await;
    let kept = sample::heard(sample::call(1), "goddag");
    let said = sample::heard(sample::call(99), "goddag");
    let struck_out = said.clone().without_words();
    assert_eq!(said.timeline.len(), struck_out.timeline.len());
    let mut calls = vec![sample::call(1), said.clone()];
    calls.extend((200..320).map(sample::call));
    calls.push(struck_out.clone());
    with_journal(folder.path(), &calls);
    let store = open(folder.path()).await.unwrap();
    assert_eq!(store.put_aside().await.unwrap().len(), 1);
    assert_eq!(store.call(kept.id).await.unwrap(), Some(kept));
    assert_eq!(store.call(said.id).await.unwrap(), Some(struck_out));
    assert_eq!(store.counts().await.unwrap().calls, CALLS + 121);
    store.close().await;
}

#[tokio::test]
async fn a_replacing_that_breaks_off_loses_no_call() {
    let folder = filled().await;
    with_journal(folder.path(), &[]);
    // It comes as far as choosing the new database.
    let in_the_way = folder.path().join("current.new");
    std::fs::create_dir(&in_the_way).unwrap();
    refusal(folder.path()).await;
    assert!(!folder.path().join("sled").exists());
    std::fs::remove_dir(&in_the_way).unwrap();

    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await.len() as u64, CALLS);
    assert_eq!(store.counts().await.unwrap().calls, CALLS);
    has_what_the_owner_settled(&store).await;
    assert_eq!(store.put_aside().await.unwrap().len(), 1);
    assert!(!folder.path().join("successor").exists());
    store.close().await;
}

/// Overwrites the stretch of the database's file from these hundredths of it on.
fn overwrite(folder: &Path, from: u64, hundredths: u64) {
    let path = folder.join("sled/db");
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(length * from / 100)).unwrap();
    let stretch = usize::try_from(length * hundredths / 100).unwrap();
    file.write_all(&vec![0x5a; stretch]).unwrap();
}

/// Damages a store while it is open. How many calls are left, where the damage was met.
async fn meets_damage(folder: &Path, place: u64) -> Option<u64> {
    let store = open(folder).await.unwrap();
    overwrite(folder, place, 2);
    let everything = CallFilter {
        simulated: true,
        ..CallFilter::default()
    };
    let read = store.calls(&everything, None, usize::MAX).await;
    if read.is_ok() {
        store.close().await;
        return None;
    }
    assert!(matches!(store.damage(), Some(StoreError::Corrupt { .. })));
    assert!(keep(&store, sample::call(1)).await.is_err());
    assert!(asides(folder).is_empty());
    store.close().await;

    let store = open(folder).await.unwrap();
    has_what_the_owner_settled(&store).await;
    let left = all(&store).await.len() as u64;
    assert_eq!(store.counts().await.unwrap().calls, left);
    assert_eq!(store.put_aside().await.unwrap().len(), 1);
    for gone in ["suspected", "salvage"] {
        assert!(!folder.join(gone).exists());
    }
    keep(&store, sample::call(u64::from(u32::MAX)))
        .await
        .unwrap();
    store.close().await;
    let store = open(folder).await.unwrap();
    assert_eq!(all(&store).await.len() as u64, left + 1);
    store.close().await;
    Some(left)
}

#[tokio::test]
async fn damage_that_is_met_while_the_store_is_open_is_set_aside_and_the_rest_is_kept() {
    const MANY: u64 = 1_500;
    let folder = filled().await;
    let store = Arc::new(open(folder.path()).await.unwrap());
    let mut calls = tokio::task::JoinSet::new();
    for number in CALLS..MANY {
        let store = Arc::clone(&store);
        calls.spawn(async move { keep(&store, sample::call(number)).await });
    }
    for kept in calls.join_all().await {
        kept.unwrap();
    }
    store.close().await;
    // What the journal has would be kept in any case.
    let path = folder.path().join("journal");
    let mut journal = std::fs::read(&path).unwrap();
    journal[4_096..].fill(0);
    std::fs::write(&path, journal).unwrap();

    // Where pages lie differs each time: some places meet no damage, and one in five the root of all.
    let mut left = Vec::new();
    for place in (8..96).step_by(8) {
        let copy = tempfile::tempdir().unwrap();
        journal::copy(folder.path(), copy.path());
        left.extend(meets_damage(copy.path(), place).await);
        if left.iter().any(|left| *left > MANY / 2) {
            return;
        }
    }
    panic!("{left:?} of {MANY} were left");
}

#[tokio::test]
async fn a_store_that_is_suspected_and_whole_stays() {
    let folder = filled().await;
    std::fs::write(folder.path().join("suspected"), "sled").unwrap();
    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await.len() as u64, CALLS);
    assert_eq!(store.put_aside().await.unwrap(), []);
    assert!(!folder.path().join("suspected").exists());
    store.close().await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_replaced_even_where_little_was_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await.unwrap();
    let entry = ListChange::Put(sample::entry(ListName::Allow, "+4520000001"));
    store.change_lists(vec![entry]).await.unwrap();
    store.close().await;
    std::fs::remove_dir_all(folder.path().join("sled")).unwrap();
    let store = open(folder.path()).await.unwrap();
    let entries = store.entries(ListName::Allow, None, 9).await.unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(store.put_aside().await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_damage_or_cannot_be_replaced_is_never_set_aside() {
    // Somebody has it.
    let folder = filled().await;
    let store = open(folder.path()).await.unwrap();
    refusal(folder.path()).await;
    assert_eq!(store.put_aside().await.unwrap(), []);
    store.close().await;

    // A newer program wrote it.
    let db = database(folder.path());
    db.insert(keys::meta("format"), &7_u32.to_be_bytes())
        .unwrap();
    drop(db);
    assert!(refusal(folder.path()).await.contains("newer"));
    assert!(asides(folder.path()).is_empty());

    // Its lists cannot be had.
    for broken in [None, Some(&b"half"[..])] {
        let folder = filled().await;
        let path = folder.path().join("sled/db");
        let damaged = vec![0xa5; std::fs::read(&path).unwrap().len()];
        std::fs::write(&path, &damaged).unwrap();
        let spare = folder.path().join("spare");
        match broken {
            None => std::fs::remove_file(spare).unwrap(),
            Some(bytes) => std::fs::write(spare, bytes).unwrap(),
        }
        let reason = refusal(folder.path()).await;
        assert!(
            reason.contains("backup") || reason.contains("database"),
            "{reason}"
        );
        assert!(asides(folder.path()).is_empty());
        assert!(path.exists());
    }
}

#[tokio::test]
async fn a_store_whose_successor_is_damaged_too_is_set_aside_once() {
    let folder = filled().await;
    let path = folder.path().join("sled/db");
    let damaged = vec![0xa5; std::fs::read(&path).unwrap().len()];
    std::fs::write(&path, &damaged).unwrap();
    // A list change that holds and cannot be read.
    let spare = File::create(folder.path().join("spare")).unwrap();
    let mut spare = Writer::begin(spare, 2).unwrap();
    let bulk = keys::meta("bulk");
    spare.put(&bulk, Some(&value::seal(&[]))).unwrap();
    let entry = ListChange::Put(sample::entry(ListName::Allow, "+4520000001"));
    let staged = keys::staged(&keys::entry(&entry.name()));
    spare.put(&staged, Some(b"?")).unwrap();
    spare.finish().unwrap();
    refusal(folder.path()).await;
    assert_eq!(asides(folder.path()).len(), 1);
    for _ in 0..2 {
        let reason = refusal(folder.path()).await;
        assert!(reason.contains("backup"), "{reason}");
        assert_eq!(asides(folder.path()).len(), 1);
    }
}

/// A call that is packed as in the database, in words that nobody knows yet.
fn in_later_words(call: &Call) -> Vec<u8> {
    let mut call = serde_json::to_value(call).unwrap();
    call["stage"] = "dreaming".into();
    lz4_flex::block::compress_prepend_size(&serde_json::to_vec(&call).unwrap())
}

#[tokio::test]
async fn what_a_later_program_wrote_is_no_damage() {
    // A call and a job in the database: the others are found.
    let folder = filled().await;
    let store = open(folder.path()).await.unwrap();
    let jobs = ["1", "2"].map(|body| Effect::Notify { body: body.into() });
    let commit = Commit {
        call: Arc::new(sample::call(CALLS)),
        effects: jobs.to_vec(),
    };
    store.commit(commit).await.unwrap();
    let due = store.jobs_due(Timestamp::MAX, 9).await.unwrap();
    store.close().await;
    let db = database(folder.path());
    let strange = sample::call(3);
    let first = keys::call(strange.id, 0);
    let mut piece = db.get(&first).unwrap().unwrap().to_vec();
    piece.truncate(32);
    piece.extend(in_later_words(&strange));
    db.insert(first, piece).unwrap();
    let job = keys::job(due[0].due, due[0].id);
    assert!(db.contains_key(&job).unwrap());
    db.insert(job, value::seal(b"{}")).unwrap();
    drop(db);
    let store = open(folder.path()).await.unwrap();
    assert_eq!(all(&store).await.len() as u64, CALLS);
    let left = store.jobs_due(Timestamp::MAX, 1).await.unwrap();
    assert_eq!(left, due[1..]);
    assert!(store.call(strange.id).await.is_err());
    assert!(store.damage().is_none());
    store.close().await;

    // A step in the journal: nothing goes on without it.
    let db = database(folder.path());
    let mark = db.get(keys::meta("journal")).unwrap().unwrap();
    drop(db);
    let (mut journal, _) = Journal::open(folder.path(), Mark::read(&mark).unwrap()).unwrap();
    let step = in_later_words(&sample::call(99));
    assert!(journal.append([step.as_slice()].into_iter()).unwrap());
    drop(journal);
    for _ in 0..2 {
        let reason = refusal(folder.path()).await;
        assert!(reason.contains("newer Portner"), "{reason}");
    }
    assert_eq!(asides(folder.path()), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn a_spare_copy_follows_the_lists() {
    let folder = filled().await;
    let store = open(folder.path()).await.unwrap();
    let remove = ListChange::Remove {
        list: ListName::Allow,
        pattern: NumberPattern::parse("+4520000001").unwrap(),
        line: None,
    };
    store.change_lists(vec![remove]).await.unwrap();
    store.put_setting("key", b"other".to_vec()).await.unwrap();
    store.scrub().await.unwrap();
    let raw = std::fs::read(folder.path().join("spare")).unwrap();
    let has = |text: &str| raw.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!has("4520000001") && has("4520000002"));
    assert!(!has("hash") && has("other"));
    store.close().await;
}
