//! What an operator is told who asks how the installation is.

use std::time::{Duration, Instant};

use portner::app::App;
use portner::call::Language;
use portner::telemetry::{Finding, Health};

use crate::support::living::Living;

async fn examined(house: &Living, language: Language) -> Vec<Finding> {
    let status = house.get("/api/v1/status").await;
    let status = serde_json::from_str(&status).unwrap();
    App::doctor(&house.app).examine(status, language).await
}

async fn found(house: &Living, name: &str) -> Finding {
    let all = examined(house, Language::En).await;
    let one = all.iter().find(|finding| finding.name == name);
    one.unwrap_or_else(|| panic!("{name} was not looked at: {all:#?}"))
        .clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_missed_until_one_was_made() {
    let house = Living::start(None).await;
    let missed = found(&house, "backup").await;
    assert_eq!(missed.state, Health::Note, "{missed:?}");
    assert!(missed.mend.contains("portner backup"), "{missed:?}");

    house
        .client
        .get(house.url("/api/v1/backup"))
        .bearer_auth(&house.token)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let began = Instant::now();
    while found(&house, "backup").await.state != Health::Good {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "a backup was not noted"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        house
            .app
            .metrics
            .render()
            .contains("portner_last_done_timestamp_seconds{work=\"backup\"}")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_long_things_are_kept_is_said_and_what_is_kept_for_ever_is_no_good_news() {
    let house = Living::start(None).await;
    let kept = found(&house, "retention").await;
    assert_eq!(kept.state, Health::Good, "{kept:?}");
    assert!(
        kept.found.contains("30 days") && kept.found.contains("90 days"),
        "{kept:?}"
    );

    let house = Living::start(Some("[retention]\nwords_days = 0\n")).await;
    let kept = found(&house, "retention").await;
    assert_eq!(kept.state, Health::Note, "{kept:?}");
    assert!(kept.found.contains("words are kept for ever"), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_a_voicemail_may_take_a_call_is_said_of_a_line_that_only_listens() {
    for (mode, state) in [("listen", Health::Note), ("screen", Health::Good)] {
        let line = format!(
            "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\nmode = \"{mode}\"\ndestination = [{{ number = \"+4520111111\" }}]\n"
        );
        let house = Living::start(Some(&line)).await;
        let whisper = found(&house, "whisper").await;
        assert_eq!(whisper.state, state, "{whisper:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whether_anybody_is_told_of_troubles_is_said() {
    let house = Living::start(None).await;
    assert_eq!(found(&house, "told").await.state, Health::Note);
    let told = "[notify]\nwebhook = \"https://example.dk/portner\"\nsecret = \"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\"\n";
    let house = Living::start(Some(told)).await;
    assert_eq!(found(&house, "told").await.state, Health::Good);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_are_not_in_force_are_told_from_those_that_are_held_back() {
    let house = Living::start(None).await;
    assert_eq!(found(&house, "rules in force").await.state, Health::Good);
    let doctor = App::doctor(&house.app);
    let said = async |held: bool| {
        let status = serde_json::json!({ "rules_trouble": "why", "rules_held": held });
        let all = doctor.examine(status, Language::En).await;
        let one = all.into_iter().find(|one| one.name == "rules in force");
        one.unwrap()
    };
    let (held, wrong) = (said(true).await, said(false).await);
    assert!(
        held.mend.contains("--insist") && held.found.contains("held back"),
        "{held:?}"
    );
    assert!(!wrong.mend.contains("--insist"), "{wrong:?}");
    assert_eq!((held.state, wrong.state), (Health::Bad, Health::Bad));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_the_provider_cannot_be_reached_is_said_once_and_not_blamed_on_the_account() {
    let line = |id: &str, number: &str| {
        format!(
            "[[line]]\nid = \"{id}\"\nnumber = \"{number}\"\ndestination = [{{ number = \"+4520111111\" }}]\n"
        )
    };
    let settings = format!(
        "{}{}[providers.twilio]\nbase_url = \"http://127.0.0.1:1\"\n",
        line("shop", "+4570101010"),
        line("club", "+4570101011")
    );
    let house = Living::start(Some(&settings)).await;
    let all = examined(&house, Language::En).await;
    let found: Vec<&Finding> = all.iter().filter(|one| one.name == "provider").collect();
    let [one] = found[..] else {
        panic!("{found:?}");
    };
    assert_eq!(one.state, Health::Bad);
    assert!(one.mend.contains("way to the internet"), "{one:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_said_in_danish_too() {
    let house = Living::start(None).await;
    let danish = examined(&house, Language::Da).await;
    let english = examined(&house, Language::En).await;
    let names = |all: &[Finding]| all.iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(names(&danish), names(&english));
    assert!(names(&english).contains(&"disk"), "{english:#?}");
    // What the provider says is its own.
    let both = danish.iter().zip(&english);
    for (danish, english) in both.filter(|(one, _)| one.name != "provider") {
        assert_ne!(danish.found, english.found);
        assert!(
            english.mend.is_empty() || danish.mend != english.mend,
            "{english:?}"
        );
    }
}
