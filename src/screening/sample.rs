//! A line for tests: one number, the owner's phone rung at once, everything else as it comes; and a
//! call to it.

use crate::call::{Call, CallId, Caller, CallerNumber, Language, LineId, ProviderCallId, Target};

use super::hours::OpeningHours;
use super::line::{
    Attempt, Blocked, Closed, Languages, Line, Mode, NoAnswer, TargetedSellers, Whisper,
};
use super::profile::Profile;
use super::wording::{Tone, Wordings};

/// The line of an owner with this profile.
pub(crate) fn line(profile: Profile) -> Line {
    Line {
        id: LineId("demo".into()),
        numbers: vec!["+4570101010".parse().unwrap()],
        mode: Mode::Screen,
        languages: Languages::new(&Language::ALL).unwrap(),
        time_zone: jiff::tz::TimeZone::UTC,
        hours: OpeningHours::Always,
        closed: Closed::Connect,
        targeted_sellers: TargetedSellers::Connect,
        blocked: Blocked::Unanswered,
        no_answer: NoAnswer::Voicemail,
        whisper: Whisper::On { wait_seconds: 6 },
        expect: Vec::new(),
        wordings: Wordings::new(&profile, Tone::Plain),
        profile,
        attempts: vec![Attempt {
            targets: vec![Target::Number("+4520111111".parse().unwrap())],
            ring_seconds: 20,
        }],
        opinion: None,
    }
}

/// A call of somebody without a number, which has just begun.
pub(crate) fn call() -> Call {
    let now = "2026-11-24T10:00:00Z".parse().unwrap();
    Call::begin(
        CallId::new(now),
        ProviderCallId {
            provider: "test".into(),
            id: String::new(),
        },
        LineId("demo".into()),
        Language::Da,
        Caller::with_number(CallerNumber::Withheld),
        String::new(),
        now,
    )
}
