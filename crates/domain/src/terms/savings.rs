//! Savings statements: the money that the community saved the company, and the pool that follows.

use borsh::{BorshDeserialize, BorshSerialize};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::value::encoding::{decode, encode};
use crate::value::ids::StatementId;
use crate::value::money::MONEY_MAX;
use crate::value::time::Day;
use crate::value::version::{read_version, versioned};

/// Most lines in a statement. This keeps an entry's note below 60 kB.
pub const LINES_MAX: usize = 100;

/// Longest description or evidence reference, in bytes.
pub const TEXT_BYTES_MAX: usize = 200;

/// Millionths in one whole, the unit of a factor or share.
pub const MILLIONTHS: i64 = 1_000_000;

/// One line of savings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavingsLine {
    /// Number of units, not negative.
    pub quantity: i64,
    /// Cost of one unit, in minor units, not negative.
    pub unit_cost_minor: i64,
    /// Part that counts, in millionths, 0 to 1,000,000.
    pub factor_millionths: i64,
}

versioned!(SavingsLine = 1 { quantity, unit_cost_minor, factor_millionths });

/// Text of a line of savings. It stands beside the log, in the note of the entry that declares the statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct LineText {
    /// Description of the savings.
    pub description: String,
    /// Source of the figures.
    pub evidence: String,
}

/// Version of the encoding of a note that holds the texts of a statement's lines.
const TEXTS_VERSION: u8 = 1;

/// Returns the text of a note that holds the texts of a statement's lines, in their order: its version byte, then their
/// canonical encoding.
#[must_use]
pub fn texts_note(texts: &[LineText]) -> Vec<u8> {
    encode(&(TEXTS_VERSION, texts))
}

/// Reads the texts of a statement's lines. They must take up all bytes.
///
/// # Errors
/// The error says what is wrong with the bytes.
pub fn texts_of(mut note: &[u8]) -> borsh::io::Result<Vec<LineText>> {
    read_version(&mut note, "the texts of a statement", TEXTS_VERSION)?;
    decode(note)
}

/// Terms with which a savings statement is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementTerms {
    /// Id of the statement.
    pub id: StatementId,
    /// First day of the period.
    pub first_day: Day,
    /// Last day of the period, which is counted.
    pub last_day: Day,
    /// Lines of savings.
    pub lines: Vec<SavingsLine>,
    /// The programme's own cost, in minor units, not negative.
    pub programme_cost_minor: i64,
    /// Value of points redeemed at the till, in minor units, not negative.
    pub redeemed_at_till_minor: i64,
    /// Part that goes to the community, in millionths, 1 to 1,000,000.
    pub community_share_millionths: i64,
}

versioned!(StatementTerms = 1 {
    id, first_day, last_day, lines, programme_cost_minor, redeemed_at_till_minor, community_share_millionths
});

impl SavingsLine {
    /// Returns `quantity × unit cost × factor`, rounded half-even to the minor unit; `None` above [`MONEY_MAX`].
    ///
    /// 3 × 0.05 × 0.5 = 0.075 is 0.08; 1 × 0.05 × 0.5 = 0.025 is 0.02.
    #[must_use]
    pub fn amount_minor(&self) -> Option<i64> {
        let factor = Decimal::new(self.factor_millionths, 6);
        let exact =
            Decimal::from(self.quantity).checked_mul(Decimal::from(self.unit_cost_minor))?.checked_mul(factor)?;
        let rounded = exact.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven);
        i64::try_from(rounded).ok().filter(|amount| (0..=MONEY_MAX).contains(amount))
    }
}

impl StatementTerms {
    /// True when somebody can give these terms: each part is in its range, and the pool fits.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let is_line = |line: &SavingsLine| {
            line.quantity >= 0
                && (0..=MONEY_MAX).contains(&line.unit_cost_minor)
                && (0..=MILLIONTHS).contains(&line.factor_millionths)
        };
        self.first_day <= self.last_day
            && (1..=LINES_MAX).contains(&self.lines.len())
            && self.lines.iter().all(is_line)
            && (0..=MONEY_MAX).contains(&self.programme_cost_minor)
            && (0..=MONEY_MAX).contains(&self.redeemed_at_till_minor)
            && (1..=MILLIONTHS).contains(&self.community_share_millionths)
            && self.pool_minor().is_some_and(|pool| pool <= MONEY_MAX)
    }

    /// Returns the lines less the programme's cost and redemptions, in minor units; `None` when a line or the sum does
    /// not fit. The total is below zero when the programme cost more than it saved.
    #[must_use]
    pub fn total_minor(&self) -> Option<i64> {
        let saved = self.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.amount_minor()?))?;
        saved.checked_sub(self.programme_cost_minor)?.checked_sub(self.redeemed_at_till_minor)
    }

    /// Returns `floor(total × community share)`, not below zero, in minor units; `None` as for the total.
    #[must_use]
    pub fn pool_minor(&self) -> Option<i64> {
        let millionths = i128::from(self.total_minor()?.max(0)) * i128::from(self.community_share_millionths);
        i64::try_from(millionths / i128::from(MILLIONTHS)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(quantity: i64, unit_cost_minor: i64, factor_millionths: i64) -> SavingsLine {
        SavingsLine { quantity, unit_cost_minor, factor_millionths }
    }

    fn terms(lines: Vec<SavingsLine>, cost: i64, share: i64) -> StatementTerms {
        StatementTerms {
            id: StatementId::parse("s").expect("an id"),
            first_day: Day::new(0).expect("a day"),
            last_day: Day::new(1).expect("a day"),
            lines,
            programme_cost_minor: cost,
            redeemed_at_till_minor: 0,
            community_share_millionths: share,
        }
    }

    #[test]
    fn a_line_is_rounded_half_to_even() {
        assert_eq!(line(1, 5, 500_000).amount_minor(), Some(2), "2.5 pence");
        assert_eq!(line(3, 5, 500_000).amount_minor(), Some(8), "7.5 pence");
        assert_eq!(line(372, 7_000, 850_000).amount_minor(), Some(2_213_400));
        assert_eq!(line(i64::MAX, i64::MAX, 1_000_000).amount_minor(), None);
    }

    #[test]
    fn a_pool_is_rounded_down_and_never_below_zero() {
        assert_eq!(terms(vec![line(1, 101, 1_000_000)], 0, 500_000).pool_minor(), Some(50));
        assert_eq!(terms(vec![line(1, 101, 1_000_000)], 200, 500_000).total_minor(), Some(-99));
        assert_eq!(terms(vec![line(1, 101, 1_000_000)], 200, 500_000).pool_minor(), Some(0));
    }
}
