//! `portner outbox`: what is still to be told outside, and what was given up.

use std::collections::HashSet;
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::client::{Client, Server, segment, wait_for};
use super::{GOOD, settings, terminal};

/// Show what is still to be told outside, and send again what was given up.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A text message or a webhook that nobody takes is tried again with growing pauses (webhooks for three
days), then set aside for as long as the settings keep it. A text that is refused for good, or that may have
arrived, is set aside at once. The removal of a recorded message stays until it is done.

Examples:
  portner outbox
  portner outbox --send 0191f0c4-7b3a-7c11-9d0e-3b1f0a7c2d11
  portner outbox --send-all

Exit codes: 0 it was shown or sent; 1 it was not; 2 typed wrongly.")]
pub struct Args {
    /// Send this one now
    #[arg(long, value_name = "ID", conflicts_with = "send_all")]
    send: Option<Uuid>,
    /// Send everything that was given up now
    #[arg(long)]
    send_all: bool,
    /// Write it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let client = Client::new(&settings(file)?, args.server.named())?;
    wait_for(async {
        if let Some(id) = args.send {
            return send(&client, &id.to_string()).await;
        }
        if args.send_all {
            return send_all(&client).await;
        }
        let outbox = client.get("outbox", &[]).await?;
        let jobs = outbox["jobs"].as_array().map_or(&[][..], Vec::as_slice);
        if args.json {
            terminal::print_json(&outbox)?;
        } else {
            terminal::print(&shown(jobs))?;
        }
        Ok(GOOD)
    })
}

/// Sends what was given up until none of it is listed any more: very much is listed by and by.
async fn send_all(client: &Client) -> anyhow::Result<u8> {
    let mut sent: HashSet<String> = HashSet::new();
    loop {
        let outbox = client.get("outbox", &[]).await?;
        let jobs = outbox["jobs"].as_array().into_iter().flatten();
        let given_up = jobs.filter(|job| job["due"].is_null());
        let ids = given_up.filter_map(|job| job["id"].as_str());
        let ids: Vec<&str> = ids.filter(|id| !sent.contains(*id)).collect();
        if ids.is_empty() {
            return Ok(GOOD);
        }
        for id in ids {
            send(client, id).await?;
            sent.insert(id.to_owned());
        }
    }
}

async fn send(client: &Client, id: &str) -> anyhow::Result<u8> {
    let path = format!("outbox/{}/send", segment(id));
    client.send_json(Method::POST, &path, &json!({})).await?;
    terminal::print(&format!("{id} is sent now."))?;
    Ok(GOOD)
}

fn shown(jobs: &[Value]) -> String {
    if jobs.is_empty() {
        return "Everything is told.".to_owned();
    }
    jobs.iter()
        .map(|job| {
            let word = |name: &str| job[name].as_str().unwrap_or_default().to_owned();
            let when = if job["due"].is_null() {
                "GIVEN UP".to_owned()
            } else {
                format!("next {}", word("due"))
            };
            format!(
                "{}  {:<7}  {} tries  {when}  {}",
                word("id"),
                word("kind"),
                job["attempts"],
                word("call")
            )
        })
        .collect::<Vec<_>>()
        .join("\n")
}
