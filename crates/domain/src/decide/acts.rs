//! Acts that have files of their own: at the till, and on payments; and the step, with which many members are gone over.

use crate::entry::batch::{PaymentName, PaymentReport};
use crate::entry::commands::CommandKind;
use crate::terms::batch::{BatchTerms, PayeeKind};
use crate::terms::till::{Asked, Place, Spending};
use crate::value::encoding::Hash;
use crate::value::ids::{BatchId, MemberId};
use crate::value::time::Micros;

/// A step over some members, in the byte order of their ids.
#[derive(Debug, Clone)]
pub struct Step<Row> {
    /// The last member of the step before; `None` for the first step.
    pub after: Option<MemberId>,
    /// The last member that was looked at.
    pub through: MemberId,
    /// Rows of the step, one for each member.
    pub rows: Vec<Row>,
}

impl<Row> Step<Row> {
    /// Makes the step over these rows, in the order of their members; `None` when there are no rows.
    pub fn over(
        after: Option<&MemberId>,
        rows: impl Iterator<Item = Row>,
        member: fn(&Row) -> &MemberId,
    ) -> Option<Self> {
        let rows: Vec<Row> = rows.collect();
        let through = member(rows.last()?).clone();
        Some(Self { after: after.cloned(), through, rows })
    }
}

/// Act that a shop asks for at the till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TillAct {
    /// Hold points.
    Hold(Asked, Micros),
    /// Spend held points: this many, or all. The rest is given back.
    Capture(Place, Option<i64>),
    /// Give held points back.
    Release(Place),
    /// Give back points whose hold has ended.
    Expire(Place),
    /// Spend points.
    Redeem(Asked),
    /// Give spent points back: this many, or all that are left.
    Refund(Place, Spending, Option<i64>),
}

impl TillAct {
    /// Returns the type of the command, which is part of its name.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Hold(..) => CommandKind::CreateHold,
            Self::Capture(..) => CommandKind::CaptureHold,
            Self::Release(_) => CommandKind::ReleaseHold,
            Self::Expire(_) => CommandKind::ExpireHold,
            Self::Redeem(_) => CommandKind::RedeemPoints,
            Self::Refund(..) => CommandKind::RefundRedemption,
        }
    }
}

/// An act on payments.
#[derive(Debug, Clone)]
pub enum PayAct {
    /// Begin a batch.
    CreateBatch(BatchTerms),
    /// Draw the lots of some members.
    DrawLots(BatchId, Step<MemberId>),
    /// Fix a batch's content.
    CompleteBatch(BatchId),
    /// Sign a batch's content.
    ApproveBatch(BatchId, Hash),
    /// Begin to release a batch.
    ReleaseBatch(BatchId),
    /// Send the money of some members.
    SendLots(BatchId, Step<MemberId>),
    /// Finish releasing.
    CompleteRelease(BatchId),
    /// Begin to cancel a batch.
    CancelBatch(BatchId),
    /// Give the money of some members back.
    LeaveOutLots(BatchId, Step<MemberId>),
    /// Finish cancelling.
    CompleteCancellation(BatchId),
    /// Report what became of a payment of which so much money was told; `None` where no amount was.
    Report(PaymentReport, Option<i64>),
    /// Set where a member's money goes: its kind, and its keyed digest.
    SetPayee(MemberId, PayeeKind, Hash),
    /// Remove where a member's money goes.
    RemovePayee(MemberId),
    /// Remove where a member's money goes, as nothing went there for long.
    ExpirePayee(MemberId),
    /// Allow another payment to where this one came back from.
    Retry(PaymentName),
}

impl PayAct {
    /// Returns the type of the command, which is part of its name.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::CreateBatch(_) => CommandKind::CreateBatch,
            Self::DrawLots(..) => CommandKind::DrawLots,
            Self::CompleteBatch(_) => CommandKind::CompleteBatch,
            Self::ApproveBatch(..) => CommandKind::ApproveBatch,
            Self::ReleaseBatch(_) => CommandKind::ReleaseBatch,
            Self::SendLots(..) => CommandKind::SendLots,
            Self::CompleteRelease(_) => CommandKind::CompleteRelease,
            Self::CancelBatch(_) => CommandKind::CancelBatch,
            Self::LeaveOutLots(..) => CommandKind::LeaveOutLots,
            Self::CompleteCancellation(_) => CommandKind::CompleteBatchCancellation,
            Self::Report(..) => CommandKind::ReportPayment,
            Self::SetPayee(..) => CommandKind::SetPayee,
            Self::RemovePayee(_) => CommandKind::RemovePayee,
            Self::ExpirePayee(_) => CommandKind::ExpirePayee,
            Self::Retry(_) => CommandKind::RetryPayment,
        }
    }
}
