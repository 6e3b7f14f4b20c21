//! The entry: one row of the log. Every field and number here is hashed and never changes its meaning.

use borsh::{BorshDeserialize, BorshSerialize};

use super::account::Balances;
use super::amount::Move;
use super::codes::codes;
use super::encoding::{Hash, Secret, encode};
use super::fact::Fact;
use super::ids::{ActivityId, MemberId, PrincipalId, ProgramId, RequestId, RuleId, SourceId};
pub use super::seq::Seq;
use super::time::{Day, Micros};
use super::tree;

/// Version of the entry's encoding. A head of another format is refused: an old binary never misreads newer entries.
pub const ENTRY_FORMAT: i64 = 1;

codes! {
    /// What an entry records. Numbers are given out by tens: programme, activities, points, members, statements, payouts,
    /// payments.
    EntryKind {
        /// A programme was created.
        ProgramCreated = 1, "program_created";
        /// A version of the rules was published.
        RuleSetPublished = 2, "rule_set_published";
        /// An activity was recorded, credited or declined.
        ActivityRecorded = 10, "activity_recorded";
        /// An activity was taken back.
        ActivityReversed = 11, "activity_reversed";
        /// What was taken back of a credit and the member could not bear.
        WrittenOff = 12, "written_off";
        /// A part of an activity's money was given back.
        ActivityRefunded = 13, "activity_refunded";
        /// An activity was confirmed.
        ActivityConfirmed = 14, "activity_confirmed";
        /// The time for which an activity had to wait is over.
        ActivitySettled = 15, "activity_settled";
        /// Another activity took the exclusive key.
        ActivityDisplaced = 16, "activity_displaced";
        /// A further move of the act recorded before it.
        PointsMoved = 17, "points_moved";
        /// The earlier activity that held the exclusive key no longer stands: it belongs to this one.
        ActivityRestored = 18, "activity_restored";
        /// Points of a member's were past their time.
        PointsExpired = 19, "points_expired";
        /// A shop holds points.
        HoldCreated = 20, "hold_created";
        /// Held points, or a part of them, were spent.
        HoldCaptured = 21, "hold_captured";
        /// A shop gave held points back.
        HoldReleased = 22, "hold_released";
        /// The time of a hold was over.
        HoldExpired = 23, "hold_expired";
        /// Points were spent at the till.
        PointsRedeemed = 24, "points_redeemed";
        /// Points that were spent were given back.
        RedemptionRefunded = 25, "redemption_refunded";
        /// An adjustment was drawn up that a second person must approve.
        AdjustmentProposed = 26, "adjustment_proposed";
        /// Points were given or taken by a person's decision.
        PointsAdjusted = 27, "points_adjusted";
        /// A proposed adjustment was rejected.
        AdjustmentRejected = 28, "adjustment_rejected";
        /// An adjustment was taken back, of a member who was banned.
        AdjustmentRevoked = 29, "adjustment_revoked";
        /// A member was shut out for now.
        MemberSuspended = 30, "member_suspended";
        /// A suspension ended.
        MemberReinstated = 31, "member_reinstated";
        /// A member was shut out for good.
        MemberBanned = 32, "member_banned";
        /// A member was found to be another: what they had moved there.
        MemberMerged = 33, "member_merged";
        /// A step of a cut-off over some members was begun, at which points expire; its moves follow.
        ExpiryProgressed = 34, "expiry_progressed";
        /// Everything that a banned member had earned is taken back.
        BanCompleted = 35, "ban_completed";
        /// Savings were declared.
        StatementDeclared = 40, "statement_declared";
        /// Declared savings were approved.
        StatementApproved = 41, "statement_approved";
        /// A payout was begun.
        PayoutCreated = 50, "payout_created";
        /// A step of a payout over some members was begun; its moves follow.
        PayoutProgressed = 51, "payout_progressed";
        /// A member's points were set aside.
        PayoutSetAside = 52, "payout_set_aside";
        /// Every member's points are set aside.
        PayoutDrafted = 53, "payout_drafted";
        /// A second person approved the payout.
        PayoutApproved = 54, "payout_approved";
        /// Execution was begun.
        PayoutExecuting = 55, "payout_executing";
        /// A member's points became paid.
        PayoutPaid = 56, "payout_paid";
        /// A member's share became money due.
        PayoutGranted = 57, "payout_granted";
        /// Every share is posted.
        PayoutExecuted = 58, "payout_executed";
        /// Cancelling was begun.
        PayoutCancelling = 59, "payout_cancelling";
        /// A member's points were given back.
        PayoutReturned = 60, "payout_returned";
        /// Every member's points are given back.
        PayoutCancelled = 61, "payout_cancelled";
        /// Points set aside were taken back, for an activity that no longer stands.
        PayoutReduced = 62, "payout_reduced";
    }
}

codes! {
    /// Why: of a decline, or of a reversal.
    Reason {
        /// Member and counterparty are one.
        SelfDealing = 1, "self_dealing";
        /// No rule for the kind was in force when the activity occurred.
        NoRuleInForce = 2, "no_rule_in_force";
        /// The rule's condition does not hold.
        ConditionNotMet = 3, "condition_not_met";
        /// The rule's condition cannot be told from what was reported.
        ConditionFailed = 4, "condition_failed";
        /// The rule pays by an amount, and none was reported.
        NoAmount = 5, "no_amount";
        /// The rule needs an exclusive key, and none was reported.
        NoExclusiveKey = 6, "no_exclusive_key";
        /// What it says it follows is not there, not the member's, too long ago, or of another rule.
        NothingToFollow = 7, "nothing_to_follow";
        /// Another activity holds the exclusive key.
        Superseded = 8, "superseded";
        /// A cap is full.
        CapFull = 9, "cap_full";
        /// It was not confirmed in time.
        Lapsed = 10, "lapsed";
        /// The member was suspended or banned.
        Suspended = 13, "suspended";
        /// The member was merged into another.
        Merged = 14, "merged";
        /// What was done was undone.
        Withdrawn = 20, "withdrawn";
        /// It was reported by mistake.
        Mistake = 21, "mistake";
        /// It was fraud.
        Fraud = 22, "fraud";
    }
}

codes! {
    /// Type of a command: part of its name, so that two types may use one id.
    CommandKind {
        /// Create a programme.
        CreateProgram = 1, "create_program";
        /// Publish a rule set.
        PublishRuleSet = 2, "publish_rule_set";
        /// Record an activity.
        RecordActivity = 10, "record_activity";
        /// Reverse an activity.
        ReverseActivity = 11, "reverse_activity";
        /// Lower an activity's amount.
        RefundActivity = 12, "refund_activity";
        /// Confirm an activity.
        ConfirmActivity = 13, "confirm_activity";
        /// Post what became due of an activity.
        SettleActivity = 14, "settle_activity";
        /// Hold points.
        CreateHold = 20, "create_hold";
        /// Spend held points.
        CaptureHold = 21, "capture_hold";
        /// Give held points back.
        ReleaseHold = 22, "release_hold";
        /// Give back what was held too long.
        ExpireHold = 23, "expire_hold";
        /// Spend points.
        RedeemPoints = 24, "redeem_points";
        /// Give spent points back.
        RefundRedemption = 25, "refund_redemption";
        /// Give or take points by a person's decision.
        AdjustPoints = 26, "adjust_points";
        /// Take an adjustment back.
        RevokeAdjustment = 27, "revoke_adjustment";
        /// Reject a proposed adjustment.
        RejectAdjustment = 28, "reject_adjustment";
        /// Approve a proposed adjustment.
        ApproveAdjustment = 29, "approve_adjustment";
        /// Shut a member out for now.
        SuspendMember = 30, "suspend_member";
        /// End a suspension.
        ReinstateMember = 31, "reinstate_member";
        /// Shut a member out for good.
        BanMember = 32, "ban_member";
        /// Move what a member has to another, who is the same person.
        MergeMembers = 33, "merge_members";
        /// Have some members' points expire.
        ExpirePoints = 34, "expire_points";
        /// Say that a ban has taken everything back.
        CompleteBan = 35, "complete_ban";
        /// Declare savings.
        DeclareStatement = 40, "declare_statement";
        /// Approve declared savings.
        ApproveStatement = 41, "approve_statement";
        /// Begin a payout.
        CreatePayout = 50, "create_payout";
        /// Set some members' points aside.
        SetAside = 51, "set_aside";
        /// Fix a payout's content.
        CompleteDraft = 52, "complete_draft";
        /// Approve a payout.
        ApprovePayout = 53, "approve_payout";
        /// Begin to execute a payout.
        BeginExecution = 54, "begin_execution";
        /// Post some members' shares.
        PostShares = 55, "post_shares";
        /// Finish a payout.
        CompleteExecution = 56, "complete_execution";
        /// Begin to cancel a payout.
        BeginCancellation = 57, "begin_cancellation";
        /// Give some members' points back.
        ReturnPoints = 58, "return_points";
        /// Finish cancelling.
        CompleteCancellation = 59, "complete_cancellation";
    }
}

impl Reason {
    /// What it means, for the people it concerns.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::SelfDealing => "nobody earns from themselves",
            Self::NoRuleInForce => "no rule was in force for it when it occurred",
            Self::ConditionNotMet => "the rule's condition does not hold",
            Self::ConditionFailed => "the rule's condition cannot be told from what was reported",
            Self::NoAmount => "the rule pays by an amount, and none was reported",
            Self::NoExclusiveKey => "the rule needs an exclusive key, and none was reported",
            Self::NothingToFollow => "what it should follow is not there, or does not qualify",
            Self::Superseded => "another activity takes its place",
            Self::CapFull => "a cap was full",
            Self::Lapsed => "it was not confirmed in time",
            Self::Suspended => "the member was suspended or banned",
            Self::Merged => "the member was merged into another",
            Self::Withdrawn => "it was undone",
            Self::Mistake => "it was reported by mistake",
            Self::Fraud => "it was fraud",
        }
    }
}

impl EntryKind {
    /// Whether it is a further move of an act recorded before it, which tells of it.
    #[must_use]
    pub const fn is_further_move(self) -> bool {
        matches!(self, Self::PointsMoved | Self::PayoutReduced | Self::WrittenOff)
    }

    /// Whether it tells something of an activity.
    #[must_use]
    pub const fn is_told_of_activities(self) -> bool {
        matches!(
            self,
            Self::ActivityReversed
                | Self::ActivityRefunded
                | Self::ActivityConfirmed
                | Self::ActivitySettled
                | Self::ActivityDisplaced
                | Self::ActivityRestored
        )
    }

    /// Whether it is an act on an adjustment.
    #[must_use]
    pub const fn is_of_adjustments(self) -> bool {
        matches!(
            self,
            Self::AdjustmentProposed | Self::PointsAdjusted | Self::AdjustmentRejected | Self::AdjustmentRevoked
        )
    }

    /// Whether it is an act on a membership.
    #[must_use]
    pub const fn is_of_memberships(self) -> bool {
        matches!(self, Self::MemberSuspended | Self::MemberReinstated | Self::MemberBanned | Self::BanCompleted)
    }

    /// Whether what comes later is decided by other terms: a server that does not know them may not append.
    #[must_use]
    pub const fn moves_epoch(self) -> bool {
        matches!(self, Self::ProgramCreated | Self::RuleSetPublished)
    }
}

/// Name of a command within its programme: the idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandName {
    /// Where it came from.
    pub source: SourceId,
    /// Its type.
    pub kind: CommandKind,
    /// The id its client chose.
    pub id: RequestId,
}

impl CommandName {
    /// Names the command that records an activity.
    #[must_use]
    pub fn recording(source: SourceId, activity: &ActivityId) -> Self {
        Self { source, kind: CommandKind::RecordActivity, id: RequestId::from(activity) }
    }

    /// Names an act that comes from no configured source.
    #[must_use]
    pub fn own(kind: CommandKind, id: impl Into<RequestId>) -> Self {
        Self { source: SourceId::goodturn(), kind, id: id.into() }
    }
}

/// Id and values of a command, on the first entry it wrote.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Request {
    /// The id its client chose.
    pub id: RequestId,
    /// Keyed digest of the values its client gave.
    pub digest: Hash,
}

/// One row of a programme's log: a fact or an act, with at most one move between two buckets of one member.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize)]
pub struct Entry {
    /// Place in the log.
    pub seq: Seq,
    /// What it records.
    pub kind: EntryKind,
    /// Where the command came from.
    pub source: SourceId,
    /// Type of the command.
    pub command: CommandKind,
    /// Id and values of the command; only on its first entry.
    pub request: Option<Request>,
    /// The member it concerns, if any.
    pub member: Option<MemberId>,
    /// The member's entry before this one; 0 for the first.
    pub prev_seq: Seq,
    /// What moved, if anything.
    pub movement: Option<Move>,
    /// When it happened, by the source's clock.
    pub occurred_at: Micros,
    /// The programme's day it counts on: that of the activity, also on what reverses it.
    pub local_day: Day,
    /// When it was recorded, by the ledger's clock; never decreases with seq.
    pub recorded_at: Micros,
    /// The entry it refers to, if any.
    pub refers: Option<Seq>,
    /// Version of the rules that decided it; 0 for none.
    pub rule_version: u32,
    /// The rule that decided it, if any.
    pub rule: Option<RuleId>,
    /// Points the rule gave before anything reduced them.
    pub raw_points: i64,
    /// Why, as a code.
    pub reason: Option<Reason>,
    /// The member's balances after the entry.
    pub balance_after: Balances,
    /// What the entry holds beside its move.
    pub fact: Fact,
    /// Salted digest of the text that goes with it, if any.
    pub note_digest: Option<Hash>,
    /// Who sent the command.
    pub principal: PrincipalId,
    /// The entry's leaf in the log's tree: the hash of all above.
    #[borsh(skip)]
    pub leaf: Hash,
}

impl Entry {
    /// The command's name, on its first entry.
    #[must_use]
    pub fn command_name(&self) -> Option<CommandName> {
        let id = self.request.as_ref()?.id.clone();
        Some(CommandName { source: self.source.clone(), kind: self.command, id })
    }

    /// The id of the activity it records, on its first entry.
    #[must_use]
    pub fn activity_id(&self) -> Option<ActivityId> {
        let id = &self.request.as_ref()?.id;
        (self.command == CommandKind::RecordActivity).then(|| ActivityId::parse(id.as_str()).ok()).flatten()
    }

    /// Computes the leaf: `leaf_hash(format ‖ salt ‖ programme ‖ every field)`, in the canonical encoding.
    #[must_use]
    pub fn compute_leaf(&self, program: &ProgramId, secret: &Secret) -> Hash {
        tree::leaf_hash(&encode(&(ENTRY_FORMAT, secret.salt(self.seq.get()), program, self)))
    }

    /// Points the entry credits; negative when it takes credit back. See [`Move::credited`].
    #[must_use]
    pub fn credited(&self) -> i64 {
        self.movement.map_or(0, Move::credited)
    }
}
