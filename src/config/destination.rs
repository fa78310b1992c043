//! Where the owner's phone rings: who at once, who after whom, and never one of our own lines.

use super::file::Destination;
use super::line::{Ours, number};
use super::problem::Problems;
use crate::call::{E164, Target};
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
            "the line has no destination: nobody's phone would ring",
            "add [[line.destination]] with the owner's own number, such as number = \"+4520111111\"",
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
                "there is no destination before this one to ring together with",
                "",
                "write `together = true` at the second of the two",
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
        problems.error(
            &format!("{path}.ring_seconds"),
            format!(
                "what rings together rings equally long, and the first of them rings {} seconds",
                attempt.ring_seconds
            ),
            "",
            "leave it out here",
        );
    }
    if attempt.targets.len() == MAX_TOGETHER {
        problems.error(
            &format!("{path}.together"),
            format!("no more than {MAX_TOGETHER} can ring together"),
            "",
            "let this one ring after the others",
        );
    }
    if attempt.targets.contains(&target) {
        problems.error(path, "this rings together with itself", "", "leave one out");
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
                "the destination names nobody to ring",
                "write one of number, sip and client",
            );
            None
        }
        _ => {
            problems.error(
                path,
                "a destination is one of number, sip and client",
                "",
                "make a [[line.destination]] of each; `together = true` lets them ring at once",
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
        format!("this is the number of line {line:?}: the call would come back here without end"),
        "a loop",
        "write a number that rings the owner's own phone and is not forwarded here",
    );
    None
}

fn sip(text: &str, setting: &str, ours: &Ours<'_>, problems: &mut Problems<'_>) -> Option<Target> {
    let text = text.trim();
    let Some(user) = sip_user(text) else {
        let help = if text.contains('@') && !text.contains(':') {
            format!("write {:?}", format!("sip:{text}"))
        } else {
            "write it like \"sip:per@pbx.toppdesign.dk\"".to_owned()
        };
        problems.error(setting, "this is not a SIP address", "", help);
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
            "this is not the identity of a client",
            "",
            "letters, digits, dashes and underscores, such as \"owner\"",
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
