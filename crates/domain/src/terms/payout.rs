//! Payouts, as a person asks for them.

use borsh::{BorshDeserialize, BorshSerialize};

use borsh::io::{self, Read, Write};

use crate::terms::choice::ChoiceTerms;
use crate::terms::savings::MILLIONTHS;
use crate::value::encoding::invalid;
use crate::value::ids::{MemberId, PayoutId, StatementId};
use crate::value::money::MONEY_MAX;
use crate::value::split::{Share, SplitError, floors, split};
use crate::value::time::Day;
use crate::value::version::read_version_up_to;

/// Way in which a pool becomes shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum PayoutMode {
    /// Shares in proportion to points, largest remainder.
    Pool = 1,
    /// So much money for each point, rounded down. The rest of the pool goes back to the statement.
    FixedRate = 2,
    /// Shares in proportion to the weights of a list, rounded down. The rest goes to an account that the terms name.
    List = 3,
}

/// The list of a payout in the mode [`PayoutMode::List`].
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ListTerms {
    /// Number of rows.
    pub rows: i64,
    /// Sum of the weights.
    pub total_weight: i64,
    /// The account that gets what rounding down leaves.
    pub remainder_to: MemberId,
}

/// Most rows of a list: ten thousand calls that add a thousand each.
pub const LIST_ROWS_MAX: i64 = 10_000_000;

/// Largest rate, in millionths of a minor unit: 10,000 units of money for a point, at two decimal places.
pub const RATE_MAX: i64 = 1_000_000_000_000;

/// Terms with which a payout is created. An approval signs them together with the weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutTerms {
    /// Id of the payout.
    pub id: PayoutId,
    /// The statement that the payout is paid from.
    pub statement: StatementId,
    /// Last day whose credit counts.
    pub last_day: Day,
    /// Way in which the pool becomes shares.
    pub mode: PayoutMode,
    /// The pool to share out, in minor units, above zero.
    pub pool_minor: i64,
    /// Millionths of a minor unit for each point in the mode [`PayoutMode::FixedRate`]; 0 in others.
    pub rate_millionths: i64,
    /// Least share, in minor units; whoever would get less is left out. 0 for none.
    pub minimum_share_minor: i64,
    /// The list in the mode [`PayoutMode::List`].
    pub list: Option<ListTerms>,
    /// Terms on which members are asked how they want their money; `None` when nobody is asked.
    pub choices: Option<ChoiceTerms>,
}

impl PayoutTerms {
    /// True when somebody can give these terms on a day: each part is in its range, and there where its mode asks for it.
    #[must_use]
    pub fn is_well_formed(&self, day: Day) -> bool {
        let is_of_mode = match (self.mode, &self.list) {
            (PayoutMode::Pool, None) => self.rate_millionths == 0,
            (PayoutMode::FixedRate, None) => (1..=RATE_MAX).contains(&self.rate_millionths),
            (PayoutMode::List, Some(list)) => {
                (1..=LIST_ROWS_MAX).contains(&list.rows)
                    && list.total_weight >= list.rows
                    && self.rate_millionths == 0
                    && self.minimum_share_minor == 0
            }
            (PayoutMode::Pool | PayoutMode::FixedRate, Some(_)) | (PayoutMode::List, None) => false,
        };
        is_of_mode
            && (1..=MONEY_MAX).contains(&self.pool_minor)
            && (0..=MONEY_MAX).contains(&self.minimum_share_minor)
            && self.choices.as_ref().is_none_or(|choices| choices.is_well_formed(day))
    }

    /// Version of the encoding without the fields that came later: every payout has them, and none is given a value.
    const FIRST: u8 = 1;
    const SECOND: u8 = 2;

    /// Makes the terms of a pool that is shared out in proportion to points.
    #[must_use]
    pub const fn of_pool(id: PayoutId, statement: StatementId, last_day: Day, pool_minor: i64) -> Self {
        Self {
            id,
            statement,
            last_day,
            mode: PayoutMode::Pool,
            pool_minor,
            rate_millionths: 0,
            minimum_share_minor: 0,
            list: None,
            choices: None,
        }
    }

    /// Returns the money for so many points at a fixed rate: `floor(points × rate)`, in minor units. 0 in other modes, and as much as an
    /// i64 holds where it would be more.
    #[must_use]
    pub fn at_rate(&self, points: i64) -> i64 {
        let millionths = i128::from(points) * i128::from(self.rate_millionths);
        i64::try_from(millionths / i128::from(MILLIONTHS)).unwrap_or(i64::MAX)
    }

    /// True when the share of so many points, of so many in all, is below the minimum: `pool × points < minimum × total`.
    #[must_use]
    pub fn is_too_little(&self, points: i64, total: i128) -> bool {
        let minimum = i128::from(self.minimum_share_minor);
        match self.mode {
            PayoutMode::FixedRate => i128::from(self.at_rate(points)) < minimum,
            // A minimum and a sum of weights are far below the root of an i128.
            PayoutMode::Pool => i128::from(self.pool_minor) * i128::from(points) < minimum.saturating_mul(total),
            PayoutMode::List => false,
        }
    }

    /// Returns the exact share of one point or unit of weight as a fraction of minor units, given the sum of all weights.
    #[must_use]
    pub const fn ratio(&self, total_weight: i64) -> (i64, i64) {
        match self.mode {
            PayoutMode::FixedRate => (self.rate_millionths, MILLIONTHS),
            PayoutMode::Pool | PayoutMode::List => (self.pool_minor, total_weight),
        }
    }

    /// Returns the terms with another pool.
    #[must_use]
    pub fn of_pool_minor(&self, pool_minor: i64) -> Self {
        Self { pool_minor, ..self.clone() }
    }

    /// Returns the version that the terms are encoded in: the lowest that has their values.
    fn version(&self) -> u8 {
        let has_later =
            self.rate_millionths != 0 || self.minimum_share_minor != 0 || self.list.is_some() || self.choices.is_some();
        if has_later { Self::SECOND } else { Self::FIRST }
    }
}

impl BorshSerialize for PayoutTerms {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        let Self { id, statement, last_day, mode, pool_minor, rate_millionths, minimum_share_minor, list, choices } =
            self;
        let version = self.version();
        (version, id, statement, last_day, mode, pool_minor).serialize(writer)?;
        if version == Self::SECOND {
            (rate_millionths, minimum_share_minor, list, choices).serialize(writer)?;
        }
        Ok(())
    }
}

impl BorshDeserialize for PayoutTerms {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let version = read_version_up_to(reader, "PayoutTerms", Self::SECOND)?;
        let (id, statement, last_day, mode, pool_minor) = BorshDeserialize::deserialize_reader(reader)?;
        let mut terms = Self { mode, ..Self::of_pool(id, statement, last_day, pool_minor) };
        if version == Self::SECOND {
            (terms.rate_millionths, terms.minimum_share_minor, terms.list, terms.choices) =
                BorshDeserialize::deserialize_reader(reader)?;
            // One value has one encoding.
            if terms.version() != Self::SECOND {
                return Err(invalid("PayoutTerms of version 2 has the values of version 1"));
            }
        }
        Ok(terms)
    }
}

/// Computes every share of a payout from the weights of its members, who stand in byte order. At a fixed rate a share may be 0.
///
/// # Errors
/// [`SplitError`] when the pool is empty, no weight is above zero, or a sum does not fit.
pub fn shares_of(terms: &PayoutTerms, weights: Vec<(MemberId, i64)>) -> Result<Vec<Share>, SplitError> {
    match (terms.mode, &terms.list) {
        (PayoutMode::FixedRate, _) => {
            if weights.iter().all(|(_, weight)| *weight <= 0) {
                return Err(SplitError::NoWeight);
            }
            let share = |(member, weight): (MemberId, i64)| {
                let share_minor = terms.at_rate(weight.max(0));
                Share { member, weight, share_minor, rounding_unit: false }
            };
            Ok(weights.into_iter().map(share).collect())
        }
        (PayoutMode::List, Some(list)) => floors(terms.pool_minor, weights, &list.remainder_to),
        (PayoutMode::Pool | PayoutMode::List, _) => split(terms.pool_minor, weights),
    }
}

/// Amount of the statement's pool that a payout asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolAsked {
    /// The amount in the terms.
    Stated,
    /// All that is left when the command is decided.
    Rest,
}
