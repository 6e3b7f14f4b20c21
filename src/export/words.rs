//! Numbers, days and money as English words, and lines of texts.

use crate::domain::value::money::Currency;
use crate::domain::value::time::Day;

/// Writes a number with commas between thousands: `48,136`.
#[must_use]
pub fn grouped(number: impl Into<i128>) -> String {
    grouped_decimal(&number.into().to_string())
}

/// Puts commas between the thousands of a decimal: `-1234.56` is `-1,234.56`.
#[must_use]
pub fn grouped_decimal(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("-", digits));
    let whole = digits.split('.').next().unwrap_or_default().len();
    let mut text = String::from(sign);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Writes points with their noun: `1 point`, `1,200 points`.
#[must_use]
pub fn points(points: i64) -> String {
    format!("{} {}", grouped(points), if points == 1 { "point" } else { "points" })
}

/// Writes minor units in the main unit, with the currency: `1234567` pence are `12,345.67 GBP`.
#[must_use]
pub fn money(minor: impl Into<i128>, currency: Currency) -> String {
    format!("{} {}", grouped_decimal(&currency.format(minor)), currency.code())
}

/// Writes a day: `3 June 2018`.
#[must_use]
pub fn date(day: Day) -> String {
    day.date().strftime("%-d %B %Y").to_string()
}

/// Begins a sentence with a day, and a comma when a number follows: `On 1 July 2018, 8,210 points …`.
#[must_use]
pub fn on(day: Day, told: &str) -> String {
    let comma = if told.starts_with(|first: char| first.is_ascii_digit()) { "," } else { "" };
    format!("On {}{comma} {told}", date(day))
}

/// Returns `was` for one, `were` for more.
#[must_use]
pub const fn was(count: i64) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// Writes a code as words: `answer_accepted` is `answer accepted`.
#[must_use]
pub fn plain(code: &str) -> String {
    code.replace(['_', '-'], " ")
}

/// Joins words: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_days_and_money_are_written_for_people() {
        assert_eq!([0, 999, 1_000, -48_136].map(grouped), ["0", "999", "1,000", "-48,136"]);
        assert_eq!([1, 2, 1_200].map(points), ["1 point", "2 points", "1,200 points"]);
        let [pound, yen] = ["GBP", "JPY"].map(|code| Currency::from_code(code).expect("a currency"));
        let pounds = [5, -5, -100, 1_234_567, -123_456_789].map(|minor| money(minor, pound));
        assert_eq!(pounds, ["0.05 GBP", "-0.05 GBP", "-1.00 GBP", "12,345.67 GBP", "-1,234,567.89 GBP"]);
        assert_eq!(money(i128::from(i64::MAX) * 100, pound), "9,223,372,036,854,775,807.00 GBP");
        assert_eq!(money(1_500, yen), "1,500 JPY");
        assert_eq!(date(Day::from_date(jiff::civil::date(2018, 6, 3))), "3 June 2018");
        let listed = |words: &[&str]| listed(&words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>());
        assert_eq!([listed(&["a"]), listed(&["a", "b"]), listed(&["a", "b", "c"])], ["a", "a and b", "a, b and c"]);
    }
}
