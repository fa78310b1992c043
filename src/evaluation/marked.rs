//! Calls that the owner marked, as conversations to learn from.

use super::recorded::Decided;
use super::{Conversation, Label, Outcome, Recorded, Turn};
use crate::call::{Call, Ground, Judged, Question, Treatment};

impl Conversation {
    /// What a marked call teaches: what the caller said, and whether he should get through. `None`
    /// where the mark does not tell, as a message is neither yes nor no, where the lists decided,
    /// and where nothing was heard or what was is forgotten.
    #[must_use]
    pub fn of_marked(call: &Call, mark: Judged) -> Option<Self> {
        let recorded = Recorded::of(call, Some(mark));
        if !matches!(recorded.decided, Decided::ByRules(_) | Decided::ByOwner) {
            return None;
        }
        let should = recorded.wanted()?;
        let ground = call.verdict.as_ref().map(|verdict| verdict.ground);
        let (label, outcome) = match (should, ground) {
            (Treatment::Message, _) => return None,
            (Treatment::Connect, Some(Ground::TargetedSeller)) => {
                (Label::TargetedSales, Outcome::Connect)
            }
            (Treatment::Connect, _) => (Label::Customer, Outcome::Connect),
            (Treatment::Reject, Some(Ground::Fraud)) => (Label::Scam, Outcome::Reject),
            (Treatment::Reject, Some(Ground::Machine)) => (Label::Robocall, Outcome::Reject),
            (Treatment::Reject, _) => (Label::UntargetedSales, Outcome::Reject),
        };
        let mut turns: Vec<Turn> = Vec::new();
        for (ask, words) in recorded.said() {
            match turns.iter_mut().find(|turn| turn.ask == ask) {
                Some(turn) => turn.say = format!("{} {words}", turn.say),
                None => turns.push(Turn {
                    ask,
                    say: words.to_owned(),
                }),
            }
        }
        turns
            .iter()
            .any(|turn| turn.ask == Question::Open)
            .then(|| Self {
                id: call.id.to_string(),
                lang: call.language,
                label,
                hard: false,
                accept: vec![outcome],
                turns,
            })
    }
}
