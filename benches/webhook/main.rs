//! What an incoming call costs the server, beside the least that any endpoint can do and beside a
//! bare write of the same disk, all in one run.
//!
//! `cargo bench --bench webhook`, or with the number of calls after which memory is read:
//! `cargo bench --bench webhook -- 10000`.
//!
//! Servers are processes of their own and this one is the load. Rounds alternate between the
//! servers, so that whatever else the machine does falls on all of them.

use std::error::Error;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::load::Connection;
use crate::requests::{DOCUMENT, QUESTION};
use crate::server::{Server, furnish};

mod bare;
mod load;
mod requests;
mod server;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Writes the request of this number.
type Request = fn(u64) -> Vec<u8>;

/// Tells this program that it is the yardstick.
const BARE: &str = "serve-bare";
const ENTRIES: u64 = 10_000;
const CALLS: u64 = 100_000;
const STARTS: usize = 9;
const ROUNDS: u64 = 8;
const CALLS_A_ROUND: u64 = 4_000;
const CONNECTIONS: usize = 64;
/// Requests over one connection, each beside a bare write.
const ALONE: u64 = 500;
/// Calls that are begun, then answered, then ended together.
const BATCH: u64 = 2_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [role, address] = arguments.as_slice()
        && role == BARE
    {
        return bare::serve(address);
    }
    let calls = arguments
        .iter()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(CALLS);
    for (name, value) in std::env::vars().filter(|(name, _)| name.starts_with("MALLOC_")) {
        println!("{name}={value}");
    }
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            starts().await?;
            side_by_side().await?;
            memory(calls).await
        })
}

/// A folder on the disk that is built on, with lists in its store.
async fn folder() -> Result<TempDir> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    furnish(folder.path(), ENTRIES).await?;
    Ok(folder)
}

/// From the start of the process to 200 at `/health/ready`.
async fn starts() -> Result<()> {
    let folder = folder().await?;
    let (mut empty, mut full) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let without = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        for (folder, took) in [(without.path(), &mut empty), (folder.path(), &mut full)] {
            let server = Server::portner(folder, None).await?;
            took.push(server.ready_after);
            server.stop().await?;
        }
    }
    let ms = |took: Vec<Duration>| {
        let took = Spread::of(took);
        format!(
            "{} (min {}, max {})",
            show(took.median),
            show(took.min),
            show(took.max)
        )
    };
    println!("start to ready, {STARTS} starts, median");
    println!("  new store:             {}", ms(empty));
    println!("  {ENTRIES} list entries:    {}", ms(full));
    Ok(())
}

/// A server and what was measured of it.
struct Measured {
    name: &'static str,
    server: Server,
    keeps: bool,
    cpu: Vec<Duration>,
    took: Vec<Duration>,
    alone: Vec<Duration>,
}

async fn side_by_side() -> Result<()> {
    let (folder, quiet) = (folder().await?, self::folder().await?);
    let measured = |name, server, keeps| Measured {
        name,
        server,
        keeps,
        cpu: Vec::new(),
        took: Vec::new(),
        alone: Vec::new(),
    };
    let mut all = [
        measured("bare axum", Server::bare().await?, false),
        measured("portner", Server::portner(folder.path(), None).await?, true),
        measured(
            "portner, PORTNER_LOG=warn",
            Server::portner(quiet.path(), Some("warn")).await?,
            true,
        ),
    ];
    let written = alone(&mut all, folder.path()).await?;
    for round in 0..=ROUNDS {
        for measured in &mut all {
            together(measured, round).await?;
        }
    }
    println!();
    println!("incoming-call webhook, CPU of the server per request");
    println!(
        "  {CONNECTIONS} connections, {ROUNDS} rounds of {CALLS_A_ROUND}      CPU µs: mean (min/median/max)   × bare      p50      p99   alone p50   × write"
    );
    let mean = |measured: &Measured| measured.cpu.iter().sum::<Duration>().as_secs_f64();
    let least = mean(&all[0]);
    let write = Spread::of(written);
    for measured in all {
        let ratio = mean(&measured) / least;
        let micros = |cpu: Duration| cpu.as_secs_f64() * 1e6 / CALLS_A_ROUND as f64;
        let cpu = Spread::of(measured.cpu.clone());
        let took = Spread::of(measured.took);
        let alone = Spread::of(measured.alone);
        println!(
            "  {:28} {:9.1} ({:.1}/{:.1}/{:.1}) {:18.2} {:>10} {:>8} {:>9} {:9.2}",
            measured.name,
            measured.cpu.iter().map(|cpu| micros(*cpu)).sum::<f64>() / ROUNDS as f64,
            micros(cpu.min),
            micros(cpu.median),
            micros(cpu.max),
            ratio,
            show(took.median),
            show(took.p99),
            show(alone.median),
            alone.median.as_secs_f64() / write.median.as_secs_f64(),
        );
    }
    println!(
        "  a write of 1 KiB and fdatasync, alone: p50 {}, p99 {}",
        show(write.median),
        show(write.p99)
    );
    Ok(())
}

/// One connection: a request to each server and a bare write, by turns.
async fn alone(all: &mut [Measured], folder: &Path) -> Result<Vec<Duration>> {
    let mut file = File::create(folder.join("written"))?;
    let record = [b'x'; 1024];
    let mut written = Vec::new();
    let mut connections = Vec::new();
    for measured in all.iter() {
        connections.push(Connection::open(measured.server.address).await?);
    }
    for call in 0..ALONE {
        let began = Instant::now();
        file.write_all(&record)?;
        file.sync_data()?;
        written.push(began.elapsed());
        for (measured, connection) in all.iter_mut().zip(&mut connections) {
            let request = requests::incoming(call);
            let began = Instant::now();
            connection.ask(&request, QUESTION).await?;
            measured.alone.push(began.elapsed());
        }
    }
    for measured in all.iter() {
        hang_up(measured, 0..ALONE).await?;
    }
    Ok(written)
}

/// Many connections, every call new. The first round only warms up.
async fn together(measured: &mut Measured, round: u64) -> Result<()> {
    let first = 1_000_000 + round * CALLS_A_ROUND;
    let calls = first..first + CALLS_A_ROUND;
    let requests = calls.clone().map(requests::incoming).collect();
    let before = measured.server.cpu()?;
    let took = load::send(measured.server.address, requests, CONNECTIONS, QUESTION).await?;
    let cpu = measured.server.cpu()? - before;
    if round > 0 {
        measured.cpu.push(cpu);
        measured.took.extend(took);
    }
    hang_up(measured, calls).await
}

/// Ends calls that were begun, so that they do not pile up.
async fn hang_up(measured: &Measured, calls: std::ops::Range<u64>) -> Result<()> {
    if measured.keeps {
        let requests = calls.map(requests::ended).collect();
        load::send(measured.server.address, requests, CONNECTIONS, DOCUMENT).await?;
    }
    Ok(())
}

/// So many whole calls: begun, answered once, ended.
async fn memory(calls: u64) -> Result<()> {
    let folder = folder().await?;
    let server = Server::portner(folder.path(), None).await?;
    println!();
    println!("resident memory of portner, {ENTRIES} list entries");
    let tell = |calls: u64| -> Result<()> {
        let (now, most) = server.resident()?;
        println!("  after {calls:7} calls: {now:6.1} MiB (at most {most:.1})");
        Ok(())
    };
    tell(0)?;
    let (began, before) = (Instant::now(), server.cpu()?);
    let mut told = 0;
    for first in (0..calls).step_by(BATCH as usize) {
        let batch = first..calls.min(first + BATCH);
        let kinds: [(Request, _); 3] = [
            (requests::incoming, QUESTION),
            (requests::heard, DOCUMENT),
            (requests::ended, DOCUMENT),
        ];
        for (write, expected) in kinds {
            let requests = batch.clone().map(write).collect();
            load::send(server.address, requests, CONNECTIONS, expected).await?;
        }
        if batch.end * 10 / calls > told {
            told = batch.end * 10 / calls;
            tell(batch.end)?;
        }
    }
    println!(
        "  {calls} calls of 3 requests: {:.1} s, {:.1} µs of CPU a request",
        began.elapsed().as_secs_f64(),
        (server.cpu()? - before).as_secs_f64() * 1e6 / (calls * 3) as f64
    );
    tokio::time::sleep(Duration::from_secs(5)).await;
    println!("five seconds later");
    tell(calls)?;
    server.stop().await?;
    let server = Server::portner(folder.path(), None).await?;
    println!(
        "started again over these calls: ready after {}, {:.1} MiB",
        show(server.ready_after),
        server.resident()?.0
    );
    server.stop().await
}

/// How measurements spread.
struct Spread {
    min: Duration,
    median: Duration,
    p99: Duration,
    max: Duration,
}

impl Spread {
    fn of(mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |part: f64| {
            let index = (took.len() as f64 * part) as usize;
            took.get(index.min(took.len().saturating_sub(1)))
                .copied()
                .unwrap_or_default()
        };
        Self {
            min: at(0.0),
            median: at(0.5),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

fn show(took: Duration) -> String {
    format!("{:.2} ms", took.as_secs_f64() * 1e3)
}
