//! `portner check --hits`: how often each rule hit.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::app::{Owner, policies};
use crate::cli::calls::is_kept;
use crate::cli::client::{Client, is_away, wait_for};
use crate::cli::terminal::{self, Paint, Stream, counted, harmless};
use crate::cli::{GOOD, settings};
use crate::config::Config;
use crate::service::Hits;
use crate::store;

pub(super) fn run(as_json: bool, server: Option<&str>, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    let asked = Client::new(&config, server)
        .and_then(|client| wait_for(async { client.get("rules/hits", &[]).await }));
    let answer = match asked {
        Err(error) if is_away(&error, server) && is_kept(&config) => {
            terminal::complain("No service runs: reading the store directly.");
            directly(&config)?
        }
        other => other?,
    };
    let mut rules = answer["rules"].as_array().cloned().unwrap_or_default();
    let count = |rule: &Value, name: &str| rule[name].as_u64().unwrap_or_default();
    rules.sort_by_key(|rule| std::cmp::Reverse((count(rule, "calls"), count(rule, "played"))));
    if as_json {
        terminal::print_json(&rules)?;
        return Ok(GOOD);
    }
    let paint = Paint::on(Stream::Out);
    let mut text = format!("{:>7} {:>7}  {:<10}  rule\n", "calls", "played", "last");
    for rule in &rules {
        let word = |name: &str| harmless(rule[name].as_str().unwrap_or_default());
        let last: String = word("last_at").chars().take(10).collect();
        let life = match rule["life"].as_str() {
            Some("live") | None => String::new(),
            Some(life) => format!(" [{}]", harmless(life)),
        };
        let _ = writeln!(
            text,
            "{:>7} {:>7}  {last:<10}  {}{life} {}",
            count(rule, "calls"),
            count(rule, "played"),
            word("id"),
            paint.faint(&format!(
                "{} ({}:{})",
                word("name"),
                word("file"),
                rule["line"]
            )),
        );
    }
    let never = rules
        .iter()
        .filter(|rule| count(rule, "calls") + count(rule, "played") == 0)
        .count();
    let count = counted(rules.len(), "rule");
    let _ = writeln!(text, "{count}, {never} of them never hit");
    terminal::print(&text)?;
    Ok(GOOD)
}

/// The counts in the store that no service has open, for the rules that would be in force.
fn directly(config: &Config) -> anyhow::Result<Value> {
    let hits = Hits::default();
    let _owner = Owner::of(&config.store);
    wait_for(async {
        let store = store::open(&config.store.to_string()).await?;
        let read = hits.load(store.as_ref()).await;
        store.close().await;
        Ok(read?)
    })?;
    let hits = hits.all();
    let (policies, _) = policies::compile(config)?;
    let rules = policies.lines()[0].rules.rules();
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let own = hits.get(&rule.id).copied().unwrap_or_default();
            json!({
                "id": rule.id, "name": rule.name, "file": rule.file, "line": rule.line,
                "tactic": rule.tactic, "kind": rule.kind, "points": rule.points,
                "life": rule.life, "calls": own.calls, "played": own.played,
                "last_at": own.last_at,
            })
        })
        .collect();
    Ok(json!({ "rules": rules }))
}
