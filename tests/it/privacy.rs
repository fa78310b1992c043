//! What is held on a caller: given out whole, erased to the last byte, and removed when its time is
//! over.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portner::call::{
    Call, CallId, Clock as _, Disposition, E164, Effect, Judged, ListEntry, ListName, Mark,
    NumberPattern, Origin, Stage,
};
use portner::store::{self, CallFilter, Commit, Job, ListChange, Shelf, Shelved, Store, marks};
use portner::telemetry::AlarmKind;
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::fail_open::Installation;
use crate::support::TestApp;

const NUMBER: &str = "+4526374859";
/// The number's digits as they may stand in files: as text, and as the indexes have them.
const DIGITS: &[u8] = b"26374859";
/// A word that nobody says, and that compression leaves as it is.
const WORD: &str = "Xqzvwkjy";
const WORDS: &str = "ja goddag du taler med Xqzvwkjy fra Nordlys, jeg ringer om jeres telefoner";

/// The files under a folder in which any of these bytes stand.
fn files_with(folder: &Path, wanted: &[&[u8]]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, wanted));
            continue;
        }
        let bytes = match fs::read(&path) {
            // Some come and go while it looks.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            read => read.unwrap(),
        };
        let holds = |wanted: &&&[u8]| bytes.windows(wanted.len()).any(|window| window == **wanted);
        if wanted.iter().any(|wanted| holds(&wanted)) {
            found.insert(path.display().to_string());
        }
    }
    found
}

fn everything_of_the_number() -> [Vec<u8>; 3] {
    let number: E164 = NUMBER.parse().unwrap();
    [
        DIGITS.to_vec(),
        WORD.as_bytes().to_vec(),
        number.as_u64().to_be_bytes().to_vec(),
    ]
}

async fn the_call(app: &TestApp) -> Call {
    let number = NUMBER.parse().ok();
    let calls = app.calls().await;
    let mut its = calls
        .into_iter()
        .filter(|call| call.caller.number.public() == number);
    its.next().unwrap()
}

/// Puts something of the number, or of its words, wherever such a thing can stand.
async fn fill_every_place(app: &TestApp) -> Call {
    let from = [("From", NUMBER), ("CallerName", WORD)];
    app.call("1", &from, &[WORDS, WORDS]).await;
    let call = the_call(app).await;
    let recorded = [
        from[0],
        (
            "RecordingUrl",
            "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE00000000000000000000000000000001",
        ),
        ("RecordingDuration", "7"),
    ];
    app.hook("1", &format!("recorded?turn={}", call.turn), &recorded)
        .await;
    app.hook("1", "status", &[from[0], ("CallStatus", "completed")])
        .await;
    let put = app
        .api(Method::PUT, &format!("/api/v1/lists/block/{NUMBER}"))
        .json(&json!({ "note": WORD }))
        .send();
    assert!(put.await.unwrap().status().is_success());
    let call = the_call(app).await;
    for (at, effect) in [
        Effect::Notify {
            body: format!(r#"{{"caller":"{NUMBER}","caller_name":"{WORD}"}}"#),
        },
        Effect::Text {
            to: "+4520111111".parse().unwrap(),
            body: WORD.into(),
        },
    ]
    .into_iter()
    .enumerate()
    {
        let job = Job {
            id: Uuid::from_u128(7 + at as u128),
            // The first is known by the number alone, as if its call were gone.
            call: if at == 0 {
                CallId::from_bytes([9; 16])
            } else {
                call.id
            },
            provider: "twilio".into(),
            effect,
            attempts: 3,
            due: Timestamp::MAX,
        };
        app.store.put_job(job).await.unwrap();
    }
    // Whoever adds a shelf says here how something of a caller comes onto it.
    for shelf in Shelf::ALL {
        match shelf {
            Shelf::Marks => {
                let now = call.started_at;
                let mark = Mark::new(Judged::Right, WORD, "per", now);
                assert!(
                    marks::put(app.store.as_ref(), call.id, Some(&mark))
                        .await
                        .unwrap()
                );
            }
            // Written by the service itself, a little later.
            Shelf::Campaigns => {
                for _ in 0..200 {
                    if !app.store.shelf(shelf, None, 1).await.unwrap().is_empty() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                let kept = app.store.shelf(shelf, None, 9).await.unwrap();
                let its = |one: &Shelved| String::from_utf8_lossy(&one.value).contains(NUMBER);
                assert!(kept.iter().any(its), "{kept:?}");
            }
            // Written by the service itself, a moment after the message was left.
            Shelf::Unheard => {
                for _ in 0..200 {
                    if !app.store.shelf(shelf, None, 1).await.unwrap().is_empty() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                let kept = app.store.shelf(shelf, None, 9).await.unwrap();
                assert_eq!(kept[0].name, call.id.as_bytes(), "{kept:?}");
            }
            // Written when the entry was put on the list.
            Shelf::Audit => {
                let kept = app.store.shelf(shelf, None, 9).await.unwrap();
                let text = String::from_utf8_lossy(&kept[0].value).into_owned();
                assert!(text.contains(NUMBER), "{text}");
            }
            // Only of rules, and of those who use the desk.
            Shelf::RuleHits | Shelf::Accounts | Shelf::Sessions => {}
        }
    }
    call
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_gets_everything_and_whoever_wants_it_gone_leaves_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_on(&format!("sled:{}", folder.path().display())).await;
    let stop = CancellationToken::new();
    tokio::spawn(Arc::clone(&app.service).run(stop.clone()));
    app.call(
        "2",
        &[("From", "+4520304050")],
        &["Hej, det er Lone fra bageriet"],
    )
    .await;
    let call = fill_every_place(&app).await;
    let wanted = everything_of_the_number();
    let wanted: Vec<&[u8]> = wanted.iter().map(Vec::as_slice).collect();
    assert!(
        files_with(folder.path(), &wanted).len() >= 2,
        "nothing was kept to be erased"
    );

    let address = format!("/api/v1/numbers/{NUMBER}");
    let held = app.json(&address).await;
    let count = |of: &str| held[of].as_array().unwrap().len();
    for (place, least) in [
        ("calls", 1),
        ("entries", 1),
        ("outbox", 2),
        ("campaigns", 1),
        ("deeds", 1),
    ] {
        assert_eq!(count(place), least, "{place}: {held:#}");
    }
    assert_eq!(held["calls"][0]["mark"]["note"], WORD);
    assert_eq!(held["calls"][0]["unheard"], true);

    let erase = || app.api(Method::DELETE, &address).send();
    let answer = erase().await.unwrap();
    assert_eq!(answer.status(), 200);
    let erased: Value = answer.json().await.unwrap();
    assert_eq!(
        erased,
        json!({
            "calls": 1, "entries": 1, "outbox": 2, "campaigns": 1, "deeds": 1, "recordings": 1,
            "scrubbed": true, "not_reached": []
        })
    );
    assert_eq!(files_with(folder.path(), &wanted), BTreeSet::new());
    let held = app.json(&address).await;
    for place in ["calls", "entries", "outbox", "campaigns", "deeds"] {
        assert_eq!(held[place], json!([]), "{place}");
    }
    assert_eq!(marks::of(app.store.as_ref(), call.id).await.unwrap(), None);
    let unheard = app.store.shelf(Shelf::Unheard, None, 9).await.unwrap();
    assert_eq!(unheard, []);
    assert!(!app.service.unheard().holds(call.id));
    // The provider is told to remove the recording; that is all that is left, and names nobody.
    let jobs = app.store.jobs_due(Timestamp::MAX, 9).await.unwrap();
    assert!(
        matches!(&jobs[..], [Job { effect: Effect::DeleteRecording { url }, .. }] if url.ends_with("0001")),
        "{jobs:?}"
    );
    // What was done is written down without the number; the other caller is untouched.
    let deeds = app.store.shelf(Shelf::Audit, None, 9).await.unwrap();
    let deeds: Vec<_> = deeds
        .iter()
        .map(|one| String::from_utf8_lossy(&one.value))
        .collect();
    for deed in ["erased everything", "4526····59"] {
        assert!(deeds.iter().any(|one| one.contains(deed)), "{deeds:?}");
    }
    assert_eq!(app.calls().await.len(), 1);
    // Once more is no mistake.
    assert_eq!(erase().await.unwrap().status(), 200);
    stop.cancel();
    app.store.close().await;
    assert_eq!(files_with(folder.path(), &wanted), BTreeSet::new());
}

#[tokio::test]
async fn a_number_on_the_phone_is_erased_when_the_call_is_over() {
    let app = TestApp::start().await;
    app.call("1", &[("From", NUMBER)], &["Hej, det er Lone"])
        .await;
    let erase = || {
        app.api(Method::DELETE, &format!("/api/v1/numbers/{NUMBER}"))
            .send()
    };
    let refused = erase().await.unwrap();
    assert_eq!(refused.status(), 409);
    let said: Value = refused.json().await.unwrap();
    assert!(
        said["message"]
            .as_str()
            .unwrap()
            .contains("in a call right now"),
        "{said}"
    );
    assert_eq!(app.calls().await.len(), 1);
    app.hook(
        "1",
        "status",
        &[("From", NUMBER), ("CallStatus", "completed")],
    )
    .await;
    assert_eq!(erase().await.unwrap().status(), 200);
    assert!(app.calls().await.is_empty());
    for wrong in ["/api/v1/numbers/bageriet", "/api/v1/numbers/+45"] {
        assert_eq!(
            app.api(Method::DELETE, wrong)
                .send()
                .await
                .unwrap()
                .status(),
            400
        );
    }
}

/// A house that has looked for what is old once, as it does by itself when it begins.
async fn house_with(settings: &str) -> Installation {
    let house = Installation::with(settings, |twilio| Arc::new(twilio)).await;
    for _ in 0..500 {
        if house
            .kept
            .setting("retention-words")
            .await
            .unwrap()
            .is_some()
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // What is older than that is put there afterwards.
    for part in ["retention-words", "retention-recordings"] {
        house.kept.put_setting(part, Vec::new()).await.unwrap();
    }
    house
}

/// A call that began so many days before the clock of this house, and is over.
async fn call_days_ago(house: &Installation, days: i64, number: u32) -> Call {
    let sid = format!("CA{number:032x}");
    let from = format!("+4520{number:06}");
    let more = [("From", from.as_str()), ("CallerName", WORD)];
    house.hook_of(&sid, "voice", &more).await;
    let said = [("From", from.as_str()), ("SpeechResult", WORDS)];
    house.hook_of(&sid, "heard?turn=1", &said).await;
    let id = portner::call::ProviderCallId {
        provider: "twilio".into(),
        id: sid,
    };
    let call = house.kept.call_by_provider(&id).await.unwrap().unwrap();
    if days > 0 {
        house.kept.remove_calls(vec![call.id]).await.unwrap();
    }
    let age = SignedDuration::from_hours(24 * days);
    let mut old = call.clone();
    old.started_at = call.started_at - age;
    // Names are in the order of time.
    let mut name = *CallId::new(old.started_at).as_bytes();
    name[12..].copy_from_slice(&number.to_be_bytes());
    if days > 0 {
        old.id = CallId::from_bytes(name);
    }
    old.stage = Stage::Ended;
    old.disposition = Some(Disposition::Message);
    old.recording = Some(portner::call::Recording {
        url: format!("https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE{number:032x}"),
        seconds: Some(7),
    });
    keep(house.kept.as_ref(), &old).await;
    old
}

async fn keep(store: &dyn Store, call: &Call) {
    let (call, effects) = (Arc::new(call.clone()), Vec::new());
    store.commit(Commit { call, effects }).await.unwrap();
}

#[tokio::test]
async fn what_was_said_goes_first_then_what_was_recorded_then_the_call() {
    let house = house_with("").await;
    let mut calls = Vec::new();
    for (number, days) in (1..).zip([1, 29, 31, 59, 61, 89, 91, 400]) {
        calls.push((days, call_days_ago(&house, days, number).await));
    }
    let removed = house.service.tidy().await.unwrap();
    assert_eq!(
        (removed.words, removed.recordings, removed.calls),
        (6, 4, 2)
    );
    let again = house.service.tidy().await.unwrap();
    assert_eq!(again, portner::service::retention::Removed::default());
    for (days, before) in &calls {
        let now = house.kept.call(before.id).await.unwrap();
        if *days > 90 {
            assert_eq!(now, None, "after {days} days");
            continue;
        }
        let now = now.unwrap();
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(text.contains(WORD), *days < 30, "after {days} days: {text}");
        assert_eq!(
            now.recording_kept().is_some(),
            *days < 60,
            "after {days} days"
        );
        if *days < 30 {
            assert_eq!(now, *before);
        }
        // What the log is for is there as long as the call is.
        assert_eq!(now.caller.number, before.caller.number);
        assert_eq!(now.verdict, before.verdict);
        assert_eq!(now.recording.unwrap().seconds, Some(7));
        let rules = |call: &Call| {
            call.reasons
                .iter()
                .map(|one| one.rule.clone())
                .collect::<Vec<_>>()
        };
        let now = house.kept.call(before.id).await.unwrap().unwrap();
        assert_eq!(rules(&now), rules(before));
    }
    // The provider removes what it recorded, once for each.
    let jobs = house.kept.jobs_due(Timestamp::MAX, 99).await.unwrap();
    let urls: BTreeSet<&str> = jobs
        .iter()
        .filter_map(|job| match &job.effect {
            Effect::DeleteRecording { url } => Some(url.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(urls.len(), 4, "{jobs:?}");
    let figures = house.service.metrics().render();
    assert!(
        figures.contains(r#"portner_forgotten_total{kind="words"} 6"#),
        "{figures}"
    );
}

#[tokio::test]
async fn a_message_waits_no_longer_than_there_is_something_to_hear() {
    let house = house_with("").await;
    for (number, days) in [(1, 59), (2, 61), (3, 91), (4, 1)] {
        let call = call_days_ago(&house, days, number).await;
        let unheard = house.service.unheard();
        let marked = unheard.mark(house.kept.as_ref(), &call, false).await;
        marked.unwrap();
    }
    assert_eq!(house.service.unheard().on_lines(|_| true).len(), 4);
    house.service.tidy().await.unwrap();
    let left = house.service.unheard().on_lines(|_| true);
    assert_eq!(left.len(), 2);
    for id in left {
        let call = house.kept.call(id).await.unwrap().unwrap();
        assert!(call.recording_kept().is_some());
    }
    let kept = house.kept.shelf(Shelf::Unheard, None, 9).await.unwrap();
    assert_eq!(kept.len(), 2);
}

#[tokio::test]
async fn after_a_year_without_power_everything_is_made_up_for() {
    let house = house_with("").await;
    for number in 1..=350 {
        call_days_ago(&house, i64::from(number % 29), number).await;
    }
    let deed = |at: Timestamp| {
        let name = [&store::newest_first(at)[..], &[1, 2, 3, 4]].concat();
        vec![(name, Some(br#"{"what":"PUT"}"#.to_vec()))]
    };
    let now = "2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap();
    house.kept.shelve(Shelf::Audit, deed(now)).await.unwrap();
    let made = Uuid::from_bytes(*CallId::new(now).as_bytes());
    let job = Job {
        id: made,
        call: CallId::from_bytes([0; 16]),
        provider: String::new(),
        effect: Effect::Notify { body: "{}".into() },
        attempts: 10,
        due: Timestamp::MAX,
    };
    house.kept.put_job(job).await.unwrap();
    let removed = house.service.tidy().await.unwrap();
    assert_eq!(
        removed,
        portner::service::retention::Removed::default(),
        "all is young"
    );
    house.clock.advance(SignedDuration::from_hours(24 * 366));
    let fresh = call_days_ago(&house, 0, 999).await;
    let removed = house.service.tidy().await.unwrap();
    assert_eq!((removed.words, removed.calls), (350, 350));
    assert_eq!((removed.outbox, removed.audit), (1, 1));
    let left = house
        .kept
        .calls(&CallFilter::default(), None, 999)
        .await
        .unwrap();
    assert_eq!(left.calls, [fresh]);
    assert!(
        house
            .kept
            .shelf(Shelf::Audit, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let began = std::time::Instant::now();
    let stands = || {
        let standing = house.service.metrics().alarms().standing();
        standing.iter().any(|alarm| alarm.kind == AlarmKind::Outbox)
    };
    while stands() {
        assert!(began.elapsed() < Duration::from_secs(20), "it is over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_clock_that_leaps_ten_years_ahead_makes_nothing_forgotten() {
    let house = house_with("").await;
    let is_told = async |wanted: bool| {
        let stands = || {
            let standing = house.service.metrics().alarms().standing();
            standing.iter().any(|alarm| alarm.kind == AlarmKind::Clock)
        };
        let began = std::time::Instant::now();
        while stands() != wanted {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "alarm: {}",
                !wanted
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let call = call_days_ago(&house, 1, 1).await;
    let tidy = || async { house.service.tidy_by_a_trusted_clock().await.unwrap() };
    let nothing = Some(portner::service::retention::Removed::default());
    let years = SignedDuration::from_hours(24 * 3_650);
    assert_eq!(tidy().await, nothing);
    is_told(false).await;
    house.clock.advance(years);
    assert_eq!(tidy().await, None);
    is_told(true).await;
    house.clock.advance(-years);
    assert_eq!(tidy().await, nothing, "it was set right");
    is_told(false).await;
    assert_eq!(house.kept.call(call.id).await.unwrap(), Some(call.clone()));

    // Where it was right all along, what is old is removed a day later.
    house.clock.advance(years);
    assert_eq!(tidy().await, None);
    is_told(true).await;
    house.clock.advance(SignedDuration::from_hours(25));
    let removed = tidy().await.unwrap();
    assert_eq!(removed.calls, 1);
    is_told(false).await;
    assert_eq!(house.kept.call(call.id).await.unwrap(), None);
}

#[tokio::test]
async fn nothing_is_removed_where_the_owner_keeps_it_for_ever() {
    let settings = "[retention]\nwords_days = 0\nrecordings_days = 0\ncalls_days = 0\naudit_days = 0\noutbox_days = 0\n";
    let house = Installation::with(settings, |twilio| Arc::new(twilio)).await;
    let call = call_days_ago(&house, 3_000, 1).await;
    let removed = house.service.tidy().await.unwrap();
    assert_eq!(removed, portner::service::retention::Removed::default());
    assert_eq!(house.kept.call(call.id).await.unwrap(), Some(call));
}

#[tokio::test]
async fn a_campaign_that_is_refused_outlives_the_calls_it_was_known_by() {
    let house = house_with("").await;
    for number in 1..=3 {
        call_days_ago(&house, 0, number).await;
    }
    let campaign = house.service.campaigns().all().remove(0);
    let now = "2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap();
    let until = now + SignedDuration::from_hours(24 * 1_000);
    let store = house.service.keeper().store().unwrap();
    let refused = house
        .service
        .campaigns()
        .refuse(store.as_ref(), campaign.id, Some(until), now);
    assert!(refused.await.unwrap().is_some());
    house.clock.advance(SignedDuration::from_hours(24 * 40));
    house.service.tidy().await.unwrap();
    let left = house.service.campaigns().all();
    assert_eq!(left.len(), 1);
    assert!(left[0].sightings.is_empty(), "{left:?}");
    // Whoever is erased takes his words with him, refused or not.
    let entry = ListEntry {
        pattern: NumberPattern::parse("+4520000001").unwrap(),
        list: ListName::Block,
        line: None,
        note: String::new(),
        origin: Origin::Owner,
        added_at: now,
        expires_at: None,
    };
    let changes = vec![ListChange::Put(entry)];
    house.kept.change_lists(changes).await.unwrap();
    let erased = house
        .service
        .erase("+4520000001".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        (erased.calls, erased.entries, erased.scrubbed),
        (1, 1, true)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is kept how long, and however old calls are: what is younger is as it was.
    #[test]
    fn what_is_young_is_never_touched(words in 1_u16..60, calls in 1_u16..60, ages in prop::collection::vec(0_i64..80, 1..8)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let settings = format!("[retention]\nwords_days = {words}\nrecordings_days = 0\ncalls_days = {calls}\n");
            let house = house_with(&settings).await;
            let mut kept = Vec::new();
            for (number, days) in (1..).zip(ages) {
                kept.push((days, call_days_ago(&house, days, number).await));
            }
            house.service.tidy().await.unwrap();
            for (days, before) in kept {
                let now = house.kept.call(before.id).await.unwrap();
                if days < i64::from(calls) && days < i64::from(words) {
                    assert_eq!(now.as_ref(), Some(&before), "{days} days");
                }
                assert_eq!(now.is_some(), days <= i64::from(calls), "{days} of {calls} days");
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_were_put_aside_are_named_when_a_number_is_erased_and_go_when_their_time_is_over()
 {
    let folder = tempfile::tempdir().unwrap();
    let app = TestApp::start_on(&format!("sled:{}", folder.path().display())).await;
    let aside = ["before-restore-1", "damaged-1"].map(|name| folder.path().join(name));
    for path in &aside {
        fs::create_dir_all(path.join("sled")).unwrap();
        fs::write(path.join("sled/db"), DIGITS).unwrap();
    }
    let erased = || async {
        let address = format!("/api/v1/numbers/{NUMBER}");
        let answer = app.api(Method::DELETE, &address).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    assert_eq!(
        erased().await["not_reached"],
        json!(["before-restore-1", "damaged-1"])
    );
    let put_there = |days: i64| {
        let at = app.clock.now() - SignedDuration::from_hours(24 * days);
        let at = std::time::UNIX_EPOCH + Duration::from_secs(at.as_second().unsigned_abs());
        for path in &aside {
            fs::File::open(path).unwrap().set_modified(at).unwrap();
        }
    };
    put_there(29);
    assert_eq!(app.service.tidy().await.unwrap().aside, 0);
    assert_eq!(files_with(folder.path(), &[DIGITS]).len(), 2);
    put_there(31);
    assert_eq!(app.service.tidy().await.unwrap().aside, 2);
    assert_eq!(files_with(folder.path(), &[DIGITS]).len(), 0);
    assert_eq!(erased().await["not_reached"], json!([]));
}
