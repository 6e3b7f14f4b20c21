//! Commands: what may be asked of a programme's ledger.

use super::encoding::{Hash, Note};
use super::entry::{CommandKind, CommandName, Reason, Seq};
use super::ids::{ActivityId, ActivityKind, MemberId, PayoutId, PrincipalId, SourceId, StatementId};
use super::payout::PayoutTerms;
use super::program::ProgramTerms;
use super::record::RecordKey;
use super::rules::{Activity, Qualified, RuleSet};
use super::savings::StatementTerms;
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
    /// Take an activity back.
    ReverseActivity(Box<Reversal>),
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
    ReturnPoints(PayoutId, Step<Eligible>),
    /// Finish cancelling, and give the pool back to the statement.
    CompleteCancellation(PayoutId, StatementId),
}

/// An activity, with what the rules of one epoch say of it.
#[derive(Debug, Clone)]
pub struct QualifiedActivity {
    /// The activity.
    pub activity: Activity,
    /// What the rules say.
    pub qualified: Qualified,
    /// The epoch of those rules: with another, they must be asked again.
    pub epoch: i64,
    /// The programme's day on which it occurred.
    pub local_day: Day,
}

/// A reversal of a recorded activity. What it needs of the activity's entry is copied: entries do not change.
#[derive(Debug, Clone)]
pub struct Reversal {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Seq of the activity's entry.
    pub refers: Seq,
    /// Whose it is.
    pub member: MemberId,
    /// Its kind.
    pub kind: ActivityKind,
    /// Points it was credited with.
    pub credited: i64,
    /// The day it counts on.
    pub local_day: Day,
    /// Why it is taken back.
    pub reason: Reason,
    /// When it was undone.
    pub occurred_at: Micros,
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

/// Points of a member that may be set aside, or that are given back.
#[derive(Debug, Clone)]
pub struct Eligible {
    /// The member.
    pub member: MemberId,
    /// Setting aside: credit that counts, before the balance is looked at. Giving back: what was set aside.
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
            Self::ReverseActivity(_) => CommandKind::ReverseActivity,
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
        }
    }

    /// Members whose accounts the decision reads.
    #[must_use]
    pub fn members(&self) -> Vec<&MemberId> {
        match self {
            Self::RecordActivity(activity) => vec![&activity.activity.member],
            Self::ReverseActivity(reversal) => vec![&reversal.member],
            Self::SetAside(_, step, _) | Self::ReturnPoints(_, step) => {
                step.rows.iter().map(|row| &row.member).collect()
            }
            Self::PostShares(_, step) => step.rows.iter().map(|row| &row.member).collect(),
            _ => Vec::new(),
        }
    }

    /// Records the decision reads, or the fold of its entries changes; beside the programme's own, which is always there.
    #[must_use]
    pub fn records(&self) -> Vec<RecordKey> {
        match self {
            Self::CreateProgram(_) | Self::PublishRuleSet(_) | Self::RecordActivity(_) => Vec::new(),
            Self::ReverseActivity(reversal) => {
                vec![RecordKey::Reversal(reversal.source.clone(), reversal.activity.clone())]
            }
            Self::DeclareStatement(terms) => vec![RecordKey::Statement(terms.id.clone())],
            Self::ApproveStatement(id) => vec![RecordKey::Statement(id.clone())],
            Self::CreatePayout(terms, _) => {
                vec![RecordKey::Payout(terms.id.clone()), RecordKey::Statement(terms.statement.clone())]
            }
            Self::SetAside(id, _, _)
            | Self::ReturnPoints(id, _)
            | Self::PostShares(id, _)
            | Self::CompleteDraft(id)
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
