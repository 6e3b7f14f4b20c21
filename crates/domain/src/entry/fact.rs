//! What an entry holds beside its move. With the move, it is all that is needed to rebuild every balance and record.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::adjustment::{AdjustmentFact, AdjustmentMove};
use crate::entry::earning::{ActivityFact, EarningFact};
use crate::entry::expiry::ExpiryStep;
use crate::entry::member::{MemberFact, MergeFact};
use crate::entry::payout::{PayoutContent, PayoutReduction, PayoutStep};
use crate::entry::till::{HoldFact, RedemptionFact};

use crate::terms::expiry::CutOff;
use crate::terms::payout::PayoutTerms;
use crate::terms::program::ProgramTerms;
use crate::terms::rules::set::RuleSet;
use crate::terms::savings::StatementTerms;
use crate::value::ids::{ActivityKind, PayoutId, StatementId};

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
    Activity(Box<ActivityFact>),
    /// What was told of an activity.
    Earning(Box<EarningFact>),
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
    /// The payout, and the activity for which it was reduced.
    PayoutReduction(Box<PayoutReduction>),
    /// An adjustment.
    Adjustment(AdjustmentFact),
    /// The adjustment that a further move belongs to.
    AdjustmentMove(Box<AdjustmentMove>),
    /// An act on a member.
    Member(MemberFact),
    /// A merger of two members.
    Merge(Box<MergeFact>),
    /// A shop's hold.
    Hold(Box<HoldFact>),
    /// Points spent at the till.
    Redemption(Box<RedemptionFact>),
    /// A step of a cut-off at which points expire.
    ExpiryStep(ExpiryStep),
    /// The cut-off at which points expired.
    Expiry(CutOff),
}

impl Fact {
    /// The kind of activity whose credit the entry changes, if any; of an adjustment, its reason.
    #[must_use]
    pub fn activity_kind(&self) -> Option<&ActivityKind> {
        match self {
            Self::Activity(fact) => Some(&fact.kind),
            Self::Earning(fact) => fact.kind.as_ref(),
            Self::PayoutReduction(fact) => Some(&fact.kind),
            Self::Adjustment(fact) => Some(fact.reason.kind()),
            Self::AdjustmentMove(fact) => Some(fact.of.reason.kind()),
            _ => None,
        }
    }

    /// Whether it is an adjustment that takes points: what was used, of whatever was earned before.
    #[must_use]
    pub fn is_taken_by_adjustment(&self) -> bool {
        match self {
            Self::Adjustment(fact) => fact.points < 0,
            Self::AdjustmentMove(fact) => fact.of.points < 0,
            _ => false,
        }
    }

    /// The payout that has less set aside by the entry, if one has.
    #[must_use]
    pub fn reduces(&self) -> Option<&PayoutId> {
        match self {
            Self::PayoutReduction(fact) => Some(&fact.payout),
            Self::AdjustmentMove(fact) => fact.payout.as_ref(),
            _ => None,
        }
    }

    /// Points that the act of an entry gives back beside what the entry moves: the rest of a hold that was captured in part.
    #[must_use]
    pub const fn released_beside(&self) -> i64 {
        match self {
            Self::Hold(fact) => fact.given_back,
            _ => 0,
        }
    }

    /// Points that the act of an entry moves, of what it gives back, to what was written off.
    #[must_use]
    pub const fn made_good_beside(&self) -> i64 {
        match self {
            Self::Hold(fact) => fact.made_good,
            Self::Redemption(fact) => fact.made_good,
            _ => 0,
        }
    }
}
