//! `lists`: the owner's list that the caller is on.

use super::{Condition, Kind};
use crate::call::{ListName, bilingual};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

const NAMES: &[&str] = &["allow", "wanted", "block"];

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "lists",
        value: Value::SomeOf(NAMES),
        about: "The caller is on one of these lists of the owner. Who is on allow or wanted is put \
                through before any rule is asked, and who is on block is refused; of him the rules \
                are asked what he says to that.",
        required: None,
    }],
    read: |table, reader| {
        let node = table.get("lists")?;
        let places = reader.some_of(node, NAMES)?;
        let lists: Vec<ListName> = places.into_iter().map(|at| ListName::ALL[at]).collect();
        if !lists.contains(&ListName::Block) {
            reader.doubt(
                node.span(),
                bilingual!(
                    "den, der står på allow eller wanted, bliver stillet igennem, før reglerne bliver spurgt, så dette holder aldrig",
                    "who is on allow or wanted is put through before any rule is asked, so this never holds"
                ),
                bilingual!(
                    "tag den ud: listen selv afgør det",
                    "take it out: the list itself decides"
                ),
            );
        }
        Some(Box::new(Lists(lists)))
    },
};

#[derive(Debug)]
struct Lists(Vec<ListName>);

impl Condition for Lists {
    fn holds(&self, situation: &Situation) -> bool {
        situation.list.is_some_and(|list| self.0.contains(&list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::condition::{doubts, holds, parsed};

    #[test]
    fn names_are_those_of_the_lists() {
        assert_eq!(NAMES, ListName::ALL.map(ListName::as_str));
    }

    #[test]
    fn compares() {
        let situation = Situation {
            list: Some(ListName::Wanted),
            ..Situation::default()
        };
        assert!(holds("{ lists = [\"wanted\"] }", &situation));
        assert!(!holds("{ lists = [\"block\", \"allow\"] }", &situation));
        assert!(!holds("{ lists = [\"wanted\"] }", &Situation::default()));
        assert!(parsed("{ lists = [] }").is_err());
    }

    #[test]
    fn rules_are_not_asked_about_who_is_put_through_at_once() {
        for (lists, doubtful) in [
            ("[\"allow\", \"wanted\"]", 1),
            ("[\"block\"]", 0),
            ("[\"wanted\", \"block\"]", 0),
        ] {
            assert_eq!(
                doubts(&format!("{{ lists = {lists} }}")).len(),
                doubtful,
                "{lists}"
            );
        }
    }
}
