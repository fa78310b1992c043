//! How long what is known of callers is kept.

/// After how many days what is known of callers is removed, by kind; 0 for never.
///
/// What holds where nothing is set is what `docs/operations.md` gives the reasons for: enough to
/// see what the doorman did, not more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// What callers said.
    pub words_days: u16,
    /// Messages that were recorded.
    pub recordings_days: u16,
    /// Calls: number, time, verdict, marks.
    pub calls_days: u16,
    /// What could not be told outside and was given up.
    pub outbox_days: u16,
    /// What people did at the desk.
    pub audit_days: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            words_days: 30,
            recordings_days: 60,
            calls_days: 90,
            outbox_days: 30,
            audit_days: 365,
        }
    }
}
