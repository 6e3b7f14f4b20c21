//! Money: whole minor units inside, decimals only at the edges.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use thiserror::Error;

use crate::value::encoding::invalid;
use crate::value::number::Plain;

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
    pub fn format(self, minor: impl Into<i128>) -> String {
        let places = usize::try_from(self.digits()).expect("a currency has at most 4 places");
        with_places(minor.into(), places)
    }

    /// Reads a decimal in the main unit as minor units: plain digits, at most one point, and at most the currency's
    /// places behind it. `1944.59` pounds are 194459 pence. A minus may stand in front; where no amount below zero is
    /// allowed, the range says so.
    ///
    /// # Errors
    /// The text is in another form, has more places than the currency, or does not fit 64 bits.
    pub fn parse(self, text: &str) -> Result<i64, NotAnAmount> {
        let places = usize::try_from(self.digits()).expect("a currency has at most 4 places");
        let plain = Plain::of(text).filter(|plain| plain.fraction.len() <= places);
        let minor = plain.and_then(|plain| plain.in_places(places));
        minor.ok_or_else(|| NotAnAmount { currency: self, text: text.to_owned() })
    }
}

/// Writes a number of smallest units with a point before the last places: `-5` with two places is `-0.05`.
#[must_use]
pub fn with_places(units: i128, places: usize) -> String {
    let digits = format!("{:0width$}", units.unsigned_abs(), width = places.saturating_add(1));
    let (main, fraction) = digits.split_at(digits.len().saturating_sub(places));
    let (sign, point) = (if units < 0 { "-" } else { "" }, if places > 0 { "." } else { "" });
    format!("{sign}{main}{point}{fraction}")
}

/// A text that is no amount of a currency. The error says how to write one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("is {text:?}; give {}, as {}{}", .currency.form(), .currency.format(1_234), mend(.text))]
pub struct NotAnAmount {
    currency: Currency,
    text: String,
}

impl Currency {
    fn form(self) -> String {
        match self.digits() {
            0 => format!("whole {}, without a point", self.code()),
            digits => format!("a decimal in {} with at most {digits} places", self.code()),
        }
    }
}

/// Returns what is wrong with digits that are put in groups, as people write thousands: `1.000`, `1,000`, `1.000,00`,
/// `1 000`, `1_000`.
fn mend(text: &str) -> &'static str {
    let is_separator = |c: char| matches!(c, '.' | ',' | '_' | '\'' | '’') || c.is_whitespace();
    let mut groups = text.split(is_separator).skip(1);
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    match groups.next() {
        Some(group) if is_group(group) => "; nothing separates thousands",
        Some(_) if text.contains(',') => "; write a point before the places, not a comma",
        _ => "",
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
    fn money_is_read_from_plain_digits_with_at_most_the_places_of_its_currency() {
        let of = |code| Currency::from_code(code).expect("a currency");
        let (pound, yen, dinar) = (of("GBP"), of("JPY"), of("KWD"));
        for (currency, text, minor) in [
            (pound, "12345.67", 1_234_567),
            (pound, "1.5", 150),
            (pound, "7", 700),
            (pound, "-0.05", -5),
            (pound, "0.00", 0),
            (pound, "92233720368547758.07", i64::MAX),
            (yen, "1000", 1_000),
            (dinar, "1.000", 1_000),
        ] {
            assert_eq!(currency.parse(text), Ok(minor), "{text}");
        }
        let odd = ["0.005", "1.000", "1e3", "1_000", "1,000", "1.000,00", "+1", ".5", "5.", "05", "-0", "", " 1", "£1"];
        for text in odd.into_iter().chain(["1.00 ", "1.0.0", "92233720368547758.08", "99999999999999999999"]) {
            assert!(pound.parse(text).is_err(), "{text}");
        }
        for text in ["1.000", "1.0", "1."] {
            assert!(yen.parse(text).is_err(), "{text}");
        }
        assert!(Currency::from_code("XAU").is_none(), "gold has no minor unit");
        assert!(Currency::from_code("gbp").is_none());
    }

    #[test]
    fn who_separates_thousands_is_told_that_nothing_does() {
        let told = |code, text| {
            let currency = Currency::from_code(code).expect("a currency");
            currency.parse(text).expect_err(text).to_string()
        };
        let in_euros = "give a decimal in EUR with at most 2 places, as 12.34";
        for text in ["1.000", "1,000", "1.000,00", "1 000", "1_000", "1'000.50"] {
            assert_eq!(told("EUR", text), format!("is {text:?}; {in_euros}; nothing separates thousands"));
        }
        assert_eq!(
            told("EUR", "12,50"),
            format!("is \"12,50\"; {in_euros}; write a point before the places, not a comma")
        );
        assert_eq!(told("EUR", "12.345x"), format!("is \"12.345x\"; {in_euros}"));
        assert_eq!(
            told("JPY", "1.000"),
            "is \"1.000\"; give whole JPY, without a point, as 1234; nothing separates thousands"
        );
    }
}
