//! Adjustments: points that a person gives or takes, and answers for.

use std::sync::LazyLock;

use borsh::{BorshDeserialize, BorshSerialize};

use super::codes::codes;
use super::command::Act;
use super::entry::{Entry, EntryKind, Seq};
use super::ids::{ActivityKind, AdjustmentId, MemberId, PayoutId, PrincipalId};
use super::time::{Day, Micros};

/// Most points of one adjustment, given or taken: those of one rule's reward.
pub const POINTS_MAX: i64 = super::amount::RULE_POINTS_MAX;

/// Most points that one person may adjust alone, where a programme does not say: at a point a penny, ten pounds.
pub const LIMIT_DEFAULT: i64 = 1_000;

codes! {
    /// Why points are adjusted. Boards count them under this name, as if it were a kind of activity.
    AdjustmentReason {
        /// A gift.
        Goodwill = 1, "goodwill";
        /// Something was wrong.
        Correction = 2, "correction";
        /// What the member had before the programme began.
        OpeningBalance = 3, "opening_balance";
    }
}

codes! {
    /// Where an adjustment stands.
    AdjustmentState {
        /// It waits for a second person.
        Proposed = 1, "proposed";
        /// Its points were moved.
        Posted = 2, "posted";
        /// A second person said no, or the first thought better of it.
        Rejected = 3, "rejected";
        /// Its points were taken back, as the member was banned.
        Revoked = 4, "revoked";
    }
}

/// The names of reasons, as boards know them; in the order of their numbers.
static KINDS: LazyLock<Vec<ActivityKind>> = LazyLock::new(|| {
    let kind = |reason: &AdjustmentReason| ActivityKind::parse(reason.name()).expect("names of reasons are labels");
    AdjustmentReason::ALL.iter().map(kind).collect()
});

impl AdjustmentReason {
    /// The name under which boards count it.
    #[must_use]
    pub fn kind(self) -> &'static ActivityKind {
        &KINDS[usize::from(self.number()) - 1]
    }

    /// Whether boards count adjustments under this name, so that no rule may use it.
    #[must_use]
    pub fn is_reserved(kind: &ActivityKind) -> bool {
        KINDS.contains(kind)
    }
}

/// An adjustment, as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdjustmentTerms {
    /// Its id.
    pub id: AdjustmentId,
    /// Whose points.
    pub member: MemberId,
    /// Points given, or, below zero, taken; never 0.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
    /// When they count; `None` for the time at which it is recorded.
    pub occurred_at: Option<Micros>,
}

/// What the log keeps of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AdjustmentFact {
    /// Its id.
    pub id: AdjustmentId,
    /// Points given, or, below zero, taken.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
}

/// What the log keeps of a further move of an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AdjustmentMove {
    /// The adjustment.
    pub of: AdjustmentFact,
    /// The payout that had set the points aside, if one had.
    pub payout: Option<PayoutId>,
}

/// An adjustment, as recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Adjustment {
    /// Whose points.
    pub member: MemberId,
    /// Points given, or, below zero, taken.
    pub points: i64,
    /// Why.
    pub reason: AdjustmentReason,
    /// When they count.
    pub occurred_at: Micros,
    /// The programme's day on which they count.
    pub local_day: Day,
    /// Where it stands.
    pub state: AdjustmentState,
    /// The entry that recorded it first.
    pub seq: Seq,
    /// When its points were moved, or it was proposed.
    pub recorded_at: Micros,
    /// Who drew it up.
    pub drawn_up_by: PrincipalId,
    /// Who approved or rejected it, and by which entry, once somebody has.
    pub decided: Option<(PrincipalId, Seq)>,
}

impl AdjustmentFact {
    /// The act that wrote an entry, as far as that is an act on an adjustment.
    #[must_use]
    pub fn act(&self, entry: &Entry) -> Option<Act> {
        match entry.kind {
            EntryKind::AdjustmentRejected => Some(Act::RejectAdjustment(self.id.clone())),
            EntryKind::AdjustmentRevoked => Some(Act::RevokeAdjustment(self.id.clone())),
            EntryKind::PointsAdjusted if entry.refers.is_some() => Some(Act::ApproveAdjustment(self.id.clone())),
            EntryKind::PointsAdjusted | EntryKind::AdjustmentProposed => {
                Some(Act::AdjustPoints(Box::new(AdjustmentTerms {
                    id: self.id.clone(),
                    member: entry.member.clone()?,
                    points: self.points,
                    reason: self.reason,
                    occurred_at: Some(entry.occurred_at),
                })))
            }
            _ => None,
        }
    }
}

impl Adjustment {
    /// An adjustment as its first entry makes it; `None` for an entry that concerns no member.
    #[must_use]
    pub fn begun(entry: &Entry, fact: &AdjustmentFact) -> Option<Self> {
        let is_proposed = entry.kind == EntryKind::AdjustmentProposed;
        Some(Self {
            member: entry.member.clone()?,
            points: fact.points,
            reason: fact.reason,
            occurred_at: entry.occurred_at,
            local_day: entry.local_day,
            state: if is_proposed { AdjustmentState::Proposed } else { AdjustmentState::Posted },
            seq: entry.seq,
            recorded_at: entry.recorded_at,
            drawn_up_by: entry.principal.clone(),
            decided: None,
        })
    }
}
