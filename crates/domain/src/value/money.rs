//! Money: whole minor units inside, decimals only at the edges.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use rust_decimal::Decimal;

use crate::value::encoding::invalid;

/// Largest sum of money in one request, in minor units: ten thousand million pounds, a thousandth of an entry's largest
/// amount.
pub const MONEY_MAX: i64 = 1_000_000_000_000;

/// A currency of ISO 4217 whose minor unit is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Finds a currency by its code, as `GBP`; `None` when ISO 4217 has no such code or no minor unit for it (as gold).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let currency = iso_currency::Currency::from_code(code)?;
        currency.exponent().map(|_| Self(currency))
    }

    /// Returns the code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Returns the number of digits after the decimal point, 0 to 4.
    #[must_use]
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }

    /// Returns the number of minor units in one main unit, 1 to 10,000.
    #[must_use]
    pub fn minor_per_main(self) -> i64 {
        10_i64.pow(self.digits())
    }

    /// Writes minor units as a decimal in the main unit: `194459` pence is `1944.59`.
    #[must_use]
    pub fn format(self, minor: i64) -> String {
        Decimal::new(minor, self.digits()).to_string()
    }

    /// Reads a decimal in the main unit as minor units; `None` when the text is not a decimal, has more decimal places
    /// than the currency, or does not fit.
    #[must_use]
    pub fn parse(self, text: &str) -> Option<i64> {
        let decimal = Decimal::from_str_exact(text).ok()?;
        let minor = decimal.checked_mul(Decimal::from(self.minor_per_main()))?;
        (minor.fract().is_zero()).then(|| i64::try_from(minor.trunc()).ok()).flatten()
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl BorshSerialize for Currency {
    fn serialize<W: borsh::io::Write>(&self, writer: &mut W) -> borsh::io::Result<()> {
        self.code().serialize(writer)
    }
}

impl BorshDeserialize for Currency {
    fn deserialize_reader<R: borsh::io::Read>(reader: &mut R) -> borsh::io::Result<Self> {
        let code = String::deserialize_reader(reader)?;
        Self::from_code(&code).ok_or_else(|| invalid(format!("{code:?} is no currency")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_with_the_places_of_its_currency() {
        let pound = Currency::from_code("GBP").expect("pounds");
        let yen = Currency::from_code("JPY").expect("yen");
        let dinar = Currency::from_code("KWD").expect("dinars");
        assert_eq!(pound.format(194_459), "1944.59");
        assert_eq!(pound.format(5), "0.05");
        assert_eq!(yen.format(500), "500");
        assert_eq!(dinar.format(1_234), "1.234");
    }

    #[test]
    fn money_with_more_places_than_its_currency_is_refused() {
        let pound = Currency::from_code("GBP").expect("pounds");
        assert_eq!(pound.parse("12345.67"), Some(1_234_567));
        assert_eq!(pound.parse("0.005"), None);
        assert_eq!(pound.parse("1e3"), None);
        assert_eq!(pound.parse("99999999999999999999"), None);
        assert!(Currency::from_code("XAU").is_none(), "gold has no minor unit");
        assert!(Currency::from_code("gbp").is_none());
    }
}
