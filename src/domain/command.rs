//! Commands: what may be asked of a programme's ledger.

use std::sync::Arc;

use super::adjustment::AdjustmentTerms;
use super::decide::{adjustment, reads};
use super::earning::ClaimKey;
use super::encoding::{Hash, Note};
use super::entry::{CommandKind, CommandName, Entry, EntryKind, Reason, Seq};
use super::fact::EarningFact;
use super::fold::State;
use super::ids::{ActivityId, AdjustmentId, MemberId, PayoutId, PrincipalId, SourceId, StatementId};
use super::member::ShutOutReason;
use super::payout::PayoutTerms;
use super::program::ProgramTerms;
use super::record::RecordKey;
use super::rules::{Activity, Holder, Qualified, RuleSet};
use super::savings::StatementTerms;
use super::till::TillAct;
use super::time::{Day, Micros};

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
    /// The entry of the activity it follows, where the log was asked for it and no record of it is kept.
    pub followed: Option<Arc<Entry>>,
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
    /// The activity's entry, where the log was asked for it; `None` when it is not recorded.
    pub recorded: Option<Arc<Entry>>,
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

/// How much of a statement a payout asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolAsked {
    /// What the terms say.
    Stated,
    /// All that is left when the command is decided.
    Rest,
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

impl Told {
    /// What an entry tells of an activity; `None` when a source, or the end of a term, told nothing by it.
    #[must_use]
    pub fn of(entry: &Entry, fact: &EarningFact) -> Option<Self> {
        match entry.kind {
            EntryKind::ActivityReversed => Some(Self::Reversed(entry.reason?)),
            EntryKind::ActivityRefunded => Some(Self::Refunded(fact.refunded_minor)),
            EntryKind::ActivityConfirmed => Some(Self::Confirmed),
            EntryKind::ActivitySettled => Some(Self::Settled),
            _ => None,
        }
    }
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

    /// The command whose first entry the decision may need: that of the activity it tells of, or follows.
    #[must_use]
    pub fn refers(&self, source: &SourceId) -> Option<CommandName> {
        let (source, id) = match self {
            Self::Tell(telling) => (&telling.source, &telling.activity),
            Self::RecordActivity(activity) => (source, activity.activity.follows.as_ref()?),
            _ => return None,
        };
        Some(CommandName::recording(source.clone(), id))
    }

    /// Tells the entry of the command that this one refers to; `None` when it is not recorded.
    pub fn resolve(&mut self, entry: Option<Arc<Entry>>) {
        match self {
            Self::Tell(telling) => telling.recorded = entry,
            Self::RecordActivity(activity) => activity.followed = entry,
            _ => {}
        }
    }

    /// Members whose accounts the decision reads, as far as a state tells.
    #[must_use]
    pub fn members(&self, state: &impl State) -> Vec<MemberId> {
        match self {
            Self::RecordActivity(activity) => reads::members_of_activity(state, activity),
            Self::Tell(telling) => reads::members_of_telling(state, telling),
            Self::Till(act) => act.members(state),
            Self::AdjustPoints(terms) => vec![terms.member.clone()],
            Self::ApproveAdjustment(id) | Self::RejectAdjustment(id) | Self::RevokeAdjustment(id) => {
                adjustment::members_of(state, id)
            }
            Self::SuspendMember(member, _)
            | Self::ReinstateMember(member)
            | Self::BanMember(member, _)
            | Self::CompleteBan(member, _) => vec![member.clone()],
            Self::MergeMembers { from, into } => vec![from.clone(), into.clone()],
            Self::SetAside(_, step, _) => step.rows.iter().map(|row| row.member.clone()).collect(),
            Self::ReturnPoints(_, step) => step.rows.clone(),
            Self::PostShares(_, step) => step.rows.iter().map(|row| row.member.clone()).collect(),
            Self::Expire(step) => step.rows.iter().map(|row| row.member.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Records the decision reads, or the fold of its entries changes, as far as a state tells: what is found may lead to
    /// further ones. Beside the programme's own, which is always there.
    #[must_use]
    pub fn records(&self, source: &SourceId, state: &impl State) -> Vec<RecordKey> {
        match self {
            Self::CreateProgram(_) => Vec::new(),
            Self::PublishRuleSet(_) | Self::Expire(_) => vec![RecordKey::Expiry],
            Self::RecordActivity(activity) => reads::records_of_activity(state, source, activity),
            Self::Tell(telling) => reads::records_of_telling(state, telling),
            Self::Till(act) => act.records(state),
            Self::AdjustPoints(terms) => adjustment::records_of_terms(state, terms),
            Self::ApproveAdjustment(id) | Self::RejectAdjustment(id) | Self::RevokeAdjustment(id) => {
                adjustment::records_of(state, id)
            }
            Self::SuspendMember(member, _)
            | Self::ReinstateMember(member)
            | Self::BanMember(member, _)
            | Self::CompleteBan(member, _) => reads::member_key(state, member).into_iter().collect(),
            Self::MergeMembers { from, into } => {
                let kept = [from, into].into_iter().filter_map(|member| reads::member_key(state, member));
                kept.chain([RecordKey::Holds(from.clone()), RecordKey::Expiry]).collect()
            }
            Self::DeclareStatement(terms) => vec![RecordKey::Statement(terms.id.clone())],
            Self::ApproveStatement(id) => vec![RecordKey::Statement(id.clone())],
            Self::CreatePayout(terms, _) => {
                vec![RecordKey::Payout(terms.id.clone()), RecordKey::Statement(terms.statement.clone())]
            }
            Self::SetAside(id, step, _) => {
                let mut keys = records_of_step(id, step, |row| &row.member);
                keys.extend(step.rows.iter().filter_map(|row| reads::member_key(state, &row.member)));
                keys
            }
            Self::ReturnPoints(id, step) => records_of_step(id, step, |member| member),
            Self::PostShares(id, step) => records_of_step(id, step, |row| &row.member),
            Self::CompleteDraft(id)
            | Self::ApprovePayout(id, _)
            | Self::BeginExecution(id)
            | Self::CompleteExecution(id)
            | Self::BeginCancellation(id) => vec![RecordKey::Payout(id.clone())],
            Self::CompleteCancellation(id, statement) => {
                vec![RecordKey::Payout(id.clone()), RecordKey::Statement(statement.clone())]
            }
        }
    }
}

/// The records of a step: the payout, and what is set aside of each member's points.
fn records_of_step<Row>(id: &PayoutId, step: &Step<Row>, member: fn(&Row) -> &MemberId) -> Vec<RecordKey> {
    let set_aside = step.rows.iter().map(|row| RecordKey::SetAside(member(row).clone()));
    [RecordKey::Payout(id.clone())].into_iter().chain(set_aside).collect()
}
