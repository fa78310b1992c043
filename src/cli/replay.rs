//! `portner replay`: the log judged again under other rules.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};

use super::calls::{doubt_line, is_kept, mark_words};
use super::client::{Client, Server, is_away, wait_for};
use super::days::Span;
use super::terminal::{self, Paint, Stream, harmless};
use super::{GOOD, Usage, settings};
use crate::app::{Owner, policies};
use crate::call::LineId;
use crate::config::Config;
use crate::evaluation::Replayed;
use crate::rules::{self, Source};
use crate::service::{Policies, replay};
use crate::store::{self, CallFilter};

/// Judge the calls of the log again under other rules, and show which verdicts would change.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each call goes through the dialogue again: the caller answers what he was asked then. Where he
would be asked something that he never was, the call counts as unknown. Calls that you,
your lists or a campaign you refused decided stay out of it, since no rule changes them, and so do
those played with `portner call`, unless --simulated.

Examples:
  portner replay                              the rules as they stand, against what became of calls
  portner replay --rules my-rules             a changed folder, in place of the one in the settings
  portner replay --rules my-rules --against rules --since 2026-03-01
  portner replay --json | jq '.changes[] | select(.mark)'

Without a running service the store is opened directly.
Exit codes: 0 shown; 1 the rules or the log cannot be used; 2 typed wrongly.")]
pub struct Args {
    /// The folder of rules to try, in place of the one in the settings
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// What to compare with: what became of the callers, or what the rules in force make of them
    #[arg(long, value_enum, default_value = "log")]
    against: Against,
    /// Not before this day or moment
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Before this day or moment
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Only calls to this line
    #[arg(long, value_name = "NAME")]
    line: Option<String>,
    /// The newest so many calls
    #[arg(long, value_name = "N", default_value_t = 200_000)]
    limit: usize,
    /// Judge calls that were played with `portner call` too
    #[arg(long)]
    simulated: bool,
    /// How many changed calls to show
    #[arg(long, value_name = "N", default_value_t = 20)]
    changes: usize,
    /// Write everything as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Against {
    Log,
    Rules,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    if !(1..=replay::MOST_CALLS).contains(&args.limit) {
        return Err(Usage(format!("--limit goes from 1 to {}", replay::MOST_CALLS)).into());
    }
    let config = settings(file)?;
    let span = Span::read(&config, args.since.as_deref(), args.until.as_deref())?;
    doubt_line(&config, args.server.named(), args.line.as_deref());
    let own = args
        .rules
        .as_deref()
        .map(rules::read_dir)
        .transpose()
        .context("the rules cannot be read")?;
    let asked = Client::new(&config, args.server.named())
        .and_then(|client| wait_for(ask(args, &client, own.as_deref())));
    let outcome = match asked {
        Err(error) if is_away(&error, args.server.named()) && is_kept(&config) => {
            terminal::complain("No service runs: reading the store directly.");
            directly(args, &config, span, own)?
        }
        other => other?,
    };
    if args.json {
        terminal::print_json(&outcome)?;
    } else {
        terminal::print(&text(args, &outcome))?;
    }
    Ok(GOOD)
}

/// Has the running service judge the log, and shows how far it is.
async fn ask(args: &Args, client: &Client, own: Option<&[Source]>) -> anyhow::Result<Value> {
    let folder = args.rules.as_deref().unwrap_or(Path::new(""));
    let files: Vec<Value> = own
        .unwrap_or_default()
        .iter()
        .map(|source| {
            let path = Path::new(&source.path);
            let inner = path.strip_prefix(folder).unwrap_or(path);
            json!({ "path": inner.display().to_string(), "text": source.text })
        })
        .collect();
    let body = json!({
        "files": files,
        "whole": own.is_some(),
        "against": match args.against { Against::Log => "log", Against::Rules => "rules" },
        "line": args.line,
        "from": args.since,
        "until": args.until,
        "simulated": args.simulated,
        "limit": args.limit,
        "changes": args.changes,
    });
    let request = client
        .request(Method::POST, "rules/replay")
        .header(CONTENT_TYPE, "application/json")
        .header(ACCEPT, "application/x-ndjson")
        .timeout(Duration::from_secs(600))
        .body(body.to_string());
    let mut answer = client.send(request).await?;
    let bar = bar();
    let mut unread: Vec<u8> = Vec::new();
    while let Some(bytes) = answer.chunk().await? {
        unread.extend_from_slice(&bytes);
        while let Some(end) = unread.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = unread.drain(..=end).collect();
            let mut line: Value = serde_json::from_slice(&line)?;
            if let Some(told) = line.get("progress") {
                let count = |name: &str| told[name].as_u64().unwrap_or_default();
                show(&bar, count("read"), count("judged"));
            } else if let Some(problem) = line.get("problem") {
                bar.finish_and_clear();
                let word = |name: &str| problem[name].as_str().map(harmless);
                anyhow::bail!(
                    "{}{}",
                    word("message").unwrap_or_default(),
                    diagnostics(&problem["diagnostics"])
                );
            } else {
                bar.finish_and_clear();
                return Ok(line["result"].take());
            }
        }
    }
    bar.finish_and_clear();
    anyhow::bail!("the service broke off before it was done")
}

/// What is wrong with rules, a line each.
fn diagnostics(list: &Value) -> String {
    let mut text = String::new();
    for one in list.as_array().into_iter().flatten() {
        let word = |name: &str| one[name].as_str().map(harmless).unwrap_or_default();
        let _ = write!(
            text,
            "\n  {}:{} {}",
            word("file"),
            one["line"],
            word("message")
        );
    }
    text
}

/// Judges the log in this process, with the store that no service has open.
fn directly(
    args: &Args,
    config: &Config,
    span: Span,
    own: Option<Vec<Source>>,
) -> anyhow::Result<Value> {
    let began = Instant::now();
    let (in_force, _) = policies::compile(config)?;
    let changed = own
        .map(|own| in_force.with_rules(&rules::after_shipped(own, config.rules.shipped)))
        .transpose()?
        .map(|(policies, _)| policies);
    let new = changed.as_ref().unwrap_or(&in_force);
    let filter = CallFilter {
        line: args.line.clone().map(LineId),
        from: span.from,
        until: span.until,
        simulated: args.simulated,
        ..CallFilter::default()
    };
    let bar = bar();
    let owner = Owner::of(&config.store);
    let calls = wait_for(async {
        let store = store::open(&config.store.to_string()).await?;
        let read = AtomicUsize::new(0);
        let work = replay::read_log(store.as_ref(), &filter, args.limit, &read);
        tokio::pin!(work);
        let calls = loop {
            tokio::select! {
                calls = &mut work => break calls,
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    show(&bar, read.load(Ordering::Relaxed) as u64, 0);
                }
            }
        };
        store.close().await;
        Ok(calls?)
    })?;
    drop(owner);
    let judge = |policies: &Policies| {
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (sender, judged) = std::sync::mpsc::channel();
            let (calls, counter) = (&calls, &done);
            scope.spawn(move || sender.send(replay::judge(policies, calls, counter)));
            loop {
                match judged.recv_timeout(Duration::from_millis(20)) {
                    Ok(judged) => return Ok(judged),
                    Err(RecvTimeoutError::Timeout) => {
                        show(
                            &bar,
                            calls.len() as u64,
                            done.load(Ordering::Relaxed) as u64,
                        );
                    }
                    Err(RecvTimeoutError::Disconnected) => anyhow::bail!("judging broke off"),
                }
            }
        })
    };
    let after = judge(new)?;
    let replayed = match args.against {
        Against::Log => Replayed::of(&calls, &after, args.changes),
        Against::Rules => Replayed::between(&calls, &judge(&in_force)?, &after, args.changes),
    };
    bar.finish_and_clear();
    let mut outcome = serde_json::to_value(replayed)?;
    outcome["version"] = new.lines()[0].rules.version().into();
    outcome["took_ms"] = u64::try_from(began.elapsed().as_millis())?.into();
    Ok(outcome)
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("{msg} {pos} {wide_bar} {len} {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn show(bar: &ProgressBar, read: u64, judged: u64) {
    if judged == 0 {
        bar.set_message("reading");
        bar.set_position(read);
    } else {
        bar.set_message("judging");
        bar.set_length(read);
        bar.set_position(judged);
    }
}

fn text(args: &Args, outcome: &Value) -> String {
    let paint = Paint::on(Stream::Out);
    let count = |name: &str| outcome[name].as_u64().unwrap_or_default();
    let mut text = String::new();
    if count("calls") == 0 {
        let is_narrowed = args.line.is_some() || args.since.is_some() || args.until.is_some();
        text.push_str(match (is_narrowed, args.simulated) {
            (false, true) => "No calls in the log.\n",
            (false, false) => {
                "No calls of real callers; --simulated takes those of `portner call`.\n"
            }
            (true, true) => "No call fits.\n",
            (true, false) => {
                "No call of a real caller fits; --simulated takes those of `portner call` too.\n"
            }
        });
        return text;
    }
    let head = format!(
        "{} calls judged again in {:.1} s: {} would end otherwise",
        count("judged"),
        Duration::from_millis(count("took_ms")).as_secs_f64(),
        count("changed"),
    );
    let _ = writeln!(text, "{}", paint.strong(&head));
    let ends = ["connect", "message", "reject"];
    let _ = writeln!(
        text,
        "  {:<12}{:>9}{:>9}{:>9}{:>9}",
        "was \\ would", "connect", "message", "reject", "unknown"
    );
    for was in ends {
        let cell = |now: Option<&str>| {
            let moves = outcome["moves"].as_array().into_iter().flatten();
            let mut own = moves.filter(|one| one["was"] == was && one["now"].as_str() == now);
            own.next()
                .map_or(0, |one| one["calls"].as_u64().unwrap_or_default())
        };
        let _ = writeln!(
            text,
            "  {was:<12}{:>9}{:>9}{:>9}{:>9}",
            cell(Some("connect")),
            cell(Some("message")),
            cell(Some("reject")),
            cell(None)
        );
    }
    for (name, what) in [
        ("same", "end as they did"),
        (
            "unknown",
            "would be asked what they never were: nobody knows",
        ),
        (
            "not_by_rules",
            "were decided by you, your lists or a campaign you refused, or rang because something broke",
        ),
        ("undecided", "hung up before anything was decided"),
        ("forgotten", "were decided by words that are removed by now"),
    ] {
        let _ = writeln!(text, "  {:>6}  {what}", count(name));
    }
    let percent = |name: &str| outcome[name].as_f64().unwrap_or_default() * 100.0;
    let _ = writeln!(
        text,
        "  rejected: {:.1} % of them, would be {:.1} %",
        percent("rejected_share_was"),
        percent("rejected_share_now")
    );
    if count("connected_then_rejected") > 0 {
        let warning = format!(
            "  {} who came through would be rejected",
            count("connected_then_rejected")
        );
        let _ = writeln!(text, "{}", paint.bad(&warning));
    }
    let marks = format!(
        "  your marks: {} mended, {} broken",
        count("marks_mended"),
        count("marks_broken")
    );
    let marks = match count("marks_broken") {
        0 => marks,
        _ => paint.bad(&marks),
    };
    let _ = writeln!(text, "{marks}");
    for change in outcome["changes"].as_array().into_iter().flatten() {
        text.push_str(&line(change, paint));
    }
    text
}

fn line(change: &Value, paint: Paint) -> String {
    let word = |value: &Value| harmless(value.as_str().unwrap_or("–"));
    let now = match change["now"]["judged"]["treatment"].as_str() {
        Some(treatment) => harmless(treatment),
        None => format!("asks {}", word(&change["now"]["asks_on"]["question"])),
    };
    let mark = match (&change["mark"], change["agrees"].as_bool()) {
        (Value::Null, _) => String::new(),
        (mark, agrees) => {
            let words = format!("[marked {}] ", mark_words(mark));
            match agrees {
                Some(true) => paint.good(&words),
                Some(false) => paint.bad(&words),
                None => words,
            }
        }
    };
    let opening: String = word(&change["opening"]).chars().take(70).collect();
    format!(
        "{:<8}→ {now:<10} {mark}{opening}  {}\n",
        word(&change["was"]),
        paint.faint(&word(&change["id"]))
    )
}
