//! `portner campaigns`: calls that open nearly alike.

use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use super::calls::is_kept;
use super::client::{Client, Server, is_away, segment, wait_for};
use super::days;
use super::terminal::{self, Paint, Stream, harmless};
use super::{GOOD, Usage, settings};
use crate::app::Owner;
use crate::call::{CallId, Clock as _, SystemClock};
use crate::service::Campaigns;
use crate::store;

/// How long a campaign is refused when nothing is said.
const REFUSE_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

/// How many calls a campaign has that is shown when nothing is said.
const CALLS: u32 = 2;

/// Show calls that open nearly alike, from one number or several, and refuse them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Who opens nearly word for word as a refused campaign does gets a no where a rule speaks against him too,
and leaves a message where none does, unless anything speaks for him. Pressing 4 when you are told who calls refuses his campaign too.

Examples:
  portner campaigns
  portner campaigns --calls 5 --json
  portner campaigns refuse 0198c2f0-0000-7000-8000-000000000000 --until 2026-12-31
  portner campaigns admit 0198c2f0-0000-7000-8000-000000000000

Without a running service the store is opened directly.
Exit codes: 0 done; 1 not done; 2 typed wrongly.")]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Only those with so many calls; refused ones are always shown
    #[arg(long, value_name = "N", default_value_t = CALLS)]
    calls: u32,
    /// Leave out calls that were played with `portner call`
    #[arg(long)]
    real: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Refuse a campaign from now on
    #[command(after_help = "\
Example:
  portner campaigns refuse 0198c2f0-0000-7000-8000-000000000000 --until 2026-12-31")]
    Refuse {
        /// The campaign
        id: String,
        /// The last day it is refused, or the moment that ends; 90 days when nothing is said
        #[arg(long, value_name = "DAY")]
        until: Option<String>,
    },
    /// Let a refused campaign in again
    #[command(after_help = "\
Example:
  portner campaigns admit 0198c2f0-0000-7000-8000-000000000000")]
    Admit {
        /// The campaign
        id: String,
    },
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    let zone = days::zone(&config);
    if args.action.is_some() && (args.json || args.real || args.calls != CALLS) {
        let told =
            "only --server goes before refuse and admit; the rest chooses campaigns to be shown";
        return Err(Usage(told.into()).into());
    }
    let until = match &args.action {
        Some(Action::Refuse { until, .. }) => until.as_deref(),
        Some(Action::Admit { .. }) | None => None,
    };
    let until = until.map(|text| days::end(&zone, text)).transpose()?;
    let asked = Client::new(&config, args.server.named())
        .and_then(|client| wait_for(ask(args, until, &client)));
    let answer = match asked {
        Err(error) if is_away(&error, args.server.named()) && is_kept(&config) => {
            terminal::complain("No service runs: opening the store directly.");
            let _owner = Owner::of(&config.store);
            wait_for(async {
                let store = store::open(&config.store.to_string()).await?;
                let done = directly(args, until, store.as_ref()).await;
                store.close().await;
                done
            })?
        }
        other => other?,
    };
    match &args.action {
        Some(Action::Refuse { .. }) => {
            let until = refused_until(&answer, &zone).unwrap_or_default();
            let name = harmless(answer["name"].as_str().unwrap_or_default());
            terminal::print(&format!("“{name}” is refused until {until}."))?;
        }
        Some(Action::Admit { .. }) => terminal::print("The campaign is let in again.")?,
        None if args.json => terminal::print_json(&answer["campaigns"])?,
        None => terminal::print(&text(&answer, &zone))?,
    }
    Ok(GOOD)
}

async fn ask(args: &Args, until: Option<Timestamp>, client: &Client) -> anyhow::Result<Value> {
    let path = |id: &str| -> anyhow::Result<String> {
        Ok(format!(
            "campaigns/{}/refusal",
            segment(&campaign(id)?.to_string())
        ))
    };
    match &args.action {
        Some(Action::Refuse { id, .. }) => {
            let body = json!({ "until": until });
            client.send_json(Method::PUT, &path(id)?, &body).await
        }
        Some(Action::Admit { id }) => {
            client
                .send(client.request(Method::DELETE, &path(id)?))
                .await?;
            Ok(Value::Null)
        }
        None => {
            let query = [
                ("calls", args.calls.to_string()),
                ("simulated", (!args.real).to_string()),
                ("limit", "500".to_owned()),
            ];
            client.get("campaigns", &query).await
        }
    }
}

async fn directly(
    args: &Args,
    until: Option<Timestamp>,
    store: &dyn store::Store,
) -> anyhow::Result<Value> {
    let campaigns = Campaigns::default();
    campaigns.load(store).await?;
    let now = SystemClock.now();
    let (id, until) = match &args.action {
        None => {
            let mut all = campaigns.all();
            all.retain(|one| {
                (one.calls >= args.calls || one.is_refused(now)) && !(args.real && one.simulated)
            });
            let all: Vec<Value> = all
                .iter()
                .map(|one| {
                    json!({
                        "id": one.id, "name": one.name(), "opening": one.opening,
                        "calls": one.calls, "numbers": one.numbers(), "first_at": one.first_at,
                        "last_at": one.last_at(), "simulated": one.simulated,
                        "refused_until": one.refused_until.filter(|until| now < *until),
                        "sightings": one.sightings,
                    })
                })
                .collect();
            return Ok(json!({ "total": all.len(), "campaigns": all }));
        }
        Some(Action::Admit { id }) => (campaign(id)?, None),
        Some(Action::Refuse { id, .. }) => (campaign(id)?, Some(until.unwrap_or(now + REFUSE_FOR))),
    };
    let Some(campaign) = campaigns.refuse(store, id, until, now).await? else {
        anyhow::bail!("there is no such campaign");
    };
    Ok(json!({ "name": campaign.name(), "refused_until": campaign.refused_until }))
}

fn campaign(id: &str) -> anyhow::Result<CallId> {
    let read = CallId::parse(id.trim());
    Ok(read.ok_or_else(|| Usage(format!("“{}” is no name of a campaign", harmless(id))))?)
}

fn counted(number: &Value, word: &str) -> String {
    let more = if *number == 1 { "" } else { "s" };
    format!("{number} {word}{more}")
}

/// The last day a campaign is refused, where it is.
fn refused_until(campaign: &Value, zone: &TimeZone) -> Option<String> {
    let end = campaign["refused_until"].as_str()?.parse().ok()?;
    Some(days::last_day(zone, end))
}

fn text(answer: &Value, zone: &TimeZone) -> String {
    let paint = Paint::on(Stream::Out);
    let campaigns = answer["campaigns"].as_array().cloned().unwrap_or_default();
    if campaigns.is_empty() {
        return "No campaigns: nobody opened nearly as another caller did.\n".to_owned();
    }
    let mut text = String::new();
    for one in &campaigns {
        let word = |name: &str| harmless(one[name].as_str().unwrap_or_default());
        let refused = match refused_until(one, zone) {
            Some(until) => paint.bad(&format!(" refused until {until}")),
            None => String::new(),
        };
        let _ = writeln!(
            text,
            "{}{}{refused}  {}",
            paint.strong(&word("name")),
            if one["simulated"] == true {
                " (played)"
            } else {
                ""
            },
            paint.faint(&word("id")),
        );
        let _ = writeln!(
            text,
            "  {} from {}, {} to {}",
            counted(&one["calls"], "call"),
            counted(&one["numbers"], "number"),
            days::shown(zone, &one["first_at"]),
            days::shown(zone, &one["last_at"])
        );
        let opening: String = word("opening").chars().take(100).collect();
        let _ = writeln!(text, "  “{opening}”");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_two_are_several() {
        let shown = |calls: u32, numbers: u32| {
            text(
                &json!({ "campaigns": [{ "calls": calls, "numbers": numbers }] }),
                &TimeZone::UTC,
            )
        };
        assert!(shown(2, 1).contains("2 calls from 1 number, "));
        assert!(shown(1, 3).contains("1 call from 3 numbers, "));
    }
}
