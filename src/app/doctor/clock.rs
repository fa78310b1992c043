//! Whether our clock is that of whoever answered: of somebody else, such as the provider. Where none is
//! set, there is nobody to ask.

use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap};

use super::Findings;
use crate::call::{Clock as _, SystemClock};

/// How far the clock may be off, in seconds.
const MOST_SKEW: i64 = 30;

pub(super) fn look(headers: &HeaderMap, findings: &mut Findings) {
    let Some(theirs) = date(headers) else { return };
    let skew = SystemClock.now().as_second() - theirs.as_second();
    if skew.abs() > MOST_SKEW {
        let found = findings.say(
            format!("Maskinens ur går {skew} s forkert"),
            format!("this machine's clock is {skew} s off"),
        );
        let mend = findings.say(
            "lad den holde tiden (timedatectl set-ntp true)",
            "let it keep time (timedatectl set-ntp true)",
        );
        findings.bad("clock", found, mend);
    } else {
        let skew = skew.abs().max(1);
        let found = findings.say(
            format!("Uret går rigtigt inden for {skew} s"),
            format!("within {skew} s"),
        );
        findings.good("clock", found);
    }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::DateTimeParser::new()
        .parse_timestamp(date)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let mut headers = HeaderMap::new();
        headers.insert(DATE, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        assert_eq!(date(&headers).unwrap().to_string(), "1994-11-06T08:49:37Z");
    }
}
