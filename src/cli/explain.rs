//! `portner explain`: what the rules make of words, or made of a call.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::call::{opinion_of, reason_line};
use super::client::{Client, Server, segment, wait_for};
use super::days;
use super::terminal::{self, Paint, Stream, harmless};
use super::underline::underline;
use super::{GOOD, Usage, settings};
use crate::app::policies;
use crate::call::{Call, CallId, Clock as _, Filled, Language, Question, SystemClock, Utterance};
use crate::rules::{Lexicon, RuleSet};
use crate::screening::Policy;
use crate::screening::line::Mode;
use crate::screening::rehearsal::{self, Said};
use crate::screening::tipping::{Tip, Told, tips_so_far};

/// What stands before what a caller said.
const CALLER: &str = "  Caller:  ";

/// Show what the rules make of words, or made of a call: hits, points, slots, verdict, and what would
/// have tipped it.
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
    #[command(flatten)]
    server: Server,
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
        let config = settings(file)?;
        let client = Client::new(&config, args.server.named())?;
        let id = id.to_string();
        let story = wait_for(client.get(&format!("calls/{}", segment(&id)), &[]))?;
        if args.json {
            let mut call = story["call"].clone();
            call["tips"] = list(&story["tips"]);
            terminal::print_json(&call)?;
        } else {
            terminal::print(&story_text(&story, &days::zone(&config)))?;
        }
        return Ok(GOOD);
    }
    if args.text.trim().is_empty() {
        return Err(Usage("there are no words to explain".into()).into());
    }
    let Explained { call, asks, tips } = heard(args, file)?;
    if args.json {
        terminal::print_json(&json!({
            "text": args.text,
            "verdict": call.verdict,
            "asks": asks,
            "reasons": call.reasons,
            "slots": call.slots,
            "tips": tips,
        }))?;
    } else {
        terminal::print(&text(args, &call, asks.as_deref(), &tips))?;
    }
    Ok(GOOD)
}

/// What came of words.
struct Explained {
    /// A call in which just this was said.
    call: Call,
    /// What would be asked next.
    asks: Option<String>,
    tips: Vec<Told>,
}

fn heard(args: &Args, file: Option<&Path>) -> anyhow::Result<Explained> {
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
    let tips = tips_so_far(&policy, &heard.call);
    Ok(Explained {
        call: heard.call,
        asks: heard.asks,
        tips: tips.iter().map(Tip::told).collect(),
    })
}

fn text(args: &Args, call: &Call, asks: Option<&str>, tips: &[Told]) -> String {
    let paint = Paint::on(Stream::Out);
    let said = Utterance::new(&args.text, None).text;
    let spans: Vec<Range<usize>> = call
        .reasons
        .iter()
        .flat_map(|reason| &reason.spans)
        .map(|(start, end)| *start as usize..*end as usize)
        .collect();
    let mut text = format!("{said}\n");
    marks(&mut text, "", &said, &spans, paint);
    if call.reasons.is_empty() {
        text.push_str("No rule fires.\n");
    }
    for reason in &call.reasons {
        let value = serde_json::to_value(reason).unwrap_or_default();
        let _ = writeln!(text, "  {}", reason_line(&value, call.opinion.as_ref()));
    }
    for slot in &call.slots {
        slot_line(&mut text, slot, paint);
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
    tip_lines(&mut text, tips.iter().map(|tip| tip.en.as_str()), paint);
    text
}

/// A line of marks under the words that made rules fire, where there are any.
fn marks(text: &mut String, before: &str, said: &str, spans: &[Range<usize>], paint: Paint) {
    let marks = underline(said, spans);
    if !marks.is_empty() {
        let blank = " ".repeat(before.len());
        let _ = writeln!(text, "{blank}{}", paint.strong(&marks));
    }
}

fn slot_line(text: &mut String, slot: &Filled, paint: Paint) {
    let _ = writeln!(
        text,
        "{} {} {}",
        paint.strong(&format!("{}:", slot.slot.label(Language::En))),
        harmless(slot.shown()),
        paint.faint(&format!("({})", slot.how_particular(Language::En))),
    );
}

/// What would have tipped it.
fn tip_lines<'t>(text: &mut String, tips: impl Iterator<Item = &'t str>, paint: Paint) {
    let mut tips = tips.peekable();
    if tips.peek().is_some() {
        let _ = writeln!(text, "{}", paint.strong("What would have tipped it:"));
    }
    for tip in tips {
        let _ = writeln!(text, "  {}", harmless(tip));
    }
}

/// The list, or an empty one where there is none.
fn list(value: &Value) -> Value {
    if value.is_null() {
        json!([])
    } else {
        value.clone()
    }
}

/// Where words stand in the answer of a turn that made rules fire.
fn spans_of(call: &Value, turn: &Value) -> Vec<Range<usize>> {
    let reasons = call["reasons"].as_array().into_iter().flatten();
    reasons
        .filter(|reason| reason["turn"] == *turn)
        .flat_map(|reason| reason["spans"].as_array().into_iter().flatten())
        .filter_map(|span| {
            let end = |at: usize| usize::try_from(span[at].as_u64()?).ok();
            Some(end(0)?..end(1)?)
        })
        .collect()
}

/// A call of the log: conversation, reasons, verdict.
pub(super) fn story_text(story: &Value, zone: &TimeZone) -> String {
    let paint = Paint::on(Stream::Out);
    let call = &story["call"];
    let word = |value: &Value| harmless(value.as_str().unwrap_or("–"));
    let mut text = format!(
        "{} {}  {}  line {}\n",
        paint.strong("Call"),
        word(&call["id"]),
        days::shown(zone, &call["started_at"]),
        word(&call["line"]),
    );
    for entry in call["timeline"].as_array().into_iter().flatten() {
        let answer = &entry["event"]["heard"]["answer"];
        if let Some(words) = answer["speech"]["text"].as_str() {
            let _ = writeln!(text, "{CALLER}{}", harmless(words));
            let spans = spans_of(call, &entry["event"]["heard"]["turn"]);
            marks(&mut text, CALLER, words, &spans, paint);
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
    let opinion = opinion_of(call);
    for reason in call["reasons"].as_array().into_iter().flatten() {
        let _ = writeln!(text, "  {}", reason_line(reason, opinion.as_ref()));
    }
    for slot in call["slots"].as_array().into_iter().flatten() {
        if let Ok(slot) = serde_json::from_value(slot.clone()) {
            slot_line(&mut text, &slot, paint);
        }
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
    let tips = story["tips"].as_array().into_iter().flatten();
    let tips = tips.filter_map(|tip| tip["en"].as_str());
    tip_lines(&mut text, tips, paint);
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
            story_text(&json!({ "call": { "verdict": verdict } }), &TimeZone::UTC)
        };
        assert!(told("reject".into()).contains("the caller would have been rejected"));
        assert!(!told(Value::Null).contains("would have"));
    }

    #[test]
    fn the_second_opinion_speaks_english_here_though_the_line_is_danish() {
        let story = json!({ "call": {
            "reasons": [{ "rule": "opinion", "name": "Lyder som et salgsopkald (97 %)", "kind": "sell", "points": 2 }],
            "opinion": { "sum": 4000, "percent": 97, "leaning": "unwanted" },
        } });
        let text = story_text(&story, &TimeZone::UTC);
        assert!(
            text.contains("Sounds like a sales call (97%) (opinion)"),
            "{text}"
        );
        assert!(!text.contains("Lyder"), "{text}");
    }

    #[test]
    fn a_call_shows_the_words_that_fired_how_particular_it_was_and_what_would_have_tipped_it() {
        let story = json!({
            "call": {
                "id": "x", "line": "main", "started_at": "2026-11-23T10:00:00Z",
                "timeline": [
                    {"event": {"heard": {"turn": 0, "answer": {"speech": {"text": "hej et billigt lån"}}}}, "instructions": []},
                    {"event": {"heard": {"turn": 1, "answer": {"speech": {"text": "et lån"}}}}, "instructions": []},
                ],
                "reasons": [{"rule": "loan", "name": "Loans", "kind": "sell", "points": 3, "turn": 0,
                    "words": ["billigt lån"], "spans": [[7, 19]]}],
                "slots": [
                    {"slot": "what", "text": "et lån", "specificity": 2},
                    {"slot": "who", "text": "", "specificity": 3},
                ],
            },
            "tips": [{"then": "connect", "da": "…", "en": "Without “Loans”: the phone would have rung."}],
        });
        let text = story_text(&story, &TimeZone::UTC);
        let lines: Vec<&str> = text.lines().collect();
        let said = lines
            .iter()
            .position(|line| line.contains("hej et"))
            .unwrap();
        assert_eq!(
            lines[said + 1],
            format!("{}^^^^^^^^^^^", " ".repeat(CALLER.len() + 7))
        );
        assert!(lines[said + 2].contains("et lån"), "{text}");
        assert!(text.contains("WHAT: et lån (fairly particular)"), "{text}");
        assert!(text.contains("WHO: – (only of this business)"), "{text}");
        assert!(
            text.contains("What would have tipped it:\n  Without “Loans”"),
            "{text}"
        );
    }
}
