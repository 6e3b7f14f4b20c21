//! What entries hold of activities, and of what is told of them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::caps::{CapPeriod, Flow};
use crate::value::ids::{ActivityId, ActivityKind, ExclusiveKey, KeySpace, MemberId, RuleId, SourceId, Subject};
use crate::value::reason::Reason;
use crate::value::time::Micros;
use crate::value::version::versioned;

/// Key of what can be had once only.
pub type ClaimKey = (KeySpace, ExclusiveKey);

/// What the log keeps of an activity. Attributes are beside the log, under the entry's note digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityFact {
    /// What was done.
    pub kind: ActivityKind,
    /// Whose act it rests on.
    pub counterparty: Option<MemberId>,
    /// What it was about.
    pub subject: Option<Subject>,
    /// Value of the order it was about, in minor units.
    pub amount_minor: Option<i64>,
    /// What can be had once only.
    pub exclusive_key: Option<ExclusiveKey>,
    /// The activity of the same source that it follows.
    pub follows: Option<ActivityId>,
    /// What it is to its exclusive key, if anything.
    pub claims: Option<Claims>,
    /// When something of it falls due.
    pub due_at: Option<Micros>,
    /// What it brings by each rule that applied; empty for one rule without a cap or a term, of which the entry says all.
    pub parts: Vec<PartChange>,
    /// The programme's offset from UTC when it happened, in seconds: with it, its local day can be computed again, whatever
    /// becomes of the time zone.
    pub utc_offset_s: i32,
}

versioned!(ActivityFact = 1 {
    kind, counterparty, subject, amount_minor, exclusive_key, follows, claims, due_at, parts, utc_offset_s
});

/// What an activity is to its exclusive key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Claims {
    /// It is the latest, and so holds the key.
    Latest(KeySpace),
    /// It is one of those of which the earliest that stands holds the key.
    Candidate(KeySpace),
}

impl Claims {
    /// Where the key is compared.
    #[must_use]
    pub const fn space(&self) -> &KeySpace {
        match self {
            Self::Latest(space) | Self::Candidate(space) => space,
        }
    }
}

/// What is told of an activity after, or before, it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarningFact {
    /// Source of the activity.
    pub source: SourceId,
    /// Id of the activity.
    pub activity: ActivityId,
    /// Kind of the activity, the board it counts on; unknown before the activity came.
    pub kind: Option<ActivityKind>,
    /// What was given back of its amount, in minor units.
    pub refunded_minor: i64,
    /// The activity as it was recorded, where its record begins with this entry.
    pub begins: Option<Begun>,
    /// Whether another activity holds its exclusive key from now on.
    pub is_displaced: bool,
    /// The exclusive key that it does not claim any more: what was reversed never stands again.
    pub gives_up: Option<ClaimKey>,
    /// When something of the activity falls due next.
    pub due_at: Option<Micros>,
    /// What the activity brings by each of its rules from now on; empty where nothing changes.
    pub parts: Vec<PartChange>,
}

versioned!(EarningFact = 1 { source, activity, kind, refunded_minor, begins, is_displaced, gives_up, due_at, parts });

/// An activity as it was recorded, on the entry that begins its record; what the entry itself says of it is not said again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// When it was recorded.
    pub recorded_at: Micros,
    /// When it happened.
    pub occurred_at: Micros,
    /// Value of the order it was about, in minor units.
    pub amount_minor: Option<i64>,
    /// Why it earned nothing when it was recorded, if it did.
    pub declined: Option<Reason>,
    /// What it brought by each rule that applied.
    pub parts: Vec<BegunPart>,
    /// The exclusive key it may hold as long as it stands.
    pub contested: Option<ClaimKey>,
}

versioned!(Begun = 1 { recorded_at, occurred_at, amount_minor, declined, parts, contested });

/// What an activity brought by one rule when it was recorded, before caps.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BegunPart {
    /// The rule.
    pub rule: RuleId,
    /// The caps that count it, from the innermost on.
    pub caps: Vec<CapPeriod>,
    /// What it brought.
    pub brings: Flow,
    /// Whether nothing of it passed the caps.
    pub was_held_back: bool,
}

/// What an entry makes of one part of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartChange {
    /// The rule.
    pub rule: RuleId,
    /// What the activity brings by it from now on, before caps.
    pub brings: Flow,
    /// How that changes what flowed into each cap, from the innermost on.
    pub caps: Vec<CapFlow>,
    /// How it changes what passes them all: what the member gets, or loses.
    pub passes: Flow,
}

versioned!(PartChange = 1 { rule, brings, caps, passes });

/// How much more, or less, flows into one window of a cap.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CapFlow {
    /// The cap and its window.
    pub period: CapPeriod,
    /// The difference.
    pub change: Flow,
}

impl EarningFact {
    /// Says which activity an entry is about, and no more.
    #[must_use]
    pub fn about(source: &SourceId, activity: &ActivityId, kind: &ActivityKind) -> Self {
        Self {
            source: source.clone(),
            activity: activity.clone(),
            kind: Some(kind.clone()),
            refunded_minor: 0,
            begins: None,
            is_displaced: false,
            gives_up: None,
            due_at: None,
            parts: Vec::new(),
        }
    }
}
