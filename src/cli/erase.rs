//! `portner erase`: everything that is held on a telephone number, gone.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::client::{Client, Server, segment, wait_for};
use super::{BAD, GOOD, number, settings, terminal};
use crate::call::E164;

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the service is asked whether the files are written anew.
const ASKS: usize = 240;

/// Erase everything that is held on a telephone number: nothing brings it back.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Its calls with all that was said, marks, list entries of its own, what was still to be told of it,
and its place in campaigns. Records of what was done at the desk stay, with the number masked. The
provider is told to remove recorded messages; `portner outbox` shows what is still to be removed.
The store is written anew, so that no file of it has any of it any more.

Backups that were made before still hold it: erase it again after restoring one. Stores that were put
aside (folders damaged-1, before-restore-1, … in the store's own) may hold it too; those that are there
are named, and it is not erased before they are removed.

Examples:
  portner export +4571234567 > held.json
  portner erase +4571234567
  portner erase --yes \"+45 71 23 45 67\"

Exit codes: 0 it is erased; 1 it is not; 2 typed wrongly.")]
pub struct Args {
    /// The number; without a country code it is Danish
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Do not ask whether it is meant
    #[arg(long)]
    yes: bool,
    /// Write what was erased as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let number = number(&args.number)?;
    let client = Client::new(&settings(file)?, args.server.named())?;
    if !args.yes && !is_meant(number)? {
        terminal::print("Nothing was erased.")?;
        return Ok(BAD);
    }
    let erased = wait_for(erase(&client, number))?;
    if args.json {
        terminal::print_json(&erased)?;
    } else {
        terminal::print(&shown(number, &erased))?;
    }
    let aside = not_reached(&erased);
    if !aside.is_empty() {
        anyhow::bail!(
            "it may still be in stores that were put aside: remove {} from the folder of the store, or \
             wait until `words_days` under [retention] are over",
            aside.join(" and ")
        );
    }
    Ok(GOOD)
}

/// The stores that were put aside and may still hold it.
fn not_reached(erased: &Value) -> Vec<&str> {
    let aside = erased["not_reached"].as_array();
    let names = aside.into_iter().flatten().filter_map(Value::as_str);
    names.collect()
}

fn is_meant(number: E164) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        anyhow::bail!("nothing was erased: say --yes where nobody can be asked");
    }
    terminal::print(&format!(
        "Erase everything that is held on {}? Nothing brings it back. Type yes:",
        number.full()
    ))?;
    let mut said = String::new();
    std::io::stdin().lock().read_line(&mut said)?;
    Ok(matches!(said.trim(), "yes" | "ja"))
}

/// Erases, and waits until the files are written anew. What was erased is counted by the first answer.
async fn erase(client: &Client, number: E164) -> anyhow::Result<Value> {
    let path = format!("numbers/{}", segment(&number.full()));
    let mut erased: Option<Value> = None;
    for _ in 0..ASKS {
        let request = client.request(Method::DELETE, &path).timeout(PATIENCE);
        let told: Value = client.send(request).await?.json().await?;
        let scrubbed = told["scrubbed"] == true;
        let erased = erased.get_or_insert(told);
        if scrubbed {
            erased["scrubbed"] = true.into();
            return Ok(erased.clone());
        }
    }
    anyhow::bail!("it is erased, but the store is still being written anew; ask again later")
}

fn shown(number: E164, erased: &Value) -> String {
    let parts = [
        ("calls", "call", "calls"),
        ("entries", "list entry", "list entries"),
        ("outbox", "message not yet told", "messages not yet told"),
        ("campaigns", "place in a campaign", "places in campaigns"),
        ("deeds", "record masked", "records masked"),
        (
            "recordings",
            "recording to be removed by the provider",
            "recordings to be removed by the provider",
        ),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter_map(|(name, one, many)| match erased[name].as_u64()? {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        })
        .collect();
    if said.is_empty() {
        return format!("Nothing is held on {}.", number.full());
    }
    format!(
        "Erased: {}. No file of the store has any of it any more.",
        said.join(", ")
    )
}
