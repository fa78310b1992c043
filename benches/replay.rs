//! How long it takes to judge the log again.
//!
//! `cargo bench --bench replay -- 100000`: so many calls, made by playing the corpus through the
//! dialogue, are kept in a store on disk, read, and judged again under the shipped rules.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use jiff::SignedDuration;
use portner::call::{CallId, CallerNumber};
use portner::config::Config;
use portner::evaluation::{BEGAN, Conversation, Replayed, play};
use portner::service::replay;
use portner::store::{CallFilter, Commit, open};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let calls = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(5_000);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(measure(calls))
}

async fn measure(calls: u32) -> Result<()> {
    let folder = tempfile::tempdir_in(".")?;
    let store = open(&format!("sled:{}", folder.path().join("store").display())).await?;
    let config = Config::from_text(None, "", &Default::default())?;
    let (policies, _) = portner::app::policies::compile(&config)?;
    let mut corpus = Vec::new();
    for name in ["da", "en"] {
        let path = format!("tests/corpus/{name}.jsonl");
        corpus.extend(Conversation::read_all(
            &path,
            &std::fs::read_to_string(&path)?,
        )?);
    }
    let policy = &policies.lines()[0];
    let played: Vec<_> = corpus
        .iter()
        .map(|one| play(policy, one, None, BEGAN).call)
        .collect();

    let filling = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..calls {
        let mut call = played[number as usize % played.len()].clone();
        let shift = SignedDuration::from_secs(i64::from(number) * 60);
        call.started_at = BEGAN + shift;
        call.id = CallId::new(call.started_at);
        call.provider.id = format!("CA{number:032x}");
        call.caller.number = CallerNumber::read(&format!("+45{}", 20_000_000 + number % 50_000));
        for entry in &mut call.timeline {
            entry.at += shift;
        }
        let store = Arc::clone(&store);
        tasks.spawn(async move {
            let call = Arc::new(call);
            let effects = Vec::new();
            store.commit(Commit { call, effects }).await
        });
        if tasks.len() >= 256 {
            tasks.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    println!("{calls} calls kept in {:.1?}", filling.elapsed());

    let reading = Instant::now();
    let filter = CallFilter::default();
    let read = AtomicUsize::new(0);
    let log = replay::read_log(store.as_ref(), &filter, calls as usize, &read).await?;
    println!("{} read in {:.2?}", log.len(), reading.elapsed());
    let judging = Instant::now();
    let judged = replay::judge(&policies, &log, &AtomicUsize::new(0));
    let took = judging.elapsed();
    let sum = Replayed::of(&log, &judged, 20);
    println!(
        "{} judged in {took:.2?} ({:.1} µs a call); {} same, {} changed, {} unknown",
        sum.judged,
        took.as_secs_f64() * 1e6 / f64::from(calls),
        sum.same,
        sum.changed,
        sum.unknown
    );
    println!("together {:.2?}", reading.elapsed());
    store.close().await;
    Ok(())
}
