//! Decimal numbers: exact, with one way to write each value.

use std::fmt;

use borsh::io::{Read, Result, Write};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::value::encoding::invalid;

/// Most digits after the point: enough for a thousand-millionth.
pub const SCALE_MAX: u8 = 9;

/// A number that is not whole: `mantissa × 10^-scale`. 12.5 has the mantissa 125 and the scale 1. Whole numbers are not
/// decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i64,
    scale: u8,
}

impl Decimal {
    /// Makes a decimal; `None` unless its scale is 1 to [`SCALE_MAX`] and its last digit is not 0. So a value has only
    /// one encoding.
    #[must_use]
    pub const fn new(mantissa: i64, scale: u8) -> Option<Self> {
        if scale >= 1 && scale <= SCALE_MAX && mantissa % 10 != 0 { Some(Self { mantissa, scale }) } else { None }
    }

    /// Returns all digits, as a whole number.
    #[must_use]
    pub const fn mantissa(self) -> i64 {
        self.mantissa
    }

    /// Returns the number of digits after the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        rust_decimal::Decimal::new(self.mantissa, self.scale.into()).fmt(f)
    }
}

impl BorshSerialize for Decimal {
    fn serialize<W: Write>(&self, writer: &mut W) -> Result<()> {
        (self.mantissa, self.scale).serialize(writer)
    }
}

impl BorshDeserialize for Decimal {
    fn deserialize_reader<R: Read>(reader: &mut R) -> Result<Self> {
        let (mantissa, scale) = <(i64, u8)>::deserialize_reader(reader)?;
        Self::new(mantissa, scale).ok_or_else(|| invalid(format!("{mantissa} with scale {scale} is no decimal")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::encoding::{decode, encode};

    #[test]
    fn a_decimal_has_one_to_nine_places_and_no_zero_at_its_end() {
        for (mantissa, scale, text) in
            [(125, 1, "12.5"), (-5, 1, "-0.5"), (1, 9, "0.000000001"), (i64::MAX, 9, "9223372036.854775807")]
        {
            let decimal = Decimal::new(mantissa, scale).expect("a decimal");
            assert_eq!(decimal.to_string(), text);
            assert_eq!(decode::<Decimal>(&encode(&decimal)).expect("the same"), decimal);
        }
        for (mantissa, scale) in [(0, 1), (10, 1), (120, 2), (1, 0), (1, 10)] {
            assert_eq!(Decimal::new(mantissa, scale), None, "{mantissa} {scale}");
            assert!(decode::<Decimal>(&encode(&(mantissa, scale))).is_err(), "{mantissa} {scale}");
        }
    }
}
