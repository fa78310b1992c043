//! Guessing at the desk's doors: hardly any guess is looked at, and calls do not wait for those who log in.
//!
//! `PORTNER_GUESSES` says how many guesses (300 where it is not set), and for how many seconds people log
//! in, a hundredth of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::kill::number_from;
use crate::support::{TestApp, first_account};

const PASSWORD: &str = "hest og vogn";
/// So many guesses may be looked at.
const LOOKED_AT: usize = 20;
/// How long 99 of 100 calls wait at most. A build for debugging beside other tests is promised less.
const PROMISED: Duration = Duration::from_millis(if cfg!(debug_assertions) { 3_000 } else { 100 });

/// What a guess at this name is answered with.
async fn guess(app: &TestApp, name: &str, password: &str) -> u16 {
    let form = [("name", name), ("password", password)];
    let request = app.client.post(app.url("/login")).form(&form);
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_guesses_hardly_any_is_looked_at() {
    let guesses = number_from("PORTNER_GUESSES", 300);
    let app = Arc::new(TestApp::start().await);
    first_account(&app, "anne", PASSWORD).await;
    let mut guessing = JoinSet::new();
    for guesser in 0..16 {
        let app = Arc::clone(&app);
        guessing.spawn(async move {
            let mut looked_at = 0;
            for nth in (guesser..guesses).step_by(16) {
                // However the name is written, it is the same one.
                let name = ["anne", "Anne", " ANNE "][nth as usize % 3];
                match guess(&app, name, &format!("guess {nth}")).await {
                    401 => looked_at += 1,
                    429 => {}
                    other => panic!("{other}"),
                }
            }
            looked_at
        });
    }
    let looked_at: usize = guessing.join_all().await.iter().sum();
    println!("{looked_at} of {guesses} guesses were looked at");
    assert!(looked_at <= LOOKED_AT, "{looked_at}");
    // The right one waits as well, and then holds.
    assert_eq!(guess(&app, "anne", PASSWORD).await, 429);
    app.clock.advance(jiff::SignedDuration::from_mins(2));
    assert_eq!(guess(&app, "anne", PASSWORD).await, 303);
}

#[tokio::test]
async fn of_those_who_are_not_logged_in_no_more_is_read_than_a_form_has() {
    let app = TestApp::start().await;
    first_account(&app, "anne", PASSWORD).await;
    for path in ["/login", "/login/code", "/welcome/link"] {
        let form = [("name", "a".repeat(20_000)), ("password", String::new())];
        let request = app.client.post(app.url(path)).form(&form);
        assert_eq!(request.send().await.unwrap().status(), 413, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_answered_while_a_hundred_people_a_second_log_in() {
    let lasts = Duration::from_secs(number_from("PORTNER_GUESSES", 300).div_ceil(100));
    let app = Arc::new(TestApp::start().await);
    first_account(&app, "anne", PASSWORD).await;
    let logging_in = {
        let app = Arc::clone(&app);
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_millis(10));
            let mut open = JoinSet::new();
            for nth in 0_u64.. {
                every.tick().await;
                let app = Arc::clone(&app);
                open.spawn(async move {
                    // Names that there are not take as long; some hang up before they are answered.
                    let name = format!("name{nth}");
                    let asked = guess(&app, &name, "hest og vogn");
                    tokio::time::timeout(Duration::from_secs(2), asked)
                        .await
                        .ok();
                });
                while open.try_join_next().is_some() {}
            }
        })
    };
    let (began, mut took) = (Instant::now(), Vec::new());
    for nth in 0.. {
        if began.elapsed() >= lasts {
            break;
        }
        let from = format!("+45{}", 20_000_000 + nth);
        let asked = Instant::now();
        let answer = app
            .hook(&nth.to_string(), "voice", &[("From", &from)])
            .await;
        assert_eq!(answer.status(), 200);
        took.push(asked.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    logging_in.abort();
    took.sort_unstable();
    let part = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!(
        "{} calls: p50 {:?}, p99 {:?}",
        took.len(),
        part(0.5),
        part(0.99)
    );
    assert!(part(0.99) < PROMISED, "{:?}", part(0.99));
}
