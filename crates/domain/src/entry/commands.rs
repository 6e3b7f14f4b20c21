//! Types of commands. Numbers are stored and hashed: they never change their meaning.

use crate::value::codes::codes;

codes! {
    /// Type of a command: part of its name, so that two types may use one id. Numbers are given out as those of entries.
    CommandKind {
        /// Create a programme.
        CreateProgram = 1, "create_program";
        /// Publish a rule set.
        PublishRuleSet = 2, "publish_rule_set";
        /// Draw up a change of the programme's terms.
        UpdateProgram = 3, "update_program";
        /// Approve a change of the programme's terms.
        ApproveProgramUpdate = 4, "approve_program_update";
        /// Reject a change of the programme's terms.
        RejectProgramUpdate = 5, "reject_program_update";
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
        /// Reject declared savings, or a correction of them.
        RejectStatement = 42, "reject_statement";
        /// Correct approved savings.
        CorrectStatement = 43, "correct_statement";
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
        /// Reject a payout.
        RejectPayout = 63, "reject_payout";
        /// Leave out some members whose share would be below the minimum.
        ReleasePoints = 65, "release_points";
        /// Record some members' weights in the list of a payout.
        ListWeights = 66, "list_weights";
        /// Choose how to get money.
        SetChoice = 70, "set_choice";
        /// Draw up the closing of a payout's choices.
        CloseChoices = 71, "close_choices";
        /// Approve the closing.
        ApproveClosing = 72, "approve_closing";
        /// Reject the closing.
        RejectClosing = 73, "reject_closing";
        /// Decide some members' lots.
        DecideLots = 74, "decide_lots";
        /// Finish the closing.
        CompleteClosing = 75, "complete_closing";
        /// Ask that the withheld money of a banned member lapse.
        LapseMoney = 76, "lapse_money";
        /// Approve that withheld money lapses.
        ApproveLapse = 77, "approve_lapse";
        /// Reject that withheld money lapse.
        RejectLapse = 78, "reject_lapse";
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
        /// Begin a batch of payments.
        CreateBatch = 180, "create_batch";
        /// Draw some members' lots into a batch.
        DrawLots = 181, "draw_lots";
        /// Fix a batch's content.
        CompleteBatch = 182, "complete_batch";
        /// Approve a batch.
        ApproveBatch = 183, "approve_batch";
        /// Begin to release a batch.
        ReleaseBatch = 184, "release_batch";
        /// Finish releasing a batch.
        CompleteRelease = 185, "complete_release";
        /// Begin to cancel a batch.
        CancelBatch = 186, "cancel_batch";
        /// Finish cancelling a batch.
        CompleteBatchCancellation = 187, "complete_batch_cancellation";
        /// Give the money of some members of a batch back.
        LeaveOutLots = 189, "leave_out_lots";
        /// Send the money of some members of a batch.
        SendLots = 190, "send_lots";
        /// Report what became of a payment.
        ReportPayment = 191, "report_payment";
        /// Set where a member's money goes.
        SetPayee = 194, "set_payee";
        /// Remove where a member's money goes.
        RemovePayee = 195, "remove_payee";
        /// Allow another payment to where one came back from.
        RetryPayment = 196, "retry_payment";
        /// Remove where a member's money goes, as nothing went there for long.
        ExpirePayee = 197, "expire_payee";
    }
}

impl CommandKind {
    /// True for an act of administration: anything that persons and services do beside recording what members did and spent.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "each type of command is named, so that a new one is decided on")]
    pub const fn is_of_administration(self) -> bool {
        match self {
            Self::CreateProgram
            | Self::UpdateProgram
            | Self::ApproveProgramUpdate
            | Self::RejectProgramUpdate
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
            | Self::CorrectStatement
            | Self::CreatePayout
            | Self::ApprovePayout
            | Self::RejectPayout
            | Self::CloseChoices
            | Self::ApproveClosing
            | Self::RejectClosing
            | Self::LapseMoney
            | Self::ApproveLapse
            | Self::RejectLapse
            | Self::CreateBatch
            | Self::ApproveBatch
            | Self::ReleaseBatch
            | Self::CancelBatch
            | Self::ReportPayment
            | Self::SetPayee
            | Self::RemovePayee
            | Self::RetryPayment
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
            | Self::ReleasePoints
            | Self::ListWeights
            | Self::SetChoice
            | Self::DecideLots
            | Self::DrawLots
            | Self::CompleteBatch
            | Self::CompleteRelease
            | Self::CompleteBatchCancellation
            | Self::LeaveOutLots
            | Self::ExpirePayee
            | Self::SendLots
            | Self::CompleteClosing
            | Self::CompleteCancellation => false,
        }
    }
}
