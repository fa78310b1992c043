//! What Portner tells about itself: log lines, figures and, with the feature `otlp`, traces. Not what
//! it tells about callers: numbers are masked before they come here, transcripts never come here.

mod alarms;
mod finding;
mod logging;
mod metrics;
#[cfg(feature = "otlp")]
mod otlp;

pub use alarms::{Alarm, AlarmKind, Alarms, News};
pub use finding::{Finding, Health};
pub use logging::{Installed, LogError, LogFormat, Logging};
pub use metrics::{
    Forgotten, JobOutcome, METRICS_TYPE, Metrics, Shed, Unrecorded, WebhookOutcome, Work,
};
