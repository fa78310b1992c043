//! The format of labelled conversations: one JSON object a line.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::call::{Language, Question};

/// What kind of caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Sells without having found out anything. Unwanted.
    UntargetedSales,
    /// A recording or a dialler. Unwanted.
    Robocall,
    /// Fraud. Unwanted.
    Scam,
    /// Sells, says so, and knows why exactly here.
    TargetedSales,
    /// Buys here, or wants to.
    Customer,
    /// The business buys there.
    Supplier,
    /// Family, friends, neighbours.
    Personal,
    /// Authorities, banks, hospitals, schools.
    Authority,
    /// Brings something.
    Delivery,
    /// Everybody else who has a right to call.
    OtherLegit,
}

impl Label {
    /// Every label, unwanted callers first.
    pub const ALL: [Self; 10] = [
        Self::UntargetedSales,
        Self::Robocall,
        Self::Scam,
        Self::TargetedSales,
        Self::Customer,
        Self::Supplier,
        Self::Personal,
        Self::Authority,
        Self::Delivery,
        Self::OtherLegit,
    ];

    /// Whether such a caller should not get through.
    #[must_use]
    pub fn is_unwanted(self) -> bool {
        matches!(self, Self::UntargetedSales | Self::Robocall | Self::Scam)
    }

    /// Whether such a caller is a customer, a supplier, an authority or a private caller: one whom
    /// nothing may reject.
    #[must_use]
    pub fn is_legitimate(self) -> bool {
        !self.is_unwanted() && self != Self::TargetedSales
    }

    /// The word for it in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UntargetedSales => "untargeted_sales",
            Self::Robocall => "robocall",
            Self::Scam => "scam",
            Self::TargetedSales => "targeted_sales",
            Self::Customer => "customer",
            Self::Supplier => "supplier",
            Self::Personal => "personal",
            Self::Authority => "authority",
            Self::Delivery => "delivery",
            Self::OtherLegit => "other_legit",
        }
    }
}

/// What became of a played conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The owner was rung.
    Connect,
    /// The caller may leave a message.
    Message,
    /// The caller got a no.
    Reject,
    /// Cut short while something was still being asked.
    Ask,
}

/// What the caller says when he is asked something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The question that this answers.
    pub ask: Question,
    /// The answer, as speech recognition wrote it.
    pub say: String,
}

/// A labelled conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its name, unique in its file.
    pub id: String,
    /// The language the caller speaks.
    pub lang: Language,
    /// What kind of caller it is.
    pub label: Label,
    /// Whether it looks like something else than it is.
    #[serde(default)]
    pub hard: bool,
    /// The outcomes that are right.
    #[serde(default)]
    pub accept: Vec<Outcome>,
    /// What the caller answers, question by question.
    pub turns: Vec<Turn>,
}

/// A line that is no conversation.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}:{column}: {reason}")]
pub struct ConversationError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub reason: String,
}

impl Conversation {
    /// Reads a file of conversations. Empty lines are passed over, and a byte order mark.
    ///
    /// # Errors
    /// The first line that is no conversation or has the name of another one, and where in it.
    pub fn read_all(file: &str, text: &str) -> Result<Vec<Self>, ConversationError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut places: HashMap<String, usize> = HashMap::new();
        let lines = (1..).zip(text.lines());
        lines
            .filter(|(_, line)| !line.trim().is_empty())
            .map(|(number, line)| {
                let wrong = |column, reason| ConversationError {
                    file: file.to_owned(),
                    line: number,
                    column,
                    reason,
                };
                let one: Self = serde_json::from_str(line)
                    .map_err(|error| wrong(error.column(), without_place(&error)))?;
                if let Some(first) = places.insert(one.id.clone(), number) {
                    let id = &one.id;
                    let reason = format!("line {first} has the id “{id}” already");
                    return Err(wrong(1, reason));
                }
                Ok(one)
            })
            .collect()
    }

    /// What the caller answers to this question.
    #[must_use]
    pub fn answer(&self, question: Question) -> Option<&str> {
        self.turns
            .iter()
            .find(|turn| turn.ask == question)
            .map(|turn| turn.say.as_str())
    }
}

/// What is wrong, without the place that is told before it.
fn without_place(error: &serde_json::Error) -> String {
    let told = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    told.strip_suffix(&place).unwrap_or(&told).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"id":"x","lang":"da","label":"customer","turns":[]}"#;

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let marked = format!("\u{feff}{ONE}\n");
        assert_eq!(Conversation::read_all("c", &marked).unwrap().len(), 1);
    }

    #[test]
    fn what_is_wrong_is_told_with_one_place() {
        let told = |text: &str| Conversation::read_all("c", text).unwrap_err().to_string();
        let wrong = told(&format!("{ONE}\n{{\"id\":1}}"));
        assert!(
            wrong.starts_with("c:2:") && !wrong.contains("column"),
            "{wrong}"
        );
        let twice = told(&format!("{ONE}\n\n{ONE}"));
        assert_eq!(twice, "c:3:1: line 1 has the id “x” already");
    }
}
