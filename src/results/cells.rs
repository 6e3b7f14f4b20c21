//! Single values of a file: ids, amounts, days and references, as banks, PayPal and people write them.

use jiff::civil::Date;

use crate::domain::value::money::{Currency, MONEY_MAX};

/// Longest id of a payment: what the reference of a UK bank file holds.
const PAYMENT_MAX: usize = 18;

/// Longest reference or code: `Max35Text` of ISO 20022.
const REFERENCE_MAX: usize = 35;

/// What banks write where there is no end-to-end id. It has the form of an id of ours.
const NO_ID: &str = "NOTPROVIDED";

/// Tells whether a text has the form of our ids: 1 to 18 characters of A–Z and 2–7.
pub(super) fn is_payment(text: &str) -> bool {
    text != NO_ID
        && (1..=PAYMENT_MAX).contains(&text.len())
        && text.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'))
}

/// Reads the id of a payment.
///
/// # Errors
/// There is none, or it is none of ours.
pub(super) fn payment(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text == NO_ID {
        return Err("names no payment".to_owned());
    }
    let form = "an id of ours has 1 to 18 characters of A-Z and 2-7";
    if is_payment(text) { Ok(text.to_owned()) } else { Err(format!("names the payment {text:?}; {form}")) }
}

/// Returns a reference or a code as at most 35 printable ASCII characters. Nothing is lost by a strange one: what does
/// not fit is cut, and what is not printable is a question mark.
pub(super) fn reference(text: &str) -> String {
    let printable = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
    text.trim().chars().map(printable).take(REFERENCE_MAX).collect::<String>().trim_end().to_owned()
}

/// Reads an amount that a person or a spreadsheet wrote. Where semicolons separate the cells, a comma may stand before
/// the places, and then all places stand behind it.
///
/// # Errors
/// Says how to write it.
pub(super) fn written_money(currency: Currency, text: &str, has_semicolons: bool) -> Result<i64, String> {
    if !has_semicolons {
        return money(currency, text);
    }
    match text.split_once(',') {
        Some((whole, places)) if places.len() == places_of(currency) => money(currency, &format!("{whole}.{places}")),
        Some(_) => Err(format!("is {text:?}; write all {} places behind the comma, or a point", places_of(currency))),
        // Elsewhere one would read thousands, and a thousand times the amount.
        None if text.contains('.') && places_of(currency) == 3 => {
            Err(format!("is {text:?}; write a comma before the places"))
        }
        None => money(currency, text),
    }
}

/// Reads an amount of ISO 20022, a decimal of XML: `10.5`, `010.50` and `+10.50000` are the same.
///
/// # Errors
/// It is no amount of the currency.
pub(super) fn iso_money(currency: Currency, text: &str) -> Result<i64, String> {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let whole = match whole.trim_start_matches('0') {
        "" if !plain.is_empty() => "0",
        whole => whole,
    };
    let fraction = fraction.trim_end_matches('0');
    let plain = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
    money(currency, &plain).map_err(|_| format!("is {text:?}, which is no amount of {}", currency.code()))
}

/// Reads an amount as PayPal writes it: money that goes out has a minus, thousands may be separated, as in `-1,234.50`
/// or `-1.234,50`, and all places of the currency are there. PayPal has no currency with three places, so a group of
/// three digits is never the places.
///
/// # Errors
/// It is written in another way.
pub(super) fn paypal_money(currency: Currency, text: &str) -> Result<i64, String> {
    let odd = || format!("is {text:?}; an amount is written as {}", currency.format(123_456));
    let places = places_of(currency);
    let bare = text.strip_prefix('-').unwrap_or(text);
    let mark = bare.rfind(['.', ',']).filter(|at| places > 0 && bare.len() == at + 1 + places);
    let (whole, fraction) = mark.map_or((bare, ""), |at| (&bare[..at], &bare[at + 1..]));
    let separators: Vec<char> = whole.chars().filter(|c| !c.is_ascii_digit()).collect();
    let is_separator = |c: char| matches!(c, '.' | ',' | ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let before_places = mark.and_then(|at| bare[at..].chars().next());
    let is_one_separator =
        separators.iter().all(|&c| is_separator(c) && Some(&c) == separators.first() && Some(c) != before_places);
    let mut groups = whole.split(is_separator);
    let is_grouped = separators.is_empty()
        || groups.next().is_some_and(|first| (1..=3).contains(&first.len())) && groups.all(|group| group.len() == 3);
    // `1,234` of a currency with places is one thousand, or one and an odd number of places.
    let is_ambiguous = places > 0 && fraction.is_empty() && !separators.is_empty();
    if !is_one_separator || !is_grouped || is_ambiguous {
        return Err(odd());
    }
    let mut plain: String = whole.chars().filter(char::is_ascii_digit).collect();
    if !fraction.is_empty() {
        plain = format!("{plain}.{fraction}");
    }
    money(currency, &plain).map_err(|_| odd())
}

/// Reads a day, `2026-09-28`, of which only the first ten characters count: a time or a zone may follow.
///
/// # Errors
/// It is no day.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let has_dashes = [4, 7].iter().all(|&at| day.as_bytes().get(at) == Some(&b'-'));
    let is_day = day.len() == 10 && has_dashes && (rest.is_empty() || rest.starts_with(['T', ' ', 'Z', '+', '-']));
    day.parse().ok().filter(|_| is_day).ok_or_else(|| format!("is {text:?}; a day is written as 2026-09-28"))
}

/// Reads a day as a spreadsheet in Germany writes it: `28.09.2026`. Others are read by [`day`].
///
/// # Errors
/// It is no day.
pub(super) fn dotted_day(text: &str) -> Result<Date, String> {
    match text.split('.').collect::<Vec<_>>()[..] {
        [of_month, month, year] if [of_month.len(), month.len(), year.len()] == [2, 2, 4] => {
            day(&format!("{year}-{month}-{of_month}")).map_err(|_| format!("is {text:?}, which is no day"))
        }
        _ => day(text),
    }
}

fn places_of(currency: Currency) -> usize {
    usize::try_from(currency.digits()).expect("a currency has at most 4 places")
}

/// Reads plain digits.
fn money(currency: Currency, text: &str) -> Result<i64, String> {
    match currency.parse(text) {
        Ok(minor) if (0..=MONEY_MAX).contains(&minor) => Ok(minor),
        Ok(_) => Err(format!("is {text:?}; give 0 to {}", currency.format(MONEY_MAX))),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str) -> Currency {
        Currency::from_code(code).expect("a currency")
    }

    #[test]
    fn an_id_of_ours_has_up_to_18_characters_of_base_32() {
        assert_eq!(payment(" MFRGGZDFMZTWQ2LKAA "), Ok("MFRGGZDFMZTWQ2LKAA".to_owned()));
        for none in ["  ", "NOTPROVIDED"] {
            assert_eq!(payment(none), Err("names no payment".to_owned()));
        }
        for odd in ["MFRGGZDFMZTWQ2LKAAA", "mfrgg", "ABC1", "AB C", "NOTPROVIDED8", "Ä"] {
            assert!(payment(odd).expect_err(odd).contains("A-Z and 2-7"), "{odd}");
        }
    }

    #[test]
    fn references_are_made_printable_and_are_cut() {
        assert_eq!(reference(" Zürich\n1 "), "Z?rich?1");
        assert_eq!(reference(&"a".repeat(40)), "a".repeat(35));
        assert_eq!(reference(&format!("{} b", "a".repeat(34))), "a".repeat(34));
    }

    #[test]
    fn amounts_of_iso_are_decimals_of_xml() {
        for (code, text, minor) in [
            ("GBP", "10.5", 1_050),
            ("GBP", "010.50000", 1_050),
            ("GBP", "+7", 700),
            ("GBP", ".5", 50),
            ("GBP", "7.", 700),
            ("JPY", "500.00", 500),
            ("KWD", "1.234", 1_234),
        ] {
            assert_eq!(iso_money(of(code), text), Ok(minor), "{code} {text}");
        }
        for odd in ["10.505", "-1", "", "+", "1e3", "1,00", "10000000000.01", "+-1"] {
            assert!(iso_money(of("GBP"), odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn amounts_of_paypal_may_have_a_minus_and_separate_thousands() {
        for (code, text, minor) in [
            ("GBP", "12.34", 1_234),
            ("GBP", "-12.34", 1_234),
            ("EUR", "-1.234.567,89", 123_456_789),
            ("USD", "1,234.50", 123_450),
            ("EUR", "1\u{a0}234,50", 123_450),
            ("GBP", "7", 700),
            ("JPY", "1,234", 1_234),
        ] {
            assert_eq!(paypal_money(of(code), text), Ok(minor), "{code} {text}");
        }
        for odd in
            ["1,234", "1.234.5", "12,34.56", "1,234,56", "1,23,456.00", "1,2345.00", "£1.00", "", "--1.00", ".50"]
        {
            assert!(paypal_money(of("GBP"), odd).is_err(), "{odd}");
        }
        assert!(paypal_money(of("GBP"), "1,234,567,89").is_err(), "one mark for both");
    }

    #[test]
    fn a_comma_before_the_places_is_read_where_semicolons_separate_cells() {
        assert_eq!(written_money(of("EUR"), "12,34", true), Ok(1_234));
        assert_eq!(written_money(of("EUR"), "12.34", true), Ok(1_234));
        assert_eq!(written_money(of("EUR"), "12", true), Ok(1_200));
        assert_eq!(written_money(of("KWD"), "1,234", true), Ok(1_234));
        for (code, odd) in [("EUR", "12,3"), ("EUR", "1.234,56"), ("EUR", "1,234"), ("KWD", "1.234"), ("EUR", "-1,00")]
        {
            assert!(written_money(of(code), odd, true).is_err(), "{odd}");
        }
        assert!(written_money(of("EUR"), "12,34", false).is_err());
    }

    #[test]
    fn a_day_may_have_a_time_or_a_zone_behind_it() {
        let expected = jiff::civil::date(2026, 9, 28);
        for text in ["2026-09-28", "2026-09-28T23:59:59+02:00", "2026-09-28+02:00", "2026-09-28Z", "2026-09-28 10:00"] {
            assert_eq!(day(text), Ok(expected), "{text}");
        }
        assert_eq!(dotted_day("28.09.2026"), Ok(expected));
        assert_eq!(dotted_day("2026-09-28"), Ok(expected));
        for odd in ["2026-02-30", "28/09/2026", "2026-09-281", "", "20260928", "28.09.2026", "2026-9-28"] {
            assert!(day(odd).is_err(), "{odd}");
        }
        assert!(dotted_day("31.02.2026").is_err());
    }
}
