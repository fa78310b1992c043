//! Whether the settings can be used.

use super::Findings;
use crate::config::{Config, ConfigErrors};

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
            if config.warnings.problems.is_empty() {
                let found = findings.say(format!("Indstillingerne virker: {from}"), from.clone());
                findings.good("settings", found);
            } else {
                let mend = findings.say(
                    "`portner config` viser, hvad der gælder",
                    "`portner config` shows what holds",
                );
                findings.note("settings", config.warnings.to_string(), mend);
            }
        }
        Err(errors) => {
            let mend = findings.say(
                "ret filen; intet andet kan ses efter før",
                "mend the file; nothing else can be looked at before",
            );
            findings.bad("settings", errors.to_string(), mend);
        }
    }
}
