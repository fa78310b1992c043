//! Whether the rules on disk can be used.

use super::{Findings, House};
use crate::app::policies;

pub(super) fn look(house: &House<'_>, findings: &mut Findings) {
    match policies::compile(house.config) {
        Ok((policies, warnings)) => {
            let rules = &policies.lines()[0].rules;
            let (count, version) = (rules.rules().len(), rules.version());
            let found = findings.say(
                format!("{count} regler, version {version}"),
                format!("{count} rules, version {version}"),
            );
            if warnings.is_empty() {
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
