//! What Portner tells about itself: log lines and figures. Not what it tells about callers:
//! numbers are masked before they come here, transcripts never come here.

mod alarms;
mod finding;
mod json;
mod logging;
mod metrics;

pub use alarms::{Alarm, AlarmKind, Alarms, News};
pub use finding::{Finding, Health};
pub use logging::{LogError, LogFormat, Logging};
pub use metrics::{
    Forgotten, JobOutcome, METRICS_TYPE, Metrics, Shed, Unrecorded, WebhookOutcome, Work,
};
