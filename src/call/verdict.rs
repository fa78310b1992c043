//! What is decided about a call, and on which grounds.

use serde::{Deserialize, Serialize};

use super::{Question, Slot};

/// What becomes of a caller.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// The owner is rung.
    Connect,
    /// The caller may leave a message.
    Message,
    /// The caller gets a polite no.
    Reject,
}

/// What a rule's hit is evidence of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The caller is selling.
    Sell,
    /// The caller answers without saying anything.
    Evade,
    /// Fraud.
    Scam,
    /// A machine is calling.
    Machine,
    /// A real errand, a relation, honest research.
    Trust,
    /// An emergency, an authority, a school: never held up.
    Protected,
}

/// One rule that fired, with the words that made it fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Reason {
    /// The rule's id.
    pub rule: String,
    /// The rule's name in plain words.
    pub name: String,
    /// The tactic or caller pattern that the rule knows, such as `A1`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tactic: String,
    /// What it is evidence of.
    pub kind: EvidenceKind,
    /// How strong it is, 0 to 5.
    pub points: u8,
    /// The turn whose answer it was found in.
    pub turn: u16,
    /// The question that answer was given to.
    pub question: Question,
    /// The words that fired, as they were heard.
    pub words: Vec<String>,
    /// Where those words stand in the answer: beginnings and ends, in bytes.
    pub spans: Vec<(u32, u32)>,
    /// Which of the three H's the hit fills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Slot>,
    /// What the rule says directly, whatever the points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Treatment>,
    /// Counted, without effect: the rule is only on trial.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shadow: bool,
}

impl Reason {
    /// A reason without points, words or effect, found before anything was said.
    #[must_use]
    pub fn new(rule: impl Into<String>, kind: EvidenceKind) -> Self {
        Self {
            rule: rule.into(),
            name: String::new(),
            tactic: String::new(),
            kind,
            points: 0,
            turn: 0,
            question: Question::Open,
            words: Vec::new(),
            spans: Vec::new(),
            fills: Vec::new(),
            action: None,
            shadow: false,
        }
    }
}

/// Sums of evidence by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Score {
    /// Selling.
    pub sell: u16,
    /// Evasion.
    pub evade: u16,
    /// Fraud.
    pub scam: u16,
    /// A machine.
    pub machine: u16,
    /// A real errand or honest research.
    pub trust: u16,
    /// An emergency or an authority.
    pub protected: u16,
}

/// The principle by which a verdict fell. Each is a sentence that the owner can read.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The owner's allow list.
    Allowed,
    /// The owner's list of customers he wants.
    Wanted,
    /// The owner's block list.
    Blocked,
    /// Words that are never held up: accident, fire, hospital, school, police, alarm.
    Protected,
    /// A real errand.
    Errand,
    /// Sells, says so, and knows why exactly here.
    TargetedSeller,
    /// Sells, and cannot say why exactly here.
    UntargetedSelling,
    /// A campaign that the owner refused, nearly word for word.
    RefusedCampaign,
    /// The signs of fraud.
    Fraud,
    /// A recording is speaking.
    Machine,
    /// Two answers without content.
    Evasive,
    /// Sells, but too little is clear to say no.
    UnclearSelling,
    /// The last question got no clear answer: silence, or nothing that could be made out.
    Silent,
    /// The caller pressed a key for it or asked for it.
    CallerChose,
    /// Nothing speaks against the caller.
    BenefitOfDoubt,
    /// A rule says so directly.
    Rule,
    /// The owner said so when he was told who calls.
    OwnerDecided,
    /// Something of ours broke; the phone rings as if nobody stood at the door.
    FailOpen,
}

/// What was decided, and everything that made it so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    /// What becomes of the caller.
    pub treatment: Treatment,
    /// By which principle.
    pub ground: Ground,
    /// The sums that were weighed.
    pub score: Score,
    /// Which of the three H's were still unanswered.
    pub missing: Vec<Slot>,
    /// Which version of the rules judged.
    pub policy: String,
    /// On a line that only listens: what would have become of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_have: Option<Treatment>,
}
