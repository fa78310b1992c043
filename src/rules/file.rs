//! What is written in one rule file, read whole: every problem is collected, never only the first.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::condition::{self, Conditions};
use super::diagnostic::{Code, Diagnostic};
use super::findings::Findings;
use super::key;
use super::lines::Lines;
use super::reader::{Reader, Text};
use super::rule::Life;
use super::syntax;
use super::{MAX_FILE_BYTES, Source};
use crate::call::{
    Bilingual, EvidenceKind, LISTED, Language, OPINION, Question, Slot, Treatment, bilingual,
};

const MAX_SYNTAX_ERRORS: usize = 5;
const MAX_TEXT_CHARS: usize = 500;
const PRINTED_QUOTES: [char; 8] = ['“', '”', '„', '‘', '’', '‚', '»', '«'];

/// A rule file as it was written.
#[derive(Debug, Default)]
pub(super) struct RuleFile {
    pub language: Option<Language>,
    pub classes: Vec<(Text, Vec<Text>)>,
    pub rules: Vec<Written>,
}

/// A rule as it was written.
#[derive(Debug)]
pub(super) struct Written {
    /// Where it begins.
    pub span: Range<usize>,
    pub id: Text,
    pub name: String,
    pub description: String,
    pub tactic: String,
    pub kind: EvidenceKind,
    pub points: u8,
    pub life: Life,
    pub fills: Vec<Slot>,
    pub answers: Vec<Question>,
    pub phrases: Vec<Text>,
    pub unless: Vec<Text>,
    pub regex: Vec<Text>,
    pub action: Option<Treatment>,
    pub when: Conditions,
    /// The lines that its conditions name.
    pub lines: Vec<Text>,
    pub i_mean_it: bool,
    pub examples: Vec<Text>,
    pub counter_examples: Vec<Text>,
}

pub(super) const KINDS: [EvidenceKind; 6] = [
    EvidenceKind::Sell,
    EvidenceKind::Evade,
    EvidenceKind::Scam,
    EvidenceKind::Machine,
    EvidenceKind::Trust,
    EvidenceKind::Protected,
];
pub(super) const LIVES: [Life; 3] = [Life::Live, Life::Shadow, Life::Draft];
/// Every question, in the order of [`key::QUESTIONS`].
pub(super) const QUESTIONS: [Question; 4] =
    [Question::Open, Question::Who, Question::What, Question::Why];
const ACTIONS: [Treatment; 3] = [Treatment::Connect, Treatment::Message, Treatment::Reject];

/// Reads a file; what is wrong goes to `problems`, the rest is handed back.
pub(super) fn read(source: &Source, problems: &mut Findings) -> RuleFile {
    if source.text.len() as u64 > MAX_FILE_BYTES {
        let message = bilingual!(
            "en regelfil må højst have {MAX_FILE_BYTES} bytes",
            "a rule file may have at most {MAX_FILE_BYTES} bytes"
        );
        problems.push(Diagnostic::error(Code::TooLarge, source, 0..0, message));
        return RuleFile::default();
    }
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    if !errors.is_empty() {
        // What follows in the same line only says that the reader lost its way there.
        let lines = Lines::of(&source.text);
        let place = |error: &toml::de::Error| error.span().unwrap_or(0..0);
        let mut errors: Vec<_> = errors
            .iter()
            .map(|error| (lines.line(place(error).start), error))
            .collect();
        errors.sort_by_key(|(line, _)| *line);
        errors.dedup_by_key(|(line, _)| *line);
        for (_, error) in errors.into_iter().take(MAX_SYNTAX_ERRORS) {
            let told = syntax::told(error.message());
            let message = Bilingual::new(
                format!("filen er ikke TOML her: {}", told.told_in(Language::Da)),
                format!("this is not TOML: {}", told.english()),
            );
            let mut problem = Diagnostic::error(Code::Syntax, source, place(error), message);
            problem.help = meant(&source.text, problem.span.start);
            problems.push(problem);
        }
        return RuleFile::default();
    }
    let mut reader = Reader {
        source,
        problems,
        lines: Vec::new(),
    };
    let table = document.get_ref();
    reader.keys(table, key::FILE.iter(), 0..0);
    let mut file = RuleFile::default();
    if let Some(node) = table.get("version") {
        reader.number(node, 1, 1);
    }
    if let Some(node) = table.get("language") {
        file.language = reader
            .one_of(node, key::LANGUAGES)
            .map(|at| Language::ALL[at]);
    }
    if let Some(node) = table.get("classes") {
        read_classes(&mut reader, node, &mut file);
    }
    match table.get("rule") {
        Some(node) if matches!(node.get_ref(), DeValue::Table(_)) => {
            let message = bilingual!(
                "her begynder en regel, som ikke står i listen af regler",
                "here begins a rule that does not stand in the list of rules"
            );
            reader.error_help(Code::WrongValue, node.span(), message, in_two_brackets());
        }
        Some(node) => {
            for (table, span) in reader.tables(node) {
                file.rules.extend(read_rule(&mut reader, table, span));
            }
        }
        None => {}
    }
    file
}

fn in_two_brackets() -> Bilingual {
    bilingual!(
        "skriv [[rule]] over hver regel, i to par parenteser",
        "write [[rule]] above each rule, in two pairs of brackets"
    )
}

/// What was probably meant in a line that is no TOML.
fn meant(text: &str, at: usize) -> Option<Bilingual> {
    let (before, after) = text.split_at_checked(at)?;
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = at + after.find('\n').unwrap_or(after.len());
    let line = text.get(start..end)?;
    if line.trim() == "[rule]" {
        return Some(in_two_brackets());
    }
    has_printed_quotes(line).then(|| {
        bilingual!(
            "skriv lige anførselstegn, \"…\": tekstbehandlingen har gjort dem til “ ” eller » «",
            "write straight quotes, \"…\": a word processor made them “ ” or ‘ ’"
        )
    })
}

/// Whether quotes as they are printed stand where a text should begin or end.
fn has_printed_quotes(line: &str) -> bool {
    let mut opened = None;
    let mut is_printed = false;
    for sign in line.chars() {
        match opened {
            Some(quote) if sign == quote => (opened, is_printed) = (None, false),
            None if sign == '#' => return false,
            None if matches!(sign, '"' | '\'') => opened = Some(sign),
            _ if PRINTED_QUOTES.contains(&sign) && opened.is_none() => return true,
            _ => is_printed |= PRINTED_QUOTES.contains(&sign),
        }
    }
    is_printed
}

fn read_classes(reader: &mut Reader<'_>, node: &toml::Spanned<DeValue<'_>>, file: &mut RuleFile) {
    let Some(classes) = reader.table(node) else {
        return;
    };
    for (name, entries) in classes {
        let name = Text {
            value: name.get_ref().to_string(),
            span: name.span(),
        };
        if is_class_name(&name.value) {
            let entries = reader.texts(entries);
            file.classes.push((name, entries));
        } else {
            reader.error(
                Code::WrongValue,
                name.span,
                bilingual!(
                    "en ordklasses navn har små bogstaver (a-z), cifre og understreger, højst 40",
                    "the name of a class has small letters, digits and underscores, at most 40"
                ),
            );
        }
    }
}

pub(super) fn is_class_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn read_rule(reader: &mut Reader<'_>, table: &DeTable<'_>, span: Range<usize>) -> Option<Written> {
    let before = reader.problems.errors();
    reader.keys(table, key::RULE.iter(), span.clone());
    let node = |name: &str| table.get(name);
    let id = node("id").and_then(|node| reader.text(node));
    if let Some(id) = &id
        && !is_id(&id.value)
    {
        let message = bilingual!(
            "et id har små bogstaver (a-z), cifre og bindestreger, højst 60",
            "an id has small letters, digits and hyphens, at most 60"
        );
        reader.error(Code::WrongValue, id.span.clone(), message);
    }
    if let Some(id) = &id
        && (id.value == OPINION || id.value.starts_with(LISTED))
    {
        let message = bilingual!(
            "“{OPINION}” og id'er med “{LISTED}” forrest er Portners egne",
            "“{OPINION}” and ids that begin with “{LISTED}” are Portner's own"
        );
        reader.error(Code::WrongValue, id.span.clone(), message);
    }
    let name = node("name").and_then(|node| line(reader, node));
    let description = node("description").and_then(|node| line(reader, node));
    let tactic = node("tactic").and_then(|node| reader.text(node));
    if let Some(tactic) = &tactic
        && !is_tactic(&tactic.value)
    {
        let message = bilingual!(
            "en taktik er et stort bogstav og et tal, f.eks. \"A1\"",
            "a tactic is a capital letter and a number, such as \"A1\""
        );
        reader.error(Code::WrongValue, tactic.span.clone(), message);
    }
    let kind = node("kind").and_then(|node| reader.one_of(node, key::KINDS));
    let points = node("points").and_then(|node| reader.number(node, 0, 5));
    let life = node("life").map_or(Some(0), |node| reader.one_of(node, key::LIVES));
    let fills = node("fills").and_then(|node| reader.some_of(node, key::SLOTS));
    let answers = node("answers").and_then(|node| reader.some_of(node, key::QUESTIONS));
    let unless = texts(reader, table, "unless");
    let examples = texts(reader, table, "examples");
    let counter_examples = texts(reader, table, "counter_examples");
    let action = node("action").and_then(|node| reader.one_of(node, key::ACTIONS));
    let i_mean_it = node("i_mean_it").and_then(|node| reader.flag(node));
    let before_these = reader.problems.errors();
    let phrases = texts(reader, table, "phrases");
    let regex = texts(reader, table, "regex");
    let when = node("when")
        .map(|node| condition::read(reader, node))
        .unwrap_or_default();
    let lines = std::mem::take(&mut reader.lines);
    let are_right = reader.problems.errors() == before_these;
    if are_right && phrases.is_empty() && regex.is_empty() && when.is_empty() {
        let message = bilingual!(
            "denne regel har hverken vendinger, regex eller betingelser og kan aldrig ramme",
            "this rule has neither phrases nor regex nor conditions and can never hit"
        );
        reader.error(Code::NothingToMatch, span.clone(), message);
    }
    if reader.problems.errors() > before {
        return None;
    }
    Some(Written {
        span,
        id: id?,
        name: name?,
        description: description.unwrap_or_default(),
        tactic: tactic?.value,
        kind: KINDS[kind?],
        points: u8::try_from(points?).ok()?,
        life: LIVES[life?],
        fills: fills
            .unwrap_or_default()
            .into_iter()
            .map(|at| Slot::ALL[at])
            .collect(),
        answers: answers
            .unwrap_or_else(|| vec![0, 1, 2, 3])
            .into_iter()
            .map(|at| QUESTIONS[at])
            .collect(),
        phrases,
        unless,
        regex,
        action: action.map(|at| ACTIONS[at]),
        when,
        lines,
        i_mean_it: i_mean_it.unwrap_or(false),
        examples,
        counter_examples,
    })
}

fn texts(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str) -> Vec<Text> {
    let node = table.get(key);
    node.map(|node| reader.texts(node)).unwrap_or_default()
}

fn line(reader: &mut Reader<'_>, node: &toml::Spanned<DeValue<'_>>) -> Option<String> {
    let text = reader.text(node)?;
    let value = text.value.split_whitespace().collect::<Vec<_>>().join(" ");
    if value.is_empty() || value.chars().count() > MAX_TEXT_CHARS {
        let message = bilingual!(
            "her skal der stå en tekst på 1 til {MAX_TEXT_CHARS} tegn",
            "expected a text of 1 to {MAX_TEXT_CHARS} characters"
        );
        reader.error(Code::WrongValue, text.span, message);
        return None;
    }
    Some(value)
}

fn is_id(id: &str) -> bool {
    (1..=60).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn is_tactic(tactic: &str) -> bool {
    let mut bytes = tactic.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_uppercase())
        && (2..=4).contains(&tactic.len())
        && bytes.all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_takes_the_ids_and_tactics_that_are_taken_here() {
        for (name, takes) in [("id", is_id as fn(&str) -> bool), ("tactic", is_tactic)] {
            let form = key::RULE.iter().find_map(|key| match key.value {
                key::Value::Formed(form) if key.name == name => Some(form),
                _ => None,
            });
            let form = regex::Regex::new(form.unwrap()).unwrap();
            let longest = "a".repeat(60);
            for text in [
                "a",
                "a-1",
                "-",
                "A",
                "æ",
                "a b",
                "",
                &longest,
                &format!("{longest}a"),
                "A1",
                "A123",
                "A1234",
                "a1",
                "AA1",
                "A1 ",
            ] {
                assert_eq!(form.is_match(text), takes(text), "{name}: {text}");
            }
        }
    }
}
