//! Commands: what may be asked of a programme's ledger.

use crate::entry::earning::ClaimKey;
use crate::entry::kinds::CommandKind;
use crate::entry::name::CommandName;
use crate::terms::activity::Activity;
use crate::terms::adjustment::AdjustmentTerms;
use crate::terms::member::ShutOutReason;
use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::program::ProgramTerms;
use crate::terms::rules::book::Qualified;
use crate::terms::rules::set::{Holder, RuleSet};
use crate::terms::savings::StatementTerms;
use crate::terms::till::{Asked, Place, Spending};
use crate::value::encoding::{Hash, Note};
use crate::value::ids::{ActivityId, AdjustmentId, MemberId, PayoutId, SourceId, StatementId};
use crate::value::principal::PrincipalId;
use crate::value::reason::Reason;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

/// A well-formed command, ready to be decided.
#[derive(Debug, Clone)]
pub struct Command {
    /// Its name: the idempotency key.
    pub name: CommandName,
    /// Keyed digest of the values its client gave.
    pub digest: Hash,
    /// Who sent it.
    pub principal: PrincipalId,
    /// What is asked.
    pub act: Act,
    /// Text that goes beside the log with its first entry.
    pub note: Option<Note>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub enum Act {
    /// Create the programme.
    CreateProgram(ProgramTerms),
    /// Publish the next version of the rules.
    PublishRuleSet(RuleSet),
    /// Record an activity.
    RecordActivity(Box<QualifiedActivity>),
    /// Tell something of an activity.
    Tell(Box<Telling>),
    /// Hold, spend or give back points at the till.
    Till(Box<TillAct>),
    /// Give or take points by a person's decision.
    AdjustPoints(Box<AdjustmentTerms>),
    /// Approve a proposed adjustment.
    ApproveAdjustment(AdjustmentId),
    /// Reject a proposed adjustment.
    RejectAdjustment(AdjustmentId),
    /// Take back what an adjustment gave.
    RevokeAdjustment(AdjustmentId),
    /// Shut a member out for now.
    SuspendMember(MemberId, ShutOutReason),
    /// End a member's suspension.
    ReinstateMember(MemberId),
    /// Shut a member out for good.
    BanMember(MemberId, ShutOutReason),
    /// Say that the ban which an entry records has taken everything back.
    CompleteBan(MemberId, Seq),
    /// Move what a member has to another, who is the same person.
    MergeMembers {
        /// Who is no more.
        from: MemberId,
        /// Who they are now.
        into: MemberId,
    },
    /// Declare savings.
    DeclareStatement(StatementTerms),
    /// Approve declared savings.
    ApproveStatement(StatementId),
    /// Begin a payout; with [`PoolAsked::Rest`], the pool of the terms is decided.
    CreatePayout(PayoutTerms, PoolAsked),
    /// Set points aside; what counts of them was summed up as of the entry.
    SetAside(PayoutId, Step<Eligible>, Seq),
    /// Fix a payout's content.
    CompleteDraft(PayoutId),
    /// Sign a payout's content.
    ApprovePayout(PayoutId, Hash),
    /// Begin to execute.
    BeginExecution(PayoutId),
    /// Post shares.
    PostShares(PayoutId, Step<SharePosting>),
    /// Finish.
    CompleteExecution(PayoutId),
    /// Begin to cancel.
    BeginCancellation(PayoutId),
    /// Give points back.
    ReturnPoints(PayoutId, Step<MemberId>),
    /// Finish cancelling, and give the pool back to the statement.
    CompleteCancellation(PayoutId, StatementId),
    /// Have points expire.
    Expire(Box<Expiring>),
}

/// An activity, with what the rules of one epoch say of it.
#[derive(Debug, Clone)]
pub struct QualifiedActivity {
    /// Its source's id of it.
    pub id: ActivityId,
    /// The activity.
    pub activity: Activity,
    /// What the rules say.
    pub qualified: Qualified,
    /// The epoch of those rules: with another, they must be asked again.
    pub epoch: i64,
    /// The programme's day on which it occurred.
    pub local_day: Day,
}

/// Something told of an activity, before or after it is recorded.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// What is told.
    pub told: Told,
    /// When that happened.
    pub occurred_at: Micros,
}

/// What is told of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It is taken back, for a reason.
    Reversed(Reason),
    /// Money of its amount was given back, in minor units.
    Refunded(i64),
    /// It was confirmed.
    Confirmed,
    /// A term of it is over.
    Settled,
}

/// A step of a payout over some members, in the byte order of their ids.
#[derive(Debug, Clone)]
pub struct Step<Row> {
    /// Where the step before ended; `None` for the first.
    pub after: Option<MemberId>,
    /// The last member looked at.
    pub through: MemberId,
    /// What to do.
    pub rows: Vec<Row>,
}

/// A step of a cut-off over some members, in the byte order of their ids.
#[derive(Debug, Clone)]
pub struct Expiring {
    /// Day of the cut-off.
    pub day: Day,
    /// Where the step before ended; `None` for the first.
    pub after: Option<MemberId>,
    /// The last member looked at; `None` when there are no more.
    pub through: Option<MemberId>,
    /// Every member looked at, with the credit that is past its time.
    pub rows: Vec<Eligible>,
    /// The entry up to which that was summed up.
    pub as_of: Seq,
}

/// Points of a member that may be set aside, or expire.
#[derive(Debug, Clone)]
pub struct Eligible {
    /// The member.
    pub member: MemberId,
    /// Credit that counts, before the balance is looked at.
    pub points: i64,
}

/// One share to be posted.
#[derive(Debug, Clone)]
pub struct SharePosting {
    /// The member.
    pub member: MemberId,
    /// Points that become paid.
    pub points: i64,
    /// Money that becomes due, in minor units; may be 0.
    pub share_minor: i64,
}

impl QualifiedActivity {
    /// The exclusive key it claims, if it does.
    #[must_use]
    pub fn claim_key(&self) -> Option<ClaimKey> {
        Some((self.qualified.exclusive.as_ref()?.space.clone(), self.activity.exclusive_key.clone()?))
    }

    /// Which activity holds that key.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.qualified.exclusive.as_ref().map(|exclusive| exclusive.holder).unwrap_or_default()
    }
}

impl<Row> Step<Row> {
    /// The step over these rows, in the order of their members; `None` when there are none.
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

impl Act {
    /// Type of the command: part of its name.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::CreateProgram(_) => CommandKind::CreateProgram,
            Self::PublishRuleSet(_) => CommandKind::PublishRuleSet,
            Self::RecordActivity(_) => CommandKind::RecordActivity,
            Self::Tell(telling) => match telling.told {
                Told::Reversed(_) => CommandKind::ReverseActivity,
                Told::Refunded(_) => CommandKind::RefundActivity,
                Told::Confirmed => CommandKind::ConfirmActivity,
                Told::Settled => CommandKind::SettleActivity,
            },
            Self::Till(act) => act.kind(),
            Self::AdjustPoints(_) => CommandKind::AdjustPoints,
            Self::ApproveAdjustment(_) => CommandKind::ApproveAdjustment,
            Self::RejectAdjustment(_) => CommandKind::RejectAdjustment,
            Self::RevokeAdjustment(_) => CommandKind::RevokeAdjustment,
            Self::SuspendMember(..) => CommandKind::SuspendMember,
            Self::ReinstateMember(_) => CommandKind::ReinstateMember,
            Self::BanMember(..) => CommandKind::BanMember,
            Self::CompleteBan(..) => CommandKind::CompleteBan,
            Self::MergeMembers { .. } => CommandKind::MergeMembers,
            Self::DeclareStatement(_) => CommandKind::DeclareStatement,
            Self::ApproveStatement(_) => CommandKind::ApproveStatement,
            Self::CreatePayout(..) => CommandKind::CreatePayout,
            Self::SetAside(..) => CommandKind::SetAside,
            Self::CompleteDraft(_) => CommandKind::CompleteDraft,
            Self::ApprovePayout(..) => CommandKind::ApprovePayout,
            Self::BeginExecution(_) => CommandKind::BeginExecution,
            Self::PostShares(..) => CommandKind::PostShares,
            Self::CompleteExecution(_) => CommandKind::CompleteExecution,
            Self::BeginCancellation(_) => CommandKind::BeginCancellation,
            Self::ReturnPoints(..) => CommandKind::ReturnPoints,
            Self::CompleteCancellation(..) => CommandKind::CompleteCancellation,
            Self::Expire(_) => CommandKind::ExpirePoints,
        }
    }

    /// When it happened, where whoever asks for it says so; a term ends when it is due, and nobody says so.
    #[must_use]
    pub fn dated(&self) -> Option<Micros> {
        match self {
            Self::RecordActivity(activity) => Some(activity.activity.occurred_at),
            Self::Tell(telling) if telling.told != Told::Settled => Some(telling.occurred_at),
            Self::AdjustPoints(terms) => terms.occurred_at,
            _ => None,
        }
    }
}

/// What is asked at the till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TillAct {
    /// Hold points.
    Hold(Asked, Micros),
    /// Spend held points: so many, or all. The rest is given back.
    Capture(Place, Option<i64>),
    /// Give held points back.
    Release(Place),
    /// Give back what was held too long.
    Expire(Place),
    /// Spend points.
    Redeem(Asked),
    /// Give spent points back: so many, or all that are left.
    Refund(Place, Spending, Option<i64>),
}

impl TillAct {
    /// Type of the command: part of its name.
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
