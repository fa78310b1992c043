//! Many changes of one rule file, compiled one after the other: what the other files come to is worked
//! out once.

use super::classes::Classes;
use super::compile::{self, Builder};
use super::diagnostic::Problems;
use super::file::{self, RuleFile};
use super::findings::Findings;
use super::rule_set::{Compiled, RuleSet};
use super::{Lexicon, MAX_PACK_BYTES, Source};

/// All rule files but one, compiled as far as that one does not matter.
#[derive(Debug)]
pub struct Groundwork {
    fixed: Vec<Source>,
    lexicon: Lexicon,
    builder: Builder,
    classes: Classes,
    /// What the file that changes puts into classes: these belong to the ground.
    own_classes: Vec<(String, Vec<String>)>,
}

impl Groundwork {
    /// `fixed` are the files that stay, `changing` is the one that changes, as it stands.
    #[must_use]
    pub fn new(fixed: Vec<Source>, changing: &Source, lexicon: &Lexicon) -> Self {
        let mut problems = Findings::default();
        let mut files = compile::read(&fixed, &mut problems);
        let own = file::read(changing, &mut Findings::default());
        let own_classes = classes_of(&own);
        files.push((changing, own));
        let (mut builder, classes) = Builder::begin(&files, lexicon, problems);
        files.pop();
        for (source, file) in files {
            builder.rules(source, file);
        }
        Self {
            lexicon: lexicon.clone(),
            builder,
            classes,
            own_classes,
            fixed,
        }
    }

    /// The rules with this in the file that changes. They are what [`RuleSet::compile`] makes of all
    /// files, this one last.
    ///
    /// # Errors
    /// Everything that is wrong, warnings too, when at least one thing is an error.
    pub fn compile(&self, changed: &Source) -> Result<Compiled, Problems> {
        let mut problems = Findings::default();
        let file = file::read(changed, &mut problems);
        if classes_of(&file) != self.own_classes || self.bytes() + changed.text.len() > most_bytes()
        {
            let mut all = self.fixed.clone();
            all.push(changed.clone());
            return RuleSet::compile(&all, &self.lexicon);
        }
        let mut builder = self.builder.clone();
        builder.found(problems);
        builder.rules(changed, file);
        let all = self.fixed.iter().chain([changed]);
        let version = compile::version(all.clone(), &self.lexicon);
        let (rules, problems) = builder.finish(self.classes.clone(), version);
        Compiled::of(rules, problems.in_order(all))
    }

    fn bytes(&self) -> usize {
        self.fixed.iter().map(|source| source.text.len()).sum()
    }
}

fn most_bytes() -> usize {
    usize::try_from(MAX_PACK_BYTES).unwrap_or(usize::MAX)
}

fn classes_of(file: &RuleFile) -> Vec<(String, Vec<String>)> {
    let texts =
        |texts: &[super::reader::Text]| texts.iter().map(|text| text.value.clone()).collect();
    file.classes
        .iter()
        .map(|(name, entries)| (name.value.clone(), texts(entries)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Situation, shipped};
    use super::*;
    use crate::call::Question;

    fn file(text: &str) -> Source {
        Source {
            path: "mine.toml".into(),
            text: text.into(),
        }
    }

    fn rule(phrase: &str) -> Source {
        file(&format!(
            "version = 1\n[classes]\nfruit = [\"banan\", \"æble\"]\n[[rule]]\nid = \"mine\"\nname = \"Mine\"\ntactic = \"Z1\"\nkind = \"sell\"\npoints = 2\nphrases = [\"{phrase}\"]\n"
        ))
    }

    /// What both ways of compiling make of some sentences.
    fn agree(ground: &Groundwork, changed: &Source) {
        let mut all = shipped();
        all.push(changed.clone());
        let (whole, part) = (
            RuleSet::compile(&all, &Lexicon::default()),
            ground.compile(changed),
        );
        let (whole, part) = match (whole, part) {
            (Ok(whole), Ok(part)) => (whole.rules, part.rules),
            (Err(whole), Err(part)) => {
                assert_eq!(whole.0.len(), part.0.len(), "{whole} {part}");
                return;
            }
            (whole, part) => panic!("{whole:?} {part:?}"),
        };
        assert_eq!(whole.version(), part.version());
        assert_eq!(whole.rules(), part.rules());
        for text in [
            "Ja goddag, taler jeg med den IT-ansvarlige?",
            "jeg vil gerne sælge dig en banan",
            "my website is down and I need help",
            "vi har et æbletilbud på bananer",
        ] {
            let situation = Situation::default();
            assert_eq!(
                whole.read(text).evaluate(Question::Open, &situation),
                part.read(text).evaluate(Question::Open, &situation),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_compiled_in_parts_is_what_is_compiled_whole() {
        let ground = Groundwork::new(shipped(), &rule("en banan"), &Lexicon::default());
        for phrase in ["gerne {fruit}", "{nothing}", "["] {
            agree(&ground, &rule(phrase));
        }
        let other_classes = rule("{fruit}").text.replace("banan", "tilbud");
        agree(&ground, &file(&other_classes));
        let twice = rule("x y").text.replace("\"mine\"", "\"da-ask-role-it\"");
        agree(&ground, &file(&twice));
    }
}
