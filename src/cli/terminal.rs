//! The terminal: colours where there are eyes for them, widths, and writing that may be cut off.

use std::io::{self, IsTerminal as _, Write as _};

use crate::call;

/// A stream that people read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// What was asked for.
    Out,
    /// What went wrong, and how it goes.
    Err,
}

/// Whether to write colours: only on a terminal, and not when `NO_COLOR` is set.
pub(super) fn colours(stream: Stream) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
        || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    !refused
        && match stream {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        }
}

/// How to write emphasis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    coloured: bool,
}

impl Paint {
    pub(super) fn on(stream: Stream) -> Self {
        Self {
            coloured: colours(stream),
        }
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.coloured {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// What matters.
    pub(super) fn strong(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// What is good.
    pub(super) fn good(self, text: &str) -> String {
        self.wrap("1;32", text)
    }

    /// What is bad.
    pub(super) fn bad(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// What matters less.
    pub(super) fn faint(self, text: &str) -> String {
        self.wrap("2", text)
    }
}

/// Writes what was asked for.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Writes a value as JSON, indented.
pub(super) fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    Ok(print(&serde_json::to_string_pretty(value)?)?)
}

/// Says what went wrong. When nobody can read it, nobody can be told either.
pub(super) fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
}

/// So many of something, such as “1 error” and “2 errors”.
pub(super) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// Text that somebody else wrote, without anything that steers a terminal.
pub(super) fn harmless(text: &str) -> String {
    call::harmless(text).collect()
}
