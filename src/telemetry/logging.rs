//! Log lines: which, and how they are written.

use std::collections::BTreeMap;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

#[cfg(feature = "otlp")]
use super::otlp::Traces;

/// What is logged where nothing else is said.
const DEFAULT_FILTER: &str = "info,sled=warn,hyper=warn";

/// How log lines are written, all of them to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Human {
        /// Whether a terminal shows them, so that colours help.
        coloured: bool,
    },
    /// An object a line, for machines.
    Json,
}

/// What is logged, and how.
#[derive(Debug)]
pub struct Logging {
    filter: EnvFilter,
    format: LogFormat,
}

/// Why logging cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// `PORTNER_LOG` cannot be read.
    #[error(
        "PORTNER_LOG: {0:?} cannot be read; write a level such as debug, or portner=debug,warn"
    )]
    Filter(String, #[source] tracing_subscriber::filter::ParseError),
    /// `PORTNER_LOG_FORMAT` is not a format.
    #[error("PORTNER_LOG_FORMAT: {0:?} is not a format; write human or json")]
    Format(String),
    /// Somebody else set it up before.
    #[error("logging was set up already")]
    Twice(#[source] tracing::subscriber::SetGlobalDefaultError),
}

impl Logging {
    /// Reads `PORTNER_LOG` (levels, as of `tracing`) and `PORTNER_LOG_FORMAT` (`human` or `json`).
    /// Without a format, terminals get lines for people and everything else gets JSON.
    ///
    /// # Errors
    /// [`LogError`], naming the variable.
    pub fn from_variables(
        variables: &BTreeMap<String, String>,
        terminal: bool,
    ) -> Result<Self, LogError> {
        let variable = |name| {
            variables
                .get(name)
                .map(|value| value.trim())
                .filter(|value| !value.is_empty())
        };
        let wanted = variable("PORTNER_LOG").unwrap_or(DEFAULT_FILTER);
        let filter = EnvFilter::builder()
            .parse(wanted)
            .map_err(|source| LogError::Filter(wanted.to_owned(), source))?;
        let format = match variable("PORTNER_LOG_FORMAT") {
            Some("json") => LogFormat::Json,
            Some("human") => LogFormat::Human { coloured: terminal },
            Some(other) => return Err(LogError::Format(other.to_owned())),
            None if terminal => LogFormat::Human { coloured: true },
            None => LogFormat::Json,
        };
        Ok(Self { filter, format })
    }

    /// Sets logging up for the whole process, once.
    ///
    /// # Errors
    /// [`LogError::Twice`] when it was set up before.
    pub fn install(self) -> Result<Installed, LogError> {
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        match self.format {
            LogFormat::Json => {
                let lines = lines.json().flatten_event(true).with_span_list(false);
                begin(self.filter, lines)
            }
            LogFormat::Human { coloured: true } => begin(self.filter, lines.compact()),
            LogFormat::Human { coloured: false } => {
                begin(self.filter, lines.compact().with_ansi(false))
            }
        }
    }
}

/// Logging as it was set up, to be kept for as long as the program runs: when it goes, it hands over
/// what a collector of traces still lacks.
#[must_use = "what is still to be told is handed over when this goes"]
pub struct Installed {
    #[cfg(feature = "otlp")]
    _traces: Option<Traces>,
}

#[cfg(not(feature = "otlp"))]
fn begin(
    filter: EnvFilter,
    lines: impl Layer<Registry> + Send + Sync,
) -> Result<Installed, LogError> {
    let subscriber = tracing_subscriber::registry().with(lines).with(filter);
    tracing::subscriber::set_global_default(subscriber).map_err(LogError::Twice)?;
    Ok(Installed {})
}

/// What is logged is no matter of the traces, so each has a filter of its own.
#[cfg(feature = "otlp")]
fn begin(
    filter: EnvFilter,
    lines: impl Layer<Registry> + Send + Sync,
) -> Result<Installed, LogError> {
    let traces = Traces::begin();
    let layer = traces
        .as_ref()
        .ok()
        .and_then(Option::as_ref)
        .map(Traces::layer);
    let subscriber = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(layer);
    tracing::subscriber::set_global_default(subscriber).map_err(LogError::Twice)?;
    let traces = traces.unwrap_or_else(|error| {
        tracing::error!(%error, "no traces are sent; calls are answered all the same");
        None
    });
    Ok(Installed { _traces: traces })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logging(variables: &[(&str, &str)], terminal: bool) -> Result<LogFormat, String> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Logging::from_variables(&variables, terminal)
            .map(|logging| logging.format)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn terminals_get_lines_for_people() {
        assert_eq!(logging(&[], true), Ok(LogFormat::Human { coloured: true }));
        assert_eq!(logging(&[], false), Ok(LogFormat::Json));
        let human = [("PORTNER_LOG_FORMAT", "human"), ("PORTNER_LOG", "debug")];
        assert_eq!(
            logging(&human, false),
            Ok(LogFormat::Human { coloured: false })
        );
        assert_eq!(
            logging(&[("PORTNER_LOG_FORMAT", "json")], true),
            Ok(LogFormat::Json)
        );
    }

    #[test]
    fn mistakes_name_the_variable() {
        let format = logging(&[("PORTNER_LOG_FORMAT", "xml")], true).unwrap_err();
        assert!(format.contains("PORTNER_LOG_FORMAT") && format.contains("json"));
        let filter = logging(&[("PORTNER_LOG", "portner=loud")], true).unwrap_err();
        assert!(filter.contains("PORTNER_LOG") && filter.contains("loud"));
    }
}
