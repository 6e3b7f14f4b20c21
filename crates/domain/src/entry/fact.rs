//! Facts: the content of an entry beside its move. Move and fact together are enough to rebuild every balance and
//! record.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::access::{AccessFact, Owners};
use crate::entry::adjustment::{AdjustmentFact, AdjustmentMove, SignedList};
use crate::entry::batch::{BatchContent, BatchStep, PayeeFact, PaymentName, PaymentPart, PaymentReport};
use crate::entry::earning::{ActivityFact, EarningFact};
use crate::entry::expiry::ExpiryStep;
use crate::entry::member::{MemberFact, MergeFact, ProposalFact};
use crate::entry::money::{ChoiceFact, ClosingContent, LapseFact, ListedWeight, LotFact};
use crate::entry::payout::{PayoutContent, PayoutReduction, PayoutStep, StatementContent};
use crate::entry::till::{HoldFact, RedemptionFact};

use crate::terms::batch::BatchTerms;
use crate::terms::expiry::CutOff;
use crate::terms::member::Profile;
use crate::terms::payout::PayoutTerms;
use crate::terms::program::{ProgramTerms, TermsUpdate};
use crate::terms::rules::set::RuleSet;
use crate::terms::savings::StatementTerms;
use crate::value::ids::{ActivityKind, BatchId, PayoutId, StatementId};

/// The content of an entry beside its move.
///
/// Variants are numbered by their order: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Fact {
    /// The terms of a programme.
    Program(ProgramTerms),
    /// A version of the rules.
    RuleSet(RuleSet),
    /// An activity.
    Activity(Box<ActivityFact>),
    /// News of an activity.
    Earning(Box<EarningFact>),
    /// Declared savings.
    Statement(StatementTerms),
    /// The statement that was rejected, or whose correction was.
    StatementDecision(StatementId),
    /// The terms of a payout.
    Payout(PayoutTerms),
    /// A step of a payout over the members up to this one.
    PayoutStep(PayoutStep),
    /// The payout's content that is fixed or signed.
    PayoutContent(PayoutContent),
    /// The payout that the act belongs to.
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
    /// The list of adjustments that somebody signed.
    SignedList(SignedList),
    /// A merger that needs a second person.
    Proposal(Box<ProposalFact>),
    /// Persons who become owners without another owner's word.
    Owners(Owners),
    /// A change of who may do what.
    AccessChange(Box<AccessFact>),
    /// What a programme is told of a member.
    Profile(Profile),
    /// The content of a statement that was approved.
    StatementContent(StatementContent),
    /// A member's choice, how the member wants money.
    Choice(ChoiceFact),
    /// A member's weight in the list of a payout.
    Listed(Box<ListedWeight>),
    /// A lot of money.
    Lot(Box<LotFact>),
    /// What is signed when the choices of a payout are closed.
    Closing(Box<ClosingContent>),
    /// A change of the programme's terms.
    TermsUpdate(TermsUpdate),
    /// Withheld money that lapses, or would.
    Lapse(Box<LapseFact>),
    /// The terms of a batch of payments.
    Batch(Box<BatchTerms>),
    /// A step of a batch over the members up to this one.
    BatchStep(BatchStep),
    /// The content of a batch that is fixed or signed.
    BatchContent(BatchContent),
    /// The batch that the act belongs to.
    BatchAct(BatchId),
    /// A lot that a payment draws, or that moves with it.
    Part(Box<PaymentPart>),
    /// What became of a payment.
    Report(Box<PaymentReport>),
    /// Where a member's money goes.
    Payee(Box<PayeeFact>),
    /// The payment that came back, and after which another may go to the same destination.
    Retry(PaymentName),
}

impl Fact {
    /// Returns the kind of activity whose credit the entry changes, if any; for an adjustment, its reason.
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

    /// Returns the payout for which the entry leaves fewer points reserved, if any.
    #[must_use]
    pub fn reduces(&self) -> Option<&PayoutId> {
        match self {
            Self::PayoutReduction(fact) => Some(&fact.payout),
            Self::AdjustmentMove(fact) => fact.payout.as_ref(),
            _ => None,
        }
    }

    /// Returns the points that the act gives back beside the entry's move: the rest of a hold that was captured in
    /// part.
    #[must_use]
    pub const fn released_beside(&self) -> i64 {
        match self {
            Self::Hold(fact) => fact.given_back,
            _ => 0,
        }
    }

    /// Returns the points that the act moves from those it gives back to the written-off bucket.
    #[must_use]
    pub const fn made_good_beside(&self) -> i64 {
        match self {
            Self::Hold(fact) => fact.made_good,
            Self::Redemption(fact) => fact.made_good,
            _ => 0,
        }
    }
}
