//! `portner calls`: the call log.

use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::client::{Client, Server, is_away, segment, wait_for};
use super::days::{self, Span};
use super::explain::story_text;
use super::terminal::{self, Paint, Stream, harmless};
use super::{GOOD, Usage, number, settings};
use crate::app::Owner;
use crate::call::{CallId, E164, Language, LineId, Mark, Treatment};
use crate::config::{Config, StoreAddress};
use crate::store::{self, CallFilter, marks};
use crate::web::CallSummary;

mod follow;
mod listening;
mod mark;
mod table;

pub(super) use listening::would_have_been;
pub(super) use mark::words as mark_words;

/// How many calls are shown when nothing is said.
const LIMIT: usize = 50;

/// Show the call log, newest first, or one call in full; mark calls right or wrong.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portner calls
  portner calls --verdict reject --since 2026-03-01
  portner calls --message --since 2026-03-01
  portner calls --caller +4571234567 --json | jq '.[].said'
  portner calls --csv > calls.csv
  portner calls --follow
  portner calls 0198c2f0-0000-7000-8000-000000000000
  portner calls mark 0198c2f0-0000-7000-8000-000000000000 wrong --should connect --note \"a customer\"
  portner calls --mark wrong

Without a running service the store is opened directly, but for --csv and --follow.
Exit codes: 0 shown; 1 neither the service nor the store can be asked; 2 typed wrongly.")]
pub struct Args {
    #[command(subcommand)]
    action: Option<mark::Action>,
    /// A call, to be shown in full
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only calls with this verdict
    #[arg(long, value_enum)]
    verdict: Option<Verdict>,
    /// Only calls where a message was left, or that were sent to leave one
    #[arg(long)]
    message: bool,
    /// Only calls that you marked so
    #[arg(long, value_enum)]
    mark: Option<Marked>,
    /// Only calls from this number
    #[arg(long, value_name = "NUMBER", visible_alias = "from")]
    caller: Option<String>,
    /// Only calls to this line
    #[arg(long, value_name = "NAME")]
    line: Option<String>,
    /// Only calls in which this was said
    #[arg(long, value_name = "WORDS")]
    text: Option<String>,
    /// Not before this day or moment
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// Before this day or moment
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    /// Leave out calls that were played with `portner call`
    #[arg(long)]
    real: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = LIMIT)]
    limit: usize,
    /// Show each call as it changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["csv", "id", "text", "since", "until", "mark"])]
    follow: bool,
    /// Write JSON; with --follow an object a line
    #[arg(long)]
    json: bool,
    /// Write a table for spreadsheets
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    server: Server,
}

impl Args {
    /// What chooses calls to be shown is not for a command about one of them.
    fn show_nothing(&self) -> Result<(), Usage> {
        let Self {
            action: _,
            server: _,
            id,
            verdict,
            message,
            mark,
            caller,
            line,
            text,
            since,
            until,
            real,
            limit,
            follow,
            json,
            csv,
        } = self;
        let texts = [id, caller, line, text, since, until];
        let chooses = texts.iter().any(|text| text.is_some())
            || verdict.is_some()
            || mark.is_some()
            || *limit != LIMIT
            || [message, real, follow, json, csv].contains(&&true);
        if chooses {
            let told =
                "only --server goes before mark and unmark; the rest chooses calls to be shown";
            return Err(Usage(told.into()));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Verdict {
    Connect,
    Message,
    Reject,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Marked {
    Right,
    Wrong,
    Any,
}

impl Marked {
    fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Any => "any",
        }
    }

    fn takes(self, mark: &Mark) -> bool {
        match self {
            Self::Right => !mark.judged.is_wrong(),
            Self::Wrong => mark.judged.is_wrong(),
            Self::Any => true,
        }
    }
}

impl Verdict {
    pub(super) fn treatment(self) -> Treatment {
        match self {
            Self::Connect => Treatment::Connect,
            Self::Message => Treatment::Message,
            Self::Reject => Treatment::Reject,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Message => "message",
            Self::Reject => "reject",
        }
    }
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    let zone = days::zone(&config);
    if let Some(action) = &args.action {
        args.show_nothing()?;
        return mark::run(action, args.server.named(), &config);
    }
    let span = Span::read(&config, args.since.as_deref(), args.until.as_deref())?;
    doubt_line(&config, args.server.named(), args.line.as_deref());
    let asked = Client::new(&config, args.server.named())
        .and_then(|client| wait_for(ask(args, &client, &zone)));
    match asked {
        Err(error)
            if is_away(&error, args.server.named())
                && is_kept(&config)
                && !args.csv
                && !args.follow =>
        {
            terminal::complain("No service runs: reading the store directly.");
            wait_for(read(args, &config, span))?;
        }
        other => other?,
    }
    Ok(GOOD)
}

/// Says so where the settings have no line of this name: calls to one that is no more may be kept. Those
/// of a service elsewhere are not known here.
pub(super) fn doubt_line(config: &Config, server: Option<&str>, line: Option<&str>) {
    let Some(line) = line.filter(|_| server.is_none()) else {
        return;
    };
    if let Some(doubt) = no_such_line(config, line) {
        terminal::complain(&doubt);
    }
}

fn no_such_line(config: &Config, wanted: &str) -> Option<String> {
    let lines: Vec<&str> = config.lines.iter().map(|line| line.id.0.as_str()).collect();
    (!lines.contains(&wanted)).then(|| {
        format!(
            "There is no line “{}”; the lines are: {}.",
            harmless(wanted),
            lines.join(", ")
        )
    })
}

/// Whether there is a store to open without a service.
pub(super) fn is_kept(config: &Config) -> bool {
    matches!(&config.store, StoreAddress::Sled(folder) if folder.exists())
}

async fn ask(args: &Args, client: &Client, zone: &TimeZone) -> anyhow::Result<()> {
    if let Some(id) = &args.id {
        let story = client.get(&format!("calls/{}", segment(id)), &[]).await?;
        return if args.json {
            terminal::print_json(&story)
        } else {
            Ok(terminal::print(&story_text(&story, zone))?)
        };
    }
    if args.follow {
        return follow::follow(args, client, zone).await;
    }
    let mut query = query(args)?;
    if args.csv {
        query.push(("format", "csv".into()));
        let table = table::read(client, &query, args.limit).await?;
        return Ok(terminal::print(&table)?);
    }
    let mut calls: Vec<Value> = Vec::new();
    let mut before: Option<String> = None;
    while calls.len() < args.limit {
        let query = part(&query, args.limit - calls.len(), before.take());
        let page = client.get("calls", &query).await?;
        calls.extend(page["calls"].as_array().cloned().unwrap_or_default());
        before = page["next"].as_str().map(str::to_owned);
        if before.is_none() {
            break;
        }
    }
    show(args, &calls, zone)
}

/// What asks for the next page: so many calls are still wanted, before this one.
fn part(
    query: &[(&'static str, String)],
    wanted: usize,
    before: Option<String>,
) -> Vec<(&'static str, String)> {
    let mut query = query.to_vec();
    query.push(("limit", wanted.clamp(1, 500).to_string()));
    query.extend(before.map(|before| ("before", before)));
    query
}

fn query(args: &Args) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut query = vec![("simulated", (!args.real).to_string())];
    if let Some(caller) = &args.caller {
        query.push(("caller", self::caller(caller)?.full()));
    }
    for (name, value) in [
        ("line", &args.line),
        ("text", &args.text),
        ("from", &args.since),
        ("until", &args.until),
    ] {
        query.extend(value.clone().map(|value| (name, value)));
    }
    query.extend(args.mark.map(|mark| ("mark", mark.word().to_owned())));
    query.extend(
        args.verdict
            .map(|verdict| ("verdict", verdict.word().to_owned())),
    );
    if args.message {
        query.push(("message", "true".into()));
    }
    Ok(query)
}

fn caller(text: &str) -> Result<E164, Usage> {
    number(text).map_err(|Usage(told)| Usage(format!("--caller {told}")))
}

fn show(args: &Args, calls: &[Value], zone: &TimeZone) -> anyhow::Result<()> {
    if args.json {
        return terminal::print_json(&calls);
    }
    if calls.is_empty() {
        terminal::print("No call fits. `portner call` makes one.")?;
        return Ok(());
    }
    let text: String = calls.iter().map(|call| line(call, zone)).collect();
    Ok(terminal::print(&text)?)
}

/// A call in a line.
fn line(call: &Value, zone: &TimeZone) -> String {
    let paint = Paint::on(Stream::Out);
    let word = |name: &str| call[name].as_str().map(harmless);
    let time = days::shown(zone, &call["started_at"]);
    let verdict = word("verdict").unwrap_or_else(|| "–".into());
    let padded = format!("{verdict:<8}");
    let shown = match verdict.as_str() {
        "connect" => paint.good(&padded),
        "reject" => paint.bad(&padded),
        _ => paint.strong(&padded),
    };
    let said: Vec<String> = call["said"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(harmless)
        .collect();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}  {:<16} {shown} {:<18} {}{}{}{}  {}",
        time,
        word("caller").unwrap_or_else(|| "withheld".into()),
        word("ground").unwrap_or_default(),
        match would_have_been(&call["would_have"]) {
            Some(words) if call["would_have"] != call["verdict"] =>
                paint.strong(&format!("[would have been {words}] ")),
            _ => String::new(),
        },
        if call["simulated"] == true {
            "(played) "
        } else {
            ""
        },
        match call["mark"]["judged"].as_str() {
            Some("right") => paint.good("[right] "),
            Some(_) => paint.bad(&format!("[{}] ", mark::words(&call["mark"]))),
            None => String::new(),
        },
        said.join(" / "),
        paint.faint(&word("id").unwrap_or_default()),
    );
    text
}

/// Reads the log out of the store, where no service has it open.
async fn read(args: &Args, config: &Config, span: Span) -> anyhow::Result<()> {
    let _owner = Owner::of(&config.store);
    let store = store::open(&config.store.to_string()).await?;
    let result = read_from(args, store.as_ref(), span, &days::zone(config)).await;
    store.close().await;
    result
}

async fn read_from(
    args: &Args,
    store: &dyn store::Store,
    span: Span,
    zone: &TimeZone,
) -> anyhow::Result<()> {
    if let Some(id) = &args.id {
        let id = CallId::parse(id).ok_or_else(|| Usage(format!("“{id}” is no name of a call")))?;
        let Some(call) = store.call(id).await? else {
            anyhow::bail!("there is no such call");
        };
        let mut story = json!({ "call": call, "mark": marks::of(store, id).await? });
        if let Some((da, en)) = call.sentence(Language::Da).zip(call.sentence(Language::En)) {
            story["sentences"] = json!({ "da": da, "en": en });
        }
        return if args.json {
            terminal::print_json(&story)
        } else {
            Ok(terminal::print(&story_text(&story, zone))?)
        };
    }
    let filter = CallFilter {
        line: args.line.clone().map(LineId),
        caller: args.caller.as_deref().map(caller).transpose()?,
        verdict: args.verdict.map(Verdict::treatment),
        message: args.message,
        from: span.from,
        until: span.until,
        text: args.text.clone(),
        simulated: !args.real,
    };
    let page = match args.mark {
        None => store.calls(&filter, None, args.limit).await?,
        Some(marked) => {
            let is_wanted = |mark: &Mark| marked.takes(mark);
            marks::calls(store, &filter, is_wanted, None, args.limit).await?
        }
    };
    let mut marks = marks::of_all(store, &page.calls).await?;
    let calls: Result<Vec<Value>, _> = page
        .calls
        .iter()
        .map(|call| CallSummary::of(call).marked(marks.remove(&call.id)))
        .map(serde_json::to_value)
        .collect();
    show(args, &calls?, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_not_there_is_answered_with_those_that_are() {
        let settings = "[[line]]\nid = \"shop\"\nnumber = \"+4570101010\"\ndestination = [{ number = \"+4520111111\" }]\n";
        let config = Config::from_text(None, settings, &Default::default()).unwrap();
        assert_eq!(no_such_line(&config, "shop"), None);
        let told = no_such_line(&config, "nope").unwrap();
        assert_eq!(told, "There is no line “nope”; the lines are: shop.");
    }

    #[test]
    fn a_line_says_what_would_have_become_of_a_caller_where_that_is_something_else() {
        let call = |would_have: Value| {
            let call =
                json!({ "verdict": "connect", "ground": "listening", "would_have": would_have });
            line(&call, &TimeZone::UTC)
        };
        assert!(call(json!("reject")).contains("[would have been rejected]"));
        assert!(!call(json!("connect")).contains("would have"));
        assert!(!call(Value::Null).contains("would have"));
    }
}
