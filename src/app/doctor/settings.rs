//! Whether the settings can be used.

use std::path::Path;

use super::Findings;
use crate::config::{Config, ConfigErrors, FILE_NAME, Origin, Severity};

/// Whether the settings can be used.
pub(super) fn look(read: &Result<Config, ConfigErrors>, findings: &mut Findings) {
    match read {
        Ok(config) => {
            let from = config.file.as_ref().map_or_else(
                || {
                    findings
                        .say(
                            "Ingen fil: det, der gælder, hvor intet er sat",
                            "no file: what holds where nothing is set",
                        )
                        .to_owned()
                },
                |file| file.display().to_string(),
            );
            let found = findings.say(format!("Indstillingerne virker: {from}"), from.clone());
            findings.good("settings", found);
            told(&config.warnings, findings);
        }
        Err(errors) => {
            let found = findings.say(
                "Indstillingerne kan ikke bruges",
                "the settings cannot be used",
            );
            let mend = findings.say(
                "ret filen; intet andet kan ses efter før",
                "mend the file; nothing else can be looked at before",
            );
            findings.bad("settings", found, mend);
            told(errors, findings);
        }
    }
}

/// What is wrong or doubtful, one by one.
fn told(errors: &ConfigErrors, findings: &mut Findings) {
    for problem in &errors.problems {
        let place = match &problem.origin {
            Origin::File { line, .. } => {
                let file = errors.file.as_deref().unwrap_or(Path::new(FILE_NAME));
                let file = file.display();
                findings.say(
                    format!("I {file}, linje {line}: "),
                    format!("{file}:{line}: "),
                )
            }
            Origin::Variable(name) => format!("{name}: "),
            Origin::Default => String::new(),
        };
        let found = format!("{place}{}", problem.message.told_in(findings.language));
        let mend = problem.help.as_ref();
        let mend = mend.map_or("", |help| help.told_in(findings.language));
        match problem.severity {
            Severity::Error => findings.bad("settings", found, mend),
            Severity::Warning => findings.note("settings", found, mend),
        }
    }
}
