//! What is said when a command fails.

use super::terminal;
use crate::config::ConfigErrors;

/// An error as it is shown on the terminal.
pub(super) fn describe(error: &anyhow::Error) -> String {
    match error.downcast_ref::<ConfigErrors>() {
        Some(errors) => errors.render(terminal::colours(terminal::Stream::Err)),
        None => format!(
            "{}: {}",
            terminal::Paint::on(terminal::Stream::Err).bad("error"),
            causes(error)
        ),
    }
}

/// An error and what led to it; a cause that was named already is not named again.
fn causes(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.ends_with(&cause) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
    }
    text
}

/// Whoever read our output has stopped reading: no fault of anybody.
pub(super) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}
