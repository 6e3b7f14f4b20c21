//! Keyed records: the part of the fold beside accounts. They are written with the entries that change them. They can be
//! dropped and rebuilt from the log to the same bytes.

mod key;

pub use self::key::RecordKey;

use borsh::{BorshDeserialize, BorshSerialize};

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
use crate::state::schedule::Schedule;
use crate::state::statement::Statement;
use crate::state::takings::Takings;
use crate::state::update::Update;

use crate::terms::caps::Flow;
use crate::terms::member::Profile;
use crate::terms::rules::set::PublishedRuleSet;

use crate::value::encoding::{decode, encode};
use crate::value::time::Micros;
use crate::value::version::read_version;

/// Content of a key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// The programme.
    Program(Program),
    /// A version of the rules.
    RuleSet(PublishedRuleSet),
    /// A recorded activity.
    Activity(Box<Earning>),
    /// News of an activity, told before it came.
    Early(Early),
    /// The claim of the latest activity, which holds the key.
    Claim(Claim),
    /// The claims of activities of which the earliest that stands holds the key, in order.
    Candidates(Vec<Claim>),
    /// Flow into a cap.
    Cap(Flow),
    /// A savings statement.
    Statement(Statement),
    /// A payout.
    Payout(Payout),
    /// Points of a member that are reserved for payouts.
    Reservations(Reservations),
    /// A shop's hold.
    Hold(Box<Hold>),
    /// A redemption.
    Redemption(Box<Redemption>),
    /// A member's open holds.
    Holds(OpenHolds),
    /// An adjustment.
    Adjustment(Adjustment),
    /// A member who was suspended, banned or merged.
    Member(Member),
    /// Schedule of expiry, and its progress.
    Expiry(Schedule),
    /// Points taken from a person out of those that had expired, or written off.
    Takings(Takings),
    /// A page of the adjustments that wait for a second person.
    Waiting(Waiting),
    /// A merger that needs a second person.
    Proposal(Proposal),
    /// Credit that cut-offs have reached while the member was inactive.
    Reached(Reached),
    /// What the programme counts of its persons and keys.
    Access(Access),
    /// A person.
    Person(Person),
    /// The person whose a login is.
    Login(Login),
    /// An API key.
    Key(Box<Key>),
    /// The keys of a service.
    Service(ServiceKeys),
    /// A change of who may do what.
    AccessChange(Box<Change>),
    /// What a programme is told of a member.
    Profile(Profile),
    /// The lots of a member.
    Lots(Lots),
    /// The choices of a member.
    Choices(Choices),
    /// The payouts whose choices are open.
    OpenRuns(Open),
    /// The closing of a payout's choices.
    Closing(Box<Closing>),
    /// A change of the programme's terms.
    Update(Update),
    /// Withheld money of a banned member that is to lapse.
    Lapse(Lapse),
    /// A batch of payments.
    Batch(Box<Batch>),
    /// A payment of a batch.
    Payment(Payment),
    /// Where a member's money goes.
    Payee(Payee),
}

/// Version of the encoding of a stored record.
const RECORD_VERSION: u8 = 1;

impl Record {
    /// Returns the stored record: its version byte, then its canonical encoding.
    #[must_use]
    pub fn stored(&self) -> Vec<u8> {
        encode(&(RECORD_VERSION, self))
    }

    /// Reads a stored record. It must take up all bytes.
    ///
    /// # Errors
    /// The error says what is wrong with the bytes; see also [`NewerVersion`](crate::value::version::NewerVersion).
    pub fn from_stored(mut bytes: &[u8]) -> borsh::io::Result<Self> {
        read_version(&mut bytes, "Record", RECORD_VERSION)?;
        decode(bytes)
    }

    /// Returns the time when the record falls due, if it does. The log keeps this time beside the record and finds
    /// records by it.
    #[must_use]
    pub fn due_at(&self) -> Option<Micros> {
        match self {
            Self::Activity(earning) => earning.due_at,
            Self::Hold(hold) => hold.due_at(),
            Self::Expiry(schedule) => schedule.due_at(),
            Self::Member(member) => member.due_at(),
            Self::Payout(payout) => payout.due_at(),
            Self::Closing(closing) => closing.due_at(),
            Self::Batch(batch) => batch.due_at(),
            Self::Payee(payee) => payee.due_at(),
            Self::Program(_)
            | Self::RuleSet(_)
            | Self::Early(_)
            | Self::Claim(_)
            | Self::Candidates(_)
            | Self::Cap(_)
            | Self::Statement(_)
            | Self::Reservations(_)
            | Self::Redemption(_)
            | Self::Holds(_)
            | Self::Adjustment(_)
            | Self::Takings(_)
            | Self::Waiting(_)
            | Self::Proposal(_)
            | Self::Reached(_)
            | Self::Access(_)
            | Self::Person(_)
            | Self::Login(_)
            | Self::Key(_)
            | Self::Service(_)
            | Self::AccessChange(_)
            | Self::Profile(_)
            | Self::Lots(_)
            | Self::Choices(_)
            | Self::OpenRuns(_)
            | Self::Update(_)
            | Self::Lapse(_)
            | Self::Payment(_) => None,
        }
    }
}

#[cfg(test)]
mod tests;
