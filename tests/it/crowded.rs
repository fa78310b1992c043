//! What a long log costs. Takes minutes, so it is only run when asked for:
//! `cargo test --release --test it crowded -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use portner::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, Entry, Language, LineId, ProviderCallId,
    Utterance,
};
use portner::store::{self, Commit, Store};

use crate::disk::House;
use crate::kill::number_from;
use crate::support::TestApp;

/// How many calls are written at once.
const AT_ONCE: usize = 500;

pub fn call(number: usize) -> Call {
    let second = 1_740_000_000 + i64::try_from(number).unwrap() * 60;
    let at = jiff::Timestamp::from_second(second).unwrap();
    let caller = CallerNumber::read(&format!("+45{}", 40_000_000 + number % 5_000));
    let provider = ProviderCallId {
        provider: "twilio".to_owned(),
        id: format!("CA{number:032}"),
    };
    let line = LineId("demo".to_owned());
    let caller = Caller::with_number(caller);
    let mut call = Call::begin(
        CallId::new(at),
        provider,
        line,
        Language::Da,
        caller,
        String::new(),
        at,
    );
    call.timeline.push(Entry {
        at,
        event: CallEvent::Heard {
            turn: 1,
            answer: Answer::Speech(Utterance::new("Hej, jeg ringer om en regning", Some(0.9))),
        },
        instructions: Vec::new(),
    });
    call
}

pub async fn fill(store: &Arc<dyn Store>, from: usize, to: usize) {
    for start in (from..to).step_by(AT_ONCE) {
        let mut writing = tokio::task::JoinSet::new();
        for number in start..(start + AT_ONCE).min(to) {
            let store = Arc::clone(store);
            writing.spawn(async move {
                let call = Arc::new(call(number));
                let effects = Vec::new();
                store.commit(Commit { call, effects }).await.unwrap();
            });
        }
        while let Some(written) = writing.join_next().await {
            written.unwrap();
        }
    }
}

/// The median time of a page, in fifty tries.
async fn median(app: &TestApp, path: &str) -> Duration {
    let mut took = Vec::new();
    for _ in 0..50 {
        let began = Instant::now();
        let page = app.get(path).await;
        assert_eq!(page.status(), 200);
        page.text().await.unwrap();
        took.push(began.elapsed());
    }
    took.sort_unstable();
    took[took.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn the_log_of_a_hundred_thousand_calls_is_as_quick_as_that_of_a_hundred() {
    let folder = tempfile::tempdir().unwrap();
    let address = format!("sled:{}", folder.path().join("data").display());
    let app = TestApp::start_on(&address).await;
    fill(&app.store, 0, 100).await;
    let few = median(&app, "/calls").await;
    fill(&app.store, 100, 100_000).await;
    let many = median(&app, "/calls").await;
    let older = median(&app, &format!("/calls?before={}", call(50_000).id)).await;
    println!("100 calls {few:?}, 100,000 calls {many:?}, in their middle {older:?}");
    assert!(many < few * 3, "{few:?} {many:?}");
}

/// How often it is killed.
const KILLS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn killed_over_half_a_million_calls_it_answers_within_a_second() {
    let calls = usize::try_from(number_from("PORTNER_CROWD", 500_000)).unwrap();
    let house = House::new();
    let address = format!("sled:{}", house.data().display());
    let store = store::open(&address).await.unwrap();
    fill(&store, 0, calls).await;
    store.close().await;
    let (mut first, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..KILLS {
        let began = Instant::now();
        let service = house.start();
        house.call().await;
        first.push(began.elapsed());
        house.is_ready(&service).await;
        whole.push(began.elapsed());
        // So that there is something to take over from the journal.
        for _ in 0..20 {
            house.call().await;
        }
        drop(service);
    }
    first.sort_unstable();
    whole.sort_unstable();
    println!(
        "{calls} calls, killed {KILLS} times: first instructions after {:?} (median), {:?} (longest); \
         the store open after {:?}, {:?}",
        first[KILLS / 2],
        first[KILLS - 1],
        whole[KILLS / 2],
        whole[KILLS - 1]
    );
    assert!(first[KILLS - 1] <= Duration::from_secs(1));
}
