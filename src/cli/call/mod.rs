//! `portner call`: be the caller. A small Twilio plays the call against the running service over
//! HTTP, signed like Twilio's own requests.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::client::{Client, Server, segment, wait_for};
use super::{GOOD, Usage, settings, terminal};
use crate::call::{CallerNumber, E164};
use crate::config::Config;

mod carrier;
mod report;
mod script;
mod twiml;

use carrier::{Carrier, Numbers, Played};
use report::Report;
pub(super) use report::{opinion_of, reason_line};
use script::{OwnerKey, People, Script, Scripted, Typing};

/// A made-up Danish mobile.
const CALLER: &str = "+4571234567";
/// What Twilio sends for callers that hide their number.
const WITHHELD: &str = "anonymous";

/// Be the caller: hear what the doorman says, answer, and see the verdict with its reasons.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Type what you say. One key alone (1) presses that key, an empty line is silence, Ctrl-D hangs up.
When the owner's phone rings, you are the owner too. The call goes the same way as a real one:
over HTTP to the running service, signed like Twilio's requests. It counts for nothing.

Examples:
  portner call
  portner call --from withheld
  portner call --say \"Ja goddag, taler jeg med den IT-ansvarlige?\" --say \"Det er fra Nordtele\"
  portner call --say \"hej det er Lone, min hjemmeside er nede\" --owner-key 1
  portner call --say \"\" --say \"\" --press 1 --say \"ring til mig\" --json | jq .verdict

Exit codes: 0 the call was played to its end; 1 it could not be (is the service running?); 2 typed
wrongly.")]
pub struct Args {
    /// Who calls: a number, or “withheld”; +4571234567 when nothing is said
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The line that is called; the first in the settings when nothing is said
    #[arg(long, value_name = "NUMBER")]
    to: Option<String>,
    /// What the network calls the caller
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    script: Script,
    /// What the owner presses when he is told who calls [default: 1 in a script, else you are asked]
    #[arg(long, value_name = "KEY")]
    owner_key: Option<OwnerKey>,
    /// Show the documents that Twilio gets in full
    #[arg(long)]
    show_markup: bool,
    /// Write one JSON object: verdict, ground, turns, reasons, slots, call_id, instructions
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    let scripted = args.json || !args.script.is_empty();
    let mut typing = Typing::new(args.owner_key);
    let from = match &args.from {
        Some(from) => caller(from)?,
        None if scripted => CALLER.to_owned(),
        None => asked(&mut typing)?,
    };
    let numbers = Numbers {
        to: called(&config, args.to.as_deref())?,
        from,
        name: args.name.clone(),
    };
    let client = Client::new(&config, args.server.named())?;
    let report = wait_for(async {
        if scripted {
            let owner = args.owner_key.unwrap_or(OwnerKey::Take);
            let mut people = Scripted::new(args.script, owner, args.json);
            play(&client, &mut people, numbers).await
        } else {
            terminal::print(
                "Type what you say; a key alone presses it, an empty line is silence, Ctrl-D hangs up.\n",
            )?;
            play(&client, &mut typing, numbers).await
        }
    })?;
    if args.json {
        terminal::print_json(&report.as_json())?;
    } else {
        terminal::print(&report.as_text(args.show_markup))?;
    }
    Ok(GOOD)
}

async fn play<P: People>(
    client: &Client,
    people: &mut P,
    numbers: Numbers,
) -> anyhow::Result<Report> {
    let played = Carrier::new(client, people, numbers.clone()).play().await?;
    let story = find(client, &played, &numbers).await?;
    Ok(Report { played, story })
}

/// The call's entry in the log. It may be written a moment after its last answer.
async fn find(client: &Client, played: &Played, numbers: &Numbers) -> anyhow::Result<Value> {
    let mut query = vec![("simulated", "true".to_owned()), ("limit", "20".to_owned())];
    if let Some(number) = CallerNumber::read(&numbers.from).public() {
        query.push(("caller", number.full()));
    }
    for _ in 0..20 {
        let page = client.get("calls", &query).await?;
        for call in page["calls"].as_array().into_iter().flatten() {
            let Some(id) = call["id"].as_str() else {
                continue;
            };
            let story = client.get(&format!("calls/{}", segment(id)), &[]).await?;
            if story["call"]["provider"]["id"] == played.sid.as_str() {
                return Ok(story);
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!(
        "the call was played and is not in the log: the store is away; `portner doctor` says why"
    )
}

/// Who calls, asked until it can be meant; whoever pipes in gets one try.
fn asked(typing: &mut Typing) -> anyhow::Result<String> {
    loop {
        let typed = typing.ask(&format!("Your number, or “withheld” [{CALLER}]: "))?;
        let number = match typed.as_deref().map(str::trim) {
            None | Some("") => return Ok(CALLER.to_owned()),
            Some(number) => number,
        };
        match caller(number) {
            Err(error) if std::io::stdin().is_terminal() => {
                terminal::complain(&format!("{error}"));
            }
            read => return read,
        }
    }
}

fn caller(text: &str) -> anyhow::Result<String> {
    let text = text.trim();
    if matches!(
        text.to_lowercase().as_str(),
        "withheld" | "anonymous" | "hemmeligt"
    ) {
        return Ok(WITHHELD.to_owned());
    }
    if text.starts_with("sip:") || text.starts_with("client:") {
        return Ok(text.to_owned());
    }
    number("--from", text)
}

fn called(config: &Config, to: Option<&str>) -> anyhow::Result<String> {
    match to {
        Some(to) => number("--to", to),
        None => config
            .lines
            .first()
            .and_then(|line| line.numbers.first())
            .map(|number| number.full())
            .ok_or_else(|| Usage("no line has a number: name one with --to".into()).into()),
    }
}

fn number(option: &str, text: &str) -> anyhow::Result<String> {
    let read = E164::parse_national(text, "DK");
    Ok(read
        .map_err(|error| Usage(format!("{option} {text}: {error}")))?
        .full())
}
