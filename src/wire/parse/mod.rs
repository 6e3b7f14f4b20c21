//! From messages to values of the domain. A request is refused only after every rule it breaks was noted.

mod access;
mod activity;
mod adjustment;
mod board;
mod books;
mod choice;
mod finance;
mod flags;
mod member;
pub mod offline;
mod payments;
mod program;
mod rules;
mod simulation;
mod telling;
mod till;

use prost_types::Timestamp;

use super::error::{ApiError, Violation};
use crate::domain::terms::activity::QUANTITY_MAX;
use crate::domain::value::amount::AMOUNT_MAX;
use crate::domain::value::encoding::Hash;
use crate::domain::value::money::{Currency, MONEY_MAX};
use crate::domain::value::number::Number;
use crate::domain::value::seq::Seq;
use crate::domain::value::time::{Day, Micros};
use crate::google::r#type::{Date, Money};

pub(crate) use self::access::{ParsedAccess, ParsedChange, ParsedKey, parse_access_change};
pub(crate) use self::activity::{ParsedActivity, parse_activity};
pub(crate) use self::adjustment::{ParsedAdjustment, ParsedList, parse_adjustment, parse_list};
pub(crate) use self::board::{parse_include, parse_ranking, parse_window};
pub(crate) use self::books::{Context as ReportContext, parse_export};
pub(crate) use self::choice::{Chosen as ParsedChoice, parse_choice};
pub(crate) use self::finance::{counts_points, parse_payout, parse_rows, parse_statement};
pub(crate) use self::flags::{ParsedFlags, parse_flags, too_much};
pub(crate) use self::member::{ParsedShutOut, parse_profile, parse_shut_out};
pub(crate) use self::payments::{parse_batch, parse_payee, parse_report};
pub(crate) use self::program::{parse_program, parse_update};
pub(crate) use self::rules::parse_rule_set;
pub use self::rules::read_rule_set;
pub(crate) use self::simulation::{ParsedSimulation, parse_simulation};
pub(crate) use self::telling::{ParsedTelling, parse_confirmation, parse_refund, parse_restoration, parse_reversal};
pub(crate) use self::till::{ParsedRefund, parse_capture, parse_hold, parse_redemption, parse_refund_of_redemption};

/// Reads a time of the years 1 to 9999, cut to microseconds.
#[must_use]
pub fn micros(time: &Timestamp) -> Option<Micros> {
    let nanos = u32::try_from(time.nanos).ok().filter(|&nanos| nanos < 1_000_000_000)?;
    Micros::new(time.seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos / 1_000))?)
}

/// The longest note, in bytes.
const NOTE_BYTES_MAX: usize = 1_000;

/// Every rule that a request breaks.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    found: Vec<Violation>,
    prefix: String,
}

impl Violations {
    /// Notes the rules that a part of the request breaks under that part's name.
    pub(crate) fn within(&mut self, prefix: String) -> Within<'_> {
        let outer = std::mem::replace(&mut self.prefix, prefix);
        Within { violations: self, outer }
    }

    /// The same for a part of a part.
    fn nested(&mut self, part: &str) -> Within<'_> {
        let prefix = if self.prefix.is_empty() { part.to_owned() } else { format!("{}.{part}", self.prefix) };
        self.within(prefix)
    }

    pub(crate) fn add(&mut self, field: &str, problem: impl Into<String>) {
        let field = if self.prefix.is_empty() { field.to_owned() } else { format!("{}.{field}", self.prefix) };
        self.found.push(Violation { field, problem: problem.into() });
    }

    pub(crate) fn refuse<T>(&mut self, field: &str, problem: impl Into<String>) -> Option<T> {
        self.add(field, problem);
        None
    }

    /// Refuses the request if it breaks any rule; else returns the parsed value.
    pub(crate) fn check<T>(self, parsed: Option<T>) -> Result<T, ApiError> {
        self.none(parsed).map_err(ApiError::Invalid)
    }

    /// Returns the parsed value if no rule is broken.
    fn none<T>(self, parsed: Option<T>) -> Result<T, Vec<Violation>> {
        match parsed {
            Some(parsed) if self.found.is_empty() => Ok(parsed),
            _ => Err(self.found),
        }
    }

    pub(crate) fn required<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(field, "is required");
        }
        value
    }

    /// Reads the seq that a read must reach; 0 demands nothing.
    pub(crate) fn min_seq(&mut self, min_seq: i64) -> Option<Seq> {
        Seq::new(min_seq).or_else(|| self.refuse("min_seq", format!("is {min_seq}; give 0 or more")))
    }

    /// Reads the digest of a content that was shown in the field `of`.
    pub(crate) fn digest(&mut self, field: &str, bytes: &[u8], of: &str) -> Option<Hash> {
        let digest = Hash::try_from(bytes);
        digest.map_err(|_| self.add(field, format!("must be the 32 bytes of the {of}"))).ok()
    }

    /// Reads the time at which something happened. The ledger decides by its own time, when it records, whether that
    /// lies too far ahead.
    fn time_of_fact(&mut self, field: &str, time: Option<Timestamp>) -> Option<Micros> {
        let micros = self.time(field, time)?;
        if micros.get() < 0 {
            return self.refuse(field, format!("is {}, before 1970", micros.to_rfc3339()));
        }
        Some(micros)
    }

    fn time(&mut self, field: &str, time: Option<Timestamp>) -> Option<Micros> {
        let parsed = micros(&self.required(field, time)?);
        parsed.or_else(|| self.refuse(field, "is no time of the years 1 to 9999"))
    }

    fn day(&mut self, field: &str, date: Option<Date>) -> Option<Day> {
        let date = self.required(field, date)?;
        let parsed = i16::try_from(date.year).ok().zip(i8::try_from(date.month).ok()).zip(i8::try_from(date.day).ok());
        let day = parsed
            .filter(|((year, _), _)| *year >= 1)
            .and_then(|((year, month), day)| jiff::civil::Date::new(year, month, day).ok())
            .map(Day::from_date);
        day.or_else(|| self.refuse(field, "is no calendar day; give year, month and day"))
    }

    /// Reads a number of points to move, above zero.
    fn points(&mut self, field: &str, points: i64) -> Option<i64> {
        if (1..=AMOUNT_MAX).contains(&points) {
            return Some(points);
        }
        self.refuse(field, format!("is {points}; give 1 to {AMOUNT_MAX}"))
    }

    /// Reads a number of points to move, or 0 for all there are.
    fn points_or_all(&mut self, field: &str, points: i64) -> Option<i64> {
        if (0..=AMOUNT_MAX).contains(&points) {
            return Some(points);
        }
        self.refuse(field, format!("is {points}; give 1 to {AMOUNT_MAX}, or 0 for all"))
    }

    /// Reads money that is not negative, in a currency, as minor units.
    fn money(&mut self, field: &str, money: &Money, currency: Currency) -> Option<i64> {
        if money.currency_code != currency.code() {
            return self.refuse(field, format!("must be in {}, the programme's currency", currency.code()));
        }
        let Some(minor) = minor_units(money, currency) else {
            let digits = currency.digits();
            return self
                .refuse(field, format!("must have at most {digits} decimal places, and units and nanos of one sign"));
        };
        if !(0..=MONEY_MAX).contains(&minor) {
            return self.refuse(field, format!("must be 0 to {}", currency.format(MONEY_MAX)));
        }
        Some(minor)
    }

    /// Checks a quantity, which is at least so much.
    fn quantity(&mut self, field: &str, quantity: i64, least: i64) -> Option<i64> {
        if (least..=QUANTITY_MAX).contains(&quantity) {
            return Some(quantity);
        }
        self.refuse(field, format!("is {quantity}; give a whole number from {least} to {QUANTITY_MAX}"))
    }

    /// Reads the number of a version, at least so much.
    pub(crate) fn version(&mut self, field: &str, version: i32, least: u32) -> Option<u32> {
        let read = u32::try_from(version).ok().filter(|version| *version >= least);
        read.or_else(|| self.refuse(field, format!("is {version}; give {least} or more")))
    }

    /// Checks text that is required.
    pub(crate) fn note_text(&mut self, field: &str, text: &str) {
        if text.is_empty() {
            self.add(field, "is required");
        }
        self.text(field, text, NOTE_BYTES_MAX);
    }

    fn text(&mut self, field: &str, text: &str, max: usize) {
        if text.len() > max {
            self.add(field, format!("has {} bytes; at most {max} are allowed", text.len()));
        }
        if text.contains('\0') {
            self.add(field, "holds a NUL character, which databases cannot store");
        }
    }

    /// Reads a decimal with at most six places, as millionths.
    fn millionths(&mut self, field: &str, text: &str, least: i64) -> Option<i64> {
        let millionths = Number::parse(text).ok().and_then(|number| number.in_places(6));
        let millionths = millionths.filter(|millionths| (least..=1_000_000).contains(millionths));
        millionths.or_else(|| {
            let from = if least == 0 { "from 0" } else { "above 0" };
            self.refuse(field, format!("is {text:?}; give a decimal {from} to 1 with at most 6 places, as 0.5"))
        })
    }
}

/// The states by which a list is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Chosen<S> {
    /// Every state.
    Every,
    /// Only this one.
    Only(S),
}

impl<S: PartialEq> Chosen<S> {
    /// True when the list shows what is in this state.
    pub(crate) fn has(&self, state: &S) -> bool {
        match self {
            Self::Every => true,
            Self::Only(only) => only == state,
        }
    }
}

/// A part of a request. Its fields are noted under its name.
pub(crate) struct Within<'a> {
    violations: &'a mut Violations,
    outer: String,
}

impl std::ops::Deref for Within<'_> {
    type Target = Violations;

    fn deref(&self) -> &Violations {
        self.violations
    }
}

impl std::ops::DerefMut for Within<'_> {
    fn deref_mut(&mut self) -> &mut Violations {
        self.violations
    }
}

impl Drop for Within<'_> {
    fn drop(&mut self) {
        self.violations.prefix = std::mem::take(&mut self.outer);
    }
}

/// Returns money in minor units; `None` when it has more places than its currency, or when its parts differ in sign.
fn minor_units(money: &Money, currency: Currency) -> Option<i64> {
    let nanos_per_minor = 1_000_000_000 / currency.minor_per_main();
    let nanos = i64::from(money.nanos);
    let one_sign = money.units == 0 || nanos == 0 || (money.units > 0) == (nanos > 0);
    if nanos.abs() >= 1_000_000_000 || nanos % nanos_per_minor != 0 || !one_sign {
        return None;
    }
    money.units.checked_mul(currency.minor_per_main())?.checked_add(nanos / nanos_per_minor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_the_places_of_its_currency() {
        let pound = Currency::from_code("GBP").expect("pounds");
        let money = |units, nanos| Money { currency_code: "GBP".into(), units, nanos };
        assert_eq!(minor_units(&money(12_345, 670_000_000), pound), Some(1_234_567));
        assert_eq!(minor_units(&money(-1, -500_000_000), pound), Some(-150));
        assert_eq!(minor_units(&money(0, 5_000_000), pound), None, "half a penny");
        assert_eq!(minor_units(&money(1, -1), pound), None, "two signs");
        assert_eq!(minor_units(&money(i64::MAX, 0), pound), None, "too much");
        assert_eq!(minor_units(&money(0, 1_000_000_000), pound), None, "nanos of a whole unit");
    }
}
