//! Reads TOML values with their places, and collects everything that is wrong on the way.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Source;
use super::diagnostic::{Code, Diagnostic};
use super::findings::Findings;
use super::key::Key;
use crate::call::{Bilingual, bilingual};

/// A text of a rule file and the place of its TOML string.
#[derive(Debug, Clone)]
pub(super) struct Text {
    /// What it says.
    pub value: String,
    /// Where the string stands in the file, quotes and all.
    pub span: Range<usize>,
}

/// A file being read, and what was found wrong with it.
pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub problems: &'a mut Findings,
    /// The lines that conditions name; whoever reads a rule takes them.
    pub lines: Vec<Text>,
}

type Table<'i> = DeTable<'i>;
type Node<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    pub fn error(&mut self, code: Code, span: Range<usize>, message: Bilingual) {
        self.problems
            .push(Diagnostic::error(code, self.source, span, message));
    }

    pub fn error_help(
        &mut self,
        code: Code,
        span: Range<usize>,
        message: Bilingual,
        help: Bilingual,
    ) {
        self.problems
            .push(Diagnostic::error(code, self.source, span, message).help(help));
    }

    /// Something that can be used and is hardly meant.
    pub fn doubt(&mut self, span: Range<usize>, message: Bilingual, help: Bilingual) {
        let problem = Diagnostic::warning(Code::NeverHolds, self.source, span, message);
        self.problems.push(problem.help(help));
    }

    /// Something that makes no difference, since it always holds.
    pub fn doubt_always(&mut self, span: Range<usize>) {
        let message = bilingual!(
            "denne betingelse holder altid",
            "this condition always holds"
        );
        let problem = Diagnostic::warning(Code::AlwaysHolds, self.source, span, message);
        self.problems.push(problem.help(bilingual!(
            "skriv noget i den, eller tag den ud",
            "put something in it, or take it out"
        )));
    }

    /// Doubts a list that nothing can be in.
    pub fn doubt_empty(&mut self, node: &Node<'_>) {
        if matches!(node.get_ref(), DeValue::Array(items) if items.is_empty()) {
            self.doubt(
                node.span(),
                bilingual!(
                    "listen er tom, så denne betingelse holder aldrig",
                    "the list is empty, so this condition never holds"
                ),
                bilingual!(
                    "skriv noget i den, eller tag den ud",
                    "put something in it, or take it out"
                ),
            );
        }
    }

    fn wrong(&mut self, node: &Node<'_>, wanted: &Bilingual) {
        let found = described(node.get_ref());
        let message = Bilingual::of(|language| {
            let (wanted, found) = (wanted.told_in(language), found.told_in(language));
            language.choose(
                format!("her skal der stå {wanted}, ikke {found}"),
                format!("expected {wanted}, found {found}"),
            )
        });
        self.error(Code::WrongValue, node.span(), message);
    }

    /// Complains of keys that are not in `known`, and of those that are required and missing.
    pub fn keys<'k>(
        &mut self,
        table: &Table<'_>,
        known: impl Iterator<Item = &'k Key> + Clone,
        place: Range<usize>,
    ) {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if known.clone().any(|known| known.name == name) {
                continue;
            }
            let names = known.clone().map(|key| key.name);
            let help = match nearest(name, names.clone()) {
                Some(near) => bilingual!("mente du `{near}`?", "did you mean `{near}`?"),
                None => {
                    let names = names.collect::<Vec<_>>().join(", ");
                    bilingual!("kendte nøgler: {names}", "known keys: {names}")
                }
            };
            let name = shorten(name);
            let message = bilingual!(
                "der er ingen nøgle `{name}` her",
                "there is no key `{name}` here"
            );
            self.error_help(Code::UnknownKey, key.span(), message, help);
        }
        for key in known {
            if let Some(danish) = key.required
                && !table.contains_key(key.name)
            {
                let name = key.name;
                let message = bilingual!("`{name}` mangler", "`{name}` is missing");
                let help = Bilingual::new(danish, key.about);
                self.error_help(Code::MissingKey, place.clone(), message, help);
            }
        }
    }

    pub fn text(&mut self, node: &Node<'_>) -> Option<Text> {
        match node.get_ref() {
            DeValue::String(value) => Some(Text {
                value: value.to_string(),
                span: node.span(),
            }),
            _ => {
                let wanted = bilingual!("en tekst i anførselstegn", "a text in quotes");
                self.wrong(node, &wanted);
                None
            }
        }
    }

    pub fn texts(&mut self, node: &Node<'_>) -> Vec<Text> {
        match node.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|item| self.text(item)).collect(),
            _ => {
                self.wrong(node, &a_list_of_texts());
                Vec::new()
            }
        }
    }

    pub fn flag(&mut self, node: &Node<'_>) -> Option<bool> {
        match node.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => {
                self.wrong(node, &bilingual!("true eller false", "true or false"));
                None
            }
        }
    }

    pub fn number(&mut self, node: &Node<'_>, least: i64, most: i64) -> Option<i64> {
        let value = match node.get_ref() {
            DeValue::Integer(value) => i64::from_str_radix(value.as_str(), value.radix()).ok(),
            _ => None,
        };
        let value = value.filter(|value| (least..=most).contains(value));
        if value.is_none() {
            let wanted = if least == most {
                bilingual!("{least}", "{least}")
            } else {
                bilingual!(
                    "et helt tal fra {least} til {most}",
                    "a whole number from {least} to {most}"
                )
            };
            self.wrong(node, &wanted);
        }
        value
    }

    /// One of the words; its place in the list.
    pub fn one_of(&mut self, node: &Node<'_>, words: &[&str]) -> Option<usize> {
        let text = self.text(node)?;
        let found = words.iter().position(|word| *word == text.value);
        if found.is_none() {
            let (written, words_known) = (shorten(&text.value), words.join(", "));
            let message = bilingual!(
                "“{written}” er ingen af {words_known}",
                "“{written}” is none of {words_known}"
            );
            match nearest(&text.value, words.iter().copied()) {
                Some(near) => {
                    let help = bilingual!("mente du \"{near}\"?", "did you mean \"{near}\"?");
                    self.error_help(Code::WrongValue, text.span, message, help);
                }
                None => self.error(Code::WrongValue, text.span, message),
            }
        }
        found
    }

    /// Some of the words; their places in the list.
    pub fn some_of(&mut self, node: &Node<'_>, words: &[&str]) -> Option<Vec<usize>> {
        let DeValue::Array(items) = node.get_ref() else {
            self.wrong(node, &a_list_of_texts());
            return None;
        };
        if items.is_empty() {
            let wanted = bilingual!("mindst én tekst", "at least one text");
            self.wrong(node, &wanted);
            return None;
        }
        Some(
            items
                .iter()
                .filter_map(|item| self.one_of(item, words))
                .collect(),
        )
    }

    /// A time of day such as `"08:30"`, in minutes after midnight.
    pub fn time(&mut self, node: &Node<'_>) -> Option<u16> {
        let text = self.text(node)?;
        let minutes = parse_time(&text.value);
        if minutes.is_none() {
            let written = shorten(&text.value);
            let message = bilingual!(
                "“{written}” er intet klokkeslæt",
                "“{written}” is not a time of day"
            );
            let help = bilingual!("skriv det som \"08:30\"", "write it as \"08:30\"");
            self.error_help(Code::WrongValue, text.span, message, help);
        }
        minutes
    }

    pub fn table<'t, 'i>(&mut self, node: &'t Node<'i>) -> Option<&'t Table<'i>> {
        match node.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => {
                self.wrong(node, &bilingual!("en tabel", "a table"));
                None
            }
        }
    }

    pub fn tables<'t, 'i>(&mut self, node: &'t Node<'i>) -> Vec<(&'t Table<'i>, Range<usize>)> {
        match node.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| Some((self.table(item)?, item.span())))
                .collect(),
            _ => {
                self.wrong(
                    node,
                    &bilingual!("en liste af tabeller", "a list of tables"),
                );
                Vec::new()
            }
        }
    }
}

fn parse_time(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute) = (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn a_list_of_texts() -> Bilingual {
    bilingual!(
        "en liste af tekster, f.eks. [\"…\", \"…\"]",
        "a list of texts, such as [\"…\", \"…\"]"
    )
}

fn described(value: &DeValue<'_>) -> Bilingual {
    match value {
        DeValue::String(text) => {
            let text = shorten(text);
            bilingual!("teksten “{text}”", "the text “{text}”")
        }
        DeValue::Integer(number) => bilingual!("tallet {number}", "the number {number}"),
        DeValue::Float(number) => bilingual!("tallet {number}", "the number {number}"),
        DeValue::Boolean(value) => bilingual!("{value}", "{value}"),
        DeValue::Datetime(_) => bilingual!("en dato", "a date"),
        DeValue::Array(_) => bilingual!("en liste", "a list"),
        DeValue::Table(_) => bilingual!("en tabel", "a table"),
    }
}

/// At most forty characters of a text, for messages.
pub(super) fn shorten(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(40)
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

/// The word that was probably meant.
pub(super) fn nearest<'n>(written: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if written.len() > 60 {
        return None;
    }
    known
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min()
        .map(|(_, name)| name)
}

/// Where a part of a text stands in the file: `within` is in bytes of the value, and the TOML
/// string may be written with escapes.
pub(super) fn locate(source: &str, text: &Text, within: Range<usize>) -> Range<usize> {
    let Some(raw) = source.get(text.span.clone()) else {
        return text.span.clone();
    };
    let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
        3
    } else {
        1
    };
    let mut at = quotes;
    if quotes == 3 {
        // The line end behind the quotation marks is no part of the text.
        let rest = &raw[at..];
        let after = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.strip_prefix('\n'));
        at += after.map_or(0, |after| rest.len() - after.len());
    }
    let escapes = raw.starts_with('"');
    let place = |target: usize, from: &mut usize, done: &mut usize| {
        while *done < target && *from < raw.len() {
            let rest = &raw[*from..];
            let Some(character) = rest.chars().next() else {
                break;
            };
            if escapes && character == '\\' {
                let (written, bytes) = escape(rest);
                *from += written;
                *done += bytes;
            } else {
                *from += character.len_utf8();
                *done += character.len_utf8();
            }
        }
        text.span.start + (*from).min(raw.len())
    };
    let mut done = 0;
    let start = place(within.start, &mut at, &mut done);
    let end = place(within.end, &mut at, &mut done);
    start..end.max(start)
}

/// How many bytes an escape has in the file, and how many it stands for.
fn escape(rest: &str) -> (usize, usize) {
    let digits = match rest.as_bytes().get(1) {
        Some(b'x') => 2,
        Some(b'u') => 4,
        Some(b'U') => 8,
        Some(byte) if byte.is_ascii_whitespace() => {
            let blank = rest[1..]
                .bytes()
                .take_while(u8::is_ascii_whitespace)
                .count();
            return (1 + blank, 0);
        }
        Some(_) => return (1 + rest[1..].chars().next().map_or(0, char::len_utf8), 1),
        None => return (1, 0),
    };
    let code = rest.get(2..2 + digits);
    let character = code
        .and_then(|code| u32::from_str_radix(code, 16).ok())
        .and_then(char::from_u32);
    match character {
        Some(character) => (2 + digits, character.len_utf8()),
        None => (2, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_place_of_a_part() {
        for (file, value, part) in [
            ("x = \"abc def\"", "abc def", "def"),
            ("x = 'abc def'", "abc def", "def"),
            ("x = \"a\\\"c def\"", "a\"c def", "def"),
            ("x = \"\\u00e6\\u00f8 def\"", "æø def", "def"),
            ("x = \"\"\"\nabc def\"\"\"", "abc def", "def"),
            ("x = \"\"\"\r\n\r\n\nabc def\"\"\"", "\r\n\nabc def", "def"),
        ] {
            let span = 4..file.len();
            let text = Text {
                value: value.into(),
                span,
            };
            let start = value.find(part).unwrap();
            let place = locate(file, &text, start..start + part.len());
            assert_eq!(&file[place], part, "{file}");
        }
    }

    #[test]
    fn reads_times() {
        assert_eq!(parse_time("08:30"), Some(510));
        for wrong in ["8:30", "24:00", "08:60", "0830", "+8:30"] {
            assert_eq!(parse_time(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn suggests_only_what_is_near() {
        let known = || ["phrases", "examples"].into_iter();
        assert_eq!(nearest("phrase", known()), Some("phrases"));
        assert_eq!(nearest("weather", known()), None);
    }
}
