//! `portner lists`: the owner's lists, by hand and as files.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::calls::is_kept;
use super::client::{Client, NotRunning, segment, wait_for};
use super::terminal::{self, Paint, Stream, harmless};
use super::{BAD, GOOD, Usage, settings};
use crate::call::{
    Clock as _, E164, LineId, ListEntry, ListName, NumberError, NumberPattern, Origin, SystemClock,
};
use crate::config::Config;
use crate::store::{self, ListChange, Store};
use crate::transfer::{self, Defaults, Format};

/// Show and change who always rings through, who is wanted, and who is refused.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Lists: allow rings straight through and beats everything; wanted rings straight through and is
announced as such; block is refused.

Examples:
  portner lists show
  portner lists add allow 71234567 --note \"Lone, Blomsterhjørnet\"
  portner lists add block '+4570*' --until 2026-12-31
  portner lists remove block 70123456
  portner lists import kunder.csv --list wanted
  portner lists import contacts.vcf --list allow --strict
  portner lists export --format csv -o lists.csv

Without a running service the store is opened directly.
Exit codes: 0 done; 1 not done, or some rows were refused; 2 typed wrongly.")]
pub struct Args {
    #[command(subcommand)]
    action: Action,
    /// Where the service is, when not where the settings say
    #[arg(long, value_name = "URL", env = "PORTNER_SERVER", global = true)]
    server: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Name {
    Allow,
    Wanted,
    Block,
}

impl From<Name> for ListName {
    fn from(name: Name) -> Self {
        match name {
            Name::Allow => Self::Allow,
            Name::Wanted => Self::Wanted,
            Name::Block => Self::Block,
        }
    }
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Csv,
    Vcard,
}

impl From<Kind> for Format {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Csv => Self::Csv,
            Kind::Vcard => Self::VCard,
        }
    }
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Show a list, or all of them
    Show {
        /// The list
        list: Option<Name>,
        /// Write it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Put a number, or the beginning of numbers, on a list
    Add {
        /// The list
        list: Name,
        /// The number, or its beginning with a star: '+4570*'
        #[arg(value_parser = pattern)]
        number: NumberPattern,
        /// Who this is
        #[arg(long, default_value = "")]
        note: String,
        /// The line it holds for; without it, all of them
        #[arg(long, value_name = "NAME")]
        line: Option<String>,
        /// The last day it holds
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Take a number off a list
    Remove {
        /// The list
        list: Name,
        /// The number, or its beginning with a star
        #[arg(value_parser = pattern)]
        number: NumberPattern,
        /// The line it held for
        #[arg(long, value_name = "NAME")]
        line: Option<String>,
    },
    /// Read entries from a file (CSV or vCard); - reads what is piped in
    Import {
        /// The file
        file: PathBuf,
        /// The list, for rows that name none
        #[arg(long)]
        list: Option<Name>,
        /// Take all rows or none
        #[arg(long)]
        strict: bool,
        /// The country of numbers without country code
        #[arg(long, default_value = "DK")]
        region: String,
        /// How the file is written; seen by itself when nothing is said
        #[arg(long)]
        format: Option<Kind>,
        /// Write what came of it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write lists to a file
    Export {
        /// The list; without it, all of them
        list: Option<Name>,
        /// How to write it
        #[arg(long, default_value = "csv")]
        format: Kind,
        /// The file; without it, what is printed
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// How many entries go to the service at once.
const CHUNK: usize = 1_000;

/// Where lists are read and changed: at the service, or in the store that none has open.
enum Lists {
    Service(Client),
    Store(Arc<dyn Store>),
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    wait_for(async {
        let lists = open(&config, args.server.as_deref()).await?;
        let done = act(&args.action, &config, &lists).await;
        if let Lists::Store(store) = &lists {
            store.close().await;
        }
        done
    })
}

async fn open(config: &Config, server: Option<&str>) -> anyhow::Result<Lists> {
    let client = Client::new(config, server);
    let reached = match client {
        Ok(client) => client.get("status", &[]).await.map(|_| client),
        Err(error) => Err(error),
    };
    match reached {
        Ok(client) => Ok(Lists::Service(client)),
        Err(error) if error.is::<NotRunning>() && server.is_none() && is_kept(config) => {
            terminal::complain("No service runs: opening the store directly.");
            Ok(Lists::Store(store::open(&config.store.to_string()).await?))
        }
        Err(error) => Err(error),
    }
}

async fn act(action: &Action, config: &Config, lists: &Lists) -> anyhow::Result<u8> {
    match action {
        Action::Show { list, json } => {
            let entries = lists.read(*list).await?;
            if *json {
                terminal::print_json(&entries)?;
            } else {
                terminal::print(&shown(&entries))?;
            }
        }
        Action::Add {
            list,
            number,
            note,
            line,
            until,
        } => {
            let until = until
                .as_deref()
                .map(|text| last_moment(config, text))
                .transpose()?;
            let entry = ListEntry {
                pattern: *number,
                list: (*list).into(),
                line: line.clone().map(LineId),
                note: note.trim().to_owned(),
                origin: Origin::Owner,
                added_at: SystemClock.now(),
                expires_at: until,
            };
            lists.put(&entry).await?;
            terminal::print(&format!(
                "{} is on {}.",
                entry.pattern.full(),
                entry.list.as_str()
            ))?;
        }
        Action::Remove { list, number, line } => {
            let (list, pattern) = (ListName::from(*list), *number);
            lists
                .remove(list, pattern, line.clone().map(LineId))
                .await?;
            terminal::print(&format!("{} is off {}.", pattern.full(), list.as_str()))?;
        }
        Action::Export {
            list,
            format,
            output,
        } => {
            let entries = lists.read(*list).await?;
            let text = transfer::export((*format).into(), &entries);
            match output {
                None => terminal::print(&text)?,
                Some(path) => {
                    std::fs::write(path, text)
                        .with_context(|| format!("{} cannot be written", path.display()))?;
                    terminal::complain(&format!("{} entries in {}", entries.len(), path.display()));
                }
            }
        }
        Action::Import {
            file,
            list,
            strict,
            region,
            format,
            json,
        } => {
            let bytes = read_file(file)?;
            let defaults = Defaults {
                list: list.map(ListName::from),
                region: region.to_uppercase(),
                time_zone: zone(config),
                now: SystemClock.now(),
            };
            let format = format.map_or_else(|| Format::of(&bytes), Format::from);
            let read = transfer::import(format, &bytes, &defaults)?;
            let taken = if *strict && !read.refused.is_empty() {
                0
            } else {
                read.entries.len()
            };
            if taken > 0 {
                lists.import(&read.entries, *strict).await?;
            }
            if *json {
                terminal::print_json(&json!({"imported": taken, "refused": read.refused}))?;
            } else {
                terminal::print(&import_report(taken, &read.refused, *strict))?;
            }
            return Ok(if read.refused.is_empty() { GOOD } else { BAD });
        }
    }
    Ok(GOOD)
}

fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let most = transfer::MAX_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        let unreadable = |error| Usage(format!("{} cannot be read: {error}", path.display()));
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(most)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
    }
    Ok(bytes)
}

fn import_report(taken: usize, refused: &[transfer::Refusal], strict: bool) -> String {
    let paint = Paint::on(Stream::Out);
    let mut text = String::new();
    for refusal in refused {
        let _ = writeln!(
            text,
            "{} “{}”: {}; {}",
            paint.bad(&format!("row {}:", refusal.row)),
            harmless(&refusal.value),
            harmless(&refusal.reason),
            harmless(&refusal.suggestion),
        );
    }
    let why = if strict && !refused.is_empty() {
        ", since --strict takes all or none"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "{taken} entries imported, {} rows refused{why}",
        refused.len()
    );
    text
}

fn shown(entries: &[ListEntry]) -> String {
    if entries.is_empty() {
        return "No entries. `portner lists add allow NUMBER` makes one.\n".into();
    }
    let mut text = String::new();
    for entry in entries {
        let mut more = harmless(&entry.note);
        if let Some(line) = &entry.line {
            let _ = write!(more, " (line {line})");
        }
        if let Some(end) = entry.expires_at {
            let _ = write!(more, " until {end}");
        }
        let _ = writeln!(
            text,
            "{:<7} {:<17} {}",
            entry.list.as_str(),
            entry.pattern.full(),
            more.trim()
        );
    }
    text
}

fn pattern(text: &str) -> Result<NumberPattern, NumberError> {
    if text.trim().ends_with('*') {
        NumberPattern::parse(text)
    } else {
        E164::parse_national(text, "DK").map(NumberPattern::exact)
    }
}

fn zone(config: &Config) -> TimeZone {
    config
        .lines
        .first()
        .map_or_else(TimeZone::system, |line| line.time_zone.clone())
}

/// The end of a day in the zone of the first line.
fn last_moment(config: &Config, text: &str) -> anyhow::Result<jiff::Timestamp> {
    let day: Date = text
        .parse()
        .map_err(|_| Usage(format!("“{text}” is no day; write it as 2026-12-31")))?;
    Ok(day.tomorrow()?.to_zoned_datetime(zone(config))?.timestamp())
}

impl Lists {
    async fn read(&self, list: Option<Name>) -> anyhow::Result<Vec<ListEntry>> {
        let mut all = Vec::new();
        let names = list.map_or_else(|| ListName::ALL.to_vec(), |name| vec![name.into()]);
        for name in names {
            let mut after: Option<NumberPattern> = None;
            loop {
                let (page, next) = self.page(name, after).await?;
                all.extend(page);
                match next {
                    Some(_) => after = next,
                    None => break,
                }
            }
        }
        Ok(all)
    }

    async fn page(
        &self,
        list: ListName,
        after: Option<NumberPattern>,
    ) -> anyhow::Result<(Vec<ListEntry>, Option<NumberPattern>)> {
        match self {
            Self::Service(client) => {
                let mut query = vec![("limit", "500".to_owned())];
                query.extend(after.map(|after| ("after", after.full())));
                let page = client
                    .get(&format!("lists/{}", list.as_str()), &query)
                    .await?;
                let entries: Vec<ListEntry> = serde_json::from_value(page["entries"].clone())?;
                Ok((entries, serde_json::from_value(page["next"].clone())?))
            }
            Self::Store(store) => {
                let entries = store.entries(list, after, 500).await?;
                let next = entries.last().map(|entry| entry.pattern);
                Ok((entries, next))
            }
        }
    }

    async fn put(&self, entry: &ListEntry) -> anyhow::Result<()> {
        match self {
            Self::Service(client) => {
                let mut body = json!({"note": entry.note});
                if let Some(line) = &entry.line {
                    body["line"] = json!(line);
                }
                if let Some(end) = entry.expires_at {
                    body["expires_at"] = json!(end);
                }
                let path = format!(
                    "lists/{}/{}",
                    entry.list.as_str(),
                    segment(&entry.pattern.full())
                );
                client.send_json(Method::PUT, &path, &body).await?;
            }
            Self::Store(store) => {
                store
                    .change_lists(vec![ListChange::Put(entry.clone())])
                    .await?;
            }
        }
        Ok(())
    }

    async fn remove(
        &self,
        list: ListName,
        pattern: NumberPattern,
        line: Option<LineId>,
    ) -> anyhow::Result<()> {
        match self {
            Self::Service(client) => {
                let path = format!("lists/{}/{}", list.as_str(), segment(&pattern.full()));
                let query: Vec<_> = line.map(|line| ("line", line.0)).into_iter().collect();
                client
                    .send(client.request(Method::DELETE, &path).query(&query))
                    .await?;
            }
            Self::Store(store) => {
                store
                    .change_lists(vec![ListChange::Remove {
                        list,
                        pattern,
                        line,
                    }])
                    .await?;
            }
        }
        Ok(())
    }

    /// Keeps entries of a file: in pieces, or with `strict` all at once or not at all.
    async fn import(&self, entries: &[ListEntry], strict: bool) -> anyhow::Result<()> {
        let bar = ProgressBar::new(entries.len() as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos} of {len} entries, {eta} left")
        {
            bar.set_style(style);
        }
        let size = if strict { entries.len().max(1) } else { CHUNK };
        for piece in entries.chunks(size) {
            match self {
                Self::Service(client) => {
                    let request = client
                        .request(Method::POST, "lists/import")
                        .query(&[("strict", "true")])
                        .header(CONTENT_TYPE, "text/csv; charset=utf-8")
                        .body(transfer::export(Format::Csv, piece));
                    let answer: Value = client.send(request).await?.json().await?;
                    if answer["imported"] != piece.len() {
                        anyhow::bail!(
                            "the service took {} of {} entries",
                            answer["imported"],
                            piece.len()
                        );
                    }
                }
                Self::Store(store) => {
                    let changes = piece.iter().cloned().map(ListChange::Put).collect();
                    store.change_lists(changes).await?;
                }
            }
            bar.inc(piece.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }
}
