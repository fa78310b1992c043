//! `portner lists`: the owner's lists, by hand and as files.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use serde_json::json;

use self::place::Lists;
use super::client::{Server, wait_for};
use super::days::{end, last_day, zone};
use super::terminal::{self, Paint, Stream, counted, harmless};
use super::{BAD, GOOD, Usage, settings};
use crate::call::{
    Clock as _, E164, LineId, ListEntry, ListName, NumberError, NumberPattern, Origin, SystemClock,
};
use crate::config::Config;
use crate::transfer::{self, Defaults, Format};

mod place;

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
    #[command(flatten)]
    server: Server,
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
    #[command(after_help = "\
Examples:
  portner lists show
  portner lists show block --json")]
    Show {
        /// The list
        list: Option<Name>,
        /// Write it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Put a number, or the beginning of numbers, on a list
    #[command(after_help = "\
Examples:
  portner lists add allow 71234567 --note 'Lone, Blomsterhjørnet'
  portner lists add block '+4570*' --until 2026-12-31")]
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
        /// The last day it holds, or the moment it ends
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
        /// Block the beginning of numbers though callers who came through have such ones
        #[arg(long)]
        insist: bool,
    },
    /// Take a number off a list
    #[command(after_help = "\
Examples:
  portner lists remove block 70123456
  portner lists remove block '+4570*'")]
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
    #[command(after_help = "\
Examples:
  portner lists import kunder.csv --list wanted
  portner lists import contacts.vcf --list allow --strict
  portner lists export | ssh other portner lists import --insist -")]
    Import {
        /// The file
        file: PathBuf,
        /// The list, for rows that name none
        #[arg(long)]
        list: Option<Name>,
        /// Take all rows or none
        #[arg(long)]
        strict: bool,
        /// Block beginnings of numbers too that were written by hand where the file was exported
        #[arg(long)]
        insist: bool,
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
    #[command(after_help = "\
Examples:
  portner lists export -o lists.csv
  portner lists export wanted --format vcard -o wanted.vcf")]
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

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    wait_for(async {
        let lists = Lists::open(&config, args.server.named()).await?;
        let done = act(&args.action, &config, &lists).await;
        lists.close().await;
        done
    })
}

async fn act(action: &Action, config: &Config, lists: &Lists) -> anyhow::Result<u8> {
    match action {
        Action::Show { list, json } => {
            let entries = lists.read(list.map(ListName::from)).await?;
            if *json {
                terminal::print_json(&entries)?;
            } else {
                terminal::print(&shown(&entries, &zone(config)))?;
            }
        }
        Action::Add {
            list,
            number,
            note,
            line,
            until,
            insist,
        } => {
            let until = until
                .as_deref()
                .map(|text| end(&zone(config), text))
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
            lists.put(&entry, *insist).await?;
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
            let entries = lists.read(list.map(ListName::from)).await?;
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
            insist,
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
            let mut read = transfer::import(format, &bytes, &defaults)?;
            let mut his = Vec::new();
            for (_, entry) in &read.by_hand {
                if *insist || lists.has_by_hand(entry).await? {
                    his.push(entry.clone());
                }
            }
            read.take_by_hand(|entry| his.contains(entry));
            let lines: Vec<LineId> = config.lines.iter().map(|line| line.id.clone()).collect();
            lists.fit(&mut read, &lines, *insist).await?;
            let taken = if *strict && !read.refused.is_empty() {
                0
            } else {
                read.entries.len()
            };
            if taken > 0 {
                lists.import(&read.entries, *strict, *insist).await?;
            }
            if *json {
                terminal::print_json(
                    &json!({"imported": taken, "refused": read.refused, "doubtful": read.doubtful, "unread": read.unread}),
                )?;
            } else {
                terminal::print(&import_report(taken, &read, *strict))?;
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

fn import_report(taken: usize, read: &transfer::Import, strict: bool) -> String {
    let paint = Paint::on(Stream::Out);
    let mut text = String::new();
    let mut tell = |row: String, remark: &transfer::Remark| {
        let _ = writeln!(
            text,
            "{row} “{}”: {}; {}",
            harmless(&remark.value),
            harmless(remark.reason.english()),
            harmless(remark.suggestion.english()),
        );
    };
    for remark in &read.doubtful {
        tell(format!("row {}, taken:", remark.row), remark);
    }
    let refused = &read.refused;
    for remark in refused {
        tell(paint.bad(&format!("row {}:", remark.row)), remark);
    }
    if !read.unread.is_empty() {
        let headings = read
            .unread
            .iter()
            .map(|heading| format!("“{}”", harmless(heading)));
        let headings = headings.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "columns that were not read: {headings}");
    }
    let why = if strict && !refused.is_empty() {
        ", since --strict takes all or none"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "{} imported, {} refused{why}",
        if taken == 1 {
            "1 entry".to_owned()
        } else {
            format!("{taken} entries")
        },
        counted(refused.len(), "row"),
    );
    text
}

fn shown(entries: &[ListEntry], zone: &TimeZone) -> String {
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
            let _ = write!(more, " until {}", last_day(zone, end));
        }
        let origin = match entry.origin {
            Origin::Owner => "written",
            Origin::Whisper => "pressed during a call",
            Origin::Import => "from a file",
        };
        let added = entry.added_at.to_zoned_datetime(zone.clone());
        let _ = writeln!(
            text,
            "{:<7} {:<17} {}",
            entry.list.as_str(),
            entry.pattern.full(),
            format!("{} ({origin} {})", more.trim(), added.date()).trim_start()
        );
    }
    text
}

fn pattern(text: &str) -> Result<NumberPattern, String> {
    let is_beginning = text.trim().ends_with('*');
    if is_beginning {
        NumberPattern::parse(text)
    } else {
        E164::parse_national(text, "DK").map(NumberPattern::exact)
    }
    .map_err(|error| match error {
        NumberError::TooShort(_) if !is_beginning => {
            format!("{error}; a beginning of numbers ends with a star: '{text}*'")
        }
        error => error.to_string(),
    })
}
