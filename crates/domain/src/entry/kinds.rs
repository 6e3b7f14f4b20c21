//! Kinds of entries and of commands. Numbers are stored and hashed: they never change their meaning.

use crate::value::codes::codes;

codes! {
    /// Event that an entry records. Numbers are given out by tens: programme, activities, points, members, statements,
    /// payouts, payments. Decisions on many things at once begin at 80, access at 90. Where ten do not suffice, numbers go on a
    /// hundred higher.
    EntryKind {
        /// A programme was created.
        ProgramCreated = 1, "program_created";
        /// A version of the rules was published.
        RuleSetPublished = 2, "rule_set_published";
        /// An activity was recorded, credited or declined.
        ActivityRecorded = 10, "activity_recorded";
        /// An activity was taken back.
        ActivityReversed = 11, "activity_reversed";
        /// An act took points that the member did not have: they were written off.
        WrittenOff = 12, "written_off";
        /// A part of an activity's money was given back.
        ActivityRefunded = 13, "activity_refunded";
        /// An activity was confirmed.
        ActivityConfirmed = 14, "activity_confirmed";
        /// A waiting time of an activity ended.
        WaitEnded = 15, "wait_ended";
        /// Another activity took the exclusive key.
        ActivityDisplaced = 16, "activity_displaced";
        /// A further move of the act recorded before it.
        PointsMoved = 17, "points_moved";
        /// The earlier activity that held the exclusive key no longer stands: the key passed to this one.
        KeyPassed = 18, "key_passed";
        /// Points of a member expired.
        PointsExpired = 19, "points_expired";
        /// A shop holds points.
        HoldCreated = 20, "hold_created";
        /// Held points, or a part of them, were spent.
        HoldCaptured = 21, "hold_captured";
        /// A shop gave back points that it held.
        HoldReleased = 22, "hold_released";
        /// A hold's time ended.
        HoldExpired = 23, "hold_expired";
        /// Points were spent at the till.
        PointsRedeemed = 24, "points_redeemed";
        /// Spent points were given back.
        RedemptionRefunded = 25, "redemption_refunded";
        /// An adjustment was drawn up that a second person must approve.
        AdjustmentProposed = 26, "adjustment_proposed";
        /// Points were given or taken by a person's decision.
        PointsAdjusted = 27, "points_adjusted";
        /// A proposed adjustment was rejected.
        AdjustmentRejected = 28, "adjustment_rejected";
        /// An adjustment of a banned member was taken back.
        AdjustmentRevoked = 29, "adjustment_revoked";
        /// A member was shut out for now.
        MemberSuspended = 30, "member_suspended";
        /// A suspension ended.
        MemberReinstated = 31, "member_reinstated";
        /// A member was banned.
        MemberBanned = 32, "member_banned";
        /// A member was found to be the same person as another, and their points and money moved there.
        MemberMerged = 33, "member_merged";
        /// A step of a cut-off over some members was begun; points expire in the moves that follow.
        ExpiryProgressed = 34, "expiry_progressed";
        /// Everything that a banned member had earned was taken back.
        BanCompleted = 35, "ban_completed";
        /// A further move of a merger: money of the member that is merged away, out of one bucket.
        MoneyMoved = 36, "money_moved";
        /// A merger was drawn up that a second person must approve.
        MergerProposed = 37, "merger_proposed";
        /// A second person approved a merger; its moves follow.
        MergerApproved = 38, "merger_approved";
        /// A proposed merger was rejected.
        MergerRejected = 39, "merger_rejected";
        /// Savings were declared.
        StatementDeclared = 40, "statement_declared";
        /// Declared savings were approved.
        StatementApproved = 41, "statement_approved";
        /// Declared savings were rejected.
        StatementRejected = 42, "statement_rejected";
        /// A payout was begun.
        PayoutCreated = 50, "payout_created";
        /// A step of a payout over some members was begun; its moves follow.
        PayoutProgressed = 51, "payout_progressed";
        /// A member's points were reserved.
        PayoutReserved = 52, "payout_reserved";
        /// The points of every member are reserved.
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
        /// Reserved points were taken back for an activity that no longer stands.
        PayoutReduced = 62, "payout_reduced";
        /// A second person approved a list of adjustments; the approval of each follows.
        AdjustmentsApproved = 80, "adjustments_approved";
        /// A list of adjustments was rejected; the rejection of each follows.
        AdjustmentsRejected = 81, "adjustments_rejected";
        /// The first persons of a programme were named; whoever is named in entries before was believed.
        AccessBegun = 90, "access_begun";
        /// Who may do what was changed, at once or with a second person's approval.
        AccessChanged = 91, "access_changed";
        /// A change of who may do what was drawn up that a second person must approve.
        AccessProposed = 92, "access_proposed";
        /// A proposed change of who may do what was rejected.
        AccessRejected = 93, "access_rejected";
        /// Somebody at the machine itself made a person an owner.
        AccessRecovered = 94, "access_recovered";
        /// An activity that was reversed counts again.
        ActivityRestored = 110, "activity_restored";
        /// A ban took an activity back.
        ActivityRevoked = 111, "activity_revoked";
        /// The ban that had taken an activity back was lifted.
        ActivityReinstated = 112, "activity_reinstated";
        /// The ban that had taken an adjustment back was lifted.
        AdjustmentReinstated = 120, "adjustment_reinstated";
        /// Somebody asked to lift a ban; a second person must approve it.
        BanLiftProposed = 130, "ban_lift_proposed";
        /// Lifting a ban was rejected.
        BanLiftRejected = 131, "ban_lift_rejected";
        /// A second person approved lifting a ban; the ban no longer holds.
        BanLifted = 132, "ban_lifted";
        /// Everything that a lifted ban had taken back was given back.
        BanLiftCompleted = 133, "ban_lift_completed";
        /// A member's labels, or their wish not to be shown, were set.
        ProfileUpdated = 134, "profile_updated";
    }
}

codes! {
    /// Type of a command: part of its name, so that two types may use one id. Numbers are given out as those of entries.
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
        /// Post what fell due of an activity.
        EndWait = 14, "end_wait";
        /// Let a reversed activity count again.
        RestoreActivity = 15, "restore_activity";
        /// Take back an activity of a banned member.
        RevokeActivity = 16, "revoke_activity";
        /// Give back an activity after its member's ban was lifted.
        ReinstateActivity = 17, "reinstate_activity";
        /// Hold points.
        CreateHold = 20, "create_hold";
        /// Spend held points.
        CaptureHold = 21, "capture_hold";
        /// Give held points back.
        ReleaseHold = 22, "release_hold";
        /// Give back points whose hold has ended.
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
        /// Ban a member.
        BanMember = 32, "ban_member";
        /// Move a member's points and money to another member, who is the same person.
        MergeMembers = 33, "merge_members";
        /// Let the points of some members expire.
        ExpirePoints = 34, "expire_points";
        /// Record that a ban has taken everything back.
        CompleteBan = 35, "complete_ban";
        /// Approve a proposed merger.
        ApproveMerger = 36, "approve_merger";
        /// Reject a proposed merger.
        RejectMerger = 37, "reject_merger";
        /// Set a member's labels, and whether they are shown.
        UpdateMemberProfile = 38, "update_member_profile";
        /// Declare savings.
        DeclareStatement = 40, "declare_statement";
        /// Approve declared savings.
        ApproveStatement = 41, "approve_statement";
        /// Reject declared savings.
        RejectStatement = 42, "reject_statement";
        /// Begin a payout.
        CreatePayout = 50, "create_payout";
        /// Reserve the points of some members.
        ReservePoints = 51, "reserve_points";
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
        /// Give the points of some members back.
        ReturnPoints = 58, "return_points";
        /// Finish cancelling.
        CompleteCancellation = 59, "complete_cancellation";
        /// Sign the approval of a list of adjustments.
        ApproveAdjustments = 80, "approve_adjustments";
        /// Sign the rejection of a list of adjustments.
        RejectAdjustments = 81, "reject_adjustments";
        /// Name the first persons of a programme.
        BeginAccess = 90, "begin_access";
        /// Change who may do what.
        ChangeAccess = 91, "change_access";
        /// Approve a proposed change of who may do what.
        ApproveAccessChange = 92, "approve_access_change";
        /// Reject a proposed change of who may do what.
        RejectAccessChange = 93, "reject_access_change";
        /// Make a person an owner, at the machine itself.
        RecoverAccess = 94, "recover_access";
        /// Give back an adjustment after its member's ban was lifted.
        ReinstateAdjustment = 120, "reinstate_adjustment";
        /// Ask to lift a ban.
        LiftBan = 130, "lift_ban";
        /// Approve lifting a ban.
        ApproveBanLift = 131, "approve_ban_lift";
        /// Reject lifting a ban.
        RejectBanLift = 132, "reject_ban_lift";
        /// Record that a lifted ban has given everything back.
        CompleteBanLift = 133, "complete_ban_lift";
    }
}

impl CommandKind {
    /// True for an act of administration: anything that persons and services do beside recording what members did and spent.
    #[must_use]
    pub const fn is_of_administration(self) -> bool {
        match self {
            Self::CreateProgram
            | Self::PublishRuleSet
            | Self::AdjustPoints
            | Self::ApproveAdjustment
            | Self::RejectAdjustment
            | Self::ApproveAdjustments
            | Self::RejectAdjustments
            | Self::SuspendMember
            | Self::ReinstateMember
            | Self::BanMember
            | Self::UpdateMemberProfile
            | Self::LiftBan
            | Self::ApproveBanLift
            | Self::RejectBanLift
            | Self::MergeMembers
            | Self::ApproveMerger
            | Self::RejectMerger
            | Self::DeclareStatement
            | Self::ApproveStatement
            | Self::RejectStatement
            | Self::CreatePayout
            | Self::ApprovePayout
            | Self::BeginExecution
            | Self::BeginCancellation
            | Self::BeginAccess
            | Self::ChangeAccess
            | Self::ApproveAccessChange
            | Self::RejectAccessChange
            | Self::RecoverAccess => true,
            Self::RecordActivity
            | Self::ReverseActivity
            | Self::RefundActivity
            | Self::ConfirmActivity
            | Self::RestoreActivity
            | Self::EndWait
            | Self::RevokeActivity
            | Self::ReinstateActivity
            | Self::CreateHold
            | Self::CaptureHold
            | Self::ReleaseHold
            | Self::ExpireHold
            | Self::RedeemPoints
            | Self::RefundRedemption
            | Self::RevokeAdjustment
            | Self::ReinstateAdjustment
            | Self::ExpirePoints
            | Self::CompleteBan
            | Self::CompleteBanLift
            | Self::ReservePoints
            | Self::CompleteDraft
            | Self::PostShares
            | Self::CompleteExecution
            | Self::ReturnPoints
            | Self::CompleteCancellation => false,
        }
    }
}

impl EntryKind {
    /// True for a further move of an act whose first entry tells of it. Moves of money are not among them: only their
    /// own entries tell of them.
    #[must_use]
    pub const fn is_further_move(self) -> bool {
        matches!(self, Self::PointsMoved | Self::PayoutReduced | Self::WrittenOff)
    }

    /// True for news of an activity.
    #[must_use]
    pub const fn is_told_of_activities(self) -> bool {
        matches!(
            self,
            Self::ActivityReversed
                | Self::ActivityRefunded
                | Self::ActivityConfirmed
                | Self::WaitEnded
                | Self::ActivityDisplaced
                | Self::KeyPassed
                | Self::ActivityRestored
                | Self::ActivityRevoked
                | Self::ActivityReinstated
        )
    }

    /// True for an act on an adjustment.
    #[must_use]
    pub const fn is_of_adjustments(self) -> bool {
        matches!(
            self,
            Self::AdjustmentProposed
                | Self::PointsAdjusted
                | Self::AdjustmentRejected
                | Self::AdjustmentRevoked
                | Self::AdjustmentReinstated
        )
    }

    /// True for an act on a merger that needs a second person.
    #[must_use]
    pub const fn is_of_proposed_mergers(self) -> bool {
        matches!(self, Self::MergerProposed | Self::MergerApproved | Self::MergerRejected)
    }

    /// True for a change of who may do what.
    #[must_use]
    pub const fn is_of_access_changes(self) -> bool {
        matches!(self, Self::AccessChanged | Self::AccessProposed | Self::AccessRejected)
    }

    /// True for an act on a membership.
    #[must_use]
    pub const fn is_of_memberships(self) -> bool {
        matches!(
            self,
            Self::MemberSuspended
                | Self::MemberReinstated
                | Self::MemberBanned
                | Self::BanCompleted
                | Self::BanLiftProposed
                | Self::BanLiftRejected
                | Self::BanLifted
                | Self::BanLiftCompleted
        )
    }

    /// True when later commands are decided by other terms. A server that does not know those terms may not append.
    #[must_use]
    pub const fn moves_epoch(self) -> bool {
        matches!(self, Self::ProgramCreated | Self::RuleSetPublished)
    }
}
