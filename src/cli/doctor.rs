//! `portner doctor`: looks at the whole installation and says what to mend.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::{Value, json};

use super::client::{Client, wait_for};
use super::connect::{changes, keeping_fallback, twilio};
use super::terminal::{self, Paint, Stream};
use super::{BAD, GOOD};
use crate::app::policies;
use crate::call::{Clock as _, E164, SystemClock};
use crate::config::{Config, environment};
use crate::outbound::{self, Limits};
use crate::providers::Provider as _;
use crate::providers::twilio::sign;
use crate::screening::line::{Mode, Whisper};
use crate::store;
use crate::telemetry::AlarmKind;

/// How far the clock may be off.
const MOST_SKEW: i64 = 30;

/// Look at the whole installation, and say in a sentence what to mend.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Looks at the settings, the rules, the service, its store, the public address (reached from here,
answered by this very service, signed requests taken and unsigned ones refused), the clock, the
lines, and what the provider has for their numbers. It changes nothing.

Examples:
  portner doctor
  portner doctor --json | jq '.checks[] | select(.state == \"bad\")'

Exit codes: 0 nothing is broken; 1 something is; 2 typed wrongly.")]
pub struct Args {
    /// Write it as JSON
    #[arg(long)]
    json: bool,
    /// Where the service is, when not where the settings say
    #[arg(long, value_name = "URL", env = "PORTNER_SERVER")]
    server: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// As it should be.
    Good,
    /// Works, and could be better.
    Note,
    /// Broken.
    Bad,
}

/// Something that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    mend: String,
}

#[derive(Default)]
struct Findings(Vec<Check>);

impl Findings {
    fn good(&mut self, name: &'static str, found: impl Into<String>) {
        self.push(State::Good, name, found, "");
    }

    fn note(&mut self, name: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.push(State::Note, name, found, mend);
    }

    fn bad(&mut self, name: &'static str, found: impl Into<String>, mend: impl Into<String>) {
        self.push(State::Bad, name, found, mend);
    }

    fn push(
        &mut self,
        state: State,
        name: &'static str,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.0.push(Check {
            name,
            state,
            found: found.into(),
            mend: mend.into(),
        });
    }
}

pub(super) fn run(args: &Args, file: Option<&Path>) -> anyhow::Result<u8> {
    let mut findings = Findings::default();
    match Config::load(file, &environment()) {
        Ok(config) => {
            let from = config.file.as_ref().map_or_else(
                || "no file: what holds where nothing is set".to_owned(),
                |file| file.display().to_string(),
            );
            if config.warnings.problems.is_empty() {
                findings.good("settings", from);
            } else {
                findings.note(
                    "settings",
                    config.warnings.to_string(),
                    "`portner config` shows what holds",
                );
            }
            wait_for(examine(args, &config, &mut findings))?;
        }
        Err(errors) => findings.bad(
            "settings",
            errors.to_string(),
            "mend the file; nothing else can be looked at before",
        ),
    }
    let broken = findings.0.iter().any(|check| check.state == State::Bad);
    if args.json {
        terminal::print_json(&json!({ "healthy": !broken, "checks": findings.0 }))?;
    } else {
        terminal::print(&shown(&findings.0))?;
    }
    Ok(if broken { BAD } else { GOOD })
}

fn shown(checks: &[Check]) -> String {
    let paint = Paint::on(Stream::Out);
    let mut text = String::new();
    for check in checks {
        let mark = match check.state {
            State::Good => paint.good("ok  "),
            State::Note => paint.strong("note"),
            State::Bad => paint.bad("BAD "),
        };
        text.push_str(&format!(
            "{mark} {:<14} {}\n",
            check.name,
            check.found.trim_end()
        ));
        if !check.mend.is_empty() {
            text.push_str(&format!("{:20}→ {}\n", "", check.mend));
        }
    }
    text
}

async fn examine(args: &Args, config: &Config, findings: &mut Findings) -> anyhow::Result<()> {
    rules(config, findings);
    lines(config, findings);
    let client = service(args, config, findings).await;
    let http = outbound::client(Limits::default())?;
    public_address(config, &http, client.as_ref(), findings).await;
    provider(config, findings).await;
    Ok(())
}

fn rules(config: &Config, findings: &mut Findings) {
    match policies::compile(config) {
        Ok((policies, warnings)) => {
            let rules = &policies.lines()[0].rules;
            let found = format!("{} rules, version {}", rules.rules().len(), rules.version());
            if warnings.is_empty() {
                findings.good("rules", found);
            } else {
                findings.note(
                    "rules",
                    format!("{found}, {} warnings", warnings.len()),
                    "`portner check` shows them",
                );
            }
        }
        Err(error) => findings.bad("rules", error.to_string(), "`portner check` shows where"),
    }
}

fn lines(config: &Config, findings: &mut Findings) {
    let numbers: Vec<E164> = config
        .lines
        .iter()
        .flat_map(|line| line.numbers.iter().copied())
        .collect();
    let rings: usize = config.lines.iter().map(|line| line.attempts.len()).sum();
    // A destination that is a line of ours is refused when settings are read.
    findings.good(
        "destinations",
        format!(
            "{rings} for {} numbers; none of them leads back here",
            numbers.len()
        ),
    );
    for line in &config.lines {
        if line.whisper == Whisper::Off {
            findings.note(
                "whisper",
                format!("the line {} rings without telling who calls, so a mobile's voicemail can swallow a call", line.id),
                "set whisper = true for it",
            );
        } else {
            findings.good(
                "whisper",
                format!("the owner of {} hears who calls and presses a key", line.id),
            );
        }
        if line.mode == Mode::Listen {
            findings.note(
                "mode",
                format!("the line {} only listens: everybody rings through", line.id),
                "set mode = \"screen\" when you trust its log",
            );
        }
    }
}

/// The troubles that the service itself knows of.
fn alarms(status: &Value, findings: &mut Findings) {
    let standing = status["alarms"].as_array().map_or(&[][..], Vec::as_slice);
    for alarm in standing {
        let text = alarm["text"].as_str().unwrap_or_default();
        let since = alarm["since"].as_str().unwrap_or_default();
        let kind: Option<AlarmKind> = serde_json::from_value(alarm["kind"].clone()).ok();
        findings.bad(
            "alarm",
            format!("{text} (since {since})"),
            kind.map_or("", AlarmKind::mend),
        );
    }
    if standing.is_empty() {
        findings.good("alarms", "none stand");
    }
}

/// The running service and its store; or the store alone.
async fn service(args: &Args, config: &Config, findings: &mut Findings) -> Option<Client> {
    let reached = match Client::new(config, args.server.as_deref()) {
        Ok(client) => client
            .get("status", &[])
            .await
            .map(|status| (client, status)),
        Err(error) => Err(error),
    };
    let (client, status) = match reached {
        Ok(reached) => reached,
        Err(error) => {
            findings.bad("service", format!("{error:#}"), "`portner serve` starts it");
            store_alone(config, findings).await;
            return None;
        }
    };
    let seconds = status["uptime_seconds"].as_u64().unwrap_or(0);
    let version = status["version"].as_str().unwrap_or_default();
    findings.good(
        "service",
        format!("version {version} at {}, up {seconds} s", client.base),
    );
    if let Some(trouble) = status["rules_trouble"].as_str() {
        findings.bad(
            "rules in force",
            format!("not what the files say: {trouble}"),
            "mend the files; the rules of before judge meanwhile",
        );
    }
    alarms(&status, findings);
    let store = &status["store"];
    let counts = &store["counts"];
    if store["ok"] == true {
        findings.good(
            "store",
            format!(
                "{} can be written: {} calls, {} list entries",
                config.store, counts["calls"], counts["entries"]
            ),
        );
    } else {
        let trouble = store["trouble"].as_str().unwrap_or("it says nothing more");
        findings.bad(
            "store",
            format!("{} is away: {trouble}", config.store),
            "free the disk or mend its rights; Portner tries again by itself",
        );
    }
    Some(client)
}

async fn store_alone(config: &Config, findings: &mut Findings) {
    if !super::calls::is_kept(config) {
        findings.note(
            "store",
            format!("{} is not there yet", config.store),
            "`portner serve` makes it",
        );
        return;
    }
    let checked = async {
        let store = store::open(&config.store.to_string()).await?;
        let checked = store.check().await;
        store.close().await;
        checked
    };
    match checked.await {
        Ok(()) => findings.good(
            "store",
            format!("{} can be opened and written", config.store),
        ),
        Err(error) => findings.bad(
            "store",
            error.to_string(),
            "free the disk, mend its rights, or stop whoever has it open",
        ),
    }
}

/// The address that providers call: reached, answered by this service, guarded, on time.
async fn public_address(
    config: &Config,
    http: &reqwest::Client,
    client: Option<&Client>,
    findings: &mut Findings,
) {
    let public = client.map_or_else(
        || config.server.public_url.to_string(),
        |client| client.public_url.clone(),
    );
    let here = is_this_machine(&public);
    let mend = "look at DNS, the proxy and its certificate, and at PORTNER_PUBLIC_URL";
    let answered = http.get(format!("{public}/health/live")).send().await;
    let headers = match answered {
        Ok(answer) if answer.status().is_success() => answer.headers().clone(),
        Ok(answer) => {
            findings.bad(
                "public address",
                format!("{public} answers {}", answer.status()),
                mend,
            );
            return;
        }
        Err(error) => {
            let found = format!("{public} cannot be reached: {}", reason(&error));
            findings.bad("public address", found, mend);
            return;
        }
    };
    if let Some(client) = client {
        let own = client.get("status", &[]).await.unwrap_or(Value::Null);
        let answering = headers
            .get("portner-instance")
            .and_then(|value| value.to_str().ok());
        if own["instance"]
            .as_str()
            .is_none_or(|own| Some(own) != answering)
        {
            findings.bad(
                "public address",
                format!("{public} is answered by something else than this service"),
                mend,
            );
            return;
        }
        self_test(http, client, findings).await;
    }
    if here {
        findings.note(
            "public address",
            format!("{public} is reached on this machine only"),
            "enough to try things out; a provider needs PORTNER_PUBLIC_URL, an https address",
        );
    } else {
        findings.good(
            "public address",
            format!("{public} is answered by this service"),
        );
        clock("clock", &headers, findings);
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
async fn self_test(http: &reqwest::Client, client: &Client, findings: &mut Findings) {
    let url = format!("{}/webhooks/twilio/status", client.public_url);
    let account = client.key.account_sid();
    let fields = [
        ("AccountSid", account.as_str()),
        ("CallSid", "CA00000000000000000000000000000000"),
        ("CallStatus", "ringing"),
    ];
    let signature = sign(&url, &fields, client.key.secret().expose_secret());
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
            findings.good(
                "signature",
                "a signed request is taken, an unsigned one refused",
            );
        }
        (Ok(signed), _) if signed.status() == 403 => findings.bad(
            "signature",
            format!(
                "{url} refuses a request that is signed rightly, so the provider's calls would die"
            ),
            "PORTNER_PUBLIC_URL must be, letter by letter, what the provider calls",
        ),
        (Ok(signed), Ok(unsigned)) => findings.bad(
            "signature",
            format!(
                "signed got {}, unsigned {}",
                signed.status(),
                unsigned.status()
            ),
            "something between the world and Portner answers in its place",
        ),
        (Err(error), _) | (_, Err(error)) => findings.bad(
            "signature",
            format!("{url} did not answer: {}", reason(&error)),
            "look at the proxy",
        ),
    }
}

/// Whether our clock is that of whoever answered.
fn clock(name: &'static str, headers: &HeaderMap, findings: &mut Findings) {
    let Some(theirs) = date(headers) else { return };
    let skew = SystemClock.now().as_second() - theirs.as_second();
    if skew.abs() > MOST_SKEW {
        findings.bad(
            name,
            format!("this machine's clock is {skew} s off"),
            "let it keep time (timedatectl set-ntp true)",
        );
    } else {
        findings.good(name, format!("within {} s", skew.abs().max(1)));
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
}

/// What the provider has for our numbers.
async fn provider(config: &Config, findings: &mut Findings) {
    let Some(account) = &config.twilio else {
        findings.note(
            "provider",
            "no account at a provider is set",
            "`portner connect twilio --help` says what it needs",
        );
        return;
    };
    if let Ok(http) = outbound::client(Limits::default())
        && let Ok(answer) = http.get(account.base_url.to_string()).send().await
    {
        clock("clock", answer.headers(), findings);
    }
    let twilio = match twilio(config) {
        Ok(twilio) => twilio,
        Err(error) => {
            findings.bad("provider", error.to_string(), "mend the settings of Twilio");
            return;
        }
    };
    let Some(control) = twilio.control() else {
        findings.note(
            "provider",
            "Twilio's webhooks are taken, but its account is not set",
            "set PORTNER_TWILIO_ACCOUNT_SID to have it looked at",
        );
        return;
    };
    for number in config.lines.iter().flat_map(|line| &line.numbers) {
        match control.number_settings(*number).await {
            Ok(current) => {
                let wanted = keeping_fallback(&current, &twilio.wanted_number_settings());
                let wrong = changes(&current, &wanted);
                for (name, is, should) in &wrong {
                    let is = if is.is_empty() { "nothing" } else { is };
                    findings.bad(
                        "provider",
                        format!("the {name} of {} is {is}, not {should}", number.full()),
                        "`portner connect twilio` sets it",
                    );
                }
                if wrong.is_empty() {
                    findings.good(
                        "provider",
                        format!("{} is set as it should be, with a fallback", number.full()),
                    );
                }
            }
            Err(error) => findings.bad(
                "provider",
                error.to_string(),
                "look at the number and the token in Twilio's console",
            ),
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
