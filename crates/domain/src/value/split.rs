//! Splitting a pool without loss.

use thiserror::Error;

use crate::value::ids::MemberId;

/// Reason why a pool cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SplitError {
    /// All weights are zero. Paying nobody is the caller's decision.
    #[error("no member has points that count")]
    NoWeight,
    /// The sum of the weights does not fit in an i64.
    #[error("the sum of all weights does not fit")]
    TooMuchWeight,
    /// The pool is zero or below.
    #[error("the pool is empty")]
    NoPool,
}

/// One member's share of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The member who gets the share.
    pub member: MemberId,
    /// Weight of the member: the points reserved for the payout.
    pub weight: i64,
    /// The share, in minor units.
    pub share_minor: i64,
    /// True when the share was rounded up.
    pub rounding_unit: bool,
}

/// Splits `pool_minor` in proportion to weights, losing nothing. Returns the shares in the order of the weights.
///
/// Each share is rounded down to a whole minor unit. Fewer units than members are left over. They go one each to the
/// largest remainders, ties to the smaller [`MemberId`]: the largest-remainder method (Hamilton, 1792). The order of
/// the input does not change a member's share. Splitting 1.00 by 1, 1, 1 gives 0.34, 0.33, 0.33. Products are computed
/// in 128 bits: an i64 times an i64 always fits.
///
/// # Errors
/// [`SplitError`] when the pool is empty, no weight is above zero, or the sum of the weights does not fit.
pub fn split(pool_minor: i64, weights: Vec<(MemberId, i64)>) -> Result<Vec<Share>, SplitError> {
    if pool_minor <= 0 {
        return Err(SplitError::NoPool);
    }
    let total = weights
        .iter()
        .try_fold(0_i64, |sum, (_, weight)| sum.checked_add((*weight).max(0)))
        .ok_or(SplitError::TooMuchWeight)?;
    if total == 0 {
        return Err(SplitError::NoWeight);
    }

    let mut left_minor = pool_minor;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut shares = Vec::with_capacity(weights.len());
    for (index, (member, weight)) in weights.into_iter().enumerate() {
        let weight = weight.max(0);
        let product = i128::from(pool_minor) * i128::from(weight);
        let share_minor = i64::try_from(product / i128::from(total)).expect("no share is above the pool");
        left_minor -= share_minor;
        remainders.push((product % i128::from(total), index));
        shares.push(Share { member, weight, share_minor, rounding_unit: false });
    }

    let units = usize::try_from(left_minor).expect("what was rounded down is not negative");
    let largest_first =
        |a: &(i128, usize), b: &(i128, usize)| b.0.cmp(&a.0).then_with(|| shares[a.1].member.cmp(&shares[b.1].member));
    if units > 0 && units < remainders.len() {
        remainders.select_nth_unstable_by(units, largest_first);
    }
    for &(_, index) in &remainders[..units] {
        shares[index].share_minor += 1;
        shares[index].rounding_unit = true;
    }
    Ok(shares)
}

/// Gives each member `floor(pool × weight ÷ total)`, and the rest to one account, which may be among the members. Returns the shares in
/// the byte order of members, which is that of the weights; the account has a share of its own, of no weight, where it has none else.
///
/// # Errors
/// [`SplitError`] as for [`split`].
pub fn floors(pool_minor: i64, weights: Vec<(MemberId, i64)>, rest_to: &MemberId) -> Result<Vec<Share>, SplitError> {
    let mut shares = split(pool_minor, weights)?;
    let mut rest = 0;
    for share in shares.iter_mut().filter(|share| share.rounding_unit) {
        share.share_minor -= 1;
        share.rounding_unit = false;
        rest += 1;
    }
    match shares.binary_search_by(|share| share.member.cmp(rest_to)) {
        Ok(at) => shares[at].share_minor += rest,
        Err(at) if rest > 0 => {
            let member = rest_to.clone();
            shares.insert(at, Share { member, weight: 0, share_minor: rest, rounding_unit: false });
        }
        Err(_) => {}
    }
    Ok(shares)
}

/// Returns the exact share in the currency's main unit, as a fraction in lowest terms:
/// `weight × pool ÷ (total × minor units per main unit)`.
///
/// 7,582 of 48,136 points of £12,345.67 are `4680243497/2406800` pounds, about 1944.5918.
#[must_use]
pub fn quotient(pool_minor: i64, weight: i64, total: i64, minor_per_main: i64) -> String {
    let numerator = i128::from(pool_minor) * i128::from(weight);
    let denominator = i128::from(total) * i128::from(minor_per_main);
    let divisor = greatest_common_divisor(numerator, denominator).max(1);
    format!("{}/{}", numerator / divisor, denominator / divisor)
}

fn greatest_common_divisor(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn member(n: usize) -> MemberId {
        MemberId::parse(&format!("m{n:05}")).expect("an id")
    }

    /// The outage of December 2018: 1,000,000 pounds over 1,111,111 members are 90 pence each, and 10 pence are left.
    #[test]
    fn a_million_pounds_over_everybody_leave_ten_pence_for_the_account_that_gets_the_rest() {
        let everybody = (0..1_111_111).map(|n| (MemberId::parse(&format!("m{n:07}")).expect("an id"), 1)).collect();
        let charity = MemberId::parse("charity").expect("an id");
        let shares = floors(100_000_000, everybody, &charity).expect("shares");
        assert_eq!(shares.len(), 1_111_112);
        assert_eq!((&shares[0].member, shares[0].weight, shares[0].share_minor), (&charity, 0, 10));
        assert!(shares[1..].iter().all(|share| share.share_minor == 90 && !share.rounding_unit));
        let of_credit: i64 = shares[1..=681_067].iter().map(|share| share.share_minor).sum();
        let of_charity: i64 = shares[681_068..].iter().map(|share| share.share_minor).sum();
        assert_eq!((of_credit, of_charity + 10), (61_296_030, 38_703_970), "as published: 612,960.30 and 387,039.70");
    }

    #[test]
    fn the_account_that_gets_the_rest_may_be_in_the_list_and_gets_nothing_where_nothing_is_left() {
        let amounts = |pool, rest_to: usize| -> Vec<i64> {
            let shares = floors(pool, weighted(&[1, 1, 1]), &member(rest_to)).expect("shares");
            shares.into_iter().map(|share| share.share_minor).collect()
        };
        assert_eq!(amounts(100, 1), [33, 34, 33]);
        assert_eq!(amounts(99, 7), [33, 33, 33]);
        assert_eq!(amounts(100, 7), [33, 33, 33, 1]);
    }

    fn weighted(weights: &[i64]) -> Vec<(MemberId, i64)> {
        weights.iter().enumerate().map(|(n, &weight)| (member(n), weight)).collect()
    }

    #[test]
    fn a_pound_for_three_is_34_33_33() {
        let shares: Vec<i64> =
            split(100, weighted(&[1, 1, 1])).expect("shares").iter().map(|share| share.share_minor).collect();
        assert_eq!(shares, [34, 33, 33]);
    }

    #[test]
    fn nothing_is_not_split() {
        // INV 45
        assert_eq!(split(0, weighted(&[1])), Err(SplitError::NoPool));
        assert_eq!(split(1, weighted(&[0, 0])), Err(SplitError::NoWeight));
        assert_eq!(split(1, Vec::new()), Err(SplitError::NoWeight));
        assert_eq!(split(1, weighted(&[i64::MAX, 1])), Err(SplitError::TooMuchWeight));
    }

    #[test]
    fn a_quotient_is_in_lowest_terms() {
        assert_eq!(quotient(1_234_567, 7_582, 48_136, 100), "4680243497/2406800");
        assert_eq!(quotient(100, 1, 1, 100), "1/1");
        assert_eq!(quotient(500, 1, 3, 1), "500/3");
    }

    proptest! {
        /// A payout neither mints nor burns money. Every share is less than a unit off. More weight never means less
        /// (INV 44).
        #[test]
        fn shares_sum_to_the_pool(
            pool in 1..=i64::MAX,
            weights in proptest::collection::vec(0..=9_000_000_000_000_000_i64, 1..200).prop_filter("weight", |w| w.iter().any(|&w| w > 0)),
        ) {
            let total: i64 = weights.iter().sum();
            let shares = split(pool, weighted(&weights)).expect("shares");
            prop_assert_eq!(shares.iter().map(|s| i128::from(s.share_minor)).sum::<i128>(), i128::from(pool));
            for share in &shares {
                let off = i128::from(share.share_minor) * i128::from(total) - i128::from(pool) * i128::from(share.weight);
                prop_assert!(off.abs() < i128::from(total), "less than one unit off");
            }
            let mut by_weight = shares;
            by_weight.sort_by(|a, b| a.weight.cmp(&b.weight).then(b.member.cmp(&a.member)));
            prop_assert!(by_weight.is_sorted_by(|a, b| a.share_minor <= b.share_minor));
        }

        /// The order of the input does not matter.
        #[test]
        fn a_share_does_not_depend_on_the_order_of_members(
            pool in 1..1_000_000_i64,
            weights in proptest::collection::vec(1..1_000_i64, 1..100),
            seed in any::<u64>(),
        ) {
            let straight = split(pool, weighted(&weights)).expect("shares");
            let mut shuffled = weighted(&weights);
            let mut state = seed | 1;
            for last in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let bound = u64::try_from(last + 1).expect("small");
                shuffled.swap(last, usize::try_from((state >> 33) % bound).expect("small"));
            }
            let mut again = split(pool, shuffled).expect("shares");
            again.sort_by(|a, b| a.member.cmp(&b.member));
            prop_assert_eq!(straight, again);
        }
    }
}
