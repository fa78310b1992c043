//! `portner calls mark`: the owner says whether a call was judged rightly.

use reqwest::Method;
use serde_json::{Value, json};

use super::is_kept;
use crate::app::Owner;
use crate::call::{CallId, Clock as _, Judged, Mark, SystemClock, Treatment};
use crate::cli::client::{Client, is_away, segment, wait_for};
use crate::cli::terminal::{self, harmless};
use crate::cli::{GOOD, Usage};
use crate::config::Config;
use crate::store::{self, marks};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Action {
    /// Say that a call was judged rightly or wrongly; `portner replay` and `portner propose` use it
    #[command(after_help = "\
Examples:
  portner calls mark 0198c2f0-0000-7000-8000-000000000000 right
  portner calls mark 0198c2f0-0000-7000-8000-000000000000 wrong --should connect --note 'Lone'")]
    Mark {
        /// The call
        id: String,
        /// What you think of it
        judged: Opinion,
        /// What should have become of the caller; only with wrong
        #[arg(long, value_enum)]
        should: Option<super::Verdict>,
        /// Why
        #[arg(long, default_value = "")]
        note: String,
        /// Who marks it
        #[arg(long, value_name = "NAME", default_value = "owner")]
        by: String,
    },
    /// Take a mark away
    #[command(after_help = "\
Example:
  portner calls unmark 0198c2f0-0000-7000-8000-000000000000")]
    Unmark {
        /// The call
        id: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Opinion {
    Right,
    Wrong,
}

pub(super) fn run(action: &Action, server: Option<&str>, config: &Config) -> anyhow::Result<u8> {
    let (id, mark) = match action {
        Action::Mark {
            id,
            judged,
            should,
            note,
            by,
        } => {
            let should = should.map(super::Verdict::treatment);
            let mark = Mark::new(judgement(*judged, should)?, note, by, SystemClock.now());
            (id, Some(mark))
        }
        Action::Unmark { id } => (id, None),
    };
    let id = CallId::parse(id.trim())
        .ok_or_else(|| Usage(format!("“{}” is no name of a call", harmless(id))))?;
    wait_for(async {
        let asked = match Client::new(config, server) {
            Ok(client) => ask(&client, id, mark.as_ref()).await,
            Err(error) => Err(error),
        };
        match asked {
            Err(error) if is_away(&error, server) && is_kept(config) => {
                terminal::complain("No service runs: writing to the store directly.");
                let _owner = Owner::of(&config.store);
                let store = store::open(&config.store.to_string()).await?;
                let known = marks::put(store.as_ref(), id, mark.as_ref()).await;
                store.close().await;
                anyhow::ensure!(known?, "there is no such call");
                Ok(())
            }
            other => other,
        }
    })?;
    terminal::print(&match &mark {
        Some(mark) => format!("Marked: {}.", words(&serde_json::to_value(mark)?)),
        None => "The call is not marked.".to_owned(),
    })?;
    Ok(GOOD)
}

fn judgement(opinion: Opinion, should: Option<Treatment>) -> anyhow::Result<Judged> {
    match (opinion, should) {
        (Opinion::Wrong, should) => Ok(Judged::Wrong { should }),
        (Opinion::Right, None) => Ok(Judged::Right),
        (Opinion::Right, Some(_)) => {
            Err(Usage("--should is for calls that were judged wrongly".into()).into())
        }
    }
}

async fn ask(client: &Client, id: CallId, mark: Option<&Mark>) -> anyhow::Result<()> {
    let path = format!("calls/{}/mark", segment(&id.to_string()));
    match mark {
        None => {
            client.send(client.request(Method::DELETE, &path)).await?;
        }
        Some(mark) => {
            let mut body = serde_json::to_value(mark)?;
            if let Value::Object(fields) = &mut body {
                fields.remove("at");
                fields.entry("note").or_insert_with(|| json!(""));
            }
            client.send_json(Method::PUT, &path, &body).await?;
        }
    }
    Ok(())
}

/// A mark in a few words.
pub(in crate::cli) fn words(mark: &Value) -> String {
    match (mark["judged"].as_str(), mark["should"].as_str()) {
        (Some("wrong"), Some(should)) => format!("wrong, should be {}", harmless(should)),
        (Some(judged), _) => harmless(judged),
        (None, _) => "–".to_owned(),
    }
}
