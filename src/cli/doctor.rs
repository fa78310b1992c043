//! `portner doctor`: looks at the whole installation and says what to mend.

use std::path::Path;

use serde_json::{Value, json};

use super::client::{Client, Server, wait_for};
use super::terminal::{self, Paint, Stream};
use super::{BAD, GOOD, Usage};
use crate::app::doctor::{self, Findings, Running};
use crate::call::Language;
use crate::config::{Config, environment};
use crate::telemetry::{Finding, Health};

/// Look at the whole installation, and say in a sentence what to mend.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at the settings, the rules and whether they are in force or held back, the lines, the
service and its alarms, the store and its disk, the last backup, how long what callers said is
kept, the daily made-up call, who is told of troubles, the public address (reached from here,
answered by this very service, signed requests taken and unsigned ones refused), the clock, and
what the provider has for the numbers. It changes nothing.

Examples:
  portner doctor
  portner doctor --json | jq '.checks[] | select(.state == \"bad\")'

Exit codes: 0 nothing is broken; 1 something is; 2 typed wrongly.")]
pub struct Args {
    /// Write it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let mut findings = Findings::new(Language::En);
    let read = Config::examine(file, &environment());
    doctor::settings(&read, &mut findings);
    if let Ok(config) = read {
        wait_for(examine(args, &config, &mut findings))?;
    }
    let found = findings.all();
    let broken = found.iter().any(|finding| finding.state == Health::Bad);
    if args.json {
        terminal::print_json(&json!({ "healthy": !broken, "checks": found }))?;
    } else {
        terminal::print(&shown(&found))?;
    }
    Ok(if broken { BAD } else { GOOD })
}

fn shown(found: &[Finding]) -> String {
    let paint = Paint::on(Stream::Out);
    let mut text = String::new();
    for finding in found {
        let mark = match finding.state {
            Health::Good => paint.good("ok  "),
            Health::Note => paint.strong("note"),
            Health::Bad => paint.bad("BAD "),
        };
        text.push_str(&format!(
            "{mark} {:<14} {}\n",
            finding.name,
            finding.found.trim_end()
        ));
        if !finding.mend.is_empty() {
            text.push_str(&format!("{:20}→ {}\n", "", finding.mend));
        }
    }
    text
}

async fn examine(args: &Args, config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    let client = match Client::new(config, args.server.named()) {
        Err(error) if error.is::<Usage>() => return Err(error),
        client => client,
    };
    let reached = async {
        let client = client?;
        let status: Value = client.get("status", &[]).await?;
        Ok::<_, anyhow::Error>(Running {
            address: client.base,
            public_url: client.public_url,
            key: client.key,
            status,
        })
    };
    let running = reached.await.map_err(|error| format!("{error:#}"));
    let running = running.as_ref().map_err(String::as_str);
    doctor::examine(config, running, findings).await;
    Ok(())
}
