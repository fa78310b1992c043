//! What stands beside the calls: settings, shelves, marks.

use super::{Tested, is_too_big, keep};
use crate::call::{Call, Judged, Mark, Treatment};
use crate::store::sample::{self, dawn};
use crate::store::{CallFilter, Shelf, marks};

contract! {
    settings_are_kept
    shelves_are_kept_apart_and_in_order
    marks_stand_beside_the_calls
}

async fn settings_are_kept(store: Tested) {
    assert_eq!(store.setting("key").await.unwrap(), None);
    for value in [&b"one"[..], b"", b"three"] {
        store.put_setting("key", value.to_vec()).await.unwrap();
        assert_eq!(store.setting("key").await.unwrap().as_deref(), Some(value));
        assert_eq!(store.setting("ke").await.unwrap(), None);
    }
    store.check().await.unwrap();
    store.put_setting("key", vec![7; 4_095]).await.unwrap();
    is_too_big(store.put_setting("key", vec![8; 4_096]).await);
    let kept = store.setting("key").await.unwrap();
    assert_eq!(kept, Some(vec![7; 4_095]));
}

async fn shelves_are_kept_apart_and_in_order(store: Tested) {
    let names = |shelf| {
        let store = store.clone();
        async move {
            let page = store.shelf(shelf, None, 10).await.unwrap();
            let names = page.into_iter().map(|one| one.name);
            names.collect::<Vec<_>>()
        }
    };
    let put = |name: &[u8], value: Option<&[u8]>| (name.to_vec(), value.map(<[u8]>::to_vec));
    let changes = vec![
        put(b"b", Some(b"2")),
        put(b"\xff", Some(b"4")),
        put(b"a", Some(b"1")),
    ];
    store.shelve(Shelf::Campaigns, changes).await.unwrap();
    let other = vec![put(b"c", Some(b"3"))];
    store.shelve(Shelf::RuleHits, other).await.unwrap();
    assert_eq!(
        names(Shelf::Campaigns).await,
        [b"a".to_vec(), b"b".to_vec(), vec![0xff]]
    );
    assert_eq!(names(Shelf::RuleHits).await, [b"c".to_vec()]);
    let rest = store.shelf(Shelf::Campaigns, Some(b"a"), 1).await.unwrap();
    assert_eq!((rest.len(), &rest[0].name[..]), (1, &b"b"[..]));
    let changes = vec![put(b"a", None), put(b"b", Some(b"5"))];
    store.shelve(Shelf::Campaigns, changes).await.unwrap();
    assert_eq!(store.shelved(Shelf::Campaigns, b"a").await.unwrap(), None);
    assert_eq!(
        store.shelved(Shelf::Campaigns, b"b").await.unwrap(),
        Some(b"5".to_vec())
    );
    let big = vec![put(b"d", Some(b"1")), put(b"e", Some(&[0; 6_001]))];
    is_too_big(store.shelve(Shelf::Campaigns, big).await);
    assert_eq!(store.shelved(Shelf::Campaigns, b"d").await.unwrap(), None);
}

async fn marks_stand_beside_the_calls(store: Tested) {
    let calls: Vec<Call> = (0..5).map(sample::call).collect();
    for call in &calls {
        keep(&store, call).await;
    }
    let mark = |judged| Mark::new(judged, "kender ham", "owner", dawn());
    let wrong = mark(Judged::Wrong {
        should: Some(Treatment::Connect),
    });
    let right = mark(Judged::Right);
    for (at, mark) in [(1, &wrong), (3, &right), (4, &wrong)] {
        assert!(marks::put(&*store, calls[at].id, Some(mark)).await.unwrap());
    }
    let nobody = sample::call(77).id;
    assert!(!marks::put(&*store, nobody, Some(&right)).await.unwrap());
    // A late event does not touch the mark.
    keep(&store, &sample::judged(calls[1].clone(), Treatment::Reject)).await;
    assert_eq!(
        marks::of(&*store, calls[1].id).await.unwrap(),
        Some(wrong.clone())
    );
    assert_eq!(marks::all(&*store).await.unwrap().len(), 3);
    let of = |filter: CallFilter, before, limit| {
        let store = store.clone();
        async move {
            let is_wrong = |mark: &Mark| mark.judged.is_wrong();
            let page = marks::calls(&*store, &filter, is_wrong, before, limit);
            let page = page.await.unwrap();
            let ids: Vec<_> = page.calls.iter().map(|call| call.id).collect();
            (ids, page.next)
        }
    };
    let all = CallFilter::default();
    assert_eq!(
        of(all.clone(), None, 9).await,
        (vec![calls[4].id, calls[1].id], None)
    );
    assert_eq!(
        of(all.clone(), None, 1).await,
        (vec![calls[4].id], Some(calls[4].id))
    );
    assert_eq!(
        of(all, Some(calls[4].id), 9).await,
        (vec![calls[1].id], None)
    );
    let rejected = CallFilter {
        verdict: Some(Treatment::Reject),
        ..CallFilter::default()
    };
    assert_eq!(of(rejected, None, 9).await, (vec![calls[1].id], None));
    assert!(marks::put(&*store, calls[1].id, None).await.unwrap());
    assert_eq!(marks::of(&*store, calls[1].id).await.unwrap(), None);
}
