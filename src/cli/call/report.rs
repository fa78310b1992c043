//! What came of a played call, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::calls::would_have_been;
use super::super::terminal::{Paint, Stream, harmless};
use super::carrier::Played;
use crate::call::{Language, OPINION, Opinion};

/// A played call with what the service wrote down about it.
pub(super) struct Report {
    pub(super) played: Played,
    /// The call from the log, with its sentences and markup.
    pub(super) story: Value,
}

impl Report {
    fn call(&self) -> &Value {
        &self.story["call"]
    }

    /// The object that programs get.
    pub(super) fn as_json(&self) -> Value {
        let call = self.call();
        let verdict = &call["verdict"];
        json!({
            "verdict": verdict["treatment"],
            "ground": verdict["ground"],
            "would_have": verdict["would_have"],
            "disposition": call["disposition"],
            "call_id": call["id"],
            "provider_call_id": self.played.sid,
            "turns": self.played.turns,
            "reasons": list(&call["reasons"]),
            "score": verdict["score"],
            "slots": list(&call["slots"]),
            "whisper": self.played.whisper,
            "sentences": self.story["sentences"],
            "instructions": self.played.documents,
        })
    }

    /// What the owner's key would have changed, had this been a real call.
    fn would_be_kept(&self) -> Option<&'static str> {
        let call = self.call();
        let has_number = !call["caller"]["number"]["public"].is_null();
        let mut events = call["timeline"].as_array()?.iter();
        let key = events.find_map(|entry| entry["event"]["owner_pressed"]["key"].as_str())?;
        match key {
            "3" if has_number => Some("a real call would have put the number on the allow list"),
            "4" if has_number => Some(
                "a real call would have blocked the number for 30 days, and its campaign for 90",
            ),
            "4" => Some("a real call would have refused its campaign for 90 days"),
            _ => None,
        }
    }

    /// The report that people get.
    pub(super) fn as_text(&self, markup: bool) -> String {
        let paint = Paint::on(Stream::Out);
        let call = self.call();
        let mut text = String::new();
        let verdict = &call["verdict"];
        let word = verdict["treatment"]
            .as_str()
            .unwrap_or("none: the caller hung up first");
        let shown = match word {
            "connect" => paint.good(word),
            "reject" => paint.bad(word),
            _ => paint.strong(word),
        };
        let _ = writeln!(text, "\n{} {shown}", paint.strong("Verdict:"));
        if let Some(words) = would_have_been(&verdict["would_have"]) {
            let _ = writeln!(
                text,
                "  The line only listens; screened, the caller would have been {words}."
            );
        }
        if let Some(sentence) = self.story["sentences"]["en"].as_str() {
            let _ = writeln!(text, "  {}", harmless(sentence));
        }
        let reasons = call["reasons"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        if !reasons.is_empty() {
            let _ = writeln!(text, "{}", paint.strong("Because of"));
        }
        let opinion = opinion_of(call);
        for reason in reasons {
            let _ = writeln!(text, "  {}", reason_line(reason, opinion.as_ref()));
        }
        let slots = call["slots"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        for slot in slots {
            let _ = writeln!(
                text,
                "{} {}",
                paint.strong(&format!(
                    "{}:",
                    capital(slot["slot"].as_str().unwrap_or_default())
                )),
                harmless(
                    slot["text"]
                        .as_str()
                        .filter(|text| !text.is_empty())
                        .unwrap_or("–")
                ),
            );
        }
        if let Some(whisper) = &self.played.whisper {
            let _ = writeln!(
                text,
                "{} {}",
                paint.strong("The owner heard:"),
                harmless(whisper)
            );
        }
        if let Some(kept) = self.would_be_kept() {
            let _ = writeln!(text, "  {kept}");
        }
        let documents = &self.played.documents;
        let _ = writeln!(
            text,
            "{} {} documents of TwiML{}",
            paint.strong("What Twilio got:"),
            documents.len(),
            if markup {
                ""
            } else {
                " (in full with --show-markup)"
            },
        );
        for served in documents {
            let step = served.url.rsplit("/webhooks/").next().unwrap_or_default();
            let document = served
                .document
                .trim_start_matches("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
            let document = harmless(document);
            let document = if markup {
                document
            } else {
                shortened(&document, 100)
            };
            let _ = writeln!(text, "  {} {document}", paint.faint(&format!("{step}:")));
        }
        let _ = writeln!(
            text,
            "{} {} {}, {}, see `portner calls ID`",
            paint.strong("In the call log:"),
            call["id"].as_str().unwrap_or("nothing"),
            call["started_at"].as_str().unwrap_or_default(),
            call["disposition"].as_str().unwrap_or("no outcome"),
        );
        text
    }
}

fn list(value: &Value) -> Value {
    if value.is_null() {
        json!([])
    } else {
        value.clone()
    }
}

/// What the second opinion said of a call.
pub(in super::super) fn opinion_of(call: &Value) -> Option<Opinion> {
    serde_json::from_value(call["opinion"].clone()).ok()
}

/// A reason of a call in a line: points, kind, rule, words. What the second opinion said is told in
/// English as everything here, whatever the language of the line.
pub(in super::super) fn reason_line(reason: &Value, opinion: Option<&Opinion>) -> String {
    let word = |name: &str| reason[name].as_str().unwrap_or_default().to_owned();
    let opinion = opinion.filter(|_| reason["rule"] == OPINION);
    let name = opinion.and_then(|opinion| opinion.sentence(Language::En));
    let words: Vec<String> = reason["words"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(|word| format!("“{}”", harmless(word)))
        .collect();
    format!(
        "{:>2} {:<9} {} ({}){}{}{}",
        reason["points"].as_u64().unwrap_or(0),
        word("kind"),
        harmless(&name.unwrap_or_else(|| word("name"))),
        word("rule"),
        if words.is_empty() { "" } else { ": " },
        words.join(" … "),
        if reason["shadow"] == true {
            " [on trial]"
        } else {
            ""
        },
    )
}

fn capital(word: &str) -> String {
    word.to_uppercase()
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(most).collect();
    short.push('…');
    short
}
