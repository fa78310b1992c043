//! What keeping calls costs, beside a bare fsync of the same disk in the same run.
//!
//! `cargo bench --bench store`, or with a number of calls: `cargo bench --bench store -- 100000`.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use portner::call::{
    Answer, Call, CallEvent, CallId, Caller, CallerNumber, E164, Entry, EvidenceKind, Filled,
    Ground, Instruction, Language, LineId, ListEntry, ListName, NumberPattern, Origin,
    ProviderCallId, Question, Reason, Score, Slot, Stage, Treatment, Utterance, Verdict,
};
use portner::store::{CallFilter, Commit, ListChange, Store, open};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const TURNS: u64 = 4;

fn main() -> Result<()> {
    let calls = std::env::args()
        .skip(1)
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(2_000);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(measure(calls))
}

async fn measure(calls: u64) -> Result<()> {
    let folder = tempfile::tempdir_in(".")?;
    let address = format!("sled:{}", folder.path().join("store").display());
    println!(
        "one call: {} bytes of JSON",
        serde_json::to_vec(&step(0, TURNS)?)?.len()
    );
    println!("resident before: {:.1} MiB", resident()?);

    let store = open(&address).await?;
    println!("resident when open: {:.1} MiB", resident()?);
    alone(&*store, folder.path()).await?;
    println!("resident: {:.1} MiB", resident()?);
    together(&store, 64, 2_000).await?;
    println!("resident: {:.1} MiB", resident()?);
    let entries = (0..10_000).map(entry).collect::<Result<Vec<_>>>()?;
    let began = Instant::now();
    store.change_lists(entries).await?;
    println!(
        "10,000 list entries: {:?}; resident {:.1} MiB",
        began.elapsed(),
        resident()?
    );
    pages(&*store).await?;

    let began = Instant::now();
    let cpu = cpu()?;
    fill(&store, calls).await?;
    let steps = calls * (TURNS + 1);
    println!(
        "{calls} calls of {TURNS} turns: {:?}, {:.1} µs of CPU a step; resident {:.1} MiB",
        began.elapsed(),
        (self::cpu()? - cpu).as_secs_f64() * 1e6 / steps as f64,
        resident()?
    );
    find(&*store, calls).await?;
    println!("resident after reading: {:.1} MiB", resident()?);
    let began = Instant::now();
    store.close().await;
    drop(store);
    println!(
        "closed in {:?}; {} MiB on disk",
        began.elapsed(),
        size(folder.path())? >> 20
    );

    let began = Instant::now();
    let store = open(&address).await?;
    println!(
        "opened in {:?}; resident {:.1} MiB",
        began.elapsed(),
        resident()?
    );
    println!("{:?}", store.counts().await?);
    store.close().await;
    Ok(())
}

/// One caller at a time, each beside an fsync of as many bytes at the end of a file.
async fn alone(store: &dyn Store, folder: &Path) -> Result<()> {
    let mut file = File::create(folder.join("bare"))?;
    let (mut bare, mut kept) = (Vec::new(), Vec::new());
    for number in 0..300 {
        let call = step(1_000_000 + number, 0)?;
        let bytes = serde_json::to_vec(&call)?;
        let began = Instant::now();
        file.write_all(&bytes)?;
        file.sync_all()?;
        bare.push(began.elapsed());
        let began = Instant::now();
        commit(store, call).await?;
        kept.push(began.elapsed());
    }
    let (bare, kept) = (median(bare), median(kept));
    let ratio = kept.as_secs_f64() / bare.as_secs_f64();
    println!("alone: p50 {kept:?}, bare fsync {bare:?}, ratio {ratio:.2}");
    Ok(())
}

/// Many callers at once, each call new.
async fn together(store: &Arc<dyn Store>, tasks: u64, steps: u64) -> Result<()> {
    let began = Instant::now();
    let cpu = cpu()?;
    let mut running = tokio::task::JoinSet::new();
    for task in 0..tasks {
        let store = store.clone();
        running.spawn(async move {
            let mut took = Vec::new();
            for number in 0..steps / tasks {
                let call = step(2_000_000 + number * tasks + task, 0)?;
                let began = Instant::now();
                store.call_by_provider(&call.provider).await?;
                commit(&*store, call).await?;
                took.push(began.elapsed());
            }
            Result::Ok(took)
        });
    }
    let mut took = Vec::new();
    while let Some(done) = running.join_next().await {
        took.extend(done??);
    }
    let seconds = began.elapsed().as_secs_f64();
    let count = took.len() as f64;
    println!(
        "{tasks} at once: p50 {:?}, {:.0} first steps a second, {:.1} µs of CPU each",
        median(took),
        count / seconds,
        (self::cpu()? - cpu).as_secs_f64() * 1e6 / count
    );
    Ok(())
}

/// A page of a list beside the whole list, which has seventy of them.
async fn pages(store: &dyn Store) -> Result<()> {
    const ROWS: usize = 50;
    let (mut page, mut whole) = (Vec::new(), Vec::new());
    let mut after = None;
    for _ in 0..100 {
        let began = Instant::now();
        let rows = store.entries(ListName::Allow, after, ROWS).await?;
        page.push(began.elapsed());
        after = rows.last().map(|entry| entry.pattern);
        let began = Instant::now();
        store.entries(ListName::Allow, None, usize::MAX).await?;
        whole.push(began.elapsed());
    }
    let (page, whole) = (median(page), median(whole));
    let ratio = page.as_secs_f64() / whole.as_secs_f64();
    println!("a page of {ROWS} entries: p50 {page:?}, the whole list {whole:?}, ratio {ratio:.3}");
    Ok(())
}

async fn fill(store: &Arc<dyn Store>, calls: u64) -> Result<()> {
    const TASKS: u64 = 64;
    let mut running = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let store = store.clone();
        running.spawn(async move {
            for number in (task..calls).step_by(TASKS as usize) {
                for turn in 0..=TURNS {
                    commit(&*store, step(number, turn)?).await?;
                }
            }
            Result::Ok(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

async fn find(store: &dyn Store, calls: u64) -> Result<()> {
    let all = CallFilter::default();
    let filters = [
        ("newest", all.clone()),
        (
            "line",
            CallFilter {
                line: Some(LineId("home".into())),
                ..all.clone()
            },
        ),
        (
            "caller",
            CallFilter {
                caller: Some(caller(17)?),
                ..all.clone()
            },
        ),
        (
            "rare verdict",
            CallFilter {
                verdict: Some(Treatment::Message),
                ..all.clone()
            },
        ),
        (
            "no such line",
            CallFilter {
                line: Some(LineId("none".into())),
                ..all.clone()
            },
        ),
        (
            "oldest",
            CallFilter {
                until: Some(dawn().checked_add(SignedDuration::from_secs(50))?),
                ..all.clone()
            },
        ),
        (
            "text",
            CallFilter {
                text: Some("ansvarlige 1x".into()),
                ..all
            },
        ),
    ];
    for (name, filter) in filters {
        for round in ["first", "again"] {
            let began = Instant::now();
            let page = store.calls(&filter, None, 50).await?;
            let found = page.calls.len();
            println!(
                "find by {name}, {round}: {:?} for {found} of {calls}; resident {:.1} MiB",
                began.elapsed(),
                resident()?
            );
        }
    }
    Ok(())
}

async fn commit(store: &dyn Store, call: Call) -> Result<()> {
    let call = Arc::new(call);
    let effects = Vec::new();
    Ok(store.commit(Commit { call, effects }).await?)
}

fn dawn() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000)
}

fn caller(number: u64) -> Result<E164> {
    Ok(E164::parse(&(4_520_000_000 + number % 30_011).to_string())?)
}

/// A call as it is after so many turns; after the last one it is judged and over.
fn step(number: u64, turns: u64) -> Result<Call> {
    let at = dawn() + SignedDuration::from_millis(i64::try_from(number)? * 700);
    let caller = CallerNumber::Public(caller(number.wrapping_mul(7_919))?);
    let random = u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    // The id of a call is the same in all its steps.
    let mut id = *CallId::new(at).as_bytes();
    id[8..].copy_from_slice(&random.to_be_bytes()[..8]);
    id[6..8].copy_from_slice(&[0x70, 0]);
    let mut call = Call::begin(
        CallId::from_bytes(id),
        ProviderCallId {
            provider: "twilio".into(),
            id: format!("CA{random:032x}"),
        },
        LineId(
            if number.is_multiple_of(50) {
                "home"
            } else {
                "shop"
            }
            .into(),
        ),
        Language::Da,
        Caller::with_number(caller.clone()),
        "+4570101010".into(),
        at,
    );
    let event = CallEvent::Incoming {
        caller: call.caller.clone(),
        called: call.called.clone(),
    };
    call.timeline.push(Entry {
        at,
        event,
        instructions: vec![ask(0)],
    });
    for turn in 0..u16::try_from(turns)? {
        let words = "Ja goddag, taler jeg med den IT-ansvarlige i virksomheden, eller kan De stille mig om?";
        call.timeline.push(Entry {
            at: at + SignedDuration::from_secs(8 * i64::from(turn + 1)),
            event: CallEvent::Heard {
                turn,
                answer: Answer::Speech(Utterance::new(words, Some(0.87))),
            },
            instructions: vec![ask(turn + 1)],
        });
        if turn < 3 {
            call.slots.push(Filled {
                slot: Slot::What,
                text: words.into(),
                specificity: 1,
            });
        }
        call.turn = turn + 1;
    }
    if turns == TURNS {
        call.reasons.push(Reason {
            rule: "da-ask-role-it".into(),
            name: "Spørger efter den IT-ansvarlige".into(),
            tactic: "A1".into(),
            kind: EvidenceKind::Sell,
            points: 2,
            turn: 0,
            question: Question::Open,
            words: vec!["taler jeg med den it ansvarlige".into()],
            spans: vec![(11, 42)],
            fills: Vec::new(),
            action: None,
            shadow: false,
        });
        let treatment = if number.is_multiple_of(5_000) {
            Treatment::Message
        } else {
            Treatment::Reject
        };
        call.verdict = Some(Verdict {
            treatment,
            ground: Ground::UntargetedSelling,
            score: Score {
                sell: 4,
                ..Score::default()
            },
            missing: vec![Slot::Why],
            policy: "3f9a2c51".into(),
            would_have: None,
        });
        call.stage = Stage::Ended;
        call.ended_at = Some(at + SignedDuration::from_secs(48));
    }
    Ok(call)
}

fn ask(turn: u16) -> Instruction {
    Instruction::Ask {
        turn,
        question: None,
        text: "Tak. De taler med en maskine, som skriver ned, hvad De siger. Hvad drejer det sig om, og hvorfor ringer De netop her?".into(),
        language: Language::Da,
        hints: Arc::default(),
        wait_seconds: 6,
        pause_seconds: 2,
    }
}

fn entry(number: u64) -> Result<ListChange> {
    Ok(ListChange::Put(ListEntry {
        pattern: NumberPattern::exact(E164::parse(&(4_530_000_000 + number * 37).to_string())?),
        list: ListName::ALL[number as usize % 3],
        line: None,
        note: "Jens Hansen, tømrer".into(),
        origin: Origin::Import,
        added_at: dawn(),
        expires_at: None,
    }))
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}

/// Resident memory of this process in MiB (proc(5)).
fn resident() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 = line
        .and_then(|line| line.split_whitespace().next())
        .unwrap_or("0")
        .parse()?;
    Ok(kib / 1024.0)
}

/// CPU time of this process so far (proc(5); ticks are hundredths of a second).
fn cpu() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}

fn size(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() {
            size(&entry.path())?
        } else {
            metadata.len()
        };
    }
    Ok(bytes)
}
