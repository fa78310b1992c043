//! From file and variables to checked settings: every step goes on after a mistake, so that all
//! of them are told at once.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::de::DeTable;

use super::effective::Effective;
use super::file::File;
use super::problem::{ConfigErrors, Look, Origin, Problem, Problems, Severity, origin_at};
use super::tree::Places;
use super::{Config, FILE_NAME, check, fly, shape, tree};
use crate::call::{Bilingual, Language, bilingual};
use crate::rules::syntax;

/// The largest file that is read. Nobody writes a megabyte of settings by hand.
const MAX_BYTES: u64 = 1 << 20;

/// How many mistakes in the writing itself are told; one often brings others.
const MAX_SYNTAX_ERRORS: usize = 5;

/// What stands in a settings file, up to a byte more than is read as one. A pipe or a device is no
/// file: reading it might never end.
///
/// # Errors
/// Why it cannot be read.
pub fn content(path: &Path) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn load(
    path: Option<&Path>,
    variables: &BTreeMap<String, String>,
    look: Look,
) -> Result<Config, ConfigErrors> {
    let found = match path {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(FILE_NAME)).filter(|path| path.try_exists().unwrap_or(true)),
    };
    let Some(path) = found else {
        return read(None, "", variables, look);
    };
    let fail = |message, help| ConfigErrors {
        file: Some(path.clone()),
        problems: vec![Problem {
            severity: Severity::Error,
            setting: String::new(),
            message,
            label: None,
            help: Some(help),
            origin: Origin::Default,
            span: None,
        }],
        text: String::new(),
    };
    let file = path.display();
    let bytes = content(&path).map_err(|error| {
        fail(
            bilingual!(
                "{file} kan ikke læses: {error}",
                "{file} cannot be read: {error}"
            ),
            bilingual!(
                "nævn en anden fil med --config, eller undvær den: alt har en standard",
                "name another file with --config, or go without: everything has a default"
            ),
        )
    })?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(fail(
            bilingual!(
                "{file} har mere end {MAX_BYTES} bytes",
                "{file} has more than {MAX_BYTES} bytes"
            ),
            bilingual!("er det den rigtige fil?", "is it the right file?"),
        ));
    }
    match std::str::from_utf8(&bytes) {
        Ok(text) => read(Some(&path), text, variables, look),
        Err(error) => {
            let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let message = match origin_at(&good, good.len()) {
                Origin::File { line, column } => bilingual!(
                    "{file} er ikke UTF-8-tekst i linje {line}, tegn {column}",
                    "{file} is not UTF-8 text in line {line}, character {column}"
                ),
                Origin::Default | Origin::Variable(_) => {
                    bilingual!("{file} er ikke UTF-8-tekst", "{file} is not UTF-8 text")
                }
            };
            Err(fail(
                message,
                bilingual!(
                    "gem den som UTF-8; det kan enhver editor",
                    "save it as UTF-8; every editor can"
                ),
            ))
        }
    }
}

pub(super) fn read(
    file: Option<&Path>,
    text: &str,
    variables: &BTreeMap<String, String>,
    look: Look,
) -> Result<Config, ConfigErrors> {
    let Reading {
        settings,
        places,
        problems,
        checked,
    } = understand(file, text, variables, look)?;
    let told = ConfigErrors {
        file: file.map(Path::to_owned),
        text: mask(text, &places),
        problems,
    };
    let failed = told
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error);
    match checked {
        Some(checked) if !failed => Ok(Config {
            file: file.map(Path::to_owned),
            effective: Effective::of(&settings, &places, text, file),
            warnings: told,
            ..checked
        }),
        _ => Err(told),
    }
}

/// Settings as far as they could be understood.
pub(super) struct Reading {
    /// What holds; what was wrong is left out.
    pub settings: File,
    /// Where each of them stands.
    pub places: Places,
    /// What is wrong or doubtful.
    pub problems: Vec<Problem>,
    /// The values that cannot be wrong any more, where nothing that they need is; not yet where they
    /// came from.
    pub checked: Option<Config>,
}

/// Reads and checks everything. An error only where the text is no TOML.
pub(super) fn understand(
    file: Option<&Path>,
    text: &str,
    variables: &BTreeMap<String, String>,
    look: Look,
) -> Result<Reading, ConfigErrors> {
    let (table, mistakes) = DeTable::parse_recoverable(text);
    if !mistakes.is_empty() {
        let problems = mistakes
            .iter()
            .take(MAX_SYNTAX_ERRORS)
            .map(|mistake| syntax_problem(text, mistake))
            .collect();
        return Err(ConfigErrors {
            file: file.map(Path::to_owned),
            problems,
            text: mask(text, &Places::default()),
        });
    }
    let (mut tree, mut places) = tree::plain(table.get_ref());
    let schema = shape::schema();
    shape::overlay(&mut tree, &mut places, &schema, variables);
    fly::fill_in(&mut tree, &mut places, variables);

    let mut problems = Problems::new(&places, text, look);
    shape::check(&schema, &mut tree, &places, &mut problems);
    shape::check_variables(&schema, variables, &mut problems);
    let mut settings = match File::deserialize(tree) {
        Ok(settings) => settings,
        Err(error) => {
            let message = bilingual!(
                "indstillingerne kan ikke læses: {error}",
                "the settings cannot be read: {error}"
            );
            problems.error("", message, None, None);
            File::default()
        }
    };
    if settings.line.is_empty() {
        settings.line.push(super::file::Line::demo());
    }
    let base = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let checked = check::check(&mut settings, base, &places, &mut problems);
    let problems = problems.into_sorted();
    Ok(Reading {
        settings,
        places,
        problems,
        checked,
    })
}

fn syntax_problem(text: &str, mistake: &toml::de::Error) -> Problem {
    let span = mistake.span().map(|span| within(text, &span));
    let told = syntax::told(mistake.message());
    Problem {
        severity: Severity::Error,
        setting: String::new(),
        message: Bilingual::new(
            format!("filen er ikke TOML her: {}", told.told_in(Language::Da)),
            format!("this is not TOML: {}", told.english()),
        ),
        label: None,
        help: None,
        origin: span
            .as_ref()
            .map_or(Origin::Default, |span| origin_at(text, span.start)),
        span,
    }
}

/// A span that lies in the text and on its characters.
fn within(text: &str, span: &Range<usize>) -> Range<usize> {
    let floor = |at: usize| {
        let mut at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = floor(span.start);
    start..floor(span.end).max(start)
}

/// The text with every secret made unreadable, each byte of it in its place, so that a problem can
/// show the line it stands in.
fn mask(text: &str, places: &Places) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in secrets_in(text, places) {
        for byte in bytes.get_mut(span).into_iter().flatten() {
            if !matches!(byte, b'\n' | b'\r' | b' ' | b'"' | b'\'') {
                *byte = b'*';
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Where secrets stand: what is read as one, and the rest of every line that looks like one, in
/// comments too.
fn secrets_in(text: &str, places: &Places) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = places
        .texts()
        .filter(|(setting, _)| is_secret(setting))
        .map(|(_, span)| span)
        .collect();
    let mut begin = 0;
    for line in text.split_inclusive('\n') {
        if let Some(equals) = line.find('=')
            && is_secret(&line[..equals])
        {
            found.push(begin + equals + 1..begin + line.len());
        }
        begin += line.len();
    }
    found
}

/// Where the values of secrets stand, without their quotes; none of them lies in another.
pub(super) fn secret_values(text: &str) -> Vec<Range<usize>> {
    let (table, _) = DeTable::parse_recoverable(text);
    let (_, places) = tree::plain(table.get_ref());
    let mut found: Vec<Range<usize>> = Vec::new();
    for span in secrets_in(text, &places) {
        let span = within(text, &span);
        // What is read exactly comes first, and a line around it says no more.
        let overlaps = |other: &Range<usize>| span.start < other.end && other.start < span.end;
        let inside = bare(text, &span);
        if !inside.is_empty() && !found.iter().any(overlaps) {
            found.push(inside);
        }
    }
    found.sort_by_key(|span| span.start);
    found
}

/// A span without blanks and quotes around.
fn bare(text: &str, span: &Range<usize>) -> Range<usize> {
    let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let inside = &text[span.clone()];
    let start = span.start + inside.len() - inside.trim_start_matches(around).len();
    let end = span.end - (inside.len() - inside.trim_end_matches(around).len());
    start..end.max(start)
}

/// Whether a name is a secret's, as far as a name can tell: what is misspelt counts too, and so do
/// SIDs, into whose place a token is easily pasted, and addresses that may hold a secret.
fn is_secret(setting: &str) -> bool {
    let name = setting.rsplit('.').next().unwrap_or(setting);
    let name = name.trim().to_lowercase();
    ["token", "tokn", "secret", "password", "webh"]
        .iter()
        .any(|word| name.contains(word))
        || ["auth", "api_key", "apikey"]
            .iter()
            .any(|word| name.starts_with(word))
        || name.ends_with("sid")
}
