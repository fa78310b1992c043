//! Small changes of a rule file that leave everything else in it as it is written: comments, order,
//! blanks. What comes out is checked by whoever asked for it, like any other file.

use std::mem::discriminant;

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use crate::call::EvidenceKind;

/// A small change of a rule file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amendment {
    /// What a caller says that must not hit this rule.
    CounterExample {
        /// The rule's id.
        rule: String,
        /// His words.
        text: String,
    },
    /// A phrase that cancels the rule, with the counter-example that it is for.
    Unless {
        /// The rule's id.
        rule: String,
        /// The phrase.
        phrase: String,
        /// His words.
        text: String,
    },
    /// One more phrase for the rule, with the example that it is for.
    Phrase {
        /// The rule's id.
        rule: String,
        /// The phrase.
        phrase: String,
        /// His words.
        text: String,
    },
    /// Other points.
    Points {
        /// The rule's id.
        rule: String,
        /// How many.
        points: u8,
    },
    /// A rule at the end of the file.
    New(NewRule),
}

impl Amendment {
    /// Whether both do the same and differ by their points at most, or by the words that they are for.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        discriminant(self) == discriminant(other) && self.subject() == other.subject()
    }

    /// The rule that is changed, the phrase that it is changed by, and what a new one fills.
    fn subject(&self) -> (&str, &str, &[&'static str]) {
        match self {
            Self::CounterExample { rule, .. } | Self::Points { rule, .. } => (rule, "", &[]),
            Self::Unless { rule, phrase, .. } | Self::Phrase { rule, phrase, .. } => {
                (rule, phrase, &[])
            }
            Self::New(rule) => ("", &rule.phrase, &rule.fills),
        }
    }
}

/// A rule that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRule {
    /// Its id.
    pub id: String,
    /// What it sees, in plain words.
    pub name: String,
    /// The tactic or caller pattern it knows.
    pub tactic: String,
    /// What a hit is evidence of.
    pub kind: EvidenceKind,
    /// How strong the evidence is.
    pub points: u8,
    /// Which of the three H's a hit answers, as it is written.
    pub fills: Vec<&'static str>,
    /// What is looked for.
    pub phrase: String,
    /// What the caller said.
    pub example: String,
}

/// The file with the change in it; `None`, when the rule does not stand in it in the usual form,
/// or the file cannot be read. An empty file gets a first line.
#[must_use]
pub fn amend(text: &str, change: &Amendment) -> Option<String> {
    let text = if text.trim().is_empty() {
        "#:schema schema.json\nversion = 1\n"
    } else {
        text
    };
    let mut document: DocumentMut = text.parse().ok()?;
    match change {
        Amendment::CounterExample { rule, text } => {
            add(find(&mut document, rule)?, "counter_examples", text)?;
        }
        Amendment::Unless { rule, phrase, text } => {
            let table = find(&mut document, rule)?;
            add(table, "unless", phrase)?;
            add(table, "counter_examples", text)?;
        }
        Amendment::Phrase { rule, phrase, text } => {
            let table = find(&mut document, rule)?;
            add(table, "phrases", phrase)?;
            add(table, "examples", text)?;
        }
        Amendment::Points { rule, points } => {
            let old = find(&mut document, rule)?
                .get_mut("points")?
                .as_value_mut()?;
            let decor = old.decor().clone();
            *old = Value::from(i64::from(*points));
            *old.decor_mut() = decor;
        }
        Amendment::New(rule) => document
            .entry("rule")
            .or_insert(Item::ArrayOfTables(ArrayOfTables::new()))
            .as_array_of_tables_mut()?
            .push(written(rule)),
    }
    Some(document.to_string())
}

fn find<'d>(document: &'d mut DocumentMut, rule: &str) -> Option<&'d mut Table> {
    let rules = document.get_mut("rule")?.as_array_of_tables_mut()?;
    rules
        .iter_mut()
        .find(|table| table.get("id").and_then(Item::as_str) == Some(rule))
}

/// Adds a text to a list, written as its neighbours are.
fn add(table: &mut Table, key: &str, text: &str) -> Option<()> {
    if !table.contains_key(key) {
        table.insert(key, value(Array::new()));
    }
    let list = table.get_mut(key)?.as_array_mut()?;
    let mut new = Value::from(text);
    match list.iter().last().map(|last| last.decor().clone()) {
        Some(decor) if list.len() > 1 || list.trailing_comma() => {
            if let Some(prefix) = decor.prefix() {
                new.decor_mut().set_prefix(prefix.clone());
            }
            list.push_formatted(new);
        }
        _ => list.push(new),
    }
    Some(())
}

fn written(rule: &NewRule) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table.insert("id", value(&rule.id));
    table.insert("name", value(&rule.name));
    table.insert("tactic", value(&rule.tactic));
    let kind = super::key::KINDS
        .iter()
        .zip(super::file::KINDS)
        .find(|(_, kind)| *kind == rule.kind);
    table.insert("kind", value(kind.map_or("trust", |(word, _)| *word)));
    table.insert("points", value(i64::from(rule.points)));
    if !rule.fills.is_empty() {
        table.insert("fills", value(Array::from_iter(rule.fills.iter().copied())));
    }
    table.insert("phrases", value(Array::from_iter([rule.phrase.as_str()])));
    table.insert("examples", value(Array::from_iter([rule.example.as_str()])));
    table
}

/// How many lines are shown around a change.
const AROUND: usize = 3;

/// What changed in a file, as `diff -u` writes it: one hunk from the first changed line to the
/// last. Empty, when nothing did.
#[must_use]
pub fn unified_diff(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let shortest = old.len().min(new.len());
    let head = (0..shortest).take_while(|at| old[*at] == new[*at]).count();
    let tail = (0..shortest - head)
        .take_while(|at| old[old.len() - 1 - at] == new[new.len() - 1 - at])
        .count();
    let from = head.saturating_sub(AROUND);
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let after_lines = tail.min(AROUND);
    let count = |end: usize| end + after_lines - from;
    let start = |lines: usize| if lines == 0 { 0 } else { from + 1 };
    let mut text = format!(
        "--- a/{path}\n+++ b/{path}\n@@ -{},{} +{},{} @@\n",
        start(count(old_end)),
        count(old_end),
        start(count(new_end)),
        count(new_end)
    );
    let mut write = |sign: char, lines: &[&str]| {
        for line in lines {
            text.push(sign);
            text.push_str(line);
            if !line.ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    write(' ', &old[from..head]);
    write('-', &old[head..old_end]);
    write('+', &new[head..new_end]);
    write(' ', &old[old_end..old_end + after_lines]);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Lexicon, Source, check};

    const FILE: &str = r#"# My own rules
version = 1

[[rule]] # the first
id = "loans"
name = "Offers loans"
tactic = "D1"
kind = "sell"
points = 3 # strong
phrases = [
    "billigt lån", # cheap
    "lån <2> rente",
]
examples = ["vi har et billigt lån til jer"]

[[rule]]
id = "other"
name = "Other"
tactic = "D2"
kind = "sell"
points = 1
phrases = ["noget helt andet"]
examples = ["det er noget helt andet"]
"#;

    fn errors(text: &str) -> Vec<String> {
        let source = Source {
            path: "mine.toml".into(),
            text: text.to_owned(),
        };
        let report = check(&[source], &Lexicon::default());
        let messages = report.diagnostics.iter().map(|one| one.message.english());
        messages.map(str::to_owned).collect()
    }

    fn diff(change: &Amendment) -> String {
        let after = amend(FILE, change).unwrap();
        assert!(errors(&after).is_empty(), "{:?}", errors(&after));
        unified_diff("mine.toml", FILE, &after)
    }

    fn changed(diff: &str) -> Vec<&str> {
        diff.lines()
            .skip(3)
            .filter(|line| line.starts_with(['+', '-']))
            .collect()
    }

    #[test]
    fn only_what_is_meant_changes() {
        let rule = || "loans".to_owned();
        let points = diff(&Amendment::Points {
            rule: rule(),
            points: 2,
        });
        assert_eq!(
            changed(&points),
            ["-points = 3 # strong", "+points = 2 # strong"]
        );
        let phrase = diff(&Amendment::Phrase {
            rule: rule(),
            phrase: "samle din gæld".into(),
            text: "du kan samle din gæld hos os".into(),
        });
        assert!(phrase.contains("+    \"samle din gæld\",\n"), "{phrase}");
        assert!(
            phrase.contains("     \"billigt lån\", # cheap\n"),
            "{phrase}"
        );
        let unless = diff(&Amendment::Unless {
            rule: rule(),
            phrase: "mit billigt".into(),
            text: "mit billigt lån hos jer".into(),
        });
        assert!(
            unless.contains("+unless = [\"mit billigt\"]\n")
                && unless.contains("+counter_examples = [\"mit billigt lån hos jer\"]\n"),
            "{unless}"
        );
        assert!(
            amend(
                FILE,
                &Amendment::Points {
                    rule: "none".into(),
                    points: 1
                }
            )
            .is_none()
        );
        assert!(
            amend(
                "version = ",
                &Amendment::Points {
                    rule: rule(),
                    points: 1
                }
            )
            .is_none()
        );
    }

    #[test]
    fn a_new_rule_stands_at_the_end_of_the_file_or_in_a_new_one() {
        let rule = Amendment::New(NewRule {
            id: "feedback-1".into(),
            name: "As in the call of 1 March".into(),
            tactic: "Z1".into(),
            kind: EvidenceKind::Trust,
            points: 3,
            fills: vec!["what"],
            phrase: "den grønne".into(),
            example: "jo \"altså\" den grønne".into(),
        });
        let after = amend(FILE, &rule).unwrap();
        assert!(after.starts_with(FILE), "{after}");
        assert!(errors(&after).is_empty());
        let first = amend("", &rule).unwrap();
        assert!(
            first.starts_with("#:schema schema.json\nversion = 1\n"),
            "{first}"
        );
        assert!(errors(&first).is_empty());
        let diff = unified_diff("feedback.toml", "", &first);
        assert!(diff.contains("@@ -0,0 +1,"), "{diff}");
    }

    #[test]
    fn a_diff_is_one_that_patch_takes() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let after = "a\nb\nc\nd\nE\nf\ng\nh\n";
        assert_eq!(
            unified_diff("x", before, after),
            "--- a/x\n+++ b/x\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"
        );
        assert_eq!(unified_diff("x", before, before), "");
        let cut = unified_diff("x", "a", "b");
        assert_eq!(cut.matches("\\ No newline").count(), 2);
    }
}
