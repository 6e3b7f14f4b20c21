//! Commands to a programme's ledger.

use crate::decide::acts::{PayAct, Step, TillAct};
use crate::entry::commands::CommandKind;
use crate::entry::earning::ClaimKey;
use crate::entry::money::ClosingContent;
use crate::entry::name::CommandName;
use crate::entry::told::Told;
use crate::terms::access::{AccessChange, PersonLogin};
use crate::terms::activity::Activity;
use crate::terms::adjustment::AdjustmentTerms;
use crate::terms::choice::Choice;
use crate::terms::member::{Profile, ShutOutReason};
use crate::terms::payout::{PayoutTerms, PoolAsked};
use crate::terms::program::{ProgramTerms, TermsUpdate};
use crate::terms::rules::book::Qualified;
use crate::terms::rules::set::{Holder, RuleSet};
use crate::terms::savings::StatementTerms;
use crate::value::encoding::{Hash, Note};
use crate::value::ids::{
    AccessChangeId, ActivityId, AdjustmentId, MemberId, MergerId, PayoutId, SourceId, StatementId, UpdateId,
};
use crate::value::local::LocalTime;
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

/// A well-formed command, ready to be decided.
#[derive(Debug, Clone)]
pub struct Command {
    /// Name of the command: the idempotency key.
    pub name: CommandName,
    /// Keyed digest of the client's values.
    pub digest: Hash,
    /// The principal who sent the command.
    pub principal: PrincipalId,
    /// Act that the command asks for.
    pub act: Act,
    /// Text that goes beside the log with the first entry.
    pub note: Option<Note>,
}

/// Act that a command asks for.
#[derive(Debug, Clone)]
pub enum Act {
    /// Create the programme.
    CreateProgram(ProgramTerms),
    /// Draw up a change of the programme's terms.
    UpdateProgram(TermsUpdate),
    /// Ask that everything that is withheld from a banned member lapse.
    LapseMoney(MemberId, ActivityId),
    /// Approve that withheld money lapses, if what is signed has this digest.
    ApproveLapse(MemberId, ActivityId, Hash),
    /// Reject that withheld money lapse.
    RejectLapse(MemberId, ActivityId),
    /// Approve a change of the programme's terms whose content has this digest.
    ApproveProgramUpdate(UpdateId, Hash),
    /// Reject a change of the programme's terms.
    RejectProgramUpdate(UpdateId),
    /// Publish the next version of the rules.
    PublishRuleSet(RuleSet),
    /// Record an activity.
    RecordActivity(Box<QualifiedActivity>),
    /// Tell news of an activity.
    Tell(Box<Telling>),
    /// Hold, spend or give back points at the till.
    Till(Box<TillAct>),
    /// Give or take points by a person's decision.
    AdjustPoints(Box<AdjustmentTerms>),
    /// Approve a proposed adjustment.
    ApproveAdjustment(AdjustmentId),
    /// Reject a proposed adjustment.
    RejectAdjustment(AdjustmentId),
    /// Take back the points that an adjustment gave.
    RevokeAdjustment(AdjustmentId),
    /// Give back the points of an adjustment that a ban, which was lifted since, had taken back.
    ReinstateAdjustment(AdjustmentId),
    /// Sign the approval of a list of adjustments. The approval of each is a command of its own.
    ApproveAdjustments(Box<AdjustmentList>),
    /// Sign the rejection of a list of adjustments. The rejection of each is a command of its own.
    RejectAdjustments(Box<AdjustmentList>),
    /// Shut a member out for now.
    SuspendMember(MemberId, ShutOutReason),
    /// End a member's suspension.
    ReinstateMember(MemberId),
    /// Set what the programme is told of a member.
    UpdateMemberProfile(MemberId, Profile),
    /// Ban a member.
    BanMember(MemberId, ShutOutReason),
    /// Record that a ban has taken everything back. The seq is that of the ban's entry.
    CompleteBan(MemberId, Seq),
    /// Ask to lift a member's ban.
    LiftBan(MemberId),
    /// Approve lifting a member's ban. The id of the command is that of the lifting.
    ApproveBanLift(MemberId),
    /// Reject lifting a member's ban. The id of the command is that of the lifting.
    RejectBanLift(MemberId),
    /// Record that a lifted ban has given everything back. The seq is that of the entry which lifted it.
    CompleteBanLift(MemberId, Seq),
    /// Move a member's points and money to another member, who is the same person.
    MergeMembers {
        /// The member that is merged away.
        from: MemberId,
        /// The member that is left.
        into: MemberId,
    },
    /// Approve a merger whose content has this digest.
    ApproveMerger(MergerId, Hash),
    /// Reject a merger.
    RejectMerger(MergerId),
    /// Declare savings.
    DeclareStatement(StatementTerms),
    /// Correct approved savings by the version of this number.
    CorrectStatement(StatementTerms, u32),
    /// Approve declared savings, or a correction, of this digest.
    ApproveStatement(StatementId, Hash),
    /// Reject declared savings, or a correction: the version of this number.
    RejectStatement(StatementId, u32),
    /// Begin a payout. [`PoolAsked::Rest`] takes all that is left, in place of the pool in the terms.
    CreatePayout(PayoutTerms, PoolAsked),
    /// Reserve points. The rows were summed up as of the entry.
    ReservePoints(PayoutId, Step<Eligible>, Seq),
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
    /// Reject, and begin to cancel.
    RejectPayout(PayoutId),
    /// Give points back.
    ReturnPoints(PayoutId, Step<MemberId>),
    /// Leave out members whose share would be below the minimum.
    ReleasePoints(PayoutId, Step<MemberId>),
    /// Record weights of a list.
    ListWeights(PayoutId, Step<Listed>),
    /// Choose how a member gets money; `None` takes the choice back.
    SetChoice(MemberId, Option<Choice>),
    /// Draw up the closing of a payout's choices.
    CloseChoices(Box<ClosingContent>),
    /// Sign the closing of this digest.
    ApproveClosing(PayoutId, Hash),
    /// Reject the closing of this digest.
    RejectClosing(PayoutId, Hash),
    /// Decide the lots of some members.
    DecideLots(PayoutId, Step<MemberId>),
    /// End the closing.
    CompleteClosing(PayoutId),
    /// Finish cancelling, and give the pool back to the statement.
    CompleteCancellation(PayoutId, StatementId),
    /// Let points expire.
    Expire(Box<Expiring>),
    /// Name the first persons of the programme.
    BeginAccess(Vec<PersonLogin>),
    /// Make a person an owner, at the machine itself.
    RecoverAccess(PersonLogin),
    /// Change who may do what.
    ChangeAccess(AccessChangeId, Box<AccessChange>),
    /// Approve a change of who may do what.
    ApproveAccessChange(AccessChangeId),
    /// Reject a change of who may do what.
    RejectAccessChange(AccessChangeId),
    /// An act on payments.
    Pay(Box<PayAct>),
}

/// A list of adjustments that somebody signs.
#[derive(Debug, Clone)]
pub struct AdjustmentList {
    /// Ids of the adjustments, ascending by their bytes, each once.
    pub ids: Vec<AdjustmentId>,
    /// Digest of the list as it was shown.
    pub digest: Hash,
}

/// An activity with the verdict of the rules of one epoch.
#[derive(Debug, Clone)]
pub struct QualifiedActivity {
    /// The source's own id of the activity.
    pub id: ActivityId,
    /// The activity.
    pub activity: Activity,
    /// Verdict of the rules.
    pub qualified: Qualified,
    /// Epoch of those rules. In another epoch the rules must judge again.
    pub epoch: i64,
    /// Time of the activity, by the clocks of the programme.
    pub local: LocalTime,
}

/// News of an activity, told before or after it is recorded.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// The news.
    pub told: Told,
    /// Time of the event that is told.
    pub occurred_at: Micros,
}

/// A step of a cut-off over some members, in the byte order of their ids.
#[derive(Debug, Clone)]
pub struct Expiring {
    /// Day of the cut-off.
    pub day: Day,
    /// The last member of the step before; `None` for the first step.
    pub after: Option<MemberId>,
    /// The last member that was looked at; `None` when there are no more.
    pub through: Option<MemberId>,
    /// Every member that was looked at and that the cut-off reaches, with the credit that expires.
    pub rows: Vec<Eligible>,
    /// The last entry that the rows count.
    pub as_of: Seq,
}

/// Points of a member that may be reserved, or that may expire.
#[derive(Debug, Clone)]
pub struct Eligible {
    /// The member.
    pub member: MemberId,
    /// Credit that counts, before the balance limits it.
    pub points: i64,
}

/// A row of the list of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The member.
    pub member: MemberId,
    /// Weight of the member, above zero.
    pub weight: i64,
}

/// One share to be posted.
#[derive(Debug, Clone)]
pub struct SharePosting {
    /// The member.
    pub member: MemberId,
    /// Points that become paid.
    pub points: i64,
    /// Money that becomes due, in minor units. It may be 0.
    pub share_minor: i64,
}

impl QualifiedActivity {
    /// Returns the exclusive key that the activity claims, if any.
    #[must_use]
    pub fn claim_key(&self) -> Option<ClaimKey> {
        Some((self.qualified.exclusive.as_ref()?.space.clone(), self.activity.exclusive_key.clone()?))
    }

    /// Returns the way to choose the activity that holds the key.
    #[must_use]
    pub fn holder(&self) -> Holder {
        self.qualified.exclusive.as_ref().map(|exclusive| exclusive.holder).unwrap_or_default()
    }
}

impl Act {
    /// Returns the type of the command, which is part of its name.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::CreateProgram(_) => CommandKind::CreateProgram,
            Self::UpdateProgram(_) => CommandKind::UpdateProgram,
            Self::LapseMoney(..) => CommandKind::LapseMoney,
            Self::ApproveLapse(..) => CommandKind::ApproveLapse,
            Self::RejectLapse(..) => CommandKind::RejectLapse,
            Self::ApproveProgramUpdate(..) => CommandKind::ApproveProgramUpdate,
            Self::RejectProgramUpdate(_) => CommandKind::RejectProgramUpdate,
            Self::PublishRuleSet(_) => CommandKind::PublishRuleSet,
            Self::RecordActivity(_) => CommandKind::RecordActivity,
            Self::Tell(telling) => telling.told.command_kind(),
            Self::Till(act) => act.kind(),
            Self::Pay(act) => act.kind(),
            Self::AdjustPoints(_) => CommandKind::AdjustPoints,
            Self::ApproveAdjustment(_) => CommandKind::ApproveAdjustment,
            Self::RejectAdjustment(_) => CommandKind::RejectAdjustment,
            Self::RevokeAdjustment(_) => CommandKind::RevokeAdjustment,
            Self::ReinstateAdjustment(_) => CommandKind::ReinstateAdjustment,
            Self::ApproveAdjustments(_) => CommandKind::ApproveAdjustments,
            Self::RejectAdjustments(_) => CommandKind::RejectAdjustments,
            Self::SuspendMember(..) => CommandKind::SuspendMember,
            Self::ReinstateMember(_) => CommandKind::ReinstateMember,
            Self::UpdateMemberProfile(..) => CommandKind::UpdateMemberProfile,
            Self::BanMember(..) => CommandKind::BanMember,
            Self::CompleteBan(..) => CommandKind::CompleteBan,
            Self::LiftBan(_) => CommandKind::LiftBan,
            Self::ApproveBanLift(_) => CommandKind::ApproveBanLift,
            Self::RejectBanLift(_) => CommandKind::RejectBanLift,
            Self::CompleteBanLift(..) => CommandKind::CompleteBanLift,
            Self::MergeMembers { .. } => CommandKind::MergeMembers,
            Self::ApproveMerger(..) => CommandKind::ApproveMerger,
            Self::RejectMerger(_) => CommandKind::RejectMerger,
            Self::DeclareStatement(_) => CommandKind::DeclareStatement,
            Self::CorrectStatement(..) => CommandKind::CorrectStatement,
            Self::ApproveStatement(..) => CommandKind::ApproveStatement,
            Self::RejectStatement(..) => CommandKind::RejectStatement,
            Self::CreatePayout(..) => CommandKind::CreatePayout,
            Self::ReservePoints(..) => CommandKind::ReservePoints,
            Self::CompleteDraft(_) => CommandKind::CompleteDraft,
            Self::ApprovePayout(..) => CommandKind::ApprovePayout,
            Self::BeginExecution(_) => CommandKind::BeginExecution,
            Self::PostShares(..) => CommandKind::PostShares,
            Self::CompleteExecution(_) => CommandKind::CompleteExecution,
            Self::BeginCancellation(_) => CommandKind::BeginCancellation,
            Self::RejectPayout(_) => CommandKind::RejectPayout,
            Self::ReturnPoints(..) => CommandKind::ReturnPoints,
            Self::ReleasePoints(..) => CommandKind::ReleasePoints,
            Self::ListWeights(..) => CommandKind::ListWeights,
            Self::SetChoice(..) => CommandKind::SetChoice,
            Self::CloseChoices(_) => CommandKind::CloseChoices,
            Self::ApproveClosing(..) => CommandKind::ApproveClosing,
            Self::RejectClosing(..) => CommandKind::RejectClosing,
            Self::DecideLots(..) => CommandKind::DecideLots,
            Self::CompleteClosing(_) => CommandKind::CompleteClosing,
            Self::CompleteCancellation(..) => CommandKind::CompleteCancellation,
            Self::Expire(_) => CommandKind::ExpirePoints,
            Self::BeginAccess(_) => CommandKind::BeginAccess,
            Self::RecoverAccess(_) => CommandKind::RecoverAccess,
            Self::ChangeAccess(..) => CommandKind::ChangeAccess,
            Self::ApproveAccessChange(_) => CommandKind::ApproveAccessChange,
            Self::RejectAccessChange(_) => CommandKind::RejectAccessChange,
        }
    }

    /// Returns the time of the event, if the sender gives one. Nobody gives a time for what the service itself tells.
    #[must_use]
    pub fn dated(&self) -> Option<Micros> {
        match self {
            Self::RecordActivity(activity) => Some(activity.activity.occurred_at),
            Self::Tell(telling) if telling.told.is_of_source() => Some(telling.occurred_at),
            Self::AdjustPoints(terms) => terms.occurred_at,
            _ => None,
        }
    }
}
