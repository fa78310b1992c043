//! A small Twilio: asks the service by signed form requests and does what its documents say.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret as _;

use super::super::client::Client;
use super::script::{People, Turn};
use super::twiml::{self, Target, Verb};
use crate::call::{CallId, Clock as _, SystemClock};
use crate::providers::twilio::sign;

/// The most requests of one call: whoever needs more runs in circles.
const MOST_REQUESTS: usize = 50;
/// How long Twilio waits for an answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// Who calls whom.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    /// The caller, as Twilio writes him; a word when he hides his number.
    pub(super) from: String,
    /// The number that is called.
    pub(super) to: String,
    /// What the network calls the caller.
    pub(super) name: Option<String>,
}

/// A piece of the conversation: what was said, what was asked, what came back.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Exchange {
    /// What was said before the question.
    pub(super) says: String,
    /// The question.
    pub(super) asked: Option<String>,
    /// The answer: words, `(key 1)`, or nothing.
    pub(super) heard: Option<String>,
}

/// What the service answered to a request.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct Served {
    /// The address that was asked.
    pub(super) url: String,
    /// What it answered.
    pub(super) document: String,
}

/// A call as it was played.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// Our name for the call, as Twilio would name it.
    pub(super) sid: String,
    /// The conversation.
    pub(super) turns: Vec<Exchange>,
    /// Every document, in order.
    pub(super) documents: Vec<Served>,
    /// What the owner was told.
    pub(super) whisper: Option<String>,
}

/// What a document leads to.
enum Next {
    Ask(String, Vec<(&'static str, String)>),
    Over,
}

/// Which leg of the call a document is for.
enum OwnersLeg {
    Bridged,
    HungUp,
}

/// The carrier of one call.
pub(super) struct Carrier<'a, P> {
    client: &'a Client,
    people: &'a mut P,
    numbers: Numbers,
    account: String,
    played: Played,
    requests: usize,
    answered: bool,
}

impl<'a, P: People> Carrier<'a, P> {
    pub(super) fn new(client: &'a Client, people: &'a mut P, numbers: Numbers) -> Self {
        Self {
            account: client.key.account_sid(),
            client,
            people,
            numbers,
            played: Played {
                sid: format!("CA{}", fresh()),
                ..Played::default()
            },
            requests: 0,
            answered: false,
        }
    }

    /// Plays the call to its end.
    pub(super) async fn play(mut self) -> anyhow::Result<Played> {
        let voice = format!("{}/webhooks/twilio/voice", self.client.public_url);
        let mut next = Next::Ask(voice, Vec::new());
        while let Next::Ask(url, fields) = next {
            let verbs = self.ask(&url, fields, None).await?;
            next = self.follow(verbs, &url).await?;
        }
        let status = if self.answered { "completed" } else { "busy" };
        let ended = vec![
            ("CallStatus", status.to_owned()),
            (
                "CallDuration",
                if self.answered { "30" } else { "0" }.to_owned(),
            ),
            ("CallbackSource", "call-progress-events".to_owned()),
        ];
        let status = format!("{}/webhooks/twilio/status", self.client.public_url);
        self.post(&status, ended, None).await?;
        self.people.noted("the call is over")?;
        Ok(self.played)
    }

    /// Does what the caller's document says.
    async fn follow(&mut self, verbs: Vec<Verb>, own: &str) -> anyhow::Result<Next> {
        for verb in verbs {
            self.answered |= !matches!(
                verb,
                Verb::Reject(_) | Verb::Redirect(_) | Verb::Dial { .. }
            );
            match verb {
                Verb::Say(text) => {
                    self.people.caller_hears(&text)?;
                    self.says(&text);
                }
                Verb::Pause => {}
                Verb::Gather {
                    prompt,
                    action,
                    speech,
                    on_empty,
                } => {
                    if !prompt.is_empty() {
                        self.people.caller_hears(&prompt)?;
                    }
                    let turn = self.people.caller_answers()?;
                    let fields = match &turn {
                        Turn::Say(words) if speech => vec![
                            ("SpeechResult", words.clone()),
                            ("Confidence", "0.9".to_owned()),
                        ],
                        Turn::Press(key) => vec![
                            ("Digits", key.to_string()),
                            ("FinishedOnKey", String::new()),
                        ],
                        Turn::Say(_) | Turn::Silence | Turn::HangUp => Vec::new(),
                    };
                    let heard = match &turn {
                        Turn::Say(words) => Some(words.clone()),
                        Turn::Press(key) => Some(format!("(key {key})")),
                        Turn::Silence | Turn::HangUp => None,
                    };
                    self.asked(prompt, heard);
                    if turn == Turn::HangUp {
                        return Ok(Next::Over);
                    }
                    if !fields.is_empty() || on_empty {
                        return Ok(Next::Ask(absolute(&action, own), fields));
                    }
                }
                Verb::Dial { action, targets } => {
                    let taken = self.ring(&targets, own).await?;
                    let mut fields = vec![
                        (
                            "DialCallStatus",
                            if taken.is_some() {
                                "completed"
                            } else {
                                "no-answer"
                            }
                            .to_owned(),
                        ),
                        ("DialCallSid", format!("CA{}", fresh())),
                    ];
                    let bridged = matches!(taken, Some(OwnersLeg::Bridged));
                    if bridged {
                        self.answered = true;
                        self.people.noted("caller and owner are connected")?;
                    }
                    fields.push(("DialBridged", bridged.to_string()));
                    fields.push((
                        "DialCallDuration",
                        if bridged { "20" } else { "0" }.to_owned(),
                    ));
                    return Ok(Next::Ask(absolute(&action, own), fields));
                }
                Verb::Record { action, status } => {
                    self.people.noted("a tone: the message is recorded")?;
                    let turn = self.people.caller_answers()?;
                    let message = match &turn {
                        Turn::Say(words) => Some(words.clone()),
                        Turn::Press(_) | Turn::Silence | Turn::HangUp => None,
                    };
                    self.asked("(tone)".into(), message.clone());
                    if let Some(words) = message {
                        let fields = self.recording(&words);
                        if let Some(status) = status {
                            let mut ready = fields.clone();
                            ready.push(("RecordingStatus", "completed".to_owned()));
                            self.post(&absolute(&status, own), ready, None).await?;
                        }
                        return Ok(Next::Ask(absolute(&action, own), fields));
                    }
                    if turn == Turn::HangUp {
                        return Ok(Next::Over);
                    }
                }
                Verb::Redirect(url) => return Ok(Next::Ask(absolute(&url, own), Vec::new())),
                Verb::Reject(reason) => {
                    self.people
                        .noted(&format!("refused before it was answered ({reason})"))?;
                    return Ok(Next::Over);
                }
                Verb::Hangup => return Ok(Next::Over),
            }
        }
        Ok(Next::Over)
    }

    /// Rings the owner; the first who is rung picks up. Nobody does when nobody is rung.
    async fn ring(&mut self, targets: &[Target], own: &str) -> anyhow::Result<Option<OwnersLeg>> {
        let Some(target) = targets.first() else {
            return Ok(None);
        };
        let addresses: Vec<String> = targets
            .iter()
            .map(|target| format!("{} {}", target.kind.to_lowercase(), target.address))
            .collect();
        self.people.owner_rings(&addresses.join(", "))?;
        let Some(whisper) = &target.whisper else {
            // Without a whisper, whoever picks up has the call.
            return Ok(Some(OwnersLeg::Bridged));
        };
        let leg = format!("CA{}", fresh());
        let mut next = Next::Ask(absolute(whisper, own), Vec::new());
        while let Next::Ask(url, fields) = next {
            let verbs = self
                .ask(&url, fields, Some((&leg, &target.address)))
                .await?;
            match self.whisper(verbs, &url)? {
                Ok(more) => next = more,
                Err(leg) => return Ok(Some(leg)),
            }
        }
        Ok(Some(OwnersLeg::HungUp))
    }

    /// Does what the owner's document says: where it leads, or what became of the leg.
    fn whisper(&mut self, verbs: Vec<Verb>, own: &str) -> anyhow::Result<Result<Next, OwnersLeg>> {
        for verb in verbs {
            match verb {
                Verb::Say(text) => self.people.owner_hears(&text)?,
                Verb::Pause => {}
                Verb::Gather {
                    prompt,
                    action,
                    on_empty,
                    ..
                } => {
                    self.people.owner_hears(&prompt)?;
                    self.played.whisper = Some(prompt);
                    let key = self.people.owner_presses()?;
                    let fields: Vec<_> = key
                        .map(|key| ("Digits", key.to_string()))
                        .into_iter()
                        .collect();
                    if !fields.is_empty() || on_empty {
                        return Ok(Ok(Next::Ask(absolute(&action, own), fields)));
                    }
                }
                Verb::Redirect(url) => return Ok(Ok(Next::Ask(absolute(&url, own), Vec::new()))),
                Verb::Hangup | Verb::Reject(_) => return Ok(Err(OwnersLeg::HungUp)),
                Verb::Dial { .. } | Verb::Record { .. } => {
                    bail!(
                        "the owner's leg was told to dial or record, which Twilio does not do there"
                    )
                }
            }
        }
        // The legs are joined when the document ends.
        Ok(Err(OwnersLeg::Bridged))
    }

    fn recording(&self, words: &str) -> Vec<(&'static str, String)> {
        let sid = format!("RE{}", fresh());
        let seconds = words.split_whitespace().count() / 2 + 1;
        vec![
            (
                "RecordingUrl",
                format!(
                    "https://api.twilio.com/2010-04-01/Accounts/{}/Recordings/{sid}",
                    self.account
                ),
            ),
            ("RecordingSid", sid),
            ("RecordingDuration", seconds.to_string()),
            ("Digits", "hangup".to_owned()),
        ]
    }

    fn says(&mut self, text: &str) {
        match self.played.turns.last_mut() {
            Some(last) if last.asked.is_none() => {
                last.says.push(' ');
                last.says.push_str(text);
            }
            _ => self.played.turns.push(Exchange {
                says: text.to_owned(),
                ..Exchange::default()
            }),
        }
    }

    fn asked(&mut self, prompt: String, heard: Option<String>) {
        match self.played.turns.last_mut() {
            Some(last) if last.asked.is_none() => {
                last.asked = Some(prompt);
                last.heard = heard;
            }
            _ => self.played.turns.push(Exchange {
                says: String::new(),
                asked: Some(prompt),
                heard,
            }),
        }
    }

    async fn ask(
        &mut self,
        url: &str,
        fields: Vec<(&'static str, String)>,
        leg: Option<(&str, &str)>,
    ) -> anyhow::Result<Vec<Verb>> {
        let document = self.post(url, fields, leg).await?;
        let verbs = twiml::read(&document)
            .with_context(|| format!("what {url} answered is of no use to Twilio"))?;
        self.played.documents.push(Served {
            url: url.to_owned(),
            document,
        });
        Ok(verbs)
    }

    /// Sends a request as Twilio would: the caller's leg, or another one of the same call.
    async fn post(
        &mut self,
        url: &str,
        fields: Vec<(&'static str, String)>,
        leg: Option<(&str, &str)>,
    ) -> anyhow::Result<String> {
        self.requests += 1;
        if self.requests > MOST_REQUESTS {
            bail!("the documents lead to ever more documents; gave up after {MOST_REQUESTS}");
        }
        let mut form: Vec<(&str, String)> = vec![
            ("AccountSid", self.account.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
        ];
        let Numbers { from, to, name } = &self.numbers;
        match leg {
            None => form.extend([
                ("CallSid", self.played.sid.clone()),
                ("Direction", "inbound".to_owned()),
                ("From", from.clone()),
                ("Caller", from.clone()),
                ("To", to.clone()),
                ("Called", to.clone()),
            ]),
            Some((sid, target)) => form.extend([
                ("CallSid", sid.to_owned()),
                ("ParentCallSid", self.played.sid.clone()),
                ("Direction", "outbound-dial".to_owned()),
                ("From", from.clone()),
                ("Caller", from.clone()),
                ("To", target.to_owned()),
                ("Called", target.to_owned()),
            ]),
        }
        if let (Some(name), None) = (name, leg) {
            form.push(("CallerName", name.clone()));
        }
        if !fields.iter().any(|(name, _)| *name == "CallStatus") {
            let status = if self.answered || leg.is_some() {
                "in-progress"
            } else {
                "ringing"
            };
            form.push(("CallStatus", status.to_owned()));
        }
        form.extend(fields);
        let borrowed: Vec<(&str, &str)> = form
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let signature = sign(url, &borrowed, self.client.key.secret().expose_secret());
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&borrowed)
            .finish();
        let response = self
            .client
            .http
            .post(local(url, self.client))
            .timeout(PATIENCE)
            .header("X-Twilio-Signature", signature)
            .header("I-Twilio-Idempotency-Token", fresh())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .map_err(|error| self.client.unreachable(error))?;
        let status = response.status();
        if status.as_u16() == 403 {
            bail!(
                "the service refused the signature over {url}: its public address or its store is \
                 another one than in these settings"
            );
        }
        if !status.is_success() {
            bail!("{url} answered {status}; Twilio would turn to the fallback now");
        }
        response.text().await.context("the answer broke off")
    }
}

/// 32 hexadecimal digits that were never used before.
fn fresh() -> String {
    CallId::new(SystemClock.now()).to_string().replace('-', "")
}

/// An address in a document, which may be meant from the document's own.
fn absolute(url: &str, own: &str) -> String {
    match reqwest::Url::parse(own).and_then(|own| own.join(url)) {
        Ok(joined) if !url.contains("://") => joined.to_string(),
        _ => url.to_owned(),
    }
}

/// The same address on this machine: what is signed is the public one.
fn local(url: &str, client: &Client) -> String {
    match url.strip_prefix(&client.public_url) {
        Some(rest) => format!("{}{rest}", client.base),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_letter_by_letter_unless_relative() {
        let own = "https://a.dk/webhooks/twilio/voice?x=1";
        assert_eq!(
            absolute("https://b.dk/x?a=%2B", own),
            "https://b.dk/x?a=%2B"
        );
        assert_eq!(
            absolute("heard?turn=1", own),
            "https://a.dk/webhooks/twilio/heard?turn=1"
        );
    }
}
