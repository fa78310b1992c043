//! What may be written in `portner.toml`. The doc comments are the reference, the types are the
//! schema that the file is checked against, and `Default` is what holds where nothing is written.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::Language;
use crate::screening::line::{Blocked, Closed, Mode, TargetedSellers};
use crate::screening::profile::{Company, Owner, Profile};
use crate::screening::wording::Tone;

/// The whole file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct File {
    /// Where Portner listens, and where it is reached from outside.
    pub server: Server,
    /// Where calls and lists are kept.
    pub store: Store,
    /// Where the rules come from.
    pub rules: Rules,
    /// The telephony providers.
    pub providers: Providers,
    /// How far a conversation may go.
    pub limits: Limits,
    /// How many calls are screened; the rest ring the owner as if nobody stood at the door.
    pub spend: Spend,
    /// Where you are told of what happens.
    pub notify: Notify,
    /// A mail once a week of what happened.
    pub mail: Mail,
    /// The desk, and who may enter it from elsewhere.
    pub desk: Desk,
    /// How long what is known of callers is kept, in days from when they called; 0 for ever. What is over
    /// is removed by itself, from every file of the store within a day.
    pub retention: Retention,
    /// The numbers that people call. Without any, a line to try things out serves: `demo`,
    /// +4570101010.
    pub line: Vec<Line>,
}

/// Where Portner listens, and where it is reached from outside.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// The address and port to listen on.
    #[schemars(extend("x-variable" = "PORTNER_LISTEN", "x-example" = "127.0.0.1:8080"))]
    pub listen: String,
    /// The address that providers call, without a slash at the end. `https`, unless it is this
    /// machine. Without it, the address that is listened on.
    #[schemars(extend("x-variable" = "PORTNER_PUBLIC_URL", "x-example" = "https://telefon.toppdesign.dk"))]
    pub public_url: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            public_url: None,
        }
    }
}

/// Where calls and lists are kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// `sled:` and a folder, or `memory:` to keep nothing.
    #[schemars(extend("x-variable" = "PORTNER_STORE", "x-example" = "sled:portner-data"))]
    pub address: String,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            address: "sled:portner-data".into(),
        }
    }
}

/// Where the rules come from.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// A folder of your own rule files. They are read again whenever they change.
    #[schemars(extend("x-variable" = "PORTNER_RULES", "x-example" = "rules"))]
    pub folder: Option<String>,
    /// Whether the rules that Portner comes with are used too.
    pub shipped: bool,
    /// Whether a learned second opinion is heard beside the rules. It alone never refuses anybody.
    /// `opinion.model` in the folder of rules counts where there is one (`portner learn` writes
    /// it), else what Portner comes with.
    pub second_opinion: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            folder: None,
            shipped: true,
            second_opinion: true,
        }
    }
}

/// The telephony providers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Providers {
    /// An account at Twilio.
    pub twilio: Twilio,
}

/// An account at Twilio. Secrets are better set by their variables than in the file.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Twilio {
    /// The account's SID. Every request of Twilio names it; those that name another are refused.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_ACCOUNT_SID", "x-example" = "AC00000000000000000000000000000000"))]
    pub account_sid: Option<String>,
    /// The key that webhooks are signed with. Without it, Twilio is off.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_AUTH_TOKEN"))]
    pub auth_token: Option<Secret>,
    /// The other key, while keys are being changed: signatures by either hold.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_AUTH_TOKEN_SECONDARY"))]
    pub auth_token_secondary: Option<Secret>,
    /// An API key to call the REST API with, instead of the auth token.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_API_KEY", "x-example" = "SK00000000000000000000000000000000"))]
    pub api_key_sid: Option<String>,
    /// The secret of the API key.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_API_SECRET"))]
    pub api_key_secret: Option<Secret>,
    /// Where the REST API is.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_BASE_URL", "x-example" = "https://api.twilio.com"))]
    pub base_url: String,
    /// The voice that speaks Danish, in Twilio's name for it.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_VOICE_DA"))]
    pub voice_da: String,
    /// The voice that speaks English, in Twilio's name for it.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_VOICE_EN"))]
    pub voice_en: String,
    /// The model that recognises speech, in Twilio's name for it. Without it, Twilio chooses.
    #[schemars(extend("x-variable" = "PORTNER_TWILIO_SPEECH_MODEL", "x-example" = "deepgram_nova-3"))]
    pub speech_model: Option<String>,
}

impl Default for Twilio {
    fn default() -> Self {
        Self {
            account_sid: None,
            auth_token: None,
            auth_token_secondary: None,
            api_key_sid: None,
            api_key_secret: None,
            base_url: "https://api.twilio.com".into(),
            voice_da: "Polly.Sofie-Neural".into(),
            voice_en: "Polly.Amy-Neural".into(),
            speech_model: None,
        }
    }
}

/// How far a conversation may go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The most questions put to a caller, the greeting's among them.
    #[schemars(range(min = 1, max = 3))]
    pub max_questions: u8,
    /// The longest time until it is decided what becomes of a caller, in seconds.
    #[schemars(range(min = 15, max = 90))]
    pub max_seconds: u16,
    /// The most turns of a call, the asking again included.
    #[schemars(range(min = 3, max = 20))]
    pub max_turns: u16,
    /// How long to wait for the beginning of an answer, in seconds.
    #[schemars(range(min = 2, max = 15))]
    pub answer_seconds: u8,
    /// How long a pause ends an answer, in seconds.
    #[schemars(range(min = 1, max = 5))]
    pub pause_seconds: u8,
    /// The longest message, in seconds.
    #[schemars(range(min = 10, max = 600))]
    pub message_seconds: u16,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = crate::screening::line::Limits::default();
        Self {
            max_questions: limits.max_questions,
            max_seconds: limits.max_seconds,
            max_turns: limits.max_turns,
            answer_seconds: limits.answer_seconds,
            pause_seconds: limits.pause_seconds,
            message_seconds: limits.message_seconds,
        }
    }
}

/// How many calls are screened. Screening costs money; a call beyond these bounds rings the owner as
/// if nobody stood at the door. Calls that need no questions do not count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Spend {
    /// The most calls in a minute.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub per_minute: u32,
    /// The most calls of one number in an hour.
    #[schemars(range(min = 1, max = 10_000))]
    pub per_caller: u32,
    /// The most calls in a day.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub per_day: u32,
}

impl Default for Spend {
    fn default() -> Self {
        let limits = crate::screening::line::SpendLimits::default();
        Self {
            per_minute: limits.per_minute,
            per_caller: limits.per_caller,
            per_day: limits.per_day,
        }
    }
}

/// Where you are told of what happens: an address of your own that gets a signed webhook
/// (Standard Webhooks) for every verdict, every message left, every trouble that begins or ends, and
/// each Monday morning the week before.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notify {
    /// The address, https. Without it, troubles are only in the log, the figures and `portner doctor`.
    #[schemars(extend("x-variable" = "PORTNER_NOTIFY_WEBHOOK", "x-example" = "https://example.dk/portner"))]
    pub webhook: Option<String>,
    /// The secret that messages are signed with: `whsec_` and 24 to 64 random bytes in base64.
    #[schemars(extend("x-variable" = "PORTNER_NOTIFY_SECRET"))]
    pub secret: Option<Secret>,
    /// Whether the address may lead into your own network, and be http there.
    pub allow_private: bool,
    /// After how many hours without any call you are told that it is unusually quiet; 0 for never.
    #[schemars(range(min = 0, max = 8_760))]
    pub silence_hours: u16,
}

impl Default for Notify {
    fn default() -> Self {
        Self {
            webhook: None,
            secret: None,
            allow_private: false,
            silence_hours: 96,
        }
    }
}

/// A mail each Monday morning of what happened the week before, sent through a mail server of yours.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Mail {
    /// The mail server, with a port if it is not the usual one. Without it, no mails are sent.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_SERVER", "x-example" = "smtp.example.dk"))]
    pub server: Option<String>,
    /// How the connection is kept secret.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_SECURITY"))]
    pub security: MailSecurity,
    /// The user at the mail server, where it wants to know.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_USER", "x-example" = "portner@example.dk"))]
    pub user: Option<String>,
    /// The user's password.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_PASSWORD"))]
    pub password: Option<Secret>,
    /// Whom mails come from.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_FROM", "x-example" = "portner@example.dk"))]
    pub from: Option<String>,
    /// Who gets them: you.
    #[schemars(extend("x-variable" = "PORTNER_MAIL_TO", "x-example" = "per@example.dk"))]
    pub to: Option<String>,
}

/// How the connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// By TLS from the first byte, usually at port 465.
    #[default]
    Tls,
    /// By TLS after the greeting, usually at port 587. Where the server does not offer it, nothing is
    /// sent.
    Starttls,
    /// Not at all; only to a server on this machine.
    None,
}

/// The desk, and who may enter it from elsewhere. Accounts with passwords are made on its page
/// *Access*.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Desk {
    /// Logging in through a provider of OpenID Connect.
    pub oidc: Oidc,
}

/// Logging in through a provider of OpenID Connect, such as Google or your own: authorization code
/// with PKCE. Tell it that browsers come back to `/login/provider/done` below your public address.
/// Only addresses that it says are verified count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// The provider's address, to the letter as it writes it itself. Without it, nobody logs in so.
    #[schemars(extend("x-variable" = "PORTNER_OIDC_ISSUER", "x-example" = "https://accounts.google.com"))]
    pub issuer: Option<String>,
    /// What this installation is called there.
    #[schemars(extend("x-variable" = "PORTNER_OIDC_CLIENT_ID"))]
    pub client_id: Option<String>,
    /// What it proves itself by there, where it has a secret.
    #[schemars(extend("x-variable" = "PORTNER_OIDC_CLIENT_SECRET"))]
    pub client_secret: Option<Secret>,
    /// What people call it, on the button.
    #[schemars(extend("x-example" = "Google"))]
    pub name: String,
    /// The e-mail addresses of those who may do everything.
    #[schemars(extend("x-example" = ["per@toppdesign.dk"]))]
    pub owners: Vec<String>,
    /// The e-mail addresses of those who may look.
    #[schemars(extend("x-example" = ["lone@toppdesign.dk"]))]
    pub viewers: Vec<String>,
    /// Who may come in for some lines alone.
    pub line: Vec<OidcLine>,
}

/// Who may see one line alone, and nothing of the others, the rules or the settings. Somebody may
/// stand under several lines, but not among those of the whole installation too.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, Default)]
#[serde(default, deny_unknown_fields)]
pub struct OidcLine {
    /// The line, by its `id`.
    #[schemars(extend("x-example" = "shop"))]
    pub line: String,
    /// The e-mail addresses of those who may do everything on it.
    #[schemars(extend("x-example" = ["mette@toppdesign.dk"]))]
    pub owners: Vec<String>,
    /// The e-mail addresses of those who may look at it.
    #[schemars(extend("x-example" = ["lone@toppdesign.dk"]))]
    pub viewers: Vec<String>,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: None,
            client_secret: None,
            name: "OpenID".into(),
            owners: Vec::new(),
            viewers: Vec::new(),
            line: Vec::new(),
        }
    }
}

/// How long what is known of callers is kept, in days from when they called; 0 keeps it for ever.
/// What is over is removed by itself, from every file of the store within a day. Numbers on your
/// lists stay until you take them off, or until the entry ends. What a number has here can be written
/// out (`portner export`) and erased (`portner erase`) at any time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// What callers said, and the names they were announced by.
    #[schemars(range(min = 0, max = 3_650))]
    pub words_days: u16,
    /// Messages that callers left; the provider is told to remove them.
    #[schemars(range(min = 0, max = 3_650))]
    pub recordings_days: u16,
    /// Calls: number, time, verdict, and your marks.
    #[schemars(range(min = 0, max = 3_650))]
    pub calls_days: u16,
    /// What could not be told outside and was given up.
    #[schemars(range(min = 0, max = 3_650))]
    pub outbox_days: u16,
    /// What people did at the desk.
    #[schemars(range(min = 0, max = 3_650))]
    pub audit_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        let kept = crate::call::Retention::default();
        Self {
            words_days: kept.words_days,
            recordings_days: kept.recordings_days,
            calls_days: kept.calls_days,
            outbox_days: kept.outbox_days,
            audit_days: kept.audit_days,
        }
    }
}

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

/// A text that is never shown.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("x-secret" = true))]
pub struct Secret(pub(super) String);

/// What stands for a secret that is set.
pub const HIDDEN: &str = "••••";

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}
