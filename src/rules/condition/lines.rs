//! `lines`: the line that was called.

use super::{Condition, Kind};
use crate::rules::key::{Key, Value};
use crate::rules::situation::Situation;

pub(super) const KIND: Kind = Kind {
    keys: &[Key {
        name: "lines",
        value: Value::Texts { example: "shop" },
        about: "One of these lines was called, by their names in `portner.toml`.",
        required: None,
    }],
    read: |table, reader| {
        let node = table.get("lines")?;
        let texts = reader.texts(node);
        reader.doubt_empty(node);
        reader.lines.extend(texts.iter().cloned());
        let lines = texts.into_iter().map(|text| text.value).collect();
        Some(Box::new(Lines(lines)))
    },
};

#[derive(Debug)]
struct Lines(Vec<String>);

impl Condition for Lines {
    fn holds(&self, situation: &Situation) -> bool {
        self.0.contains(&situation.line.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::LineId;
    use crate::rules::condition::holds;

    #[test]
    fn compares() {
        let situation = Situation {
            line: LineId("shop".into()),
            ..Situation::default()
        };
        assert!(holds("{ lines = [\"shop\"] }", &situation));
        assert!(!holds("{ lines = [\"office\"] }", &situation));
    }
}
