//! How far a conversation may go, how many are screened, and how long they are remembered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far a conversation may go.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The most questions put to a caller, the greeting's among them.
    #[schemars(range(min = 1, max = 4))]
    pub max_questions: u8,
    /// The longest time until it is decided what becomes of a caller, in seconds.
    #[schemars(range(min = 15, max = 90))]
    pub max_seconds: u16,
    /// The most turns of a call, the asking again included.
    #[schemars(range(min = 3, max = 20))]
    pub max_turns: u16,
    /// How long to wait for the beginning of an answer, in seconds.
    #[schemars(range(min = 2, max = 15))]
    pub answer_seconds: u8,
    /// How long a pause ends an answer, in seconds.
    #[schemars(range(min = 1, max = 5))]
    pub pause_seconds: u8,
    /// The longest message, in seconds.
    #[schemars(range(min = 10, max = 600))]
    pub message_seconds: u16,
}

impl Default for Limits {
    fn default() -> Self {
        let limits = crate::screening::line::Limits::default();
        Self {
            max_questions: limits.max_questions,
            max_seconds: limits.max_seconds,
            max_turns: limits.max_turns,
            answer_seconds: limits.answer_seconds,
            pause_seconds: limits.pause_seconds,
            message_seconds: limits.message_seconds,
        }
    }
}

/// How many calls are screened. Screening costs money; a call beyond these bounds rings the owner as
/// if nobody stood at the door. Calls that need no questions do not count.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Spend {
    /// The most calls in a minute.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub per_minute: u32,
    /// The most calls of one number in an hour.
    #[schemars(range(min = 1, max = 10_000))]
    pub per_caller: u32,
    /// The most calls in a day.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub per_day: u32,
}

impl Default for Spend {
    fn default() -> Self {
        let limits = crate::screening::line::SpendLimits::default();
        Self {
            per_minute: limits.per_minute,
            per_caller: limits.per_caller,
            per_day: limits.per_day,
        }
    }
}

/// How long what is known of callers is kept, in days from when they called; 0 keeps it for ever.
/// What is over is removed by itself, from every file of the store within a day. Numbers on your
/// lists stay until you take them off; where the entry ends, they go `words_days` after that. What a number has here can be written
/// out (`portner export`) and erased (`portner erase`) at any time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// What callers said, and the names they were announced by.
    #[schemars(range(min = 0, max = 3_650))]
    pub words_days: u16,
    /// Messages that callers left; the provider is told to remove them.
    #[schemars(range(min = 0, max = 3_650))]
    pub recordings_days: u16,
    /// Calls: number, time, verdict, and your marks.
    #[schemars(range(min = 0, max = 3_650))]
    pub calls_days: u16,
    /// What could not be told outside and was given up.
    #[schemars(range(min = 0, max = 3_650))]
    pub outbox_days: u16,
    /// What people did at the desk.
    #[schemars(range(min = 0, max = 3_650))]
    pub audit_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        let kept = crate::call::Retention::default();
        Self {
            words_days: kept.words_days,
            recordings_days: kept.recordings_days,
            calls_days: kept.calls_days,
            outbox_days: kept.outbox_days,
            audit_days: kept.audit_days,
        }
    }
}
