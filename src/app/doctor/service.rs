//! Whether the service runs.

use super::{Findings, Running};

const NAME: &str = "service";

pub(super) fn look(running: Result<&Running, &str>, findings: &mut Findings) {
    let running = match running {
        Ok(running) => running,
        Err(why) => {
            let mend = findings.say("`portner serve` starter den", "`portner serve` starts it");
            findings.bad(NAME, why, mend);
            return;
        }
    };
    let status = &running.status;
    let seconds = status["uptime_seconds"].as_u64().unwrap_or(0);
    let version = status["version"].as_str().unwrap_or_default();
    let address = &running.address;
    let found = findings.say(
        format!("Tjenesten kører: version {version} på {address}, i {seconds} s"),
        format!("version {version} at {address}, up {seconds} s"),
    );
    findings.good(NAME, found);
}
