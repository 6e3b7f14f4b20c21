//! Words and amounts on pages.

use crate::domain::project::books::lines::Line;
use crate::domain::value::bucket::Unit;
use crate::domain::value::money::Currency;
use crate::domain::value::time::Micros;
use crate::export::pdf::{Block, Column, Created, Level, Table};

/// Returns the words of a line.
pub(super) const fn words_of(line: Line) -> &'static str {
    match line {
        Line::Earned => "Earned",
        Line::TakenBack => "Taken back",
        Line::Adjusted => "Adjusted",
        Line::Redeemed => "Spent at the till",
        Line::Refunded => "Spent points given back",
        Line::Expired => "Expired",
        Line::MadeGood => "Made good of what was written off",
        Line::PointsMerged | Line::MoneyMerged => "Moved between merged members",
        Line::PaidOut => "Turned into shares of payouts",
        Line::Granted => "Shares of payouts",
        Line::DonationsReceived => "Donations received",
        Line::DonationsMatched => "Added to donations by the company",
        Line::Settled => "Paid",
        Line::CameBack => "Payments that came back",
        Line::Lapsed => "Lapsed",
        Line::Donated => "Given to charity",
    }
}

/// Writes a sum of minor units in the main unit, as [`Currency::format`] does, also where it does not fit 64 bits: `-5` pence are `-0.05`.
pub(super) fn amount_of(minor: i128, currency: Currency) -> String {
    let main = i128::from(currency.minor_per_main());
    let sign = if minor < 0 { "-" } else { "" };
    let (whole, rest) = ((minor / main).unsigned_abs(), minor % main);
    let rest = i64::try_from(rest.unsigned_abs()).unwrap_or(0);
    let decimals = currency.format(rest);
    let decimals = decimals.split_once('.').map(|(_, decimals)| format!(".{decimals}")).unwrap_or_default();
    format!("{sign}{whole}{decimals}")
}

/// Writes a sum for people: thousands apart, and money with its currency.
pub(super) fn shown(sum: i128, unit: Unit, currency: Currency) -> String {
    let plain = match unit {
        Unit::Points => sum.to_string(),
        Unit::Money => amount_of(sum, currency),
    };
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(decimals) = decimals {
        text = format!("{text}.{decimals}");
    }
    match unit {
        Unit::Points => text,
        Unit::Money => format!("{text} {}", currency.code()),
    }
}

/// Makes the head of a part.
pub(super) fn heading(text: &str) -> Block {
    Block::Heading { level: Level::One, text: text.to_owned() }
}

/// Makes a table: columns of words, then columns of numbers.
pub(super) fn table(words: &[&str], numbers: &[&str], rows: Vec<Vec<String>>, total: Option<Vec<String>>) -> Block {
    let column = |title: &&str, is_number| Column { title: (*title).to_owned(), is_number };
    let columns = words.iter().map(|it| column(it, false)).chain(numbers.iter().map(|it| column(it, true)));
    Block::Table(Table { columns: columns.collect(), rows, total })
}

/// Makes labels and values.
pub(super) fn facts<const N: usize>(facts: [(&str, String); N]) -> Block {
    Block::Facts(facts.into_iter().map(|(label, value)| (label.to_owned(), value)).collect())
}

/// Returns the time of a file: that of the last entry it holds.
pub(super) fn created(at: Micros) -> Created {
    let at = at.max(Micros::new(0).unwrap_or(at));
    let day = at.day_in(&jiff::tz::TimeZone::UTC);
    let seconds = (at.get() - day.start_in(&jiff::tz::TimeZone::UTC).get()) / 1_000_000;
    let part = |number: i64| u8::try_from(number).unwrap_or(0);
    let date = day.date();
    Created {
        year: u16::try_from(date.year()).unwrap_or(1970),
        month: date.month().unsigned_abs(),
        day: date.day().unsigned_abs(),
        hour: part(seconds / 3_600),
        minute: part(seconds / 60 % 60),
        second: part(seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_written_whatever_their_size() {
        let [pound, yen] = ["GBP", "JPY"].map(|code| Currency::from_code(code).expect("a currency"));
        assert_eq!([-5, 0, 123_456, -100].map(|minor| amount_of(minor, pound)), ["-0.05", "0.00", "1234.56", "-1.00"]);
        assert_eq!(shown(-123_456_789, Unit::Money, pound), "-1,234,567.89 GBP");
        assert_eq!(shown(i128::from(i64::MAX) * 100, Unit::Money, pound), "9,223,372,036,854,775,807.00 GBP");
        assert_eq!(
            (shown(1_500, Unit::Money, yen), shown(-999, Unit::Points, yen)),
            ("1,500 JPY".into(), "-999".into())
        );
    }
}
