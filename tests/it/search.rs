//! Words and campaigns are found in the log, and a search that finds little says how far it looked.

use std::sync::Arc;

use portner::call::{Answer, CallEvent, ListEntry, ListName, NumberPattern, Origin, Utterance};
use portner::store::{Commit, ListChange};
use serde_json::{Value, json};

use crate::crowded::{call, fill};
use crate::support::TestApp;

/// More calls than one search looks through.
const MANY: usize = 10_600;

async fn page(app: &TestApp, address: &str) -> String {
    let answer = app.get(address).await;
    assert_eq!(answer.status(), 200, "{address}");
    answer.text().await.unwrap()
}

fn rows(page: &str) -> usize {
    // One more stands in the template that the script copies.
    page.matches("<li id=\"call-").count() - 1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_says_how_far_it_looked_and_goes_on_from_there() {
    let app = TestApp::start().await;
    let mut oldest = call(0);
    oldest.timeline[0].event = CallEvent::Heard {
        turn: 1,
        answer: Answer::Speech(Utterance::new("Hej, det er Lone", Some(0.9))),
    };
    let commit = Commit {
        call: Arc::new(oldest),
        effects: Vec::new(),
    };
    app.store.commit(commit).await.unwrap();
    fill(&app.store, 1, MANY).await;
    let first = page(&app, "/calls?text=lone&lang=en").await;
    assert_eq!(rows(&first), 0);
    assert!(
        first.contains("Searched back to") && first.contains("Nothing found so far"),
        "{first}"
    );
    let (_, rest) = first.split_once("rel=\"next\" href=\"").unwrap();
    let next = rest.split('"').next().unwrap().replace("&amp;", "&");
    let second = page(&app, &format!("{next}&lang=en")).await;
    assert_eq!(rows(&second), 1);
    assert!(!second.contains("Searched back to"), "that was all");
    let common = page(&app, "/calls?text=regning&lang=en").await;
    assert_eq!(rows(&common), 50);
    assert!(!common.contains("Searched back to") && common.contains("Older calls"));

    let first = app.json("/api/v1/calls?text=lone").await;
    assert_eq!(first["calls"], json!([]));
    let next = first["next"].as_str().expect("it looked no further");
    let older = format!("/api/v1/calls?text=lone&before={next}");
    let second = app.json(&older).await;
    assert_eq!(second["calls"][0]["said"], json!(["Hej, det er Lone"]));
    assert_eq!(second["next"], Value::Null);
    let common = app.json("/api/v1/calls?text=regning&limit=7").await;
    assert_eq!(common["calls"].as_array().unwrap().len(), 7);
    assert!(common["next"].is_string());
}

#[tokio::test]
async fn the_calls_of_a_campaign_stand_together() {
    let app = TestApp::start().await;
    let opening = "Goddag, jeg ringer fra Nordlys Energi om jeres aftale på strøm til erhverv";
    for (number, from) in ["+4540112233", "+4540112234", "+4540112235"]
        .iter()
        .enumerate()
    {
        app.call(&number.to_string(), &[("From", from)], &[opening])
            .await;
    }
    app.call(
        "9",
        &[("From", "+4550607080")],
        &["Hej, det er Lone, min lampe er i stykker"],
    )
    .await;
    let calls = app.calls().await;
    let of = |number: &str| {
        let is_his = |call: &&portner::call::Call| call.caller.number.full() == number;
        calls.iter().find(is_his).unwrap().id
    };
    let story = page(&app, &format!("/calls/{}?lang=en", of("+4540112234"))).await;
    let (_, rest) = story.split_once("href=\"/calls?campaign=").unwrap();
    let campaign = rest.split('"').next().unwrap();
    let together = page(&app, &format!("/calls?campaign={campaign}&lang=en")).await;
    assert_eq!(rows(&together), 3);
    assert!(together.contains("3 calls from 3 numbers"), "{together}");
    let none = page(
        &app,
        &format!("/calls?campaign={campaign}&verdict=reject&lang=en"),
    )
    .await;
    assert_eq!(rows(&none), 0);
    let alone = page(&app, &format!("/calls/{}?lang=en", of("+4550607080"))).await;
    assert!(!alone.contains("campaign="));
    let statistics = page(&app, "/statistics?days=7&lang=en").await;
    assert!(statistics.contains(&format!("/calls?campaign={campaign}")));
    assert!(statistics.contains("<circle"), "it stands in the chart");
}

#[tokio::test]
async fn a_campaign_of_many_calls_is_walked_to_its_first() {
    let app = TestApp::start().await;
    let opening = "Goddag, jeg ringer fra Nordlys Energi om jeres aftale på strøm til erhverv";
    for number in 0..47 {
        let from = format!("+45401122{number:02}");
        let words = if number % 2 == 0 {
            opening
        } else {
            "Hej, det er Lone, min lampe er i stykker"
        };
        app.clock.advance(jiff::SignedDuration::from_secs(60));
        app.call(&number.to_string(), &[("From", &from)], &[words])
            .await;
    }
    let campaign = app.service.campaigns().all();
    let campaign = campaign.iter().find(|one| one.calls == 24).unwrap();
    let mut address = format!("/calls?campaign={}&lang=en", campaign.id);
    let (mut found, mut pages) = (Vec::new(), 0);
    loop {
        let shown = page(&app, &address).await;
        pages += 1;
        found.extend(
            shown
                .split("<li id=\"call-")
                .skip(1)
                .map(|row| row.split('"').next().unwrap().to_owned())
                .filter(|id| !id.is_empty()),
        );
        let Some((_, rest)) = shown.split_once("rel=\"next\" href=\"") else {
            break;
        };
        address = rest.split('"').next().unwrap().replace("&amp;", "&");
    }
    let calls = app.calls().await;
    let of = calls.iter().filter(|call| {
        call.opening()
            .is_some_and(|words| words.contains("Nordlys"))
    });
    let expected: Vec<String> = of.map(|call| call.id.to_string()).collect();
    assert_eq!((pages, expected.len()), (2, 24));
    assert_eq!(found, expected, "each once, the newest first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_of_a_list_goes_on_to_its_end() {
    let app = TestApp::start().await;
    let entry = |number: u32| {
        // Many at the beginning, and one behind more than one search looks through.
        let is_meant = number < 120 || number == 51_000;
        ListChange::Put(ListEntry {
            pattern: NumberPattern::parse(&format!("+45{}", 20_000_000 + number)).unwrap(),
            list: ListName::Allow,
            line: None,
            note: if is_meant { "Æblehave" } else { "" }.to_owned(),
            origin: Origin::Import,
            added_at: "2026-03-02T09:00:00Z".parse().unwrap(),
            expires_at: None,
        })
    };
    let all = (0..=51_000).map(entry).collect();
    app.store.change_lists(all).await.unwrap();
    let mut address = "/lists/allow?q=%C3%A6blehave&lang=en".to_owned();
    let mut found = Vec::new();
    loop {
        let shown = page(&app, &address).await;
        let rows = shown.matches("<span class=\"number\">").count();
        found.push(rows);
        let Some((_, rest)) = shown.split_once("rel=\"next\" href=\"") else {
            break;
        };
        let next = rest.split('"').next().unwrap();
        address = format!("{}&lang=en", next.replace("&amp;", "&"));
    }
    assert_eq!(found, [100, 20, 1]);
    let none = page(&app, "/lists/allow?q=ingen&after=%2B4520050999&lang=en").await;
    assert!(none.contains("There are no more."), "{none}");
    let far = page(&app, "/lists/allow?q=ingen&lang=en").await;
    assert!(far.contains("Nothing found so far."), "{far}");
}
