//! Rule sets: they turn activities into points.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::terms::activity::Measure;
use crate::terms::caps::Cap;
use crate::terms::expiry::Policy;
use crate::value::amount::AMOUNT_MAX;
use crate::value::encoding::{Hash, encode};
use crate::value::ids::{ActivityKind, CapId, KeySpace, RuleId};
use crate::value::principal::PrincipalId;
use crate::value::reason::Reason;
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
    /// Most points that one activity brings by the rule, before caps, 1 to
    /// [`crate::value::amount::RULE_POINTS_MAX`].
    pub max_points: Option<i64>,
    /// Least amount of the activity, in minor units, at least 1. While refunds leave less of the amount, the rule gives
    /// nothing.
    pub min_left_minor: Option<i64>,
}

versioned!(Rule = 1 {
    id, kind, reward, condition, cap, wait, exclusive, follows, from, until, max_points, min_left_minor
});

impl Rule {
    /// True when the rule takes points.
    #[must_use]
    pub const fn is_penalty(&self) -> bool {
        matches!(self.reward, Reward::Fixed { points } if points < 0)
    }

    /// True when the points depend on the amount of the activity: the rule pays by it, or asks for a least amount.
    #[must_use]
    pub const fn goes_by_amount(&self) -> bool {
        matches!(self.reward, Reward::PerAmount { .. }) || self.min_left_minor.is_some()
    }

    /// True when the points depend on the quantity of the activity.
    #[must_use]
    pub const fn goes_by_quantity(&self) -> bool {
        matches!(self.reward, Reward::PerQuantity { .. })
    }

    /// True when less is left of the amount than the rule asks for.
    #[must_use]
    pub fn is_below_least(&self, left: Measure) -> bool {
        self.min_left_minor.is_some_and(|least| left.minor.unwrap_or(0) < least)
    }

    /// Returns the reason why so little of an activity brings nothing by the rule; `None` when it brings points, or when
    /// the amount and the quantity do not matter.
    #[must_use]
    pub fn too_small(&self, left: Measure) -> Option<Reason> {
        let gives_nothing = || self.points(left) == Some(0);
        match self.reward {
            _ if self.is_below_least(left) => Some(Reason::AmountTooSmall),
            Reward::PerAmount { .. } if gives_nothing() => Some(Reason::AmountTooSmall),
            Reward::PerQuantity { .. } if gives_nothing() => Some(Reason::QuantityTooSmall),
            Reward::Fixed { .. } | Reward::PerAmount { .. } | Reward::PerQuantity { .. } => None,
        }
    }

    /// True when nothing is left of the amount or of the quantity by which the rule goes.
    #[must_use]
    pub fn has_nothing_in(&self, left: Measure) -> bool {
        self.goes_by_amount() && left.minor == Some(0) || self.goes_by_quantity() && left.quantity == Some(0)
    }

    /// Returns the points for an activity of which so much is left, before caps; `None` when they leave the range of
    /// amounts.
    ///
    /// 1 point per £1.00, at most 100 points, from £25.00 on: £24.99 give 0, £30.00 give 30, £250.00 give 100.
    #[must_use]
    pub fn points(&self, left: Measure) -> Option<i64> {
        if self.is_below_least(left) {
            return Some(0);
        }
        let points = self.reward.points(left).min(self.max_points.map_or(i128::MAX, i128::from));
        i64::try_from(points).ok().filter(|points| *points <= AMOUNT_MAX)
    }
}

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
    /// Points for each activity, −[`crate::value::amount::RULE_POINTS_MAX`] to
    /// [`crate::value::amount::RULE_POINTS_MAX`]. Below 0 they are a penalty: points that the activity takes.
    Fixed {
        /// The points.
        points: i64,
    },
    /// Points for each part of the activity's amount.
    PerAmount {
        /// Points, 1 to [`crate::value::amount::RULE_POINTS_MAX`].
        points: i64,
        /// Part of the amount for which the points are given, in minor units, at least 1.
        per_minor: i64,
        /// Way to make whole points of the amount.
        rounding: Rounding,
    },
    /// Points for each whole part of the activity's quantity: `points × floor(quantity / per_quantity)`.
    PerQuantity {
        /// Points, 1 to [`crate::value::amount::RULE_POINTS_MAX`].
        points: i64,
        /// Part of the quantity for which the points are given, 1 to
        /// [`crate::terms::activity::QUANTITY_MAX`].
        per_quantity: i64,
    },
}

/// Way to make whole points of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Rounding {
    /// In proportion, and down: `floor(points × amount / per)`.
    #[default]
    Down = 1,
    /// In proportion, and to the nearest point, a half up: `floor(points × amount / per + 1/2)`.
    HalfUp = 2,
    /// For each whole part of the amount: `points × floor(amount / per)`.
    WholeSteps = 3,
}

impl Reward {
    /// Returns the points for an activity of which so much is left. Nothing that was not reported brings points.
    ///
    /// 5 points per £2.50 for £3.70: `floor(5 × 370 / 250) = 7` rounded down, `floor(7.4 + 0.5) = 7` rounded half up, and
    /// `5 × floor(370 / 250) = 5` for each whole £2.50.
    fn points(self, left: Measure) -> i128 {
        let (minor, quantity) = (i128::from(left.minor.unwrap_or(0)), i128::from(left.quantity.unwrap_or(0)));
        match self {
            Self::Fixed { points } => points.into(),
            Self::PerAmount { points, per_minor, rounding } => {
                let (points, per) = (i128::from(points), i128::from(per_minor));
                match rounding {
                    Rounding::Down => points * minor / per,
                    // Twice the quotient, plus one, halved: no half is lost.
                    Rounding::HalfUp => (2 * points * minor + per) / (2 * per),
                    Rounding::WholeSteps => minor / per * points,
                }
            }
            Self::PerQuantity { points, per_quantity } => quantity / i128::from(per_quantity) * i128::from(points),
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
    use crate::terms::activity::QUANTITY_MAX;
    use crate::value::amount::RULE_POINTS_MAX;
    use crate::value::money::MONEY_MAX;

    fn rule(reward: Reward) -> Rule {
        Rule {
            id: RuleId::parse("r").expect("an id"),
            kind: ActivityKind::parse("order").expect("a kind"),
            reward,
            condition: None,
            cap: None,
            wait: None,
            exclusive: None,
            follows: None,
            from: None,
            until: None,
            max_points: None,
            min_left_minor: None,
        }
    }

    fn amount(minor: i64) -> Measure {
        Measure { minor: Some(minor), quantity: None }
    }

    fn quantity(quantity: i64) -> Measure {
        Measure { minor: None, quantity: Some(quantity) }
    }

    const NOTHING: Measure = Measure { minor: None, quantity: None };

    #[test]
    fn points_per_amount_are_rounded_once() {
        let points = |rounding, minor| {
            let five_per_two_fifty = Reward::PerAmount { points: 5, per_minor: 250, rounding };
            rule(five_per_two_fifty).points(amount(minor))
        };
        // A fiftieth of a pound is a point: 0.25 is half a point.
        for (minor, down, half_up, whole_steps) in [
            (0, 0, 0, 0),
            (24, 0, 0, 0),
            (25, 0, 1, 0),
            (49, 0, 1, 0),
            (50, 1, 1, 0),
            (249, 4, 5, 0),
            (250, 5, 5, 5),
            (300, 6, 6, 5),
            (374, 7, 7, 5),
            (375, 7, 8, 5),
            (500, 10, 10, 10),
        ] {
            let told = [Rounding::Down, Rounding::HalfUp, Rounding::WholeSteps].map(|rounding| points(rounding, minor));
            assert_eq!(told, [down, half_up, whole_steps].map(Some), "{minor}");
        }
        // An odd part has no half of its own: 1/3 is rounded down, 2/3 up.
        let per_three = rule(Reward::PerAmount { points: 1, per_minor: 3, rounding: Rounding::HalfUp });
        assert_eq!([1, 2, 4, 5].map(|minor| per_three.points(amount(minor))), [0, 1, 1, 2].map(Some));
        assert_eq!(per_three.points(NOTHING), Some(0));
        assert_eq!(rule(Reward::Fixed { points: 5 }).points(amount(0)), Some(5));
    }

    #[test]
    fn points_per_quantity_are_given_for_each_whole_part() {
        let two_per_three = rule(Reward::PerQuantity { points: 2, per_quantity: 3 });
        assert_eq!([0, 2, 3, 5, 6].map(|left| two_per_three.points(quantity(left))), [0, 0, 2, 2, 4].map(Some));
        assert_eq!([two_per_three.points(amount(500)), two_per_three.points(NOTHING)], [Some(0); 2]);
        assert!(two_per_three.has_nothing_in(quantity(0)) && !two_per_three.has_nothing_in(quantity(1)));
    }

    #[test]
    fn one_activity_brings_at_most_so_much_and_nothing_below_the_least_amount() {
        let reward = Reward::PerAmount { points: 1, per_minor: 100, rounding: Rounding::Down };
        let bounded = Rule { max_points: Some(100), min_left_minor: Some(2_500), ..rule(reward) };
        let points = [2_499, 2_500, 9_999, 10_000, 25_000].map(|minor| bounded.points(amount(minor)));
        assert_eq!(points, [0, 25, 99, 100, 100].map(Some));
        let fixed = Rule { min_left_minor: Some(2_500), ..rule(Reward::Fixed { points: 5 }) };
        assert_eq!([fixed.points(amount(2_499)), fixed.points(amount(2_500))], [Some(0), Some(5)]);
        assert_eq!(fixed.points(NOTHING), Some(0));
    }

    #[test]
    fn points_beyond_the_largest_amount_are_refused() {
        // INV 38
        let per = |rounding| Reward::PerAmount { points: RULE_POINTS_MAX, per_minor: 1, rounding };
        let most = [
            (per(Rounding::Down), amount(MONEY_MAX), amount(1)),
            (per(Rounding::HalfUp), amount(MONEY_MAX), amount(1)),
            (per(Rounding::WholeSteps), amount(MONEY_MAX), amount(1)),
            (Reward::PerQuantity { points: RULE_POINTS_MAX, per_quantity: 1 }, quantity(QUANTITY_MAX), quantity(1)),
        ];
        for (reward, all, one) in most {
            let rule = rule(reward);
            assert_eq!((rule.points(all), rule.points(one)), (None, Some(RULE_POINTS_MAX)), "{reward:?}");
            assert_eq!(Rule { max_points: Some(7), ..rule }.points(all), Some(7), "{reward:?}");
        }
    }
}
