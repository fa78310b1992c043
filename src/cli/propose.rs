//! `portner propose`: a small change of the rules that sets a wrong verdict right.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, IF_MATCH};
use serde_json::{Value, json};

use super::client::{Client, Server, segment, wait_for};
use super::eval::read;
use super::terminal::{self, Paint, Stream, harmless};
use super::{BAD, GOOD, Usage, settings};
use crate::app::policies;
use crate::call::CallId;
use crate::config::Config;
use crate::evaluation::{BEGAN, Conversation, Label, Outcome, Table, play};
use crate::rules::{Source, after_shipped};
use crate::service::Policies;

/// Propose a small change of the rules that sets a wrong verdict right, with its effect.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Mark the call wrong first (`portner calls mark ID wrong --should connect`), or say --should. Each
change is tried on the call, on the examples of all rules, on the log and on a sample of the
conversations that Portner was tuned on: one that loses more than it mends is not proposed. With --eval
it is tried on labelled conversations of yours too. Nothing is written unless you accept it, and what is
written is held back as any change by hand, where it would turn away others who came through.

Examples:
  portner propose 0198c2f0-0000-7000-8000-000000000000
  portner propose 0198c2f0-0000-7000-8000-000000000000 --should reject --eval mine.jsonl
  portner propose 0198c2f0-0000-7000-8000-000000000000 --accept

Exit codes: 0 proposed or written; 1 nothing small does, or it cannot be written; 2 typed wrongly.")]
pub struct Args {
    /// The call
    #[arg(value_name = "CALL-ID")]
    id: String,
    /// What should have become of the caller; without it, what the mark says
    #[arg(long, value_enum)]
    should: Option<super::calls::Verdict>,
    /// Write a proposal into its rule file: the first, or the one with this number
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "1")]
    accept: Option<usize>,
    /// The newest so many calls to try it on
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
    /// Files of labelled conversations to try it on
    #[arg(long, value_name = "FILE.jsonl", num_args = 1..)]
    eval: Vec<PathBuf>,
    /// Write JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let id = CallId::parse(args.id.trim())
        .ok_or_else(|| Usage(format!("“{}” is no name of a call", harmless(&args.id))))?;
    let config = settings(file)?;
    let conversations = read(&args.eval)?;
    let client = Client::new(&config, args.server.named())?;
    let path = format!("calls/{}/proposals", segment(&id.to_string()));
    let body = json!({
        "should": args.should.map(super::calls::Verdict::treatment),
        "limit": args.limit,
    });
    let request = client
        .request(Method::POST, &path)
        .header(CONTENT_TYPE, "application/json")
        .timeout(Duration::from_secs(120))
        .body(body.to_string());
    let (mut answer, rules): (Value, Value) = wait_for(async {
        let answer = client.send(request).await?.json().await?;
        let rules = if conversations.is_empty() {
            Value::Null
        } else {
            client.get("rules", &[]).await?
        };
        Ok((answer, rules))
    })?;
    let proposals = answer["proposals"].as_array_mut();
    if !conversations.is_empty() {
        for proposal in proposals.into_iter().flatten() {
            proposal["evaluation"] = evaluated(&config, &rules, proposal, &conversations)?;
        }
    }
    if let Some(number) = args.accept {
        return accept(&client, &answer, number);
    }
    if args.json {
        terminal::print_json(&answer)?;
    } else {
        terminal::print(&text(&answer))?;
    }
    let found = answer["proposals"]
        .as_array()
        .is_some_and(|all| !all.is_empty());
    Ok(if found { GOOD } else { BAD })
}

/// What the change does to labelled conversations.
fn evaluated(
    config: &Config,
    rules: &Value,
    proposal: &Value,
    conversations: &[Conversation],
) -> anyhow::Result<Value> {
    let files = rules["files"].as_array().into_iter().flatten();
    let own: Vec<Source> = files
        .filter(|file| file["own"] == true)
        .filter_map(|file| {
            Some(Source {
                path: file["path"].as_str()?.to_owned(),
                text: file["text"].as_str()?.to_owned(),
            })
        })
        .collect();
    let mut changed = own.clone();
    let path = proposal["path"].as_str().unwrap_or_default();
    changed.retain(|source| source.path != path);
    changed.push(Source {
        path: path.to_owned(),
        text: proposal["text"].as_str().unwrap_or_default().to_owned(),
    });
    let (in_force, _) = policies::compile(config)?;
    let table = |own: Vec<Source>| -> anyhow::Result<Table> {
        let (policies, _) = in_force.with_rules(&after_shipped(own, config.rules.shipped))?;
        played(&policies, conversations)
    };
    let (before, after) = (table(own)?, table(changed)?);
    let figures = |table: &Table| {
        json!({
            "missed": table.missed,
            "legitimate_rejected": table.legitimate_rejected().part,
            "untargeted_sales_rejected":
                table.share(|label| label == Label::UntargetedSales, Outcome::Reject).part,
        })
    };
    Ok(json!({
        "conversations": conversations.len(), "before": figures(&before), "after": figures(&after),
    }))
}

fn played(policies: &Policies, conversations: &[Conversation]) -> anyhow::Result<Table> {
    let policy = &policies.lines()[0];
    let mut table = Table::default();
    for one in conversations {
        table.add(one, &play(policy, one, None, BEGAN));
    }
    Ok(table)
}

fn accept(client: &Client, answer: &Value, number: usize) -> anyhow::Result<u8> {
    let all = answer["proposals"].as_array();
    let proposal = number
        .checked_sub(1)
        .and_then(|at| all.and_then(|all| all.get(at)));
    let Some(proposal) = proposal else {
        let reason = answer["reason"].as_str().map(harmless);
        anyhow::bail!(reason.unwrap_or_else(|| format!("there is no proposal {number}")));
    };
    let word = |name: &str| proposal[name].as_str().unwrap_or_default();
    let path: Vec<String> = word("path").split('/').map(segment).collect();
    let mut request = client
        .request(Method::PUT, &format!("rules/{}", path.join("/")))
        .header(CONTENT_TYPE, "text/plain; charset=utf-8")
        .body(word("text").to_owned());
    if let Some(base) = proposal["base"].as_str() {
        request = request.header(IF_MATCH, base);
    }
    wait_for(client.send(request))?;
    terminal::print(&format!(
        "Written: {}\n{}",
        harmless(word("path")),
        diff(proposal)
    ))?;
    Ok(GOOD)
}

fn text(answer: &Value) -> String {
    let paint = Paint::on(Stream::Out);
    let all = answer["proposals"].as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        let reason = answer["reason"].as_str().map(harmless).unwrap_or_default();
        return format!("Nothing to propose: {reason}.\n");
    }
    let mut text = String::new();
    for (at, one) in (1..).zip(&all) {
        let effect = &one["effect"];
        let count = |name: &str| effect[name].as_u64().unwrap_or_default();
        let head = format!("{at}. {}", harmless(one["en"].as_str().unwrap_or_default()));
        let _ = writeln!(text, "{}", paint.strong(&head));
        text.push_str(&diff(one));
        let _ = writeln!(
            text,
            "   log: of {} calls {} end otherwise, {} unknown, {} who came through rejected; \
             your marks: {} mended, {} broken",
            count("judged"),
            count("changed"),
            count("unknown"),
            count("connected_then_rejected"),
            count("marks_mended"),
            count("marks_broken"),
        );
        let sample = |name: &str| one["sample"][name].as_u64().unwrap_or_default();
        let _ = writeln!(
            text,
            "   sample: of {} conversations {} mended, {} lost ({} of them legitimate)",
            sample("conversations"),
            sample("mended"),
            sample("lost"),
            sample("legitimate_lost"),
        );
        let evaluation = &one["evaluation"];
        if !evaluation.is_null() {
            let (before, after) = (&evaluation["before"], &evaluation["after"]);
            let _ = writeln!(
                text,
                "   {} conversations: missed {} → {}, legitimate rejected {} → {}, \
                 untargeted selling rejected {} → {}",
                evaluation["conversations"],
                before["missed"],
                after["missed"],
                before["legitimate_rejected"],
                after["legitimate_rejected"],
                before["untargeted_sales_rejected"],
                after["untargeted_sales_rejected"],
            );
        }
    }
    text.push_str(match all.len() {
        1 => "Nothing is written. `--accept` writes it.\n",
        _ => "Nothing is written. `--accept` writes the first, `--accept 2` the second.\n",
    });
    text
}

fn diff(proposal: &Value) -> String {
    let paint = Paint::on(Stream::Out);
    let lines = proposal["diff"].as_str().unwrap_or_default().lines();
    lines
        .map(|line| {
            let shown = harmless(line);
            let shown = match line.chars().next() {
                Some('+') => paint.good(&shown),
                Some('-') => paint.bad(&shown),
                _ => shown,
            };
            format!("   {shown}\n")
        })
        .collect()
}
