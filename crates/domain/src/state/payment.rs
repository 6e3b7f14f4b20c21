//! Payments, as they are recorded.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::entry::batch::{Destination, Fault};
use crate::value::codes::codes;
use crate::value::ids::MemberId;
use crate::value::seq::Seq;
use crate::value::time::{Day, Micros};

codes! {
    /// State of a payment.
    PaymentState {
        /// It is in a batch that is not released.
        Drawn = 1, "drawn";
        /// It was left out before anything was sent.
        LeftOut = 2, "left out";
        /// It was sent.
        Sent = 3, "sent";
        /// It waits for the member to claim it.
        Unclaimed = 4, "unclaimed";
        /// It arrived.
        Settled = 5, "settled";
        /// It came back.
        Back = 6, "back";
    }
}

/// A payment: all lots that one batch drew for one member.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Payment {
    /// The member for whom it was drawn. Where that one was merged since, the lots are at the person.
    pub member: MemberId,
    /// The money, in minor units.
    pub minor: i64,
    /// Where it goes; `None` for credit.
    pub to: Option<Destination>,
    /// True while it is drawn, and the member's payee is another one by now.
    pub is_changed: bool,
    /// State of the payment.
    pub state: PaymentState,
    /// The entry that changed its state last, and the time of that.
    pub since: (Seq, Micros),
    /// The last report that changed it.
    pub last_report: Option<LastReport>,
}

/// The last report that changed a payment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LastReport {
    /// The bank's reference; empty for none.
    pub reference: String,
    /// The reason for which it came back.
    pub fault: Option<Fault>,
    /// The reason as the bank wrote it; empty for none.
    pub code: String,
    /// The day on which it happened, as the bank gives it.
    pub on: Option<Day>,
    /// Money that came back less than was sent, in minor units.
    pub fee_minor: i64,
}

impl PaymentState {
    /// True while it is in a batch that is not released.
    #[must_use]
    pub fn is_drawn(self) -> bool {
        self == Self::Drawn
    }

    /// True when its money is on its way.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Sent | Self::Unclaimed)
    }

    /// True when its money was ever sent.
    #[must_use]
    pub fn was_sent(self) -> bool {
        matches!(self, Self::Sent | Self::Unclaimed | Self::Settled | Self::Back)
    }
}
