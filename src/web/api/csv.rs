//! Calls as a table for spreadsheets.

use crate::call::Language;
use crate::transfer::guarded;
use crate::web::error::Problem;
use crate::web::view::CallSummary;

const HEADER: [&str; 18] = [
    "id",
    "started_at",
    "ended_at",
    "line",
    "caller",
    "caller_name",
    "language",
    "verdict",
    "ground",
    "would_have",
    "disposition",
    "who",
    "what",
    "why",
    "said",
    "simulated",
    "mark",
    "mark_note",
];

/// The calls, one a row, as RFC 4180 has it, in UTF-8.
pub(super) fn write(calls: Vec<CallSummary>) -> Result<Vec<u8>, Problem> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    table.write_record(HEADER).map_err(Problem::internal)?;
    for call in calls {
        let (mark, note) = call.mark.map_or_else(Default::default, |mark| {
            (mark.judged.word(Language::En).to_owned(), mark.note)
        });
        let row = [
            call.id.to_string(),
            call.started_at.to_string(),
            call.ended_at.map(|end| end.to_string()).unwrap_or_default(),
            call.line.to_string(),
            call.caller.unwrap_or_default(),
            call.caller_name.unwrap_or_default(),
            call.language.code().to_owned(),
            call.verdict.map(word).unwrap_or_default(),
            call.ground.map(word).unwrap_or_default(),
            call.would_have.map(word).unwrap_or_default(),
            call.disposition.map(word).unwrap_or_default(),
            call.who.unwrap_or_default(),
            call.what.unwrap_or_default(),
            call.why.unwrap_or_default(),
            call.said.join(" / "),
            call.simulated.to_string(),
            mark,
            note,
        ];
        table
            .write_record(row.iter().map(|cell| guarded(cell)))
            .map_err(Problem::internal)?;
    }
    table.into_inner().map_err(Problem::internal)
}

/// The word that an enumeration is written with in JSON.
fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Disposition, Language};

    #[test]
    fn enumerations_are_written_as_in_json() {
        assert_eq!(word(Disposition::NotAnswered), "not_answered");
        assert_eq!(word(Language::Da), "da");
    }
}
