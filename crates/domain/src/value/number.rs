//! Numbers, whole or not: exact, read from plain digits.

use std::cmp::Ordering;
use std::fmt;

use thiserror::Error;

use crate::value::decimal::{Decimal, SCALE_MAX};

/// A number with at most nine digits after the point, whose digits without the point fit 64 bits: exact, never rounded.
///
/// 5 and 5.0 are the same number, and whole. Numbers are ordered by their value, whole or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Number {
    /// A whole number.
    Whole(i64),
    /// A number that is not whole.
    Decimal(Decimal),
}

/// Reason why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotANumber {
    /// The text is not in plain digits.
    #[error("no number in plain digits, as 12, -3 or 4.5")]
    Form,
    /// The text has more than nine digits after the point.
    #[error("a number with more than {SCALE_MAX} digits after its point")]
    Places,
    /// The digits do not fit 64 bits.
    #[error("a number that does not fit 64 bits")]
    TooLarge,
}

/// Reason why an operation on numbers has no exact result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoResult {
    /// The result has more than nine digits after the point.
    Places,
    /// The digits of the result do not fit 64 bits.
    TooLarge,
}

/// A number of a text, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain<'a> {
    is_negative: bool,
    whole: &'a str,
    /// Digits after the point; empty when there is no point.
    pub(super) fraction: &'a str,
}

impl<'a> Plain<'a> {
    /// Takes a text apart: an optional minus, digits without a zero in front, and, where there is a point, digits behind
    /// it. Zero has no minus. `None` for every other form, as `+1`, `1e3`, `1_000`, `1,5`, `.5`, `5.`, `05`.
    pub(super) fn of(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_padded = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || is_padded || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        let is_negative = digits.len() < text.len();
        let is_zero = digits.bytes().all(|byte| matches!(byte, b'0' | b'.'));
        (!(is_negative && is_zero)).then_some(Self { is_negative, whole, fraction })
    }

    /// Returns the number in units of this many places, at least those of the fraction; `None` when it does not fit.
    /// 12.3 in two places is 1230.
    pub(super) fn in_places(self, places: usize) -> Option<i64> {
        let sign = if self.is_negative { "-" } else { "" };
        format!("{sign}{}{:0<places$}", self.whole, self.fraction).parse().ok()
    }
}

/// Reads a whole number in plain digits; `None` for every other form, as `+7`, `1e3`, `500.0`, `1_000`.
#[must_use]
pub fn whole(text: &str) -> Option<i64> {
    Plain::of(text).filter(|_| !text.contains('.'))?.in_places(0)
}

impl Number {
    /// Reads a number in plain digits, as `12`, `-3`, `4.5` or `5.0`.
    ///
    /// # Errors
    /// Says why the text is no such number.
    pub fn parse(text: &str) -> Result<Self, NotANumber> {
        let plain = Plain::of(text).ok_or(NotANumber::Form)?;
        let scale = plain.fraction.trim_end_matches('0').len();
        let places = u8::try_from(plain.fraction.len()).ok().filter(|&places| places <= SCALE_MAX);
        places.ok_or(NotANumber::Places)?;
        let exact = Plain { fraction: &plain.fraction[..scale], ..plain };
        let mantissa = exact.in_places(scale).ok_or(NotANumber::TooLarge)?;
        let scale = u8::try_from(scale).expect("it is at most the number of places");
        Self::of(mantissa.into(), scale).map_err(|_| NotANumber::TooLarge)
    }

    /// Returns the digits as a whole number, and how many of them stand after the point.
    #[must_use]
    pub const fn parts(self) -> (i64, u8) {
        match self {
            Self::Whole(number) => (number, 0),
            Self::Decimal(decimal) => (decimal.mantissa(), decimal.scale()),
        }
    }

    /// Returns the number in units of this many places, 0 to 9; `None` when it has more places, or does not fit. 0.5 in
    /// six places is 500,000.
    #[must_use]
    pub fn in_places(self, places: u8) -> Option<i64> {
        let (mantissa, scale) = self.parts();
        let missing = places.checked_sub(scale)?;
        mantissa.checked_mul(10_i64.checked_pow(missing.into())?)
    }

    /// Returns the sum.
    ///
    /// # Errors
    /// The sum is too large.
    pub fn plus(self, other: Self) -> Result<Self, NoResult> {
        Self::of(self.smallest() + other.smallest(), SCALE_MAX)
    }

    /// Returns the difference.
    ///
    /// # Errors
    /// The difference is too large.
    pub fn minus(self, other: Self) -> Result<Self, NoResult> {
        Self::of(self.smallest() - other.smallest(), SCALE_MAX)
    }

    /// Returns the product.
    ///
    /// # Errors
    /// The product is too large, or has too many digits after the point.
    pub fn times(self, other: Self) -> Result<Self, NoResult> {
        let ((one, one_scale), (other, other_scale)) = (self.parts(), other.parts());
        Self::of(i128::from(one) * i128::from(other), one_scale + other_scale)
    }

    /// Makes the number `mantissa × 10^-scale`.
    fn of(mut mantissa: i128, mut scale: u8) -> Result<Self, NoResult> {
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        if scale > SCALE_MAX {
            return Err(NoResult::Places);
        }
        let mantissa = i64::try_from(mantissa).map_err(|_| NoResult::TooLarge)?;
        Ok(Decimal::new(mantissa, scale).map_or(Self::Whole(mantissa), Self::Decimal))
    }

    /// Returns the number in thousand-millionths, the smallest unit of all numbers. Its size is below 2^63 × 10^9, so sums
    /// of two fit.
    fn smallest(self) -> i128 {
        let (mantissa, scale) = self.parts();
        i128::from(mantissa) * 10_i128.pow((SCALE_MAX - scale).into())
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.smallest().cmp(&other.smallest())
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(number) => number.fmt(f),
            Self::Decimal(decimal) => decimal.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_number_is_read_from_plain_digits_only() {
        let exact = |text: &str| Number::parse(text).map(|number| number.to_string());
        for (text, read) in [
            ("0", "0"),
            ("5", "5"),
            ("5.0", "5"),
            ("4.50", "4.5"),
            ("-0.5", "-0.5"),
            ("0.000000001", "0.000000001"),
            ("9223372036854775807.000000000", "9223372036854775807"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-9223372036.854775808", "-9223372036.854775808"),
        ] {
            assert_eq!(exact(text).as_deref(), Ok(read), "{text}");
        }
        let odd = ["", "-", "+1", "05", "00", "-0", "-0.0", ".5", "5.", "1.2.3", "1,5", "4,5", "1_000", "1e3", "0x10"];
        for text in odd.into_iter().chain(["1 000", " 1", "1 ", "--1", "१", "NaN", "inf", "1.-5", "-.5", "1.5e3"]) {
            assert_eq!(Number::parse(text), Err(NotANumber::Form), "{text}");
            assert_eq!(whole(text), None, "{text}");
        }
        assert_eq!(Number::parse("0.0000000001"), Err(NotANumber::Places));
        assert_eq!(Number::parse("1.0000000000"), Err(NotANumber::Places), "as it is written");
        assert_eq!(Number::parse("9223372036854775808"), Err(NotANumber::TooLarge));
        assert_eq!(Number::parse("9223372036854775807.5"), Err(NotANumber::TooLarge));
        assert_eq!([whole("500"), whole("-50"), whole("500.0"), whole("12.5")], [Some(500), Some(-50), None, None]);
    }

    #[test]
    fn what_has_no_exact_result_is_told() {
        let most = Number::Whole(i64::MAX);
        assert_eq!(most.plus(number("0.5")), Err(NoResult::TooLarge));
        assert_eq!(most.minus(number("-1")), Err(NoResult::TooLarge));
        assert_eq!(most.times(number("2")), Err(NoResult::TooLarge));
        assert_eq!(number("0.00001").times(number("0.00001")), Err(NoResult::Places));
        assert_eq!(number("0.00002").times(number("0.00005")), Ok(number("0.000000001")));
        assert_eq!(number("2.5").times(number("0.4")), Ok(Number::Whole(1)));
        assert_eq!(
            [0, 1, 2, 9].map(|places| number("12.5").in_places(places)),
            [None, Some(125), Some(1_250), Some(12_500_000_000),]
        );
        assert_eq!(most.in_places(1), None);
    }

    /// A text of a number, in another form of the same value where there are `zeros` behind it.
    fn texts() -> impl Strategy<Value = String> {
        let whole = prop_oneof![-20..20_i64, any::<i32>().prop_map(i64::from)];
        (whole, 0..=6_usize, 0..=3_usize).prop_map(|(mantissa, scale, zeros)| {
            let digits = format!("{:0>width$}", mantissa.unsigned_abs(), width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            let point = if scale + zeros > 0 { "." } else { "" };
            let sign = if mantissa < 0 { "-" } else { "" };
            format!("{sign}{whole}{point}{fraction}{}", "0".repeat(zeros))
        })
    }

    /// Another implementation of exact decimals.
    fn model(text: &str) -> rust_decimal::Decimal {
        rust_decimal::Decimal::from_str_exact(text).expect("a decimal")
    }

    proptest! {
        #[test]
        fn numbers_compare_and_add_up_as_in_another_implementation(one in texts(), other in texts()) {
            let (a, b) = (number(&one), number(&other));
            let (exact_a, exact_b) = (model(&one), model(&other));
            prop_assert_eq!(a.cmp(&b), exact_a.cmp(&exact_b), "{} {}", one, other);
            prop_assert_eq!(a == b, exact_a == exact_b, "{} {}", one, other);
            prop_assert_eq!(a.to_string(), exact_a.normalize().to_string());
            for (ours, theirs) in [
                (a.plus(b), exact_a + exact_b),
                (a.minus(b), exact_a - exact_b),
                (a.times(b), exact_a * exact_b),
            ] {
                if let Ok(ours) = ours {
                    prop_assert_eq!(ours.to_string(), theirs.normalize().to_string());
                } else {
                    let theirs = theirs.normalize();
                    prop_assert!(theirs.scale() > SCALE_MAX.into() || i64::try_from(theirs.mantissa()).is_err());
                }
            }
        }

        #[test]
        fn a_number_is_written_as_it_is_read(mantissa in any::<i64>(), scale in 0..=SCALE_MAX) {
            let number = Number::of(mantissa.into(), scale).expect("it fits");
            prop_assert_eq!(Number::parse(&number.to_string()), Ok(number));
        }
    }
}
