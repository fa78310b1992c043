//! `portner eval`: labelled conversations are played through the real dialogue and counted.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::call::reason_line;
use super::terminal::{self, Paint, Stream, counted};
use super::{GOOD, Usage, settings};
use crate::app::policies;
use crate::call::{Answer, Call, CallEvent, Instruction, Language, Score};
use crate::evaluation::{
    BEGAN, Conversation, Garbler, Label, Outcome, Played, Share, Table, is_right, play,
};
use crate::rules::{Lexicon, RuleSet};
use crate::screening::Policy;
use crate::screening::line::Mode;
use crate::screening::profile::Profile;

/// Judge labelled conversations and count what becomes of them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A conversation is one JSON object a line:
  {\"id\":\"x1\",\"lang\":\"da\",\"label\":\"customer\",\"hard\":false,\"accept\":[\"connect\",\"message\"],
   \"turns\":[{\"ask\":\"open\",\"say\":\"hej det er lone min hjemmeside er nede\"},
            {\"ask\":\"who\",\"say\":\"lone fra blomsterhjørnet\"}]}
Labels: untargeted_sales, robocall, scam (unwanted); targeted_sales; customer, supplier, personal,
authority, delivery, other_legit (legitimate). Portner asks in its own order, gets the answer to
the question that it asks, and silence where there is none; no key is pressed.

Examples:
  portner eval tests/corpus/da.jsonl tests/corpus/en.jsonl --owner tests/corpus/owner.json
  portner eval mine.jsonl --misses
  portner eval mine.jsonl --scored --json
  portner eval mine.jsonl --garble 0.2 --seed 1

--garble drops, joins, splits and mishears words of every answer, so that as many of a hundred
words are wrong (word edit distance) as speech recognition gets wrong on a telephone. The same seed
garbles the same conversation in the same way on every machine.

Exit codes: 0 every conversation was played; 1 a file cannot be used; 2 typed wrongly.")]
pub struct Args {
    /// Files of conversations, one JSON object a line
    #[arg(value_name = "FILE.jsonl", required = true)]
    files: Vec<PathBuf>,
    /// Whose line it is: a profile as JSON, instead of the one in the settings
    #[arg(long, value_name = "FILE.json")]
    owner: Option<PathBuf>,
    /// Only the third by the id: FNV-1a (32 bits) is divisible by three. `portner learn` leaves that of
    /// your files out, and that of two of Portner's own sets
    #[arg(long, conflicts_with = "tuning")]
    scored: bool,
    /// Only the other two thirds
    #[arg(long)]
    tuning: bool,
    /// Show each miss with what was said, the words that fired, the points and the principle
    #[arg(long, conflicts_with = "json")]
    misses: bool,
    /// Write {"id","verdict","questions"} a line into this file
    #[arg(long, value_name = "OUT")]
    predictions: Option<PathBuf>,
    /// Cut each dialogue short after this many questions, the greeting's among them
    #[arg(long, value_name = "N")]
    turns: Option<usize>,
    /// Garble what callers say as poor speech recognition does, with this word error rate (0 to 1)
    #[arg(long, value_name = "RATE", value_parser = rate)]
    garble: Option<f64>,
    /// Which of many ways to garble
    #[arg(long, value_name = "N", default_value_t = 1, requires = "garble")]
    seed: u64,
    /// Without the learned second opinion
    #[arg(long)]
    rules_alone: bool,
    /// Write the figures as JSON
    #[arg(long)]
    json: bool,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text
        .parse()
        .ok()
        .filter(|rate| Garbler::new(*rate, 0).is_some());
    rate.ok_or_else(|| "a share from 0 to 1, such as 0.2".into())
}

/// The conversations that are counted together.
struct Group {
    key: &'static str,
    title: &'static str,
    takes: fn(&Conversation) -> bool,
    table: Table,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let owner = args.owner.as_deref().map(profile).transpose()?;
    let mut policy = policy(owner, file)?;
    if args.rules_alone {
        policy.opinion = None;
    }
    let mut conversations = read(&args.files)?;
    conversations.retain(|one| {
        let scored = one.is_scored();
        (!args.scored || scored) && (!args.tuning || !scored)
    });
    if let Some(garbler) = args.garble.and_then(|rate| Garbler::new(rate, args.seed)) {
        for conversation in &mut conversations {
            *conversation = garbler.garble(conversation);
        }
    }
    let played: Vec<(&Conversation, Played)> = conversations
        .iter()
        .map(|one| (one, play(&policy, one, args.turns, BEGAN)))
        .collect();
    if let Some(path) = &args.predictions {
        write_predictions(path, &played)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let mut groups = groups();
    for group in &mut groups {
        for (conversation, played) in played.iter().filter(|(one, _)| (group.takes)(one)) {
            group.table.add(conversation, played);
        }
    }
    groups.retain(|group| group.table.count(|_| true, None) > 0);
    if args.json {
        let figures: serde_json::Map<String, Value> = groups
            .iter()
            .map(|group| (group.key.to_owned(), figures(&group.table)))
            .collect();
        terminal::print_json(&figures)?;
        return Ok(GOOD);
    }
    let paint = Paint::on(Stream::Out);
    let mut text = String::new();
    if args.misses {
        for (conversation, played) in &played {
            if !is_right(conversation, played) {
                text.push_str(&miss(conversation, played, paint));
            }
        }
    }
    for group in &groups {
        text.push_str(&shown(group, paint));
    }
    if groups.is_empty() {
        text.push_str("no conversations\n");
    }
    terminal::print(&text)?;
    Ok(GOOD)
}

/// Reads files of conversations.
pub(super) fn read(files: &[PathBuf]) -> anyhow::Result<Vec<Conversation>> {
    let mut conversations = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Usage(format!("{} cannot be read: {error}", path.display())))?;
        conversations.extend(Conversation::read_all(&path.display().to_string(), &text)?);
    }
    Ok(conversations)
}

/// Reads an owner's profile.
pub(super) fn profile(path: &Path) -> anyhow::Result<Profile> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage(format!("{} cannot be read: {error}", path.display())))?;
    Profile::from_json(&text).with_context(|| format!("{} is no owner's profile", path.display()))
}

/// The policy of the first line, always screening, with this owner's profile where one is given.
pub(super) fn policy(owner: Option<Profile>, file: Option<&Path>) -> anyhow::Result<Policy> {
    let config = settings(file)?;
    let mut line = config
        .lines
        .first()
        .cloned()
        .context("no line is configured")?;
    if let Some(owner) = owner {
        line.wordings = line.wordings.for_owner(&owner);
        line.profile = owner;
    }
    line.mode = Mode::Screen;
    let rules = RuleSet::compile(&policies::sources(&config)?, &Lexicon(line.lexicon()))?.rules;
    Ok(Policy::new(line, Arc::new(rules), config.limits))
}

fn groups() -> Vec<Group> {
    let group = |key, title, takes| Group {
        key,
        title,
        takes,
        table: Table::default(),
    };
    vec![
        group("da", "Danish", |one| one.lang == Language::Da),
        group("en", "English", |one| one.lang == Language::En),
        group("hard", "marked hard", |one| one.hard),
        group("all", "all", |_| true),
    ]
}

/// How each conversation ended, one JSON object a line.
pub(super) fn write_predictions(
    path: &Path,
    played: &[(&Conversation, Played)],
) -> anyhow::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    for (conversation, played) in played {
        let line = json!({
            "id": conversation.id,
            "verdict": played.outcome,
            "questions": played.questions,
        });
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

const OUTCOMES: [Outcome; 4] = [
    Outcome::Connect,
    Outcome::Message,
    Outcome::Reject,
    Outcome::Ask,
];

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Connect => "connect",
        Outcome::Message => "message",
        Outcome::Reject => "reject",
        Outcome::Ask => "ask",
    }
}

fn share(share: Share) -> Value {
    json!({"part": share.part, "whole": share.whole, "share": share.value()})
}

fn figures(table: &Table) -> Value {
    let rejected = table.legitimate_rejected();
    json!({
        "conversations": table.count(|_| true, None),
        "missed": table.missed,
        "outcomes": table.outcomes,
        "unwanted_stopped": share(table.unwanted_stopped()),
        "unwanted_rejected": share(table.share(Label::is_unwanted, Outcome::Reject)),
        "untargeted_sales_rejected": share(
            table.share(|label| label == Label::UntargetedSales, Outcome::Reject)
        ),
        "robocalls_stopped": share(robocalls_stopped(table)),
        "targeted_sales_not_rejected": share(targeted_kept(table)),
        "legitimate_rejected": {
            "part": rejected.part,
            "whole": rejected.whole,
            "share": rejected.value(),
            "upper_bound_95": rejected.upper_bound(),
        },
        "mean_questions_to_legitimate": table.mean_questions(),
    })
}

fn robocalls_stopped(table: &Table) -> Share {
    let is = |label| label == Label::Robocall;
    let ended = [Outcome::Reject, Outcome::Message];
    Share {
        part: ended
            .iter()
            .map(|outcome| table.count(is, Some(*outcome)))
            .sum(),
        whole: table.count(is, None),
    }
}

fn targeted_kept(table: &Table) -> Share {
    let rejected = table.share(|label| label == Label::TargetedSales, Outcome::Reject);
    Share {
        part: rejected.whole - rejected.part,
        whole: rejected.whole,
    }
}

fn shown(group: &Group, paint: Paint) -> String {
    let table = &group.table;
    let mut text = String::new();
    let all = table.count(|_| true, None);
    let head = format!(
        "{}: {}, {} missed",
        group.title,
        counted(all, "conversation"),
        table.missed
    );
    let _ = writeln!(text, "{}", paint.strong(&head));
    let _ = write!(text, "  {:<18}", "label");
    for outcome in OUTCOMES {
        let _ = write!(text, "{:>9}", outcome_name(outcome));
    }
    text.push('\n');
    for label in Label::ALL {
        let Some(outcomes) = table.outcomes.get(&label) else {
            continue;
        };
        let _ = write!(text, "  {:<18}", label.as_str());
        for outcome in OUTCOMES {
            let _ = write!(text, "{:>9}", outcomes.get(&outcome).copied().unwrap_or(0));
        }
        text.push('\n');
    }
    let mut line = |name: &str, value: Share, more: &str| {
        if value.whole > 0 {
            let Share { part, whole } = value;
            let percent = value.value() * 100.0;
            let _ = writeln!(
                text,
                "  {name:<36}{percent:>6.1} %  ({part} of {whole}){more}"
            );
        }
    };
    line("unwanted callers stopped", table.unwanted_stopped(), "");
    line(
        "unwanted callers rejected",
        table.share(Label::is_unwanted, Outcome::Reject),
        "",
    );
    let untargeted = table.share(|label| label == Label::UntargetedSales, Outcome::Reject);
    line("untargeted selling rejected", untargeted, "");
    line(
        "robocalls ended or sent to message",
        robocalls_stopped(table),
        "",
    );
    line("targeted sellers not rejected", targeted_kept(table), "");
    let rejected = table.legitimate_rejected();
    let bound = format!(
        ", at most {:.2} % (95 %, Wilson)",
        rejected.upper_bound() * 100.0
    );
    line("legitimate callers rejected", rejected, &bound);
    if rejected.whole > 0 {
        let mean = table.mean_questions();
        let _ = writeln!(
            text,
            "  {:<36}{mean:>6.2}",
            "questions to a legitimate caller"
        );
    }
    text.push('\n');
    text
}

fn miss(conversation: &Conversation, played: &Played, paint: Paint) -> String {
    let mut text = String::new();
    let accept: Vec<&str> = conversation
        .accept
        .iter()
        .map(|one| outcome_name(*one))
        .collect();
    let head = format!(
        "{} {}{}: {} instead of {}",
        conversation.id,
        conversation.label.as_str(),
        if conversation.hard { " (hard)" } else { "" },
        outcome_name(played.outcome),
        if accept.is_empty() {
            "what is right for the label".into()
        } else {
            accept.join(" or ")
        },
    );
    let _ = writeln!(text, "{}", paint.bad(&head));
    text.push_str(&transcript(&played.call));
    for reason in &played.call.reasons {
        let value = serde_json::to_value(reason).unwrap_or_default();
        let _ = writeln!(
            text,
            "    {}",
            reason_line(&value, played.call.opinion.as_ref())
        );
    }
    if let Some(verdict) = &played.call.verdict {
        let _ = writeln!(
            text,
            "    {}: {} ({})",
            outcome_name(played.outcome),
            verdict.ground.sentence(Language::En),
            points(verdict.score),
        );
    }
    text.push('\n');
    text
}

/// The sums that were weighed, those that are not nothing.
fn points(score: Score) -> String {
    let sums = [
        ("sell", score.sell),
        ("evade", score.evade),
        ("scam", score.scam),
        ("machine", score.machine),
        ("trust", score.trust),
        ("protected", score.protected),
    ];
    let told: Vec<String> = sums
        .iter()
        .filter(|(_, points)| *points > 0)
        .map(|(kind, points)| format!("{kind} {points}"))
        .collect();
    if told.is_empty() {
        "no points".into()
    } else {
        told.join(", ")
    }
}

fn transcript(call: &Call) -> String {
    let mut text = String::new();
    for entry in &call.timeline {
        if let CallEvent::Heard { answer, .. } = &entry.event {
            let heard = match answer {
                Answer::Speech(utterance) => terminal::harmless(&utterance.text),
                Answer::Key(key) => format!("(key {})", key.sign()),
                Answer::Silence => "(silence)".into(),
            };
            let _ = writeln!(text, "    caller:  {heard}");
        }
        for instruction in &entry.instructions {
            if let Instruction::Ask { text: words, .. } | Instruction::Say { text: words, .. } =
                instruction
            {
                let _ = writeln!(text, "    Portner: {words}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_told_in_words() {
        assert_eq!(points(Score::default()), "no points");
        let score = Score {
            sell: 3,
            trust: 1,
            ..Score::default()
        };
        assert_eq!(points(score), "sell 3, trust 1");
    }
}
