//! `portner learn`: makes a second opinion of labelled conversations, and says what it adds.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::calls::is_kept;
use super::client::{Client, Server, is_away, segment, wait_for};
use super::eval::{policy, profile, read, write_predictions};
use super::terminal::{self, Paint, Stream};
use super::{BAD, GOOD, settings};
use crate::app::{Owner, policies};
use crate::call::{Call, Mark};
use crate::config::Config;
use crate::evaluation::{
    BEGAN, Conversation, Label, Outcome, Set, Table, corpus, fingerprint, lessons, play,
};
use crate::opinion::{CrossValidated, FOLDS, Mask, Model, learn};
use crate::rules::Lexicon;
use crate::screening::{Policy, SecondOpinion};
use crate::store::{self, marks};

/// Learn a second opinion from labelled conversations, and say what it adds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The second opinion is a small table of weights for words, pairs of words, letters inside words,
classes of words and the rules that fired. It says how like unwanted callers somebody sounds. It may
tip what the rules leave open between asking, a message and a ring, and it must agree to a no to
somebody who sells; alone it never refuses anybody.

It learns from the conversations that Portner was tuned on, from the calls that you marked right or
wrong (`portner calls mark`), and from files of your own: one JSON object a line, as `portner eval
--help` shows. Names of your profile and all numbers are hidden from it. A third of your files and of two
of Portner's own sets, by the ids of conversations, is never learned from, so that `portner eval
--scored` stays a fair measure of those; the other sets and your marks are learned from whole.

What is shown is cross-validated: each conversation is judged by a model that has seen none with the
same business.
The model is written unless more callers who should get through are rejected with it than by the rules
alone, and is read again at once by a running service.

Examples:
  portner learn                              what it adds, written into your folder of rules
  portner learn mine.jsonl                   learn from your own callers too
  portner learn mine.jsonl --owner me.json   … with a profile from elsewhere
  portner learn --out opinion.model          write it here

Exit codes: 0 learned; 1 more callers would be rejected wrongly, or a file cannot be used; 2 typed
wrongly.")]
pub struct Args {
    /// More conversations to learn from, one JSON object a line
    #[arg(value_name = "FILE.jsonl")]
    files: Vec<PathBuf>,
    /// Whose callers these are: a profile as JSON, instead of the one in the settings
    #[arg(long, value_name = "FILE.json")]
    owner: Option<PathBuf>,
    /// Where to write the model; without it, opinion.model in your folder of rules
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write {"id","verdict","questions"} a line into this file: each conversation as it is judged by a
    /// model that has seen none with the same business
    #[arg(long, value_name = "OUT")]
    predictions: Option<PathBuf>,
    /// Without the calls that you marked
    #[arg(long)]
    without_marks: bool,
    /// Write the figures as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let config = settings(file)?;
    let own = match &args.owner {
        Some(path) => profile(path)?,
        None => config
            .lines
            .first()
            .context("no line is configured")?
            .profile
            .clone(),
    };
    let mut sets = corpus()?;
    sets.push(Set {
        profile: own,
        conversations: read(&args.files)?,
        divided: true,
        weight: 1.0,
        marked: if args.without_marks {
            Vec::new()
        } else {
            marked(&config, args.server.named())?
        },
    });
    let bar = bar(sets.len());
    let sources = policies::sources(&config)?;
    let inputs = fingerprint(&sets, &sources);
    let (model, validated) = learn(&lessons(&sets, &sources)?, inputs, |_| bar.inc(1));
    let mut before = Table::default();
    let mut after = Table::default();
    let mut held_out = Vec::new();
    for (business, set) in (0..).zip(&sets) {
        bar.inc(1);
        let mut policy = policy(Some(set.profile.clone()), file)?;
        for conversation in set.tuning() {
            policy.opinion = None;
            before.add(conversation, &play(&policy, conversation, None, BEGAN));
            consult(&mut policy, validated.model_for(business));
            let played = play(&policy, conversation, None, BEGAN);
            after.add(conversation, &played);
            held_out.push((conversation, played));
        }
    }
    bar.finish_and_clear();
    if let Some(path) = &args.predictions {
        write_predictions(path, &held_out)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let harms = after.legitimate_rejected().part > before.legitimate_rejected().part;
    let out = args.out.clone().or_else(|| config.rules.model());
    let written = out.filter(|_| !harms);
    if let Some(path) = &written {
        if args.out.is_none()
            && let Some(folder) = &config.rules.folder
        {
            folder
                .begin()
                .with_context(|| format!("{} cannot be made", folder.path().display()))?;
        }
        std::fs::write(path, model.write())
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if args.json {
        terminal::print_json(&json!({
            "conversations": before.count(|_| true, None),
            "marked": sets.iter().map(|set| set.marked.len()).sum::<usize>(),
            "told_apart": validated.told_apart,
            "unwanted_accused": validated.accused,
            "wanted_favoured_at_once": validated.favoured,
            "rules_alone": figures(&before),
            "with_opinion": figures(&after),
            "written": written.as_ref().map(|path| path.display().to_string()),
        }))?;
    } else {
        terminal::print(&text(
            &before,
            &after,
            &validated,
            written.as_deref(),
            harms,
        ))?;
    }
    Ok(if harms { BAD } else { GOOD })
}

/// The calls that the owner marked, of the running service or of the store; none where there is
/// neither.
fn marked(config: &Config, server: Option<&str>) -> anyhow::Result<Vec<Conversation>> {
    let asked = Client::new(config, server).and_then(|client| wait_for(ask(&client)));
    match asked {
        Err(error) if is_away(&error, server) => {
            if !is_kept(config) {
                return Ok(Vec::new());
            }
            let _owner = Owner::of(&config.store);
            wait_for(async {
                let store = store::open(&config.store.to_string()).await?;
                let marks = marks::all(store.as_ref()).await?;
                let mut marked = Vec::new();
                for (id, mark) in marks {
                    if let Some(call) = store.call(id).await? {
                        marked.extend(Conversation::of_marked(&call, mark.judged));
                    }
                }
                store.close().await;
                // Shelves come in no order, and the same marks teach the same.
                marked.sort_by(|one, other| one.id.cmp(&other.id));
                Ok(marked)
            })
        }
        other => other,
    }
}

async fn ask(client: &Client) -> anyhow::Result<Vec<Conversation>> {
    let mut marked = Vec::new();
    for judged in ["right", "wrong"] {
        let mut before: Option<String> = None;
        loop {
            let mut query = vec![("mark", judged.to_owned()), ("limit", "500".to_owned())];
            query.extend(before.take().map(|before| ("before", before)));
            let page = client.get("calls", &query).await?;
            for call in page["calls"].as_array().into_iter().flatten() {
                let id = call["id"].as_str().unwrap_or_default();
                let mut story = client.get(&format!("calls/{}", segment(id)), &[]).await?;
                let call: Call = serde_json::from_value(story["call"].take())?;
                let mark: Mark = serde_json::from_value(story["mark"].take())?;
                marked.extend(Conversation::of_marked(&call, mark.judged));
            }
            match page["next"].as_str() {
                Some(next) => before = Some(next.to_owned()),
                None => break,
            }
        }
    }
    marked.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(marked)
}

fn consult(policy: &mut Policy, model: &Arc<Model>) {
    policy.opinion = Some(SecondOpinion {
        model: Arc::clone(model),
        mask: Arc::new(Mask::new(&Lexicon(policy.line.lexicon()))),
    });
}

/// One step for each training, and one for each business that is played.
fn bar(businesses: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::from(FOLDS) + 1 + businesses as u64);
    if let Ok(style) = ProgressStyle::with_template("learning {bar:30} {elapsed}") {
        bar.set_style(style);
    }
    bar
}

/// A figure, and how it is read off a table.
type Compared = (&'static str, fn(&Table) -> f64);

/// The figures that are compared.
const COMPARED: [Compared; 6] = [
    ("untargeted selling rejected", |table| {
        table
            .share(|label| label == Label::UntargetedSales, Outcome::Reject)
            .value()
            * 100.0
    }),
    ("unwanted callers stopped", |table| {
        table.unwanted_stopped().value() * 100.0
    }),
    ("targeted sellers rejected", |table| {
        table
            .share(|label| label == Label::TargetedSales, Outcome::Reject)
            .value()
            * 100.0
    }),
    ("legitimate callers rejected", |table| {
        table.legitimate_rejected().value() * 100.0
    }),
    ("legitimate callers to message", |table| {
        table.share(Label::is_legitimate, Outcome::Message).value() * 100.0
    }),
    ("questions to a legitimate caller", Table::mean_questions),
];

fn figures(table: &Table) -> serde_json::Map<String, serde_json::Value> {
    COMPARED
        .iter()
        .map(|(name, value)| (name.replace(' ', "_"), json!(value(table))))
        .collect()
}

fn text(
    before: &Table,
    after: &Table,
    validated: &CrossValidated,
    written: Option<&Path>,
    harms: bool,
) -> String {
    let paint = Paint::on(Stream::Out);
    let percent = |share: f64| share * 100.0;
    let mut text = String::new();
    let head = format!(
        "{} conversations, each judged by a model that has seen none with the same business",
        before.count(|_| true, None)
    );
    let _ = writeln!(text, "{}", paint.strong(&head));
    let _ = writeln!(
        text,
        "  after all answers it tells {:.1} % of pairs apart, and finds {:.1} % of the unwanted\n  \
         surely so; after the greeting it finds {:.1} % of the wanted surely so\n",
        percent(validated.told_apart),
        percent(validated.accused),
        percent(validated.favoured),
    );
    let _ = writeln!(
        text,
        "  {:<36}{:>12}{:>14}",
        "", "rules alone", "with opinion"
    );
    for (name, value) in COMPARED {
        let unit = if name.starts_with("questions") {
            "  "
        } else {
            " %"
        };
        let (before, after) = (value(before), value(after));
        let _ = writeln!(text, "  {name:<36}{before:>10.2}{unit}{after:>12.2}{unit}");
    }
    text.push('\n');
    let end = match written {
        Some(path) => paint.good(&format!("Written: {}", path.display())),
        None if harms => paint.bad(
            "Not written: with it, more callers who should get through would be rejected. Are all labels right?",
        ),
        None => "Not written: name a file with --out, or a folder of rules in the settings.".into(),
    };
    let _ = writeln!(text, "{end}");
    text
}
