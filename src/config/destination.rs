//! Where the owner's phone rings: who at once, who after whom, and never one of our own lines.

use super::check::write_it;
use super::file::Destination;
use super::line::{Ours, number};
use super::problem::Problems;
use crate::call::{E164, Target, bilingual};
use crate::screening::line::Attempt;

/// How long a destination rings, in seconds, where nothing is written: shorter than a mobile's
/// voicemail takes to answer.
const RING_SECONDS: u16 = 20;

/// The most that providers ring at once.
const MAX_TOGETHER: usize = 10;

/// The attempts to reach the owner. `None` when there is none, or one cannot be used.
pub(super) fn check(
    destinations: &[Destination],
    line: &str,
    ours: &Ours<'_>,
    problems: &mut Problems<'_>,
) -> Option<Vec<Attempt>> {
    if destinations.is_empty() {
        problems.missing(
            &format!("{line}.destination"),
            bilingual!(
                "linjen har ingen telefon at ringe til: ingens telefon ville ringe",
                "the line has no destination: nobody's phone would ring"
            ),
            bilingual!(
                "tilføj [[line.destination]] med ejerens eget nummer, f.eks. number = \"+4520111111\"",
                "add [[line.destination]] with the owner's own number, such as number = \"+4520111111\""
            ),
        );
        return None;
    }
    let mut attempts: Vec<Attempt> = Vec::new();
    let mut good = true;
    for (index, destination) in destinations.iter().enumerate() {
        let path = format!("{line}.destination[{index}]");
        let Some(target) = target(destination, &path, ours, problems) else {
            good = false;
            continue;
        };
        match attempts.last_mut().filter(|_| destination.together) {
            Some(attempt) => join(attempt, target, destination, &path, problems),
            None if destination.together && index == 0 => problems.error(
                &format!("{path}.together"),
                bilingual!(
                    "der er ingen telefon før denne at ringe sammen med",
                    "there is no destination before this one to ring together with"
                ),
                None,
                bilingual!(
                    "skriv `together = true` ved den anden af de to",
                    "write `together = true` at the second of the two"
                ),
            ),
            None => attempts.push(Attempt {
                targets: vec![target],
                ring_seconds: destination.ring_seconds.unwrap_or(RING_SECONDS),
            }),
        }
    }
    (good && !attempts.is_empty()).then_some(attempts)
}

/// Says how long each rings where nothing is written, as [`check`] understands it.
pub(super) fn fill_in(destinations: &mut [Destination]) {
    let mut before = RING_SECONDS;
    for destination in destinations {
        let own = if destination.together {
            before
        } else {
            RING_SECONDS
        };
        before = *destination.ring_seconds.get_or_insert(own);
    }
}

fn join(
    attempt: &mut Attempt,
    target: Target,
    destination: &Destination,
    path: &str,
    problems: &mut Problems<'_>,
) {
    if let Some(own) = destination.ring_seconds
        && own != attempt.ring_seconds
    {
        let first = attempt.ring_seconds;
        problems.error(
            &format!("{path}.ring_seconds"),
            bilingual!(
                "det, der ringer sammen, ringer lige længe, og den første af dem ringer {first} sekunder",
                "what rings together rings equally long, and the first of them rings {first} seconds"
            ),
            None,
            bilingual!("udelad det her", "leave it out here"),
        );
    }
    if attempt.targets.len() == MAX_TOGETHER {
        problems.error(
            &format!("{path}.together"),
            bilingual!(
                "højst {MAX_TOGETHER} kan ringe sammen",
                "no more than {MAX_TOGETHER} can ring together"
            ),
            None,
            bilingual!(
                "lad denne ringe efter de andre",
                "let this one ring after the others"
            ),
        );
    }
    if attempt.targets.contains(&target) {
        let message = bilingual!(
            "denne ringer sammen med sig selv",
            "this rings together with itself"
        );
        problems.error(
            path,
            message,
            None,
            bilingual!("udelad en", "leave one out"),
        );
    }
    attempt.targets.push(target);
}

fn target(
    destination: &Destination,
    path: &str,
    ours: &Ours<'_>,
    problems: &mut Problems<'_>,
) -> Option<Target> {
    match (&destination.number, &destination.sip, &destination.client) {
        (Some(text), None, None) => {
            let setting = format!("{path}.number");
            let number = number(text, &setting, problems)?;
            refuse_loop(Some(number), &setting, ours, problems)?;
            Some(Target::Number(number))
        }
        (None, Some(text), None) => sip(text, &format!("{path}.sip"), ours, problems),
        (None, None, Some(text)) => client(text, &format!("{path}.client"), ours, problems),
        (None, None, None) => {
            problems.missing(
                path,
                bilingual!(
                    "her står ingen at ringe til",
                    "the destination names nobody to ring"
                ),
                bilingual!(
                    "skriv en af number, sip og client",
                    "write one of number, sip and client"
                ),
            );
            None
        }
        _ => {
            problems.error(
                path,
                bilingual!(
                    "en telefon er en af number, sip og client",
                    "a destination is one of number, sip and client"
                ),
                None,
                bilingual!(
                    "lav en [[line.destination]] af hver; `together = true` lader dem ringe på en gang",
                    "make a [[line.destination]] of each; `together = true` lets them ring at once"
                ),
            );
            None
        }
    }
}

/// A destination that is one of our lines would call us again, without end.
fn refuse_loop(
    number: Option<E164>,
    setting: &str,
    ours: &Ours<'_>,
    problems: &mut Problems<'_>,
) -> Option<()> {
    let Some(line) = number.and_then(|number| ours.line_of(number)) else {
        return Some(());
    };
    problems.error(
        setting,
        bilingual!(
            "dette er nummeret på linjen {line:?}: opkaldet ville komme tilbage hertil uden ende",
            "this is the number of line {line:?}: the call would come back here without end"
        ),
        bilingual!("en ring", "a loop"),
        bilingual!(
            "skriv et nummer, der får ejerens egen telefon til at ringe og ikke er viderestillet hertil",
            "write a number that rings the owner's own phone and is not forwarded here"
        ),
    );
    None
}

fn sip(text: &str, setting: &str, ours: &Ours<'_>, problems: &mut Problems<'_>) -> Option<Target> {
    let text = text.trim();
    let Some(user) = sip_user(text) else {
        let help = if text.contains('@') && !text.contains(':') {
            write_it(&format!("sip:{text}"))
        } else {
            bilingual!(
                "skriv den som \"sip:per@pbx.toppdesign.dk\"",
                "write it like \"sip:per@pbx.toppdesign.dk\""
            )
        };
        let message = bilingual!("dette er ingen SIP-adresse", "this is not a SIP address");
        problems.error(setting, message, None, help);
        return None;
    };
    refuse_loop(as_number(&user), setting, ours, problems)?;
    Some(Target::Sip(text.to_owned()))
}

/// The user of a SIP address (RFC 3261, 19.1): `sip:user;parameter@host:port;parameter`.
fn sip_user(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once(':')?;
    let sip = scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips");
    let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '\'' | '&' | '\\');
    if !sip || text.len() > 255 || !text.chars().all(plain) {
        return None;
    }
    let (user, host) = rest.split_once('@')?;
    let bare = host.split([':', ';', '?']).next()?;
    if user.is_empty() || bare.is_empty() || host.contains('@') {
        return None;
    }
    let user = user.split([';', ':']).next()?;
    Some(unescape(user))
}

fn client(
    text: &str,
    setting: &str,
    ours: &Ours<'_>,
    problems: &mut Problems<'_>,
) -> Option<Target> {
    let text = text.trim();
    let name = text.strip_prefix("client:").unwrap_or(text);
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '+');
    if name.is_empty() || name.len() > 121 || !name.chars().all(good) {
        problems.error(
            setting,
            bilingual!(
                "dette er ikke navnet på en klient",
                "this is not the identity of a client"
            ),
            None,
            bilingual!(
                "bogstaver, cifre, bindestreger og understreger, f.eks. \"owner\"",
                "letters, digits, dashes and underscores, such as \"owner\""
            ),
        );
        return None;
    }
    refuse_loop(as_number(name), setting, ours, problems)?;
    Some(Target::Client(name.to_owned()))
}

/// The number that a user name is, in any notation.
fn as_number(user: &str) -> Option<E164> {
    let user = user.strip_prefix("tel:").unwrap_or(user);
    let national = E164::parse_national(user, "DK").ok();
    national.or_else(|| E164::parse(user).ok())
}

/// `%2B45…` is `+45…` (RFC 3261, 19.1.2).
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
