//! Types that a record can hold.

use crate::entry::batch::PaymentName;
use crate::entry::earning::ClaimKey;
use crate::state::access::{Access, Change, Key, Login, Person, ServiceKeys};
use crate::state::adjustment::{Adjustment, Waiting};
use crate::state::batch::Batch;
use crate::state::choice::{Choices, Open};
use crate::state::closing::Closing;
use crate::state::early::Early;
use crate::state::earning::{Claim, Earning};
use crate::state::hold::{Hold, OpenHolds, Redemption};
use crate::state::lapse::Lapse;
use crate::state::lots::Lots;
use crate::state::member::Member;
use crate::state::payee::Payee;
use crate::state::payment::Payment;
use crate::state::payout::{Payout, Reservations};
use crate::state::program::Program;
use crate::state::proposal::Proposal;
use crate::state::reached::Reached;
use crate::state::record::{Record, RecordKey};
use crate::state::schedule::Schedule;
use crate::state::statement::Statement;
use crate::state::takings::Takings;
use crate::state::update::Update;
use crate::terms::caps::{CapPeriod, Flow};
use crate::terms::member::Profile;
use crate::terms::rules::set::PublishedRuleSet;
use crate::terms::till::{Place, Spending};
use crate::value::encoding::Hash;
use crate::value::ids::{
    AccessChangeId, ActivityId, AdjustmentId, BatchId, KeyId, MemberId, MergerId, PayoutId, PersonId, ServiceId,
    SourceId, StatementId, UpdateId,
};

/// A type that a record can hold, found by a key of its own.
pub trait Kept: Sized {
    /// Name by which the value is found within its programme.
    type Name: ?Sized;

    /// Makes the key of a name.
    fn key(name: &Self::Name) -> RecordKey;

    /// Returns the value, if the record holds this type.
    fn of(record: &Record) -> Option<&Self>;

    /// Returns the value for a change, if the record holds this type.
    fn of_mut(record: &mut Record) -> Option<&mut Self>;

    /// Makes a record of the value.
    fn record(self) -> Record;
}

macro_rules! kept {
    ($($kept:ty: $variant:ident, $name:ty, |$of:ident| $key:expr;)+) => {$(
        impl Kept for $kept {
            type Name = $name;

            fn key($of: &$name) -> RecordKey {
                $key
            }

            fn of(record: &Record) -> Option<&Self> {
                match record {
                    Record::$variant(kept) => Some(kept),
                    _ => None,
                }
            }

            fn of_mut(record: &mut Record) -> Option<&mut Self> {
                match record {
                    Record::$variant(kept) => Some(kept),
                    _ => None,
                }
            }

            fn record(self) -> Record {
                Record::$variant(self.into())
            }
        }
    )+};
}

kept! {
    Program: Program, (), |_of| RecordKey::Program;
    PublishedRuleSet: RuleSet, u32, |of| RecordKey::RuleSet(*of);
    Earning: Activity, (SourceId, ActivityId), |of| RecordKey::Activity(of.0.clone(), of.1.clone());
    Early: Early, (SourceId, ActivityId), |of| RecordKey::Early(of.0.clone(), of.1.clone());
    Claim: Claim, ClaimKey, |of| RecordKey::Claim(of.0.clone(), of.1.clone());
    Vec<Claim>: Candidates, ClaimKey, |of| RecordKey::Claim(of.0.clone(), of.1.clone());
    Flow: Cap, (MemberId, CapPeriod), |of| RecordKey::Cap(of.0.clone(), of.1.clone());
    Statement: Statement, StatementId, |of| RecordKey::Statement(of.clone());
    Payout: Payout, PayoutId, |of| RecordKey::Payout(of.clone());
    Reservations: Reservations, MemberId, |of| RecordKey::Reservations(of.clone());
    Hold: Hold, Place, |of| RecordKey::hold(of);
    Redemption: Redemption, Place, |of| RecordKey::spending(of, Spending::Redemption);
    OpenHolds: Holds, MemberId, |of| RecordKey::Holds(of.clone());
    Adjustment: Adjustment, AdjustmentId, |of| RecordKey::Adjustment(of.clone());
    Profile: Profile, MemberId, |of| RecordKey::Profile(of.clone());
    Member: Member, MemberId, |of| RecordKey::Member(of.clone());
    Schedule: Expiry, (), |_of| RecordKey::Expiry;
    Takings: Takings, MemberId, |of| RecordKey::Takings(of.clone());
    Waiting: Waiting, u8, |of| RecordKey::Waiting(*of);
    Proposal: Proposal, MergerId, |of| RecordKey::Proposal(of.clone());
    Reached: Reached, MemberId, |of| RecordKey::Reached(of.clone());
    Access: Access, (), |_of| RecordKey::Access;
    Person: Person, PersonId, |of| RecordKey::Person(of.clone());
    Login: Login, Hash, |of| RecordKey::Login(*of);
    Key: Key, KeyId, |of| RecordKey::Key(of.clone());
    ServiceKeys: Service, ServiceId, |of| RecordKey::Service(of.clone());
    Change: AccessChange, AccessChangeId, |of| RecordKey::AccessChange(of.clone());
    Lots: Lots, MemberId, |of| RecordKey::Lots(of.clone());
    Choices: Choices, MemberId, |of| RecordKey::Choices(of.clone());
    Open: OpenRuns, (), |_of| RecordKey::OpenRuns;
    Closing: Closing, PayoutId, |of| RecordKey::Closing(of.clone());
    Lapse: Lapse, MemberId, |of| RecordKey::Lapse(of.clone());
    Update: Update, UpdateId, |of| RecordKey::Update(of.clone());
    Batch: Batch, BatchId, |of| RecordKey::Batch(of.clone());
    Payment: Payment, PaymentName, |of| RecordKey::Payment(of.batch.clone(), of.number);
    Payee: Payee, MemberId, |of| RecordKey::Payee(of.clone());
}
