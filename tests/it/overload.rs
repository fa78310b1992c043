//! Three times as many calls as can be served, at the real program on a real disk.
//!
//! What can be served is measured first. Then three times that comes in, in an open loop: every call
//! has its moment, whether those before it are answered or not, and what counts is the time from that
//! moment on. `PORTNER_OVERLOAD_SECONDS` says how long (3 where it is not set):
//! `PORTNER_OVERLOAD_SECONDS=60 cargo test --release --test it overload:: -- --nocapture`.
//!
//! And as many as an installation may get, for as long as wanted: nothing grows.
//! `PORTNER_SOAK_SECONDS` (4 where it is not set), `PORTNER_SOAK_RATE` (20 a second), and within how many
//! milliseconds 99 of 100 must be answered, `PORTNER_SOAK_P99_MS` (as many as under load).

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portner::providers::twilio::sign;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::kill::{
    ACCOUNT, AUTH_TOKEN, Fault, KillOnly, PUBLIC_URL, Service, client, free_address, number_from,
};

/// Connections that the provider keeps open: fewer than the server takes, more than it has in hand.
const CONNECTIONS: usize = 600;
/// Connections that measure what can be served: as many as are let in always.
const BUSY: usize = 16;
/// How long what can be served is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// How long 99 of 100 wait at most. A build for debugging beside other tests is promised less.
const PROMISED: Duration = Duration::from_secs(if cfg!(debug_assertions) { 6 } else { 1 });
/// How long 99 of 100 of those wait at most who ring at once. Beside compilers and other tests the
/// machine has no time for them either.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 6_000 } else { 100 });
/// The most that a call may take on the disk, in bytes: three times what is told of it.
const MOST_PER_CALL: u64 = 3 * 2_048;
/// What the database holds in memory of a call that is kept, at most, in bytes: where on the disk it is.
const INDEX_PER_CALL: u64 = 64;
/// The most memory that may be resident, in kilobytes.
const MOST_KB: u64 = 256 * 1024;

/// How a call was taken, and how long after its moment.
#[derive(Debug, Clone, Copy)]
struct Answered {
    screened: bool,
    after: Duration,
}

/// The program has one core and what makes the load the others, as if each had a machine of its own:
/// three times what all cores can serve is more than what is left of them can send. Not in a build for
/// debugging, which shares the machine with other tests.
struct OnOneCore;

impl OnOneCore {
    /// How many cores there are, where each side gets its own.
    fn cores() -> Option<usize> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let apart = cores > 1 && cfg!(target_os = "linux") && !cfg!(debug_assertions);
        apart.then_some(cores)
    }

    /// Takes this process off the core of the program, until that is let go of.
    fn leave_it() -> Option<Elsewhere> {
        let last = Self::cores()? - 1;
        run_on(&format!("1-{last}"));
        Some(Elsewhere { last })
    }
}

/// This process runs beside the program's core, and everywhere again when this goes.
struct Elsewhere {
    last: usize,
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        run_on(&format!("0-{}", self.last));
    }
}

fn run_on(cores: &str) {
    let moved = Command::new("taskset")
        .args(["--all-tasks", "--cpu-list", "--pid", cores])
        .arg(std::process::id().to_string())
        .output()
        .unwrap();
    assert!(moved.status.success(), "{moved:?}");
}

impl Fault for OnOneCore {
    fn arm(&self, command: &mut Command) {
        if Self::cores().is_some() {
            let mut pinned = Command::new("taskset");
            pinned.args(["--cpu-list", "0"]).arg(command.get_program());
            *command = pinned;
        }
    }
}

/// A first ring of a new call, as Twilio sends it.
fn ring(number: u64) -> Vec<u8> {
    let call = format!("CA{number:032x}");
    let caller = format!("+45{}", 20_000_000 + number % 79_000_000);
    let fields = [
        ("AccountSid", ACCOUNT),
        ("CallSid", call.as_str()),
        ("CallStatus", "ringing"),
        ("From", caller.as_str()),
        ("To", "+4570101010"),
    ];
    let url = format!("{PUBLIC_URL}/webhooks/twilio/voice");
    let signature = sign(&url, &fields, AUTH_TOKEN);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    format!(
        "POST /webhooks/twilio/voice HTTP/1.1\r\nhost: portner.test\r\n\
         content-type: application/x-www-form-urlencoded\r\nx-twilio-signature: {signature}\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A connection that is kept open.
struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(4_096),
        })
    }

    /// Sends a ring. Whether the caller is asked; anything but that or a ringing phone is a failure.
    async fn call(&mut self, number: u64) -> io::Result<bool> {
        self.stream.write_all(&ring(number)).await?;
        self.read.clear();
        loop {
            if self.stream.read_buf(&mut self.read).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.read.ends_with(b"</Response>") {
                break;
            }
        }
        let answer = String::from_utf8_lossy(&self.read);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let screened = answer.contains("<Gather");
        assert!(screened || answer.contains("<Dial"), "{answer}");
        Ok(screened)
    }
}

/// How many calls a second are answered when nobody waits longer than he must.
async fn capacity(address: SocketAddr, next: &'static AtomicU64) -> f64 {
    let began = Instant::now();
    let mut lines = JoinSet::new();
    for _ in 0..BUSY {
        lines.spawn(async move {
            let mut line = Line::open(address).await.unwrap();
            let mut answered = 0_u64;
            while began.elapsed() < MEASURED {
                let screened = line.call(next.fetch_add(1, Ordering::Relaxed)).await;
                assert!(screened.unwrap(), "turned away, so it was not served");
                answered += 1;
            }
            answered
        });
    }
    let answered: u64 = lines.join_all().await.iter().sum();
    answered as f64 / began.elapsed().as_secs_f64()
}

/// So many calls a second for so long, each at its moment.
async fn open_loop(
    address: SocketAddr,
    rate: f64,
    lasts: Duration,
    next: &'static AtomicU64,
) -> Vec<Answered> {
    let began = Instant::now();
    let turn = Arc::new(AtomicU64::new(0));
    let mut lines = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let turn = Arc::clone(&turn);
        lines.spawn(async move {
            let mut line = Line::open(address).await.unwrap();
            let mut answers = Vec::new();
            loop {
                let place = turn.fetch_add(1, Ordering::Relaxed);
                let moment = Duration::from_secs_f64(place as f64 / rate);
                if moment > lasts {
                    return answers;
                }
                tokio::time::sleep_until((began + moment).into()).await;
                let number = next.fetch_add(1, Ordering::Relaxed);
                let screened = line.call(number).await.unwrap();
                answers.push(Answered {
                    screened,
                    after: began.elapsed().saturating_sub(moment),
                });
            }
        });
    }
    lines.join_all().await.concat()
}

/// What is below so much of them, in order.
fn part(sorted: &[Duration], part: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

fn times(answers: &[Answered], screened: bool) -> Vec<Duration> {
    let mut times: Vec<Duration> = answers
        .iter()
        .filter(|answer| answer.screened == screened)
        .map(|answer| answer.after)
        .collect();
    times.sort_unstable();
    times
}

/// Memory of a process, in kilobytes: the most that ever was resident (`VmHWM`), or what is (`VmRSS`).
/// Nothing where the system does not say.
fn memory(pid: u32, what: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(what))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// How many files and connections a process has open.
fn open_files(pid: u32) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count())
}

/// What a folder takes on the disk, in bytes.
fn disk(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let of_one = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => disk(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(of_one).sum()
}

/// How long until a call is screened again, and quickly.
async fn until_normal(address: SocketAddr, next: &'static AtomicU64) -> Duration {
    let over = Instant::now();
    loop {
        let mut line = Line::open(address).await.unwrap();
        let began = Instant::now();
        let screened = line.call(next.fetch_add(1, Ordering::Relaxed)).await;
        if screened.unwrap() && began.elapsed() < Duration::from_millis(250) {
            return over.elapsed();
        }
        assert!(over.elapsed() < Duration::from_secs(30), "never");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_three_times_what_can_be_served_everybody_is_answered_in_time() {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), free_address(), &OnOneCore);
    let _elsewhere = OnOneCore::leave_it();
    service.ready(&client(), folder.path()).await;
    let can = capacity(service.address, &NEXT).await;
    let lasts = Duration::from_secs(number_from("PORTNER_OVERLOAD_SECONDS", 3));
    let answers = open_loop(service.address, 3.0 * can, lasts, &NEXT).await;
    let normal = until_normal(service.address, &NEXT).await;
    let (screened, rung) = (times(&answers, true), times(&answers, false));
    let most = memory(service.pid(), "VmHWM:");
    println!(
        "{can:.0} calls/s can be served; {:.0} came for {lasts:?}: {} answers",
        3.0 * can,
        answers.len()
    );
    for (what, times) in [("screened", &screened), ("rung at once", &rung)] {
        println!(
            "{what}: {}, p50 {:?}, p99 {:?}, longest {:?}",
            times.len(),
            part(times, 0.5),
            part(times, 0.99),
            part(times, 1.0)
        );
    }
    println!("normal after {normal:?}, {most:?} kB resident at most");
    assert!(part(&screened, 0.99) < PROMISED);
    assert!(part(&rung, 0.99) < AT_ONCE);
    assert!(most.is_none_or(|most| most < MOST_KB), "{most:?} kB");
    assert!(normal < Duration::from_secs(5), "{normal:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_steady_rate_nothing_grows_and_nobody_waits() {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let seconds = number_from("PORTNER_SOAK_SECONDS", 4);
    let rate = number_from("PORTNER_SOAK_RATE", 20) as f64;
    let within = number_from("PORTNER_SOAK_P99_MS", PROMISED.as_millis() as u64);
    let folder = tempfile::tempdir().unwrap();
    let service = Service::start(folder.path(), free_address(), &KillOnly);
    service.ready(&client(), folder.path()).await;
    // A tenth of the time, and ten minutes at most, to come to rest.
    let first = Duration::from_secs((seconds / 10).clamp(1, 600));
    let rest = Duration::from_secs(seconds).saturating_sub(first);
    open_loop(service.address, rate, first, &NEXT).await;
    let before = (memory(service.pid(), "VmRSS:"), open_files(service.pid()));
    let on_disk = disk(folder.path());
    let early = open_loop(service.address, rate, rest / 2, &NEXT).await;
    let late = open_loop(service.address, rate, rest / 2, &NEXT).await;
    let after = (memory(service.pid(), "VmRSS:"), open_files(service.pid()));
    let halves = [&early, &late].map(|half| part(&times(half, true), 0.99));
    let answers = [early, late].concat();
    let per_call = disk(folder.path()).saturating_sub(on_disk) / answers.len() as u64;
    let times = times(&answers, true);
    println!(
        "{rate}/s for {rest:?}: {} screened of {}, p50 {:?}, p99 {:?}, longest {:?}; \
         p99 of the first half and of the second {halves:?}; {per_call} bytes a call on the \
         disk; kB resident and files open: {before:?}, then {after:?}",
        times.len(),
        answers.len(),
        part(&times, 0.5),
        part(&times, 0.99),
        part(&times, 1.0)
    );
    assert_eq!(times.len(), answers.len(), "somebody was not screened");
    assert!(part(&times, 0.99) < Duration::from_millis(within));
    // A few seconds say nothing about what grows.
    let long = rest >= Duration::from_secs(600);
    assert!(
        !long || per_call <= MOST_PER_CALL,
        "{per_call} bytes a call"
    );
    let drifts = halves[1] > halves[0].mul_f64(1.2) + Duration::from_millis(10);
    assert!(!long || !drifts, "{halves:?}");
    if let ((Some(before), Some(open)), (Some(after), Some(still_open))) = (before, after) {
        assert!(
            still_open <= open + 10,
            "{open} files open, then {still_open}"
        );
        let index = answers.len() as u64 * INDEX_PER_CALL / 1_024;
        assert!(
            !long || after <= before + before / 20 + index,
            "{before} kB, then {after} kB"
        );
    }
}
