//! Kinds of entries. Numbers are stored and hashed: they never change their meaning.

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
        /// A change of the programme's terms was drawn up.
        ProgramUpdateProposed = 3, "program_update_proposed";
        /// A second person approved a change of the programme's terms: it holds from here on.
        ProgramUpdated = 4, "program_updated";
        /// A change of the programme's terms was rejected.
        ProgramUpdateRejected = 5, "program_update_rejected";
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
        /// Declared savings were rejected, or a correction of them.
        StatementRejected = 42, "statement_rejected";
        /// A correction of approved savings was declared.
        StatementCorrected = 43, "statement_corrected";
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
        /// A payout was rejected for a reason; cancelling was begun.
        PayoutRejected = 63, "payout_rejected";
        /// Whose share would be below the minimum was begun to be left out.
        PayoutReleasing = 64, "payout_releasing";
        /// A member's points were given back, as the share would be below the minimum.
        PayoutReleased = 65, "payout_released";
        /// A member's weight in the list of a payout was recorded.
        PayoutListed = 66, "payout_listed";
        /// A member chose how to get money, or took the choice back.
        ChoiceSet = 70, "choice_set";
        /// The closing of a payout's choices was drawn up.
        ClosingDrafted = 71, "closing_drafted";
        /// A second person approved the closing; money is moved.
        ClosingApproved = 72, "closing_approved";
        /// The closing was rejected.
        ClosingRejected = 73, "closing_rejected";
        /// A step of the closing over some members was begun; its moves follow.
        ClosingProgressed = 74, "closing_progressed";
        /// Every lot is decided.
        ChoicesClosed = 75, "choices_closed";
        /// Money is to be paid as the member chose.
        MoneyChosen = 76, "money_chosen";
        /// Money is carried to a later payout.
        MoneyCarried = 77, "money_carried";
        /// Money lapsed.
        MoneyLapsed = 78, "money_lapsed";
        /// Money was given to a charity.
        MoneyDonated = 79, "money_donated";
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
        /// The company added to what members gave to a charity: it is due to the charity.
        DonationMatched = 170, "donation_matched";
        /// Money of a member who is shut out was withheld.
        MoneyWithheld = 171, "money_withheld";
        /// Withheld money was released, as it was before.
        MoneyReleased = 172, "money_released";
        /// Somebody asked that the withheld money of a banned member lapse; a second person must approve it.
        LapseProposed = 173, "lapse_proposed";
        /// A second person approved that withheld money lapses; each lot follows.
        LapseApproved = 174, "lapse_approved";
        /// That withheld money lapse was rejected.
        LapseRejected = 175, "lapse_rejected";
        /// What members gave to a charity is due to it.
        DonationsReceived = 176, "donations_received";
        /// A batch of payments was begun.
        BatchCreated = 180, "batch_created";
        /// A step of a batch over some members was begun; its moves follow.
        BatchProgressed = 181, "batch_progressed";
        /// Every payment of the batch is drawn.
        BatchDrafted = 182, "batch_drafted";
        /// A second person approved the batch.
        BatchApproved = 183, "batch_approved";
        /// Releasing the batch was begun: its money is sent.
        BatchReleasing = 184, "batch_releasing";
        /// The money of the batch is sent; its files may leave.
        BatchReleased = 185, "batch_released";
        /// Cancelling the batch was begun.
        BatchCancelling = 186, "batch_cancelling";
        /// The money of the batch was given back.
        BatchCancelled = 187, "batch_cancelled";
        /// Money due was drawn into a payment.
        MoneyDrawn = 188, "money_drawn";
        /// Money left a payment before anything was sent.
        MoneyLeftOut = 189, "money_left_out";
        /// Money was sent.
        MoneySent = 190, "money_sent";
        /// Somebody reported what became of a payment; its moves follow.
        PaymentReported = 191, "payment_reported";
        /// Money arrived.
        MoneySettled = 192, "money_settled";
        /// Money came back, and is due again.
        MoneyBack = 193, "money_back";
        /// Somebody set where a member's money goes.
        PayeeSet = 194, "payee_set";
        /// Where a member's money goes was removed.
        PayeeRemoved = 195, "payee_removed";
        /// Another payment may go where the last one came back from.
        PaymentRetried = 196, "payment_retried";
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

    /// True for an act on a savings statement or on a payout as a whole.
    #[must_use]
    pub const fn is_of_finance(self) -> bool {
        matches!(
            self,
            Self::StatementDeclared
                | Self::StatementCorrected
                | Self::StatementApproved
                | Self::StatementRejected
                | Self::PayoutCreated
                | Self::PayoutReleasing
                | Self::PayoutDrafted
                | Self::PayoutApproved
                | Self::PayoutRejected
                | Self::PayoutExecuting
                | Self::PayoutExecuted
                | Self::PayoutCancelling
                | Self::PayoutCancelled
        )
    }

    /// True for an act on the closing of a payout's choices.
    #[must_use]
    pub const fn is_of_closings(self) -> bool {
        matches!(
            self,
            Self::ClosingDrafted
                | Self::ClosingApproved
                | Self::ClosingRejected
                | Self::ClosingProgressed
                | Self::ChoicesClosed
        )
    }

    /// True for an act on a batch of payments as a whole.
    #[must_use]
    pub const fn is_of_batches(self) -> bool {
        matches!(
            self,
            Self::BatchCreated
                | Self::BatchProgressed
                | Self::BatchDrafted
                | Self::BatchApproved
                | Self::BatchReleasing
                | Self::BatchReleased
                | Self::BatchCancelling
                | Self::BatchCancelled
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
        matches!(self, Self::ProgramCreated | Self::ProgramUpdated | Self::RuleSetPublished)
    }
}
