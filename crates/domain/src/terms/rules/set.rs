//! Rule sets: they turn activities into points.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::caps::Cap;
use crate::terms::expiry::Policy;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{ActivityKind, CapId, KeySpace, RuleId};
use crate::value::principal::PrincipalId;
use crate::value::seq::Seq;
use crate::value::time::Micros;
use crate::value::version::versioned;

/// Most rules in a set. This is far above any known scheme, and keeps an entry's fact below 200 kB.
pub const RULES_MAX: usize = 100;

/// Most rules for one kind of activity. Each rule that applies is a part of every entry that the activity writes.
pub const RULES_PER_KIND_MAX: usize = 8;

/// Longest waiting time of a rule, in days: ten years.
pub const TERM_DAYS_MAX: u32 = 3_653;

/// Microseconds of a day of 24 hours. Waiting times are counted in these days, so they need no calendar.
pub const DAY_MICROS: i64 = 86_400_000_000;

/// A rule that turns one kind of activity into points. An activity earns by every rule of its kind that applies. Each
/// rule counts under its own cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Id of the rule within the set.
    pub id: RuleId,
    /// The kind of activity that the rule rewards.
    pub kind: ActivityKind,
    /// Points that the rule gives.
    pub reward: Reward,
    /// A condition in CEL; see [`crate::terms::condition`]. A condition without a result does not hold.
    pub condition: Option<String>,
    /// The innermost cap that counts the rule's points.
    pub cap: Option<CapId>,
    /// Event or time that the points wait for before they can be used.
    pub wait: Option<Wait>,
    /// Exclusive key of the rule: one activity holds the key, and it alone earns.
    pub exclusive: Option<Exclusive>,
    /// Activity that the rewarded activity must follow.
    pub follows: Option<Follows>,
    /// Earliest time of an activity that the rule applies to.
    pub from: Option<Micros>,
    /// End of the rule: it applies to activities that occurred before this time.
    pub until: Option<Micros>,
}

versioned!(Rule = 1 { id, kind, reward, condition, cap, wait, exclusive, follows, from, until });

/// Exclusive keys that a rule asks for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Exclusive {
    /// Name space in which the keys are compared, as `question`.
    pub space: KeySpace,
    /// Way to choose the activity that holds a key.
    pub holder: Holder,
}

/// Way to choose the activity that holds an exclusive key, among those that claim it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Holder {
    /// The latest, even when it was reversed or ended unconfirmed: the accepted answer of a question.
    #[default]
    Latest = 1,
    /// The earliest that was not reversed and did not end unconfirmed: the recruiter of a member.
    EarliestStanding = 2,
}

/// Reward that a rule gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Reward {
    /// Points for each activity, 0 to [`crate::value::amount::RULE_POINTS_MAX`].
    Fixed {
        /// The points.
        points: i64,
    },
    /// Points for each part of the activity's amount, rounded down: `floor(points × amount / per_minor)`.
    PerAmount {
        /// Points, 1 to [`crate::value::amount::RULE_POINTS_MAX`].
        points: i64,
        /// Part of the amount for which the points are given, in minor units, at least 1.
        per_minor: i64,
    },
}

impl Reward {
    /// Returns the points for an activity with this amount left; `None` when they leave the range of amounts.
    ///
    /// 2 points per £5.00 for £19.99: `floor(2 × 1999 / 500) = 7`.
    #[must_use]
    pub fn points(self, left_minor: Option<i64>) -> Option<i64> {
        match self {
            Self::Fixed { points } => Some(points),
            Self::PerAmount { points, per_minor } => {
                let product = i128::from(points) * i128::from(left_minor.unwrap_or(0));
                let points = i64::try_from(product / i128::from(per_minor)).ok()?;
                (points <= crate::value::amount::AMOUNT_MAX).then_some(points)
            }
        }
    }
}

/// Event or time that points wait for before they can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Wait {
    /// A confirmation dated within this many days. Without one the activity ends unconfirmed.
    Confirmation {
        /// Days of 24 hours, 1 to [`TERM_DAYS_MAX`].
        days: u32,
    },
    /// This many days, the return window. Then the points vest.
    Vesting {
        /// Days of 24 hours, 1 to [`TERM_DAYS_MAX`].
        days: u32,
    },
}

impl Wait {
    /// Returns the last instant of the waiting time of an activity that occurred at this time.
    #[must_use]
    pub fn ends(self, occurred_at: Micros) -> Micros {
        let (Self::Confirmation { days } | Self::Vesting { days }) = self;
        occurred_at.plus(i64::from(days) * DAY_MICROS)
    }
}

/// Condition that the activity must follow another one: an activity of the same source and member that a rule decided.
///
/// The other activity is looked for at the time of recording. So the order of recording counts for such rules.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Follows {
    /// A rule that decided the followed activity, in whichever version.
    pub rule: RuleId,
    /// Longest time between the two activities, in days of 24 hours, 1 to [`TERM_DAYS_MAX`].
    pub within_days: u32,
    /// True when the followed activity must have earned nothing because its cap was full: "after N".
    pub past_cap: bool,
}

/// An immutable version of a programme's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    /// Number of the version: 1, 2, 3 ….
    pub version: u32,
    /// Time from which activities earn by this version, until the next version's time.
    pub in_force_from: Micros,
    /// The rules, at most [`RULES_PER_KIND_MAX`] for each kind.
    pub rules: Vec<Rule>,
    /// The caps that the rules name, at most [`crate::terms::caps::CAPS_MAX`].
    pub caps: Vec<Cap>,
    /// Life of points; without it points do not expire.
    pub expiry: Option<Policy>,
}

versioned!(RuleSet = 1 { version, in_force_from, rules, caps, expiry });

impl RuleSet {
    /// Returns the SHA-256 of the canonical encoding.
    #[must_use]
    pub fn digest(&self) -> Hash {
        use sha2::Digest as _;
        sha2::Sha256::digest(encode(self)).into()
    }

    /// Finds a rule.
    #[must_use]
    pub fn rule(&self, id: &RuleId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == *id)
    }

    /// Finds a cap.
    #[must_use]
    pub fn cap(&self, id: &CapId) -> Option<&Cap> {
        self.caps.iter().find(|cap| cap.id == *id)
    }
}

/// A rule set, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PublishedRuleSet {
    /// The rules.
    pub rules: RuleSet,
    /// The entry that published them.
    pub published_seq: Seq,
    /// Time when the rules were recorded.
    pub published_at: Micros,
    /// The principal who published the rules.
    pub published_by: PrincipalId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_per_amount_are_rounded_down_once() {
        let two_per_five = Reward::PerAmount { points: 2, per_minor: 500 };
        assert_eq!(two_per_five.points(Some(1_999)), Some(7));
        assert_eq!(two_per_five.points(Some(0)), Some(0));
        assert_eq!(two_per_five.points(None), Some(0));
        assert_eq!(Reward::Fixed { points: 5 }.points(Some(0)), Some(5));
    }

    #[test]
    fn points_beyond_the_largest_amount_are_refused() {
        // INV 38
        let most = Reward::PerAmount { points: crate::value::amount::RULE_POINTS_MAX, per_minor: 1 };
        assert_eq!(most.points(Some(crate::value::money::MONEY_MAX)), None);
        assert_eq!(most.points(Some(1)), Some(crate::value::amount::RULE_POINTS_MAX));
    }
}
