//! `all`, `any`, `not`: conditions made of conditions.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Condition, Conditions, Kind, all_known};
use crate::call::bilingual;
use crate::rules::key::{Key, Value};
use crate::rules::reader::Reader;
use crate::rules::situation::Situation;
use crate::rules::specificity::Specificity;

pub(super) const KIND: Kind = Kind {
    keys: &[
        Key {
            name: "all",
            value: Value::ManyConditions,
            about: "All of these tables of conditions hold.",
            required: None,
        },
        Key {
            name: "any",
            value: Value::ManyConditions,
            about: "At least one of these tables of conditions holds.",
            required: None,
        },
        Key {
            name: "not",
            value: Value::Conditions,
            about: "This table of conditions does not hold.",
            required: None,
        },
    ],
    read: |table, reader| {
        if let Some(node) = table.get("any") {
            reader.doubt_empty(node);
        }
        contradicted(table, reader);
        hold_always(table, reader);
        Some(Box::new(Logic {
            all: many(table, "all", reader),
            any: table
                .contains_key("any")
                .then(|| many(table, "any", reader)),
            not: table.get("not").map(|node| super::read(reader, node)),
        }))
    },
};

/// Doubts an `all` in which every table is empty, and an `any` in which one is.
fn hold_always(table: &DeTable<'_>, reader: &mut Reader<'_>) {
    let is_empty = |item: &Spanned<DeValue<'_>>| matches!(item.get_ref(), DeValue::Table(table) if table.is_empty());
    let all = table.get("all").filter(
        |node| matches!(node.get_ref(), DeValue::Array(items) if items.iter().all(is_empty)),
    );
    let any = table.get("any").filter(
        |node| matches!(node.get_ref(), DeValue::Array(items) if items.iter().any(is_empty)),
    );
    for node in all.into_iter().chain(any) {
        reader.doubt_always(node.span());
    }
}

/// Doubts a `not` that is all said to hold beside it, or says nothing.
fn contradicted(table: &DeTable<'_>, reader: &mut Reader<'_>) {
    let Some(node) = table.get("not") else { return };
    let DeValue::Table(not) = node.get_ref() else {
        return;
    };
    let written = |node: &Spanned<DeValue<'_>>| reader.source.text.get(node.span());
    let stands_beside = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        let beside = table.get(&**key);
        beside.is_some_and(|beside| written(beside) == written(value))
    };
    if not.iter().all(stands_beside) {
        reader.doubt(
            node.span(),
            bilingual!(
                "det, der ikke må holde her, skal holde ved siden af eller er tomt: det går aldrig op",
                "what must not hold here must hold beside it, or is nothing at all: that never comes true"
            ),
            bilingual!("tag det ene ud", "take one of them out"),
        );
    }
}

fn many(table: &DeTable<'_>, name: &str, reader: &mut Reader<'_>) -> Vec<Conditions> {
    match table.get(name).map(Spanned::get_ref) {
        Some(DeValue::Array(items)) => items.iter().map(|item| super::read(reader, item)).collect(),
        Some(_) => {
            // Says what is wrong with it.
            table.get(name).map(|node| reader.tables(node));
            Vec::new()
        }
        None => Vec::new(),
    }
}

#[derive(Debug)]
struct Logic {
    all: Vec<Conditions>,
    any: Option<Vec<Conditions>>,
    not: Option<Conditions>,
}

impl Condition for Logic {
    fn holds(&self, situation: &Situation) -> bool {
        let hold = |conditions: &Conditions| conditions.hold(situation);
        self.all.iter().all(hold)
            && self.any.as_ref().is_none_or(|any| any.iter().any(hold))
            && !self.not.as_ref().is_some_and(hold)
    }

    fn by_answer(&self, says: Specificity) -> Option<bool> {
        let known = |conditions: &Conditions| conditions.by_answer(says);
        let opposite = |known: Option<bool>| known.map(|holds| !holds);
        let none = |any: &Vec<Conditions>| all_known(any.iter().map(known).map(opposite));
        let any = self.any.as_ref().map(|any| opposite(none(any)));
        let not = self.not.as_ref().map(|not| opposite(known(not)));
        all_known(self.all.iter().map(known).chain(any).chain(not))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{doubts, holds, parsed};

    #[test]
    fn joins_conditions() {
        let situation = Situation {
            withheld: true,
            one_person: false,
            ..Situation::default()
        };
        assert!(holds(
            "{ any = [{ one_person = true }, { withheld = true }] }",
            &situation
        ));
        assert!(!holds(
            "{ all = [{ one_person = true }, { withheld = true }] }",
            &situation
        ));
        assert!(!holds("{ not = { withheld = true } }", &situation));
        assert!(holds(
            "{ not = { all = [{ one_person = true }, { withheld = true }] } }",
            &situation
        ));
        assert!(!holds("{ any = [] }", &situation));
    }

    #[test]
    fn what_the_answer_alone_tells_is_known_without_a_call() {
        let known = |text: &str| parsed(text).unwrap().by_answer(Specificity::General);
        let general = "{ says_at_most = \"general\" }";
        let concrete = "{ says_at_least = \"concrete\" }";
        let withheld = "{ withheld = true }";
        for (text, wanted) in [
            (general.to_owned(), Some(true)),
            (withheld.to_owned(), None),
            (format!("{{ not = {concrete} }}"), Some(true)),
            (format!("{{ not = {withheld} }}"), None),
            (format!("{{ any = [{concrete}, {withheld}] }}"), None),
            (format!("{{ any = [{general}, {withheld}] }}"), Some(true)),
            (format!("{{ all = [{concrete}, {withheld}] }}"), Some(false)),
        ] {
            assert_eq!(known(&text), wanted, "{text}");
        }
    }

    #[test]
    fn what_can_never_hold_is_doubted() {
        for never in [
            "{ any = [] }",
            "{ not = {} }",
            "{ hours = \"open\", not = { hours = \"open\" } }",
        ] {
            assert_eq!(doubts(never).len(), 1, "{never}");
        }
        for sound in [
            "{ any = [{ hours = \"open\" }] }",
            "{ hours = \"open\", not = { withheld = true } }",
            "{ hours = \"open\", not = { hours = \"open\", withheld = true } }",
        ] {
            assert!(doubts(sound).is_empty(), "{sound}");
        }
    }

    #[test]
    fn what_always_holds_is_doubted() {
        for always in [
            "{ all = [] }",
            "{ all = [{}] }",
            "{ hours = \"open\", any = [{ withheld = true }, {}] }",
        ] {
            assert_eq!(doubts(always), ["this condition always holds"], "{always}");
        }
        assert!(doubts("{ all = [{ withheld = true }, {}] }").is_empty());
    }

    #[test]
    fn complains_inside() {
        assert!(parsed("{ any = [{ hour = \"open\" }] }").is_err());
        assert!(parsed("{ any = { hours = \"open\" } }").is_err());
    }
}
