//! Stores that earlier programs really wrote open, and keep everything: `tests/store/README.md`.

use std::path::Path;

use super::journal::copy;
use super::{all, database, keep, keys, open};
use crate::call::{Disposition, E164, Ground, ListName, Origin, Stage};
use crate::store::{Counts, Store, sample};

#[tokio::test]
async fn a_store_of_format_1_opens_and_keeps_everything() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/format-1");
    copy(&kept, folder.path());
    let format = |folder: &Path| {
        let format = database(folder).get(keys::meta("format")).unwrap();
        u32::from_be_bytes(*format.unwrap().first_chunk().unwrap())
    };
    assert_eq!(format(folder.path()), 1);

    let store = open(folder.path()).await.unwrap();
    let counts = Counts {
        calls: 5,
        entries: 4,
        jobs: 0,
    };
    assert_eq!(store.counts().await.unwrap(), counts);
    let calls = all(&store).await;
    let judged: Vec<(Option<E164>, Ground, Option<Disposition>)> = calls
        .iter()
        .map(|call| {
            let verdict = call.verdict.as_ref().unwrap();
            (
                call.caller.number.public(),
                verdict.ground,
                call.disposition,
            )
        })
        .collect();
    let expected = [
        ("+4570112233", Ground::Blocked, Disposition::Rejected),
        ("", Ground::Silent, Disposition::NotAnswered),
        ("+4520304051", Ground::Errand, Disposition::Connected),
        (
            "+4520304050",
            Ground::UntargetedSelling,
            Disposition::Rejected,
        ),
        ("+4571234567", Ground::Allowed, Disposition::Connected),
    ];
    let expected = expected.map(|(number, ground, end)| (number.parse().ok(), ground, Some(end)));
    assert_eq!(judged, expected);
    assert!(calls.iter().all(|call| call.stage == Stage::Ended));
    let said = calls[2].opening().unwrap();
    assert_eq!(said, "hej det er Mette Holm fra Skive Kommune");
    for call in &calls {
        let found = store.call_by_provider(&call.provider).await.unwrap();
        assert_eq!(found.as_ref(), Some(call));
    }
    let allowed = store.entries(ListName::Allow, None, 9).await.unwrap();
    assert_eq!(allowed.len(), 2);
    assert!(allowed.iter().any(|entry| entry.origin == Origin::Whisper));
    let number = "+4570998877".parse().unwrap();
    let matching = store.entries_matching(number).await.unwrap();
    assert!(matching.iter().any(|entry| entry.list == ListName::Block));

    keep(&store, sample::call(1)).await.unwrap();
    store.close().await;
    assert_eq!(format(folder.path()), 2);
    let store = open(folder.path()).await.unwrap();
    let calls_now = all(&store).await;
    assert_eq!(calls_now.len(), 6);
    assert!(calls.iter().all(|call| calls_now.contains(call)));
    store.close().await;
}
