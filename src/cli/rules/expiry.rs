//! How long points last, as a file of rules says it.

use toml::Spanned;
use toml::de::DeValue;

use goodturn::google::r#type::Date;
use goodturn::pb;
use goodturn::pb::expiry::Lasts;

use super::file::Table;

/// Takes the fields of `[expiry]`.
pub(super) fn read_expiry(table: &mut Table<'_, '_>) -> pb::Expiry {
    let months = table.number("horizon_months").map(Lasts::HorizonMonths);
    let inactive = table.number("inactive_months").map(Lasts::InactiveMonths);
    let rolls = table.flag("roll_once").then_some(Lasts::RollOnce(true));
    let given = [("horizon_months", months), ("inactive_months", inactive), ("roll_once", rolls)];
    let mut lasts = given.into_iter().filter_map(|(field, lasts)| Some((field, lasts?)));
    let first = lasts.next();
    if let (Some((first, _)), Some((second, _))) = (first, lasts.next()) {
        table.note(second, format!("cannot stand beside {first}: points last by one of them"));
    }
    pb::Expiry {
        lasts: first.map(|(_, lasts)| lasts),
        not_before_days: table.number("not_before_days").unwrap_or_default(),
        days: year_days(table, "days"),
    }
}

/// Takes a list of days of the year, each as `"03-31"`.
fn year_days(table: &mut Table<'_, '_>, field: &'static str) -> Vec<Date> {
    let items = match table.take(field) {
        None => return Vec::new(),
        Some(DeValue::Array(items)) => items,
        Some(_) => {
            table.note(field, "is no list; give days in brackets, as [\"03-31\"]");
            return Vec::new();
        }
    };
    let read = |(index, item): (usize, Spanned<DeValue<'_>>)| {
        let value = item.into_inner();
        let read = value.as_str().and_then(year_day);
        if read.is_none() {
            let is = value.as_str().map_or_else(|| value.type_str().to_owned(), |text| format!("{text:?}"));
            table.note(&format!("{field}[{index}]"), format!("is {is}; give month and day, as \"03-31\""));
        }
        read
    };
    items.into_iter().enumerate().filter_map(read).collect()
}

/// Reads `03-31`. The rule set's own check tells whether every year has the day.
fn year_day(text: &str) -> Option<Date> {
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let (month, day) = text.split_once('-').filter(|(month, day)| two_digits(month) && two_digits(day))?;
    Some(Date { year: 0, month: month.parse().ok()?, day: day.parse().ok()? })
}
