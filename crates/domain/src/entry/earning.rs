//! Facts about activities and about later news of them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::activity::Measure;
use crate::terms::caps::{CapPeriod, Flow};
use crate::value::ids::{ActivityId, ActivityKind, ExclusiveKey, KeySpace, MemberId, RuleId, SourceId, Subject};
use crate::value::reason::Reason;
use crate::value::time::Micros;
use crate::value::version::versioned;

/// An exclusive key within its key space.
pub type ClaimKey = (KeySpace, ExclusiveKey);

/// The log's facts about an activity. Attributes stand beside the log, under the entry's note digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityFact {
    /// Kind of the activity.
    pub kind: ActivityKind,
    /// The other member on whose act the activity rests, if any.
    pub counterparty: Option<MemberId>,
    /// Subject of the activity, if any.
    pub subject: Option<Subject>,
    /// Value of the order, in minor units, if the activity has one.
    pub amount_minor: Option<i64>,
    /// The exclusive key that was reported, if any.
    pub exclusive_key: Option<ExclusiveKey>,
    /// The activity of the same source that this one follows.
    pub follows: Option<ActivityId>,
    /// Claim to the exclusive key, if any.
    pub claims: Option<Claims>,
    /// Time when something of the activity falls due.
    pub due_at: Option<Micros>,
    /// Outcome under each rule that applied. Empty for one rule without a cap and without a waiting time: then the
    /// entry's columns say everything.
    pub parts: Vec<PartChange>,
    /// The programme's offset from UTC at the time of the activity, in seconds. The local day can be computed from it,
    /// even when the time zone's rules change later.
    pub utc_offset_s: i32,
    /// Part of the refunds told before the activity came for which its amount has nothing left, in minor units. Refunds that
    /// do not count have no part in it.
    pub excess_minor: i64,
    /// Number of things that the activity is about, if it was reported.
    pub quantity: Option<i64>,
    /// Part of the refunds told before the activity came for which its quantity has nothing left.
    pub excess_quantity: i64,
    /// True when a ban of the member covers the activity: it brings nothing until the ban is lifted.
    pub is_revoked: bool,
    /// Points of the credit that do not become available: a further move makes good what was written off of acts under the
    /// same window of a cap.
    pub given_back: i64,
}

versioned!(ActivityFact = 1 {
    kind, counterparty, subject, amount_minor, exclusive_key, follows, claims, due_at, parts, utc_offset_s,
    excess_minor, quantity, excess_quantity, is_revoked, given_back
});

impl ActivityFact {
    /// Returns the amount and the quantity as they were reported.
    #[must_use]
    pub const fn measure(&self) -> Measure {
        Measure { minor: self.amount_minor, quantity: self.quantity }
    }
}

/// Claim of an activity to its exclusive key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Claims {
    /// The latest activity holds the key, and this is the latest.
    Latest(KeySpace),
    /// The earliest activity that stands holds the key, and this is one of the candidates.
    Candidate(KeySpace),
}

impl Claims {
    /// Returns the key space in which the key is compared.
    #[must_use]
    pub const fn space(&self) -> &KeySpace {
        match self {
            Self::Latest(space) | Self::Candidate(space) => space,
        }
    }
}

/// The log's facts about news of an activity, told after the activity was recorded or before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each of them may hold with each of the others")]
pub struct EarningFact {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity, which is the board it counts on; `None` before the activity came.
    pub kind: Option<ActivityKind>,
    /// Money given back of the activity's amount, in minor units.
    pub refunded_minor: i64,
    /// The activity as it was recorded, when its record begins with this entry.
    pub begins: Option<Begun>,
    /// True when another activity holds the exclusive key from now on.
    pub is_displaced: bool,
    /// Time when something of the activity falls due next.
    pub due_at: Option<Micros>,
    /// Outcome of the activity under each of its rules from now on; empty when nothing changes.
    pub parts: Vec<PartChange>,
    /// Part of a refund for which the amount has nothing left, in minor units.
    pub excess_minor: i64,
    /// Part of the activity's quantity that was given back.
    pub refunded_quantity: i64,
    /// Part of a refund for which the quantity has nothing left.
    pub excess_quantity: i64,
    /// True when a ban of the member covers the activity from now on.
    pub is_revoked: bool,
    /// True when the activity is reversed from now on, by the last word of its source.
    pub is_reversed: bool,
    /// True when the activity takes points: a penalty.
    pub is_penalty: bool,
    /// Points of what the activity gains that do not become available: further moves make good what was written off, and give
    /// back what had expired.
    pub given_back: i64,
}

versioned!(EarningFact = 1 {
    source, activity, kind, refunded_minor, begins, is_displaced, due_at, parts, excess_minor, refunded_quantity,
    excess_quantity, is_revoked, is_reversed, is_penalty, given_back
});

/// An activity as it was recorded, on the entry that begins its record. It leaves out what the entry itself says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// Time when the activity was recorded.
    pub recorded_at: Micros,
    /// Time when the activity happened.
    pub occurred_at: Micros,
    /// Value of the order, in minor units.
    pub amount_minor: Option<i64>,
    /// Reason why the activity earned nothing when it was recorded, if it earned nothing.
    pub declined: Option<Reason>,
    /// Outcome under each rule that applied.
    pub parts: Vec<BegunPart>,
    /// The exclusive key that the activity claims.
    pub claims: Option<ClaimKey>,
    /// Number of things that the activity is about.
    pub quantity: Option<i64>,
    /// True when a ban of the member covered the activity when it was recorded.
    pub is_revoked: bool,
}

versioned!(Begun = 1 { recorded_at, occurred_at, amount_minor, declined, parts, claims, quantity, is_revoked });

/// Outcome of an activity under one rule when it was recorded, before caps.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BegunPart {
    /// The rule.
    pub rule: RuleId,
    /// The caps that count the outcome, from the innermost outwards.
    pub caps: Vec<CapPeriod>,
    /// Points that the rule gave.
    pub brings: Flow,
    /// True when the caps let nothing pass.
    pub was_held_back: bool,
}

/// Change that an entry makes to one part of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartChange {
    /// The rule.
    pub rule: RuleId,
    /// Outcome under the rule from now on, before caps.
    pub brings: Flow,
    /// Change of the flow into each cap, from the innermost outwards.
    pub caps: Vec<CapFlow>,
    /// Change of the flow that passes all caps: points that the member gets or loses.
    pub passes: Flow,
}

versioned!(PartChange = 1 { rule, brings, caps, passes });

impl PartChange {
    /// Returns the difference to the outcome before, before caps.
    #[must_use]
    pub fn change(&self) -> Flow {
        self.caps.first().map_or(self.passes, |innermost| innermost.change)
    }
}

/// Change of the flow into one window of a cap.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CapFlow {
    /// The cap and its window.
    pub period: CapPeriod,
    /// Difference to the flow before.
    pub change: Flow,
}

impl EarningFact {
    /// Makes a fact that says which activity an entry is about, and no more.
    #[must_use]
    pub fn about(source: &SourceId, activity: &ActivityId, kind: &ActivityKind, is_penalty: bool) -> Self {
        Self {
            source: source.clone(),
            activity: activity.clone(),
            kind: Some(kind.clone()),
            refunded_minor: 0,
            begins: None,
            is_displaced: false,
            due_at: None,
            parts: Vec::new(),
            excess_minor: 0,
            refunded_quantity: 0,
            excess_quantity: 0,
            is_revoked: false,
            is_reversed: false,
            is_penalty,
            given_back: 0,
        }
    }
}
