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
    let up = up(status["uptime_seconds"].as_u64().unwrap_or(0), findings);
    let version = status["version"].as_str().unwrap_or_default();
    let address = &running.address;
    let found = findings.say(
        format!("Tjenesten kører: version {version} på {address}, i {up}"),
        format!("version {version} at {address}, up {up}"),
    );
    findings.good(NAME, found);
}

/// So many seconds, as far as they matter.
fn up(seconds: u64, findings: &Findings) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => {
            let hours = seconds / 3_600;
            findings.say(format!("{hours} timer"), format!("{hours} hours"))
        }
    }
}
