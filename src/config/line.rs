//! Lines: names, numbers, hours, and what must fit together.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::destination;
use super::file;
use super::problem::Problems;
use super::shape::closest;
use super::wording;
use crate::call::{E164, LineId};
use crate::screening::hours::{DAYS, HoursError, OpeningHours, parse_days, parse_ranges};
use crate::screening::line::{Languages, Line, NoAnswer, Whisper};

/// Checks every line. `None` when one of them cannot be used; it was told then.
pub(super) fn check(settings: &[file::Line], problems: &mut Problems<'_>) -> Option<Vec<Line>> {
    let numbers: Vec<Vec<E164>> = settings
        .iter()
        .enumerate()
        .map(|(index, line)| numbers(line, &format!("line[{index}]"), problems))
        .collect();
    tell_repeats(settings, &numbers, problems);
    let ours = Ours {
        lines: settings
            .iter()
            .zip(&numbers)
            .map(|(line, numbers)| (line.id.as_str(), numbers.as_slice()))
            .collect(),
    };
    let lines: Vec<Option<Line>> = settings
        .iter()
        .enumerate()
        .map(|(index, line)| check_line(line, &format!("line[{index}]"), index, &ours, problems))
        .collect();
    lines.into_iter().collect()
}

/// The numbers that people call, by line.
pub(super) struct Ours<'a> {
    lines: Vec<(&'a str, &'a [E164])>,
}

impl<'a> Ours<'a> {
    /// The line with this number.
    pub(super) fn line_of(&self, number: E164) -> Option<&'a str> {
        self.lines
            .iter()
            .find(|(_, numbers)| numbers.contains(&number))
            .map(|(id, _)| *id)
    }
}

fn check_line(
    line: &file::Line,
    path: &str,
    index: usize,
    ours: &Ours<'_>,
    problems: &mut Problems<'_>,
) -> Option<Line> {
    let id = id(&line.id, path, problems);
    let languages = Languages::new(&line.languages);
    if languages.is_none() {
        problems.error(
            &format!("{path}.languages"),
            "the doorman must speak at least one language",
            "",
            "write [\"da\", \"en\"]",
        );
    }
    let time_zone = time_zone(&line.time_zone, path, problems);
    let hours = hours(line.hours.as_ref(), path, problems);
    let no_answer = no_answer(line, path, ours, problems);
    let attempts = destination::check(&line.destination, path, ours, problems);
    let wordings = wording::check(line, path, problems);
    let languages = languages?;
    wording::tell_odd_greeting(line, &wordings, &languages, path, problems);
    Some(Line {
        id: id?,
        numbers: ours.lines.get(index).map(|(_, own)| own.to_vec())?,
        mode: line.mode,
        languages,
        time_zone: time_zone?,
        hours: hours?,
        closed: line.closed,
        targeted_sellers: line.targeted_sellers,
        blocked: line.blocked,
        no_answer: no_answer?,
        whisper: if line.whisper {
            Whisper::On {
                wait_seconds: line.whisper_wait_seconds,
            }
        } else {
            Whisper::Off
        },
        expect: line.expect.clone(),
        profile: line.profile.clone(),
        attempts: attempts?,
        wordings,
        opinion: None,
    })
}

fn id(text: &str, path: &str, problems: &mut Problems<'_>) -> Option<LineId> {
    let setting = format!("{path}.id");
    if text.is_empty() {
        problems.missing(
            &setting,
            "the line has no id",
            "give it a short name, such as id = \"shop\"",
        );
        return None;
    }
    if text.len() <= MAX_ID && text.chars().all(is_of_id) {
        return Some(LineId(text.to_owned()));
    }
    let plain = plain_id(text);
    problems.error(
        &setting,
        "an id has at most 40 small letters, digits and dashes",
        "",
        format!("write {plain:?}"),
    );
    None
}

/// The longest id of a line.
const MAX_ID: usize = 40;

fn is_of_id(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// An id for a line, made of a name that people use; perhaps empty.
///
/// ```
/// assert_eq!(portner::config::plain_id("Sørens Blomster ApS"), "soerens-blomster-aps");
/// ```
#[must_use]
pub fn plain_id(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .replace('æ', "ae")
        .replace('ø', "oe")
        .replace('å', "aa")
        .chars()
        .map(|c| if is_of_id(c) { c } else { '-' })
        .take(MAX_ID)
        .collect();
    plain.trim_matches('-').to_owned()
}

fn numbers(line: &file::Line, path: &str, problems: &mut Problems<'_>) -> Vec<E164> {
    let mut numbers = Vec::new();
    if let Some(text) = &line.number {
        numbers.extend(number(text, &format!("{path}.number"), problems));
    }
    for (index, text) in line.numbers.iter().enumerate() {
        numbers.extend(number(text, &format!("{path}.numbers[{index}]"), problems));
    }
    let several = format!("{path}.numbers");
    if line.number.is_none() && line.numbers.is_empty() && !problems.any_in(&several) {
        problems.missing(
            &format!("{path}.number"),
            "the line has no number",
            "write the number that people call, such as number = \"+4570101010\"",
        );
    }
    numbers
}

/// Reads a number that must have its country code, and says how to write one that has not. Where
/// that is clear, the number is gone on with, so that what else is wrong about it is told too.
pub(super) fn number(text: &str, setting: &str, problems: &mut Problems<'_>) -> Option<E164> {
    let trimmed = text.trim();
    let international = trimmed.starts_with('+') || trimmed.starts_with("00");
    let error = match E164::parse(trimmed) {
        Ok(number) if international => {
            if problems.looks_closely() && !number.is_in_plan() {
                problems.warning(
                    setting,
                    "the numbering plan of its country knows no such number",
                    "",
                    "look at the digits once more",
                );
            }
            return Some(number);
        }
        Ok(_) => "the number has no country code".to_owned(),
        Err(error) => error.to_string(),
    };
    let guess = E164::parse_national(trimmed, "DK")
        .ok()
        .filter(|_| !international);
    let help = guess.map_or_else(
        || "write it with + and its country code, such as \"+4520111111\"".to_owned(),
        |number| format!("write {:?}", number.full()),
    );
    problems.error(setting, error, "", help);
    guess
}

fn tell_repeats(settings: &[file::Line], numbers: &[Vec<E164>], problems: &mut Problems<'_>) {
    for (index, line) in settings.iter().enumerate() {
        let before = &settings[..index];
        if !line.id.is_empty() && before.iter().any(|other| other.id == line.id) {
            problems.error(
                &format!("line[{index}].id"),
                format!("there is another line with the id {:?}", line.id),
                "",
                "every line needs an id of its own",
            );
        }
        for number in &numbers[index] {
            let earlier = numbers[..index]
                .iter()
                .position(|others| others.contains(number));
            if let Some(earlier) = earlier {
                let setting = if line.number.is_some() {
                    "number"
                } else {
                    "numbers"
                };
                problems.error(
                    &format!("line[{index}].{setting}"),
                    format!("line {:?} has this number already", settings[earlier].id),
                    "",
                    "a number belongs to one line",
                );
            }
        }
    }
}

fn time_zone(name: &str, path: &str, problems: &mut Problems<'_>) -> Option<TimeZone> {
    if let Ok(zone) = TimeZone::get(name.trim()) {
        return Some(zone);
    }
    let known: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.as_str().to_owned())
        .filter(|name| name.contains('/'))
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = closest(name, &known).map_or_else(
        || "write it like \"Europe/Copenhagen\"".to_owned(),
        |close| format!("did you mean {close:?}?"),
    );
    problems.error(
        &format!("{path}.time_zone"),
        format!("there is no time zone {name:?}"),
        "",
        help,
    );
    None
}

fn hours(
    written: Option<&BTreeMap<String, String>>,
    path: &str,
    problems: &mut Problems<'_>,
) -> Option<OpeningHours> {
    let Some(written) = written else {
        return Some(OpeningHours::Always);
    };
    let mut week: [Option<Vec<_>>; 7] = Default::default();
    let mut good = true;
    for (days, ranges) in written {
        let setting = format!("{path}.hours.{days}");
        let read = parse_days(days).and_then(|days| Ok((days, parse_ranges(ranges)?)));
        let (days, ranges) = match read {
            Ok(read) => read,
            Err(error) => {
                tell_hours(&error, &setting, problems);
                good = false;
                continue;
            }
        };
        for day in days {
            if week[day].is_some() {
                problems.error_at_name(
                    &setting,
                    format!("the hours of {} are written twice", DAYS[day]),
                    "",
                    "separate several ranges of a day by a comma: \"08:00-12:00, 13:00-16:00\"",
                );
                good = false;
            }
            week[day]
                .get_or_insert_default()
                .extend(ranges.iter().copied());
        }
    }
    good.then(|| OpeningHours::Weekly(week.map(Option::unwrap_or_default)))
}

fn tell_hours(error: &HoursError, setting: &str, problems: &mut Problems<'_>) {
    const DANISH: [&str; 7] = ["man", "tir", "ons", "tor", "fre", "lør", "søn"];
    match error {
        HoursError::Day(written) => {
            let lower = written.to_lowercase();
            let help = DAYS
                .iter()
                .zip(DANISH)
                .find(|(day, danish)| lower.starts_with(*day) || lower.starts_with(danish))
                .map_or_else(
                    || format!("days are {}; a range is written mon-fri", DAYS.join(", ")),
                    |(day, _)| format!("write {day}; a range is written mon-fri"),
                );
            problems.error_at_name(setting, error.to_string(), "", help);
        }
        HoursError::Range(_) | HoursError::Time(_) | HoursError::Empty(_) => problems.error(
            setting,
            error.to_string(),
            "",
            "write \"08:00-16:00\", several separated by commas, or \"closed\"",
        ),
    }
}

fn no_answer(
    line: &file::Line,
    path: &str,
    ours: &Ours<'_>,
    problems: &mut Problems<'_>,
) -> Option<NoAnswer> {
    let setting = format!("{path}.text_to");
    let to = match &line.text_to {
        Some(text) => Some(number(text, &setting, problems)?),
        None => None,
    };
    if let Some(own) = to.and_then(|to| ours.line_of(to)) {
        problems.error(
            &setting,
            format!("this is the number of line {own:?}: nobody reads texts there"),
            "",
            "write the owner's mobile number",
        );
        return None;
    }
    match (line.no_answer, to) {
        (file::NoAnswer::Voicemail, _) => Some(NoAnswer::Voicemail),
        (file::NoAnswer::Goodbye, _) => Some(NoAnswer::Goodbye),
        (file::NoAnswer::Text, Some(to)) => Some(NoAnswer::Text { to }),
        (file::NoAnswer::Text, None) => {
            problems.missing(
                &setting,
                "no_answer = \"text\" needs the number that texts go to",
                "write text_to = \"+45…\" beside it, with the owner's mobile number",
            );
            None
        }
    }
}
