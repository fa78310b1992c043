//! What is wrong when Portner starts keeps no phone from being answered, and is over by itself when it is
//! mended.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::cli::Served;
use super::disk::{House, is_asked};
use super::kill::program;

/// How long it may take until all is well again. It takes some seconds; tests share machines.
const MENDED: Duration = Duration::from_secs(30);

const RULE: &str = "version = 1\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\nkind = \"sell\"\npoints = 1\n\
                    phrases = [\"kviksølvtermometer*\"]\n";

const LINE: &str = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\n\
                    destination = [{ number = \"+4520111111\" }]\n";

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < MENDED, "{what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_was_mistyped_before_the_start_is_told_of_and_taken_when_it_is_mended() {
    let house = House::new();
    let rules = house.data().join("rules");
    std::fs::create_dir_all(&rules).unwrap();
    std::fs::write(rules.join("mine.toml"), RULE).unwrap();
    let service = house.start();
    house.is_ready(&service).await;
    assert!(is_asked(&house.call().await), "the shipped rules judge");
    until("no alarm", async || house.alarm("rules").await).await;
    let log = std::fs::read_to_string(house.path().join("log")).unwrap();
    assert!(log.contains("mine.toml") && log.contains("tactic"), "{log}");
    std::fs::write(
        rules.join("mine.toml"),
        RULE.replace("points", "tactic = \"D1\"\npoints"),
    )
    .unwrap();
    until("it is not taken", async || !house.alarm("rules").await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_at_the_start_rings_the_owner_and_lets_the_commands_in_when_it_is_back()
 {
    let house = House::new();
    // No folder can be read or made there, whoever asks.
    std::fs::write(house.data(), "").unwrap();
    let _service = house.start();
    house.is_up().await;
    let answer = house.call().await;
    assert!(answer.contains("<Dial") && !is_asked(&answer), "{answer}");
    until("no alarm", async || house.alarm("store").await).await;
    assert!(!is_let_in(house.path(), &house.url(), &house.data()));

    std::fs::remove_file(house.data()).unwrap();
    house.heals().await;
    until("nobody is let in", async || {
        is_let_in(house.path(), &house.url(), &house.data())
    })
    .await;
    until("the rules are not read", async || {
        !house.alarm("rules").await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_were_made_after_the_start_are_not_taken_back_by_losing_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::in_folder(folder.path());
    let file = folder.path().join("portner.toml");
    let alarm = async || {
        let ready = reqwest::get(format!("{}/health/ready", served.url)).await;
        let told: serde_json::Value = ready.unwrap().json().await.unwrap();
        let alarms = told["alarms"].as_array().unwrap().clone();
        alarms.contains(&"rules".into())
    };
    std::fs::write(&file, "[[line]]\n").unwrap();
    until("it is not seen", &alarm).await;
    std::fs::write(&file, LINE).unwrap();
    until("it is not taken", async || !alarm().await).await;
    std::fs::remove_file(&file).unwrap();
    until("its loss is not told", &alarm).await;
    std::fs::write(&file, LINE).unwrap();
    until("it is not back", async || !alarm().await).await;
}

/// Whether the commands reach the service, with the key that lies beside its store.
fn is_let_in(folder: &Path, url: &str, data: &Path) -> bool {
    let asked = Command::new(program())
        .args(["calls", "--server", url])
        .current_dir(folder)
        .env("PORTNER_STORE", format!("sled:{}", data.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.unwrap().success()
}
