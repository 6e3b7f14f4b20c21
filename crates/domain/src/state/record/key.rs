//! Keys of records.

use std::fmt;

use crate::state::adjustment::Waiting;
use crate::terms::caps::CapPeriod;
use crate::terms::till::{Place, Spending};
use crate::value::encoding::{Hash, hex, unhex};
use crate::value::ids::{
    AccessChangeId, ActivityId, AdjustmentId, BatchId, CapId, ExclusiveKey, KeyId, KeySpace, MemberId, MergerId,
    PayoutId, PersonId, ServiceId, SourceId, StatementId, TillId, UpdateId,
};
use crate::value::time::{Day, Hour};

/// Key of a record within its programme. As text, keys of one kind sort together; rule sets sort by version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKey {
    /// The programme itself.
    Program,
    /// A version of the rules.
    RuleSet(u32),
    /// A recorded activity.
    Activity(SourceId, ActivityId),
    /// News of an activity, told before it came.
    Early(SourceId, ActivityId),
    /// Claims to an exclusive key.
    Claim(KeySpace, ExclusiveKey),
    /// Flow into a member's cap in the window that begins on a day.
    Cap(MemberId, CapPeriod),
    /// A savings statement.
    Statement(StatementId),
    /// A payout.
    Payout(PayoutId),
    /// Points of a member that are reserved for payouts.
    Reservations(MemberId),
    /// A shop's hold.
    Hold(SourceId, TillId),
    /// A redemption.
    Redemption(SourceId, TillId),
    /// A member's open holds.
    Holds(MemberId),
    /// An adjustment.
    Adjustment(AdjustmentId),
    /// A member who was suspended, banned or merged.
    Member(MemberId),
    /// Schedule of expiry, and its progress.
    Expiry,
    /// Points taken from a person out of those that had expired, or written off.
    Takings(MemberId),
    /// A page of the adjustments that wait for a second person.
    Waiting(u8),
    /// A merger that needs a second person.
    Proposal(MergerId),
    /// Credit that cut-offs have reached while the member was inactive.
    Reached(MemberId),
    /// What the programme counts of its persons and keys.
    Access,
    /// A person.
    Person(PersonId),
    /// A login, by its digest.
    Login(Hash),
    /// An API key.
    Key(KeyId),
    /// The keys of a service.
    Service(ServiceId),
    /// A change of who may do what.
    AccessChange(AccessChangeId),
    /// What a programme is told of a member.
    Profile(MemberId),
    /// The lots of a member.
    Lots(MemberId),
    /// The choices of a member.
    Choices(MemberId),
    /// The payouts whose choices are open.
    OpenRuns,
    /// The closing of a payout's choices.
    Closing(PayoutId),
    /// A change of the programme's terms.
    Update(UpdateId),
    /// Withheld money of a banned member that is to lapse.
    Lapse(MemberId),
    /// A batch of payments.
    Batch(BatchId),
    /// A payment of a batch, by its number.
    Payment(BatchId, u32),
    /// Where a member's money goes.
    Payee(MemberId),
}

impl RecordKey {
    /// Prefix by which every rule set is listed.
    pub const RULE_SETS: &'static str = "rule_set/";
    /// Prefix by which every payout is listed.
    pub const PAYOUTS: &'static str = "payout/";
    /// Prefix by which every savings statement is listed.
    pub const STATEMENTS: &'static str = "statement/";
    /// Prefix by which every adjustment is listed.
    pub const ADJUSTMENTS: &'static str = "adjustment/";
    /// Prefix by which the adjustments that wait for a second person are listed, in at most 256 pages.
    pub const WAITING: &'static str = "waiting/";
    /// Prefix by which every merger that needed a second person is listed.
    pub const PROPOSALS: &'static str = "merger/";
    /// Prefix by which every member with a record is listed.
    pub const MEMBERS: &'static str = "member/";
    /// Prefix by which news told early is listed.
    pub const EARLY: &'static str = "early/";
    /// Prefix by which every person is listed.
    pub const PERSONS: &'static str = "person/";
    /// Prefix by which every API key is listed.
    pub const KEYS: &'static str = "key/";
    /// Prefix by which the lots of every member are listed, in the byte order of members.
    pub const LOTS: &'static str = "lots/";
    /// Prefix by which every batch of payments is listed.
    pub const BATCHES: &'static str = "batch/";
    /// Prefix by which every change of who may do what is listed.
    pub const ACCESS_CHANGES: &'static str = "access_change/";

    /// Makes the key of the hold of this name.
    #[must_use]
    pub fn hold(place: &Place) -> Self {
        Self::Hold(place.source.clone(), place.id.clone())
    }

    /// Returns the prefix by which the payments of a batch are listed, in the order of their numbers.
    #[must_use]
    pub fn payments_of(batch: &BatchId) -> String {
        format!("payment/{batch}/")
    }

    /// Makes the key of the page on which an adjustment waits for a second person.
    #[must_use]
    pub fn waiting(id: &AdjustmentId) -> Self {
        Self::Waiting(Waiting::page(id))
    }

    /// Makes the key of the spending of this name.
    #[must_use]
    pub fn spending(place: &Place, spending: Spending) -> Self {
        match spending {
            Spending::Redemption => Self::Redemption(place.source.clone(), place.id.clone()),
            Spending::Capture => Self::hold(place),
        }
    }

    /// Parses the text of a key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
        let key = match kind {
            "program" => Self::Program,
            "rule_set" => Self::RuleSet(rest.parse().ok()?),
            "activity" | "early" => {
                let (source, activity) = rest.split_once('/')?;
                let (source, activity) = (SourceId::parse(source).ok()?, ActivityId::parse(activity).ok()?);
                if kind == "early" { Self::Early(source, activity) } else { Self::Activity(source, activity) }
            }
            "claim" => {
                let (space, key) = rest.split_once('/')?;
                Self::Claim(KeySpace::parse(space).ok()?, ExclusiveKey::parse(key).ok()?)
            }
            "cap" => {
                let mut parts = rest.splitn(4, '/');
                let member = MemberId::parse(parts.next()?).ok()?;
                let cap = CapId::parse(parts.next()?).ok()?;
                let first_day = Day::from_date(parts.next()?.parse().ok()?);
                let hour = parts.next().map(|hour| hour.parse().ok().and_then(Hour::new).ok_or(())).transpose().ok()?;
                Self::Cap(member, CapPeriod { cap, first_day, hour })
            }
            "statement" => Self::Statement(StatementId::parse(rest).ok()?),
            "payout" => Self::Payout(PayoutId::parse(rest).ok()?),
            "reservations" => Self::Reservations(MemberId::parse(rest).ok()?),
            "hold" | "redemption" => {
                let (source, id) = rest.split_once('/')?;
                let (source, id) = (SourceId::parse(source).ok()?, TillId::parse(id).ok()?);
                if kind == "hold" { Self::Hold(source, id) } else { Self::Redemption(source, id) }
            }
            "holds" => Self::Holds(MemberId::parse(rest).ok()?),
            "adjustment" => Self::Adjustment(AdjustmentId::parse(rest).ok()?),
            "member" => Self::Member(MemberId::parse(rest).ok()?),
            "expiry" => Self::Expiry,
            "takings" => Self::Takings(MemberId::parse(rest).ok()?),
            "waiting" => Self::Waiting(u8::from_str_radix(rest, 16).ok()?),
            "merger" => Self::Proposal(MergerId::parse(rest).ok()?),
            "reached" => Self::Reached(MemberId::parse(rest).ok()?),
            "access" => Self::Access,
            "person" => Self::Person(PersonId::parse(rest).ok()?),
            "login" => Self::Login(unhex(rest)?.try_into().ok()?),
            "key" => Self::Key(KeyId::parse(rest).ok()?),
            "service" => Self::Service(ServiceId::parse(rest).ok()?),
            "access_change" => Self::AccessChange(AccessChangeId::parse(rest).ok()?),
            "profile" => Self::Profile(MemberId::parse(rest).ok()?),
            "lots" => Self::Lots(MemberId::parse(rest).ok()?),
            "choices" => Self::Choices(MemberId::parse(rest).ok()?),
            "open_runs" => Self::OpenRuns,
            "closing" => Self::Closing(PayoutId::parse(rest).ok()?),
            "update" => Self::Update(UpdateId::parse(rest).ok()?),
            "lapse" => Self::Lapse(MemberId::parse(rest).ok()?),
            "batch" => Self::Batch(BatchId::parse(rest).ok()?),
            "payment" => {
                let (batch, number) = rest.split_once('/')?;
                Self::Payment(BatchId::parse(batch).ok()?, number.parse().ok()?)
            }
            "payee" => Self::Payee(MemberId::parse(rest).ok()?),
            _ => return None,
        };
        (key.to_string() == text).then_some(key)
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => f.write_str("program"),
            Self::RuleSet(version) => write!(f, "rule_set/{version:010}"),
            Self::Activity(source, activity) => write!(f, "activity/{source}/{activity}"),
            Self::Early(source, activity) => write!(f, "early/{source}/{activity}"),
            Self::Claim(space, key) => write!(f, "claim/{space}/{key}"),
            Self::Cap(member, period) => {
                write!(f, "cap/{member}/{}/{}", period.cap, period.first_day.date())?;
                period.hour.map_or(Ok(()), |hour| write!(f, "/{:02}", hour.get()))
            }
            Self::Statement(id) => write!(f, "statement/{id}"),
            Self::Payout(id) => write!(f, "payout/{id}"),
            Self::Reservations(member) => write!(f, "reservations/{member}"),
            Self::Hold(source, id) => write!(f, "hold/{source}/{id}"),
            Self::Redemption(source, id) => write!(f, "redemption/{source}/{id}"),
            Self::Holds(member) => write!(f, "holds/{member}"),
            Self::Adjustment(id) => write!(f, "adjustment/{id}"),
            Self::Member(member) => write!(f, "member/{member}"),
            Self::Expiry => f.write_str("expiry"),
            Self::Takings(member) => write!(f, "takings/{member}"),
            Self::Waiting(page) => write!(f, "waiting/{page:02x}"),
            Self::Proposal(id) => write!(f, "merger/{id}"),
            Self::Reached(member) => write!(f, "reached/{member}"),
            Self::Access => f.write_str("access"),
            Self::Person(id) => write!(f, "person/{id}"),
            Self::Login(digest) => write!(f, "login/{}", hex(digest)),
            Self::Key(id) => write!(f, "key/{id}"),
            Self::Service(id) => write!(f, "service/{id}"),
            Self::AccessChange(id) => write!(f, "access_change/{id}"),
            Self::Profile(member) => write!(f, "profile/{member}"),
            Self::Lots(member) => write!(f, "lots/{member}"),
            Self::Choices(member) => write!(f, "choices/{member}"),
            Self::OpenRuns => f.write_str("open_runs"),
            Self::Closing(payout) => write!(f, "closing/{payout}"),
            Self::Update(id) => write!(f, "update/{id}"),
            Self::Lapse(member) => write!(f, "lapse/{member}"),
            Self::Batch(id) => write!(f, "batch/{id}"),
            Self::Payment(batch, number) => write!(f, "payment/{batch}/{number:08}"),
            Self::Payee(member) => write!(f, "payee/{member}"),
        }
    }
}
