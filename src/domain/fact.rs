//! What an entry holds beside its move. With the move, it is all that is needed to rebuild every balance and record.

use borsh::{BorshDeserialize, BorshSerialize};

use super::encoding::Hash;
use super::ids::{ActivityId, ActivityKind, MemberId, PayoutId, SourceId, StatementId, Subject};
use super::payout::PayoutTerms;
use super::program::ProgramTerms;
use super::rules::RuleSet;
use super::savings::StatementTerms;

/// What an entry holds beside its move.
///
/// Variants are numbered by their place: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Fact {
    /// The terms of a programme.
    Program(ProgramTerms),
    /// A version of the rules.
    RuleSet(RuleSet),
    /// An activity.
    Activity(ActivityFact),
    /// The activity that was taken back.
    Reversal(ReversalFact),
    /// Declared savings.
    Statement(StatementTerms),
    /// The statement approved.
    StatementApproval(StatementId),
    /// The terms of a payout.
    Payout(PayoutTerms),
    /// A step over the members up to and with this one.
    PayoutStep(PayoutStep),
    /// The content fixed or signed.
    PayoutContent(PayoutContent),
    /// The payout it belongs to.
    PayoutAct(PayoutId),
}

/// What the log keeps of an activity. Attributes are beside the log, under the entry's note digest.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ActivityFact {
    /// What was done.
    pub kind: ActivityKind,
    /// Whose act it rests on.
    pub counterparty: Option<MemberId>,
    /// What it was about.
    pub subject: Option<Subject>,
    /// Value of the order it was about, in minor units.
    pub amount_minor: Option<i64>,
}

/// Which activity a reversal takes back.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ReversalFact {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity: the board it comes off.
    pub kind: ActivityKind,
}

/// How far a payout's step reaches.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutStep {
    /// The payout.
    pub payout: PayoutId,
    /// The last member looked at.
    pub through: MemberId,
}

/// What a payout's digest stands for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PayoutContent {
    /// The payout.
    pub payout: PayoutId,
    /// Digest of its content.
    pub digest: Hash,
}

impl Fact {
    /// The kind of activity whose credit the entry changes, if any.
    #[must_use]
    pub const fn activity_kind(&self) -> Option<&ActivityKind> {
        match self {
            Self::Activity(fact) => Some(&fact.kind),
            Self::Reversal(fact) => Some(&fact.kind),
            _ => None,
        }
    }
}
