//! `portner explain`: what the rules make of words, or made of a call.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::call::reason_line;
use super::client::{Client, segment, wait_for};
use super::terminal::{self, Paint, Stream, harmless};
use super::{GOOD, Usage, settings};
use crate::app::policies;
use crate::call::{Call, CallId, Clock as _, Language, Question, SystemClock, Utterance};
use crate::rules::{Lexicon, RuleSet};
use crate::screening::Policy;
use crate::screening::line::Mode;
use crate::screening::rehearsal::{self, Said};

/// Show what the rules make of words, or made of a call: hits, points, slots, verdict.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portner explain \"taler jeg med den IT-ansvarlige\"
  portner explain --question why \"vi ringer til alle i området\"
  portner explain 0198c2f0-0000-7000-8000-000000000000
  portner explain --json \"hej det er Lone\" | jq .reasons

Exit codes: 0 explained; 1 there is no such call, or no service to ask; 2 typed wrongly.")]
pub struct Args {
    /// What a caller says, or the id of a call
    #[arg(value_name = "TEXT|CALL-ID")]
    text: String,
    /// The question that it answers
    #[arg(long, value_enum, default_value = "open")]
    question: Asked,
    /// The language spoken with the caller
    #[arg(long, value_enum, default_value = "da")]
    lang: Spoken,
    /// Write it as JSON
    #[arg(long)]
    json: bool,
    /// Where the service is, when not where the settings say
    #[arg(long, value_name = "URL", env = "PORTNER_SERVER")]
    server: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Asked {
    Open,
    Who,
    What,
    Why,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Spoken {
    Da,
    En,
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    if let Some(id) = CallId::parse(args.text.trim()) {
        let client = Client::new(&settings(file)?, args.server.as_deref())?;
        let id = id.to_string();
        let story = wait_for(client.get(&format!("calls/{}", segment(&id)), &[]))?;
        if args.json {
            terminal::print_json(&story["call"])?;
        } else {
            terminal::print(&story_text(&story))?;
        }
        return Ok(GOOD);
    }
    if args.text.trim().is_empty() {
        return Err(Usage("there are no words to explain".into()).into());
    }
    let (call, asks) = heard(args, file)?;
    if args.json {
        terminal::print_json(&json!({
            "text": args.text,
            "verdict": call.verdict,
            "asks": asks,
            "reasons": call.reasons,
            "slots": call.slots,
        }))?;
    } else {
        terminal::print(&text(args, &call, asks.as_deref()))?;
    }
    Ok(GOOD)
}

/// A call in which just this was said, and what would be asked next.
fn heard(args: &Args, file: Option<&Path>) -> anyhow::Result<(Call, Option<String>)> {
    let config = settings(file)?;
    let Some(mut line) = config.lines.first().cloned() else {
        anyhow::bail!("no line is configured");
    };
    line.mode = Mode::Screen;
    let rules = RuleSet::compile(&policies::sources(&config)?, &Lexicon(line.lexicon()))?.rules;
    let policy = Policy::new(line, Arc::new(rules), config.limits);
    let question = match args.question {
        Asked::Open => Question::Open,
        Asked::Who => Question::Who,
        Asked::What => Question::What,
        Asked::Why => Question::Why,
    };
    let language = match args.lang {
        Spoken::Da => Language::Da,
        Spoken::En => Language::En,
    };
    let said = Said {
        text: &args.text,
        question,
        language,
    };
    let heard = rehearsal::hear(&policy, &said, SystemClock.now());
    Ok((heard.call, heard.asks))
}

fn text(args: &Args, call: &Call, asks: Option<&str>) -> String {
    let paint = Paint::on(Stream::Out);
    let said = Utterance::new(&args.text, None).text;
    let spans: Vec<Range<usize>> = call
        .reasons
        .iter()
        .flat_map(|reason| &reason.spans)
        .map(|(start, end)| *start as usize..*end as usize)
        .collect();
    let mut text = format!("{said}\n");
    let marks = underline(&said, &spans);
    if !marks.is_empty() {
        let _ = writeln!(text, "{}", paint.strong(&marks));
    }
    if call.reasons.is_empty() {
        text.push_str("No rule fires.\n");
    }
    for reason in &call.reasons {
        let value = serde_json::to_value(reason).unwrap_or_default();
        let _ = writeln!(text, "  {}", reason_line(&value));
    }
    for slot in &call.slots {
        let label = slot.slot.label(call.language);
        let _ = writeln!(
            text,
            "{} {}",
            paint.strong(&format!("{label}:")),
            harmless(&slot.text)
        );
    }
    let so_far = match (&call.verdict, asks) {
        (Some(verdict), _) => {
            let treatment = serde_json::to_value(verdict.treatment).unwrap_or_default();
            let sentence = verdict.ground.sentence(Language::En);
            format!("{}. {sentence}", treatment.as_str().unwrap_or_default())
        }
        (None, Some(asks)) => format!("none yet: Portner asks “{asks}”"),
        (None, None) => "none yet".into(),
    };
    let _ = writeln!(text, "{} {so_far}", paint.strong("Verdict so far:"));
    text
}

/// Marks under the words that made rules fire.
fn underline(text: &str, spans: &[Range<usize>]) -> String {
    let marks: String = text
        .char_indices()
        .map(|(at, _)| {
            if spans.iter().any(|span| span.contains(&at)) {
                '^'
            } else {
                ' '
            }
        })
        .collect();
    marks.trim_end().to_owned()
}

/// A call of the log: conversation, reasons, verdict.
pub(super) fn story_text(story: &Value) -> String {
    let paint = Paint::on(Stream::Out);
    let call = &story["call"];
    let word = |value: &Value| harmless(value.as_str().unwrap_or("–"));
    let mut text = format!(
        "{} {}  {}  line {}\n",
        paint.strong("Call"),
        word(&call["id"]),
        super::calls::local_time(&call["started_at"]),
        word(&call["line"]),
    );
    for entry in call["timeline"].as_array().into_iter().flatten() {
        let answer = &entry["event"]["heard"]["answer"];
        if let Some(words) = answer["speech"]["text"].as_str() {
            let _ = writeln!(text, "  Caller:  {}", harmless(words));
        } else if let Some(key) = answer["key"].as_str() {
            let _ = writeln!(text, "  Caller:  (key {key})");
        } else if answer == "silence" {
            text.push_str("  Caller:  (silence)\n");
        }
        for instruction in entry["instructions"].as_array().into_iter().flatten() {
            for (verb, who) in [
                ("say", "Portner:"),
                ("ask", "Portner:"),
                ("whisper", "(to the owner)"),
            ] {
                if let Some(words) = instruction[verb]["text"].as_str() {
                    let _ = writeln!(text, "  {} {}", paint.strong(who), harmless(words));
                }
            }
        }
    }
    for reason in call["reasons"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  {}", reason_line(reason));
    }
    for slot in call["slots"].as_array().into_iter().flatten() {
        let label = word(&slot["slot"]).to_uppercase();
        let _ = writeln!(
            text,
            "{} {}",
            paint.strong(&format!("{label}:")),
            word(&slot["text"])
        );
    }
    let verdict = match story["sentences"]["en"].as_str() {
        Some(sentence) => harmless(sentence),
        None => word(&call["verdict"]["treatment"]),
    };
    let _ = writeln!(text, "{} {verdict}", paint.strong("Verdict:"));
    if let Some(words) = super::calls::would_have_been(&call["verdict"]["would_have"]) {
        let _ = writeln!(
            text,
            "  The line only listens; screened, the caller would have been {words}."
        );
    }
    let _ = writeln!(
        text,
        "{} {}",
        paint.strong("Outcome:"),
        word(&call["disposition"])
    );
    if !story["mark"].is_null() {
        let note = story["mark"]["note"].as_str().map(harmless);
        let _ = writeln!(
            text,
            "{} {}{}",
            paint.strong("You say:"),
            super::calls::mark_words(&story["mark"]),
            note.map(|note| format!(" ({note})")).unwrap_or_default()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_of_a_line_that_listens_says_what_would_have_become_of_it() {
        let told = |would_have: Value| {
            let verdict = json!({ "treatment": "connect", "would_have": would_have });
            story_text(&json!({ "call": { "verdict": verdict } }))
        };
        assert!(told("reject".into()).contains("the caller would have been rejected"));
        assert!(!told(Value::Null).contains("would have"));
    }

    #[test]
    fn the_words_that_fired_are_marked_by_characters() {
        assert_eq!(underline("på Øen nu", &[3..4, 4..8]), "  ^^^^");
        assert_eq!(underline("intet", &[]), "");
    }
}
