//! Lines: names, numbers, hours, and what must fit together.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::check::write_it;
use super::destination;
use super::file;
use super::problem::Problems;
use super::shape::closest;
use super::wording;
use crate::call::{E164, LineId, bilingual};
use crate::screening::hours::{DAYS, HoursError, OpeningHours, parse_days, parse_ranges};
use crate::screening::line::{Languages, Line, NoAnswer, Whisper};

/// Checks every line. `None` when one of them cannot be used; it was told then.
pub(super) fn check(settings: &[file::Line], problems: &mut Problems<'_>) -> Option<Vec<Line>> {
    let written: Vec<Vec<Written>> = settings
        .iter()
        .enumerate()
        .map(|(index, line)| numbers(line, &format!("line[{index}]"), problems))
        .collect();
    tell_repeats(settings, &written, problems);
    let numbers: Vec<Vec<E164>> = written
        .iter()
        .map(|own| own.iter().map(|one| one.number).collect())
        .collect();
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
            bilingual!(
                "dørmanden må tale mindst ét sprog",
                "the doorman must speak at least one language"
            ),
            None,
            bilingual!("skriv [\"da\", \"en\"]", "write [\"da\", \"en\"]"),
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
            bilingual!("linjen har intet id", "the line has no id"),
            bilingual!(
                "giv den et kort navn, f.eks. id = \"butik\"",
                "give it a short name, such as id = \"shop\""
            ),
        );
        return None;
    }
    if text.len() <= MAX_ID && text.chars().all(is_of_id) {
        return Some(LineId(text.to_owned()));
    }
    let plain = plain_id(text);
    problems.error(
        &setting,
        bilingual!(
            "et id har højst {MAX_ID} små bogstaver (a-z), cifre og bindestreger",
            "an id has at most {MAX_ID} small letters, digits and dashes"
        ),
        None,
        write_it(&plain),
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
/// assert_eq!(portner::config::plain_id("Lones Blomster & Gaver"), "lones-blomster-gaver");
/// ```
#[must_use]
pub fn plain_id(text: &str) -> String {
    let spelled = text
        .to_lowercase()
        .replace('æ', "ae")
        .replace('ø', "oe")
        .replace('å', "aa");
    let words = spelled.split(|c: char| !is_of_id(c) || c == '-');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let plain: String = words.join("-").chars().take(MAX_ID).collect();
    plain.trim_end_matches('-').to_owned()
}

/// A number of a line, and the setting that it is written in.
struct Written {
    number: E164,
    setting: String,
}

fn numbers(line: &file::Line, path: &str, problems: &mut Problems<'_>) -> Vec<Written> {
    let mut numbers = Vec::new();
    let mut read = |text: &str, setting: String| {
        let number = number(text, &setting, problems);
        numbers.extend(number.map(|number| Written { number, setting }));
    };
    if let Some(text) = &line.number {
        read(text, format!("{path}.number"));
    }
    for (index, text) in line.numbers.iter().enumerate() {
        read(text, format!("{path}.numbers[{index}]"));
    }
    let several = format!("{path}.numbers");
    if line.number.is_none() && line.numbers.is_empty() && !problems.any_in(&several) {
        problems.missing(
            &format!("{path}.number"),
            bilingual!("linjen har intet nummer", "the line has no number"),
            bilingual!(
                "skriv det nummer, folk ringer til, f.eks. number = \"+4570101010\"",
                "write the number that people call, such as number = \"+4570101010\""
            ),
        );
    }
    numbers
}

/// How many digits the numbers have that may stand without country code.
const DANISH_DIGITS: usize = 8;

/// Reads a number that must have its country code, and says how to write one that has not. Where
/// that is clear, the number is gone on with, so that what else is wrong about it is told too.
pub(super) fn number(text: &str, setting: &str, problems: &mut Problems<'_>) -> Option<E164> {
    let trimmed = text.trim();
    let international = trimmed.starts_with('+') || trimmed.starts_with("00");
    let guess = E164::parse_national(trimmed, "DK")
        .ok()
        .filter(|_| !international);
    let digits = trimmed.chars().filter(char::is_ascii_digit).count();
    let error = match E164::parse(trimmed) {
        Ok(number) if international => {
            if problems.looks_closely() && !number.is_in_plan() {
                problems.warning(
                    setting,
                    bilingual!(
                        "landets nummerplan kender ikke sådan et nummer",
                        "the numbering plan of its country knows no such number"
                    ),
                    None,
                    bilingual!(
                        "se cifrene efter en gang til",
                        "look at the digits once more"
                    ),
                );
            }
            return Some(number);
        }
        Ok(_) if guess.is_none() && digits < DANISH_DIGITS => bilingual!(
            "nummeret er for kort: danske numre har {DANISH_DIGITS} cifre",
            "the number is too short: Danish numbers have {DANISH_DIGITS} digits"
        ),
        Ok(_) => bilingual!(
            "nummeret har ingen landekode",
            "the number has no country code"
        ),
        Err(error) => error.told(),
    };
    let help = guess.map_or_else(
        || {
            bilingual!(
                "skriv det med + og landekoden, f.eks. \"+4520111111\"",
                "write it with + and its country code, such as \"+4520111111\""
            )
        },
        |number| write_it(&number.full()),
    );
    problems.error(setting, error, None, help);
    guess
}

fn tell_repeats(settings: &[file::Line], numbers: &[Vec<Written>], problems: &mut Problems<'_>) {
    for (index, line) in settings.iter().enumerate() {
        let before = &settings[..index];
        if !line.id.is_empty() && before.iter().any(|other| other.id == line.id) {
            problems.error(
                &format!("line[{index}].id"),
                bilingual!(
                    "der er en anden linje med id {id:?}",
                    "there is another line with the id {id:?}",
                    id = line.id
                ),
                None,
                bilingual!(
                    "hver linje skal have sit eget id",
                    "every line needs an id of its own"
                ),
            );
        }
        for written in &numbers[index] {
            let is_it = |other: &Written| other.number == written.number;
            let earlier = numbers[..index]
                .iter()
                .position(|others| others.iter().any(is_it));
            if let Some(earlier) = earlier {
                problems.error(
                    &written.setting,
                    bilingual!(
                        "linjen {id:?} har dette nummer i forvejen",
                        "line {id:?} has this number already",
                        id = settings[earlier].id
                    ),
                    None,
                    bilingual!(
                        "et nummer hører til én linje",
                        "a number belongs to one line"
                    ),
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
        || {
            bilingual!(
                "skriv den som \"Europe/Copenhagen\"",
                "write it like \"Europe/Copenhagen\""
            )
        },
        |close| bilingual!("mente du {close:?}?", "did you mean {close:?}?"),
    );
    problems.error(
        &format!("{path}.time_zone"),
        bilingual!(
            "der er ingen tidszone {name:?}",
            "there is no time zone {name:?}"
        ),
        None,
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
                    bilingual!(
                        "tiderne for {day} står to gange",
                        "the hours of {day} are written twice",
                        day = DAYS[day]
                    ),
                    None,
                    bilingual!(
                        "skil flere tidsrum på en dag med komma: \"08:00-12:00, 13:00-16:00\"",
                        "separate several ranges of a day by a comma: \"08:00-12:00, 13:00-16:00\""
                    ),
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
            let is_word = |word: &&str| !word.is_empty();
            let words = lower.split(|c: char| !c.is_alphabetic()).filter(is_word);
            let meant = DAYS
                .iter()
                .zip(DANISH)
                .find(|(day, danish)| lower.starts_with(*day) || lower.starts_with(danish));
            let help = if words.count() > 1 {
                bilingual!(
                    "skriv hver dag for sig, eller et spænd: mon-fri = \"08:00-16:00\"",
                    "write each day on its own, or a range: mon-fri = \"08:00-16:00\""
                )
            } else if let Some((day, _)) = meant {
                bilingual!(
                    "skriv {day}; et spænd skrives mon-fri",
                    "write {day}; a range is written mon-fri"
                )
            } else {
                bilingual!(
                    "dagene er {days}; et spænd skrives mon-fri",
                    "days are {days}; a range is written mon-fri",
                    days = DAYS.join(", ")
                )
            };
            problems.error_at_name(setting, error.told(), None, help);
        }
        HoursError::Range(_) | HoursError::Time(_) | HoursError::Empty(_) => problems.error(
            setting,
            error.told(),
            None,
            bilingual!(
                "skriv \"08:00-16:00\", flere skilt af komma, eller \"closed\"",
                "write \"08:00-16:00\", several separated by commas, or \"closed\""
            ),
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
            bilingual!(
                "dette er nummeret på linjen {own:?}: dér læser ingen sms'er",
                "this is the number of line {own:?}: nobody reads texts there"
            ),
            None,
            bilingual!(
                "skriv ejerens mobilnummer",
                "write the owner's mobile number"
            ),
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
                bilingual!(
                    "nummeret mangler, som sms'er går til",
                    "the number that texts go to is missing"
                ),
                bilingual!(
                    "skriv ejerens mobilnummer, i filen som text_to = \"+4520111111\"",
                    "write the owner's mobile number, in the file as text_to = \"+4520111111\""
                ),
            );
            None
        }
    }
}
