//! Writes instructions as TwiML, with a real XML writer and from types alone.
//!
//! Limits of the wire: a document of 64 kB (error 11750), 4,096 characters of speech in one verb,
//! ten destinations in one `Dial`, 500 hints of 100 characters. What would pass a limit is
//! shortened: half a sentence is better than a document that Twilio refuses.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::step::Step;
use crate::call::{Instruction, Language, ProviderCallId, RejectCause, Target};

/// The media type of every document.
pub const CONTENT_TYPE: &str = "text/xml; charset=utf-8";

const MAX_DOCUMENT_BYTES: usize = 64_000;
const MAX_TARGETS: usize = 10;
const MAX_HINTS: usize = 500;
const MAX_HINT_CHARS: usize = 100;
const EMPTY: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#;

/// How documents are written, beside what they say.
#[derive(Debug)]
pub struct Style {
    /// Where every step's address begins, with a slash at its end.
    pub base: String,
    /// The voice for each language; without one Twilio chooses.
    pub voices: BTreeMap<Language, String>,
    /// The recognition model, where it is not left to Twilio.
    pub speech_model: Option<String>,
}

/// How much may be said, in characters.
#[derive(Debug, Clone, Copy)]
struct Room {
    text: usize,
    hints: usize,
}

impl Style {
    /// The document for these instructions, never over Twilio's limit for an answer.
    pub fn document(&self, call: &ProviderCallId, instructions: &[Instruction]) -> String {
        self.document_within(call, instructions, |document| {
            document.len() <= MAX_DOCUMENT_BYTES
        })
        .unwrap_or_else(|| EMPTY.to_owned())
    }

    /// The document with as much text as fits; `None` when it does not fit without any.
    pub fn document_within(
        &self,
        call: &ProviderCallId,
        instructions: &[Instruction],
        fits: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let mut room = Room {
            text: 4_000,
            hints: 10_000,
        };
        loop {
            let document = self.write(call, instructions, room).ok();
            if let Some(document) = document.filter(|document| fits(document)) {
                return Some(document);
            }
            if room.text == 0 && room.hints == 0 {
                return None;
            }
            room = Room {
                text: room.text / 2,
                hints: room.hints / 2,
            };
        }
    }

    fn write(
        &self,
        call: &ProviderCallId,
        instructions: &[Instruction],
        room: Room,
    ) -> io::Result<String> {
        let mut page = Page {
            style: self,
            call: &call.id,
            room,
            xml: Writer::new(Vec::with_capacity(4096)),
        };
        let declaration = BytesDecl::new("1.0", Some("UTF-8"), None);
        page.xml.write_event(Event::Decl(declaration))?;
        page.open("Response", &[])?;
        let mut rest = instructions;
        while let Some((instruction, after)) = rest.split_first() {
            let first = rest.len() == instructions.len();
            let flow = match before_a_question(rest) {
                Some((said, question, beyond)) => {
                    rest = beyond;
                    page.instruction(question, said, first)?
                }
                None => {
                    rest = after;
                    page.instruction(instruction, &[], first)?
                }
            };
            if flow == Flow::Over {
                break;
            }
        }
        page.close("Response")?;
        String::from_utf8(page.xml.into_inner()).map_err(io::Error::other)
    }
}

/// What is said straight before a question, the question, and what comes after it. It is spoken
/// within the question, so that a caller may answer or press a key from its first word on.
fn before_a_question(
    instructions: &[Instruction],
) -> Option<(&[Instruction], &Instruction, &[Instruction])> {
    let is_said = |instruction: &&Instruction| matches!(instruction, Instruction::Say { .. });
    let said = instructions.iter().take_while(is_said).count();
    let (said, rest) = instructions.split_at_checked(said)?;
    let (question, beyond) = rest.split_first()?;
    matches!(question, Instruction::Ask { .. }).then_some((said, question, beyond))
}

/// Whether Twilio goes on to what follows.
#[derive(Debug, PartialEq, Eq)]
enum Flow {
    On,
    Over,
}

type Attributes<'a> = &'a [(&'static str, &'a str)];

struct Page<'a> {
    style: &'a Style,
    call: &'a str,
    room: Room,
    xml: Writer<Vec<u8>>,
}

impl Page<'_> {
    /// Writes one instruction. `said` is what is spoken within it before its own words, and `first`
    /// whether nothing stands before it.
    fn instruction(
        &mut self,
        instruction: &Instruction,
        said: &[Instruction],
        first: bool,
    ) -> io::Result<Flow> {
        match instruction {
            Instruction::Say { text, language } => {
                self.say(text, *language)?;
                Ok(Flow::On)
            }
            Instruction::Ask {
                turn,
                text,
                language,
                hints,
                wait_seconds,
                pause_seconds,
                question: _,
            } => {
                let action = self.address(&Step::Heard { turn: *turn });
                let hints = self.hints(hints);
                let mut attributes = vec![
                    ("input", "dtmf speech"),
                    ("action", &*action),
                    ("method", "POST"),
                    ("actionOnEmptyResult", "true"),
                    ("language", language.tag()),
                    ("numDigits", "1"),
                    ("profanityFilter", "false"),
                    ("bargeIn", "true"),
                ];
                let wait = at_least_one(*wait_seconds);
                let pause = at_least_one(*pause_seconds);
                attributes.push(("timeout", &wait));
                attributes.push(("speechTimeout", &pause));
                if !hints.is_empty() {
                    attributes.push(("hints", &hints));
                }
                if let Some(model) = &self.style.speech_model {
                    attributes.push(("speechModel", model));
                }
                self.open("Gather", &attributes)?;
                for said in said {
                    self.instruction(said, &[], false)?;
                }
                self.say(text, *language)?;
                self.close("Gather")?;
                // With actionOnEmptyResult Twilio always asks the action. Should it ever walk on,
                // the end of the document would end the call; this way it is a silence.
                self.redirect(&action)
            }
            Instruction::Dial {
                attempt,
                targets,
                ring_seconds,
                whisper,
                place: _,
            } => self.dial(*attempt, targets, *ring_seconds, *whisper),
            Instruction::Whisper {
                attempt,
                text,
                language,
                wait_seconds,
            } => {
                let action = self.address(&Step::Pressed {
                    call: self.call.to_owned(),
                    attempt: *attempt,
                });
                let attributes = [
                    ("input", "dtmf"),
                    ("action", &*action),
                    ("method", "POST"),
                    ("numDigits", "1"),
                    ("timeout", &at_least_one(*wait_seconds)),
                ];
                self.open("Gather", &attributes)?;
                self.say(text, *language)?;
                self.close("Gather")?;
                // The leg is bridged when a whisper document ends, so it must not end here: no
                // key is told just as a key is.
                self.redirect(&action)
            }
            // The leg is bridged when the document ends.
            Instruction::Bridge => Ok(Flow::Over),
            Instruction::Record { turn, max_seconds } => {
                let attributes = [
                    ("action", &*self.address(&Step::Recorded { turn: *turn })),
                    ("method", "POST"),
                    ("maxLength", &(*max_seconds).clamp(1, 3600).to_string()),
                    ("timeout", "5"),
                    ("finishOnKey", "#"),
                    ("playBeep", "true"),
                    ("trim", "trim-silence"),
                    (
                        "recordingStatusCallback",
                        &*self.address(&Step::Recording { turn: *turn }),
                    ),
                    ("recordingStatusCallbackMethod", "POST"),
                    ("recordingStatusCallbackEvent", "completed"),
                ];
                self.empty("Record", &attributes)?;
                // Reached when nothing was said.
                self.hangup()
            }
            Instruction::Reject { cause } if first => {
                let reason = match cause {
                    RejectCause::Busy => "busy",
                    RejectCause::Declined => "rejected",
                };
                self.empty("Reject", &[("reason", reason)])?;
                Ok(Flow::Over)
            }
            // What was said before has answered the call: there is nothing left to refuse.
            Instruction::Reject { .. } | Instruction::Hangup => self.hangup(),
        }
    }

    fn dial(
        &mut self,
        attempt: u16,
        targets: &[Target],
        ring_seconds: u16,
        whisper: bool,
    ) -> io::Result<Flow> {
        let action = self.address(&Step::Dialled { attempt });
        if targets.is_empty() {
            // Nobody to ring is an attempt that failed.
            return self.redirect(&action);
        }
        let timeout = ring_seconds.clamp(5, 600).to_string();
        let attributes = [
            ("action", &*action),
            ("method", "POST"),
            ("answerOnBridge", "true"),
            ("timeout", &timeout),
        ];
        let url = self.address(&Step::Whisper {
            call: self.call.to_owned(),
            attempt,
        });
        let whispering = [("url", &*url), ("method", "POST")];
        let attributes_of_target: Attributes<'_> = if whisper { &whispering } else { &[] };
        self.open("Dial", &attributes)?;
        for target in targets.iter().take(MAX_TARGETS) {
            let (noun, address) = match target {
                Target::Number(number) => ("Number", number.full().into()),
                Target::Sip(address) => ("Sip", plain(address)),
                Target::Client(identity) => {
                    let identity = identity.strip_prefix("client:").unwrap_or(identity);
                    ("Client", plain(identity))
                }
            };
            self.open(noun, attributes_of_target)?;
            self.text(&address)?;
            self.close(noun)?;
        }
        self.close("Dial")?;
        Ok(Flow::Over)
    }

    fn say(&mut self, text: &str, language: Language) -> io::Result<()> {
        let text = plain(text);
        let text = at_most(&text, self.room.text).trim_end();
        if text.is_empty() {
            return Ok(());
        }
        let mut attributes = vec![("language", language.tag())];
        if let Some(voice) = self.style.voices.get(&language) {
            attributes.push(("voice", voice));
        }
        self.open("Say", &attributes)?;
        self.text(text)?;
        self.close("Say")
    }

    /// Hints in one attribute, with commas between them and none inside.
    fn hints(&self, hints: &[String]) -> String {
        let mut line = String::with_capacity(512);
        let mut characters = 0;
        for hint in hints.iter().take(MAX_HINTS) {
            let hint = plain_hint(hint);
            characters += 1 + hint.chars().count();
            if characters > self.room.hints {
                break;
            }
            if !line.is_empty() && !hint.is_empty() {
                line.push(',');
            }
            line.push_str(&hint);
        }
        line
    }

    fn redirect(&mut self, address: &str) -> io::Result<Flow> {
        self.open("Redirect", &[("method", "POST")])?;
        self.text(address)?;
        self.close("Redirect")?;
        Ok(Flow::Over)
    }

    fn hangup(&mut self) -> io::Result<Flow> {
        self.empty("Hangup", &[])?;
        Ok(Flow::Over)
    }

    fn address(&self, step: &Step) -> String {
        step.address(&self.style.base)
    }

    fn open(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.xml
            .write_event(Event::Start(element(name, attributes)))
    }

    fn empty(&mut self, name: &str, attributes: Attributes<'_>) -> io::Result<()> {
        self.xml
            .write_event(Event::Empty(element(name, attributes)))
    }

    fn close(&mut self, name: &str) -> io::Result<()> {
        self.xml.write_event(Event::End(BytesEnd::new(name)))
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        self.xml.write_event(Event::Text(BytesText::new(text)))
    }
}

fn element(name: &str, attributes: Attributes<'_>) -> BytesStart<'static> {
    let length: usize = attributes
        .iter()
        .map(|(name, value)| name.len() + value.len() + 8)
        .sum();
    // Not grown again for each attribute.
    let mut content = String::with_capacity(name.len() + length);
    content.push_str(name);
    BytesStart::from_content(content, name.len()).with_attributes(attributes.iter().copied())
}

fn at_least_one(seconds: u8) -> String {
    seconds.max(1).to_string()
}

/// Text as it may stand in XML 1.0 and be spoken: whatever is not printable becomes a blank, and
/// there are none around it.
fn plain(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|character| printable(character).is_whitespace());
    if text
        .chars()
        .all(|character| printable(character) == character)
    {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(printable).collect())
}

/// A hint as it may stand between commas.
fn plain_hint(hint: &str) -> Cow<'_, str> {
    let blank = |character| if character == ',' { ' ' } else { character };
    let plain = |character| printable(blank(character));
    let hint = hint.trim_matches(|character| plain(character).is_whitespace());
    let hint = at_most(hint, MAX_HINT_CHARS).trim_end_matches(|it| plain(it).is_whitespace());
    if hint.chars().all(|character| plain(character) == character) {
        return Cow::Borrowed(hint);
    }
    Cow::Owned(hint.chars().map(plain).collect())
}

fn printable(character: char) -> char {
    match character {
        '\u{fffe}' | '\u{ffff}' => ' ',
        character if character.is_control() => ' ',
        character => character,
    }
}

/// So many characters from the front of a text.
fn at_most(text: &str, characters: usize) -> &str {
    if text.len() <= characters {
        return text;
    }
    text.char_indices()
        .nth(characters)
        .map_or(text, |(end, _)| text.get(..end).unwrap_or(text))
}

#[cfg(test)]
#[path = "markup_tests.rs"]
mod tests;
