//! `portner doctor`: looks at the whole installation and says what to mend.

use std::path::Path;

use serde_json::{Value, json};

use super::client::{Client, wait_for};
use super::terminal::{self, Paint, Stream};
use super::{BAD, GOOD};
use crate::app::doctor::{self, Findings, Running};
use crate::call::Language;
use crate::config::{Config, environment};
use crate::store;
use crate::telemetry::{Finding, Health};

/// Look at the whole installation, and say in a sentence what to mend.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at the settings, the rules, the service, its store, the public address (reached from here,
answered by this very service, signed requests taken and unsigned ones refused), the clock, the
lines, and what the provider has for their numbers. It changes nothing.

Examples:
  portner doctor
  portner doctor --json | jq '.checks[] | select(.state == \"bad\")'

Exit codes: 0 nothing is broken; 1 something is; 2 typed wrongly.")]
pub struct Args {
    /// Write it as JSON
    #[arg(long)]
    json: bool,
    /// Where the service is, when not where the settings say
    #[arg(long, value_name = "URL", env = "PORTNER_SERVER")]
    server: Option<String>,
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
    doctor::of_files(config, findings);
    let running = service(args, config, findings).await;
    doctor::of_world(config, running.as_ref(), findings).await;
    Ok(())
}

/// The running service and its store; or the store alone.
async fn service(args: &Args, config: &Config, findings: &mut Findings) -> Option<Running> {
    let reached = async {
        let client = Client::new(config, args.server.as_deref())?;
        let status: Value = client.get("status", &[]).await?;
        Ok::<_, anyhow::Error>(Running {
            address: client.base,
            public_url: client.public_url,
            key: client.key,
            status,
        })
    };
    match reached.await {
        Ok(running) => {
            doctor::of_service(config, &running, findings);
            Some(running)
        }
        Err(error) => {
            findings.bad("service", format!("{error:#}"), "`portner serve` starts it");
            store_alone(config, findings).await;
            None
        }
    }
}

async fn store_alone(config: &Config, findings: &mut Findings) {
    if !super::calls::is_kept(config) {
        findings.note(
            "store",
            format!("{} is not there yet", config.store),
            "`portner serve` makes it",
        );
        return;
    }
    let checked = async {
        let store = store::open(&config.store.to_string()).await?;
        let checked = store.check().await;
        store.close().await;
        checked
    };
    match checked.await {
        Ok(()) => findings.good(
            "store",
            format!("{} can be opened and written", config.store),
        ),
        Err(error) => findings.bad(
            "store",
            error.to_string(),
            "free the disk, mend its rights, or stop whoever has it open",
        ),
    }
}
