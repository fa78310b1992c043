//! Reads TwiML as far as Portner writes it, the way that Twilio reads it: what is unknown is an
//! error here, so that nothing new is passed over unseen.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The longest document that Twilio takes (error 11750).
const MAX_BYTES: usize = 64 * 1024;

/// Something that a document tells to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verb {
    /// Speak.
    Say(String),
    /// Wait.
    Pause,
    /// Take an answer.
    Gather {
        /// What is said meanwhile.
        prompt: String,
        /// Where the answer goes.
        action: String,
        /// Whether words are taken, not only keys.
        speech: bool,
        /// Whether silence is told too.
        on_empty: bool,
    },
    /// Ring somebody.
    Dial {
        /// Where the outcome goes.
        action: String,
        /// Who is rung.
        targets: Vec<Target>,
    },
    /// Record a message.
    Record {
        /// Where the recording goes.
        action: String,
        /// Where it goes once the sound is ready.
        status: Option<String>,
    },
    /// Go on with another document.
    Redirect(String),
    /// Refuse the call before it is answered.
    Reject(String),
    /// End the leg.
    Hangup,
}

/// Somebody who is rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// `Number`, `Sip` or `Client`.
    pub(super) kind: String,
    /// The number or address.
    pub(super) address: String,
    /// What is told to whoever picks up, before the call is his.
    pub(super) whisper: Option<String>,
}

/// Why a document cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TwimlError {
    /// It is not XML.
    #[error("the document is not XML: {0}")]
    Xml(String),
    /// Something in it is not what Twilio knows, or not what this carrier plays.
    #[error("the document holds {0}")]
    Unknown(String),
    /// A verb lacks what it cannot do without.
    #[error("{verb} has no {attribute}")]
    Missing {
        verb: String,
        attribute: &'static str,
    },
    /// It is too large.
    #[error("the document has {0} bytes, more than the {MAX_BYTES} that Twilio takes")]
    TooLarge(usize),
}

/// Reads a document.
pub(super) fn read(document: &str) -> Result<Vec<Verb>, TwimlError> {
    if document.len() > MAX_BYTES {
        return Err(TwimlError::TooLarge(document.len()));
    }
    let root = elements(document)?;
    let [Element { name, inner, .. }] = root.as_slice() else {
        return Err(TwimlError::Unknown("not exactly one element".into()));
    };
    if name != "Response" {
        return Err(TwimlError::Unknown(format!(
            "a <{name}> instead of a <Response>"
        )));
    }
    inner.iter().map(verb).collect()
}

fn verb(element: &Element) -> Result<Verb, TwimlError> {
    Ok(match element.name.as_str() {
        "Say" => Verb::Say(element.text.clone()),
        "Pause" => Verb::Pause,
        "Gather" => Verb::Gather {
            prompt: prompt(element)?,
            action: element.needs("action")?,
            speech: element
                .attribute("input")
                .is_some_and(|input| input.contains("speech")),
            on_empty: element.attribute("actionOnEmptyResult") == Some("true"),
        },
        "Dial" => Verb::Dial {
            action: element.needs("action")?,
            targets: element.inner.iter().map(target).collect::<Result<_, _>>()?,
        },
        "Record" => Verb::Record {
            action: element.needs("action")?,
            status: element
                .attribute("recordingStatusCallback")
                .map(str::to_owned),
        },
        "Redirect" => Verb::Redirect(element.text.clone()),
        "Reject" => Verb::Reject(element.attribute("reason").unwrap_or("rejected").to_owned()),
        "Hangup" => Verb::Hangup,
        other => return Err(TwimlError::Unknown(format!("an unknown verb <{other}>"))),
    })
}

fn prompt(gather: &Element) -> Result<String, TwimlError> {
    let mut said = Vec::new();
    for inner in &gather.inner {
        match verb(inner)? {
            Verb::Say(text) => said.push(text),
            Verb::Pause => {}
            _ => {
                return Err(TwimlError::Unknown(format!(
                    "a <{}> in a <Gather>",
                    inner.name
                )));
            }
        }
    }
    Ok(said.join(" "))
}

fn target(element: &Element) -> Result<Target, TwimlError> {
    if !matches!(element.name.as_str(), "Number" | "Sip" | "Client") {
        return Err(TwimlError::Unknown(format!(
            "a <{}> in a <Dial>",
            element.name
        )));
    }
    Ok(Target {
        kind: element.name.clone(),
        address: element.text.clone(),
        whisper: element.attribute("url").map(str::to_owned),
    })
}

#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    inner: Vec<Element>,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Result<Self, TwimlError> {
        let name = start.name().as_ref().to_owned();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| TwimlError::Xml(error.to_string()))?;
            let value = quick_xml::escape::unescape(&attribute.value)
                .map_err(|error| TwimlError::Xml(error.to_string()))?
                .into_owned();
            attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        Ok(Self {
            name,
            attributes,
            ..Self::default()
        })
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }

    fn needs(&self, attribute: &'static str) -> Result<String, TwimlError> {
        self.attribute(attribute)
            .map(str::to_owned)
            .ok_or_else(|| TwimlError::Missing {
                verb: self.name.clone(),
                attribute,
            })
    }
}

/// The elements of a document, each with those inside it.
fn elements(document: &str) -> Result<Vec<Element>, TwimlError> {
    let xml = |error: &dyn std::fmt::Display| TwimlError::Xml(error.to_string());
    let mut reader = Reader::from_str(document);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| xml(&error))? {
            Event::Start(start) => open.push(Element::of(&start)?),
            Event::Empty(start) => {
                let element = Element::of(&start)?;
                if let Some(outer) = open.last_mut() {
                    outer.inner.push(element);
                }
            }
            Event::End(_) => {
                if let Some(mut done) = open.pop()
                    && let Some(outer) = open.last_mut()
                {
                    done.text = done.text.trim().to_owned();
                    outer.inner.push(done);
                }
            }
            Event::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text.xml10_content());
                }
            }
            Event::GeneralRef(entity) => {
                let written = format!("&{};", entity.xml10_content());
                let text = quick_xml::escape::unescape(&written)
                    .map_err(|error| xml(&error))?
                    .into_owned();
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&text);
                }
            }
            Event::Eof => break,
            _ => {}
        }
    }
    match open.len() {
        1 => Ok(open.pop().map(|root| root.inner).unwrap_or_default()),
        _ => Err(TwimlError::Xml("an element is not closed".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_with_everything_that_matters() {
        let document = r#"<?xml version="1.0" encoding="UTF-8"?><Response><Say>Goddag &amp; velkommen.</Say>
            <Gather input="dtmf speech" action="https://a.dk/heard?turn=1&amp;x=2" actionOnEmptyResult="true"><Say>Hvad?</Say></Gather>
            <Redirect method="POST">https://a.dk/heard?turn=1&amp;x=2</Redirect></Response>"#;
        assert_eq!(
            read(document).unwrap(),
            [
                Verb::Say("Goddag & velkommen.".into()),
                Verb::Gather {
                    prompt: "Hvad?".into(),
                    action: "https://a.dk/heard?turn=1&x=2".into(),
                    speech: true,
                    on_empty: true,
                },
                Verb::Redirect("https://a.dk/heard?turn=1&x=2".into()),
            ]
        );
    }

    #[test]
    fn ringing_recording_and_refusing_are_read() {
        let document = r#"<Response><Dial action="/d"><Number url="/w">+4520111111</Number><Client>owner</Client></Dial></Response>"#;
        let [Verb::Dial { targets, .. }] = &read(document).unwrap()[..] else {
            panic!("no dial");
        };
        assert_eq!(targets[0].whisper.as_deref(), Some("/w"));
        assert_eq!(
            (targets[1].kind.as_str(), targets[1].address.as_str()),
            ("Client", "owner")
        );
        assert_eq!(
            read(r#"<Response><Record action="/r" recordingStatusCallback="/s"/><Hangup/></Response>"#).unwrap(),
            [
                Verb::Record { action: "/r".into(), status: Some("/s".into()) },
                Verb::Hangup,
            ]
        );
        assert_eq!(
            read(r#"<Response><Reject reason="busy"/></Response>"#).unwrap(),
            [Verb::Reject("busy".into())]
        );
        assert_eq!(read("<Response></Response>").unwrap(), []);
    }

    #[test]
    fn what_twilio_would_not_take_is_told() {
        for document in [
            "",
            "hello",
            "<Response>",
            "<Response><Say></Response>",
            "<Twiml/>",
            "<Response><Gather><Say>x</Say></Gather></Response>",
            "<Response><Shout/></Response>",
            "<Response/><Response/>",
        ] {
            assert!(read(document).is_err(), "{document}");
        }
    }
}
