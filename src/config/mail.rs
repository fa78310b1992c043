//! The mail server that the owner's mails go through: what must go together.

use std::net::IpAddr;

use secrecy::SecretString;

use super::Mail;
use super::file::{self, MailSecurity};
use super::problem::Problems;
use crate::call::bilingual;
use crate::outbound::mail;

/// How mails are sent, or nothing where no server is set. `None` outside when something is wrong.
#[expect(
    clippy::option_option,
    reason = "outside: whether it could be read; inside: whether there is one"
)]
pub(super) fn check(settings: &file::Mail, problems: &mut Problems<'_>) -> Option<Option<Mail>> {
    let text = |value: Option<&str>| {
        let value = value?.trim();
        (!value.is_empty()).then(|| value.to_owned())
    };
    let Some(server) = text(settings.server.as_deref()) else {
        return Some(None);
    };
    let place = server_place(&server);
    if place.is_none() {
        problems.error(
            "mail.server",
            bilingual!(
                "dette er ikke navnet på en mailserver",
                "this is not the name of a mail server"
            ),
            None,
            bilingual!(
                "skriv det som \"smtp.example.dk\" eller \"smtp.example.dk:587\"",
                "write it like \"smtp.example.dk\" or \"smtp.example.dk:587\""
            ),
        );
    }
    let from = address(settings.from.as_deref(), "from", problems);
    let to = address(settings.to.as_deref(), "to", problems);
    let password = text(settings.password.as_ref().map(|secret| secret.0.as_str()));
    let login = match (text(settings.user.as_deref()), password) {
        (Some(user), Some(password)) => Some((user, SecretString::from(password))),
        (None, None) => None,
        (Some(_), None) => {
            problems.missing(
                "mail.password",
                bilingual!(
                    "der er en bruger og ingen adgangskode",
                    "there is a user and no password"
                ),
                bilingual!("sæt PORTNER_MAIL_PASSWORD", "set PORTNER_MAIL_PASSWORD"),
            );
            return None;
        }
        (None, Some(_)) => {
            problems.missing(
                "mail.user",
                bilingual!(
                    "der er en adgangskode og ingen bruger",
                    "there is a password and no user"
                ),
                bilingual!("sæt PORTNER_MAIL_USER", "set PORTNER_MAIL_USER"),
            );
            return None;
        }
    };
    let (host, port) = place?;
    if settings.security == MailSecurity::None && !is_this_machine(&host) {
        problems.error(
            "mail.security",
            bilingual!(
                "uden TLS kunne mails og adgangskoden læses på vejen",
                "without TLS, mails and the password could be read on the way"
            ),
            None,
            bilingual!(
                "skriv \"tls\" eller \"starttls\", eller send gennem en server på denne maskine",
                "write \"tls\" or \"starttls\", or send through a server on this machine"
            ),
        );
        return None;
    }
    Some(Some(Mail {
        host,
        port,
        security: settings.security,
        login,
        from: from?,
        to: to?,
    }))
}

fn server_place(server: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = match server.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (server, None),
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    (!host.is_empty() && host.bytes().all(is_name)).then(|| (host.to_owned(), port))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn address(value: Option<&str>, key: &str, problems: &mut Problems<'_>) -> Option<String> {
    let setting = format!("mail.{key}");
    let Some(value) = value.map(str::trim).filter(|value| !value.is_empty()) else {
        let variable = format!("PORTNER_MAIL_{}", key.to_uppercase());
        problems.missing(
            &setting,
            bilingual!(
                "der er en mailserver og ingen `{key}`",
                "there is a mail server and no `{key}`"
            ),
            bilingual!("sæt {variable}", "set {variable}"),
        );
        return None;
    };
    let is_one = value
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'));
    if !is_one
        || mail::address(value).is_err()
        || value
            .chars()
            .any(|sign| sign.is_control() || sign.is_whitespace())
    {
        problems.error(
            &setting,
            bilingual!("dette er ikke en mailadresse", "this is not a mail address"),
            None,
            bilingual!(
                "skriv den som \"per@example.dk\"",
                "write it like \"per@example.dk\""
            ),
        );
        return None;
    }
    Some(value.to_owned())
}
