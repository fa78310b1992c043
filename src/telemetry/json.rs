//! Log lines as JSON, an object a line: when, level, the fields of the event, its target, and the span
//! that it happened in.
//!
//! Everything is written where it goes at once. The formatter that tracing-subscriber comes with makes
//! a tree of values of each span and reads that again for each event, which cost a call a tenth of its
//! processor time.

use std::fmt::{self, Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes an event as an object in a line of its own.
pub(super) struct Lines;

/// Writes fields as members of an object, without the braces around them.
pub(super) struct Members;

impl<S> FormatEvent<S, Members> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, Members>,
        mut line: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        line.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut line)?;
        write!(line, "\",\"level\":\"{}\"", event.metadata().level())?;
        let mut members = Writing::after_others(line.by_ref());
        event.record(&mut members);
        members.result?;
        write!(line, ",\"target\":\"{}\"", event.metadata().target())?;
        let parent = event.parent().and_then(|id| context.span(id));
        if let Some(span) = parent.or_else(|| context.lookup_current()) {
            line.write_str(",\"span\":{")?;
            if let Some(fields) = span.extensions().get::<FormattedFields<Members>>()
                && !fields.is_empty()
            {
                write!(line, "{fields},")?;
            }
            write!(line, "\"name\":\"{}\"}}", span.name())?;
        }
        line.write_str("}\n")
    }
}

impl<'w> FormatFields<'w> for Members {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut members = Writing {
            is_first: true,
            ..Writing::after_others(writer)
        };
        fields.record(&mut members);
        members.result
    }

    fn add_fields(
        &self,
        current: &'w mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        if !current.is_empty() {
            current.fields.push(',');
        }
        self.format_fields(current.as_writer(), fields)
    }
}

/// Members as they are written, and whether that worked so far.
struct Writing<'w> {
    writer: Writer<'w>,
    is_first: bool,
    result: fmt::Result,
}

impl<'w> Writing<'w> {
    fn after_others(writer: Writer<'w>) -> Self {
        Self {
            writer,
            is_first: false,
            result: Ok(()),
        }
    }

    fn member(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        if self.result.is_ok() {
            let comma = if self.is_first { "" } else { "," };
            self.is_first = false;
            let name = field.name().trim_start_matches("r#");
            self.result =
                write!(self.writer, "{comma}\"{name}\":").and_then(|()| value(&mut self.writer));
        }
    }
}

impl Visit for Writing<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, |line| match value.is_finite() {
            true => write!(line, "{value}"),
            false => line.write_str("null"),
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, |line| write!(line, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, |line| write!(line, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, |line| write!(line, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, |line| text(line, format_args!("{value}")));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.member(field, |line| text(line, format_args!("{value:?}")));
    }
}

/// A text between quotes.
fn text(line: &mut Writer<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    line.write_char('"')?;
    Escaped(line).write_fmt(text)?;
    line.write_char('"')
}

/// Writes what may stand between quotes (RFC 8259, 7).
struct Escaped<'a, 'w>(&'a mut Writer<'w>);

impl fmt::Write for Escaped<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let must_be = |byte: u8| byte < 0x20 || matches!(byte, b'"' | b'\\');
        let mut rest = text;
        while let Some(at) = rest.bytes().position(must_be) {
            let (plain, after) = rest.split_at(at);
            let (escaped, after) = after.split_at(1);
            self.0.write_str(plain)?;
            match escaped {
                "\"" | "\\" => write!(self.0, "\\{escaped}")?,
                "\n" => self.0.write_str("\\n")?,
                other => {
                    for byte in other.bytes() {
                        write!(self.0, "\\u{byte:04x}")?;
                    }
                }
            }
            rest = after;
        }
        self.0.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;
    use serde_json::{Value, json};
    use tracing::field::Empty;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The lines that are written while something is done.
    fn lines_of(work: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(Members)
            .event_format(Lines)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::with_default(subscriber, work);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_the_fields_of_the_event_and_of_its_span() {
        let mut lines = lines_of(|| {
            let span = tracing::info_span!("event", call.id = %7, late = Empty);
            let _in = span.enter();
            span.record("late", "yes");
            tracing::warn!(
                count = 3,
                part = 0.5,
                odd = f64::NAN,
                good = true,
                "it works"
            );
        });
        let mut line = lines.remove(0);
        let line = line.as_object_mut().unwrap();
        let at = line.remove("timestamp").unwrap();
        assert!(at.as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
        assert_eq!(
            Value::Object(line.clone()),
            json!({
                "level": "WARN",
                "message": "it works",
                "count": 3,
                "part": 0.5,
                "odd": null,
                "good": true,
                "target": "portner::telemetry::json::tests",
                "span": { "call.id": "7", "late": "yes", "name": "event" },
            })
        );
        assert!(lines.is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_said_comes_out_as_it_was(said in "[\\PC\\x00-\\x1f\"\\\\]{0,40}") {
            let lines = lines_of(|| {
                let _in = tracing::info_span!("event", said).entered();
                tracing::info!(said, shown = %said, "{said}");
            });
            let said = Value::String(said);
            prop_assert_eq!(lines.len(), 1);
            for place in ["/said", "/shown", "/message", "/span/said"] {
                prop_assert_eq!(lines[0].pointer(place), Some(&said));
            }
        }
    }
}
