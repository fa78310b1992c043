//! Whether the rules on disk can be used.

use super::{Findings, House};
use crate::app::policies;
use crate::rules::{self, Code, Lexicon, Severity};

pub(super) fn look(house: &House<'_>, findings: &mut Findings) {
    match policies::compile(house.config) {
        Ok((policies, warnings)) => {
            let rules = &policies.lines()[0].rules;
            let (count, version) = (rules.rules().len(), rules.version());
            let found = findings.say(
                format!("{count} regler, version {version}"),
                format!("{count} rules, version {version}"),
            );
            let missed = missed_examples(house);
            if missed > 0 {
                let found = findings.say(
                    format!(
                        "{found}; eksempler på dine regler, som ikke gør, hvad de skal: {missed}"
                    ),
                    format!(
                        "{found}; examples of your rules that do not do what they say: {missed}"
                    ),
                );
                let mend = findings.say("`portner check` viser dem", "`portner check` shows them");
                findings.bad("rules", found, mend);
            } else if warnings.is_empty() {
                findings.good("rules", found);
            } else {
                let warned = warnings.len();
                let found = findings.say(
                    format!("{found}, {warned} at se på"),
                    format!("{found}, {warned} warnings"),
                );
                let mend = findings.say("`portner check` viser dem", "`portner check` shows them");
                findings.note("rules", found, mend);
            }
        }
        Err(error) => {
            let mend = findings.say("`portner check` viser hvor", "`portner check` shows where");
            let found = error.told();
            findings.bad("rules", found.told_in(findings.language), mend);
        }
    }
}

/// How many examples of the owner's own rules are not as they should be, by the words of the first line.
fn missed_examples(house: &House<'_>) -> usize {
    let rules_of = &house.config.rules;
    let (Ok(own), Ok(all), Some(line)) = (
        rules_of.own(),
        policies::sources(house.config),
        house.config.lines.first(),
    ) else {
        return 0;
    };
    if own.is_empty() {
        return 0;
    }
    let report = rules::check(&all, &Lexicon(line.lexicon()));
    let missed = report.diagnostics.iter().filter(|problem| {
        problem.severity == Severity::Error
            && matches!(problem.code, Code::ExampleMissed | Code::CounterExampleHit)
            && own.iter().any(|source| source.path == problem.file)
    });
    missed.count()
}
