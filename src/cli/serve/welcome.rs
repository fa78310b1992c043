//! What a terminal shows when the house is up: where to look, and what to try next.

use std::borrow::Cow;
use std::path::Path;

use secrecy::ExposeSecret as _;

use super::entrance::Made;
use crate::cli::client;
use crate::cli::terminal::Paint;
use crate::config::{Config, Origin};

/// How the commands are typed that are to reach this service.
pub(super) struct Typed {
    /// The program, as it was begun, and its settings.
    program: String,
    /// Where the service is, if the settings that they read do not say so.
    server: String,
}

impl Typed {
    /// For the service that was begun as `program`, with this file of settings and this store, if they
    /// were named there.
    pub(super) fn new(
        program: &str,
        file: Option<&Path>,
        store: Option<&str>,
        config: &Config,
    ) -> Self {
        let mut typed = String::new();
        if let Some(store) = store {
            typed.push_str(&format!("PORTNER_STORE={} ", quoted(store)));
        }
        typed.push_str(&quoted(program));
        if let Some(file) = file {
            typed.push_str(&format!(" --config {}", quoted(&file.to_string_lossy())));
        }
        let listen = config.effective.row("server.listen");
        let is_said_once = listen.is_some_and(|row| matches!(row.origin, Origin::Variable(_)));
        let server = if is_said_once {
            format!(" --server {}", client::base(config))
        } else {
            String::new()
        };
        Self {
            program: typed,
            server,
        }
    }
}

/// As a shell reads one word.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |sign: char| sign.is_alphanumeric() || "/._-:+@%".contains(sign);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', "'\\''")).into()
}

/// Where to look, and what to try next.
pub(super) fn welcome(config: &Config, made: &Made, typed: &Typed, paint: Paint) -> String {
    let desk = desk(config);
    let public = config.server.public_url.to_string();
    let mut lines = vec![
        paint.strong("Portner is listening."),
        row("Desk:", &format!("{desk}/")),
        row("Interface:", &format!("{desk}/api/v1/openapi.json")),
        row("Webhook:", &format!("{public}/webhooks/twilio/voice")),
    ];
    lines.extend(entrances(config, made, typed));
    lines.push(paint.strong("Next:"));
    let Typed { program, server } = typed;
    let mut next = vec![
        (
            format!("{program} call{server}"),
            "be the caller, in a second terminal",
        ),
        (
            format!("{program} doctor{server}"),
            "look at the whole installation",
        ),
    ];
    if config.twilio.is_none() {
        next.push((
            format!("{program} connect twilio"),
            "put a real number behind it",
        ));
    }
    let width = next.iter().map(|(typed, _)| typed.chars().count()).max();
    let width = width.unwrap_or_default();
    for (typed, what) in next {
        lines.push(format!("  {typed:width$}   {what}"));
    }
    lines.push("Ctrl-C stops it.".into());
    lines.join("\n")
}

/// What was made to come in by.
pub(super) fn entrances(config: &Config, made: &Made, typed: &Typed) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(link) = &made.link {
        let link = format!("{}/welcome/{}", desk(config), link.expose_secret());
        lines.push(row("First login:", &link));
        lines.push(row(
            "",
            "Open it to choose your name and password. It works once.",
        ));
    }
    if let Some(token) = &made.token {
        let Typed { program, server } = typed;
        lines.push(row("Token:", token.expose()));
        let how = format!("`{program} token{server}` makes a new one.");
        lines.push(row(
            "",
            &format!("For programs. It is shown this once; {how}"),
        ));
    }
    lines
}

fn row(label: &str, what: &str) -> String {
    format!("  {label:13}{what}")
}

/// Where people open the desk: under the public address, where that is safe to log in over.
fn desk(config: &Config) -> String {
    let public = config.server.public_url.as_str();
    if public.starts_with("https://") {
        public.to_owned()
    } else {
        client::base(config)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cli::terminal::Stream;

    fn shown(
        variables: &[(&str, &str)],
        program: &str,
        file: Option<&str>,
        store: Option<&str>,
    ) -> String {
        let variables: BTreeMap<String, String> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let config = Config::from_text(None, "", &variables).unwrap();
        let typed = Typed::new(program, file.map(Path::new), store, &config);
        let made = Made {
            link: Some("abc".to_owned().into()),
            token: None,
        };
        welcome(&config, &made, &typed, Paint::on(Stream::Out))
    }

    #[test]
    fn commands_are_shown_as_they_find_this_service() {
        let plain = shown(&[], "target/release/portner", None, None);
        assert!(
            plain.contains("  target/release/portner call     "),
            "{plain}"
        );
        assert!(!plain.contains("--server"), "{plain}");

        let listen = ("PORTNER_LISTEN", "0.0.0.0:9000");
        let other = shown(
            &[listen],
            "portner",
            Some("/etc/my house/p.toml"),
            Some("sled:x"),
        );
        let call = "PORTNER_STORE=sled:x portner --config '/etc/my house/p.toml' call --server http://127.0.0.1:9000 ";
        assert!(other.contains(call), "{other}");
    }

    #[test]
    fn people_are_sent_to_the_public_address_where_it_is_safe() {
        let listen = ("PORTNER_LISTEN", "0.0.0.0:9000");
        let public = ("PORTNER_PUBLIC_URL", "https://telefon.dk");
        let there = shown(&[listen, public], "portner", None, None);
        assert!(there.contains(" https://telefon.dk/welcome/abc"), "{there}");
        assert!(there.contains(" https://telefon.dk/\n"), "{there}");
        let here = shown(&[listen], "portner", None, None);
        assert!(
            here.contains(" http://127.0.0.1:9000/welcome/abc"),
            "{here}"
        );
        let columns = there.lines().filter_map(|line| line.find("https://"));
        let mut columns: Vec<usize> = columns.collect();
        columns.dedup();
        assert_eq!(columns, [15], "{there}");
    }
}
