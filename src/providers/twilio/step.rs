//! The addresses under `/webhooks/twilio/`: one for each moment of a call at which Twilio asks.
//! They are written here and read here.

use super::fields::{Fields, Twice};

/// A moment at which Twilio asks or tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A call comes in.
    Voice,
    /// A question was answered, or not.
    Heard {
        /// The turn that asked.
        turn: u16,
    },
    /// A destination picked up.
    Whisper {
        /// The `CallSid` of the caller's leg; the request itself is about the destination's.
        call: String,
        /// The ring that reached it.
        attempt: u16,
    },
    /// The destination pressed a key, or the time for it passed.
    Pressed {
        /// The `CallSid` of the caller's leg.
        call: String,
        /// The ring that reached it.
        attempt: u16,
    },
    /// Ringing the owner came to an end.
    Dialled {
        /// The ring.
        attempt: u16,
    },
    /// A message was spoken.
    Recorded {
        /// The turn that asked for it.
        turn: u16,
    },
    /// The sound of a message is ready.
    Recording {
        /// The turn that asked for it.
        turn: u16,
    },
    /// The state of the call changed.
    Status,
    /// The last answer was of no use to Twilio.
    Fallback,
}

/// Why an address is no step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoStep {
    /// There is no such moment.
    Unknown,
    /// The moment is one of the caller's leg, and its number is missing or wrong.
    Number,
    /// The moment is one of the owner's leg, and its query is not one that we write.
    OwnersLeg,
}

impl From<Twice> for NoStep {
    fn from(Twice: Twice) -> Self {
        Self::Number
    }
}

impl Step {
    /// The address below `base`, which ends with a slash.
    pub fn address(&self, base: &str) -> String {
        let (name, call, number) = match self {
            Self::Voice => ("voice", None, None),
            Self::Heard { turn } => ("heard", None, Some(("turn", turn))),
            Self::Whisper { call, attempt } => ("whisper", Some(call), Some(("attempt", attempt))),
            Self::Pressed { call, attempt } => ("pressed", Some(call), Some(("attempt", attempt))),
            Self::Dialled { attempt } => ("dialled", None, Some(("attempt", attempt))),
            Self::Recorded { turn } => ("recorded", None, Some(("turn", turn))),
            Self::Recording { turn } => ("recording", None, Some(("turn", turn))),
            Self::Status => ("status", None, None),
            Self::Fallback => ("fallback", None, None),
        };
        let Some((key, number)) = number else {
            return format!("{base}{name}");
        };
        let address = format!("{base}{name}?");
        let query_at = address.len();
        let mut query = form_urlencoded::Serializer::for_suffix(address, query_at);
        if let Some(call) = call {
            query.append_pair("call", call);
        }
        query.append_pair(key, &number.to_string()).finish()
    }

    /// Reads the end of an address and its query.
    pub fn read(name: &str, query: &Fields<'_>) -> Result<Self, NoStep> {
        let number = |key| -> Result<u16, NoStep> {
            let text = query.one(key)?.ok_or(NoStep::Number)?;
            text.parse().map_err(|_| NoStep::Number)
        };
        let owners_leg = || -> Result<(String, u16), NoStep> {
            let call = query.one("call")?.filter(|sid| is_call_sid(sid));
            Ok((call.ok_or(NoStep::Number)?.to_owned(), number("attempt")?))
        };
        Ok(match name {
            "voice" => Self::Voice,
            "heard" => Self::Heard {
                turn: number("turn")?,
            },
            "whisper" => {
                let (call, attempt) = owners_leg().map_err(|_| NoStep::OwnersLeg)?;
                Self::Whisper { call, attempt }
            }
            "pressed" => {
                let (call, attempt) = owners_leg().map_err(|_| NoStep::OwnersLeg)?;
                Self::Pressed { call, attempt }
            }
            "dialled" => Self::Dialled {
                attempt: number("attempt")?,
            },
            "recorded" => Self::Recorded {
                turn: number("turn")?,
            },
            "recording" => Self::Recording {
                turn: number("turn")?,
            },
            "status" => Self::Status,
            "fallback" => Self::Fallback,
            _ => return Err(NoStep::Unknown),
        })
    }
}

/// Whether this is how Twilio names a call: `CA` and 32 hexadecimal digits.
pub fn is_call_sid(text: &str) -> bool {
    is_sid(text, "CA")
}

/// Whether this is how Twilio names a recording: `RE` and 32 hexadecimal digits.
pub fn is_recording_sid(text: &str) -> bool {
    is_sid(text, "RE")
}

fn is_sid(text: &str, kind: &str) -> bool {
    text.strip_prefix(kind)
        .is_some_and(|rest| rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CALL: &str = "CA00000000000000000000000000000001";

    fn read(step: &str) -> Result<Step, NoStep> {
        let (name, query) = step.split_once('?').unwrap_or((step, ""));
        Step::read(name, &Fields::query(query))
    }

    #[test]
    fn a_broken_address_says_whose_leg_it_is_about() {
        assert_eq!(read("heard"), Err(NoStep::Number));
        assert_eq!(read("heard?turn=65536"), Err(NoStep::Number));
        assert_eq!(read("heard?turn=1&turn=2"), Err(NoStep::Number));
        assert_eq!(read("whisper?attempt=0"), Err(NoStep::OwnersLeg));
        assert_eq!(read("whisper?call=CA1&attempt=0"), Err(NoStep::OwnersLeg));
        assert_eq!(
            read(&format!("pressed?call={CALL}")),
            Err(NoStep::OwnersLeg)
        );
        assert_eq!(read("voice/"), Err(NoStep::Unknown));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(number: u16, which in 0..9_usize) {
            let call = CALL.to_owned();
            let step = [
                Step::Voice,
                Step::Heard { turn: number },
                Step::Whisper { call: call.clone(), attempt: number },
                Step::Pressed { call, attempt: number },
                Step::Dialled { attempt: number },
                Step::Recorded { turn: number },
                Step::Recording { turn: number },
                Step::Status,
                Step::Fallback,
            ][which].clone();
            let address = step.address("https://a.dk/webhooks/twilio/");
            prop_assert_eq!(read(&address["https://a.dk/webhooks/twilio/".len()..]), Ok(step));
        }
    }
}
