//! The till: what a shop may do with a member's points. Holds, captures, releases, redemptions and their refunds.

use borsh::{BorshDeserialize, BorshSerialize};

use super::decide::reads;
use super::entry::{CommandKind, Entry, EntryKind, Seq};
use super::fact::Fact;
use super::fold::State;
use super::ids::{MemberId, SourceId, Subject, TillId};
use super::record::{Record, RecordKey};
use super::time::Micros;

/// Longest time a hold may stand, in microseconds: seven days, as card schemes let an authorisation stand at most.
pub const HOLD_MICROS_MAX: i64 = 7 * 24 * 60 * 60 * 1_000_000;

/// How long after its expiry a hold can still be captured, in microseconds: a day, in which a shop that was cut off comes back.
pub const GRACE_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// Most open holds of a member: they are read together whenever points are spent, at some 100 bytes each.
pub const OPEN_HOLDS_MAX: usize = 100;

/// What is asked at the till.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TillAct {
    /// Hold points.
    Hold(Asked, Micros),
    /// Spend held points: so many, or all. The rest is given back.
    Capture(Place, Option<i64>),
    /// Give held points back.
    Release(Place),
    /// Give back what was held too long.
    Expire(Place),
    /// Spend points.
    Redeem(Asked),
    /// Give spent points back: so many, or all that are left.
    Refund(Place, Spending, Option<i64>),
}

/// A hold or a redemption by its name.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Place {
    /// The shop, as a source.
    pub source: SourceId,
    /// The shop's own id of it.
    pub id: TillId,
}

/// What a hold or a redemption asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub place: Place,
    /// Whose points.
    pub member: MemberId,
    /// How many, above zero.
    pub points: i64,
    /// What they are for, as the id of an order.
    pub subject: Option<Subject>,
}

/// How points were spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Spending {
    /// At once.
    Redemption,
    /// By capturing a hold.
    Capture,
}

/// A hold, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Hold {
    /// The entry that made it.
    pub seq: Seq,
    /// When it was made.
    pub created_at: Micros,
    /// Whose points.
    pub member: MemberId,
    /// How many.
    pub points: i64,
    /// What they are for.
    pub subject: Option<Subject>,
    /// Until when they are held.
    pub expires_at: Micros,
    /// What had been written off when they were, as a negative number.
    pub written_off: i64,
    /// How it ended, once it has.
    pub ended: Option<HoldEnd>,
    /// What was spent of it, once it was captured: in time, or within the grace after it had expired.
    pub spent: Option<Spent>,
}

/// How a hold ended: it holds nothing from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HoldEnd {
    /// In which way.
    pub way: WayToEnd,
    /// By which entry.
    pub seq: Seq,
    /// When that was recorded.
    pub at: Micros,
}

/// In which way a hold ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum WayToEnd {
    /// Points of it were spent.
    Captured,
    /// The shop gave it back.
    Released,
    /// Its time was over.
    Expired,
}

/// Points that were spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Spent {
    /// By which entry.
    pub seq: Seq,
    /// When that was recorded.
    pub at: Micros,
    /// How many.
    pub points: i64,
    /// What had been written off when they went out of reach, held or spent, as a negative number.
    pub written_off: i64,
    /// How many of them were given back.
    pub refunded: i64,
    /// The entry that gave some back last; 0 before the first.
    pub refunded_by: Seq,
}

/// A redemption, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Redemption {
    /// Whose points.
    pub member: MemberId,
    /// What they were for.
    pub subject: Option<Subject>,
    /// What was spent.
    pub spent: Spent,
}

/// A member's holds that have not ended, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct OpenHolds {
    rows: Vec<OpenHold>,
}

/// A hold that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenHold {
    /// Its name.
    pub place: Place,
    /// The entry that made it.
    pub seq: Seq,
    /// How many points.
    pub points: i64,
    /// Until when.
    pub expires_at: Micros,
}

impl Place {
    /// Key of the hold of this name.
    #[must_use]
    pub fn hold(&self) -> RecordKey {
        RecordKey::Hold(self.source.clone(), self.id.clone())
    }

    /// Key of what was spent under this name.
    #[must_use]
    pub fn spending(&self, spending: Spending) -> RecordKey {
        match spending {
            Spending::Redemption => RecordKey::Redemption(self.source.clone(), self.id.clone()),
            Spending::Capture => self.hold(),
        }
    }

    /// The hold of this name, if there is one.
    #[must_use]
    pub fn find_hold<'a>(&self, state: &'a impl State) -> Option<&'a Hold> {
        match state.record(&self.hold()) {
            Some(Record::Hold(hold)) => Some(hold),
            _ => None,
        }
    }

    /// Resource name, relative to its programme.
    #[must_use]
    pub fn resource(&self, spending: Spending) -> String {
        let collection = match spending {
            Spending::Redemption => "redemptions",
            Spending::Capture => "holds",
        };
        format!("sources/{}/{collection}/{}", self.source, self.id)
    }
}

impl Hold {
    /// When it is to be ended; `None` once it has.
    #[must_use]
    pub const fn due_at(&self) -> Option<Micros> {
        if self.ended.is_none() { Some(self.expires_at) } else { None }
    }

    /// From when on it can no longer be captured.
    #[must_use]
    pub fn capturable_until(&self) -> Micros {
        self.expires_at.plus(GRACE_MICROS)
    }

    /// What became of it, as people say: one that was captured late was captured.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match (self.spent, self.ended) {
            (Some(_), _) | (_, Some(HoldEnd { way: WayToEnd::Captured, .. })) => "captured",
            (None, Some(HoldEnd { way: WayToEnd::Released, .. })) => "released",
            (None, Some(HoldEnd { way: WayToEnd::Expired, .. })) => "expired",
            (None, None) => "held",
        }
    }
}

impl Spent {
    /// Points that were spent by an entry; so much was written off when they went out of reach.
    #[must_use]
    pub const fn by(entry: &Entry, points: i64, written_off: i64) -> Self {
        Self { seq: entry.seq, at: entry.recorded_at, points, written_off, refunded: 0, refunded_by: Seq::ZERO }
    }

    /// How many were not given back.
    #[must_use]
    pub const fn left(&self) -> i64 {
        self.points - self.refunded
    }
}

impl OpenHolds {
    /// What a state knows of a member's.
    #[must_use]
    pub fn of<'a>(state: &'a impl State, member: &MemberId) -> &'a [OpenHold] {
        match state.record(&RecordKey::Holds(member.clone())) {
            Some(Record::Holds(holds)) => &holds.rows,
            _ => &[],
        }
    }

    /// Adds one that was made.
    pub fn add(&mut self, hold: OpenHold) {
        self.rows.push(hold);
    }

    /// Takes out one that has ended; `None` when it is not among them.
    pub fn remove(&mut self, place: &Place) -> Option<OpenHold> {
        let at = self.rows.iter().position(|hold| hold.place == *place)?;
        Some(self.rows.remove(at))
    }
}

impl TillAct {
    /// Type of the command: part of its name.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Hold(..) => CommandKind::CreateHold,
            Self::Capture(..) => CommandKind::CaptureHold,
            Self::Release(_) => CommandKind::ReleaseHold,
            Self::Expire(_) => CommandKind::ExpireHold,
            Self::Redeem(_) => CommandKind::RedeemPoints,
            Self::Refund(..) => CommandKind::RefundRedemption,
        }
    }

    /// The members whose points it is about, as far as a state tells: who asked for them, and who that is now.
    #[must_use]
    pub fn members(&self, state: &impl State) -> Vec<MemberId> {
        self.member(state).map_or_else(Vec::new, |member| reads::with_person(state, &member))
    }

    fn member(&self, state: &impl State) -> Option<MemberId> {
        match self {
            Self::Hold(asked, _) | Self::Redeem(asked) => Some(asked.member.clone()),
            Self::Capture(place, _) | Self::Release(place) | Self::Expire(place) => {
                place.find_hold(state).map(|hold| hold.member.clone())
            }
            Self::Refund(place, spending, _) => match state.record(&place.spending(*spending)) {
                Some(Record::Hold(hold)) => Some(hold.member.clone()),
                Some(Record::Redemption(redemption)) => Some(redemption.member.clone()),
                _ => None,
            },
        }
    }

    /// The records it reads or changes, as far as a state tells.
    #[must_use]
    pub fn records(&self, state: &impl State) -> Vec<RecordKey> {
        let first = match self {
            Self::Hold(asked, _) => asked.place.hold(),
            Self::Redeem(asked) => asked.place.spending(Spending::Redemption),
            Self::Capture(place, _) | Self::Release(place) | Self::Expire(place) => place.hold(),
            Self::Refund(place, spending, _) => place.spending(*spending),
        };
        let mut keys = vec![first];
        if let Some(member) = self.member(state) {
            keys.extend(reads::chain_of(state, &member));
            keys.push(RecordKey::Holds(reads::person(state, &member)));
            keys.push(RecordKey::Holds(member));
        }
        keys
    }

    /// The act that wrote an entry of the till, if that is the first of one.
    #[must_use]
    pub fn of(entry: &Entry) -> Option<Self> {
        let points = entry.movement?.amount().get();
        let asked = |place: &Place, subject: &Option<Subject>| {
            Some(Asked { place: place.clone(), member: entry.member.clone()?, points, subject: subject.clone() })
        };
        Some(match (entry.kind, &entry.fact) {
            (EntryKind::HoldCreated, Fact::Hold(fact)) => {
                Self::Hold(asked(&fact.place, &fact.subject)?, fact.expires_at)
            }
            (EntryKind::HoldCaptured, Fact::Hold(fact)) => Self::Capture(fact.place.clone(), Some(points)),
            (EntryKind::HoldReleased, Fact::Hold(fact)) => Self::Release(fact.place.clone()),
            (EntryKind::HoldExpired, Fact::Hold(fact)) => Self::Expire(fact.place.clone()),
            (EntryKind::PointsRedeemed, Fact::Redemption(fact)) => Self::Redeem(asked(&fact.place, &fact.subject)?),
            (EntryKind::RedemptionRefunded, Fact::Redemption(fact)) => {
                Self::Refund(fact.place.clone(), fact.spending, Some(points))
            }
            _ => return None,
        })
    }
}

/// Points that the act of an entry gives back beside what the entry moves: the rest of a hold that was captured in part.
#[must_use]
pub const fn released_beside(entry: &Entry) -> i64 {
    match &entry.fact {
        Fact::Hold(fact) => fact.given_back,
        _ => 0,
    }
}

/// Points that the act of an entry moves, of what it gives back, to what was written off.
#[must_use]
pub const fn made_good_beside(entry: &Entry) -> i64 {
    match &entry.fact {
        Fact::Hold(fact) => fact.made_good,
        Fact::Redemption(fact) => fact.made_good,
        _ => 0,
    }
}
