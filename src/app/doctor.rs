//! Looks at the whole installation and says in a sentence each what is well and what to mend, in the
//! language of whoever asks: `portner doctor` in a terminal, the desk on its page.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use secrecy::ExposeSecret as _;
use serde_json::Value;

use super::policies::{self, Origins};
use crate::call::{Clock as _, E164, Language, SystemClock};
use crate::config::local_key::LocalKey;
use crate::config::{Config, ConfigErrors, FILE_NAME, Origin, Severity};
use crate::outbound::{self, Limits};
use crate::providers::Provider as _;
use crate::providers::twilio::sign;
use crate::screening::line::{Mode, Whisper};
use crate::telemetry::{AlarmKind, Finding, Health};
use crate::web;

/// How far the clock may be off, in seconds.
const MOST_SKEW: i64 = 30;

/// The running service, as it was reached.
#[derive(Debug, Clone)]
pub struct Running {
    /// Where it is on this machine.
    pub address: String,
    /// Where the world reaches it, without a slash at the end.
    pub public_url: String,
    /// The key that it takes made-up requests by.
    pub key: LocalKey,
    /// What it answers when asked how it is.
    pub status: Value,
}

/// What was found so far.
#[derive(Debug)]
pub struct Findings {
    language: Language,
    found: Vec<Finding>,
}

impl Findings {
    /// Nothing yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            language,
            found: Vec::new(),
        }
    }

    /// Everything, in the order in which it was looked at.
    #[must_use]
    pub fn all(self) -> Vec<Finding> {
        self.found
    }

    /// One of two texts, Danish and English.
    pub fn say<T>(&self, danish: T, english: T) -> T {
        self.language.choose(danish, english)
    }

    /// Something is as it should be.
    pub fn good(&mut self, name: &'static str, found: impl Into<String>) {
        self.push(Health::Good, name, found, "");
    }

    /// Something works, and could be better.
    pub fn note(&mut self, name: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.push(Health::Note, name, found, mend);
    }

    /// Something is broken.
    pub fn bad(&mut self, name: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.push(Health::Bad, name, found, mend);
    }

    fn push(
        &mut self,
        state: Health,
        name: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.found.push(Finding {
            name,
            state,
            found: found.into(),
            mend: mend.into(),
        });
    }
}

/// Looks at an installation from inside.
pub struct Doctor {
    origins: Origins,
    key: LocalKey,
}

impl Doctor {
    /// For the installation with these settings and this key.
    #[must_use]
    pub fn new(origins: Origins, key: LocalKey) -> Self {
        Self { origins, key }
    }
}

#[async_trait]
impl web::Doctor for Doctor {
    async fn examine(&self, status: Value, language: Language) -> Vec<Finding> {
        let mut findings = Findings::new(language);
        let origins = self.origins.clone();
        let read = tokio::task::spawn_blocking(move || {
            Config::load(origins.file.as_deref(), &origins.variables)
        });
        let Ok(read) = read.await else {
            return findings.all();
        };
        settings(&read, &mut findings);
        if let Ok(config) = read {
            let running = Running {
                address: format!("http://{}", config.server.listen),
                public_url: config.server.public_url.to_string(),
                key: self.key.clone(),
                status,
            };
            of_files(&config, &mut findings);
            of_service(&config, &running, &mut findings);
            of_world(&config, Some(&running), &mut findings).await;
        }
        findings.all()
    }
}

/// Whether the settings can be used.
pub fn settings(read: &Result<Config, ConfigErrors>, findings: &mut Findings) {
    match read {
        Ok(config) => {
            let from = config.file.as_ref().map_or_else(
                || {
                    findings
                        .say(
                            "Ingen fil: det, der gælder, hvor intet er sat",
                            "no file: what holds where nothing is set",
                        )
                        .to_owned()
                },
                |file| file.display().to_string(),
            );
            let found = findings.say(format!("Indstillingerne virker: {from}"), from.clone());
            findings.good("settings", found);
            told(&config.warnings, findings);
        }
        Err(errors) => {
            let found = findings.say(
                "Indstillingerne kan ikke bruges; intet andet kan ses efter, før filen er rettet",
                "they cannot be used; nothing else can be looked at before the file is mended",
            );
            let mend = findings.say("ret det, der står her:", "mend what is said here:");
            findings.bad("settings", found, mend);
            told(errors, findings);
        }
    }
}

/// What is wrong or doubtful in the settings, one by one.
fn told(errors: &ConfigErrors, findings: &mut Findings) {
    for problem in &errors.problems {
        let place = match &problem.origin {
            Origin::File { line, .. } => {
                let file = errors.file.as_deref().unwrap_or(Path::new(FILE_NAME));
                format!("{}:{line}: ", file.display())
            }
            Origin::Variable(name) => format!("{name}: "),
            Origin::Default => String::new(),
        };
        let found = format!("{place}{}", problem.message);
        match problem.severity {
            Severity::Error => findings.bad("settings", found, problem.help.clone()),
            Severity::Warning => findings.note("settings", found, problem.help.clone()),
        }
    }
}

/// What the files say: rules and lines.
pub fn of_files(config: &Config, findings: &mut Findings) {
    rules(config, findings);
    lines(config, findings);
}

/// What the world sees: the public address, the clock, the provider.
pub async fn of_world(config: &Config, running: Option<&Running>, findings: &mut Findings) {
    match outbound::client(Limits::default()) {
        Ok(http) => {
            public_address(config, &http, running, findings).await;
            provider(config, running, &http, findings).await;
        }
        Err(error) => findings.bad("network", error.to_string(), ""),
    }
}

fn rules(config: &Config, findings: &mut Findings) {
    match policies::compile(config) {
        Ok((policies, warnings)) => {
            let rules = &policies.lines()[0].rules;
            let (count, version) = (rules.rules().len(), rules.version());
            let found = findings.say(
                format!("{count} regler, version {version}"),
                format!("{count} rules, version {version}"),
            );
            if warnings.is_empty() {
                findings.good("rules", found);
            } else {
                let warned = warnings.len();
                let found = findings.say(
                    format!("{found}, {warned} at se på"),
                    format!("{found}, {warned} warnings"),
                );
                let mend = findings.say("`portner check` viser dem", "`portner check` shows them");
                findings.note("rules", found, mend);
            }
        }
        Err(error) => {
            let mend = findings.say("`portner check` viser hvor", "`portner check` shows where");
            findings.bad("rules", error.to_string(), mend);
        }
    }
}

fn lines(config: &Config, findings: &mut Findings) {
    let numbers: Vec<E164> = config
        .lines
        .iter()
        .flat_map(|line| line.numbers.iter().copied())
        .collect();
    let rings: usize = config.lines.iter().map(|line| line.attempts.len()).sum();
    let count = numbers.len();
    // A destination that is a line of ours is refused when settings are read.
    let found = findings.say(
        format!("{rings} steder at ringe for {count} numre; ingen af dem fører hertil igen"),
        format!("{rings} for {count} numbers; none of them leads back here"),
    );
    findings.good("destinations", found);
    for line in &config.lines {
        let id = &line.id;
        if line.whisper == Whisper::Off {
            let found = findings.say(
                format!("Linjen {id} ringer uden at sige, hvem det er, så en mobils telefonsvarer kan sluge et opkald"),
                format!("the line {id} rings without telling who calls, so a mobile's voicemail can swallow a call"),
            );
            let mend = findings.say("sæt whisper = true for den", "set whisper = true for it");
            findings.note("whisper", found, mend);
        } else {
            let found = findings.say(
                format!("Indehaveren af {id} hører, hvem det er, og trykker en tast"),
                format!("the owner of {id} hears who calls and presses a key"),
            );
            findings.good("whisper", found);
        }
        if line.mode == Mode::Listen {
            let found = findings.say(
                format!("Linjen {id} lytter kun: alle ringer igennem"),
                format!("the line {id} only listens: everybody rings through"),
            );
            let mend = findings.say(
                "sæt mode = \"screen\", når du stoler på dens log",
                "set mode = \"screen\" when you trust its log",
            );
            findings.note("mode", found, mend);
        }
    }
}

/// What the running service says of itself and its store.
pub fn of_service(config: &Config, running: &Running, findings: &mut Findings) {
    let status = &running.status;
    let seconds = status["uptime_seconds"].as_u64().unwrap_or(0);
    let version = status["version"].as_str().unwrap_or_default();
    let address = &running.address;
    let found = findings.say(
        format!("Tjenesten kører: version {version} på {address}, i {seconds} s"),
        format!("version {version} at {address}, up {seconds} s"),
    );
    findings.good("service", found);
    if let Some(trouble) = status["rules_trouble"].as_str() {
        let found = findings.say(
            format!("Det, der gælder, er ikke det, filerne siger: {trouble}"),
            format!("not what the files say: {trouble}"),
        );
        let mend = findings.say(
            "ret filerne; reglerne fra før dømmer imens",
            "mend the files; the rules of before judge meanwhile",
        );
        findings.bad("rules in force", found, mend);
    }
    alarms(config, status, findings);
    let store = &status["store"];
    let counts = &store["counts"];
    let (calls, entries) = (&counts["calls"], &counts["entries"]);
    let kept = &config.store;
    if store["ok"] == true {
        let found = findings.say(
            format!("Lageret {kept} kan skrives: {calls} opkald, {entries} på lister"),
            format!("{kept} can be written: {calls} calls, {entries} list entries"),
        );
        findings.good("store", found);
    } else {
        let more = findings.say("det siger ikke mere", "it says nothing more");
        let trouble = store["trouble"].as_str().unwrap_or(more);
        let found = findings.say(
            format!("Lageret {kept} er væk: {trouble}"),
            format!("{kept} is away: {trouble}"),
        );
        let mend = findings.say(
            "skaf plads på disken eller ret dens rettigheder; Portner prøver selv igen",
            "free the disk or mend its rights; Portner tries again by itself",
        );
        findings.bad("store", found, mend);
    }
}

/// The troubles that the service itself knows of.
fn alarms(config: &Config, status: &Value, findings: &mut Findings) {
    let standing = status["alarms"].as_array().map_or(&[][..], Vec::as_slice);
    for alarm in standing {
        let text = alarm["text"].as_str().unwrap_or_default();
        let since = since(config, &alarm["since"]);
        let kind: Option<AlarmKind> = serde_json::from_value(alarm["kind"].clone()).ok();
        let words = kind.map_or("", |kind| kind.words(findings.language));
        let found = findings.say(
            format!("{words}, siden {since}: {text}"),
            format!("{words}, since {since}: {text}"),
        );
        let mend = kind.map_or("", |kind| kind.mend(findings.language));
        findings.bad("alarm", found, mend);
    }
    if standing.is_empty() {
        let found = findings.say("Ingen alarmer", "none stand");
        findings.good("alarms", found);
    }
}

/// A moment by the clock of the first line.
fn since(config: &Config, moment: &Value) -> String {
    let text = moment.as_str().unwrap_or_default();
    let zone = config.lines.first().map(|line| line.time_zone.clone());
    match (text.parse::<Timestamp>(), zone) {
        (Ok(at), Some(zone)) => at
            .to_zoned_datetime(zone)
            .strftime("%Y-%m-%d %H:%M")
            .to_string(),
        _ => text.to_owned(),
    }
}

/// The address that providers call: reached, answered by this service, guarded, on time.
async fn public_address(
    config: &Config,
    http: &reqwest::Client,
    running: Option<&Running>,
    findings: &mut Findings,
) {
    const NAME: &str = "public address";
    let public = running.map_or_else(
        || config.server.public_url.to_string(),
        |running| running.public_url.clone(),
    );
    let mend = findings.say(
        "se på DNS, proxyen og dens certifikat, og på PORTNER_PUBLIC_URL",
        "look at DNS, the proxy and its certificate, and at PORTNER_PUBLIC_URL",
    );
    let answered = http.get(format!("{public}/health/live")).send().await;
    let headers = match answered {
        Ok(answer) if answer.status().is_success() => answer.headers().clone(),
        Ok(answer) => {
            let status = answer.status();
            let found = findings.say(
                format!("{public} svarer {status}"),
                format!("{public} answers {status}"),
            );
            findings.bad(NAME, found, mend);
            return;
        }
        Err(error) => {
            let why = reason(&error);
            let found = findings.say(
                format!("{public} kan ikke nås: {why}"),
                format!("{public} cannot be reached: {why}"),
            );
            findings.bad(NAME, found, mend);
            return;
        }
    };
    if let Some(running) = running {
        let answering = headers
            .get("portner-instance")
            .and_then(|value| value.to_str().ok());
        let own = running.status["instance"].as_str();
        if own.is_none() || own != answering {
            let found = findings.say(
                format!("{public} besvares af noget andet end denne tjeneste"),
                format!("{public} is answered by something else than this service"),
            );
            findings.bad(NAME, found, mend);
            return;
        }
        signed_requests(http, running, findings).await;
    }
    if is_this_machine(&public) {
        let found = findings.say(
            format!("{public} kan kun nås på denne maskine"),
            format!("{public} is reached on this machine only"),
        );
        let mend = findings.say(
            "nok til at prøve; en udbyder skal bruge PORTNER_PUBLIC_URL, en https-adresse",
            "enough to try things out; a provider needs PORTNER_PUBLIC_URL, an https address",
        );
        findings.note(NAME, found, mend);
    } else {
        let found = findings.say(
            format!("{public} besvares af denne tjeneste"),
            format!("{public} is answered by this service"),
        );
        findings.good(NAME, found);
        clock(&headers, findings);
    }
}

fn is_this_machine(url: &str) -> bool {
    reqwest::Url::parse(url)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .is_some_and(|host| {
            let host = host.trim_matches(['[', ']']);
            host == "localhost"
                || host
                    .parse::<std::net::IpAddr>()
                    .is_ok_and(|ip| ip.is_loopback())
        })
}

fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

/// A signed request that matters to nobody must be taken, and the same without a signature not.
async fn signed_requests(http: &reqwest::Client, running: &Running, findings: &mut Findings) {
    const NAME: &str = "signature";
    let url = format!("{}/webhooks/twilio/status", running.public_url);
    let account = running.key.account_sid();
    let fields = [
        ("AccountSid", account.as_str()),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "ringing"),
    ];
    let signature = sign(&url, &fields, running.key.secret().expose_secret());
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let request = || {
        http.post(&url)
            .timeout(Duration::from_secs(8))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.clone())
    };
    let signed = request()
        .header("X-Twilio-Signature", signature)
        .send()
        .await;
    let unsigned = request().send().await;
    match (signed, unsigned) {
        (Ok(signed), Ok(unsigned)) if signed.status().is_success() && unsigned.status() == 403 => {
            let found = findings.say(
                "En signeret forespørgsel tages, en usigneret afvises",
                "a signed request is taken, an unsigned one refused",
            );
            findings.good(NAME, found);
        }
        (Ok(signed), _) if signed.status() == 403 => {
            let found = findings.say(
                format!("{url} afviser en forespørgsel, der er signeret rigtigt, så udbyderens opkald ville dø"),
                format!("{url} refuses a request that is signed rightly, so the provider's calls would die"),
            );
            let mend = findings.say(
                "PORTNER_PUBLIC_URL skal bogstav for bogstav være det, udbyderen kalder",
                "PORTNER_PUBLIC_URL must be, letter by letter, what the provider calls",
            );
            findings.bad(NAME, found, mend);
        }
        (Ok(signed), Ok(unsigned)) => {
            let (signed, unsigned) = (signed.status(), unsigned.status());
            let found = findings.say(
                format!("signeret fik {signed}, usigneret {unsigned}"),
                format!("signed got {signed}, unsigned {unsigned}"),
            );
            let mend = findings.say(
                "noget mellem verden og Portner svarer i dens sted",
                "something between the world and Portner answers in its place",
            );
            findings.bad(NAME, found, mend);
        }
        (Err(error), _) | (_, Err(error)) => {
            let why = reason(&error);
            let found = findings.say(
                format!("{url} svarede ikke: {why}"),
                format!("{url} did not answer: {why}"),
            );
            let mend = findings.say("se på proxyen", "look at the proxy");
            findings.bad(NAME, found, mend);
        }
    }
}

/// Whether our clock is that of whoever answered.
fn clock(headers: &HeaderMap, findings: &mut Findings) {
    let Some(theirs) = date(headers) else { return };
    let skew = SystemClock.now().as_second() - theirs.as_second();
    if skew.abs() > MOST_SKEW {
        let found = findings.say(
            format!("Maskinens ur går {skew} s forkert"),
            format!("this machine's clock is {skew} s off"),
        );
        let mend = findings.say(
            "lad den holde tiden (timedatectl set-ntp true)",
            "let it keep time (timedatectl set-ntp true)",
        );
        findings.bad("clock", found, mend);
    } else {
        let skew = skew.abs().max(1);
        let found = findings.say(
            format!("Uret går rigtigt inden for {skew} s"),
            format!("within {skew} s"),
        );
        findings.good("clock", found);
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
}

/// What the provider has for our numbers.
async fn provider(
    config: &Config,
    running: Option<&Running>,
    http: &reqwest::Client,
    findings: &mut Findings,
) {
    const NAME: &str = "provider";
    let Some(account) = &config.twilio else {
        let found = findings.say(
            "Ingen konto hos en udbyder er sat",
            "no account at a provider is set",
        );
        let mend = findings.say(
            "`portner connect twilio --help` siger, hvad der skal til",
            "`portner connect twilio --help` says what it needs",
        );
        findings.note(NAME, found, mend);
        return;
    };
    if let Ok(answer) = http.get(account.base_url.to_string()).send().await {
        clock(answer.headers(), findings);
    }
    let key = match running {
        Some(running) => Ok(running.key.clone()),
        None => LocalKey::fleeting(),
    };
    let twilio = key
        .map_err(|error| error.to_string())
        .and_then(|key| super::twilio(config, &key).map_err(|error| error.to_string()));
    let twilio = match twilio {
        Ok(twilio) => twilio,
        Err(error) => {
            let mend = findings.say(
                "ret indstillingerne for Twilio",
                "mend the settings of Twilio",
            );
            findings.bad(NAME, error, mend);
            return;
        }
    };
    let Some(control) = twilio.control() else {
        let found = findings.say(
            "Twilios webhooks tages, men kontoen er ikke sat",
            "Twilio's webhooks are taken, but its account is not set",
        );
        let mend = findings.say(
            "sæt PORTNER_TWILIO_ACCOUNT_SID, så der kan ses efter hos den",
            "set PORTNER_TWILIO_ACCOUNT_SID to have it looked at",
        );
        findings.note(NAME, found, mend);
        return;
    };
    for number in config.lines.iter().flat_map(|line| &line.numbers) {
        let full = number.full();
        match control.number_settings(*number).await {
            Ok(current) => {
                let wanted = current.keeping_fallback(&twilio.wanted_number_settings());
                let wrong = current.changes_to(&wanted);
                for (name, is, should) in &wrong {
                    let nothing = findings.say("intet", "nothing");
                    let is = if is.is_empty() { nothing } else { is };
                    let found = findings.say(
                        format!("{full}: {name} er {is}, ikke {should}"),
                        format!("the {name} of {full} is {is}, not {should}"),
                    );
                    let mend = findings.say(
                        "`portner connect twilio` sætter det",
                        "`portner connect twilio` sets it",
                    );
                    findings.bad(NAME, found, mend);
                }
                if wrong.is_empty() {
                    let found = findings.say(
                        format!("{full} er sat, som det skal være, med en udvej"),
                        format!("{full} is set as it should be, with a fallback"),
                    );
                    findings.good(NAME, found);
                }
            }
            Err(error) => {
                let mend = findings.say(
                    "se på nummeret og nøglen i Twilios konsol",
                    "look at the number and the token in Twilio's console",
                );
                findings.bad(NAME, error.to_string(), mend);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(date(&headers).unwrap().to_string(), "1994-11-06T08:49:37Z");
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        assert!(is_this_machine("http://127.0.0.1:8080"));
        assert!(is_this_machine("http://[::1]:8080"));
        assert!(is_this_machine("http://localhost"));
        assert!(!is_this_machine("https://telefon.example.dk"));
    }
}
