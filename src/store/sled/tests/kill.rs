//! Killed in the middle of everything, the store keeps what it has acknowledged.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use super::{all, open};
use crate::call::{Effect, ListName};
use crate::store::sample;
use crate::store::{Commit, ListChange, Store};

/// How often the writer is killed.
const KILLS: u64 = 20;
/// Calls that one life of the writer may reach.
const PER_LIFE: u64 = 100_000;

const FOLDER: &str = "PORTNER_TEST_KILL_FOLDER";
const FIRST: &str = "PORTNER_TEST_KILL_FIRST";

#[test]
#[ignore = "started by the test below, to be killed"]
fn writes_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).expect("the folder to write to");
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = Arc::new(open(Path::new(&folder)).await.unwrap());
        let tasks: Vec<_> = (0..8)
            .map(|task| tokio::spawn(write(store.clone(), first + task)))
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

async fn write(store: Arc<super::SledStore>, first: u64) {
    for number in (first..first + PER_LIFE).step_by(8) {
        let mut call = sample::call(number);
        for step in 1..=3 {
            let effects = match step {
                1 => vec![Effect::List(sample::entry(
                    ListName::Block,
                    &pattern(number),
                ))],
                _ => Vec::new(),
            };
            let commit = Commit {
                call: Arc::new(call.clone()),
                effects,
            };
            store.commit(commit).await.unwrap();
            println!("kept {number} {step}");
            call = sample::heard(call, "Goddag, det er fra kontoret");
        }
        if number % 64 == 0 {
            let many = (0..1_500).map(|place| {
                ListChange::Put(sample::entry(
                    ListName::Allow,
                    &format!("+{}", 88_000_000 + place),
                ))
            });
            store.change_lists(many.collect()).await.unwrap();
        }
    }
}

fn pattern(number: u64) -> String {
    format!("+{}", 4_500_000_000 + number)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_step_is_lost_to_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger: BTreeMap<u64, usize> = BTreeMap::new();
    for life in 0..KILLS {
        let first = life * PER_LIFE;
        // Kills fall into opening, into the first writes and into full load.
        let patience = [0, 1, 40, 300, 1_000][usize::try_from(life % 5).unwrap()] + life;
        let path = folder.path().to_owned();
        let lines = tokio::task::spawn_blocking(move || live_and_die(&path, first, patience));
        for line in lines.await.unwrap() {
            let mut words = line.rsplit("kept ").next().unwrap().split(' ');
            let mut word = || words.next().unwrap().parse::<usize>().unwrap();
            let (number, step) = (word() as u64, word());
            let known = ledger.entry(number).or_default();
            *known = step.max(*known);
        }
        let store = open(folder.path()).await.unwrap();
        let calls = all(&store).await;
        let counts = store.counts().await.unwrap();
        assert_eq!(counts.calls, calls.len() as u64, "life {life}");
        let many = store.entries(ListName::Allow, None, 9_999).await.unwrap();
        assert!(
            [0, 1_500].contains(&many.len()),
            "life {life}: {}",
            many.len()
        );
        let kept: BTreeMap<_, _> = calls.iter().map(|call| (call.id, call)).collect();
        for (number, step) in &ledger {
            let call = sample::call(*number);
            let kept = kept.get(&call.id);
            let steps = kept.map_or(0, |call| call.timeline.len());
            assert!(
                steps >= *step,
                "life {life}, call {number}: {steps} of {step} steps"
            );
            let listed = pattern(*number).parse().unwrap();
            assert_eq!(store.entries_matching(listed).await.unwrap().len(), 1);
        }
        store.close().await;
    }
    assert!(
        ledger.len() > 100,
        "{} calls are too few to tell",
        ledger.len()
    );
}

/// Lets a writer live until it has acknowledged so many steps, kills it, and returns everything
/// that it acknowledged.
fn live_and_die(folder: &Path, first: u64, patience: u64) -> Vec<String> {
    let name = module_path!().split_once("::").unwrap().1;
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg(format!("{name}::writes_until_it_is_killed"))
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut kept = Vec::new();
    let wanted = |line: &String| line.contains("kept ");
    while (kept.len() as u64) < patience {
        let line = lines.next().expect("the writer died by itself").unwrap();
        kept.extend(Some(line).filter(wanted));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts too; a line that was cut off does not.
    let mut rest: Vec<String> = lines.map_while(Result::ok).filter(wanted).collect();
    rest.pop();
    kept.extend(rest);
    kept
}
