//! A number that people call, and how its callers are received.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Language;
use crate::screening::line::{Blocked, Closed, Mode, TargetedSellers};
use crate::screening::profile::{Company, Owner, Profile};
use crate::screening::wording::Tone;

/// A number that people call, and how its callers are received.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Line {
    /// Your name for the line, in the log and in addresses: small letters, digits, dashes.
    #[schemars(extend("x-example" = "shop"))]
    pub id: String,
    /// The number that people call, with its country code.
    #[schemars(extend("x-example" = "+4570101010"))]
    pub number: Option<String>,
    /// Several numbers, where the line has more than one.
    #[schemars(extend("x-example" = ["+4570101010", "+4570101011"]))]
    pub numbers: Vec<String>,
    /// Whether callers are screened, or all ring through and the verdicts are only logged: a good
    /// way to begin.
    pub mode: Mode,
    /// The languages that the doorman speaks here; the first is the one he greets in.
    pub languages: Vec<Language>,
    /// How dry the doorman is.
    pub tone: Tone,
    /// The zone in which opening hours are meant.
    #[schemars(extend("x-example" = "Europe/Copenhagen"))]
    pub time_zone: String,
    /// When it is open, by weekday (`mon` to `sun`, or a range of them). Without it, always.
    #[schemars(extend("x-example" = {"mon-thu": "08:00-16:00", "fri": "08:00-12:00, 12:30-15:00"}))]
    pub hours: Option<BTreeMap<String, String>>,
    /// What happens to callers outside the opening hours.
    pub closed: Closed,
    /// What happens to a seller who says so and knows why exactly here.
    pub targeted_sellers: TargetedSellers,
    /// How blocked numbers are refused.
    pub blocked: Blocked,
    /// What happens when nobody takes the call.
    pub no_answer: NoAnswer,
    /// Where texts to the owner go.
    #[schemars(extend("x-example" = "+4520111111"))]
    pub text_to: Option<String>,
    /// Whether the owner hears who calls and presses a key before the call is his. Without it, a
    /// mobile's own voicemail can swallow a call.
    pub whisper: bool,
    /// How long to wait for the owner's key, in seconds; then the caller may leave a message.
    #[schemars(range(min = 3, max = 30))]
    pub whisper_wait_seconds: u8,
    /// Firms and people whose call you expect. They count as contacts.
    #[schemars(extend("x-example" = ["Nordlys Telefoni"]))]
    pub expect: Vec<String>,
    /// Whose line it is: what is true of this business and not of any business.
    pub profile: Profile,
    /// Where the owner's phone rings, one after the other. At least one.
    pub destination: Vec<Destination>,
    /// Texts of your own, by language.
    pub wordings: Wordings,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            id: String::new(),
            number: None,
            numbers: Vec::new(),
            mode: Mode::default(),
            languages: Language::ALL.to_vec(),
            tone: Tone::default(),
            time_zone: "Europe/Copenhagen".into(),
            hours: None,
            closed: Closed::default(),
            targeted_sellers: TargetedSellers::default(),
            blocked: Blocked::default(),
            no_answer: NoAnswer::default(),
            text_to: None,
            whisper: true,
            whisper_wait_seconds: 8,
            expect: Vec::new(),
            profile: Profile::default(),
            destination: Vec::new(),
            wordings: Wordings::default(),
        }
    }
}

impl Line {
    /// The line that serves where none is written.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            id: "demo".into(),
            number: Some("+4570101010".into()),
            profile: Profile {
                owner: Owner {
                    name: "Per Topp".into(),
                    spoken_variants: vec!["Peer Top".into()],
                    is_the_only_person: true,
                },
                company: Company {
                    name: "Topp Design".into(),
                    spoken_variants: vec!["Top Design".into()],
                    city: "Skive".into(),
                    domain: "toppdesign.dk".into(),
                    languages: vec!["da".into(), "en".into()],
                    ..Company::default()
                },
                trade: "webdesign".into(),
                services: ["hjemmeside", "webshop", "logo", "grafisk design", "website"]
                    .map(Into::into)
                    .to_vec(),
                roles_that_do_not_exist: [
                    "IT-ansvarlig",
                    "IT-chef",
                    "indkøbschef",
                    "marketingansvarlig",
                    "økonomichef",
                    "direktør",
                    "IT manager",
                    "purchasing manager",
                    "head of marketing",
                ]
                .map(Into::into)
                .to_vec(),
                ..Profile::default()
            },
            destination: vec![Destination {
                client: Some("owner".into()),
                ..Destination::default()
            }],
            ..Self::default()
        }
    }
}

/// What happens when nobody takes the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoAnswer {
    /// The caller may leave a message after a tone.
    #[default]
    Voicemail,
    /// The owner gets a text message at `text_to`.
    Text,
    /// The caller hears a polite goodbye.
    Goodbye,
}

/// Where the owner's phone rings: one of `number`, `sip` and `client`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("x-example" = {"number": "+4520111111"}))]
pub struct Destination {
    /// A telephone number, with its country code. Never one of the lines: the call would come
    /// back here.
    #[schemars(extend("x-example" = "+4520111111"))]
    pub number: Option<String>,
    /// A SIP address.
    #[schemars(extend("x-example" = "sip:per@pbx.toppdesign.dk"))]
    pub sip: Option<String>,
    /// A client of the provider (an app or a browser), by its identity.
    #[schemars(extend("x-example" = "owner"))]
    pub client: Option<String>,
    /// How long it rings, in seconds. Shorter than the mobile's own voicemail takes to answer.
    /// Those that ring together ring as long as the first of them. Without it, 20.
    #[schemars(range(min = 5, max = 120))]
    pub ring_seconds: Option<u16>,
    /// Whether it rings together with the one before it, not after it.
    pub together: bool,
}

/// Texts of your own, by language and by the name of the text.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Wordings {
    /// Danish texts.
    #[schemars(extend("x-example" = {"goodbye": "Tak for opkaldet. Hej hej."}))]
    pub da: BTreeMap<String, String>,
    /// English texts.
    #[schemars(extend("x-example" = {"goodbye": "Thank you for calling. Bye."}))]
    pub en: BTreeMap<String, String>,
}
